"""The plan of a blank or pre-filled workbook: which cell holds what, before anything is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from math import ceil
from typing import Any, Final, NamedTuple

from evalbatch.blanks.cell_looks import LEGEND
from evalbatch.blanks.expression import Range, Scalar
from evalbatch.model.place import column_letters
from evalbatch.standards.form import (
    Block,
    ColumnSpec,
    FieldSpec,
    FixedRow,
    FormSpec,
    Input,
    SelfCheck,
    SheetSpec,
    TableSpec,
    Type,
)

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
    """A cell (or merged range) that holds a value: what is given, or the formula that works it
    out.
    """

    sheet: str
    box: Box
    spec: Input
    value: Scalar = None
    formula: str = ""
    locked: bool = False
    lines: tuple["PlannedRow", ...] = ()

    @property
    def far(self) -> str:
        """The cell as another sheet names it."""
        return f"'{self.sheet}'!{self.box.ref}"


@dataclass(slots=True, eq=False)
class PlannedRow:
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
    lines: list[PlannedRow] = field(default_factory=list)
    closing: PlannedRow | None = None

    @property
    def total(self) -> PlannedRow | None:
        """The closing line, or the fixed row that is the total."""
        totals = {row.id for row in self.spec.rows if row.total}
        return self.closing or next((line for line in self.lines if line.key in totals), None)

    @property
    def note_column(self) -> int:
        """The last column of the table, where a note on its head covers nothing of it."""
        return max(
            (slot.box.right for line in self.lines[:1] for slot in line.cells.values()), default=0
        )

    def column(self, name: str, lines: Sequence[PlannedRow] | None = None) -> Range:
        """Return the cells of a column as other sheets name them; under a merge only the first row
        holds the value.
        """
        chosen = self.lines if lines is None else lines
        letters = column_letters(chosen[0].cells[name].box.left + 1)
        text = f"'{self.sheet}'!{letters}{chosen[0].top + 1}:{letters}{chosen[-1].top + 1}"
        slots = ((line, line.cells[name]) for line in chosen)
        return Range(
            text, tuple(slot.value if slot.box.top == line.top else None for line, slot in slots)
        )


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

    @property
    def free_rows(self) -> frozenset[int]:
        """The rows that people insert and delete: those of open tables."""
        tables = (table for table in self.tables if not table.spec.rows)
        return frozenset(line.top for table in tables for line in table.lines)


@dataclass(slots=True, eq=False)
class WorkbookPlan:
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
    """Turn a given value into what a cell can hold: numbers become Decimal, an empty text a
    blank.
    """
    if isinstance(value, bool) or value is None or value == "":
        return None if value in (None, "") else str(value)
    if isinstance(value, int | float):
        return Decimal(str(value))
    return value if isinstance(value, Decimal | date) else str(value)


DASH: Final = "—"
HIGHEST: Final = 409.0  # points, the most that a row may have
LINE_HEIGHT: Final = 15.0  # points for one printed line
DENSITY: Final = 0.95  # our text is a little smaller than the one that column widths are counted in
FIRST_WIDE: Final = 0x2E80  # Chinese characters and their punctuation start here


def arrange(form: FormSpec, prefill: Mapping[str, Any] | None = None) -> WorkbookPlan:
    """Lay out a form with the given values (see `blank.build` for their shape).

    Raises:
        KeyError: a value is given for a field, table or column that the form does not have.
    """
    given = prefill or {}
    _demand_known(form, given)
    plan = WorkbookPlan(form)
    checked = any(block.checks for sheet in form.sheets for block in sheet.blocks)
    for spec in form.sheets:
        layout = _Layout(plan, spec, given.get("fields", {}), given.get("tables", {}))
        plan.sheets.append(layout.run(status=checked and spec.required))
    return plan


def _demand_known(form: FormSpec, given: Mapping[str, Any]) -> None:
    """Refuse a given value that has no place in the form: it would be lost in silence."""
    unknown = [name for name in given.get("fields", ()) if name not in form.fields]
    for table, rows in given.get("tables", {}).items():
        spec = form.tables.get(table)
        known = {"key", "source", *(column.id for column in spec.columns)} if spec else set()
        unknown += [f"{table}.{name}" for row in rows for name in row if name not in known] or (
            [] if spec else [table]
        )
    if unknown:
        raise KeyError(f"{form.id}: {', '.join(dict.fromkeys(unknown))}")


class _Layout:
    """Lays out one sheet, block by block, row by row."""

    def __init__(
        self,
        plan: WorkbookPlan,
        spec: SheetSpec,
        fields: Mapping[str, Any],
        tables: Mapping[str, Any],
    ) -> None:
        self.plan = plan
        self.spec = spec
        self.fields = fields
        self.tables = tables
        self.sheet = SheetPlan(spec)
        self.row = 0
        self.last = len(spec.widths) - 1

    def run(self, *, status: bool) -> SheetPlan:
        if status:
            self.sheet.status = Box(0, 0, 0, self.last)
            self.row = 1
        for block in self.spec.blocks:
            getattr(self, f"_{block.kind}")(block)
        self.sheet.rows = self.row
        return self.sheet

    # ------------------------------------------------------------------ printed pieces

    def _text(self, box: Box, text: str, style: str, *, live: bool = False) -> None:
        self.sheet.texts.append(Text(box, text, style, live))

    def _across(self, text: str, style: str, height: float, *, live: bool = False) -> None:
        self._text(Box(self.row, 0, self.row, self.last), text, style, live=live)
        self.sheet.heights[self.row] = height
        self.row += 1

    def _title(self, block: Block) -> None:
        self._across(block.text, "title", 36)

    def _heading(self, block: Block) -> None:
        self._across(block.text, "heading", 24)

    def _note(self, block: Block) -> None:
        height = self._height(block.text, 0, self.last)
        self._across(
            block.text, f"note_{block.align}", block.height or height, live="{" in block.text
        )

    def _gap(self, block: Block) -> None:
        self.sheet.heights[self.row] = block.height or ROW_HEIGHT / 2
        self.row += 1

    def _legend(self, _: Block) -> None:
        for style, text in LEGEND.items():
            self._text(Box(self.row, 0, self.row, 0), "", style)
            self._text(Box(self.row, 1, self.row, self.last), text, "note_left")
            self.row += 1

    def _contents(self, _: Block) -> None:
        for sheet in self.plan.form.sheets:
            if sheet.guide:
                self._text(Box(self.row, 0, self.row, 0), sheet.name, "label")
                self._text(Box(self.row, 1, self.row, self.last), sheet.guide, "note_left")
                self.sheet.heights[self.row] = self._height(sheet.guide, 1, self.last)
                self.row += 1

    def _check(self, block: Block) -> None:
        for check in block.checks:
            self.sheet.checks.append(CheckLine(Box(self.row, 0, self.row, self.last), check))
            self.sheet.heights[self.row] = 2 * LINE_HEIGHT
            self.row += 1

    def _height(self, text: str, left: int, right: int) -> float:
        """Estimate the height of a wrapped text: a Chinese character is two digits wide."""
        return _height_of(text, max(sum(self.spec.widths[left : right + 1]) - 1, 2))

    def _side(self, block: Block, top: int) -> None:
        if block.side and self.row > top:
            self._text(Box(top, 0, self.row - 1, block.side_span - 1), block.side, "label")

    # ------------------------------------------------------------------ single fields

    def _fields(self, block: Block) -> None:
        top = self.row
        for names in block.grid:
            left = block.side_span if block.side else 0
            specs = [(self.plan.form.fields[name], span) for name, span in names]
            below = any(spec.beside == "below" for spec, _ in specs)
            for spec, span in specs:
                label = span if below else spec.label_span
                self._text(Box(self.row, left, self.row, left + label - 1), spec.label, "label")
                left += 0 if below else label
                row = self.row + below
                box = Box(row, left, row, left + span - 1)
                self._field(spec, box)
                left += span
                self._raise(row, block.height or 0, str(self.fields.get(spec.id) or ""), box)
            if block.hints:
                self._text(Box(self.row, left, self.row, self.last), specs[-1][0].hint, "hint")
            self.row += 2 if below else 1
        self._side(block, top)

    def _field(self, spec: FieldSpec, box: Box) -> None:
        given = spec.id in self.fields
        value = scalar(self.fields.get(spec.id, spec.preset))
        formula = "" if given else spec.formula
        if (
            spec.type is Type.CHOICE
            and not formula
            and (isinstance(value, str) or (value is None and spec.required))
        ):
            value = shown_choice(spec, value or "")
        slot = Slot(self.spec.name, box, spec, value, formula, locked=bool(formula))
        self.sheet.slots.append(slot)
        self.plan.fields[spec.id] = slot

    def _raise(self, row: int, least: float, text: str, box: Box) -> None:
        """Make a row high enough for a text; one that needs no more than the usual height is left
        to the program.
        """
        height = max(least, self._height(text, box.left, box.right)) if text else least
        if height > max(ROW_HEIGHT, self.sheet.heights.get(row, 0)):
            self.sheet.heights[row] = height

    # ------------------------------------------------------------------ tables

    def _table(self, block: Block) -> None:
        spec = self.plan.form.tables[block.table]
        left = block.side_span if block.side else 0
        top = self.row
        table = TablePlan(self.spec.name, spec, top)
        self.sheet.tables.append(table)
        self.plan.tables[spec.id] = table
        if not spec.paired:
            self._header(spec, left)
        if spec.rows:
            self._fixed_rows(table, left)
        else:
            self._open_rows(table, left)
            self._closing_row(table, left)
        self._side(block, top)

    def _header(self, spec: TableSpec, left: int) -> None:
        for column, box in _columns(spec, self.row, left):
            self._text(box, column.label, "label")
            self._raise(self.row, 30, column.label, box)
        self.row += 1

    def _fixed_rows(self, table: TablePlan, left: int) -> None:
        given = _by_key(table.spec, self.tables.get(table.spec.id, ()))
        for row in table.spec.rows:
            line = PlannedRow(self.row, row.id, row.part)
            for column, box in _columns(table.spec, self.row, left):
                self._fixed_cell(table.spec, row, line, column, box, given.get(row.id, {}))
            table.lines.append(line)
            self.row += 1

    def _fixed_cell(
        self,
        spec: TableSpec,
        row: FixedRow,
        line: PlannedRow,
        column: ColumnSpec,
        box: Box,
        given: Mapping[str, Any],
    ) -> None:
        name = column.id
        if spec.paired:
            label = Box(box.top, box.left - column.label_span, box.bottom, box.left - 1)
            self._text(label, column.label if row.total else row.label, "label")
        elif column is spec.columns[0]:
            self._text(box, row.label, "label")
            return
        if column.total_only and not row.total and name not in given:
            self._text(box, DASH, "dash")
            return
        formula = "parts_sum" if row.total and name in spec.sums else column.formula
        self._cell(column, box, (line,), given, formula)

    def _open_rows(self, table: TablePlan, left: int) -> None:
        spec = table.spec
        given = self.tables.get(spec.id)
        rows: Sequence[Mapping[str, Any]] = (
            spec.preset if given is None else [r for r in given if r.get("key") != "total"]
        )
        first = self.row
        table.lines = [PlannedRow(first + n) for n in range(len(rows))]
        table.lines += [PlannedRow(first + len(rows) + n, spare=True) for n in range(spec.spare)]
        for position, (column, box) in enumerate(_columns(spec, first, left)):
            for top, bottom in _groups(spec.columns, position, rows):
                lines = tuple(table.lines[top : bottom + 1])
                area = Box(first + top, box.left, first + bottom, box.right)
                self._cell(column, area, lines, rows[top], column.formula, printed=column.merge)
                if top == bottom:
                    self._raise(first + top, 0, str(rows[top].get(column.id) or ""), area)
            for line in table.lines[len(rows) :]:
                self._cell(
                    column,
                    Box(line.top, box.left, line.top, box.right),
                    (line,),
                    {},
                    column.formula,
                )
        self.row = first + len(table.lines)

    def _cell(
        self,
        column: ColumnSpec,
        box: Box,
        lines: tuple[PlannedRow, ...],
        given: Mapping[str, Any],
        formula: str,
        *,
        printed: bool = False,
    ) -> None:
        value = scalar(given.get(column.id))
        formula = "" if column.id in given else formula
        locked = bool(formula) or (printed and value is not None)
        slot = Slot(self.spec.name, box, column, value, formula, locked, lines)
        self.sheet.slots.append(slot)
        for line in lines:
            line.cells[column.id] = slot

    def _closing_row(self, table: TablePlan, left: int) -> None:
        spec = table.spec
        if not spec.total:
            return
        line = PlannedRow(self.row, "total")
        given: Mapping[str, Any] = next(
            (r for r in self.tables.get(spec.id, ()) if r.get("key") == "total"), {}
        )
        boxes = list(_columns(spec, self.row, left))
        used = [column.id in (*spec.sums, *given) for column, _ in boxes]
        start = used.index(True)
        self._text(
            Box(self.row, left, self.row, max(boxes[start][1].left - 1, left)), spec.total, "label"
        )
        for column, box in boxes[max(start, 1) :]:
            if column.id in spec.sums or column.id in given:
                self._closing_cell(spec, line, column, box, given)
            else:
                self._text(box, "", "dash")
        table.closing = line
        self.row += 1

    def _closing_cell(
        self,
        spec: TableSpec,
        line: PlannedRow,
        column: ColumnSpec,
        box: Box,
        given: Mapping[str, Any],
    ) -> None:
        name = spec.total_fields.get(column.id, "")
        if name in self.fields:
            given = {column.id: self.fields[name]}
        formula = "table_total" if column.id in spec.sums else ""
        self._cell(column, box, (line,), given, formula)
        if name:
            self.plan.fields[name] = line.cells[column.id]


@lru_cache(maxsize=4096)
def _height_of(text: str, room: float) -> float:
    wide = (
        sum(2 if ord(c) >= FIRST_WIDE else 1 for c in part) * DENSITY for part in text.split("\n")
    )
    lines = sum(max(1, ceil(width / room)) for width in wide)
    return min(max(ROW_HEIGHT, 6 + LINE_HEIGHT * lines), HIGHEST)


def _columns(spec: TableSpec, row: int, left: int) -> Iterator[tuple[ColumnSpec, Box]]:
    for column in spec.columns:
        left += column.label_span if spec.paired else 0
        yield column, Box(row, left, row, left + column.span - 1)
        left += column.span


def _groups(
    columns: Sequence[ColumnSpec], position: int, rows: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[int, int]]:
    """Yield first and last row of what a column merges: equal in it, in the merged columns before
    it and in its weight.
    """
    column = columns[position]
    if not column.merge:
        yield from ((n, n) for n in range(len(rows)))
        return
    follows = columns[position + 1 : position + 2]
    names = [c.id for c in columns[: position + 1] if c.merge] + [
        c.id for c in follows if c.merge and c.formula
    ]

    def key(n: int) -> tuple[str, ...]:
        return tuple(str(rows[n].get(name, "")) for name in names)

    for values, numbers in groupby(range(len(rows)), key):
        members = list(numbers)
        if any(values):
            yield members[0], members[-1]
        else:
            yield from ((n, n) for n in members)


def _by_key(spec: TableSpec, rows: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Find the fixed row that each given row is for: by its key, by its label, else by its
    order.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for number, given in enumerate(rows):
        name = str(given.get("key") or given.get("source") or "")
        match = (row.id for row in spec.rows if name in (row.id, *row.labels))
        found[next(match, spec.rows[min(number, len(spec.rows) - 1)].id)] = given
    return found
