"""Compound files (OLE): the container of .xls and of encrypted workbooks, read with every chain
checked for loops.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from evalbatch.model.place import Place
from evalbatch.sheets import package
from evalbatch.sheets.book import ErrorValue, Merge, Refused
from evalbatch.sheets.looks import WHITE, Colour, Looks, from_index, looks
from evalbatch.sheets.number_formats import code_of
from evalbatch.sheets.package import refused

SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")
HEADER = struct.Struct("<8s16x5H6x9I")
LAST_REGULAR = 0xFFFFFFF9
DIFAT_IN_HEADER = 109
SHIFTS, MINI_SHIFT = (9, 12), 6  # sectors of 512 or 4096 bytes, small ones of 64


class StreamEntry(NamedTuple):
    """A stream of the file: where it starts and how long it is."""

    name: str
    start: int
    size: int


class CompoundFile:
    """The streams of a compound file by name.

    Raises:
        Refused: the file is damaged (F01) or its chains loop (F08).
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.data = data
        self.place = Place(name)
        try:
            fields = HEADER.unpack_from(data)
            self.shift = fields[4]
            if self.shift not in SHIFTS or fields[5] != MINI_SHIFT:
                raise self.damaged()
            directory, _, self.mini_limit, mini_start, _, difat_start = fields[8:14]
            self.fat = self._fat(difat_start)
            content = self._chain(directory)
            self.entries = list(_entries(content))
            self.mini_fat = _words(self._chain(mini_start))
        except (struct.error, IndexError) as error:
            raise self.damaged() from error

    def damaged(self) -> Refused:
        """Return the refusal of a container that does not hold together."""
        return refused(package.DAMAGED, self.place, detail="文件内部结构不完整")

    @property
    def names(self) -> set[str]:
        """The names of all streams and storages, lower case."""
        return {entry.name.lower() for entry in self.entries}

    def read(self, *names: str) -> bytes | None:
        """Return the content of the stream with the first of these names that there is, None when
        there is none.

        Raises:
            Refused: its chain is broken (F01) or loops (F08).
        """
        known = {entry.name.lower(): entry for entry in reversed(self.entries)}
        entry = next((known[name.lower()] for name in names if name.lower() in known), None)
        if entry is None:
            return None
        if entry.size >= self.mini_limit:
            return self._chain(entry.start)[: entry.size]
        small = self._chain(self.entries[0].start)
        pieces = (
            small[number << MINI_SHIFT : (number + 1) << MINI_SHIFT]
            for number in self._walk(entry.start, self.mini_fat)
        )
        return b"".join(pieces)[: entry.size]

    def _sector(self, number: int) -> bytes:
        start = (number + 1) << self.shift
        return self.data[start : start + (1 << self.shift)]

    def _chain(self, start: int) -> bytes:
        """Return the sectors of a chain, joined."""
        return b"".join(map(self._sector, self._walk(start, self.fat)))

    def _walk(self, start: int, table: list[int]) -> Iterator[int]:
        """Yield the sector numbers of a chain; it can be no longer than its table."""
        steps = 0
        while start <= LAST_REGULAR:
            if steps > len(table):
                raise refused(package.LOOP, self.place)
            if start >= len(table):
                raise self.damaged()
            yield start
            start = table[start]
            steps += 1

    def _fat(self, difat_start: int) -> list[int]:
        """Return the sector allocation table."""
        sectors = list(struct.unpack_from(f"<{DIFAT_IN_HEADER}I", self.data, 76))
        seen: set[int] = set()
        while difat_start <= LAST_REGULAR:
            if difat_start in seen:
                raise refused(package.LOOP, self.place)
            seen.add(difat_start)
            *more, difat_start = _words(self._sector(difat_start)) or [LAST_REGULAR + 1]
            sectors.extend(more)
        used = [number for number in sectors if number <= LAST_REGULAR]
        if len(used) > len(self.data) >> self.shift:
            raise refused(package.LOOP, self.place)
        return _words(b"".join(map(self._sector, used)))


def _words(content: bytes) -> list[int]:
    """Return little-endian 32-bit numbers."""
    count = len(content) // 4
    return list(struct.unpack_from(f"<{count}I", content))


def _entries(directory: bytes) -> Iterator[StreamEntry]:
    """Yield the entries of the directory."""
    for offset in range(0, len(directory) - 127, 128):
        name = directory[offset : offset + 64]
        (length,) = struct.unpack_from("<H", directory, offset + 64)
        start, size = struct.unpack_from("<II", directory, offset + 116)
        text = name[: max(length - 2, 0)].decode("utf-16-le", "replace")
        if text:
            yield StreamEntry(text, start, size)


FILEPASS, XF, FORMAT, BOUNDSHEET, DATEMODE = 0x2F, 0xE0, 0x41E, 0x85, 0x22
FONT, PALETTE = 0x31, 0x92
ROW, COLINFO, MERGED, FORMULA = 0x208, 0x7D, 0xE5, 0x06
BOOLERR, MULRK, EOF = 0x205, 0xBD, 0x0A
BEGIN = frozenset({0x09, 0x209, 0x409, 0x809})  # of a substream, by the versions of the format
NUMBER, RK, LABELSST, LABEL, RSTRING = 0x203, 0x27E, 0xFD, 0x204, 0xD6
TEXTS = frozenset({LABELSST, LABEL, RSTRING})
CELLS = frozenset({NUMBER, RK, FORMULA, BOOLERR}) | TEXTS
ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
ROW_HIDDEN = 0x20
TWIPS = 20  # of a point
LEAST_TWIPS = 60  # lower rows and narrower columns (in 256ths of a character) are a hair's breadth
LEAST_WIDTH = 128
WORKSHEET = 0
NO_FONT = 4  # the index that no font has: the fifth font is number 5
FIRST_OWN_COLOUR = 8  # of a palette that a workbook brings along
NO_FILL, SOLID = 0, 1
NO_NUMBER = b"\xff\xff"  # at the end of a formula's result that is none; [MS-XLS] 2.5.133
TEXT_RESULT, TRUTH_RESULT, ERROR_RESULT, EMPTY_RESULT = 0, 1, 2, 3
RK_HUNDREDTH, RK_WHOLE = 1, 2  # [MS-XLS] 2.5.217


@dataclass(slots=True)
class Marks:
    """What is known of one sheet by (row, column), counted from 1; `texts` are those that are
    known, or None where one stands.
    """

    name: str = ""
    hidden: bool = False
    styles: dict[tuple[int, int], int] = field(default_factory=dict)
    numbers: dict[tuple[int, int], float] = field(default_factory=dict)
    truths: dict[tuple[int, int], bool] = field(default_factory=dict)
    texts: dict[tuple[int, int], str | None] = field(default_factory=dict)
    formulas: set[tuple[int, int]] = field(default_factory=set)
    errors: dict[tuple[int, int], ErrorValue] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_spans: list[tuple[int, int]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)


@dataclass(slots=True)
class Stream:
    """What is known of the whole stream: the format code of each style and how it hides its cells,
    and the sheets in order.
    """

    formats: list[str]
    sheets: list[Marks]
    from_1904: bool
    looks: list[Looks | None] = field(default_factory=list)


def scan(stream: bytes, place: Place) -> Stream:
    """Return what the records say.

    Raises:
        Refused: the stream is encrypted (F02), broken (F01) or reaches too far (F08).
    """
    own: dict[int, str] = {}
    xfs: list[bytes] = []
    fonts: list[bytes] = []
    colours: dict[int, Colour] = {}
    sheets: list[tuple[int, int]] = []
    from_1904 = False
    biff8 = stream[4:6] == b"\0\6"
    try:
        for kind, body in records(stream, 0):
            if kind == FILEPASS:
                raise refused(package.ENCRYPTED, place)
            if kind == XF:
                xfs.append(body)
            elif kind == FONT:
                fonts.append(body)
            elif kind == PALETTE:
                colours = _palette(body)
            elif kind == FORMAT:
                own[struct.unpack_from("<H", body)[0]] = _text(body[2:], wide_count=biff8)
            elif kind == DATEMODE:
                from_1904 = body[:1] == b"\1"
            elif kind == BOUNDSHEET and body[5] == WORKSHEET:
                sheets.append((struct.unpack_from("<I", body)[0], body[4] & 3))
        marks = [_sheet(stream, place, offset, hidden=bool(state)) for offset, state in sheets]
        codes = [code_of(struct.unpack_from("<H", body, 2)[0], own) for body in xfs]
    except (struct.error, IndexError) as error:
        raise refused(package.DAMAGED, place, detail="表格记录不完整") from error
    found = [_looks(body, code, fonts, colours) for body, code in zip(xfs, codes, strict=True)]
    return Stream(codes, marks, from_1904, found if biff8 else [])


def _palette(body: bytes) -> dict[int, Colour]:
    """Return the colours that a workbook brings along, by their index."""
    (count,) = struct.unpack_from("<H", body)
    colours = (struct.unpack_from("<3B", body, 2 + 4 * index) for index in range(count))
    return {
        FIRST_OWN_COLOUR + at: (red, green, blue) for at, (red, green, blue) in enumerate(colours)
    }


def _looks(body: bytes, code: str, fonts: list[bytes], colours: dict[int, Colour]) -> Looks | None:
    """Return how a style hides its cells; None where it does not, or is cut off ([MS-XLS] 2.4.353,
    2.4.122).
    """
    try:
        (number,) = struct.unpack_from("<H", body)
        height, _, ink = struct.unpack_from("<3H", fonts[number - (number > NO_FONT)])
        (pattern,) = struct.unpack_from("<I", body, 14)
        (ground,) = struct.unpack_from("<H", body, 18)
    except (struct.error, IndexError):
        return None
    fill = pattern >> 26
    grounds = {NO_FILL: WHITE, SOLID: from_index(ground & 0x7F, colours)}
    return looks(from_index(ink, colours), grounds.get(fill), height / TWIPS, code)


def records(stream: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of a substream up to its end, without those of the charts that lie as
    substreams within it.
    """
    depth = 0
    while offset + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, offset)
        depth += kind in BEGIN
        if depth <= 1:
            yield kind, stream[offset + 4 : offset + 4 + size]
        offset += 4 + size
        depth -= kind == EOF
        if kind == EOF and depth <= 0:
            return


def _sheet(stream: bytes, place: Place, offset: int, *, hidden: bool) -> Marks:
    """Return what the records of one sheet say."""
    marks = Marks(hidden=hidden)
    for kind, body in records(stream, offset):
        if kind in CELLS:
            _cell(marks, kind, body)
        elif kind == MULRK:
            row, first = struct.unpack_from("<HH", body)
            for index in range((len(body) - 6) // 6):
                where = (row + 1, first + index + 1)
                marks.styles[where], packed = struct.unpack_from("<HI", body, 4 + 6 * index)
                marks.numbers[where] = unpacked(packed)
        elif kind == ROW and (
            struct.unpack_from("<I", body, 12)[0] & ROW_HIDDEN
            or 0 < struct.unpack_from("<H", body, 6)[0] & 0x7FFF < LEAST_TWIPS
        ):
            marks.hidden_rows.add(struct.unpack_from("<H", body)[0] + 1)
        elif kind == COLINFO and (
            body[8] & 1 or struct.unpack_from("<H", body, 4)[0] < LEAST_WIDTH
        ):
            first, last = struct.unpack_from("<HH", body)
            marks.hidden_spans.append((first + 1, last + 1))
        elif kind == MERGED:
            for index in range(struct.unpack_from("<H", body)[0]):
                top, bottom, left, right = struct.unpack_from("<4H", body, 2 + 8 * index)
                marks.merges.append(Merge(top + 1, left + 1, bottom + 1, right + 1))
    check_size(marks.styles, place)
    return marks


def _cell(marks: Marks, kind: int, body: bytes) -> None:
    """Mark one cell record."""
    row, column, style = struct.unpack_from("<3H", body)
    where = (row + 1, column + 1)
    marks.styles[where] = style
    if kind in TEXTS:
        marks.texts[where] = None
    elif kind == RK:
        marks.numbers[where] = unpacked(struct.unpack_from("<I", body, 6)[0])
    elif kind == BOOLERR:
        _truth_or_error(marks, where, body[6], error=bool(body[7]))
    elif kind == FORMULA:
        marks.formulas.add(where)
        _result(marks, where, body)
    else:
        marks.numbers[where] = struct.unpack_from("<d", body, 6)[0]


def _result(marks: Marks, where: tuple[int, int], body: bytes) -> None:
    """Mark the stored result of a formula."""
    if body[12:14] != NO_NUMBER:
        marks.numbers[where] = struct.unpack_from("<d", body, 6)[0]
    elif body[6] in {TRUTH_RESULT, ERROR_RESULT}:
        _truth_or_error(marks, where, body[8], error=body[6] == ERROR_RESULT)
    else:
        marks.texts[where] = "" if body[6] == EMPTY_RESULT else None


def _truth_or_error(marks: Marks, where: tuple[int, int], code: int, *, error: bool) -> None:
    if error:
        marks.errors[where] = ErrorValue(ERRORS.get(code, "#N/A"))
    else:
        marks.truths[where] = bool(code)


def unpacked(packed: int) -> float:
    """Return the number of an RK value: the upper 30 bits of a double, or a whole number of 30
    bits; perhaps in hundredths.
    """
    if packed & RK_WHOLE:
        number: float = (packed >> 2) - (1 << 30 if packed & 1 << 31 else 0)
    else:
        number = struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))[0]
    return number / 100 if packed & RK_HUNDREDTH else number


def check_size(cells: dict[tuple[int, int], int], place: Place) -> None:
    """Refuse a sheet whose cells lie so far apart that the rectangle around them is larger than a
    form can be.
    """
    if len(cells) > package.CELLS:
        raise refused(package.REFUSAL_CELLS, place, limit=package.CELLS)
    if not cells:
        return
    last_row, last_column = max(row for row, _ in cells), max(column for _, column in cells)
    if last_row * last_column > package.RECTANGLE:
        where = Place(place.file, "", last_row, last_column).cell
        raise refused(package.EXTENT, place, cell=where, rows=package.ROWS, columns=package.COLUMNS)


def _text(body: bytes, *, wide_count: bool) -> str:
    """Return a format code: in BIFF8 with a 16-bit length and a flag for wide characters, before
    with an 8-bit length.
    """
    if not wide_count:
        return body[1:].decode("latin-1")
    length = int.from_bytes(body[:2], "little")
    if body[2:3] == b"\1":
        return body[3 : 3 + 2 * length].decode("utf-16-le", "replace")
    return body[3 : 3 + length].decode("latin-1")
