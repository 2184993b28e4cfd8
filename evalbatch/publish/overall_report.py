"""The tables of the consolidated report, each cut to what a reader turns over; the summary workbook
has the rest.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from evalbatch.model.evaluation import NodeState, Score, Status
from evalbatch.model.figures import share
from evalbatch.model.record import Cycle
from evalbatch.publish.project_report.facts import name_of
from evalbatch.publish.sentences import bare, day, listed, money, percent, plain, quoted, say, words
from evalbatch.publish.word.charts import bars
from evalbatch.publish.word.template import Template, literal, prepared, shipped
from evalbatch.publish.word.template_bodies import WIDTH, Cell, table
from evalbatch.results.tally import CAPPED, LISTED, Group, View

_LEFT = frozenset(
    {
        "主管部门",
        "报表",
        "项目名称",
        "主要失分事项及原因",
        "报送文件",
        "须更正的主要问题",
        "实施单位",
        "问题",
        "工作节点",
        "原因",
    }
)
_GRADES = "{grades}"
_NUMBERS = frozenset({"预算数", "执行数"})
Table = dict[str, str | Markup]


def tables(view: View) -> list[Table]:
    """Return the tables that have rows, numbered."""
    made = [one for one in _every(view) if one is not None]
    for number, one in enumerate(made, 1):
        one["标记"] = say("total.table_mark", number=number)
        one["目录"] = say("total.table_line", number=number, title=one["名称"])
    return made


def mark(made: Sequence[Table], key: str) -> str:
    """Return how the text refers to a table; empty when it has no rows."""
    return next((str(one["标记"]) for one in made if one["名称"] == say(f"total.{key}")), "")


def _every(view: View) -> Iterator[Table | None]:
    grades = view.tally.grades
    parts = (15, 15, 7, 7, 7, 10, *(6 for _ in grades), 12)
    yield _table("departments", parts, list(_departments(view)), cut=CAPPED, grades=grades)
    yield _table("weak", (24, 18, 8, 8, 42), list(_weak(view)), view.weak.count)
    yield _table("slow", (34, 24, 15, 15, 12), list(_slow(view)), view.low, unit="万元")
    yield _table("returned", (34, 18, 12, 36), list(_returned(view)), view.returned_count)
    yield _table("missing", (20, 20, 30, 15, 15), list(_missing(view)), cut=CAPPED)
    yield _table("common", (52, 14, 14, 20), list(_common(view)), cut=LISTED)
    yield _table(
        "late", (8, 30, 16, 14, 12, 20), list(_late(view)), view.late_count + view.soon_count
    )


def _table(
    key: str,
    parts: Sequence[int],
    rows: list[tuple[str, ...]],
    count: int = 0,
    *,
    cut: int = CAPPED,
    unit: str = "",
    grades: tuple[str, ...] = (),
) -> Table | None:
    if not rows:
        return None
    heads, whole = _heads(key, grades), max(count, len(rows))
    widths = [part * WIDTH // sum(parts) for part in parts]
    shown = rows[:cut]
    styles = [
        "CellLeft" if head in _LEFT else "CellNumber" if head in _NUMBERS else "Cell"
        for head in heads
    ]
    written = [[Cell(head, 1, "CellHead") for head in heads]]
    written += [
        [Cell(literal(text), 1, style) for text, style in zip(row, styles, strict=True)]
        for row in shown
    ]
    note = say("total.more" if whole > len(shown) else "total.all", count=whole, shown=len(shown))
    return {
        "名称": say(f"total.{key}"),
        "单位": unit,
        "内容": Markup(table(widths, written)),  # noqa: S704
        "附注": note,
    }


def _heads(key: str, grades: tuple[str, ...]) -> list[str]:
    """Return the heads of a table; the words of the grades stand in the place kept for them."""
    return [
        head
        for word in words(f"total.{key}_heads")
        for head in (grades if word == _GRADES else (word,))
    ]


def _departments(view: View) -> Iterator[tuple[str, ...]]:
    for (department, form), group in view.tally.departments.items():
        came = sum(
            count for status, count in group.statuses.items() if status is not Status.SUPERSEDED
        )
        if came:
            back = group.statuses[Status.RETURNED] + group.statuses[Status.UNREADABLE]
            counts = (came, group.statuses[Status.GRADED], back)
            grades = (str(group.grades[word]) for word in view.tally.grades)
            yield (
                department,
                form,
                *map(str, counts),
                plain(group.mean),
                *grades,
                percent(group.rate),
            )


def _weak(view: View) -> Iterator[tuple[str, ...]]:
    for one in view.weak.members:
        yield (
            one.name,
            one.department,
            plain(one.score),
            one.grade,
            "；".join(map(cause, one.lost)),
        )


def cause(row: Score) -> str:
    """Say which row lost how much and why, by the department's own words."""
    text = say("total.cause", name=name_of(row), lost=plain(row.lost))
    reason = bare(row.explanation)
    return f"{text}（{reason}）" if reason else text


def _slow(view: View) -> Iterator[tuple[str, ...]]:
    for one in view.slow.members:
        rate = one.money.rate
        if rate:
            yield (
                one.name,
                one.department,
                money(rate.denominator),
                money(rate.numerator),
                percent(one.rate),
            )


def _returned(view: View) -> Iterator[tuple[str, ...]]:
    for one in view.returned:
        yield (
            one.file,
            one.department,
            one.status.label,
            listed(one.errors, 4) or say("words.dash"),
        )


def _missing(view: View) -> Iterator[tuple[str, ...]]:
    for line in view.missing:
        entry, days = line.entry, line.days_left
        deadline = (
            f"{entry.deadline.year}.{entry.deadline.month}.{entry.deadline.day}"
            if entry.deadline
            else say("words.dash")
        )
        key = "days_none" if days is None else "days_over" if days < 0 else "days_left"
        yield (
            entry.department,
            entry.unit,
            entry.project,
            deadline,
            say(f"total.{key}", days=abs(days or 0)),
        )


def _common(view: View) -> Iterator[tuple[str, ...]]:
    for code, count in view.commonest:
        severity = view.severity_of_code[code].label
        yield (
            view.tally.titles[code],
            severity,
            str(count),
            str(view.files_of_code[code] or say("words.dash")),
        )


def _late(view: View) -> Iterator[tuple[str, ...]]:
    for node, soon in view.late:
        due = node.new_deadline or node.deadline
        deadline = f"{due.year}.{due.month}.{due.day}" if due else say("words.dash")
        state = say("total.soon") if soon else node.state.value
        yield (
            node.number,
            node.name or node.level3,
            node.office,
            deadline,
            state,
            bare(node.cause),
        )


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
        evalbatch.publish.word.template.BrokenTemplate: the office's own template cannot be used.
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
    grades = {
        word: sum(group.grades[word] for group in view.groups.values())
        for word in view.tally.grades
    }
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
        yield say(
            "total.expected",
            **figures,
            rate=rate,
            overdue=say("total.overdue", count=over) if over else "",
        )
    statuses = view.tally.statuses
    old = statuses[Status.SUPERSEDED]
    files = sum(statuses.values()) - old
    if not files:
        yield say("total.nothing", as_of=day(view.cycle.as_of))
        return
    came = (Status.GRADED, Status.ACCEPTED, Status.RETURNED, Status.UNREADABLE)
    counts = "，".join(
        say(f"total.came_{status.value}", count=statuses[status])
        for status in came
        if statuses[status]
    )
    yield say(
        "total.received",
        files=files,
        counts=counts,
        superseded=say("total.superseded", count=old) if old else "",
    )


def _portion(part: int, whole: int) -> str:
    return percent(share(Decimal(part), Decimal(whole)))


def _results(view: View, made: list[Table]) -> Iterator[str]:
    if not view.groups:
        yield say("total.not_graded")
        return
    yield "".join(_grades(view))
    for worst in view.weak.members[:1]:
        causes = "、".join(
            say("total.cause", name=quoted(name_of(row)), lost=plain(row.lost))
            for row in worst.lost[:_CAUSES]
        )
        figures = {
            "name": quoted(worst.name),
            "department": worst.department,
            "score": plain(worst.score),
        }
        yield say("total.weakest", **figures, causes=causes, table=mark(made, "weak"))


def _grades(view: View) -> Iterator[str]:
    """Say of each form how many workbooks have which grade; means of different forms are never
    added.
    """
    for form, group in view.groups.items():
        grades = [
            say("total.grade", word=word, count=group.grades[word])
            for word in view.tally.grades
            if group.grades[word]
        ]
        weighted = group.weighted_mean
        figures = {"form": form, "count": group.scored, "mean": plain(group.mean)}
        mean = say("total.weighted", mean=plain(weighted)) if weighted is not None else ""
        yield say(
            "total.grades" if grades else "total.grades_plain",
            **figures,
            weighted=mean,
            grades="、".join(grades),
        )


def _execution(view: View, made: list[Table]) -> Iterator[str]:
    funded = {form: group for form, group in view.groups.items() if group.budget}
    if not funded:
        yield say("total.no_money")
        return
    yield "".join(_money(form, group) for form, group in funded.items())
    if view.low:
        slowest = view.slow.members[0]
        figures = {
            "count": view.low,
            "rate": _portion(view.low, view.rated),
            "name": quoted(slowest.name),
        }
        yield say(
            "total.low",
            limit=percent(view.cycle.low_rate),
            **figures,
            lowest=percent(slowest.rate),
            table=mark(made, "slow"),
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
    titles = [
        say("total.title_count", title=view.tally.titles[code], count=count)
        for code, count in common[:_NAMED]
    ]
    severities, lifted = view.tally.severities, sum(view.tally.lifted.values())
    counts = {
        "errors": severities["错误"],
        "warnings": severities["警告"],
        "files": view.files_with_findings,
    }
    return say(
        "total.findings",
        **counts,
        titles=listed(titles),
        waived=say("total.waived", count=lifted) if lifted else "",
    )


def _nodes(view: View, made: list[Table]) -> str:
    counts = {
        state: sum(count for (_, found), count in view.tally.states.items() if found is state)
        for state, _ in _STATES
    }
    every = sum(counts.values())
    if not every:
        return ""
    states = "，".join(
        say(f"annual.state_{key}", count=counts[state]) for state, key in _STATES if counts[state]
    )
    done = sum(view.tally.done.values())
    net = every - counts[NodeState.ADJUSTED]
    text = say(
        "total.nodes",
        all=every,
        states=states,
        all_rate=_portion(done, every),
        net_rate=_portion(done - view.tally.done_adjusted, net),
    )
    late = (
        say("total.nodes_late", count=view.late_count, table=mark(made, "late"))
        if view.late_count
        else ""
    )
    return text + late + (say("total.nodes_soon", count=view.soon_count) if view.soon_count else "")
