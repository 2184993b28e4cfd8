"""Grades are decided on decimals."""

from decimal import Decimal

import pytest
from builders import indicator, submission, text
from hypothesis import given
from hypothesis import strategies as st
from scored import policy, scored

from evalbatch.scoring.terms import grade_of


@pytest.mark.parametrize(
    ("total", "on_rounded", "on_unrounded"),
    [
        ("100", "优", "优"),
        ("90", "优", "优"),
        ("89.99", "良", "良"),
        ("89.994", "良", "良"),
        ("89.995", "优", "良"),
        ("89.996", "优", "良"),
        ("80", "良", "良"),
        ("79.99", "中", "中"),
        ("60", "中", "中"),
        ("59.99", "差", "差"),
        ("59.996", "中", "差"),
        ("0", "差", "差"),
    ],
)
def test_the_border_of_a_grade_belongs_to_the_better_one(total, on_rounded, on_unrounded):
    assert grade_of(Decimal(total), policy(grade_on="rounded")) == on_rounded
    assert grade_of(Decimal(total), policy(grade_on="unrounded")) == on_unrounded


@pytest.mark.parametrize(("grade_on", "grade"), [("rounded", "优"), ("unrounded", "良")])
def test_a_total_of_89_996_is_decided_by_the_profile(grade_on, grade):
    rows = [
        indicator("甲", 60, Decimal("59.998"), text("好"), text("好")),
        indicator("乙", 40, Decimal("29.998"), number=21),
    ]
    scores = scored(submission(rows), policy(grade_on=grade_on, rounding="total"))
    assert scores.final_total == Decimal("90.00")
    assert scores.grade == grade


@given(
    st.tuples(st.decimals(0, 100, places=3), st.decimals(0, 100, places=3)),
    st.sampled_from(["rounded", "unrounded"]),
)
def test_a_higher_total_never_has_a_worse_grade(totals, grade_on):
    words = ["差", "中", "良", "优"]
    lower, higher = (
        words.index(grade_of(total, policy(grade_on=grade_on))) for total in sorted(totals)
    )
    assert lower <= higher
