"""One worksheet part as a grid."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from evalbatch.model.place import Place
from evalbatch.workbook.grid import Cell, ErrorValue, Merge, Refused, Sheet
from evalbatch.workbook.sheets import limits, refusal
from evalbatch.workbook.sheets.cells import (
    COLUMNS,
    FALSE,
    Malformed,
    RawFormula,
    is_hidden,
    plain_formula,
    plain_hidden,
    plain_tokens,
    tree_data,
)
from evalbatch.workbook.sheets.formats import to_date
from evalbatch.workbook.sheets.formula import column_number, shift
from evalbatch.workbook.sheets.markup import Element, local, parse_bytes, unescape
from evalbatch.workbook.sheets.parts import Parts
from evalbatch.workbook.sheets.refusal import refused
from evalbatch.workbook.sheets.styles import GENERAL, Format
from evalbatch.workbook.sheets.text import clean

RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?", re.IGNORECASE)
# Blank formatted cells and rows, of which some programs write a million; only ever removed from large parts.
BLANK_CELL = re.compile(rb'<(?:\w+:)?c r="[A-Z]+[0-9]+"(?: s="[0-9]+")?(?: t="n")? ?/>')
BLANK_ROW = re.compile(rb'<((?:\w+:)?row) r="[0-9]+"(?: (?!hidden|r=)[\w:.]+="[^"]*")*(?: ?/>|>\s*</\1>)')
NUMERIC = ("n", "")  # the type of a number may be left out


@dataclass(slots=True)
class Context:
    """What a worksheet needs from its workbook: strings, the number format of each style, the date system."""

    parts: Parts
    strings: list[str]
    formats: dict[str, Format]
    from_1904: bool
    budget: int = limits.CELLS


class Frame(NamedTuple):
    """What a worksheet part holds besides plain cells: merges (None where a reference is no range) and spans of hidden columns.

    `data` are the cells when they are still to be read from the tree.
    """

    data: Element | None
    merges: tuple[Merge | None, ...]
    hidden: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class _Reading:
    """A worksheet being read."""

    context: Context
    sheet: Sheet
    masters: dict[str, tuple[str, int, int]] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        return Place(self.context.parts.place.file, self.sheet.name)

    def damaged(self, detail: str) -> Refused:
        return refused(refusal.DAMAGED, self.place, detail=f"工作表“{self.sheet.name}”{detail}")


def read_sheet(context: Context, part: str, name: str, *, hidden: bool) -> Sheet:
    """Return a worksheet part as a grid.

    Raises:
        Refused: the part is broken (F01) or larger than the limits (F08).
    """
    reading = _Reading(context, Sheet(name, hidden=hidden))
    frame = _open(reading, part)
    if frame.data is not None:
        _read_tree(reading, frame.data)
    _check_size(reading)
    if len(frame.merges) > limits.MERGES:
        raise refused(refusal.CELLS, reading.place, limit=limits.MERGES)
    if None in frame.merges:
        raise reading.damaged("的合并区域无法识别")
    reading.sheet.merges = list(filter(None, frame.merges))
    reading.sheet.hidden_columns = _within(frame.hidden, reading.sheet)
    return reading.sheet


def _frame(root: Element) -> Frame:
    """Return what a worksheet part holds besides the cells that were read already."""
    data, merges, hidden = None, [], []
    for block in root:
        kind = local(block)
        if kind == "sheetData" and len(block):
            data = block
        elif kind == "cols":
            hidden = list(_hidden_spans(block))
        elif kind == "mergeCells":
            merges = [_merge(item.get("ref", "")) for item in block]
    return Frame(data, tuple(merges), tuple(hidden))


# Of trees that workbooks have in common (markup.py).
_shared_frame = lru_cache(maxsize=limits.SHARED_PARTS)(_frame)


def _open(reading: _Reading, part: str) -> Frame:
    """Read the sheet data at once when it is in the plain form; return what else the part holds."""
    parts = reading.context.parts
    content = parts.read(part)
    if len(content) < limits.PLAIN_BYTES:
        plain = plain_tokens(content)
        if plain is not None and _read_plain(reading, plain[0]):
            root = parse_bytes(parts, part, plain[1])
            return _shared_frame(root) if len(plain[1]) <= limits.SHARED_BYTES else _frame(root)
    elif b"<![CDATA[" not in content:
        content = BLANK_ROW.sub(b"", BLANK_CELL.sub(b"", content))
    return _frame(parse_bytes(parts, part, content))


def _read_plain(reading: _Reading, tokens: list[tuple[str, ...]]) -> bool:
    """Put the cells of plain sheet data into the grid; return False, with the grid empty, when it is not plain after all."""
    sheet = reading.sheet
    cells = sheet.cells
    hidden = set()
    strings, formats = reading.context.strings, reading.context.formats
    new = tuple.__new__  # twice as fast as the class
    for letters, digits, style, kind, written, text, about, other in tokens:
        if letters:
            if kind == "s" and not written and text.isdecimal() and int(text) < len(strings):  # two cells of three
                if value := strings[int(text)]:
                    column = COLUMNS.get(letters) or column_number(letters)
                    cells[int(digits), column] = new(Cell, (value, "", formats.get(style, GENERAL).code, None))
            elif text or written or kind == "str":
                row, column = int(digits), COLUMNS.get(letters) or column_number(letters)
                formula = _formula(reading, plain_formula(written), row, column) if written else None
                stored = unescape(text) if text or kind == "str" else None
                cell = _cell(reading, style, kind, stored, formula)
                if cell is not None:
                    cells[row, column] = cell
        elif about:
            if "hidden" in about or 'ht="0' in about:
                hidden.add(plain_hidden(about))
        elif other:
            cells.clear()
            reading.masters.clear()
            return False
    sheet.hidden_rows = frozenset(hidden - {0})
    return True


def _read_tree(reading: _Reading, block: Element) -> None:
    """Put the cells of a tree into the grid."""
    data = tree_data(block)
    try:
        for raw in data.cells:
            formula = None if raw.formula is None else _formula(reading, raw.formula, raw.row, raw.column)
            cell = _cell(reading, raw.style, raw.kind, raw.text, formula)
            if cell is not None:
                reading.sheet.cells[raw.row, raw.column] = cell
    except Malformed as error:
        raise reading.damaged(f"中的序号“{error}”无法识别") from error
    reading.sheet.hidden_rows = frozenset(data.hidden)


def _check_size(reading: _Reading) -> None:
    """Refuse a sheet with too many cells, or with a cell beyond the extent that a form can have."""
    cells = reading.sheet.cells
    reading.context.budget -= len(cells)
    if reading.context.budget < 0:
        raise refused(refusal.CELLS, reading.place, limit=limits.CELLS)
    for row, column in cells:
        if row > limits.ROWS or column > limits.COLUMNS or row < 1 or column < 1:
            place = Place(reading.place.file, reading.sheet.name, max(row, 1), max(column, 1))
            raise refused(refusal.EXTENT, place, cell=place.cell, rows=limits.ROWS, columns=limits.COLUMNS)


def _cell(reading: _Reading, style: str, kind: str, text: str | None, formula: str | None) -> Cell | None:
    """Return what a cell holds, None for a blank one."""
    shown = reading.context.formats.get(style, GENERAL)
    if text is None:
        value = None
    elif kind in NUMERIC:
        return _number(reading.context, text, shown, formula)
    else:
        value = _shared_string(reading, text) if kind == "s" else _typed(kind, text)
    if not value and value is not False and formula is None:
        return None
    return Cell(value, "", shown.code, formula)


def _number(context: Context, text: str, shown: Format, formula: str | None) -> Cell | None:
    """Return the cell of a stored number, as a date when its format shows one."""
    text = text.strip()
    try:
        value: float = int(text) if text.isdecimal() else float(text)
    except ValueError:
        stray = clean(text) or None
        return None if stray is None and formula is None else Cell(stray, "", shown.code, formula)
    if shown.is_date:
        moment = to_date(value, from_1904=context.from_1904)
        if moment is not None:
            return Cell(moment, text, shown.code, formula)
    return Cell(value, text, shown.code, formula)


def _typed(kind: str, text: str) -> str | bool | datetime | None:
    """Return the value of a cell that is neither a number nor a shared string."""
    if kind == "b":
        return text.strip().lower() not in FALSE
    if kind == "e":
        return ErrorValue(clean(text).strip())
    if kind == "d":
        return iso_date(text) or clean(text)
    return clean(text)


def _shared_string(reading: _Reading, text: str) -> str:
    """Return the shared string at an index."""
    try:
        index = int(text)
        if index >= 0:
            return reading.context.strings[index]
    except (ValueError, IndexError):
        pass
    raise reading.damaged(f"引用了不存在的字符串“{text[:20]}”")


def _formula(reading: _Reading, written: RawFormula, row: int, column: int) -> str:
    """Return the text of a formula without `=`; a dependent of a shared formula gets its master's, moved."""
    text = clean(written.text)
    if written.shared is None:
        return text
    if text:
        reading.masters[written.shared] = (text, row, column)
        return text
    master, master_row, master_column = reading.masters.get(written.shared, ("", row, column))
    return shift(master, row - master_row, column - master_column)


def _merge(reference: str) -> Merge | None:
    """Return the range that a reference names, None when it names none."""
    match = RANGE.fullmatch(reference)
    if match is None:
        return None
    left, top, right, bottom = match.groups()
    columns = sorted(COLUMNS.get(letters) or column_number(letters.upper()) for letters in (left, right or left))
    rows = sorted((int(top), int(bottom or top)))
    return Merge(rows[0], columns[0], rows[1], columns[1])


def _hidden_spans(block: Element) -> Iterator[tuple[int, int]]:
    """Yield the spans of hidden columns."""
    for item in block:
        first, last = item.get("min", "1"), item.get("max", "0")
        if is_hidden(item, "width") and first.isdecimal() and last.isdecimal():
            yield int(first), int(last)


def _within(spans: tuple[tuple[int, int], ...], sheet: Sheet) -> frozenset[int]:
    """Return the hidden columns as far as the sheet holds anything."""
    if not spans:
        return frozenset()
    last = max((column for _, column in sheet.cells), default=0)
    return frozenset(column for first, end in spans for column in range(first, min(end, last) + 1))


def iso_date(text: str) -> datetime | None:
    """Return an ISO 8601 date or moment as written, without its time zone, None when it is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=None)
