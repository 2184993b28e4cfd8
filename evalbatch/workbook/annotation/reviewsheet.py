"""The review sheet as a worksheet part of the sender's package."""

from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape, quoteattr

from evalbatch.model.finding import Finding
from evalbatch.model.place import Place, column_letters
from evalbatch.workbook.annotation.cellstyles import Styles
from evalbatch.workbook.annotation.listing import BOXES, GUIDE, HEADERS, WIDTHS, Line, height, lines, summary
from evalbatch.workbook.review import HEAD_ROW, TITLE
from evalbatch.workbook.sheets.text import stored, visible

MOST_CHARACTERS = 32_000
STYLES = ("middle", "", "cell", "link", "cell", "cell", "cell", "tick")
LETTERS = tuple(column_letters(column) for column in range(1, len(HEADERS) + 1))
PLACES, TICKS = LETTERS[3], LETTERS[-1]
SHEET_XML = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns={space}><sheetPr><tabColor rgb="FFC00001"/><pageSetUpPr fitToPage="1"/></sheetPr>\
<sheetViews><sheetView showGridLines="0"{selected} workbookViewId="0">\
<pane ySplit="{head}" topLeftCell="A{first}" activePane="bottomLeft" state="frozen"/>\
<selection pane="bottomLeft" activeCell="A{first}" sqref="A{first}"/></sheetView></sheetViews>\
<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>{rows}</sheetData>\
<autoFilter ref="A{head}:{ticks}{last}"/>{boxes}{links}\
<pageMargins left="0.4" right="0.4" top="0.4" bottom="0.4" header="0.3" footer="0.3"/>\
<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>"""
COLUMN_XML = '<col min="{0}" max="{0}" width="{1}" customWidth="1"/>'
BOXES_XML = """<dataValidations count="1"><dataValidation type="list" allowBlank="1" showErrorMessage="1" \
sqref="{ticks}{first}:{ticks}{last}"><formula1>"{choices}"</formula1></dataValidation></dataValidations>"""


class ReviewSheet:
    """The sheet for the findings of one file; `exists` says whether a place can be jumped to."""

    def __init__(self, styles: Styles, name: str, findings: Sequence[Finding], exists: Callable[[Place], bool]) -> None:
        self.styles = styles
        self.name = name
        self.findings = findings
        self.exists = exists
        self.lines = lines(findings)

    def content(self, space: str, *, opened: bool) -> bytes:
        """Return the part; `space` is the namespace of the workbook, `opened` whether the workbook opens here."""
        last = HEAD_ROW + max(len(self.lines), 1)
        numbers = {"head": HEAD_ROW, "first": HEAD_ROW + 1, "last": last, "ticks": TICKS}
        text = SHEET_XML.format(
            space=quoteattr(space),
            selected=' tabSelected="1"' if opened else "",
            columns="".join(COLUMN_XML.format(number, width) for number, width in enumerate(WIDTHS, 1)),
            rows="".join(self._rows()),
            boxes=BOXES_XML.format(choices=",".join(BOXES), **numbers) if self.lines else "",
            links=self._links(),
            **numbers,
        )
        return text.encode("utf-8")

    def _rows(self) -> list[str]:
        """Return title, file, guide, head, and a row for each line."""
        style = self.styles.review
        return [
            _row(1, [TITLE], [style("title")], 28),
            _row(2, [f"文件：{self.name}　{summary(self.findings)}"], [style("text")], 15),
            _row(3, [GUIDE], [style("text")], 15),
            _row(HEAD_ROW, HEADERS, [style("head")] * len(HEADERS), 22),
            *(self._line(number, line) for number, line in enumerate(self.lines, HEAD_ROW + 1)),
        ]

    def _line(self, number: int, line: Line) -> str:
        return _row(number, line.texts, [self.styles.review(name or line.style) for name in STYLES], height(line))

    def _links(self) -> str:
        """Return a link from each line to its first place."""
        links = "".join(
            f'<hyperlink ref="{PLACES}{number}" location={quoteattr(_target(line.place))}/>'
            for number, line in enumerate(self.lines, HEAD_ROW + 1)
            if self.exists(line.place)
        )
        return f"<hyperlinks>{links}</hyperlinks>" if links else ""


def _row(number: int, texts: Sequence[str], styles: Sequence[int], points: int) -> str:
    """Return a row of texts; they are inline, so that the sender's shared strings stay untouched."""
    cells = "".join(_cell(f"{letter}{number}", text, style) for letter, text, style in zip(LETTERS, texts, styles, strict=False))
    return f'<row r="{number}" ht="{points}" customHeight="1">{cells}</row>'


def _cell(address: str, text: str, style: int) -> str:
    if not text:
        return f'<c r="{address}" s="{style}"/>'
    body = escape(stored(text[:MOST_CHARACTERS]))
    return f'<c r="{address}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{body}</t></is></c>'


def _target(place: Place) -> str:
    """Return what a link to a place says."""
    quoted = visible(place.sheet).replace("'", "''")
    return f"'{quoted}'!{place.cell or 'A1'}"
