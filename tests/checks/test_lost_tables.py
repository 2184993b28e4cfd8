"""A table whose header row was cleared: said once, nothing is scored, and nothing is said that only
follows from it.
"""

from datetime import date

import pytest
from reading.mutate import find, with_cell
from repository import EXAMPLES

from checks.samples import forms, policies
from evalbatch.checks.assess import assess
from evalbatch.model.evaluation import Evaluation, Status
from evalbatch.reading.reader import interpret
from evalbatch.sheets import read_book
from evalbatch.sheets.book import Cell

CASES = {path.stem[:4]: path for path in EXAMPLES.rglob("*.xlsx")}


def without(case: str, sheet: str, header: str) -> Evaluation:
    """Evaluate an example after clearing the row of a sheet in which a header stands."""
    book = read_book(CASES[case].read_bytes(), "某.xlsx")
    row, _ = find(book, sheet, header)
    (grid,) = (each for each in book.sheets if each.name == sheet)
    for spot in [spot for spot in grid.cells if spot[0] == row]:
        book = with_cell(book, sheet, spot, None)
    (submission,) = interpret(book, "某.xlsx", "digest", forms())
    form = forms()[submission.form]
    return assess(submission, form, policies()[form.policy], date(2022, 1, 31))


@pytest.mark.parametrize(
    ("case", "sheet", "header"),
    [
        ("外事活动", "自评表", "三级指标"),
        ("外事活动", "自评表", "资金来源"),
        ("对外合作", "评价表", "三级指标"),
    ],
)
def test_a_lost_table_is_said_once_and_nothing_is_scored(case: str, sheet: str, header: str):
    evaluation = without(case, sheet, header)
    assert [finding.code for finding in evaluation.findings] == ["F04"]
    assert "的表头" in evaluation.findings[0].message
    assert evaluation.status is Status.RETURNED
    scores = evaluation.scores
    assert (
        scores.claimed_total,
        scores.computed_total,
        scores.final_total,
        scores.stated_total,
    ) == (None, None, None, None)
    assert (scores.grade, scores.unscorable != "") == ("", True)


def test_lines_of_an_optional_sheet_that_cannot_be_read_are_not_lost_silently():
    evaluation = without("外事活动", "支出明细", "子项目名称")
    assert [(finding.code, finding.severity.value) for finding in evaluation.findings] == [
        ("F04", "warning")
    ]
    assert evaluation.findings[0].place.sheet == "支出明细"
    assert str(evaluation.scores.final_total) == "92.45"


def test_a_lost_column_of_scores_is_said_once_and_nothing_is_scored():
    book = read_book(CASES["外事活动"].read_bytes(), "某.xlsx")
    row, _ = find(book, "自评表", "三级指标")
    (grid,) = (each for each in book.sheets if each.name == "自评表")
    (spot,) = (spot for spot, cell in grid.cells.items() if spot[0] == row and cell.value == "得分")
    (submission,) = interpret(
        with_cell(book, "自评表", spot, Cell("备用栏")), "某.xlsx", "digest", forms()
    )
    form = forms()[submission.form]
    evaluation = assess(submission, form, policies()[form.policy], date(2022, 1, 31))
    assert [finding.code for finding in evaluation.findings] == ["F04"]
    assert (evaluation.scores.claimed_total, evaluation.scores.computed_total) == (None, None)
