"""Builds the Word templates that we ship: plain docxtpl documents that an office may open and edit in Word.

`scripts/build_templates.py` writes the files.
"""

from collections.abc import Iterable

from evalbatch.publish import word_styles
from evalbatch.publish.word_bodies import BODIES
from evalbatch.publish.word_chart import bars
from evalbatch.publish.word_layout import NAMESPACES
from evalbatch.publish.word_package import join, pack

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_CHART = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
TEMPLATES = tuple(BODIES)


def _rels(charts: int) -> bytes:
    kinds = [("styles", "styles.xml"), ("settings", "settings.xml"), ("fontTable", "fontTable.xml")]
    kinds = [*kinds, ("header", "header1.xml"), ("footer", "footer1.xml"), ("footer", "footer2.xml")]
    links = [(f"rId{number}", kind, target) for number, (kind, target) in enumerate(kinds, 2)]
    links += [(f"rId{10 + number}", "chart", f"charts/chart{number}.xml") for number in range(1, charts + 1)]
    return _relations((identifier, f"{_OFFICE}/{kind}", target) for identifier, kind, target in links)


def _relations(links: Iterable[tuple[str, str, str]]) -> bytes:
    written = "".join(f'<Relationship Id="{identifier}" Type="{kind}" Target="{target}"/>' for identifier, kind, target in links)
    return f'{_XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{written}</Relationships>'.encode()


def _types(charts: int) -> bytes:
    kinds = {"document": "document.main", "styles": "styles", "settings": "settings", "fontTable": "fontTable"}
    kinds |= {"header1": "header", "footer1": "footer", "footer2": "footer"}
    written = "".join(f'<Override PartName="/word/{part}.xml" ContentType="{_WORD}.{kind}+xml"/>' for part, kind in kinds.items())
    written += "".join(f'<Override PartName="/word/charts/chart{n}.xml" ContentType="{_CHART}"/>' for n in range(1, charts + 1))
    return (
        f'{_XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/>{written}<Override PartName="/docProps/core.xml" '
        'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
    ).encode()


def _core() -> bytes:
    return (
        f'{_XML}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{{ 文档标题 }}</dc:title><dc:creator>{{ 落款单位 }}</dc:creator>'
        "</cp:coreProperties>"
    ).encode()


def build(name: str) -> bytes:
    """Return the .docx of a template of ours: `project`, `organisation`, `office`, `total` or `working_paper`.

    Raises:
        KeyError: there is no such template.
    """
    body = BODIES[name]()
    charts = body.count("<c:chart ")
    document = f"{_XML}<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>".encode()
    core = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
    parts = {
        "[Content_Types].xml": _types(charts),
        "_rels/.rels": _relations(
            [("rId1", f"{_OFFICE}/officeDocument", "word/document.xml"), ("rId2", core, "docProps/core.xml")]
        ),
        "docProps/core.xml": _core(),
        "word/document.xml": document,
        "word/_rels/document.xml.rels": _rels(charts),
        "word/styles.xml": word_styles.styles(),
        "word/settings.xml": word_styles.settings(),
        "word/fontTable.xml": word_styles.fonts(),
        "word/header1.xml": word_styles.header(),
        "word/footer1.xml": word_styles.footer(even=False),
        "word/footer2.xml": word_styles.footer(even=True),
        **{f"word/charts/chart{number}.xml": bars("项数", [("示例", 1)]) for number in range(1, charts + 1)},
    }
    return join([pack(name, content) for name, content in parts.items()])
