"""Tells by their figures what rows are to each other: totals, sums of a group, parts of the row
above.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from evalbatch.model.submission import Row, RowKind
from evalbatch.reading.value_words import EMPTY

_FIGURES: Final = ("weight", "score")
_VALUES: Final = ("target", "actual")
_NAME: Final = "level3"
_NUMBERING: Final = "no"


def with_roles(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of a table with the part that each plays.

    A word alone makes no total and no sum: a row called 合计 that has a target or an actual of its
    own is an indicator, and so is one called 其中 whose parent has no weight while it has one.
    """
    if not rows or _NAME not in rows[0].entries:
        return _named_like_totals(list(rows))
    found = [_by_values(row, rows) for row in rows]
    found = _parts(found)
    found = _inner_totals(found)
    return _without_alternatives(_sums_of_groups(found))


def _named_like_totals(rows: list[Row]) -> list[Row]:
    """Make items of rows that are called like a total (合计), but are numbered among the others, or
    have others below them and are the sum of nothing; an inner sum is that of a group.
    """
    last = max((at for at, row in enumerate(rows) if row.kind is RowKind.TOTAL), default=-1)
    kinds = [
        _kind_by_place(rows, at, last) if row.kind is RowKind.TOTAL else row.kind
        for at, row in enumerate(rows)
    ]
    return [
        row if kind is row.kind else replace(row, kind=kind)
        for row, kind in zip(rows, kinds, strict=True)
    ]


def _kind_by_place(rows: Sequence[Row], at: int, last: int) -> RowKind:
    if rows[at].text(_NUMBERING).strip().isdecimal():
        return RowKind.ITEM
    if at in (0, len(rows) - 1):
        return RowKind.TOTAL
    if not _adds_up(rows[at], rows[:at], rows[at + 1 :]):
        return RowKind.ITEM
    return RowKind.SUBTOTAL if at < last else RowKind.TOTAL


def _adds_up(row: Row, above: Sequence[Row], below: Sequence[Row]) -> bool:
    """Whether a row holds the sums of the rows above it, of those right above it, or of those below
    it, in some column of figures.
    """
    columns = [name for name in row.entries if row.number(name)]
    for name in columns:
        stated = row.number(name)
        for rows in (above, below):
            items = [each.number(name) or Decimal(0) for each in rows if each.kind is RowKind.ITEM]
            runs = {sum(items[start:], Decimal(0)) for start in range(len(items))}
            if stated in runs | {sum(items, Decimal(0))}:
                return True
    return not columns


def _without_alternatives(rows: list[Row]) -> list[Row]:
    """Make parts of the rows that were not chosen where a form lets one of two indicators count:
    they have no score, a neighbour of their weight has one, and the weights exceed the total
    without them only.
    """
    whole = next((row.number("weight") for row in rows if row.kind is RowKind.TOTAL), None)
    items = [row for row in rows if row.kind is RowKind.ITEM]
    added = sum((row.number("weight") or Decimal(0) for row in items), Decimal(0))
    if whole is None or added <= whole:
        return rows
    unchosen = {
        id(row)
        for row, *others in zip(items, [None, *items], [*items[1:], None], strict=False)
        if not _says(row, "score") and any(_is_chosen(row, other) for other in others)
    }
    left = sum(row.number("weight") or Decimal(0) for row in items if id(row) not in unchosen)
    if left > whole:
        return rows
    return [_unweighed(row) if id(row) in unchosen else row for row in rows]


def _is_chosen(row: Row, other: Row | None) -> bool:
    """Whether the neighbour of an indicator counts in its stead."""
    weight = row.number("weight")
    return (
        other is not None
        and weight is not None
        and other.number("weight") == weight
        and other.number("score") is not None
    )


def _unweighed(row: Row) -> Row:
    """Return a row that is listed with its values, but weighs nothing."""
    weight = row.entries["weight"]._replace(value=None)
    return replace(row, kind=RowKind.PART, entries={**row.entries, "weight": weight})


def _by_values(row: Row, rows: Sequence[Row]) -> Row:
    """Take what has values and a weight of its own for an indicator, whatever it is called, unless
    it holds what all others hold together.
    """
    if row.kind not in (RowKind.TOTAL, RowKind.SUBTOTAL) or row.number("weight") is None:
        return row
    said = [_says(row, name) for name in _VALUES]
    if row.kind is RowKind.SUBTOTAL:
        return replace(row, kind=RowKind.ITEM) if any(said) else row
    return replace(row, kind=RowKind.ITEM) if all(said) and not _is_whole(row, rows) else row


def _says(row: Row, column: str) -> bool:
    """Whether a row has a value of its own in a column: not the label of the row merged over it,
    not a dash.
    """
    entry = row.entries.get(column)
    if entry is None or entry.blank or entry.text.strip() in EMPTY:
        return False
    label = row.entries.get(_NAME)
    merged = entry.place.column < _own_column(row, column) or (
        label is not None and entry.place == label.place
    )
    return not merged and entry.place.row == row.place.row


def _own_column(row: Row, column: str) -> int:
    label = row.entries.get(_NAME)
    return label.place.column + 1 if label is not None and column != _NAME else 0


def _parts(rows: list[Row]) -> list[Row]:
    """Make parts that carry the weight which their parent lacks rows of their own."""
    found: list[Row] = []
    parent: Row | None = None
    for row in rows:
        if row.kind is RowKind.ITEM:
            parent = row
        elif (
            row.kind is RowKind.PART and _carries(row) and (parent is None or not _carries(parent))
        ):
            row = replace(row, kind=RowKind.ITEM)  # noqa: PLW2901 - the row as it is from here on
        found.append(row)
    return found


def _carries(row: Row) -> bool:
    return any(row.number(name) is not None for name in _FIGURES)


def _inner_totals(rows: list[Row]) -> list[Row]:
    """Make a total that stands among the rows the sum of a group: only the last one may be the
    table's.
    """
    last = max((at for at, row in enumerate(rows) if row.kind is RowKind.TOTAL), default=-1)
    items = [at for at, row in enumerate(rows) if row.kind is RowKind.ITEM]
    found = []
    for at, row in enumerate(rows):
        inner = row.kind is RowKind.TOTAL and (at != last or any(other > at for other in items))
        found.append(
            replace(row, kind=RowKind.SUBTOTAL) if inner and not _is_whole(row, rows) else row
        )
    return found


def _is_whole(row: Row, rows: Sequence[Row]) -> bool:
    """Whether a row carries at least the sum of all indicators: then it is the table's total,
    wherever it stands.
    """
    for name in _FIGURES:
        known = [
            number
            for each in rows
            if each.kind is RowKind.ITEM and (number := each.number(name)) is not None
        ]
        stated = row.number(name)
        if stated is not None and known:
            return stated >= sum(known, Decimal(0))
    return True


def _sums_of_groups(rows: list[Row]) -> list[Row]:
    """Mark rows without an indicator that carry exactly the weights of two or more others of their
    group: they are sums.
    """
    if not any(row.kind is RowKind.ITEM and not row.text(_NAME) for row in rows):
        return rows
    weights: dict[tuple[str, str], list[Decimal]] = {}
    for row in rows:
        weight = row.number("weight")
        if row.kind is RowKind.ITEM and row.text(_NAME) and weight is not None:
            for level in ("level1", "level2"):
                weights.setdefault((level, row.text(level)), []).append(weight)
    return [replace(row, kind=RowKind.SUBTOTAL) if _is_sum(row, weights) else row for row in rows]


def _is_sum(row: Row, weights: dict[tuple[str, str], list[Decimal]]) -> bool:
    level = "level2" if row.text("level2") else "level1"
    group = weights.get((level, row.text(level)), [])
    bare = row.kind is RowKind.ITEM and not row.text(_NAME) and bool(row.text(level))
    return bare and len(group) > 1 and row.number("weight") == sum(group)
