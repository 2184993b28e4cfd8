"""Decisions are only ever added: what vanishes from the folder still counts, what changes is
added.
"""

from contextlib import closing
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from evalbatch.cycle.review_journal import ReviewJournal
from evalbatch.model.decisions import Decision, ReviewedRow, RowKey, Verdict, ruling
from evalbatch.model.place import Place
from reviews.rounds import asked

KEY = RowKey("self_evaluation/河道清淤", "产出", "数量", "清淤长度")
ROW = ReviewedRow(KEY, "f1", "r1", Decimal(8), "没有规则可以核算")
NINE = Decision(
    KEY, "f1", "r1", Decimal(9), "佐证齐全", "周一", date(2027, 4, 1), place=Place("复核/a.xlsx")
)
EIGHT = replace(NINE, score=Decimal(8))


@pytest.fixture
def journal(tmp_path):
    with closing(ReviewJournal(tmp_path / "ledger.sqlite")) as opened:
        yield opened


def in_force(journal):
    return ruling(ROW, journal.decisions()).score


def test_the_same_lines_read_again_add_nothing(journal):
    assert journal.append([NINE, replace(NINE, place=Place("复核/b.xlsx"))]) == 1
    assert journal.append([NINE]) == 0
    assert journal.decisions() == [NINE]


def test_a_line_that_vanishes_still_counts(journal):
    journal.append([NINE])
    assert journal.append([]) == 0
    assert in_force(journal) == 9


def test_a_line_that_is_changed_and_changed_back_counts_as_it_stands(journal):
    for decision, expected in ((NINE, 9), (EIGHT, 8), (NINE, 9), (NINE, 9)):
        journal.append([decision])
        assert in_force(journal) == expected
    assert len(journal.decisions()) == 3


def test_an_older_copy_beside_the_newer_one_brings_nothing_back(journal):
    old, new = NINE, replace(EIGHT, place=Place("复核/b.xlsx"))
    journal.append([old])
    journal.append([old, new])
    assert journal.append([old, new]) == 0
    assert in_force(journal) == 8
    journal.append([old])  # the newer copy is gone: its last word stands
    assert in_force(journal) == 8


def test_a_renamed_file_is_the_same_file(journal):
    journal.append([NINE])
    moved = replace(NINE, place=Place("复核/c.xlsx"))
    journal.append([moved])
    assert journal.decisions() == [moved]
    journal.append([replace(EIGHT, place=moved.place)])
    journal.append([moved])
    assert in_force(journal) == 9


def test_a_withdrawal_is_a_decision_and_can_be_written_over(journal):
    back = replace(NINE, score=None, verdict=Verdict.WITHDRAW)
    journal.append([NINE])
    journal.append([back])
    assert in_force(journal) == 8
    journal.append([NINE])
    assert in_force(journal) == 9


def test_the_questions_of_a_round_are_kept_by_their_numbers(journal):
    assert journal.rounds() == 0
    journal.ask({"R1-001": asked()}, 1)
    journal.ask({"R1-001": asked(facts="other"), "R2-001": asked(2)}, 2)
    assert journal.rounds() == 2
    assert journal.asked()["R1-001"] == asked()
