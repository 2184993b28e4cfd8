"""The plan of a blank or pre-filled workbook: which cell holds what, before anything is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from evalbatch.forms.spec import FormSpec, Input, SelfCheck, SheetSpec, TableSpec
from evalbatch.model.place import column_letters
from evalbatch.workbook.expression import Range, Scalar

UNTICKED: Final = "☐"
TICKED: Final = "☑"
ROW_HEIGHT: Final = 22.0


class Box(NamedTuple):
    """A range of cells, all bounds inclusive, counted from 0 as XlsxWriter does."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def ref(self) -> str:
        """The upper left cell in A1 notation."""
        return f"{column_letters(self.left + 1)}{self.top + 1}"


@dataclass(slots=True, eq=False)
class Slot:
    """A cell (or merged range) that holds a value: what is given, or the formula that works it out."""

    sheet: str
    box: Box
    spec: Input
    value: Scalar = None
    formula: str = ""
    locked: bool = False
    lines: tuple["Line", ...] = ()

    @property
    def far(self) -> str:
        """The cell as another sheet names it."""
        return f"'{self.sheet}'!{self.box.ref}"


@dataclass(slots=True, eq=False)
class Line:
    """One row of a table; under a merged cell several lines share a slot."""

    top: int
    key: str = ""
    part: bool = False
    spare: bool = False
    cells: dict[str, Slot] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class TablePlan:
    """Where a table stands: its header row, its lines and its closing line."""

    sheet: str
    spec: TableSpec
    header: int
    lines: list[Line] = field(default_factory=list)
    closing: Line | None = None

    @property
    def total(self) -> Line | None:
        """The closing line, or the fixed row that is the total."""
        totals = {row.id for row in self.spec.rows if row.total}
        return self.closing or next((line for line in self.lines if line.key in totals), None)

    @property
    def note_column(self) -> int:
        """The last column of the table, where a note on its head covers nothing of it."""
        return max((slot.box.right for line in self.lines[:1] for slot in line.cells.values()), default=0)

    def column(self, name: str, lines: Sequence[Line] | None = None) -> Range:
        """Return the cells of a column as other sheets name them; under a merge only the first row holds the value."""
        chosen = self.lines if lines is None else lines
        letters = column_letters(chosen[0].cells[name].box.left + 1)
        text = f"'{self.sheet}'!{letters}{chosen[0].top + 1}:{letters}{chosen[-1].top + 1}"
        slots = ((line, line.cells[name]) for line in chosen)
        return Range(text, tuple(slot.value if slot.box.top == line.top else None for line, slot in slots))


@dataclass(frozen=True, slots=True)
class Text:
    """Something printed; `live` holds field ids in braces and becomes a formula."""

    box: Box
    text: str
    style: str
    live: bool = False


class CheckLine(NamedTuple):
    """Where a line of the self-check is printed."""

    box: Box
    spec: SelfCheck


@dataclass(slots=True, eq=False)
class SheetPlan:
    """One sheet from top to bottom."""

    spec: SheetSpec
    slots: list[Slot] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    heights: dict[int, float] = field(default_factory=dict)
    tables: list[TablePlan] = field(default_factory=list)
    checks: list[CheckLine] = field(default_factory=list)
    status: Box | None = None
    rows: int = 0


@dataclass(slots=True, eq=False)
class Plan:
    """The whole workbook."""

    form: FormSpec
    sheets: list[SheetPlan] = field(default_factory=list)
    fields: dict[str, Slot] = field(default_factory=dict)
    tables: dict[str, TablePlan] = field(default_factory=dict)

    @property
    def checks(self) -> list[CheckLine]:
        """The lines of the self-check, all on one sheet."""
        return [check for sheet in self.sheets for check in sheet.checks]


def shown_choice(spec: Input, value: str) -> str:
    """Print a choice group with its boxes; a text that is none of the options stays as it is."""
    if value and value not in spec.options:
        return value
    return " ".join(f"{TICKED if option == value else UNTICKED}{option}" for option in spec.options)


def scalar(value: object) -> Scalar:
    """Turn a given value into what a cell can hold: numbers become Decimal, an empty text a blank."""
    if isinstance(value, bool) or value is None or value == "":
        return None if value in (None, "") else str(value)
    if isinstance(value, int | float):
        return Decimal(str(value))
    return value if isinstance(value, Decimal | date) else str(value)
