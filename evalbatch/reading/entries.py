"""Writes down what is read: entries with their places, and what was noticed on the way (F06, F07,
F10, F11).
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from evalbatch.model.figures import day
from evalbatch.model.finding import Observation
from evalbatch.model.place import Place, column_letters
from evalbatch.model.submission import Entry, State
from evalbatch.model.units import UNITS
from evalbatch.model.value import Quantity, QuantityKind
from evalbatch.reading.cell_values import (
    SCALED,
    WORDS,
    CellReader,
    Meaning,
    WantedValue,
    cell_reader,
)
from evalbatch.reading.date_texts import from_serial
from evalbatch.reading.headers import Header, HeaderColumn
from evalbatch.reading.printed_page import PrintedPage, Spot
from evalbatch.reading.quantities import operator_of
from evalbatch.sheets.book import Cell
from evalbatch.standards.form import Input, Type

GRADE: Final = "grade"
_OURS: Final = ("LEN(TRIM(", "ISNUMBER(")
_FAULTS: Final = {State.ERROR: "F07", State.UNCALCULATED: "F06"}
_STARTS: Final = "_start"


class EntryReader:
    """Makes the entries of one submission, and keeps what was noticed."""

    def __init__(self, file: str, *, stamped: bool = False) -> None:
        self.file = file
        self.stamped = stamped
        self.year: int | None = None
        self.observations: list[Observation] = []
        self._seen: dict[Place, None] = {}
        self._hidden: list[tuple[str, str, Place]] = []

    def place(self, page: PrintedPage, spot: Spot) -> Place:
        """Return the place of a cell."""
        return Place(self.file, page.name, spot[0], spot[1])

    def note(
        self, code: str, *places: Place, found: str = "", expected: str = "", variant: str = ""
    ) -> None:
        """Keep an observation."""
        self.observations.append(Observation(code, places, found, expected, variant))

    def absence(self, nearest: str, *, vital: bool = False) -> str:
        """Return the variant of F04 for what is missing: renamed or gone from our own form, or
        never on a form of others.

        What a form of others lacks cannot be checked, and that is all; unless it is `vital`:
        without it nothing can be evaluated.
        """
        if self.stamped or vital:
            return "" if nearest else "absent"
        return "foreign_near" if nearest else "foreign"

    def cell_reader(self, spec: Input, *, operator: str = "", unit: str = "") -> CellReader:
        """Return the reader of the cells of a field or column."""
        return cell_reader(
            WantedValue(
                spec.type, spec.options, self.year, spec.id.endswith(_STARTS), operator, unit
            )
        )

    def entry(
        self,
        page: PrintedPage,
        spot: Spot,
        spec: Input,
        reader: CellReader | None = None,
        cell: Cell | None = None,
    ) -> Entry:
        """Read the cell at a place (or the given one in its stead) as a field or column wants
        it.
        """
        seen = cell or page.cells.get(spot)
        place = Place(self.file, page.name, *spot)
        if seen is None:
            return Entry("", None, place, State.BLANK)
        meaning = (reader or self.cell_reader(spec)).read(seen)
        state = meaning.state
        if (meaning.new or page.hides or state in _FAULTS) and place not in self._seen:
            self._seen[place] = None
            self._notice(page, place, seen, meaning, spec)
        own = seen.formula is not None and (
            spec.type is not Type.CHOICE or spec.formula == GRADE or _is_ours(seen.formula)
        )
        return Entry(meaning.text, meaning.value, place, state, own)

    def mark(self) -> tuple[int, int, int]:
        """Return a mark to which `forget` goes back."""
        return len(self.observations), len(self._seen), len(self._hidden)

    def forget(self, mark: tuple[int, int, int]) -> None:
        """Forget what was noticed since a mark: the row turned out to be an empty spare one."""
        observations, seen, hidden = mark
        del self.observations[observations:], self._hidden[hidden:]
        while len(self._seen) > seen:
            self._seen.popitem()

    def hidden(self) -> Iterable[Observation]:
        """Yield one observation for each hidden row, column or sheet that holds values which were
        read.
        """
        groups: dict[tuple[str, str], list[Place]] = {}
        for sheet, what, place in self._hidden:
            groups.setdefault((sheet, what), []).append(place)
        for (sheet, what), places in groups.items():
            yield Observation(
                "F11",
                tuple(places),
                found=what if what.startswith("工作表") else f"工作表“{sheet}”{what}",
            )

    def _notice(
        self, page: PrintedPage, place: Place, cell: Cell, meaning: Meaning, spec: Input
    ) -> None:
        fault = _FAULTS.get(meaning.state)
        if fault:
            needed = spec.required or spec.type not in WORDS
            zero = "zero" if fault == "F06" and cell.value is not None else ""
            variant = "_".join(filter(None, (zero, "" if needed else "unneeded")))
            self.note(fault, place, found=meaning.text, expected=spec.label, variant=variant)
        if meaning.new:
            self.note(
                "F10",
                place,
                found=_quoted(cell, meaning),
                expected=meaning.new,
                variant=meaning.change,
            )
        if page.hides and meaning.state is not State.BLANK:
            self._look_for_hiding(page, place)

    def _look_for_hiding(self, page: PrintedPage, place: Place) -> None:
        sheet = page.sheet
        if sheet.hidden:
            what = f"工作表“{sheet.name}”"
        elif place.row in sheet.hidden_rows:
            what = f"第{place.row}行"
        elif place.column in sheet.hidden_columns:
            what = f"{column_letters(place.column)}列"
        else:
            what = sheet.unseen.get((place.row, place.column), "")
        if what:
            self._hidden.append((sheet.name, what, place))


def _is_ours(formula: str) -> bool:
    """Whether a formula works out a state from the dates, as those of our blanks do, so that nobody
    claims what it says; one whose text the file format does not tell may do so.
    """
    return not formula or all(words in formula for words in _OURS)


def _quoted(cell: Cell, meaning: Meaning) -> str:
    if isinstance(cell.value, str):
        return cell.value
    return cell.number if meaning.change == SCALED else meaning.text


_UNIT_IN_NAME: Final = re.compile(r"[(（]([^()（）]{1,6})[)）]$")
_INDICATOR: Final = "level3"


class Completion:
    """Completes the targets and actuals of a table."""

    def __init__(self, page: PrintedPage, header: Header, entry_reader: EntryReader) -> None:
        self.page, self.entry_reader = page, entry_reader
        self.quantities = [
            (name, column)
            for name, column in header.columns.items()
            if column.spec.type is Type.QUANTITY
        ]

    def complete(self, number: int, entries: dict[str, Entry]) -> None:
        """Merge operator and unit columns into the quantities of a row; a bare day number beside a
        date is a date.
        """
        quantities = self.quantities
        if not quantities:
            return
        nature, unit = entries.get("nature"), entries.get("unit_of_measure")
        operator = operator_of(nature.text) if nature else ""
        measure = unit.text if unit else self._unit_in_name(entries)
        for name, column in quantities:
            sign = operator if name == "target" else ""
            text = self._joined(number, column)
            if name in entries and (text or sign or measure):
                self._again(entries, name, column, sign, measure, text)
        _align_dates(entries, self.entry_reader)

    def _again(
        self,
        entries: dict[str, Entry],
        name: str,
        column: HeaderColumn,
        sign: str,
        measure: str,
        joined: str,
    ) -> None:
        entry = entries[name]
        reader = self.entry_reader.cell_reader(column.spec, operator=sign, unit=measure)
        cell = (
            Cell(joined) if joined else self.page.cells.get((entry.place.row, entry.place.column))
        )
        if cell is not None and entry.state in (State.FILLED, State.UNREADABLE):
            entries[name] = self.entry_reader.entry(
                self.page, (entry.place.row, entry.place.column), column.spec, reader, cell
            )

    def _joined(self, number: int, column: HeaderColumn) -> str:
        """Join the cells under one wide header: an operator, a figure and a unit side by side."""
        if column.left == column.right:
            return ""
        spots = dict.fromkeys(
            self.page.anchor(number, place) for place in range(column.left, column.right + 1)
        )
        cells = [self.page.cells[spot] for spot in spots if spot in self.page.cells]
        return "".join(str(cell.value) for cell in cells) if len(cells) > 1 else ""

    @staticmethod
    def _unit_in_name(entries: dict[str, Entry]) -> str:
        entry = entries.get(_INDICATOR)
        match = _UNIT_IN_NAME.search(entry.text) if entry else None
        return match[1] if match and match[1] in UNITS else ""


def _align_dates(entries: dict[str, Entry], entry_reader: EntryReader) -> None:
    target, actual = entries.get("target"), entries.get("actual")
    if target is None or actual is None or target.quantity is None or actual.quantity is None:
        return
    if target.quantity.kind is QuantityKind.DATE and actual.quantity.kind is QuantityKind.NUMBER:
        entries["actual"] = _as_date(actual, actual.quantity, entry_reader)
    elif actual.quantity.kind is QuantityKind.DATE and target.quantity.kind is QuantityKind.NUMBER:
        entries["target"] = _as_date(target, target.quantity, entry_reader)


def _as_date(entry: Entry, quantity: Quantity, entry_reader: EntryReader) -> Entry:
    number = quantity.number
    when = (
        from_serial(int(number))
        if number is not None and not quantity.unit and number == number.to_integral_value()
        else None
    )
    if when is None:
        return entry
    entry_reader.note("F10", entry.place, found=entry.text, expected=day(when), variant="serial")
    return entry._replace(value=replace(quantity, kind=QuantityKind.DATE, number=None, when=when))
