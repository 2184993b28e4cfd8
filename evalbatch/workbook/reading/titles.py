"""Reads what a form's title says: the year in （2024年度）."""

from typing import Final

from evalbatch.model.pattern import rare
from evalbatch.workbook.figures import compact
from evalbatch.workbook.reading.page import Page, Spot

_ROWS: Final = 5  # that hold something
_LONGEST: Final = 60  # a longer text is no title
_FORMS: Final = (
    rare(r"\(?((?:19|20)\d\d)年度?\)?"),  # a line of its own
    rare(r".*?((?:19|20)\d\d)年度?.*表.*"),  # the title itself
    rare(r".*表\D*((?:19|20)\d\d)年度?\D*"),
    rare(r".*?((?:19|20)\d\d)年度.*"),  # any other text near the top
)


def year_in_title(page: Page) -> tuple[Spot, str] | None:
    """Return the cell near the top of a sheet that names a year, and the year; None when none or several are named."""
    top = frozenset(page.rows[:_ROWS])
    texts = [(spot, compact(text)) for spot, text in page.texts if spot[0] in top and len(text) < _LONGEST]
    for form in _FORMS:
        found = {match[1]: spot for spot, text in reversed(texts) if (match := form.fullmatch(text))}
        if found:
            return next(((spot, year) for year, spot in found.items()), None) if len(found) == 1 else None
    return None
