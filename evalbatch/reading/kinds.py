"""Tells from its title what a sheet is: one of the forms, or a kind that cannot be evaluated
(kinds.toml).
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from operator import itemgetter
from typing import Any, Final, NamedTuple

from evalbatch.model.names import core, inline, key
from evalbatch.model.plain_figures import compact, years_in_digits
from evalbatch.reading.form_labels import FIELD_LABELS, PROJECT_LABELS
from evalbatch.reading.printed_page import PrintedPage, Spot
from evalbatch.standards.form import FormSpec

_ROWS: Final = 6  # that hold something, among which the title stands
_LONGEST: Final = 60
_ENDING: Final = "表"
_NOTHING_SAID: Final = 1000
_FEW: Final = 3  # cells that a row with a title has at the most
_DATA: Final[dict[str, Any]] = tomllib.loads(
    resources.files("evalbatch.reading").joinpath("kinds.toml").read_text(encoding="utf-8")
)


_YEAR: Final = re.compile(r"[(]?(?:19|20)\d\d(?:年度?)?[)]?")
_PROJECT_TITLE: Final = re.compile(_DATA["titles"]["project"])
_GENERAL: Final = re.compile(_DATA["titles"]["general"])


class SheetKind(NamedTuple):
    """What a sheet is: the id of a form, or the name of a kind that is none and what to hand in
    `instead` of it.
    """

    form: str = ""
    name: str = ""
    instead: str = ""
    lists: bool = False


UNTOLD: Final = SheetKind()
_SEVERAL: Final = SheetKind(name="several")  # forms of one title: their labels must tell

_Titles = tuple[tuple[str, tuple[str, ...]], ...]  # the id of each form, and its titles


def kind_of(page: PrintedPage, forms: Mapping[str, FormSpec]) -> SheetKind:
    """Return what a sheet's title says it is, else what its name says; empty when neither tells.

    Of several texts that may be the title the one counts that says most.
    """
    known = tuple((form.id, (form.title, *form.title_words)) for form in forms.values())
    seen = frozenset(label for label in _TELLING if label in page.cores)
    told = [_of_text(compact(text).replace(" ", ""), known, seen) for text in titles(page)]
    told = told or [_of_text(compact(page.name).replace(" ", ""), known, seen)]
    said = min(told, key=itemgetter(0))
    if said[1] is UNTOLD:
        said = _of_text(compact(page.name).replace(" ", ""), known, seen)
    return said[1] if said[1] is not _SEVERAL else UNTOLD


def titles(page: PrintedPage) -> list[str]:
    """Return the texts at the top of a sheet that may be its title: short, with little beside them,
    above the first label.
    """
    return [text for _, text in _title_cells(page)]


def _title_cells(page: PrintedPage) -> list[tuple[Spot, str]]:
    found: list[tuple[Spot, str]] = []
    for row in page.rows[:_ROWS]:
        texts = {(row, column): page.text(row, column) for column in page.by_row[row]}
        if len(texts) > _FEW or any(
            core(text) in FIELD_LABELS or _begins_with_label(text)
            for text in texts.values()
            if text
        ):
            break
        found += [(spot, text) for spot, text in texts.items() if text and len(text) <= _LONGEST]
    return found


def project_in_title(page: PrintedPage) -> tuple[Spot, str] | None:
    """Return the title that names a project of its own (某某项目2023年度绩效自评表) and that name;
    None where the title only says what kind of project the form is for.
    """
    for spot, text in _title_cells(page):
        match = _PROJECT_TITLE.match(_YEAR.sub("", years_in_digits(compact(text)).replace(" ", "")))
        if match is not None and not _GENERAL.search(match["name"]):
            return spot, match["name"]
    return None


def _begins_with_label(text: str) -> bool:
    return any(core(label) in FIELD_LABELS for label, _ in inline(text))


def kind_by_own_title(page: PrintedPage) -> SheetKind:
    """Return what a sheet calls itself where that is none of the kinds: a table of something else;
    empty where it has no title.
    """
    own = _DATA["titles"]
    endings = tuple(own["strange"])
    named = (text.strip() for text in titles(page) if core(text).endswith(endings))
    name = next(named, "")
    return SheetKind(name=name, instead=own["instead"]) if name else UNTOLD


def is_title(text: str) -> bool:
    """Whether a text is the title of a form of a common kind: it ends as titles do."""
    bare = core(text)
    return (
        len(bare) <= _LONGEST
        and bare.endswith(_ENDING)
        and _of_text(compact(text).replace(" ", ""), _COMMON)[1].form != ""
    )


@lru_cache(maxsize=512)
def _of_text(
    text: str, known: _Titles, seen: frozenset[str] = frozenset()
) -> tuple[int, SheetKind]:
    """Return what a text says, and how much: a form's own whole title, a part of it, words; `seen`
    are the telling labels on the sheet.
    """
    bare = core(text)
    whole = [form for form, names in known if any(bare == core(name) for name in names)]
    if whole:
        return 0, SheetKind(whole[0]) if len(whole) == 1 else _SEVERAL
    own = _own_words(text, known)
    if own:
        return 1, SheetKind(own)
    forms = {form for form, _ in known}
    for rank, kind in enumerate(_DATA["kinds"], start=2):
        if _says(text, kind, seen) and kind.get("form", "") in {"", *forms}:
            return rank, SheetKind(
                **{name: kind[name] for name in SheetKind._fields if name in kind}
            )
    return _NOTHING_SAID, UNTOLD


def _own_words(text: str, known: _Titles) -> str:
    """Return the form of an office whose title, or words of it, stand in a text."""
    pairs = ((form, name) for form, names in known if form not in _SHIPPED for name in names)
    found = [(len(name), form) for form, name in pairs if key(name) in key(text)]
    return max(found)[1] if found else ""


def _says(text: str, kind: Mapping[str, Any], seen: frozenset[str]) -> bool:
    labels = kind.get("labels", ())
    return (
        all(word in text for word in kind["all"])
        and not any(word in text for word in kind.get("none", ()))
        and (not labels or not seen.isdisjoint(map(core, labels)))
    )


def list_of(page: PrintedPage, *, titled: bool = False) -> SheetKind:
    """Return which list a sheet is by the headers in one of its rows, one project or one task below
    the other; where the title names a form (`titled`) only what cannot be one.
    """
    kinds = [each for each in _DATA["lists"] if not titled or each.get("always", False)]
    for row in page.rows:
        labels = {core(page.text(row, column)) for column in page.by_row[row]}
        below = [other for other in page.rows if other > row and len(page.by_row[other]) >= _FEW]
        for each in kinds if len(below) > 1 else ():
            wanted = set(each["must"]) <= labels
            if wanted and len(labels & set(each["headers"])) >= each["least"]:
                return SheetKind(name=each["name"], instead=each["instead"], lists=True)
    return UNTOLD


def form_by_labels(page: PrintedPage) -> str:
    """Return the form of ours that an untitled sheet is by labels that no other form has; empty
    when they tell of none.
    """
    stated = page.cores.keys() | page.inlines.keys()
    for each in _DATA["labels"]:
        found = stated & set(map(core, each["any"]))
        parts = {part for names, _ in page.several for part in names}
        projectless = _NAMED_PROJECTS.isdisjoint(stated | parts)
        unlike = each["projectless"] if not projectless else each.get("project", False)
        if len(found) >= each["least"] and not unlike:
            return str(each["form"])
    return ""


def is_shipped(form: str) -> bool:
    """Whether a form is one of ours, which the kinds know."""
    return form in _SHIPPED


def _shipped(kinds: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(kind["form"] for kind in kinds if "form" in kind)


_NAMED_PROJECTS: Final = frozenset(
    label
    for label in PROJECT_LABELS
    if len(label) > len("项目")  # 项目 alone heads columns too
)
_TELLING: Final = frozenset(
    core(label) for kind in _DATA["kinds"] for label in kind.get("labels", ())
)
_SHIPPED: Final = _shipped(_DATA["kinds"])
_COMMON: Final = tuple((form, ()) for form in sorted(_SHIPPED))
