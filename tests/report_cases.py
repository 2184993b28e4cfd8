"""Reference cases A and B as evaluations: the example workbooks' data, scored by the real
profiles.
"""

import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from evalbatch.model.evaluation import Evaluation, Funding, Node, NodeState, Scores, Status
from evalbatch.model.finding import Finding, Severity
from evalbatch.model.place import Place
from evalbatch.model.submission import Entry, Row, RowKind, State, Submission
from evalbatch.model.today import Today
from evalbatch.reading.cell_values import WantedValue, understand
from evalbatch.scoring.evaluate import score
from evalbatch.sheets.book import Cell
from evalbatch.standards.form import FormSpec, Input
from evalbatch.standards.form_library import load_forms
from evalbatch.standards.policy import Policy
from evalbatch.standards.policy_library import load_policies

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
    meaning = understand(cell, WantedValue(spec.type, spec.options, 2019))
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
    tables |= {
        key: [dict(zip(t["columns"], row, strict=False)) for row in t["rows"]]
        for key, t in data.get("rows", {}).items()
    }
    tables = {
        key: [_worked_out(data["form"], key, row) for row in values]
        for key, values in tables.items()
    }
    made = {key: rows(form, key, values) for key, values in tables.items()}
    stated = {"a": ("93", "优"), "b": ("92.45", "优")}[name]
    total = {"weight": "100", "score": stated[0]}
    made["indicators"] += (
        replace(
            rows(form, "indicators", [total])[0],
            kind=RowKind.TOTAL,
            place=Place("例.xlsx", "自评表", 90, 1),
        ),
    )
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


def evaluation(
    name: str, status: Status = Status.GRADED, findings: tuple[Finding, ...] = (), **changed: Any
) -> Evaluation:
    filed, form, policy = parts(name)
    texts = {
        key: (filed.fields.get(key) or blank(key))._replace(text=value, value=value)
        for key, value in changed.items()
    }
    filed = replace(filed, fields={**filed.fields, **texts})
    return Evaluation(filed, score(filed, form, policy, Today(AS_OF)), findings, status)


def blank(name: str) -> Entry:
    return Entry(name, None, Place("例.xlsx", "基本信息", 99, 2))


def finding(
    code: str = "X05",
    severity: Severity = Severity.WARNING,
    message: str = "结余165.14万元，未说明原因。",
    **more: Any,
) -> Finding:
    place = Place("例.xlsx", "自评表", 12, 6)
    return Finding(
        code,
        severity,
        "结余未说明",
        message,
        (place,),
        "165.14",
        "说明",
        "办法",
        "请补充说明",
        **more,
    )


def number(text: str) -> Decimal:
    return Decimal(text)


# ---------------------------------------------------------------- case C: twelve offices, 71 items,
# 76 nodes

OFFICES = (
    "秘书处",
    "综合处",
    "出境管理处",
    "领事安全处",
    *(f"业务{letter}处" for letter in "甲乙丙丁戊己庚辛"),
)
ANNUAL = {
    "year": "2021",
    "organisation": "江西省人民政府外事办公室",
    "addressee": "省绩效办",
    "document_number": "赣外办函[2022]1号",
}


def plain(text: str, place: Place) -> Entry:
    return Entry(text, text or None, place, State.FILLED if text else State.BLANK)


def table_row(table: str, number: int, values: dict[str, str]) -> Row:
    place = Place("节点表.xlsx", "节点", number, 1)
    typed = {name: plain(text, place) for name, text in values.items()}
    if number_text := values.get("level3_no"):
        typed["level3_no"] = Entry(number_text, Decimal(number_text), place)
    return Row(table, place, typed)


def annual_node(item: int, name: str, office: str) -> Node:
    deadline, place = date(2021, 1 + item % 12, 20), Place("节点表.xlsx", "节点", item, 1)
    postponed = item == 59
    return Node(
        *("职能职责", "重点工作", str(item), f"第{item}项", name, office, deadline),
        *(None if postponed else deadline, "经批准调整" if postponed else "按期"),
        NodeState.ADJUSTED if postponed else NodeState.ON_TIME,
        *(
            "" if postponed else "工作总结",
            "境外疫情形势不确定，大型活动存在公共安全风险" if postponed else "",
        ),
        *("分管省领导" if postponed else "", date(2021, 11, 3) if postponed else None, place),
        score=None if postponed else Decimal(1),
    )


def office_evaluation(office: str, status: Status = Status.GRADED) -> Evaluation:
    """One office's workbook of case C: every twelfth item; the first five items have two nodes."""
    mine = range(OFFICES.index(office) + 1, 72, len(OFFICES))
    texts = {1: "召开会议研究部署全年工作。", 2: "召开会议研究部署全年工作。", 3: "规划已经印发。"}
    items = tuple(
        table_row(
            "items",
            10 + item,
            {
                "level1": f"一级指标{item % 8}",
                "level2": f"二级指标{item % 8}-{item // 8 % 2 if item % 8 < 5 else 0}",
                "level3_no": str(item),
                "level3": f"第{item}项",
                "office": office,
                "achievement": texts.get(item, f"第{item}项工作按计划完成。" if item < 30 else ""),
            },
        )
        for item in mine
    )
    nodes = tuple(
        annual_node(item, f"第{item}项节点{part}", office)
        for item in mine
        for part in range(2 if item <= 5 else 1)
    )
    place = Place("节点表.xlsx", "基本信息", 3, 2)
    fields = {name: plain(text, place) for name, text in (ANNUAL | {"office": office}).items()}
    fields["signed_on"] = Entry("2022年1月13日", date(2022, 1, 13), place)
    if office == "综合处":
        fields["text_problems"] = plain("节点时限设置还需更加合理。", place)
        fields["text_suggestions"] = plain("无", place)
    assessments = (
        (table_row("assessments", 90, {"name": "节能", "result": "合格", "text": "能耗低于上年"}),)
        if office == "秘书处"
        else ()
    )
    filed = Submission(
        f"{office}.xlsx",
        "0" * 64,
        "annual_management",
        1,
        fields,
        {"items": items, "assessments": assessments},
    )
    money = Funding(None, None, None, None, None)
    policy = policies()["annual_nodes"]
    scores = Scores(
        policy.id, policy.name, (), money, Decimal(0), None, None, None, None, "", "", nodes
    )
    return Evaluation(filed, scores, (), status)


def annual() -> tuple[list[Evaluation], FormSpec, Policy]:
    form = forms()["annual_management"]
    return [office_evaluation(office) for office in OFFICES], form, policies()["annual_nodes"]
