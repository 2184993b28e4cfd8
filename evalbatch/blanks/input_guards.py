"""What our workbooks do while they are filled in: drop-downs, hints, limits on what may be typed,
and coloured warnings.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from xlsxwriter.worksheet import Worksheet

from evalbatch.blanks.cell_looks import GOOD, MISSING, WARN, Palette
from evalbatch.blanks.cell_plan import Box, SheetPlan, TablePlan, shown_choice
from evalbatch.blanks.self_check import NONE, RIGHT, WRONG
from evalbatch.excel_writer import CHOOSE
from evalbatch.model.place import column_letters
from evalbatch.standards.form import FieldSpec, Input, Type

_TITLE: Final = 32  # characters, limits of the file format
_MESSAGE: Final = 255

_LIMITS: Final[dict[Type, dict[str, Any]]] = {
    Type.MONEY: {
        "validate": "decimal",
        "criteria": ">=",
        "value": 0,
        "error_message": "请填写数字，以万元为单位，不写“万元”二字。",
    },
    Type.SCORE: {
        "validate": "decimal",
        "criteria": "between",
        "minimum": 0,
        "maximum": 100,
        "error_message": "请填写0到100的数字。",
    },
    Type.NUMBER: {
        "validate": "decimal",
        "criteria": ">=",
        "value": 0,
        "error_message": "请填写数字。",
    },
    Type.PERCENT: {
        "validate": "decimal",
        "criteria": ">=",
        "value": 0,
        "error_message": "请填写百分比，如95%。",
    },
    Type.INTEGER: {
        "validate": "integer",
        "criteria": ">=",
        "value": 0,
        "error_message": "请填写整数。",
    },
    Type.YEAR: {
        "validate": "integer",
        "criteria": "between",
        "minimum": 2000,
        "maximum": 2099,
        "error_message": "请填写四位年份，如2024。",
    },
    Type.DATE: {
        "validate": "date",
        "criteria": "between",
        "minimum": date(2000, 1, 1),
        "maximum": date(2099, 12, 31),
        "error_message": "请填写日期，如2024-12-31。",
    },
}


def guard(sheet: Worksheet, box: Box, spec: Input, limits: Mapping[str, str]) -> None:
    """Put drop-down, limits and hint of a value on its cell (or on a whole column of a table); the
    hint may name limits of the profile.
    """
    rule = _rule(spec)
    if rule is None:
        return
    if spec.hint:
        hint = spec.hint
        for name, told in limits.items():
            hint = hint.replace(f"{{{name}}}", told)
        rule |= {"input_title": spec.label[:_TITLE], "input_message": hint[:_MESSAGE]}
    sheet.data_validation(box.top, box.left, box.bottom, box.right, rule)


def forbid(sheet: Worksheet, box: Box) -> None:
    """Let nothing be typed into a cell that must not be locked: a program deletes rows of a
    protected sheet only where no cell of them is locked.
    """
    rule = {"validate": "custom", "value": "=FALSE", "error_title": "不用填写"}
    sheet.data_validation(*box, rule | {"error_message": "这一格由公式算出或已经印好，不用填写。"})


def _rule(spec: Input) -> dict[str, Any] | None:
    if spec.formula:
        return None
    if spec.options and spec.type is not Type.CHOICES:
        return _list_of(spec)
    if spec.type in _LIMITS:
        return _LIMITS[spec.type] | {"error_title": "填写有误"}
    if spec.limit:
        message = f"不超过{spec.limit}字。"
        return {
            "validate": "length",
            "criteria": "<=",
            "value": spec.limit,
            "error_title": "填写有误",
            "error_message": message,
        }
    return {"validate": "any"} if spec.hint else None


def _list_of(spec: Input) -> dict[str, Any]:
    """A field's choice shows its boxes, a column's the plain words; names of levels may be others
    than those listed.
    """
    boxes = isinstance(spec, FieldSpec) and spec.type is Type.CHOICE
    source = (
        [shown_choice(spec, option) for option in ("", *spec.options)]
        if boxes
        else list(spec.options)
    )
    strict = spec.type is Type.CHOICE
    rule = {
        "validate": "list",
        "source": source,
        "error_title": "填写有误",
        "error_message": CHOOSE,
    }
    return (
        rule
        if strict
        else rule
        | {"error_type": "information", "error_message": "不在常用名称之列，请核对后继续。"}
    )


def guard_table(sheet: Worksheet, table: TablePlan, limits: Mapping[str, str]) -> None:
    """Put drop-downs, limits and hints on the columns of a table, from its first to its last
    line.
    """
    if not table.lines:
        return
    texts: list[str] = []
    for column in table.spec.columns:
        slots = [line.cells[column.id] for line in table.lines if column.id in line.cells]
        if slots and not (table.spec.rows and len(slots) == 1 and slots[0].formula):
            box = slots[0].box
            whole = Box(slots[0].box.top, box.left, slots[-1].box.bottom, box.left)
            guard(sheet, whole, column, limits)
            if not table.spec.rows and all(slot.formula for slot in slots):
                forbid(sheet, Box(box.top, box.left, slots[-1].box.bottom, box.right))
            texts += [f"{box.ref}:{slots[-1].box.ref}"] if column.type is Type.QUANTITY else []
    if texts:  # `12` is a text there on purpose: no green triangle
        sheet.ignore_errors({"number_stored_as_text": " ".join(texts)})


def highlight(sheet: Worksheet, plan: SheetPlan, palette: Palette) -> None:
    """Colour what is missing or wrong while it is."""
    missing = palette.conditional(fill=MISSING)
    for slot in plan.slots:
        if isinstance(slot.spec, FieldSpec) and slot.spec.required and not slot.formula:
            absent = (
                f'ISERROR(FIND("☑",{slot.box.ref}))'
                if slot.spec.type is Type.CHOICE
                else f"LEN(TRIM({slot.box.ref}))=0"
            )
            _colour(sheet, slot.box, absent, missing)
    for table in plan.tables:
        _highlight_table(sheet, table, palette)
    bad, good = palette.conditional(font=WARN), palette.conditional(font=GOOD)
    if plan.checks:
        box = Box(plan.checks[0].box.top, 0, plan.checks[-1].box.bottom, 0)
        _colour(sheet, box, f'LEFT($A{box.top + 1},1)="{WRONG}"', bad)
        _colour(sheet, box, f'LEFT($A{box.top + 1},1)="{RIGHT}"', good)
    if plan.status:
        _colour(sheet, plan.status, 'ISERROR(FIND("通过",$A$1))', bad)
        _colour(sheet, plan.status, 'ISNUMBER(FIND("通过",$A$1))', good)


def _highlight_table(sheet: Worksheet, table: TablePlan, palette: Palette) -> None:
    if table.spec.rows or not table.lines:
        return
    first, last = table.lines[0], table.lines[-1]
    required = [
        column.id for column in table.spec.columns if column.required and not column.formula
    ]
    if not required:
        return
    name = _absolute(first.cells[required[0]].box)
    for column in required[1:]:
        box = first.cells[column].box
        area = Box(first.top, box.left, last.top, box.left)
        absent = f'AND(LEN(TRIM({name}))>0,{name}<>"{NONE}",LEN(TRIM({box.ref}))=0)'
        _colour(sheet, area, absent, palette.conditional(fill=MISSING))
    if {"weight", "score"} <= set(first.cells):
        score, weight = first.cells["score"].box, first.cells["weight"].box
        wrong = f"AND(ISNUMBER({score.ref}),ISNUMBER({weight.ref}),{score.ref}>{weight.ref})"
        _colour(
            sheet,
            Box(first.top, score.left, last.top, score.left),
            wrong,
            palette.conditional(font=WARN),
        )


def _absolute(box: Box) -> str:
    return f"${column_letters(box.left + 1)}{box.top + 1}"


def _colour(sheet: Worksheet, box: Box, condition: str, style: Any) -> None:
    sheet.conditional_format(
        *box, {"type": "formula", "criteria": f"={condition}", "format": style}
    )
