"""What is known about a project before its workbook is sent out, put where its form has a place for
it.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from evalbatch.standards.form import FormSpec

# What of last year's indicators is handed out again; results, scores and reasons are the
# department's to fill in.
_CARRIED: Final = ("level1", "level2", "level3", "nature", "unit_of_measure", "target", "weight")

LAST_YEARS: Final = (
    "以下指标和年度指标值取自上年，请逐项核对，按本年情况修改、增减；"
    "实际完成值和得分按本年情况填写。"
)


def known(
    form: FormSpec,
    *,
    department: str = "",
    unit: str = "",
    project: str = "",
    year: int | None = None,
    budget: Decimal | None = None,
    indicators: Iterable[Mapping[str, object]] = (),
) -> dict[str, Any]:
    """Return the prefill for `blank.build`: whatever the form has no place for is left out, blanks
    are not written.

    The annual form names the department `organisation` and the unit `office`. Budget in 万元;
    `indicators` are rows of an indicator table of the same form, last year's, for the department to
    confirm: a note on the table's head says so.
    """
    facts = {
        "department": department,
        "organisation": department,
        "unit": unit,
        "office": unit,
        "project": project,
        "year": year,
    }
    tables: dict[str, list[dict[str, object]]] = {}
    funding = form.tables.get("funding")
    if budget is not None and funding and any(column.id == "budget" for column in funding.columns):
        tables["funding"] = [{"key": row.id, "budget": budget} for row in funding.rows if row.total]
    if "indicators" in form.tables:
        columns = {column.id for column in form.tables["indicators"].columns}.intersection(_CARRIED)
        rows = [
            {name: value for name, value in row.items() if name in columns} for row in indicators
        ]
        tables |= {"indicators": rows} if rows else {}
    notes = {"notes": {"indicators": LAST_YEARS}} if "indicators" in tables else {}
    return {
        "fields": {name: value for name, value in facts.items() if value and name in form.fields},
        "tables": tables,
        **notes,
    }
