"""Checks: one file per finding group, one function per code, the catalogue as data."""

from evalbatch.checks.assess import assess, judge, noted, refuse, settle
from evalbatch.checks.catalogue import CATALOGUE

__all__ = ["CATALOGUE", "assess", "judge", "noted", "refuse", "settle"]
