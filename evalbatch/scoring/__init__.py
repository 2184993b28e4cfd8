"""Scoring: what the rules of a profile give for a submission, with a reason for each score."""

from evalbatch.scoring.evaluate import score
from evalbatch.scoring.terms import grade_of
from evalbatch.scoring.value_rules import tier_interval

__all__ = ["grade_of", "score", "tier_interval"]
