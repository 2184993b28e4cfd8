"""What only Windows does: files held open, processes without limits of their own, no console."""
