"""Writes down what is read: entries with their places, and what was noticed on the way (F06, F07, F10, F11)."""

from collections.abc import Iterable
from typing import Final

from evalbatch.forms.spec import Input, Type
from evalbatch.model.observation import Observation
from evalbatch.model.place import Place, column_letters
from evalbatch.model.submission import Entry, State
from evalbatch.workbook.grid import Cell
from evalbatch.workbook.reading.page import Page, Spot
from evalbatch.workbook.values import SCALED, Meaning, Sense, Wanted, sense

_WORDS: Final = frozenset({Type.TEXT, Type.LONG_TEXT, Type.CHOICE, Type.CHOICES})
_FAULTS: Final = {State.ERROR: "F07", State.UNCALCULATED: "F06"}
_STARTS: Final = "_start"
_NEW: Final = tuple.__new__  # twice as fast as the classes, and two hundred entries are made for a workbook


class Scribe:
    """Makes the entries of one submission, and keeps what was noticed."""

    def __init__(self, file: str, *, stamped: bool = False) -> None:
        self.file = file
        self.stamped = stamped
        self.year: int | None = None
        self.observations: list[Observation] = []
        self._seen: dict[Place, None] = {}
        self._hidden: list[tuple[str, str, Place]] = []

    def place(self, page: Page, spot: Spot) -> Place:
        """Return the place of a cell."""
        return Place(self.file, page.name, spot[0], spot[1])

    def note(self, code: str, *places: Place, found: str = "", expected: str = "", variant: str = "") -> None:
        """Keep an observation."""
        self.observations.append(Observation(code, places, found, expected, variant))

    def absence(self, nearest: str, *, beyond_annex: bool) -> str:
        """Return the variant of F04 for what is missing: renamed, absent, or never part of the annex a foreign form follows."""
        if nearest:
            return ""
        return "foreign" if beyond_annex and not self.stamped else "absent"

    def sense(self, spec: Input, *, operator: str = "", unit: str = "") -> Sense:
        """Return the reader of the cells of a field or column."""
        return sense(Wanted(spec.type, spec.options, self.year, spec.id.endswith(_STARTS), operator, unit))

    def entry(self, page: Page, spot: Spot, spec: Input, reader: Sense | None = None, cell: Cell | None = None) -> Entry:
        """Read the cell at a place (or the given one in its stead) as a field or column wants it."""
        seen = cell or page.cells.get(spot)
        place = _NEW(Place, (self.file, page.name, *spot))
        if seen is None:
            return Entry("", None, place, State.BLANK)
        meaning = (reader or self.sense(spec)).read(seen)
        state = meaning.state
        if (meaning.new or page.hides or state is State.ERROR or state is State.UNCALCULATED) and place not in self._seen:
            self._seen[place] = None
            self._notice(page, place, seen, meaning, spec)
        return _NEW(Entry, (meaning.text, meaning.value, place, state, seen.formula is not None))

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
        """Yield one observation for each hidden row, column or sheet that holds values which were read."""
        groups: dict[tuple[str, str], list[Place]] = {}
        for sheet, what, place in self._hidden:
            groups.setdefault((sheet, what), []).append(place)
        for (sheet, what), places in groups.items():
            yield Observation("F11", tuple(places), found=what if what.startswith("工作表") else f"工作表“{sheet}”{what}")

    def _notice(self, page: Page, place: Place, cell: Cell, meaning: Meaning, spec: Input) -> None:
        fault = _FAULTS.get(meaning.state)
        if fault:
            needed = spec.required or spec.type not in _WORDS
            self.note(fault, place, found=meaning.text, expected=spec.label, variant="" if needed else "unneeded")
        if meaning.new:
            self.note("F10", place, found=_quoted(cell, meaning), expected=meaning.new, variant=meaning.change)
        if page.hides and meaning.state is not State.BLANK:
            self._look_for_hiding(page, place)

    def _look_for_hiding(self, page: Page, place: Place) -> None:
        sheet = page.sheet
        what = ""
        if sheet.hidden:
            what = f"工作表“{sheet.name}”"
        elif place.row in sheet.hidden_rows:
            what = f"第{place.row}行"
        elif place.column in sheet.hidden_columns:
            what = f"{column_letters(place.column)}列"
        if what:
            self._hidden.append((sheet.name, what, place))


def _quoted(cell: Cell, meaning: Meaning) -> str:
    if isinstance(cell.value, str):
        return cell.value
    return cell.number if meaning.change == SCALED else meaning.text
