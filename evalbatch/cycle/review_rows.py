"""Scored rows as the review sees them: their keys, and digests of their facts and of their rule."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from hashlib import sha256

from evalbatch.model.decisions import Dossier, ReviewedRow, RowKey, Ruling, ruling, undecided
from evalbatch.model.evaluation import PERSON, Score
from evalbatch.model.names import normal_name
from evalbatch.model.plain_figures import compact

DIGITS = 16


def rulings(dossier: Dossier, policy: str, scores: Sequence[Score]) -> list[Ruling]:
    """Return state and score in force of every scored row, by what the office has on file."""
    if not (dossier.decisions or dossier.appeals):
        return [undecided(score.without_review, _asked(score, dossier.drawn)) for score in scores]
    rows = reviewed_rows(scores, policy, dossier.subject, dossier.drawn)
    return [ruling(row, dossier.decisions, dossier.appeals) for row in rows]


def reviewed_rows(
    scores: Sequence[Score], policy: str, subject: str, drawn: str = ""
) -> Iterator[ReviewedRow]:
    """Yield scored rows with their keys and digests, in their order.

    Args:
        scores: the rows of one hand-in.
        policy: the id of the profile that scored them.
        subject: what names the hand-in's roster line.
        drawn: why all rows are asked about, empty when only those are that no rule decides.
    """
    times: Counter[RowKey] = Counter()
    for score in scores:
        level1, level2, level3 = map(normal_name, (score.level1, score.level2, score.level3))
        key = RowKey(subject, level1, level2, level3)
        times[key] += 1
        yield ReviewedRow(
            key._replace(ordinal=times[key]),
            facts(score),
            rule(score, policy),
            score.without_review,
            _asked(score, drawn),
            score.weight,
        )


def _asked(score: Score, drawn: str) -> str:
    """Return why a person is asked about a row, empty when nobody is."""
    if score.weight is None:
        return ""
    return drawn or (score.why_person if score.outcome == PERSON else "")


def facts(score: Score) -> str:
    """Digest what a reviewer sees of a row: target, actual, weight, claim and the evidence
    named.
    """
    texts = [compact(text) for text in (score.target, score.actual, score.explanation)]
    return _digest([*texts, _plain(score.weight), _plain(score.claimed)])


def rule(score: Score, policy: str) -> str:
    """Digest what the row was computed by: profile, rule and computed score."""
    return _digest([policy, score.rule, _plain(score.computed)])


def _digest(parts: Sequence[str]) -> str:
    return sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:DIGITS]


def _plain(number: Decimal | None) -> str:
    """Write a number so that equal ones are equal texts."""
    return "" if number is None else f"{number.normalize():f}"
