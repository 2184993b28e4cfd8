"""Limits of a profile: each decides where it stands, and what it makes said quotes its basis."""

from decimal import Decimal

import pytest
from builders import percent, tier

from checks.samples import found, policies, self_evaluation, ticked
from checks.test_codes import copied_actuals, quality
from evalbatch.model.submission import Submission
from evalbatch.standards.policy import Limit, Limits


def own(name: str, value: str) -> Limits:
    """The shipped limits, one of them an office's own."""
    limit = Limit(value=Decimal(value), basis="某县审核办法", certainty="source")
    return policies()["cz2020_self"].limits.model_copy(update={name: limit})


def improved(target: str) -> Submission:
    return self_evaluation(quality=quality(percent(target), percent(100), "提升道路品质"))


def compared(year: int) -> Submission:
    fields = {"standards": ticked("历史标准"), "text_output": f"{year}年修缮道路7条。"}
    return self_evaluation({"year": 2021, **fields})


@pytest.mark.parametrize(
    ("code", "filled", "name", "last", "beyond"),
    [
        ("V03", copied_actuals(), "copied_rows", "5", "6"),
        ("V07", improved("60"), "qualitative_percent", "0.60", "0.61"),
        ("E05", compared(2016), "history_years", "4", "5"),
    ],
)
def test_a_limit_decides_to_its_own_value_and_is_quoted(
    code: str, filled: Submission, name: str, last: str, beyond: str
) -> None:
    told = [each for each in found(filled, limits=own(name, last)) if each.code == code]
    assert [each.basis for each in told] == ["某县审核办法"]
    assert code not in {each.code for each in found(filled, limits=own(name, beyond))}


def test_a_tier_answered_by_a_percentage_is_told_whatever_the_limit_of_percentages() -> None:
    filled = self_evaluation(quality=quality(tier(1), percent(6), "提升道路品质"))
    (told,) = [each for each in found(filled) if each.code == "V07"]
    assert told.basis == "财预〔2020〕10号：定性指标按达成情况分档"
