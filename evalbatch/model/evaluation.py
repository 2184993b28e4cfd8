"""An evaluation: a submission with its scores, grade and findings."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from evalbatch.model.decisions import Decision, ReviewState, Ruling, Stage, stage
from evalbatch.model.finding import Finding
from evalbatch.model.place import Place
from evalbatch.model.submission import Submission
from evalbatch.model.today import ALWAYS, Span
from evalbatch.model.value import Rate

COMPUTED, PERSON, REVIEWED, UNSCORED = "computed", "person", "reviewed", "unscored"
"""How a final score came about (`Score.outcome`): by a rule, it waits for a person, decided by the
office, or there is none.
"""


class Status(StrEnum):
    """What became of a workbook."""

    GRADED = "graded"
    RETURNED = "returned"
    SUPERSEDED = "superseded"
    UNREADABLE = "unreadable"
    ACCEPTED = "accepted"  # in order, of a form that is not scored

    @property
    def label(self) -> str:
        """The Chinese word that readers see."""
        return _LABELS[self]

    @property
    def good(self) -> bool:
        """Whether the workbook is in order: it need not be handed in again."""
        return self in (Status.GRADED, Status.ACCEPTED)


SCORED: Final = (Status.GRADED, Status.RETURNED)
"""What became of those workbooks of scored forms that count."""

_LABELS = {
    Status.GRADED: "已核定",
    Status.RETURNED: "退回",
    Status.SUPERSEDED: "已被替代",
    Status.UNREADABLE: "无法读取",
    Status.ACCEPTED: "已接收",
}


def indicator_name(level1: str, level2: str, level3: str) -> str:
    """Return what an indicator is called: its level 3, else its level 2, else its level 1."""
    return level3.strip() or level2.strip() or level1


@dataclass(frozen=True, slots=True)
class Score:
    """One scored row: an indicator, or the execution rate.

    Claimed (自评得分), computed (核算得分, None where no rule can compute one) and final (核定得分)
    score, all at most two decimals; `rule` names the rule in Chinese, `reason` says in one sentence
    why the computed score is what it is. `completion` is the degree of completion as a fraction:
    above 1 when a forward target was exceeded, None where there is none. `outcome` says how the
    final score came about (see COMPUTED); `why_person` says in Chinese why a person is asked, also
    once one has answered. The review's fields are empty without a decision; `automatic` is what the
    final score would be without one. `missed` says that values or words contradict that the target
    was met, though nothing can be computed; `note` how a figure was read that could be read
    otherwise; `upheld` marks a claim that stands by
    a waiver (豁免).
    """

    level1: str
    level2: str
    level3: str
    target: str
    actual: str
    weight: Decimal | None
    claimed: Decimal | None
    computed: Decimal | None
    final: Decimal | None
    rule: str
    reason: str
    explanation: str
    place: Place
    completion: Decimal | None = None
    outcome: str = COMPUTED
    why_person: str = ""
    review_state: str = "none"
    reviewed_score: Decimal | None = None
    reviewer: str = ""
    reviewed_on: date | None = None
    review_reason: str = ""
    missed: bool = False
    note: str = ""
    upheld: bool = False
    confirmed_by: str = ""
    automatic: Decimal | None = None

    @property
    def name(self) -> str:
        """What the row is called."""
        return indicator_name(self.level1, self.level2, self.level3)

    @property
    def open(self) -> bool:
        """Whether the row waits for a person."""
        return self.outcome == PERSON or ReviewState(self.review_state).open

    @property
    def decided(self) -> bool:
        """Whether a person's score stands, and nobody has anything to do about it."""
        return self.reviewed_score is not None and not self.open

    @property
    def why_open(self) -> str:
        """What somebody has yet to do about the row and why it waits, in Chinese; empty where it
        does not.
        """
        reasons = (ReviewState(self.review_state).why, self.why_person) if self.open else ()
        return "；".join(filter(None, reasons))

    @property
    def without_review(self) -> Decimal | None:
        """The final score if no person had decided anything."""
        return self.final if self.reviewed_score is None else self.automatic

    @property
    def outcome_label(self) -> str:
        """The Chinese word that readers see for how the final score came about."""
        if self.upheld:
            return "豁免"
        return {
            COMPUTED: "规则核算",
            PERSON: "须人工核定",
            REVIEWED: "人工核定",
            UNSCORED: "不计分",
        }[self.outcome]

    @property
    def full(self) -> bool:
        """Whether full marks are claimed for a weight."""
        return bool(self.weight) and self.claimed is not None and self.claimed == self.weight

    @property
    def lost(self) -> Decimal:
        """The points lost: weight less final score, zero when either is unknown."""
        return (
            self.weight - self.final
            if self.weight is not None and self.final is not None
            else Decimal(0)
        )

    def with_ruling(self, ruling: Ruling) -> "Score":
        """Return the row with what the office decided about it: a person's score is the final one,
        the rule's stays beside it.
        """
        asked, state, decision = ruling.asked or self.why_person, ruling.state.value, ruling.by
        score = self
        if (state, asked) != (score.review_state, score.why_person):
            score = replace(score, review_state=state, why_person=asked)
        if decision is None or ruling.score is None:
            return score
        signed = (decision, *ruling.others) if ruling.state is ReviewState.SPLIT else (decision,)
        reasons = (_reason(each, several=len(signed) > 1) for each in signed)
        return replace(
            score,
            final=ruling.score,
            outcome=REVIEWED,
            reviewed_score=ruling.score,
            reviewer="、".join(dict.fromkeys(each.by for each in signed)),
            reviewed_on=max(each.on for each in signed),
            review_reason="；".join(dict.fromkeys(reasons)),
            confirmed_by=decision.confirmed_by,
            automatic=score.final,
        )


def _reason(decision: Decision, *, several: bool) -> str:
    """Return a decision's reason; where two differ, with the score that each gave."""
    if not several or decision.score is None:
        return decision.reason
    return f"{decision.score:f} 分：{decision.reason or '同核算'}"


class NodeState(StrEnum):
    """The states of a work node (工作节点)."""

    ON_TIME = "按期"
    LATE = "逾期"
    NOT_DONE = "未完成"
    ADJUSTED = "经批准调整"
    NOT_DUE = "未到期"
    NOT_REPORTED = "未填报"


@dataclass(frozen=True, slots=True)
class Node:
    """One work node (工作节点); `state` is what the dates say at the as-of date, `claimed` what the
    office says.
    """

    level1: str
    level2: str
    number: str
    level3: str
    name: str
    office: str
    deadline: date | None
    done_on: date | None
    claimed: str
    state: NodeState
    evidence: str
    cause: str
    approver: str
    approved_on: date | None
    place: Place
    new_deadline: date | None = None
    score: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Funding:
    """The money of a project in 万元; absent figures are None. `rate` is the execution rate by the
    profile's denominator.
    """

    initial_budget: Decimal | None
    budget: Decimal | None
    arrived: Decimal | None
    executed: Decimal | None
    rate: Rate | None

    @property
    def execution_rate(self) -> Decimal | None:
        """The execution rate as a fraction, None when unknown."""
        return self.rate.value if self.rate else None

    @property
    def unspent(self) -> Decimal | None:
        """What of the rate's denominator was not spent, None when unknown."""
        return self.rate.denominator - self.rate.numerator if self.rate else None


@dataclass(frozen=True, slots=True)
class Scores:
    """What scoring makes of a submission.

    `claimed_total` is the sum of the claimed scores, `stated_total` the total that the form itself
    states; both may differ. `grade` is the band of the final total, empty when the workbook cannot
    be scored. `policy_mark` tells profiles of one id apart that score otherwise.
    """

    policy: str
    policy_name: str
    rows: tuple[Score, ...]
    funding: Funding
    weight_total: Decimal
    claimed_total: Decimal | None
    computed_total: Decimal | None
    final_total: Decimal | None
    stated_total: Decimal | None
    stated_grade: str
    grade: str
    nodes: tuple[Node, ...] = ()
    unscorable: str = ""
    policy_mark: str = ""

    @property
    def undecided(self) -> tuple[Score, ...]:
        """The rows that no rule and no person has decided, those that keep full marks first."""
        rows = (row for row in self.rows if row.outcome == PERSON)
        return tuple(sorted(rows, key=lambda row: not row.full))

    @property
    def to_review(self) -> tuple[Score, ...]:
        """The rows that wait for a person for any reason, those that keep full marks first."""
        rows = (row for row in self.rows if row.open)
        return tuple(sorted(rows, key=lambda row: not row.full))

    @property
    def lost(self) -> tuple[Score, ...]:
        """The rows that lost points, most first."""
        return tuple(sorted((row for row in self.rows if row.lost > 0), key=lambda row: -row.lost))

    @property
    def reviewed_total(self) -> Decimal | None:
        """The final total where persons had a part in it, None where rules alone gave it."""
        by_person = any(row.reviewed_score is not None for row in self.rows)
        return self.final_total if by_person else None

    @property
    def stage(self) -> Stage:
        """The stage of a graded project that is not frozen."""
        return stage(ReviewState(row.review_state) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A submission, its scores and its findings; what every output is made from.

    `holds` are the days on which it would be the same.
    """

    submission: Submission
    scores: Scores
    findings: tuple[Finding, ...]
    status: Status
    holds: Span = ALWAYS


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that could not be read as a submission: only its findings remain."""

    file: str
    digest: str
    findings: tuple[Finding, ...]

    @property
    def status(self) -> Status:
        """Always unreadable."""
        return Status.UNREADABLE
