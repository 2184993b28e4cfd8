"""A sheet seen as a printed page: merges resolved, texts indexed as labels."""

import re
from bisect import bisect_left
from collections import defaultdict
from functools import cached_property
from operator import itemgetter
from typing import Final, NamedTuple

from evalbatch.model.names import LONGEST, core, inline, key, money_unit, without_brackets
from evalbatch.model.plain_figures import compact, years_in_digits
from evalbatch.sheets.book import Cell, Merge, Sheet

BETWEEN: Final = "/"  # labels that stand in one cell
Spot = tuple[int, int]  # row and column, counted from 1

_MOST_COVERED: Final = 200_000  # cells under merges that are worth an entry of their own
_UNIT_LINE: Final = "单位"
_TITLE: Final = re.compile("资金|预算|金额|经费|支出|投资")
_TITLE_ROWS: Final = 3  # rows over a header in which the title of its block may stand


class Ground(NamedTuple):
    """How far a table may reach: the rows where something else begins, and the keys of labels that
    end it.
    """

    stops: frozenset[int]
    ends: frozenset[str]


class Seam(NamedTuple):
    """Where another sheet goes on in a page: its first row there, its name, and how far its rows
    were moved down.
    """

    row: int
    sheet: str
    shift: int


class PrintedPage:
    """A sheet with its merges resolved and its short texts indexed by what they say as labels."""

    def __init__(self, sheet: Sheet, label: str = "", seams: tuple[Seam, ...] = ()) -> None:
        self.name = sheet.name
        self.seams = seams
        self.label = label or sheet.name  # tells the parts of a sheet apart
        self.sheet = sheet
        self._units: dict[tuple[int, int], str] = {}
        self.hides = bool(sheet.hidden or sheet.hidden_rows or sheet.hidden_columns or sheet.unseen)

    @cached_property
    def last_row(self) -> int:
        """The last row that holds something."""
        return max(map(itemgetter(0), self.sheet.cells), default=0)

    @cached_property
    def last_column(self) -> int:
        """The last column that holds something."""
        return max(map(itemgetter(1), self.sheet.cells), default=0)

    @cached_property
    def merges(self) -> dict[Spot, Merge]:
        """The merges by their upper left corners."""
        return {(merge.top, merge.left): merge for merge in self.sheet.merges}

    @cached_property
    def _anchors(self) -> dict[Spot, Spot]:
        return _anchors(self.sheet, self.last_row, self.last_column)

    @cached_property
    def cells(self) -> dict[Spot, Cell]:
        """Every cell that holds something and is not covered by a merge."""
        covered = self._anchors
        return {
            spot: cell
            for spot, cell in self.sheet.cells.items()
            if spot not in covered and cell.value != ""
        }

    @cached_property
    def by_row(self) -> dict[int, list[int]]:
        """The columns that hold something, by row."""
        rows: dict[int, list[int]] = defaultdict(list)
        for row, column in sorted(self.cells):
            rows[row].append(column)
        return dict(rows)

    @cached_property
    def rows(self) -> list[int]:
        """The rows that hold something, from top to bottom."""
        return list(self.by_row)

    @cached_property
    def columns(self) -> frozenset[int]:
        """The columns that hold something."""
        return frozenset(map(itemgetter(1), self.cells))

    @cached_property
    def keys(self) -> dict[str, list[Spot]]:
        """Where each short text stands, by its key as a label, from top to bottom."""
        keys: dict[str, list[Spot]] = defaultdict(list)
        for spot, text in sorted(self.texts):
            if len(text) <= LONGEST:
                keys[key(text)].append(spot)
        return keys

    @cached_property
    def cores(self) -> dict[str, list[Spot]]:
        """Where each short text stands, by its key without brackets, from top to bottom."""
        cores: dict[str, list[Spot]] = {}
        for name, spots in self.keys.items():
            loose = without_brackets(name)
            cores[loose] = sorted((*cores[loose], *spots)) if loose in cores else spots
        return cores

    @cached_property
    def several(self) -> list[tuple[list[str], Spot]]:
        """The labels that name several things at once, such as 单位名称/项目名称."""
        return [
            (text.split(BETWEEN), spots[0]) for text, spots in self.keys.items() if BETWEEN in text
        ]

    @cached_property
    def inlines(self) -> dict[str, list[tuple[Spot, str]]]:
        """Where a cell says `label：value`: the cell and the value, by the key of the label."""
        found: dict[str, list[tuple[Spot, str]]] = defaultdict(list)
        for spot, text in self.texts:
            if ":" in text or "：" in text:
                for label, rest in inline(text):
                    for name in {label, core(label)}:
                        found[name].append((spot, rest))
        return found

    @cached_property
    def _unit_lines(self) -> list[tuple[int, str]]:
        """The rows that say in which unit amounts are given (单位：元), from top to bottom, with
        the unit.
        """
        lines = sorted((spot[0], text) for spot, text in self.texts if _UNIT_LINE in text)
        return [(row, unit) for row, text in lines if (unit := money_unit(text))]

    def money_unit(self, label: Spot, bottom: int = 0) -> str:
        """Return the unit in which the amounts under a label are given, empty when the sheet names
        none; `bottom` is the last row of the header where it goes on below the label.

        The nearest word counts: the label's own, the title of the block beside it or right above it
        (项目资金（元）), then the nearest line above that says 单位, then any such line of the
        sheet.
        """
        if own := money_unit(self.text(*label)):
            return own
        rows = label[0], bottom or label[0]
        if rows not in self._units:
            self._units[rows] = self._unit_over(*rows)
        return self._units[rows]

    def _unit_over(self, top: int, bottom: int) -> str:
        for row in range(bottom, max(top - _TITLE_ROWS, 0), -1):
            texts = (self.text(row, column) for column in self.by_row.get(row, ()))
            named = (unit for text in texts if (unit := money_unit(text)) and _TITLE.search(text))
            if unit := next(named, ""):
                return unit
        above = [unit for row, unit in self._unit_lines if row < top]
        return above[-1] if above else next((unit for _, unit in self._unit_lines), "")

    @cached_property
    def texts(self) -> list[tuple[Spot, str]]:
        """Every cell that holds text."""
        return [
            (spot, cell.value) for spot, cell in self.cells.items() if type(cell.value) is str
        ]  # an ErrorValue is none

    def find(self, label: str) -> list[Spot]:
        """Return where a label's key stands."""
        return self.keys.get(label, [])

    def anchor(self, row: int, column: int) -> Spot:
        """Return the cell that speaks for this one: the upper left corner of its merge, or
        itself.
        """
        return self._anchors.get((row, column), (row, column))

    def cell(self, row: int, column: int) -> Cell | None:
        """Return what the sender sees at this place, under a merge too; None when it is blank."""
        return self.cells.get(self._anchors.get((row, column), (row, column)))

    def text(self, row: int, column: int) -> str:
        """Return the text at this place, empty when there is none."""
        cell = self.cell(row, column)
        return cell.value if cell is not None and isinstance(cell.value, str) else ""

    def bounds(self, row: int, column: int) -> Merge:
        """Return the merge of which this cell is the upper left corner, or the cell alone."""
        return self.merges.get((row, column)) or Merge(row, column, row, column)

    def beside(self, spot: Spot) -> Spot:
        """Return the cell to the right of a label."""
        merge = self.merges.get(spot)
        return self.anchor(spot[0], (merge.right if merge else spot[1]) + 1)

    def under(self, spot: Spot) -> Spot:
        """Return the cell under a label."""
        merge = self.merges.get(spot)
        return self.anchor((merge.bottom if merge else spot[0]) + 1, spot[1])

    def beyond(self, spot: Spot) -> Spot:
        """Return the next cell to the right of a blank one across columns that hold nothing at all,
        such as inserted ones.
        """
        column = spot[1]
        while column not in self.columns and column < self.last_column:
            column += 1
        return self.anchor(spot[0], column)

    def further_down(self, spot: Spot) -> Spot:
        """Return the next cell under a blank one across rows that hold nothing at all."""
        place = bisect_left(self.rows, spot[0])
        return self.anchor(self.rows[place] if place < len(self.rows) else spot[0], spot[1])


def _anchors(sheet: Sheet, last_row: int, last_column: int) -> dict[Spot, Spot]:
    """Map each covered cell to the upper left corner of its merge, within what the sheet holds."""
    anchors: dict[Spot, Spot] = {}
    for top, left, bottom, right in sheet.merges:
        rows = range(top, min(bottom, last_row) + 1) or (top,)
        columns = range(left, min(right, last_column) + 1) or (left,)
        if len(anchors) + len(rows) * len(columns) > _MOST_COVERED:
            break
        corner = (top, left)
        for row in rows:
            for column in columns:
                anchors[row, column] = corner
        del anchors[corner]
    return anchors


_ROWS: Final = 5  # that hold something
_LONGEST: Final = 60  # a longer text is no title
_PART: Final = r"(?:度|\d{1,2}月?[-~—至]\d{1,2}月|[上下]半年|[一二三四]季度)?"  # of a year
_FORMS: Final = (
    re.compile(rf"\(?((?:19|20)\d\d)年{_PART}\)?"),  # a line of its own
    re.compile(r".*?((?:19|20)\d\d)年度?.*表.*"),  # the title itself
    re.compile(rf".*表\D*((?:19|20)\d\d)年{_PART}\D*"),
    re.compile(r".*?((?:19|20)\d\d)年度.*"),  # any other text near the top
)


def year_in_title(page: PrintedPage) -> tuple[Spot, str] | None:
    """Return the cell near the top of a sheet that names a year, and the year; None when none or
    several are named.
    """
    top = frozenset(page.rows[:_ROWS])
    texts = [
        (spot, years_in_digits(compact(text)))
        for spot, text in page.texts
        if spot[0] in top and len(text) < _LONGEST
    ]
    for form in _FORMS:
        found = {
            match[1]: spot for spot, text in reversed(texts) if (match := form.fullmatch(text))
        }
        if found:
            return (
                next(((spot, year) for year, spot in found.items()), None)
                if len(found) == 1
                else None
            )
    return None


_MONTHS: Final = re.compile(r"(\d{1,2})月?[-~至](\d{1,2})月")
_HALF: Final = "半年度"


def months_in_headers(page: PrintedPage) -> tuple[Spot, str] | None:
    """Return the first short text of a sheet that names a span of months (1-7月执行数), and the
    span; None when there is none.
    """
    for spot, text in sorted(page.texts):
        if len(text) <= LONGEST:
            match = _MONTHS.search(compact(text))
            if match is not None:
                return spot, f"{match[1]}-{match[2]}月"
            if _HALF in text:
                return spot, "1-6月"
    return None
