"""What a person decided about a row is its final score; what the rule says stays beside it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from builders import indicator, quantity, submission, text
from scored import AS_OF, PROJECT, policy

from evalbatch.model.decisions import Decision, ReviewState, RowKey, Ruling
from evalbatch.model.evaluation import Score, Scores
from evalbatch.model.today import Today
from evalbatch.scoring.evaluate import score

KEY = RowKey("桥", "产出", "数量", "里程", 1)
NONE = Ruling(ReviewState.NONE, None)
ROWS = (
    indicator("甲", 10, 9, quantity(10), quantity(8)),
    indicator("乙", 10, 9, text("好"), text("好"), number=21),
)


def decision(
    points: str | None, by: str = "周一", day: int = 1, reason: str = "现场核对"
) -> Decision:
    given = None if points is None else Decimal(points)
    return Decision(KEY, "", "", given, reason, by, date(2027, 3, day))


def decided(points: str | None, state: ReviewState = ReviewState.DECIDED) -> Ruling:
    by = decision(points)
    return Ruling(state, by.score, by)


def judged(*rulings: Ruling) -> Scores:
    def decide(_: str, rows: Sequence[Score]) -> Sequence[Ruling]:
        assert len(rows) == len(rulings)
        return rulings

    return score(submission(ROWS), PROJECT, policy(), Today(AS_OF), decide=decide)


def test_a_persons_score_is_final_and_counts_in_the_total() -> None:
    scores = judged(decided("7.5"), NONE)
    first, second = scores.rows
    assert (first.final, first.computed, first.automatic) == (Decimal("7.5"), 8, 8)
    assert (first.outcome, first.reviewer, first.review_reason) == (
        "reviewed",
        "周一",
        "现场核对",
    )
    assert (second.final, second.outcome, second.reviewed_score) == (9, "person", None)
    assert scores.final_total == Decimal("16.5")
    assert judged(NONE, NONE).final_total == 17
    assert judged(decided("0"), decided("10")).final_total == 10


def test_a_decision_without_a_score_leaves_the_rules() -> None:
    scores = judged(decided(None), NONE)
    assert (scores.rows[0].final, scores.rows[0].reviewed_score) == (8, None)
    assert scores.rows[0].review_state == "decided"
    assert scores.final_total == 17


def row_of(ruling: Ruling) -> Score:
    return judged(NONE, NONE).rows[1].with_ruling(ruling)


def test_what_a_row_asked_a_person_for_is_kept_until_the_ruling_asks_for_more() -> None:
    asked = judged(NONE, NONE).rows[1].why_person
    assert asked
    assert row_of(NONE).why_person == asked
    assert row_of(replace(decided("8"), asked="单位不可比")).why_person == "单位不可比"


def test_a_split_tells_both_sides_with_their_scores() -> None:
    low, high = decision("6", "周一", 1, ""), decision("8", "吴二", 4, "材料齐全")
    split = row_of(Ruling(ReviewState.SPLIT, low.score, low, (high,)))
    assert (split.final, split.reviewer, split.reviewed_on) == (6, "周一、吴二", date(2027, 3, 4))
    assert split.review_reason == "6 分：同核算；8 分：材料齐全"
    both = Ruling(ReviewState.DECIDED, low.score, high, (low,))
    assert (row_of(both).reviewer, row_of(both).review_reason) == ("吴二", "材料齐全")
    same = replace(high, score=low.score, by=low.by, reason="")
    assert row_of(Ruling(ReviewState.SPLIT, low.score, low, (same,))).reviewer == "周一"


def test_who_confirmed_is_named() -> None:
    confirmed = replace(decision("8"), confirmed_by="郑三")
    assert row_of(Ruling(ReviewState.CONFIRM, confirmed.score, confirmed)).confirmed_by == "郑三"
