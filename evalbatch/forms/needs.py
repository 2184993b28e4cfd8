"""What a live formula or a self-check rule needs of the form that names it, so that a gap is said when the form is loaded."""

from collections.abc import Iterator, Mapping
from typing import Final

from evalbatch.forms.spec import FormSpec, Input, SelfCheck, TableSpec, Type
from evalbatch.model.fault import Fault

_FORMULA_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "execution_rate": ("budget", "executed"),
    "execution_score": ("budget", "executed", "weight", "rate"),
    "spending_rate": ("budget", "spent"),
    "group_sum": ("weight",),
    "node_state": ("node", "deadline", "done_on", "cause", "approver", "approved_on", "new_deadline"),
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
_CLOSING: Final = frozenset({"table_total", "parts_sum"})  # what a closing row or a total row works out by itself
_WITHOUT_TABLE: Final = frozenset({"fields_filled", "choices_ticked", "survey_plausible"})


def formula_faults(where: str, form: FormSpec, spec: Input, table: TableSpec | None) -> Iterator[Fault]:
    """Yield what the formula of a field or column lacks; a count of nodes needs the table of nodes."""
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
        yield Fault(f"{where}.formula", spec.formula, "只用于合计行对应的栏目（total_fields）的公式；合计列写在表格的 sums")
    if spec.formula == "row_number" and table and not any(column.required for column in table.columns):
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
    for key, values, least in zip(("columns", "fields", "words"), given, _RULE_GIVEN.get(check.rule, (0, 0, 0)), strict=True):
        if len(values) < least:
            yield Fault(f"{where}.{key}", "、".join(values) or "空", f"至少 {least} 项")
    if check.rule not in _WITHOUT_TABLE:
        yield from _table_faults(where, form, check)
    elif check.rule == "fields_filled" and not any(f.required and f.type is not Type.CHOICE for f in form.fields.values()):
        yield Fault(where, check.rule, "本表有必填栏目（required = true）时才能使用的规则")


def _table_faults(where: str, form: FormSpec, check: SelfCheck) -> Iterator[Fault]:
    table = form.tables.get(check.table)
    if table is None:
        yield Fault(f"{where}.table", check.table or "空", f"本表已有的表格标识：{'、'.join(form.tables)}")
        return
    known = {column.id for column in table.columns}
    first = check.columns[:1] if check.rule == "details_agree" else check.columns
    for name in (*_RULE_COLUMNS.get(check.rule, ()), *first):
        if name not in known:
            yield Fault(f"{where}.columns", name, f"表格“{table.id}”的列之一：{'、'.join(sorted(known))}")
    if check.rule in ("table_filled", "totals_filled") and not any(column.required for column in table.columns):
        yield Fault(where, check.rule, "表格有必填列（required = true）时才能使用的规则")
    if check.rule in ("parts_add_up", "totals_filled") and not any(row.part or row.total for row in table.rows):
        yield Fault(where, check.rule, "表格有固定行（rows，含 total 和 part）时才能使用的规则")
