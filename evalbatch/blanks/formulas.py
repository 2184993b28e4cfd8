"""The live formulas of our workbooks, each written once: Excel calculates the same that is stored
in the file.

A formula is named in a form's TOML (`formula = "execution_rate"`) and gets the calculation and the
slot that it fills.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from evalbatch.blanks.cell_plan import PlannedRow, Slot, TablePlan, WorkbookPlan, shown_choice
from evalbatch.blanks.expression import (
    Expr,
    Range,
    above,
    add,
    any_number,
    at_least,
    both,
    choose,
    count,
    either,
    invert,
    is_blank,
    is_number,
    least,
    number,
    plain,
    rounded,
    words,
)
from evalbatch.model.evaluation import NodeState
from evalbatch.standards.policy import Policy

NOTHING: Final = words("")


class Calculation:
    """The values of a plan: what is given, and what the formulas make of it, each worked out once
    and when first asked for.
    """

    def __init__(self, plan: WorkbookPlan, policy: Policy) -> None:
        self.plan = plan
        self.policy = policy
        self._known: dict[int, Expr] = {}
        for sheet in plan.sheets:
            for slot in sheet.slots:
                if slot.formula:
                    slot.value = self.expression(slot).value

    def expression(self, slot: Slot) -> Expr:
        """Return the formula of a slot; its value is worked out together with all that it needs."""
        known = self._known.get(id(slot))
        if known is None:
            known = FORMULAS[slot.formula](self, slot)
            slot.value = known.value
            self._known[id(slot)] = known
        return known

    def cell(self, slot: Slot, *, far: bool = False) -> Expr:
        """Return a reference to a slot; `far` when the formula stands on another sheet."""
        if slot.formula:
            self.expression(slot)
        return Expr(slot.far if far else slot.box.ref, slot.value)

    def field(self, name: str) -> Expr:
        """Return a reference to a field that works from every sheet; a field that the form lacks is
        blank.
        """
        slot = self.plan.fields.get(name)
        return self.cell(slot, far=True) if slot else NOTHING

    def near(self, line: PlannedRow, column: str) -> Expr:
        """Return a reference to a cell in the same table."""
        return self.cell(line.cells[column])

    def column(
        self, table: TablePlan, name: str, lines: Sequence[PlannedRow] | None = None
    ) -> Range:
        """Return a column of a table, its formulas worked out."""
        for line in table.lines if lines is None else lines:
            self.cell(line.cells[name])
        return table.column(name, lines)

    def table_of(self, slot: Slot) -> TablePlan:
        """Return the table on whose lines a slot stands."""
        line = slot.lines[0]
        return next(t for t in self.plan.tables.values() if line is t.closing or line in t.lines)


def grade_bands(policy: Policy) -> str:
    """Print the grade bands of a policy as the forms do: 90（含）-100分为优、…、60分以下为差."""
    parts, ceiling = [], policy.full
    for grade in policy.grades:
        low, high = plain(grade.low), plain(ceiling)
        parts.append(
            f"{low}（含）-{high}分为{grade.word}" if grade.low else f"{high}分以下为{grade.word}"
        )
        ceiling = grade.low
    return "、".join(parts)


def _execution_weight(calculation: Calculation, _: Slot) -> Expr:
    return number(calculation.policy.execution.weight)


def _rate(numerator: Expr, denominator: Expr) -> Expr:
    known = both(is_number(numerator), is_number(denominator), above(denominator, number(0)))
    return choose(known, rounded(numerator / denominator, 4), NOTHING)


def _execution_rate(calculation: Calculation, slot: Slot) -> Expr:
    line = slot.lines[0]
    denominator = calculation.policy.execution.denominator
    name = denominator if denominator in line.cells else "budget"
    return _rate(calculation.near(line, "executed"), calculation.near(line, name))


def _spending_rate(calculation: Calculation, slot: Slot) -> Expr:
    return _rate(
        calculation.near(slot.lines[0], "spent"), calculation.near(slot.lines[0], "budget")
    )


def _execution_score(calculation: Calculation, slot: Slot) -> Expr:
    """Weight times rate, never above the weight; by bands where the policy says so (README, rule
    1.3, 2).
    """
    line, execution = slot.lines[0], calculation.policy.execution
    weight, rate = calculation.near(line, "weight"), calculation.near(line, "rate")
    executed, budget = calculation.near(line, "executed"), calculation.near(line, "budget")
    if execution.mode == "bands":
        score = number(0)
        for band in sorted(execution.bands, key=lambda band: band.low):
            result = (
                number(band.score)
                if band.score is not None
                else rounded(weight * number(band.share or Decimal(0)))
            )
            score = choose(at_least(executed / budget, number(band.low)), result, score)
    else:
        score = rounded(least(weight, weight * executed / budget))
    return choose(both(is_number(rate), is_number(weight)), score, NOTHING)


def _sum_or_blank(ranges: Sequence[Range | Expr]) -> Expr:
    return choose(any_number(ranges), rounded(add(ranges)), NOTHING)


def _parts_sum(calculation: Calculation, slot: Slot) -> Expr:
    """The total of a fixed row: the rows of which it consists."""
    table = calculation.table_of(slot)
    parts = [line for line in table.lines if line.part]
    return _sum_or_blank([_here(calculation.column(table, slot.spec.id, parts))])


def _table_total(calculation: Calculation, slot: Slot) -> Expr:
    """The closing row: the column's sum, with the total of the funding block where the form adds
    it.
    """
    table = calculation.table_of(slot)
    ranges: list[Range | Expr] = (
        [_here(calculation.column(table, slot.spec.id))] if table.lines else []
    )
    added = calculation.plan.tables.get(table.spec.total_adds)
    if added and added.total and slot.spec.id in added.total.cells:
        ranges.append(calculation.near(added.total, slot.spec.id))
    return _sum_or_blank(ranges) if ranges else NOTHING


def _group_sum(calculation: Calculation, slot: Slot) -> Expr:
    """The weight of a level-1 or level-2 indicator: the sum of its level-3 weights."""
    return _sum_or_blank(
        [_here(calculation.column(calculation.table_of(slot), "weight", slot.lines))]
    )


def _here(far: Range) -> Range:
    return Range(far.text.rpartition("!")[2], far.values)


def _row_number(calculation: Calculation, slot: Slot) -> Expr:
    line, table = slot.lines[0], calculation.table_of(slot)
    named = next(column.id for column in table.spec.columns if column.required)
    above_first = table.lines[0].top
    position = Expr(f"(ROW()-{above_first})", Decimal(line.top - above_first + 1))
    return choose(is_blank(calculation.near(line, named)), NOTHING, position)


def _satisfaction_rate(calculation: Calculation, _: Slot) -> Expr:
    satisfied, valid = (
        calculation.cell(calculation.plan.fields[name])
        for name in ("survey_satisfied", "survey_valid")
    )
    return _rate(satisfied, valid)


def _grade(calculation: Calculation, slot: Slot) -> Expr:
    """The grade boxes, ticked by the policy's bands over the stated total."""
    total = calculation.field("stated_total")
    result = words(shown_choice(slot.spec, ""))
    for grade in reversed(calculation.policy.grades):
        result = choose(
            at_least(total, number(grade.low)), words(shown_choice(slot.spec, grade.word)), result
        )
    return choose(is_number(total), result, words(shown_choice(slot.spec, "")))


def _node_state(calculation: Calculation, slot: Slot) -> Expr:
    """What the dates of a node say on the day of the report (README, rule 5); an approved new
    deadline counts instead of the old.
    """
    cells = {
        name: calculation.near(slot.lines[0], name)
        for name in slot.lines[0].cells
        if name != slot.spec.id
    }
    day = calculation.field("reported_on")
    state = {member.name: words(member.value) for member in NodeState}
    approved = both(is_number(cells["approved_on"]), invert(is_blank(cells["approver"])))
    due = choose(
        both(approved, is_number(cells["new_deadline"])), cells["new_deadline"], cells["deadline"]
    )
    done = choose(above(cells["done_on"], due), state["LATE"], state["ON_TIME"])
    late = choose(is_blank(cells["cause"]), state["NOT_REPORTED"], state["NOT_DONE"])
    early = both(is_number(due), either(invert(is_number(day)), at_least(due, day)))
    undone = choose(approved, state["ADJUSTED"], choose(early, state["NOT_DUE"], late))
    return choose(
        is_blank(cells["node"]), NOTHING, choose(is_number(cells["done_on"]), done, undone)
    )


def _nodes(calculation: Calculation, *states: NodeState) -> Expr:
    table = calculation.plan.tables["nodes"]
    column = calculation.column(table, "state")
    counts = [count(column.equal(state.value)) for state in states] or [
        count(calculation.column(table, "node").filled())
    ]
    result = counts[0]
    for further in counts[1:]:
        result += further
    return result


def _count(*states: NodeState) -> Callable[[Calculation, Slot], Expr]:
    return lambda calculation, _: _nodes(calculation, *states)


def _share(*, without_adjusted: bool) -> Callable[[Calculation, Slot], Expr]:
    """The completion rate of all nodes, or of those without approved adjustment."""

    def share(calculation: Calculation, _: Slot) -> Expr:
        done, every = _nodes(calculation, NodeState.ON_TIME, NodeState.LATE), _nodes(calculation)
        return _rate(
            done, every - _nodes(calculation, NodeState.ADJUSTED) if without_adjusted else every
        )

    return share


FORMULAS: Final[dict[str, Callable[[Calculation, Slot], Expr]]] = {
    "execution_weight": _execution_weight,
    "execution_rate": _execution_rate,
    "execution_score": _execution_score,
    "spending_rate": _spending_rate,
    "satisfaction_rate": _satisfaction_rate,
    "parts_sum": _parts_sum,
    "table_total": _table_total,
    "group_sum": _group_sum,
    "row_number": _row_number,
    "grade": _grade,
    "node_state": _node_state,
    "nodes_all": _count(),
    "nodes_on_time": _count(NodeState.ON_TIME),
    "nodes_late": _count(NodeState.LATE),
    "nodes_not_done": _count(NodeState.NOT_DONE),
    "nodes_adjusted": _count(NodeState.ADJUSTED),
    "nodes_not_due": _count(NodeState.NOT_DUE),
    "nodes_not_reported": _count(NodeState.NOT_REPORTED),
    "nodes_rate": _share(without_adjusted=False),
    "nodes_rate_without_adjusted": _share(without_adjusted=True),
}
