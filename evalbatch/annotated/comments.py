"""Comments of ours on a sheet: beside those that are there, never in their place."""

import re
from collections.abc import Mapping

from evalbatch.annotated.edits import Edit
from evalbatch.model.place import column_letters
from evalbatch.sheets.worksheet import column_number
from evalbatch.sheets.xml import Element, child, children, linked, local, rich, stored

AUTHOR = "审核意见（evalbatch）"
MARK = "【审核意见】"
COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
# What may follow the legacy drawing in a worksheet (ECMA-376 part 1, 18.3.1.99).
AFTER = frozenset(
    {
        "legacyDrawingHF",
        "drawingHF",
        "picture",
        "oleObjects",
        "controls",
        "webPublishItems",
        "tableParts",
        "extLst",
    }
)
SHAPE = re.compile(rb"<v:shape\b(?:(?!</v:shape>).)*</v:shape>\s*", re.DOTALL)
ROW, COLUMN = (
    re.compile(rb"<x:Row>\s*(\d+)\s*</x:Row>"),
    re.compile(rb"<x:Column>\s*(\d+)\s*</x:Column>"),
)
SHAPE_ID = re.compile(rb"_x0000_s(\d+)")
BLOCK = 1024
MOST_CHARACTERS = 4_000
NAMESPACES = """xmlns:v="urn:schemas-microsoft-com:vml" \
xmlns:o="urn:schemas-microsoft-com:office:office" \
xmlns:x="urn:schemas-microsoft-com:office:excel\""""
EMPTY_DRAWING = """<xml {namespaces}>\
<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{block}"/></o:shapelayout>\
<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">\
<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" \
o:connecttype="rect"/></v:shapetype></xml>"""
NOTE = """<v:shape id="_x0000_s{id}" type="#_x0000_t202" \
style="position:absolute;margin-left:60pt;margin-top:2pt;\
width:220pt;height:{height}pt;z-index:{order};visibility:hidden" \
fillcolor="#ffffe1" o:insetmode="auto"{namespaces}>\
<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>\
<v:path o:connecttype="none"/>\
<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>\
<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>\
<x:AutoFill>False</x:AutoFill>\
<x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"""
CHARACTERS_A_LINE, POINTS_A_LINE, PIXELS_A_ROW = 20, 14, 18


class SheetComments:
    """The comments of one worksheet, changed in place."""

    def __init__(self, edit: Edit, part: str, sheet: Element, number: int) -> None:
        self.edit = edit
        self.part = part
        self.sheet = sheet
        self.number = number
        links = edit.links(part)
        self.comments = next(
            (link.part for link in links if link.kind == "comments" and link.part in edit.parts), ""
        )
        block = child(sheet, "legacyDrawing")
        key = "" if block is None else linked(block)
        self.drawing = next(
            (link.part for link in links if link.id == key and link.part in edit.parts), ""
        )

    def remove(self) -> None:
        """Take our comments away, and our words out of the sender's."""
        if not self.comments:
            return
        root = self.edit.tree(self.comments)
        authors = _authors(root)
        ours = set()
        listing = child(root, "commentList")
        for item in () if listing is None else list(listing):
            author = authors.get(item.get("authorId", ""), "")
            if listing is not None and (
                author == AUTHOR or _says(item).startswith(MARK)
            ):  # LibreOffice loses authors
                ours.add(_where(item.get("ref", "")))
                listing.remove(item)
            else:
                _unsay(item)
        self._remove_shapes(ours)

    def add(self, texts: Mapping[tuple[int, int], str]) -> None:
        """Add comments by cell; a sender's comment on the same cell keeps its text and gets ours
        below.
        """
        listing, author = self._listing()
        present = {item.get("ref", ""): item for item in listing}
        fresh = {}
        for (row, column), text in sorted(texts.items()):
            reference = f"{column_letters(column)}{row}"
            item = present.get(reference)
            if item is None:
                fresh[row, column] = text
                item = self.edit.element("comment", {"ref": reference, "authorId": str(author)})
                item.append(self.edit.element("text"))
                listing.append(item)
            self._say(item, text)
        if fresh:
            self._add_shapes(fresh)

    def _say(self, item: Element, text: str) -> None:
        """Append a run with our text to a comment."""
        body = child(item, "text")
        if body is None:
            body = self.edit.element("text")
            item.insert(0, body)
        first = child(body, "t")
        if first is not None:  # a plain text and runs exclude each other
            body.replace(first, run := self.edit.element("r"))
            run.append(first)
        run = self.edit.element("r")
        text = stored(text[:MOST_CHARACTERS])
        text = f"{MARK}\n{text}" if not len(body) else f"\n{MARK}\n{text}"
        leaf = self.edit.element(
            "t", {"{http://www.w3.org/XML/1998/namespace}space": "preserve"}, text
        )
        run.append(leaf)
        body.append(run)

    def _listing(self) -> tuple[Element, int]:
        """Return the list of comments and the index of our author, both made when missing."""
        if not self.comments:
            self.comments = self.edit.free_name("xl/comments{0}.xml")
            root = self.edit.element("comments")
            root.append(self.edit.element("authors"))
            root.append(self.edit.element("commentList"))
            self.edit.put_tree(self.comments, root)
            self.edit.declare(self.comments, COMMENTS_TYPE)
            self.edit.link(self.part, "comments", self.comments)
        root = self.edit.tree(self.comments)
        authors, listing = child(root, "authors"), child(root, "commentList")
        if authors is None:
            root.insert(0, authors := self.edit.element("authors"))
        if listing is None:
            root.append(listing := self.edit.element("commentList"))
        known = {name: index for index, name in _authors(root).items()}
        if AUTHOR not in known:
            authors.append(self.edit.element("author", None, AUTHOR))
            return listing, len(authors) - 1
        return listing, int(known[AUTHOR])

    def _add_shapes(self, texts: Mapping[tuple[int, int], str]) -> None:
        """Draw the boxes of new comments."""
        content = self._drawing_content()
        used = [int(match) for match in SHAPE_ID.findall(content)]
        first = max(used, default=self._block() * BLOCK) + 1
        declared = all(name in content[:1000] for name in (b"xmlns:v=", b"xmlns:o=", b"xmlns:x="))
        spaces = "" if declared else f" {NAMESPACES}"
        shapes = "".join(
            _shape(number, *cell, text, spaces)
            for number, (cell, text) in enumerate(texts.items(), first)
        )
        end = content.rfind(b"</")
        self.edit.put(self.drawing, content[:end] + shapes.encode() + content[end:])

    def _drawing_content(self) -> bytes:
        """Return the drawing of the sheet's comments, made when missing."""
        if self.drawing:
            return self.edit.content(self.drawing)
        self.drawing = self.edit.free_name("xl/drawings/vmlDrawing{0}.vml")
        self.edit.declare_extension("vml", DRAWING_TYPE)
        block = self.edit.element("legacyDrawing")
        block.set(
            f"{{{self.edit.link_space}}}id", self.edit.link(self.part, "vmlDrawing", self.drawing)
        )
        after = [index for index, item in enumerate(self.sheet) if local(item) in AFTER]
        self.sheet.insert(after[0] if after else len(self.sheet), block)
        content = EMPTY_DRAWING.format(namespaces=NAMESPACES, block=self._block()).encode()
        self.edit.put(self.drawing, content)
        return content

    def _block(self) -> int:
        """Return a block of shape numbers that no other sheet is likely to use."""
        return 100 + self.number

    def _remove_shapes(self, cells: set[tuple[int, int]]) -> None:
        """Take away the boxes of removed comments."""
        if not cells or not self.drawing:
            return

        def kept(match: re.Match[bytes]) -> bytes:
            row, column = ROW.search(match[0]), COLUMN.search(match[0])
            if row is None or column is None or b'ObjectType="Note"' not in match[0]:
                return match[0]
            return b"" if (int(row[1]) + 1, int(column[1]) + 1) in cells else match[0]

        self.edit.put(self.drawing, SHAPE.sub(kept, self.edit.content(self.drawing)))


def _authors(root: Element) -> dict[str, str]:
    """Return the authors by their index."""
    return {str(index): item.text or "" for index, item in enumerate(children(root, "authors"))}


def _says(item: Element) -> str:
    """Return the text of a comment."""
    body = child(item, "text")
    return "" if body is None else rich(body)


def _unsay(item: Element) -> None:
    """Take our runs out of a sender's comment."""
    body = child(item, "text")
    for run in () if body is None else list(body):
        text = child(run, "t")
        if body is not None and text is not None and (text.text or "").lstrip().startswith(MARK):
            body.remove(run)


def _where(reference: str) -> tuple[int, int]:
    """Return row and column of an address."""
    letters = reference.rstrip("0123456789")
    return int(reference[len(letters) :] or 0), column_number(letters.upper())


def _shape(number: int, row: int, column: int, text: str, spaces: str) -> str:
    """Return the box of a comment, as high as its text needs."""
    lines = sum(1 + len(line) // CHARACTERS_A_LINE for line in text.split("\n")) + 1
    rows = max(lines * POINTS_A_LINE // PIXELS_A_ROW + 1, 3)
    anchor = f"{column}, 15, {max(row - 2, 0)}, 4, {column + 3}, 60, {max(row - 2, 0) + rows}, 4"
    height, order = lines * POINTS_A_LINE, number % BLOCK
    where = {"row": row - 1, "column": column - 1, "anchor": anchor}
    return NOTE.format(id=number, order=order, height=height, namespaces=spaces, **where)
