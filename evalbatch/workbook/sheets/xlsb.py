"""What the records of an .xlsb package say that calamine does not ([MS-XLSB]): the same marks as for .xls."""

import struct
from collections.abc import Iterator

from evalbatch.workbook.grid import ErrorValue, Merge
from evalbatch.workbook.sheets import refusal
from evalbatch.workbook.sheets.biff import ERRORS, Marks, Stream, check_extent
from evalbatch.workbook.sheets.formats import code_of
from evalbatch.workbook.sheets.package import Relation, relations
from evalbatch.workbook.sheets.parts import Parts
from evalbatch.workbook.sheets.refusal import refused

ROW, COLUMNS, MERGE = 0, 60, 176
BLANK, LAST_CELL, ERROR_CELL, FIRST_FORMULA, ERROR_FORMULA = 1, 11, 3, 8, 11
FORMAT, XF, BEGIN_XFS, END_XFS, SHEET = 44, 47, 617, 618, 156
ROW_HIDDEN = 0x10


def scan(parts: Parts, main: str) -> Stream:
    """Return what the records say, sheet by sheet in the order of the tabs.

    Raises:
        Refused: the package is broken (F01) or reaches too far (F08).
    """
    links = {link.id: link for link in relations(parts, main)}
    try:
        styles = next((link.part for link in links.values() if link.kind == "styles" and link.part in parts), "")
        formats = _formats(parts.read(styles)) if styles else []
        marks = [_sheet(parts, part, hidden=hidden) for part, hidden in _tabs(parts.read(main), links)]
    except (struct.error, IndexError) as error:
        raise refused(refusal.DAMAGED, parts.place, detail="表格记录不完整") from error
    return Stream(formats, marks, from_1904=False)


def records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the records of a binary part; ids and sizes are stored in 7-bit groups."""
    offset = 0
    while offset < len(content):
        kind, offset = _group(content, offset, 2)
        size, offset = _group(content, offset, 4)
        yield kind, content[offset : offset + size]
        offset += size


def _group(content: bytes, offset: int, most: int) -> tuple[int, int]:
    """Return a number stored in 7-bit groups, and where it ends."""
    number = 0
    for index in range(most):
        byte = content[offset]
        offset += 1
        number |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            break
    return number, offset


def _tabs(content: bytes, links: dict[str, Relation]) -> Iterator[tuple[str, bool]]:
    """Yield part and hidden state of each worksheet."""
    for kind, body in records(content):
        if kind == SHEET:
            (length,) = struct.unpack_from("<I", body, 8)
            link = links.get(body[12 : 12 + 2 * length].decode("utf-16-le", "replace"))
            if link is not None and link.kind == "worksheet":
                yield link.part, body[0] != 0


def _formats(content: bytes) -> list[str]:
    """Return the number format code of every cell style."""
    own: dict[int, str] = {}
    numbers: list[int] = []
    inside = False
    for kind, body in records(content):
        if kind == FORMAT:
            number, length = struct.unpack_from("<HI", body)
            own[number] = body[6 : 6 + 2 * length].decode("utf-16-le", "replace")
        elif kind in {BEGIN_XFS, END_XFS}:
            inside = kind == BEGIN_XFS
        elif kind == XF and inside:
            numbers.append(struct.unpack_from("<H", body, 2)[0])
    return [code_of(number, own) for number in numbers]


def _sheet(parts: Parts, part: str, *, hidden: bool) -> Marks:
    """Return what the records of one sheet say."""
    marks = Marks(hidden)
    row = 0
    for kind, body in records(parts.read(part)):
        if kind == ROW:
            row = struct.unpack_from("<I", body)[0] + 1
            if body[11] & ROW_HIDDEN:
                marks.hidden_rows.add(row)
        elif BLANK < kind <= LAST_CELL:
            _cell(marks, kind, body, row)
        elif kind == COLUMNS and body[16] & 1:
            first, last = struct.unpack_from("<II", body)
            marks.hidden_spans.append((first + 1, last + 1))
        elif kind == MERGE:
            top, bottom, left, right = struct.unpack_from("<4I", body)
            marks.merges.append(Merge(top + 1, left + 1, bottom + 1, right + 1))
    check_extent(marks.styles, parts.place)
    return marks


def _cell(marks: Marks, kind: int, body: bytes, row: int) -> None:
    """Mark one cell record: its column, its style in three bytes, and for an error its code."""
    column, style = struct.unpack_from("<II", body)
    where = (row, column + 1)
    marks.styles[where] = style & 0xFFFFFF
    if kind >= FIRST_FORMULA:
        marks.formulas.add(where)
    if kind in {ERROR_CELL, ERROR_FORMULA}:
        marks.errors[where] = ErrorValue(ERRORS.get(body[8], "#N/A"))
