"""What a cell of the summary workbook may hold."""

import re
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from xlsxwriter.url import Url

LONGEST_TEXT = 32_767
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")


class Formula(NamedTuple):
    """A live formula and the value it has now."""

    text: str
    value: float | str


class Link(NamedTuple):
    """A text that opens a file beside the summary workbook, at a cell if one is named."""

    text: str
    path: str
    anchor: str = ""


Value = str | Decimal | int | float | date | Formula | Link | None


class FileLink(Url):  # type: ignore[misc]  # the library has no types
    """A relative link with forward slashes, which Excel, WPS and LibreOffice all follow on every system."""

    def __init__(self, link: Link) -> None:
        super().__init__("external:./x")  # replaced below: the library would turn slashes round
        self._relationship_link = _quoted(link.path)
        self._anchor = link.anchor
        self._text = link.text

    def _target(self) -> str:
        return self._relationship_link


def safe_text(text: str) -> str:
    """Return a text without what XML forbids, no longer than a cell takes."""
    text = _UNPRINTABLE.sub("", text)
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _quoted(path: str) -> str:
    return "".join(f"%{ord(char):02X}" if char in '%#?"<> ' else char for char in path)
