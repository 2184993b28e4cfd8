"""The review sheet as a worksheet part of the sender's package."""

from collections.abc import Callable, Sequence

from evalbatch.model.finding import Finding
from evalbatch.model.place import Place, column_letters
from evalbatch.workbook.annotation.cellstyles import Styles
from evalbatch.workbook.annotation.edit import Edit
from evalbatch.workbook.annotation.listing import BOXES, GUIDE, HEADERS, SHEET, WIDTHS, Line, lines, summary
from evalbatch.workbook.sheets.markup import Element
from evalbatch.workbook.sheets.text import clean

MOST_CHARACTERS = 32_000
HEAD_ROW = 4
STYLES = ("middle", "", "cell", "link", "cell", "cell", "cell", "tick")
PLACE_COLUMN, TICK_COLUMN = 4, len(HEADERS)


def review_sheet(edit: Edit, styles: Styles, name: str, findings: Sequence[Finding], exists: Callable[[Place], bool]) -> Element:
    """Return the review sheet; `exists` says whether a place can be jumped to."""
    listing = lines(findings)
    sheet = edit.element("worksheet")
    sheet.append(_settings(edit))
    sheet.append(_views(edit))
    sheet.append(edit.element("sheetFormatPr", {"defaultRowHeight": "15"}))
    sheet.append(_columns(edit))
    sheet.append(_data(edit, styles, name, findings, listing))
    last = HEAD_ROW + max(len(listing), 1)
    sheet.append(edit.element("autoFilter", {"ref": f"A{HEAD_ROW}:{column_letters(len(HEADERS))}{last}"}))
    if listing:
        sheet.append(_boxes(edit, last))
    links = _links(edit, listing, exists)
    if len(links):
        sheet.append(links)
    sheet.append(edit.element("pageMargins", dict.fromkeys(("left", "right", "top", "bottom", "header", "footer"), "0.4")))
    sheet.append(edit.element("pageSetup", {"paperSize": "9", "orientation": "landscape", "fitToHeight": "0"}))
    return sheet


def _settings(edit: Edit) -> Element:
    """Return the sheet's properties: a red tab, and as many pages as needed but one page wide."""
    settings = edit.element("sheetPr")
    settings.append(edit.element("tabColor", {"rgb": "FFC00001"}))
    settings.append(edit.element("pageSetUpPr", {"fitToPage": "1"}))
    return settings


def _views(edit: Edit) -> Element:
    """Return the view: the head stays in sight."""
    views, view = edit.element("sheetViews"), edit.element("sheetView", {"showGridLines": "0", "workbookViewId": "0"})
    below = f"A{HEAD_ROW + 1}"
    frozen = {"ySplit": str(HEAD_ROW), "topLeftCell": below, "activePane": "bottomLeft", "state": "frozen"}
    view.append(edit.element("pane", frozen))
    view.append(edit.element("selection", {"pane": "bottomLeft", "activeCell": below, "sqref": below}))
    views.append(view)
    return views


def _columns(edit: Edit) -> Element:
    """Return the column widths."""
    columns = edit.element("cols")
    for number, width in enumerate(WIDTHS, 1):
        columns.append(edit.element("col", {"min": str(number), "max": str(number), "width": str(width), "customWidth": "1"}))
    return columns


def _data(edit: Edit, styles: Styles, name: str, findings: Sequence[Finding], listing: Sequence[Line]) -> Element:
    """Return the cells: title, file, guide, head, and a row for each line."""
    data = edit.element("sheetData")
    data.append(_row(edit, 1, [(SHEET, styles.review("title"))], height="28"))
    data.append(_row(edit, 2, [(f"文件：{name}　{summary(findings)}", styles.review("text"))]))
    data.append(_row(edit, 3, [(GUIDE, styles.review("text"))]))
    data.append(_row(edit, HEAD_ROW, [(text, styles.review("head")) for text in HEADERS], height="22"))
    for number, line in enumerate(listing, HEAD_ROW + 1):
        names = [style or line.style for style in STYLES]
        data.append(_row(edit, number, [(text, styles.review(style)) for text, style in zip(line.texts, names, strict=True)]))
    return data


def _row(edit: Edit, number: int, cells: Sequence[tuple[str, int]], height: str = "") -> Element:
    """Return a row of texts; they are inline, so that the sender's shared strings stay untouched."""
    row = edit.element("row", {"r": str(number), **({"ht": height, "customHeight": "1"} if height else {})})
    for column, (text, style) in enumerate(cells, 1):
        address = f"{column_letters(column)}{number}"
        cell = edit.element("c", {"r": address, "s": str(style), **({"t": "inlineStr"} if text else {})})
        if text:
            holder = edit.element("is")
            preserve = {"{http://www.w3.org/XML/1998/namespace}space": "preserve"}
            holder.append(edit.element("t", preserve, clean(text)[:MOST_CHARACTERS]))
            cell.append(holder)
        row.append(cell)
    return row


def _boxes(edit: Edit, last: int) -> Element:
    """Return the drop-down of the boxes to tick."""
    boxes = edit.element("dataValidations", {"count": "1"})
    letters = column_letters(TICK_COLUMN)
    box = edit.element("dataValidation", {"type": "list", "allowBlank": "1", "showErrorMessage": "1"})
    box.set("sqref", f"{letters}{HEAD_ROW + 1}:{letters}{last}")
    box.append(edit.element("formula1", None, f'"{",".join(BOXES)}"'))
    boxes.append(box)
    return boxes


def _links(edit: Edit, listing: Sequence[Line], exists: Callable[[Place], bool]) -> Element:
    """Return a link from each line to its first place."""
    links = edit.element("hyperlinks")
    for number, line in enumerate(listing, HEAD_ROW + 1):
        if exists(line.place):
            quoted = line.place.sheet.replace("'", "''")
            target = f"'{quoted}'!{line.place.cell or 'A1'}"
            links.append(edit.element("hyperlink", {"ref": f"{column_letters(PLACE_COLUMN)}{number}", "location": target}))
    return links
