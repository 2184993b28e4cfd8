"""An evaluation cycle: its folder, its roster, last year."""
