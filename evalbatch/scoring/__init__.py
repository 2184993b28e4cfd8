"""Scoring: what the rules of a profile give for a submission, with a reason for each score."""

from evalbatch.scoring.evaluate import score
from evalbatch.scoring.grade import grade_of
from evalbatch.scoring.values import tier_interval

__all__ = ["grade_of", "score", "tier_interval"]
