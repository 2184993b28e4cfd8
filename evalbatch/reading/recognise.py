"""Tells which form a workbook is, and which of its sheets is which."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evalbatch.model.names import key
from evalbatch.reading.form_labels import LEVEL_LABELS, FormLabels, SheetLabels, labels_of_form
from evalbatch.reading.kinds import (
    UNTOLD,
    SheetKind,
    form_by_labels,
    is_shipped,
    kind_of,
    list_of,
)
from evalbatch.reading.printed_page import PrintedPage
from evalbatch.sheets.book import TITLE
from evalbatch.standards.form import FormSpec

_TITLE_ROWS: Final = 8
_LEAST: Final = 0.4  # of a form's required labels: below that a sheet is something else
_LEAST_NAMED: Final = 0.2  # when the sheet's name says the same
_GENERIC: Final = ("sheet", "附")  # names that say nothing of what stands on the sheet
_CLOSE: Final = 0.08  # two forms nearer than this cannot be told apart
_SURE: Final = 0.75  # of the labels: so much makes a form whatever else the sheet looks like
_BONUS: Final = 0.3
_FOUND: Final = 0.04  # for each column of the form, required or not
_OWN: Final = 0.4  # where all required labels are the form's own, in its own words
_LEAST_TITLED: Final = 0.2  # when the title says which form it is


@dataclass(frozen=True, slots=True)
class Guess:
    """How well a sheet fits a form: the share of its required labels found, the same with title and
    printed names, and how much of it the sheet says in the form's own words.
    """

    form_labels: FormLabels
    page: PrintedPage
    share: float
    fit: float
    own: float = 0


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a page is taken for: its kind by title, the forms it may be, and whether the first of
    them is it.
    """

    page: PrintedPage
    kind: SheetKind
    guesses: list[Guess]
    found: bool
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """One submission's sheets: the main page, and the page of each sheet of the form that the
    workbook has.

    `twins` are further pages that look like a sheet which has its page already; `strays` are pages
    that are nothing known.
    """

    form_labels: FormLabels
    main: PrintedPage
    pages: dict[str, PrintedPage]
    twins: list[tuple[SheetLabels, PrintedPage]]
    strays: list[PrintedPage]


def usable(pages: Iterable[PrintedPage]) -> list[PrintedPage]:
    """Return the pages that a department fills in: what reviewers added is not read again."""
    return [page for page in pages if not page.name.strip().startswith(TITLE)]


def fit(page: PrintedPage, form_labels: FormLabels) -> Guess:
    """Measure how well a page fits the main sheet of a form."""
    main = form_labels.main
    share = _share(page, main)
    title = key(form_labels.form.title)
    titled = any(
        row <= _TITLE_ROWS and title in label
        for label, spots in page.keys.items()
        for row, _ in spots[:1]
    )
    printed = (
        sum(1 for name in main.presets if name in page.keys) / len(main.presets)
        if main.presets
        else 0
    )
    own = (
        sum(1 for labels in main.own_labels if _has(page, labels)) / len(main.own_labels)
        if main.own_labels
        else 0
    )
    found = sum(1 for labels in main.column_labels if _has(page, labels))
    whole = share + _BONUS * titled + _BONUS * printed + _OWN * own + _FOUND * found
    return Guess(form_labels, page, share, whole, own)


def measure(page: PrintedPage, form_labels: FormLabels) -> Guess:
    """Measure how well a page fits the main sheet of a form whose name is known."""
    share = _share(page, form_labels.main)
    return Guess(form_labels, page, share, share)


def is_side_sheet(page: PrintedPage, form_labels: FormLabels) -> bool:
    """Whether a page's name says that it is one of the form's further sheets."""
    return any(
        key(page.name) in sheet.names
        for sheet in form_labels.sheets
        if sheet is not form_labels.main
    )


def best_guesses(page: PrintedPage, forms: Iterable[FormSpec]) -> list[Guess]:
    """Return the forms that a page may be, the likeliest first."""
    guesses = [fit(page, labels_of_form(form)) for form in forms]
    return sorted(guesses, key=lambda guess: -guess.fit)


def is_titled_form(guess: Guess) -> bool:
    """Whether a page is the form that its title names: some of the form's labels stand on it."""
    return guess.share >= _LEAST_TITLED and not _is_rather_a_side_sheet(guess)


def is_form(guess: Guess) -> bool:
    """Whether a page is a form's main sheet at all."""
    name = key(guess.page.name)
    if name in guess.form_labels.main.names and not name.lower().startswith(_GENERIC):
        return guess.share >= _LEAST_NAMED
    return guess.share >= _LEAST and _has_table(guess) and not _is_rather_a_side_sheet(guess)


def _has_table(guess: Guess) -> bool:
    """Whether half of what heads one of the form's tables stands on a page: labels that any list
    may have (序号, 填报单位) make no form.
    """
    required = guess.form_labels.main.required
    tables = [table for table in guess.form_labels.main.tables if len(table.required) > 1]
    heads = [
        [_has(guess.page, required[f"{table.spec.id}.{column.id}"]) for column in table.required]
        for table in tables
        if table.spec.required
    ]
    return not heads or any(sum(found) * 2 >= len(found) for found in heads)


def _is_rather_a_side_sheet(guess: Guess) -> bool:
    """Whether a page shares some labels with the main sheet, but more with another one."""
    others = [
        sheet
        for sheet in guess.form_labels.sheets
        if sheet is not guess.form_labels.main and (sheet.tables or sheet.fields)
    ]
    return guess.share < 1 and any(
        _label_share(guess.page, sheet) > guess.share for sheet in others
    )


def in_doubt(guesses: Sequence[Guess]) -> bool:
    """Whether the second likeliest form fits as well as the first, in its own words too."""
    if len(guesses) < 2:  # noqa: PLR2004 - one alone leaves no doubt
        return False
    first, second = guesses[:2]
    return first.fit - second.fit < _CLOSE and first.own <= second.own


def sight(page: PrintedPage, forms: Mapping[str, FormSpec]) -> Sighting:
    """Recognise a page: its title speaks first, its labels where the title says nothing."""
    kind = kind_of(page, forms)
    if kind.form:
        guess = fit(page, labels_of_form(forms[kind.form]))
        listed = list_of(page, titled=True)
        if listed.name:
            return Sighting(page, listed, [guess], found=False)
        return Sighting(page, kind, [guess], found=is_titled_form(guess))
    guesses = best_guesses(page, forms.values())
    listed = list_of(page)
    if kind.name or (listed.name and guesses and guesses[0].share < _SURE):
        certain = kind.lists and bool(guesses) and guesses[0].share >= _SURE and not listed.name
        if not certain:
            return Sighting(page, kind if kind.name else listed, guesses, found=False)
    good = [guess for guess in guesses if is_form(guess)]
    told = _told_by_labels(page, forms, good)
    if told is not None:
        return Sighting(page, UNTOLD, [told], found=True)
    return Sighting(page, UNTOLD, good or guesses, found=bool(good), doubtful=in_doubt(good))


def _told_by_labels(
    page: PrintedPage, forms: Mapping[str, FormSpec], good: Sequence[Guess]
) -> Guess | None:
    """Return the form that a few labels of an untitled sheet tell, unless it is an office's own."""
    name = form_by_labels(page) if LEVEL_LABELS & page.cores.keys() else ""
    if name not in forms or (good and not is_shipped(good[0].form_labels.form.id)):
        return None
    if not forms[name].scored or (good and not good[0].form_labels.form.scored):
        return None
    guess = fit(page, labels_of_form(forms[name]))
    return guess if is_titled_form(guess) else None


def missing_labels(guess: Guess) -> list[str]:
    """Return the required labels of a form that a page lacks, as the form prints them."""
    sheet = guess.form_labels.main
    absent = [name for name, labels in sheet.required.items() if not _has(guess.page, labels)]
    columns = {
        f"{table.spec.id}.{column.id}": column.label
        for table in sheet.tables
        for column in table.required
    }
    return [sheet.fields[name].label if name in sheet.fields else columns[name] for name in absent]


def assign(
    form_labels: FormLabels, mains: Sequence[PrintedPage], pages: Sequence[PrintedPage]
) -> list[Assignment]:
    """Share out the other sheets among the main ones: each goes to the main sheet before it."""
    order = {page.label: number for number, page in enumerate(pages)}
    parts = {
        main.label: Assignment(form_labels, main, {form_labels.main.spec.id: main}, [], [])
        for main in mains
    }
    rest = [(_named(page, form_labels), page) for page in pages if page.label not in parts]
    for sheet, page in sorted(
        rest, key=lambda pair: pair[0] is None or key(pair[1].name) not in pair[0].names
    ):
        before = [main for main in mains if order[main.label] < order[page.label]]
        part = parts[(before or mains)[-1 if before else 0].label]
        if sheet is None:
            part.strays.append(page)
        elif sheet.spec.id in part.pages:
            part.twins.append((sheet, page))
        else:
            part.pages[sheet.spec.id] = page
    return list(parts.values())


def _named(page: PrintedPage, form_labels: FormLabels) -> SheetLabels | None:
    name = key(page.name)
    by_name = next(
        (
            sheet
            for sheet in form_labels.sheets
            if name in sheet.names and sheet is not form_labels.main
        ),
        None,
    )
    return by_name or _alike(page, form_labels)


def _alike(page: PrintedPage, form_labels: FormLabels) -> SheetLabels | None:
    """Return the sheet of the form whose labels stand on a page that bears another name."""
    others = [
        sheet
        for sheet in form_labels.sheets
        if sheet is not form_labels.main and (sheet.tables or sheet.fields)
    ]
    shares = [(_label_share(page, sheet), sheet) for sheet in others]
    share, sheet = max(shares, key=lambda pair: pair[0], default=(0.0, None))
    return sheet if share >= 2 * _LEAST and not page.sheet.hidden else None


def _label_share(page: PrintedPage, sheet: SheetLabels) -> float:
    columns = [column for table in sheet.tables for column in table.spec.columns]
    wanted = [[key(label) for label in item.labels] for item in (*sheet.spec.fields, *columns)]
    return sum(1 for labels in wanted if any(label in page.keys for label in labels)) / len(wanted)


def _share(page: PrintedPage, sheet: SheetLabels) -> float:
    required = sheet.required
    return (
        sum(1 for labels in required.values() if _has(page, labels)) / len(required)
        if required
        else 0.0
    )


def _has(page: PrintedPage, labels: Iterable[str]) -> bool:
    return not (
        page.keys.keys().isdisjoint(labels)
        and page.cores.keys().isdisjoint(labels)
        and page.inlines.keys().isdisjoint(labels)
    )
