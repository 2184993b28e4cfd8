"""A budget in 元 beside an approved one in 万元 is told as what it is."""

from decimal import Decimal

import pytest

from evalbatch.checks.fingerprint import Fingerprint
from evalbatch.cycle.baseline import Baseline, changed
from evalbatch.model.finding import Observation
from evalbatch.model.identity import Arrival
from evalbatch.standards.policy import Limit, Limits
from evalbatch.standards.policy_library import load_policies

LIMITS = load_policies()["cz2020_self"].limits


def codes(now: str, approved: str, limits: Limits = LIMITS) -> list[tuple[str, str]]:
    return [(each.code, each.variant) for each in seen(now, approved, limits)]


def seen(now: str, approved: str, limits: Limits) -> list[Observation]:
    print_ = Fingerprint(
        file="甲.xlsx",
        form="self_evaluation",
        year="2025",
        department="水利局",
        unit="河道所",
        project="河道清淤",
        modified=None,
        arrival=Arrival(),
        claimed=None,
        budget=Decimal(now),
    )
    baseline = Baseline("名册", Decimal(approved), ())
    return list(changed(print_, [baseline], limits))


@pytest.mark.parametrize(
    ("now", "approved", "told"),
    [
        ("860000", "86", [("M06", "approved")]),
        ("900000", "86", [("M06", "approved")]),
        ("0.0086", "86", [("M06", "approved")]),
        ("96", "86", [("M10", "")]),
        ("860", "86", [("M10", "")]),
        ("86", "86", []),
    ],
)
def test_ten_thousandfold_is_a_matter_of_units(
    now: str, approved: str, told: list[tuple[str, str]]
) -> None:
    assert codes(now, approved) == told


def test_how_near_that_is_the_profile_says_and_is_quoted() -> None:
    own = Limit(value=Decimal("0.05"), basis="某县审核办法", certainty="source")
    near = LIMITS.model_copy(update={"money_unit_spread": own})
    assert [each.basis for each in seen("903000", "86", near)] == ["某县审核办法"]
    assert codes("903001", "86") == [("M06", "approved")]
    assert codes("903001", "86", near) == [("M10", "")]
