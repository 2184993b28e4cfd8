"""What scoring reads from an entry, and how it says an actual after 实际完成."""

import pytest
from builders import choice, entry

from evalbatch.model.submission import Entry
from evalbatch.model.value import Choice
from evalbatch.scoring.terms import figure_of, said


@pytest.mark.parametrize(
    ("actual", "told"),
    [
        ("已完成5场", "5场"),
        ("完成率75%", "75%"),
        ("12场", "12场"),
        ("完成全部任务", "完成全部任务"),
        ("已完成", "已完成"),
    ],
)
def test_an_actual_is_told_without_the_word_before_its_figure(actual: str, told: str) -> None:
    assert figure_of(actual) == told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, ""),
        (entry(" 按期 "), "按期"),
        (entry(choice("按期", "按期", "逾期")), "按期"),
        (entry(Choice(("按期", "逾期"), ("按期", "逾期"))), ""),
        (entry(Choice(("按期", "逾期"), ())), ""),
    ],
)
def test_a_choice_says_its_only_ticked_option(given: Entry | None, told: str) -> None:
    assert said(given) == told
