"""The CSV contract."""

import csv
import io
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import cycle, finding, funding, kept, node, record, row, scores

from evalbatch.model.evaluation import NodeState, Status
from evalbatch.model.finding import Severity
from evalbatch.model.place import Place
from evalbatch.model.record import Change, Cycle, Delivery, Received, Review
from evalbatch.results import tables
from evalbatch.results.schema import schema

CONTRACT = {
    "projects.csv": "file, form, year, department, unit, project, status, claimed_total, "
    "computed_total, final_total, grade, "
    "budget, executed, execution_rate, errors, warnings, notes, report",
    "indicators.csv": "file, project, level1, level2, level3, target, actual, weight, "
    "claimed_score, computed_score, final_score, rule, reason, place",
    "findings.csv": "file, project, sheet, cell, code, severity, message, expected, found, basis",
    "nodes.csv": (
        "file, office, level1, level2, level3_no, level3, node, deadline, done_on, state, "
        "evidence, cause, approved"
    ),
}


def published(folder: Path, given: Cycle) -> dict[str, list[dict[str, str]]]:
    tables.write(folder, kept(given).results)
    return {
        path.name: list(
            csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))
        )
        for path in folder.iterdir()
    }


def test_the_columns_of_the_contract_come_first_in_their_order(tmp_path: Path) -> None:
    tables.write(tmp_path, kept(cycle()).results)
    for name, columns in CONTRACT.items():
        data = (tmp_path / name).read_bytes()
        assert data.startswith(b"\xef\xbb\xbf")
        header = data.decode("utf-8-sig").splitlines()[0].split(",")
        assert header[: len(columns.split(", "))] == columns.split(", ")
    assert (tmp_path / "deliveries.csv").exists()


def test_a_graded_project_is_one_row_with_its_figures(tmp_path: Path) -> None:
    out = published(tmp_path, cycle([record(report="评价报告/交通局/农村公路养护.docx")]))
    (project,) = out["projects.csv"]
    assert project["status"] == "graded"
    assert (project["claimed_total"], project["final_total"], project["grade"]) == (
        "92.45",
        "92.45",
        "优",
    )
    assert (project["budget"], project["executed"], project["execution_rate"]) == (
        "465.47",
        "300.33",
        "0.6452",
    )
    assert project["rate_denominator"] == "全年预算数"
    (indicator,) = out["indicators.csv"]
    assert (indicator["weight"], indicator["claimed_score"], indicator["final_score"]) == (
        "10",
        "9",
        "8.5",
    )
    assert indicator["place"] == "自评表!F12"


def test_a_returned_project_has_a_computed_total_but_no_final_one_and_no_grade(
    tmp_path: Path,
) -> None:
    out = published(tmp_path, cycle([record(status=Status.RETURNED, findings=(finding(),))]))
    (project,) = out["projects.csv"]
    assert (
        project["computed_total"],
        project["final_total"],
        project["grade"],
        project["errors"],
    ) == ("92.45", "", "", "1")
    (found,) = out["findings.csv"]
    assert (found["sheet"], found["cell"], found["code"], found["severity"]) == (
        "自评表",
        "F8",
        "X02",
        "error",
    )


def test_nothing_of_a_superseded_workbook_counts_twice_but_it_is_listed(tmp_path: Path) -> None:
    old = record(
        "旧.xlsx",
        status=Status.SUPERSEDED,
        scored=scores([row("旧.xlsx")], nodes=(node("旧.xlsx", "1"),)),
    )
    out = published(tmp_path, cycle([old, record()]))
    assert [line["status"] for line in out["projects.csv"]] == ["superseded", "graded"]
    assert [line["file"] for line in out["indicators.csv"]] == ["甲.xlsx"]
    assert out["nodes.csv"] == []


def test_an_unreadable_file_is_listed_with_its_findings(tmp_path: Path) -> None:
    broken = record(
        "坏.xlsx", status=Status.UNREADABLE, project="", findings=(finding("坏.xlsx", "F01"),)
    )
    out = published(tmp_path, cycle([broken]))
    assert out["projects.csv"][0]["status"] == "unreadable"
    assert out["projects.csv"][0]["computed_total"] == ""
    assert out["findings.csv"][0]["file"] == "坏.xlsx"


def test_nodes_and_deliveries_and_findings_of_the_cycle_have_their_rows(tmp_path: Path) -> None:
    annual = record(
        "处.xlsx",
        scored=scores(nodes=(node("处.xlsx", "59", NodeState.ADJUSTED), node("处.xlsx", "60"))),
    )
    sent = Delivery(
        "a@example.gov.cn",
        "交通局",
        "退回通知",
        ("甲.xlsx", "乙.docx"),
        "已发送",
        "<1@x>",
        "2027-04-01 02:00",
    )
    missing = finding("名册.xlsx", "D02", Severity.WARNING)
    out = published(tmp_path, cycle([annual], deliveries=(sent,), findings=(missing,)))
    assert [(line["level3_no"], line["state"], line["done_on"]) for line in out["nodes.csv"]] == [
        ("59", "经批准调整", ""),
        ("60", "按期", "2026-06-20"),
    ]
    assert out["deliveries.csv"][0]["attachments"] == "甲.xlsx；乙.docx"
    assert out["findings.csv"][0]["file"] == "名册.xlsx"


@pytest.mark.parametrize(
    "text",
    ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "＝1+1", " =1+1", "\t=1", "=100%", "-1-1"],
)
def test_no_text_runs_as_a_formula(text: str) -> None:
    assert tables.literal(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", " =1+1", "\t=1", "-2+3", "'", "'引号", "'-", "甲=乙", " 甲", "-5", ""),
        *("'=1+1", "''@甲", "' =1", "'-2+3", "'-5"),
    ],
)
def test_a_text_is_read_as_it_was_before_it_was_guarded(text: str) -> None:
    assert tables.unguarded(tables.literal(text)) == text


def test_rows_are_counted_and_read_with_what_a_short_line_lacks(tmp_path: Path) -> None:
    path = tmp_path / "短.csv"
    path.write_text("name,note\n甲,'=1\n乙\n", encoding="utf-8-sig")
    assert tables.count(path) == 2
    assert list(tables.read(path)) == [{"name": "甲", "note": "=1"}, {"name": "乙", "note": ""}]


@pytest.mark.parametrize(
    "text",
    [
        "-",
        "—",
        "-5",
        "+3.5%",
        "-0.5",
        "道路=1",
        "1-2",
        "",
        "≥90%",
        "R&D <部门>",
        "{{ 7*7 }}",
        '引"号,逗',
    ],
)
def test_other_text_stays_as_it_was_written(text: str, tmp_path: Path) -> None:
    out = published(tmp_path, cycle([record(project=text)]))
    assert out["projects.csv"][0]["project"] == text


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=6
    )
)
def test_scores_have_at_most_two_decimals_and_money_keeps_its_own(figure: Decimal) -> None:
    assert re.fullmatch(r"-?\d+(\.\d{1,2})?", tables.points(figure))
    assert abs(Decimal(tables.points(figure)) - figure) <= Decimal("0.005")
    assert Decimal(tables.money(figure)) == figure
    assert re.fullmatch(r"-?\d+\.\d{4}", tables.fraction(figure))


def test_half_is_rounded_up_and_none_is_empty() -> None:
    assert tables.points(Decimal("89.995")) == "90"
    assert tables.points(Decimal("89.985")) == "89.99"
    assert tables.fraction(Decimal("0.64515")) == "0.6452"
    assert tables.points(Decimal("-0.001")) == "0"
    assert tables.money(Decimal("1E+3")) == "1000"


def test_a_project_without_a_budget_has_no_rate(tmp_path: Path) -> None:
    out = published(tmp_path, cycle([record(scored=scores(money=funding(None, None)))]))
    assert out["projects.csv"][0]["execution_rate"] == ""


def test_the_same_cycle_gives_the_same_bytes(tmp_path: Path) -> None:
    given = cycle([record(findings=(finding(),)), record("乙.xlsx", project="乙")])
    tables.write(tmp_path / "1", kept(given).results)
    tables.write(tmp_path / "2", kept(given).results)
    for name in tables.HEADERS:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_every_row_of_every_table_has_the_columns_of_the_schema(tmp_path: Path) -> None:
    came = Received(
        "甲局/说明.pdf", "pdf", "left_aside", "不是报送表", "甲局", date(2027, 3, 1), ("桥", "路")
    )
    change = Change(date(2027, 4, 1), "甲局", "桥", "核定得分", "80", "85", "review")
    decision = Review(
        *(
            "桥",
            "产出",
            "数量",
            "里程",
            "score",
            "改定",
            "7",
            Decimal("4.50"),
            "核对台账",
            "甲",
            "乙",
        ),
        *(date(2027, 4, 1), True, Place("复核/1.xlsx", "复核", 5, 9)),
    )
    scored = scores([row()], nodes=(node("处.xlsx", "59"),))
    given = cycle(
        [record(scored=scored, findings=(finding(),))],
        deliveries=(Delivery(*"abc", ("d",), *"efg"),),
    )
    told = replace(given, received=(came,), changes=(change,), reviews=(decision,))
    out = published(tmp_path, replace(told, scales={"self_evaluation": ("良", "优")}))
    for name, table in schema().items():
        assert list(out[f"{name}.csv"][0]) == list(table.names), name
        assert None not in out[f"{name}.csv"][0].values(), name
    assert out["received.csv"][0]["projects"] == "桥；路"
    assert out["changes.csv"][0]["cause"] == "review"
    assert (out["reviews.csv"][0]["score"], out["reviews.csv"][0]["in_force"]) == ("4.5", "true")
    assert out["reviews.csv"][0]["place"] == "复核/1.xlsx 复核!I5"


def test_every_column_is_described() -> None:
    for table in schema().values():
        assert len(set(table.names)) == len(table.names)
        assert all(
            column.label and column.meaning and column.kind.dtype for column in table.columns
        )
        assert all(
            column.measured for column in table.columns if column.kind.dtype in {"float64", "Int64"}
        )
