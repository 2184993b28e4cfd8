"""Reads what a form's title says: the year in （2024年度）."""

import re
from typing import Final

from evalbatch.workbook.figures import tidy
from evalbatch.workbook.reading.page import Page, Spot

_YEAR: Final = re.compile(r"((?:19|20)\d\d) ?年度?")
_TITLE_ROWS: Final = 5


def year_in_title(page: Page) -> tuple[Spot, str] | None:
    """Return the cell near the top of a sheet that names a year, and the year; None when none or several are named."""
    found: dict[str, Spot] = {}
    for spot, text in page.texts():
        if spot[0] <= _TITLE_ROWS and len(text) < 60:  # noqa: PLR2004 - a longer text is no title
            for year in _YEAR.findall(tidy(text)):
                found.setdefault(year, spot)
    return next(((spot, year) for year, spot in found.items()), None) if len(found) == 1 else None
