"""Scoring in one line: a profile by its id, one indicator scored, a form of either kind."""

from datetime import date
from decimal import Decimal
from functools import cache

from builders import indicator, submission

from evalbatch.model.evaluation import Score, Scores
from evalbatch.model.submission import Entry, Submission
from evalbatch.model.today import Today
from evalbatch.model.value import Value
from evalbatch.scoring.evaluate import score
from evalbatch.standards.form import FormSpec
from evalbatch.standards.policy import Policy
from evalbatch.standards.policy_library import load_policies

AS_OF = date(2022, 1, 31)
PROJECT = FormSpec(
    id="self_evaluation",
    version=1,
    title="表",
    category="单位自评",
    policy="cz2020_self",
    basis="",
    sheets=(),
)
ANNUAL = PROJECT.model_copy(
    update={"id": "annual_management", "kind": "annual", "policy": "annual_nodes"}
)


@cache
def policies() -> dict[str, Policy]:
    return load_policies()


def policy(name: str = "cz2020_self", **changes: object) -> Policy:
    """A shipped profile, with changed parts where given."""
    return policies()[name].model_copy(update=changes) if changes else policies()[name]


def quantitative(name: str = "cz2020_self", **changes: object) -> Policy:
    """A shipped profile whose quantitative rules are changed."""
    base = policies()[name]
    return policy(name, quantitative=base.quantitative.model_copy(update=changes))


def scored(filled: Submission, by: Policy | str = "cz2020_self") -> Scores:
    return score(filled, PROJECT, policy(by) if isinstance(by, str) else by, Today(AS_OF))


def one(
    target: Value | Entry = None,
    actual: Value | Entry = None,
    *,
    weight: Value | float | Entry = 10,
    claimed: Value | float | Entry = None,
    by: Policy | str = "cz2020_self",
    name: str = "指标甲",
    **more: str,
) -> Score:
    """Score a workbook of one indicator; without a claim."""
    rows = scored(submission([indicator(name, weight, claimed, target, actual, **more)]), by).rows
    assert len(rows) == 1
    return rows[0]


def d(figure: str | int) -> Decimal:
    return Decimal(figure)
