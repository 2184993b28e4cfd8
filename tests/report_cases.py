"""Reference cases A and B as evaluations: the example workbooks' data, scored by the real profiles."""

import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from evalbatch.forms.library import load_forms
from evalbatch.forms.spec import FormSpec, Input
from evalbatch.model.evaluation import Evaluation, Status
from evalbatch.model.finding import Finding, Severity
from evalbatch.model.place import Place
from evalbatch.model.submission import Entry, Row, RowKind, State, Submission
from evalbatch.policies.library import load_policies
from evalbatch.policies.spec import Policy
from evalbatch.scoring import score
from evalbatch.workbook.grid import Cell
from evalbatch.workbook.values import Wanted, understand

EXAMPLES = Path(__file__).parents[1] / "scripts" / "examples"
AS_OF = date(2021, 8, 1)


@cache
def forms() -> dict[str, FormSpec]:
    return load_forms()


@cache
def policies() -> dict[str, Policy]:
    return load_policies()


def entry(spec: Input, value: Any, place: Place) -> Entry:
    if isinstance(value, date):
        return Entry(value.isoformat(), value, place)
    if value is None or value == "":
        return Entry("", None, place, State.BLANK)
    cell = Cell(str(value), str(value)) if not isinstance(value, int) else Cell(value, str(value))
    meaning = understand(cell, Wanted(spec.type, spec.options, 2019))
    return Entry(meaning.text, meaning.value, place, meaning.state)


def fields(form: FormSpec, values: dict[str, Any]) -> dict[str, Entry]:
    return {
        name: entry(form.fields[name], value, Place("例.xlsx", "基本信息", 5 + number, 2))
        for number, (name, value) in enumerate(values.items())
        if name in form.fields
    }


def rows(form: FormSpec, table: str, values: list[dict[str, Any]]) -> tuple[Row, ...]:
    spec = form.tables[table]
    fixed = {row.id: row for row in spec.rows}
    made = []
    for number, line in enumerate(values):
        place = Place("例.xlsx", "自评表", 10 + number, 1)
        entries = {column.id: entry(column, line.get(column.id), place) for column in spec.columns}
        key = line.get("key", "")
        kind = RowKind.TOTAL if key and fixed[key].total else RowKind.PART if key else RowKind.ITEM
        made.append(Row(table, place, entries, key, kind))
    return tuple(made)


def submission(name: str) -> Submission:
    data = tomllib.loads((EXAMPLES / f"{name}.toml").read_text("utf-8"))
    form = forms()[data["form"]]
    tables = dict(data.get("tables", {}))
    tables |= {key: [dict(zip(t["columns"], row, strict=False)) for row in t["rows"]] for key, t in data.get("rows", {}).items()}
    tables = {key: [_worked_out(data["form"], key, row) for row in values] for key, values in tables.items()}
    made = {key: rows(form, key, values) for key, values in tables.items()}
    stated = {"a": ("93", "优"), "b": ("92.45", "优")}[name]
    total = {"weight": "100", "score": stated[0]}
    made["indicators"] += (replace(rows(form, "indicators", [total])[0], kind=RowKind.TOTAL, place=Place("例.xlsx", "自评表", 90, 1)),)
    filled = data["fields"] | {"stated_total": stated[0], "stated_grade": stated[1]}
    return Submission(data["file"], "0" * 64, data["form"], 1, fields(form, filled), made)


def _worked_out(form: str, table: str, row: dict[str, Any]) -> dict[str, Any]:
    """Add what formulas of the form work out in case B's funding row."""
    if (form, table, row.get("key")) != ("self_evaluation", "funding", "total"):
        return row
    return row | {"weight": 10, "rate": "64.52%", "score": "6.45"}


def parts(name: str) -> tuple[Submission, FormSpec, Policy]:
    filed = submission(name)
    form = forms()[filed.form]
    return filed, form, policies()[form.policy]


def evaluation(name: str, status: Status = Status.GRADED, findings: tuple[Finding, ...] = (), **changed: Any) -> Evaluation:
    filed, form, policy = parts(name)
    texts = {key: replace(filed.fields.get(key) or blank(key), text=value, value=value) for key, value in changed.items()}
    filed = replace(filed, fields={**filed.fields, **texts})
    return Evaluation(filed, score(filed, form, policy, AS_OF), findings, status)


def blank(name: str) -> Entry:
    return Entry(name, None, Place("例.xlsx", "基本信息", 99, 2))


def finding(code: str = "X05", severity: Severity = Severity.WARNING, message: str = "结余165.14万元，未说明原因。", **more: Any) -> Finding:
    place = Place("例.xlsx", "自评表", 12, 6)
    return Finding(code, severity, "结余未说明", message, (place,), "165.14", "说明", "办法", "请补充说明", **more)


def number(text: str) -> Decimal:
    return Decimal(text)
