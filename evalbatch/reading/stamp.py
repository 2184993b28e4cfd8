"""The hidden stamp of our workbooks: form, version, cycle, department and project, kept twice so
that re-saving cannot lose it.

It is written as custom document properties and on a very hidden sheet; WPS and LibreOffice keep at
least one of them.
"""

from collections.abc import Mapping
from typing import Final

from evalbatch.model.submission import Stamp
from evalbatch.sheets.book import Book

SHEET: Final = "_evalbatch"
PREFIX: Final = "evalbatch."


def entries(stamp: Stamp) -> dict[str, str]:
    """Return the stamp as it is written: property names and values."""
    return {
        f"{PREFIX}form": stamp.form,
        f"{PREFIX}version": str(stamp.version),
        f"{PREFIX}cycle": stamp.cycle,
        f"{PREFIX}department": stamp.department,
        f"{PREFIX}project": stamp.project,
    }


def find(book: Book) -> Stamp | None:
    """Return the stamp of a workbook, None when it has none; the hidden sheet serves when the
    properties are gone.
    """
    return stated(book.properties) or stated(_written(book))


def stated(values: Mapping[str, str]) -> Stamp | None:
    """Return the stamp that properties or the hidden sheet state, None when it is none."""
    form, version = values.get(f"{PREFIX}form", ""), values.get(f"{PREFIX}version", "")
    if not form or not version.isascii() or not version.isdecimal():
        return None
    cycle, department, project = (
        values.get(PREFIX + name, "") for name in ("cycle", "department", "project")
    )
    return Stamp(form, int(version), cycle, department, project)


def _written(book: Book) -> dict[str, str]:
    """Read the hidden sheet: names in the first column, values in the second."""
    for sheet in book.sheets:
        if sheet.name == SHEET:
            cells = sheet.cells
            return {
                str(c.value): str(cells[row, 2].value)
                for (row, col), c in cells.items()
                if col == 1 and (row, 2) in cells
            }
    return {}
