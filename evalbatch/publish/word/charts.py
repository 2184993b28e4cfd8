"""Bar charts for official documents: native Word charts in black and grey, legible when printed or
copied.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from markupsafe import escape

_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_MAIN = "http://schemas.openxmlformats.org/drawingml/2006/main"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TEXT = (
    '<a:defRPr sz="800"><a:solidFill><a:srgbClr val="000000"/></a:solidFill>'
    '<a:latin typeface="Times New Roman"/><a:ea typeface="宋体"/></a:defRPr>'
)
_FONT = f"<c:txPr><a:bodyPr/><a:p><a:pPr>{_TEXT}</a:pPr><a:endParaRPr/></a:p></c:txPr>"
_LINE = '<a:ln w="9525"><a:solidFill><a:srgbClr val="000000"/></a:solidFill></a:ln>'
_FILLS = ("A6A6A6", "404040", "FFFFFF")  # stay apart on paper without colour
_FEW = 6

Figure = int | Decimal | None


class Series(NamedTuple):
    """One series of a chart: its name in the legend, and a figure for each category, None where
    there is none.
    """

    name: str
    figures: Sequence[Figure]


def bars(
    axis: str, categories: Sequence[str], series: Sequence[Series], *, lying: bool = False
) -> bytes:
    """Return a chart part with one bar of each series for each category, its figure beside it.

    Args:
        axis: what the figures are, such as 项数; printed along the axis.
        categories: the names in the order of the bars.
        series: one is without a legend.
        lying: bars from left to right, the first category on top, where names are long.
    """
    drawn = "".join(_series(number, each, categories) for number, each in enumerate(series))
    direction = "bar" if lying else "col"
    plot = (
        f'<c:barChart><c:barDir val="{direction}"/><c:grouping val="clustered"/>'
        f'<c:varyColors val="0"/>{drawn}'
        f'<c:gapWidth val="{60 if lying else 80}"/><c:axId val="1"/><c:axId val="2"/></c:barChart>'
    )
    highest = max(
        (figure for each in series for figure in each.figures if figure is not None), default=1
    )
    axes = _category_axis(lying=lying) + _value_axis(axis, highest, lying=lying)
    legend = (
        f'<c:legend><c:legendPos val="b"/><c:overlay val="0"/>{_FONT}</c:legend>'
        if len(series) > 1
        else ""
    )
    return (
        f'{_XML}<c:chartSpace xmlns:c="{_CHART}" xmlns:a="{_MAIN}"><c:roundedCorners '
        f'val="0"/><c:chart>'
        f'<c:autoTitleDeleted val="1"/><c:plotArea><c:layout/>{plot}{axes}</c:plotArea>{legend}'
        '<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>'
        f"<c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>{_FONT}</c:chartSpace>"
    ).encode()


def _series(number: int, series: Series, categories: Sequence[str]) -> str:
    column, last = "BCDE"[number], len(categories) + 1
    names = "".join(
        f'<c:pt idx="{at}"><c:v>{escape(name)}</c:v></c:pt>' for at, name in enumerate(categories)
    )
    known = ((at, figure) for at, figure in enumerate(series.figures) if figure is not None)
    figures = "".join(f'<c:pt idx="{at}"><c:v>{figure}</c:v></c:pt>' for at, figure in known)
    count = f'<c:ptCount val="{len(categories)}"/>'
    name = (
        f'<c:strCache><c:ptCount val="1"/><c:pt idx="0"><c:v>{escape(series.name)}</c:v></c:pt>'
        f"</c:strCache>"
    )
    fill = f'<a:solidFill><a:srgbClr val="{_FILLS[number % len(_FILLS)]}"/></a:solidFill>'
    return (
        f'<c:ser><c:idx val="{number}"/><c:order val="{number}"/>'
        f"<c:tx><c:strRef><c:f>数据!${column}$1</c:f>{name}</c:strRef></c:tx>"
        f'<c:spPr>{fill}{_LINE}</c:spPr><c:invertIfNegative val="0"/>'
        f'<c:dLbls>{_FONT}<c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName '
        f'val="0"/><c:showSerName val="0"/>'
        '<c:showPercent val="0"/><c:showBubbleSize val="0"/></c:dLbls>'
        f"<c:cat><c:strRef><c:f>数据!$A$2:$A${last}</c:f><c:strCache>"
        f"{count}{names}</c:strCache></c:strRef></c:cat>"
        f"<c:val><c:numRef><c:f>数据!${column}$2:${column}${last}</c:f><c:numCache>"
        f"<c:formatCode>General</c:formatCode>"
        f"{count}{figures}</c:numCache></c:numRef></c:val></c:ser>"
    )


def _category_axis(*, lying: bool) -> str:
    order, side = ("maxMin", "l") if lying else ("minMax", "b")
    return (
        f'<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="{order}"/></c:scaling>'
        f'<c:delete val="0"/>'
        f'<c:axPos val="{side}"/><c:numFmt formatCode="General" sourceLinked="0"/>'
        f'<c:majorTickMark val="none"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/><c:spPr>{_LINE}</c:spPr>'
        f'{_FONT}<c:crossAx val="2"/>'
        '<c:crosses val="autoZero"/><c:tickLblSkip val="1"/></c:catAx>'
    )


def _value_axis(title: str, highest: int | Decimal, *, lying: bool) -> str:
    words = (
        f'<a:p><a:pPr>{_TEXT}</a:pPr><a:r><a:rPr lang="zh-CN" sz="800"/><a:t>'
        f"{escape(title)}</a:t></a:r></a:p>"
    )
    turned = "" if lying else ' rot="-5400000" vert="horz"'
    label = (
        f'<c:title><c:tx><c:rich><a:bodyPr{turned}/>{words}</c:rich></c:tx><c:overlay val="0"/>'
        f"</c:title>"
    )
    lines = (
        '<c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="D9D9D9"/></a:solidFill></a:ln>'
        "</c:spPr>"
    )
    step = '<c:majorUnit val="1"/>' if highest < _FEW else ""  # no halves of a workbook
    return (
        '<c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/><c:min val="0"/>'
        '</c:scaling><c:delete val="0"/>'
        f'<c:axPos val="{"b" if lying else "l"}"/><c:majorGridlines>'
        f"{lines}</c:majorGridlines>{label}"
        '<c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="out"/>'
        '<c:minorTickMark val="none"/>'
        f'<c:tickLblPos val="nextTo"/><c:spPr>{_LINE}</c:spPr>{_FONT}<c:crossAx val="1"/>'
        f'<c:crosses val="{"max" if lying else "autoZero"}"/><c:crossBetween val="between"/>'
        f"{step}</c:valAx>"
    )
