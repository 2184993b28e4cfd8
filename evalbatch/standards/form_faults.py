"""What a live formula or a self-check rule needs of the form that names it, so that a gap is said
when the form is loaded.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from string import Formatter
from typing import Final

from evalbatch.errors import Fault
from evalbatch.standards.form import Block, FormSpec, Input, SelfCheck, SheetSpec, TableSpec, Type
from evalbatch.standards.policy import TOLD_LIMITS

_FORMULA_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "execution_rate": ("budget", "executed"),
    "execution_score": ("budget", "executed", "weight", "rate"),
    "spending_rate": ("budget", "spent"),
    "group_sum": ("weight",),
    "node_state": (
        "node",
        "deadline",
        "done_on",
        "cause",
        "approver",
        "approved_on",
        "new_deadline",
    ),
}
_FORMULA_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "grade": ("stated_total",),
    "satisfaction_rate": ("survey_satisfied", "survey_valid"),
}
_RULE_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "weights_full": ("weight",),
    "levels_weighed": ("level1", "weight"),
    "results_weighed": ("level1", "weight"),
    "scores_within": ("weight", "score"),
    "reasons_given": ("weight", "score"),
    "survey_given": ("level2", "level3", "score"),
    "actuals_given": ("rate", "target", "actual"),
    "nodes_known": ("level3_no", "node"),
    "items_covered": ("level3_no",),
}
_RULE_TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "details_agree": ("funding",),
    "nodes_known": ("items",),
    "items_covered": ("nodes",),
}
# How many columns, fields and words a rule must be given at the least.
_RULE_GIVEN: Final[Mapping[str, tuple[int, int, int]]] = {
    "reasons_given": (1, 0, 0),
    "spent_within": (2, 0, 0),
    "rate_explained": (1, 1, 0),
    "details_agree": (2, 0, 0),
    "results_weighed": (0, 0, 1),
    "survey_given": (0, 0, 1),
    "undone_explained": (2, 0, 1),
    "filled_together": (2, 0, 0),
}
_CLOSING: Final = frozenset(
    {"table_total", "parts_sum"}
)  # what a closing row or a total row works out by itself
_WITHOUT_TABLE: Final = frozenset({"fields_filled", "choices_ticked", "survey_plausible"})


def formula_faults(
    where: str, form: FormSpec, spec: Input, table: TableSpec | None
) -> Iterator[Fault]:
    """Yield what the formula of a field or column lacks; a count of nodes needs the table of
    nodes.
    """
    needed = _FORMULA_COLUMNS.get(spec.formula, ())
    columns = [column.id for column in table.columns] if table else []
    for name in needed:
        if name not in columns:
            yield Fault(f"{where}.formula", spec.formula, f"同一表格中有“{name}”列的公式")
    missing = [name for name in _FORMULA_FIELDS.get(spec.formula, ()) if name not in form.fields]
    missing += ["nodes"] if spec.formula.startswith("nodes_") and "nodes" not in form.tables else []
    for name in missing:
        yield Fault(f"{where}.formula", spec.formula, f"本表有“{name}”时才能使用的公式")
    closing = {name for other in form.tables.values() for name in other.total_fields.values()}
    if spec.formula in _CLOSING and (table is not None or spec.id not in closing):
        yield Fault(
            f"{where}.formula",
            spec.formula,
            "只用于合计行对应的栏目（total_fields）的公式；合计列写在表格的 sums",
        )
    if (
        spec.formula == "row_number"
        and table
        and not any(column.required for column in table.columns)
    ):
        yield Fault(f"{where}.formula", spec.formula, "同一表格中有必填列（required = true）的公式")


def check_faults(where: str, form: FormSpec, check: SelfCheck) -> Iterator[Fault]:
    """Yield what a line of the self-check lacks: its table, its columns, its fields or words."""
    for name in check.fields:
        if name not in form.fields:
            yield Fault(f"{where}.fields", name, "本表已有的栏目标识")
    for name in _RULE_TABLES.get(check.rule, ()):
        if name not in form.tables:
            yield Fault(where, check.rule, f"本表有“{name}”表格时才能使用的规则")
    given = (check.columns, check.fields, check.words)
    for key, values, least in zip(
        ("columns", "fields", "words"), given, _RULE_GIVEN.get(check.rule, (0, 0, 0)), strict=True
    ):
        if len(values) < least:
            yield Fault(f"{where}.{key}", "、".join(values) or "空", f"至少 {least} 项")
    if check.rule not in _WITHOUT_TABLE:
        yield from _table_faults(where, form, check)
    elif check.rule == "fields_filled" and not any(
        f.required and f.type is not Type.CHOICE for f in form.fields.values()
    ):
        yield Fault(where, check.rule, "本表有必填栏目（required = true）时才能使用的规则")


def _table_faults(where: str, form: FormSpec, check: SelfCheck) -> Iterator[Fault]:
    table = form.tables.get(check.table)
    if table is None:
        yield Fault(
            f"{where}.table", check.table or "空", f"本表已有的表格标识：{'、'.join(form.tables)}"
        )
        return
    known = {column.id for column in table.columns}
    first = check.columns[:1] if check.rule == "details_agree" else check.columns
    for name in (*_RULE_COLUMNS.get(check.rule, ()), *first):
        if name not in known:
            yield Fault(
                f"{where}.columns", name, f"表格“{table.id}”的列之一：{'、'.join(sorted(known))}"
            )
    if check.rule in ("table_filled", "totals_filled") and not any(
        column.required for column in table.columns
    ):
        yield Fault(where, check.rule, "表格有必填列（required = true）时才能使用的规则")
    if check.rule in ("parts_add_up", "totals_filled") and not any(
        row.part or row.total for row in table.rows
    ):
        yield Fault(where, check.rule, "表格有固定行（rows，含 total 和 part）时才能使用的规则")


LONGEST_LIST: Final = 255  # characters of a drop-down's options, a limit of the file format
_FIGURES: Final = (
    "count",
    "expected",
    "found",
    "names",
)  # what a sentence of the self-check may hold in braces


def faults_of(file: str, form: FormSpec) -> Iterator[Fault]:
    """Yield what makes a form impossible to lay out, fill in or calculate."""
    yield from _twice(f"{file} · sheets.id", (sheet.id for sheet in form.sheets))
    yield from _twice(f"{file} · sheets.name", (sheet.name for sheet in form.sheets))
    yield from _twice(
        f"{file} · fields.id", (field.id for sheet in form.sheets for field in sheet.fields)
    )
    yield from _twice(
        f"{file} · tables.id", (table.id for sheet in form.sheets for table in sheet.tables)
    )
    yield from _placing_faults(file, form)
    for sheet in form.sheets:
        where = f"{file} · sheets[{sheet.id}]"
        if not sheet.widths:
            yield Fault(f"{where}.widths", "", "应写明每一列的宽度，例如 widths = [8, 12, 12]")
        for number, block in enumerate(sheet.blocks, start=1):
            yield from _block_faults(f"{where}.blocks[{number}]", form, sheet, block)
        for table in sheet.tables:
            yield from _faults_table_faults(f"{where}.tables[{table.id}]", form, table)
        for field in sheet.fields:
            if not field.grades:
                yield from _options_faults(
                    f"{where}.fields[{field.id}].options", field.type, field.options
                )
            yield from formula_faults(f"{where}.fields[{field.id}]", form, field, None)


def _placing_faults(file: str, form: FormSpec) -> Iterator[Fault]:
    """What must stand somewhere, and what may stand only once."""
    blocks = [block for sheet in form.sheets for block in sheet.blocks]
    printed = [name for block in blocks for line in block.grid for name, _ in line]
    printed += [name for table in form.tables.values() for name in table.total_fields.values()]
    yield from _twice(f"{file} · blocks.grid", printed)
    for field in form.fields.values():
        if field.required and field.id not in printed:
            yield Fault(
                f"{file} · fields[{field.id}]",
                field.label,
                "写进某个 blocks 的 grid 的栏目（必填栏目要有地方填）",
            )
    placed = [block.table for block in blocks if block.kind == "table"]
    yield from _twice(f"{file} · blocks.table", placed)
    for table in form.tables:
        if table not in placed:
            yield Fault(
                f"{file} · tables[{table}]", table, '写进某个 blocks 的表格（kind = "table"）'
            )
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
                yield Fault(
                    f"{where}.grid", name, f"本工作表 fields 中的标识之一：{'、'.join(sorted(own))}"
                )
                continue
            field = form.fields[name]
            used += span + (field.label_span if field.beside == "right" else 0)
        if used > len(sheet.widths):
            yield Fault(
                f"{where}.grid",
                f"{line[0][0]}一行占 {used} 列",
                f"不超过 widths 的 {len(sheet.widths)} 列",
            )
    if block.kind in ("legend", "contents") and len(sheet.widths) == 1:
        yield Fault(f"{where}.kind", block.kind, "至少有两列的工作表（widths）")
    tables = {table.id for table in sheet.tables}
    if block.kind == "table" and block.table not in tables:
        yield Fault(
            f"{where}.table",
            block.table or "空",
            f"本工作表 tables 中的标识之一：{'、'.join(sorted(tables))}",
        )
    elif block.kind == "table":
        table = form.tables[block.table]
        used = (block.side_span if block.side else 0) + sum(
            c.span + (c.label_span if table.paired else 0) for c in table.columns
        )
        if used > len(sheet.widths):
            yield Fault(
                f"{where}.table",
                f"表格 {table.id} 占 {used} 列",
                f"不超过 widths 的 {len(sheet.widths)} 列",
            )
    yield from _brace_faults(
        f"{where}.text", block.text, {*form.fields, *TOLD_LIMITS, "bands", "policy"}
    )
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


def _faults_table_faults(where: str, form: FormSpec, table: TableSpec) -> Iterator[Fault]:
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
        yield from _options_faults(
            f"{where}.columns[{column.id}].options", column.type, column.options
        )
        yield from formula_faults(f"{where}.columns[{column.id}]", form, column, table)


def _options_faults(where: str, kind: Type, options: tuple[str, ...]) -> Iterator[Fault]:
    if kind is Type.CHOICE and not options:
        yield Fault(where, "", "choice 类型应写明选项")
    boxes = sum(len(option) + 2 for option in options)
    if kind is Type.CHOICE and boxes * (len(options) + 1) > LONGEST_LIST:
        yield Fault(
            where, "、".join(options), f"更少或更短的选项（下拉列表最多 {LONGEST_LIST} 字）"
        )
    for option in options:
        if "," in option:
            yield Fault(where, option, "不含英文逗号的选项")
