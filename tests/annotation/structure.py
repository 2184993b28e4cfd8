"""A structural check of a package: what Excel would offer to repair."""

import posixpath
import re
import zipfile
from io import BytesIO

from lxml import etree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
# The order of a worksheet's blocks (ECMA-376 part 1, 18.3.1.99), as far as programs write them.
ORDER = [
    "sheetPr",
    "dimension",
    "sheetViews",
    "sheetFormatPr",
    "cols",
    "sheetData",
    "sheetCalcPr",
    "sheetProtection",
    "protectedRanges",
    "scenarios",
    "autoFilter",
    "sortState",
    "dataConsolidate",
    "customSheetViews",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "colBreaks",
    "customProperties",
    "cellWatches",
    "ignoredErrors",
    "smartTags",
    "drawing",
    "legacyDrawing",
    "legacyDrawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
]


def parts(data):
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len({name.lower() for name in names}) == len(names)
        return {name: archive.read(name) for name in names}


def check(data):
    """Assert that a package holds together; return its parts."""
    found = parts(data)
    trees = {
        name: etree.fromstring(content)
        for name, content in found.items()
        if name.endswith((".xml", ".rels", ".vml"))
    }
    _content_types(found, trees["[Content_Types].xml"])
    _relationships(found, trees)
    _styles(trees)
    _workbook(trees["xl/workbook.xml"])
    for name, tree in trees.items():
        if tree.tag == f"{MAIN}worksheet":
            _worksheet(name, tree, trees)
    return found


def _content_types(found, types):
    defaults = {item.get("Extension").lower() for item in types if item.tag.endswith("Default")}
    overrides = [
        item.get("PartName").lstrip("/") for item in types if item.tag.endswith("Override")
    ]
    assert len(overrides) == len(set(overrides))
    assert set(overrides) <= set(found)
    assert all(
        name in overrides or name.rpartition(".")[2].lower() in defaults
        for name in found
        if name != "[Content_Types].xml"
    )


def targets(name, trees):
    """Return the targets of a part's relationships by id."""
    folder, base = posixpath.split(name)
    rels = trees.get(posixpath.join(folder, "_rels", f"{base}.rels"), ())
    return {
        item.get("Id"): posixpath.normpath(posixpath.join("/", folder, item.get("Target"))).lstrip(
            "/"
        )
        for item in rels
        if item.get("TargetMode") != "External"
    }


def _relationships(found, trees):
    for name in [name for name in trees if name.endswith(".rels")]:
        source = name.replace("_rels/", "").removesuffix(".rels")
        assert not source or source in found, f"{name} belongs to nothing"
        ids = [item.get("Id") for item in trees[name]]
        assert len(ids) == len(set(ids))
        assert set(targets(source, trees).values()) <= set(found)


def _styles(trees):
    styles = trees["xl/styles.xml"]
    blocks = {name: styles.find(MAIN + name) for name in ("fonts", "fills", "borders", "cellXfs")}
    for block in blocks.values():
        assert block.get("count") in {None, str(len(block))}
    for xf in blocks["cellXfs"]:
        for key, name in (("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders")):
            assert int(xf.get(key, "0")) < len(blocks[name])


def _workbook(workbook):
    sheets = workbook.find(f"{MAIN}sheets")
    for key in (
        "name",
        "sheetId",
        "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    ):
        values = [item.get(key) for item in sheets]
        assert None not in values
        assert len(set(values)) == len(values)
    for view in workbook.iter(f"{MAIN}workbookView"):
        assert int(view.get("activeTab", "0")) < len(sheets)
    names = [
        (item.get("name"), item.get("localSheetId")) for item in workbook.iter(f"{MAIN}definedName")
    ]
    assert len(set(names)) == len(names)
    assert all(scope is None or int(scope) < len(sheets) for _, scope in names)


def _worksheet(name, tree, trees):
    order = [ORDER.index(item.tag.removeprefix(MAIN)) for item in tree if item.tag.startswith(MAIN)]
    assert order == sorted(order), f"{name}: blocks out of order"
    formats = len(trees["xl/styles.xml"].find(f"{MAIN}cellXfs"))
    last_row = 0
    for row in tree.find(f"{MAIN}sheetData"):
        assert int(row.get("r")) > last_row
        last_row, last_column = int(row.get("r")), 0
        for cell in row:
            letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", cell.get("r")).groups()
            column = sum(
                (ord(letter) - 64) * 26**place for place, letter in enumerate(reversed(letters))
            )
            assert column > last_column
            assert int(digits) == last_row
            assert int(cell.get("s", "0")) < formats
            last_column = column
    drawing = tree.find(f"{MAIN}legacyDrawing")
    comments = [
        target
        for target in targets(name, trees).values()
        if "comments" in target and "threaded" not in target.lower()
    ]
    if comments:
        assert drawing is not None
        shapes = trees[targets(name, trees)[drawing.values()[0]]]
        notes = [
            item
            for item in shapes.iter("{urn:schemas-microsoft-com:office:excel}ClientData")
            if item.get("ObjectType") == "Note"
        ]
        assert len(notes) == len(trees[comments[0]].find(f"{MAIN}commentList"))
        numbers = [shape.get("id") for shape in shapes.iter("{urn:schemas-microsoft-com:vml}shape")]
        assert len(set(numbers)) == len(numbers)
