"""Makes the standard workbooks: blank ones, and ones filled with what is known."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from typing import Any, Final

from xlsxwriter.format import Format
from xlsxwriter.worksheet import CellBlankTuple, Worksheet

from evalbatch.blanks.cell_looks import INPUT, Palette
from evalbatch.blanks.cell_plan import ROW_HEIGHT, Box, SheetPlan, Slot, Text, arrange
from evalbatch.blanks.expression import (
    Expr,
    Range,
    Scalar,
    choose,
    is_blank,
    plain,
    sentence,
    words,
)
from evalbatch.blanks.formulas import Calculation, grade_bands
from evalbatch.blanks.input_guards import forbid, guard, guard_table, highlight
from evalbatch.blanks.self_check import summary, verdict
from evalbatch.excel_writer import PAGES, TEXTS_ONLY, Workbook
from evalbatch.model.place import column_letters
from evalbatch.model.submission import Stamp
from evalbatch.reading import stamp as hidden
from evalbatch.reading.rectification import rectification_words
from evalbatch.sheets.xml import literal
from evalbatch.standards.form import FieldSpec, FormSpec
from evalbatch.standards.policy import Policy, told_limits

CREATED: Final = datetime(2024, 1, 1)  # noqa: DTZ001 - the file format stores naive times; a fixed one keeps the bytes equal
A4: Final = 9
_OPTIONS: Final = {
    "in_memory": True,
    **TEXTS_ONLY,
}
_NOTE: Final = {"author": "", "visible": True, "width": 260, "height": 60, "font_name": "宋体"}
_FREEDOMS: Final = {
    "insert_rows": True,
    "delete_rows": True,
    "format_rows": True,
    "format_columns": True,
}

_RECTIFICATION_WIDTHS: Final = (6, 46, 34, 46, 14)
_RECTIFICATION_HEAD: Final = 2
_PROBLEM: Final = {
    "font_name": "宋体",
    "font_size": 10,
    "valign": "vcenter",
    "text_wrap": True,
    "border": 1,
}


class _Figure(float):
    """A number that is written with the digits it was given (XlsxWriter would write 8.2 as
    8.199999999999999).
    """

    __slots__ = ("digits",)
    digits: str

    def __format__(self, _: str) -> str:
        return self.digits


class _Nothing(str):
    """The stored result of a formula that yields an empty text; XlsxWriter takes a plain one for a
    missing result.
    """

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, _: object) -> bool:
        return False


class _Sheet(Worksheet):  # type: ignore[misc]
    """A worksheet that writes faster what we have much of: formulas as they are, and cells that
    hold a format only.

    Our formulas need no renaming of newer functions, which costs half of the time; four of five
    cells are blank.
    """

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:  # noqa: ARG002 - the library's
        return formula.removeprefix("=")

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        if type(cell) is CellBlankTuple and cell.format:
            self.fh.write(
                f'<c r="{column_letters(col + 1)}{row + 1}" s="{cell.format._get_xf_index()}"/>'  # noqa: SLF001
            )
        else:
            super()._write_cell(row, col, cell)

    @staticmethod
    @lru_cache(maxsize=4096, typed=True)
    def _escape_attributes(attribute: object) -> object:
        return Worksheet._escape_attributes(None, attribute)  # noqa: SLF001 - the library's; it needs no sheet


def build(
    form: FormSpec,
    policy: Policy,
    prefill: Mapping[str, Any] | None = None,
    stamp: Stamp | None = None,
) -> bytes:
    """Return a workbook of a form, empty or filled.

    Args:
        form: the form.
        policy: the profile whose weights, execution rule and grade bands the live formulas use.
        prefill: `{"fields": {id: value}, "tables": {id: [{column id: value}, …]}}`. Values are str,
            Decimal (money in 万元, rates as fractions), int or date; a choice is given as the
            ticked option. A row of fixed rows names its `key`, the closing row has the key `total`.
            The rows of an open table replace the preset ones. A value given for a formula's cell
            replaces the formula, None leaves the cell blank. `"notes": {table: text}` puts a note
            on the head of a table, `"problems": [(problem, remedy), …]` adds a sheet with last
            year's problems, where the department says how they were put right.
        stamp: the hidden mark; by default form and version only.

    Raises:
        KeyError: a value is given for a field, table or column that the form does not have.

    Returns:
        The bytes of the xlsx file, the same for the same arguments.
    """
    plan = arrange(form, prefill)
    calculation = Calculation(plan, policy)
    buffer = BytesIO()
    workbook = Workbook(buffer, _OPTIONS)
    palette = Palette(workbook)
    painter = _Painter(workbook, palette, calculation)
    for sheet in plan.sheets:
        painter.paint(sheet, (prefill or {}).get("notes", {}))
    if problems := (prefill or {}).get("problems"):
        _write_rectification(workbook, palette, problems)
    _mark(workbook, form, stamp or Stamp(form.id, form.version))
    workbook.close()
    return buffer.getvalue()


def _mark(workbook: Workbook, form: FormSpec, stamp: Stamp) -> None:
    workbook.set_properties({"title": form.title, "subject": form.basis, "created": CREATED})
    sheet = workbook.add_worksheet(hidden.SHEET)
    sheet.very_hidden()
    for row, (name, value) in enumerate(hidden.entries(stamp).items()):
        workbook.set_custom_property(name, value, "text")
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, literal(value))


class _Painter:
    """Writes the sheets of a plan."""

    def __init__(self, workbook: Workbook, palette: Palette, calculation: Calculation) -> None:
        self._workbook = workbook
        self._palette = palette
        self._calculation = calculation
        self._limits = told_limits(calculation.policy)
        self._verdicts = [verdict(calculation, check.spec) for check in calculation.plan.checks]

    def paint(self, plan: SheetPlan, notes: Mapping[str, str]) -> None:
        """Write one sheet; `notes` are put on the heads of tables."""
        sheet = self._workbook.add_worksheet(plan.spec.name, worksheet_class=_Sheet)
        _page(sheet, plan)
        free = plan.free_rows
        for text in plan.texts:
            self._text(sheet, text, free)
        for slot in plan.slots:
            self._slot(sheet, slot, free)
        if plan.checks:
            for box, line in zip((check.box for check in plan.checks), self._verdicts, strict=True):
                self._live(sheet, box, line, self._palette.named("check"))
        if plan.status:
            self._live(sheet, plan.status, self._summary(), self._palette.named("status"))
        for row in sorted(plan.heights.keys() | free):
            style = self._palette.named("free") if row in free else None
            sheet.set_row(row, plan.heights.get(row), style)
        for slot in plan.slots:
            if isinstance(slot.spec, FieldSpec):
                guard(sheet, slot.box, slot.spec, self._limits)
        for table in plan.tables:
            guard_table(sheet, table, self._limits)
        _annotate(sheet, plan, notes)
        highlight(sheet, plan, self._palette)
        sheet.protect("", _FREEDOMS)

    def _text(self, sheet: Worksheet, text: Text, free: frozenset[int]) -> None:
        beside = free.intersection(range(text.box.top, text.box.bottom + 1))
        style = self._palette.named("side" if beside else text.style)
        if beside:
            forbid(sheet, text.box)
        line = self._sentence(text.text) if text.live else words(text.text)
        if line.constant:
            _write(sheet, text.box, line.value, style)
        else:
            self._live(sheet, text.box, line, style)

    def _sentence(self, template: str) -> Expr:
        """Fill a printed line: the grade bands, the limits and the name of the policy, anything
        else with the field of that id.
        """
        policy = self._calculation.policy
        told = self._limits | {"bands": grade_bands(policy), "policy": policy.name}
        figures = {name: words(text) for name, text in told.items()}
        for name in self._calculation.plan.fields:
            if f"{{{name}}}" in template:
                field = self._calculation.field(name)
                figures[name] = choose(is_blank(field), words("　　　　"), field)
        return sentence(template, figures)

    def _slot(self, sheet: Worksheet, slot: Slot, free: frozenset[int]) -> None:
        inserted = slot.box.top in free
        if not slot.formula:
            _write(
                sheet,
                slot.box,
                slot.value,
                self._palette.of(slot.spec, locked=slot.locked, computed=False, free=inserted),
            )
            return
        formula = self._calculation.expression(slot)
        if formula.constant and isinstance(formula.value, Decimal):
            _write(
                sheet,
                slot.box,
                formula.value,
                self._palette.of(slot.spec, locked=False, computed=False),
            )
            return
        style = self._palette.of(slot.spec, locked=True, computed=True, free=inserted)
        self._live(sheet, slot.box, formula, style)

    def _summary(self) -> Expr:
        """The one line on the main sheet that sums up the self-check."""
        home = next(sheet for sheet in self._calculation.plan.sheets if sheet.checks)
        text = f"'{home.spec.name}'!{home.checks[0].box.ref}:{home.checks[-1].box.ref}"
        return summary(Range(text, tuple(line.value for line in self._verdicts)))

    def _live(self, sheet: Worksheet, box: Box, formula: Expr, style: Format) -> None:
        if (box.top, box.left) != (box.bottom, box.right):
            sheet.merge_range(*box, "", style)
        sheet.write_formula(box.top, box.left, f"={formula.text}", style, _stored(formula.value))


def _stored(value: Scalar) -> object:
    if isinstance(value, Decimal):
        return _figure(value)
    return _Nothing() if value is None or value == "" else value


def _figure(value: Decimal) -> _Figure:
    figure = _Figure(value)
    figure.digits = plain(value)
    return figure


def _write(sheet: Worksheet, box: Box, value: Scalar, style: Format) -> None:
    row, column = box.top, box.left
    if (box.top, box.left) != (box.bottom, box.right):
        sheet.merge_range(*box, "", style)
    if isinstance(value, Decimal):
        sheet.write_number(row, column, _figure(value), style)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, style)
    elif value:
        sheet.write_string(row, column, literal(str(value)), style)
    else:
        sheet.write_blank(row, column, None, style)


def _annotate(sheet: Worksheet, plan: SheetPlan, notes: Mapping[str, str]) -> None:
    for table in plan.tables:
        if note := notes.get(table.spec.id):
            sheet.write_comment(table.header, table.note_column, note, _NOTE)


def _page(sheet: Worksheet, plan: SheetPlan) -> None:
    """A4, one page wide, centred; the head of the last table repeats on every page."""
    for number, width in enumerate(plan.spec.widths):
        sheet.set_column(number, number, width)
    sheet.set_default_row(ROW_HEIGHT)
    sheet.set_paper(A4)
    if plan.spec.landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    sheet.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.7)
    sheet.set_footer(PAGES)
    sheet.hide_gridlines(2)
    first = 1 if plan.status else 0
    if first:
        sheet.freeze_panes(1, 0)
    sheet.print_area(first, 0, max(plan.rows - 1, first), len(plan.spec.widths) - 1)
    long = [table.header for table in plan.tables if not table.spec.rows]
    if long:
        sheet.repeat_rows(long[-1])


def _write_rectification(
    workbook: Workbook, palette: Palette, problems: Iterable[tuple[str, str]]
) -> None:
    """Write the sheet with last year's problems (上年问题整改): each with what was to be done, and
    cells for what was done.
    """
    words = rectification_words()
    sheet = workbook.add_worksheet(words.sheet)
    for column, width in enumerate(_RECTIFICATION_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.merge_range(0, 0, 0, len(_RECTIFICATION_WIDTHS) - 1, words.title, palette.named("title"))
    sheet.merge_range(1, 0, 1, len(_RECTIFICATION_WIDTHS) - 1, words.guide, palette.named("hint"))
    heads = ("序号", words.problem, words.remedy, words.answer, words.done)
    for column, head in enumerate(heads):
        sheet.write_string(_RECTIFICATION_HEAD, column, head, palette.named("label"))
    told = workbook.add_format(_PROBLEM)
    asked = workbook.add_format({**_PROBLEM, "bg_color": INPUT, "locked": False})
    for number, (problem, remedy) in enumerate(problems, 1):
        row = _RECTIFICATION_HEAD + number
        sheet.write_number(row, 0, number, told)
        sheet.write_string(row, 1, literal(problem), told)
        sheet.write_string(row, 2, literal(remedy), told)
        sheet.write_blank(row, 3, None, asked)
        sheet.write_blank(row, 4, None, asked)
    sheet.freeze_panes(_RECTIFICATION_HEAD + 1, 0)
    sheet.repeat_rows(_RECTIFICATION_HEAD)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
