"""Reads the sheets of one submission: tables, then fields, then what stands only in titles and total rows."""

from collections.abc import Iterator
from typing import Final

from evalbatch.forms.spec import FieldSpec, Type
from evalbatch.model.observation import Observation
from evalbatch.model.place import Place
from evalbatch.model.submission import Entry, Row, RowKind, State
from evalbatch.workbook.figures import compact
from evalbatch.workbook.grid import Cell
from evalbatch.workbook.reading.fields import FieldReader
from evalbatch.workbook.reading.labels import nearest
from evalbatch.workbook.reading.lens import SheetLens
from evalbatch.workbook.reading.page import Page
from evalbatch.workbook.reading.recognise import Assignment
from evalbatch.workbook.reading.scribe import Scribe
from evalbatch.workbook.reading.tables import TablesReader
from evalbatch.workbook.reading.titles import year_in_title

_GRADE: Final = "stated_grade"

Reading = tuple[dict[str, Entry], dict[str, tuple[Row, ...]], tuple[Observation, ...]]


class SheetsReader:
    """Reads one submission from the pages assigned to it."""

    def __init__(self, assignment: Assignment, file: str, *, stamped: bool) -> None:
        self.assignment = assignment
        self.lens = assignment.lens
        self.scribe = Scribe(file, stamped=stamped)
        self.fields: dict[str, Entry] = {}
        self.tables: dict[str, tuple[Row, ...]] = {}
        self.finders: dict[tuple[str, str], FieldReader] = {}
        filled = [sheet for sheet in self.lens.sheets if sheet.fields or sheet.tables]
        own = [(sheet, assignment.pages[sheet.spec.id]) for sheet in filled if sheet.spec.id in assignment.pages]
        away = [sheet for sheet in self.lens.sheets if sheet.spec.id not in assignment.pages]
        self.readers = [TablesReader(page, sheet, self.scribe) for sheet, page in own]
        self.main = next(reader for reader in self.readers if reader.page is assignment.main)
        self.guests = [TablesReader(assignment.main, sheet, self.scribe, strict=True) for sheet in away]

    def read(self) -> Reading:
        """Return fields, tables and what was noticed."""
        self._say_missing_sheets()
        self._say_twins()
        self._locate()
        self._read_year()
        self._read_tables()
        self._read_totals()
        self._read_fields()
        return self.fields, self.tables, (*self.scribe.observations, *self.scribe.hidden())

    def _say_missing_sheets(self) -> None:
        names = [page.name for page in self.assignment.strays]
        for guest in self.guests:
            spec = guest.lens.spec
            if spec.required:
                best = nearest((spec.name, *spec.synonyms), names)
                place = Place(self.scribe.file, best)
                self.scribe.note("F04", place, found=best, expected=spec.name, variant="" if best else "absent")

    def _say_twins(self) -> None:
        """Say where a second sheet of the same kind is filled in as well: nobody can say which of them counts."""
        for sheet, page in self.assignment.twins:
            if self._is_filled(sheet, page):
                first = self.assignment.pages[sheet.spec.id].name
                places = (Place(self.scribe.file, first), Place(self.scribe.file, page.name))
                shown = f"工作表“{first}”、工作表“{page.name}”"
                self.scribe.note("F04", *places, found=shown, expected=sheet.spec.name, variant="ambiguous")

    def _is_filled(self, sheet: SheetLens, page: Page) -> bool:
        trial = Scribe(self.scribe.file)
        tables = TablesReader(page, sheet, trial, strict=True)
        tables.locate()
        if any(row.kind is RowKind.ITEM for table in sheet.tables for row in tables.read(table) or ()):
            return True
        finder = FieldReader(page, sheet, trial, self.lens.known, self.lens.hints, tables.claimed)
        entries = [finder.read(name) for name in sheet.fields]
        return any(entry is not None and entry.state is State.FILLED and entry.choice is None for entry in entries)

    def _locate(self) -> None:
        for reader in self.readers:
            reader.locate()
        for guest in self.guests:
            guest.locate(self.main)

    def _read_year(self) -> None:
        """Read the year before anything else: it completes dates such as 9月前."""
        spec = next((spec for spec in self.lens.form.fields.values() if spec.type is Type.YEAR), None)
        if spec is None:
            return
        entry = self._field(spec)
        if entry is None or entry.blank:
            entry = self._titled(spec) or entry
        if entry is not None:
            self.fields[spec.id] = entry
            self.scribe.year = int(entry.number) if entry.number is not None else None

    def _titled(self, spec: FieldSpec) -> Entry | None:
        found = year_in_title(self.assignment.main)
        return self.scribe.entry(self.assignment.main, found[0], spec, cell=Cell(found[1])) if found else None

    def _read_tables(self) -> None:
        for reader in (*self.readers, *self.guests):
            for table in reader.lens.tables:
                rows = reader.read(table)
                if rows is not None:
                    self.tables[table.spec.id] = rows
        for guest in self.guests:
            self.main.claimed.update(guest.claimed)

    def _read_totals(self) -> None:
        """Take the fields that a table's total row states: the stated total, and a grade beside it."""
        for table in self.lens.form.tables.values():
            totals = [row for row in self.tables.get(table.id, ()) if row.kind is RowKind.TOTAL]
            for column, name in table.total_fields.items():
                entry = next((row.entries[column] for row in totals if column in row.entries), None)
                if entry is not None:
                    self.fields[name] = entry
            for row in totals if table.total_fields else ():
                self._grade_beside(row)

    def _grade_beside(self, row: Row) -> None:
        spec = self.lens.form.fields.get(_GRADE)
        page = next((page for page in self.assignment.pages.values() if page.name == row.place.sheet), None)
        if spec is None or page is None:
            return
        options = {compact(option) for option in spec.options}
        for column in range(row.place.column, page.last_column + 1):
            spot = page.anchor(row.place.row, column)
            if compact(page.text(*spot)) in options:
                self.fields[_GRADE] = self.scribe.entry(page, spot, spec)
                return

    def _read_fields(self) -> None:
        for sheet in self.lens.sheets:
            for name, spec in sheet.fields.items():
                if name in self.fields:
                    continue
                entry = self._field(spec)
                if entry is not None:
                    self.fields[name] = entry
                elif spec.required and name not in self.lens.added and sheet.spec.id in self.assignment.pages:
                    self._reader(sheet, self.assignment.pages[sheet.spec.id]).missing(spec)

    def _field(self, spec: FieldSpec) -> Entry | None:
        """Look for a field on its own sheet, then on the main one, where a form typed by others has everything."""
        lens = self.lens.homes[spec.id]
        for page in self._pages(lens):
            entry = self._reader(lens, page).read(spec.id)
            if entry is not None:
                return entry
        return None

    def _pages(self, lens: SheetLens) -> Iterator[Page]:
        own = self.assignment.pages.get(lens.spec.id)
        if own is not None:
            yield own
        if own is not self.assignment.main:
            yield self.assignment.main

    def _reader(self, lens: SheetLens, page: Page) -> FieldReader:
        reader = self.finders.get((lens.spec.id, page.name))
        if reader is None:
            claimed = next((reader.claimed for reader in self.readers if reader.page is page), self.main.claimed)
            reader = FieldReader(page, lens, self.scribe, self.lens.known, self.lens.hints, claimed)
            self.finders[lens.spec.id, page.name] = reader
        return reader
