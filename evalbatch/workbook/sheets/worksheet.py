"""One worksheet part as a grid."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from evalbatch.model.place import Place, column_letters
from evalbatch.workbook.grid import Cell, ErrorValue, Merge, Refused, Sheet
from evalbatch.workbook.sheets import limits, refusal
from evalbatch.workbook.sheets.formats import shows_date, to_date
from evalbatch.workbook.sheets.formula import column_number, shift
from evalbatch.workbook.sheets.markup import Element, local, parse_bytes, space
from evalbatch.workbook.sheets.parts import Parts
from evalbatch.workbook.sheets.refusal import refused
from evalbatch.workbook.sheets.text import clean, rich

RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?", re.IGNORECASE)
# Blank formatted cells and rows, of which some programs write a million; only ever removed from large parts.
BLANK_CELL = re.compile(rb'<(?:\w+:)?c r="[A-Z]+[0-9]+"(?: s="[0-9]+")?(?: t="n")? ?/>')
BLANK_ROW = re.compile(rb'<((?:\w+:)?row) r="[0-9]+"(?: (?!hidden|r=)[\w:.]+="[^"]*")*(?: ?/>|>\s*</\1>)')
LARGE = 2 * limits.MEGABYTE
COLUMNS: dict[str, int] = {column_letters(number): number for number in range(1, limits.COLUMNS + 1)}
FALSE = ("0", "false", "")


@dataclass(slots=True)
class Context:
    """What a worksheet needs from its workbook: strings, the format code of each style, the date system."""

    parts: Parts
    strings: list[str]
    formats: list[str]
    from_1904: bool
    budget: int = limits.CELLS


@dataclass(slots=True)
class _Reading:
    """A worksheet being read."""

    context: Context
    sheet: Sheet
    shared: dict[str, tuple[str, int, int]] = field(default_factory=dict)

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
    sheet = Sheet(name, hidden=hidden)
    content = context.parts.read(part)
    if len(content) > LARGE and b"<![CDATA[" not in content:
        content = BLANK_ROW.sub(b"", BLANK_CELL.sub(b"", content))
    root = parse_bytes(context.parts, part, content)
    reading = _Reading(context, sheet)
    columns: list[tuple[int, int]] = []
    for block in root:
        kind = local(block)
        if kind == "sheetData":
            _read_rows(reading, block)
        elif kind == "cols":
            columns = list(_hidden_spans(block))
        elif kind == "mergeCells":
            sheet.merges = list(_merges(reading, block))
    sheet.hidden_columns = _within(columns, sheet)
    return sheet


def _read_rows(reading: _Reading, data: Element) -> None:
    """Read every row of the sheet data."""
    prefix = space(data)
    row_tag, cell_tag = f"{prefix}row", f"{prefix}c"
    hidden = []
    number = 0
    for row in data:
        if row.tag != row_tag:
            continue
        number = _integer(reading, row.get("r"), number + 1)
        if _is_hidden(row, "ht"):
            hidden.append(number)
        column = 0
        for cell in row:
            if cell.tag == cell_tag:
                column = _read_cell(reading, cell, number, column + 1)
    reading.sheet.hidden_rows = frozenset(hidden)


def _read_cell(reading: _Reading, cell: Element, row: int, column: int) -> int:
    """Read one cell into the grid; return its column."""
    address = cell.get("r")
    if address:
        letters = address.rstrip("0123456789")
        column = COLUMNS.get(letters) or column_number(letters.upper())
    if not len(cell):
        return column
    if address:
        row = _integer(reading, address[len(letters) :], row)
    value = _cell_value(reading, cell, row, column)
    if value is not None:
        _keep(reading, row, column, value)
    return column


def _keep(reading: _Reading, row: int, column: int, cell: Cell) -> None:
    """Put a cell into the grid, within the limits."""
    if row > limits.ROWS or column > limits.COLUMNS or row < 1 or column < 1:
        place = Place(reading.place.file, reading.sheet.name, max(row, 1), max(column, 1))
        raise refused(refusal.EXTENT, place, cell=place.cell, rows=limits.ROWS, columns=limits.COLUMNS)
    reading.context.budget -= 1
    if reading.context.budget < 0:
        raise refused(refusal.CELLS, reading.place, limit=limits.CELLS)
    reading.sheet.cells[row, column] = cell


def _cell_value(reading: _Reading, cell: Element, row: int, column: int) -> Cell | None:
    """Return what a cell holds, None for a blank one."""
    context = reading.context
    style = cell.get("s")
    code = "General" if style is None else _format(context, style)
    text: str | None = None
    formula: str | None = None
    for node in cell:
        kind = local(node)
        if kind == "v":
            text = node.text
            if text is None and cell.get("t") == "str":
                text = ""
        elif kind == "f":
            formula = _formula(reading, node, row, column)
        elif kind == "is":
            text = rich(node)
    if text is None:
        return None if formula is None else Cell(None, "", code, formula)
    kind = cell.get("t", "n")
    if kind == "n":
        return _number(reading, text.strip(), code, formula)
    value = _typed(reading, kind, text)
    if value is None or (value == "" and formula is None):
        return None if formula is None else Cell(None, "", code, formula)
    return Cell(value, "", code, formula)


def _number(reading: _Reading, text: str, code: str, formula: str | None) -> Cell | None:
    """Return the cell of a stored number, as a date when its format shows one."""
    if not text:
        return None if formula is None else Cell(None, "", code, formula)
    try:
        value: float = float(text) if "." in text or "e" in text.lower() else int(text)
    except ValueError:
        return Cell(clean(text), "", code, formula)
    if code != "General" and shows_date(code):
        moment = to_date(value, from_1904=reading.context.from_1904)
        if moment is not None:
            return Cell(moment, text, code, formula)
    return Cell(value, text, code, formula)


def _typed(reading: _Reading, kind: str, text: str) -> str | bool | datetime | None:
    """Return the value of a cell that is not a number."""
    if kind == "s":
        return _shared_string(reading, text)
    if kind == "b":
        return text.strip().lower() not in FALSE
    if kind == "e":
        return ErrorValue(clean(text).strip())
    if kind == "d":
        return iso_date(text) or clean(text)
    return clean(text)


def _shared_string(reading: _Reading, text: str) -> str | None:
    """Return the shared string at an index."""
    strings = reading.context.strings
    index = _integer(reading, text.strip(), -1)
    if not 0 <= index < len(strings):
        raise reading.damaged(f"引用了不存在的第 {index} 个字符串")
    return strings[index]


def _formula(reading: _Reading, node: Element, row: int, column: int) -> str:
    """Return the text of a formula without `=`; a dependent of a shared formula gets its master's, moved."""
    text = clean(node.text or "")
    key = node.get("si")
    if node.get("t") != "shared" or key is None:
        return text
    if text:
        reading.shared[key] = (text, row, column)
        return text
    master, master_row, master_column = reading.shared.get(key, ("", row, column))
    return shift(master, row - master_row, column - master_column)


def _merges(reading: _Reading, block: Element) -> Iterator[Merge]:
    """Yield the merged ranges."""
    if len(block) > limits.MERGES:
        raise refused(refusal.CELLS, reading.place, limit=limits.MERGES)
    for item in block:
        match = RANGE.fullmatch(item.get("ref", ""))
        if match is None:
            raise reading.damaged("的合并区域无法识别")
        left, top, right, bottom = match.groups()
        columns = (column_number(left.upper()), column_number((right or left).upper()))
        rows = (int(top), int(bottom or top))
        yield Merge(min(rows), min(columns), max(rows), max(columns))


def _hidden_spans(block: Element) -> Iterator[tuple[int, int]]:
    """Yield the spans of hidden columns."""
    for item in block:
        if _is_hidden(item, "width"):
            yield int(item.get("min", "1")), int(item.get("max", "0"))


def _within(spans: list[tuple[int, int]], sheet: Sheet) -> frozenset[int]:
    """Return the hidden columns as far as the sheet holds anything."""
    if not spans:
        return frozenset()
    last = max((column for _, column in sheet.cells), default=0)
    return frozenset(column for first, end in spans for column in range(first, min(end, last) + 1))


def _is_hidden(element: Element, size: str) -> bool:
    """Whether a row or column is hidden, by its flag or by a size of nothing."""
    if element.get("hidden", "0") not in FALSE:
        return True
    text = element.get(size)
    return text is not None and text.strip("0.") == ""


def _format(context: Context, style: str) -> str:
    """Return the format code of a style index, General when there is no such style."""
    try:
        return context.formats[int(style)]
    except (ValueError, IndexError):
        return "General"


def _integer(reading: _Reading, text: str | None, default: int) -> int:
    """Return a whole number as written, the default when absent."""
    if text is None:
        return default
    try:
        return int(text)
    except ValueError as error:
        raise reading.damaged(f"中的序号“{text[:20]}”无法识别") from error


def iso_date(text: str) -> datetime | None:
    """Return an ISO 8601 date or moment as naive UTC or local time, None when it is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=None)
