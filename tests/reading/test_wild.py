"""Workbooks typed by others: what the layouts alone must not make wrong, and what must not be guessed."""

from datetime import date

import pytest

from evalbatch.checks.assess import assess
from evalbatch.model.finding import Severity
from evalbatch.model.submission import RowKind
from evalbatch.policies.library import load_policies
from reading.test_layouts import FUNDING, GOALS, HEAD, ROWS, TABLE, TOTAL
from reading.typed import FORMS, only, seen, typed

POLICIES = load_policies()
AS_OF = date(2022, 3, 1)


def errors(submission):
    form = FORMS[submission.form]
    found = assess(submission, form, POLICIES[form.policy], AS_OF).findings
    return {finding.code for finding in found if finding.severity is Severity.ERROR}


def test_the_year_is_read_from_a_title_with_blank_rows_above_it():
    rows = [[]] * 6 + [[None, None, *row] for row in (*HEAD, *FUNDING, *GOALS, TABLE, *ROWS, *TOTAL)]
    assert only(typed(("Sheet1", rows, []))).number("year") == 2021


def test_an_operator_in_a_column_of_its_own_is_no_placeholder():
    table = [*TABLE[:4], "指标性质", *TABLE[4:]]
    rows = [[*row[:4], "≥", row[4].lstrip("≥"), *row[5:]] for row in ROWS]
    submission = only(typed(("Sheet1", [*HEAD, *FUNDING, *GOALS, table, *rows, ["总分", *[None] * 6, 100, 95]], [])))
    assert [row.get("target").quantity.operator for row in submission.rows("indicators", RowKind.ITEM)] == ["≥"] * 4
    assert "B03" not in errors(submission)


@pytest.mark.parametrize(("typed_text", "notes"), [("≥1,200公里", 0), ("≥1，200公里", 1), ("≥１２００公里", 1)])
def test_only_what_was_changed_is_called_normalised(typed_text, notes):
    rows = [[*ROWS[0][:4], typed_text, *ROWS[0][5:]], *ROWS[1:]]
    submission = only(typed(("Sheet1", [*HEAD, *FUNDING, *GOALS, TABLE, *rows, *TOTAL], [])))
    assert submission.rows("indicators")[0].get("target").quantity.number == 1200
    assert seen(submission, "F10").count(("E13",)) == notes
