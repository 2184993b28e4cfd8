"""What an actual means beside its target: so many of so many, the part that answers, a date."""

from decimal import Decimal

import pytest
from scored import quantitative

from evalbatch.reading.quantities import parse_quantity
from evalbatch.scoring.attainment import Attained, attain


def attained(target: str, actual: str, name: str) -> Attained:
    both = (parse_quantity(text, year=2024) for text in (target, actual))
    return attain(*both, quantitative().quantitative, name=name)


@pytest.mark.parametrize(
    ("target", "actual", "name", "share"),
    [
        # so many of so many
        ("12场", "应开展12场，实开展9场", "", "0.75"),
        ("12场", "12场中完成9场", "", "0.75"),
        ("12场", "完成9场（共12场）", "", "0.75"),
        ("12个", "12个村全部完成", "", "1"),
        ("100%", "应到20人，实到18人", "", "0.9"),
        ("100%", "9/12", "", "0.75"),
        ("95%", "抽检100件，合格96件", "", "1"),
        ("50%", "抽检100件，合格25件", "", "0.5"),
        # a rate of what was to be counted
        ("12场", "完成率75%", "", "0.75"),
        ("12场", "完成率50%", "", "0.5"),
        # the sum, the result, the part of the same unit
        ("320人次", "甲120人次，乙200人次，合计320人次", "", "1"),
        ("400人次", "甲120人次，乙200人次，合计320人次", "", "0.8"),
        ("12个", "12个，验收9个", "", "0.75"),
        ("12场", "前期调研2次，完成12场", "", "1"),
        ("12公里", "6公里，5座", "", "0.5"),
        # a date written as a figure, and the date that tells the result
        ("6月30日前", "6.10", "", "1"),
        ("8月底前", "4月开工，8月完工", "", "1"),
    ],
)
def test_an_actual_answers_its_target(target: str, actual: str, name: str, share: str) -> None:
    reached = attained(target, actual, name)
    assert reached.share is not None
    assert round(reached.share, 3) == Decimal(share)


@pytest.mark.parametrize(
    ("target", "actual"),
    [
        ("100%", "12场完成9场"),
        ("12场", "9/12"),
        ("12场", "完成率100%"),
        ("12场", "合格率75%"),
        ("12", "全部完成"),
        ("320人次", "甲120人次，乙190人次，合计320人次"),
        ("12", "12公里，5座"),
        ("12公里", "12公里，5公里"),
        ("8月底前", "4月开工，7月验收，8月完工"),
    ],
)
def test_what_answers_in_more_ways_than_one_is_left_to_a_person(target: str, actual: str) -> None:
    assert attained(target, actual, "").share is None
