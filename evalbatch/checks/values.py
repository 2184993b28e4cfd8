"""Group V: values - what cannot be measured or compared, and targets that say nothing; completion.py holds the rates."""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final

from evalbatch.checks.case import Case, Pair, nothing
from evalbatch.checks.registry import check, seen
from evalbatch.checks.words import WORDS, any_of
from evalbatch.forms.spec import Input, Type
from evalbatch.model.observation import Observation
from evalbatch.model.submission import Entry, State
from evalbatch.model.value import Kind, Quantity
from evalbatch.scoring.alignment import align
from evalbatch.scoring.sense import sense_of
from evalbatch.scoring.terms import words
from evalbatch.workbook.polarity import in_time, nothing_happened

_FIGURES: Final = (Kind.NUMBER, Kind.PERCENT, Kind.BAND)
_MEASURED: Final = (*_FIGURES, Kind.DATE)
_WORDED: Final = (Kind.TEXT, Kind.TIER)
_MIN_ROWS: Final = 3
_MEANINGLESS: Final = Decimal("0.8")  # a rise by 5 % can be measured; 95 % of "improved" cannot
_NUMBER: Final = r"(?<![\d.])\d{1,15}(?:\.\d{1,6})?"
_UNIT: Final = any_of((*WORDS["measures"], *WORDS["counted_measures"]))
_REAL_TARGET: Final = re.compile(rf"{_NUMBER}\s*(?:{_UNIT})的?(?:\s*±\s*{_NUMBER}\s*%?)?|±\s*{_NUMBER}\s*%")
_RATE_NAME: Final = re.compile(rf"(?:{any_of(WORDS['rate_names'])})")
_SHARE_NAME: Final = re.compile(any_of(WORDS["share_names"]))
_QUALITATIVE: Final = re.compile(rf"^(?:{any_of(WORDS['qualitative_verbs'])})|(?:{any_of(WORDS['qualitative_words'])})")


@check("V01")
def not_measurable(case: Case) -> Iterator[Observation]:
    """Text where a figure is needed, and targets and actuals that cannot be compared."""
    yield from _unreadable(case)
    for pair in case.pairs:
        target, actual = pair.target.quantity, pair.actual.quantity
        misread = [entry for entry in (pair.target, pair.actual) if _looks_misread(pair, entry.quantity)]
        for entry in misread:
            yield seen("V01", entry, found=entry.text, expected=f"≥{entry.text.strip()[1:]}", variant="misread", name=pair.name)
        if target is not None and actual is not None and not misread:
            yield from _incomparable(case, pair, target, actual)


def _looks_misread(pair: Pair, value: Quantity | None) -> bool:
    """Whether a share of a whole reads 2xx %: on paper it was ≥xx %, and the program that read the paper took ≥ for 2."""
    if value is None or value.kind is not Kind.PERCENT or value.operator or value.number is None:
        return False
    return 2 < value.number < 3 and value.text.strip().startswith("2") and bool(_SHARE_NAME.search(pair.name))  # noqa: PLR2004 - 2xx %


def _unreadable(case: Case) -> Iterator[Observation]:
    for name, entry in case.submission.fields.items():
        if entry.state is State.UNREADABLE and name in case.form.fields and name != "stated_grade":
            yield from _wrong_kind(case, case.form.fields[name], entry)
    for table, rows in case.submission.tables.items():
        for row in rows:
            for name, entry in row.entries.items():
                spec = case.column(table, name) if entry.state is State.UNREADABLE and name != "score" else None
                if spec is not None:
                    yield from _wrong_kind(case, spec, entry)


def _wrong_kind(case: Case, spec: Input, entry: Entry) -> Iterator[Observation]:
    if entry.place in case.named_faults:
        return
    variant = {Type.DATE: "date", Type.CHOICE: "choice", Type.CHOICES: "choice"}.get(spec.type, "")
    expected = {"date": "有效日期", "choice": "、".join(spec.options)}.get(variant, "数字")
    yield seen("V01", entry, found=entry.text, expected=expected, variant=variant, label=spec.label)


def _incomparable(case: Case, pair: Pair, target: Quantity, actual: Quantity) -> Iterator[Observation]:
    figures = {"found": actual.text, "expected": target.text, "name": pair.name}
    if actual.kind in _WORDED and target.kind in _MEASURED:
        told = in_time(actual.text) if target.kind is Kind.DATE else nothing_happened(actual.text)
        if not told and not _by_direct_rule(case, pair):
            yield seen("V01", pair.actual, **figures, variant="actual_text")
    elif actual.kind in _FIGURES and target.kind is Kind.TIER:
        yield seen("V01", pair.actual, **figures, variant="actual_figure")
    elif target.kind in _FIGURES and actual.kind in _FIGURES:
        yield from _of_other_kinds(pair, target, actual, figures)


def _of_other_kinds(pair: Pair, target: Quantity, actual: Quantity, figures: dict[str, str]) -> Iterator[Observation]:
    """Figures that measure different things contradict; people against attendances are only told."""
    aligned = align(_lower(target), _lower(actual))
    if aligned.problem == "units":
        figures |= {"found": actual.unit, "expected": target.unit}
        yield seen("V01", pair.actual, **figures, variant="unit")
    elif aligned.problem == "kinds":
        yield seen("V01", pair.actual, **figures, variant="kind")
    elif aligned.note == "heads":
        yield seen("V01", pair.actual, **figures, variant="heads")


def _lower(quantity: Quantity) -> Quantity:
    """Stand for a band by its lower bound."""
    if quantity.kind is not Kind.BAND:
        return quantity
    return replace(quantity, kind=Kind.PERCENT if quantity.unit == "%" else Kind.NUMBER)


def _by_direct_rule(case: Case, pair: Pair) -> bool:
    return case.policy.quantitative.direct or pair.row.text("nature") in words("nature", "direct")


@check("V02")
def target_hidden_in_name(case: Case) -> Iterator[Observation]:
    """A target of 100% while the indicator's name holds the real quantity or band."""
    for pair in case.pairs:
        target = pair.target.quantity
        real = _REAL_TARGET.search(pair.name)
        if target and target.kind is Kind.PERCENT and target.number == 1 and real and not _RATE_NAME.search(pair.name):
            yield seen("V02", pair.target, found=target.text, expected=real[0])


@check("V03")
def copied_targets(case: Case) -> Iterator[Observation]:
    """Actuals identical to their targets in every row of the indicators."""
    told = [pair for pair in case.pairs if pair.row.table == "indicators" and not _unmeasured(pair)]
    if len(told) >= _MIN_ROWS and all(pair.target.text.strip() == pair.actual.text.strip() for pair in told):
        yield seen("V03", *(pair.actual for pair in told), found="与目标值相同", expected="实际数据", count=str(len(told)))


def _unmeasured(pair: Pair) -> bool:
    target = pair.target.quantity
    return nothing(pair.target.text) or nothing(pair.actual.text) or (target is not None and target.kind in _WORDED)


@check("V06")
def wrong_operator(case: Case) -> Iterator[Observation]:
    """Operators against the sense of their indicator."""
    groups = case.policy.quantitative.reverse_groups
    for pair in case.pairs:
        target = pair.target.quantity
        if target is None or not target.operator:
            continue
        sense = sense_of(pair.name, pair.row.text("level2"), pair.row.text("nature").strip(), groups)
        if (sense == "less" and target.operator in ("≥", ">")) or (sense == "more" and target.operator in ("≤", "<")):
            words_ = "越小越好" if sense == "less" else "越大越好"
            yield seen(
                "V06", pair.target, found=target.text, expected="≤" if sense == "less" else "≥", name=pair.name, sense=words_
            )


@check("V07")
def quality_in_percent(case: Case) -> Iterator[Observation]:
    """Qualitative indicators valued with a bare percentage."""
    for pair in case.pairs:
        target = pair.target.quantity
        if target is None or target.kind is not Kind.PERCENT or not _is_qualitative(pair.name):
            continue
        if target.number is None or target.number < _MEANINGLESS:
            continue
        yield seen("V07", pair.target, found=target.text, expected="达成情况", name=pair.name)


def _is_qualitative(name: str) -> bool:
    return not any(map(str.isdigit, name)) and not _RATE_NAME.search(name) and bool(_QUALITATIVE.search(name))
