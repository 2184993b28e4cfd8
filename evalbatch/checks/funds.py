"""Group M: money - budgets, sources, printed rates, details, and units."""

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from evalbatch.checks.subject import CheckedSubmission, check, seen, stated_percent, total, under
from evalbatch.model.figures import agrees, cut_off, given, money, percent
from evalbatch.model.finding import Observation
from evalbatch.model.plain_figures import in_wan, unit_of_money
from evalbatch.model.submission import Entry, Row, RowKind, State
from evalbatch.standards.policy import Limit

_OF_WHICH: Final = "其中"
_COLUMNS: Final = ("initial_budget", "budget", "arrived", "executed")


class Misprint(NamedTuple):
    """A printed rate that its two figures do not give; `cut` says that it is the true one cut off
    instead of rounded.
    """

    row: Row
    entry: Entry
    numerator: Decimal
    denominator: Decimal
    expected: str
    cut: bool


@check("M01")
def more_than_budget(checked: CheckedSubmission) -> Iterator[Observation]:
    """More executed than there was to spend, in the total or in one source."""
    limit = checked.policy.execution.denominator
    for row in checked.submission.rows("funding"):
        executed, available = row.get("executed"), row.number(limit)
        if executed is None or executed.number is None or available is None:
            continue
        excess = executed.number - available
        if excess > checked.limits.money_tolerance.value:
            figures = {"name": checked.row_label("funding", row), "difference": money(excess)}
            names = {
                "numerator": checked.label("executed", "funding"),
                "denominator": checked.label(limit, "funding"),
            }
            yield seen(
                "M01",
                executed,
                found=money(executed.number),
                expected=money(available),
                **figures,
                **names,
            )


@check("M02")
def sources_differ(checked: CheckedSubmission) -> Iterator[Observation]:
    """The total of the funding against the sum of its sources."""
    fund = checked.fund
    parts = checked.submission.rows("funding", RowKind.PART)
    if fund is None:
        return
    for column in _COLUMNS:
        entry, added = fund.get(column), _sum_of_filled(parts, column)
        if entry is None or entry.number is None or added is None:
            continue
        if _names_one(checked, parts) and added < entry.number:
            continue
        if _apart(checked, entry.number, added) and not _is_nested(
            checked, entry.number, parts, column
        ):
            difference = money(abs(entry.number - added))
            figures = {"label": checked.label(column, "funding"), "difference": difference}
            yield seen("M02", entry, found=money(entry.number), expected=money(added), **figures)


def _names_one(checked: CheckedSubmission, parts: tuple[Row, ...]) -> bool:
    """Whether a form of others names but one of several sources (其中：项目支出)."""
    alone = checked.submission.stamp is None and len(parts) == 1
    return alone and parts[0].text("source").startswith(_OF_WHICH)


def _is_nested(
    checked: CheckedSubmission, whole: Decimal, parts: tuple[Row, ...], column: str
) -> bool:
    """Whether sources that a form of others prints make up the total all the same: parts of a
    source stand below it, or the total is broken down twice (by nature, by origin).
    """
    if all(row.key for row in parts):
        return False
    left, amounts = whole, [row.number(column) or Decimal(0) for row in parts]
    while amounts:
        first, *amounts = amounts
        amounts = amounts[_inner(checked, first, amounts) :]
        left -= first
        if not _apart(checked, left, Decimal(0)) and any(amounts):
            left = whole
    return not _apart(checked, left, Decimal(0))


def _inner(checked: CheckedSubmission, whole: Decimal, below: list[Decimal]) -> int:
    """Return how many of the amounts below one make it up; at least two do."""
    added = Decimal(0)
    for count, amount in enumerate(below, start=1):
        added += amount
        if count > 1 and not _apart(checked, added, whole):
            return count
    return 0


def _sum_of_filled(rows: tuple[Row, ...], column: str) -> Decimal | None:
    """Add up what is filled, a blank source counting as nothing; None when nothing is filled or
    something is unreadable.
    """
    return total((row for row in rows if (entry := row.get(column)) and not entry.blank), column)


@check("M03")
def rate_differs(checked: CheckedSubmission) -> Iterator[Observation]:
    """Printed execution rates against their figures; one that was only cut off instead of rounded
    is V04.
    """
    for wrong in misprints(checked):
        if not wrong.cut:
            execution = checked.policy.execution
            names = (execution.numerator_name, execution.denominator_name)
            if wrong.row.table == "details":
                names = (checked.label("spent", "details"), checked.label("budget", "details"))
            figures = {"numerator": money(wrong.numerator), "denominator": money(wrong.denominator)}
            figures |= {
                "name": checked.row_label(wrong.row.table, wrong.row),
                "numerator_name": names[0],
                "denominator_name": names[1],
            }
            true = percent(wrong.numerator / wrong.denominator)
            yield seen("M03", wrong.entry, found=_printed(wrong.entry), expected=true, **figures)


def _printed(entry: Entry) -> str:
    stated = stated_percent(entry)
    return f"{stated[0]:f}%" if stated and "%" not in entry.text else entry.text


@lru_cache(maxsize=1)
def misprints(checked: CheckedSubmission) -> tuple[Misprint, ...]:
    """Return the printed execution rates of funding and details that their figures do not give."""
    columns = {
        "funding": ("rate", "executed", checked.policy.execution.denominator),
        "details": ("rate", "spent", "budget"),
    }
    rows = (
        (row, names) for table, names in columns.items() for row in checked.submission.rows(table)
    )
    found = (
        _misprint(row, row.get(rate), row.number(above), row.number(below))
        for row, (rate, above, below) in rows
    )
    return tuple(misprint for misprint in found if misprint)


def _misprint(
    row: Row, entry: Entry | None, numerator: Decimal | None, denominator: Decimal | None
) -> Misprint | None:
    if entry is None or numerator is None or not denominator:
        return None
    stated, true = stated_percent(entry), numerator / denominator
    if stated is None or agrees(*stated, true):
        return None
    cut = cut_off(true * 100, stated[1]) == stated[0]
    return Misprint(row, entry, numerator, denominator, percent(true, stated[1]), cut)


@check("M04")
def details_differ(checked: CheckedSubmission) -> Iterator[Observation]:
    """The details against their closing row and against the funding table."""
    items = checked.submission.rows("details", RowKind.ITEM)
    for column, other in (("budget", checked.policy.execution.denominator), ("spent", "executed")):
        added = total(items, column)
        if added is None:
            continue
        label = checked.label(column, "details")
        for closing in checked.submission.rows("details", RowKind.TOTAL):
            entry = closing.get(column)
            if entry and entry.number is not None and _apart(checked, entry.number, added):
                difference = money(abs(entry.number - added))
                yield seen(
                    "M04",
                    entry,
                    found=money(entry.number),
                    expected=money(added),
                    label=label,
                    difference=difference,
                )
        yield from _against_funding(checked, items, added, (column, other))


def _against_funding(
    checked: CheckedSubmission, items: tuple[Row, ...], added: Decimal, columns: tuple[str, str]
) -> Iterator[Observation]:
    """Spending must agree with the funding table; budgets of details may leave a part unallocated,
    never exceed the whole.
    """
    column, other = columns
    whole = checked.fund.number(other) if checked.fund else None
    if whole is None or not _apart(checked, added, whole) or (column == "budget" and added < whole):
        return
    figures = {"label": checked.label(column, "details"), "other": checked.label(other, "funding")}
    where = _sum_entry(checked, items, column)
    variant = "above" if column == "budget" else "funding"
    yield seen("M04", where, found=money(added), expected=money(whole), variant=variant, **figures)


def _sum_entry(checked: CheckedSubmission, items: tuple[Row, ...], column: str) -> Entry:
    """Return where a sum of details stands: in the closing row, else in the last that has one."""
    rows = (*checked.submission.rows("details", RowKind.TOTAL), *reversed(items))
    return next(entry for row in rows if (entry := row.get(column)))


def _apart(checked: CheckedSubmission, one: Decimal, other: Decimal) -> bool:
    return abs(one - other) > checked.limits.money_tolerance.value


@check("M05")
def detail_above_budget(checked: CheckedSubmission) -> Iterator[Observation]:
    """Details that spent more than their own budget."""
    for row in checked.submission.rows("details", RowKind.ITEM):
        spent, budget = row.get("spent"), row.number("budget")
        if spent is None or spent.number is None or budget is None:
            continue
        excess = spent.number - budget
        if excess > checked.limits.money_tolerance.value:
            figures = {"name": row.text("item"), "difference": money(excess)}
            yield seen("M05", spent, found=money(spent.number), expected=money(budget), **figures)


@check("M06")
def units_mixed(checked: CheckedSubmission) -> Iterator[Observation]:
    """元 where 万元 is meant: amounts about ten thousand times another, or a unit written into the
    cell.
    """
    yield from _units_written(checked)
    fund = checked.fund
    if fund is None:
        return
    amounts = {column: amount for column in _COLUMNS if (amount := fund.number(column))}
    least = min(amounts, key=lambda column: amounts[column], default="")
    for column, amount in amounts.items():
        if limit := far_apart(checked, amount, amounts[least]):
            figures = {
                "found": given(amount),
                "expected": fund.text(least),
                "label": checked.label(column, "funding"),
                "other": checked.label(least, "funding"),
            }
            yield under(limit, seen("M06", fund.entries[column], **figures))
    yield from _details_in_other_unit(checked, fund)
    yield from _large(checked, fund)


def _large(checked: CheckedSubmission, fund: Row) -> Iterator[Observation]:
    """A whole form in 元 agrees with itself; what gives it away is that hardly any project has so
    much money.
    """
    unproved = any(each.variant == "unit_assumed" for each in checked.submission.observations)
    limit = checked.limits.unproved_amount if unproved else checked.limits.large_amount
    variant = "unproved" if unproved else "large"
    credible = checked.limits.credible_amount
    for column in _COLUMNS:
        entry = fund.get(column)
        if (
            entry is not None
            and entry.number is not None
            and limit.value <= entry.number <= credible.value
        ):
            figures = {
                "label": checked.label(column, "funding"),
                "found": money(entry.number),
                "expected": given(limit.value),
            }
            yield under(limit, seen("M06", entry, variant=variant, **figures))
            return


def _details_in_other_unit(checked: CheckedSubmission, fund: Row) -> Iterator[Observation]:
    items = checked.submission.rows("details", RowKind.ITEM)
    spent, executed = total(items, "spent"), fund.number("executed")
    if not spent or not executed:
        return
    if limit := far_apart(checked, spent, executed) or far_apart(checked, executed, spent):
        figures = {
            "found": given(spent),
            "expected": given(executed),
            "label": checked.label("spent", "details"),
            "other": checked.label("executed", "funding"),
        }
        yield under(limit, seen("M06", _sum_entry(checked, items, "spent"), **figures))


def far_apart(checked: CheckedSubmission, large: Decimal, small: Decimal) -> Limit | None:
    """Return the limit by which one amount is about ten thousand times the other, give or take what
    execution rates explain: the one on its side; None when it is not.
    """
    limits = checked.limits
    least, most = limits.money_unit_least, limits.money_unit_most
    ratio = large / small / limits.money_unit_ratio.value
    if not least.value <= ratio <= most.value:
        return None
    return least if ratio < 1 else most


def _units_written(checked: CheckedSubmission) -> Iterator[Observation]:
    """Amounts with another unit than 万元 written into the cell; the reader has converted them."""
    for label, entry in _amounts(checked):
        if _of_another_unit(entry.text):
            yield seen("M06", entry, found=entry.text, expected="万元", variant="unit", label=label)


def _of_another_unit(text: str) -> bool:
    """Whether an amount is written with another unit of money than 万元, in numerals too."""
    unit = unit_of_money(text)
    return in_wan(unit) != 1 or (not unit and "元" in text and "万元" not in text)


@lru_cache(maxsize=1)
def _amounts(checked: CheckedSubmission) -> tuple[tuple[str, Entry], ...]:
    """Return every amount that is filled in, of fields and tables, with its label."""
    amounts = _labelled_amounts(checked)
    return tuple((label, entry) for label, entry in amounts if entry.state is State.FILLED)


def _labelled_amounts(checked: CheckedSubmission) -> Iterator[tuple[str, Entry]]:
    for spec in checked.form.amounts:
        if entry := checked.submission.get(spec.id):
            yield spec.label, entry
    for table in checked.form.tables.values():
        for row in checked.submission.rows(table.id) if table.amounts else ():
            for column in table.amounts:
                if entry := row.get(column.id):
                    yield column.label, entry


@check("M08")
def not_credible(checked: CheckedSubmission) -> Iterator[Observation]:
    """Amounts below zero, or beyond what anybody has to spend."""
    limit = checked.limits.credible_amount
    for label, entry in _amounts(checked):
        if entry.number is not None and abs(entry.number) > limit.value:
            found, expected = money(entry.number), given(limit.value)
            yield under(limit, seen("M08", entry, found=found, expected=expected, label=label))
    yield from _negative(checked)


def _negative(checked: CheckedSubmission) -> Iterator[Observation]:
    """A detail may be a refund; budgets and spending of the whole are net."""
    for table in ("funding", "details"):
        spec = checked.form.tables.get(table)
        for row in checked.submission.rows(table):
            for column in spec.amounts if spec else ():
                entry = row.get(column.id)
                if entry is not None and entry.number is not None and entry.number < 0:
                    variant = (
                        "refund"
                        if (table, column.id, row.kind) == ("details", "spent", RowKind.ITEM)
                        else "negative"
                    )
                    figures = {"label": column.label, "name": checked.row_label(table, row)}
                    yield seen(
                        "M08",
                        entry,
                        found=money(entry.number),
                        expected="不小于0",
                        variant=variant,
                        **figures,
                    )


@check("M09")
def rate_unknown(checked: CheckedSubmission) -> Iterator[Observation]:
    """An execution rate that cannot be formed; a blank budget is B01, money spent without budget
    M01.
    """
    execution, fund = checked.policy.execution, checked.fund
    executed = fund.get("executed") if fund else None
    if execution.mode == "none" or fund is None or executed is None or executed.number is None:
        return
    label, budget = checked.label(execution.denominator, "funding"), fund.get(execution.denominator)
    figures = {
        "label": label,
        "numerator_name": execution.numerator_name,
        "denominator_name": execution.denominator_name,
    }
    if budget is None:
        other = checked.label("executed", "funding")
        yield seen(
            "M09", executed, found="", expected=label, variant="absent", other=other, **figures
        )
    elif budget.number == 0:
        yield seen("M09", budget, found="0", expected="大于0", **figures)


@check("M07")
def part_scored(checked: CheckedSubmission) -> Iterator[Observation]:
    """Weights and scores repeated in rows that are only parts of the total."""
    rows = (
        row
        for table in ("funding", "indicators")
        for row in checked.submission.rows(table, RowKind.PART)
    )
    for row in rows:
        for column in ("weight", "score"):
            entry = row.get(column)
            if entry is not None and entry.number is not None:
                figures = {
                    "name": checked.row_label(row.table, row),
                    "label": checked.label(column, row.table),
                }
                yield seen("M07", entry, found=given(entry.number), expected="不填", **figures)
    for column in ("weight", "score"):
        for row in checked.told_twice(column):
            figures = {
                "name": checked.row_label(row.table, row),
                "label": checked.label(column, row.table),
            }
            yield seen(
                "M07",
                row.get(column) or row,
                found=row.text(column),
                expected="不填",
                variant="execution",
                **figures,
            )
