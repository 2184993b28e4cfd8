"""What is wrong with a form although each of its keys is well written: said with the way to it, in Chinese."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from string import Formatter
from typing import Final

from evalbatch.forms.needs import check_faults, formula_faults
from evalbatch.forms.spec import Block, FormSpec, SheetSpec, TableSpec, Type
from evalbatch.model.fault import Fault

LONGEST_LIST: Final = 255  # characters of a drop-down's options, a limit of the file format
_FIGURES: Final = ("count", "expected", "found", "names")  # what a sentence of the self-check may hold in braces


def faults_of(file: str, form: FormSpec) -> Iterator[Fault]:
    """Yield what makes a form impossible to lay out, fill in or calculate."""
    yield from _twice(f"{file} · sheets.id", (sheet.id for sheet in form.sheets))
    yield from _twice(f"{file} · sheets.name", (sheet.name for sheet in form.sheets))
    yield from _twice(f"{file} · fields.id", (field.id for sheet in form.sheets for field in sheet.fields))
    yield from _twice(f"{file} · tables.id", (table.id for sheet in form.sheets for table in sheet.tables))
    yield from _placing_faults(file, form)
    for sheet in form.sheets:
        where = f"{file} · sheets[{sheet.id}]"
        if not sheet.widths:
            yield Fault(f"{where}.widths", "", "应写明每一列的宽度，例如 widths = [8, 12, 12]")
        for number, block in enumerate(sheet.blocks, start=1):
            yield from _block_faults(f"{where}.blocks[{number}]", form, sheet, block)
        for table in sheet.tables:
            yield from _table_faults(f"{where}.tables[{table.id}]", form, table)
        for field in sheet.fields:
            if not field.grades:
                yield from _options_faults(f"{where}.fields[{field.id}].options", field.type, field.options)
            yield from formula_faults(f"{where}.fields[{field.id}]", form, field, None)


def _placing_faults(file: str, form: FormSpec) -> Iterator[Fault]:
    """What must stand somewhere, and what may stand only once."""
    blocks = [block for sheet in form.sheets for block in sheet.blocks]
    printed = [name for block in blocks for line in block.grid for name, _ in line]
    printed += [name for table in form.tables.values() for name in table.total_fields.values()]
    yield from _twice(f"{file} · blocks.grid", printed)
    for field in form.fields.values():
        if field.required and field.id not in printed:
            yield Fault(f"{file} · fields[{field.id}]", field.label, "写进某个 blocks 的 grid 的栏目（必填栏目要有地方填）")
    placed = [block.table for block in blocks if block.kind == "table"]
    yield from _twice(f"{file} · blocks.table", placed)
    for table in form.tables:
        if table not in placed:
            yield Fault(f"{file} · tables[{table}]", table, '写进某个 blocks 的表格（kind = "table"）')
    if sum(block.kind == "check" for block in blocks) > 1:
        yield Fault(f"{file} · blocks", "check", "全表只有一处本表自检")


def _twice(where: str, names: Iterable[str]) -> Iterator[Fault]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Fault(where, name, f"不重复的标识（出现了 {count} 次）")


def _block_faults(where: str, form: FormSpec, sheet: SheetSpec, block: Block) -> Iterator[Fault]:
    own = {field.id for field in sheet.fields}
    for line in block.grid:
        used = block.side_span if block.side else 0
        for name, span in line:
            if name not in own:
                yield Fault(f"{where}.grid", name, f"本工作表 fields 中的标识之一：{'、'.join(sorted(own))}")
                continue
            field = form.fields[name]
            used += span + (field.label_span if field.beside == "right" else 0)
        if used > len(sheet.widths):
            yield Fault(f"{where}.grid", f"{line[0][0]}一行占 {used} 列", f"不超过 widths 的 {len(sheet.widths)} 列")
    if block.kind in ("legend", "contents") and len(sheet.widths) == 1:
        yield Fault(f"{where}.kind", block.kind, "至少有两列的工作表（widths）")
    tables = {table.id for table in sheet.tables}
    if block.kind == "table" and block.table not in tables:
        yield Fault(f"{where}.table", block.table or "空", f"本工作表 tables 中的标识之一：{'、'.join(sorted(tables))}")
    elif block.kind == "table":
        table = form.tables[block.table]
        used = (block.side_span if block.side else 0) + sum(c.span + (c.label_span if table.paired else 0) for c in table.columns)
        if used > len(sheet.widths):
            yield Fault(f"{where}.table", f"表格 {table.id} 占 {used} 列", f"不超过 widths 的 {len(sheet.widths)} 列")
    yield from _brace_faults(f"{where}.text", block.text, {*form.fields, "bands", "policy"})
    for check in block.checks:
        yield from _brace_faults(f"{where}.checks[{check.rule}].say", check.say, _FIGURES)
        yield from check_faults(f"{where}.checks[{check.rule}]", form, check)


def _brace_faults(where: str, text: str, known: Collection[str]) -> Iterator[Fault]:
    try:
        names = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError:
        yield Fault(where, text[:40], "成对的花括号")
        return
    for name in names:
        if name not in known:
            yield Fault(where, f"{{{name}}}", f"花括号内为以下之一：{'、'.join(sorted(known))}")


def _table_faults(where: str, form: FormSpec, table: TableSpec) -> Iterator[Fault]:
    columns = [column.id for column in table.columns]
    yield from _twice(f"{where}.columns.id", columns)
    named = [*table.sums, *table.total_fields, *(name for line in table.preset for name in line)]
    for name in dict.fromkeys(named):
        if name not in columns:
            yield Fault(where, name, f"本表格的列之一：{'、'.join(columns)}")
    if table.total_adds and table.total_adds not in form.tables:
        yield Fault(f"{where}.total_adds", table.total_adds, "本表已有的表格标识")
    for name in table.total_fields.values():
        if name not in form.fields:
            yield Fault(f"{where}.total_fields", name, "本表已有的栏目标识")
    for column in table.columns:
        yield from _options_faults(f"{where}.columns[{column.id}].options", column.type, column.options)
        yield from formula_faults(f"{where}.columns[{column.id}]", form, column, table)


def _options_faults(where: str, kind: Type, options: tuple[str, ...]) -> Iterator[Fault]:
    if kind is Type.CHOICE and not options:
        yield Fault(where, "", "choice 类型应写明选项")
    boxes = sum(len(option) + 2 for option in options)
    if kind is Type.CHOICE and boxes * (len(options) + 1) > LONGEST_LIST:
        yield Fault(where, "、".join(options), f"更少或更短的选项（下拉列表最多 {LONGEST_LIST} 字）")
    for option in options:
        if "," in option:
            yield Fault(where, option, "不含英文逗号的选项")
