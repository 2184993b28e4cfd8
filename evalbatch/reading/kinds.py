"""Tells from its title what a sheet is: one of the forms, or a kind that cannot be evaluated
(kinds.toml).
"""

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, Final, NamedTuple

from evalbatch.model.names import core, inline, key
from evalbatch.model.plain_figures import compact
from evalbatch.reading.form_labels import FIELD_LABELS
from evalbatch.reading.printed_page import Page
from evalbatch.standards.form import FormSpec

_ROWS: Final = 6  # that hold something, among which the title stands
_LONGEST: Final = 60
_ENDING: Final = "表"
_FEW: Final = 3  # cells that a row with a title has at the most
_DATA: Final[dict[str, Any]] = tomllib.loads(
    resources.files("evalbatch.reading").joinpath("kinds.toml").read_text(encoding="utf-8")
)


class Kind(NamedTuple):
    """What a sheet is: the id of a form, or the name of a kind that is none and what to hand in
    `instead` of it.
    """

    form: str = ""
    name: str = ""
    instead: str = ""
    lists: bool = False


UNTOLD: Final = Kind()
_SEVERAL: Final = Kind(name="several")  # forms of one title: their labels must tell


def kind_of(page: Page, forms: Mapping[str, FormSpec]) -> Kind:
    """Return what a sheet's title says it is, else what its name says; empty when neither tells."""
    known = {form.id: (form.title, *form.title_words) for form in forms.values()}
    for text in (*titles(page), page.name):
        kind = _of_text(compact(text).replace(" ", ""), tuple(known.items()))
        if kind is not UNTOLD:
            return kind if kind is not _SEVERAL else UNTOLD
    return UNTOLD


def titles(page: Page) -> list[str]:
    """Return the texts at the top of a sheet that may be its title: short, with little beside them,
    above the first label.
    """
    found: list[str] = []
    for row in page.rows[:_ROWS]:
        texts = [page.text(row, column) for column in page.by_row[row]]
        if len(texts) > _FEW or any(
            core(text) in FIELD_LABELS or _begins_with_label(text) for text in texts if text
        ):
            break
        found += [text for text in texts if text and len(text) <= _LONGEST]
    return found


def _begins_with_label(text: str) -> bool:
    return any(core(label) in FIELD_LABELS for label, _ in inline(text))


def is_title(text: str) -> bool:
    """Whether a text is the title of a form of a common kind: it ends as titles do."""
    bare = core(text)
    return (
        len(bare) <= _LONGEST
        and bare.endswith(_ENDING)
        and _of_text(compact(text).replace(" ", ""), _COMMON).form != ""
    )


@lru_cache(maxsize=512)
def _of_text(text: str, known: tuple[tuple[str, tuple[str, ...]], ...]) -> Kind:
    """Find a form by its own whole title, then a kind by its words, then a form by a part of its
    title.
    """
    bare = core(text)
    whole = [form for form, names in known if any(bare == core(name) for name in names)]
    if whole:
        return Kind(whole[0]) if len(whole) == 1 else _SEVERAL
    forms = {form for form, _ in known}
    own = [
        (len(name), form)
        for form, names in known
        for name in names
        if form not in _SHIPPED and key(name) in key(text)
    ]
    if own:
        return Kind(max(own)[1])
    for kind in _DATA["kinds"]:
        if _says(text, kind) and kind.get("form", "") in {"", *forms}:
            return Kind(
                kind.get("form", ""),
                kind.get("name", ""),
                kind.get("instead", ""),
                kind.get("lists", False),
            )
    return UNTOLD


def _says(text: str, kind: Mapping[str, Any]) -> bool:
    return all(word in text for word in kind["all"]) and not any(
        word in text for word in kind.get("none", ())
    )


def list_of(page: Page) -> Kind:
    """Return which list a sheet is by the headers in one of its rows, one project or one task below
    the other.
    """
    for row in page.rows:
        labels = {core(page.text(row, column)) for column in page.by_row[row]}
        below = [other for other in page.rows if other > row and len(page.by_row[other]) >= _FEW]
        for each in _DATA["lists"]:
            if (
                set(each["must"]) <= labels
                and len(labels & set(each["headers"])) >= each["least"]
                and len(below) > 1
            ):
                return Kind(name=each["name"], instead=each["instead"], lists=True)
    return UNTOLD


def _shipped(kinds: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(kind["form"] for kind in kinds if "form" in kind)


_SHIPPED: Final = _shipped(_DATA["kinds"])
_COMMON: Final = tuple((form, ()) for form in sorted(_SHIPPED))
