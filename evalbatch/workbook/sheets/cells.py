"""The cells of a worksheet part as stored, before they mean anything.

Nearly every program writes sheet data in the same plain form; one pass of a regular expression that must account for every
character reads it four times faster than a tree. Whatever does not fit that form, or is large, is read from the tree.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from evalbatch.model.place import column_letters
from evalbatch.workbook.sheets import limits
from evalbatch.workbook.sheets.formula import column_number
from evalbatch.workbook.sheets.markup import Element, local, space, unescape
from evalbatch.workbook.sheets.text import runs

FALSE = ("0", "false", "")
COLUMNS: dict[str, int] = {column_letters(number): number for number in range(1, limits.COLUMNS + 1)}
OPEN, CLOSE = b"<sheetData>", b"</sheetData>"
# Nothing is ever given back (?+, *+, ++), which takes a third off the time.
PLAIN = re.compile(
    r"""(?:<c\ r="([A-Z]{1,3}+)([0-9]{1,7}+)"(?:\ s="([0-9]++)")?+(?:\ t="([a-z]{1,3}+)")?+  # column, row, style, type
        (?:\ ?+/>|>(<f[^<>]*+(?:(?<=/)>|>[^<]*+</f>))?+<v(?:>([^<]*+)</v>|\ ?+/>)</c>)      # formula, value
    |<row\ ([^<>]*+)>)                                                                    # attributes of a row
    (?:<c\ r="[A-Z]{1,3}+[0-9]{1,7}+"(?:\ s="[0-9]++")?+\ ?+/>)*+(?:</row>[\r\n]*+)?+      # blank cells to the end of the row
    |</row>[\r\n]*+
    |(.)                                                                                  # anything else""",
    re.VERBOSE | re.DOTALL,
)
FORMULA = re.compile(r"<f([^<>]*?)/?>([^<]*)")
ROW = re.compile(r'\br="([0-9]{1,7})"')
HIDDEN = re.compile(r'\bhidden="(?!0"|false"|")|\bht="[0.]*"')
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
    """The cells of a worksheet in file order, and its hidden rows (complete once the cells are read)."""

    cells: Iterator[RawCell]
    hidden: set[int]


def plain_tokens(content: bytes) -> tuple[list[tuple[str, ...]], bytes] | None:
    """Return the tokens of sheet data (as PLAIN groups them) and the part without it, None when it is not plain."""
    start, end = content.find(OPEN), content.rfind(CLOSE)
    head = content[:200].lower()
    if start < 0 or end < start or (b"encoding" in head and b"utf-8" not in head):
        return None
    try:
        tokens = PLAIN.findall(content[start + len(OPEN) : end].decode("utf-8"))
    except UnicodeDecodeError:
        return None
    return tokens, content[: start + len(OPEN)] + content[end:]


def plain_formula(written: str) -> RawFormula:
    """Return the formula of a token."""
    if written.startswith("<f>"):
        return RawFormula(unescape(written[len("<f>") : -len("</f>")]), None)
    match = FORMULA.match(written)
    about, text = match.groups() if match else ("", "")
    if 't="shared"' not in about:
        return RawFormula(unescape(text), None)
    return RawFormula(unescape(text), dict(ATTRIBUTE.findall(about)).get("si"))


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
        if is_hidden(row, "ht"):
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
            formula = RawFormula(node.text or "", node.get("si") if node.get("t") == "shared" else None)
        elif name == "is":
            text = runs(node)
    return RawCell(row, column, cell.get("s", ""), kind, text, formula)


def is_hidden(element: Element, size: str) -> bool:
    """Whether a row or column is hidden, by its flag or by a size of nothing."""
    if element.get("hidden", "0") not in FALSE:
        return True
    text = element.get(size)
    return text is not None and text.strip("0.") == ""


def _whole(text: str | None, default: int) -> int:
    """Return a whole number as written, the default when absent."""
    if text is None:
        return default
    try:
        return int(text)
    except ValueError as error:
        raise Malformed(text[:20]) from error
