"""Scoring: what the rules of a profile give for a submission, with a reason for each score."""
