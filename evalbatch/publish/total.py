"""The consolidated report of a cycle (总报告.docx) for the leadership: two pages of text, then charts and tables."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from evalbatch.model.evaluation import NodeState, Status
from evalbatch.model.figures import share
from evalbatch.model.record import Cycle
from evalbatch.publish.narrative import day, listed, percent, plain, quoted, say, words
from evalbatch.publish.report_facts import name_of
from evalbatch.publish.summary_tally import Group
from evalbatch.publish.total_tables import Table, mark, tables
from evalbatch.publish.total_view import View
from evalbatch.publish.word import Template, prepared, shipped
from evalbatch.publish.word_chart import bars

_NAMED = 4
_CAUSES = 2  # named in the text; the table has more
_STATES = (
    (NodeState.ON_TIME, "on_time"),
    (NodeState.LATE, "late"),
    (NodeState.NOT_DONE, "not_done"),
    (NodeState.ADJUSTED, "adjusted"),
    (NodeState.NOT_DUE, "not_due"),
    (NodeState.NOT_REPORTED, "not_reported"),
)


def render(cycle: Cycle, *, template: bytes | None = None) -> bytes:
    """Return the consolidated report of a cycle; its records are read once.

    Args:
        cycle: the cycle as it stands on its `as_of` day.
        template: an office's own template instead of ours.

    Raises:
        evalbatch.publish.word.BrokenTemplate: the office's own template cannot be used.
    """
    return render_view(View.of(cycle), template=template)


def render_view(view: View, *, template: bytes | None = None) -> bytes:
    """Return the consolidated report from what it keeps of a cycle, with the same arguments."""
    chosen: Template = prepared(template) if template is not None else shipped("total")
    return chosen.render(context(view), charts(view))


def context(view: View) -> dict[str, Any]:
    """Return what the placeholders of the consolidated report's template stand for."""
    cycle = view.cycle
    made = tables(view)
    title = say("total.title", cycle=cycle.name)
    policies = listed(map(quoted, cycle.policy_names)) or say("words.dash")
    return {
        "机关名称": cycle.organiser,
        "报告名称": title,
        "文档标题": title,
        "页眉": "",
        "导语": say("total.opening", cycle=cycle.name, as_of=day(cycle.as_of)),
        "报送情况": "".join(_deliveries(view)),
        "评价结果": "\n".join(_results(view, made)),
        "预算执行": "\n".join(_execution(view, made)),
        "主要问题": _findings(view),
        "节点情况": _nodes(view, made),
        "有报送图": bool(view.tally.statuses),
        "有执行图": view.rated > 0,
        "附表目录": say("total.appendices", count=len(made)) if made else say("total.appendix"),
        "附表": made,
        "口径说明": say("total.policies", policies=policies),
        "落款单位": cycle.organiser,
        "落款日期": day(cycle.as_of),
    }


def charts(view: View) -> dict[str, bytes]:
    """Return the chart parts by the titles they have in the template."""
    statuses, axis = view.tally.statuses, say("total.axis")
    grades = {word: sum(group.grades[word] for group in view.groups.values()) for word in view.tally.grades}
    return {
        "报送情况图": bars(axis, [(status.label, statuses[status]) for status in Status]),
        "评价等次图": bars(axis, list(grades.items())),
        "执行率分布图": bars(axis, list(zip(words("total.bands"), view.bands, strict=True))),
    }


def _deliveries(view: View) -> Iterator[str]:
    expected, missing = len(view.cycle.expected), view.missing
    if expected and not missing:
        yield say("total.expected_all", expected=expected)
    elif expected:
        over = sum(1 for line in missing if line.days_left is not None and line.days_left < 0)
        figures = {"expected": expected, "came": expected - len(missing), "missing": len(missing)}
        rate = _portion(expected - len(missing), expected)
        yield say("total.expected", **figures, rate=rate, overdue=say("total.overdue", count=over) if over else "")
    statuses = view.tally.statuses
    old = statuses[Status.SUPERSEDED]
    files = sum(statuses.values()) - old
    if not files:
        yield say("total.nothing", as_of=day(view.cycle.as_of))
        return
    came = (Status.GRADED, Status.ACCEPTED, Status.RETURNED, Status.UNREADABLE)
    counts = "，".join(say(f"total.came_{status.value}", count=statuses[status]) for status in came if statuses[status])
    yield say("total.received", files=files, counts=counts, superseded=say("total.superseded", count=old) if old else "")


def _portion(part: int, whole: int) -> str:
    return percent(share(Decimal(part), Decimal(whole)))


def _results(view: View, made: list[Table]) -> Iterator[str]:
    if not view.groups:
        yield say("total.not_graded")
        return
    yield "".join(_grades(view))
    for worst in view.weak.members[:1]:
        causes = "、".join(say("total.cause", name=quoted(name_of(row)), lost=plain(row.lost)) for row in worst.lost[:_CAUSES])
        figures = {"name": quoted(worst.name), "department": worst.department, "score": plain(worst.score)}
        yield say("total.weakest", **figures, causes=causes, table=mark(made, "weak"))


def _grades(view: View) -> Iterator[str]:
    """Say of each form how many workbooks have which grade; means of different forms are never added."""
    for form, group in view.groups.items():
        grades = [say("total.grade", word=word, count=group.grades[word]) for word in view.tally.grades if group.grades[word]]
        weighted = group.weighted_mean
        figures = {"form": form, "count": group.scored, "mean": plain(group.mean)}
        mean = say("total.weighted", mean=plain(weighted)) if weighted is not None else ""
        yield say("total.grades" if grades else "total.grades_plain", **figures, weighted=mean, grades="、".join(grades))


def _execution(view: View, made: list[Table]) -> Iterator[str]:
    funded = {form: group for form, group in view.groups.items() if group.budget}
    if not funded:
        yield say("total.no_money")
        return
    yield "".join(_money(form, group) for form, group in funded.items())
    if view.low:
        slowest = view.slow.members[0]
        figures = {"count": view.low, "rate": _portion(view.low, view.rated), "name": quoted(slowest.name)}
        yield say(
            "total.low", limit=percent(view.cycle.low_rate), **figures, lowest=percent(slowest.rate), table=mark(made, "slow")
        )
    elif view.rated and view.cycle.low_rate is not None:
        yield say("total.low_none", limit=percent(view.cycle.low_rate))


def _money(form: str, group: Group) -> str:
    unspent = plain(group.budget - group.executed)
    amounts = {"budget": plain(group.budget), "executed": plain(group.executed), "unspent": unspent}
    return say("total.money", form=form, **amounts, rate=percent(group.rate))


def _findings(view: View) -> str:
    common = view.commonest
    if not common:
        return say("total.findings_none")
    titles = [say("total.title_count", title=view.tally.titles[code], count=count) for code, count in common[:_NAMED]]
    severities, lifted = view.tally.severities, sum(view.tally.lifted.values())
    counts = {"errors": severities["错误"], "warnings": severities["警告"], "files": view.files_with_findings}
    return say("total.findings", **counts, titles=listed(titles), waived=say("total.waived", count=lifted) if lifted else "")


def _nodes(view: View, made: list[Table]) -> str:
    counts = {state: sum(count for (_, found), count in view.tally.states.items() if found is state) for state, _ in _STATES}
    every = sum(counts.values())
    if not every:
        return ""
    states = "，".join(say(f"annual.state_{key}", count=counts[state]) for state, key in _STATES if counts[state])
    done = sum(view.tally.done.values())
    net = every - counts[NodeState.ADJUSTED]
    text = say(
        "total.nodes",
        all=every,
        states=states,
        all_rate=_portion(done, every),
        net_rate=_portion(done - view.tally.done_adjusted, net),
    )
    late = say("total.nodes_late", count=view.late_count, table=mark(made, "late")) if view.late_count else ""
    return text + late + (say("total.nodes_soon", count=view.soon_count) if view.soon_count else "")
