"""What a run leaves behind: summary workbook, Word reports, tables."""
