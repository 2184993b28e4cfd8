"""How an authority scores: a policy profile (评分口径) as validated data."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from evalbatch.model.figures import plain, short_percent
from evalbatch.model.names import bare

Certainty = Literal["source", "recalled", "derived"]
_CAUTIONS: Final = {
    "source": "",
    "recalled": "（引用前请核对原文）",
    "derived": "（缺省值，可在评分口径中修改）",
}


class PolicyPart(BaseModel):
    """Base of all specifications: frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _quoted(basis: str, certainty: Certainty) -> str:
    """Return a basis as outputs print it, with a caution where no public source gives it."""
    return basis + _CAUTIONS[certainty]


# What has a basis of its own names it last, without a base class: `Policy.mark` digests the fields
# in this order, and last year's results carry it.
class Limit(PolicyPart):
    """A threshold with its own basis: a profile may take one limit from a regulation and another
    from practice.

    Written as a bare number in a profile, the profile itself is the basis.
    """

    value: Decimal
    basis: str
    certainty: Certainty

    @property
    def quoted(self) -> str:
        """The basis as a finding prints it."""
        return _quoted(self.basis, self.certainty)


class Band(PolicyPart):
    """A step of a ladder: from `low` (inclusive unless `above`) upwards the result is `score`, or
    `share` of the weight.
    """

    low: Decimal
    above: bool = False
    score: Decimal | None = None
    share: Decimal | None = None


class Grade(PolicyPart):
    """A grade (评价等次) and the lowest total that earns it."""

    word: str
    low: Decimal


class GradeApplication(PolicyPart):
    """What a grade means for next year's budget (结果应用): a proposal, in Chinese, on its own
    basis.
    """

    grade: str
    meaning: str
    basis: str
    certainty: Certainty

    @property
    def quoted(self) -> str:
        """The basis as a report prints it."""
        return _quoted(self.basis, self.certainty)


class Level1(PolicyPart):
    """The weight that a level-1 indicator should carry (0: the profile sets none), with the names
    it goes by.
    """

    name: str
    weight: Decimal = Decimal(0)
    synonyms: tuple[str, ...] = ()
    required_groups: tuple[str, ...] = ()


class Split(PolicyPart):
    """Another split of the level-1 weights that the profile accepts; `when` says in Chinese under
    which condition.
    """

    when: str
    levels: tuple[Level1, ...]


class Execution(PolicyPart):
    """How budget execution (预算执行率) is scored.

    `denominator` is the funding figure it divides by: `budget` (全年预算数) or `arrived`
    (实际到位资金). `finished` is the id of a yes-or-no field of the form: a project that is
    finished and stayed within its money earns all (README, rule 2). With
    `explain_adjustment` a budget that was changed during the year needs a reason of its own (X06).
    """

    mode: Literal["proportional", "bands", "none"] = "proportional"
    weight: Decimal = Decimal(10)
    denominator: Literal["budget", "arrived"] = "budget"
    denominator_name: str = "全年预算数"
    numerator_name: str = "全年执行数"
    explain_adjustment: bool = False
    bands: tuple[Band, ...] = ()
    finished: str = ""


class Deduction(PolicyPart):
    """Points lost for every full `step` by which a figure lies beyond `start`, on the side that
    `side` names.
    """

    start: Decimal
    step: Decimal = Field(gt=0)
    points: Decimal
    side: Literal["below", "above"]


class Satisfaction(PolicyPart):
    """How a satisfaction indicator is scored (README, rule 7).

    `proportional`: full from the target (without one, from `full_at`) on, else in proportion;
    `bands`: by `bands` over the rate; `deduction`: full less `deduction`. `scale` is the best mean
    score a survey can have.
    """

    mode: Literal["proportional", "bands", "deduction"] = "proportional"
    full_at: Decimal = Decimal("0.90")
    scale: Decimal = Decimal(100)
    bands: tuple[Band, ...] = ()
    deduction: Deduction | None = None


class Quantitative(PolicyPart):
    """How quantitative indicators are scored (README, rule 1.3, 3).

    `reverse_groups` are the level-2 groups whose indicators count as reverse ones when no operator
    says otherwise (costs). `band_ladder` names the ladder over the deviation from the middle of a
    band (0.12 is 12 %) for what lies outside or inside; without one, what lies outside counts in
    proportion to the nearest bound. `late_dates`: a date after the target scores zero, or is left
    to the reviewer. `deduct_slope`: with `deduct_above`, the share of the weight lost per 100 %
    above `explain_above`. `direct`: a text that equals the target's earns all, another nothing
    (直接赋分). `about_tolerance`: how far below (or above) a target of 左右 or 约 an actual still
    meets it, as a share of the target. `deduction_column`: points in a column 扣分 are taken
    off the computed score, never below zero. `group_caps`: the most points a level-2 group
    should carry where none of its indicators was approved. `approved_weights`: an indicator is
    scored by the weight it was approved with, where the form names it (批复分值). `in_year`: the
    figures are those of a part of the year, as monitoring asks for them.
    """

    reverse: Literal["quotient", "subtractive"] = "quotient"
    pass_line: Decimal = Decimal(0)
    explain_above: Limit
    explain_above_zero_target: Limit
    deduct_above: bool = False
    deduct_slope: Decimal = Decimal(1)
    reverse_groups: tuple[str, ...] = ()
    band_ladder: str = ""
    late_dates: Literal["reviewer", "zero"] = "reviewer"
    direct: bool = False
    about_tolerance: Decimal = Decimal("0.10")
    deduction_column: bool = False
    group_caps: dict[str, Decimal] = {}
    approved_weights: bool = False
    in_year: bool = False
    ladders: dict[str, tuple[Band, ...]] = {}
    deductions: dict[str, Deduction] = {}


class Tier(PolicyPart):
    """A qualitative tier: its words and the share of the weight from `low` (inclusive) to the next
    tier's.
    """

    name: str
    low: Decimal
    synonyms: tuple[str, ...] = ()


class Rule(PolicyPart):
    """Which rule scores an indicator, by its names; the first that matches wins.

    `rule`: `points` (要素符合度: share of points met), `arrival` (资金到位率), `execution`,
    `completion` (mean completion of the rows in table `table`, of the group `group`), `direct`
    (直接赋分), `ladder` (bands named in `ladder` over the completion or, with `over = "actual"`,
    the actual figure, with `over = "size"` its absolute value), `deduction` (named in `ladder`,
    over the same), `satisfaction`, `judged` (evaluator's score, kept within [0, weight]),
    `quantity`, `tier`. A rule without names matches every indicator.
    """

    rule: Literal[
        "points",
        "arrival",
        "execution",
        "completion",
        "direct",
        "ladder",
        "deduction",
        "satisfaction",
        "judged",
        "quantity",
        "tier",
    ]
    level1: str = ""
    level2: str = ""
    level3: str = ""
    table: str = "targets"
    group: str = ""
    ladder: str = ""
    over: Literal["completion", "actual", "size"] = "completion"

    @cached_property
    def names(self) -> tuple[str, str, str]:
        """The bare names of the three levels, empty where any will do."""
        return bare(self.level1), bare(self.level2), bare(self.level3)


class Limits(PolicyPart):
    """The limits that checks and reports apply; each stands in a profile, with its basis and how
    sure that is.

    Those without a word about it here are shares of 1. A profile that inherits nothing and leaves a
    limit open has that of the first profile (`cz2020_self`).
    """

    execution_reason_below: Limit
    """An execution rate below it needs a reason (X02)."""
    reason_characters: Limit
    """A reason of fewer characters is too thin (X04)."""
    weight_share: Limit
    """An indicator with more of all points carries too much (W03)."""
    survey_valid: Limit
    """Fewer valid forms are a small sample (E04)."""
    survey_response: Limit
    """A lower share of returned, or of valid forms is a low response (E04)."""
    output_benefit_share: Limit
    """Outputs and benefits should carry at least this (W02)."""
    copied_characters: Limit
    """From so many characters on a text is compared with other departments' (D03)."""
    alike_projects: Limit
    """A department with fewer projects is not told that their totals are alike (D04)."""
    copied_rows: Limit
    """From so many measured indicators on, actuals that all equal their targets are told (V03)."""
    qualitative_percent: Limit
    """A target of at least this says nothing of a qualitative indicator (V07)."""
    history_years: Limit
    """Years before the evaluated one whose figures support a historical standard (E05)."""
    money_unit_ratio: Limit
    """Amounts about so many times apart are in different units (M06)."""
    money_unit_least: Limit
    """The share of `money_unit_ratio` from which amounts are about so many times apart (M06)."""
    money_unit_most: Limit
    """The multiple of `money_unit_ratio` up to which they are (M06)."""
    money_unit_spread: Limit
    """How far from `money_unit_ratio`, as a share of it, a budget beside the approved one may lie
    that is in another unit (M06)."""
    score_tolerance: Limit
    """Points by which sums may differ."""
    money_tolerance: Limit
    """万元 by which sums may differ."""
    high_total: Limit
    """Points from which a total is high (D04)."""
    uneven_execution: Limit
    """Execution rates of sources of money that lie so far apart are told as uneven (reports)."""
    unspent_amount: Limit
    """万元 up to which money left over is a trifle, if its share is one, too (X05)."""
    unspent_share: Limit
    """The share of the budget up to which money left over is a trifle (X05)."""
    large_amount: Limit
    """万元 from which an amount is so large that it may be one in 元 (M06)."""
    unproved_amount: Limit
    """万元 from which an amount may be one in 元 where the form names no unit of money (M06)."""
    credible_amount: Limit
    """万元 above which an amount is beyond what is credible (M08)."""
    thin_reasons: tuple[str, ...]
    """Reasons that explain nothing, as regular expressions for the whole text (X04)."""


class NodeScoring(PolicyPart):
    """How work nodes (工作节点) are scored (README, rule 5)."""

    on_time: Decimal = Decimal(1)
    late: Decimal = Decimal("0.8")
    late_days: int = 30
    very_late: Decimal = Decimal("0.6")
    not_done: Decimal = Decimal(0)


MARK_LENGTH: Final = 8
_NOT_SCORING: Final = {
    "id",
    "name",
    "basis",
    "certainty",
    "caution",
    "proved",
    "inherits",
    "severities",
    "off",
    "trial",
    "limits",
    "planned_totals",
    "indicator_rows",
    "reviews_above_claim",
}
# Monitoring scores as it did before a profile could say so, and keeps its mark.
_NOT_MARKED: Final = dict.fromkeys(_NOT_SCORING, True) | {"quantitative": {"in_year"}}
_SOURCES: Final = re.compile(r',?"(basis|certainty)":"(?:[^"\\]|\\.)*"')


class Policy(PolicyPart):
    """A policy profile with everything inherited already in place.

    `certainty` says how sure its source is: found in a public source, recalled from the regulation,
    or derived here; `proved` names single clauses for which a public source was found, with the
    source. `severities` overrides the catalogue by finding code; `off` switches checks
    off; `trial` shows them as notes (试行). `planned_totals` are the sums that the weights of a
    form without scores may have: what execution carries is left out of them. `rounding` names the
    step at which scores are rounded half up to two decimals: each `row`, or only the `total`.
    `reviews_above_claim`: a review may raise a score above the claim, as an appeal always may.
    `applications` say what grades mean for next year's budget.
    """

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    name: str
    basis: str
    certainty: Certainty
    caution: str = ""
    proved: dict[str, str] = {}
    inherits: str = ""
    levels: tuple[Level1, ...] = ()
    alternatives: tuple[Split, ...] = ()
    execution: Execution = Execution()
    quantitative: Quantitative
    satisfaction: Satisfaction = Satisfaction()
    tiers: tuple[Tier, ...] = ()
    rules: tuple[Rule, ...] = ()
    grades: tuple[Grade, ...] = ()
    grade_on: Literal["unrounded", "rounded"] = "rounded"
    rounding: Literal["row", "total"] = "row"
    nodes: NodeScoring | None = None
    indicator_rows: tuple[dict[str, str], ...] = ()
    limits: Limits
    severities: dict[str, Literal["error", "warning", "note"]] = {}
    off: tuple[str, ...] = ()
    trial: tuple[str, ...] = ()
    full: Decimal = Decimal(100)
    planned_totals: tuple[Decimal, ...] = (Decimal(100), Decimal(90), Decimal(80))
    reviews_above_claim: bool = False
    applications: tuple[GradeApplication, ...] = ()

    @model_validator(mode="after")
    def _grades_fall(self) -> "Policy":
        lows = [grade.low for grade in self.grades]
        if lows != sorted(lows, reverse=True):
            raise ValueError("grades: 等次须按最低分从高到低排列")
        return self

    @model_validator(mode="after")
    def _applications_have_grades(self) -> "Policy":
        words = {grade.word for grade in self.grades}
        if missing := [each.grade for each in self.applications if each.grade not in words]:
            raise ValueError(f"applications: 没有等次“{'”“'.join(missing)}”")
        return self

    @model_validator(mode="after")
    def _names_resolve(self) -> "Policy":
        ladders = self.quantitative.ladders
        named = {rule.ladder for rule in self.rules if rule.rule == "ladder"} | (
            {self.quantitative.band_ladder} - {""}
        )
        if missing := sorted(named - set(ladders)):
            raise ValueError(f"quantitative.ladders: 缺少分档表{'、'.join(missing)}")
        named = {rule.ladder for rule in self.rules if rule.rule == "deduction"}
        if missing := sorted(named - set(self.quantitative.deductions)):
            raise ValueError(f"quantitative.deductions: 缺少扣分办法{'、'.join(missing)}")
        return self

    @cached_property
    def mark(self) -> str:
        """A mark of all that decides scores and grades: profiles of one id with other marks score
        otherwise, and what they score is not to be compared. What has its default is left out, so
        that a program that knows more gives the same mark.
        """
        text = self.model_dump_json(exclude=_NOT_MARKED, exclude_defaults=True)
        told = _SOURCES.sub("", text)
        return sha256(told.encode()).hexdigest()[:MARK_LENGTH]

    @property
    def named_limits(self) -> dict[str, Limit]:
        """Every limit by its name."""
        parts = (*self.limits, *self.quantitative)
        return {name: limit for name, limit in parts if isinstance(limit, Limit)}

    @cached_property
    def _levels(self) -> dict[str, Level1]:
        return {
            bare(name): level for level in self.levels for name in (level.name, *level.synonyms)
        }

    @cached_property
    def _rules(self) -> dict[str, tuple[Rule, ...]]:
        """The rules that may match a level-3 name, in their order; under the empty name those that
        match any.
        """
        names = {"", *(rule.names[2] for rule in self.rules)}
        return {
            name: tuple(rule for rule in self.rules if rule.names[2] in {"", name})
            for name in names
        }

    def level_of(self, level1: str) -> Level1 | None:
        """Return the level-1 indicator of a name or one of its synonyms, None when the profile has
        no such.
        """
        return self._levels.get(bare(level1))

    def rule_of(self, level1: str, level2: str, level3: str) -> Rule | None:
        """Return the first rule that matches an indicator's names, None when its values alone
        decide.
        """
        name3 = bare(level3)
        for rule in self._rules.get(name3, self._rules[""]):
            name1, name2, _ = rule.names
            if (not name1 or name1 == bare(level1)) and (not name2 or name2 == bare(level2)):
                return rule
        return None


def grade_words(policies: Iterable[Policy]) -> tuple[str, ...]:
    """Return the grade words of several profiles, each once, best first."""
    return tuple(dict.fromkeys(grade.word for policy in policies for grade in policy.grades))


#: The limits that forms may name, in braces, and how sentences write them.
TOLD_LIMITS: Final[Mapping[str, Callable[[Decimal], str]]] = {
    "execution_reason_below": short_percent,
    "explain_above": short_percent,
    "output_benefit_share": short_percent,
    "reason_characters": plain,
}


def told_limits(policy: Policy) -> dict[str, str]:
    """Return the limits of a profile that forms may name, as sentences write them."""
    return {name: write(policy.named_limits[name].value) for name, write in TOLD_LIMITS.items()}


def low_rate(policies: Iterable[Policy]) -> Decimal | None:
    """Return below what an execution rate is low by any of the profiles, a fraction; None when none
    looks at money.
    """
    funded = (policy for policy in policies if policy.execution.mode != "none")
    return max((policy.limits.execution_reason_below.value for policy in funded), default=None)


def described(policy: Policy) -> Iterator[str]:
    """Yield in Chinese what a profile rests on: source, proved clauses, grades and limits."""
    yield f"{policy.name}（{policy.id}）"
    yield f"依据：{_quoted(policy.basis, policy.certainty)}"
    if policy.caution:
        yield f"注意：{policy.caution}"
    yield from (f"有公开来源：{clause}——{source}" for clause, source in policy.proved.items())
    if policy.grades:
        yield "等次：" + "、".join(f"{grade.word}（{grade.low}分起）" for grade in policy.grades)
    for use in policy.applications:
        yield f"结果应用（{use.grade}）：{use.meaning}（依据：{use.quoted}）"
    for name, limit in policy.named_limits.items():
        yield f"限值 {name} = {limit.value}：{limit.quoted}"
