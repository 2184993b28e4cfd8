"""Last year's problems in a workbook, with what the department says of putting them right (整改).

They stand on a sheet of their own, which is no part of any form: pre-filled workbooks have it where
last year left something open.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final

from pydantic import BaseModel, ConfigDict

from evalbatch.model.plain_figures import compact
from evalbatch.reading.cell_values import WantedValue, understand
from evalbatch.sheets.book import Book, Cell, Sheet
from evalbatch.standards.form import Type

HEADER_ROWS: Final = 10
"""The heads stand among the first rows."""


class RectificationWords(BaseModel):
    """The name of the sheet, its title and guide, and the heads of its columns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sheet: str
    title: str
    guide: str
    problem: str
    remedy: str
    answer: str
    done: str


@cache
def rectification_words() -> RectificationWords:
    """Return the words of the sheet."""
    text = files("evalbatch.reading").joinpath("rectification.toml").read_text("utf-8")
    return RectificationWords.model_validate(tomllib.loads(text))


def is_rectification(sheet: Sheet) -> bool:
    """Whether a sheet is the one with last year's problems."""
    return compact(sheet.name) == rectification_words().sheet


def rectified(book: Book) -> tuple[tuple[str, str], ...]:
    """Return last year's problems with what is said of putting them right, empty where nothing
    is.
    """
    return tuple(each for sheet in book.sheets if is_rectification(sheet) for each in _lines(sheet))


def _lines(sheet: Sheet) -> Iterator[tuple[str, str]]:
    words = rectification_words()
    heads = {
        compact(str(cell.value)): (row, column)
        for (row, column), cell in sheet.cells.items()
        if row <= HEADER_ROWS and isinstance(cell.value, str)
    }
    if words.problem not in heads or words.answer not in heads:
        return
    (head, problem), (_, answer) = heads[words.problem], heads[words.answer]
    done = heads.get(words.done, (head, 0))[1]
    for row in sorted({row for row, _ in sheet.cells if row > head}):
        named = _text(sheet, row, problem)
        if named:
            said = (_text(sheet, row, answer), _text(sheet, row, done))
            yield named, "，".join(filter(None, said))


def _text(sheet: Sheet, row: int, column: int) -> str:
    cell = sheet.cells.get((row, column), Cell(None))
    return understand(cell, WantedValue(Type.TEXT)).text.strip()
