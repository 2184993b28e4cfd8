"""Sample data for templates: a made-up project, office and cycle from `template_sample.toml`."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from evalbatch.forms.library import load_forms
from evalbatch.forms.spec import FormSpec, Input, Type
from evalbatch.model.evaluation import Evaluation, Status
from evalbatch.model.finding import Finding, Severity, Waiver
from evalbatch.model.place import Place
from evalbatch.model.record import Cycle, Expected, Record, RosterEntry
from evalbatch.model.submission import Entry, Row, RowKind, State, Submission
from evalbatch.policies.library import load_policies
from evalbatch.policies.spec import Policy, grade_words, low_rate
from evalbatch.publish import organisation, report, total, working_paper
from evalbatch.publish.organisation_plan import Plan
from evalbatch.publish.report_facts import Facts
from evalbatch.publish.total_view import View
from evalbatch.scoring import score
from evalbatch.workbook.grid import Cell
from evalbatch.workbook.values import Wanted, understand

_AS_OF = date(2027, 3, 15)
_FILE = "示例.xlsx"


@cache
def _sample(name: str) -> tuple[Evaluation, FormSpec, Policy]:
    """Return the sample evaluation with its form and profile."""
    text = (resources.files("evalbatch.publish") / "template_sample.toml").read_text("utf-8")
    data: dict[str, Any] = tomllib.loads(text)[name]
    form = load_forms()[data.pop("form")]
    policy = load_policies()[form.policy]
    titles, fields = data.pop("findings"), data.pop("fields")
    entries = {key: _entry(form.fields.get(key), value, number) for number, (key, value) in enumerate(fields.items(), 3)}
    tables = {
        table: tuple(_row(form, table, number, line) for number, line in enumerate(lines, 10 * place))
        for place, (table, lines) in enumerate(data.items(), 2)
    }
    submission = Submission(_FILE, "0" * 64, form.id, form.version, entries, tables)
    scores = score(submission, form, policy, _AS_OF)
    return Evaluation(submission, scores, tuple(_findings(titles)), Status.GRADED), form, policy


def _entry(spec: Input | None, text: str, row: int) -> Entry:
    wanted = Wanted(spec.type, spec.options) if spec else Wanted(Type.QUANTITY if text[:1].isdigit() else Type.TEXT)
    meaning = understand(Cell(text), wanted)
    return Entry(meaning.text, meaning.value, Place(_FILE, "示例", row, 2), meaning.state)


def _row(form: FormSpec, table: str, number: int, line: Mapping[str, str]) -> Row:
    spec = form.tables.get(table)
    columns: Mapping[str, Input] = {column.id: column for column in spec.columns} if spec else {}
    place = Place(_FILE, "示例", number, 1)
    entries = {name: Entry("", None, place, State.BLANK) for name in columns}
    entries |= {name: _entry(columns.get(name), text, number) for name, text in line.items() if name != "key"}
    kind = {"": RowKind.ITEM, "total": RowKind.TOTAL}.get(line.get("key", ""), RowKind.PART)
    return Row(table, place, entries, line.get("key", ""), kind)


def _findings(titles: list[str]) -> list[Finding]:
    """Return warnings of these titles; the second and later are lifted by a waiver."""
    waiver = Waiver("城区道路养护", "E04", "市财政局绩效科", date(2027, 3, 12), "服务对象较少")
    texts = ("（示例）这里是审核意见的内容。", "是", "应补充", "示例", "请补充说明。")
    return [
        Finding("X05", Severity.WARNING, title, texts[0], (Place(_FILE, "自评表", 8, 3),), *texts[1:], waiver if number else None)
        for number, title in enumerate(titles)
    ]


def _facts() -> Facts:
    evaluation, form, policy = _sample("project")
    return Facts(evaluation, form, policy, _AS_OF)


def _project() -> dict[str, Any]:
    return report.context(_facts())


def _plan() -> Plan:
    evaluation, form, policy = _sample("annual")
    return Plan((evaluation,), form, policy, _AS_OF)


@cache
def _view() -> View:
    records = [
        _record(name, status)
        for name, status in (("project", Status.GRADED), ("annual", Status.GRADED), ("project", Status.RETURNED))
    ]
    entry = RosterEntry(
        "某市城市管理局",
        "某市路灯管理所",
        "路灯改造",
        "self_evaluation",
        Decimal(80),
        (),
        date(2027, 3, 1),
        Place("名册.xlsx", "名册", 3, 3),
    )
    expected = (Expected(entry, (), None, -14), Expected(replace(entry, project="城区道路养护"), (_FILE,), Status.GRADED, 5))
    policies = [_sample(name)[2] for name in ("project", "annual")]
    names = tuple(dict.fromkeys(policy.name for policy in policies))
    cycle = Cycle("2026年度绩效评价", "某市财政局", _AS_OF, names, records, expected)
    return View.of(replace(cycle, grades=grade_words(policies), low_rate=low_rate(policies)))


def _record(name: str, status: Status) -> Record:
    evaluation, form, _ = _sample(name)
    filed = evaluation.submission
    texts = (filed.text("year"), filed.department, filed.text("unit"), filed.text("project") or filed.text("office"))
    findings = tuple(
        replace(finding, severity=Severity.ERROR) if status is Status.RETURNED else finding for finding in evaluation.findings
    )
    return Record(filed.file, filed.digest, form.id, form.title, *texts, status, evaluation.scores, findings)


def charts(kind: str) -> dict[str, bytes]:
    """Return the charts of a kind of template; only the consolidated report has any."""
    return total.charts(_view()) if kind == "total" else {}


CONTEXTS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "project": _project,
    "organisation": lambda: organisation.context(_plan()),
    "office": lambda: organisation.office_context(_plan()),
    "total": lambda: total.context(_view()),
    "working_paper": lambda: working_paper.context(_facts()),
}
