"""Work nodes (工作节点) of an annual plan: states by their dates, scores by the profile, completion both ways (policy.md 5)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from evalbatch.model.evaluation import Node, NodeState
from evalbatch.model.submission import Row, RowKind, Submission
from evalbatch.model.value import Rate
from evalbatch.policies.spec import NodeScoring
from evalbatch.scoring import sentences
from evalbatch.scoring.figures import ZERO
from evalbatch.scoring.terms import said, words


def read_nodes(submission: Submission, scoring: NodeScoring | None, as_of: date) -> tuple[Node, ...]:
    """Read the nodes with their items, states and scores.

    Args:
        submission: an annual workbook with tables `items` and `nodes`.
        scoring: how the profile scores nodes; None takes the default table.
        as_of: the day that decides what is due.

    Returns:
        The nodes in the order of the workbook. A node that is not due, or left out by an approved adjustment, has no score.
    """
    rule = scoring or NodeScoring()
    items = {number(row): row for row in submission.rows("items", RowKind.ITEM)}
    return tuple(_node(row, items, rule, as_of) for row in submission.rows("nodes", RowKind.ITEM))


def completion(nodes: Iterable[Node]) -> tuple[Rate, Rate]:
    """Return completed nodes by all nodes, and the same without approved adjustments.

    Seventy-five nodes done and one postponed with approval give 75/76 (98.68 %) and 75/75 (100 %).
    """
    plan = tuple(nodes)
    unadjusted = [node for node in plan if node.state is not NodeState.ADJUSTED]
    return _rate(plan, "all_nodes"), _rate(unadjusted, "unadjusted_nodes")


def total(nodes: Sequence[Node], full: Decimal) -> Decimal | None:
    """Return the mean node score in points of `full`, unrounded; None when no node counts yet."""
    scores = [node.score for node in nodes if node.score is not None]
    return sum(scores, ZERO) / len(scores) * full if scores else None


def number(row: Row) -> str:
    """Return the number of the level-3 item that a row belongs to, as plain text: 59 and 59.0 are the same."""
    stated = row.number("level3_no")
    if stated is not None and stated == stated.to_integral_value():
        return str(int(stated))
    return row.text("level3_no").strip()


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the dates of a node say: its state, and its score as a share, None when it does not count."""

    state: NodeState
    score: Decimal | None = None


def _node(row: Row, items: Mapping[str, Row], scoring: NodeScoring, as_of: date) -> Node:
    item = items.get(number(row))
    node = Node(
        level1=item.text("level1") if item else "",
        level2=item.text("level2") if item else "",
        number=number(row),
        level3=item.text("level3") if item else "",
        name=row.text("node"),
        office=row.text("office"),
        deadline=_date(row, "deadline"),
        done_on=_date(row, "done_on"),
        claimed=said(row.get("state")),
        state=NodeState.NOT_REPORTED,
        evidence=row.text("evidence"),
        cause=row.text("cause"),
        approver=row.text("approver"),
        approved_on=_date(row, "approved_on"),
        place=row.place,
        new_deadline=_date(row, "new_deadline"),
    )
    verdict = _judge(node, scoring, as_of)
    return replace(node, state=verdict.state, score=verdict.score)


def _date(row: Row, column: str) -> date | None:
    entry = row.get(column)
    return entry.when if entry else None


def _judge(node: Node, scoring: NodeScoring, as_of: date) -> _Verdict:
    """Say what the dates make of a node; a date of completion after `as_of` counts as not done yet."""
    done = node.done_on if node.done_on is not None and node.done_on <= as_of else None
    if node.deadline is None:
        return _Verdict(NodeState.NOT_REPORTED, None if done else scoring.not_done)
    if done is not None and done <= node.deadline:
        return _Verdict(NodeState.ON_TIME, scoring.on_time)
    if _adjusted(node, node.deadline, as_of):
        return _judge_adjusted(node, node.deadline, done, scoring, as_of)
    if done is not None:
        return _Verdict(NodeState.LATE, _late(done, node.deadline, scoring))
    return _undone(node, node.deadline, scoring, as_of)


def _adjusted(node: Node, deadline: date, as_of: date) -> bool:
    """Whether an approved adjustment is on paper: claimed or dated anew, with approver and date of approval.

    A new deadline that is no later than the old one adjusts nothing: a node is never late before its deadline.
    """
    wanted = node.new_deadline > deadline if node.new_deadline is not None else node.claimed in words("nodes", "adjusted")
    return wanted and bool(node.approver.strip()) and node.approved_on is not None and node.approved_on <= as_of


def _judge_adjusted(node: Node, deadline: date, done: date | None, scoring: NodeScoring, as_of: date) -> _Verdict:
    """Count against the new deadline; cancelled or moved to another year, it is left out; done without a new one, late."""
    new = node.new_deadline
    if new is None and done is not None:
        return _Verdict(NodeState.LATE, _late(done, deadline, scoring))
    if new is None or new.year > deadline.year:
        return _Verdict(NodeState.ADJUSTED)
    if done is not None:
        return (
            _Verdict(NodeState.ADJUSTED, scoring.on_time) if done <= new else _Verdict(NodeState.LATE, _late(done, new, scoring))
        )
    return _Verdict(NodeState.ADJUSTED) if as_of <= new else _Verdict(NodeState.NOT_DONE, scoring.not_done)


def _undone(node: Node, deadline: date, scoring: NodeScoring, as_of: date) -> _Verdict:
    if as_of <= deadline:
        return _Verdict(NodeState.NOT_DUE)
    silent = not node.claimed and not node.cause.strip() and node.done_on is None
    undated = node.claimed in words("nodes", "done") and node.done_on is None
    return _Verdict(NodeState.NOT_REPORTED if silent or undated else NodeState.NOT_DONE, scoring.not_done)


def _late(done: date, deadline: date, scoring: NodeScoring) -> Decimal:
    return scoring.late if (done - deadline).days <= scoring.late_days else scoring.very_late


def _rate(nodes: Sequence[Node], denominator: str) -> Rate:
    completed = sum(1 for node in nodes if _completed(node))
    names = sentences.name("completed_nodes"), sentences.name(denominator)
    return Rate(Decimal(completed), Decimal(len(nodes)), *names)


def _completed(node: Node) -> bool:
    return node.state in {NodeState.ON_TIME, NodeState.LATE} or (node.state is NodeState.ADJUSTED and node.score is not None)
