"""Finds the points of the execution rate where they stand in no column of the funding table: in its
header, in boxes of their own, or in a line that says how they are given.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from evalbatch.model.names import core
from evalbatch.model.plain_figures import compact
from evalbatch.model.submission import Entry, Row, RowKind, State
from evalbatch.reading.entries import EntryReader
from evalbatch.reading.form_labels import POINT_BOXES, TableLabels
from evalbatch.reading.headers import Header
from evalbatch.reading.printed_page import PrintedPage
from evalbatch.sheets.book import Cell
from evalbatch.standards.form import ColumnSpec

_WEIGHT, _SCORE = "weight", "score"
_PRINTED_WEIGHT: Final = re.compile(r"\((\d+(?:\.\d+)?)分\)|^得分\((\d+(?:\.\d+)?)分[*×]")
_LINE: Final = re.compile(r"[^()]*执行[^()]*\((?:满分|分值)?:?(\d+(?:\.\d+)?)分\)")
_SCORED_LINE: Final = "得分"


def with_points(
    page: PrintedPage,
    table_labels: TableLabels,
    entry_reader: EntryReader,
    rows: Sequence[Row],
    header: Header | None = None,
) -> list[Row]:
    """Return the rows of a funding block, the total with the weight and the score that the form
    prints for the execution rate outside the table's columns.
    """
    found = list(rows)
    if header is not None and _WEIGHT in table_labels.columns and _WEIGHT not in header.columns:
        found = _with_weight(page, header, entry_reader, found)
    found = _with_boxes(page, table_labels, entry_reader, found)
    return _with_line(page, table_labels, entry_reader, found)


def _with_boxes(
    page: PrintedPage, table_labels: TableLabels, entry_reader: EntryReader, rows: list[Row]
) -> list[Row]:
    """Give the total row the weight and the score of the execution rate that stand in boxes of
    their own, away from the table.
    """
    total = next((row for row in rows if row.kind is RowKind.TOTAL), None)
    if total is None:
        return rows
    boxes: dict[str, Entry] = {}
    for name, labels in POINT_BOXES.items():
        known = total.entries.get(name)
        if name in table_labels.columns and (known is None or known.blank):
            for spot in (spot for label in labels for spot in page.keys.get(label, ())):
                entry = entry_reader.entry(page, page.beside(spot), table_labels.columns[name])
                row, last = spot[0], rows[-1].place.row
                apart = page.bounds(*spot).bottom < total.place.row - 1 or row > last
                if entry.number is not None and apart:
                    boxes.setdefault(name, entry)
    merged = replace(total, entries={**total.entries, **boxes})
    return [merged if row is total else row for row in rows] if boxes else rows


def _with_weight(
    page: PrintedPage, header: Header, entry_reader: EntryReader, rows: list[Row]
) -> list[Row]:
    """Give the total row the weight printed in brackets, as in 预算执行情况（20分）, where the
    table has no column for it.
    """
    points: dict[str, Entry] = {}
    for number in range(header.top, header.bottom + 1):
        for column in page.by_row.get(number, ()):
            match = _PRINTED_WEIGHT.search(compact(page.text(number, column)))
            if match is not None:
                figure = match[1] or match[2]
                points[figure] = Entry(
                    figure,
                    Decimal(figure),
                    entry_reader.place(page, (number, column)),
                    State.FILLED,
                )
    if len(points) != 1:
        return rows
    (entry,) = points.values()
    return [
        replace(row, entries={**row.entries, _WEIGHT: entry}) if row.kind is RowKind.TOTAL else row
        for row in rows
    ]


def _with_line(
    page: PrintedPage, table_labels: TableLabels, entry_reader: EntryReader, rows: list[Row]
) -> list[Row]:
    """Give a total row without points those of the only line that says both: a label with the
    weight (预算执行（10分）) or 权重：10, and the score beside or behind its label.
    """
    total = next((row for row in rows if row.kind is RowKind.TOTAL), None)
    if (
        total is None
        or entry_reader.stamped
        or not {_WEIGHT, _SCORE} <= table_labels.columns.keys()
        or any(total.number(name) is not None for name in (_WEIGHT, _SCORE))
    ):
        return rows
    weights = _printed_weights(page, table_labels, entry_reader, rows[-1].place.row)
    lines = [
        {_WEIGHT: weight, _SCORE: score}
        for row, weight in weights.items()
        if (score := _only_score(page, table_labels.columns[_SCORE], entry_reader, row))
    ]
    if len(lines) != 1:
        return rows
    told = replace(total, entries={**total.entries, **lines[0]})
    return [told if row is total else row for row in rows]


def _printed_weights(
    page: PrintedPage, table_labels: TableLabels, entry_reader: EntryReader, last: int
) -> dict[int, Entry]:
    """Return the weights by their rows: in the name of the execution rate, or behind a colon right
    under the `last` row of the block.
    """
    column = table_labels.columns[_WEIGHT]
    behind = _behind_colons(page, column, entry_reader)
    named = {
        spot[0]: Entry(match[1], Decimal(match[1]), entry_reader.place(page, spot))
        for spot, text in page.texts
        if (match := _LINE.fullmatch(compact(text)))
    }
    return named | {row: entry for row, entry in behind.items() if row == last + 1}


def _only_score(
    page: PrintedPage, column: ColumnSpec, entry_reader: EntryReader, row: int
) -> Entry | None:
    """Return the score that stands beside or behind its label in a row, None without just one."""
    labels = frozenset(map(core, column.labels))
    beside = [
        entry_reader.entry(page, page.beyond(page.beside((row, each))), column)
        for each in page.by_row[row]
        if core(text := page.text(row, each)) in labels
        or (_SCORED_LINE in text and _LINE.fullmatch(compact(text)))
    ]
    behind = _behind_colons(page, column, entry_reader)
    found = [*beside, *(entry for at, entry in behind.items() if at == row)]
    scores = [entry for entry in found if entry.number is not None]
    return scores[0] if len(scores) == 1 else None


def _behind_colons(
    page: PrintedPage, column: ColumnSpec, entry_reader: EntryReader
) -> dict[int, Entry]:
    """Return what stands behind a column's label in the same cell (得分：10), by row."""
    labels = dict.fromkeys(map(core, column.labels))
    return {
        spot[0]: entry_reader.entry(page, spot, column, cell=Cell(rest))
        for label in labels
        for spot, rest in page.inlines.get(label, ())
        if rest
    }
