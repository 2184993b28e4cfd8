"""A budget in 元 beside an approved one in 万元 is told as what it is."""

from decimal import Decimal

import pytest

from evalbatch.checks.fingerprint import Fingerprint
from evalbatch.cycle.baseline import Baseline, changed
from evalbatch.model.identity import Arrival


def codes(now: str, approved: str) -> list[tuple[str, str]]:
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
    return [(each.code, each.variant) for each in changed(print_, [baseline])]


@pytest.mark.parametrize(
    ("now", "approved", "seen"),
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
    now: str, approved: str, seen: list[tuple[str, str]]
) -> None:
    assert codes(now, approved) == seen
