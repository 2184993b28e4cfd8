"""The annotated copy (审核意见): the sender's own workbook with the cells in question filled,
commented and listed.
"""

from collections.abc import Sequence

from evalbatch.annotated import filled_cells
from evalbatch.annotated.comments import SheetComments
from evalbatch.annotated.edits import Edit
from evalbatch.annotated.filled_cells import CopyStyles
from evalbatch.annotated.review_sheet import ReviewSheet, comment, ordered, separate_review
from evalbatch.annotated.tabs import Tab, Tabs
from evalbatch.model.finding import Finding, Severity
from evalbatch.sheets.book import Refused
from evalbatch.sheets.xml import local, parse_bytes

ZIP = b"PK"


def annotate(data: bytes, name: str, findings: Sequence[Finding]) -> bytes:
    """Return an annotated copy of a workbook; same input, same bytes.

    An .xlsx or .xlsm keeps everything it has: parts that need no change are copied as they were
    compressed. Findings whose places carry another file name than `name` are listed, but mark no
    cells. What was marked by an earlier copy is replaced. A .docx gets comments, and a list at its
    end. Any other file, also one that cannot be opened, gets an .xlsx review sheet instead.
    """
    if data.startswith(ZIP):
        try:
            edit = Edit(data, name)
            if local(edit.workbook) == "workbook":
                return _annotated(edit, name, findings)
            if local(edit.workbook) == "document":
                return _commented(edit, name, findings)
        except (
            Refused,
            ValueError,
        ):  # broken where no reader looks, such as a scope or a row number that is no number
            pass
    return separate_review(name, findings)


def _annotated(edit: Edit, name: str, findings: Sequence[Finding]) -> bytes:
    """Return the edited package."""
    tabs, styles = Tabs(edit), CopyStyles(edit)
    marked = tabs.remove_review()
    places = _by_sheet(findings, name)
    touched = []
    for tab in tabs.worksheets:
        cells = places.get(tab.name, {})
        if cells or marked:
            _mark(edit, styles, tab, cells, again=marked)
            touched.append(tab)
    known = {tab.name for tab in tabs.worksheets}
    sheet = ReviewSheet(
        styles, name, findings, lambda place: place.file == name and place.sheet in known
    )
    tabs.insert_review(sheet, touched)
    return edit.write()


def _commented(edit: Edit, name: str, findings: Sequence[Finding]) -> bytes:
    """Return a document with comments.

    Raises:
        Refused: a part of it is hostile (F08).
        ValueError: python-docx cannot do with it.
    """
    from evalbatch.annotated.word_comments import comment_document  # noqa: PLC0415 - only where it is needed

    for part, content in edit.parts.content.items():
        parse_bytes(edit.parts, part, content)
    try:
        return comment_document(edit.parts.data, name, findings)
    except MemoryError:
        raise
    except (
        Exception
    ) as error:  # python-docx meets what is not quite a document with any error there is
        raise ValueError(name) from error


def _mark(
    edit: Edit,
    styles: CopyStyles,
    tab: Tab,
    cells: dict[tuple[int, int], list[Finding]],
    *,
    again: bool,
) -> None:
    """Fill and comment the cells of one sheet, after taking away what an earlier copy (`again`) put
    there.
    """
    sheet = edit.tree(tab.part)
    comments = SheetComments(edit, tab.part, sheet, tab.number)
    if again:
        filled_cells.unfill(styles, sheet)
        comments.remove()
    if cells:
        anchored = filled_cells.anchored(sheet, cells)
        cells = {
            where: ordered([item for group in groups for item in group])
            for where, groups in anchored.items()
        }
        filled_cells.fill(
            edit, styles, sheet, {where: _gravest(found) for where, found in cells.items()}
        )
        comments.add({where: comment(found) for where, found in cells.items()})


def _gravest(findings: Sequence[Finding]) -> Severity:
    """Return the gravest severity among findings."""
    return min((finding.severity for finding in findings), key=lambda severity: severity.rank)


def _by_sheet(
    findings: Sequence[Finding], name: str
) -> dict[str, dict[tuple[int, int], list[Finding]]]:
    """Return the findings that no waiver lifts, by sheet and cell, gravest first."""
    found: dict[str, dict[tuple[int, int], list[Finding]]] = {}
    for finding in ordered(findings):
        if finding.waiver is None:
            for place in dict.fromkeys(finding.places):
                if place.file == name and place.row:
                    found.setdefault(place.sheet, {}).setdefault(
                        (place.row, place.column), []
                    ).append(finding)
    return found
