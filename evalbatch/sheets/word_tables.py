"""The tables of a Word document (.docx) as sheets 表1, 表2 …, each with the lines of text that
stand around it.

Rows and columns are those of the table's grid, counted from 1, so that a finding can say 表1
第5行第3列. Lines above a table (its title, 单位：万元) stand in the rows -1, -2 … upwards, lines
under the last one from row BELOW on (model/place.py): a person reads them with the table, and so
does the reader of forms.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple

from evalbatch.model.finding import Observation
from evalbatch.model.place import BELOW
from evalbatch.sheets import package
from evalbatch.sheets.book import FIRST_HEADERS, TITLE, Book, Cell, Merge, Sheet
from evalbatch.sheets.package import PackageParts, refused
from evalbatch.sheets.relations import relations
from evalbatch.sheets.xml import Element, child, clean, local, parse

#: What a reader does not see: deleted and moved text, fields' instructions, the second version of a
#: drawing.
_UNSEEN: Final = frozenset({"del", "moveFrom", "instrText", "delText", "Fallback", "rPr", "pPr"})
_WRAPPERS: Final = frozenset(
    {"sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo", "AlternateContent", "Choice"}
)
_BREAKS: Final = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
#: Ticks and boxes of the symbol fonts (Wingdings, Wingdings 2), by their codes.
_SYMBOLS: Final = {
    0xFE: "☑",
    0xFD: "☒",
    0xA8: "□",
    0x6F: "□",
    0xFC: "√",
    0x52: "☑",
    0x54: "☒",
    0x53: "☒",
    0x50: "√",
    0xA3: "□",
}
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,14}|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d+)?")
_WHITE: Final = "FFFFFF"
_MOST_LINES: Final = 40  # of text above or under a table
_CONTINUED: Final = ("续表", "(续)", "（续）", "续上表")


def read_document(parts: PackageParts, main: str) -> Book:
    """Return the tables of a document, one sheet each; tables with no text between them are one.

    Raises:
        Refused: the document is broken (F01), holds no table (F12), or more than a form can have
            (F08).
    """
    body = child(parse(parts, main), "body")
    sheets = [grid.sheet for grid in _grids(() if body is None else body)]
    if not sheets:
        raise refused(package.DOCUMENT, parts.place, kind="Word 文档")
    if sum(len(sheet.cells) for sheet in sheets) > package.CELLS:
        raise refused(package.REFUSAL_CELLS, parts.place, limit=package.CELLS)
    book = Book("docx", sheets, modified=_modified(parts))
    if any("vbaproject" in part for part in parts.names):
        book.observations.append(Observation("F09", (parts.place,), found="宏", variant="macros"))
    return book


class _Line(NamedTuple):
    """A line of text outside the tables, and the paragraph that it stands in."""

    text: str
    paragraph: Element


@dataclass(slots=True)
class _Grid:
    """A sheet being made of one table or several that follow each other.

    `areas` are its cells by their upper left corners, `elements` what stands in the document for
    each of them.
    """

    sheet: Sheet
    elements: dict[tuple[int, int], Element] = field(default_factory=dict)
    areas: dict[tuple[int, int], Merge] = field(default_factory=dict)
    last_row: int = 0

    def above(self, lines: Sequence[_Line]) -> None:
        """Put lines of text above the table, the nearest one in row -1."""
        for row, line in enumerate(reversed(lines[-_MOST_LINES:]), 1):
            self._line(-row, line)

    def below(self, lines: Sequence[_Line]) -> None:
        """Put lines of text under the table."""
        for row, line in enumerate(lines[:_MOST_LINES], BELOW):
            self._line(row, line)

    def _line(self, row: int, line: _Line) -> None:
        self.sheet.cells[row, 1] = Cell(line.text)
        self.elements[row, 1] = line.paragraph

    def add(self, table: Element) -> None:
        """Add the rows of a table under what is there."""
        above: dict[int, tuple[int, int]] = {}
        for row, item in enumerate(_inside(table, "tr"), self.last_row + 1):
            above = self._row(row, item, above)
            self.last_row = row

    def merges(self) -> list[Merge]:
        """Return the areas of more than one cell."""
        return [
            area for area in self.areas.values() if area.top < area.bottom or area.left < area.right
        ]

    def _row(
        self, row: int, item: Element, above: dict[int, tuple[int, int]]
    ) -> dict[int, tuple[int, int]]:
        """Put the cells of a row into the grid; return the corners of their areas by column, as
        `above` has those before.
        """
        corners = {}
        column = 1 + _number(item, "trPr", "gridBefore", 0)
        for cell in _inside(item, "tc"):
            right = column + max(_number(cell, "tcPr", "gridSpan", 1), 1) - 1
            corner = above.get(column) if _continues(cell) else None
            if corner is None:
                corner = (row, column)
                self._cell(row, column, cell)
            self.areas[corner] = Merge(*corner, row, right)
            corners[column] = corner
            column = right + 1
        return corners

    def _cell(self, row: int, column: int, cell: Element) -> None:
        self.elements[row, column] = cell
        text = clean(text_of(cell)).strip("\n")
        if text.strip():
            self.sheet.cells[row, column] = _value(text)
            if _is_hidden(cell):
                self.sheet.unseen[row, column] = "文字（隐藏文字或白底白字）的格"


def elements(body: Iterable[Element]) -> dict[str, dict[tuple[int, int], Element]]:
    """Return what stands in a document's body for each cell and line that a place can name, by
    sheet, row and column.
    """
    return {grid.sheet.name: grid.elements for grid in _grids(body)}


def review_blocks(body: Iterable[Element]) -> list[Element]:
    """Return the list of findings that an annotated copy appended, from its heading to its
    table.
    """
    blocks = list(_blocks(body))
    tables = [number for number, block in enumerate(blocks) if _is_review(block)]
    if not tables:
        return []
    first = last = tables[-1]
    while first and local(blocks[first - 1]) == "p" and text_of(blocks[first]).strip() != TITLE:
        first -= 1
    return blocks[first : last + 1]


def _is_review(block: Element) -> bool:
    """Whether a table is the list of findings of an annotated copy."""
    first = next(_inside(block, "tr"), None) if local(block) == "tbl" else None
    heads = () if first is None else tuple(text_of(cell) for cell in _inside(first, "tc"))
    return heads[: len(FIRST_HEADERS)] == FIRST_HEADERS


def _grids(body: Iterable[Element]) -> list[_Grid]:
    """Return the sheets of a document's body in the order of its tables."""
    grids: list[_Grid] = []
    lines: list[_Line] = []
    body = list(body)
    review = set(map(id, review_blocks(body)))
    for block in _blocks(body):
        if id(block) in review:
            continue
        if local(block) == "p":
            lines.extend(
                _Line(line, block) for line in clean(text_of(block)).split("\n") if line.strip()
            )
            continue
        if not grids or not _joins(lines):
            grids.append(_Grid(Sheet(f"表{len(grids) + 1}")))
            grids[-1].above(lines)
        grids[-1].add(block)
        lines = []
    if grids:
        grids[-1].below(lines)
    for grid in grids:
        grid.sheet.merges = grid.merges()
    return grids


def _joins(lines: Sequence[_Line]) -> bool:
    """Whether a table goes on after some lines of text: there are none, or they only say that it
    does.
    """
    return all(line.text.strip() in _CONTINUED for line in lines)


def _blocks(body: Iterable[Element]) -> Iterator[Element]:
    """Yield paragraphs and tables in order, those in content controls and tables within tables as
    well.
    """
    for block in body:
        name = local(block)
        if name in {"p", "tbl"}:
            yield block
            if name == "tbl":
                for cell in block.iter():
                    if local(cell) == "tc":
                        yield from (inner for inner in _inside(cell, "tbl"))
        elif name in _WRAPPERS:
            yield from _blocks(block)


def _inside(element: Element, name: str) -> Iterator[Element]:
    """Yield the parts of a table by name, those that a content control or a tracked insertion wraps
    as well.
    """
    for item in element:
        if local(item) == name:
            if not _is_deleted(item):
                yield item
        elif local(item) in _WRAPPERS:
            yield from _inside(item, name)


def _is_deleted(item: Element) -> bool:
    """Whether a row is deleted, as long as its deletion is only tracked."""
    properties = child(item, "trPr")
    return properties is not None and child(properties, "del") is not None


def text_of(element: Element) -> str:
    """Return the text of a cell or paragraph as a person sees it; paragraphs are lines, tables
    within are left out.
    """
    pieces: list[str] = []
    _collect(element, pieces)
    return "".join(pieces).rstrip("\n")


def _collect(element: Element, pieces: list[str]) -> None:
    for item in element:
        name = local(item)
        if name in _UNSEEN or name == "tbl":
            continue
        if name == "t":
            pieces.append(item.text or "")
        elif name in _BREAKS:
            pieces.append(_BREAKS[name])
        elif name == "sym":
            pieces.append(_symbol(item))
        elif name == "checkBox":
            pieces.append("☑" if _is_ticked(item) else "□")
        else:
            _collect(item, pieces)
            if name == "p":
                pieces.append("\n")


def _symbol(item: Element) -> str:
    """Return the character of a symbol font as one that everybody has."""
    code = _attribute(item, "char")
    return _SYMBOLS.get(int(code, 16) & 0xFF, "") if re.fullmatch("[0-9A-Fa-f]{1,4}", code) else ""


def _is_ticked(box: Element) -> bool:
    """Whether a check box of a form field is ticked, by its state or else by how it began."""
    state = child(box, "checked")
    if state is None:
        state = child(box, "default")
    return state is not None and _attribute(state, "val") not in {"0", "false", "off"}


def _value(text: str) -> Cell:
    """Return a text as the cell that it would be on a sheet: what is nothing but a plain number is
    one.
    """
    plain = text.strip()
    if not _NUMBER.fullmatch(plain):
        return Cell(text)
    digits = plain.replace(",", "")
    whole, _, decimals = digits.partition(".")
    code = ("#,##0" if "," in plain else "0") + (f".{'0' * len(decimals)}" if decimals else "")
    return Cell(float(digits) if decimals else int(whole), digits, code)


def _is_hidden(cell: Element) -> bool:
    """Whether nothing of a cell's text can be seen: every run of it is hidden, or white on no
    ground of its own.
    """
    properties = child(cell, "tcPr")
    shaded = properties is not None and _shade(properties) not in {"", "auto", _WHITE}
    runs = [run for run in cell.iter() if local(run) == "r" and text_of(run).strip()]
    return bool(runs) and all(_is_hidden_run(run, shaded=shaded) for run in runs)


def _is_hidden_run(run: Element, *, shaded: bool) -> bool:
    properties = child(run, "rPr")
    if properties is None:
        return False
    vanish, colour = child(properties, "vanish"), child(properties, "color")
    if vanish is not None and _attribute(vanish, "val") not in {"0", "false", "off"}:
        return True
    white = colour is not None and _attribute(colour, "val").upper() == _WHITE
    return (
        white
        and not shaded
        and _shade(properties) in {"", "auto", _WHITE}
        and child(properties, "highlight") is None
    )


def _shade(properties: Element) -> str:
    """Return the ground colour of a cell or run, empty when it has none."""
    shade = child(properties, "shd")
    return "" if shade is None else _attribute(shade, "fill").upper().replace("AUTO", "auto")


def _continues(cell: Element) -> bool:
    """Whether a cell carries on the one above it."""
    properties = child(cell, "tcPr")
    merged = None if properties is None else child(properties, "vMerge")
    return merged is not None and _attribute(merged, "val") != "restart"


def _number(element: Element, properties: str, name: str, default: int) -> int:
    """Return a number from the properties of a row or cell, the default when it has none."""
    block = child(element, properties)
    item = None if block is None else child(block, name)
    text = "" if item is None else _attribute(item, "val")
    return min(int(text[:9]), package.COLUMNS) if text.isdecimal() else default


def _attribute(element: Element, name: str) -> str:
    """Return an attribute by its local name, empty when there is none."""
    return next(
        (
            str(value)
            for key, value in element.attrib.items()
            if str(key).rpartition("}")[2] == name
        ),
        "",
    )


def _modified(parts: PackageParts) -> datetime | None:
    """Return the time of the last change as naive UTC, None when unknown."""
    for link in relations(parts, ""):
        if link.kind in {"core-properties", "coreProperties"} and link.part in parts:
            item = child(parse(parts, link.part), "modified")
            try:
                moment = (
                    datetime.fromisoformat((item.text or "").strip()) if item is not None else None
                )
            except ValueError:
                return None
            return (
                moment.astimezone(UTC).replace(tzinfo=None) if moment and moment.tzinfo else moment
            )
    return None
