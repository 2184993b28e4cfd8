"""Texts of CSV files: none runs as a formula in a spreadsheet program, and each is read back as it
was.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_FORMULA: Final = re.compile(r"\s*[=@＝＠]|\s*[+\-＋－](?!\d+(\.\d+)?%?$)(?!$)")
_SUSPECT: Final = frozenset("=@+-＝＠＋－")  # a quick look, the pattern decides
_LONGEST: Final = (
    1 << 30
)  # the reader's own limit of 131,072 characters a field is below what a cell joins


def read(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file by its columns, every text as it was before it was guarded.

    Raises:
        OSError, UnicodeDecodeError, csv.Error: it cannot be read.
    """
    csv.field_size_limit(_LONGEST)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            yield {name: unguarded(text or "") for name, text in row.items() if name}


def literal(text: str) -> str:
    """Return a text so that no spreadsheet program runs it as a formula."""
    if text[:1].isalnum():  # nearly all of them
        return text
    suspect = text[:1] in _SUSPECT or text[:1].isspace()
    return f"'{text}" if suspect and _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Return the text that a literal of a CSV file stands for."""
    return text[1:] if text.startswith("'") and literal(text[1:]) == text else text
