"""The records of an .xlsb package ([MS-XLSB]): every cell record becomes a cell, and one that is
not known is refused.

Some programs write the short cell records 12 to 18, which leave out the column where a cell follows
the one before it.
"""

import struct
from collections.abc import Iterator

from evalbatch.sheets import package
from evalbatch.sheets.book import ErrorValue, Merge
from evalbatch.sheets.looks import (
    BLACK,
    WHITE,
    Colour,
    Looks,
    from_index,
    from_theme,
    looks,
)
from evalbatch.sheets.number_formats import code_of
from evalbatch.sheets.package import PackageParts, refused
from evalbatch.sheets.relations import Relation, relations
from evalbatch.sheets.xls import (
    ERRORS,
    LEAST_TWIPS,
    LEAST_WIDTH,
    NO_FILL,
    SOLID,
    TWIPS,
    Marks,
    Stream,
    check_size,
    unpacked,
)

ROW, COLUMNS, MERGE = 0, 60, 176
BLANK, RK, ERROR, TRUTH, REAL, TEXT, SHARED_TEXT = range(1, 8)
TEXT_RESULT, NUMBER_RESULT, TRUTH_RESULT, ERROR_RESULT = range(8, 12)
SHORT = dict(zip(range(12, 19), range(BLANK, TEXT_RESULT), strict=True))
RICH_TEXT = 62
CELLS = frozenset({*range(BLANK, 19), RICH_TEXT})
RESULTS = {TEXT_RESULT: TEXT, NUMBER_RESULT: REAL, TRUTH_RESULT: TRUTH, ERROR_RESULT: ERROR}
KNOWN_BESIDES = frozenset(
    {ROW, 35, 36, 37, 38, 49, 50}
)  # rows, future and alternate content, metadata of cells
LAST_CELL_ID = (
    63  # ids below are those of cells, strings and styles; others between cells belong to formulas
)
BEGIN_DATA, END_DATA = 145, 146
STRING, PROPERTIES = 19, 153
FORMAT, XF, BEGIN_XFS, END_XFS, SHEET = 44, 47, 617, 618, 156
FONT, FILL = 43, 45
AUTOMATIC, INDEXED, RGB, THEMED = range(4)
WHOLE_TINT = 32767
ROW_HIDDEN = 0x10


def scan(parts: PackageParts, main: str) -> Stream:
    """Return what the records say, sheet by sheet in the order of the tabs.

    Raises:
        Refused: the package is broken or holds cells of an unknown kind (F01), or reaches too far
            (F08).
    """
    links = {link.id: link for link in relations(parts, main)}
    targets = {link.kind: link.part for link in links.values() if link.part in parts}
    try:
        book = parts.read(main)
        styles = parts.read(targets["styles"]) if "styles" in targets else b""
        formats, found = _formats(styles)
        strings = (
            _strings(parts.read(targets["sharedStrings"])) if "sharedStrings" in targets else []
        )
        marks = [_sheet(parts, part, tab, strings) for part, tab in _tabs(book, links)]
    except (struct.error, IndexError) as error:
        raise refused(package.DAMAGED, parts.place, detail="表格记录不完整") from error
    return Stream(
        formats,
        marks,
        from_1904=any(body[0] & 1 for kind, body in records(book) if kind == PROPERTIES),
        looks=found,
    )


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


def _tabs(content: bytes, links: dict[str, Relation]) -> Iterator[tuple[str, Marks]]:
    """Yield part, name and hidden state of each worksheet."""
    for kind, body in records(content):
        if kind == SHEET:
            link = links.get(_text(body, 8))
            if link is not None and link.kind == "worksheet":
                (length,) = struct.unpack_from("<I", body, 8)
                yield link.part, Marks(_text(body, 12 + 2 * length), hidden=body[0] != 0)


def _text(body: bytes, offset: int) -> str:
    """Return a text with its length in front."""
    (length,) = struct.unpack_from("<I", body, offset)
    return body[offset + 4 : offset + 4 + 2 * length].decode("utf-16-le", "replace")


def _strings(content: bytes) -> list[str]:
    """Return the shared strings, without their runs and phonetic guides."""
    return [_text(body, 1) for kind, body in records(content) if kind == STRING]


def _formats(content: bytes) -> tuple[list[str], list[Looks | None]]:
    """Return the number format code of every cell style, and how it hides its cells."""
    own: dict[int, str] = {}
    xfs: list[tuple[int, int, int]] = []
    fonts: list[tuple[float, Colour | None]] = []
    fills: list[Colour | None] = []
    inside = False
    for kind, body in records(content):
        if kind == FORMAT:
            number, length = struct.unpack_from("<HI", body)
            own[number] = body[6 : 6 + 2 * length].decode("utf-16-le", "replace")
        elif kind == FONT:
            fonts.append((struct.unpack_from("<H", body)[0] / TWIPS, _colour(body, 12, BLACK)))
        elif kind == FILL:
            fills.append(_ground(body))
        elif kind in {BEGIN_XFS, END_XFS}:
            inside = kind == BEGIN_XFS
        elif kind == XF and inside:
            xfs.append(struct.unpack_from("<3H", body, 2))
    codes = [code_of(number, own) for number, _, _ in xfs]
    return codes, [
        looks(fonts[font][1], fills[fill], fonts[font][0], code)
        if font < len(fonts) and fill < len(fills)
        else None
        for code, (_, font, fill) in zip(codes, xfs, strict=True)
    ]


def _ground(body: bytes) -> Colour | None:
    """Return the colour of a fill, None for a pattern of two."""
    (pattern,) = struct.unpack_from("<I", body)
    return WHITE if pattern == NO_FILL else _colour(body, 4, WHITE) if pattern == SOLID else None


def _colour(body: bytes, offset: int, automatic: Colour) -> Colour | None:
    """Return a colour ([MS-XLSB] 2.5.19), None when it is not known or cut off."""
    if len(body) < offset + 8:
        return None
    kind, index, tint, red, green, blue = struct.unpack_from("<BBhBBB", body, offset)
    if kind >> 1 == INDEXED:
        return from_index(index, {})
    if kind >> 1 == THEMED:
        return from_theme(index, tint / WHOLE_TINT)
    return (red, green, blue) if kind >> 1 == RGB else automatic


def _sheet(parts: PackageParts, part: str, marks: Marks, strings: list[str]) -> Marks:
    """Return what the records of one sheet say."""
    row, column, inside = 0, 0, False
    for kind, body in records(parts.read(part)):
        if kind in {BEGIN_DATA, END_DATA}:
            inside = kind == BEGIN_DATA
        elif not inside:
            _layout(marks, kind, body)
        elif kind == ROW:
            row, column = struct.unpack_from("<I", body)[0] + 1, 0
            if body[11] & ROW_HIDDEN or 0 < struct.unpack_from("<H", body, 8)[0] < LEAST_TWIPS:
                marks.hidden_rows.add(row)
        elif kind in CELLS:
            column = column + 1 if kind in SHORT else struct.unpack_from("<I", body)[0] + 1
            _cell(
                marks,
                SHORT.get(kind, kind),
                body if kind in SHORT else body[4:],
                (row, column),
                strings,
            )
        elif kind <= LAST_CELL_ID and kind not in KNOWN_BESIDES:
            raise refused(
                package.DAMAGED,
                parts.place,
                detail=f"工作表“{marks.name}”第{row}行有不认识的单元格记录（{kind}）",
            )
    check_size(marks.styles, parts.place)
    return marks


def _layout(marks: Marks, kind: int, body: bytes) -> None:
    """Mark a record that stands outside the cells: hidden columns and merges."""
    if kind == COLUMNS and (body[16] & 1 or struct.unpack_from("<I", body, 8)[0] < LEAST_WIDTH):
        first, last = struct.unpack_from("<II", body)
        marks.hidden_spans.append((first + 1, last + 1))
    elif kind == MERGE:
        top, bottom, left, right = struct.unpack_from("<4I", body)
        marks.merges.append(Merge(top + 1, left + 1, bottom + 1, right + 1))


def _cell(marks: Marks, kind: int, body: bytes, where: tuple[int, int], strings: list[str]) -> None:
    """Mark one cell from its style, which takes three bytes of four, and its value."""
    if kind == BLANK:
        return
    marks.styles[where] = struct.unpack_from("<I", body)[0] & 0xFFFFFF
    if kind in RESULTS:
        marks.formulas.add(where)
        kind = RESULTS[kind]
    if kind == RK:
        marks.numbers[where] = unpacked(struct.unpack_from("<I", body, 4)[0])
    elif kind == REAL:
        marks.numbers[where] = struct.unpack_from("<d", body, 4)[0]
    elif kind == TRUTH:
        marks.truths[where] = bool(body[4])
    elif kind == ERROR:
        marks.errors[where] = ErrorValue(ERRORS.get(body[4], "#N/A"))
    else:
        marks.texts[where] = _text_of(kind, body, strings)


def _text_of(kind: int, body: bytes, strings: list[str]) -> str:
    """Return the text of a cell: a shared string, or its own with or without a byte of flags in
    front.
    """
    if kind == SHARED_TEXT:
        (number,) = struct.unpack_from("<I", body, 4)
        return strings[int(number)]
    return _text(body, 5 if kind == RICH_TEXT else 4)
