"""Group S: scores - within their weight, against the rule, their total and the grade."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from evalbatch.checks.subject import (
    CHECKS,
    CheckedSubmission,
    ScoredRow,
    check,
    nothing,
    seen,
    total,
)
from evalbatch.model.evaluation import Score
from evalbatch.model.figures import given, is_rounding
from evalbatch.model.finding import Observation
from evalbatch.model.submission import Entry, Row, State
from evalbatch.model.value import WORDED, QuantityKind
from evalbatch.reading.polarity import denied_wholly, falls_short
from evalbatch.scoring.evaluate import scored_weight
from evalbatch.scoring.terms import grade_of, rule_name
from evalbatch.scoring.value_rules import tier_interval

_PROPORTIONAL: Final = frozenset(
    map(rule_name, ("forward", "reverse_quotient", "reverse_subtractive"))
)
_CONVERTED: Final = Decimal("0.9999")  # what only converting units leaves short of a target


@check("S01")
def out_of_range(checked: CheckedSubmission) -> Iterator[Observation]:
    """Scores that are no number, below zero, or above their weight."""
    for row in checked.claim_rows:
        entry, weight = row.get("score"), scored_weight(row, checked.policy)
        if entry is None:
            continue
        if entry.state is State.UNREADABLE:
            yield seen("S01", entry, found=entry.text, expected="数字", variant="text")
        elif entry.number is not None and not _within(entry.number, weight):
            yield seen(
                "S01",
                entry,
                found=given(entry.number),
                expected=given(weight) if weight is not None else "分值",
            )


def _within(score: Decimal, weight: Decimal | None) -> bool:
    return score >= 0 and (weight is None or score <= weight)


@check("S02")
def above_the_rule(checked: CheckedSubmission) -> Iterator[Observation]:
    """Claims above what the rule computes: cut to it, both shown."""
    for pair in checked.scored:
        claimed, computed = pair.score.claimed, pair.score.computed
        if claimed is not None and computed is not None and checked.exceeds(claimed, computed):
            figures = {"name": pair.name, "reason": pair.score.reason, "rule": pair.score.rule}
            yield seen(
                "S02", _score_entry(pair), found=given(claimed), expected=given(computed), **figures
            )


@check("S03")
def full_though_missed(checked: CheckedSubmission) -> Iterator[Observation]:
    """Full scores claimed for targets that were missed, by the figures or by what the words say."""
    for pair in checked.scored:
        score, computed = pair.score, pair.score.computed
        if score.claimed is None or not score.full or not (score.missed or _short(score)):
            continue
        figures = {
            "name": pair.name,
            "target": score.target,
            "actual": score.actual,
            "reason": score.reason,
        }
        found = given(score.claimed)
        variant = (
            "contradicted" if computed is None else "" if score.target and score.actual else "rule"
        )
        lower = computed is not None and computed < score.claimed
        expected = given(computed) if computed is not None and lower else f"低于{found}"
        yield seen(
            "S03", _score_entry(pair), found=found, expected=expected, variant=variant, **figures
        )


def _short(score: Score) -> bool:
    """Whether a computed completion falls short of the target and costs points, be they so few
    that they are lost in rounding.
    """
    if score.completion is None or score.computed is None or score.claimed is None:
        return False
    costs = score.computed < score.claimed
    rounded_up = score.rule in _PROPORTIONAL and score.completion < _CONVERTED
    return score.completion < 1 and (costs or rounded_up)


@check("S09")
def for_a_person(checked: CheckedSubmission) -> Iterator[Observation]:
    """Rows that no figure, tier or rule decides: one finding for all of them, those that keep full
    marks first.

    Those whose words contradict their full marks are S03's.
    """
    faulty = _faulty_lines(checked) if checked.scores.undecided else frozenset()
    rows = [
        row
        for row in checked.scores.undecided
        if row.place.line not in faulty and not (row.full and row.missed)
    ]
    if not rows or checked.scores.unscorable:
        return
    reasons = "；".join(_to_review(row) for row in rows)
    full = sum(row.full for row in rows)
    variant = "" if full else "deducted"
    places = (row.place for row in rows)
    yield seen(
        "S09",
        *places,
        found=str(len(rows)),
        expected="人工核定",
        variant=variant,
        full=str(full),
        reasons=reasons,
    )


def _faulty_lines(checked: CheckedSubmission) -> frozenset[tuple[str, int]]:
    """Return the rows that are undecided only because a cell is blank or damaged, or no indicator
    stands there: B01, I04, F06 and F07 say so.
    """
    blank = (observation for code in ("B01", "I04") for observation in CHECKS[code](checked))
    damaged = (each for each in checked.submission.observations if each.code in {"F06", "F07"})
    return frozenset(
        place.line for observation in (*blank, *damaged) for place in observation.places
    )


def _to_review(row: Score) -> str:
    claimed = f"，自评{given(row.claimed)}分" if row.claimed is not None else "，未填自评得分"
    weight = f"分值{given(row.weight)}分" if row.weight is not None else "没有单列分值"
    return f"“{row.name}”（{weight}{claimed}）：{row.why_person}"


LAST_TIER = 3


@check("S04")
def outside_tier(checked: CheckedSubmission) -> Iterator[Observation]:
    """Qualitative scores outside the interval of the stated tier."""
    for row in checked.indicators:
        score, weight = row.get("score"), row.number("weight")
        tier = _stated_tier(row)
        if tier is None or score is None or score.number is None or weight is None:
            continue
        interval = tier_interval(checked.policy, tier, weight)
        if interval is None or not _within(score.number, weight):
            continue
        if interval[0] <= score.number <= interval[1] or _full_of(row, score.number):
            continue
        yield seen(
            "S04",
            score,
            found=given(score.number),
            expected=f"{given(interval[0])}—{given(interval[1])}",
            name=row.text("level3"),
            actual=row.text("actual"),
        )


def _stated_tier(row: Row) -> int | None:
    """Return the tier that an actual states; words that only deny a qualitative target (未改善) are
    the last.
    """
    target, actual = row.get("target"), row.get("actual")
    stated = actual.quantity if actual else None
    if stated is None or stated.kind is QuantityKind.TIER:
        return stated.tier if stated else None
    wanted = target.quantity if target else None
    qualitative = wanted is not None and wanted.kind in WORDED
    denied = qualitative and stated.kind is QuantityKind.TEXT and denied_wholly(stated.text)
    short = denied and wanted and falls_short(wanted.text, stated.text, row.text("level3"))
    return LAST_TIER if short else None


def _full_of(row: Row, score: Decimal) -> bool:
    """Whether full marks were claimed for words that deny them, which S03 says."""
    actual = row.get("actual")
    worded = actual is not None and actual.quantity is not None and actual.quantity.tier is None
    return worded and score == row.number("weight")


@check("S05", sums=True)
def total_differs(checked: CheckedSubmission) -> Iterator[Observation]:
    """The stated total against the sum of the scores; a missing or wrong score is B01 or S01."""
    entry, added = checked.stated_total, total(checked.claim_rows, "score")
    if entry is None or entry.number is None or added is None:
        return
    if checked.differ(entry.number, added):
        difference = given(abs(entry.number - added))
        yield seen(
            "S05", entry, found=given(entry.number), expected=given(added), difference=difference
        )


@check("S06", sums=True)
def grade_differs(checked: CheckedSubmission) -> Iterator[Observation]:
    """The stated grade against the band of the total, and grade words that the profile does not
    have. What a formula of our own workbook says is by the profile it was made under, no claim.
    """
    entry = checked.submission.get("stated_grade")
    if (
        entry is None
        or nothing(entry.text)
        or not checked.policy.grades
        or entry.place in checked.named_faults
    ):
        return
    if entry.choice and not entry.choice.ticked:  # printed boxes without a tick are B04's
        return
    if entry.formula and checked.submission.stamp is not None:  # our blank computed it
        return
    word = (
        entry.choice.ticked[0]
        if entry.choice and len(entry.choice.ticked) == 1
        else entry.text.strip()
    )
    reached = checked.claimed_total
    grade = grade_of(reached, checked.policy) if reached is not None else ""
    known = [each.word for each in checked.policy.grades]
    words = "、".join(known)
    if word not in known:
        variant = "word" if grade else "word_only"
        yield seen(
            "S06",
            entry,
            found=word,
            expected=grade or words,
            variant=variant,
            words=words,
            total=_shown(reached),
        )
    elif grade and word not in (grade, checked.scores.grade):
        yield seen("S06", entry, found=word, expected=grade, total=_shown(reached))


def _shown(reached: Decimal | None) -> str:
    return given(reached) if reached is not None else ""


@check("S07", sums=True)
def full_everywhere(checked: CheckedSubmission) -> Iterator[Observation]:
    """Full marks for every single indicator."""
    scores = [pair.score for pair in checked.scored if pair.score.weight]
    if len(scores) > 1 and all(score.full for score in scores):
        reached = sum((score.weight for score in scores if score.weight), Decimal(0))
        entry = checked.stated_total
        place = entry.place if entry else scores[-1].place
        yield seen("S07", place, found=given(reached), expected="据实评分", count=str(len(scores)))


@check("S08")
def execution_differs(checked: CheckedSubmission) -> Iterator[Observation]:
    """The execution score against the profile's rule; an evaluator may deduct more, a
    self-evaluation may not.
    """
    for pair in checked.scored:
        claimed, computed = pair.score.claimed, pair.score.computed
        if pair.score.rule != rule_name("execution") or claimed is None or computed is None:
            continue
        differs = checked.differ(claimed, computed)
        if is_rounding(claimed, computed):
            continue
        if differs and (pair.row.table == "funding" or claimed > computed):
            entry = _score_entry(pair)
            yield seen(
                "S08",
                entry,
                found=given(claimed),
                expected=given(computed),
                reason=pair.score.reason,
            )


def _score_entry(pair: ScoredRow) -> Entry | Row:
    return pair.row.get("score") or pair.row
