"""OpenDocument spreadsheets (.ods) as a book: values, formulas, percent and date cells, merges,
what is hidden.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from evalbatch.model.finding import Observation
from evalbatch.sheets import package
from evalbatch.sheets.book import Book, Cell, ErrorValue, Merge, Sheet
from evalbatch.sheets.ods_styles import STYLE, OdsStyles
from evalbatch.sheets.package import PackageParts, refused
from evalbatch.sheets.xls import check_size
from evalbatch.sheets.xml import Element, clean, local, parse

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
CALCEXT = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
CELL_STYLE = f"{TABLE}default-cell-style-name"
CODES = {"percentage": "0.00%", "date": "yyyy-mm-dd", "currency": "#,##0.00"}
ERRORS = ("#", "Err:")
COMMON_STYLES = "styles.xml"
MACRO_PARTS = ("basic/", "scripts/")
GROUPS = frozenset({"table-row-group", "table-header-rows", "table-rows"})


def is_opendocument(parts: PackageParts) -> bool:
    """Whether a package is an OpenDocument spreadsheet."""
    return "content.xml" in parts and "META-INF/manifest.xml" in parts


def read_ods(parts: PackageParts) -> Book:
    """Return the workbook of an OpenDocument package.

    Raises:
        Refused: it is encrypted (F02), no spreadsheet or damaged (F01), or exceeds the limits
            (F08).
    """
    if b"encryption-data" in parts.read("META-INF/manifest.xml"):
        raise refused(package.ENCRYPTED, parts.place)
    root = parse(parts, "content.xml")
    spreadsheet = root.find(f"{OFFICE}body/{OFFICE}spreadsheet")
    if spreadsheet is None:
        raise refused(package.OTHER, parts.place, kind="其他 OpenDocument 文档")
    hidden = {
        style.get(f"{STYLE}name", "") for style in root.iter(f"{STYLE}style") if _hides(style)
    }
    common = [parse(parts, COMMON_STYLES)] if COMMON_STYLES in parts else []
    styles = OdsStyles([*common, root])
    tables = spreadsheet.iterchildren(f"{TABLE}table")
    book = Book("ods", [_Table(parts, table, styles).read(hidden) for table in tables])
    book.modified = _modified(parts)
    if any(part.startswith(MACRO_PARTS) for part in parts.names):
        book.observations.append(Observation("F09", (parts.place,), found="宏", variant="macros"))
    return book


class _Table:
    """A table being read; repeated blank cells and rows are skipped, not built."""

    def __init__(self, parts: PackageParts, table: Element, styles: OdsStyles) -> None:
        self.parts = parts
        self.table = table
        self.styles = styles
        self.usual: list[tuple[int, str]] = []  # the last column of each span, and its cells' style
        self.sheet = Sheet(clean(table.get(f"{TABLE}name", "")))
        self.row = 1
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()

    def read(self, hidden_tables: set[str]) -> Sheet:
        """Return the sheet."""
        self.sheet.hidden = self.table.get(f"{TABLE}style-name", "") in hidden_tables
        self._columns()
        for row in _rows(self.table):
            self._read_row(row)
        last = max((row for row, _ in self.sheet.cells), default=0)
        self.sheet.hidden_rows = frozenset(row for row in self.hidden_rows if row <= last)
        self.sheet.hidden_columns = frozenset(self.hidden_columns)
        check_size(dict.fromkeys(self.sheet.cells, 0), self.parts.place)
        return self.sheet

    def _columns(self) -> None:
        """Note the hidden columns."""
        column = 1
        for item in self.table.iter(f"{TABLE}table-column"):
            repeated = _repeated(item, "number-columns-repeated")
            if self._is_hidden(item):
                self.hidden_columns.update(range(column, min(column + repeated, package.COLUMNS)))
            column += repeated
            self.usual.append((column - 1, item.get(CELL_STYLE, "")))

    def _is_hidden(self, item: Element) -> bool:
        """Whether a row or column is hidden, by its flag or by a size of next to nothing."""
        thin = item.get(f"{TABLE}style-name", "") in self.styles.thin
        return thin or item.get(f"{TABLE}visibility", "visible") != "visible"

    def _style(self, item: Element, row: Element, column: int) -> str:
        """Return the style of a cell: its own, its row's, or its column's."""
        own = item.get(f"{TABLE}style-name") or row.get(CELL_STYLE)
        return own or next((style for last, style in self.usual if column <= last), "")

    def _read_row(self, row: Element) -> None:
        """Read a row, as often as it is repeated."""
        repeated = _repeated(row, "number-rows-repeated")
        if self._is_hidden(row):
            self.hidden_rows.update(range(self.row, min(self.row + repeated, package.ROWS)))
        found = list(self._cells(row))
        if found:
            self._room(repeated * len(found))
            for offset in range(repeated):
                self.sheet.cells.update(
                    {(self.row + offset, column): cell for column, cell in found}
                )
            self._repeat_unseen([column for column, _ in found], repeated)
        self.row += repeated

    def _repeat_unseen(self, columns: Iterable[int], repeated: int) -> None:
        """Note for the repetitions of a row what its styles hide."""
        unseen = self.sheet.unseen
        for column in columns:
            reason = unseen.get((self.row, column))
            if reason:
                unseen.update({(self.row + each, column): reason for each in range(repeated)})

    def _cells(self, row: Element) -> Iterator[tuple[int, Cell]]:
        """Yield the cells of a row that hold something."""
        column = 1
        for item in row:
            if local(item) not in {"table-cell", "covered-table-cell"}:
                continue
            repeated = _repeated(item, "number-columns-repeated")
            self._span(item, column)
            cell = _cell(item)
            if cell is not None:
                self._room(repeated)
                hiding = self.styles.looks.get(self._style(item, row, column))
                for offset in range(repeated):
                    if hiding is not None:
                        self.sheet.unseen[self.row, column + offset] = hiding.reason
                    yield column + offset, cell
            column += repeated

    def _span(self, item: Element, column: int) -> None:
        """Note the range that a cell spans."""
        rows, columns = (
            _repeated(item, "number-rows-spanned"),
            _repeated(item, "number-columns-spanned"),
        )
        if rows * columns > 1:
            self.sheet.merges.append(
                Merge(self.row, column, self.row + rows - 1, column + columns - 1)
            )

    def _room(self, more: int) -> None:
        """Refuse what would become too many cells before they are built."""
        if len(self.sheet.cells) + more > package.CELLS:
            raise refused(package.REFUSAL_CELLS, self.parts.place, limit=package.CELLS)


def _rows(block: Element) -> Iterator[Element]:
    """Yield the rows of a table, those in groups as well."""
    for item in block:
        name = local(item)
        if name == "table-row":
            yield item
        elif name in GROUPS:
            yield from _rows(item)


def _cell(item: Element) -> Cell | None:
    """Return what a cell holds, None for a blank one."""
    formula = item.get(f"{TABLE}formula")
    if formula is not None:
        formula = clean(formula).removeprefix("of:").removeprefix("=")
    kind = item.get(f"{OFFICE}value-type", "")
    text = clean("\n".join(_paragraph(part) for part in item.iterchildren(f"{TEXT}p")))
    if item.get(f"{CALCEXT}value-type") == "error" or (
        formula is not None and text.startswith(ERRORS)
    ):
        return Cell(ErrorValue(text), "", "General", formula)
    code = CODES.get(kind, "General")
    number = item.get(f"{OFFICE}value")
    if number is not None:
        return _number(number, code, formula)
    value = _other(item, kind, text)
    return None if value in (None, "") and formula is None else Cell(value, "", code, formula)


def _number(number: str, code: str, formula: str | None) -> Cell:
    """Return the cell of a number."""
    try:
        value: float = int(number) if number.isdecimal() else float(number)
    except ValueError:
        return Cell(clean(number), "", code, formula)
    return Cell(value, number, code, formula)


def _other(item: Element, kind: str, text: str) -> str | bool | datetime | None:
    """Return the value of a cell that is no number."""
    if kind == "boolean":
        return item.get(f"{OFFICE}boolean-value") == "true"
    if kind == "date":
        try:
            return datetime.fromisoformat(item.get(f"{OFFICE}date-value", "")).replace(tzinfo=None)
        except ValueError:
            return text
    if kind == "string":
        return text or clean(item.get(f"{OFFICE}string-value", ""))
    shown = (
        item.find(f"{TEXT}p") is not None
    )  # LibreOffice writes the empty result of a formula as a paragraph without a type
    return text if shown else None


def _paragraph(part: Element) -> str:
    """Return the text of a paragraph; runs of blanks, tabs and line breaks are elements of their
    own.
    """
    pieces = [part.text or ""]
    for item in part:
        name = local(item)
        if name == "s":
            pieces.append(" " * min(_count(item.get(f"{TEXT}c")), package.COLUMNS))
        elif name in {"tab", "line-break"}:
            pieces.append("\t" if name == "tab" else "\n")
        elif name not in {"annotation", "ruby-text"}:
            pieces.append(_paragraph(item))
        pieces.append(item.tail or "")
    return "".join(pieces)


def _hides(style: Element) -> bool:
    """Whether a table style hides its table."""
    return any(item.get(f"{TABLE}display") == "false" for item in style)


def _repeated(item: Element, name: str) -> int:
    """Return how often a cell or row counts."""
    return _count(item.get(TABLE + name))


def _count(text: str | None) -> int:
    """Return a count of at least 1."""
    return max(int(text[:9]), 1) if text and text.isdecimal() else 1


def _modified(parts: PackageParts) -> datetime | None:
    """Return the time of the last change as naive UTC (the format stores local time without a
    zone).
    """
    if "meta.xml" not in parts:
        return None
    item = next(parse(parts, "meta.xml").iter("{http://purl.org/dc/elements/1.1/}date"), None)
    try:
        moment = datetime.fromisoformat(item.text or "") if item is not None else None
    except ValueError:
        return None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment and moment.tzinfo else moment
