"""What a cover sheet (封面) says of whose hand-in it is, held against the form (D10)."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from evalbatch.model.finding import Observation
from evalbatch.model.identity import submission_year
from evalbatch.model.names import core, key, normal_name, one_project, same_body
from evalbatch.model.place import Place
from evalbatch.model.plain_figures import is_year, year_of
from evalbatch.model.submission import Submission
from evalbatch.reading.form_labels import FIELD_LABELS, OWN_LABELS
from evalbatch.reading.printed_page import PrintedPage
from evalbatch.reading.value_words import COVERS
from evalbatch.sheets.number_formats import displayed


class _Owned(NamedTuple):
    """A field of a cover: the fields of the form that it may repeat, and what makes two values mean
    the same; a unit that hands in may stand for its department.
    """

    fields: tuple[str, ...]
    agree: Callable[[str, str], bool]


_BODIES: Final = ("department", "organisation", "unit", "office")
_OWNED: Final = {
    "project": _Owned(("project",), one_project),
    "department": _Owned(_BODIES, same_body),
    "unit": _Owned(_BODIES, same_body),
}


def is_cover(page: PrintedPage) -> bool:
    """Whether a sheet is named as the cover of the others."""
    return any(word in page.name for word in COVERS)


def at_odds(cover: PrintedPage, submission: Submission) -> Iterator[Observation]:
    """Yield what a cover says that nothing in the form agrees with; what either leaves open
    contradicts nothing.
    """
    for name, owned in _OWNED.items():
        stated = [text for each in owned.fields if (text := submission.text(each).strip())]
        for place, text in _said(cover, submission.file, name):
            if stated and not any(owned.agree(each, core(text)) for each in stated):
                yield _differs(place, text, OWN_LABELS[name][0], "、".join(stated))
    year = submission_year(submission)
    for place, text in _said(cover, submission.file, "year"):
        if year and is_year(said := year_of(text)) and said != year:
            yield _differs(place, text, OWN_LABELS["year"][0], year)


def _differs(place: Place, text: str, label: str, stated: str) -> Observation:
    found = f"{place.sheet}{place.cell}“{text}”、表内“{stated}”"
    return Observation("D10", (place,), found, label, "cells")


def _said(cover: PrintedPage, file: str, name: str) -> Iterator[tuple[Place, str]]:
    """Yield what a cover says beside or behind the labels of a field, and where; what stands in
    brackets by itself, such as （公章）, says nothing.
    """
    for label in map(key, OWN_LABELS[name]):
        beside = [(spot, cover.cell(*spot)) for spot in map(cover.beside, cover.find(label))]
        values = [(spot, displayed(cell)) for spot, cell in beside if cell is not None]
        for spot, text in (*values, *cover.inlines.get(label, ())):
            said = core(text)
            if normal_name(said) and not said.startswith("(") and said not in FIELD_LABELS:
                yield Place(file, cover.name, *spot), text
