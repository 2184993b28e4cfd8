"""What the review sheet says: one line per finding, gravest first, the waived ones last."""

import io
from collections.abc import Callable, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from xlsxwriter.worksheet import Worksheet

from evalbatch.annotated.filled_cells import FILLS, WAIVED, CopyStyles
from evalbatch.excel_writer import CREATED, MOST_CHARACTERS, TEXTS_ONLY, Workbook
from evalbatch.model.finding import Finding, Severity
from evalbatch.model.place import Place, column_letters
from evalbatch.sheets.book import FIRST_HEADERS, HEAD_ROW, TITLE
from evalbatch.sheets.xml import literal, stored, visible

HEADERS = (*FIRST_HEADERS, "原填内容", "应为", "如何修改", "已改（选☑）")
WIDTHS = (8, 8, 46, 20, 24, 24, 36, 10)
BOXES = ("☐", "☑")
PLACES_SHOWN = 12
POINTS_A_LINE, MOST_POINTS = 14, 400
GUIDE = "请按“位置”逐条修改原表，改好后在最后一列选☑；改完后直接报送本文件即可，本表不影响读取。"
GUIDE_APART = (
    "请按“位置”逐条修改原表，改好后在最后一列选☑；改完后报送改好的原表（建议另存为 xlsx 格式）。"
)
GUIDE_DOCUMENT = "请按批注和本表逐条修改；改完后直接报送本文件即可，本表不影响读取。"
NONE = "未发现问题。"
WHOLE_FILE = "整个文件"


class ReviewLine(NamedTuple):
    """One line: the style of its severity, its texts by column, and the place to jump to."""

    style: str
    texts: tuple[str, ...]
    place: Place


def ordered(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings by severity, waived ones last, each group in the order given."""
    return sorted(findings, key=lambda finding: (finding.waiver is not None, finding.severity.rank))


def lines(findings: Sequence[Finding]) -> list[ReviewLine]:
    """Return the lines of the review sheet."""
    return [_line(finding) for finding in ordered(findings)]


def height(line: ReviewLine) -> int:
    """Return the height of a line in points: programs other than Excel do not fit wrapped rows by
    themselves.
    """
    needed = max(
        sum(_wrapped(part, width) for part in text.split("\n"))
        for text, width in zip(line.texts, WIDTHS, strict=True)
    )
    return min(max(needed * POINTS_A_LINE + 4, 20), MOST_POINTS)


def _wrapped(text: str, width: int) -> int:
    """Return how many lines a text takes in a column; a Chinese character is two digits wide."""
    wide = sum(2 if character > "\u2e7f" else 1 for character in text)
    return -(-wide // (width - 1)) or 1


def summary(findings: Sequence[Finding]) -> str:
    """Return how many findings of each severity there are."""
    if not findings:
        return NONE
    counts = [
        (
            f"{severity.label} "
            f"{sum(1 for item in findings if item.severity is severity and item.waiver is None)} "
            f"条"
        )
        for severity in Severity
    ]
    waived = sum(1 for item in findings if item.waiver is not None)
    return "，".join([*counts, f"已豁免 {waived} 条"] if waived else counts) + "。"


def comment(findings: Sequence[Finding]) -> str:
    """Return the text of a cell's comment: message and remedy of each finding."""
    return "\n".join(
        f"{item.code} {_level(item)}：{item.message}\n→ {_remedy(item)}" for item in findings
    )


def _line(finding: Finding) -> ReviewLine:
    texts = (
        finding.code,
        _level(finding),
        finding.message,
        _places(finding),
        finding.found,
        finding.expected,
        _remedy(finding),
        "" if finding.waiver else BOXES[0],
    )
    return ReviewLine("waived" if finding.waiver else finding.severity.value, texts, finding.place)


def _level(finding: Finding) -> str:
    return "已豁免" if finding.waiver else finding.severity.label


def _remedy(finding: Finding) -> str:
    """Return what to do; for a waived finding, who waived it, when and why."""
    waiver = finding.waiver
    if waiver is None:
        return finding.remedy
    until = f"，有效期至{waiver.until.isoformat()}" if waiver.until else ""
    approved = f"批准人：{waiver.approver}；批准日期：{waiver.approved_on.isoformat()}{until}"
    return f"已豁免，无需修改。{approved}；理由：{waiver.reason}"


def _places(finding: Finding) -> str:
    shown = [str(place) if place.sheet else WHOLE_FILE for place in finding.places[:PLACES_SHOWN]]
    more = len(finding.places) - len(shown)
    return "；\n".join(
        [*shown, f"……另有 {more} 处"] if more else shown
    )  # LibreOffice drops line ends from links


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
BOXES_XML = """<dataValidations count="1"><dataValidation type="list" allowBlank="1" \
showErrorMessage="1" \
sqref="{ticks}{first}:{ticks}{last}"><formula1>"{choices}"</formula1></dataValidation></dataValidations>"""


class ReviewSheet:
    """The sheet for the findings of one file; `exists` says whether a place can be jumped to."""

    def __init__(
        self,
        styles: CopyStyles,
        name: str,
        findings: Sequence[Finding],
        exists: Callable[[Place], bool],
    ) -> None:
        self.styles = styles
        self.name = name
        self.findings = findings
        self.exists = exists
        self.lines = lines(findings)

    def content(self, space: str, *, opened: bool) -> bytes:
        """Return the part; `space` is the namespace of the workbook, `opened` whether the workbook
        opens here.
        """
        last = HEAD_ROW + max(len(self.lines), 1)
        numbers = {"head": HEAD_ROW, "first": HEAD_ROW + 1, "last": last, "ticks": TICKS}
        text = SHEET_XML.format(
            space=quoteattr(space),
            selected=' tabSelected="1"' if opened else "",
            columns="".join(
                COLUMN_XML.format(number, width) for number, width in enumerate(WIDTHS, 1)
            ),
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

    def _line(self, number: int, line: ReviewLine) -> str:
        return _row(
            number,
            line.texts,
            [self.styles.review(name or line.style) for name in STYLES],
            height(line),
        )

    def _links(self) -> str:
        """Return a link from each line to its first place."""
        links = "".join(
            f'<hyperlink ref="{PLACES}{number}" location={quoteattr(_target(line.place))}/>'
            for number, line in enumerate(self.lines, HEAD_ROW + 1)
            if self.exists(line.place)
        )
        return f"<hyperlinks>{links}</hyperlinks>" if links else ""


def _row(number: int, texts: Sequence[str], styles: Sequence[int], points: int) -> str:
    """Return a row of texts; they are inline, so that the sender's shared strings stay
    untouched.
    """
    cells = "".join(
        _cell(f"{letter}{number}", text, style)
        for letter, text, style in zip(LETTERS, texts, styles, strict=False)
    )
    return f'<row r="{number}" ht="{points}" customHeight="1">{cells}</row>'


def _cell(address: str, text: str, style: int) -> str:
    if not text:
        return f'<c r="{address}" s="{style}"/>'
    body = escape(stored(text[:MOST_CHARACTERS]))
    return (
        f'<c r="{address}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{body}</t></is>'
        f"</c>"
    )


def _target(place: Place) -> str:
    """Return what a link to a place says."""
    quoted = visible(place.sheet).replace("'", "''")
    return f"'{quoted}'!{place.cell or 'A1'}"


_FONT = {"font_name": "宋体", "font_size": 10, "valign": "top"}
_CELL = {**_FONT, "border": 1, "text_wrap": True}
_BOLD = {**_CELL, "bold": True, "align": "center"}


def separate_review(name: str, findings: Sequence[Finding]) -> bytes:
    """Return a workbook with the review sheet alone."""
    output = io.BytesIO()
    with Workbook(output, {"in_memory": True, **TEXTS_ONLY}) as book:
        book.set_properties({"created": CREATED})
        sheet, listed = book.add_worksheet(TITLE), lines(findings)
        _write_title(book, sheet, visible(f"文件：{name}　{summary(findings)}"))
        _write_lines(book, sheet, listed)
        if listed:
            last = HEAD_ROW + len(listed) - 1
            boxes = {"validate": "list", "source": list(BOXES)}
            sheet.data_validation(HEAD_ROW, len(HEADERS) - 1, last, len(HEADERS) - 1, boxes)
            sheet.autofilter(HEAD_ROW - 1, 0, last, len(HEADERS) - 1)
        sheet.freeze_panes(HEAD_ROW, 0)
        sheet.repeat_rows(HEAD_ROW - 1)
        sheet.set_paper(9)  # A4
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
    return output.getvalue()


def _write_title(book: Workbook, sheet: Worksheet, told: str) -> None:
    """Write what stands above the lines: the title, what was found, the guide, and the head."""
    title = book.add_format({"font_name": "宋体", "font_size": 16, "bold": True})
    font = book.add_format(_FONT)
    head = book.add_format({**_BOLD, "font_color": "#FFFFFF", "bg_color": "#44546B"})
    for row, (text, style) in enumerate(((TITLE, title), (told, font), (GUIDE_APART, font))):
        sheet.write_string(row, 0, text, style)
    for column, (text, width) in enumerate(zip(HEADERS, WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(HEAD_ROW - 1, column, text, head)


def _write_lines(book: Workbook, sheet: Worksheet, listed: Sequence[ReviewLine]) -> None:
    plain, middle = book.add_format(_CELL), book.add_format({**_CELL, "align": "center"})
    colours = {severity.value: fill for severity, fill in FILLS.items()} | {"waived": WAIVED}
    levels = {
        level: book.add_format({**_BOLD, "bg_color": f"#{colour[2:]}"})
        for level, colour in colours.items()
    }
    for row, line in enumerate(listed, HEAD_ROW):
        sheet.set_row(row, height(line))
        styles = [middle, levels[line.style], *[plain] * (len(HEADERS) - 3), middle]
        for column, (text, style) in enumerate(zip(line.texts, styles, strict=True)):
            sheet.write_string(row, column, literal(visible(text)), style)
