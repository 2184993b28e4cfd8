"""The summary workbook."""
