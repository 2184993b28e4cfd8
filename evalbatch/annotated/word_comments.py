"""The annotated copy of a Word form: comments at the cells in question, and the list of findings at
the end.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from docx import Document
from docx.document import Document as Form
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from evalbatch.annotated.comments import AUTHOR
from evalbatch.annotated.review_sheet import (
    GUIDE_DOCUMENT,
    HEADERS,
    comment,
    lines,
    ordered,
    summary,
)
from evalbatch.model.finding import Finding
from evalbatch.same_bytes import SameBytes
from evalbatch.sheets.book import TITLE
from evalbatch.sheets.word_tables import elements, review_blocks
from evalbatch.sheets.xml import visible

INITIALS = "审"
GRID = "Table Grid"
COLUMNS = (
    0,
    1,
    2,
    3,
    6,
)  # of the review sheet, as far as a page is wide: code, level, message, places, remedy
MARKS = ("commentRangeStart", "commentRangeEnd", "commentReference")


def comment_document(data: bytes, name: str, findings: Sequence[Finding]) -> bytes:
    """Return a copy of a document with our comments; what an earlier copy added is replaced. Same
    input, same bytes.

    Raises:
        Exception: whatever python-docx makes of a document that is not quite one.
    """
    form = Document(io.BytesIO(data))
    _remove(form)
    body = form.element.body
    places = elements(body)
    for (sheet, where), found in _by_cell(findings, name).items():
        element = places.get(sheet, {}).get(where)
        if element is not None:
            form.add_comment(_runs(form, element), visible(comment(found)), AUTHOR, INITIALS)
    _undated(form)
    _append_list(form, name, findings)
    return _packed(form)


def _by_cell(
    findings: Sequence[Finding], name: str
) -> Mapping[tuple[str, tuple[int, int]], list[Finding]]:
    """Return the findings that no waiver lifts by sheet and cell, gravest first."""
    found: dict[tuple[str, tuple[int, int]], list[Finding]] = {}
    for finding in ordered(findings):
        if finding.waiver is None:
            for place in dict.fromkeys(finding.places):
                if place.file == name and place.row:
                    found.setdefault((place.sheet, (place.row, place.column)), []).append(finding)
    return dict(sorted(found.items()))


def _runs(form: Form, element: Any) -> list[Run]:
    """Return first and last run of a cell or paragraph, made where it has none: a comment needs
    something to stand on.
    """
    runs = [run for run in element.iter(qn("w:r")) if run.getparent().tag != qn("w:del")]
    if not runs:
        paragraph = element if element.tag == qn("w:p") else next(element.iter(qn("w:p")))
        runs = [Paragraph(paragraph, form).add_run()._r]  # noqa: SLF001 - a run made has no public way to its element
    return [Run(runs[0], form), Run(runs[-1], form)]


def _remove(form: Form) -> None:
    """Take away the comments and the list of an earlier copy."""
    for block in review_blocks(form.element.body):
        _drop(block)
    ours = {str(each.comment_id) for each in form.comments if each.author == AUTHOR}
    for mark in [item for kind in MARKS for item in form.element.body.iter(qn(f"w:{kind}"))]:
        if mark.get(qn("w:id")) in ours:
            _drop(mark.getparent() if mark.tag == qn("w:commentReference") else mark)
    for element in _comments(form):
        if element.get(qn("w:author")) == AUTHOR:
            _drop(element)


def _drop(element: Any) -> None:
    element.getparent().remove(element)


def _undated(form: Form) -> None:
    """Take the clock's time off our comments, so that the same findings give the same bytes."""
    for element in _comments(form):
        if element.get(qn("w:author")) == AUTHOR:
            element.attrib.pop(qn("w:date"), None)


def _comments(form: Form) -> list[Any]:
    """Return the comments of a document as elements."""
    parts = [
        link.target_part
        for link in form.part.rels.values()
        if link.reltype == RELATIONSHIP_TYPE.COMMENTS
    ]
    return [item for part in parts for item in list(part.element)]


def _append_list(form: Form, name: str, findings: Sequence[Finding]) -> None:
    """Append what was found, line by line, with what to do."""
    form.add_paragraph(TITLE)
    form.add_paragraph(f"文件：{name}　{summary(findings)}")
    form.add_paragraph(GUIDE_DOCUMENT)
    rows = [HEADERS, *(line.texts for line in lines(findings))]
    table = form.add_table(len(rows), len(COLUMNS))
    if GRID in {style.name for style in form.styles}:
        table.style = GRID
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, column in zip(row.cells, COLUMNS, strict=True):
            cell.text = visible(texts[column])


def _packed(form: Form) -> bytes:
    """Return the document as a package without the clock's time."""
    saved, output = io.BytesIO(), io.BytesIO()
    form.save(saved)
    with (
        zipfile.ZipFile(saved) as source,
        SameBytes(output, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for info in source.infolist():
            target.writestr(zipfile.ZipInfo(info.filename), source.read(info), zipfile.ZIP_DEFLATED)
    return output.getvalue()
