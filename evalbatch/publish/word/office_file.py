"""A template as an office's program saved it, brought back to the shape that reports are made in.

Word, WPS and LibreOffice change a file on saving though nobody edited it: the main part gets
another name, styles get other ids under the same names, charts lose their titles, the document grid
is rounded, and a section or page break moves onto the paragraph of a control mark, which is taken
away when the report is made. Review comments never go out.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from io import BytesIO
from posixpath import basename, dirname, join
from typing import Final
from zipfile import ZipFile

from lxml import etree

MAIN: Final = "word/document.xml"
_MAIN_RELATIONS: Final = "word/_rels/document.xml.rels"
_TYPES: Final = "[Content_Types].xml"
_ROOT_RELATIONS: Final = "_rels/.rels"
STYLES: Final = "word/styles.xml"
_SETTINGS: Final = "word/settings.xml"
W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LIVING: Final = re.compile(
    r"word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml|docProps/core\.xml"
)
"""The parts in which placeholders are filled in."""
_OPENED: Final = re.compile(rf"{LIVING.pattern}|word/(charts/.*|styles\.xml)")
_COMMENTS: Final = re.compile(r"word/(comments\w*|people)\.xml")
_COMMENT_MARKS: Final = tuple(
    f"{W}{name}" for name in ("commentRangeStart", "commentRangeEnd", "commentReference")
)
_TRACKED: Final = tuple(
    f"{W}{name}"
    for name in ("ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "tblPrChange")
)
_CHART: Final = "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"
_WP: Final = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_LOOKS: Final = f"{_WP}docPr"
_HOLDERS: Final = (f"{_WP}inline", f"{_WP}anchor")
_STYLED: Final = ("pStyle", "rStyle", "tblStyle", "basedOn", "next", "link")
_CONTROL: Final = re.compile(r"\s*{%p\s+(?P<word>\w+)[^%]*%}\s*")
_OPENING: Final = re.compile(r"{%\w*\s*(?:if|for)\b")
_ENDING: Final = re.compile(r"{%\w*\s*end(?:if|for)\b")
_CONTENTS_FIELD: Final = re.compile(r"\bTOC\b")
_AFTER_BREAK: Final = ("pStyle", "keepNext", "keepLines")
_BEHIND_UPDATE: Final = frozenset(
    {
        "hdrShapeDefaults",
        "footnotePr",
        "endnotePr",
        "compat",
        "docVars",
        "rsids",
        "mathPr",
        "themeFontLang",
        "clrSchemeMapping",
        "shapeDefaults",
        "decimalSymbol",
        "listSeparator",
    }
)
"""What stands behind `updateFields` in a settings part (ECMA-376 part 1, 17.15.1.78)."""

Parts = dict[str, bytes]


def parsed(content: bytes) -> etree._Element:
    """Return a part's tree; nothing outside it is ever fetched.

    Raises:
        etree.XMLSyntaxError: it is no XML.
    """
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))


@lru_cache(maxsize=1)  # a report is compared with its evaluation, and its gaps are counted
def opened(document: bytes) -> Parts:
    """Return the parts of a document of ours that hold what stands in a workbook, and its styles.

    Raises:
        BadZipFile, KeyError: it cannot be opened.
    """
    with ZipFile(BytesIO(document)) as package:
        return {name: package.read(name) for name in package.namelist() if _OPENED.fullmatch(name)}


def normalised(parts: Mapping[str, bytes], own: Mapping[str, bytes]) -> Parts:
    """Return the parts of an office's template with the main part under its usual name, styles
    under the ids that our markup uses, breaks on paragraphs of their own, without review comments.

    Args:
        parts: the parts by name.
        own: the parts of a template of ours with all styles and charts; a style that the office
            took out is put back, since our tables are laid out in these styles.

    Raises:
        etree.XMLSyntaxError: a part that must be read is no XML.
    """
    changed = _with_usual_main(dict(parts))
    changed = _without_comments(changed)
    if MAIN not in changed:
        return changed
    if STYLES in changed:
        changed = _with_own_style_ids(changed, parsed(own[STYLES]))
    body, ours = parsed(changed[MAIN]), parsed(own[MAIN])
    mended = (
        _loosen_controls(body),
        _free_breaks(body),
        _name_charts(body, ours),
        _restore_grid(body, ours),
    )
    if any(mended):
        changed[MAIN] = _written(body)
    if _SETTINGS in changed and any(
        _CONTENTS_FIELD.search(field.text or "") for field in body.iter(f"{W}instrText")
    ):
        changed[_SETTINGS] = _updating(parsed(changed[_SETTINGS]))
    return changed


def tracked_changes(parts: Mapping[str, bytes]) -> int:
    """Count the tracked changes that nobody accepted or refused."""
    return sum(
        1
        for name, content in parts.items()
        if LIVING.fullmatch(name)
        for _ in parsed(content).iter(*_TRACKED)
    )


def review_comments(parts: Mapping[str, bytes]) -> int:
    """Count the review comments."""
    content = parts.get("word/comments.xml")
    return len(list(parsed(content).iter(f"{W}comment"))) if content else 0


def style_names(styles: bytes) -> dict[str, str]:
    """Return the names of styles by their ids."""
    return {
        style.get(f"{W}styleId", ""): _name_of(style) for style in parsed(styles).iter(f"{W}style")
    }


def _name_of(style: etree._Element) -> str:
    name = style.find(f"{W}name")
    return name.get(f"{W}val", "") if name is not None else ""


def _written(tree: etree._Element) -> bytes:
    return etree.tostring(tree, encoding="UTF-8", xml_declaration=True, standalone=True)


def _with_usual_main(parts: Parts) -> Parts:
    """Give the main part its usual name; the package's relationships say which it is."""
    if _ROOT_RELATIONS not in parts:
        return parts
    for link in parsed(parts[_ROOT_RELATIONS]):
        target = link.get("Target", "").lstrip("/")
        if not link.get("Type", "").endswith("/officeDocument") or target == MAIN:
            continue
        relations = join(dirname(target), "_rels", f"{basename(target)}.rels")
        names = {target: MAIN, relations: _MAIN_RELATIONS}
        renamed = {names.get(name, name): content for name, content in parts.items()}
        old, new = target.encode(), MAIN.encode()
        for name in (_ROOT_RELATIONS, _TYPES):
            renamed[name] = renamed.get(name, b"").replace(old, new)
        return renamed
    return parts


def _without_comments(parts: Parts) -> Parts:
    """Take review comments away, with what points to them."""
    if not any(_COMMENTS.fullmatch(name) for name in parts):
        return parts
    kept = {name: content for name, content in parts.items() if not _COMMENTS.fullmatch(name)}
    for name, content in kept.items():
        if name == _TYPES or name.endswith(".rels"):
            tree = parsed(content)
            for child in list(tree):
                place = child.get("PartName") or child.get("Target") or ""
                if _COMMENTS.fullmatch(join("word", basename(place))):
                    tree.remove(child)
            kept[name] = _written(tree)
        elif name.startswith("word/") and b":comment" in content:
            tree = parsed(content)
            for mark in list(tree.iter(*_COMMENT_MARKS)):
                parent = mark.getparent()
                if parent is not None:
                    parent.remove(mark)
            kept[name] = _written(tree)
    return kept


def _with_own_style_ids(parts: Parts, ours: etree._Element) -> Parts:
    """Give styles the ids of ours by their names, and add those of ours that are gone."""
    styles = parsed(parts[STYLES])
    known = {_name_of(style): style for style in ours.iter(f"{W}style")}
    theirs = list(styles.iter(f"{W}style"))
    ids = {
        style.get(f"{W}styleId", ""): own.get(f"{W}styleId", "")
        for style in theirs
        if (own := known.get(_name_of(style))) is not None
    }
    taken = set(ids.values())
    for style in theirs:
        old = style.get(f"{W}styleId", "")
        if old not in ids and old in taken:  # another style of theirs under an id of ours
            ids[old] = f"{old}Other"
    there = {_name_of(style) for style in theirs}
    missing = [style for name, style in known.items() if name not in there]
    ids = {old: new for old, new in ids.items() if old != new}
    if not ids and not missing:
        return parts
    changed = {
        name: _with_ids(content, ids) if name.startswith("word/") and ids else content
        for name, content in parts.items()
    }
    if missing:
        tree = parsed(changed[STYLES])
        tree.extend(missing)
        changed[STYLES] = _written(tree)
    return changed


def _with_ids(content: bytes, ids: Mapping[str, str]) -> bytes:
    if b"Style" not in content and b"style" not in content:
        return content
    tree = parsed(content)
    for element in tree.iter(*(f"{W}{name}" for name in _STYLED)):
        value = element.get(f"{W}val", "")
        element.set(f"{W}val", ids.get(value, value))
    for style in tree.iter(f"{W}style"):
        old = style.get(f"{W}styleId", "")
        style.set(f"{W}styleId", ids.get(old, old))
    return _written(tree)


def _loosen_controls(body: etree._Element) -> bool:
    """Take away content controls that hold only a part of a mark, or only the beginning or the end
    of a loop or condition; what they hold stays. Says whether there was any.
    """
    contents = [content for content in body.iter(f"{W}sdtContent") if _torn(content)]
    for content in contents:
        control = content.getparent()
        if control is None or (around := control.getparent()) is None:
            continue
        for child in list(content):
            control.addprevious(child)
        around.remove(control)
    return bool(contents)


def _torn(content: etree._Element) -> bool:
    """Whether a text begins or ends within a mark, or a loop or condition."""
    text = "".join(piece.text or "" for piece in content.iter(f"{W}t"))
    halves = text.count("{") != text.count("}")
    return halves or len(_OPENING.findall(text)) != len(_ENDING.findall(text))


def _free_breaks(body: etree._Element) -> bool:
    """Move section and page breaks off the paragraphs of control marks; says whether any was."""
    moved = False
    for paragraph in list(body.iter(f"{W}p")):
        text = "".join(piece.text or "" for piece in paragraph.iter(f"{W}t"))
        control = _CONTROL.fullmatch(text)
        if control:
            moved |= _free_section(paragraph, ends=control["word"].startswith("end"))
            moved |= _free_page_break(paragraph)
    return moved


def _free_section(paragraph: etree._Element, *, ends: bool) -> bool:
    """Put a section break on a paragraph of its own: behind the end of a loop or condition, before
    its beginning, so that it does not depend on it.
    """
    section = paragraph.find(f"{W}pPr/{W}sectPr")
    if section is None:
        return False
    own = etree.Element(f"{W}p")
    properties = etree.SubElement(own, f"{W}pPr")
    etree.SubElement(
        properties,
        f"{W}spacing",
        {f"{W}before": "0", f"{W}after": "0", f"{W}line": "20", f"{W}lineRule": "exact"},
    )
    properties.append(section)
    if ends:
        paragraph.addnext(own)
    else:
        paragraph.addprevious(own)
    return True


def _free_page_break(paragraph: etree._Element) -> bool:
    """Put a page break on the next paragraph that stays in the report."""
    breaks = [
        mark for mark in paragraph.iter(f"{W}br") if mark.get(f"{W}type") == "page"
    ] + paragraph.findall(f"{W}pPr/{W}pageBreakBefore")
    heir = next(_staying(paragraph), None)
    if not breaks or heir is None:
        return False
    for mark in breaks:
        parent = mark.getparent()
        if parent is not None:
            parent.remove(mark)
    properties = heir.find(f"{W}pPr")
    if properties is None:
        properties = etree.Element(f"{W}pPr")
        heir.insert(0, properties)
    before = [child for child in properties if etree.QName(child).localname in _AFTER_BREAK]
    properties.insert(len(before), etree.Element(f"{W}pageBreakBefore"))
    return True


def _staying(paragraph: etree._Element) -> Iterator[etree._Element]:
    """Yield the paragraphs behind one that are no control marks; a table between them ends it."""
    for sibling in paragraph.itersiblings():
        if sibling.tag != f"{W}p":
            return
        text = "".join(piece.text or "" for piece in sibling.iter(f"{W}t"))
        if not _CONTROL.fullmatch(text):
            yield sibling


def _name_charts(body: etree._Element, ours: etree._Element) -> bool:
    """Give charts without a title those of ours, in their order: they are filled in by title."""
    nameless = [
        looks for looks in _chart_looks(body) if not (looks.get("title") or looks.get("descr"))
    ]
    for looks, own in zip(nameless, _chart_looks(ours), strict=False):
        for key in ("title", "descr"):
            looks.set(key, own.get(key, ""))
    return bool(nameless)


def _chart_looks(body: etree._Element) -> list[etree._Element]:
    """Return what describes each chart: the properties of the drawing that holds it."""
    holders = (next(chart.iterancestors(*_HOLDERS), None) for chart in body.iter(_CHART))
    looks = (holder.find(_LOOKS) for holder in holders if holder is not None)
    return [each for each in looks if each is not None]


def _restore_grid(body: etree._Element, ours: etree._Element) -> bool:
    """Undo the rounding of the pitch of characters where the grid is ours otherwise: 28 characters
    a line (GB/T 9704) would become 27.
    """
    own = next(ours.iter(f"{W}docGrid"), None)
    if own is None:
        return False
    pitch, space = f"{W}linePitch", f"{W}charSpace"
    rounded = [
        grid
        for grid in body.iter(f"{W}docGrid")
        if grid.get(pitch) == own.get(pitch) and grid.get(space) not in {None, own.get(space)}
    ]
    for grid in rounded:
        grid.set(space, own.get(space, ""))
    return bool(rounded)


def _updating(settings: etree._Element) -> bytes:
    """Let a table of contents be brought up to date when the report is opened."""
    if settings.find(f"{W}updateFields") is None:
        later = (
            place
            for place, child in enumerate(settings)
            if etree.QName(child).localname in _BEHIND_UPDATE
        )
        mark = etree.Element(f"{W}updateFields", {f"{W}val": "true"})
        settings.insert(next(later, len(settings)), mark)
    return _written(settings)
