"""The product decides as the plain model does, in every situation that an office meets."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalbatch.model.decisions import (
    Appeal,
    Decision,
    DecisionKind,
    ReviewedRow,
    ReviewState,
    RowKey,
    Verdict,
    ruling,
    stage,
)
from reviews import model
from reviews.model import Line, Row

KEY = RowKey("self_evaluation/河道清淤", "产出指标", "数量指标", "清淤长度")
NINE, SEVEN = Line("周一", 9), Line("吴二", 7)

SITUATIONS = {
    "nobody is asked": (Row(asked=False), [], False, ("none", 8)),
    "asked and nobody wrote": (Row(), [], False, ("due", 8)),
    "decided": (Row(), [NINE], False, ("decided", 9)),
    "handed in again, this row changed": (Row("f2", auto=6), [NINE], False, ("stale", 6)),
    "handed in again, other rows changed": (Row(), [NINE], False, ("decided", 9)),
    "decided on both, the first comes back": (
        Row(),
        [NINE, Line("周一", 5, "f2")],
        False,
        ("decided", 9),
    ),
    "kept on changed facts": (
        Row("f3"),
        [NINE, Line("吴二", facts="f3", verdict="维持")],
        False,
        ("decided", 9),
    ),
    "two agree, one before the rule changed": (
        Row(rule="r2"),
        [Line("吴二", 9, rule="r2"), NINE],
        False,
        ("decided", 9),
    ),
    "two disagree": (Row(), [NINE, SEVEN], False, ("split", 7)),
    "a ruling settles it": (
        Row(),
        [NINE, SEVEN, Line("郑三", 8, kind="裁定")],
        False,
        ("decided", 8),
    ),
    "one takes it back": (
        Row(),
        [NINE, SEVEN, Line("吴二", verdict="撤回")],
        False,
        ("decided", 9),
    ),
    "the rule changed after the review": (Row(rule="r2", auto=5), [NINE], False, ("confirm", 9)),
    "an appeal is open": (Row(), [NINE], True, ("appealed", 9)),
    "an appeal is accepted": (
        Row(),
        [NINE, Line("王四", 10, kind="申诉")],
        False,
        ("decided", 10),
    ),
    "kept is what outranks the others": (
        Row("f2", auto=6),
        [NINE, Line("王四", 10, kind="申诉"), Line("吴二", facts="f2", verdict="维持")],
        False,
        ("decided", 10),
    ),
    "a ruling is kept under a new rule": (
        Row(rule="r2"),
        [NINE, SEVEN, Line("郑三", 8, kind="裁定"), Line("吴二", rule="r2", verdict="维持")],
        False,
        ("decided", 8),
    ),
    "one word settles no split": (
        Row("f2", auto=6),
        [NINE, SEVEN, Line("郑三", facts="f2", verdict="维持")],
        False,
        ("stale", 6),
    ),
    "an appeal is not granted": (
        Row(rule="r2"),
        [NINE, Line("王四", rule="r2", kind="申诉", verdict="维持")],
        False,
        ("confirm", 9),
    ),
    "the appeal's ruling meets new facts": (
        Row("f2", auto=6),
        [NINE, Line("王四", 10, kind="申诉")],
        False,
        ("stale", 6),
    ),
}


def decision(line):
    return Decision(
        KEY,
        line.facts,
        line.rule,
        None if line.score is None else Decimal(line.score),
        "理由",
        line.by,
        date(2027, 4, 1),
        DecisionKind(line.kind),
        Verdict(line.verdict),
    )


def decided(row, lines, *, appealed=False):
    asked = "没有规则可以核算" if row.asked else ""
    given_row = ReviewedRow(KEY, row.facts, row.rule, Decimal(row.auto), asked)
    appeals = [Appeal(KEY, "得分偏低", date(2027, 5, 1))] if appealed else []
    found = ruling(given_row, map(decision, lines), appeals)
    return found.state.value, found.score


@pytest.mark.parametrize("name", SITUATIONS)
def test_every_situation_ends_as_the_model_says(name):
    row, lines, appealed, expected = SITUATIONS[name]
    assert model.state(row, lines, appealed=appealed) == expected
    assert decided(row, lines, appealed=appealed) == expected


facts, rules = st.sampled_from(["f1", "f2"]), st.sampled_from(["r1", "r2"])
rows = st.builds(Row, facts, rules, st.integers(0, 10), st.booleans())
lines = st.builds(
    Line,
    st.sampled_from(["周一", "吴二", "郑三"]),
    st.integers(0, 10),
    facts,
    rules,
    st.sampled_from([kind.value for kind in DecisionKind]),
    st.sampled_from([verdict.value for verdict in Verdict]),
)
# which of a person's own two lines is the later one is a matter of dates, not of the model
written = st.lists(lines, max_size=8, unique_by=lambda line: (line.by, line.kind, line.facts))


@given(rows, written, st.booleans())
def test_any_lines_end_as_the_model_says(row, lines, appealed):
    assert decided(row, lines, appealed=appealed) == model.state(row, lines, appealed=appealed)


@given(
    st.lists(st.sampled_from([state.value for state in ReviewState]), max_size=4),
    st.integers(0, 3),
)
def test_any_project_stands_where_the_model_says(states, frozen):
    found = stage(map(ReviewState, states), revision=frozen)
    assert found.value == model.stage(states, frozen=frozen)
