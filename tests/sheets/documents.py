"""Word documents as offices write them: the sheets of a workbook as tables, with its merges and a
line of text above.
"""

import io

import docx

from evalbatch.sheets import read_book
from evalbatch.sheets.book import Sheet
from evalbatch.sheets.number_formats import displayed

UNPRINTED = ("填报说明",)


def saved(document) -> bytes:
    """Return the bytes of a document."""
    output = io.BytesIO()
    document.save(output)
    return output.getvalue()


def typed(workbook: bytes) -> bytes:
    """Return a workbook typed as a Word document, one table for each sheet."""
    document = docx.Document()
    for sheet in read_book(workbook, "x.xlsx").sheets:
        if not sheet.hidden and sheet.name not in UNPRINTED:
            document.add_paragraph(sheet.name)
            _add(document, sheet)
    return saved(document)


def _add(document, sheet: Sheet) -> None:
    last = [
        max((*(cell[at] for cell in sheet.cells), *(merge[at + 2] for merge in sheet.merges)))
        for at in (0, 1)
    ]
    table = document.add_table(*last)
    covered = set()
    for top, left, bottom, right in sheet.merges:
        covered |= {
            (row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)
        } - {(top, left)}
        table.cell(top - 1, left - 1).merge(table.cell(bottom - 1, right - 1))
    for (row, column), cell in sheet.cells.items():
        if (row, column) not in covered:
            table.cell(row - 1, column - 1).text = displayed(cell)
