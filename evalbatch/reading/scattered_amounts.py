"""Reads the money of a form that prints no table of it: each amount beside its label, or behind it
in one cell, wherever the two stand.
"""

import re
from collections.abc import Container, Iterator
from typing import Final

from evalbatch.model.names import LONGEST, core
from evalbatch.model.plain_figures import AMOUNT_UNITS, compact
from evalbatch.model.submission import Entry, Row, RowKind
from evalbatch.reading.entries import EntryReader
from evalbatch.reading.execution_points import with_points
from evalbatch.reading.form_labels import TableLabels
from evalbatch.reading.printed_page import PrintedPage, Spot
from evalbatch.sheets.book import Cell
from evalbatch.standards.form import ColumnSpec, Type

_AMOUNT: Final = re.compile(rf"[¥￥]?-?[\d,]*\.?\d+(?:{AMOUNT_UNITS}|分|%)?")
_READ: Final = (Type.MONEY, Type.PERCENT, Type.SCORE)


def read_scattered(
    page: PrintedPage, table_labels: TableLabels, entry_reader: EntryReader, end: int
) -> list[Row]:
    """Return the total row of a funding block whose amounts stand apart above the row `end`, empty
    when a required amount stands nowhere or at two places.
    """
    found = {
        name: spots
        for name, column in table_labels.columns.items()
        if column.type in _READ and not column.stated
        if (spots := [each for each in _amounts(page, column) if each[0][0] < end])
    }
    wanted = [column.id for column in table_labels.required]
    for name in wanted:
        found[name] = found.get(name) or _guessed(page, table_labels, name, found, end)
    if not wanted or any(len({cell for _, _, cell in found.get(name, ())}) != 1 for name in wanted):
        return []
    entries = {
        name: _entry(page, table_labels.columns[name], spots[0], entry_reader)
        for name, spots in _without_total(table_labels, found).items()
    }
    first = min(entries.values(), key=lambda entry: (entry.place.row, entry.place.column))
    total = Row(table_labels.spec.id, first.place, entries, table_labels.total, RowKind.TOTAL)
    return with_points(page, table_labels, entry_reader, [total])


def _without_total(
    table_labels: TableLabels, found: dict[str, list["_Found"]]
) -> dict[str, list["_Found"]]:
    """Leave out a score that may be the whole form's (自评得分): that of the execution rate stands
    with its weight, in a row with amounts.
    """
    rows = {each[0][0] for name in found if _is_money(table_labels, name) for each in found[name]}
    points = {name for name in found if table_labels.columns[name].type is Type.SCORE}
    kept = {name for name in points if found[name][0][0][0] in rows}
    scored = len(kept) > 1
    return {
        name: each
        for name, each in found.items()
        if name not in points or (scored and name in kept)
    }


def _is_money(table_labels: TableLabels, name: str) -> bool:
    return table_labels.columns[name].type is Type.MONEY


_Found = tuple[Spot, Spot, str]  # the label, the cell of its amount, and the amount


def _amounts(page: PrintedPage, column: ColumnSpec) -> Iterator[_Found]:
    """Yield where an amount stands beside or behind one of a column's labels."""
    labels = dict.fromkeys(core(label) for label in column.labels)
    for label in labels:
        for spot in page.cores.get(label, ()):
            behind = _behind(page, spot)
            if behind is not None:
                yield spot, behind, ""
        for spot, rest in page.inlines.get(label, ()):
            if _AMOUNT.fullmatch(compact(rest)):
                yield spot, spot, rest


def _guessed(
    page: PrintedPage,
    table_labels: TableLabels,
    name: str,
    known: Container[str],
    end: int,
) -> list[_Found]:
    """Return the amount behind the only label that no column knows and whose words mean this
    one.
    """
    likely = [
        (spot, behind, "")
        for spot, text in page.texts
        if spot[0] < end
        and len(text) <= LONGEST
        and (behind := _behind(page, spot)) is not None
        and (match := table_labels.guess(text, known)) is not None
        and match.name == name
    ]
    return likely if len(likely) == 1 else []


def _behind(page: PrintedPage, spot: Spot) -> Spot | None:
    """Return the cell with the amount that stands next to the right of a label, None without
    one.
    """
    column = next((each for each in page.by_row[spot[0]] if each > spot[1]), 0)
    cell = page.cells.get((spot[0], column))
    return (spot[0], column) if cell is not None and _is_amount(cell) else None


def _is_amount(cell: Cell) -> bool:
    if isinstance(cell.value, bool):
        return False
    return isinstance(cell.value, int | float) or bool(_AMOUNT.fullmatch(compact(str(cell.value))))


def _entry(
    page: PrintedPage, column: ColumnSpec, found: _Found, entry_reader: EntryReader
) -> Entry:
    label, spot, text = found
    unit = page.money_unit(label) if column.type is Type.MONEY else ""
    cell = Cell(text) if text else None
    return entry_reader.entry(page, spot, column, entry_reader.cell_reader(column, unit=unit), cell)
