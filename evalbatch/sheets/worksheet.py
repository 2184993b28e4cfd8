"""The shared strings of a workbook."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, TypeVar

from evalbatch.model.place import Place, column_letters
from evalbatch.sheets import package
from evalbatch.sheets.book import Cell, ErrorValue, Merge, Refused, Sheet
from evalbatch.sheets.looks import (
    BLACK,
    LEAST_CHARACTERS,
    LEAST_POINTS,
    WHITE,
    Colour,
    Looks,
    from_hex,
    from_index,
    from_theme,
    looks,
    mark,
)
from evalbatch.sheets.number_formats import code_of, shows_date, to_date
from evalbatch.sheets.package import PackageParts, refused
from evalbatch.sheets.xml import (
    Element,
    child,
    children,
    clean,
    is_unclean,
    kept,
    local,
    parse,
    parse_bytes,
    rich,
    runs,
    space,
    unescape,
)

HEAD = re.compile(rb"(?:<\?xml[^>]*\?>\s*)?<sst\b([^>]*)>")
COUNT = re.compile(rb"""[cC]ount=["']([^"']*)["']""")
# A plain item with its text, or a character of anything else.
PLAIN = re.compile(
    r'<si><t(?: xml:space="preserve")?+(?:/>|>([^<]*+)</t>)</si>[\r\n]*+|(.)', re.DOTALL
)
END = re.compile(rb"</sst>\s*\Z")


def read_strings(parts: PackageParts, part: str) -> list[str]:
    """Return the shared strings.

    A declared count that no workbook of ours could hold is taken for an attack on readers that
    believe it.

    Raises:
        Refused: the part is broken (F01), or hostile or too large (F08).
    """
    content = parts.read(part)
    head = HEAD.match(content.removeprefix(b"\xef\xbb\xbf"))
    for declared in COUNT.findall(head[1] if head else b""):
        if not declared.isdigit() or int(declared[:20]) > 10 * package.CELLS:
            raise refused(package.REFUSAL_CELLS, parts.place, limit=package.CELLS)
    plain = _plain(content, head) if head and len(content) < package.PLAIN_BYTES else None
    return (
        plain
        if plain is not None
        else [rich(item) for item in parse(parts, part) if local(item) == "si"]
    )


def _plain(content: bytes, head: re.Match[bytes]) -> list[str] | None:
    """Return the strings of a part in the plain form, None when it is not so written."""
    end = END.search(content)
    declaration = content[: head.start(1)].lower()
    if (
        end is None
        or content.startswith(b"\xef\xbb\xbf")
        or (b"encoding" in declaration and b"utf-8" not in declaration)
    ):
        return None
    try:
        body = content[head.end() : end.start()].decode("utf-8")
    except UnicodeDecodeError:
        return None
    items = PLAIN.findall(body)
    if any(other for _, other in items):
        return None
    if "&" not in body and not is_unclean(body):
        return [text for text, _ in items]
    return [clean(unescape(text)) for text, _ in items]


class Format(NamedTuple):
    """A number format: its code, and whether it shows a date."""

    code: str
    is_date: bool


@dataclass(frozen=True, slots=True)
class StoredStyles:
    """The cell styles of a workbook by their index as written in cells: number formats, and how
    some hide their cells.
    """

    formats: dict[str, Format] = field(default_factory=dict)
    looks: dict[str, Looks] = field(default_factory=dict)


class Font(NamedTuple):
    """A font: its colour, None when unknown, and its size in points."""

    colour: Colour | None
    points: float


T = TypeVar("T")
GENERAL = Format("General", is_date=False)
STYLES_PLAIN = Font(BLACK, 0)


def _styles(root: Element) -> StoredStyles:
    """Return the cell styles of a style part's tree."""
    own = {
        _id(item.get("numFmtId")): item.get("formatCode", "") for item in children(root, "numFmts")
    }
    block = child(root, "cellXfs")
    styles = [] if block is None else list(block.iterchildren(f"{space(block)}xf"))
    numbers = [_id(style.get("numFmtId")) for style in styles]
    known = {
        number: Format(code := code_of(number, own), shows_date(code)) for number in set(numbers)
    }
    formats = {str(index): known[number] for index, number in enumerate(numbers)}
    formats[""] = formats.get("0", GENERAL)
    return StoredStyles(formats, _looks(root, styles, formats))


read_styles = kept(_styles)


def _looks(
    root: Element, styles: Sequence[Element], formats: dict[str, Format]
) -> dict[str, Looks]:
    """Return the styles that hide their cells."""
    palette = _palette(root)
    fonts = [_font(item, palette) for item in children(root, "fonts")]
    grounds = [_ground(item, palette) for item in children(root, "fills")]
    found = {}
    for index, style in enumerate(styles):
        font = _at(fonts, style.get("fontId"), STYLES_PLAIN)
        ground = _at(grounds, style.get("fillId"), WHITE)
        hiding = looks(font.colour, ground, font.points, formats[str(index)].code)
        if hiding is not None:
            found[str(index)] = hiding
    return found


def _at(items: Sequence[T], number: str | None, default: T) -> T:
    place = _id(number)
    return items[place] if place < len(items) else default


def _palette(root: Element) -> dict[int, Colour]:
    """Return the workbook's own colours by their index."""
    block = child(root, "colors")
    own = [] if block is None else children(block, "indexedColors")
    colours = {index: from_hex(item.get("rgb", "")) for index, item in enumerate(own)}
    return {index: colour for index, colour in colours.items() if colour is not None}


def _font(item: Element, palette: dict[int, Colour]) -> Font:
    colour, size = child(item, "color"), child(item, "sz")
    return Font(
        BLACK if colour is None else _colour(colour, palette),
        0 if size is None else _decimal(size.get("val")),
    )


def _ground(item: Element, palette: dict[int, Colour]) -> Colour | None:
    """Return the colour behind a cell: white without a fill, None for a pattern."""
    pattern = child(item, "patternFill")
    kind = "" if pattern is None else pattern.get("patternType", "none")
    if kind == "none":
        return WHITE
    colour = None if pattern is None else child(pattern, "fgColor")
    return _colour(colour, palette) if kind == "solid" and colour is not None else None


def _colour(item: Element, palette: dict[int, Colour]) -> Colour | None:
    """Return a colour however it is given, None when it is not known."""
    if item.get("rgb"):
        return from_hex(item.get("rgb", ""))
    if item.get("theme"):
        return from_theme(_id(item.get("theme")), _decimal(item.get("tint")))
    return from_index(_id(item.get("indexed", "64")), palette)


def _decimal(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0


def _id(text: str | None) -> int:
    """Return an id, 0 when it is none."""
    return int(text) if text is not None and text.isdecimal() else 0


# A quoted string, a quoted sheet name, a function, a reference to a cell, to whole columns, to
# whole rows.
TOKEN = re.compile(
    r"""(?P<fixed>"[^"]*"|'[^']*'!?|[A-Za-z_\\][\w.]*\()
    |(?<![\w.$:])(?P<columns>\$?[A-Z]{1,3}:\$?[A-Z]{1,3})(?![\w.(!])
    |(?<![\w.$:])(?P<rows>\$?[0-9]{1,7}:\$?[0-9]{1,7})(?![\w.(])
    |(?<![\w.$])(?P<cell>\$?[A-Z]{1,3}\$?[1-9][0-9]{0,6})(?![\w.(!])""",
    re.VERBOSE,
)
PART = re.compile(r"(\$?)(?:([A-Z]+)|([0-9]+))")
LAST_ROW = 1 << 20
LAST_COLUMN = 1 << 14


def shift(formula: str, rows: int, columns: int) -> str:
    """Return a formula as it reads some rows down and columns to the right of where it was
    written.
    """

    def moved(match: re.Match[str]) -> str:
        return match[0] if match["fixed"] else _moved(match[0], rows, columns)

    return TOKEN.sub(moved, formula)


def _moved(reference: str, rows: int, columns: int) -> str:
    """Return a reference moved; `#REF!` when it leaves the sheet."""
    pieces = []
    for fixed, letters, digits in PART.findall(reference):
        place, limit = (column_number(letters), LAST_COLUMN) if letters else (int(digits), LAST_ROW)
        if not fixed:
            place += columns if letters else rows
        if not 1 <= place <= limit:
            return "#REF!"
        pieces.append(fixed + (column_letters(place) if letters else str(place)))
    return (":" if ":" in reference else "").join(pieces)


def column_number(letters: str) -> int:
    """Return the number of a column from its letters: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


FALSE = ("0", "false", "")
COLUMNS: dict[str, int] = {
    column_letters(number): number for number in range(1, package.COLUMNS + 1)
}
OPEN, CLOSE = b"<sheetData>", b"</sheetData>"
# Nothing is ever given back (?+, *+, ++), which takes a third off the time.
CELLS_PLAIN = re.compile(
    r"""(?:<c\ r="([A-Z]{1,3}+)([0-9]{1,7}+)"                    # column, row
        (?:\ s="([0-9]++)")?+(?:\ t="([a-z]{1,3}+)")?+          # style, type
        (?:\ ?+/>|>(<f[^<>]*+(?:(?<=/)>|>[^<]*+</f>))?+         # formula
            <v(?:>([^<]*+)</v>|\ ?+/>)</c>)                     # value
    |<row\ ([^<>]*+)>)                                          # attributes of a row
    (?:<c\ r="[A-Z]{1,3}+[0-9]{1,7}+"(?:\ s="[0-9]++")?+\ ?+/>)*+  # blank cells
        (?:</row>[\r\n]*+)?+                                    # to the end of the row
    |</row>[\r\n]*+
    |(.)                                                        # anything else""",
    re.VERBOSE | re.DOTALL,
)
FORMULA = re.compile(r"<f([^<>]*?)/?>([^<]*)")
ROW = re.compile(r'\br="([0-9]{1,7})"')
# Lower than LEAST_POINTS, and no customHeight: found by what it begins with.
TINY = re.compile(r'ht="(?<!\wht=")(?:[0-2]?\.[0-9]*|[0-2]?)"')
HIDDEN = re.compile(rf'\bhidden="(?!0"|false"|")|{TINY.pattern}')
ATTRIBUTE = re.compile(r'\s([\w:]+)="([^"]*)"')


class RawFormula(NamedTuple):
    """A formula element: its text and, when it is shared, the key of its group."""

    text: str
    shared: str | None


class RawCell(NamedTuple):
    """A cell element that is not blank: texts as stored, None where absent."""

    row: int
    column: int
    style: str
    kind: str
    text: str | None
    formula: RawFormula | None


class Malformed(Exception):  # noqa: N818 - an answer to the reader of the part, which knows the file's name
    """Sheet data with an address or a number that is none."""


class SheetData(NamedTuple):
    """The cells of a worksheet in file order, and its hidden rows (complete once the cells are
    read).
    """

    cells: Iterator[RawCell]
    hidden: set[int]


def plain_tokens(content: bytes) -> tuple[list[tuple[str, ...]], bytes] | None:
    """Return the tokens of sheet data (as PLAIN groups them) and the part without it, None when it
    is not plain.
    """
    start, end = content.find(OPEN), content.rfind(CLOSE)
    head = content[:200].lower()
    if start < 0 or end < start or (b"encoding" in head and b"utf-8" not in head):
        return None
    try:
        tokens = CELLS_PLAIN.findall(content[start + len(OPEN) : end].decode("utf-8"))
    except UnicodeDecodeError:
        return None
    return tokens, content[: start + len(OPEN)] + content[end:]


def plain_formula(written: str) -> RawFormula:
    """Return the formula of a token."""
    known = len(written) <= package.FORMULA_BYTES
    return _shared_formula(written) if known else _formula_of(written)


def _formula_of(written: str) -> RawFormula:
    if written.startswith("<f>"):
        return RawFormula(unescape(written[len("<f>") : -len("</f>")]), None)
    match = FORMULA.match(written)
    about, text = match.groups() if match else ("", "")
    if 't="shared"' not in about:
        return RawFormula(unescape(text), None)
    return RawFormula(unescape(text), dict(ATTRIBUTE.findall(about)).get("si"))


# Workbooks that are copies of one blank have most of their formulas in common.
_shared_formula = lru_cache(maxsize=package.SHARED_FORMULAS)(_formula_of)


def plain_hidden(row: str) -> int:
    """Return the number of a row that its attributes hide, else 0."""
    number = ROW.search(row)
    return int(number[1]) if number and HIDDEN.search(row) else 0


def tree_data(block: Element) -> SheetData:
    """Return the sheet data of a tree."""
    hidden: set[int] = set()
    return SheetData(_tree_cells(block, hidden), hidden)


def _tree_cells(block: Element, hidden: set[int]) -> Iterator[RawCell]:
    """Yield the cells of a tree; rows and cells without an address follow the one before."""
    prefix = space(block)
    number = 0
    for row in block.iterchildren(f"{prefix}row"):
        number = _whole(row.get("r"), number + 1)
        if is_hidden(row, "ht", LEAST_POINTS):
            hidden.add(number)
        column = 0
        for cell in row.iterchildren(f"{prefix}c"):
            raw = _tree_cell(cell, number, column + 1)
            column = raw.column
            if raw.text is not None or raw.formula is not None:
                yield raw


def _tree_cell(cell: Element, row: int, column: int) -> RawCell:
    """Return one cell of a tree."""
    address = cell.get("r")
    if address:
        letters = address.rstrip("0123456789")
        column = COLUMNS.get(letters) or column_number(letters.upper())
        row = _whole(address[len(letters) :], row)
    kind = cell.get("t", "n")
    text: str | None = None
    formula: RawFormula | None = None
    for node in cell:
        name = local(node)
        if name == "v":
            text = node.text or ("" if kind == "str" else None)
        elif name == "f":
            formula = RawFormula(
                node.text or "", node.get("si") if node.get("t") == "shared" else None
            )
        elif name == "is":
            text = runs(node)
    return RawCell(row, column, cell.get("s", ""), kind, text, formula)


def is_hidden(element: Element, size: str, least: float) -> bool:
    """Whether a row or column is hidden, by its flag or by a size of next to nothing."""
    if element.get("hidden", "0") not in FALSE:
        return True
    text = element.get(size)
    try:
        return text is not None and float(text or 0) < least
    except ValueError:
        return False


def _whole(text: str | None, default: int) -> int:
    """Return a whole number as written, the default when absent."""
    if text is None:
        return default
    try:
        return int(text)
    except ValueError as error:
        raise Malformed(text[:20]) from error


RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?", re.IGNORECASE)
# Blank formatted cells and rows, of which some programs write a million; only ever removed from
# large parts.
BLANK_CELL = re.compile(rb'<(?:\w+:)?c r="[A-Z]+[0-9]+"(?: s="[0-9]+")?(?: t="n")? ?/>')
BLANK_ROW = re.compile(
    rb'<((?:\w+:)?row) r="[0-9]+"(?: (?!hidden|r=)[\w:.]+="[^"]*")*(?: ?/>|>\s*</\1>)'
)
NUMERIC = ("n", "")  # the type of a number may be left out


@dataclass(slots=True)
class WorkbookContext:
    """What a worksheet needs from its workbook: strings, cell styles, the date system."""

    parts: PackageParts
    strings: list[str]
    styles: StoredStyles
    from_1904: bool
    budget: int = package.CELLS
    uncalculated: bool = False  # a formula without a stored value was met


class Frame(NamedTuple):
    """What a worksheet part holds besides plain cells: merges (None where a reference is no range)
    and spans of hidden columns.

    `data` are the cells when they are still to be read from the tree.
    """

    data: Element | None
    merges: tuple[Merge | None, ...]
    hidden: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class _Reading:
    """A worksheet being read."""

    context: WorkbookContext
    sheet: Sheet
    masters: dict[str, tuple[str, int, int]] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        return Place(self.context.parts.place.file, self.sheet.name)

    def damaged(self, detail: str) -> Refused:
        return refused(package.DAMAGED, self.place, detail=f"工作表“{self.sheet.name}”{detail}")


def read_sheet(context: WorkbookContext, part: str, name: str, *, hidden: bool) -> Sheet:
    """Return a worksheet part as a grid.

    Raises:
        Refused: the part is broken (F01) or larger than the limits (F08).
    """
    reading = _Reading(context, Sheet(name, hidden=hidden))
    frame = _open(reading, part)
    if frame.data is not None:
        _read_tree(reading, frame.data)
    _check_size(reading)
    if len(frame.merges) > package.MERGES:
        raise refused(package.REFUSAL_CELLS, reading.place, limit=package.MERGES)
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


# Of trees that workbooks have in common (xml.py).
_shared_frame = lru_cache(maxsize=package.SHARED_PARTS)(_frame)


def _open(reading: _Reading, part: str) -> Frame:
    """Read the sheet data at once when it is in the plain form; return what else the part holds."""
    parts = reading.context.parts
    content = parts.read(part)
    if len(content) < package.PLAIN_BYTES:
        plain = plain_tokens(content)
        if plain is not None and _read_plain(reading, plain[0]):
            root = parse_bytes(parts, part, plain[1])
            return _shared_frame(root) if len(plain[1]) <= package.SHARED_BYTES else _frame(root)
    elif b"<![CDATA[" not in content:
        content = BLANK_ROW.sub(b"", BLANK_CELL.sub(b"", content))
    return _frame(parse_bytes(parts, part, content))


def _read_plain(reading: _Reading, tokens: list[tuple[str, ...]]) -> bool:
    """Put the cells of plain sheet data into the grid; return False, with the grid empty, when it
    is not plain after all.
    """
    sheet = reading.sheet
    cells = sheet.cells
    hidden = set()
    strings, formats = reading.context.strings, reading.context.styles.formats
    for letters, digits, style, kind, written, text, about, other in tokens:
        if letters:
            if (
                kind == "s" and not written and text.isdecimal() and int(text) < len(strings)
            ):  # two cells of three
                if value := strings[int(text)]:
                    column = COLUMNS.get(letters) or column_number(letters)
                    cells[int(digits), column] = Cell(
                        value, "", formats.get(style, GENERAL).code, None
                    )
            elif text or written or kind == "str":
                row, column = int(digits), COLUMNS.get(letters) or column_number(letters)
                formula = (
                    _formula(reading, plain_formula(written), row, column) if written else None
                )
                stored = unescape(text) if text or kind == "str" else None
                cell = _cell(reading, style, kind, stored, formula)
                if cell is not None:
                    cells[row, column] = cell
        elif about:
            if "hidden" in about or TINY.search(about):
                hidden.add(plain_hidden(about))
        elif other:
            cells.clear()
            reading.masters.clear()
            return False
    sheet.hidden_rows = frozenset(hidden - {0})
    looks = reading.context.styles.looks
    mark(sheet, _hidden_by_looks(tokens, looks) if looks else ())
    return True


def _hidden_by_looks(
    tokens: list[tuple[str, ...]], looks: dict[str, Looks]
) -> Iterator[tuple[tuple[int, int], Looks]]:
    """Yield the cells that have a style which hides them."""
    for letters, digits, style, *_ in tokens:
        if letters and style in looks:
            yield (int(digits), COLUMNS.get(letters) or column_number(letters)), looks[style]


def _read_tree(reading: _Reading, block: Element) -> None:
    """Put the cells of a tree into the grid."""
    data, looks = tree_data(block), reading.context.styles.looks
    hidden: list[tuple[tuple[int, int], Looks]] = []
    try:
        for raw in data.cells:
            formula = (
                None if raw.formula is None else _formula(reading, raw.formula, raw.row, raw.column)
            )
            cell = _cell(reading, raw.style, raw.kind, raw.text, formula)
            if cell is not None:
                reading.sheet.cells[raw.row, raw.column] = cell
                if raw.style in looks:
                    hidden.append(((raw.row, raw.column), looks[raw.style]))
    except Malformed as error:
        raise reading.damaged(f"中的序号“{error}”无法识别") from error
    reading.sheet.hidden_rows = frozenset(data.hidden)
    mark(reading.sheet, hidden)


def _check_size(reading: _Reading) -> None:
    """Refuse a sheet with too many cells, or with a cell beyond the extent that a form can have."""
    cells = reading.sheet.cells
    reading.context.budget -= len(cells)
    if reading.context.budget < 0:
        raise refused(package.REFUSAL_CELLS, reading.place, limit=package.CELLS)
    for row, column in cells:
        if row > package.ROWS or column > package.COLUMNS or row < 1 or column < 1:
            place = Place(reading.place.file, reading.sheet.name, max(row, 1), max(column, 1))
            raise refused(
                package.EXTENT, place, cell=place.cell, rows=package.ROWS, columns=package.COLUMNS
            )


def _cell(
    reading: _Reading, style: str, kind: str, text: str | None, formula: str | None
) -> Cell | None:
    """Return what a cell holds, None for a blank one."""
    shown = reading.context.styles.formats.get(style, GENERAL)
    if text is None:
        value = None
    elif kind in NUMERIC:
        return _number(reading.context, text, shown, formula)
    else:
        value = _shared_string(reading, text) if kind == "s" else _typed(kind, text)
    if not value and value is not False and formula is None:
        return None
    reading.context.uncalculated |= value is None
    return Cell(value, "", shown.code, formula)


def _number(context: WorkbookContext, text: str, shown: Format, formula: str | None) -> Cell | None:
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
    """Return the text of a formula without `=`; a dependent of a shared formula gets its master's,
    moved.
    """
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
    columns = sorted(
        COLUMNS.get(letters) or column_number(letters.upper()) for letters in (left, right or left)
    )
    rows = sorted((int(top), int(bottom or top)))
    return Merge(rows[0], columns[0], rows[1], columns[1])


def _hidden_spans(block: Element) -> Iterator[tuple[int, int]]:
    """Yield the spans of hidden columns."""
    for item in block:
        first, last = item.get("min", "1"), item.get("max", "0")
        if is_hidden(item, "width", LEAST_CHARACTERS) and first.isdecimal() and last.isdecimal():
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
