"""Checks: one file per finding group, one function per code, the catalogue as data."""

from evalbatch.checks.assess import amend, assess, judge, refuse, settle
from evalbatch.checks.catalogue import CATALOGUE

__all__ = ["CATALOGUE", "amend", "assess", "judge", "refuse", "settle"]
