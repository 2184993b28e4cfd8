"""The words that scoring understands, from `terms.toml`."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from evalbatch.model.evaluation import Funding
from evalbatch.model.figures import money, rounded
from evalbatch.model.place import Place
from evalbatch.model.submission import Entry, Row, Submission
from evalbatch.model.value import Quantity, QuantityKind
from evalbatch.standards.policy import Policy, Rule

_TERMS: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("terms.toml").read_text(encoding="utf-8")
)


#: The groups of outputs with the expressions by which an item's name tells that it belongs there.
OUTPUT_GROUPS: Mapping[str, re.Pattern[str]] = {
    group: re.compile("|".join(named)) for group, named in _TERMS["output_groups"].items()
}


#: Below it nobody can say of an unknown rate whether more or less is better.
SMALL_RATE = Decimal(_TERMS["sense"]["small_rate"])


@lru_cache(maxsize=64)
def words(section: str, key: str) -> frozenset[str]:
    """Return the words that mean `key`, such as every way to say yes to a point."""
    return frozenset(_TERMS[section][key])


def said(entry: Entry | None) -> str:
    """Return what an entry says: the single ticked option of a choice, else its text; empty when
    nothing or several.
    """
    if entry is None:
        return ""
    if entry.choice is not None:
        return entry.choice.ticked[0] if len(entry.choice.ticked) == 1 else ""
    return entry.text.strip()


def figure_of(actual: str) -> str:
    """Return the text of an actual without a 已完成 before its figure, as it reads after
    实际完成.
    """
    for word in _TERMS["text"]["before_actual"]:
        rest = actual.removeprefix(word)
        if rest != actual and rest[:1].isdigit():
            return rest
    return actual


_TEXTS: Mapping[str, Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_name("sentences.toml").read_text(encoding="utf-8")
)


def rule_name(rule: str) -> str:
    """Return the Chinese name of a rule."""
    return _TEXTS["rules"][rule]


def name(key: str) -> str:
    """Return the Chinese name of a figure, or a separator."""
    return _TEXTS["names"][key]


def unscorable(key: str) -> str:
    """Return why a workbook cannot be scored."""
    return _TEXTS["unscorable"][key]


def reason(key: str, **figures: str) -> str:
    """Return the sentence that explains a computed score."""
    return _TEXTS["reasons"][key].format_map(figures)


def problem(key: str, **figures: str) -> str:
    """Return the sentence that says why no score can be computed."""
    return _TEXTS["problems"][key].format_map(figures)


def note(key: str) -> str:
    """Return the sentence that says how a figure was read."""
    return _TEXTS["notes"][key]


def amount(name: str, figure: Decimal) -> str:
    """Return an amount of money in 万元 with the name of its figure."""
    return _TEXTS["names"]["money"].format(name=name, amount=money(figure))


EMPTY = Quantity(QuantityKind.EMPTY, "")


class Indicator(NamedTuple):
    """One scored indicator: its names, target and actual, weight, and claimed score as typed (None:
    blank).
    """

    level1: str
    level2: str
    level3: str
    weight: Decimal
    claimed: Decimal | None
    target: Quantity = EMPTY
    actual: Quantity = EMPTY
    nature: str = ""


class ScoringContext(NamedTuple):
    """What an indicator is scored within: the profile, the whole submission, its money, its points
    by bare indicator name.

    `upheld` are the cells of claims that stand by a waiver.
    """

    policy: Policy
    submission: Submission
    funding: Funding
    points: Mapping[str, Sequence[Row]]
    upheld: frozenset[Place] = frozenset()


class RuleResult(NamedTuple):
    """What a rule makes of an indicator.

    `computed` is the unrounded computed score, None when no rule can compute one; `completion` the
    degree of completion as a fraction, above 1 when a forward target was exceeded, None when there
    is none; `missed` says that values or words contradict that the target was met, though nothing
    can be computed; `note` is the key of how a figure was read.
    """

    computed: Decimal | None
    rule: str
    reason: str
    completion: Decimal | None = None
    missed: bool = False
    note: str = ""


def unknown(which: str, rule: str = "none", **figures: str) -> RuleResult:
    """Return the outcome of a score that cannot be computed, and why."""
    return RuleResult(None, rule_name(rule), problem(which, **figures))


class ScoringTask(NamedTuple):
    """An indicator with the rule that the profile names for it and the context to score it in."""

    indicator: Indicator
    rule: Rule
    context: ScoringContext


def grade_of(total: Decimal, policy: Policy) -> str:
    """Return the grade of a total, decided on the unrounded or the printed total as the profile
    names.

    The intervals are half open: 89.99 is 良 in any case; 89.996 is 优 where the printed total
    (90.00) decides.

    Args:
        total: the total before rounding.
        policy: the profile with its grades and `grade_on`.

    Returns:
        The grade's word, empty when the profile has no grade that low.
    """
    decisive = rounded(total) if policy.grade_on == "rounded" else total
    return next((grade.word for grade in policy.grades if decisive >= grade.low), "")
