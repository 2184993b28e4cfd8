"""Reads the rows under one header of a table, each with the part it plays."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from evalbatch.model.names import core
from evalbatch.model.plain_figures import compact
from evalbatch.model.submission import Entry, Row, RowKind, State
from evalbatch.reading.entries import Completion, EntryReader
from evalbatch.reading.form_labels import TableLabels
from evalbatch.reading.headers import Header, HeaderColumn
from evalbatch.reading.levels import Levels
from evalbatch.reading.printed_page import Ground, PrintedPage, Spot
from evalbatch.reading.roles import with_roles
from evalbatch.reading.table_rows import RowRole, TableRows, is_figure
from evalbatch.reading.value_words import EMPTY, TICKED
from evalbatch.standards.form import ColumnSpec, Type

_LEVEL: Final = "level1"
_LEVEL_TWO: Final = "level2"
_INDICATOR: Final = "level3"
_LEVEL_FOUR: Final = "level4"
_ACTUAL: Final = "actual"
_NUMBERING: Final = "no"
_WEIGHT: Final = "weight"
_SCORE: Final = "score"
_PARTS, _PART_MARK = "其中", "其中:"
_SUMS: Final = ("小计", "合计")
_TICKS: Final = frozenset({*TICKED, "是", "1", "Y", "V"})
_SHOWN: Final = 30
_FULL: Final = 100  # what weights add up to
_MARKED: Final = re.compile(r"\s*[★☆▲*]")
_RANKED: Final = (_LEVEL, _LEVEL_TWO, _WEIGHT, _SCORE)  # what gives a row a rank of its own


class RowReader:
    """Reads the rows under one header."""

    def __init__(
        self,
        page: PrintedPage,
        table_labels: TableLabels,
        header: Header,
        entry_reader: EntryReader,
        ground: Ground,
        above: dict[str, Entry] | None = None,
    ) -> None:
        self.page = page
        self.table_labels = table_labels
        self.header = header
        self.entry_reader = entry_reader
        self.columns = header.columns
        self.table_rows = TableRows(page, table_labels, header, ground)
        self.levels = Levels(header, entry_reader, above)
        self.completion = Completion(page, header, entry_reader)
        self.folding = _Folding(header)
        self.cell_readers = {
            name: entry_reader.cell_reader(column.spec, unit=column.unit)
            for name, column in self.columns.items()
        }
        self.shared: set[Spot] = set()
        self.unread: list[Spot] = []

    def read(self) -> list[Row]:
        """Return the rows from the header down to where another table begins.

        What stands in or under the table without being a row (a note, a signature, a label) is
        passed over; behind it, and behind a total, only what is a row beyond doubt counts.
        """
        rows: list[Row] = []
        passed: list[int] = []
        skipped: list[int] = []
        closed = False
        for number in self.table_rows.numbers():
            if not closed and (banner := self.table_rows.banner(number)):
                self.levels.open(
                    _LEVEL,
                    self.entry_reader.entry(self.page, banner, self.table_labels.columns[_LEVEL]),
                )
                continue
            texts = self.table_rows.texts(number)
            part = self.table_rows.part(number, texts)
            if part is RowRole.LAYOUT or (
                closed and part is RowRole.ROW and not self.table_rows.is_full(number)
            ):
                passed.append(number)
                skipped.append(number)
                closed = closed or part is RowRole.LAYOUT
                continue
            if part is RowRole.TOTAL and closed and not self.table_rows.counts(number):
                passed.append(number)
                continue
            row = self._read(number, self._kind(number, part, texts), rows)
            if row is not None:
                self._say_passed(passed)
                rows.append(row)
                closed = closed or row.kind is RowKind.TOTAL
        last = rows[-1].place.row if rows else 0
        inner = (number for number in skipped if number < last)
        self.unread += [spot for number in inner if (spot := self._unread(number))]
        return with_roles(rows)

    def _read(self, number: int, kind: RowKind, rows: list[Row]) -> Row | None:
        """Read a row; None when it turns out to be an empty spare one."""
        mark = self.entry_reader.mark()
        row = self._row(number, kind)
        if rows and rows[-1].kind is RowKind.PART and self._goes_on(row):
            row = self._as_part(row)
        if kind is RowKind.TOTAL or self._holds(row):
            return row
        self.entry_reader.forget(mark)
        return None

    def _kind(self, number: int, part: RowRole, texts: Mapping[Spot, str]) -> RowKind:
        """Tell by the words in front of the figures what kind of row it may be; `with_roles` looks
        at the figures.
        """
        if part is RowRole.TOTAL:
            return RowKind.TOTAL
        names = [core(text) for text in texts.values()]
        parts = [name for name in names if name.startswith(_PARTS)]
        if parts:
            marked = any(name.startswith(_PART_MARK) for name in parts)
            if marked or not self.table_rows.counts(number):
                return RowKind.PART
        sums = any(name.endswith(_SUMS) for name in names)
        return RowKind.SUBTOTAL if sums and not self.table_rows.is_valued(number) else RowKind.ITEM

    def _say_passed(self, passed: list[int]) -> None:
        """Say what was passed over in the middle of the table."""
        for number in passed:
            spot = (number, self.page.by_row[number][0])
            text = self.page.text(*spot).strip()
            self.entry_reader.note(
                "F10",
                self.entry_reader.place(self.page, spot),
                found=text[:_SHOWN],
                variant="passed",
            )
        passed.clear()

    def _unread(self, number: int) -> Spot | None:
        """Return where a row that was passed over holds a figure of the table, None when it holds
        none.
        """
        spots = (
            (number, place)
            for column in self.table_rows.figures
            for place in range(column.left, column.right + 1)
        )
        return (
            next((spot for spot in spots if spot in self.page.cells), None)
            if self.table_rows.counts(number)
            else None
        )

    def _goes_on(self, row: Row) -> bool:
        """Whether a row under 其中 names one more part: nothing in it but a name and values, no
        level, weight or score.
        """
        name, weight = row.entries.get(self.table_labels.key_column), row.entries.get(_WEIGHT)
        if row.kind is not RowKind.ITEM or name is None or name.blank:
            return False
        if weight is None:
            return self._is_unmarked(row)
        own = [
            row.entries[each]
            for each in _RANKED
            if each in row.entries and row.entries[each].place.row == row.place.row
        ]
        return weight in own and all(entry.blank for entry in own)

    def _is_unmarked(self, row: Row) -> bool:
        """Whether a row without a level of its own lacks the star that the indicators around its
        parts bear.
        """
        levels = [row.entries[name] for name in (_LEVEL, _LEVEL_TWO) if name in row.entries]
        own = any(entry.place.row == row.place.row and not entry.blank for entry in levels)
        above = (self.page.text(*spot) for spot in self._names_above(row.place.row))
        text = self.page.text(row.place.row, row.place.column)
        return not own and not _MARKED.match(text) and any(map(_MARKED.match, above))

    def _names_above(self, number: int) -> Iterator[Spot]:
        column = self.table_rows.key_column.left
        return ((row, column) for row in range(self.header.bottom + 1, number))

    def _as_part(self, row: Row) -> Row:
        name = row.text(self.table_labels.key_column)
        self.entry_reader.note("F10", row.place, found=name, expected=f"其中：{name}")
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
                entries[name] = self.entry_reader.entry(
                    self.page, spot, column.spec, self.cell_readers[name], cell
                )
        self.folding.fold(entries)
        if not self.entry_reader.stamped:
            if kind is RowKind.ITEM:
                self._name_from_levels(number, entries)
            elif kind is RowKind.TOTAL:
                self._realign(number, entries)
        self.levels.plain(number, entries, kind)
        self.completion.complete(number, entries)
        return Row(
            self.table_labels.spec.id,
            self.entry_reader.place(self.page, (number, self.table_rows.key_column.left)),
            entries,
            kind=kind,
        )

    def _realign(self, number: int, entries: dict[str, Entry]) -> None:
        """Take the only two numbers of a total row for its weight and its score, where the cells
        of the row are merged otherwise than the table.
        """
        if not {_WEIGHT, _SCORE} <= self.columns.keys():
            return
        spots = [(number, column) for column in self.page.by_row[number]]
        spots = [spot for spot in spots if is_figure(self.page.cells[spot], Type.SCORE)]
        points = (entries[_WEIGHT].number, entries[_SCORE].number)
        first = self.page.cells[spots[0]].value if spots else None
        if (
            len(spots) != len(points)
            or None not in points
            or (points == (None, None) and first != _FULL)
        ):
            return
        for name, spot in zip((_WEIGHT, _SCORE), spots, strict=True):
            entries[name] = self.entry_reader.entry(
                self.page, spot, self.columns[name].spec, self.cell_readers[name]
            )

    def _name_from_levels(self, number: int, entries: dict[str, Entry]) -> None:
        """Take the only words of a row with values for its name, where they stand under a level."""
        name = entries.get(_INDICATOR)
        if name is None or not name.blank:
            return
        levels = [entries[level] for level in (_LEVEL_TWO, _LEVEL) if level in entries]
        own = [entry for entry in levels if not entry.blank and entry.place.row == number]
        values = [entries[value] for value in ("target", "actual") if value in entries]
        if len(own) == 1 and any(not entry.blank for entry in values):
            entries[_INDICATOR] = own[0]

    def _entry_elsewhere(self, number: int, name: str, column: HeaderColumn) -> Entry:
        """Read a cell that is blank, merged with others, or further right under a wide header."""
        spot = self._spot(number, column)
        if column.figure:
            if spot[0] < number and not column.spec.merge:
                return self._merged_figure(spot, column)
            if not column.left <= spot[1] <= column.right and self._claimed(spot, name):
                return Entry("", None, self.entry_reader.place(self.page, spot), State.BLANK)
        entry = self.entry_reader.entry(self.page, spot, column.spec, self.cell_readers[name])
        if name == _ACTUAL and spot[0] < number and spot not in self.shared and not entry.blank:
            self.shared.add(spot)
            found = f"{entry.text}（合并{_height(self.page, spot)}行）"
            self.entry_reader.note(
                "F10", entry.place, found=found, expected=entry.text, variant="spread"
            )
        return entry

    def _spot(self, number: int, column: HeaderColumn) -> Spot:
        """Return the cell under a header, which may span several: the first that holds
        something.
        """
        first = self.page.anchor(number, column.left)
        if column.left == column.right or first in self.page.cells:
            return first
        spots = (
            self.page.anchor(number, place) for place in range(column.left + 1, column.right + 1)
        )
        return next((spot for spot in spots if spot in self.page.cells), first)

    def _claimed(self, spot: Spot, name: str) -> bool:
        """Whether a cell merged sideways belongs to another column already."""
        return any(
            other.left <= spot[1] <= other.right
            for key_, other in self.columns.items()
            if key_ != name
        )

    def _merged_figure(self, spot: Spot, column: HeaderColumn) -> Entry:
        """A figure merged over several rows counts once, in the first; the others are blank, at the
        same place.
        """
        place = self.entry_reader.place(self.page, spot)
        if spot in self.page.cells and spot not in self.shared:
            self.shared.add(spot)
            text = self.entry_reader.entry(self.page, spot, column.spec).text
            if text:
                found = f"{text}（合并{_height(self.page, spot)}行）"
                self.entry_reader.note(
                    "F10", place, found=found, expected=f"{text}（只计一次）", variant="merged"
                )
        return Entry("", None, place, State.BLANK)

    def _holds(self, row: Row) -> bool:
        """Whether a department filled something in: more than the printed levels, numbers and
        formulas.
        """
        name = row.entries.get(self.table_labels.key_column)
        if name is not None and not name.blank:
            return True
        kept = (
            (column.spec, row.entries[name])
            for name, column in self.columns.items()
            if name in row.entries
        )
        return any(self._filled(spec, entry, row.place.row) for spec, entry in kept)

    def _filled(self, spec: ColumnSpec, entry: Entry, number: int) -> bool:
        own = entry.place.row == number and (not entry.blank or bool(entry.text))
        return (
            own
            and not (entry.formula and spec.formula)
            and not spec.merge
            and spec.id != _NUMBERING
        )


def _height(page: PrintedPage, spot: Spot) -> int:
    bounds = page.bounds(*spot)
    return bounds.bottom - bounds.top + 1


class _Folding:
    """Folds, in place, what only some forms have a column for into what every form has: ticks,
    adjusted targets, a fourth level.
    """

    def __init__(self, header: Header) -> None:
        specs = [column.spec for column in header.columns.values()]
        self.ticks = [spec for spec in specs if spec.ticks]
        self.replacing = [spec for spec in specs if spec.replaces]
        self.fourth = _LEVEL_FOUR in header.columns and _INDICATOR in header.columns

    def fold(self, entries: dict[str, Entry]) -> None:
        """Fold what a row holds in its further columns."""
        if self.ticks:
            self._fold_ticks(entries)
        for spec in self.replacing:
            entry = entries.pop(spec.id)
            if not entry.blank and entry.text.strip() not in EMPTY:
                entries[spec.replaces] = entry
        if self.fourth and not entries[_LEVEL_FOUR].blank:
            entries[_INDICATOR] = entries[_LEVEL_FOUR]

    def _fold_ticks(self, entries: dict[str, Entry]) -> None:
        """Say in the column that ticks stand for what was ticked; words in a box count as a tick
        with a remark.
        """
        told: dict[str, list[tuple[str, Entry]]] = {}
        for spec in self.ticks:
            entry = entries.pop(spec.id)
            text = compact(entry.text)
            if text and text not in EMPTY:
                told.setdefault(spec.ticks, []).append(
                    (spec.label if text in _TICKS else f"{spec.label}：{entry.text}", entry)
                )
            elif spec.ticks not in entries:
                entries[spec.ticks] = Entry("", None, entry.place, State.BLANK)
        for name, marks in told.items():
            words = "、".join(label for label, _ in marks)
            entries[name] = Entry(words, words, marks[0][1].place)
