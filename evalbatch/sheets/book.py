"""Workbooks as grids: what the sheet readers hand to the form reader, whatever the file format
was.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from evalbatch.model.finding import Observation


class ErrorValue(str):
    """An error value such as `#REF!`; never to be taken for text or a blank."""

    __slots__ = ()


class Cell(NamedTuple):
    """One cell that holds something.

    `value` is str, int, float, bool, datetime (from a date format), timedelta-free, ErrorValue, or
    None when a formula has no stored value. `number` keeps the stored digits of a number as written
    in the file, so that no figure passes through binary fractions. `format` is the number format
    code. `formula` is the formula text without `=`, or None.
    """

    value: str | int | float | bool | datetime | None
    number: str = ""
    format: str = "General"
    formula: str | None = None


class Merge(NamedTuple):
    """A merged range, all bounds inclusive, counted from 1."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Sheet:
    """One sheet; rows and columns count from 1.

    Under a merge only the upper left cell counts; what other cells of the range still store is in
    `cells` as the file has it.
    """

    name: str
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    unseen: dict[tuple[int, int], str] = field(
        default_factory=dict
    )  # cells whose looks hide them, and how


@dataclass(slots=True)
class Book:
    """A workbook as grids. `kind` is the format found by content: xlsx, xlsm, xls, xlsb, ods (et is
    xls or xlsx inside), docx.
    """

    kind: str
    sheets: list[Sheet]
    names: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(
        default_factory=dict
    )  # custom document properties: our stamp
    modified: datetime | None = None
    observations: list[Observation] = field(default_factory=list)


NO_WORKBOOK: Final = "不是可以读取的 Excel 工作簿（.xlsx）"
"""What is said of an office's own register or form that cannot be read as a workbook."""


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error of ours
    """The file cannot or must not be read; carries the observation (F01, F02 or F08) that says
    why.
    """

    def __init__(self, observation: Observation) -> None:
        super().__init__(observation.code)
        self.observation = observation


REVIEW_NAME: Final = "evalbatch.review"
"""The hidden defined name that points to the review sheet; readers skip that sheet."""

TITLE: Final = "审核意见"
HEAD_ROW: Final = 4
FIRST_HEADERS: Final = ("代码", "级别", "问题", "位置")


def is_review(sheet: Sheet) -> bool:
    """Whether a sheet is a review sheet by what it holds, for formats and programs that lose the
    mark.
    """
    if not sheet.name.startswith(TITLE) or (1, 1) not in sheet.cells:
        return False
    heads = [sheet.cells.get((HEAD_ROW, column)) for column in range(1, len(FIRST_HEADERS) + 1)]
    return [head.value if head else None for head in heads] == list(FIRST_HEADERS)


def review_tab(reference: str) -> str:
    """Return the title of the sheet that the mark points to, empty when it points nowhere."""
    title, found, _ = reference.rpartition("!")
    if not found or "#REF" in title:
        return ""
    return title[1:-1].replace("''", "'") if title.startswith("'") else title
