"""What is known about a project before its workbook is sent out, put where its form has a place for
it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from evalbatch.model.figures import years_later
from evalbatch.standards.form import FormSpec, TableSpec

# What of last year's indicators is handed out again; results, scores and reasons are the
# department's to fill in.
_CARRIED: Final = ("level1", "level2", "level3", "nature", "unit_of_measure", "target", "weight")

_ITEM: Final[Mapping[str, str]] = {"level1": "", "level2": "", "level3": ""}

LAST_NODES: Final = "以下节点取自上年，时限已移到本年同一天，请逐项核对，按本年情况修改、增减。"
LAST_YEARS: Final = (
    "以下指标和年度指标值取自上年，请逐项核对，按本年情况修改、增减；"
    "实际完成值和得分按本年情况填写。"
)

_NOTES: Final = {"indicators": LAST_YEARS, "nodes": LAST_NODES}
"""What is said at the head of a table that holds last year's."""


class KnownProject(NamedTuple):
    """What is known of a roster line.

    Budget in 万元; `indicators` are rows of an indicator table of the same form, last year's;
    `items` are the numbers of the level-3 items that the roster lists for the office, `nodes` last
    year's by their columns. `problems` are last year's that were to be put right, each with what
    was to be done.
    """

    department: str = ""
    unit: str = ""
    project: str = ""
    year: int | None = None
    budget: Decimal | None = None
    period: tuple[date | None, date | None] = (None, None)
    indicators: Sequence[Mapping[str, object]] = ()
    items: Sequence[str] = ()
    nodes: Sequence[Mapping[str, str]] = ()
    problems: Sequence[tuple[str, str]] = ()


def prefill(form: FormSpec, told: KnownProject) -> dict[str, Any]:
    """Return the prefill for `blank.build`: whatever the form has no place for is left out, blanks
    are not written.

    The annual form names the department `organisation` and the unit `office`. Last year's
    indicators are for the department to confirm: a note on the table's head says so. Likewise with
    last year's nodes, their deadlines moved to the same day of the year.
    """
    facts = {
        "department": told.department,
        "organisation": told.department,
        "unit": told.unit,
        "office": told.unit,
        "project": told.project,
        "year": told.year,
        "period_start": told.period[0],
        "period_end": told.period[1],
    }
    rows = {
        "funding": _funding(form, told.budget),
        "indicators": _carried(form, told.indicators),
        **_plan(form, told),
    }
    tables = {name: lines for name, lines in rows.items() if lines}
    notes = {name: text for name, text in _NOTES.items() if name in tables}
    more = {"notes": notes, "problems": tuple(told.problems)}
    return {
        "fields": {name: value for name, value in facts.items() if value and name in form.fields},
        "tables": tables,
        **{name: found for name, found in more.items() if found},
    }


def _funding(form: FormSpec, budget: Decimal | None) -> list[dict[str, object]]:
    """Return the budget in the total row of the funding block."""
    table = form.tables.get("funding")
    if budget is None or table is None or "budget" not in _columns(table):
        return []
    return [{"key": row.id, "budget": budget} for row in table.rows if row.total]


def _carried(form: FormSpec, indicators: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    """Return last year's indicators with what is handed out again of them."""
    if "indicators" not in form.tables:
        return []
    columns = _columns(form.tables["indicators"]).intersection(_CARRIED)
    return [{name: value for name, value in row.items() if name in columns} for row in indicators]


def _columns(table: TableSpec) -> set[str]:
    return {column.id for column in table.columns}


def _plan(form: FormSpec, told: KnownProject) -> dict[str, list[dict[str, object]]]:
    """Return the rows of an annual plan: last year's items and nodes, and the items of the
    roster; without a list in the roster all of last year's are the office's.
    """
    if not {"items", "nodes"} <= form.tables.keys():
        return {}
    items, unit, year = told.items, told.unit, told.year
    lasting = [node for node in told.nodes if not items or node["level3_no"] in items]
    names = {node["level3_no"]: node for node in reversed(lasting)}
    numbers = items or tuple(dict.fromkeys(node["level3_no"] for node in lasting))
    known_items = [{**_ITEM, **names.get(number, {}), "level3_no": number} for number in numbers]
    rows = {
        "items": [_row(item, ("level1", "level2", "level3"), unit) for item in known_items],
        "nodes": [_row(node, ("node",), unit) | _deadline(node, year) for node in lasting],
    }
    columns = {name: _columns(form.tables[name]) for name in rows}
    return {
        name: [{key: value for key, value in row.items() if key in columns[name]} for row in lines]
        for name, lines in rows.items()
    }


def _row(node: Mapping[str, str], texts: Sequence[str], unit: str) -> dict[str, object]:
    number = node["level3_no"]
    return {
        **{name: node[name] for name in texts if node.get(name)},
        "level3_no": Decimal(number) if number.isdecimal() else number,
        "office": node.get("office") or unit,
    }


def _deadline(node: Mapping[str, str], year: int | None) -> dict[str, object]:
    """Return a deadline on the same day of the evaluated year."""
    try:
        day = date.fromisoformat(node["deadline"])
    except ValueError:
        return {}
    return {} if year is None else {"deadline": years_later(day, year - day.year)}
