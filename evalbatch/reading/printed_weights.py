"""Finds the weights of indicators where the table has no column for them: in their names, or for a
whole block in its label.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from evalbatch.model.plain_figures import compact
from evalbatch.model.submission import Entry, Row, RowKind, State
from evalbatch.reading.entries import EntryReader
from evalbatch.reading.headers import Header
from evalbatch.reading.printed_page import PrintedPage, Spot

_WEIGHT, _BLOCK, _NAME = "weight", "block_weight", "level3"
_IN_NAME: Final = re.compile(r"^(?P<name>.+?)[(（](?P<points>\d+(?:\.\d+)?)分[)）]$", re.DOTALL)
_IN_LABEL: Final = re.compile(r"[(](\d+(?:\.\d+)?)分[)]")


def weighed(
    page: PrintedPage, headers: Sequence[Header], rows: Sequence[Row], entry_reader: EntryReader
) -> list[Row]:
    """Return the rows with the weights that their names carry (`相关性（5分）`), or that of their
    block (`目标1（80分）`).
    """
    if not rows or _NAME not in rows[0].entries or _WEIGHT in headers[0].columns:
        return list(rows)
    named = [_by_name(row) for row in rows]
    if any(row.number(_WEIGHT) is not None for row in named):
        return named
    return [_by_block(page, headers, row, entry_reader) for row in rows]


def _by_name(row: Row) -> Row:
    entry = row.entries[_NAME]
    match = _IN_NAME.match(entry.text.strip())
    if match is None or row.kind is not RowKind.ITEM:
        return row
    name, points = match["name"].strip(), match["points"]
    plain = entry._replace(text=name, value=name if entry.state is State.FILLED else entry.value)
    return replace(
        row,
        entries={**row.entries, _NAME: plain, _WEIGHT: Entry(points, Decimal(points), entry.place)},
    )


def _by_block(
    page: PrintedPage, headers: Sequence[Header], row: Row, entry_reader: EntryReader
) -> Row:
    """Give a row the weight of its block, printed beside the header or right above it."""
    own = [header for header in headers if header.bottom < row.place.row]
    if not own or row.kind is not RowKind.ITEM:
        return row
    header = own[-1]
    beside = {page.anchor(header.top, column) for column in range(1, header.left)}
    above = {(row, column) for row in (header.top - 1,) for column in page.by_row.get(row, ())}
    for spots in (beside, above if len(above) == 1 else set()):
        texts = {spot: _IN_LABEL.search(compact(page.text(*spot))) for spot in sorted(spots)}
        found = [(spot, match[1]) for spot, match in texts.items() if match]
        if len(found) == 1:
            ((spot, points),) = found
            entry = _entry(page, spot, points, entry_reader)
            return replace(row, entries={**row.entries, _BLOCK: entry})
    return row


def _entry(page: PrintedPage, spot: Spot, points: str, entry_reader: EntryReader) -> Entry:
    return Entry(points, Decimal(points), entry_reader.place(page, spot))
