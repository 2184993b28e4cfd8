"""Work nodes (工作节点) of an annual plan: states by their dates, scores by the profile, completion
both ways (README, rule 5).

An approved adjustment moves the deadline. One that cancels the node or moves it to another year
leaves it out of the score; so does a new deadline still to come; a node that is done is judged by
its date, whatever was approved.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from evalbatch.model.evaluation import Node, NodeState
from evalbatch.model.figures import ZERO
from evalbatch.model.record import Record
from evalbatch.model.submission import Row, RowKind, Submission
from evalbatch.model.today import Today
from evalbatch.model.value import Rate
from evalbatch.scoring import terms
from evalbatch.scoring.terms import said, words
from evalbatch.standards.policy import NodeScoring

_SEVERAL: Final = "；"
_UNNUMBERED: Final = 1_000_000  # after every number


def read_nodes(
    submission: Submission, scoring: NodeScoring | None, today: Today
) -> tuple[Node, ...]:
    """Read the nodes with their items, states and scores.

    Args:
        submission: an annual workbook with tables `items` and `nodes`.
        scoring: how the profile scores nodes; None takes the default table.
        today: the day that decides what is due.

    Returns:
        The nodes in the order of the workbook. A node that is not due, or left out by an approved
        adjustment, has no score.
    """
    rule = scoring or NodeScoring()
    items: dict[str, list[Row]] = defaultdict(list)
    for row in submission.rows("items", RowKind.ITEM):
        items[number(row)].append(row)
    return tuple(_node(row, items, rule, today) for row in submission.rows("nodes", RowKind.ITEM))


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
    """Return the number of the level-3 item that a row belongs to, as plain text: 59 and 59.0 are
    the same.
    """
    stated = row.number("level3_no")
    if stated is not None and stated == stated.to_integral_value():
        return str(int(stated))
    return row.text("level3_no").strip()


def position(number: str) -> tuple[int, str]:
    """Return what puts items in the order of their numbers: 2 before 10, what has no number
    last.
    """
    digits = re.search(r"\d{1,6}", number)
    return (int(digits[0]) if digits else _UNNUMBERED, number)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the dates of a node say: its state, and its score as a share, None when it does not
    count.
    """

    state: NodeState
    score: Decimal | None = None


def _node(row: Row, items: Mapping[str, Sequence[Row]], scoring: NodeScoring, today: Today) -> Node:
    own = items.get(number(row), ()) if number(row) else ()
    node = Node(
        level1=_names(own, "level1"),
        level2=_names(own, "level2"),
        number=number(row),
        level3=_names(own, "level3"),
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
    verdict = _judge(node, scoring, today)
    return replace(node, state=verdict.state, score=verdict.score)


def _names(items: Sequence[Row], column: str) -> str:
    """Return what the items of one number are called; all of them, where by mistake several have
    it.
    """
    return _SEVERAL.join(dict.fromkeys(text for item in items if (text := item.text(column))))


def _date(row: Row, column: str) -> date | None:
    entry = row.get(column)
    return entry.when if entry else None


def _judge(node: Node, scoring: NodeScoring, today: Today) -> _Verdict:
    """Say what the dates make of a node; a date of completion still to come counts as not
    done yet.
    """
    done = node.done_on
    if done is not None and today.is_before(done):
        done = None
    if node.deadline is None:
        return _Verdict(NodeState.NOT_REPORTED, None if done else scoring.not_done)
    adjusted = _adjusted(node, node.deadline, today)
    due = node.new_deadline if adjusted and node.new_deadline is not None else node.deadline
    if done is not None:
        return (
            _Verdict(NodeState.ON_TIME, scoring.on_time)
            if done <= due
            else _late(done, due, scoring)
        )
    overdue = today.has_passed(due)
    if adjusted and (node.new_deadline is None or due.year > node.deadline.year or not overdue):
        return _Verdict(NodeState.ADJUSTED)
    if not overdue:
        return _Verdict(NodeState.NOT_DUE)
    return _Verdict(
        NodeState.NOT_REPORTED if _silent(node) else NodeState.NOT_DONE, scoring.not_done
    )


def _adjusted(node: Node, deadline: date, today: Today) -> bool:
    """Whether an approved adjustment is on paper: claimed or dated anew, with approver and date of
    approval.

    A new deadline that is no later than the old one adjusts nothing: a node is never late before
    its deadline.
    """
    wanted = (
        node.new_deadline > deadline
        if node.new_deadline is not None
        else node.claimed in words("nodes", "adjusted")
    )
    return (
        wanted
        and bool(node.approver.strip())
        and node.approved_on is not None
        and not today.is_before(node.approved_on)
    )


def _silent(node: Node) -> bool:
    """Whether the office reported nothing about a node that is due: no date, no cause, and no word
    that it is not done.
    """
    admitted = node.claimed in words("nodes", "undone") or node.claimed in words(
        "nodes", "adjusted"
    )
    return node.done_on is None and not node.cause.strip() and not admitted


def _late(done: date, due: date, scoring: NodeScoring) -> _Verdict:
    return _Verdict(
        NodeState.LATE,
        scoring.late if (done - due).days <= scoring.late_days else scoring.very_late,
    )


def _rate(nodes: Sequence[Node], denominator: str) -> Rate:
    completed = sum(1 for node in nodes if node.state in {NodeState.ON_TIME, NodeState.LATE})
    names = terms.name("completed_nodes"), terms.name(denominator)
    return Rate(Decimal(completed), Decimal(len(nodes)), *names)


NodeKey = tuple[str, str, tuple[int, str], str, str, int]


def node_key(record: Record, node: Node) -> NodeKey:
    """Return what sorts a node: organisation and year, the number of its item, then file and
    place.
    """
    return (
        record.department,
        record.year,
        position(node.number),
        record.file,
        node.place.sheet,
        node.place.row,
    )
