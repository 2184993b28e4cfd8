"""Tells which rows belong to a table, what part each plays, and where the table ends: by what a row
holds, not by its words.
"""

import re
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import Final

from evalbatch.model.names import core, inline, key
from evalbatch.model.plain_figures import AMOUNT_UNITS, compact
from evalbatch.reading.form_labels import FIELD_LABELS, TableLabels, field_meant
from evalbatch.reading.headers import Header, HeaderColumn
from evalbatch.reading.printed_page import Ground, PrintedPage, Spot
from evalbatch.reading.value_words import EMPTY
from evalbatch.sheets.book import Cell
from evalbatch.standards.form import ColumnSpec, Type

_COLUMN_LETTER: Final = re.compile(r"[A-Z甲乙丙丁](?:[-/÷*×+][A-Z])*(?:[*×]100%?)?")
_SHORTEST_LEGEND: Final = 3
_LEVEL: Final = "level1"
_VALUES: Final = (Type.QUANTITY, Type.DATE)
_NOTES: Final = re.compile(
    r"(?:注|说明|备注)[:：1]|填表说明|填报说明|(?:填报人|填表人|审核人|联系人|单位负责人|负责人|制表人|经办人)(?:[:：(（]|$)"
)
_LONGEST_NAME: Final = 60
_LONGEST_SCORE: Final = 7
_MOST_POINTS: Final = 1000
_FIGURE: Final = re.compile(rf"[-+]?[¥￥]?[\d,]*\.?\d+(?:{AMOUNT_UNITS}|分|%)?")
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
        level = self.table_labels.columns.get(_LEVEL)
        if level is None or len(self.page.by_row[number]) != 1:
            return None
        spot = (number, self.page.by_row[number][0])
        wide = self.page.bounds(*spot).right >= self.key_column.right
        return spot if wide and self._names_level(spot, level) else None

    def _names_level(self, spot: Spot, level: ColumnSpec) -> bool:
        name = _stem(self.page.text(*spot))
        return name in map(_stem, level.options) or name in _SECTIONS

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
        return all(
            column in self.worked_out and self.page.cells[number, column].formula is not None
            for column in self.page.by_row[number]
            if self.first_column <= column <= self.header.right
        )

    def _is_legend(self, number: int) -> bool:
        """Whether a row under the header only numbers the columns (栏次 1 2 3 …) or letters them
        (A, B).
        """
        if number > self.header.bottom + 2:
            return False
        values = [
            str(self.page.cells[number, column].value).strip("()（） ")
            for column in self.page.by_row[number]
            if self.header.left <= column <= self.header.right
        ]
        counted = [value for value in values if value.isdecimal()]
        first = int(counted[0]) if counted else 0
        running = len(counted) > _SHORTEST_LEGEND and counted == [
            str(first + step) for step in range(len(counted))
        ]
        lettered = bool(values) and all(_COLUMN_LETTER.fullmatch(value) for value in values)
        return lettered or (running and len(values) - len(counted) <= 1)

    def part(self, number: int, texts: Mapping[Spot, str]) -> RowRole:
        """Tell what a row with these texts is: with a figure of its own it is a row of the table,
        however its name begins.
        """
        if any(map(self.table_labels.is_total, texts.values())) and not self.is_valued(number):
            return RowRole.TOTAL
        if self.counts(number) or not any(map(self._is_layout, texts.values(), texts)):
            return RowRole.ROW
        return RowRole.LAYOUT

    def texts(self, number: int) -> dict[Spot, str]:
        """Return the texts of a row in front of its figures, where its name and its levels
        stand.
        """
        return {
            (number, column): text
            for column in self.page.by_row[number]
            if self.first_column <= column <= self.last_text
            and (text := self.page.text(number, column))
        }

    def _is_layout(self, text: str, spot: Spot) -> bool:
        if key(text) in self.ends or _NOTES.match(text.strip()):
            return True
        first = spot[1] == self.page.by_row[spot[0]][0]
        if first and (core(text) in FIELD_LABELS or field_meant(text)):
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
        for place in range(column.left, column.right + 1):
            if (number, place) in self.page.cells:
                return self.page.cells[number, place]
        return None


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
