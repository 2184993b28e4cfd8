"""Rows written straight as SpreadsheetML: 200,000 rows are too many for one object a cell (measured: four times faster).

A cell is made as text without the number of its row (`ROW` stands for it), so that the same value in the same column, which
most cells are, is made once.
"""

import re
import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from xml.sax.saxutils import escape

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from evalbatch.publish.summary_values import FileLink, Formula, Link, Value, safe_text

_EPOCH = date(1899, 12, 30)
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # Excel would read _x0041_ as A

ROW = "\0"  # no text may hold it
REMEMBERED = 4096

Cell = Callable[[Value], str]


class RowSheet(Worksheet):  # type: ignore[misc]  # the library has no types
    """A worksheet in constant memory that also takes whole rows as XML, each below the last."""

    def add_row(self, row: int, cells: str, height: float | None = None) -> None:
        """Write a row; `row` counts from 0, `cells` are the elements of its cells, `height` is in points."""
        if row > self.previous_row:
            self._write_single_row(row)
        size = f' ht="{height:g}" customHeight="1"' if height else ""
        self.fh.write(f'<row r="{row + 1}"{size}>{cells}</row>')
        self.dim_rowmax = row

    def _write_optimized_sheet_data(self) -> None:
        """Take the rows over as bytes and remove their file.

        The library would decode and encode all of them once more, and leave the file of a sheet without rows behind.
        """
        self._xml_start_tag("sheetData")
        self.fh.flush()
        with self.row_data_fh as rows:
            rows.seek(0)
            shutil.copyfileobj(rows.buffer, self.fh.buffer)
        Path(self.row_data_filename).unlink()
        self._xml_end_tag("sheetData")

    def add_link(self, row: int, column: int, link: Link) -> None:
        """Let a cell open a file; its text is written with its row."""
        self.hlink_count += 1
        self.hyperlinks[row][column] = FileLink(link)


def text_cell(letters: str, style: Format) -> Cell:
    """Return a function that makes the cells of a column of texts; nothing for no text."""
    head = f'<c r="{letters}{ROW}" s="{_index(style)}" t="inlineStr">'

    @lru_cache(REMEMBERED)  # of texts only: 1 and 1.00 are equal
    def written(text: str) -> str:
        return f"{head}{_inline(text)}</c>" if text else ""

    def cell(value: Value) -> str:
        return written(value if isinstance(value, str) else "" if value is None else str(value))

    return cell


def value_cell(letters: str, style: Format, word_style: Format) -> Cell:
    """Return a function that makes the cells of a column of numbers, dates or formulas; words stand centred among them."""
    head, word = f'<c r="{letters}{ROW}" s="{_index(style)}"', text_cell(letters, word_style)

    def cell(value: Value) -> str:
        if isinstance(value, Decimal):  # most of them
            return f"{head}><v>{_plain(value)}</v></c>"
        return word(value) if value is None or isinstance(value, str) else f"{head}{_content(value)}</c>"

    return cell


def any_cell(name: str, style: Format, value: Value) -> str:
    """Return one cell by its name, whatever it holds."""
    head = f'<c r="{name}" s="{_index(style)}"'
    if value is None or value == "":
        return f"{head}/>"
    return f'{head} t="inlineStr">{_inline(value)}</c>' if isinstance(value, str) else f"{head}{_content(value)}</c>"


def _content(value: Value) -> str:
    """Return what follows the style of a cell that holds a number, a date or a formula."""
    if not isinstance(value, Formula):
        return f"><v>{_number(value)}</v>"
    formula = f"<f>{escape(value.text.removeprefix('='))}</f>"
    if isinstance(value.value, str):
        return f' t="str">{formula}<v>{_escaped(value.value)}</v>'
    return f">{formula}<v>{value.value!r}</v>"


def _number(value: Value) -> str:
    if isinstance(value, Decimal):
        return _plain(value)
    if isinstance(value, date):
        return str((value - _EPOCH).days)
    return repr(value)


def _plain(number: Decimal) -> str:
    """Write a number without exponent; formatting all of them would take four times as long."""
    text = str(number)
    return f"{number:f}" if "E" in text else text


def _inline(text: str) -> str:
    """Return a text as an inline string."""
    text = _escaped(text)
    space = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
    return f"<is><t{space}>{text}</t></is>"


def _escaped(text: str) -> str:
    return _LOOKS_ESCAPED.sub("_x005F_", escape(safe_text(text)))


def _index(style: Format) -> int:
    return int(style._get_xf_index())  # noqa: SLF001 - what the library itself writes into a cell
