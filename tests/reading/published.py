"""Layouts of published forms, kept as data (layouts/*.toml)."""

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from reading.printed import Wide, printed

_FOLDER: Final = Path(__file__).with_name("layouts")
_SPAN: Final = re.compile(r"\{(\d+)(?:,(\d+))?\}$")
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")


class Layout(NamedTuple):
    """A published layout and what a person reads in it."""

    name: str
    form: str
    rows: str
    items: int
    project: str = ""
    weights: str = ""
    claimed: str = ""
    final: str = ""
    budget: str = ""
    spent: str = ""
    policy: str = ""
    sheet: str = "Sheet1"
    year: str = ""
    department: str = ""
    unit: str = ""

    def workbook(self) -> bytes:
        """Return the workbook in which the layout is typed as it is printed."""
        lines = self.rows.strip("\n").split("\n")
        return printed((self.sheet, [[_cell(text) for text in line.split("|")] for line in lines]))


def _cell(text: str) -> Wide:
    text = text.strip()
    span = _SPAN.search(text)
    across, down = (int(span[1]), int(span[2] or 1)) if span else (1, 1)
    value = text[: span.start()].strip() if span else text
    return Wide(_value(value), across, down)


def _value(text: str) -> object:
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text.strip('"').replace("\\n", "\n") or None


@lru_cache(maxsize=1)
def layouts() -> dict[str, Layout]:
    """Return every layout by its name."""
    files = sorted(_FOLDER.glob("*.toml"))
    found = (
        Layout(**layout)
        for file in files
        for layout in tomllib.loads(file.read_text(encoding="utf-8"))["layouts"]
    )
    return {layout.name: layout for layout in found}


def workbook(name: str) -> bytes:
    """Return the workbook of a layout."""
    return layouts()[name].workbook()
