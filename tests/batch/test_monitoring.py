"""Monitoring shows beside the figures of the end of the year: what was foreseen, what came true."""

import shutil
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from blank.filled import made, road_self_evaluation

from batch.small import tree
from evalbatch.nightly.batch import RunOptions
from evalbatch.nightly.run import run
from evalbatch.nightly.setup import Setup
from evalbatch.settings import BatchSection, CycleSection, PathsSection, Settings

DAY = date(2024, 3, 20)
FINAL, MONITORING = "自评.xlsx", "监控.xlsx"
AGREES, MISSED, MET = "相符", "预计能完成，年终未完成", "预计可能完不成，年终已完成"
ROWS = (
    ("产出指标", "数量指标", "养护道路", "12个", "5个", "12个", "确定能"),
    ("产出指标", "时效指标", "按期完工", "6条", "2条", "6条", "确定能"),
    ("效益指标", "社会效益指标", "减少积水点", "8处", "3处", "8处", "确定能"),
    ("满意度指标", "服务对象满意度指标", "沿线居民满意度", "≥90%", "85%", "88%", "有可能"),
)
COLUMNS = ("level1", "level2", "level3", "target", "actual", "forecast", "chance")


def monitoring(rows: tuple[tuple[str, ...], ...] = ROWS, **fields: Any) -> bytes:
    lines = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    for line in lines:
        line["reason"] = "雨季停工，下半年补齐" if line["chance"] == "有可能" else ""
    figures = {"initial_budget": "465.47", "budget": "465.47", "executed": "186", "forecast": "400"}
    spent = [
        {"key": key} | {name: Decimal(value) for name, value in figures.items()}
        for key in ("total", "current")
    ]
    nothing = [
        {"key": key} | {name: Decimal(0) for name in figures} for key in ("carried", "other")
    ]
    told = {
        "project": "城区道路养护",
        "department": "某市城市管理局",
        "unit": "某市市政养护中心",
        "year": Decimal(2023),
        "period": "1-7月",
        "goal_expected": "完成12条道路的养护。",
    }
    tables = {"funding": spent + nothing, "indicators": lines}
    return made("monitoring", {"fields": told | fields, "tables": tables})


def final(**fields: Any) -> bytes:
    told = road_self_evaluation()
    return made("self_evaluation", {**told, "fields": {**told["fields"], **fields}})


def night(folder: Path, *, full: bool = False, output: Path | None = None) -> Path:
    output = output or folder / "out"
    chosen = Settings(
        cycle=CycleSection(),
        paths=PathsSection(inbox=folder / "inbox", output=output),
        batch=BatchSection(settle_seconds=0),
    )
    options = RunOptions(DAY, named=True, jobs=1, full=full, forget_missing=True)
    done = run(Setup.load(chosen), options)
    assert not done.result.faults, done.result.faults
    return output


def put(folder: Path, name: str, data: bytes) -> None:
    (folder / "inbox").mkdir(exist_ok=True)
    (folder / "inbox" / name).write_bytes(data)


def compared(output: Path) -> dict[str, dict[str, Any]]:
    """Return the rows of the comparison by their indicators."""
    data = (output / "汇总表.xlsx").read_bytes()
    sheet = openpyxl.load_workbook(BytesIO(data), data_only=True)["监控对照"]
    head, *lines = list(sheet.iter_rows(min_row=3, values_only=True))
    told = (dict(zip(map(str, head), line, strict=True)) for line in lines if line[0])
    return {str(line["指标"]): line for line in told if line["指标"]}


def verdicts(output: Path) -> dict[str, str]:
    return {name: str(line["对照"]) for name, line in compared(output).items()}


def test_every_figure_of_monitoring_stands_beside_the_final_one(tmp_path: Path) -> None:
    put(tmp_path, MONITORING, monitoring())
    put(tmp_path, FINAL, final())
    found = compared(night(tmp_path))
    assert {name: line["对照"] for name, line in found.items()} == {
        "预算执行（万元）": "执行数少于预计",
        "养护道路": AGREES,
        "按期完工": MISSED,
        "减少积水点": "年终表没有这一项",
        "沿线居民满意度": MET,
        "验收合格": "监控表没有这一项",
        "单位成本": "监控表没有这一项",
        "通行改善": "监控表没有这一项",
    }
    money, late = found["预算执行（万元）"], found["按期完工"]
    assert (money["监控时指标值"], money["监控时执行情况"], money["全年预计"]) == (
        "465.47",
        "186.00",
        "400.00",
    )
    assert money["年终完成值"] == "300.33"
    assert (round(money["监控时完成率"], 4), round(money["年终完成率"], 4)) == (0.3996, 0.6452)
    assert (late["监控时执行情况"], late["全年预计"], late["完成可能性"]) == (
        "2条",
        "6条",
        "确定能",
    )
    assert (late["年终指标值"], late["年终完成值"]) == ("6条", "4条")
    assert (round(late["监控时完成率"], 4), round(late["年终完成率"], 4)) == (0.3333, 0.6667)
    assert (late["监控表文件"], late["年终表文件"]) == (MONITORING, FINAL)
    assert late["年终表状态"] == "已核定"


def test_a_forecast_tells_what_is_expected_where_no_chance_is_ticked(tmp_path: Path) -> None:
    silent = tuple((*row[:6], "") for row in ROWS)
    put(tmp_path, MONITORING, monitoring(silent))
    put(tmp_path, FINAL, final())
    told = verdicts(night(tmp_path))
    assert (told["养护道路"], told["按期完工"], told["沿线居民满意度"]) == (AGREES, MISSED, MET)


def paper(output: Path) -> str:
    """Return the comparison in the working paper, cell by cell; empty where it has none."""
    (file,) = (output / "审核单").rglob("*.docx")
    tables = docx.Document(str(file)).tables
    rows = [[cell.text for cell in row.cells] for table in tables for row in table.rows]
    heads = [number for number, row in enumerate(rows) if "监控时执行情况" in row]
    return "\n".join("|".join(row[1:]) for row in rows[heads[0] :]) if heads else ""


def test_the_working_paper_shows_what_monitoring_foresaw_and_the_report_does_not(
    tmp_path: Path,
) -> None:
    put(tmp_path, MONITORING, monitoring())
    put(tmp_path, FINAL, final())
    output = night(tmp_path)
    told = paper(output)
    assert "预算执行（万元）|186.00（39.96%）|400.00|300.33（64.52%）|执行数少于预计" in told
    assert f"按期完工|2条（33.33%）|6条，确定能|4条（66.67%）|{MISSED}" in told
    assert f"沿线居民满意度|85%（94.44%）|88%，有可能|94%（104.44%）|{MET}" in told
    (report,) = (output / "评价报告").rglob("*.docx")
    assert "监控" not in "".join(each.text for each in docx.Document(str(report)).paragraphs)


def test_returned_monitoring_says_nothing_in_the_working_paper(tmp_path: Path) -> None:
    put(tmp_path, MONITORING, monitoring(goal_expected=""))
    put(tmp_path, FINAL, final())
    output = night(tmp_path)
    assert paper(output) == ""
    assert compared(output) == {}


def test_the_latest_monitoring_of_a_year_counts(tmp_path: Path) -> None:
    later = (ROWS[0], (*ROWS[1][:5], "4条", "有可能"), *ROWS[2:])
    put(tmp_path, FINAL, final())
    put(tmp_path, "一监控.xlsx", monitoring())
    night(tmp_path)
    put(tmp_path, "二监控.xlsx", monitoring(later, period="1-9月"))
    output = night(tmp_path)
    assert verdicts(output)["按期完工"] == AGREES
    assert compared(output)["按期完工"]["监控表文件"] == "二监控.xlsx"
    assert "按期完工|2条（33.33%）|4条，有可能|" in paper(output)
    assert "6条，确定能" not in paper(output)


@pytest.mark.parametrize(
    "other", [{"project": "城区桥梁养护"}, {"unit": "某市园林绿化中心"}, {"year": 2022}]
)
def test_another_projects_another_units_or_another_years_result_is_not_compared(
    tmp_path: Path, other: dict[str, Any]
) -> None:
    put(tmp_path, MONITORING, monitoring())
    put(tmp_path, FINAL, final(**other))
    found = compared(night(tmp_path))
    assert {line["对照"] for line in found.values()} == {"年终表未报送"}
    assert {line["年终表文件"] for line in found.values()} == {None}
    assert len(found) == 1 + len(ROWS)


def test_monitoring_that_was_returned_is_not_compared(tmp_path: Path) -> None:
    put(tmp_path, MONITORING, monitoring(department=""))
    put(tmp_path, FINAL, final())
    assert compared(night(tmp_path)) == {}


def test_the_comparison_follows_monitoring_that_comes_later_changes_and_goes(
    tmp_path: Path,
) -> None:
    """A night that computes only what is due publishes what a night does that computes all."""
    doubtful = (ROWS[0], (*ROWS[1][:5], "4条", "有可能"), *ROWS[2:])
    put(tmp_path, FINAL, final())
    nights = [
        (None, None),
        (monitoring(), MISSED),
        (monitoring(doubtful), AGREES),
        (b"", None),
    ]
    for number, (data, verdict) in enumerate(nights):
        if data:
            put(tmp_path, MONITORING, data)
        elif data is not None:
            (tmp_path / "inbox" / MONITORING).unlink()
        whole = tmp_path / f"{number} full"
        if number:
            shutil.copytree(tmp_path / "out", whole)
        output = night(tmp_path)
        if number:
            night(tmp_path, full=True, output=whole)
            assert tree(output) == tree(whole), number
        assert verdicts(output).get("按期完工") == verdict
        assert (str(verdict) in paper(output)) == (verdict is not None)
