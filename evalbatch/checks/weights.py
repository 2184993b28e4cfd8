"""Group W: weights - whether they add up, how they are split, whether one indicator carries too
much.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from evalbatch.checks.subject import CheckedSubmission, Level, check, nothing, seen, total, under
from evalbatch.model.figures import ZERO, given, percent, short_percent
from evalbatch.model.finding import Observation
from evalbatch.model.place import Place
from evalbatch.model.submission import Row, RowKind
from evalbatch.standards.policy import Level1


@check("W01", sums=True)
def weights_do_not_add_up(case: CheckedSubmission) -> Iterator[Observation]:
    """Sums of weights: all to the full score, level 3 to level 2, level 2 to level 1. Unknown
    weights are B01 or V01.
    """
    if case.scores.unscorable:  # a form without weights is told so once (F04)
        return
    yield from _whole(case)
    for levels, variant in ((case.levels1, "level1"), (case.levels2, "level2")):
        for level in levels:
            if level.stated is None or level.stated.number is None or level.weight is None:
                continue
            if _differ(case, level.stated.number, level.weight):
                figures = {
                    "found": given(level.stated.number),
                    "expected": given(level.weight),
                    "name": level.name,
                }
                yield seen("W01", level.stated, variant=variant, **figures)


def _whole(case: CheckedSubmission) -> Iterator[Observation]:
    rows = _weighed(case)
    known = _added(rows)
    if known is None or not case.weighted or _only_by_nothing(case, rows):
        return
    wholes = _wholes(case, rows)
    if all(_differ(case, known, whole) for whole in wholes):
        difference = given(abs(known - case.policy.full))
        place = _total_place(case, rows)
        expected = "或".join(map(given, wholes))
        yield seen("W01", place, found=given(known), expected=expected, difference=difference)
    unprinted = _unprinted(case)
    for row in case.submission.rows("indicators", RowKind.TOTAL):
        stated = row.get("weight")
        if stated and stated.number is not None and _differ(case, stated.number - unprinted, known):
            yield seen(
                "W01", stated, found=given(stated.number), expected=given(known), variant="total"
            )


def _unprinted(case: CheckedSubmission) -> Decimal:
    """Return the weight of the execution rate where a form scores it without saying how much it
    weighs.
    """
    fund = case.fund
    unsaid = fund is not None and fund.get("weight") is None and fund.number("score") is not None
    return case.policy.execution.weight if unsaid else ZERO


def _added(rows: Sequence[Row]) -> Decimal | None:
    """Add up the weights of rows, and of blocks that have one as a whole (80分 for all goals)."""
    own, blocks = total(rows, "weight"), total(rows, "block_weight")
    return own if own is None or blocks is None else own + blocks


def _wholes(case: CheckedSubmission, rows: Sequence[Row]) -> tuple[Decimal, ...]:
    """Return what the weights may add up to: all points, or those that a form leaves when it does
    not score the execution of the budget.
    """
    if not case.scored_form:
        return case.policy.planned_totals
    full, execution = case.policy.full, case.policy.execution
    scored = any(row.table != "indicators" or case.is_execution(row) for row in rows)
    if scored or execution.mode == "none" or (case.fund and case.fund.get("weight")):
        return (full,)
    return full, full - execution.weight


def _only_by_nothing(case: CheckedSubmission, rows: Sequence[Row]) -> bool:
    """Whether the weights would be right without those of rows that say 无, which I04 reports."""
    named = [row for row in rows if row.table != "indicators" or not nothing(row.text("level3"))]
    rest = total(named, "weight") if len(named) < len(rows) else None
    return rest is not None and not _differ(case, rest, case.policy.full)


def _weighed(case: CheckedSubmission) -> list[Row]:
    """The rows whose weights make up the whole: the indicators, and the execution rate where the
    funding table scores it.
    """
    fund = case.fund
    scored = case.scored_form and fund is not None and fund.number("weight") is not None
    execution = [fund] if fund is not None and scored else []
    return [*execution, *case.counted("weight")]


def _total_place(case: CheckedSubmission, rows: Sequence[Row]) -> Place:
    for row in case.submission.rows("indicators", RowKind.TOTAL):
        if row.get("weight"):
            return row.entries["weight"].place
    entry = rows[-1].get("weight")
    return entry.place if entry else rows[-1].place


def _differ(case: CheckedSubmission, one: Decimal, other: Decimal) -> bool:
    return abs(one - other) > case.limits.score_tolerance.value


@check("W02", sums=True, points=True)
def split_differs(case: CheckedSubmission) -> Iterator[Observation]:
    """A split other than the profile's (or one it also accepts), without a stated reason."""
    if case.has("weight_reason"):
        return
    yield from _capped(case)
    weights = _by_profile(case)
    if not weights or _differ(
        case, sum(weights.values(), Decimal(0)), case.policy.full
    ):  # the latter is W01's
        return
    if not any(_matches(case, weights, split) for split in _splits(case)):
        yield from _differences(case, weights)
    yield from _result_share(case, weights)


def _capped(case: CheckedSubmission) -> Iterator[Observation]:
    """Groups that carry more than the profile lets them."""
    for level in case.levels2:
        cap = case.policy.quantitative.group_caps.get(level.name.strip())
        if cap is not None and level.weight is not None and level.weight - cap > ZERO:
            figures = {"found": given(level.weight), "expected": given(cap), "name": level.name}
            yield seen(
                "W02", level.rows[0].get("weight") or level.rows[0], variant="cap", **figures
            )


def _splits(case: CheckedSubmission) -> list[tuple[Level1, ...]]:
    return [case.policy.levels, *(split.levels for split in case.policy.alternatives)]


def _by_profile(case: CheckedSubmission) -> dict[str, Decimal]:
    """Return the sum of weights for each level 1 of the profile; empty while a weight is unknown or
    a level 1 unheard of.
    """
    weights: dict[str, Decimal] = {}
    for row in _weighed(case):
        weight = row.number("weight")
        name = _profile_name(case, row)
        if weight is None or not name:
            return {}
        weights[name] = weights.get(name, Decimal(0)) + weight
    return weights


def _profile_name(case: CheckedSubmission, row: Row) -> str:
    """Return the profile's name of the level 1 that a row belongs to, empty when it knows none."""
    if row.table != "indicators":
        return case.policy.levels[0].name if case.policy.levels else ""
    level = case.policy.level_of(row.text("level1")) or case.policy.level_of(row.text("level3"))
    return level.name if level else ""


def _matches(
    case: CheckedSubmission, weights: dict[str, Decimal], split: tuple[Level1, ...]
) -> bool:
    """Whether the weights are those of a split; a weight of 0 is one that the profile leaves
    open.
    """
    return all(
        not level.weight or not _differ(case, weights.get(level.name, Decimal(0)), level.weight)
        for level in split
    )


def _differences(case: CheckedSubmission, weights: dict[str, Decimal]) -> Iterator[Observation]:
    for level in case.policy.levels:
        weight = weights.get(level.name, Decimal(0))
        if level.weight and _differ(case, weight, level.weight):
            place = _level_place(case, level)
            yield seen(
                "W02", place, found=given(weight), expected=given(level.weight), name=level.name
            )


def _level_place(case: CheckedSubmission, level: Level1) -> Place:
    for row in _weighed(case):
        if _profile_name(case, row) == level.name:
            entry = row.get("weight")
            return entry.place if entry else row.place
    return _weighed(case)[0].place


def _result_share(case: CheckedSubmission, weights: dict[str, Decimal]) -> Iterator[Observation]:
    """部门评价 and 财政评价: outputs and benefits should carry most of the weight
    (财预〔2020〕10号).
    """
    results = [level for level in case.levels1 if level.name.startswith(("产出", "效益"))]
    whole = sum(weights.values(), Decimal(0))
    if any(level.weight for level in case.policy.levels) or not results or not whole:
        return
    carried = _sum(results)
    share, limit = carried / whole, case.limits.output_benefit_share
    if share < limit.value:
        expected, place = short_percent(limit.value), results[0].rows[0].place
        figures = {"found": given(carried), "expected": expected, "share": percent(share)}
        yield under(limit, seen("W02", place, variant="result_share", **figures))


def _sum(levels: Sequence[Level]) -> Decimal:
    return sum((level.weight or Decimal(0) for level in levels), Decimal(0))


@check("W03")
def too_heavy(case: CheckedSubmission) -> Iterator[Observation]:
    """One indicator with more of the total than the profile allows for a single one."""
    limit = case.limits.weight_share
    for row in case.indicators:
        entry = row.get("weight")
        if entry is None or entry.number is None:
            continue
        share = entry.number / case.policy.full
        if share > limit.value:
            figures = {"name": row.text("level3"), "share": percent(share, 0)}
            expected = short_percent(limit.value)
            yield under(
                limit, seen("W03", entry, found=given(entry.number), expected=expected, **figures)
            )
