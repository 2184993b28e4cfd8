"""Targets and actuals as departments write them, claimed at full marks: what is honest stays, what
contradicts is found.

The table `pairs.tsv` gives verdict, target, actual, name and level 2. The verdicts: `met` (full
marks, no error, no person), a share (computed below full marks, S03), `contradicted` (S03 or S04),
`person` (S09, not returned), `incomparable` (V01, an error), `worded` (V01 as a warning, and a
person).
"""

from pathlib import Path
from typing import NamedTuple

import pytest
from builders import indicator

from checks.samples import AS_OF, forms, policies, self_evaluation
from evalbatch.checks.assess import assess
from evalbatch.model.evaluation import Evaluation
from evalbatch.model.finding import Severity
from evalbatch.reading.quantities import parse_quantity

YEAR = 2024
WEIGHT = 10


class Judged(NamedTuple):
    """What becomes of the row of a pair."""

    errors: frozenset[str]
    warnings: frozenset[str]
    share: float | None


def judged(target: str, actual: str, name: str, level2: str) -> Judged:
    level1 = "效益指标" if "效益" in level2 else "满意度指标" if "满意" in level2 else "产出指标"
    quantities = (parse_quantity(target, year=YEAR), parse_quantity(actual, year=YEAR))
    row = indicator(name, WEIGHT, WEIGHT, *quantities, number=21, level1=level1, level2=level2)
    filled = self_evaluation({"survey_satisfied": None, "survey_rate": None}, quality=row)
    form = forms()[filled.form]
    evaluation = assess(filled, form, policies()[form.policy], AS_OF)
    return Judged(
        at(evaluation, Severity.ERROR), at(evaluation, Severity.WARNING), share(evaluation)
    )


def at(evaluation: Evaluation, severity: Severity) -> frozenset[str]:
    """The codes of a severity in the pair's row; a far better result asks for a reason (X03), which
    is no matter here.
    """
    alike = (
        each
        for each in evaluation.findings
        if each.severity is severity and each.code not in {"X03", "E02", "E03"}
    )
    return frozenset(each.code for each in alike if any(place.row == 21 for place in each.places))


def share(evaluation: Evaluation) -> float | None:
    computed = next(row.computed for row in evaluation.scores.rows if row.place.row == 21)
    return None if computed is None else float(computed) / WEIGHT


def verdict(row: Judged) -> str:
    if "V01" in row.errors:
        return "incomparable"
    if row.errors & {"S03", "S04"}:
        return "contradicted" if row.share is None else f"{row.share:.2f}"
    if row.errors:
        return "、".join(sorted(row.errors))
    if row.share == 1:
        return "met"
    return (
        ("worded" if "V01" in row.warnings else "person")
        if "S09" in row.warnings
        else f"unseen {row.share}"
    )


PAIRS = [
    line.split("\t")
    for line in Path(__file__).with_name("pairs.tsv").read_text(encoding="utf-8").splitlines()
    if line
]


@pytest.mark.parametrize(("expected", "target", "actual", "name", "level2"), PAIRS)
def test_a_pair_is_judged_as_a_reviewer_would(expected, target, actual, name, level2):
    said = verdict(judged(target, actual, name, level2))
    if expected == "contradicted":
        assert said == "contradicted" or float(said) < 1
    else:
        assert said == (f"{float(expected):.2f}" if expected[0].isdigit() else expected)
