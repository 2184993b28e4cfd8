"""Scoring: rules, grades and the scores of a submission."""
