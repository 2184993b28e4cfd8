"""The parts of our Word templates other than their bodies: styles, page numbers, header, settings, fonts."""

from evalbatch.publish.word_layout import NAMESPACES, paragraph

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SONG, _TITLE, _HEI, _KAI, _BODY = "宋体", "方正小标宋简体", "黑体", "楷体_GB2312", "仿宋_GB2312"
_ALTERNATIVES = {_BODY: "FangSong", _KAI: "KaiTi", _TITLE: "SimSun", _HEI: "SimHei", _SONG: "SimSun"}
_PITCH = 579  # 28.95 pt: 22 lines a page
_INDENT = '<w:ind w:firstLineChars="200" w:firstLine="640"/>'
_NO_INDENT = '<w:ind w:firstLineChars="0" w:firstLine="0"/>'
# Unit and date are centred upon one another, the date four characters from the right (document/policy.md 6, with seal).
_SIGNED = '<w:ind w:leftChars="1260" w:left="4032" w:firstLineChars="0" w:firstLine="0"/>'
_LOOSE = '<w:spacing w:line="240" w:lineRule="auto"/>'
_KEEP = "<w:keepNext/><w:keepLines/>"


def _font(name: str) -> str:
    return f'<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="{name}" w:cs="Times New Roman"/>'


def _size(half_points: int) -> str:
    return f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'


def _style(identifier: str, name: str, paragraph_format: str = "", run_format: str = "", based: str = "Normal") -> str:
    return (
        f'<w:style w:type="paragraph" w:styleId="{identifier}"><w:name w:val="{name}"/><w:basedOn w:val="{based}"/><w:qFormat/>'
        f"<w:pPr>{paragraph_format}</w:pPr><w:rPr>{run_format}</w:rPr></w:style>"
    )


def _heading(level: int, run_format: str) -> str:
    return _style(f"Heading{level}", f"heading {level}", f'{_KEEP}<w:outlineLvl w:val="{level - 1}"/>', run_format)


def styles() -> bytes:
    """Return word/styles.xml with only the styles that our templates use."""
    pitch = f'<w:spacing w:before="0" w:after="0" w:line="{_PITCH}" w:lineRule="exact"/>'
    centred, right, left = ('<w:jc w:val="center"/>', '<w:jc w:val="right"/>', '<w:jc w:val="left"/>')
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
        _style("AttachmentMark", "附件标记", _NO_INDENT + left, _font(_HEI)),
        _style("Caption", "caption", f'{_KEEP}<w:spacing w:before="120"/>{_NO_INDENT}{centred}', _font(_HEI) + _size(28)),
        _style("Unit", "表格单位", f"{_KEEP}{_LOOSE}{_NO_INDENT}{right}", _size(24)),
        _style("Cell", "表格文字", _LOOSE + _NO_INDENT + centred, _size(21)),
        _style("CellLeft", "表格文字左对齐", left, based="Cell"),
        _style("CellNumber", "表格数字", right, based="Cell"),
        _style("CellHead", "表头", "", _font(_HEI), based="Cell"),
        _style("Form", "附表文字", "", _size(18), based="Cell"),
        _style("FormLeft", "附表文字左对齐", left, based="Form"),
        _style("FormNumber", "附表数字", right, based="Form"),
        _style("FormHead", "附表表头", "", _font(_HEI), based="Form"),
        _style("Note", "表注", _LOOSE + _NO_INDENT + left, _size(21)),
        _style("Figure", "图", f"{_KEEP}{_LOOSE}{_NO_INDENT}{centred}"),
        _style("Header", "header", _LOOSE + _NO_INDENT + centred, _font(_HEI) + _size(28)),
        _style("Footer", "footer", f'<w:spacing w:line="280" w:lineRule="exact"/>{_NO_INDENT}', _font(_SONG) + _size(28)),
    ]
    return f"{_XML}<w:styles {NAMESPACES}>{''.join(written)}</w:styles>".encode()


def _base(pitch: str) -> tuple[str, ...]:
    """Return the defaults, the body text and the tables."""
    language = '<w:lang w:val="en-US" w:eastAsia="zh-CN"/>'
    margins = "".join(f'<w:{side} w:w="57" w:type="dxa"/>' for side in ("left", "right"))
    borders = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>' for side in _SIDES)
    run = f"<w:rPrDefault><w:rPr>{_font(_BODY)}{_size(32)}{language}</w:rPr></w:rPrDefault>"
    body = f'<w:widowControl w:val="0"/>{pitch}{_INDENT}<w:jc w:val="both"/>'
    plain = f'<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>'
    grid = f'<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>{borders}</w:tblBorders></w:tblPr>'
    return (
        f"<w:docDefaults>{run}<w:pPrDefault/></w:docDefaults>",
        _default("paragraph", "Normal", "Normal", f"<w:qFormat/><w:pPr>{body}</w:pPr>"),
        _default("table", "TableNormal", "Normal Table", plain),
        f'<w:style w:type="table" w:styleId="Grid"><w:name w:val="Table Grid"/>{grid}</w:style>',
    )


def _default(kind: str, identifier: str, name: str, content: str) -> str:
    return f'<w:style w:type="{kind}" w:default="1" w:styleId="{identifier}"><w:name w:val="{name}"/>{content}</w:style>'


_SIDES = ("top", "left", "bottom", "right", "insideH", "insideV")


def footer(*, even: bool) -> bytes:
    """Return a footer with the page number between dashes: odd pages right, even pages left, one character from the edge."""
    side = '<w:ind w:leftChars="100" w:left="280" w:firstLineChars="0" w:firstLine="0"/><w:jc w:val="left"/>'
    if not even:
        side = '<w:ind w:rightChars="100" w:right="280" w:firstLineChars="0" w:firstLine="0"/><w:jc w:val="right"/>'
    song = f'<w:rPr><w:rFonts w:ascii="{_SONG}" w:hAnsi="{_SONG}" w:eastAsia="{_SONG}"/></w:rPr>'
    number = "".join(
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
    return f'{_XML}<w:ftr {NAMESPACES}><w:p><w:pPr><w:pStyle w:val="Footer"/>{side}</w:pPr>{number}</w:p></w:ftr>'.encode()


def header() -> bytes:
    """Return the header: empty, but a draft says so on every page."""
    return f"{_XML}<w:hdr {NAMESPACES}>{paragraph('{{ 页眉 }}', 'Header')}</w:hdr>".encode()


def settings() -> bytes:
    """Return word/settings.xml: odd and even pages differ, East Asian line breaking as in official documents."""
    return (
        f'{_XML}<w:settings {NAMESPACES}><w:zoom w:percent="100"/><w:evenAndOddHeaders/><w:characterSpacingControl '
        'w:val="compressPunctuation"/><w:compat><w:compatSetting w:name="compatibilityMode" '
        'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>'
    ).encode()


def fonts() -> bytes:
    """Return word/fontTable.xml: which font may stand in where an official one is not installed (they are licensed)."""
    written = "".join(f'<w:font w:name="{name}"><w:altName w:val="{other}"/></w:font>' for name, other in _ALTERNATIVES.items())
    return f"{_XML}<w:fonts {NAMESPACES}>{written}</w:fonts>".encode()
