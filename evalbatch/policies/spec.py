"""How an authority scores: a policy profile (评分口径) as validated data."""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Certainty = Literal["source", "recalled", "derived"]


class Spec(BaseModel):
    """Base of all specifications: frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Band(Spec):
    """A step of a ladder: from `low` (inclusive unless `above`) upwards the result is `score`, or `share` of the weight."""

    low: Decimal
    score: Decimal | None = None
    share: Decimal | None = None


class Grade(Spec):
    """A grade (评价等次) and the lowest total that earns it."""

    word: str
    low: Decimal


class Level1(Spec):
    """The weight that a level-1 indicator should carry, with the names it goes by."""

    name: str
    weight: Decimal
    synonyms: tuple[str, ...] = ()
    required_groups: tuple[str, ...] = ()


class Execution(Spec):
    """How budget execution (预算执行率) is scored.

    `denominator` is the funding figure it divides by: `budget` (全年预算数) or `arrived` (实际到位资金).
    """

    mode: Literal["proportional", "bands", "none"] = "proportional"
    weight: Decimal = Decimal(10)
    denominator: Literal["budget", "arrived"] = "budget"
    denominator_name: str = "全年预算数"
    numerator_name: str = "全年执行数"
    bands: tuple[Band, ...] = ()


class Quantitative(Spec):
    """How quantitative indicators are scored (policy.md 1.3, 3)."""

    reverse: Literal["quotient", "subtractive"] = "quotient"
    pass_line: Decimal = Decimal(0)
    explain_above: Decimal = Decimal("1.30")
    explain_above_zero_target: Decimal = Decimal(30)
    highlight_above: Decimal = Decimal("1.20")
    deduct_above: bool = False
    ladders: dict[str, tuple[Band, ...]] = {}


class Tier(Spec):
    """A qualitative tier: its words and the share of the weight from `low` (inclusive) to the next tier's."""

    name: str
    low: Decimal
    synonyms: tuple[str, ...] = ()


class Rule(Spec):
    """Which rule scores an indicator, by its names; the first that matches wins.

    `rule`: `points` (要素符合度: share of points met), `arrival` (资金到位率), `execution`, `completion` (mean completion of the
    rows in table `table`), `direct` (直接赋分), `ladder` (bands named in `ladder` over the completion), `satisfaction`, `judged`
    (evaluator's score, kept within [0, weight]), `quantity`, `tier`.
    """

    rule: Literal[
        "points", "arrival", "execution", "completion", "direct", "ladder", "satisfaction", "judged", "quantity", "tier"
    ]
    level1: str = ""
    level2: str = ""
    level3: str = ""
    table: str = ""
    ladder: str = ""
    points: tuple[str, ...] = ()


class Limits(Spec):
    """Thresholds of checks, each with its default of policy.md and findings.md."""

    execution_reason_below: Decimal = Decimal("0.90")
    reason_characters: int = 6
    thin_reasons: tuple[str, ...] = ("无", "疫情影响", "受疫情影响", "已完成", "完成")
    weight_share: Decimal = Decimal("0.50")
    survey_valid: int = 30
    survey_response: Decimal = Decimal("0.80")
    output_benefit_share: Decimal = Decimal("0.60")
    copied_characters: int = 12
    money_unit_ratio: Decimal = Decimal(10000)
    score_tolerance: Decimal = Decimal("0.01")
    money_tolerance: Decimal = Decimal("0.01")
    high_total: Decimal = Decimal(90)


class NodeScoring(Spec):
    """How work nodes (工作节点) are scored (policy.md 5)."""

    on_time: Decimal = Decimal(1)
    late: Decimal = Decimal("0.8")
    late_days: int = 30
    very_late: Decimal = Decimal("0.6")
    not_done: Decimal = Decimal(0)


class Policy(Spec):
    """A policy profile with everything inherited already in place.

    `certainty` says how sure its source is: found in a public source, recalled from the regulation, or derived here.
    `severities` overrides the catalogue by finding code; `off` switches checks off; `trial` shows them as notes (试行).
    """

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    name: str
    basis: str
    certainty: Certainty
    caution: str = ""
    inherits: str = ""
    levels: tuple[Level1, ...] = ()
    execution: Execution = Execution()
    quantitative: Quantitative = Quantitative()
    tiers: tuple[Tier, ...] = ()
    rules: tuple[Rule, ...] = ()
    grades: tuple[Grade, ...] = ()
    grade_on: Literal["unrounded", "rounded"] = "rounded"
    nodes: NodeScoring | None = None
    limits: Limits = Limits()
    severities: dict[str, Literal["error", "warning", "note"]] = {}
    off: tuple[str, ...] = ()
    trial: tuple[str, ...] = ()
    full: Decimal = Decimal(100)

    @model_validator(mode="after")
    def _grades_fall(self) -> "Policy":
        lows = [grade.low for grade in self.grades]
        if lows != sorted(lows, reverse=True):
            raise ValueError("grades: 等次须按最低分从高到低排列")
        return self
