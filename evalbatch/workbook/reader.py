"""Reads a workbook into submissions: every value typed and with its place, whatever the layout."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from evalbatch.forms.spec import FormSpec
from evalbatch.model.observation import Observation
from evalbatch.model.place import Place
from evalbatch.model.submission import Stamp, State, Submission
from evalbatch.workbook import stamp as stamps
from evalbatch.workbook.grid import Book, Refused
from evalbatch.workbook.reading.lens import FormLens, lens_of
from evalbatch.workbook.reading.page import Page
from evalbatch.workbook.reading.recognise import (
    Guess,
    assign,
    best_guesses,
    in_doubt,
    is_form,
    is_side_sheet,
    measure,
    missing_labels,
    usable,
)
from evalbatch.workbook.reading.sheets import SheetsReader
from evalbatch.workbook.sheets import read_book

_PROJECT: Final = "project"
_MOST_NAMED: Final = 6  # missing labels named in one message


def read(data: bytes, file: str, forms: Mapping[str, FormSpec]) -> tuple[Submission, ...]:
    """Read a workbook; `file` is the name that places carry.

    Returns:
        Usually one submission. A workbook with several filled forms gives several; from the second on `file` ends in `#` and
        the sheet, while places keep the name of the file.

    Raises:
        Refused: the file cannot be opened (F01), is encrypted (F02), is none of the forms (F03, a document F12), is of a newer
            version (F05), or must not be read (F08).
    """
    book = read_book(data, file, partial(_printed, forms))
    return interpret(book, file, hashlib.sha256(data).hexdigest(), forms)


def _printed(forms: Mapping[str, FormSpec], properties: Mapping[str, str]) -> Sequence[str]:
    """Return the sheets of a workbook of ours that nobody fills in, such as 填报说明."""
    stamp = stamps.stated(properties)
    sheets = forms[stamp.form].sheets if stamp and stamp.form in forms else ()
    return [sheet.name for sheet in sheets if not sheet.fields and not sheet.tables]


def interpret(book: Book, file: str, digest: str, forms: Mapping[str, FormSpec]) -> tuple[Submission, ...]:
    """Read the grids of a workbook that is open already; see `read`."""
    stamp = stamps.find(book)
    pages = usable(Page(sheet) for sheet in book.sheets if sheet.name != stamps.SHEET)
    if stamp is not None and stamp.form in forms:
        groups, doubts = _by_stamp(pages, file, forms[stamp.form], stamp)
    else:
        stamp = None
        try:
            groups, doubts = _by_labels(pages, file, forms)
        except Refused as refused:
            raise _no_form(book, refused) from refused
    names = tuple(sheet.name for sheet in book.sheets if sheet.name != stamps.SHEET)
    mains = {page.name for _, group in groups for page in group}
    submissions = [
        _submission(SheetsReader(part, file, stamped=stamp is not None), file, digest, stamp)
        for lens, group in groups
        for part in assign(lens, group, [page for page in pages if page in group or page.name not in mains])
    ]
    first, *rest = _told_apart(_filled(submissions))
    first = replace(first, observations=(*book.observations, *doubts, *first.observations))
    return tuple(
        replace(each, modified=book.modified, sheets=names)
        for each in (first, *(replace(other, file=f"{file}#{_sheet_of(other)}") for other in rest))
    )


def _by_stamp(
    pages: Sequence[Page], file: str, form: FormSpec, stamp: Stamp
) -> tuple[list[tuple[FormLens, list[Page]]], list[Observation]]:
    """Find the main sheets of a workbook that bears our stamp."""
    place = Place(file)
    found, expected = str(stamp.version), str(form.version)
    if stamp.version > form.version:
        raise Refused(Observation("F05", (place,), found, expected))
    lens = lens_of(form, stamp.version)
    guesses = [measure(page, lens) for page in pages if not is_side_sheet(page, lens)]
    mains = [guess.page for guess in guesses if is_form(guess)]
    if not mains:
        raise _unknown(file, guesses)
    older = [Observation("F05", (place,), found, expected, "older")] if stamp.version < form.version else []
    return [(lens, mains)], older


def _by_labels(
    pages: Sequence[Page], file: str, forms: Mapping[str, FormSpec]
) -> tuple[list[tuple[FormLens, list[Page]]], list[Observation]]:
    """Recognise the forms of a workbook without our stamp by their labels."""
    groups: dict[str, tuple[FormLens, list[Page]]] = {}
    doubts: list[Observation] = []
    seen: list[Guess] = []
    visible = [page for page in pages if not page.sheet.hidden] or pages
    for page in visible:
        guesses = [guess for guess in best_guesses(page, forms.values()) if is_form(guess)]
        seen += guesses or best_guesses(page, forms.values())[:1]
        if guesses:
            best = guesses[0]
            groups.setdefault(best.lens.form.id, (best.lens, []))[1].append(page)
            if in_doubt(guesses):
                titles = "、".join(f"《{guess.lens.form.title}》" for guess in guesses[:2])
                doubts.append(Observation("F04", (Place(file, page.name),), titles, "报表类型", "ambiguous"))
    if not groups:
        raise _unknown(file, seen)
    return list(groups.values()), doubts


def _no_form(book: Book, refused: Refused) -> Refused:
    """Say of a document whose tables are none of the forms that it is a document (F12), of a workbook what it lacks (F03)."""
    if book.kind != "docx":
        return refused
    said = refused.observation
    return Refused(replace(said, code="F12", variant="document"))


def _unknown(file: str, guesses: Sequence[Guess]) -> Refused:
    """Refuse a workbook that is none of the forms; the nearest form and what it would need is named."""
    best = max(guesses, key=lambda guess: guess.fit, default=None)
    if best is None or best.share == 0:
        return Refused(Observation("F03", (Place(file),), found="表中没有任何已知的栏目名称", variant="unlike"))
    absent = missing_labels(best)
    named = "、".join(f"“{label}”" for label in absent[:_MOST_NAMED]) + ("等" if len(absent) > _MOST_NAMED else "")
    place = Place(file, best.page.name)
    return Refused(Observation("F03", (place,), found=f"没有找到{named}", expected=best.lens.form.title))


def _submission(reader: SheetsReader, file: str, digest: str, stamp: Stamp | None) -> Submission:
    fields, tables, observations = reader.read()
    form = reader.assignment.lens.form
    version = stamp.version if stamp else form.version
    return Submission(file, digest, form.id, version, fields, tables, stamp, observations, sheets=(reader.assignment.main.name,))


def _filled(submissions: Sequence[Submission]) -> list[Submission]:
    """Leave out forms in which nothing was filled in, such as a blank copy kept as another sheet."""
    filled = [each for each in submissions if any(entry.state is State.FILLED for entry in each.fields.values())]
    return filled or list(submissions[:1])


def _told_apart(submissions: Sequence[Submission]) -> list[Submission]:
    """Where two sheets are the same form of the same project nobody can say which counts: name both, and read the first.

    Sheets that have none of the form's tables in common are parts of one.
    """
    first, *rest = submissions
    twins = [other for other in rest if other.form == first.form and other.text(_PROJECT) in ("", first.text(_PROJECT))]
    if not twins:
        return list(submissions)
    places = tuple(Place(first.file, _sheet_of(each)) for each in (first, *twins))
    shown = "、".join(f"工作表“{place.sheet}”" for place in places)
    split = all(first.tables.keys().isdisjoint(other.tables) for other in twins)
    doubt = Observation("F04", places, shown, "填报内容", "split" if split else "ambiguous")
    return [replace(first, observations=(doubt, *first.observations)), *(other for other in rest if other not in twins)]


def _sheet_of(submission: Submission) -> str:
    return submission.sheets[0]
