"""LibreOffice calculates our formulas anew and comes to the values that we stored."""

import io
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from blank.filled import (
    FORMS,
    annual_management,
    faulty_self_evaluation,
    made,
    project_evaluation,
    road_self_evaluation,
)
from blank.office import calculated, without_results
from evalbatch.reading.reader import read

# Rates that lie exactly between two of four decimals: half up, whatever binary fractions make of
# them.
TIES = [
    {"item": f"第{n}项", "budget": Decimal(10000), "spent": Decimal(37 * n) + Decimal("0.5")}
    for n in range(1, 251)
]

BOOKS = {
    "ties": ("self_evaluation", {"tables": {"details": TIES}}, ""),
    **{f"blank-{name}": (name, None, "") for name in FORMS},
    "filled": ("self_evaluation", road_self_evaluation(), ""),
    "faulty": ("self_evaluation", faulty_self_evaluation(), ""),
    "bands": ("self_evaluation", road_self_evaluation(), "cz2021_101"),
    "hubei": ("self_evaluation", road_self_evaluation(), "hubei2020"),
    "evaluation": ("project_evaluation", project_evaluation(), ""),
    "annual": ("annual_management", annual_management(), ""),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All workbooks without their stored results, saved again by LibreOffice in one go."""
    root = tmp_path_factory.mktemp("office")
    for name, (form, prefill, policy) in BOOKS.items():
        (root / f"{name}.xlsx").write_bytes(without_results(made(form, prefill, policy)))
    return calculated(root, *(root / f"{name}.xlsx" for name in BOOKS))


def _results(source: io.BytesIO | Path, formulas: dict[str, list[str]]) -> dict[str, object]:
    book = openpyxl.load_workbook(source, data_only=True)
    return {
        f"{sheet}!{cell}": book[sheet][cell].value or ""
        for sheet, cells in formulas.items()
        for cell in cells
    }


@pytest.mark.office
@pytest.mark.parametrize("name", BOOKS)
def test_recalculating_changes_no_stored_value(folder: Path, name: str) -> None:
    form, prefill, policy = BOOKS[name]
    data = made(form, prefill, policy)
    book = openpyxl.load_workbook(io.BytesIO(data))
    formulas = {
        s.title: [c.coordinate for row in s for c in row if c.data_type == "f"]
        for s in book.worksheets
    }
    stored = _results(io.BytesIO(data), formulas)
    again = _results(folder / f"{name}.xlsx", formulas)
    assert len(stored) > 10
    assert not [value for value in again.values() if str(value).startswith("#")]
    assert {k: _rounded(v) for k, v in again.items()} == {k: _rounded(v) for k, v in stored.items()}


def _rounded(value: object) -> object:
    return round(value, 9) if isinstance(value, float) else value


@pytest.mark.office
@pytest.mark.parametrize("name", BOOKS)
def test_a_workbook_saved_by_another_program_is_read_the_same(folder: Path, name: str) -> None:
    form, prefill, policy = BOOKS[name]
    (before,) = read(made(form, prefill, policy), "表.xlsx", FORMS)
    (after,) = read((folder / f"{name}.xlsx").read_bytes(), "表.xlsx", FORMS)
    assert after.stamp == before.stamp
    assert {k: e.value for k, e in after.fields.items()} == {
        k: e.value for k, e in before.fields.items()
    }
    for table, rows in before.tables.items():
        again = after.tables[table]
        assert [{k: e.value for k, e in row.entries.items()} for row in again] == [
            {k: e.value for k, e in row.entries.items()} for row in rows
        ]


@pytest.mark.office
def test_a_department_that_fills_the_blank_gets_rate_scores_total_and_grade(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made("self_evaluation")))
    form = book["自评表"]
    for cell, value in {
        "E8": 300,
        "F8": 134.86,
        "E9": 165.47,
        "F9": 165.47,
        "D14": "道路",
        "G14": 50,
        "H14": 46,
    }.items():
        assert not form[cell].protection.locked
        form[cell] = value
    for row, level1, weight in (
        (23, "", 30),
        (31, "满意度指标", 10),
    ):  # a printed row of benefits, and the first spare row
        form.cell(row, 2).value = level1 or form.cell(row, 2).value
        form.cell(row, 4).value, form.cell(row, 7).value, form.cell(row, 8).value = (
            "指标",
            weight,
            weight,
        )
    book["基本信息"]["B2"] = 2023
    book.save(tmp_path / "filled.xlsx")
    out = calculated(tmp_path, tmp_path / "filled.xlsx") / "filled.xlsx"
    (submission,) = read(out.read_bytes(), "表.xlsx", FORMS)
    total = submission.row("funding", "total")
    assert total is not None
    assert [total.text(c) for c in ("budget", "executed", "rate", "score")] == [
        "465.47",
        "300.33",
        "64.52%",
        "6.45",
    ]
    assert submission.text("stated_total") == "92.45"
    assert submission.text("stated_grade") == "☑优 ☐良 ☐中 ☐差"
    lines = [str(row[0].value) for row in openpyxl.load_workbook(out, data_only=True)["填报说明"]]
    assert "√ 分值合计为100分。" in lines
    assert "√ 一级指标分值与评分口径一致。" in lines
