"""Tells which rows belong to a table, what part each plays, and where the table ends: by what a row
holds, not by its words.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from evalbatch.model.figures import given
from evalbatch.model.names import core, inline, key
from evalbatch.model.place import Place
from evalbatch.model.plain_figures import compact
from evalbatch.model.submission import Entry, Row, RowKind, State
from evalbatch.reading.entries import Completion, EntryReader
from evalbatch.reading.folding import Folding
from evalbatch.reading.form_labels import FIELD_LABELS, SheetLabels, TableLabels
from evalbatch.reading.headers import Header, HeaderColumn, find_headers, near_header, of_section
from evalbatch.reading.printed_page import Ground, PrintedPage, Spot
from evalbatch.reading.printed_tables import is_paired, read_fixed, read_paired, settled
from evalbatch.reading.printed_weights import weighed
from evalbatch.reading.roles import with_roles
from evalbatch.reading.scattered_amounts import read_scattered
from evalbatch.reading.value_words import EMPTY
from evalbatch.sheets.book import Cell
from evalbatch.standards.form import ColumnSpec, Type

_COLUMN_LETTER: Final = re.compile(r"[A-Z甲乙丙丁](?:[-/÷*×+][A-Z])*(?:[*×]100%?)?")
_SHORTEST_LEGEND: Final = 3
_LEVEL: Final = "level1"
_ACTUAL: Final = "actual"
_VALUES: Final = (Type.QUANTITY, Type.DATE)
_NOTES: Final = re.compile(
    r"(?:注|说明|备注)[:：1]|填表说明|填报说明|(?:填报人|填表人|审核人|联系人|单位负责人|负责人|制表人|经办人)(?:[:：(（]|$)"
)
_LONGEST_NAME: Final = 60
_LONGEST_SCORE: Final = 7
_MOST_POINTS: Final = 1000


class RowRole(Enum):
    """What a row is to its table."""

    ROW = auto()  # a row, whatever it is called
    TOTAL = auto()  # by its words; its figures decide
    LAYOUT = auto()  # a label, a note or a signature that stands in or under the table


class TableRows:
    """The rows under one header, from top to bottom."""

    def __init__(
        self, page: PrintedPage, table_labels: TableLabels, header: Header, ground: Ground
    ) -> None:
        self.page, self.table_labels, self.header = page, table_labels, header
        self.stops, self.ends = ground.stops, ground.ends
        self.key_column = header.columns.get(table_labels.key_column) or next(
            iter(header.columns.values())
        )
        self.first_column = header.left if header.left > page.last_column // 2 else 1
        columns = list(header.columns.values())
        self.labels = [(column.left, key(page.text(*column.spot))) for column in columns]
        self.figures = [column for column in columns if column.figure and not column.spec.merge]
        self.values = [column for column in columns if column.spec.type in _VALUES]
        self.last_name = (
            min(
                (column.left for column in self.figures if column.left > self.key_column.right),
                default=0,
            )
            - 1
        )
        self.last_text = max(self.key_column.right, self.last_name)
        worked_out = [column for column in columns if column.spec.formula]
        self.worked_out = {
            place for column in worked_out for place in range(column.left, column.right + 1)
        }

    def numbers(self) -> Iterator[int]:
        """Yield the rows that hold something, down to where another table begins."""
        for number in self.page.rows:
            if number > self.header.bottom:
                if number in self.stops:
                    return
                if (
                    not self._is_blank(number)
                    and not self._is_legend(number)
                    and not self._is_header_again(number)
                ):
                    yield number

    def banner(self, number: int) -> Spot | None:
        """Return the cell of a row that holds nothing but the name of a level, printed across the
        table.
        """
        level = self.header.columns.get(_LEVEL)
        if level is None or len(self.page.by_row[number]) != 1:
            return None
        spot = (number, self.page.by_row[number][0])
        wide = self.page.bounds(*spot).right >= self.key_column.right
        return spot if wide and self._names_level(spot, level) else None

    def _names_level(self, spot: Spot, level: HeaderColumn) -> bool:
        name = _stem(self.page.text(*spot))
        return name in map(_stem, level.spec.options) or name in _SECTIONS

    def _is_header_again(self, number: int) -> bool:
        """Whether a row repeats the header, as the next page of a typed form does: what it has of
        its own are the labels of its columns, and not just one or two of them.
        """
        found = 0
        for column, label in self.labels:
            cell = self.page.cells.get((number, column))
            if cell is None:
                continue
            if not isinstance(cell.value, str) or key(cell.value) != label:
                return False
            found += 1
        return found * 2 > len(self.labels)

    def _is_blank(self, number: int) -> bool:
        """Whether a row holds nothing, or only what the form itself works out: a spare row."""
        inner = (
            column
            for column in self.page.by_row[number]
            if self.first_column <= column <= self.header.right
        )
        return all(
            column in self.worked_out and self.page.cells[number, column].formula is not None
            for column in inner
        )

    def _is_legend(self, number: int) -> bool:
        """Whether a row under the header only numbers the columns (栏次 1 2 3 …) or letters them
        (A, B).
        """
        if number > self.header.bottom + 2:
            return False
        spots = [
            (number, column)
            for column in self.page.by_row[number]
            if self.header.left <= column <= self.header.right
        ]
        values = [str(self.page.cells[spot].value).strip("()（） ") for spot in spots]
        counted = [value for value in values if value.isdecimal()]
        first = int(counted[0]) if counted else 0
        running = len(counted) > _SHORTEST_LEGEND and counted == [
            str(first + step) for step in range(len(counted))
        ]
        lettered = bool(values) and all(_COLUMN_LETTER.fullmatch(value) for value in values)
        return lettered or (running and len(values) - len(counted) <= 1)

    def part(self, number: int) -> RowRole:
        """Tell what a row is: with a figure of its own it is a row of the table, however its name
        begins.
        """
        texts = list(self.texts(number))
        if any(core(text) in self.table_labels.totals for text, _ in texts) and not self.is_valued(
            number
        ):
            return RowRole.TOTAL
        if self.counts(number) or not any(self._is_layout(text, spot) for text, spot in texts):
            return RowRole.ROW
        return RowRole.LAYOUT

    def texts(self, number: int) -> Iterator[tuple[str, Spot]]:
        """Yield the texts of a row in front of its figures, where its name and its levels stand."""
        for column in self.page.by_row[number]:
            if self.first_column <= column <= self.last_text:
                text = self.page.text(number, column)
                if text:
                    yield text, (number, column)

    def _is_layout(self, text: str, spot: Spot) -> bool:
        if key(text) in self.ends or _NOTES.match(text.strip()):
            return True
        if core(text) in FIELD_LABELS and spot[1] == self.page.by_row[spot[0]][0]:
            return True
        if self._lies_across(spot):
            return True
        return (":" in text or "：" in text) and any(
            label in self.ends for label, _ in inline(text)
        )

    def _lies_across(self, spot: Spot) -> bool:
        """Whether a cell covers the whole table, or the name of a row together with its values."""
        bounds = self.page.merges.get(spot)
        if bounds is None or bounds.right <= self.key_column.right:
            return False
        if bounds.left <= self.header.left and bounds.right >= self.header.right:
            return True
        values = [column.left for column in (*self.figures, *self.values)]
        return bounds.left <= self.key_column.left and any(
            self.key_column.right < left <= bounds.right for left in values
        )

    def counts(self, number: int) -> bool:
        """Whether a row holds a number of its own where the table has figures: a weight, a score,
        an amount.
        """
        return any(
            is_figure(self._own(number, column), column.spec.type) for column in self.figures
        )

    def is_valued(self, number: int) -> bool:
        """Whether a row has a target, an actual and points of its own: an indicator, though it be
        called 合计.
        """
        cells = [self._own(number, column) for column in self.values]
        said = [cell is not None and str(cell.value).strip() not in EMPTY for cell in cells]
        return len(said) > 1 and all(said) and self.counts(number)

    def is_full(self, number: int) -> bool:
        """Whether a row behind a total or a note still is a row: a name and a figure, or most of
        what a row must have.
        """
        name = self._own(number, self.key_column)
        if name is None or not isinstance(name.value, str) or len(name.value) > _LONGEST_NAME:
            return False
        own = [self._own(number, column) for column in self.figures]
        if any(cell is not None and _is_words(cell) for cell in own):
            return False
        if any(column.spec.required for column in self.figures):
            return self.counts(number)
        required = [column for column in self.header.columns.values() if column.spec.required]
        return (
            sum(1 for column in required if self._own(number, column) is not None) * 4
            > len(required) * 3
        )

    def _own(self, number: int, column: HeaderColumn) -> Cell | None:
        spots = ((number, place) for place in range(column.left, column.right + 1))
        return next((self.page.cells[spot] for spot in spots if spot in self.page.cells), None)


_FIGURE: Final = re.compile(r"[-+]?[¥￥]?[\d,]*\.?\d+(?:分|%|万元|元|万)?")
_SECTIONS: Final = frozenset(
    {
        "投入",
        "过程",
        "产出",
        "效果",
        "效益",
        "决策",
        "管理",
        "满意度",
        "成本",
        "履职效能",
        "管理效率",
    }
)


def is_figure(cell: Cell | None, kind: Type) -> bool:
    """Whether a cell holds a number such as a column of this kind has."""
    if cell is None or isinstance(cell.value, bool):
        return False
    if isinstance(cell.value, str):
        text = compact(cell.value)
        if text in EMPTY or not _FIGURE.fullmatch(text):
            return False
        return kind is not Type.SCORE or len(text) <= _LONGEST_SCORE  # a telephone number is none
    if isinstance(cell.value, int | float):
        return kind is not Type.SCORE or abs(cell.value) < _MOST_POINTS
    return cell.value is None and cell.formula is not None


def _is_words(cell: Cell) -> bool:
    """Whether a cell of figures holds words, as under the labels of another block."""
    text = compact(cell.value) if isinstance(cell.value, str) else ""
    return bool(text) and text not in EMPTY and not any(map(str.isdigit, text))


def _stem(level: str) -> str:
    """Return what the names of a level have in common: 产出 of 产出指标（50分） and 项目产出."""
    return core(level).removeprefix("项目").removesuffix("指标")


_WEIGHT: Final = "_weight"
_INDICATOR: Final = "level3"
_SHARED_WEIGHT: Final = re.compile(
    r"^(?P<name>.*?)[\s]*(?:[(（]\s*(?P<weight>\d+(?:\.\d+)?)\s*分?\s*[)）]|(?<!\d)(?P<points>\d+(?:\.\d+)?)\s*分)$",
    re.DOTALL,
)
_PREFIX: Final = re.compile(
    r"^\s*[★☆]?\s*(?:指标\s*\d+\s*[:：.、]\s*|[A-D]\d{3}(?!\d)[\s、.:：]*)?"
)
_SPACE: Final = re.compile(r"\s+")


class Levels:
    """Follows the levels of a table from row to row."""

    def __init__(
        self, header: Header, entry_reader: EntryReader, above: dict[str, Entry] | None = None
    ) -> None:
        self.entry_reader = entry_reader
        self.columns = header.columns
        self.names = [
            (name, name + _WEIGHT)
            for name, column in header.columns.items()
            if column.spec.merge and not column.figure
        ]
        self.above = {} if above is None else above  # goes on over the header that is printed again

    def plain(self, number: int, entries: dict[str, Entry], kind: RowKind) -> None:
        """Complete and clean the levels and the name of a row, in place."""
        if kind is RowKind.ITEM:
            self._fill_down(number, entries)
        self._split_weights(entries)
        self._name(entries)

    def open(self, name: str, entry: Entry) -> None:
        """Begin a level whose name stands in a row of its own, perhaps numbered."""
        label = key(entry.text)
        self.above.clear()
        self.above[name] = entry._replace(text=label, value=label)

    def _fill_down(self, number: int, entries: dict[str, Entry]) -> None:
        """Take the level of the row above where a typed form leaves it blank, as a reader of the
        printed form would.
        """
        inherits = True
        for name, weight in self.names:
            entry = entries[name]
            if inherits and entry.blank and not entry.text and name in self.above:
                entries[name] = self._inherited(name, entry)
                if weight in self.above and entries[weight].blank:
                    entries[weight] = self.above[weight]
            inherits = inherits and (entry.blank or entry.place.row < number)
            self.above[name] = entries[name]
            if weight in entries:
                self.above[weight] = entries[weight]

    def _inherited(self, name: str, entry: Entry) -> Entry:
        above = self.above[name]
        if self.entry_reader.stamped and above.text:
            self.entry_reader.note(
                "F10", entry.place, found="", expected=f"{above.text}（同上一行）", variant="above"
            )
        return above

    def _split_weights(self, entries: dict[str, Entry]) -> None:
        """Take `（50分）` off the name of a level and make it the weight of the level."""
        for name, weight in self.names:
            entry = entries[name]
            label, points = _level(entry.text)
            if label != entry.text:
                entries[name] = entry._replace(
                    text=label, value=label if entry.state is State.FILLED else entry.value
                )
            if points and weight not in self.columns:
                entries[weight] = Entry(points, Decimal(points), entry.place)

    def _name(self, entries: dict[str, Entry]) -> None:
        """Take `指标1：`, `★` and codes such as A101 off the name of an indicator, unless nothing
        else is left.
        """
        entry = entries.get(_INDICATOR)
        if entry is None or entry.state is not State.FILLED:
            return
        rest = _plain(entry.text)
        if rest != entry.text:
            entries[_INDICATOR] = entry._replace(text=rest, value=rest)


@lru_cache(maxsize=2048)
def _level(text: str) -> tuple[str, str]:
    """Split `产出指标（50分）` into name and weight; levels stand upright in narrow cells, so their
    line breaks mean nothing.
    """
    match = _SHARED_WEIGHT.match(text)
    label = _SPACE.sub("", match["name"] if match else text)
    return (label or text, (match["weight"] or match["points"]) if match else "")


@lru_cache(maxsize=8192)
def _plain(text: str) -> str:
    return _PREFIX.sub("", text, count=1).strip() or text


_NUMBERING: Final = "no"
_ROWS_WEIGHT: Final = "weight"
_SCORE: Final = "score"
_PARTS, _PART_MARK = "其中", "其中:"
_SUMS: Final = ("小计", "合计")
_SHOWN: Final = 30
_LEVEL_TWO: Final = "level2"
_MARKED: Final = re.compile(r"\s*[★☆▲*]")
_RANKED: Final = (_LEVEL, _LEVEL_TWO, _ROWS_WEIGHT, _SCORE)  # what gives a row a rank of its own


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
        self.page, self.table_labels, self.header, self.entry_reader = (
            page,
            table_labels,
            header,
            entry_reader,
        )
        self.columns = header.columns
        self.extent = TableRows(page, table_labels, header, ground)
        self.levels = Levels(header, entry_reader, above)
        self.completion = Completion(page, header, entry_reader)
        self.folding = Folding(table_labels, header)
        self.senses = {
            name: entry_reader.sense(column.spec, unit=column.unit)
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
        for number in self.extent.numbers():
            if not closed and (banner := self.extent.banner(number)):
                self.levels.open(
                    _LEVEL, self.entry_reader.entry(self.page, banner, self.columns[_LEVEL].spec)
                )
                continue
            part = self.extent.part(number)
            if part is RowRole.LAYOUT or (
                closed and part is RowRole.ROW and not self.extent.is_full(number)
            ):
                passed.append(number)
                skipped.append(number)
                closed = closed or part is RowRole.LAYOUT
                continue
            if part is RowRole.TOTAL and closed and not self.extent.counts(number):
                passed.append(number)
                continue
            row = self._read(number, part, rows)
            if row is not None:
                self._say_passed(passed)
                rows.append(row)
                closed = closed or row.kind is RowKind.TOTAL
        last = rows[-1].place.row if rows else 0
        inner = (number for number in skipped if number < last)
        self.unread += [spot for number in inner if (spot := self._unread(number))]
        return with_roles(rows)

    def _read(self, number: int, part: RowRole, rows: list[Row]) -> Row | None:
        """Read a row; None when it turns out to be an empty spare one."""
        mark = self.entry_reader.mark()
        row = self._row(number, self._kind(number, part))
        if rows and rows[-1].kind is RowKind.PART and self._goes_on(row):
            row = self._as_part(row)
        if part is RowRole.TOTAL or self._holds(row):
            return row
        self.entry_reader.forget(mark)
        return None

    def _kind(self, number: int, part: RowRole) -> RowKind:
        """Tell by the words in front of the figures what kind of row it may be; `with_roles` looks
        at the figures.
        """
        if part is RowRole.TOTAL:
            return RowKind.TOTAL
        texts = [core(text) for text, _ in self.extent.texts(number)]
        marked = any(text.startswith(_PART_MARK) for text in texts)
        if marked or (
            any(text.startswith(_PARTS) for text in texts) and not self.extent.counts(number)
        ):
            return RowKind.PART
        if any(text.endswith(_SUMS) for text in texts) and not self.extent.is_valued(number):
            return RowKind.SUBTOTAL
        return RowKind.ITEM

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
            for column in self.extent.figures
            for place in range(column.left, column.right + 1)
        )
        return (
            next((spot for spot in spots if spot in self.page.cells), None)
            if self.extent.counts(number)
            else None
        )

    def _goes_on(self, row: Row) -> bool:
        """Whether a row under 其中 names one more part: nothing in it but a name and values, no
        level, weight or score.
        """
        name, weight = row.entries.get(self.table_labels.key_column), row.entries.get(_ROWS_WEIGHT)
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
        column = self.extent.key_column.left
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
                    self.page, spot, column.spec, self.senses[name], cell
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
            self.entry_reader.place(self.page, (number, self.extent.key_column.left)),
            entries,
            kind=kind,
        )

    def _realign(self, number: int, entries: dict[str, Entry]) -> None:
        """Take the only two numbers of a total row for its weight and its score, where the cells
        of the row are merged otherwise than the table.
        """
        if not {_ROWS_WEIGHT, _SCORE} <= self.columns.keys():
            return
        spots = [(number, column) for column in self.page.by_row[number]]
        spots = [spot for spot in spots if is_figure(self.page.cells[spot], Type.SCORE)]
        points = (entries[_ROWS_WEIGHT].number, entries[_SCORE].number)
        if len(spots) != len(points) or None not in points or points == (None, None):
            return
        for name, spot in zip((_ROWS_WEIGHT, _SCORE), spots, strict=True):
            entries[name] = self.entry_reader.entry(
                self.page, spot, self.columns[name].spec, self.senses[name]
            )

    def _name_from_levels(self, number: int, entries: dict[str, Entry]) -> None:
        """Take the only words of a row with values for its name, where they stand under a level."""
        name = entries.get(_INDICATOR)
        if name is None or not name.blank:
            return
        levels = [entries[level] for level in ("level2", _LEVEL) if level in entries]
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
        entry = self.entry_reader.entry(self.page, spot, column.spec, self.senses[name])
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


_SCORED = "indicators"
_UNSCORABLE = "weight"
_WEIGHTS = ("weight", "block_weight")
_POINTS = (
    "weight",
    "score",
)  # without them nothing can be scored, which is said once of the whole form
_LINE = 3  # filled cells that make a line of a table
_FEW_LINES = 2
_BEYOND = 1 << 20  # rows that no sheet has


@dataclass(slots=True)
class TablesReader:
    """Reads the tables of a sheet, and knows afterwards which cells belong to them."""

    page: PrintedPage
    sheet_labels: SheetLabels
    entry_reader: EntryReader
    headers: dict[str, list[Header]] = field(default_factory=dict)
    claimed: set[Spot] = field(default_factory=set)
    strict: bool = False
    neighbours: list[Header] = field(default_factory=list)
    unread: list[Spot] = field(default_factory=list)

    def locate(self, host: "TablesReader | None" = None) -> None:
        """Find the header rows of all tables, the most telling first; a host has the tables that
        belong on the sheet.
        """
        taken: frozenset[int] = frozenset()
        if host is not None:
            self.neighbours = [header for group in host.headers.values() for header in group]
            taken = frozenset(
                row for header in self.neighbours for row in range(header.top, header.bottom + 1)
            )
        for table in sorted(
            self.sheet_labels.tables, key=lambda one: (one.spec.scored, -len(one.required))
        ):
            headers = self._found(table, taken)
            self.headers[table.spec.id] = headers
            if headers and host is not None:
                host.neighbours += headers
            taken |= frozenset(
                row for header in headers for row in range(header.top, header.bottom + 1)
            )

    def _found(self, table: TableLabels, taken: frozenset[int]) -> list[Header]:
        groups = find_headers(self.page, table, taken, foreign=not self.entry_reader.stamped)
        if not groups or is_paired(self.page, table, groups[0][0]):
            return []
        if self.strict:
            return groups[0] if _certain(table, groups[0][0]) else []
        if table.spec.sections:
            groups = [of_section(self.page, table, groups)]
        return [header for group in groups for header in group]

    def read(self, table: TableLabels) -> tuple[Row, ...] | None:
        """Return the rows of a table, None when the sheet lacks it; what is missing of a required
        one is said.
        """
        headers = self.headers.get(table.spec.id, [])
        if not headers:
            rows = (
                read_paired(self.page, table, self.entry_reader, self._taken())
                if table.spec.rows and not self.strict
                else []
            )
            rows = rows if _has_required(table, rows) else self._scattered(table) or rows
            if not rows and not self.strict:
                self._say_absent(table)
            self._claim_rows(rows)
            return tuple(rows) if rows else None
        found: list[Row] = []
        above: dict[str, Entry] = {}
        mark = self.entry_reader.mark()
        for header in headers:
            found += self._rows(table, header, above)
        if not _has_required(table, found) and (rows := self._scattered(table)):
            self.entry_reader.forget(mark)
            self._claim_rows(rows)
            return tuple(rows)
        self._say_missing(table, headers[0])
        found = weighed(self.page, headers, found, self.entry_reader)
        self._say_unscorable(table, headers[0], found)
        self._claim(headers, found)
        self._doubles(table, headers[0], found)
        self._say_stated(headers[0], found)
        return tuple(found)

    def _scattered(self, table: TableLabels) -> list[Row]:
        """Return the amounts of a form of others that prints them without a table."""
        if not table.rows or self.strict or self.entry_reader.stamped:
            return []
        others = [group for name, group in self.headers.items() if name != table.spec.id]
        end = min((header.top for group in others for header in group), default=_BEYOND)
        return read_scattered(self.page, table, self.entry_reader, end)

    def _say_unscorable(self, table: TableLabels, header: Header, rows: Sequence[Row]) -> None:
        """Say of a form of others which points it lacks, in a column or anywhere else: without them
        it cannot be scored.
        """
        for column in table.required if not self.entry_reader.stamped else ():
            lacking = (
                column.id in _POINTS and column.id not in header.columns and not column.beyond_annex
            )
            if lacking and not (
                column.id == _UNSCORABLE
                and any(row.number(name) for row in rows for name in _WEIGHTS)
            ):
                best, spot = near_header(self.page, header, column)
                found = f"{table.spec.title}没有“{column.label}”列" + (
                    f"（最接近的是“{best.strip()}”）" if best else ""
                )
                place = self.entry_reader.place(self.page, spot)
                self.entry_reader.note(
                    "F04", place, found=found, expected=column.label, variant="unscorable"
                )

    def _say_stated(self, header: Header, rows: Sequence[Row]) -> None:
        """Say of a column that is printed for information, such as the score of a re-check, what
        stands in it.
        """
        for name, column in header.columns.items():
            filled = [
                row.entries[name]
                for row in rows
                if name in row.entries and not row.entries[name].blank
            ]
            if column.spec.stated and filled:
                numbers = [
                    entry.number
                    for row in rows
                    if row.kind is RowKind.ITEM and (entry := row.entries.get(name))
                ]
                known = [number for number in numbers if number is not None]
                told = (
                    f"{len(known)}项合计{given(sum(known, Decimal(0)))}分"
                    if known
                    else f"{len(filled)}项"
                )
                label = self.page.text(*column.spot).strip()
                self.entry_reader.note(
                    "F10",
                    self.entry_reader.place(self.page, column.spot),
                    found=label,
                    expected=told,
                    variant="stated",
                )

    def unread_blocks(self) -> list[Spot]:
        """Return where scores stand under a header of points that belongs to no table."""
        table_labels = next(
            (table for table in self.sheet_labels.tables if table.spec.id == _SCORED), None
        )
        if table_labels is None:
            return []
        rows = [
            {spot[0]: spot for label in known for spot in self.page.cores.get(label, ())}
            for known in table_labels.points
        ]
        taken, found = self._taken(), []
        for row in sorted(set(rows[0]).intersection(*rows[1:]) - taken) if rows else ():
            below = self.page.under(rows[-1][row])
            cell = self.page.cells.get(below)
            if below not in self.claimed and is_figure(cell, Type.SCORE):
                found.append(below)
        return found

    def _taken(self) -> frozenset[int]:
        """Return the header rows of the tables that were found."""
        headers = (header for group in self.headers.values() for header in group)
        return frozenset(row for header in headers for row in range(header.top, header.bottom + 1))

    def _rows(self, table: TableLabels, header: Header, above: dict[str, Entry]) -> list[Row]:
        ground = Ground(self._stops(header), self.sheet_labels.known)
        if table.rows:
            return settled(
                self.page,
                table,
                header,
                self.entry_reader,
                read_fixed(self.page, table, header, self.entry_reader, ground),
            )
        reader = RowReader(self.page, table, header, self.entry_reader, ground, above)
        rows = reader.read()
        self.unread += reader.unread
        return rows

    def _stops(self, header: Header) -> frozenset[int]:
        """Return the header rows of other tables under this one that share columns with it."""
        groups = (*self.headers.values(), self.neighbours)
        others = (other for group in groups for other in group if other is not header)
        return frozenset(
            other.top
            for other in others
            if other.left <= header.right and header.left <= other.right
        )

    def _say_missing(self, table: TableLabels, header: Header) -> None:
        for column in table.spec.columns:
            if column.id not in header.columns:
                self._say_column(table, header, column)

    def _say_column(self, table: TableLabels, header: Header, column: ColumnSpec) -> None:
        best, spot = near_header(self.page, header, column)
        if not column.required:
            if best and not self._paired_label_column(table, column):
                self.entry_reader.note(
                    "F04",
                    self.entry_reader.place(self.page, spot),
                    found=best.strip(),
                    expected=column.label,
                    variant="similar",
                )
            return
        place = self.entry_reader.place(self.page, spot)
        if not self.entry_reader.stamped:
            if column.id not in _POINTS and not column.beyond_annex:
                self.entry_reader.note(
                    "F04",
                    place,
                    found=best.strip(),
                    expected=column.label,
                    variant=self.entry_reader.absence(best),
                )
            return
        if not best and column.id == _UNSCORABLE:
            self.entry_reader.note(
                "F04",
                place,
                found=f"{table.spec.title}没有“{column.label}”列",
                expected=column.label,
                variant="unscorable",
            )
            return
        self.entry_reader.note(
            "F04",
            place,
            found=best.strip(),
            expected=column.label,
            variant="" if best else "absent",
        )

    @staticmethod
    def _paired_label_column(table: TableLabels, column: ColumnSpec) -> bool:
        return bool(table.rows) and column is table.spec.columns[0]

    def _say_absent(self, table: TableLabels) -> None:
        """Say that a table was not found: one that the form requires, or one whose own sheet holds
        lines nevertheless.
        """
        if table.spec.required:
            self._absent(table)
        elif (
            not self.sheet_labels.fields
            and len(self.sheet_labels.tables) == 1
            and self._lines() >= _FEW_LINES
        ):
            place, title = (
                Place(self.entry_reader.file, self.page.name),
                table.spec.title or self.sheet_labels.spec.name,
            )
            self.entry_reader.note(
                "F04", place, found=self.page.name, expected=title, variant="unread"
            )

    def _lines(self) -> int:
        return sum(1 for columns in self.page.by_row.values() if len(columns) >= _LINE)

    def _absent(self, table: TableLabels) -> None:
        """Say that a table's header row is missing, and which row of the sheet comes nearest to
        it.
        """
        labels = [column.label for column in table.required] or [
            column.label for column in table.spec.columns
        ]
        taken = self._taken()
        texts = {
            text: spot
            for spot, text in self.page.texts
            if key(text) in table.keys and spot[0] not in taken
        }
        best = next(iter(texts), "")
        place = (
            self.entry_reader.place(self.page, texts[best])
            if best
            else Place(self.entry_reader.file, self.page.name)
        )
        expected = f"{table.spec.title}的表头（{'、'.join(labels)}）"
        chief = max(self.sheet_labels.tables, key=lambda one: (not one.rows, len(one.required)))
        variant = self.entry_reader.absence(best, vital=table is chief)
        self.entry_reader.note("F04", place, found=best.strip(), expected=expected, variant=variant)

    def _claim(self, headers: Sequence[Header], rows: Iterable[Row]) -> None:
        """Keep the table's cells, and the labels to its left, from being taken for fields."""
        if not self.sheet_labels.fields:
            return
        numbers = {row.place.row for row in rows}
        for header in headers:
            left = (
                1
                if header.left == min(each.left for each in headers if each.top == header.top)
                else header.left
            )
            lines = numbers | set(range(header.top, header.bottom + 1))
            self.claimed.update(
                (line, column) for line in lines for column in range(left, header.right + 1)
            )
        self._claim_rows(rows)

    def _claim_rows(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.claimed.add((row.place.row, row.place.column))
            self.claimed.update(
                (entry.place.row, entry.place.column) for entry in row.entries.values()
            )

    def _doubles(self, table: TableLabels, header: Header, rows: Iterable[Row]) -> None:
        """Say where two columns claim to be the same and differ: the first was read, the clerk must
        decide. Of what only forms of others have (指标说明, 评分标准) two may well be there.
        """
        numbers = [row.place.row for row in rows]
        own = {column.id for column in table.spec.columns}
        for first, second in header.doubles:
            if first.spec.id in own and any(
                self._differs(number, first, second) for number in numbers
            ):
                places = tuple(
                    self.entry_reader.place(self.page, column.spot) for column in (first, second)
                )
                shown = "、".join(
                    f"{place.cell}“{self.page.text(place.row, place.column).strip()}”"
                    for place in places
                )
                self.entry_reader.note(
                    "F04", *places, found=shown, expected=first.spec.label, variant="ambiguous"
                )

    def _differs(self, number: int, first: HeaderColumn, second: HeaderColumn) -> bool:
        one, other = self.page.cell(number, first.left), self.page.cell(number, second.left)
        return (one.value if one else None) != (other.value if other else None)


def _has_required(table: TableLabels, rows: Sequence[Row]) -> bool:
    """Whether a row of printed ones holds every amount that the table must have."""
    return not table.rows or any(
        all(row.number(column.id) is not None for column in table.required) for row in rows
    )


def _certain(table: TableLabels, header: Header) -> bool:
    """Whether a header on another sheet than the form says is this table beyond doubt."""
    return table.key_column in header.columns and len(header.columns) * 5 >= len(table.columns) * 3
