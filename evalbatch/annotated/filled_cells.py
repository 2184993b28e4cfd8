"""The colours of the annotated copy, by severity; odd last digits make them ours when a copy comes
back.
"""

import copy
import re
from collections.abc import Mapping
from typing import Final, TypeVar

from evalbatch.annotated.edits import Edit
from evalbatch.model.finding import Severity
from evalbatch.model.place import column_letters
from evalbatch.sheets.worksheet import column_number
from evalbatch.sheets.xml import Element, child, children, local

FILLS: Final = {Severity.ERROR: "FFFFC7CF", Severity.WARNING: "FFFFEB9D", Severity.NOTE: "FFDDEBF9"}
WAIVED: Final = "FFE7E6E7"
OURS: Final = frozenset(FILLS.values())


STYLES_PART = "xl/styles.xml"  # where openpyxl looks, whatever the relationships say
STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
ORDER = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles")
BLANK_BACK = {"indexed": "64"}


class CopyStyles:
    """The cell formats of the package, extended as needed."""

    def __init__(self, edit: Edit) -> None:
        self.edit = edit
        self.root = self._root()
        self.fonts, self.fills, self.borders, self.formats = (
            self._block(name) for name in ("fonts", "fills", "borders", "cellXfs")
        )
        self.known: dict[tuple[int, str], int] = {}

    def filled(self, style: int, severity: Severity) -> int:
        """Return the format of a style with the fill of a severity instead of its own."""
        return self._with_fill(style, FILLS[severity])

    def _with_fill(self, style: int, colour: str) -> int:
        key = (style, colour)
        if key not in self.known:
            source = self._format(style)
            back = self._back(source)
            item = copy.deepcopy(source)
            item.set("fillId", str(self._fill(colour, back)))
            item.set("applyFill", "1")
            self.known[key] = _append(self.formats, item)
        return self.known[key]

    def restored(self, style: int) -> int:
        """Return the format of a style with our fill, as it was before; the style itself when the
        fill is not ours.
        """
        source = self._format(style)
        if _colour(self._fill_of(source)) not in OURS:
            return style
        key = (style, "")
        if key not in self.known:
            item = copy.deepcopy(source)
            back = self._back(source)
            plain = back == BLANK_BACK
            item.set("fillId", "0" if plain else str(self._solid(back, BLANK_BACK)))
            self.known[key] = _append(self.formats, item)
        return self.known[key]

    def review(self, name: str) -> int:
        """Return a format of the review sheet by its name (see REVIEW)."""
        key = (-1, name)
        if key not in self.known:
            font, fill, border, alignment = REVIEW[name]
            item = self.edit.element(
                "xf",
                {
                    "numFmtId": "0",
                    "fontId": str(self._font(font)),
                    "fillId": str(self._plain(fill)),
                },
            )
            item.attrib.update({"borderId": str(self._border()) if border else "0"})
            item.attrib.update(
                {"applyFont": "1", "applyFill": "1", "applyBorder": "1", "applyAlignment": "1"}
            )
            item.append(self.edit.element("alignment", alignment))
            self.known[key] = _append(self.formats, item)
        return self.known[key]

    def _root(self) -> Element:
        """Return the style sheet, made when the package has none."""
        for link in self.edit.links(self.edit.main):
            if link.kind == "styles" and link.part in self.edit.parts:
                return self.edit.tree(link.part)
        root = self.edit.element("styleSheet")
        free = STYLES_PART not in self.edit.parts
        part = STYLES_PART if free else self.edit.free_name("xl/styles{0}.xml")
        self._add_normal(root)
        self.edit.put_tree(part, root)
        self.edit.declare(part, STYLES_TYPE)
        self.edit.link(self.edit.main, "styles", part)
        return root

    def _add_normal(self, root: Element) -> None:
        """Give a new style sheet the style that every cell has."""
        formats, names = self.edit.element("cellStyleXfs"), self.edit.element("cellStyles")
        formats.append(self.edit.element("xf"))
        normal = {"name": "Normal", "xfId": "0", "builtinId": "0"}
        names.append(self.edit.element("cellStyle", normal))
        root.extend([formats, names])

    def _block(self, name: str) -> Element:
        """Return a collection of the style sheet, made in its place with one plain member when it
        is missing.
        """
        found = child(self.root, name)
        if found is None:
            found = self.edit.element(name)
            before = [item for item in self.root if local(item) in ORDER[: ORDER.index(name)]]
            self.root.insert(len(before), found)
        if not len(found):
            for item in self._first(name):
                _append(found, item)
        return found

    def _first(self, name: str) -> list[Element]:
        """Return the members that an empty collection must have; of fills the first two are
        reserved.
        """
        if name == "cellXfs":
            return [
                self.edit.element(
                    "xf", dict.fromkeys(("numFmtId", "fontId", "fillId", "borderId"), "0")
                )
            ]
        if name != "fills":
            return [self.edit.element(name[:-1])]
        fills = [self.edit.element("fill"), self.edit.element("fill")]
        for fill, pattern in zip(fills, ("none", "gray125"), strict=True):
            fill.append(self.edit.element("patternFill", {"patternType": pattern}))
        return fills

    def _format(self, style: int) -> Element:
        """Return a cell format, the first when there is no such style."""
        return self.formats[style if 0 <= style < len(self.formats) else 0]

    def _fill_of(self, source: Element) -> Element | None:
        """Return the fill of a cell format."""
        index = source.get("fillId", "0")
        return (
            self.fills[int(index)] if index.isdecimal() and int(index) < len(self.fills) else None
        )

    def _back(self, source: Element) -> dict[str, str]:
        """Return the colour that a fill of ours must remember: that of a solid fill, or what our
        own fill remembers.
        """
        fill = self._fill_of(source)
        pattern = None if fill is None else child(fill, "patternFill")
        if pattern is None or pattern.get("patternType") != "solid":
            return BLANK_BACK
        colour = child(pattern, "bgColor" if _colour(fill) in OURS else "fgColor")
        if (
            colour is None or colour.get("rgb", "").upper() in OURS
        ):  # LibreOffice writes a colour of its own there
            return BLANK_BACK
        return {str(name): str(value) for name, value in colour.attrib.items()}

    def _plain(self, colour: str) -> int:
        return self._fill(colour, BLANK_BACK) if colour else 0

    def _fill(self, colour: str, back: dict[str, str]) -> int:
        return self._solid({"rgb": colour}, back)

    def _solid(self, front: dict[str, str], back: dict[str, str]) -> int:
        """Return the index of a solid fill, appended when new."""
        key = (-2, f"{front}{back}")
        if key not in self.known:
            fill, pattern = (
                self.edit.element("fill"),
                self.edit.element("patternFill", {"patternType": "solid"}),
            )
            pattern.extend(
                (self.edit.element("fgColor", front), self.edit.element("bgColor", back))
            )
            fill.append(pattern)
            self.known[key] = _append(self.fills, fill)
        return self.known[key]

    def _font(self, kind: tuple[str, ...]) -> int:
        """Return the index of a font of the review sheet: size, then any of bold, link, white."""
        key = (-3, " ".join(kind))
        if key not in self.known:
            font = self.edit.element("font")
            if "bold" in kind:
                font.append(self.edit.element("b"))
            if "link" in kind:
                font.append(self.edit.element("u"))
            font.append(self.edit.element("sz", {"val": kind[0]}))
            colour = "FF0563C1" if "link" in kind else "FFFFFFFF" if "white" in kind else "FF000000"
            font.append(self.edit.element("color", {"rgb": colour}))
            font.append(self.edit.element("name", {"val": "宋体"}))
            font.append(self.edit.element("charset", {"val": "134"}))
            self.known[key] = _append(self.fonts, font)
        return self.known[key]

    def _border(self) -> int:
        """Return the index of a thin border all around."""
        key = (-4, "")
        if key not in self.known:
            border = self.edit.element("border")
            for side in ("left", "right", "top", "bottom"):
                line = self.edit.element(side, {"style": "thin"})
                line.append(self.edit.element("color", {"rgb": "FFA6A6A6"}))
                border.append(line)
            border.append(self.edit.element("diagonal"))
            self.known[key] = _append(self.borders, border)
        return self.known[key]


WRAP = {"vertical": "top", "wrapText": "1"}
MIDDLE = {"horizontal": "center", "vertical": "top", "wrapText": "1"}
REVIEW: dict[str, tuple[tuple[str, ...], str, bool, dict[str, str]]] = {
    "title": (("16", "bold"), "", False, {"vertical": "center"}),
    "text": (("10",), "", False, {"vertical": "top"}),
    "head": (
        ("10", "bold", "white"),
        "FF44546B",
        True,
        {"horizontal": "center", "vertical": "center", "wrapText": "1"},
    ),
    "cell": (("10",), "", True, WRAP),
    "middle": (("10",), "", True, MIDDLE),
    "link": (("10", "link"), "", True, WRAP),
    "tick": (("14",), "", True, MIDDLE),
    "error": (("10", "bold"), FILLS[Severity.ERROR], True, MIDDLE),
    "warning": (("10", "bold"), FILLS[Severity.WARNING], True, MIDDLE),
    "note": (("10", "bold"), FILLS[Severity.NOTE], True, MIDDLE),
    "waived": (("10", "bold"), WAIVED, True, MIDDLE),
}


def _append(block: Element, item: Element) -> int:
    """Append to a counted collection and return the index."""
    block.append(item)
    block.set("count", str(len(block)))
    return len(block) - 1


def _colour(fill: Element | None) -> str:
    """Return the foreground colour of a pattern fill, empty when it has none."""
    pattern = None if fill is None else child(fill, "patternFill")
    colour = None if pattern is None else child(pattern, "fgColor")
    return "" if colour is None else colour.get("rgb", "").upper()


AREA = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")
T = TypeVar("T")
Cells = Mapping[tuple[int, int], Severity]


def fill(edit: Edit, styles: CopyStyles, sheet: Element, cells: Cells) -> None:
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
    """Return what belongs to each cell, with cells under a merge moved to its upper left corner,
    which alone shows.
    """
    areas = [
        match.groups()
        for item in children(sheet, "mergeCells")
        if (match := AREA.fullmatch(item.get("ref", "")))
    ]
    merges = [
        (int(top), column_number(left), int(bottom), column_number(right))
        for left, top, right, bottom in areas
    ]
    found: dict[tuple[int, int], list[T]] = {}
    for (row, column), item in cells.items():
        inside = (
            (top, left)
            for top, left, bottom, right in merges
            if top <= row <= bottom and left <= column <= right
        )
        found.setdefault(next(inside, (row, column)), []).append(item)
    return found


def unfill(styles: CopyStyles, sheet: Element) -> None:
    """Give every cell with a fill of ours its former format back."""
    for cell in sheet.iter(f"{sheet.tag[: -len(local(sheet))]}c"):
        before = _style(cell)
        after = styles.restored(before)
        if after != before:
            cell.set("s", str(after))


def _numbered_rows(data: Element) -> dict[int, Element]:
    """Return the rows by number; rows and cells without an address get the one that they have by
    their order.
    """
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
    """Return a cell of a row, created in its place with the format of its row or column when it
    does not exist.
    """
    columns = [column_number(cell.get("r", "A").rstrip("0123456789").upper()) for cell in row]
    if column in columns:
        return row[columns.index(column)]
    style = (
        row.get("s") if row.get("customFormat") in {"1", "true"} else _column_style(sheet, column)
    )
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
