"""Group V: values that cannot be measured or compared, targets that say nothing, and rates."""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Final

from evalbatch.checks.funds import misprints
from evalbatch.checks.subject import (
    CheckedSubmission,
    Pair,
    ScoredRow,
    bare_percent,
    check,
    nothing,
    seen,
    stated_percent,
    under,
    unsaid,
)
from evalbatch.model.figures import agrees, cut_off, given, percent, printed_percent
from evalbatch.model.finding import Observation
from evalbatch.model.submission import Entry, Row, State
from evalbatch.model.units import convert
from evalbatch.model.value import SINGLE, WORDED, Quantity, QuantityKind
from evalbatch.model.words import WORDS, any_of
from evalbatch.reading.partial_counts import part_of_whole
from evalbatch.reading.polarity import falls_short, in_time, is_graded, nothing_happened
from evalbatch.reading.quantities import in_brackets
from evalbatch.scoring.alignment import align, duration
from evalbatch.scoring.meanings import as_meant
from evalbatch.scoring.sense import against, sense_of
from evalbatch.scoring.terms import note, words
from evalbatch.standards.form import Input, Type

_FIGURES: Final = (QuantityKind.NUMBER, QuantityKind.PERCENT, QuantityKind.BAND)
_MEASURED: Final = (*_FIGURES, QuantityKind.DATE)
_NUMBER: Final = r"(?<![\d.])\d{1,15}(?:\.\d{1,6})?"
_UNIT: Final = any_of((*WORDS["measures"], *WORDS["counted_measures"]))
_REAL_TARGET: Final = re.compile(
    rf"{_NUMBER}\s*(?:{_UNIT})的?(?:\s*±\s*{_NUMBER}\s*%?)?|±\s*{_NUMBER}\s*%"
)
_RATE_NAME: Final = re.compile(rf"(?:{any_of(WORDS['rate_names'])})")
_NEVER_ABOVE: Final = re.compile(rf"(?:{any_of(WORDS['never_above_whole'])})$")
_SHARE_NAME: Final = re.compile(any_of(WORDS["share_names"]))
_QUALITATIVE: Final = re.compile(
    rf"^(?:{any_of(WORDS['qualitative_verbs'])})|(?:{any_of(WORDS['qualitative_words'])})"
)


@check("V01")
def not_measurable(checked: CheckedSubmission) -> Iterator[Observation]:
    """Text where a figure is needed, and targets and actuals that cannot be compared."""
    yield from _unreadable(checked)
    for pair in checked.pairs:
        target, actual = pair.wanted, pair.got
        stated = ((pair.target, target), (pair.actual, actual))
        misread = [entry for entry, value in stated if _looks_misread(pair, value)]
        for entry in misread:
            yield seen(
                "V01",
                entry,
                found=entry.text,
                expected=f"≥{entry.text.strip()[1:]}",
                variant="misread",
                name=pair.name,
            )
        if not misread:
            yield from _above_whole(pair)
        if _shared(pair):
            yield seen("V01", pair.row, found=pair.actual.text, variant="shared", name=pair.name)
        if target is not None and actual is not None and not misread:
            yield from _incomparable(checked, pair, target, as_meant(target, actual, pair.name))


def _above_whole(pair: Pair) -> Iterator[Observation]:
    """Shares of good ones among all above 100 %."""
    for entry, value in ((pair.target, pair.wanted), (pair.actual, pair.got)):
        if value is None or value.kind is not QuantityKind.PERCENT or value.number is None:
            continue
        if value.number > 1 and _NEVER_ABOVE.search(pair.name):
            figures = {"found": entry.text, "expected": "100%", "name": pair.name}
            yield seen("V01", entry, variant="impossible", **figures)


def _shared(pair: Pair) -> bool:
    """Whether a target of its own takes its actual from a cell merged over several rows."""
    own = pair.target.place.row == pair.row.place.row and not pair.target.blank
    return own and pair.actual.place.row < pair.row.place.row and not pair.actual.blank


def _looks_misread(pair: Pair, value: Quantity | None) -> bool:
    """Whether a share of a whole reads 2xx %: on paper it was ≥xx %, and the program that read the
    paper took ≥ for 2.
    """
    if (
        value is None
        or value.kind is not QuantityKind.PERCENT
        or value.operator
        or value.number is None
    ):
        return False
    return (
        2 < value.number < 3  # noqa: PLR2004
        and value.text.strip().startswith("2")
        and bool(_SHARE_NAME.search(pair.name))
    )


def _unreadable(checked: CheckedSubmission) -> Iterator[Observation]:
    for name, entry in checked.submission.fields.items():
        if (
            entry.state is State.UNREADABLE
            and name in checked.form.fields
            and name != "stated_grade"
        ):
            yield from _wrong_kind(checked, checked.form.fields[name], entry)
    unreadable = [
        (table, name, entry)
        for table, rows in checked.submission.tables.items()
        for row in rows
        for name, entry in row.entries.items()
        if entry.state is State.UNREADABLE
    ]
    for table, name, entry in unreadable:
        spec = checked.column(table, name) if name != "score" else None
        if spec is not None:
            yield from _wrong_kind(checked, spec, entry)


def _wrong_kind(checked: CheckedSubmission, spec: Input, entry: Entry) -> Iterator[Observation]:
    if entry.place in checked.named_faults:
        return
    variant = {Type.DATE: "date", Type.CHOICE: "choice", Type.CHOICES: "choice"}.get(spec.type, "")
    expected = {"date": "有效日期", "choice": "、".join(spec.options)}.get(variant, "数字")
    yield seen("V01", entry, found=entry.text, expected=expected, variant=variant, label=spec.label)


def _incomparable(
    checked: CheckedSubmission, pair: Pair, target: Quantity, actual: Quantity
) -> Iterator[Observation]:
    if falls_short(target.text, actual.text, pair.name):  # S03's, or a person's
        return
    figures = {"found": actual.text, "expected": target.text, "name": pair.name}
    if actual.kind in WORDED and target.kind in _MEASURED:
        timed = target.kind is QuantityKind.DATE or duration(target)
        told = nothing_happened(actual.text) or (timed and in_time(actual.text))
        if not told and not _by_direct_rule(checked, pair):
            yield seen("V01", pair.actual, **figures, variant="actual_text")
    elif actual.kind in _FIGURES and target.kind is QuantityKind.TIER:
        yield seen("V01", pair.actual, **figures, variant="actual_figure")
    elif target.kind in _FIGURES and actual.kind in _FIGURES:
        yield from _of_other_kinds(pair, target, actual, figures)


def _of_other_kinds(
    pair: Pair, target: Quantity, actual: Quantity, figures: dict[str, str]
) -> Iterator[Observation]:
    """Figures that measure different things contradict; people against attendances are only
    told. What stands beside the one that answers (12期，完成率96%), and so many of so many (20/20),
    is for a person.
    """
    beside = (*actual.parts, *in_brackets(actual.text))
    answers = any(part.kind is target.kind and part.unit == target.unit for part in beside)
    if answers or part_of_whole(actual.text):
        return
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
    if quantity.kind is not QuantityKind.BAND:
        return quantity
    return replace(
        quantity, kind=QuantityKind.PERCENT if quantity.unit == "%" else QuantityKind.NUMBER
    )


def _by_direct_rule(checked: CheckedSubmission, pair: Pair) -> bool:
    return checked.policy.quantitative.direct or pair.row.text("nature") in words(
        "nature", "direct"
    )


@check("F10")
def read_with_care(checked: CheckedSubmission) -> Iterator[Observation]:
    """Figures that could be read otherwise: how they were read, next to what the reader itself
    normalised.
    """
    for scored in checked.scored:
        actual, score = scored.row.get("actual"), scored.score
        if score.note and score.note != note("heads") and actual is not None:  # V01 tells heads
            found = f"“{scored.name}”目标{score.target}，实际{score.actual}"
            yield seen("F10", actual, found=found, expected=score.note, variant="reading")


@check("V02")
def target_hidden_in_name(checked: CheckedSubmission) -> Iterator[Observation]:
    """A target of 100% while the indicator's name holds the real quantity or band."""
    for pair in checked.pairs:
        target = pair.wanted
        real = _REAL_TARGET.search(pair.name)
        if (
            target
            and target.kind is QuantityKind.PERCENT
            and target.number == 1
            and real
            and not _RATE_NAME.search(pair.name)
        ):
            yield seen("V02", pair.target, found=target.text, expected=real[0])


@check("V03")
def copied_targets(checked: CheckedSubmission) -> Iterator[Observation]:
    """Actuals identical to their targets in every row of the indicators."""
    told = [
        pair for pair in checked.pairs if pair.row.table == "indicators" and not _unmeasured(pair)
    ]
    limit = checked.limits.copied_rows
    copied = all(pair.target.text.strip() == pair.actual.text.strip() for pair in told)
    if told and copied and len(told) >= limit.value:
        figures = {"found": "与目标值相同", "expected": "实际数据", "count": str(len(told))}
        yield under(limit, seen("V03", *(pair.actual for pair in told), **figures))


def _unmeasured(pair: Pair) -> bool:
    target = pair.wanted
    return (
        nothing(pair.target.text)
        or nothing(pair.actual.text)
        or (target is not None and target.kind in WORDED)
    )


@check("V06")
def wrong_operator(checked: CheckedSubmission) -> Iterator[Observation]:
    """Operators against the sense of their indicator."""
    groups = checked.policy.quantitative.reverse_groups
    for pair in checked.pairs:
        target = pair.wanted
        if target is None or not target.operator:
            continue
        sense = sense_of(
            pair.name, pair.row.text("level2"), pair.row.text("nature").strip(), groups
        )
        if against(target, sense):
            words_ = "越小越好" if sense == "less" else "越大越好"
            yield seen(
                "V06",
                pair.target,
                found=target.text,
                expected="≤" if sense == "less" else "≥",
                name=pair.name,
                sense=words_,
            )


@check("V07")
def quality_in_percent(checked: CheckedSubmission) -> Iterator[Observation]:
    """Qualitative indicators valued with a bare percentage: a rise by 5 % can be measured, 95 % of
    "improved" cannot.
    """
    limit = checked.limits.qualitative_percent
    for pair in checked.pairs:
        target, actual = pair.wanted, pair.got
        if target and actual and target.kind in WORDED and actual.kind is QuantityKind.PERCENT:
            if is_graded(target.text):  # a tier of words, answered by a percentage
                yield seen(
                    "V07",
                    pair.actual,
                    found=actual.text,
                    expected=target.text,
                    variant="actual",
                    name=pair.name,
                )
            continue
        if (
            target is None
            or target.kind is not QuantityKind.PERCENT
            or not _is_qualitative(pair.name)
        ):
            continue
        if target.number is not None and target.number >= limit.value:
            figures = {"found": target.text, "expected": "达成情况", "name": pair.name}
            yield under(limit, seen("V07", pair.target, **figures))


def _is_qualitative(name: str) -> bool:
    return (
        not any(map(str.isdigit, name))
        and not _RATE_NAME.search(name)
        and bool(_QUALITATIVE.search(name))
    )


_WHOLE: Final = 100
_PRINTED_RATE: Final = re.compile(rf"率[^。；\n\d]{{0,4}}{_NUMBER}\s*[%％]")
_SENTENCES: Final = re.compile(r"[。；\n]")
_LIMIT: Final = re.compile(
    rf"^(?P<noun>[^\d，。；≤<]{{2,12}}?)(?:控制在|不超过|不高于|≤|<|低于)\s*(?P<plan>{_NUMBER})\s*(?P<unit>万元|元)"
)
_TEXT_RATE: Final = re.compile(
    rf"(?P<one>{_NUMBER})\s*(?P<unit>{_UNIT})[^。；\n\d]{{0,14}}?(?P<two>{_NUMBER})\s*(?P=unit)[^。；\n\d]{{0,12}}?(?P<rate>{_NUMBER}\s*[%％])"
)


@check("V04")
def rounded_wrongly(checked: CheckedSubmission) -> Iterator[Observation]:
    """Printed percentages against the figures beside them, at the decimals printed."""
    for wrong in misprints(checked):
        if wrong.cut:
            figures = {"numerator": given(wrong.numerator), "denominator": given(wrong.denominator)}
            yield seen(
                "V04", wrong.entry, found=wrong.entry.text, expected=wrong.expected, **figures
            )
    for pair in checked.pairs:
        yield from _completion_rate(pair)
    for entry in checked.prose:
        yield from _rates_in_text(entry)


def _completion_rate(pair: Pair) -> Iterator[Observation]:
    entry, target, actual = pair.row.get("rate"), pair.wanted, pair.got
    stated = stated_percent(entry) if entry and not entry.blank else None
    if (
        entry is None
        or stated is None
        or target is None
        or actual is None
        or target.operator in ("≤", "<")
    ):
        return
    if target.kind not in SINGLE or actual.kind is not target.kind or not target.number:
        return
    reached = (
        convert(actual.number, actual.unit, target.unit) if actual.number is not None else None
    )
    if reached is None:
        return
    true = reached / target.number
    if not agrees(*stated, true) and not (true > 1 and stated[0] == _WHOLE):
        figures = {"numerator": actual.text, "denominator": target.text}
        yield seen("V04", entry, found=entry.text, expected=percent(true, stated[1]), **figures)


@lru_cache(maxsize=4096)
def told_rates(text: str) -> tuple[re.Match[str], ...]:
    """Find sentences that give two figures of one unit and a rate behind them."""
    if not _PRINTED_RATE.search(text):
        return ()
    matches = (
        _TEXT_RATE.search(sentence)
        for sentence in _SENTENCES.split(text)
        if _PRINTED_RATE.search(sentence)
    )
    return tuple(match for match in matches if match)


def _rates_in_text(entry: Entry) -> Iterator[Observation]:
    """A rate in a sentence is only spoken of when it is certainly the two figures before it, cut
    off instead of rounded.
    """
    for match in told_rates(entry.text):
        one, two, stated = (
            Decimal(match["one"]),
            Decimal(match["two"]),
            printed_percent(match["rate"]),
        )
        small, large = sorted((one, two))
        if stated is None or not large or agrees(*stated, small / large):
            continue
        if cut_off(small * 100 / large, stated[1]) == stated[0]:
            figures = {"numerator": given(small), "denominator": given(large)}
            yield seen(
                "V04",
                entry,
                found=match["rate"],
                expected=percent(small / large, stated[1]),
                **figures,
            )


@check("V05")
def completion_contradicted(checked: CheckedSubmission) -> Iterator[Observation]:
    """Said to be complete but docked, or a completion that the material's own figures
    contradict.
    """
    for scored in checked.scored:
        if scored.row.table == "indicators":
            yield from _docked_though_complete(checked, scored)
    for row in checked.indicators:
        yield from _against_material(checked, row)


def _docked_though_complete(checked: CheckedSubmission, scored: ScoredRow) -> Iterator[Observation]:
    score, target, actual = scored.score, scored.row.get("target"), scored.row.get("actual")
    complete = (
        score.completion is not None
        and 1 <= score.completion < checked.policy.quantitative.explain_above.value
    )
    if (
        not complete
        or target is None
        or actual is None
        or nothing(actual.text)
        or _unexplained(scored.row)
    ):
        return
    if score.claimed is None or score.weight is None or score.computed is None:
        return
    if checked.exceeds(min(score.weight, score.computed), score.claimed):
        figures = {
            "name": scored.name,
            "target": target.text,
            "actual": actual.text,
            "weight": given(score.weight),
        }
        yield seen(
            "V05", actual, found=given(score.claimed), expected=given(score.weight), **figures
        )


def _unexplained(row: Row) -> bool:
    """Whether the deduction has no reason, which X01 says already."""
    reason = row.get("reason")
    return reason is not None and unsaid(reason.text)


def _against_material(checked: CheckedSubmission, row: Row) -> Iterator[Observation]:
    """A cost limit in the name, a bare percentage as actual, and the real amount or saving
    somewhere in the texts.
    """
    limit, actual = _LIMIT.search(row.text("level3")), row.get("actual")
    stated = bare_percent(actual) if actual else None
    if limit is None or actual is None or stated is None:
        return
    plan = Decimal(limit["plan"])
    for true, quote in _told_in_texts(checked, limit["noun"], plan, limit["unit"]):
        if not agrees(*stated, true):
            figures = {
                "name": row.text("level3"),
                "quote": quote,
                "plan": f"{limit['plan']}{limit['unit']}",
            }
            expected = percent(true)
            yield seen(
                "V05", actual, found=actual.text, expected=expected, variant="figures", **figures
            )
            return


def _told_in_texts(
    checked: CheckedSubmission, noun: str, plan: Decimal, unit: str
) -> Iterator[tuple[Decimal, str]]:
    """Yield completions that the texts tell of a cost: its amount, or by how much it stayed below
    or above the plan.
    """
    name = re.escape(noun)
    for match in re.finditer(rf"{name}[^。；\n\d]{{0,10}}({_NUMBER})\s*{unit}", checked.story):
        amount = Decimal(match[1])
        if amount != plan and plan:
            yield amount / plan, match[0]
    for match in re.finditer(
        rf"{name}[^。；\n\d]{{0,10}}([低高])于?\s*({_NUMBER})\s*[%％]", checked.story
    ):
        share = Decimal(match[2]) / 100
        yield (1 - share if match[1] == "低" else 1 + share), match[0]


@check("V08")
def rate_without_actual(checked: CheckedSubmission) -> Iterator[Observation]:
    """Completion rates claimed without an actual value."""
    for pair in checked.pairs:
        rate = pair.row.get("rate")
        if (
            rate is None
            or nothing(rate.text)
            or not nothing(pair.actual.text)
            or not pair.actual.blank
        ):
            continue
        variant = "bare" if nothing(pair.target.text) else ""
        yield seen(
            "V08",
            pair.actual,
            found=rate.text,
            expected="实际完成值",
            variant=variant,
            name=pair.name,
        )
