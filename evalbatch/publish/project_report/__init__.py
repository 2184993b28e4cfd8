"""The Word report of a project."""
