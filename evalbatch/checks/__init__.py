"""Checks: one file per finding group, one function per code, the catalogue as data."""
