"""The live self-check (本表自检): rules over a workbook that tell the department what is missing
before it hands in.

The sentences stand in the form's TOML; a rule says when it strikes and which figures the sentence
may show.
"""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from evalbatch.blanks.cell_plan import PlannedRow, TablePlan
from evalbatch.blanks.expression import (
    Expr,
    Range,
    above,
    add,
    add_where,
    any_number,
    both,
    choose,
    count,
    differ,
    either,
    exceeds,
    invert,
    is_blank,
    is_number,
    is_ticked,
    number,
    rounded,
    sentence,
    words,
    zero_if_text,
)
from evalbatch.blanks.formulas import Calculation
from evalbatch.standards.form import SelfCheck, Type
from evalbatch.standards.policy import Level1, Policy

WRONG: Final = "×"
RIGHT: Final = "√"
NONE: Final = "无"  # an indicator that the department does not have


_NO_FIGURES: Final = dict.fromkeys(("names", "count", "found", "expected"), words(""))


class Strike(NamedTuple):
    """When a rule strikes, and the figures of its sentence."""

    when: Expr
    figures: dict[str, Expr]


def verdict(calculation: Calculation, check: SelfCheck) -> Expr:
    """Return the line that the self-check prints: × with what is wrong, or √ with what is right."""
    strike = RULES[check.rule](calculation, check)
    wrong = sentence(f"{WRONG} {check.say}", _NO_FIGURES | strike.figures)
    return choose(strike.when, wrong, words(f"{RIGHT} {check.good}"))


def summary(lines: Range) -> Expr:
    """Return the one line on the main sheet: how many kinds of faults are left."""
    faults = [value for value in lines.values if str(value).startswith(WRONG)]
    found = Expr(f'SUMPRODUCT(1*(LEFT({lines.text},1)="{WRONG}"))', number(len(faults)).value)
    left = words("本表自检：还有") & found & words("类问题需要处理，见“填报说明”。")
    return choose(
        above(found, number(0)),
        left,
        words("本表自检（初步）：全部通过，可以报送；以正式审核为准。"),
    )


def _joined(parts: Iterable[tuple[Expr, Expr]]) -> Strike:
    """Strike when one of the conditions holds; `names` is what belongs to those that do."""
    pairs = list(parts)
    names = words("")
    for condition, name in pairs:
        names = names & choose(condition, name, words(""))
    return Strike(either(*(condition for condition, _ in pairs)), {"names": names})


def _never() -> Strike:
    return Strike(Expr("FALSE", value=False), {})


def _fields_filled(calculation: Calculation, _: SelfCheck) -> Strike:
    fields = [
        spec
        for spec in calculation.plan.form.fields.values()
        if spec.required and spec.type is not Type.CHOICE
    ]
    return _joined(
        (is_blank(calculation.field(spec.id)), words(f"“{spec.label}”")) for spec in fields
    )


def _choices_ticked(calculation: Calculation, _: SelfCheck) -> Strike:
    fields = [
        s
        for s in calculation.plan.form.fields.values()
        if s.required and s.type is Type.CHOICE and not s.formula
    ]
    if not fields:
        return _never()
    return _joined(
        (invert(is_ticked(calculation.field(spec.id))), words(f"“{spec.label}”")) for spec in fields
    )


def _table_filled(calculation: Calculation, check: SelfCheck) -> Strike:
    """Required cells left blank in rows that have a name; a table without any named row misses its
    first.
    """
    table = calculation.plan.tables[check.table]
    required = [
        column.id for column in table.spec.columns if column.required and not column.formula
    ]
    named = calculation.column(table, required[0])
    missing = choose(above(count(named.filled()), number(0)), number(0), number(len(required)))
    if not table.spec.required:
        missing = number(0)
    for column in required[1:]:
        blank = calculation.column(table, column).blank()
        missing += count(named.filled(), named.other_than(NONE), blank)
    return Strike(above(missing, number(0)), {"count": missing})


def _totals_filled(calculation: Calculation, check: SelfCheck) -> Strike:
    """The total row of a block of fixed rows: its required columns."""
    table = calculation.plan.tables[check.table]
    required = [column for column in table.spec.columns if column.required]
    return _joined(
        (is_blank(_total(calculation, table, column.id)), words(f"“{column.label}”"))
        for column in required
    )


def _weights_full(calculation: Calculation, check: SelfCheck) -> Strike:
    closing = calculation.plan.tables[check.table].closing
    if closing is None or "weight" not in closing.cells:
        return _never()
    found, full = (
        zero_if_text(calculation.cell(closing.cells["weight"], far=True)),
        number(calculation.policy.full),
    )
    wrong = differ(found, full, calculation.policy.limits.score_tolerance.value)
    return Strike(wrong, {"found": rounded(found), "expected": full})


def _levels_weighed(calculation: Calculation, check: SelfCheck) -> Strike:
    """Level-1 weights against the policy's, unless the reason for another split is given (README,
    rules 1.2).
    """
    table, policy = calculation.plan.tables[check.table], calculation.policy
    pairs = [
        (wrong, words(f"“{level.name}”") & found & words(f"分（口径{level.weight}分）"))
        for level, found, wrong in _other_levels(calculation, table, policy.levels)
    ]
    if not pairs:
        return _never()
    strike = _joined(pairs)
    excused = [is_blank(calculation.field(name)) for name in check.fields]
    others = [
        either(*(wrong for _, _, wrong in _other_levels(calculation, table, split.levels)))
        for split in policy.alternatives
    ]
    return strike._replace(when=both(strike.when, *others, *excused))


def _other_levels(
    calculation: Calculation, table: TablePlan, levels: Iterable[Level1]
) -> list[tuple[Level1, Expr, Expr]]:
    """Return the level-1 indicators of a split with the weight found for each, and whether it is
    another than the split's; one of weight 0 is left open.
    """
    tolerance = calculation.policy.limits.score_tolerance.value
    weighed = [(level, _weights_of(calculation, table, level)) for level in levels if level.weight]
    found = [(level, rounded(add(ranges))) for level, ranges in weighed if ranges]
    return [(level, sum_, differ(sum_, number(level.weight), tolerance)) for level, sum_ in found]


def _weights_of(calculation: Calculation, table: TablePlan, level: Level1) -> list[Range | Expr]:
    """The weights under a level-1 indicator: of its printed group, and of spare rows where its name
    was typed.
    """
    names = {level.name, *level.synonyms}
    added = calculation.plan.tables.get(table.spec.total_adds)
    if (
        added and added.total and names.isdisjoint(table.spec.column("level1").options)
    ):  # not an indicator: the execution rate
        return [calculation.cell(added.total.cells["weight"], far=True)]
    own = [line for line in table.lines if not line.spare and _top(line, "level1") in names]
    spare = [line for line in table.lines if line.spare]
    ranges: list[Range | Expr] = [
        calculation.column(table, "weight", lines) for lines in _runs(own)
    ]
    if spare:
        typed = calculation.column(table, "level1", spare)
        ranges.append(add_where(typed, level.name, calculation.column(table, "weight", spare)))
    return ranges


def _top(line: PlannedRow, column: str) -> str:
    return str(line.cells[column].value or "")


def _runs(lines: list[PlannedRow]) -> Iterable[list[PlannedRow]]:
    """Split lines into those that stand directly below one another."""
    run: list[PlannedRow] = []
    for line in lines:
        if run and line.top != run[-1].top + 1:
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _results_weighed(calculation: Calculation, check: SelfCheck) -> Strike:
    """The share of outputs and benefits in all weights (README, rule 1.2: at least 60 %)."""
    table = calculation.plan.tables[check.table]
    levels = [level for level in calculation.policy.levels if level.name in check.words]
    ranges = [part for level in levels for part in _weights_of(calculation, table, level)]
    limit = calculation.policy.limits.output_benefit_share.value
    if not ranges:
        return _never()
    every = calculation.column(table, "weight")
    share = choose(above(add([every]), number(0)), add(ranges) / add([every]), number(1))
    excused = [is_blank(calculation.field(name)) for name in check.fields]
    percent = rounded(share * number(100))
    return Strike(
        both(above(number(limit), share), *excused),
        {"found": percent, "expected": number(limit * 100)},
    )


def _scores_within(calculation: Calculation, check: SelfCheck) -> Strike:
    table = calculation.plan.tables[check.table]
    scores, weights = calculation.column(table, "score"), calculation.column(table, "weight")
    good = count(
        scores.numeric(), weights.numeric(), scores.not_negative(), scores.at_most(weights)
    )
    bad = count(scores.filled()) - good
    return Strike(above(bad, number(0)), {"count": bad})


def _reasons_given(calculation: Calculation, check: SelfCheck) -> Strike:
    table = calculation.plan.tables[check.table]
    scores, weights = calculation.column(table, "score"), calculation.column(table, "weight")
    reasons = calculation.column(table, check.columns[0])
    bad = count(scores.numeric(), weights.numeric(), scores.below(weights), reasons.blank())
    return Strike(above(bad, number(0)), {"count": bad})


def _parts_add_up(calculation: Calculation, check: SelfCheck) -> Strike:
    table = calculation.plan.tables[check.table]
    parts = [line for line in table.lines if line.part]
    tolerance = calculation.policy.limits.money_tolerance.value
    pairs = []
    for name in table.spec.sums:
        part, total = calculation.column(table, name, parts), _total(calculation, table, name)
        wrong = both(any_number([part]), differ(zero_if_text(total), add([part]), tolerance))
        pairs.append((wrong, words(f"“{table.spec.column(name).label}”")))
    return _joined(pairs)


def _total(calculation: Calculation, table: TablePlan, column: str) -> Expr:
    total = table.total
    return calculation.cell(total.cells[column], far=True) if total else words("")


def _spent_within(calculation: Calculation, check: SelfCheck) -> Strike:
    table = calculation.plan.tables[check.table]
    budget, spent = (_total(calculation, table, column) for column in check.columns)
    tolerance = calculation.policy.limits.money_tolerance.value
    more = exceeds(zero_if_text(spent), zero_if_text(budget), tolerance)
    wrong = both(is_number(budget), is_number(spent), more)
    return Strike(wrong, {"found": spent, "expected": budget})


def _rate_explained(calculation: Calculation, check: SelfCheck) -> Strike:
    """The rate as the program sees it, not the rounded one that the cell shows."""
    table, policy = calculation.plan.tables[check.table], calculation.policy
    rate, executed = (_total(calculation, table, name) for name in (check.columns[0], "executed"))
    denominator = _total(calculation, table, _denominator(table, policy))
    limit = policy.limits.execution_reason_below.value
    low = above(number(limit) * zero_if_text(denominator), zero_if_text(executed))
    exact = choose(is_number(rate), executed / denominator, number(0))
    figures = {"found": rounded(exact * number(100), 4), "expected": number(limit * 100)}
    silent = is_blank(calculation.field(check.fields[0]))
    return Strike(both(is_number(rate), low, silent), figures)


def _denominator(table: TablePlan, policy: Policy) -> str:
    name = policy.execution.denominator
    return name if table.total and name in table.total.cells else "budget"


def _details_agree(calculation: Calculation, check: SelfCheck) -> Strike:
    details, funding = calculation.plan.tables[check.table], calculation.plan.tables.get("funding")
    if funding is None:
        return _never()
    found = zero_if_text(_total(calculation, details, check.columns[0]))
    expected = zero_if_text(_total(calculation, funding, check.columns[1]))
    filled = any_number([calculation.column(details, check.columns[0])])
    wrong = differ(found, expected, calculation.policy.limits.money_tolerance.value)
    return Strike(both(filled, wrong), {"found": found, "expected": expected})


def _survey_plausible(calculation: Calculation, _: SelfCheck) -> Strike:
    issued, returned, valid, satisfied = _survey(calculation)
    pairs = ((returned, issued), (valid, returned), (satisfied, valid))
    wrong = [both(is_number(more), is_number(less), above(more, less)) for more, less in pairs]
    return Strike(either(*wrong), {})


def _survey(calculation: Calculation) -> list[Expr]:
    """Return the counts of the survey: issued, returned, valid, satisfied."""
    names = ("issued", "returned", "valid", "satisfied")
    return [calculation.field(f"survey_{name}") for name in names]


def _survey_given(calculation: Calculation, check: SelfCheck) -> Strike:
    """A satisfaction score needs a survey (README, rule 4, criterion 4)."""
    table = calculation.plan.tables[check.table]
    lines = [
        line
        for line in table.lines
        if any(word in _top(line, name) for word in check.words for name in ("level2", "level3"))
    ]
    if not lines:
        return _never()
    scored = add([calculation.column(table, "score", run) for run in _runs(lines)])
    silent = [is_blank(count) for count in _survey(calculation)]
    return Strike(both(above(scored, number(0)), *silent), {})


def _actuals_given(calculation: Calculation, check: SelfCheck) -> Strike:
    table = calculation.plan.tables[check.table]
    rate, target, actual = (
        calculation.column(table, name) for name in ("rate", "target", "actual")
    )
    bad = count(rate.filled(), target.blank()) + count(
        rate.filled(), target.filled(), actual.blank()
    )
    return Strike(above(bad, number(0)), {"count": bad})


def _nodes_known(calculation: Calculation, check: SelfCheck) -> Strike:
    nodes, items = (calculation.plan.tables[name] for name in (check.table, "items"))
    numbers = calculation.column(nodes, "level3_no")
    named = calculation.column(nodes, "node")
    bad = count(numbers.missing_from(calculation.column(items, "level3_no")), named.filled())
    return Strike(above(bad, number(0)), {"count": bad})


def _items_covered(calculation: Calculation, check: SelfCheck) -> Strike:
    items, nodes = (calculation.plan.tables[name] for name in (check.table, "nodes"))
    numbers = calculation.column(items, "level3_no")
    bad = count(numbers.filled(), numbers.missing_from(calculation.column(nodes, "level3_no")))
    return Strike(above(bad, number(0)), {"count": bad})


def _undone_explained(calculation: Calculation, check: SelfCheck) -> Strike:
    table = calculation.plan.tables[check.table]
    state, cause = (calculation.column(table, name) for name in check.columns)
    due = [count(state.equal(word), cause.blank()) for word in check.words]
    bad = sum(due[1:], start=due[0])
    return Strike(above(bad, number(0)), {"count": bad})


def _filled_together(calculation: Calculation, check: SelfCheck) -> Strike:
    """Where the first column is filled, the others must be too."""
    table = calculation.plan.tables[check.table]
    first, *others = (calculation.column(table, name) for name in check.columns)
    bad = sum((count(first.filled(), other.blank()) for other in others), start=number(0))
    return Strike(above(bad, number(0)), {"count": bad})


RULES: Final[dict[str, Callable[[Calculation, SelfCheck], Strike]]] = {
    "fields_filled": _fields_filled,
    "choices_ticked": _choices_ticked,
    "table_filled": _table_filled,
    "totals_filled": _totals_filled,
    "weights_full": _weights_full,
    "levels_weighed": _levels_weighed,
    "results_weighed": _results_weighed,
    "scores_within": _scores_within,
    "reasons_given": _reasons_given,
    "parts_add_up": _parts_add_up,
    "spent_within": _spent_within,
    "rate_explained": _rate_explained,
    "details_agree": _details_agree,
    "survey_plausible": _survey_plausible,
    "survey_given": _survey_given,
    "actuals_given": _actuals_given,
    "nodes_known": _nodes_known,
    "items_covered": _items_covered,
    "undone_explained": _undone_explained,
    "filled_together": _filled_together,
}
