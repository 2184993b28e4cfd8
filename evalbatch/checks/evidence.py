"""Group E: evidence - full marks without any, satisfaction without a survey, surveys that cannot
be, methods nobody used.
"""

import re
from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final, NamedTuple

from evalbatch.checks.subject import (
    CheckedSubmission,
    bare_percent,
    check,
    says_something,
    seen,
    stated_percent,
    under,
    unsaid,
)
from evalbatch.model.figures import agrees, given, percent, percent_beside, share, short_percent
from evalbatch.model.finding import Observation
from evalbatch.model.names import RECOGNISED
from evalbatch.model.submission import Entry, Row
from evalbatch.model.words import WORDS, any_of

_COUNTS: Final = ("survey_issued", "survey_returned", "survey_valid", "survey_satisfied")
_SATISFACTION: Final = "满意"
_SURVEY: Final = re.compile(any_of(WORDS["survey_words"]))
_HISTORY: Final = re.compile(any_of(WORDS["history_words"]))
_COMPARED: Final = re.compile(any_of(WORDS["history_compared"]))
_OWN_STAFF: Final = re.compile(any_of(WORDS["own_staff"]))
_PUBLIC: Final = "公众评判法"
_HISTORIC: Final = "历史标准"


@check("E01")
def full_without_evidence(checked: CheckedSubmission) -> Iterator[Observation]:
    """Full marks by judgement without evidence; a measured result, or a name that the texts
    discuss, is evidence.
    """
    for pair in checked.scored:
        evidence, score = pair.row.get("evidence"), pair.score
        if (
            evidence is None
            or not unsaid(evidence.text)
            or not score.weight
            or score.claimed != score.weight
        ):
            continue
        if (
            score.completion is None
            and not _discussed(checked, pair.name)
            and not says_something(pair.row.get("reason"))
        ):
            yield seen(
                "E01", evidence, found=given(score.claimed), expected="评分依据", name=pair.name
            )


def _discussed(checked: CheckedSubmission, name: str) -> bool:
    return len(name) >= RECOGNISED and name in checked.chapters


@check("E02")
def satisfaction_without_survey(checked: CheckedSubmission) -> Iterator[Observation]:
    """Satisfaction scored while the workbook's survey is empty and no text tells of one."""
    if surveyed(checked):
        return
    variant = "" if any(checked.submission.get(name) for name in _COUNTS) else "unasked"
    for row in satisfaction_rows(checked):
        score = row.get("score")
        if score is not None and score.number:
            yield seen(
                "E02",
                score,
                found=given(score.number),
                expected="满意度调查",
                variant=variant,
                name=row.text("level3"),
            )


def satisfaction_rows(checked: CheckedSubmission) -> list[Row]:
    """Return the indicators of satisfaction."""
    names = ("level1", "level2", "level3")
    return [
        row for row in checked.indicators if any(_SATISFACTION in row.text(name) for name in names)
    ]


def surveyed(checked: CheckedSubmission) -> bool:
    """Whether a survey is told of, in its fields or in the texts."""
    return any(checked.submission.number(name) for name in _COUNTS) or bool(
        _SURVEY.search(checked.story)
    )


@check("E03")
def survey_impossible(checked: CheckedSubmission) -> Iterator[Observation]:
    """Survey figures that cannot be: more returned than issued, a share that no number of forms
    gives.
    """
    yield from _wrong_order(checked)
    valid, satisfied = (
        checked.submission.number("survey_valid"),
        checked.submission.number("survey_satisfied"),
    )
    if not valid or valid != valid.to_integral_value():
        return
    for entry in _shares(checked):
        stated = stated_percent(entry) if entry.quantity is None else bare_percent(entry)
        if stated is None:
            continue
        if satisfied is not None:
            yield from _other_share(entry, stated, satisfied, valid)
        elif not _possible(stated, valid):
            yield _impossible(checked, entry, stated, valid)


def _wrong_order(checked: CheckedSubmission) -> Iterator[Observation]:
    for less, more in (
        ("survey_returned", "survey_issued"),
        ("survey_valid", "survey_returned"),
        ("survey_satisfied", "survey_valid"),
    ):
        entry, limit = checked.submission.get(less), checked.submission.number(more)
        if (
            entry is not None
            and entry.number is not None
            and limit is not None
            and entry.number > limit
        ):
            figures = {"label": checked.label(less), "other": checked.label(more)}
            yield seen(
                "E03",
                entry,
                found=given(entry.number),
                expected=given(limit),
                variant="order",
                **figures,
            )


def _shares(checked: CheckedSubmission) -> Iterator[Entry]:
    """Yield where a share of the satisfied stands: the survey's rate, and the actual of a
    satisfaction indicator.
    """
    entries = [
        checked.submission.get("survey_rate"),
        *(row.get("actual") for row in satisfaction_rows(checked)),
    ]
    yield from (entry for entry in entries if entry is not None and not entry.blank)


def _other_share(
    entry: Entry, stated: tuple[Decimal, int], satisfied: Decimal, valid: Decimal
) -> Iterator[Observation]:
    true = satisfied / valid
    if satisfied <= valid and not agrees(*stated, true):
        figures = {"satisfied": given(satisfied), "valid": given(valid)}
        expected = percent(true, stated[1])
        yield seen(
            "E03", entry, found=f"{stated[0]:f}%", expected=expected, variant="rate", **figures
        )


def _neighbours(stated: tuple[Decimal, int], valid: Decimal) -> tuple[Decimal, Decimal]:
    exact = stated[0] * valid / 100
    return exact.to_integral_value(ROUND_FLOOR), exact.to_integral_value(ROUND_CEILING)


def _possible(stated: tuple[Decimal, int], valid: Decimal) -> bool:
    return any(agrees(*stated, count / valid) for count in _neighbours(stated, valid))


def _impossible(
    checked: CheckedSubmission, entry: Entry, stated: tuple[Decimal, int], valid: Decimal
) -> Observation:
    mean, shown = checked.submission.number("survey_mean"), f"{stated[0]:f}%"
    if mean == stated[0]:
        return seen(
            "E03", entry, found=shown, expected=given(mean), variant="mean", valid=given(valid)
        )
    below, above = _neighbours(stated, valid)
    low, high = percent(below / valid), percent(above / valid)
    figures = {
        "below": given(below),
        "above": given(above),
        "low": low,
        "high": high,
        "valid": given(valid),
    }
    return seen("E03", entry, found=shown, expected=f"{low}或{high}", **figures)


class Share(NamedTuple):
    """A share of the survey that should not be low: what of what, its name and its limit."""

    of: str
    among: str
    name: str


@check("E04")
def survey_small(checked: CheckedSubmission) -> Iterator[Observation]:
    """Small samples, low response, and respondents who are the unit's own people."""
    yield from _small_sample(checked)
    for asked in (
        Share("survey_returned", "survey_issued", "回收率"),
        Share("survey_valid", "survey_returned", "有效率"),
    ):
        yield from _low_share(checked, asked)
    yield from _own_staff(checked)


def _low_share(checked: CheckedSubmission, asked: Share) -> Iterator[Observation]:
    part, whole, limit = (
        checked.submission.get(asked.of),
        checked.submission.number(asked.among),
        checked.limits.survey_response,
    )
    if part is not None and part.number is not None and whole and part.number / whole < limit.value:
        figures = {
            "label": asked.name,
            "numerator": given(part.number),
            "denominator": given(whole),
        }
        found = percent_beside(part.number / whole, limit.value)
        expected = short_percent(limit.value)
        yield under(
            limit, seen("E04", part, found=found, expected=expected, variant="response", **figures)
        )


def _small_sample(checked: CheckedSubmission) -> Iterator[Observation]:
    """The error of a sample depends on its own size, not on its share of the population; who asks
    nearly all has no sample.
    """
    valid, limit = checked.submission.get("survey_valid"), checked.limits.survey_valid
    if valid is None or valid.number is None or not 0 < valid.number < limit.value:
        return
    reached = share(valid.number, checked.submission.number("survey_population"))
    if reached is None or reached < checked.limits.survey_response.value:
        yield under(
            limit, seen("E04", valid, found=given(valid.number), expected=given(limit.value))
        )


def _own_staff(checked: CheckedSubmission) -> Iterator[Observation]:
    respondents, own = (
        checked.submission.get("survey_respondents"),
        checked.submission.get("survey_own_staff"),
    )
    said = own.choice.ticked if own and own.choice else ()
    if (
        respondents is not None
        and not respondents.blank
        and (said == ("是",) or (not said and _OWN_STAFF.search(respondents.text)))
    ):
        yield seen(
            "E04",
            respondents,
            found=respondents.text.strip(),
            expected="服务对象",
            variant="own_staff",
        )
    elif own is not None and said == ("是",):
        yield seen("E04", own, found="本单位人员", expected="服务对象", variant="own_staff")


@check("E05")
def method_unsupported(checked: CheckedSubmission) -> Iterator[Observation]:
    """Methods and standards that the material does not support, or that the texts name and nobody
    ticked.
    """
    methods, standards = checked.submission.get("methods"), checked.submission.get("standards")
    if methods is not None and _PUBLIC in methods.text and not surveyed(checked):
        yield seen("E05", methods, found=_PUBLIC, expected="满意度调查或公众评议的数据")
    if standards is not None and _HISTORIC in standards.text and not _historic(checked):
        unproved = seen("E05", standards, found=_HISTORIC, expected="历年或上年的数据")
        yield under(checked.limits.history_years, unproved)
    yield from _unticked(checked, methods)
    told = _COMPARED.search(checked.story)
    if (
        told
        and standards is not None
        and standards.text.strip()
        and _HISTORIC not in standards.text
    ):
        yield seen("E05", standards, found=told[0], expected=_HISTORIC, variant="unticked")


def _historic(checked: CheckedSubmission) -> bool:
    """Whether the texts speak of earlier results, or give a figure for one of the years before."""
    back = int(checked.limits.history_years.value)
    years = range(checked.year - back, checked.year) if checked.year else ()
    earlier = "|".join(map(str, years)) or "(?!)"
    return bool(
        _HISTORY.search(checked.story)
        or re.search(rf"(?:{earlier})年[^。；\n]{{0,40}}\d", checked.story)
    )


def _unticked(checked: CheckedSubmission, methods: Entry | None) -> Iterator[Observation]:
    spec = checked.form.fields.get("methods")
    if spec is None or methods is None or unsaid(methods.text):
        return
    ticked = (
        methods.choice.ticked
        if methods.choice
        else tuple(name for name in spec.options if name in methods.text)
    )
    for name in spec.options:
        if name in checked.story and name not in ticked:
            yield seen("E05", methods, found=name, expected="勾选", variant="unticked")
