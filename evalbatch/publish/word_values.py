"""Values on their way into a Word document: cleaned, never evaluated; lines and merged cells are marks, resolved at last."""

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

from jinja2 import Undefined
from markupsafe import Markup

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_MARK = "\x02"  # never in XML, so that no value can hold it
_BREAK, _FIRST, _NEXT = f"{_MARK}b", f"{_MARK}f", f"{_MARK}n"
_AFTER_MERGE = re.compile(r"<w:(?:tcBorders|shd|noWrap|tcMar|textDirection|tcFitText|vAlign|hideMark)\b|</w:tcPr>")
_PARAGRAPH = re.compile(r"<w:p(?: [^>]*)?>(<w:pPr>.*?</w:pPr>)?", re.DOTALL)
_RUN = re.compile(r".*<w:r(?: [^>]*)?>(<w:rPr>.*?</w:rPr>)?", re.DOTALL)
_SECTION = re.compile(r"<w:sectPr.*?</w:sectPr>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Merged:
    """The text of a cell that is one with the cells below it: the first shows the text, the others belong to it."""

    text: str
    first: bool

    def __str__(self) -> str:
        return self.text if self.first else ""


def finalize(value: Any) -> Any:
    """Turn a value into what a template writes; markup of our own stays as it is."""
    if type(value) is str:
        return _clean(value)
    if isinstance(value, (Markup, Undefined)):
        return value
    if isinstance(value, Merged):
        return (_FIRST if value.first else _NEXT) + _clean(str(value))
    return _clean("" if value is None else str(value))


@lru_cache(maxsize=2048)  # most are labels of the form
def literal(text: str) -> str:
    """Return a value as text of a part that is not made by a template: cleaned and escaped."""
    return escape(_clean(text), quote=False)


def _clean(text: str) -> str:
    """Strip control characters; line ends become paragraph breaks, lines lose the blanks around them."""
    if text.isprintable():
        return text
    lines = (_UNSAFE.sub("", line).strip() for line in text.splitlines())
    return _BREAK.join(line for line in lines if line)


def resolve(xml: str) -> str:
    """Carry out the marks that values left: paragraph breaks and merged cells."""
    first, *others = xml.split(_MARK)
    written: list[str] = []
    opened, opening, piece = first, "", first
    for other in others:
        if "<w:p>" in piece or "<w:p " in piece:
            opened, opening = piece, ""
        if other[0] == "b":
            opening = opening or _opening(opened)
            written += (piece, "</w:t></w:r></w:p>", opening)
        else:
            written.append(_merge(piece, "restart" if other[0] == "f" else "continue"))
        piece = other[1:]
    return "".join((*written, piece))


def _merge(piece: str, kind: str) -> str:
    start = piece.rfind("<w:tcPr>")
    place = _AFTER_MERGE.search(piece, start) if start >= 0 else None
    return f'{piece[: place.start()]}<w:vMerge w:val="{kind}"/>{piece[place.start() :]}' if place else piece


def _opening(piece: str) -> str:
    """Return what opens a further paragraph of the format of the one that is open at the end of a piece, empty when none is."""
    start = max(piece.rfind("<w:p>"), piece.rfind("<w:p "))
    if start < 0:
        return ""
    paragraph, run = _PARAGRAPH.match(piece, start), _RUN.match(piece, start)
    properties = _SECTION.sub("", (paragraph and paragraph[1]) or "")
    return f'<w:p>{properties}<w:r>{(run and run[1]) or ""}<w:t xml:space="preserve">'
