"""Group N: nodes of the annual plan - states against dates, causes, approvals, and whether items
and nodes belong together.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Final, NamedTuple

from evalbatch.checks.subject import CheckedSubmission, check, nothing, seen, unsaid
from evalbatch.model.evaluation import Node, NodeState
from evalbatch.model.figures import day
from evalbatch.model.finding import Observation
from evalbatch.model.submission import Entry, Row, RowKind, State
from evalbatch.scoring.terms import words
from evalbatch.scoring.work_nodes import number

_LATE: Final = "逾期"
_SEPARATORS: Final = re.compile(r"[、，,；;/\n]+")
_LEAD: Final = "牵头"
_MISSING_APPROVAL: Final = {"approver": "批准人", "approved_on": "批准日期"}


class NodeRow(NamedTuple):
    """A node beside its row."""

    node: Node
    row: Row

    def entry(self, column: str) -> Entry | Row:
        """Return the entry of a column, the row where the sheet lacks it."""
        return self.row.get(column) or self.row

    def blank(self, column: str) -> bool:
        """Whether the sheet has the column and nothing stands in it."""
        entry = self.row.get(column)
        return entry is not None and entry.state is State.BLANK

    @property
    def calculated(self) -> bool:
        """Whether the form's own formula says the state, so that nobody claims it."""
        state = self.row.get("state")
        return state is not None and state.formula

    def illegible(self, column: str) -> bool:
        """Whether something stands in the column that cannot be read, which is a finding by
        itself.
        """
        entry = self.row.get(column)
        return entry is not None and entry.state not in (State.FILLED, State.BLANK)

    @property
    def names(self) -> dict[str, str]:
        """What messages call the node."""
        return {"no": self.node.number or "—", "name": self.node.name or self.node.level3}


def told(checked: CheckedSubmission) -> Iterator[NodeRow]:
    """Yield every node with its row."""
    rows = {row.place.line: row for row in checked.submission.rows("nodes", RowKind.ITEM)}
    for node in checked.scores.nodes:
        row = rows.get(node.place.line)
        if row is not None and (node.name or node.number):
            yield NodeRow(node, row)


@check("N01")
def state_contradicts_dates(checked: CheckedSubmission) -> Iterator[Observation]:
    """States that their dates contradict."""
    for each in told(checked):
        node = each.node
        if node.done_on is not None and checked.today.is_before(node.done_on):
            found, expected = day(node.done_on), day(checked.today.itself)
            yield seen(
                "N01",
                each.entry("done_on"),
                found=found,
                expected=expected,
                variant="future",
                **each.names,
            )
        elif each.calculated:
            continue
        elif node.claimed in words("nodes", "done"):
            yield from _done(each)
        elif node.claimed not in words("nodes", "adjusted"):
            yield from _not_done(checked, each)


def _done(each: NodeRow) -> Iterator[Observation]:
    node = each.node
    if node.done_on is None:
        if each.blank("done_on"):
            figures = {"found": node.claimed, "expected": "完成日期"}
            yield seen("N01", each.entry("done_on"), variant="undated", **figures, **each.names)
        return
    if node.deadline is None:
        return
    late, claimed_late = node.done_on > node.deadline, node.claimed.startswith(_LATE)
    postponed = node.new_deadline is not None and node.done_on <= node.new_deadline
    if late != claimed_late and not (postponed and not claimed_late):
        figures = {"found": node.claimed, "expected": day(node.deadline), "done": day(node.done_on)}
        yield seen(
            "N01", each.entry("state"), variant="" if late else "early", **figures, **each.names
        )


def _not_done(checked: CheckedSubmission, each: NodeRow) -> Iterator[Observation]:
    node = each.node
    if not node.claimed:
        return
    if node.done_on is not None:
        figures = {"found": node.claimed, "expected": day(node.done_on)}
        yield seen("N01", each.entry("state"), variant="dated", **figures, **each.names)
    elif (
        node.claimed == NodeState.NOT_DUE.value
        and node.deadline is not None
        and _reported_after(checked, node.deadline)
    ):
        figures = {"found": node.claimed, "expected": day(node.deadline)}
        yield seen("N01", each.entry("state"), variant="undue", **figures, **each.names)


def _reported_after(checked: CheckedSubmission, deadline: date) -> bool:
    """Whether the office spoke after a deadline: by its own date, no later than today."""
    entry = checked.submission.get("reported_on")
    said_before = entry is not None and entry.when is not None and entry.when <= deadline
    return not said_before and checked.today.has_passed(deadline)


@check("N02")
def undone_without_cause(checked: CheckedSubmission) -> Iterator[Observation]:
    """Nodes not done, or done late, of which nobody says why."""
    for each in told(checked):
        node = each.node
        if not unsaid(node.cause) or each.illegible("done_on") or each.illegible("deadline"):
            continue
        if node.state is NodeState.LATE:
            yield seen(
                "N02",
                each.entry("cause"),
                found=node.state.value,
                expected="原因",
                variant="late",
                **each.names,
            )
        elif node.state is NodeState.NOT_DONE and _overdue(checked, node):
            yield seen(
                "N02",
                each.entry("cause"),
                found=node.claimed or node.state.value,
                expected="原因",
                **each.names,
            )
        elif (
            node.state is NodeState.NOT_REPORTED
            and _overdue(checked, node)
            and not _said_done(each)
        ):
            deadline = day(node.deadline) if node.deadline else ""
            yield seen(
                "N02",
                each.entry("done_on"),
                found="未填报",
                expected=deadline,
                variant="silent",
                **each.names,
            )


def _said_done(each: NodeRow) -> bool:
    """Whether the office says that a node without a date is done, which N01 speaks of."""
    return not each.calculated and each.node.claimed in words("nodes", "done")


def _overdue(checked: CheckedSubmission, node: Node) -> bool:
    return (
        node.deadline is not None
        and checked.today.has_passed(node.deadline)
        and not (node.done_on and checked.today.is_before(node.done_on))
    )


@check("N03")
def adjustment_unapproved(checked: CheckedSubmission) -> Iterator[Observation]:
    """Adjustments without their papers, and nodes called both undone and adjusted."""
    for each in told(checked):
        node = each.node
        lacking = {
            column: name for column, name in _MISSING_APPROVAL.items() if _lacks(each, column)
        }
        given = [name for column, name in _MISSING_APPROVAL.items() if column not in lacking]
        adjusted = node.claimed in words("nodes", "adjusted")
        redated = day(node.new_deadline) if node.new_deadline is not None else ""
        if (adjusted or redated) and lacking:
            found = node.claimed if adjusted else redated
            where, variant = each.entry(next(iter(lacking))), "" if adjusted else "redated"
            yield seen(
                "N03",
                where,
                found=found,
                expected="、".join(lacking.values()),
                variant=variant,
                **each.names,
            )
        elif _both(checked, each) and given:
            yield seen(
                "N03",
                each.entry("state"),
                found=node.claimed,
                expected="、".join(given),
                variant="both",
                **each.names,
            )


def _lacks(each: NodeRow, column: str) -> bool:
    return not each.row.text(column).strip()


def _both(checked: CheckedSubmission, each: NodeRow) -> bool:
    """Whether a node is called undone although an approval stands there that is not used up by its
    new deadline.
    """
    expired = each.node.new_deadline is not None and checked.today.has_passed(
        each.node.new_deadline
    )
    claimed = each.node.claimed in (NodeState.NOT_DONE.value, NodeState.NOT_REPORTED.value)
    return claimed and not each.calculated and not expired


@check("N04")
def items_without_nodes(checked: CheckedSubmission) -> Iterator[Observation]:
    """Level-3 items without a node, and nodes without their item; a number that is missing or no
    number is told by itself.
    """
    items = items_of(checked)
    if not items or "nodes" not in checked.submission.tables:
        return
    served = {each.node.number for each in told(checked)}
    for row in items:
        if _numbered(row) and number(row) not in served:
            figures = {"no": number(row), "name": row.text("level3")}
            yield seen(
                "N04",
                row.get("level3_no") or row,
                found=number(row),
                expected="工作节点",
                **figures,
            )
    if all(map(_numbered, items)):
        yield from _orphans(checked, {number(row) for row in items})


def _orphans(checked: CheckedSubmission, numbers: Collection[str]) -> Iterator[Observation]:
    for each in told(checked):
        if _numbered(each.row) and each.node.number not in numbers:
            entry = each.entry("level3_no")
            yield seen(
                "N04",
                entry,
                found=each.node.number,
                expected="三级指标",
                variant="orphan",
                **each.names,
            )


def _numbered(row: Row) -> bool:
    """Whether a row has a number that can be read."""
    entry = row.get("level3_no")
    return entry is not None and entry.state is State.FILLED and bool(number(row))


def items_of(checked: CheckedSubmission) -> list[Row]:
    """Return the items that are named or numbered."""
    rows = checked.submission.rows("items", RowKind.ITEM)
    return [
        row for row in rows if not (nothing(row.text("level3")) and nothing(row.text("level3_no")))
    ]


@check("N05")
def items_not_described(checked: CheckedSubmission) -> Iterator[Observation]:
    """Items whose completion nobody describes, all of them in one finding; what is not due yet
    needs no description.
    """
    items = [row for row in items_of(checked) if row.get("achievement")]
    undue = _undue_numbers(checked)
    silent = [row for row in items if unsaid(row.text("achievement")) and number(row) not in undue]
    if silent:
        figures = {"count": str(len(items)), "numbers": ranges(number(row) for row in silent)}
        entries = [row.entries["achievement"] for row in silent]
        yield seen("N05", *entries, found=str(len(silent)), expected="完成情况", **figures)


def _undue_numbers(checked: CheckedSubmission) -> set[str]:
    due = {node.number for node in checked.scores.nodes if node.state is not NodeState.NOT_DUE}
    return {node.number for node in checked.scores.nodes} - due


def ranges(numbers: Iterable[str]) -> str:
    """Write numbers with runs drawn together: 3、5—8、59."""
    runs: list[list[str]] = []
    for each in numbers:
        follows = (
            runs
            and each.isdigit()
            and runs[-1][-1].isdigit()
            and int(each) == int(runs[-1][-1]) + 1
        )
        if follows:
            runs[-1].append(each)
        else:
            runs.append([each])
    return "、".join(run[0] if len(run) == 1 else f"{run[0]}—{run[-1]}" for run in runs)


@check("N06")
def office_unclear(checked: CheckedSubmission) -> Iterator[Observation]:
    """Items without a responsible office, or with several of which none leads."""
    for row in items_of(checked):
        office = row.get("office")
        if office is None:
            continue
        figures = {"no": number(row) or "—", "name": row.text("level3")}
        offices = [name for name in _SEPARATORS.split(office.text.strip()) if name]
        if nothing(office.text):
            yield seen("N06", office, expected="责任处室", **figures)
        elif len(offices) > 1 and _LEAD not in office.text:
            yield seen(
                "N06",
                office,
                found=office.text,
                expected="注明牵头处室",
                variant="several",
                count=str(len(offices)),
                **figures,
            )


@check("N07")
def done_without_evidence(checked: CheckedSubmission) -> Iterator[Observation]:
    """Nodes said to be done without evidence."""
    for each in told(checked):
        if (
            each.node.claimed in words("nodes", "done")
            and nothing(each.node.evidence)
            and each.row.get("evidence")
        ):
            yield seen(
                "N07",
                each.entry("evidence"),
                found=each.node.claimed,
                expected="佐证材料",
                **each.names,
            )
