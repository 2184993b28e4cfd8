"""Column charts for official documents: native Word charts in black and grey, legible when printed
or copied.
"""

from collections.abc import Sequence
from decimal import Decimal

from markupsafe import escape

_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_MAIN = "http://schemas.openxmlformats.org/drawingml/2006/main"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TEXT = (
    '<a:defRPr sz="900"><a:solidFill><a:srgbClr val="000000"/></a:solidFill>'
    '<a:latin typeface="Times New Roman"/><a:ea typeface="宋体"/></a:defRPr>'
)
_FONT = f"<c:txPr><a:bodyPr/><a:p><a:pPr>{_TEXT}</a:pPr><a:endParaRPr/></a:p></c:txPr>"
_LINE = '<a:ln w="9525"><a:solidFill><a:srgbClr val="000000"/></a:solidFill></a:ln>'

_FEW = 6


def bars(title: str, values: Sequence[tuple[str, int | Decimal]]) -> bytes:
    """Return a chart part with one column for each named value, its figure above it.

    Args:
        title: what the figures are, such as 项数; printed along the axis.
        values: names and figures in the order of the columns.
    """
    names = "".join(
        f'<c:pt idx="{number}"><c:v>{escape(name)}</c:v></c:pt>'
        for number, (name, _) in enumerate(values)
    )
    figures = "".join(
        f'<c:pt idx="{number}"><c:v>{figure}</c:v></c:pt>'
        for number, (_, figure) in enumerate(values)
    )
    count = f'<c:ptCount val="{len(values)}"/>'
    last = len(values) + 1
    name = (
        f'<c:strCache><c:ptCount val="1"/><c:pt idx="0"><c:v>{escape(title)}</c:v></c:pt>'
        f"</c:strCache>"
    )
    series = (
        '<c:ser><c:idx val="0"/><c:order val="0"/>'
        f"<c:tx><c:strRef><c:f>数据!$B$1</c:f>{name}</c:strRef></c:tx>"
        f'<c:spPr><a:solidFill><a:srgbClr val="A6A6A6"/></a:solidFill>{_LINE}</c:spPr>'
        f'<c:invertIfNegative val="0"/>'
        f'<c:dLbls>{_FONT}<c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName '
        f'val="0"/><c:showSerName val="0"/>'
        '<c:showPercent val="0"/><c:showBubbleSize val="0"/></c:dLbls>'
        f"<c:cat><c:strRef><c:f>数据!$A$2:$A${last}</c:f><c:strCache>"
        f"{count}{names}</c:strCache></c:strRef></c:cat>"
        f"<c:val><c:numRef><c:f>数据!$B$2:$B${last}</c:f><c:numCache><c:formatCode>"
        f"General</c:formatCode>{count}{figures}"
        "</c:numCache></c:numRef></c:val></c:ser>"
    )
    plot = (
        '<c:barChart><c:barDir val="col"/><c:grouping val="clustered"/><c:varyColors val="0"/>'
        f'{series}<c:gapWidth val="80"/><c:axId val="1"/><c:axId val="2"/></c:barChart>'
    )
    scale = _value_axis(title, max((figure for _, figure in values), default=1))
    return (
        f'{_XML}<c:chartSpace xmlns:c="{_CHART}" xmlns:a="{_MAIN}"><c:roundedCorners '
        f'val="0"/><c:chart>'
        f'<c:autoTitleDeleted val="1"/><c:plotArea><c:layout/>'
        f"{plot}{_category_axis()}{scale}</c:plotArea>"
        '<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>'
        f"<c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>{_FONT}</c:chartSpace>"
    ).encode()


def _category_axis() -> str:
    return (
        '<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="minMax"/></c:scaling>'
        '<c:delete val="0"/><c:axPos val="b"/>'
        '<c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/>'
        '<c:minorTickMark val="none"/>'
        f'<c:tickLblPos val="nextTo"/><c:spPr>{_LINE}</c:spPr>{_FONT}<c:crossAx val="2"/>'
        f'<c:crosses val="autoZero"/></c:catAx>'
    )


def _value_axis(title: str, highest: int | Decimal) -> str:
    words = (
        f'<a:p><a:pPr>{_TEXT}</a:pPr><a:r><a:rPr lang="zh-CN" sz="900"/><a:t>'
        f"{escape(title)}</a:t></a:r></a:p>"
    )
    label = (
        f'<c:title><c:tx><c:rich><a:bodyPr rot="-5400000" vert="horz"/>{words}</c:rich></c:tx>'
        f'<c:overlay val="0"/></c:title>'
    )
    lines = (
        '<c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="D9D9D9"/></a:solidFill></a:ln>'
        "</c:spPr>"
    )
    step = '<c:majorUnit val="1"/>' if highest < _FEW else ""  # no halves of a workbook
    return (
        '<c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/><c:min val="0"/>'
        '</c:scaling><c:delete val="0"/>'
        f'<c:axPos val="l"/><c:majorGridlines>{lines}</c:majorGridlines>{label}'
        '<c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="out"/>'
        '<c:minorTickMark val="none"/>'
        f'<c:tickLblPos val="nextTo"/><c:spPr>{_LINE}</c:spPr>{_FONT}<c:crossAx val="1"/>'
        f'<c:crosses val="autoZero"/>'
        f'<c:crossBetween val="between"/>{step}</c:valAx>'
    )
