"""An organisation's annual plan: the workbooks of its offices looked at as one, everything in the
order of its numbers.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import Any

from evalbatch.model.evaluation import Evaluation, Node, NodeState, Status
from evalbatch.model.figures import numeral
from evalbatch.model.identity import submission_year
from evalbatch.model.submission import Row, RowKind, Submission
from evalbatch.model.today import Today
from evalbatch.publish.sentences import (
    bare,
    day,
    ended,
    enumerated,
    missing,
    or_missing,
    percent,
    say,
    short_day,
    states_told,
)
from evalbatch.publish.titles import titled
from evalbatch.publish.word.template import Merged, chosen
from evalbatch.scoring.work_nodes import completion, position, read_nodes
from evalbatch.scoring.work_nodes import number as item_number
from evalbatch.standards.form import FormSpec
from evalbatch.standards.policy import Policy


@dataclass(frozen=True, slots=True)
class ReportedItem:
    """A level-3 item (三级指标) as an office reported it."""

    number: str
    name: str
    office: str
    text: str
    level1: str
    level2: str


@dataclass(frozen=True)
class OrganisationPlan:
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
        return next(
            (text for submission in self.submissions if (text := submission.text(field).strip())),
            "",
        )

    def when(self, field: str) -> str:
        """Return the latest date that an office gave for a field, as official documents write
        it.
        """
        return day(self.latest(field))

    def latest(self, field: str) -> date | None:
        """Return the latest date that an office gave for a field."""
        entries = [submission.get(field) for submission in self.submissions]
        dates = [entry.when for entry in entries if entry and entry.when]
        return max(dates, default=None)

    @cached_property
    def day(self) -> date:
        """The day of the letter and of its figures: its own where it is dated, never one still to
        come.
        """
        return min(self.latest("signed_on") or self.latest("reported_on") or self.as_of, self.as_of)

    @cached_property
    def year(self) -> str:
        """The year of the plan."""
        return next(filter(None, map(submission_year, self.submissions)), missing("年度"))

    @cached_property
    def organisation(self) -> str:
        """The organisation's name."""
        return self.first("organisation") or self.first("department") or missing("单位名称")

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes in the order of their items' numbers."""
        every = [node for evaluation in self.evaluations for node in self._judged(evaluation)]
        return tuple(sorted(every, key=lambda node: position(node.number)))

    def _judged(self, evaluation: Evaluation) -> tuple[Node, ...]:
        """Return the nodes of a workbook as they stood on the day of the letter."""
        if self.day == self.as_of:
            return evaluation.scores.nodes
        return (
            read_nodes(evaluation.submission, self.policy.nodes, Today(self.day))
            or evaluation.scores.nodes
        )

    @cached_property
    def items(self) -> tuple[ReportedItem, ...]:
        """All items in the order of their numbers."""
        every = (item for evaluation in self.evaluations for item in _items(evaluation))
        return tuple(
            sorted(
                (item for item in every if item.name or item.number),
                key=lambda item: position(item.number),
            )
        )

    @cached_property
    def offices(self) -> tuple[str, ...]:
        """The responsible offices in the order of their first item, then those without any."""
        named = [item.office for item in self.items] + [node.office for node in self.nodes]
        named += [submission.text("office").strip() for submission in self.submissions]
        return tuple(dict.fromkeys(name for name in named if name))

    @cached_property
    def returned(self) -> tuple[str, ...]:
        """The offices whose workbooks were returned."""
        open_ = (
            evaluation for evaluation in self.evaluations if evaluation.status is not Status.GRADED
        )
        return tuple(
            evaluation.submission.text("office").strip() or evaluation.submission.file
            for evaluation in open_
        )

    def count(self, state: NodeState) -> int:
        """Count the nodes in a state."""
        return sum(1 for node in self.nodes if node.state is state)


def _items(evaluation: Evaluation) -> list[ReportedItem]:
    """Return the items of a workbook; one without a list of items has those of its nodes."""
    submission = evaluation.submission
    listed = [_item(row, submission) for row in submission.rows("items", RowKind.ITEM)]
    nodes = {node.number: node for node in evaluation.scores.nodes} if not listed else {}
    return listed or [
        ReportedItem(number, node.level3 or node.name, node.office, "", node.level1, node.level2)
        for number, node in nodes.items()
    ]


def _item(row: Row, submission: Submission) -> ReportedItem:
    office = row.text("office").strip() or submission.text("office").strip()
    texts = (row.text(column).strip() for column in ("level3", "achievement", "level1", "level2"))
    name, text, level1, level2 = texts
    return ReportedItem(item_number(row), name, office, text, level1, level2)


_RANGE = 4  # so many items in a row are written as a range
_NAMED = 6  # offices and items named one by one


def render(
    evaluations: Sequence[Evaluation],
    form: FormSpec,
    policy: Policy,
    as_of: date,
    *,
    template: bytes | None = None,
) -> bytes:
    """Return the summary of an organisation's annual plan from the workbooks of its offices.

    Items and nodes stand in the order of their numbers, whoever handed them in.

    Raises:
        ValueError: there is no evaluation.
        evalbatch.publish.word.template.BrokenTemplate: the office's own template cannot be used.
    """
    return chosen("organisation", template).render(
        context(OrganisationPlan(tuple(evaluations), form, policy, as_of))
    )


def render_office(
    evaluation: Evaluation,
    form: FormSpec,
    policy: Policy,
    as_of: date,
    *,
    template: bytes | None = None,
) -> bytes:
    """Return the short report of one office.

    Raises:
        evalbatch.publish.word.template.BrokenTemplate: the office's own template cannot be used.
    """
    return chosen("office", template).render(
        office_context(OrganisationPlan((evaluation,), form, policy, as_of))
    )


def context(plan: OrganisationPlan) -> dict[str, Any]:
    """Return what the placeholders of the organisation's template stand for."""
    title = say("annual.title", year=plan.year)
    return {
        **_common(plan),
        "发文字号": re.sub(
            r"[\[［【(（](\d{4})[\]］】)）]", r"〔\1〕", plan.first("document_number")
        ),
        "机关名称": plan.organisation,
        "标题机关": titled(plan.organisation),
        "报告名称": title,
        "文档标题": f"{plan.organisation}{title}",
        "主送机关": plan.first("addressee").rstrip("：: "),
        "导语": _opening(plan),
        "基本情况": "\n".join(filter(None, (_scale(plan), *_by_office(plan, "text_basics")))),
        "事项": _organisation_items(plan.items),
        "处室表": _office_rows(plan),
        "部门评价": "\n".join((*_assessments(plan), *_by_office(plan, "text_assessment")))
        or missing("部门评价情况"),
        "工作开展": _told(plan, "text_management", "绩效管理工作开展情况"),
        "附件名称": say("annual.attachment", year=plan.year),
        "附件标题": titled(say("annual.attachment", year=plan.year)),
        "附注": say("annual.note", as_of=day(plan.day), policy=plan.policy.name),
        "落款单位": plan.organisation,
    }


def office_context(plan: OrganisationPlan) -> dict[str, Any]:
    """Return what the placeholders of an office's template stand for."""
    office = plan.first("office") or "、".join(plan.offices) or missing("处室名称")
    title = say("annual.office_title", year=plan.year)
    figures = {"office": office, "organisation": plan.organisation, "year": plan.year}
    return {
        **_common(plan),
        "处室名称": office,
        "标题处室": titled(office),
        "报告名称": title,
        "文档标题": f"{office}{title}",
        "导语": say(
            "annual.office_opening", **figures, items=len(plan.items), nodes=len(plan.nodes)
        ),
        "事项": _organisation_items(plan.items),
        "工作开展": "\n".join(_by_office(plan, "text_management")),
        "问题不足": "\n".join(_by_office(plan, "text_problems")),  # an office need not have any
        "意见建议": "\n".join(_by_office(plan, "text_suggestions")),
        "落款单位": office,
    }


def _common(plan: OrganisationPlan) -> dict[str, Any]:
    draft = bool(plan.returned)
    return {
        "年度": plan.year,
        "完成概述": _progress(plan),
        "调整事项": [_exception(node) for node in plan.nodes if node.state in _EXCEPTIONS],
        "节点表": list(_node_rows(plan.nodes)),
        "问题不足": _told(plan, "text_problems", "存在的问题和不足"),
        "意见建议": _told(plan, "text_suggestions", "意见建议"),
        "审核提示": [],  # now in the working paper; templates edited before that still ask for it
        "落款日期": plan.when("signed_on") or plan.when("reported_on") or missing("落款日期"),
        "草稿": draft,
        "草稿标记": say("words.draft") if draft else "",
        "页眉": say("words.draft") if draft else "",
    }


def _opening(plan: OrganisationPlan) -> str:
    text = say("annual.opening", year=plan.year, organisation=plan.organisation)
    return text + (say("annual.draft", offices="、".join(plan.returned)) if plan.returned else "")


def _scale(plan: OrganisationPlan) -> str:
    offices = plan.offices
    key = "names_all" if len(offices) <= _NAMED else "names_some"
    return say(
        "annual.scale",
        organisation=plan.organisation,
        level1=len({item.level1 for item in plan.items if item.level1}),
        level2=len({(item.level1, item.level2) for item in plan.items if item.level2}),
        level3=len({item.number or item.name for item in plan.items}),
        nodes=len(plan.nodes),
        names=say(f"annual.{key}", names="、".join(offices[:_NAMED])),
        offices=len(offices),
    )


def _progress(plan: OrganisationPlan) -> str:
    count = len(plan.nodes)
    if not count:
        return missing("节点完成情况")
    every, net = completion(plan.nodes)
    net_told = say(
        "annual.rates_net", rate=percent(net.value), done=net.numerator, all=net.denominator
    )
    return _states(plan, count) + say(
        "annual.rates",
        all_rate=percent(every.value),
        done=every.numerator,
        all=every.denominator,
        net="" if net.denominator == every.denominator else net_told,
    )


def _states(plan: OrganisationPlan, count: int) -> str:
    as_of = day(plan.day)
    if plan.count(NodeState.ON_TIME) == count:
        return say("annual.done_all", as_of=as_of, all=count)
    states = states_told({state: plan.count(state) for state in NodeState})
    return say("annual.done", as_of=as_of, all=count, states=states)


_EXCEPTIONS = (NodeState.ADJUSTED, NodeState.NOT_DONE, NodeState.LATE, NodeState.NOT_REPORTED)


def _exception(node: Node) -> str:
    """Say of a node that was not done on time what happened, why, and who approved it."""
    cause = bare(node.cause) or missing("原因")
    figures = {
        "number": node.number,
        "name": node.name or node.level3,
        "office": node.office or missing("责任处室"),
        "cause": cause,
    }
    if node.state is NodeState.ADJUSTED:
        approver, approved = (
            node.approver or missing("批准人"),
            day(node.approved_on) or missing("批准时间"),
        )
        return say(
            "annual.adjusted",
            **figures,
            approver=approver,
            approved_on=approved,
            new=_new_deadline(node),
        )
    deadline = day(node.deadline) or missing("完成时限")
    if node.state is NodeState.NOT_DONE:
        return say("annual.not_done", **figures, deadline=deadline)
    if node.state is NodeState.NOT_REPORTED:
        return say("annual.not_reported", **figures, deadline=deadline)
    finished = (
        say("annual.late_done", done_on=day(node.done_on))
        if node.done_on
        else say("annual.late_open")
    )
    return say("annual.late", **figures, deadline=deadline, finished=finished)


def _new_deadline(node: Node) -> str:
    return say("annual.adjusted_new", deadline=day(node.new_deadline)) if node.new_deadline else ""


def _organisation_items(items: Iterable[ReportedItem]) -> list[dict[str, str]]:
    """Return the items with their texts; neighbours with the same text, or with none, are told
    together.
    """
    every = tuple(items)
    groups = [list(group) for _, group in groupby(every, lambda item: item.text)]
    claims = Counter(item.number for item in every)
    headings = [_heading(group) + _claimants(group, claims) for group in groups]
    return [
        {
            "标题": title,
            "内容": or_missing(group[0].text, say("annual.item_missing")),
        }
        for title, group in zip(enumerated(headings, "{number}.{text}"), groups, strict=True)
    ]


def _claimants(group: Sequence[ReportedItem], claims: Counter[str]) -> str:
    """Name the offices of items that several offices claim, so that a reader can tell their texts
    apart.
    """
    offices = dict.fromkeys(
        item.office for item in group if claims[item.number] > 1 and item.office
    )
    return say("annual.item_offices", offices="、".join(offices)) if offices else ""


def _heading(group: Sequence[ReportedItem]) -> str:
    numbers = list(dict.fromkeys(item.number for item in group))
    names = list(dict.fromkeys(item.name for item in group if item.name))
    shown = "；".join(names) if len(names) <= _NAMED else f"{'；'.join(names[:2])}等{len(names)}项"
    written = [numeral(int(number)) if number.isdigit() else number for number in numbers]
    if len(written) == 1:
        return say("annual.item_one", number=written[0], names=shown)
    if len(written) >= _RANGE and _consecutive(numbers):
        return say("annual.item_range", first=written[0], last=written[-1], names=shown)
    return say("annual.item_few", numbers="、".join(written), names=shown)


def _consecutive(numbers: Sequence[str]) -> bool:
    if not all(number.isdigit() for number in numbers):
        return False
    return [int(number) for number in numbers] == list(
        range(int(numbers[0]), int(numbers[0]) + len(numbers))
    )


def _by_office(plan: OrganisationPlan, field: str) -> Iterator[str]:
    """Yield each different text of a field, with its offices when there are several texts."""
    offices: dict[str, list[str]] = {}
    for submission in plan.submissions:
        text = submission.text(field).strip()
        if text and bare(text) != say("words.none"):
            offices.setdefault(text, []).append(submission.text("office").strip())
    for text, names in offices.items():
        yield (
            text
            if len(offices) == 1
            else say("annual.by_office", office="、".join(filter(None, names)), text=text)
        )


def _told(plan: OrganisationPlan, field: str, what: str) -> str:
    """Return what the offices wrote; "none" when they wrote just that, the mark for the author when
    they wrote nothing.
    """
    return "\n".join(_by_office(plan, field)) or (
        say("annual.none") if plan.first(field) else missing(what)
    )


def _assessments(plan: OrganisationPlan) -> Iterator[str]:
    rows = [
        row
        for submission in plan.submissions
        for row in submission.rows("assessments", RowKind.ITEM)
    ]
    for row in rows:
        name, result, text = (row.text(column).strip() for column in ("name", "result", "text"))
        if name and (result or text):
            yield say(
                "annual.assessment",
                name=name,
                result=bare(result) or missing("评价结果"),
                text=ended(text),
            )


def _node_rows(nodes: Iterable[Node]) -> Iterator[dict[str, Any]]:
    """Yield the rows of the node table; nodes of one item share the cells of its number and
    name.
    """
    for _, group in groupby(nodes, lambda node: (node.number, node.level3)):
        same = list(group)
        for node in same:
            number, name = node.number, node.level3
            shared = (
                Merged(text, first=node is same[0]) if len(same) > 1 else text
                for text in (number, name)
            )
            yield dict(zip(("序号", "指标"), shared, strict=True)) | _node_row(node)


def _node_row(node: Node) -> dict[str, str]:
    return {
        "节点": node.name,
        "处室": node.office,
        "时限": short_day(node.deadline) or say("words.dash"),
        "完成": short_day(node.done_on) or say("words.dash"),
        "状态": node.state.value,
        "说明": "".join(_remarks(node)),
    }


def _remarks(node: Node) -> Iterator[str]:
    if bare(node.evidence):
        yield say("annual.evidence", text=bare(node.evidence))
    if bare(node.cause):
        yield say("annual.cause", text=bare(node.cause))
    if node.state is NodeState.ADJUSTED:
        yield say(
            "annual.approved",
            approver=node.approver,
            approved_on=day(node.approved_on),
            new=_new_deadline(node),
        )


def _office_rows(plan: OrganisationPlan) -> list[dict[str, str]]:
    offices = plan.offices
    rows = [
        _office_row(office, [node for node in plan.nodes if node.office == office])
        for office in offices
    ]
    return [row for row in rows if row["节点"] != "0"]


def _office_row(office: str, nodes: Sequence[Node]) -> dict[str, str]:
    counts = {state.value: sum(1 for node in nodes if node.state is state) for state in NodeState}
    rate = completion(nodes)[0].value if nodes else None
    return {
        "处室": office,
        "节点": str(len(nodes)),
        **{name: str(count) for name, count in counts.items()},
        "完成率": percent(rate),
    }
