"""Reads the sheets of one submission: tables, then fields, then what stands only in titles and
total rows.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Final

from evalbatch.model.finding import Observation
from evalbatch.model.names import nearest
from evalbatch.model.place import Place
from evalbatch.model.plain_figures import compact
from evalbatch.model.submission import Entry, Row, RowKind, Stamp, State, Submission
from evalbatch.reading import stamp as stamps
from evalbatch.reading.continued_sheets import joined, on_their_sheets
from evalbatch.reading.covers import at_odds, is_cover
from evalbatch.reading.entries import EntryReader
from evalbatch.reading.fields import FieldReader
from evalbatch.reading.form_labels import FormLabels, SheetLabels, labels_of_form
from evalbatch.reading.kinds import UNTOLD, kind_by_own_title, project_in_title
from evalbatch.reading.open_tables import TablesReader
from evalbatch.reading.printed_page import PrintedPage, months_in_headers, year_in_title
from evalbatch.reading.recognise import (
    Assignment,
    Guess,
    Sighting,
    assign,
    is_form,
    is_side_sheet,
    measure,
    missing_labels,
    sight,
    usable,
)
from evalbatch.reading.rectification import is_rectification, rectified
from evalbatch.reading.stacked_forms import apart
from evalbatch.sheets import read_book
from evalbatch.sheets.book import Book, Cell, Refused
from evalbatch.standards.form import FieldSpec, FormSpec, TableSpec, Type

_GRADE: Final = "stated_grade"
_TOTAL: Final = "stated_total"
_GRADE_TOLD: Final = re.compile(r"^[(]?[^:()]{0,4}(?:等级|等次|结论|结果):|[(]|[)]$")
_LONGEST_GRADE: Final = 6  # a longer text is a sentence
_GRADE_SAID: Final = (
    r"(?:等级|等次|评定|评为|结果|结论)(?:为|是|:)?[“\"'《(]?(?P<grade>{grades})(?=[,;。”\"'》)]|$)"
)
_PERIOD: Final = "period"
_INDICATORS: Final = "indicators"
_FUNDING: Final = "funding"
_WHOLE: Final = "总分"  # a row so called is the total of the form

Reading = tuple[dict[str, Entry], dict[str, tuple[Row, ...]], tuple[Observation, ...]]


def _as_indicator(row: Row, table: TableSpec) -> Row:
    """Return a row of a scored block as an indicator: the block's title is its level 1."""
    level = Entry(table.title, table.title, row.place)
    return replace(row, table=_INDICATORS, entries={"level1": level, **row.entries})


class SheetsReader:
    """Reads one submission from the pages assigned to it."""

    def __init__(self, assignment: Assignment, file: str, *, stamped: bool) -> None:
        self.assignment = assignment
        self.form_labels = assignment.form_labels
        self.entry_reader = EntryReader(file, stamped=stamped)
        self.fields: dict[str, Entry] = {}
        self.tables: dict[str, tuple[Row, ...]] = {}
        self.finders: dict[str, list[FieldReader]] = {}
        filled = [sheet for sheet in self.form_labels.sheets if sheet.fields or sheet.tables]
        own = [
            (sheet, assignment.pages[sheet.spec.id])
            for sheet in filled
            if sheet.spec.id in assignment.pages
        ]
        away = [sheet for sheet in self.form_labels.sheets if sheet.spec.id not in assignment.pages]
        self.readers = [TablesReader(page, sheet, self.entry_reader) for sheet, page in own]
        self.main = next(reader for reader in self.readers if reader.page is assignment.main)
        self.guests = [
            TablesReader(assignment.main, sheet, self.entry_reader, strict=True) for sheet in away
        ]

    def read(self) -> Reading:
        """Return fields, tables and what was noticed."""
        self._say_missing_sheets()
        self._say_twins()
        self._locate()
        self._read_year()
        self._read_tables()
        self._read_totals()
        self._read_fields()
        return (
            self.fields,
            self.tables,
            (*self.entry_reader.observations, *self.entry_reader.hidden()),
        )

    def _say_missing_sheets(self) -> None:
        names = [page.name for page in self.assignment.strays]
        for guest in self.guests:
            spec = guest.sheet_labels.spec
            if spec.required:
                best = nearest((spec.name, *spec.synonyms), names)
                place = Place(self.entry_reader.file, best)
                variant = self.entry_reader.absence(best)
                self.entry_reader.note(
                    "F04", place, found=best, expected=spec.name, variant=variant
                )

    def _say_twins(self) -> None:
        """Say where a second sheet of the same kind is filled in as well: nobody can say which of
        them counts.
        """
        for sheet, page in self.assignment.twins:
            if self._is_filled(sheet, page):
                first = self.assignment.pages[sheet.spec.id].name
                places = (
                    Place(self.entry_reader.file, first),
                    Place(self.entry_reader.file, page.name),
                )
                shown = f"工作表“{first}”、工作表“{page.name}”"
                self.entry_reader.note(
                    "F04", *places, found=shown, expected=sheet.spec.name, variant="ambiguous"
                )

    def _is_filled(self, sheet: SheetLabels, page: PrintedPage) -> bool:
        trial = EntryReader(self.entry_reader.file)
        tables = TablesReader(page, sheet, trial, strict=True)
        tables.locate()
        if any(
            row.kind is RowKind.ITEM for table in sheet.tables for row in tables.read(table) or ()
        ):
            return True
        finder = FieldReader(
            page, sheet, trial, self.form_labels.known, self.form_labels.hints, tables.claimed
        )
        entries = [finder.read(name) for name in sheet.fields]
        return any(
            entry is not None and entry.state is State.FILLED and entry.choice is None
            for entry in entries
        )

    def _locate(self) -> None:
        for reader in self.readers:
            reader.locate()
        for guest in self.guests:
            guest.locate(self.main)

    def _read_year(self) -> None:
        """Read the year before anything else: it completes dates such as 9月前."""
        spec = next(
            (spec for spec in self.form_labels.form.fields.values() if spec.type is Type.YEAR), None
        )
        if spec is None:
            return
        entry = self._field(spec)
        if entry is None or entry.blank:
            entry = self._titled(spec) or entry
        if entry is not None:
            self.fields[spec.id] = entry
            self.entry_reader.year = int(entry.number) if entry.number is not None else None

    def _titled(self, spec: FieldSpec) -> Entry | None:
        found = year_in_title(self.assignment.main)
        return (
            self.entry_reader.entry(self.assignment.main, found[0], spec, cell=Cell(found[1]))
            if found
            else None
        )

    def _read_tables(self) -> None:
        for reader in (*self.readers, *self.guests):
            for table in reader.sheet_labels.tables:
                rows = reader.read(table)
                if rows is not None:
                    self.tables[table.spec.id] = rows
        for guest in self.guests:
            self.main.claimed.update(guest.claimed)
        self._tell_inner_total()
        self._join_blocks()
        self._say_unread()

    def _tell_inner_total(self) -> None:
        """Take the sum of the indicators alone (合计 90), where a form of others scores the
        execution of the budget apart, for what it is: the form's total stands elsewhere.
        """
        rows = self.tables.get(_INDICATORS, ())
        apart = any(row.number("weight") for row in self.tables.get(_FUNDING, ()))
        if not rows or not apart or self.entry_reader.stamped:
            return
        weights = [row.number("weight") for row in rows if row.kind is RowKind.ITEM]
        added = sum((weight for weight in weights if weight is not None), Decimal(0))
        self.tables[_INDICATORS] = tuple(
            replace(row, kind=RowKind.SUBTOTAL)
            if row.kind is RowKind.TOTAL
            and row.number("weight") == added
            and _WHOLE not in self._words_of(row)
            else row
            for row in rows
        )

    def _words_of(self, row: Row) -> str:
        """Return the words that stand in a row."""
        pages = (page for page in self.assignment.pages.values() if page.name == row.place.sheet)
        number = row.place.row
        return "".join(
            page.text(number, column) for page in pages for column in page.by_row.get(number, ())
        )

    def _join_blocks(self) -> None:
        """Let the rows of further scored tables count with the indicators, under their title."""
        blocks = [table for table in self.form_labels.form.tables.values() if table.scored]
        for table in blocks:
            rows = [row for row in self.tables.pop(table.id, ()) if row.kind is RowKind.ITEM]
            joined = tuple(_as_indicator(row, table) for row in rows)
            if joined:
                self.tables[_INDICATORS] = (*joined, *self.tables.get(_INDICATORS, ()))

    def _say_unread(self) -> None:
        """Say where figures stand in a table, or under a header of points, that were not read."""
        for reader in self.readers:
            spots = [*reader.unread, *reader.unread_blocks()]
            if spots and reader.sheet_labels.spec.required:
                page = reader.page
                rows = "、".join(dict.fromkeys(f"第{row}行" for row, _ in spots[:_MOST_NAMED]))
                places = tuple(self.entry_reader.place(page, spot) for spot in spots)
                found = f"工作表“{page.name}”{rows}{'等' if len(spots) > _MOST_NAMED else ''}"
                self.entry_reader.note("F04", *places, found=found, variant="unread_figures")

    def _read_totals(self) -> None:
        """Take the fields that a table's total row states: the stated total, and a grade beside
        it.
        """
        for table in self.form_labels.form.tables.values():
            totals = [row for row in self.tables.get(table.id, ()) if row.kind is RowKind.TOTAL]
            for column, name in table.total_fields.items():
                entry = self._stated(totals, column)
                if entry is not None:
                    self.fields[name] = entry
            for row in totals if table.total_fields else ():
                self._grade_beside(row)

    def _stated(self, totals: Sequence[Row], column: str) -> Entry | None:
        """Return what the total row states in a column, else the only number of its row."""
        entries = [row.entries[column] for row in totals if column in row.entries]
        filled = [entry for entry in entries if not entry.blank]
        known = next(reversed(filled or entries), None)
        if filled or not totals or self.entry_reader.stamped:
            return known
        return self._only_number(totals[-1]) or known

    def _only_number(self, row: Row) -> Entry | None:
        """Return the only number to the right of a total's label, wherever the form has put it."""
        pages = (page for page in self.assignment.pages.values() if page.name == row.place.sheet)
        page, spec = next(pages, None), self.form_labels.form.fields.get(_TOTAL)
        weight = row.entries.get("weight")
        if page is None or spec is None or (weight is not None and not weight.blank):
            return None
        columns = page.by_row.get(row.place.row, ())
        found = [self.entry_reader.entry(page, (row.place.row, column), spec) for column in columns]
        numbers = [entry for entry in found if entry.number is not None]
        return numbers[0] if len(numbers) == 1 else None

    def _grade_beside(self, row: Row) -> None:
        spec = self.form_labels.form.fields.get(_GRADE)
        page = next(
            (page for page in self.assignment.pages.values() if page.name == row.place.sheet), None
        )
        if spec is None or page is None:
            return
        options = {compact(option) for option in spec.options}
        for column in range(row.place.column, page.last_column + 1):
            spot = page.anchor(row.place.row, column)
            told = _GRADE_TOLD.sub("", compact(page.text(*spot)))
            if told in options:
                self.fields[_GRADE] = self.entry_reader.entry(page, spot, spec, cell=Cell(told))
                return

    def _read_fields(self) -> None:
        for sheet in self.form_labels.sheets:
            for name, spec in sheet.fields.items():
                if name in self.fields:
                    continue
                entry = self._field(spec) or self._period(spec) or self._project(spec)
                if entry is not None and name == _GRADE:
                    self.fields[name] = self._plain_grade(entry)
                elif entry is not None:
                    self.fields[name] = entry
                elif (
                    spec.required
                    and name not in self.form_labels.added
                    and sheet.spec.id in self.assignment.pages
                ):
                    self._finders(sheet)[0].missing(spec)

    def _plain_grade(self, entry: Entry) -> Entry:
        """Return the grade that a sentence of a form of others names (自评97分，等级为优), a blank
        where the sentence is about something else.
        """
        text = compact(entry.text)
        if self.entry_reader.stamped or entry.choice or len(text) <= _LONGEST_GRADE:
            return entry
        grades = "|".join(map(re.escape, self.form_labels.form.fields[_GRADE].options))
        match = re.search(_GRADE_SAID.format(grades=grades), text)
        if match is None:
            return Entry("", None, entry.place, State.BLANK)
        return entry._replace(text=match["grade"], value=match["grade"])

    def _period(self, spec: FieldSpec) -> Entry | None:
        """Take the months of monitoring from the headers where the form has no field for them."""
        found = months_in_headers(self.assignment.main) if spec.id == _PERIOD else None
        if found is None:
            return None
        return self.entry_reader.entry(self.assignment.main, found[0], spec, cell=Cell(found[1]))

    def _project(self, spec: FieldSpec) -> Entry | None:
        """Take the project that the title names, and say so, where a form of others has no label
        for it.
        """
        wanted = spec.id == _PROJECT and not self.entry_reader.stamped
        found = project_in_title(self.assignment.main) if wanted else None
        if found is None:
            return None
        spot, name = found
        place = self.entry_reader.place(self.assignment.main, spot)
        title = self.assignment.main.text(*spot).strip()
        self.entry_reader.note("F10", place, found=title, expected=name, variant="titled")
        return self.entry_reader.entry(self.assignment.main, spot, spec, cell=Cell(name))

    def _field(self, spec: FieldSpec) -> Entry | None:
        """Look for a field on its own sheet, then on the main one, where a form typed by others has
        everything.
        """
        for finder in self._finders(self.form_labels.homes[spec.id]):
            entry = finder.read(spec.id)
            if entry is not None:
                return entry
        return None

    def _finders(self, sheet_labels: SheetLabels) -> list[FieldReader]:
        """Return what finds the fields of a sheet: on its own page, then on the main one."""
        name = sheet_labels.spec.id
        if name not in self.finders:
            main = self.assignment.main
            own = self.assignment.pages.get(name, main)
            pages = [own] if own is main else [own, main]
            self.finders[name] = [self._finder(sheet_labels, page) for page in pages]
        return self.finders[name]

    def _finder(self, sheet_labels: SheetLabels, page: PrintedPage) -> FieldReader:
        claimed = next(
            (reader.claimed for reader in self.readers if reader.page is page), self.main.claimed
        )
        return FieldReader(
            page,
            sheet_labels,
            self.entry_reader,
            self.form_labels.known,
            self.form_labels.hints,
            claimed,
        )


_PROJECT: Final = "project"
_MOST_NAMED: Final = 6  # missing labels named in one message


def read(data: bytes, file: str, forms: Mapping[str, FormSpec]) -> tuple[Submission, ...]:
    """Read a workbook; `file` is the name that places carry.

    Returns:
        Usually one submission. A workbook with several filled forms gives several; from the second
        on `file` ends in `#` and the sheet, while places keep the name of the file.

    Raises:
        Refused: the file cannot be opened (F01), is encrypted (F02), is none of the forms (F03, a
            document F12), is of a newer version (F05), or must not be read (F08).
    """
    book = read_book(data, file, partial(_printed, forms))
    return interpret(book, file, hashlib.sha256(data).hexdigest(), forms)


def _printed(forms: Mapping[str, FormSpec], properties: Mapping[str, str]) -> Sequence[str]:
    """Return the sheets of a workbook of ours that nobody fills in, such as 填报说明."""
    stamp = stamps.stated(properties)
    sheets = forms[stamp.form].sheets if stamp and stamp.form in forms else ()
    return [sheet.name for sheet in sheets if not sheet.fields and not sheet.tables]


def interpret(
    book: Book, file: str, digest: str, forms: Mapping[str, FormSpec]
) -> tuple[Submission, ...]:
    """Read the grids of a workbook that is open already; see `read`."""
    stamp = stamps.find(book)
    pages = usable(
        PrintedPage(sheet)
        for sheet in book.sheets
        if sheet.name != stamps.SHEET and not is_rectification(sheet)
    )
    if stamp is not None and stamp.form in forms:
        groups, doubts = _by_stamp(pages, file, forms[stamp.form], stamp)
    else:
        stamp = None
        pages = joined([part for page in pages for part in apart(page)], forms)
        try:
            groups, doubts = _by_titles(pages, file, forms)
        except Refused as refused:
            raise _no_form(book, refused) from refused
    names = tuple(sheet.name for sheet in book.sheets if sheet.name != stamps.SHEET)
    mains = {page.label for _, group in groups for page in group}
    shares = [
        part
        for form_labels, group in groups
        for part in assign(
            form_labels, group, [page for page in pages if page in group or page.label not in mains]
        )
    ]
    if stamp is not None:
        doubts += _sheets_gone(shares, file)
    submissions = [
        _submission(SheetsReader(part, file, stamped=stamp is not None), file, digest, stamp)
        for part in shares
    ]
    first, *rest = _with_covers(_told_apart(_filled(submissions)), pages)
    first = replace(first, observations=(*book.observations, *doubts, *first.observations))
    said = rectified(book)
    return tuple(
        replace(each, modified=book.modified, sheets=names, rectified=said)
        for each in (first, *(replace(other, file=f"{file}#{sheet_of(other)}") for other in rest))
    )


def _with_covers(submissions: list[Submission], pages: Sequence[PrintedPage]) -> list[Submission]:
    """Say of the one form of a workbook where its cover contradicts it; several have one cover."""
    covers = [page for page in pages if is_cover(page)]
    if len(submissions) != 1 or not covers:
        return submissions
    (only,) = submissions
    found = (each for cover in covers for each in at_odds(cover, only))
    return [replace(only, observations=(*only.observations, *found))]


def _sheets_gone(shares: Sequence[Assignment], file: str) -> list[Observation]:
    """Name the further sheets of our own blank that are no longer in the workbook; those that came
    with a later version are not missed.
    """
    form_labels = shares[0].form_labels
    there = {name for part in shares for name in part.pages}
    gone = [
        sheet.spec.name
        for sheet in form_labels.sheets
        if (sheet.fields or sheet.tables)
        and not sheet.spec.required
        and sheet.spec.id not in there
        and form_labels.added.isdisjoint(sheet.fields)
    ]
    if not gone:
        return []
    named = "、".join(f"“{name}”" for name in gone)
    return [Observation("F04", (Place(file),), named, form_labels.form.title, "sheets_gone")]


def _by_stamp(
    pages: Sequence[PrintedPage], file: str, form: FormSpec, stamp: Stamp
) -> tuple[list[tuple[FormLabels, list[PrintedPage]]], list[Observation]]:
    """Find the main sheets of a workbook that bears our stamp."""
    place = Place(file)
    found, expected = str(stamp.version), str(form.version)
    if stamp.version > form.version:
        raise Refused(Observation("F05", (place,), found, expected))
    form_labels = labels_of_form(form, stamp.version)
    guesses = [measure(page, form_labels) for page in pages if not is_side_sheet(page, form_labels)]
    mains = [guess.page for guess in guesses if is_form(guess)]
    if not mains:
        best = max(guesses, key=lambda guess: guess.fit, default=None)
        raise _lacking(file, best) if best and best.share else _unknown(file, ())
    older = (
        [Observation("F05", (place,), found, expected, "older")]
        if stamp.version < form.version
        else []
    )
    return [(form_labels, mains)], older


def _by_titles(
    pages: Sequence[PrintedPage], file: str, forms: Mapping[str, FormSpec]
) -> tuple[list[tuple[FormLabels, list[PrintedPage]]], list[Observation]]:
    """Recognise the forms of a workbook without our stamp: by their titles first, by their labels
    where no title tells.
    """
    groups: dict[str, tuple[FormLabels, list[PrintedPage]]] = {}
    seen: list[Sighting] = []
    doubts: list[Observation] = []
    visible = [page for page in pages if not page.sheet.hidden] or list(pages)
    for page in sorted(visible, key=is_cover):
        if groups and is_cover(page):
            continue  # it bears the title of what lies below it
        sighting = sight(page, forms)
        seen.append(sighting)
        if sighting.found:
            best = sighting.guesses[0]
            groups.setdefault(best.form_labels.form.id, (best.form_labels, []))[1].append(page)
            if sighting.doubtful:
                titles = "、".join(
                    f"《{guess.form_labels.form.title}》" for guess in sighting.guesses[:2]
                )
                doubts.append(
                    Observation("F04", (Place(file, page.name),), titles, "报表类型", "ambiguous")
                )
    if not groups:
        raise _unknown(file, seen)
    others = (each for each in seen if not each.found and each.kind.name)
    doubts += (
        Observation("F03", (Place(file, each.page.name),), each.kind.name, variant="aside")
        for each in others
    )
    return list(groups.values()), doubts


def _no_form(book: Book, refused: Refused) -> Refused:
    """Say of a document whose tables are none of the forms that it is a document (F12), of a
    workbook what it lacks (F03).
    """
    if book.kind != "docx":
        return refused
    said = refused.observation
    return Refused(replace(said, code="F12", variant="document"))


def _unknown(file: str, seen: Sequence[Sighting]) -> Refused:
    """Refuse a workbook that is none of the forms: what kind it is, or the nearest form and what it
    would need, is named.
    """
    kind = next((each for each in seen if each.kind.name), None)
    if kind is not None:
        place = Place(file, kind.page.name)
        return Refused(Observation("F03", (place,), kind.kind.name, kind.kind.instead, "kind"))
    titled = [each.guesses[0] for each in seen if each.kind.form and each.guesses]
    strange = [each.page for each in seen if kind_by_own_title(each.page) != UNTOLD]
    if strange and not titled:
        own = kind_by_own_title(strange[0])
        place = Place(file, strange[0].name)
        return Refused(Observation("F03", (place,), own.name, own.instead, "kind"))
    guesses = titled or [guess for each in seen for guess in each.guesses[:1]]
    best = max(guesses, key=lambda guess: guess.fit, default=None)
    if best is None or best.share == 0:
        return Refused(
            Observation("F03", (Place(file),), found="表中没有任何已知的栏目名称", variant="unlike")
        )
    return _lacking(file, best)


def _lacking(file: str, best: Guess) -> Refused:
    absent = missing_labels(best)
    named = "、".join(f"“{label}”" for label in absent[:_MOST_NAMED]) + (
        "等" if len(absent) > _MOST_NAMED else ""
    )
    place = Place(file, best.page.name)
    return Refused(
        Observation("F03", (place,), found=f"没有找到{named}", expected=best.form_labels.form.title)
    )


def _submission(reader: SheetsReader, file: str, digest: str, stamp: Stamp | None) -> Submission:
    fields, tables, observations = reader.read()
    form = reader.assignment.form_labels.form
    version = stamp.version if stamp else form.version
    submission = Submission(
        file,
        digest,
        form.id,
        version,
        fields,
        tables,
        stamp,
        observations,
        sheets=(reader.assignment.main.label,),
    )
    return on_their_sheets(submission, reader.assignment.pages.values())


def _filled(submissions: Sequence[Submission]) -> list[Submission]:
    """Leave out forms in which nothing was filled in, such as a blank copy kept as another
    sheet.
    """
    filled = [
        each
        for each in submissions
        if any(entry.state is State.FILLED for entry in each.fields.values())
    ]
    return filled or list(submissions[:1])


def _told_apart(submissions: Sequence[Submission]) -> list[Submission]:
    """Where two sheets are the same form of the same project nobody can say which counts: name
    both, and read the first.

    Sheets that have none of the form's tables in common are parts of one.
    """
    first, *rest = submissions
    twins = [
        other
        for other in rest
        if other.form == first.form and other.text(_PROJECT) in ("", first.text(_PROJECT))
    ]
    if not twins:
        return list(submissions)
    places = tuple(Place(first.file, sheet_of(each)) for each in (first, *twins))
    shown = "、".join(f"工作表“{place.sheet}”" for place in places)
    split = all(first.tables.keys().isdisjoint(other.tables) for other in twins)
    doubt = Observation("F04", places, shown, "填报内容", "split" if split else "ambiguous")
    return [
        replace(first, observations=(doubt, *first.observations)),
        *(other for other in rest if other not in twins),
    ]


def sheet_of(submission: Submission) -> str:
    """Name the sheet that a submission begins on."""
    return submission.sheets[0]
