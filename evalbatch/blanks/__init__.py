"""The workbooks that we hand out."""
