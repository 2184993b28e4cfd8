"""Pieces of WordprocessingML in the official format (GB/T 9704-2012, document/policy.md 6): paragraphs, tables, sections, parts.

Lengths are in twips (1 mm = 56.7 twips, 1 pt = 20 twips). Texts given to these functions are written as they are and must
already be escaped; that is so in templates, and `escape` does it for values.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from evalbatch.publish.word_values import literal

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
)
PAGE = (11906, 16838)  # A4
MARGINS = {"top": 2098, "right": 1474, "bottom": 1984, "left": 1588, "header": 1134, "footer": 1304}  # 37, 26, 35, 28, 20, 23 mm
WIDTH = PAGE[0] - MARGINS["left"] - MARGINS["right"]  # 版心 156 mm
LANDSCAPE_WIDTH = PAGE[1] - MARGINS["top"] - MARGINS["bottom"]


class Cell(NamedTuple):
    """A cell of a table: `span` grid columns wide; `merge` is `restart`, `continue` or empty (vertical merging)."""

    text: str
    span: int = 1
    style: str = "Cell"
    merge: str = ""


def paragraph(text: str = "", style: str = "", properties: str = "") -> str:
    """Return a paragraph of one run."""
    chosen = f'<w:pStyle w:val="{style}"/>' if style else ""
    formatted = f"<w:pPr>{chosen}{properties}</w:pPr>" if chosen or properties else ""
    run = f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>' if text else ""
    return f"<w:p>{formatted}{run}</w:p>"


def page_break() -> str:
    """Return a paragraph property that starts a new page."""
    return "<w:pageBreakBefore/>"


def table(widths: Sequence[int], rows: Iterable[Sequence[Cell]], heads: int = 1, *, whole: bool = False) -> str:
    """Return a table with fixed column widths; the first `heads` rows are repeated on every page, no row breaks over pages.

    A `whole` table stays on one page.

    A row of one cell that holds a `{%tr` tag is left bare, for Jinja to take away.
    """
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    edges = [0, *accumulate(widths)]
    written = [_row(edges, row, head=number < heads, keep=whole) for number, row in enumerate(rows)]
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="Grid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{"".join(written)}</w:tbl>'
    )


def _row(edges: Sequence[int], cells: Sequence[Cell], *, head: bool, keep: bool) -> str:
    column, last = 0, len(edges) - 1
    written: list[str] = []
    kept = "<w:keepNext/>" if keep else ""
    for text, span, style, merge in cells:
        left, column = column, min(column + span, last)
        shown = "" if merge == "continue" else text
        before, after = _around(edges[column] - edges[left], span, style, merge, kept, blank=not shown)
        written += (before, shown, after)
    repeated = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{''.join(written)}</w:tr>"


@lru_cache(maxsize=1024)  # the cells of a form come in few shapes
def _around(width: int, span: int, style: str, merge: str, kept: str, *, blank: bool) -> tuple[str, str]:
    """Return the markup before and after the text of a cell."""
    spanned = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    merged = f'<w:vMerge w:val="{merge}"/>' if merge else ""
    before, _, after = paragraph("" if blank else "\0", style, kept).partition("\0")
    properties = f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spanned}{merged}<w:vAlign w:val="center"/></w:tcPr>'
    return f"<w:tc>{properties}{before}", f"{after}</w:tc>"


def listing(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of plain texts under a repeated head.

    Args:
        columns: for each column head, share of the width and style of its cells, such as `预算数|15|CellNumber`.
        rows: the texts, not yet escaped.
    """
    heads, shares, styles = zip(*(column.split("|") for column in columns), strict=True)
    whole = sum(map(int, shares))
    widths = [int(share) * WIDTH // whole for share in shares]
    written = [[Cell(literal(text), 1, style) for text, style in zip(row, styles, strict=True)] for row in rows]
    return table(widths, [[Cell(head, 1, "CellHead") for head in heads], *written])


def section(*, footers: bool = True, start: int | None = None, landscape: bool = False, kind: str = "nextPage") -> str:
    """Return section properties: paper, margins, page numbers."""
    links = '<w:headerReference w:type="default" r:id="rId5"/><w:headerReference w:type="even" r:id="rId5"/>'
    if footers:
        links += '<w:footerReference w:type="default" r:id="rId6"/><w:footerReference w:type="even" r:id="rId7"/>'
    width, height = reversed(PAGE) if landscape else PAGE
    turned = ' w:orient="landscape"' if landscape else ""
    sides = (
        ("left", "top", "right", "bottom") if landscape else ("top", "right", "bottom", "left")
    )  # the head to the binding edge
    edge = MARGINS["footer"] - (MARGINS["bottom"] - MARGINS["right"] if landscape else 0)
    margins = " ".join(
        f'w:{side}="{MARGINS[source]}"' for side, source in zip(("top", "right", "bottom", "left"), sides, strict=True)
    )
    number = f'<w:pgNumType w:start="{start}"/>' if start is not None else ""
    return (
        f'<w:sectPr>{links}<w:type w:val="{kind}"/><w:pgSz w:w="{width}" w:h="{height}"{turned}/>'
        f'<w:pgMar {margins} w:header="{MARGINS["header"]}" w:footer="{edge}" w:gutter="0"/>{number}</w:sectPr>'
    )


def section_end(**settings: object) -> str:
    """Return the paragraph that ends a section."""
    return f'<w:p><w:pPr><w:pStyle w:val="Cell"/>{section(**settings)}</w:pPr></w:p>'  # type: ignore[arg-type]  # passed through


def figure(*charts: str) -> str:
    """Return a paragraph of charts side by side."""
    return f'<w:p><w:pPr><w:pStyle w:val="Figure"/></w:pPr>{"".join(charts)}</w:p>'


def chart(identifier: int, title: str, width_mm: int, height_mm: int) -> str:
    """Return the run of a chart; `title` is its alternative text, by which it is found when the template is rendered."""
    width, height = width_mm * 36000, height_mm * 36000
    return (
        '<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{width}" cy="{height}"/><wp:docPr id="{identifier}" name="图{identifier}" descr="{title}"/>'
        '<wp:cNvGraphicFramePr/><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">'
        f'<c:chart r:id="rId{10 + identifier}"/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'
    )
