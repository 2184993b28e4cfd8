"""Text for terminals that hold Chinese: a wide character takes two columns, and click's own layout
counts it as one.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

import click

GAP = 2
MOST = 30
"""Columns that the first of two may take; what is longer stands on a line of its own."""
_WORD = re.compile(
    r"[（“《【]*(?:[!-~]+|[^\s（“《【])[，。；：、！？）”》】…]*|[（“《【]+|\s+"
)  # with the punctuation that may not be torn off


def columns(text: str) -> int:
    """Return how many columns a text takes; what some terminals draw wide counts as wide."""
    return sum(1 + (unicodedata.east_asian_width(char) in "WFA") for char in text)


def wrapped(text: str, width: int) -> Iterator[str]:
    """Yield the lines of a text of at most so many columns, broken between words or between
    Chinese characters, never before closing punctuation; what is written on a line of its own
    stays so.
    """
    for paragraph in text.split("\n"):
        line = ""
        for word in _WORD.findall(paragraph.strip()):
            if line and columns(line + word.rstrip()) > width:
                yield line.rstrip()
                line = ""
            line += word if line else word.lstrip()
        yield line.rstrip()


class Formatter(click.HelpFormatter):
    """Lays help texts out by the columns that they take."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line of usage."""
        self.write(f"{prefix or '用法：'}{prog} {args}".rstrip() + "\n")

    def write_text(self, text: str) -> None:
        """Write text, indented as deep as the formatter stands."""
        margin = " " * self.current_indent
        for line in wrapped(text, self.width - self.current_indent):
            self.write(f"{margin}{line}".rstrip() + "\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = MOST, col_spacing: int = GAP
    ) -> None:
        """Write rows of two columns."""
        rows = list(rows)
        margin = " " * self.current_indent
        first = min(max(columns(name) for name, _ in rows), col_max) + col_spacing
        rest = " " * (self.current_indent + first)
        for name, text in rows:
            head = f"{margin}{name}"
            lines = list(wrapped(text, self.width - len(rest)))
            if columns(name) > first - col_spacing:
                self.write(head + "\n")
                head = rest
            else:
                head += " " * (first - columns(name))
            self.write((head + lines[0]).rstrip() + "\n")
            for line in lines[1:]:
                self.write(f"{rest}{line}".rstrip() + "\n")


class WideContext(click.Context):
    """A command's context whose help is laid out so."""

    formatter_class = Formatter
