"""The cells in question filled: found or created in file order, their other formatting kept."""

import re
from collections.abc import Mapping
from typing import TypeVar

from evalbatch.model.finding import Severity
from evalbatch.model.place import column_letters
from evalbatch.workbook.annotation.cellstyles import Styles
from evalbatch.workbook.annotation.edit import Edit
from evalbatch.workbook.sheets.formula import column_number
from evalbatch.workbook.sheets.markup import Element, child, children, local

AREA = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")
T = TypeVar("T")
Cells = Mapping[tuple[int, int], Severity]


def fill(edit: Edit, styles: Styles, sheet: Element, cells: Cells) -> None:
    """Fill cells of a worksheet by severity; cells that do not exist are created."""
    data = child(sheet, "sheetData")
    if data is None:
        return
    rows = _numbered_rows(data)
    for (number, column), severity in sorted(cells.items()):
        row = rows.get(number)
        if row is None:
            row = rows[number] = edit.element("row", {"r": str(number)})
            data.insert(sum(1 for other in rows if other < number), row)
        cell = _cell(edit, sheet, row, number, column)
        cell.set("s", str(styles.filled(_style(cell), severity)))


def anchored(sheet: Element, cells: Mapping[tuple[int, int], T]) -> dict[tuple[int, int], list[T]]:
    """Return what belongs to each cell, with cells under a merge moved to its upper left corner, which alone shows."""
    areas = [match.groups() for item in children(sheet, "mergeCells") if (match := AREA.fullmatch(item.get("ref", "")))]
    merges = [(int(top), column_number(left), int(bottom), column_number(right)) for left, top, right, bottom in areas]
    found: dict[tuple[int, int], list[T]] = {}
    for (row, column), item in cells.items():
        inside = ((top, left) for top, left, bottom, right in merges if top <= row <= bottom and left <= column <= right)
        found.setdefault(next(inside, (row, column)), []).append(item)
    return found


def unfill(styles: Styles, sheet: Element) -> None:
    """Give every cell with a fill of ours its former format back."""
    for cell in sheet.iter(f"{sheet.tag[: -len(local(sheet))]}c"):
        before = _style(cell)
        after = styles.restored(before)
        if after != before:
            cell.set("s", str(after))


def _numbered_rows(data: Element) -> dict[int, Element]:
    """Return the rows by number; rows and cells without an address get the one that they have by their order."""
    rows: dict[int, Element] = {}
    number = 0
    for row in data:
        number = int(row.get("r", number + 1))
        row.set("r", str(number))
        column = 0
        for cell in row:
            address = cell.get("r")
            column = column_number(address.rstrip("0123456789").upper()) if address else column + 1
            if not address:
                cell.set("r", f"{column_letters(column)}{number}")
        rows[number] = row
    return dict(sorted(rows.items()))


def _cell(edit: Edit, sheet: Element, row: Element, number: int, column: int) -> Element:
    """Return a cell of a row, created in its place with the format of its row or column when it does not exist."""
    columns = [column_number(cell.get("r", "A").rstrip("0123456789").upper()) for cell in row]
    if column in columns:
        return row[columns.index(column)]
    style = row.get("s") if row.get("customFormat") in {"1", "true"} else _column_style(sheet, column)
    created = edit.element("c", {"r": f"{column_letters(column)}{number}"})
    if style:
        created.set("s", style)
    row.insert(sum(1 for other in columns if other < column), created)
    row.attrib.pop("spans", "")  # only a hint to the reader, and no longer true
    return created


def _column_style(sheet: Element, column: int) -> str | None:
    """Return the style index of a column, None when it has none."""
    for item in children(sheet, "cols"):
        if int(item.get("min", "0")) <= column <= int(item.get("max", "0")):
            return item.get("style")
    return None


def _style(cell: Element) -> int:
    """Return the style index of a cell."""
    text = cell.get("s", "")
    return int(text) if text.isdecimal() else 0
