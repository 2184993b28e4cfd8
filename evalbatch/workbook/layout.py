"""Lays out a form, sheet by sheet and block by block: which cell holds what."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from math import ceil
from typing import Any, Final

from evalbatch.forms.spec import Block, ColumnSpec, FieldSpec, FixedRow, FormSpec, SheetSpec, TableSpec, Type
from evalbatch.workbook.plan import (
    ROW_HEIGHT,
    Box,
    CheckLine,
    Line,
    Plan,
    SheetPlan,
    Slot,
    TablePlan,
    Text,
    scalar,
    shown_choice,
)
from evalbatch.workbook.styles import LEGEND

DASH: Final = "—"
HIGHEST: Final = 409.0  # points, the most that a row may have
LINE_HEIGHT: Final = 15.0  # points for one printed line
DENSITY: Final = 0.95  # our text is a little smaller than the one that column widths are counted in
FIRST_WIDE: Final = 0x2E80  # Chinese characters and their punctuation start here


def arrange(form: FormSpec, prefill: Mapping[str, Any] | None = None) -> Plan:
    """Lay out a form with the given values (see `blank.build` for their shape).

    Raises:
        KeyError: a value is given for a field, table or column that the form does not have.
    """
    given = prefill or {}
    _demand_known(form, given)
    plan = Plan(form)
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
        unknown += [f"{table}.{name}" for row in rows for name in row if name not in known] or ([] if spec else [table])
    if unknown:
        raise KeyError(f"{form.id}: {', '.join(dict.fromkeys(unknown))}")


class _Layout:
    """Lays out one sheet, block by block, row by row."""

    def __init__(self, plan: Plan, spec: SheetSpec, fields: Mapping[str, Any], tables: Mapping[str, Any]) -> None:
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
        self._across(block.text, f"note_{block.align}", block.height or height, live="{" in block.text)

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
        if spec.type is Type.CHOICE and not formula and (isinstance(value, str) or (value is None and spec.required)):
            value = shown_choice(spec, value or "")
        slot = Slot(self.spec.name, box, spec, value, formula, locked=bool(formula))
        self.sheet.slots.append(slot)
        self.plan.fields[spec.id] = slot

    def _raise(self, row: int, least: float, text: str, box: Box) -> None:
        """Make a row high enough for a text; one that needs no more than the usual height is left to the program."""
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
            line = Line(self.row, row.id, row.part)
            for column, box in _columns(table.spec, self.row, left):
                self._fixed_cell(table.spec, row, line, column, box, given.get(row.id, {}))
            table.lines.append(line)
            self.row += 1

    def _fixed_cell(
        self, spec: TableSpec, row: FixedRow, line: Line, column: ColumnSpec, box: Box, given: Mapping[str, Any]
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
        rows: Sequence[Mapping[str, Any]] = spec.preset if given is None else [r for r in given if r.get("key") != "total"]
        first = self.row
        table.lines = [Line(first + n) for n in range(len(rows))]
        table.lines += [Line(first + len(rows) + n, spare=True) for n in range(spec.spare)]
        for position, (column, box) in enumerate(_columns(spec, first, left)):
            for top, bottom in _groups(spec.columns, position, rows):
                lines = tuple(table.lines[top : bottom + 1])
                area = Box(first + top, box.left, first + bottom, box.right)
                self._cell(column, area, lines, rows[top], column.formula, printed=column.merge)
                if top == bottom:
                    self._raise(first + top, 0, str(rows[top].get(column.id) or ""), area)
            for line in table.lines[len(rows) :]:
                self._cell(column, Box(line.top, box.left, line.top, box.right), (line,), {}, column.formula)
        self.row = first + len(table.lines)

    def _cell(
        self,
        column: ColumnSpec,
        box: Box,
        lines: tuple[Line, ...],
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
        line = Line(self.row, "total")
        given: Mapping[str, Any] = next((r for r in self.tables.get(spec.id, ()) if r.get("key") == "total"), {})
        boxes = list(_columns(spec, self.row, left))
        used = [column.id in (*spec.sums, *given) for column, _ in boxes]
        start = used.index(True)
        self._text(Box(self.row, left, self.row, max(boxes[start][1].left - 1, left)), spec.total, "label")
        for column, box in boxes[max(start, 1) :]:
            if column.id in spec.sums or column.id in given:
                self._closing_cell(spec, line, column, box, given)
            else:
                self._text(box, "", "dash")
        table.closing = line
        self.row += 1

    def _closing_cell(self, spec: TableSpec, line: Line, column: ColumnSpec, box: Box, given: Mapping[str, Any]) -> None:
        name = spec.total_fields.get(column.id, "")
        if name in self.fields:
            given = {column.id: self.fields[name]}
        formula = "table_total" if column.id in spec.sums else ""
        self._cell(column, box, (line,), given, formula)
        if name:
            self.plan.fields[name] = line.cells[column.id]


@lru_cache(maxsize=4096)
def _height_of(text: str, room: float) -> float:
    wide = (sum(2 if ord(c) >= FIRST_WIDE else 1 for c in part) * DENSITY for part in text.split("\n"))
    lines = sum(max(1, ceil(width / room)) for width in wide)
    return min(max(ROW_HEIGHT, 6 + LINE_HEIGHT * lines), HIGHEST)


def _columns(spec: TableSpec, row: int, left: int) -> Iterator[tuple[ColumnSpec, Box]]:
    for column in spec.columns:
        left += column.label_span if spec.paired else 0
        yield column, Box(row, left, row, left + column.span - 1)
        left += column.span


def _groups(columns: Sequence[ColumnSpec], position: int, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, int]]:
    """Yield first and last row of what a column merges: equal in it, in the merged columns before it and in its weight."""
    column = columns[position]
    if not column.merge:
        yield from ((n, n) for n in range(len(rows)))
        return
    follows = columns[position + 1 : position + 2]
    names = [c.id for c in columns[: position + 1] if c.merge] + [c.id for c in follows if c.merge and c.formula]

    def key(n: int) -> tuple[str, ...]:
        return tuple(str(rows[n].get(name, "")) for name in names)

    for values, numbers in groupby(range(len(rows)), key):
        members = list(numbers)
        if any(values):
            yield members[0], members[-1]
        else:
            yield from ((n, n) for n in members)


def _by_key(spec: TableSpec, rows: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Find the fixed row that each given row is for: by its key, by its label, else by its order."""
    found: dict[str, Mapping[str, Any]] = {}
    for number, given in enumerate(rows):
        name = str(given.get("key") or given.get("source") or "")
        match = (row.id for row in spec.rows if name in (row.id, *row.labels))
        found[next(match, spec.rows[min(number, len(spec.rows) - 1)].id)] = given
    return found
