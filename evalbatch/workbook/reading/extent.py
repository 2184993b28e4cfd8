"""Tells which rows belong to a table, what part each plays, and where the table ends."""

import re
from collections.abc import Iterator
from typing import Final

from evalbatch.model.submission import RowKind
from evalbatch.workbook.grid import Cell
from evalbatch.workbook.reading.headers import Column, Header
from evalbatch.workbook.reading.labels import core, inline, key
from evalbatch.workbook.reading.lens import TableLens
from evalbatch.workbook.reading.page import Ground, Page, Spot

_COLUMN_LETTER: Final = re.compile(r"[A-Z甲乙丙丁](?:[-/÷*×+][A-Z])*(?:[*×]100%?)?")
_SHORTEST_LEGEND: Final = 3
_LEVEL: Final = "level1"
_NOTES: Final = re.compile(r"(?:注|说明|备注)[:：1]|填表说明|填报说明|填报人|填表人|审核人|联系人|单位负责人")


class Extent:
    """The rows under one header, from top to bottom."""

    def __init__(self, page: Page, lens: TableLens, header: Header, ground: Ground) -> None:
        self.page, self.lens, self.header = page, lens, header
        self.stops, self.ends = ground.stops, ground.ends
        self.key_column = header.columns.get(lens.key_column) or next(iter(header.columns.values()))
        self.key_label = key(page.text(*self.key_column.spot))
        self.first_column = header.left if header.left > page.last_column // 2 else 1
        worked_out = [column for column in header.columns.values() if column.spec.formula]
        self.worked_out = {place for column in worked_out for place in range(column.left, column.right + 1)}

    def numbers(self) -> Iterator[int]:
        """Yield the rows that hold something, down to where something else begins."""
        for number in self.page.rows:
            if number > self.header.bottom:
                if number in self.stops:
                    return
                if not self._is_blank(number) and not self._is_legend(number) and not self._is_header_again(number):
                    yield number

    def banner(self, number: int) -> Spot | None:
        """Return the cell of a row that holds nothing but the name of a level, printed across the table."""
        level = self.header.columns.get(_LEVEL)
        if level is None or len(self.page.by_row[number]) != 1:
            return None
        spot = (number, self.page.by_row[number][0])
        wide = self.page.bounds(*spot).right >= self.key_column.right
        return spot if wide and _stem(self.page.text(*spot)) in map(_stem, level.spec.options) else None

    def _is_header_again(self, number: int) -> bool:
        """Whether a row repeats the header, as the next page of a typed form does."""
        if key(self.page.text(number, self.key_column.left)) != self.key_label:
            return False
        pairs = [(self.page.text(number, column.left), self.page.text(*column.spot)) for column in self.header.columns.values()]
        return all(key(here) == key(above) for here, above in pairs)

    def _is_blank(self, number: int) -> bool:
        """Whether a row holds nothing, or only what the form itself works out: a spare row."""
        inner = (column for column in self.page.by_row[number] if self.first_column <= column <= self.header.right)
        return all(column in self.worked_out and self.page.cells[number, column].formula is not None for column in inner)

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

    def kind(self, number: int) -> RowKind | None:
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
        if key(text) in self.ends or _NOTES.match(text):
            return True
        bounds = self.page.merges.get(spot)
        if bounds is not None and bounds.left <= self.header.left and bounds.right >= self.header.right:
            return True
        return (":" in text or "：" in text) and any(label in self.ends for label, _ in inline(text))

    def is_full(self, number: int) -> bool:
        """Whether a row behind the total still looks like a row: its name and a figure of its own."""
        figures = [column for column in self.header.columns.values() if column.figure and column.spec.required]
        return self._own(number, self.key_column) is not None and any(self._own(number, column) for column in figures)

    def _own(self, number: int, column: Column) -> Cell | None:
        spots = ((number, place) for place in range(column.left, column.right + 1))
        return next((self.page.cells[spot] for spot in spots if spot in self.page.cells), None)


def _stem(level: str) -> str:
    """Return what the names of a level have in common: 产出 of 产出指标（50分） and 项目产出."""
    return core(level).removeprefix("项目").removesuffix("指标")


def _kind_of(label: str) -> RowKind:
    if label.startswith("其中"):
        return RowKind.PART
    return RowKind.SUBTOTAL if label.endswith(("小计", "合计")) else RowKind.ITEM
