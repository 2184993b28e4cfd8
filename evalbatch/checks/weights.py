"""Group W: weights - whether they add up, how they are split, whether one indicator carries too
much.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from evalbatch.checks.subject import CheckedSubmission, Level, check, nothing, seen, total, under
from evalbatch.model.figures import ZERO, given, percent_beside, short_percent
from evalbatch.model.finding import Observation
from evalbatch.model.place import Place
from evalbatch.model.submission import Row, RowKind
from evalbatch.standards.policy import Level1


@check("W01", sums=True)
def weights_do_not_add_up(checked: CheckedSubmission) -> Iterator[Observation]:
    """Sums of weights: all to the full score, level 3 to level 2, level 2 to level 1. Unknown
    weights are B01 or V01.
    """
    if checked.scores.unscorable:  # a form without weights is told so once (F04)
        return
    yield from _whole(checked)
    for levels, variant in ((checked.levels1, "level1"), (checked.levels2, "level2")):
        for level in levels:
            if level.stated is None or level.stated.number is None or level.weight is None:
                continue
            if checked.differ(level.stated.number, level.weight):
                figures = {
                    "found": given(level.stated.number),
                    "expected": given(level.weight),
                    "name": level.name,
                }
                yield seen("W01", level.stated, variant=variant, **figures)


def _whole(checked: CheckedSubmission) -> Iterator[Observation]:
    rows = _weighed(checked)
    known = _added(rows)
    if known is None or not checked.weighted or _only_by_nothing(checked, rows):
        return
    wholes = _wholes(checked, rows)
    if all(checked.differ(known, whole) for whole in wholes):
        difference = given(abs(known - checked.policy.full))
        place = _total_place(checked, rows)
        expected = "或".join(map(given, wholes))
        yield seen("W01", place, found=given(known), expected=expected, difference=difference)
    unprinted = _unprinted(checked)
    for row in checked.submission.rows("indicators", RowKind.TOTAL):
        stated = row.get("weight")
        if (
            stated
            and stated.number is not None
            and checked.differ(stated.number - unprinted, known)
        ):
            yield seen(
                "W01", stated, found=given(stated.number), expected=given(known), variant="total"
            )


def _unprinted(checked: CheckedSubmission) -> Decimal:
    """Return the weight of the execution rate where a form scores it without saying how much it
    weighs.
    """
    fund = checked.fund
    unsaid = fund is not None and fund.get("weight") is None and fund.number("score") is not None
    return checked.policy.execution.weight if unsaid else ZERO


def _added(rows: Sequence[Row]) -> Decimal | None:
    """Add up the weights of rows, and of blocks that have one as a whole (80分 for all goals)."""
    own, blocks = total(rows, "weight"), total(rows, "block_weight")
    return own if own is None or blocks is None else own + blocks


def _wholes(checked: CheckedSubmission, rows: Sequence[Row]) -> tuple[Decimal, ...]:
    """Return what the weights may add up to: all points, or those that a form leaves when it does
    not score the execution of the budget.
    """
    if not checked.scored_form:
        return checked.policy.planned_totals
    full, execution = checked.policy.full, checked.policy.execution
    scored = any(row.table != "indicators" or checked.is_execution(row) for row in rows)
    if scored or execution.mode == "none" or (checked.fund and checked.fund.get("weight")):
        return (full,)
    return full, full - execution.weight


def _only_by_nothing(checked: CheckedSubmission, rows: Sequence[Row]) -> bool:
    """Whether the weights would be right without those of rows that say 无, which I04 reports."""
    named = [row for row in rows if row.table != "indicators" or not nothing(row.text("level3"))]
    rest = total(named, "weight") if len(named) < len(rows) else None
    return rest is not None and not checked.differ(rest, checked.policy.full)


def _weighed(checked: CheckedSubmission) -> list[Row]:
    """The rows whose weights make up the whole: the indicators, and the execution rate where the
    funding table scores it.
    """
    fund = checked.fund
    scored = checked.scored_form and fund is not None and fund.number("weight") is not None
    execution = [fund] if fund is not None and scored else []
    return [*execution, *checked.counted("weight")]


def _total_place(checked: CheckedSubmission, rows: Sequence[Row]) -> Place:
    for row in checked.submission.rows("indicators", RowKind.TOTAL):
        if row.get("weight"):
            return row.entries["weight"].place
    entry = rows[-1].get("weight")
    return entry.place if entry else rows[-1].place


@check("W02", sums=True, points=True)
def split_differs(checked: CheckedSubmission) -> Iterator[Observation]:
    """A split other than the profile's (or one it also accepts), without a stated reason."""
    if checked.has("weight_reason"):
        return
    yield from _capped(checked)
    weights = _by_profile(checked)
    whole = sum(weights.values(), ZERO)
    if not weights or checked.differ(whole, checked.policy.full):  # the latter is W01's
        return
    if not any(_matches(checked, weights, split) for split in _splits(checked)):
        yield from _differences(checked, weights)
    yield from _result_share(checked, weights)


def _capped(checked: CheckedSubmission) -> Iterator[Observation]:
    """Groups that carry more than the profile lets them; what was approved with a weight may."""
    for level in checked.levels2:
        if any(row.number("approved_weight") for row in level.rows):
            continue
        cap = checked.policy.quantitative.group_caps.get(level.name.strip())
        if cap is not None and level.weight is not None and level.weight - cap > ZERO:
            figures = {"found": given(level.weight), "expected": given(cap), "name": level.name}
            yield seen(
                "W02", level.rows[0].get("weight") or level.rows[0], variant="cap", **figures
            )


def _splits(checked: CheckedSubmission) -> list[tuple[Level1, ...]]:
    return [checked.policy.levels, *(split.levels for split in checked.policy.alternatives)]


def _by_profile(checked: CheckedSubmission) -> dict[str, Decimal]:
    """Return the sum of weights for each level 1 of the profile; empty while a weight is unknown or
    a level 1 unheard of.
    """
    weights: dict[str, Decimal] = {}
    for row in _weighed(checked):
        weight = row.number("weight")
        name = _profile_name(checked, row)
        if weight is None or not name:
            return {}
        weights[name] = weights.get(name, ZERO) + weight
    return weights


def _profile_name(checked: CheckedSubmission, row: Row) -> str:
    """Return the profile's name of the level 1 that a row belongs to, empty when it knows none."""
    if row.table != "indicators":
        return checked.policy.levels[0].name if checked.policy.levels else ""
    level = checked.policy.level_of(row.text("level1")) or checked.policy.level_of(
        row.text("level3")
    )
    return level.name if level else ""


def _matches(
    checked: CheckedSubmission, weights: dict[str, Decimal], split: tuple[Level1, ...]
) -> bool:
    """Whether the weights are those of a split; a weight of 0 is one that the profile leaves
    open.
    """
    return all(
        not level.weight or not checked.differ(weights.get(level.name, ZERO), level.weight)
        for level in split
    )


def _differences(checked: CheckedSubmission, weights: dict[str, Decimal]) -> Iterator[Observation]:
    for level in checked.policy.levels:
        weight = weights.get(level.name, ZERO)
        if level.weight and checked.differ(weight, level.weight):
            place = _level_place(checked, level)
            yield seen(
                "W02", place, found=given(weight), expected=given(level.weight), name=level.name
            )


def _level_place(checked: CheckedSubmission, level: Level1) -> Place:
    for row in _weighed(checked):
        if _profile_name(checked, row) == level.name:
            entry = row.get("weight")
            return entry.place if entry else row.place
    return _weighed(checked)[0].place


def _result_share(checked: CheckedSubmission, weights: dict[str, Decimal]) -> Iterator[Observation]:
    """部门评价 and 财政评价: outputs and benefits should carry most of the weight
    (财预〔2020〕10号).
    """
    results = [level for level in checked.levels1 if level.name.startswith(("产出", "效益"))]
    whole = sum(weights.values(), ZERO)
    if any(level.weight for level in checked.policy.levels) or not results or not whole:
        return
    carried = _sum(results)
    share, limit = carried / whole, checked.limits.output_benefit_share
    if share < limit.value:
        expected, place = short_percent(limit.value), results[0].rows[0].place
        figures = {
            "found": given(carried),
            "expected": expected,
            "share": percent_beside(share, limit.value),
        }
        yield under(limit, seen("W02", place, variant="result_share", **figures))


def _sum(levels: Sequence[Level]) -> Decimal:
    return sum((level.weight or ZERO for level in levels), ZERO)


@check("W03")
def too_heavy(checked: CheckedSubmission) -> Iterator[Observation]:
    """One indicator with more of the total than the profile allows for a single one."""
    limit = checked.limits.weight_share
    for row in checked.indicators:
        entry = row.get("weight")
        if entry is None or entry.number is None:
            continue
        share = entry.number / checked.policy.full
        if share > limit.value:
            told = percent_beside(share, limit.value, 0)
            figures = {"name": row.text("level3"), "share": told}
            expected = short_percent(limit.value)
            yield under(
                limit, seen("W03", entry, found=given(entry.number), expected=expected, **figures)
            )
