"""Make the example workbooks of `input_templates/` from the figures in `scripts/examples/`.

Each TOML there is one workbook; one with a `base` says only what differs from another and lands
among the workbooks as filed. The annual plan (case C) is one file for the organisation and makes
one workbook per office.
"""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from evalbatch.blanks.blank_workbook import build
from evalbatch.model.submission import Stamp
from evalbatch.output_files import safe_name
from evalbatch.standards.form import FormSpec, Type
from evalbatch.standards.form_library import load_forms
from evalbatch.standards.policy_library import load_policies

SOURCES = Path(__file__).resolve().parent / "examples"
TARGET = Path(__file__).resolve().parent.parent / "input_templates"
CORRECTED, FILED = "examples", "examples_as_filed"
FIGURES = {Type.MONEY, Type.NUMBER, Type.SCORE, Type.INTEGER}


def workbooks() -> Iterator[tuple[Path, bytes]]:
    """Yield the path (below `input_templates/`) and the bytes of every example workbook."""
    for source in sorted(SOURCES.glob("*.toml")):
        data = tomllib.loads(source.read_text(encoding="utf-8"))
        if "plan" in data:
            yield from plan_workbooks(data)
            continue
        if "base" in data:
            data = laid_over(
                tomllib.loads((SOURCES / f"{data['base']}.toml").read_text(encoding="utf-8")), data
            ) | {"filed": True}
        folder = Path(FILED if data.get("filed") else CORRECTED) / safe_name(data["department"])
        yield folder / data["file"], workbook(data)


def laid_over(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return the base with the change's fields and tables in place of its own."""
    fields = dict(base["fields"]) | change.get("fields", {})
    return {
        **base,
        **change,
        "fields": fields,
        "rows": base.get("rows", {}) | change.get("rows", {}),
    }


def plan_workbooks(data: Mapping[str, Any]) -> Iterator[tuple[Path, bytes]]:
    """Yield one workbook per office of an annual plan as corrected, and the whole plan in one
    workbook as filed.
    """
    folder, filed = safe_name(data["department"]), data["filed"]
    per_office = data["per_office"]
    for index, office in enumerate(data["offices"]):
        numbers = range(
            index * per_office + 1, min((index + 1) * per_office, data["level3_count"]) + 1
        )
        letter = data["letter"] if office == data["filed_office"] else {}
        assessments = data["assessments"] if letter else []
        content = plan_workbook(data, office, numbers, letter, assessments, {})
        yield (
            Path(CORRECTED, folder, safe_name(f"年度绩效管理指标节点表（{office}）", ".xlsx")),
            content,
        )
    whole = plan_workbook(
        data,
        data["filed_office"],
        range(1, data["level3_count"] + 1),
        data["letter"] | filed["letter"],
        data["assessments"],
        filed,
    )
    yield Path(FILED, folder, safe_name("年度绩效管理指标节点表", ".xlsx")), whole


def plan_workbook(
    data: Mapping[str, Any],
    office: str,
    numbers: range,
    letter: Mapping[str, Any],
    assessments: list[dict[str, str]],
    filed: Mapping[str, Any],
) -> bytes:
    """Return an office's workbook with the items of the given numbers and their nodes."""
    items = [plan_item(data, number, filed) for number in numbers]
    nodes = [node for item in items for node in plan_nodes(data, item, filed)]
    rows = [{key: value for key, value in item.items() if key != "done_on"} for item in items]
    fields = dict(data["fields"]) | {"office": office} | dict(letter)
    tables: dict[str, list[dict[str, Any]]] = {"items": rows, "nodes": nodes}
    if assessments:
        tables["assessments"] = assessments
    form = load_forms()[data["form"]]
    stamp = Stamp(form.id, form.version, data["fields"]["year"], data["department"], office)
    return build(form, load_policies()[form.policy], {"fields": fields, "tables": tables}, stamp)


def plan_item(data: Mapping[str, Any], number: int, filed: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item with its place in the plan; one that the source does not name goes by its
    number.
    """
    named = {row[0]: row for row in data["items"]["rows"]}
    _, name, achievement, done_on = named.get(
        number, (number, f"第{number}项", data["unnamed_achievement"].format(number=number), "")
    )
    if filed:
        achievement = filed["achievements"].get(
            str(number), achievement if number <= filed["described"] else ""
        )
    level2 = (number - 1) * data["level2_count"] // data["level3_count"] + 1
    level1 = (level2 - 1) * data["level1_count"] // data["level2_count"] + 1
    return {
        "level1": f"第{level1}项一级指标",
        "level2": f"第{level2}项二级指标",
        "level3_no": number,
        "level3": name,
        "office": data["offices"][(number - 1) // data["per_office"]],
        "achievement": achievement,
        "done_on": done_on,
    }


def plan_nodes(
    data: Mapping[str, Any], item: Mapping[str, Any], filed: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the nodes of an item: done by the year's end, but for the one that was postponed."""
    number, last_day = item["level3_no"], date(int(data["fields"]["year"]), 12, 31)
    for name in data["two_nodes"].get(str(number), [item["level3"]]):
        node = {"level3_no": number, "node": name, "office": item["office"], "deadline": last_day}
        if number == data["postponed"]["number"]:
            state = {"state": filed["state"]} if filed else {}
            yield (
                node
                | {key: value for key, value in data["postponed"].items() if key != "number"}
                | state
            )
            continue
        known = item["done_on"]
        note = {} if known else {"note": data["unknown_date_note"]}
        yield node | {"done_on": known or last_day, "evidence": data["evidence"]} | note


def workbook(data: Mapping[str, Any]) -> bytes:
    """Return the filled workbook that an example describes."""
    form, policies = load_forms()[data["form"]], load_policies()
    fields = {name: typed(form.fields[name].type, value) for name, value in data["fields"].items()}
    tables: dict[str, list[dict[str, Any]]] = {}
    for name, rows in data.get("tables", {}).items():
        tables[name] = [
            {column: cell(form, name, column, value) for column, value in row.items()}
            for row in rows
        ]
    for name, table in data.get("rows", {}).items():
        tables[name] = [
            {
                column: cell(form, name, column, value)
                for column, value in zip(table["columns"], row, strict=True)
            }
            for row in table["rows"]
        ]
    for name, totals in data.get("totals", {}).items():
        tables[name].append(
            {"key": "total"}
            | {column: cell(form, name, column, value) for column, value in totals.items()}
        )
    if "points" in data:
        tables["points"] = [dict(row) | data["points"] for row in form.tables["points"].preset]
    stamp = Stamp(
        form.id,
        form.version,
        str(data["fields"].get("year", "")),
        data["department"],
        data["fields"].get("project", ""),
    )
    return build(form, policies[form.policy], {"fields": fields, "tables": tables}, stamp)


def cell(form: FormSpec, table: str, column: str, value: Any) -> Any:
    """Return a table's value as the type of its column."""
    return value if column == "key" else typed(form.tables[table].column(column).type, value)


def typed(kind: Type, value: Any) -> Any:
    """Return a value as `build` wants it; an empty text stands for a blank cell, which replaces
    even a formula.
    """
    if value == "":
        return None
    if isinstance(value, str) and kind is Type.PERCENT:
        return Decimal(value.removesuffix("%")) / 100
    if isinstance(value, str) and kind in FIGURES:
        return Decimal(value)
    return value


def main() -> None:
    """Write every example workbook."""
    for path, content in workbooks():
        target = TARGET / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        print(target.relative_to(TARGET.parent))


if __name__ == "__main__":
    main()
