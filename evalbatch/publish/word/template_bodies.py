"""Pieces of WordprocessingML in the official format (GB/T 9704-2012, document/policy.md 6):
paragraphs, tables, sections, parts.

Lengths are in twips (1 mm = 56.7 twips, 1 pt = 20 twips). Texts given to these functions are
written as they are and must already be escaped; that is so in templates, and `escape` does it for
values.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from evalbatch.publish.word.charts import Series, bars
from evalbatch.publish.word.template import join, literal, pack

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
)
PAGE = (11906, 16838)  # A4
MARGINS = {
    "top": 2098,
    "right": 1474,
    "bottom": 1984,
    "left": 1588,
    "header": 1134,
    "footer": 1304,
}  # 37, 26, 35, 28, 20, 23 mm
WIDTH = PAGE[0] - MARGINS["left"] - MARGINS["right"]  # 版心 156 mm
LANDSCAPE_WIDTH = PAGE[1] - MARGINS["top"] - MARGINS["bottom"]


# 28 characters of 16 pt within 156 mm: each takes 0.207 pt less, in 1/4096 pt; 22 lines a page
_GRID = '<w:docGrid w:type="linesAndChars" w:linePitch="579" w:charSpace="-849"/>'


class Cell(NamedTuple):
    """A cell of a table: `span` grid columns wide; `merge` is `restart`, `continue` or empty
    (vertical merging).
    """

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


def table(
    widths: Sequence[int], rows: Iterable[Sequence[Cell]], heads: int = 1, *, whole: bool = False
) -> str:
    """Return a table with fixed column widths; the first `heads` rows are repeated on every page,
    no row breaks over pages.

    A `whole` table stays on one page.

    A row of one cell that holds a `{%tr` tag is left bare, for Jinja to take away.
    """
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    edges = [0, *accumulate(widths)]
    written = [_row(edges, row, head=number < heads, keep=whole) for number, row in enumerate(rows)]
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="Grid"/><w:tblW w:w="{sum(widths)}" '
        f'w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
        f"{''.join(written)}</w:tbl>"
    )


def _row(edges: Sequence[int], cells: Sequence[Cell], *, head: bool, keep: bool) -> str:
    column, last = 0, len(edges) - 1
    written: list[str] = []
    kept = "<w:keepNext/>" if keep else ""
    for text, span, style, merge in cells:
        left, column = column, min(column + span, last)
        shown = "" if merge == "continue" else text
        before, after = _around(
            edges[column] - edges[left], span, style, merge, kept, blank=not shown
        )
        written += (before, shown, after)
    repeated = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{''.join(written)}</w:tr>"


@lru_cache(maxsize=1024)  # the cells of a form come in few shapes
def _around(
    width: int, span: int, style: str, merge: str, kept: str, *, blank: bool
) -> tuple[str, str]:
    """Return the markup before and after the text of a cell."""
    spanned = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    merged = f'<w:vMerge w:val="{merge}"/>' if merge else ""
    before, _, after = paragraph("" if blank else "\0", style, kept).partition("\0")
    properties = (
        f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spanned}{merged}<w:vAlign w:val="center"/>'
        f"</w:tcPr>"
    )
    return f"<w:tc>{properties}{before}", f"{after}</w:tc>"


def listing(
    columns: Sequence[str], rows: Sequence[Sequence[str]], width: int = WIDTH, totals: int = 0
) -> str:
    """Return a table of plain texts under a repeated head.

    Args:
        columns: for each column head, share of the width and style of its cells, such as
            `预算数|15|CellNumber`.
        rows: the texts, not yet escaped.
        width: of the whole table, in twips.
        totals: how many of the last rows are totals.
    """
    heads, shares, styles = zip(*(column.split("|") for column in columns), strict=True)
    whole = sum(map(int, shares))
    widths = [int(share) * width // whole for share in shares]
    body = len(rows) - totals
    written = [
        [
            Cell(literal(text), 1, style if at < body else f"{style}Total")
            for text, style in zip(row, styles, strict=True)
        ]
        for at, row in enumerate(rows)
    ]
    return table(widths, [[Cell(head, 1, "CellHead") for head in heads], *written])


def section(
    *,
    footers: bool = True,
    start: int | None = None,
    landscape: bool = False,
    kind: str = "nextPage",
) -> str:
    """Return section properties: paper, margins, page numbers, the grid of 22 lines by 28
    characters (GB/T 9704).
    """
    odd, even = ("rId8", "rId9") if landscape else ("rId5", "rId5")
    links = (
        f'<w:headerReference w:type="default" r:id="{odd}"/><w:headerReference w:type="even" '
        f'r:id="{even}"/>'
    )
    if footers:  # turned pages have their numbers where the others have them, in the header part
        odd, even = ("rId10", "rId10") if landscape else ("rId6", "rId7")
        links += f'<w:footerReference w:type="default" r:id="{odd}"/>'
        links += f'<w:footerReference w:type="even" r:id="{even}"/>'
    width, height = reversed(PAGE) if landscape else PAGE
    turned = ' w:orient="landscape"' if landscape else ""
    sides = (
        ("left", "top", "right", "bottom") if landscape else ("top", "right", "bottom", "left")
    )  # the head to the binding edge
    edge = MARGINS["footer"] - (MARGINS["bottom"] - MARGINS["right"] if landscape else 0)
    margins = " ".join(
        f'w:{side}="{MARGINS[source]}"'
        for side, source in zip(("top", "right", "bottom", "left"), sides, strict=True)
    )
    number = f'<w:pgNumType w:start="{start}"/>' if start is not None else ""
    return (
        f'<w:sectPr>{links}<w:type w:val="{kind}"/><w:pgSz w:w="{width}" w:h="{height}"{turned}/>'
        f'<w:pgMar {margins} w:header="{MARGINS["header"]}" w:footer="{edge}" w:gutter="0"/>'
        f"{number}{_GRID}</w:sectPr>"
    )


def section_end(**settings: object) -> str:
    """Return the paragraph that ends a section."""
    return f'<w:p><w:pPr><w:pStyle w:val="Cell"/>{section(**settings)}</w:pPr></w:p>'  # type: ignore[arg-type]  # passed through


def figure(*charts: str) -> str:
    """Return a paragraph of charts side by side."""
    return f'<w:p><w:pPr><w:pStyle w:val="Figure"/></w:pPr>{"".join(charts)}</w:p>'


def chart(identifier: int, title: str, described: str, width_mm: int, height_mm: int) -> str:
    """Return the run of a chart; found by its `title` when the template is rendered; `described`
    says what it shows.
    """
    width, height = width_mm * 36000, height_mm * 36000
    return (
        '<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{width}" cy="{height}"/>'
        f'<wp:docPr id="{identifier}" name="图{identifier}" descr="{described}" title="{title}"/>'
        "<wp:cNvGraphicFramePr/><a:graphic><a:graphicData "
        'uri="http://schemas.openxmlformats.org/drawingml/2006/chart">'
        f'<c:chart r:id="rId{20 + identifier}"/></a:graphicData></a:graphic></wp:inline>'
        f"</w:drawing></w:r>"
    )


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SONG, _TITLE, _HEI, _KAI, _BODY = "宋体", "方正小标宋简体", "黑体", "楷体_GB2312", "仿宋_GB2312"
_ALTERNATIVES = {
    _BODY: "FangSong",
    _KAI: "KaiTi",
    _TITLE: "SimSun",
    _HEI: "SimHei",
    _SONG: "SimSun",
}
_PITCH = 579  # 28.95 pt: 22 lines a page
_INDENT = '<w:ind w:firstLineChars="200" w:firstLine="640"/>'
_NO_INDENT = '<w:ind w:firstLineChars="0" w:firstLine="0"/>'
# Unit and date are centred upon one another, the date four characters from the right
# (document/policy.md 6, with seal).
_SIGNED = '<w:ind w:leftChars="1260" w:left="4032" w:firstLineChars="0" w:firstLine="0"/>'
_LOOSE = '<w:spacing w:line="240" w:lineRule="auto"/>'
# 28 characters of 16 pt within 156 mm by their spacing: snapped to the grid, LibreOffice gives a
# character two places
_TIGHT = '<w:spacing w:val="-5"/>'
_KEEP = "<w:keepNext/><w:keepLines/>"


def _font(name: str) -> str:
    return (
        f'<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="{name}" '
        f'w:cs="Times New Roman"/>'
    )


def _size(half_points: int) -> str:
    return f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'


def _style(
    identifier: str,
    name: str,
    paragraph_format: str = "",
    run_format: str = "",
    based: str = "Normal",
) -> str:
    return (
        f'<w:style w:type="paragraph" w:styleId="{identifier}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="{based}"/><w:qFormat/>'
        f"<w:pPr>{paragraph_format}</w:pPr><w:rPr>{run_format}</w:rPr></w:style>"
    )


def _heading(level: int, run_format: str) -> str:
    return _style(
        f"Heading{level}",
        f"heading {level}",
        f'{_KEEP}<w:outlineLvl w:val="{level - 1}"/>',
        run_format,
    )


def styles() -> bytes:
    """Return word/styles.xml with only the styles that our templates use."""
    pitch = f'<w:spacing w:before="0" w:after="0" w:line="{_PITCH}" w:lineRule="exact"/>'
    centred, right, left = (
        '<w:jc w:val="center"/>',
        '<w:jc w:val="right"/>',
        '<w:jc w:val="left"/>',
    )
    title_pitch = '<w:spacing w:line="640" w:lineRule="exact"/>'
    written = [
        *_base(pitch),
        _style("Title", "Title", title_pitch + _NO_INDENT + centred, _font(_TITLE) + _size(44)),
        _heading(1, _font(_HEI)),
        _heading(2, _font(_KAI)),
        _heading(3, "<w:b/>"),
        _style("Plain", "顶格正文", _NO_INDENT),
        _style(
            "CoverTitle",
            "封面标题",
            '<w:spacing w:line="760" w:lineRule="exact"/>' + _NO_INDENT + centred,
            _font(_TITLE) + _size(52),
        ),
        _style(
            "CoverItem",
            "封面项目",
            '<w:spacing w:line="680" w:lineRule="exact"/>'
            '<w:ind w:leftChars="200" w:left="640" w:firstLineChars="0" w:firstLine="0"/>' + left,
        ),
        _style("DraftMark", "草稿标记", _NO_INDENT + centred, _font(_HEI)),
        _style("Signature", "落款", _KEEP + _SIGNED + centred),
        _style("SignatureDate", "落款日期", _SIGNED + centred),
        _style("Number", "发文字号", _NO_INDENT + centred),
        _style(
            "Attachments",
            "附件说明",
            '<w:ind w:left="1600" w:hanging="960" w:firstLineChars="0"/><w:jc w:val="left"/>',
        ),
        _style(
            "MoreAttachments",
            "附件说明续",
            '<w:ind w:left="1840" w:hanging="240" w:firstLineChars="0"/><w:jc w:val="left"/>',
        ),
        _style(
            "Seam", "表间", '<w:spacing w:line="20" w:lineRule="exact"/>' + _NO_INDENT, _size(2)
        ),
        _style("AttachmentMark", "附件标记", _NO_INDENT + left, _font(_HEI)),
        _style(
            "Caption",
            "caption",
            f'{_KEEP}<w:spacing w:before="120"/>{_NO_INDENT}{centred}',
            _font(_HEI) + _size(28),
        ),
        _style("FigureCaption", "图题", f"{_NO_INDENT}{centred}", _font(_HEI) + _size(28)),
        _style("Unit", "表格单位", f"{_KEEP}{_LOOSE}{_NO_INDENT}{right}", _size(24)),
        _style("Cell", "表格文字", _LOOSE + _NO_INDENT + centred, _size(21)),
        _style("CellLeft", "表格文字左对齐", left, based="Cell"),
        _style("CellNumber", "表格数字", right, based="Cell"),
        _style("CellHead", "表头", "", _font(_HEI), based="Cell"),
        _style("CellTotal", "表格合计", "", _font(_HEI), based="Cell"),
        _style("CellLeftTotal", "表格合计左对齐", "", _font(_HEI), based="CellLeft"),
        _style("CellNumberTotal", "表格合计数字", "", _font(_HEI), based="CellNumber"),
        _style("Form", "附表文字", "", _size(18), based="Cell"),
        _style("FormLeft", "附表文字左对齐", left, based="Form"),
        _style("FormNumber", "附表数字", right, based="Form"),
        _style("FormHead", "附表表头", "", _font(_HEI), based="Form"),
        _style("Note", "表注", _LOOSE + _NO_INDENT + left, _size(21)),
        _style("Figure", "图", f"{_KEEP}{_LOOSE}{_NO_INDENT}{centred}"),
        _style("Header", "header", _LOOSE + _NO_INDENT + centred, _font(_HEI) + _size(28)),
        _style(
            "Footer",
            "footer",
            f'<w:spacing w:line="280" w:lineRule="exact"/>{_NO_INDENT}',
            _font(_SONG) + _size(28),
        ),
    ]
    return f"{_XML}<w:styles {NAMESPACES}>{''.join(written)}</w:styles>".encode()


def _base(pitch: str) -> tuple[str, ...]:
    """Return the defaults, the body text and the tables."""
    language = '<w:lang w:val="en-US" w:eastAsia="zh-CN"/>'
    margins = "".join(f'<w:{side} w:w="57" w:type="dxa"/>' for side in ("left", "right"))
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>' for side in _SIDES
    )
    run = f"<w:rPrDefault><w:rPr>{_font(_BODY)}{_size(32)}{language}</w:rPr></w:rPrDefault>"
    body = (
        f'<w:widowControl w:val="0"/><w:snapToGrid w:val="0"/>{pitch}{_INDENT}<w:jc w:val="both"/>'
    )
    plain = (
        f'<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>'
    )
    grid = (
        f'<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>{borders}</w:tblBorders></w:tblPr>'
    )
    return (
        f"<w:docDefaults>{run}<w:pPrDefault/></w:docDefaults>",
        _default(
            "paragraph",
            "Normal",
            "Normal",
            f"<w:qFormat/><w:pPr>{body}</w:pPr><w:rPr>{_TIGHT}{_size(32)}</w:rPr>",
        ),
        _default("table", "TableNormal", "Normal Table", plain),
        f'<w:style w:type="table" w:styleId="Grid"><w:name w:val="Table Grid"/>{grid}</w:style>',
    )


def _default(kind: str, identifier: str, name: str, content: str) -> str:
    return (
        f'<w:style w:type="{kind}" w:default="1" w:styleId="{identifier}"><w:name '
        f'w:val="{name}"/>{content}</w:style>'
    )


_SIDES = ("top", "left", "bottom", "right", "insideH", "insideV")


def footer(*, even: bool) -> bytes:
    """Return a footer with the page number between dashes: odd pages right, even pages left, one
    character from the edge.
    """
    side = (
        '<w:ind w:leftChars="100" w:left="280" w:firstLineChars="0" w:firstLine="0"/><w:jc '
        'w:val="left"/>'
    )
    if not even:
        side = (
            '<w:ind w:rightChars="100" w:right="280" w:firstLineChars="0" w:firstLine="0"/><w:jc '
            'w:val="right"/>'
        )
    return (
        f'{_XML}<w:ftr {NAMESPACES}><w:p><w:pPr><w:pStyle w:val="Footer"/>{side}</w:pPr>'
        f"{_page_number()}</w:p></w:ftr>"
    ).encode()


def _page_number() -> str:
    """Return the runs of a page number between dashes."""
    song = f'<w:rPr><w:rFonts w:ascii="{_SONG}" w:hAnsi="{_SONG}" w:eastAsia="{_SONG}"/></w:rPr>'
    return "".join(
        f"<w:r>{song}{piece}</w:r>"
        for piece in (
            '<w:t xml:space="preserve">— </w:t>',
            '<w:fldChar w:fldCharType="begin"/>',
            '<w:instrText xml:space="preserve"> PAGE </w:instrText>',
            '<w:fldChar w:fldCharType="separate"/>',
            "<w:t>1</w:t>",
            '<w:fldChar w:fldCharType="end"/>',
            '<w:t xml:space="preserve"> —</w:t>',
        )
    )


def turned_header(*, even: bool) -> bytes:
    """Return the header of turned pages: the draft mark, and the page number at the edge where it
    stands on the other pages.

    Bound with the others, a turned page has its head to the left, so that the lower edge of the
    other pages is its left edge (GB/T 9704: 页码位置与公文其他页码保持一致). The number stands in a
    table of one cell that floats over the margin.
    """
    height, top = (
        1400,
        1868 if even else 8752,
    )  # twips: one character from the edge of the text, as in the footers
    side = "left" if even else "right"
    frame = (
        f'<w:tblPr><w:tblpPr w:vertAnchor="page" w:horzAnchor="page" w:tblpX="1304" '
        f'w:tblpY="{top}"/><w:tblW w:w="420" '
        'w:type="dxa"/><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="0" '
        'w:type="dxa"/><w:right w:w="0" w:type="dxa"/>'
        '</w:tblCellMar></w:tblPr><w:tblGrid><w:gridCol w:w="420"/></w:tblGrid>'
    )
    cell = (
        '<w:tcPr><w:tcW w:w="420" w:type="dxa"/><w:noWrap/><w:textDirection w:val="tbRl"/>'
        '<w:vAlign w:val="center"/></w:tcPr>'
    )
    number = (
        f'<w:p><w:pPr><w:pStyle w:val="Footer"/>{_NO_INDENT}<w:jc w:val="{side}"/></w:pPr>'
        f"{_page_number()}</w:p>"
    )
    row = (
        f'<w:tr><w:trPr><w:trHeight w:val="{height}" w:hRule="exact"/></w:trPr><w:tc>'
        f"{cell}{number}</w:tc></w:tr>"
    )
    return (
        f"{_XML}<w:hdr {NAMESPACES}><w:tbl>{frame}{row}</w:tbl>"
        f"{paragraph('{{ 页眉 }}', 'Header')}</w:hdr>"
    ).encode()


def blank_footer() -> bytes:
    """Return the footer of turned pages: without one of their own they would have that of the pages
    before.
    """
    return f"{_XML}<w:ftr {NAMESPACES}>{paragraph('', 'Footer')}</w:ftr>".encode()


def header() -> bytes:
    """Return the header: empty, but a draft says so on every page."""
    return f"{_XML}<w:hdr {NAMESPACES}>{paragraph('{{ 页眉 }}', 'Header')}</w:hdr>".encode()


def settings() -> bytes:
    """Return word/settings.xml: odd and even pages differ, East Asian line breaking as in official
    documents.
    """
    return (
        f'{_XML}<w:settings {NAMESPACES}><w:zoom w:percent="100"/><w:evenAndOddHeaders/>'
        f"<w:characterSpacingControl "
        'w:val="compressPunctuation"/><w:compat><w:compatSetting w:name="compatibilityMode" '
        'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>'
    ).encode()


def fonts() -> bytes:
    """Return word/fontTable.xml: which font may stand in where an official one is not installed
    (they are licensed).
    """
    written = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/></w:font>'
        for name, other in _ALTERNATIVES.items()
    )
    return f"{_XML}<w:fonts {NAMESPACES}>{written}</w:fonts>".encode()


def when(condition: str, *pieces: str) -> str:
    """Return pieces that are printed only when the placeholder holds something."""
    return paragraph(f"{{%p if {condition} %}}") + "".join(pieces) + paragraph("{%p endif %}")


def each(name: str, source: str, *pieces: str) -> str:
    """Return pieces that are printed for each member of a list."""
    return (
        paragraph(f"{{%p for {name} in {source} %}}") + "".join(pieces) + paragraph("{%p endfor %}")
    )


def value(name: str, style: str = "") -> str:
    """Return a paragraph that holds one placeholder."""
    return paragraph(f"{{{{ {name} }}}}", style)


_WORD_BODIES_KEEP = "<w:keepNext/>"


def last(name: str) -> str:
    """Return a placeholder at the end of the text: its paragraphs stay on a page with what follows,
    such as the signature.
    """
    return paragraph(f"{{{{ {name} }}}}", "", _WORD_BODIES_KEEP)


def each_last(name: str, source: str, text: str, *before: str) -> str:
    """Return a paragraph for each member of a list; the last stays on a page with what follows."""
    either = (
        paragraph("{%p if loop.last %}"),
        last(text),
        paragraph("{%p else %}"),
        value(text),
        paragraph("{%p endif %}"),
    )
    return each(name, source, *before, *either)


def heading(level: int, text: str) -> str:
    """Return a heading."""
    return paragraph(text, f"Heading{level}")


def grid(
    widths: Sequence[int],
    heads: Sequence[str],
    row: str,
    source: str,
    cells: Sequence[tuple[str, str]],
    *last: Cell,
    whole: bool = False,
) -> str:
    """Return a table with a repeated head and a row for each member of a list; `cells` are
    placeholders with their styles.
    """
    loop = [
        [Cell(f"{{%tr for {row} in {source} %}}", len(widths))],
        [Cell(f"{{{{ {name} }}}}", 1, style) for name, style in cells],
        [Cell("{%tr endfor %}", len(widths))],
    ]
    return table(
        widths,
        [[Cell(head, 1, "CellHead") for head in heads], *loop, *([last] if last else [])],
        whole=whole,
    )


def _scaled(parts: Sequence[int], width: int = WIDTH) -> list[int]:
    whole = sum(parts)
    scaled = [part * width // whole for part in parts]
    scaled[-1] += width - sum(scaled)
    return scaled


def _cover() -> str:
    return "".join(
        (
            when("草稿", value("草稿标记", "DraftMark")),
            *(paragraph("", "Plain") for _ in range(4)),
            value("报告名称", "CoverTitle"),
            *(paragraph("", "Plain") for _ in range(4)),
            each("项", "封面项目", paragraph("{{ 项.名称 }}：{{ 项.内容 }}", "CoverItem")),
            section_end(footers=False),
        )
    )


def _funding_table() -> str:
    two = [
        ("源.来源", "CellLeft"),
        ("源.年初", "CellNumber"),
        ("源.预算", "CellNumber"),
        ("源.执行", "CellNumber"),
        ("源.未用", "CellNumber"),
    ]
    three = [
        ("源.来源", "CellLeft"),
        ("源.预算", "CellNumber"),
        ("源.到位", "CellNumber"),
        ("源.执行", "CellNumber"),
        ("源.未用", "CellNumber"),
    ]
    heads = ["{{ 资金栏.预算 }}", "{{ 资金栏.执行 }}", "未支出数", "执行率"]
    widths = _scaled([26, 15, 15, 15, 15, 14])
    return when(
        "资金表",
        paragraph("{{ 年度 }}年度{{ 对象 }}资金情况表", "Caption"),
        paragraph("单位：万元", "Unit"),
        when(
            "按到位资金",
            grid(
                widths,
                ["资金来源", heads[0], "{{ 资金栏.到位 }}", *heads[1:]],
                "源",
                "资金表",
                [*three, ("源.执行率", "CellNumber")],
                whole=True,
            ),
        ),
        when(
            "not 按到位资金",
            grid(
                widths,
                ["资金来源", "{{ 资金栏.年初 }}", *heads],
                "源",
                "资金表",
                [*two, ("源.执行率", "CellNumber")],
                whole=True,
            ),
        ),
    )


def _details_table() -> str:
    cells = [("支.序号", "Cell"), ("支.名称", "CellLeft"), ("支.处室", "CellLeft")]
    cells += [("支.预算", "CellNumber"), ("支.支出", "CellNumber"), ("支.执行率", "CellNumber")]
    last = [
        Cell("合计", 3, "CellHead"),
        *(
            Cell(f"{{{{ 支出合计.{name} }}}}", 1, "CellNumber")
            for name in ("预算", "支出", "执行率")
        ),
    ]
    heads = ["序号", "子项目名称", "承担单位（处室）", "预算数", "支出数", "执行率"]
    return when(
        "支出明细",
        paragraph("{{ 年度 }}年度{{ 对象 }}支出明细表", "Caption"),
        paragraph("单位：万元", "Unit"),
        grid(_scaled([8, 36, 20, 13, 13, 12]), heads, "支", "支出明细", cells, *last),
    )


def _score_table() -> str:
    cells = [("指.一级指标", "Cell"), ("指.二级指标", "Cell"), ("指.三级指标", "CellLeft")]
    cells += [(f"指.{name}", "CellNumber") for name in ("分值", "申报", "核算", "核定")]
    sums = (
        Cell(f"{{{{ 得分合计.{name} }}}}", 1, "CellNumber")
        for name in ("分值", "申报", "核算", "核定")
    )
    heads = ["一级指标", "二级指标", "三级指标", "分值", "{{ 申报名称 }}", "核算得分", "核定得分"]
    return when(
        "得分表",
        paragraph("{{ 年度 }}年度{{ 对象 }}绩效得分表", "Caption"),
        paragraph("单位：分", "Unit"),
        grid(
            _scaled([15, 16, 29, 10, 10, 10, 10]),
            heads,
            "指",
            "得分表",
            cells,
            Cell("合计", 3, "CellHead"),
            *sums,
        ),
    )


def _changes_table() -> str:
    cells = [("变.指标", "CellLeft"), ("变.上年", "Cell"), ("变.本年", "Cell")]
    return when(
        "变化表",
        paragraph("年度指标值与上年不同的三级指标", "Caption"),
        grid(
            _scaled([50, 25, 25]), ["三级指标", "上年指标值", "本年指标值"], "变", "变化表", cells
        ),
    )


def _problems_table() -> str:
    cells = [("题.序号", "Cell"), ("题.内容", "CellLeft")]
    return when(
        "问题表",
        paragraph("存在的问题", "Caption"),
        grid(_scaled([10, 90]), ["序号", "存在的问题"], "题", "问题表", cells),
    )


def _targets_table() -> str:
    cells = [
        ("任.序号", "Cell"),
        ("任.内容", "CellLeft"),
        ("任.目标值", "Cell"),
        ("任.完成值", "Cell"),
        ("任.完成率", "Cell"),
        ("任.原因", "CellLeft"),
    ]
    heads = ["序号", "任务内容", "年度目标值", "实际完成值", "完成率", "未完成原因"]
    return when(
        "节.任务",
        value("节.任务说明"),
        value("节.任务表题", "Caption"),
        grid(_scaled([8, 32, 14, 16, 13, 22]), heads, "任", "节.任务", cells),
    )


def _project() -> str:
    chapter1 = (
        heading(1, "一、基本情况"),
        heading(2, "（一）{{ 对象 }}概况"),
        each("段", "概况", value("段.标题", "Heading3"), value("段.内容")),
        _funding_table(),
        _details_table(),
        heading(2, "（二）{{ 对象 }}绩效目标"),
        each("段", "绩效目标", value("段.标题", "Heading3"), value("段.内容")),
    )
    chapter2 = (
        heading(1, "二、绩效评价工作开展情况"),
        heading(2, "（一）绩效评价目的、对象和范围"),
        value("评价范围"),
        heading(2, "（二）绩效评价原则、评价指标体系、评价方法、评价标准"),
        when("评价原则", value("评价原则")),
        value("指标体系"),
        value("评价方法"),
        heading(2, "（三）绩效评价工作过程"),
        value("工作过程"),
    )
    chapter4 = each(
        "节",
        "指标分析",
        value("节.标题", "Heading2"),
        when("节.概述", value("节.概述")),
        _targets_table(),
        each("组", "节.指标组", value("组.标题", "Heading3"), value("组.内容")),
        when("节.调查", value("节.调查")),
    )
    chapters = (
        *chapter1,
        *chapter2,
        heading(1, "三、综合评价情况及评价结论"),
        value("评价结论"),
        _changes_table(),
        _score_table(),
        heading(1, "四、绩效评价指标分析"),
        chapter4,
        heading(1, "五、主要经验及做法、存在的问题及原因分析"),
        heading(2, "（一）主要经验及做法"),
        value("主要经验"),
        heading(2, "（二）存在的问题及原因分析"),
        value("存在问题"),
        _problems_table(),
        heading(1, "六、有关建议"),
        value("有关建议"),
        heading(1, "七、其他需要说明的问题"),
        each(
            "段",
            "其他事项",
            when("其他事项|length > 1", value("段.标题", "Heading2")),
            last("段.内容"),
        ),
    )
    return "".join(
        (
            _cover(),
            value("标题单位", "Title"),
            value("标题项目", "Title"),
            value("报告名称", "Title"),
            paragraph("", "Plain"),
            when("主送机关", paragraph("{{ 主送机关 }}：", "Plain")),
            value("导语"),
            when("草稿", value("草稿说明")),
            *chapters,
            _attachment(),
            _signature(),
            paragraph("附件", "AttachmentMark", page_break()),
            paragraph("", "Plain"),
            value("附件标题", "Title"),
            paragraph("（{{ 年度 }}年度）", "Cell"),
            paragraph("{{p 附表 }}"),
            value("附注", "Note"),
            section(start=1),
        )
    )


def _attachment() -> str:
    """Return the note on the attachment (附件说明), a line below the text."""
    return paragraph("", "Plain", _WORD_BODIES_KEEP) + paragraph(
        "附件：{{ 附件名称 }}", "Attachments", _WORD_BODIES_KEEP
    )


def _signature(blank_lines: int = 2, end: str = "") -> str:
    """Return unit and date; all before them is kept with them, so that neither stands alone on a
    page.
    """
    blank = paragraph("", "Plain", _WORD_BODIES_KEEP)
    date = paragraph(
        "{{ 落款日期 }}", "SignatureDate", end
    )  # a section ends here: no blank paragraph behind it makes a page
    return blank * blank_lines + when("落款单位", value("落款单位", "Signature")) + date


def _nodes_table(source: str = "节点表", width: int = LANDSCAPE_WIDTH) -> str:
    names = ("序号", "指标", "节点", "处室", "时限", "完成", "状态", "说明")
    left = {"指标", "节点", "说明"}
    cells = [(f"点.{name}", "CellLeft" if name in left else "Cell") for name in names]
    heads = [
        "序号",
        "三级指标",
        "工作节点",
        "责任处室",
        "完成时限",
        "实际完成时间",
        "完成状态",
        "佐证材料、原因及调整情况",
    ]
    return grid(_scaled([6, 20, 22, 11, 13, 13, 10, 25], width), heads, "点", source, cells)


def _offices_table() -> str:
    names = ("节点", "按期", "逾期", "未完成", "经批准调整", "未到期", "未填报", "完成率")
    cells = [("处.处室", "CellLeft"), *((f"处.{name}", "Cell") for name in names)]
    heads = ["责任处室", "节点数", *names[1:]]
    return when(
        "处室表",
        paragraph("各处室工作节点完成情况表", "Caption"),
        paragraph("单位：个", "Unit"),
        grid(_scaled([22, 9, 9, 9, 10, 11, 9, 9, 14]), heads, "处", "处室表", cells),
    )


def _annual() -> str:
    return "".join(
        (
            when("草稿", value("草稿标记", "DraftMark")),
            when("发文字号", value("发文字号", "Number"), paragraph("", "Plain")),
            value("标题机关", "Title"),
            value("报告名称", "Title"),
            paragraph("", "Plain"),
            when("主送机关", paragraph("{{ 主送机关 }}：", "Plain")),
            value("导语"),
            heading(1, "一、绩效管理工作基本情况"),
            value("基本情况"),
            heading(1, "二、绩效指标完成情况"),
            heading(2, "（一）职能职责方面"),
            value("完成概述"),
            each("段", "调整事项", value("段")),
            _offices_table(),
            each("段", "事项", value("段.标题", "Heading3"), value("段.内容")),
            heading(2, "（二）部门评价情况"),
            value("部门评价"),
            heading(1, "三、绩效管理工作开展情况"),
            value("工作开展"),
            heading(1, "四、存在的问题和不足"),
            value("问题不足"),
            heading(1, "五、意见建议"),
            last("意见建议"),
            _attachment(),
            _signature(end=section(start=1)),
            paragraph("附件", "AttachmentMark"),
            value("附件标题", "Title"),
            _nodes_table(),
            value("附注", "Note"),
            section(landscape=True),
        )
    )


def _office() -> str:
    return "".join(
        (
            when("草稿", value("草稿标记", "DraftMark")),
            value("标题处室", "Title"),
            value("报告名称", "Title"),
            paragraph("", "Plain"),
            value("导语"),
            heading(1, "一、指标和节点完成情况"),
            value("完成概述"),
            each("段", "调整事项", value("段")),
            paragraph("工作节点完成情况表", "Caption"),
            grid(
                _scaled([7, 26, 23, 15, 15, 12]),
                ["序号", "三级指标", "工作节点", "完成时限", "实际完成时间", "完成状态"],
                "点",
                "节点表",
                [
                    ("点.序号", "Cell"),
                    ("点.指标", "CellLeft"),
                    ("点.节点", "CellLeft"),
                    ("点.时限", "Cell"),
                    ("点.完成", "Cell"),
                    ("点.状态", "Cell"),
                ],
            ),
            heading(1, "二、工作开展情况"),
            each_last("段", "事项", "段.内容", value("段.标题", "Heading3")),
            when("工作开展", last("工作开展")),
            when("问题不足 or 意见建议", heading(1, "三、存在的问题和意见建议")),
            when("问题不足", last("问题不足")),
            when("意见建议", last("意见建议")),
            _signature(),
            section(start=1),
        )
    )


def _total() -> str:
    return "".join(
        (
            when("机关名称", value("机关名称", "Title")),
            value("报告名称", "Title"),
            paragraph("", "Plain"),
            value("导语"),
            heading(1, "一、报送情况"),
            value("报送情况"),
            heading(1, "二、评价结果"),
            value("评价结果"),
            heading(1, "三、预算执行和结余"),
            value("预算执行"),
            heading(1, "四、主要问题及原因"),
            value("主要问题"),
            each("章", "其他章节", value("章.标题", "Heading1"), value("章.内容")),
            value("建议标题", "Heading1"),
            each_last("议", "建议", "议"),
            paragraph("", "Plain", _WORD_BODIES_KEEP),
            each(
                "附",
                "附件目录",
                paragraph("{%p if loop.first %}"),
                paragraph("附件：{{ 附.名称 }}", "Attachments", _WORD_BODIES_KEEP),
                paragraph("{%p else %}"),
                paragraph("{{ 附.名称 }}", "MoreAttachments", _WORD_BODIES_KEEP),
                paragraph("{%p endif %}"),
            ),
            _signature(1),
            when("有图", *_charts()),
            when("部门表", *_departments()),
            when("附表", *_lists()),
            section(),
        )
    )


def _charts() -> tuple[str, ...]:
    return (
        paragraph("{{ 图标记 }}", "AttachmentMark", page_break()),
        paragraph("统计图", "Title"),
        when(
            "有部门图",
            figure(chart(1, "部门图", "{{ 图说.部门 }}", 150, 104)),
            paragraph("图1　各部门平均分和预算执行率{{ 图注.部门 }}", "FigureCaption"),
        ),
        when(
            "有等次图",
            figure(chart(2, "年度图", "{{ 图说.年度 }}", 150, 66)),
            paragraph("图2　评价等次分布{{ 图注.年度 }}", "FigureCaption"),
        ),
        when(
            "有散点图",
            figure(chart(3, "执行得分图", "{{ 图说.执行得分 }}", 150, 66)),
            paragraph("图3　预算执行率与核定得分{{ 图注.执行得分 }}", "FigureCaption"),
        ),
        value("口径说明", "Note"),
    )


def _departments() -> tuple[str, ...]:
    """Return the table of departments, on turned pages of their own."""
    return (
        section_end(start=1),
        paragraph("{{ 部门表.标记 }}", "AttachmentMark"),
        value("部门表.名称", "Title"),
        paragraph("单位：万元、分", "Unit"),
        paragraph("{{p 部门表.内容 }}"),
        value("部门表.附注", "Note"),
        section_end(landscape=True),
    )


def _lists() -> tuple[str, ...]:
    return (
        value("表标记", "AttachmentMark"),
        paragraph("有关明细表", "Title"),
        each(
            "表",
            "附表",
            paragraph("{{ 表.标记 }}　{{ 表.名称 }}", "Caption"),
            when("表.单位", paragraph("单位：{{ 表.单位 }}", "Unit")),
            paragraph("{{p 表.内容 }}"),
            value("表.附注", "Note"),
        ),
    )


def _working_paper() -> str:
    return "".join(
        (
            value("内部标记", "Plain"),
            value("报告名称", "Title"),
            value("项目名称", "Caption"),
            each("行", "基本信息", value("行", "Plain")),
            each(
                "章",
                "章节",
                value("章.标题", "Heading1"),
                each("段", "章.内容", value("段")),
                when("章.表", paragraph("{{p 章.表 }}")),
            ),
            paragraph("", "Plain"),
            value("落款日期", "SignatureDate"),
            section(start=1),
        )
    )


BODIES: Mapping[str, Callable[[], str]] = {
    "project": _project,
    "organisation": _annual,
    "office": _office,
    "total": _total,
    "working_paper": _working_paper,
}


_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_CHART = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
TEMPLATES = tuple(BODIES)


def _rels(charts: int) -> bytes:
    kinds = [("styles", "styles.xml"), ("settings", "settings.xml"), ("fontTable", "fontTable.xml")]
    kinds = [
        *kinds,
        ("header", "header1.xml"),
        ("footer", "footer1.xml"),
        ("footer", "footer2.xml"),
    ]
    kinds = [
        *kinds,
        ("header", "header2.xml"),
        ("header", "header3.xml"),
        ("footer", "footer3.xml"),
    ]
    links = [(f"rId{number}", kind, target) for number, (kind, target) in enumerate(kinds, 2)]
    links += [
        (f"rId{20 + number}", "chart", f"charts/chart{number}.xml")
        for number in range(1, charts + 1)
    ]
    return _relations(
        (identifier, f"{_OFFICE}/{kind}", target) for identifier, kind, target in links
    )


def _relations(links: Iterable[tuple[str, str, str]]) -> bytes:
    written = "".join(
        f'<Relationship Id="{identifier}" Type="{kind}" Target="{target}"/>'
        for identifier, kind, target in links
    )
    return (
        f"{_XML}<Relationships "
        f'xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"{written}</Relationships>"
    ).encode()


def _types(charts: int) -> bytes:
    kinds = {
        "document": "document.main",
        "styles": "styles",
        "settings": "settings",
        "fontTable": "fontTable",
    }
    kinds |= {
        "header1": "header",
        "header2": "header",
        "header3": "header",
        "footer1": "footer",
        "footer2": "footer",
        "footer3": "footer",
    }
    written = "".join(
        f'<Override PartName="/word/{part}.xml" ContentType="{_WORD}.{kind}+xml"/>'
        for part, kind in kinds.items()
    )
    written += "".join(
        f'<Override PartName="/word/charts/chart{n}.xml" ContentType="{_CHART}"/>'
        for n in range(1, charts + 1)
    )
    return (
        f'{_XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default '
        'Extension="xml" '
        f'ContentType="application/xml"/>{written}<Override PartName="/docProps/core.xml" '
        'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
    ).encode()


def _core() -> bytes:
    return (
        f"{_XML}<cp:coreProperties "
        f'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{{ 文档标题 }}</dc:title>'
        "<dc:creator>{{ 落款单位 }}</dc:creator>"
        "<dc:language>zh-CN</dc:language></cp:coreProperties>"
    ).encode()


def build(name: str) -> bytes:
    """Return the .docx of a template of ours: `project`, `organisation`, `office`, `total` or
    `working_paper`.

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
            [
                ("rId1", f"{_OFFICE}/officeDocument", "word/document.xml"),
                ("rId2", core, "docProps/core.xml"),
            ]
        ),
        "docProps/core.xml": _core(),
        "word/document.xml": document,
        "word/_rels/document.xml.rels": _rels(charts),
        "word/styles.xml": styles(),
        "word/settings.xml": settings(),
        "word/fontTable.xml": fonts(),
        "word/header1.xml": header(),
        "word/header2.xml": turned_header(even=False),
        "word/header3.xml": turned_header(even=True),
        "word/footer1.xml": footer(even=False),
        "word/footer2.xml": footer(even=True),
        "word/footer3.xml": blank_footer(),
        **{
            f"word/charts/chart{number}.xml": bars("项数", ["示例"], [Series("示例", [1])])
            for number in range(1, charts + 1)
        },
    }
    return join([pack(name, content) for name, content in parts.items()])
