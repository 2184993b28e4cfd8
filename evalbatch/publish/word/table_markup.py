"""Tables in WordprocessingML, made by us where a template cannot lay them out itself: the attached
form, and lists whose columns follow from the data.

Lengths are in twips (1 mm = 56.7 twips, 1 pt = 20 twips). They use the styles of our templates.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from evalbatch.publish.word.template import literal

WIDTH = 8844  # 版心 156 mm (GB/T 9704)
LANDSCAPE_WIDTH = 12756  # 225 mm
CLOSE = 40  # left and right of the text of a cell, where columns are many
_MARGINS = (
    f'<w:tblCellMar><w:left w:w="{CLOSE}" w:type="dxa"/>'
    f'<w:right w:w="{CLOSE}" w:type="dxa"/></w:tblCellMar>'
)


class MarkupCell(NamedTuple):
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


def table(
    widths: Sequence[int],
    rows: Iterable[Sequence[MarkupCell]],
    heads: int = 1,
) -> str:
    """Return a table with fixed column widths; the first `heads` rows are repeated on every page,
    no row breaks over pages.

    A row of one cell that holds a `{%tr` tag is left bare, for Jinja to take away.
    """
    edges = [0, *accumulate(widths)]
    written = [_row(edges, row, head=number < heads) for number, row in enumerate(rows)]
    return f"{_opening(tuple(widths))}{''.join(written)}</w:tbl>"


@lru_cache(maxsize=64)  # most tables are those of a form
def _opening(widths: tuple[int, ...]) -> str:
    """Return the markup before the rows of a table."""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="Grid"/><w:tblW w:w="{sum(widths)}" '
        f'w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblLayout w:type="fixed"/>{_MARGINS}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
    )


def _row(edges: Sequence[int], cells: Sequence[MarkupCell], *, head: bool) -> str:
    column, last = 0, len(edges) - 1
    written: list[str] = []
    for text, span, style, merge in cells:
        left, column = column, min(column + span, last)
        shown = "" if merge == "continue" else text
        run = _TEXT if shown else ""
        before, after = _around(edges[column] - edges[left], span, style, merge, run)
        written += (before, shown, after)
    repeated = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{''.join(written)}</w:tr>"


_TEXT = "\0"
"""Stands for the text of a cell."""


@lru_cache(maxsize=1024)  # the cells of a form come in few shapes
def _around(width: int, span: int, style: str, merge: str, text: str) -> tuple[str, str]:
    """Return the markup before and after the text of a cell."""
    spanned = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    merged = f'<w:vMerge w:val="{merge}"/>' if merge else ""
    before, _, after = paragraph(text, style).partition(_TEXT)
    properties = (
        f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spanned}{merged}<w:vAlign w:val="center"/>'
        f"</w:tcPr>"
    )
    return f"<w:tc>{properties}{before}", f"{after}</w:tc>"


_CHARACTER = 210
"""The width of a Chinese character in a cell."""
_NARROW, _FIGURE, _BROAD = 70, 136, 200
"""Those of a point, of a figure or letter, and of a sign such as %, in the broadest of the fonts
that stand in where Times New Roman is missing.
"""
_SHORT = 7
"""Characters of a text that is not broken; of a longer one only what has no Chinese in it."""
_ROOM_LEFT = 0.35


@lru_cache(maxsize=1024)  # the same counts and figures in many rows
def _needed(text: str) -> int:
    """Return the width that a figure, a date or a few words take on one line."""
    words = [text] if len(text) <= _SHORT else re.findall(r"[!-~]+", text)
    return max((sum(map(_width, word)) for word in words), default=0) + 2 * CLOSE


def _width(char: str) -> int:
    if char > "~":
        return _CHARACTER
    return _NARROW if char in ".,-: " else _BROAD if char in "%+" else _FIGURE


def _roomy(widths: Sequence[int], needs: Sequence[int]) -> list[int]:
    """Return widths of the same sum in which columns of figures have the room that they need, taken
    from the columns of texts.
    """
    wanted = [max(width, need) for width, need in zip(widths, needs, strict=True)]
    texts = sum(width for width, need in zip(widths, needs, strict=True) if not need)
    left = texts - (sum(wanted) - sum(widths))
    if left < texts * _ROOM_LEFT:
        return list(widths)
    return [
        want if need else width * left // texts
        for width, want, need in zip(widths, wanted, needs, strict=True)
    ]


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
    needs = [
        0 if style == "CellLeft" else max((_needed(row[at]) for row in rows), default=0)
        for at, style in enumerate(styles)
    ]
    widths = _roomy([int(share) * width // whole for share in shares], needs)
    body = len(rows) - totals
    written = [
        [
            MarkupCell(literal(text), 1, style if at < body else f"{style}Total")
            for text, style in zip(row, styles, strict=True)
        ]
        for at, row in enumerate(rows)
    ]
    head_row = [MarkupCell(head, 1, "CellHead") for head in heads]
    return table(widths, [head_row, *written])
