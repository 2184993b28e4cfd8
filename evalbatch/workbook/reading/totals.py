"""Settles what a printed table leaves open: which row is the total, and what its rate weighs."""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from evalbatch.forms.spec import FixedRow
from evalbatch.model.submission import Entry, Row, RowKind, State
from evalbatch.workbook.figures import compact
from evalbatch.workbook.reading.headers import Header
from evalbatch.workbook.reading.labels import nearest
from evalbatch.workbook.reading.lens import TableLens
from evalbatch.workbook.reading.page import Page
from evalbatch.workbook.reading.scribe import Scribe

_WEIGHT: Final = "weight"
_PRINTED_WEIGHT: Final = re.compile(r"\((\d+(?:\.\d+)?)分\)|^得分\((\d+(?:\.\d+)?)分[*×]")


def settled(page: Page, lens: TableLens, header: Header, scribe: Scribe, rows: Sequence[Row]) -> list[Row]:
    """Return the rows with a total among them, and with the weight that the form prints beside the table or in its header."""
    found = list(rows)
    total = next((row for row in lens.spec.rows if row.total), None)
    if found and total is not None and all(row.kind is not RowKind.TOTAL for row in found):
        found = _with_total(lens, total, header, scribe, found)
    if _WEIGHT in lens.columns and _WEIGHT not in header.columns:
        found = _with_weight(page, header, scribe, found)
    return found


def _with_total(lens: TableLens, total: FixedRow, header: Header, scribe: Scribe, rows: list[Row]) -> list[Row]:
    """Take the only unknown row that holds what only the total holds (weight, score); say that there is none otherwise."""
    only = [name for name in header.columns if lens.columns[name].total_only]
    likely = [row for row in rows if not row.key and any(row.number(name) is not None for name in only)]
    if len(likely) != 1:
        labels = {_label(row): row for row in reversed(rows) if not row.key}
        best = nearest(total.labels, labels)
        place = (labels[best] if best else rows[0]).place
        scribe.note("F04", place, found=best, expected=total.label, variant="" if best else "absent")
        return rows
    scribe.note("F10", likely[0].place, found=_label(likely[0]), expected=total.label)
    return [replace(row, key=total.id, kind=RowKind.TOTAL) if row is likely[0] else row for row in rows]


def _label(row: Row) -> str:
    """Return the label of a row: what its words say."""
    return next((entry.text.strip() for entry in row.entries.values() if isinstance(entry.value, str)), "")


def _with_weight(page: Page, header: Header, scribe: Scribe, rows: list[Row]) -> list[Row]:
    """Give the total row the weight printed in brackets, as in 预算执行情况（20分）, where the table has no column for it."""
    points: dict[str, Entry] = {}
    for number in range(header.top, header.bottom + 1):
        for column in page.by_row.get(number, ()):
            match = _PRINTED_WEIGHT.search(compact(page.text(number, column)))
            if match is not None:
                figure = match[1] or match[2]
                points[figure] = Entry(figure, Decimal(figure), scribe.place(page, (number, column)), State.FILLED)
    if len(points) != 1:
        return rows
    (entry,) = points.values()
    return [replace(row, entries={**row.entries, _WEIGHT: entry}) if row.kind is RowKind.TOTAL else row for row in rows]
