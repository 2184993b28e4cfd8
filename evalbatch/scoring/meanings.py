"""What an actual means beside its target: the part of it that answers, a date written as a figure,
so many of so many, the degree to which a target was reached.
"""

from dataclasses import replace
from datetime import date

from evalbatch.model.units import COUNT, dimension
from evalbatch.model.value import SINGLE, Quantity, QuantityKind
from evalbatch.reading.date_texts import dates_of_figure
from evalbatch.reading.partial_counts import is_rate_of_completion, only_share, part_of_whole
from evalbatch.reading.polarity import tells_result, tells_sum, wants_all
from evalbatch.reading.quantities import clauses, parse_quantity


def as_meant(target: Quantity, actual: Quantity, name: str) -> Quantity:
    """Return an actual as its target asks for it; the actual itself where it answers as it stands.

    Args:
        target: the target (年度指标值).
        actual: the actual (实际完成值).
        name: the name of the indicator: a step that it speaks of is its result.
    """
    if target.kind is QuantityKind.DATE:
        return _dated(target, actual)
    if target.kind is QuantityKind.TEXT:
        return _whole_share(target, actual)
    if target.kind not in SINGLE or target.number is None:
        return actual
    if target.kind is QuantityKind.PERCENT:
        return _share_done(_answering(target, actual, name))
    if actual.kind is QuantityKind.PERCENT:
        return _by_rate(target, actual)
    return _answering(target, actual, name)


def _dated(target: Quantity, actual: Quantity) -> Quantity:
    """Read 6.10 as a date; where it may be two, as the one on which both agree. Of several dates,
    the one that tells the result (4月开工，8月完工).
    """
    if actual.kind is QuantityKind.COMPOUND:
        results = [part for part in actual.parts if tells_result(part.text)]
        dated = all(part.kind is QuantityKind.DATE for part in actual.parts)
        told = dated and len(results) == 1
        return replace(results[0], text=actual.text) if told else actual
    if actual.kind is not QuantityKind.NUMBER or actual.unit or target.when is None:
        return actual
    dates = dates_of_figure(actual.text, target.when.year)
    if not dates or len({_in_time(when, target.when) for when in dates}) > 1:
        return actual
    return Quantity(QuantityKind.DATE, actual.text, when=max(dates))


def _in_time(when: date, due: date) -> bool:
    return when <= due


def _whole_share(target: Quantity, actual: Quantity) -> Quantity:
    """Read the share that a text tells beside its words where all was wanted (应补尽补，100%)."""
    if actual.kind is QuantityKind.PERCENT or not wants_all(target.text):
        return actual
    share, done = only_share(actual.text), part_of_whole(actual.text)
    if share is None and done is not None:
        share = done.part / done.whole
    if share is None:
        return actual
    return Quantity(QuantityKind.PERCENT, actual.text, number=share, unit="%")


def _share_done(actual: Quantity) -> Quantity:
    """Read so many of so many as a percentage (9个（共12个）), not 12期，共960人."""
    several = len({part.unit for part in actual.parts if part.unit}) > 1
    told = actual.kind is QuantityKind.PERCENT or several
    done = None if told else part_of_whole(actual.text)
    if done is None:
        return actual
    return Quantity(QuantityKind.PERCENT, actual.text, number=done.part / done.whole, unit="%")


def _by_rate(target: Quantity, actual: Quantity) -> Quantity:
    """Read a rate of completion of a target that counts as what was done of it; what reaches the
    target stays a rate: it does not tell how much.
    """
    share, whole = actual.number, target.number
    if share is None or whole is None or share >= 1 or not is_rate_of_completion(actual.text):
        return actual
    return Quantity(QuantityKind.NUMBER, actual.text, number=share * whole, unit=target.unit)


def _answering(target: Quantity, actual: Quantity, name: str) -> Quantity:
    """Return what answers a single figure: so many of the target's own (5项中的3项), a sum, or the
    part that tells the result.
    """
    told = (
        part_of_whole(actual.text)
        if actual.kind in {QuantityKind.COMPOUND, QuantityKind.TEXT}
        else None
    )
    if told is not None and told.whole == target.number and dimension(target.unit) == COUNT:
        return Quantity(QuantityKind.NUMBER, actual.text, number=told.part, unit=target.unit)
    if actual.kind is QuantityKind.TEXT:
        part = _measured_clause(actual) if target.number else None
        return replace(part, text=actual.text) if part is not None else actual
    if actual.kind is not QuantityKind.COMPOUND:
        return actual
    part = _sum_of_parts(actual) or _result_part(actual, name) or _part_like(target, actual)
    return replace(part, text=actual.text) if part is not None else actual


def _measured_clause(actual: Quantity) -> Quantity | None:
    """Return the figure of a sentence in which only one clause has any (克服困难，完成12场)."""
    measured = [clause for clause in clauses(actual.text) if any(map(str.isdigit, clause))]
    figure = parse_quantity(measured[0]) if len(measured) == 1 else None
    return figure if figure is not None and figure.kind in SINGLE else None


def _sum_of_parts(actual: Quantity) -> Quantity | None:
    """Return the part that is told as the sum of the others and is it (合计320人次)."""
    sums = [part for part in actual.parts if tells_sum(part.text)]
    others = [part.number for part in actual.parts if part not in sums and part.number is not None]
    if len(sums) != 1 or len(others) + 1 < len(actual.parts) or sum(others) != sums[0].number:
        return None
    return sums[0]


def _result_part(actual: Quantity, name: str) -> Quantity | None:
    """Return the part that tells the result where the others tell steps to it of the same unit
    (12个，验收9个); none where the name speaks of one of them.
    """
    if len({(part.kind, part.unit) for part in actual.parts}) != 1:
        return None
    results = [part for part in actual.parts if tells_result(part.text)]
    steps = [part for part in actual.parts if part not in results]
    named = any(word in name for part in steps for word in _pairs_of_letters(part.text))
    return results[0] if len(results) == 1 and steps and not named else None


def _pairs_of_letters(text: str) -> list[str]:
    return [pair for at in range(len(text) - 1) if (pair := text[at : at + 2]) > "\u4e00"]


def _part_like(target: Quantity, actual: Quantity) -> Quantity | None:
    """Return the only part of several values that has the unit of a single target."""
    if not target.unit:
        return None
    like = [part for part in actual.parts if part.kind is target.kind and part.unit == target.unit]
    return like[0] if len(like) == 1 else None


def beside_each_other(target: Quantity, actual: Quantity) -> tuple[Quantity, Quantity]:
    """Compare what remarks give figures part by part where the target has them; in the actual alone
    they are remarks.
    """
    if target.kind is QuantityKind.COMPOUND or not target.parts:
        return target, actual
    return _spread(target), _spread(actual)


def _spread(quantity: Quantity) -> Quantity:
    if quantity.kind is QuantityKind.COMPOUND or not quantity.parts:
        return quantity
    main = replace(quantity, parts=())
    return Quantity(QuantityKind.COMPOUND, quantity.text, parts=(main, *quantity.parts))
