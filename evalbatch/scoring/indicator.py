"""What a rule is given and what it answers: an indicator as read, and an outcome."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from evalbatch.model.evaluation import Funding
from evalbatch.model.submission import Row, Submission
from evalbatch.model.value import Kind, Quantity
from evalbatch.policies.spec import Policy, Rule
from evalbatch.scoring import sentences

EMPTY = Quantity(Kind.EMPTY, "")


class Indicator(NamedTuple):
    """One scored indicator: its names, target and actual, weight, and claimed score as typed (None: blank)."""

    level1: str
    level2: str
    level3: str
    weight: Decimal
    claimed: Decimal | None
    target: Quantity = EMPTY
    actual: Quantity = EMPTY
    nature: str = ""


class Context(NamedTuple):
    """What an indicator is scored within: the profile, the whole submission, its money, its points by bare indicator name."""

    policy: Policy
    submission: Submission
    funding: Funding
    points: Mapping[str, Sequence[Row]]


class Outcome(NamedTuple):
    """What a rule makes of an indicator.

    `computed` is the unrounded computed score, None when no rule can compute one; `completion` the degree of completion as a
    fraction, above 1 when a forward target was exceeded, None when there is none; `missed` says that values or words contradict
    that the target was met, though nothing can be computed; `note` is the key of how a figure was read.
    """

    computed: Decimal | None
    rule: str
    reason: str
    completion: Decimal | None = None
    missed: bool = False
    note: str = ""


def unknown(problem: str, rule: str = "none", **figures: str) -> Outcome:
    """Return the outcome of a score that cannot be computed, and why."""
    return Outcome(None, sentences.rule_name(rule), sentences.problem(problem, **figures))


class Case(NamedTuple):
    """An indicator with the rule that the profile names for it and the context to score it in."""

    indicator: Indicator
    rule: Rule
    context: Context
