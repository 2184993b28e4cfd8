"""An organisation's annual plan: the workbooks of its offices looked at as one, everything in the order of its numbers."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from evalbatch.forms.spec import FormSpec
from evalbatch.model.evaluation import Evaluation, Node, NodeState, Status
from evalbatch.model.submission import Row, RowKind, Submission
from evalbatch.policies.spec import Policy
from evalbatch.publish.narrative import day, missing
from evalbatch.scoring.nodes import number as item_number
from evalbatch.scoring.nodes import position


@dataclass(frozen=True, slots=True)
class Item:
    """A level-3 item (三级指标) as an office reported it."""

    number: str
    name: str
    office: str
    text: str
    level1: str
    level2: str


@dataclass(frozen=True)
class Plan:
    """The workbooks of an organisation's offices, looked at as one plan."""

    evaluations: tuple[Evaluation, ...]
    form: FormSpec
    policy: Policy
    as_of: date

    @cached_property
    def submissions(self) -> tuple[Submission, ...]:
        """The workbooks."""
        return tuple(evaluation.submission for evaluation in self.evaluations)

    def first(self, field: str) -> str:
        """Return the first text that an office gave for a field."""
        return next((text for submission in self.submissions if (text := submission.text(field).strip())), "")

    def when(self, field: str) -> str:
        """Return the latest date that an office gave for a field, as official documents write it."""
        entries = [submission.get(field) for submission in self.submissions]
        dates = [entry.when for entry in entries if entry and entry.when]
        return day(max(dates)) if dates else ""

    @cached_property
    def year(self) -> str:
        """The year of the plan."""
        return self.first("year").rstrip("年度") or missing("年度")

    @cached_property
    def organisation(self) -> str:
        """The organisation's name."""
        return self.first("organisation") or self.first("department") or missing("单位名称")

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes in the order of their items' numbers."""
        every = [node for evaluation in self.evaluations for node in evaluation.scores.nodes]
        return tuple(sorted(every, key=lambda node: position(node.number)))

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """All items in the order of their numbers."""
        every = (item for evaluation in self.evaluations for item in _items(evaluation))
        return tuple(sorted((item for item in every if item.name or item.number), key=lambda item: position(item.number)))

    @cached_property
    def offices(self) -> tuple[str, ...]:
        """The responsible offices in the order of their first item, then those without any."""
        named = [item.office for item in self.items] + [node.office for node in self.nodes]
        named += [submission.text("office").strip() for submission in self.submissions]
        return tuple(dict.fromkeys(name for name in named if name))

    @cached_property
    def returned(self) -> tuple[str, ...]:
        """The offices whose workbooks were returned."""
        open_ = (evaluation for evaluation in self.evaluations if evaluation.status is not Status.GRADED)
        return tuple(evaluation.submission.text("office").strip() or evaluation.submission.file for evaluation in open_)

    def count(self, state: NodeState) -> int:
        """Count the nodes in a state."""
        return sum(1 for node in self.nodes if node.state is state)


def _items(evaluation: Evaluation) -> list[Item]:
    """Return the items of a workbook; one without a list of items has those of its nodes."""
    submission = evaluation.submission
    listed = [_item(row, submission) for row in submission.rows("items", RowKind.ITEM)]
    nodes = {node.number: node for node in evaluation.scores.nodes} if not listed else {}
    return listed or [
        Item(number, node.level3 or node.name, node.office, "", node.level1, node.level2) for number, node in nodes.items()
    ]


def _item(row: Row, submission: Submission) -> Item:
    office = row.text("office").strip() or submission.text("office").strip()
    texts = (row.text(column).strip() for column in ("level3", "achievement", "level1", "level2"))
    name, text, level1, level2 = texts
    return Item(item_number(row), name, office, text, level1, level2)
