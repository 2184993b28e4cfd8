"""From the rows of a workbook to scored rows: which rows count, what they claim, and under which rule they fall."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from evalbatch.model.evaluation import Score
from evalbatch.model.figures import ZERO, clamp, plain, rounded
from evalbatch.model.place import Place
from evalbatch.model.submission import Entry, Row, RowKind
from evalbatch.policies.spec import Rule
from evalbatch.scoring import evidence, money, sentences, values
from evalbatch.scoring.indicator import Case, Context, Indicator, Outcome, unknown

_RULES = {
    "points": evidence.by_points,
    "arrival": money.arrival,
    "execution": money.execution,
    "completion": evidence.completion,
    "direct": values.direct,
    "ladder": values.ladder,
    "deduction": values.deduction,
    "satisfaction": evidence.satisfaction,
    "judged": evidence.judged,
    "quantity": values.quantitative,
    "tier": values.by_value,
}
COMPUTED, PERSON, UNSCORED = "computed", "person", "unscored"
_BY_VALUE = Rule(rule="quantity")
_EXECUTION = Rule(rule="execution")


class Scored(NamedTuple):
    """A score with its final and its computed score as the totals add them: rounded or not, as the profile names.

    Where no rule can compute a score, what is kept of the claim stands in for the computed one.
    """

    score: Score
    final: Decimal | None
    computed: Decimal | None


def scored_rows(context: Context) -> tuple[Scored, ...]:
    """Score the execution rate of the funding block, then every indicator that has a weight or a claim.

    Where the funding block carries the execution score, an indicator row of that name is not counted a second time.
    """
    from_funding = tuple(_execution(context))
    indicators = context.submission.rows("indicators", RowKind.ITEM)
    skip = bool(from_funding)
    from_table = (scored for group in _groups(indicators) for scored in _indicators(group, context, skip_execution=skip))
    return (*from_funding, *from_table)


def _groups(rows: Iterable[Row]) -> Iterator[tuple[Row, ...]]:
    """Yield the rows one by one, those under one merged weight or score together.

    Under a merged figure the later rows see its place; whether they see its value too is the reader's business.
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


def _execution(context: Context) -> Iterator[Scored]:
    row = money.total_row(context.submission)
    if row is None or context.policy.execution.mode == "none" or not (_filled(row, "weight") or _filled(row, "score")):
        return
    assumed = context.policy.execution.weight
    weight = _weight(row) if _filled(row, "weight") else assumed
    name = sentences.rule_name("execution")
    indicator = Indicator(name, "", name, weight or ZERO, row.number("score"))
    outcome = unknown("no_weight") if weight is None else money.execution(Case(indicator, _EXECUTION, context))
    if not _filled(row, "weight"):
        outcome = outcome._replace(reason=outcome.reason + sentences.reason("weight_assumed", weight=plain(assumed)))
    yield _scored(indicator, outcome, context, _amounts(context), context.submission.text("execution_reason"), row)


def _amounts(context: Context) -> tuple[str, str]:
    """Return what the execution rate compares, denominator first, as its target and actual."""
    rate = context.funding.rate
    if rate is None:
        return "", ""
    return sentences.amount(rate.denominator_name, rate.denominator), sentences.amount(rate.numerator_name, rate.numerator)


def _indicators(rows: Sequence[Row], context: Context, *, skip_execution: bool) -> Iterator[Scored]:
    if len(rows) > 1:
        yield _merged(rows, context)
        return
    row = rows[0]
    rule = context.policy.rule_of(row.text("level1"), row.text("level2"), row.text("level3"))
    by_money = rule is not None and rule.rule == "execution"
    if not (_filled(row, "weight") or _filled(row, "score")) or (by_money and skip_execution):
        return
    weight = _weight(row)
    indicator = _indicator(row)
    shown = _amounts(context) if by_money and not row.text("actual") else (row.text("target"), row.text("actual"))
    outcome = unknown("no_weight") if weight is None else _outcome(indicator, rule, context)
    yield _scored(indicator, outcome, context, shown, row.text("reason"), row)


def listed(row: Row, context: Context) -> Score:
    """List a row that gets no points, with its completion where target and actual tell one."""
    indicator = _indicator(row)
    entry = row.get("level3")
    return Score(
        level1=indicator.level1,
        level2=indicator.level2,
        level3=indicator.level3,
        target=row.text("target"),
        actual=row.text("actual"),
        weight=_weight(row),
        claimed=None,
        computed=None,
        final=None,
        rule=sentences.rule_name("unscored"),
        reason="",
        explanation=row.text("reason"),
        place=entry.place if entry is not None else row.place,
        completion=values.attained(indicator, context.policy.quantitative).completion,
        outcome="unscored",
    )


def _indicator(row: Row) -> Indicator:
    return Indicator(
        row.text("level1"),
        row.text("level2"),
        row.text("level3"),
        _weight(row) or ZERO,
        row.number("score"),
        evidence.quantity_of(row.get("target")),
        evidence.quantity_of(row.get("actual")),
        row.text("nature").strip(),
    )


def _outcome(indicator: Indicator, rule: Rule | None, context: Context) -> Outcome:
    if rule is None:
        return values.by_value(Case(indicator, _BY_VALUE, context))
    return _RULES[rule.rule](Case(indicator, rule, context))


def _merged(rows: Sequence[Row], context: Context) -> Scored:
    """Score rows whose weight or score stands in one merged cell: counted once, and not computed."""
    first = rows[0]
    separator = sentences.name("list_separator")
    weights = {entry.place: entry.number for row in rows if (entry := row.get("weight")) and entry.number is not None}
    scores = {entry.place: entry.number for row in rows if (entry := row.get("score")) and entry.number is not None}
    indicator = Indicator(
        first.text("level1"),
        first.text("level2"),
        separator.join(dict.fromkeys(row.text("level3") for row in rows)),
        sum(weights.values(), ZERO),
        sum(scores.values(), ZERO) if scores else None,
    )
    shown = tuple(
        sentences.name("clause_separator").join(dict.fromkeys(row.text(column) for row in rows if row.text(column)))
        for column in ("target", "actual")
    )
    explanation = separator.join(dict.fromkeys(row.text("reason") for row in rows if row.text("reason")))
    outcome = unknown("merged", count=str(len(rows)))
    return _scored(indicator, outcome, context, (shown[0], shown[1]), explanation, first)


def _scored(
    indicator: Indicator, outcome: Outcome, context: Context, shown: tuple[str, str], explanation: str, row: Row
) -> Scored:
    weighed = bool(indicator.weight) or _weight(row) is not None
    claimed, computed = indicator.claimed, outcome.computed
    if context.policy.rounding == "row":
        claimed, computed = _rounded(claimed), _rounded(computed)
    final = _final(claimed, computed, indicator.weight, row.get("score")) if weighed else None
    entry = row.get("score") or row.get("weight")
    decided = UNSCORED if not weighed else PERSON if computed is None and indicator.weight else COMPUTED
    score = Score(
        level1=indicator.level1,
        level2=indicator.level2,
        level3=indicator.level3,
        target=shown[0],
        actual=shown[1],
        weight=indicator.weight if weighed else None,
        claimed=_rounded(claimed),
        computed=_rounded(computed),
        final=_rounded(final),
        rule=outcome.rule,
        reason=outcome.reason,
        explanation=explanation,
        place=entry.place if entry is not None else row.place,
        completion=outcome.completion,
        outcome=decided,
        why_person=outcome.reason if decided == PERSON else "",
        missed=outcome.missed,
        note=sentences.note(outcome.note) if outcome.note else "",
    )
    return Scored(score, final, computed if computed is not None else final)


def _final(claimed: Decimal | None, computed: Decimal | None, weight: Decimal, entry: Entry | None) -> Decimal | None:
    """Cut the claim to the computed score and to [0, weight]; a blank claim takes the computed score, an unreadable one none."""
    if claimed is None:
        return computed if computed is None or entry is None or entry.blank else None
    kept = clamp(claimed, weight)
    return kept if computed is None else min(kept, computed)


def _weight(row: Row) -> Decimal | None:
    """Return a row's weight, None when it is blank, no number, or below zero."""
    weight = row.number("weight")
    return weight if weight is not None and weight >= 0 else None


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else rounded(value)


def _filled(row: Row, column: str) -> bool:
    entry = row.get(column)
    return entry is not None and not entry.blank
