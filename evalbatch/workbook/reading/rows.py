"""Reads the rows of an open table: indicators, details, targets, nodes."""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Final

from evalbatch.forms.spec import ColumnSpec, Type
from evalbatch.model.submission import Entry, Row, RowKind, State
from evalbatch.model.value import Kind, Quantity
from evalbatch.workbook.dates import from_serial
from evalbatch.workbook.grid import Cell
from evalbatch.workbook.quantities import operator_of
from evalbatch.workbook.reading.headers import Column, Header
from evalbatch.workbook.reading.labels import core, inline, key
from evalbatch.workbook.reading.lens import TableLens
from evalbatch.workbook.reading.page import Ground, Page, Spot
from evalbatch.workbook.reading.scribe import Scribe
from evalbatch.workbook.words import UNITS

_WEIGHT: Final = "_weight"
_SHARED_WEIGHT: Final = re.compile(
    r"^(?P<name>.*?)[\s]*(?:[(（]\s*(?P<weight>\d+(?:\.\d+)?)\s*分?\s*[)）]|(?<!\d)(?P<points>\d+(?:\.\d+)?)\s*分)$", re.DOTALL
)
_PREFIX: Final = re.compile(r"^\s*[★☆]?\s*(?:指标\s*\d+\s*[:：.、]\s*|[A-D]\d{3}(?!\d)[\s、.:：]*)?")
_UNIT_IN_NAME: Final = re.compile(r"[(（]([^()（）]{1,6})[)）]$")
_COLUMN_LETTER: Final = re.compile(r"[A-Z甲乙丙丁](?:[-/÷*×+][A-Z])*(?:[*×]100%?)?")
_SHORTEST_LEGEND: Final = 3
_SPACE: Final = re.compile(r"\s+")
_NUMBERING: Final = "no"
_INDICATOR: Final = "level3"
_ENDS: Final = (
    "注:",
    "注：",
    "注1",
    "说明:",
    "说明：",
    "备注:",
    "备注：",
    "填表说明",
    "填报说明",
    "填报人",
    "填表人",
    "审核人",
    "联系人",
    "单位负责人",
)


class RowReader:
    """Reads the rows under one header."""

    def __init__(self, page: Page, lens: TableLens, header: Header, scribe: Scribe, ground: Ground) -> None:
        self.page, self.lens, self.header, self.scribe = page, lens, header, scribe
        self.stops, self.ends = ground.stops, ground.ends
        self.columns = header.columns
        self.key_column = self.columns.get(lens.key_column) or next(iter(self.columns.values()))
        self.senses = {name: scribe.sense(column.spec, unit=column.unit) for name, column in self.columns.items()}
        self.quantities = [(name, column) for name, column in self.columns.items() if column.spec.type is Type.QUANTITY]
        self.levels = [(name, name + _WEIGHT) for name, column in self.columns.items() if column.spec.merge and not column.figure]
        self.above: dict[str, Entry] = {}
        self.shared: set[Spot] = set()

    def read(self) -> list[Row]:
        """Return the rows from the header down to the end of the table."""
        rows: list[Row] = []
        closed = False
        for number in self._numbers():
            kind = self._kind(number)
            if kind is None or (closed and not self._full(number)):
                break
            mark = self.scribe.mark()
            row = self._row(number, kind)
            if kind is not RowKind.ITEM or self._holds(row):
                rows.append(row)
            else:
                self.scribe.forget(mark)
            closed = closed or (kind is RowKind.TOTAL and any(each.kind is RowKind.ITEM for each in rows))
        return with_subtotals(rows)

    def _numbers(self) -> Iterator[int]:
        for number in self.page.rows:
            if number > self.header.bottom:
                if number in self.stops:
                    return
                if not self._is_blank(number) and not self._is_legend(number):
                    yield number

    def _is_blank(self, number: int) -> bool:
        """Whether a row holds nothing, or nothing but formulas: a spare row."""
        cells = self.page.cells
        columns = self.page.by_row[number]
        return all(
            cells[number, column].formula is not None or not self.first_column <= column <= self.header.right
            for column in columns
        )

    def _is_legend(self, number: int) -> bool:
        """Whether a row under the header only numbers the columns (栏次 1 2 3 …) or letters them (A, B)."""
        if number > self.header.bottom + 2:
            return False
        spots = [(number, column) for column in self.page.by_row[number] if self.header.left <= column <= self.header.right]
        values = [str(self.page.cells[spot].value).strip("()（） ") for spot in spots]
        counted = [value for value in values if value.isdecimal()]
        first = int(counted[0]) if counted else 0
        running = len(counted) > _SHORTEST_LEGEND and counted == [str(first + step) for step in range(len(counted))]
        lettered = bool(values) and all(_COLUMN_LETTER.fullmatch(value) for value in values)
        return lettered or (running and len(values) - len(counted) <= 1)

    @cached_property
    def first_column(self) -> int:
        """The first sheet column whose text can say what a row is: the table's own, or that of a label beside it."""
        return self.header.left if self.header.left > self.page.last_column // 2 else 1

    def _kind(self, number: int) -> RowKind | None:
        """Tell what part a row plays, None when the table has ended before it."""
        for column in self.page.by_row[number]:
            if not self.first_column <= column <= self.key_column.right:
                continue
            text = self.page.text(number, column)
            if not text:
                continue
            label = core(text)
            if label in self.lens.totals:
                return RowKind.TOTAL
            if self._ends(text, (number, column)):
                return None
            kind = _kind_of(label)
            if kind is not RowKind.ITEM:
                return kind
        return RowKind.ITEM

    def _ends(self, text: str, spot: Spot) -> bool:
        if key(text) in self.ends or text.startswith(_ENDS):
            return True
        bounds = self.page.merges.get(spot)
        if bounds is not None and bounds.left <= self.header.left and bounds.right >= self.header.right:
            return True
        return (":" in text or "：" in text) and any(label in self.ends for label, _ in inline(text))

    def _full(self, number: int) -> bool:
        """Whether a row behind the total still looks like a row: its name and a figure of its own."""
        figures = [column for column in self.columns.values() if column.figure and column.spec.required]
        named = self._own(number, self.key_column) is not None
        return named and any(isinstance(cell.value, int | float) for column in figures if (cell := self._own(number, column)))

    def _own(self, number: int, column: Column) -> Cell | None:
        spots = ((number, place) for place in range(column.left, column.right + 1))
        return next((self.page.cells[spot] for spot in spots if spot in self.page.cells), None)

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
        if kind is RowKind.ITEM:
            self._fill_down(number, entries)
        self._split_weights(entries)
        self._name(entries)
        self._complete(number, entries)
        return Row(self.lens.spec.id, self.scribe.place(self.page, (number, self.key_column.left)), entries, kind=kind)

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

    def _fill_down(self, number: int, entries: dict[str, Entry]) -> None:
        """Take the level of the row above where a typed form leaves it blank, as a reader of the printed form would."""
        inherits = True
        for name, weight in self.levels:
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
        if self.scribe.stamped and above.text:
            self.scribe.note("F10", entry.place, found="", expected=f"{above.text}（同上一行）", variant="above")
        return above

    def _split_weights(self, entries: dict[str, Entry]) -> None:
        """Take `（50分）` off the name of a level and make it the weight of the level."""
        for name, weight in self.levels:
            entry = entries[name]
            label, points = _level(entry.text)
            if label != entry.text:
                entries[name] = replace(entry, text=label, value=label if entry.state is State.FILLED else entry.value)
            if points and weight not in self.columns:
                entries[weight] = Entry(points, Decimal(points), entry.place)

    def _name(self, entries: dict[str, Entry]) -> None:
        """Take `指标1：`, `★` and codes such as A101 off the name of an indicator, unless nothing else is left."""
        entry = entries.get(_INDICATOR)
        if entry is None or entry.state is not State.FILLED:
            return
        rest = _plain(entry.text)
        if rest != entry.text:
            entries[_INDICATOR] = replace(entry, text=rest, value=rest)

    def _complete(self, number: int, entries: dict[str, Entry]) -> None:
        """Merge operator and unit columns into the quantities of a row; a bare day number beside a date is a date."""
        quantities = self.quantities
        if not quantities:
            return
        nature, unit = entries.get("nature"), entries.get("unit_of_measure")
        operator = operator_of(nature.text) if nature else ""
        measure = unit.text if unit else self._unit_in_name(entries)
        for name, column in quantities:
            sign = operator if name == "target" else ""
            text = self._joined(number, column)
            if text or sign or measure:
                self._again(entries, name, column, sign, measure, text)
        _align_dates(entries, self.scribe)

    def _again(self, entries: dict[str, Entry], name: str, column: Column, sign: str, measure: str, joined: str) -> None:
        entry = entries[name]
        reader = self.scribe.sense(column.spec, operator=sign, unit=measure)
        cell = Cell(joined) if joined else self.page.cells.get((entry.place.row, entry.place.column))
        if cell is not None and entry.state in (State.FILLED, State.UNREADABLE):
            entries[name] = self.scribe.entry(self.page, (entry.place.row, entry.place.column), column.spec, reader, cell)

    def _joined(self, number: int, column: Column) -> str:
        """Join the cells under one wide header: an operator, a figure and a unit side by side."""
        if column.left == column.right:
            return ""
        spots = dict.fromkeys(self.page.anchor(number, place) for place in range(column.left, column.right + 1))
        cells = [self.page.cells[spot] for spot in spots if spot in self.page.cells]
        return "".join(str(cell.value) for cell in cells) if len(cells) > 1 else ""

    def _unit_in_name(self, entries: dict[str, Entry]) -> str:
        entry = entries.get(self.lens.key_column)
        match = _UNIT_IN_NAME.search(entry.text) if entry else None
        return match[1] if match and match[1] in UNITS else ""

    def _holds(self, row: Row) -> bool:
        """Whether a department filled something in: more than the printed levels, numbers and formulas."""
        name = row.entries.get(self.lens.key_column)
        if name is not None and not name.blank:
            return True
        return any(self._filled(column.spec, row.entries[name], row.place.row) for name, column in self.columns.items())

    def _filled(self, spec: ColumnSpec, entry: Entry, number: int) -> bool:
        own = entry.place.row == number and (not entry.blank or bool(entry.text))
        return own and not entry.formula and not spec.merge and spec.id != _NUMBERING


@lru_cache(maxsize=2048)
def _level(text: str) -> tuple[str, str]:
    """Split `产出指标（50分）` into name and weight; levels stand upright in narrow cells, so their line breaks mean nothing."""
    match = _SHARED_WEIGHT.match(text)
    label = _SPACE.sub("", match["name"] if match else text)
    return (label or text, (match["weight"] or match["points"]) if match else "")


@lru_cache(maxsize=8192)
def _plain(text: str) -> str:
    return _PREFIX.sub("", text, count=1).strip() or text


def _kind_of(label: str) -> RowKind:
    if label.startswith("其中"):
        return RowKind.PART
    return RowKind.SUBTOTAL if label.endswith(("小计", "合计")) else RowKind.ITEM


def with_subtotals(rows: list[Row]) -> list[Row]:
    """Mark rows without an indicator that carry exactly the weights of two or more others of their group: they are sums."""
    if not rows or "level3" not in rows[0].entries:
        return rows
    weights: dict[tuple[str, str], list[Decimal]] = {}
    for row in rows:
        weight = row.number("weight")
        if row.kind is RowKind.ITEM and row.text("level3") and weight is not None:
            for level in ("level1", "level2"):
                weights.setdefault((level, row.text(level)), []).append(weight)
    return [replace(row, kind=RowKind.SUBTOTAL) if _is_sum(row, weights) else row for row in rows]


def _is_sum(row: Row, weights: dict[tuple[str, str], list[Decimal]]) -> bool:
    level = "level2" if row.text("level2") else "level1"
    group = weights.get((level, row.text(level)), [])
    bare = row.kind is RowKind.ITEM and not row.text("level3") and bool(row.text(level))
    return bare and len(group) > 1 and row.number("weight") == sum(group)


def _height(page: Page, spot: Spot) -> int:
    bounds = page.bounds(*spot)
    return bounds.bottom - bounds.top + 1


def _align_dates(entries: dict[str, Entry], scribe: Scribe) -> None:
    target, actual = entries.get("target"), entries.get("actual")
    if target is None or actual is None or target.quantity is None or actual.quantity is None:
        return
    if target.quantity.kind is Kind.DATE and actual.quantity.kind is Kind.NUMBER:
        entries["actual"] = _as_date(actual, actual.quantity, scribe)
    elif actual.quantity.kind is Kind.DATE and target.quantity.kind is Kind.NUMBER:
        entries["target"] = _as_date(target, target.quantity, scribe)


def _as_date(entry: Entry, quantity: Quantity, scribe: Scribe) -> Entry:
    number = quantity.number
    when = from_serial(int(number)) if number is not None and not quantity.unit and number == number.to_integral_value() else None
    if when is None:
        return entry
    scribe.note("F10", entry.place, found=entry.text, expected=f"{when.year}年{when.month}月{when.day}日", variant="serial")
    return replace(entry, value=replace(quantity, kind=Kind.DATE, number=None, when=when))
