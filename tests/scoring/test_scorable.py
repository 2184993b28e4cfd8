"""What a workbook must have to be scored, our own one and one of others."""

from dataclasses import replace

import pytest
from builders import indicator, row, submission
from checks.samples import forms

from evalbatch.model.submission import Row, Stamp, Submission
from evalbatch.scoring.scorable import gives_points, lost_tables

OWN = Stamp("self_evaluation", 1)
MONEY = row("funding", 7, budget=100, executed=95)
SCORED = indicator("里程", 10, 9)
UNSCORED = row("indicators", 20, level3="里程", weight=10)
NAMED = row("indicators", 21, level3="里程")


def lost(*rows: Row, own: bool = False) -> tuple[str, ...]:
    filled = submission(rows)
    return lost_tables(replace(filled, stamp=OWN if own else None), forms()["self_evaluation"])


def test_a_workbook_of_ours_has_all_its_tables_and_one_of_others_those_that_are_scored() -> None:
    assert lost(own=True) == ("funding", "indicators")
    assert lost() == ("indicators",)
    assert lost(SCORED) == ()
    assert lost(SCORED, own=True) == ("funding",)
    assert lost(SCORED, MONEY, own=True) == ()


def test_a_table_has_lost_its_scores_where_no_row_has_the_column() -> None:
    assert lost(UNSCORED) == ("indicators",)
    assert lost(UNSCORED, SCORED) == ()
    assert lost(indicator("里程", 10, "")) == ()


def points(*rows: Row, form: str = "transfer_self_evaluation", own: bool = False) -> bool:
    filled: Submission = replace(submission(rows, form=form), stamp=OWN if own else None)
    return gives_points(filled, forms()[form])


@pytest.mark.parametrize("rows", [(), (SCORED,), (UNSCORED,), (NAMED, UNSCORED)])
def test_a_form_of_others_with_a_column_for_points_gives_them(rows: tuple[Row, ...]) -> None:
    assert points(*rows)


def test_a_form_of_others_without_any_column_for_points_gives_none() -> None:
    assert not points(NAMED)
    assert points(NAMED, own=True)
    assert points(NAMED, form="self_evaluation")
    assert not points(SCORED, form="monitoring")
    assert points(form="annual_management")
