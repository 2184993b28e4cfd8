"""The figures of a narrative that the tables have, too: amounts, survey, satisfaction, results of
indicators, points cut (T04, M06).
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from evalbatch.checks.evidence import satisfaction_rows
from evalbatch.checks.funds import far_apart
from evalbatch.checks.subject import CheckedSubmission, Pair, seen, under
from evalbatch.checks.told_figures import (
    Cut,
    ToldFigure,
    ToldResult,
    name_stem,
    told_above_whole,
    told_amounts,
    told_cuts,
    told_cuts_of,
    told_of,
    told_survey,
)
from evalbatch.model.evaluation import Score
from evalbatch.model.figures import ZERO, given, money, percent, share
from evalbatch.model.finding import Observation
from evalbatch.model.names import PROJECT_ENDINGS, RECOGNISED, mentions, project_core
from evalbatch.model.plain_figures import YEAR_IN_TEXT
from evalbatch.model.submission import Entry
from evalbatch.model.value import Quantity, QuantityKind
from evalbatch.model.words import WORDS, is_han

_ENDING: Final = re.compile(rf"(?:{PROJECT_ENDINGS})?")
_PROJECT: Final = "本项目"
_SATISFACTION: Final = "满意度"
_RESPONSE: Final = "问卷回收率"
_SHARES: Final = frozenset({"satisfaction", "response"})
_TOLD_KINDS: Final = (QuantityKind.NUMBER, QuantityKind.PERCENT, QuantityKind.DATE)
_WHOLE_SHARE: Final = 100
_INNER: Final = str.maketrans("“”", "‘’")  # quotation marks inside quotation marks


def in_another_year(checked: CheckedSubmission, before: str) -> bool:
    """Whether the sentence speaks of another year last, so that its figure is that year's."""
    years = YEAR_IN_TEXT.findall(before)
    return bool(years) and checked.year is not None and int(years[-1]) != checked.year


def differs(
    quote: str,
    *where: Entry,
    label: str,
    expected: str,
    sure: bool,
    found: str | None = None,
) -> Observation:
    """Say that a text differs from the tables (T04): what it says (`found`, else the quote itself),
    and what they have; it is only asked about where the text may mean something else.
    """
    return seen(
        "T04",
        *where,
        found=quote if found is None else found,
        expected=expected,
        variant="" if sure else "unsure",
        quote=quote.translate(_INNER),
        label=label,
    )


def figures_differ(checked: CheckedSubmission, entry: Entry) -> Iterator[Observation]:
    """Compare amounts, survey and results of indicators; what the sentence tells of another year is
    that year's.
    """
    text = _with_short_name(project_core(checked.submission.title), entry.text)
    for told in told_amounts(text):
        if not in_another_year(checked, told.before):
            yield from _amount_differs(checked, entry, told)
    for told in told_survey(text):
        if not in_another_year(checked, told.before):
            yield from _survey_differs(checked, entry, told)
    for quote in told_above_whole(text):
        yield seen(
            "T04",
            entry,
            found=quote,
            expected="不超过100%",
            variant="impossible",
            quote=quote.translate(_INNER),
        )
    yield from _results_differ(checked, entry, text)


def _with_short_name(core: str, text: str) -> str:
    """Return a text with 本项目 for a project's name, unless that is too short to tell."""
    if len(core) < RECOGNISED or core not in text:
        return text
    pieces, end = [], 0
    for start, stop in mentions(core, _ENDING, text):
        pieces += [text[end:start], _PROJECT]
        end = stop
    return "".join((*pieces, text[end:]))


def cuts_differ(checked: CheckedSubmission) -> Iterator[Observation]:
    """Compare the deductions that a reason names, or the narrative of an indicator, with the points
    that were taken off its row.
    """
    cutting = [entry for entry in checked.prose if told_cuts(entry.text)]
    for pair in checked.scored:
        reason, name = pair.row.get("reason"), pair.name.strip()
        lost = _points_lost(pair.score)
        if lost is None:
            continue
        cuts = told_cuts(reason.text) if reason is not None else ()
        if reason is not None and cuts and not _explained_by(checked, cuts, pair.score):
            figures = {"quote": cuts[0].quote, "expected": f"{given(lost)}分"}
            variant = "cut" if len(cuts) == 1 else "cuts"
            yield seen("T04", reason, found=cuts[0].quote, variant=variant, **figures)
        for entry in cutting if len(name) >= RECOGNISED else ():
            told = told_cuts_of(name, entry.text)
            if told and not _explained_by(checked, told, pair.score):
                figures = {"quote": told[0].quote, "label": f"“{name}”的扣分"}
                expected = f"{given(lost)}分"
                yield seen("T04", entry, found=told[0].quote, expected=expected, **figures)


def _points_lost(score: Score) -> Decimal | None:
    """Return the points that a claim leaves of its weight, None where either is unknown."""
    known = score.weight and score.claimed is not None
    return (score.weight or ZERO) - (score.claimed or ZERO) if known else None


def _explained_by(checked: CheckedSubmission, cuts: Sequence[Cut], score: Score) -> bool:
    """Whether deductions that a text names, one of them or all together, are what was lost."""
    lost, weight = _points_lost(score) or ZERO, score.weight or ZERO
    points = [cut.value * weight / _WHOLE_SHARE if cut.percent else cut.value for cut in cuts]
    true = {*points, sum(points, ZERO), *(cut.value for cut in cuts if cut.percent)}
    return not all(checked.differ(each, lost) for each in true)


def _amount_differs(
    checked: CheckedSubmission, entry: Entry, told: ToldFigure
) -> Iterator[Observation]:
    true = _amounts_of(checked, told.kind)
    if not true or any(map(told.is_about, true.values())):
        return
    if any(map(told.is_about, _known_amounts(checked))):
        return
    label, amount = next(iter(true.items()))
    if mixed := _in_another_unit(checked, entry, told, true):
        yield mixed
        return
    meant = told.kind != "arrived" or label == checked.label("arrived", "funding")
    sure = told.sure and meant
    yield differs(told.quote, entry, label=label, expected=f"{money(amount)}万元", sure=sure)


def _amounts_of(checked: CheckedSubmission, kind: str) -> dict[str, Decimal]:
    """Return what a text may mean by an amount of this kind, by the label of the form; the
    likeliest comes first.
    """
    fund = checked.fund
    if fund is None:
        return {}
    denominator = checked.policy.execution.denominator
    whole = (denominator, "budget", "initial_budget", "arrived")
    arrived = ("arrived",) if fund.number("arrived") is not None else whole
    columns = {"spent": ("executed",), "arrived": arrived, "budget": whole, "left": whole}[kind]
    found = {column: number for column in columns if (number := fund.number(column)) is not None}
    if kind != "left":
        return {checked.label(column, "funding"): number for column, number in found.items()}
    executed = fund.number("executed")
    labels = {
        column: f"{checked.label(column, 'funding')}减{checked.label('executed', 'funding')}"
        for column in found
    }
    return (
        {}
        if executed is None
        else {labels[column]: number - executed for column, number in found.items()}
    )


@lru_cache(maxsize=1)
def _known_amounts(checked: CheckedSubmission) -> list[Decimal]:
    """Return every amount of the tables: a text may speak of any of them."""
    columns = ("initial_budget", "budget", "arrived", "executed", "spent")
    rows = (*checked.submission.rows("funding"), *checked.submission.rows("details"))
    return [
        number for row in rows for column in columns if (number := row.number(column)) is not None
    ]


def _in_another_unit(
    checked: CheckedSubmission, entry: Entry, told: ToldFigure, true: dict[str, Decimal]
) -> Observation | None:
    """Say which amount of the table is the told one in 元; None when they differ otherwise."""
    for label, amount in true.items():
        small, large = sorted((told.value, amount))
        if small > 0 and (limit := far_apart(checked, large, small)):
            fund = checked.fund
            entries = fund.entries.values() if fund else ()
            place = next((each for each in entries if each.number == amount), entry)
            quote, found = told.quote.translate(_INNER), f"{money(amount)}万元"
            figures = {"found": found, "expected": told.quote, "label": label, "quote": quote}
            return under(limit, seen("M06", place, entry, variant="text", **figures))
    return None


def _survey_differs(
    checked: CheckedSubmission, entry: Entry, told: ToldFigure
) -> Iterator[Observation]:
    label, known = _surveyed(checked, told.kind)
    if not known or any(told.is_about(each) for each in known):
        return
    others = [
        each for text in checked.prose for each in told_survey(text.text) if each.kind == told.kind
    ]
    alone = len({each.value for each in others}) == 1
    expected = percent(known[0]) if told.kind in _SHARES else given(known[0])
    sure = told.sure and alone and _of_the_survey(checked, told)
    yield differs(told.quote, entry, label=label, expected=expected, sure=sure)


def _of_the_survey(checked: CheckedSubmission, told: ToldFigure) -> bool:
    """Whether a satisfaction is that of the people the form speaks of, not of others
    (教师满意度).
    """
    whose = told.before[-2:]
    if told.kind != "satisfaction" or not all(map(is_han, whose)) or whose in WORDS["respondents"]:
        return True
    named = [row.text("level3") for row in satisfaction_rows(checked)]
    return any(whose in text for text in (*named, checked.submission.text("survey_respondents")))


def _surveyed(checked: CheckedSubmission, kind: str) -> tuple[str, list[Decimal]]:
    """Return what the workbook says of a figure of the survey, with its label; satisfaction may
    stand in several places.
    """
    if kind == "response":
        return _RESPONSE, _responses(checked)
    if kind != "satisfaction":
        number = checked.submission.number(kind)
        return checked.label(kind), [] if number is None else [number]
    valid, satisfied = (
        checked.submission.number("survey_valid"),
        checked.submission.number("survey_satisfied"),
    )
    rates = [checked.submission.number("survey_rate"), share(satisfied, valid)]
    quantities = [
        entry.quantity
        for row in satisfaction_rows(checked)
        for name in ("actual", "target")
        if (entry := row.get(name))
    ]
    rates += [
        each.number for each in quantities if each is not None and each.kind is QuantityKind.PERCENT
    ]
    mean = checked.submission.number("survey_mean")
    rates.append(mean / 100 if mean is not None else None)
    return _SATISFACTION, [rate for rate in rates if rate is not None]


def _responses(checked: CheckedSubmission) -> list[Decimal]:
    """Return the shares of the questionnaires that came back, and that came back valid."""
    issued = checked.submission.number("survey_issued")
    back = (checked.submission.number(each) for each in ("survey_returned", "survey_valid"))
    return [rate for each in back if (rate := share(each, issued)) is not None]


def _results_differ(checked: CheckedSubmission, entry: Entry, text: str) -> Iterator[Observation]:
    """Compare what the texts say right behind an indicator's name with its actual value; its target
    may be meant, too.
    """
    for pair, name, stem, actual, known in _told_pairs(checked):
        if stem not in text:
            continue
        told = [
            (each, agreed)
            for each in told_of(stem, actual, text)
            if not in_another_year(checked, each.before)
            and (agreed := _agrees_with(each, known)) is not None
        ]
        if told and not any(agreed for _, agreed in told):
            first = told[0][0]
            yield differs(
                first.quote,
                entry,
                pair.actual,
                label=f"“{name}”的实际完成值",
                expected=actual.text,
                sure=first.sure and len(told) == 1,
            )


class _ToldPair(NamedTuple):
    """A row of which texts may tell the result: its name, its actual value, and what is known of it
    (its target may be meant, too).
    """

    pair: Pair
    name: str
    stem: str
    actual: Quantity
    known: list[Quantity]


@lru_cache(maxsize=1)
def _told_pairs(checked: CheckedSubmission) -> list[_ToldPair]:
    found = []
    for pair in checked.pairs:
        actual, target, name = pair.got, pair.wanted, pair.name.strip()
        if actual is not None and actual.kind in _TOLD_KINDS and len(name) >= RECOGNISED:
            known = [actual] if target is None else [actual, target]
            found.append(_ToldPair(pair, name, name_stem(name), actual, known))
    return found


def _agrees_with(told: ToldResult, known: list[Quantity]) -> bool | None:
    """Whether a told result is the actual value, or its target, which may be meant; None when it
    compares with neither.
    """
    agreed = [same for each in known if (same := told.is_about(each)) is not None]
    return any(agreed) if agreed else None
