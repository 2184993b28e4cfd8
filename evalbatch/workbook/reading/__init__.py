"""From grids to submissions: labels, headers, rows, and the forms that they belong to."""
