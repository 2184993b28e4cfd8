"""Limits of a profile: each decides where it stands, and what it makes said quotes its basis."""

from decimal import Decimal

import pytest
from builders import funding, percent, tier

from checks.samples import detail, found, policies, self_evaluation, ticked
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


def of_total(executed: str, **rows: object) -> Submission:
    total = funding(100, Decimal(executed), score=0, initial_budget=None)
    return self_evaluation(total=total, current=None, carried=None, sum=None, **rows)


@pytest.mark.parametrize(
    ("executed", "name", "last", "beyond"),
    [("0.02", "money_unit_least", "0.5", "0.51"), ("0.005", "money_unit_most", "2", "1.9")],
)
@pytest.mark.parametrize("where", ["funding", "details", "text"])
def test_amounts_are_in_two_units_within_the_limits_of_the_profile(
    where: str, executed: str, name: str, last: str, beyond: str
) -> None:
    """In the table itself, between table and details, between table and text; the limit on the side
    on which the amounts lie is quoted.
    """
    apart = {
        "funding": of_total(executed, first=None, second=None),
        "details": self_evaluation(
            total=funding(100, 100, score=10, initial_budget=100),
            first=detail(1, "东区", 60, Decimal(executed)),
            **dict.fromkeys(("current", "carried", "second", "sum")),
        ),
        "text": self_evaluation(
            {"text_funding": f"实际支出{executed}万元。"},
            total=funding(100, 100, score=10, initial_budget=100),
            **dict.fromkeys(("current", "carried", "first", "second", "sum")),
        ),
    }[where]
    told = [each for each in found(apart, limits=own(name, last)) if each.code == "M06"]
    assert [each.basis for each in told] == ["某县审核办法"]
    assert "M06" not in {each.code for each in found(apart, limits=own(name, beyond))}
