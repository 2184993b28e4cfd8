"""Workbooks as other people type them: rows of texts and numbers, merges, and no stamp of ours."""

from collections.abc import Iterable, Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from evalbatch.model.submission import Submission
from evalbatch.reading.reader import read
from evalbatch.standards.form_library import load_forms

FORMS = load_forms()
FILE = "报送.xlsx"


def typed(*sheets: tuple[str, Iterable[Sequence[object]], Iterable[str]]) -> bytes:
    """Make a workbook of sheets, each with its name, its rows from A1 on and its merged ranges."""
    book = Workbook()
    book.remove(book.active)
    for name, rows, merges in sheets:
        fill(book.create_sheet(name), rows, merges)
    return saved(book)


def fill(sheet: Worksheet, rows: Iterable[Sequence[object]], merges: Iterable[str] = ()) -> None:
    """Write rows from A1 on; None leaves a cell out."""
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            if value is not None:
                sheet.cell(number, column, value)
    for merge in merges:
        sheet.merge_cells(merge)


def saved(book: Workbook) -> bytes:
    """Return the bytes of a workbook."""
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def only(data: bytes) -> Submission:
    """Read a workbook that holds one submission."""
    (submission,) = read(data, FILE, FORMS)
    return submission


def seen(submission: Submission, code: str) -> list[tuple[str, ...]]:
    """Return where a code was noticed: the cells (or sheets), one tuple for each observation."""
    return [
        tuple(place.cell or place.sheet for place in each.places)
        for each in submission.observations
        if each.code == code
    ]


def faults(submission: Submission) -> list[str]:
    """Return what was noticed beyond mere normalisation."""
    return [
        f"{each.code}/{each.variant} {each.places[0]} {each.found} {each.expected}"
        for each in submission.observations
        if each.code != "F10"
    ]
