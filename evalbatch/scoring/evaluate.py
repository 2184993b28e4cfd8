"""From the rows of a workbook to scored rows: which rows count, what they claim, and under which
rule they fall.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from evalbatch.model.decisions import Ruling
from evalbatch.model.evaluation import COMPUTED, PERSON, UNSCORED, Funding, Node, Score, Scores
from evalbatch.model.figures import ZERO, clamp, cut_off, plain, rounded
from evalbatch.model.place import Place
from evalbatch.model.submission import Entry, Row, RowKind, Submission
from evalbatch.model.today import Today
from evalbatch.scoring import evidence_rules, money_rules, terms, value_rules, work_nodes
from evalbatch.scoring.evidence_rules import points_by_name
from evalbatch.scoring.money_rules import read_funding
from evalbatch.scoring.scorable import gives_points, lost_tables
from evalbatch.scoring.terms import (
    Indicator,
    RuleResult,
    ScoringContext,
    ScoringTask,
    grade_of,
    said,
    unknown,
)
from evalbatch.standards.form import FormSpec
from evalbatch.standards.policy import Policy, Rule

_RULES = {
    "points": evidence_rules.by_points,
    "arrival": money_rules.arrival,
    "execution": money_rules.execution,
    "completion": evidence_rules.completion,
    "direct": value_rules.direct,
    "ladder": value_rules.ladder,
    "deduction": value_rules.deduction,
    "satisfaction": evidence_rules.satisfaction,
    "judged": evidence_rules.judged,
    "quantity": value_rules.quantitative,
    "tier": value_rules.by_value,
}
_BY_VALUE = Rule(rule="quantity")
_EXECUTION = Rule(rule="execution")
_APPROVED = "approved_weight"  # the weight with which an indicator was approved
_BLOCK = "block_weight"  # the weight that a form prints for a block of indicators as a whole


class ScoreSums(NamedTuple):
    """A score with its final, its computed and its claimed score as the totals add them.

    A computed score is rounded or not, as the profile names; a claim never is, so that rounding
    lifts none. Where no rule can compute a score, what is kept of the claim stands in for the
    computed one.
    """

    score: Score
    final: Decimal | None
    computed: Decimal | None
    claimed: Decimal | None = None


def scored_rows(context: ScoringContext) -> tuple[ScoreSums, ...]:
    """Score the execution rate of the funding block, then every indicator that has a weight or a
    claim.

    Where the funding block carries the execution score, an indicator row of that name is not
    counted a second time.
    """
    from_funding = tuple(_execution(context))
    indicators = context.submission.rows("indicators", RowKind.ITEM)
    skip = bool(from_funding)
    from_table = (
        scored
        for group in _groups(indicators)
        for scored in _indicators(group, context, skip_execution=skip)
    )
    return (*from_funding, *from_table)


def _groups(rows: Iterable[Row]) -> Iterator[tuple[Row, ...]]:
    """Yield the rows one by one, those under one merged weight or score together.

    Under a merged figure the later rows see its place; whether they see its value too is the
    reader's business.
    """
    group: list[Row] = []
    filled = set[Place]()
    for row in rows:
        figures = [entry for column in ("weight", "score") if (entry := row.get(column))]
        if group and not any(figure.place in filled for figure in figures):
            yield tuple(group)
            group, filled = [], set[Place]()
        group.append(row)
        filled.update(figure.place for figure in figures if not figure.blank)
    if group:
        yield tuple(group)


def _execution(context: ScoringContext) -> Iterator[ScoreSums]:
    row = money_rules.total_row(context.submission)
    if (
        row is None
        or context.policy.execution.mode == "none"
        or not (_filled(row, "weight") or _filled(row, "score"))
    ):
        return
    assumed = context.policy.execution.weight
    weight = _weight(row) if _filled(row, "weight") else assumed
    name = terms.rule_name("execution")
    indicator = Indicator(name, "", name, weight or ZERO, row.number("score"))
    outcome = (
        unknown("no_weight")
        if weight is None
        else money_rules.execution(ScoringTask(indicator, _EXECUTION, context))
    )
    if not _filled(row, "weight"):
        outcome = outcome._replace(
            reason=outcome.reason + terms.reason("weight_assumed", weight=plain(assumed))
        )
    yield _scored(
        indicator,
        outcome,
        context,
        _amounts(context),
        context.submission.text("execution_reason"),
        row,
    )


def _amounts(context: ScoringContext) -> tuple[str, str]:
    """Return what the execution rate compares, denominator first, as its target and actual."""
    rate = context.funding.rate
    if rate is None:
        return "", ""
    return terms.amount(rate.denominator_name, rate.denominator), terms.amount(
        rate.numerator_name, rate.numerator
    )


def _indicators(
    rows: Sequence[Row], context: ScoringContext, *, skip_execution: bool
) -> Iterator[ScoreSums]:
    if len(rows) > 1:
        yield _merged(rows, context)
        return
    row = rows[0]
    rule = context.policy.rule_of(row.text("level1"), row.text("level2"), row.text("level3"))
    by_money = rule is not None and rule.rule == "execution"
    if by_money and skip_execution:
        return
    if not (_filled(row, "weight") or _filled(row, "score")):
        if row.text("level3") and (row.text("target") or row.text("actual")):
            yield ScoreSums(listed(row, context), None, None)
        return
    weight = scored_weight(row, context.policy)
    indicator = _indicator(row, weight)
    shown = (
        _amounts(context)
        if by_money and not row.text("actual")
        else (_measured(row, "target"), _measured(row, "actual"))
    )
    outcome = _unweighed(row) if weight is None else _outcome(indicator, rule, context)
    yield _scored(indicator, outcome, context, shown, row.text("reason"), row)


def scored_weight(row: Row, policy: Policy) -> Decimal | None:
    """Return the weight that a row is scored by: the approved one where the profile scores by it
    and the form names it, else the row's own.
    """
    approved = row.number(_APPROVED) if policy.quantitative.approved_weights else None
    return _weight(row) if approved is None else approved


def _unweighed(row: Row) -> RuleResult:
    """Say why a row without a weight cannot be computed: its block may have one as a whole."""
    block = row.number(_BLOCK)
    return unknown("no_weight") if block is None else unknown("block", points=plain(block))


def listed(row: Row, context: ScoringContext) -> Score:
    """List a row that gets no points, with its completion where target and actual tell one."""
    indicator = _indicator(row, _weight(row))
    entry = row.get("level3")
    return Score(
        level1=indicator.level1,
        level2=indicator.level2,
        level3=indicator.level3,
        target=_measured(row, "target"),
        actual=_measured(row, "actual"),
        weight=_weight(row),
        claimed=None,
        computed=None,
        final=None,
        rule=terms.rule_name("unscored"),
        reason="",
        explanation=row.text("reason"),
        place=entry.place if entry is not None else row.place,
        completion=value_rules.attained(indicator, context.policy.quantitative).completion,
        outcome=UNSCORED,
    )


def _measured(row: Row, column: str) -> str:
    """Return a figure as a reader needs it: with its unit, where the unit has a column of its
    own.
    """
    text = row.text(column)
    return text + row.text("unit_of_measure").strip() if text[-1:].isdecimal() else text


def _indicator(row: Row, weight: Decimal | None) -> Indicator:
    return Indicator(
        row.text("level1"),
        row.text("level2"),
        row.text("level3"),
        weight or ZERO,
        row.number("score"),
        evidence_rules.quantity_of(row.get("target")),
        evidence_rules.quantity_of(row.get("actual")),
        row.text("nature").strip(),
    )


def _outcome(indicator: Indicator, rule: Rule | None, context: ScoringContext) -> RuleResult:
    if rule is None:
        return value_rules.by_value(ScoringTask(indicator, _BY_VALUE, context))
    return _RULES[rule.rule](ScoringTask(indicator, rule, context))


def _merged(rows: Sequence[Row], context: ScoringContext) -> ScoreSums:
    """Score rows whose weight or score stands in one merged cell: counted once, and not
    computed.
    """
    first = rows[0]
    separator = terms.name("list_separator")
    weights = {
        entry.place: entry.number
        for row in rows
        if (entry := row.get("weight")) and entry.number is not None
    }
    scores = {
        entry.place: entry.number
        for row in rows
        if (entry := row.get("score")) and entry.number is not None
    }
    indicator = Indicator(
        first.text("level1"),
        first.text("level2"),
        separator.join(dict.fromkeys(row.text("level3") for row in rows)),
        sum(weights.values(), ZERO),
        sum(scores.values(), ZERO) if scores else None,
    )
    shown = tuple(
        terms.name("clause_separator").join(
            dict.fromkeys(row.text(column) for row in rows if row.text(column))
        )
        for column in ("target", "actual")
    )
    explanation = separator.join(
        dict.fromkeys(row.text("reason") for row in rows if row.text("reason"))
    )
    outcome = unknown("merged", count=str(len(rows)))
    return _scored(indicator, outcome, context, (shown[0], shown[1]), explanation, first)


def _scored(
    indicator: Indicator,
    outcome: RuleResult,
    context: ScoringContext,
    shown: tuple[str, str],
    explanation: str,
    row: Row,
) -> ScoreSums:
    own = bool(indicator.weight) or _weight(row) is not None
    most = indicator.weight if own else row.number(_BLOCK)
    weighed = most is not None
    claimed = indicator.claimed
    computed, deducted = _less_deduction(context, outcome.computed, row)
    if context.policy.rounding == "row":
        computed = _rounded(computed)
    entry = row.get("score") or row.get("weight")
    place = entry.place if entry is not None else row.place
    upheld = claimed is not None and place in context.upheld
    limit = None if upheld else computed
    final = None if most is None else _final(claimed, limit, most, row.get("score"))
    decided = (
        UNSCORED if not weighed else PERSON if limit is None and most and not upheld else COMPUTED
    )
    score = Score(
        level1=indicator.level1,
        level2=indicator.level2,
        level3=indicator.level3,
        target=shown[0],
        actual=shown[1],
        weight=indicator.weight if own else None,
        claimed=_cut(claimed),
        computed=_rounded(computed),
        final=_cut(final) if final == claimed else _rounded(final),
        rule=outcome.rule,
        reason=outcome.reason + deducted + (terms.reason("upheld") if upheld else ""),
        explanation=explanation,
        place=place,
        completion=outcome.completion,
        outcome=decided,
        why_person=outcome.reason if decided == PERSON else "",
        missed=outcome.missed,
        note=terms.note(outcome.note) if outcome.note else "",
        upheld=upheld,
    )
    return ScoreSums(score, final, computed if computed is not None else final, claimed)


def _less_deduction(
    context: ScoringContext, computed: Decimal | None, row: Row
) -> tuple[Decimal | None, str]:
    """Take off the computed score what a column 扣分 says, where the profile has one; say so."""
    points = row.number("deducted") if context.policy.quantitative.deduction_column else None
    if computed is None or not points:
        return computed, ""
    return max(computed - abs(points), ZERO), terms.reason("deducted", points=plain(abs(points)))


def _final(
    claimed: Decimal | None, computed: Decimal | None, weight: Decimal, entry: Entry | None
) -> Decimal | None:
    """Cut the claim to the computed score and to [0, weight]; a blank claim takes the computed
    score, an unreadable one none.
    """
    if claimed is None:
        return computed if computed is None or entry is None or entry.blank else None
    kept = clamp(claimed, weight)
    return kept if computed is None else min(kept, computed)


def _weight(row: Row) -> Decimal | None:
    """Return a row's weight, None when it is blank, no number, or below zero."""
    weight = row.number("weight")
    return weight if weight is not None and weight >= 0 else None


def _cut(value: Decimal | None) -> Decimal | None:
    """Drop what a claim has beyond two decimals: rounded half up, eight claims of x.xx5 would gain
    0.04 points.
    """
    return None if value is None else cut_off(value)


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else rounded(value)


def _filled(row: Row, column: str) -> bool:
    entry = row.get(column)
    return entry is not None and not entry.blank


Decide = Callable[[str, Sequence[Score]], Sequence[Ruling]]
"""Says what the office decided about scored rows; called with the profile's id and the rows."""


def score(
    submission: Submission,
    form: FormSpec,
    policy: Policy,
    today: Today,
    upheld: frozenset[Place] = frozenset(),
    decide: Decide | None = None,
) -> Scores:
    """Score a submission by a profile.

    Claimed, computed and final score are kept for each row; the final score is the claim cut to the
    computed score, never raised; a blank claim takes the computed score. Amounts are in 万元,
    scores in points, rounded half up to two decimals at the step the profile names.

    Args:
        submission: the workbook as read.
        form: its form; an annual form is scored by its nodes.
        policy: the profile.
        today: the day on which nodes are due or not.
        upheld: the cells of claims that stand by a waiver, whatever the rule computes.
        decide: what the office decided about rows; its score is the final one.

    Returns:
        The scores; `unscorable` says in Chinese why there is no final total.
    """
    if form.kind == "annual":
        return _annual(submission, policy, today)
    funding = read_funding(submission, policy)
    context = ScoringContext(policy, submission, funding, points_by_name(submission), upheld)
    if not gives_points(submission, form):
        return _unscored(context)
    scored = scored_rows(context)
    if decide is not None:
        scored = _reviewed(scored, decide(policy.id, [each.score for each in scored]))
    scores = _project(submission, policy, funding, scored)
    return _without_totals(scores) if lost_tables(submission, form) else scores


def _unscored(context: ScoringContext) -> Scores:
    """List what a form says that is not scored: every indicator with its completion, no points and
    no grade.
    """
    rows = tuple(
        map(partial(listed, context=context), context.submission.rows("indicators", RowKind.ITEM))
    )
    return Scores(
        policy=context.policy.id,
        policy_name=context.policy.name,
        policy_mark=context.policy.mark,
        rows=rows,
        funding=context.funding,
        weight_total=sum((row.weight for row in rows if row.weight is not None), ZERO),
        claimed_total=None,
        computed_total=None,
        final_total=None,
        stated_total=None,
        stated_grade="",
        grade="",
    )


def _reviewed(scored: Iterable[ScoreSums], rulings: Iterable[Ruling]) -> tuple[ScoreSums, ...]:
    """Let a person's score be the final one where there is one in force."""
    found = []
    for each, ruling in zip(scored, rulings, strict=True):
        score = each.score.with_ruling(ruling)
        person = score.reviewed_score
        final = each.final if person is None else person
        found.append(each._replace(score=score, final=final))
    return tuple(found)


def _without_totals(scores: Scores) -> Scores:
    """Take the totals away: without a required table they would be the totals of a part."""
    known = replace(
        scores, claimed_total=None, computed_total=None, final_total=None, stated_total=None
    )
    return replace(known, grade="", unscorable=terms.unscorable("no_table"))


def _project(
    submission: Submission, policy: Policy, funding: Funding, scored: Sequence[ScoreSums]
) -> Scores:
    rows = tuple(each.score for each in scored)
    weights, blocks = [row.weight for row in rows if row.weight is not None], _blocks(submission)
    # the weight of the execution rate alone makes no score
    weighed = blocks or any(
        row.number("weight") is not None for row in submission.rows("indicators")
    )
    unscorable = "" if weighed else terms.unscorable("no_weights" if rows else "no_rows")
    exact = None if unscorable else _total(each.final for each in scored)
    return Scores(
        policy=policy.id,
        policy_name=policy.name,
        policy_mark=policy.mark,
        rows=rows,
        funding=funding,
        weight_total=sum((*weights, *blocks.values()), ZERO),
        claimed_total=_rounded(_total(each.claimed for each in scored)),
        computed_total=_rounded(_total(each.computed for each in scored)),
        final_total=_rounded(exact),
        stated_total=submission.number("stated_total"),
        stated_grade=said(submission.get("stated_grade")),
        grade=grade_of(exact, policy) if exact is not None else "",
        unscorable=unscorable,
    )


def _blocks(submission: Submission) -> dict[Place, Decimal]:
    """Return the weights of whole blocks of indicators, each once, by where they are printed."""
    entries = (row.get(_BLOCK) for row in submission.rows("indicators", RowKind.ITEM))
    return {
        entry.place: entry.number
        for entry in entries
        if entry is not None and entry.number is not None
    }


def _annual(submission: Submission, policy: Policy, today: Today) -> Scores:
    plan: tuple[Node, ...] = work_nodes.read_nodes(submission, policy.nodes, today)
    exact = work_nodes.total(plan, policy.full)
    return Scores(
        policy=policy.id,
        policy_name=policy.name,
        policy_mark=policy.mark,
        rows=(),
        funding=Funding(None, None, None, None, None),
        weight_total=ZERO,
        claimed_total=None,
        computed_total=_rounded(exact),
        final_total=_rounded(exact),
        stated_total=submission.number("stated_total"),
        stated_grade=said(submission.get("stated_grade")),
        grade=grade_of(exact, policy) if exact is not None else "",
        nodes=plan,
        unscorable="" if exact is not None else terms.unscorable("no_nodes"),
    )


def _total(values: Iterable[Decimal | None]) -> Decimal | None:
    """Sum what is known, None when nothing is."""
    known = [value for value in values if value is not None]
    return sum(known, ZERO) if known else None
