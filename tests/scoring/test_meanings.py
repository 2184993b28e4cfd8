"""What an actual means beside its target: so many of so many, the part that answers, a date."""

from decimal import Decimal

import pytest
from builders import quantity
from scored import quantitative

from evalbatch.model.value import Quantity
from evalbatch.reading.quantities import parse_quantity
from evalbatch.scoring.attainment import Attained, attain
from evalbatch.scoring.meanings import as_meant


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
        ("12个", "招标12个，验收9个", "项目验收数量", "0.75"),
        ("12个", "招标12个，验收9个", "验收个数", "0.75"),  # 个 alone names no step
        ("12场，其中线上3场", "12场，线上3场", "", "1"),
        # a date written as a figure, and the date that tells the result
        ("6月30日前", "6.10", "", "1"),
        ("6月10日前", "6.1", "", "1"),  # the 1st, or the 10th: in time either way
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
        ("240人次", "甲120人次，6月结业，合计120人次"),  # no sum with a date in it
        ("8月底前", "4月开工，7月验收，8月完工"),
        ("8月底前", "8月完工，12公里"),
        ("6月5日前", "6.1"),  # the 1st, or the 10th
        ("6月30日前", "610"),
        ("8-12场", "完成率75%"),
    ],
)
def test_what_answers_in_more_ways_than_one_is_left_to_a_person(target: str, actual: str) -> None:
    assert attained(target, actual, "").share is None


@pytest.mark.parametrize("actual", ["招标12个，验收9个", "12个招标，9个验收"])
def test_a_step_that_the_name_speaks_of_is_not_taken_for_less_than_the_result(actual: str) -> None:
    assert attained("12个", actual, "招标数量").share is None


@pytest.mark.parametrize(
    ("target", "actual"),
    [
        ("6月5日前", quantity("6.1", text="6.1")),  # the 1st is in time, the 10th is not
        ("6月30日前", quantity("6.10", "公里", text="6.10")),  # a column of its own has the unit
    ],
)
def test_beside_a_date_a_figure_that_may_be_none_stays_a_figure(
    target: str, actual: Quantity
) -> None:
    due = parse_quantity(target, year=2024)
    assert due is not None
    assert as_meant(due, actual, "") is actual


@pytest.mark.parametrize("actual", ["完成9个（共12个）", "98%以上"])
def test_beside_words_that_want_no_whole_an_actual_stays_as_it_stands(actual: str) -> None:
    target, given = parse_quantity("优秀"), parse_quantity(actual)
    assert target is not None
    assert given is not None
    assert as_meant(target, given, "") is given


@pytest.mark.parametrize(
    ("actual", "share"),
    [
        ("应补尽补，已达100%", "1"),
        ("12个村中覆盖9个", "0.75"),
        ("98%以上", None),
        ("已全部落实", None),
    ],
)
def test_beside_words_that_want_the_whole_words_may_tell_a_share(
    actual: str, share: str | None
) -> None:
    target, given = parse_quantity("应补尽补"), parse_quantity(actual)
    assert target is not None
    assert given is not None
    meant = as_meant(target, given, "")
    if share is None:
        assert meant is given
    else:
        assert (meant.number, meant.unit) == (Decimal(share), "%")
