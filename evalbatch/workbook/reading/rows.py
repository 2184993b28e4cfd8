"""Reads the rows of an open table: indicators, details, targets, nodes."""

from dataclasses import replace
from typing import Final

from evalbatch.forms.spec import ColumnSpec
from evalbatch.model.submission import Entry, Row, RowKind, State
from evalbatch.workbook.reading.completion import Completion
from evalbatch.workbook.reading.extent import Extent
from evalbatch.workbook.reading.headers import Column, Header
from evalbatch.workbook.reading.lens import TableLens
from evalbatch.workbook.reading.levels import Levels, with_subtotals
from evalbatch.workbook.reading.page import Ground, Page, Spot
from evalbatch.workbook.reading.scribe import Scribe

_NUMBERING: Final = "no"
_WEIGHT: Final = "weight"
_LEVEL: Final = "level1"
_RANKED: Final = (_LEVEL, "level2", _WEIGHT, "score")  # what gives a row a rank of its own


class RowReader:
    """Reads the rows under one header."""

    def __init__(self, page: Page, lens: TableLens, header: Header, scribe: Scribe, ground: Ground) -> None:
        self.page, self.lens, self.header, self.scribe = page, lens, header, scribe
        self.columns = header.columns
        self.extent = Extent(page, lens, header, ground)
        self.levels = Levels(header, scribe)
        self.completion = Completion(page, header, scribe)
        self.senses = {name: scribe.sense(column.spec, unit=column.unit) for name, column in self.columns.items()}
        self.shared: set[Spot] = set()

    def read(self) -> list[Row]:
        """Return the rows from the header down to the end of the table."""
        rows: list[Row] = []
        closed = False
        for number in self.extent.numbers():
            if banner := self.extent.banner(number):
                self.levels.open(_LEVEL, self.scribe.entry(self.page, banner, self.columns[_LEVEL].spec))
                continue
            kind = self.extent.kind(number)
            if kind is None or (closed and not self.extent.is_full(number)):
                break
            mark = self.scribe.mark()
            row = self._row(number, kind)
            if rows and rows[-1].kind is RowKind.PART and self._goes_on(row):
                row = self._as_part(row)
            if kind is not RowKind.ITEM or self._holds(row):
                rows.append(row)
            else:
                self.scribe.forget(mark)
            closed = closed or (kind is RowKind.TOTAL and any(each.kind is RowKind.ITEM for each in rows))
        return with_subtotals(rows)

    def _goes_on(self, row: Row) -> bool:
        """Whether a row under 其中 names one more part: nothing in it but a name and values, no level, weight or score."""
        name, weight = row.entries.get(self.lens.key_column), row.entries.get(_WEIGHT)
        if row.kind is not RowKind.ITEM or name is None or name.blank or weight is None:
            return False
        own = [row.entries[each] for each in _RANKED if each in row.entries and row.entries[each].place.row == row.place.row]
        return weight in own and all(entry.blank for entry in own)

    def _as_part(self, row: Row) -> Row:
        name = row.text(self.lens.key_column)
        self.scribe.note("F10", row.place, found=name, expected=f"其中：{name}")
        return replace(row, kind=RowKind.PART)

    def _row(self, number: int, kind: RowKind) -> Row:
        entries: dict[str, Entry] = {}
        cells = self.page.cells
        for name, column in self.columns.items():
            spot = (number, column.left)
            cell = cells.get(spot)
            if cell is None:
                entries[name] = self._entry_elsewhere(number, name, column)
            else:
                entries[name] = self.scribe.entry(self.page, spot, column.spec, self.senses[name], cell)
        self.levels.plain(number, entries, kind)
        self.completion.complete(number, entries)
        return Row(self.lens.spec.id, self.scribe.place(self.page, (number, self.extent.key_column.left)), entries, kind=kind)

    def _entry_elsewhere(self, number: int, name: str, column: Column) -> Entry:
        """Read a cell that is blank, merged with others, or further right under a wide header."""
        spot = self._spot(number, column)
        if column.figure:
            if spot[0] < number and not column.spec.merge:
                return self._merged_figure(spot, column)
            if not column.left <= spot[1] <= column.right and self._claimed(spot, name):
                return Entry("", None, self.scribe.place(self.page, spot), State.BLANK)
        return self.scribe.entry(self.page, spot, column.spec, self.senses[name])

    def _spot(self, number: int, column: Column) -> Spot:
        """Return the cell under a header, which may span several: the first that holds something."""
        first = self.page.anchor(number, column.left)
        if column.left == column.right or first in self.page.cells:
            return first
        spots = (self.page.anchor(number, place) for place in range(column.left + 1, column.right + 1))
        return next((spot for spot in spots if spot in self.page.cells), first)

    def _claimed(self, spot: Spot, name: str) -> bool:
        """Whether a cell merged sideways belongs to another column already."""
        return any(other.left <= spot[1] <= other.right for key_, other in self.columns.items() if key_ != name)

    def _merged_figure(self, spot: Spot, column: Column) -> Entry:
        """A figure merged over several rows counts once, in the first; the others are blank, at the same place."""
        place = self.scribe.place(self.page, spot)
        if spot in self.page.cells and spot not in self.shared:
            self.shared.add(spot)
            text = self.scribe.entry(self.page, spot, column.spec).text
            if text:
                found = f"{text}（合并{_height(self.page, spot)}行）"
                self.scribe.note("F10", place, found=found, expected=f"{text}（只计一次）", variant="merged")
        return Entry("", None, place, State.BLANK)

    def _holds(self, row: Row) -> bool:
        """Whether a department filled something in: more than the printed levels, numbers and formulas."""
        name = row.entries.get(self.lens.key_column)
        if name is not None and not name.blank:
            return True
        return any(self._filled(column.spec, row.entries[name], row.place.row) for name, column in self.columns.items())

    def _filled(self, spec: ColumnSpec, entry: Entry, number: int) -> bool:
        own = entry.place.row == number and (not entry.blank or bool(entry.text))
        return own and not (entry.formula and spec.formula) and not spec.merge and spec.id != _NUMBERING


def _height(page: Page, spot: Spot) -> int:
    bounds = page.bounds(*spot)
    return bounds.bottom - bounds.top + 1
