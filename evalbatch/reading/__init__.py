"""The department's side: blank workbooks, reading, values, annotated copies."""
