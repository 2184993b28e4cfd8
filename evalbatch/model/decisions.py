"""What persons decided about scored rows (复核、裁定、申诉), and the state of a row derived from
it.

Stored are decisions only, append-only; every state is derived anew by `ruling`. A decision is bound
to what its writer saw: a digest of the row's facts and one of the rule. It holds no cell address
and no department, so that neither an inserted row nor a corrected department loses it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from evalbatch.model.figures import plain
from evalbatch.model.place import Place

NOWHERE: Final = Place("")


class ReviewState(StrEnum):
    """Where a scored row stands between rule and person; never stored, derived each night."""

    NONE = "none"
    DUE = "due"
    DECIDED = "decided"
    CONFIRM = "confirm"
    STALE = "stale"
    SPLIT = "split"
    APPEALED = "appealed"

    @property
    def label(self) -> str:
        """The Chinese word that readers see."""
        return _STATES[self]

    @property
    def open(self) -> bool:
        """Whether somebody has yet to do something about the row."""
        return self is not ReviewState.NONE and self is not ReviewState.DECIDED

    @property
    def why(self) -> str:
        """What somebody has yet to do, in Chinese; empty where the row's own reason says it."""
        return _WHY.get(self, "")


_STATES = {
    ReviewState.NONE: "无需",
    ReviewState.DUE: "待复核",
    ReviewState.DECIDED: "已复核",
    ReviewState.CONFIRM: "待确认",
    ReviewState.STALE: "已失效",
    ReviewState.SPLIT: "待裁定",
    ReviewState.APPEALED: "申诉中",
}


_WHY = {
    ReviewState.CONFIRM: "口径或核算已变，请确认以往意见",
    ReviewState.STALE: "填报内容已变，以往意见不再计入，请重新复核或维持",
    ReviewState.SPLIT: "两人意见不同，请第三人裁定（暂按较低的计）",
    ReviewState.APPEALED: "申诉处理中",
}


class DecisionKind(StrEnum):
    """What kind of decision it is; later ones in this order outrank earlier ones."""

    REVIEW = "复核"
    RULING = "裁定"
    APPEAL = "申诉"


class Verdict(StrEnum):
    """What a line does.

    `SET` gives a score, `KEEP` (维持) lets the earlier decision hold on what is seen now,
    `WITHDRAW` (撤回) takes back the writer's own line, `DISMISS` (不受理) closes an appeal and
    changes nothing.
    """

    SET = "核定"
    KEEP = "维持"
    WITHDRAW = "撤回"
    DISMISS = "不受理"


class RowKey(NamedTuple):
    """What names a scored row: its roster line, its levels, its number among equal levels.

    All names are as compared (`names.normal_name`).
    """

    subject: str
    level1: str
    level2: str
    level3: str
    ordinal: int = 1

    @property
    def form(self) -> str:
        """The id of the form that the subject was handed in on."""
        return self.subject.removeprefix("*").partition("/")[0]


@dataclass(frozen=True, slots=True)
class Decision:
    """One complete line that a person wrote.

    `facts` and `rule` are the digests of what the person saw. `by` is the name on the line that
    gave the score, `confirmed_by` who wrote 维持 over it. `score` is None where the verdict needs
    none. `place` says where the line stands (file and cell), `number` the line of the round it
    answers.
    """

    key: RowKey
    facts: str
    rule: str
    score: Decimal | None
    reason: str
    by: str
    on: date
    kind: DecisionKind = DecisionKind.REVIEW
    verdict: Verdict = Verdict.SET
    confirmed_by: str = ""
    number: str = ""
    project: str = ""
    indicator: tuple[str, str, str] = ("", "", "")
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal (申诉) against a row's score; `ruled` once a ruling stands on its line."""

    key: RowKey
    about: str
    received: date | None
    ruled: bool = False
    project: str = ""
    indicator: str = ""
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class ReviewedRow:
    """A scored row as computed tonight.

    `auto` is the score without any person: the claim cut to what the rule computed. `asked` says in
    Chinese why a person is asked, empty when nobody is. A person's score lies within [0, `weight`].
    """

    key: RowKey
    facts: str
    rule: str
    auto: Decimal | None
    asked: str = ""
    weight: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is derived for a row: its state, the score in force, and whose it is.

    `by` is the decision in force, None where the rule's score is; `agreeing` are those of others
    who gave the same score. `others` are the decisions that are shown beside: the other side of a
    split, or those that the facts have left behind. `asked` is the row's own reason for asking a
    person.
    """

    state: ReviewState
    score: Decimal | None
    by: Decision | None = None
    others: tuple[Decision, ...] = ()
    asked: str = ""
    agreeing: tuple[Decision, ...] = ()

    @property
    def why(self) -> str:
        """Why the row is open, in Chinese; empty where it is not."""
        reasons = (self.state.why, self.asked) if self.state.open else ()
        return "；".join(filter(None, reasons))

    @property
    def provisional(self) -> bool:
        """Whether the score may still change by what somebody has yet to write."""
        return self.state.open


def ruling(
    row: ReviewedRow, decisions: Iterable[Decision], appeals: Iterable[Appeal] = ()
) -> Ruling:
    """Return state and score in force of a row.

    `decisions` come in the order in which they count: by date, then as they were first read. Those
    of other rows are passed over.
    """
    standing = _Standing()
    for each in decisions:
        if each.key == row.key:
            standing.take(each)
    derived = replace(_derived(row, list(standing.slots.values())), asked=row.asked)
    if any(appeal.key == row.key and not appeal.ruled for appeal in appeals):
        return replace(derived, state=ReviewState.APPEALED)  # what is in force stays so far
    return derived


def undecided(auto: Decimal | None, asked: str) -> Ruling:
    """Return what holds of a row about which nobody has written anything; fields as in
    `ReviewedRow`.
    """
    return Ruling(ReviewState.DUE if asked else ReviewState.NONE, auto, asked=asked)


def _derived(row: ReviewedRow, own: Sequence[Decision]) -> Ruling:
    fresh = [each for each in own if each.facts == row.facts]
    if not own:
        return undecided(row.auto, row.asked)
    if not fresh:
        return Ruling(ReviewState.STALE, row.auto, others=tuple(own))
    top = _highest(fresh)
    if _disagree(top):
        lower = min(top, key=_score)
        others = tuple(each for each in top if each is not lower)
        return Ruling(ReviewState.SPLIT, lower.score, lower, others)
    chosen = next((each for each in reversed(top) if each.rule == row.rule), top[-1])
    state = ReviewState.DECIDED if chosen.rule == row.rule else ReviewState.CONFIRM
    agreeing = tuple(each for each in top if each is not chosen)
    return Ruling(state, chosen.score, chosen, agreeing=agreeing)


def _score(decision: Decision) -> Decimal:
    return Decimal(0) if decision.score is None else decision.score


def _disagree(decisions: Iterable[Decision]) -> bool:
    return len({each.score for each in decisions}) > 1


def _highest(decisions: Sequence[Decision]) -> list[Decision]:
    """Return the decisions of the kind that outranks the others."""
    order = list(DecisionKind)
    rank = max(order.index(each.kind) for each in decisions)
    return [each for each in decisions if order.index(each.kind) == rank]


class HighestScores(NamedTuple):
    """The highest score that a review and an appeal's ruling may give; None: any."""

    review: Decimal | None = None
    appeal: Decimal | None = None

    def of(self, kind: DecisionKind) -> Decimal | None:
        """Return the limit of a kind of decision."""
        return self.appeal if kind is DecisionKind.APPEAL else self.review


class Idle(NamedTuple):
    """A line that does nothing, and what was expected in its cell, in Chinese."""

    line: Decision
    expected: str


def idle(decisions: Iterable[Decision], limits: Mapping[str, HighestScores]) -> Iterator[Idle]:
    """Yield those of a row's lines that keep or take back what is not there or cannot be kept.

    Args:
        decisions: all of the row's, in the order in which they count.
        limits: the highest scores by the facts that the lines' writers saw.
    """
    standing = _Standing(limits)
    for each in decisions:
        if expected := standing.take(each):
            yield Idle(each, expected)


NOTHING_TO_KEEP: Final = "复核得分（没有可以维持的以往意见）"
NOT_SETTLED: Final = "复核得分（两人意见不同，“维持”不能定夺）"
KEPT_TOO_HIGH: Final = "复核得分（以往意见 {score} 分高于现在可给的最高分 {most} 分，不能维持）"
NOTHING_TO_TAKE_BACK: Final = "空着，或复核得分（没有本人的意见可以撤回）"

_Slot = tuple[str, DecisionKind, str]


class _Standing:
    """What stands of the lines about a row: the latest of each person, kind and set of facts."""

    def __init__(self, limits: Mapping[str, HighestScores] = MappingProxyType({})) -> None:
        self.slots: dict[_Slot, Decision] = {}
        self._limits = limits

    def take(self, line: Decision) -> str:
        """Let a line do what it says; return what was expected of one that can do nothing.

        An appeal that is not granted is closed by its ruling, which leaves the score as it is.
        """
        if line.verdict is Verdict.SET:
            self._put(line)
        elif line.kind is DecisionKind.APPEAL:
            return ""
        elif line.verdict is Verdict.KEEP:
            return self._keep(line)
        elif line.verdict is Verdict.WITHDRAW:
            return self._withdraw(line)
        return ""

    def _put(self, decision: Decision) -> None:
        slot = (decision.by, decision.kind, decision.facts)
        self.slots.pop(slot, None)  # the latest comes last
        self.slots[slot] = decision

    def _withdraw(self, line: Decision) -> str:
        """Take back all of a person's lines of a kind, whatever facts they saw."""
        own = [slot for slot in self.slots if slot[:2] == (line.by, line.kind)]
        for slot in own:
            del self.slots[slot]
        return "" if own else NOTHING_TO_TAKE_BACK

    def _keep(self, line: Decision) -> str:
        """Let what was in force hold on what is seen now: its score, reason and name stay."""
        earlier = self._in_force(line.facts)
        if not earlier:
            return NOTHING_TO_KEEP
        if _disagree(earlier):
            return NOT_SETTLED
        kept = earlier[-1]
        most = self._limits.get(line.facts, HighestScores()).of(kept.kind)
        if most is not None and _score(kept) > most:
            return KEPT_TOO_HIGH.format(score=plain(_score(kept)), most=plain(most))
        self._put(_confirmed(kept, line))
        return ""

    def _in_force(self, facts: str) -> list[Decision]:
        """Return what is in force on these facts, else what was on those decided about last."""
        own = list(self.slots.values())
        fresh = [each for each in own if each.facts == facts]
        last = fresh or [each for each in own if each.facts == own[-1].facts]
        return _highest(last) if last else []


def _confirmed(kept: Decision, line: Decision) -> Decision:
    confirmed_by = line.by if line.by != kept.by else kept.confirmed_by
    return replace(kept, facts=line.facts, rule=line.rule, on=line.on, confirmed_by=confirmed_by)


class Stage(StrEnum):
    """The stage of a graded project (`projects.csv`, column `stage`)."""

    PENDING = "pending"
    REVIEWED = "reviewed"
    FINAL = "final"
    APPEALED = "appealed"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The Chinese word that readers see."""
        return _STAGES[self]


_STAGES = {
    Stage.PENDING: "待核定",
    Stage.REVIEWED: "已核定",
    Stage.FINAL: "已定稿",
    Stage.APPEALED: "申诉中",
    Stage.CORRECTED: "已更正",
    Stage.WITHDRAWN: "已撤销",
}


def stage(states: Iterable[ReviewState], *, revision: int = 0) -> Stage:
    """Return the stage of a graded project that was not withdrawn.

    `revision` is 0 before it is frozen (定稿), 1 after, 2 and more after corrections (更正).
    """
    found = set(states)
    if ReviewState.APPEALED in found:
        return Stage.APPEALED
    if revision:
        return Stage.FINAL if revision == 1 else Stage.CORRECTED
    return Stage.PENDING if any(state.open for state in found) else Stage.REVIEWED


@dataclass(frozen=True, slots=True)
class Dossier:
    """What the office has on file about one hand-in when it is judged.

    `subject` names its roster line in row keys. `drawn` says in Chinese why all its rows are asked
    about (抽查), empty when they are not. `corrected` tells of the correction that opened its
    result after a freeze, as readers see it.
    """

    subject: str
    decisions: tuple[Decision, ...] = ()
    appeals: tuple[Appeal, ...] = ()
    drawn: str = ""
    corrected: str = ""


LATE: Final = "定稿后报送"
NOT_MATERIAL: Final = "非实质"


@dataclass(frozen=True, slots=True)
class Pin:
    """A frozen project: the submission that counts, the digest of its content, its revision.

    `range` is that of the line which froze it; `decided` the number of the last decision that was
    known then: later ones wait for a correction. In ledgers of earlier programs there is neither.
    """

    subject: str
    file: str
    digest: str
    revision: int
    by: str
    on: date
    department: str = ""
    title: str = ""
    range: str = ""
    decided: int | None = None

    @property
    def workbook(self) -> str:
        """The file of the submission."""
        return self.file.partition("#")[0]
