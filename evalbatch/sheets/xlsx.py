"""A package with SpreadsheetML inside (.xlsx, .xlsm, and .et saved so) as a book."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime

from evalbatch.model.finding import Observation
from evalbatch.sheets import package
from evalbatch.sheets.book import REVIEW_NAME, Book, Sheet, review_tab
from evalbatch.sheets.package import PackageParts, refused
from evalbatch.sheets.relations import Relation, relations
from evalbatch.sheets.worksheet import (
    FALSE,
    StoredStyles,
    WorkbookContext,
    read_sheet,
    read_strings,
    read_styles,
)
from evalbatch.sheets.xml import Element, child, children, clean, linked, local, parse

Idle = Callable[[Mapping[str, str]], Collection[str]]
"""Names the sheets on which nothing is ever wanted, by the workbook's custom properties."""

# What may run or reach out, by words in part names and content types: observed, never opened (F09).
ACTIVE = (
    ("macros", "宏", ("vbaproject", "macrosheet")),
    ("links", "外部链接", ("externallink",)),
    ("embedded", "嵌入对象或 ActiveX 控件", ("/embeddings/", "/activex/", "oleobject")),
)


EMPTY_TEXT = '""'  # in the text of a formula


def no_sheet(properties: Mapping[str, str]) -> Collection[str]:
    """Leave no sheet out."""
    del properties
    return ()


def read_package(parts: PackageParts, types: Mapping[str, str], main: str, idle: Idle) -> Book:
    """Return a package's workbook from its content types and main part; idle sheets stay without
    cells.

    Raises:
        Refused: the package is broken or no workbook (F01), or exceeds the limits (F08).
    """
    if not main:
        raise refused(package.DAMAGED, parts.place, detail="缺少工作簿部件")
    root = parse(parts, main)
    if local(root) != "workbook":
        raise refused(package.OTHER, parts.place, kind="其他文档")
    links = relations(parts, main)
    book = Book("xlsm" if "macroEnabled" in types.get(main, "") else "xlsx", [])
    context = _context(parts, root, links)
    book.names = dict(_names(root))
    _read_properties(book, parts)
    _read_sheets(book, context, root, {link.id: link for link in links}, idle)
    if context.uncalculated:
        _take_as_empty_texts(book.sheets)
    book.observations.extend(_active(parts, types))
    return book


def _context(parts: PackageParts, root: Element, links: list[Relation]) -> WorkbookContext:
    """Return what all sheets share: strings, formats, the date system."""
    targets = {link.kind: link.part for link in links if link.part in parts}
    settings = child(root, "workbookPr")
    return WorkbookContext(
        parts,
        read_strings(parts, targets["sharedStrings"]) if "sharedStrings" in targets else [],
        read_styles(parts, targets["styles"]) if "styles" in targets else StoredStyles(),
        from_1904=settings is not None and settings.get("date1904", "0") not in FALSE,
    )


def _read_sheets(
    book: Book, context: WorkbookContext, root: Element, links: dict[str, Relation], idle: Idle
) -> None:
    """Read every worksheet in the order of the tabs but the review sheet of an annotated copy;
    chart sheets hold no cells.
    """
    review, unread = review_tab(book.names.get(REVIEW_NAME, "")), idle(book.properties)
    for item in children(root, "sheets"):
        key, name = linked(item), clean(item.get("name", ""))
        if not key or (
            review and name == review
        ):  # a module of Visual Basic has a tab of its own without a part
            continue
        link = links.get(key)
        if link is None or link.external:
            raise refused(package.DAMAGED, context.parts.place, detail=f"缺少工作表“{name}”")
        if link.kind == "worksheet":
            hidden = item.get("state", "visible") != "visible"
            read = name not in unread
            book.sheets.append(
                read_sheet(context, link.part, name, hidden=hidden)
                if read
                else Sheet(name, hidden=hidden)
            )


def _take_as_empty_texts(sheets: Sequence[Sheet]) -> None:
    """Take a formula without a stored value for an empty text where it can give one, in a workbook
    whose program did store results: exceljs leaves out those that are empty texts.
    """
    formulas = [
        (sheet, where, cell)
        for sheet in sheets
        for where, cell in sheet.cells.items()
        if cell.formula is not None
    ]
    if any(cell.value not in (None, "") for _, _, cell in formulas):
        for sheet, where, cell in formulas:
            if cell.value is None and EMPTY_TEXT in (cell.formula or ""):
                sheet.cells[where] = cell._replace(value="")


def _names(root: Element) -> list[tuple[str, str]]:
    """Return the defined names and what they mean; those of one sheet as `sheet!name`."""
    tabs = [clean(item.get("name", "")) for item in children(root, "sheets")]
    found = []
    for item in children(root, "definedNames"):
        scope = item.get("localSheetId", "")
        tab = tabs[int(scope)] + "!" if scope.isdecimal() and int(scope) < len(tabs) else ""
        found.append((tab + clean(item.get("name", "")), clean(item.text or "")))
    return found


def _read_properties(book: Book, parts: PackageParts) -> None:
    """Read the custom document properties and the time of the last change."""
    for link in relations(parts, ""):
        if link.part not in parts:
            continue
        if link.kind in {"custom-properties", "customProperties"}:
            for item in parse(parts, link.part):
                book.properties[item.get("name", "")] = clean(
                    "".join(map(str, item.itertext())).strip()
                )
        elif link.kind in {"core-properties", "coreProperties"}:
            modified = child(parse(parts, link.part), "modified")
            book.modified = None if modified is None else _utc(modified.text or "")


def _utc(text: str) -> datetime | None:
    """Return a W3C date and time as naive UTC, None when it is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _active(parts: PackageParts, types: Mapping[str, str]) -> list[Observation]:
    """Return what the package holds that could run or reach out."""
    words = " ".join(
        (*(f"/{name}" for name in parts.names), *(kind.lower() for kind in types.values()))
    )
    return [
        Observation("F09", (parts.place,), found=found, variant=variant)
        for variant, found, marks in ACTIVE
        if any(mark in words for mark in marks)
    ]
