"""The tables of the consolidated report, each cut to what a reader turns over; the summary workbook
has the rest.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from evalbatch.model.evaluation import NodeState, Score, Status
from evalbatch.model.figures import fixed, numeral, rounded, share, short_percent
from evalbatch.model.record import Cycle
from evalbatch.publish import departments
from evalbatch.publish.departments import DepartmentLine
from evalbatch.publish.project_report.facts import name_of
from evalbatch.publish.sentences import (
    amount,
    bare,
    day,
    enumerated,
    listed,
    money,
    percent,
    plain,
    points,
    quoted,
    say,
    words,
)
from evalbatch.publish.titles import titled
from evalbatch.publish.word.charts import Series, bars
from evalbatch.publish.word.table_markup import LANDSCAPE_WIDTH, WIDTH, listing
from evalbatch.publish.word.template import Template, prepared, shipped
from evalbatch.results.tally import CAPPED, LISTED, GroupCount, View

_GRADES = "{grades}"
Table = dict[str, str | Markup]


def tables(view: View) -> list[Table]:
    """Return the tables that have rows, numbered."""
    made = [one for one in _every(view) if one is not None]
    for number, one in enumerate(made, 1):
        one["标记"] = say("total.table_mark", number=number)
        one["目录"] = say("total.table_line", number=number, title=one["名称"])
    return made


def mark(made: Sequence[Table], key: str, **figures: object) -> str:
    """Return how the text refers to a table, by the key of its title; empty when it has no rows."""
    title = say(f"total.{key}", **figures)
    name = next((str(one["标记"]) for one in made if one["名称"] == title), "")
    return say("total.see", table=name) if name else ""


def department_table(view: View) -> Table | None:
    """Return the table of departments with the total of each form; None where nothing came in and
    nothing was expected.
    """
    lines = list(departments.lines(view.tally))
    if not lines:
        return None
    columns = [
        column
        for entry in words("total.departments_columns")
        for column in _spread(entry, view.tally.grades)
    ]
    grades = view.tally.grades
    sums = list(departments.totals(view.tally, say("total.sum")))
    rows = [department_row(line, grades) for line in (*lines[:CAPPED], *sums)]
    content = Markup(listing(columns, rows, LANDSCAPE_WIDTH, totals=len(sums)))  # noqa: S704 - escaped
    note = [
        say("total.departments_note"),
        _cut_note(len(lines), CAPPED) if len(lines) > CAPPED else "",
    ]
    return {"名称": say("total.departments"), "内容": content, "附注": "".join(note), "单位": ""}


def department_row(line: DepartmentLine, grades: Sequence[str]) -> tuple[str, ...]:
    """Return a line of the table of departments, in the order of its columns."""
    counts = (line.expected, line.came, line.graded, line.returned, line.missing, line.late)
    change = (
        say("words.dash")
        if line.change is None
        else f"{'+' if line.change > 0 else ''}{fixed(line.change)}"
    )
    amounts = (money(line.budget), money(line.executed), money(line.left), percent(line.rate))
    words_ = (str(line.grades[word]) for word in grades)
    return (
        line.department,
        *map(str, counts),
        points(line.mean),
        change,
        *amounts,
        *words_,
        line.form,
    )


def _spread(column: str, grades: Sequence[str]) -> list[str]:
    """Return a column, or one for each grade in the place kept for them."""
    return [column.replace(_GRADES, word) for word in grades] if _GRADES in column else [column]


def _every(view: View) -> Iterator[Table | None]:
    for form, lowest in view.weak.items():
        weak = [
            (
                one.name,
                one.department,
                points(one.score),
                one.grade,
                "；".join(map(cause, one.lost)),
            )
            for one in lowest.members
        ]
        title = say("total.weak") if len(view.weak) == 1 else say("total.weak_of", form=form)
        yield _table("weak", weak, lowest.count, title=title)
    yield _table("idle", list(_idle(view)), view.idle.count, unit=say("total.wan"))
    yield _table("slow", list(_slow(view)), view.low, unit=say("total.wan"))
    yield _table("causes", list(_causes(view)))
    yield _table("common", list(_common(view)), cut=LISTED)
    yield _table("returned", list(_returned(view)), view.returned_count)
    yield _missing(view)
    yield _late_hand_ins(view)
    yield _table("late", list(_late(view)), view.late_count + view.soon_count)


def _table(
    key: str,
    rows: Sequence[tuple[str, ...]],
    count: int = 0,
    *,
    cut: int = CAPPED,
    unit: str = "",
    title: str = "",
) -> Table | None:
    if not rows:
        return None
    whole = max(count, len(rows))
    content = Markup(listing(words(f"total.{key}_columns"), rows[:cut]))  # noqa: S704 - escaped
    note = (
        _cut_note(whole, min(len(rows), cut))
        if whole > min(len(rows), cut)
        else say("total.all", count=whole)
    )
    return {"名称": title or say(f"total.{key}"), "单位": unit, "内容": content, "附注": note}


def _cut_note(whole: int, shown: int) -> str:
    return say("total.more", count=whole, shown=shown)


def cause(row: Score) -> str:
    """Say which row lost how much and why, by the department's own words."""
    text = say("total.cause", name=name_of(row), lost=plain(row.lost))
    reason = bare(row.explanation)
    return f"{text}（{reason}）" if reason else text


def _idle(view: View) -> Iterator[tuple[str, ...]]:
    for number, one in enumerate(view.idle.members, 1):
        rate = one.money.rate
        if rate:
            amounts = (
                money(rate.denominator),
                money(rate.numerator),
                money(one.money.unspent),
                percent(one.rate),
            )
            yield (str(number), one.name, one.department, *amounts)


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


def _causes(view: View) -> Iterator[tuple[str, ...]]:
    for name, found in view.commonest_causes:
        yield (
            name,
            str(found.rows),
            str(found.projects),
            points(found.lost),
            found.example or say("words.dash"),
        )


def _returned(view: View) -> Iterator[tuple[str, ...]]:
    for one in view.returned:
        yield (
            one.file,
            one.department,
            one.status.label,
            listed(one.errors, 4) or say("words.dash"),
        )


def _missing(view: View) -> Table | None:
    """Return what the roster expects and nothing came in for, in its order, with a total line."""
    rows = []
    for line in view.missing[:CAPPED]:
        entry, days = line.entry, line.days_left
        deadline = short_day(entry.deadline) or say("words.dash")
        key = "days_none" if days is None else "days_over" if days < 0 else "days_left"
        left = say(f"total.{key}", days=abs(days or 0))
        rows.append((entry.department, entry.unit, entry.project or entry.unit, deadline, left))
    made = _table("missing", rows, len(view.missing))
    if made is not None:
        over = sum(1 for line in view.missing if (line.days_left or 0) < 0)
        whole = (
            say("total.sum"),
            "",
            say("total.items", count=len(view.missing)),
            "",
            say("total.items_over", count=over),
        )
        made["内容"] = _with_total("missing", rows, whole)
    return made


def _late_hand_ins(view: View) -> Table | None:
    """Return what came in after its deadline, in the order of the roster, with a total line."""
    dash = say("words.dash")
    rows = [
        (one.department, one.name, short_day(one.received_on) or dash, str(one.days))
        for one in view.late_hand_ins
    ]
    made = _table("late_in", rows, view.late)
    if made is not None:
        whole = (say("total.sum"), say("total.items", count=view.late), "", "")
        made["内容"] = _with_total("late_in", rows, whole)
    return made


def _with_total(key: str, rows: Sequence[tuple[str, ...]], whole: tuple[str, ...]) -> Markup:
    columns = words(f"total.{key}_columns")
    return Markup(listing(columns, [*rows, whole], WIDTH, totals=1))  # noqa: S704 - escaped


def short_day(when: date | None) -> str:
    """Write a date in a narrow column; empty when unknown."""
    return f"{when.year}.{when.month}.{when.day}" if when else ""


def _common(view: View) -> Iterator[tuple[str, ...]]:
    for code, count in view.commonest:
        severity = view.severity_of_code[code]
        yield (
            view.tally.titles[code],
            severity.label,
            str(count),
            str(view.files_of_code[code] or say("words.dash")),
        )


def _late(view: View) -> Iterator[tuple[str, ...]]:
    for node, soon in view.late_nodes:
        due = node.new_deadline or node.deadline
        deadline = short_day(due) or say("words.dash")
        state = say("total.soon") if soon else node.state.value
        yield (
            node.number,
            node.name or node.level3,
            node.office,
            deadline,
            state,
            bare(node.cause),
        )


_NAMED = 3
_FEW = 2
_CAUSES = 2  # named in the text; the table has more
_CHARTED = 20
"""Departments that one chart can name."""
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
        "机关名称": titled(cycle.organiser),
        "报告名称": titled(title),
        "文档标题": title,
        "页眉": "",
        "导语": say("total.opening", cycle=cycle.name, as_of=day(cycle.as_of)),
        "报送情况": "".join(_deliveries(view, made)),
        "评价结果": "\n".join(_results(view, made)),
        "预算执行": "".join(_execution(view, made)),
        "主要问题": "".join(_problems(view, made)),
        "节点情况": _nodes(view, made),
        **_chapters(view, made),
        **_attachments(view, made),
        "有报送图": bool(view.tally.statuses),
        "有执行图": view.rated > 0,
        "附表目录": say("total.appendices", count=len(made))
        if made
        else say("total.appendix"),  # of earlier templates
        "附表": made,
        "口径说明": say("total.policies", policies=policies),
        "落款单位": cycle.organiser,
        "落款日期": day(cycle.as_of),
    }


def _chapters(view: View, made: list[Table]) -> dict[str, Any]:
    """Return the chapters behind the fourth, those that have something to say, and the proposals as
    the last.
    """
    every = (("total.reviews_title", _reviews(view)), ("total.nodes_title", _nodes(view, made)))
    told = [(say(title), text) for title, text in every if text]
    titles = [f"{numeral(number)}、{title}" for number, (title, _) in enumerate(told, 5)]
    proposals = enumerated(list(_proposals(view)), "{number}.{text}")
    return {
        "其他章节": [
            {"标题": title, "内容": text} for title, (_, text) in zip(titles, told, strict=True)
        ],
        "建议标题": f"{numeral(5 + len(told))}、{say('total.proposals_title')}",
        "建议": proposals or [say("total.proposals_none")],
    }


def _attachments(view: View, made: list[Table]) -> dict[str, Any]:
    """Return the list of attachments and their marks: charts, the table of departments, all other
    tables.
    """
    table = department_table(view)
    present = {
        "charts": bool(view.groups),
        "departments": table is not None,
        "lists": bool(made),
    }
    names = [say(f"total.attached_{key}") for key, there in present.items() if there]
    keys = [key for key, there in present.items() if there]
    number = {key: str(at) if len(keys) > 1 else "" for at, key in enumerate(keys, 1)}
    marks = {key: say("total.attachment_mark", number=number.get(key, "")) for key in present}
    return {
        "附件目录": [{"名称": name} for name in enumerated(names, "{number}.{text}")],
        "有图": present["charts"],
        "图标记": marks["charts"],
        "部门表": {**table, "标记": marks["departments"]} if table else None,
        "表标记": marks["lists"],
        **_described(view),
    }


# ---------------------------------------------------------------- charts


def charts(view: View) -> dict[str, bytes]:
    """Return the chart parts by the titles they have in the template; the last three are those of
    earlier templates.
    """
    statuses, axis = view.tally.statuses, say("total.axis")
    grades = [
        sum(group.grades[word] for group in view.groups.values()) for word in view.tally.grades
    ]
    return {
        "部门图": _by_department(view),
        "年度图": _by_year(view),
        "执行得分图": _by_execution(view),
        "报送情况图": bars(
            axis,
            [each.label for each in Status],
            [Series(axis, [statuses[each] for each in Status])],
        ),
        "评价等次图": bars(axis, view.tally.grades, [Series(axis, grades)]),
        "执行率分布图": bars(axis, words("total.bands"), [Series(axis, view.bands)]),
    }


def _charted(view: View) -> tuple[str, list[DepartmentLine]]:
    """Return the form with most graded workbooks and the departments that have a mean in it, in the
    order of the roster.
    """
    form = max(view.groups, key=lambda name: view.groups[name].scored, default="")
    return form, [
        line
        for line in departments.lines(view.tally)
        if line.form == form and line.mean is not None
    ]


def _by_department(view: View) -> bytes:
    _, lines = _charted(view)
    shown = lines[:_CHARTED]
    rates = [None if line.rate is None else rounded(line.rate * 100, 1) for line in shown]
    means = [None if line.mean is None else rounded(line.mean, 1) for line in shown]
    series = [
        Series(say("total.mean_name"), means),
        *([Series(say("total.rate_name"), rates)] if any(rates) else []),
    ]
    return bars(say("total.mean_axis"), [line.department for line in shown], series, lying=True)


def _by_year(view: View) -> bytes:
    grades = view.tally.grades
    now = [group for group in view.groups.values() if group.before] or list(view.groups.values())
    counts = [sum(group.grades[word] for group in now) for word in grades]
    series = [Series(say("total.this_year"), counts)]
    if before := [group.before for group in now if group.before]:
        series.insert(
            0,
            Series(
                say("total.last_year"),
                [sum(group.grades[word] for group in before) for word in grades],
            ),
        )
    return bars(say("total.projects_axis"), grades, series)


def _by_execution(view: View) -> bytes:
    bands = words("total.bands")
    pairs = list(zip(view.band_scores, view.band_counts, strict=True))
    names = [
        say("total.band", band=band, count=count)
        for band, (_, count) in zip(bands, pairs, strict=True)
    ]
    means = [rounded(score / count, 1) if count else None for score, count in pairs]
    return bars(say("total.score_axis"), names, [Series(say("total.mean_name"), means)])


def _described(view: View) -> dict[str, Any]:
    """Return which charts there are, their remarks, and what each shows, for readers who cannot see
    it.
    """
    form, lines = _charted(view)
    cut = say("total.chart_cut", count=len(lines), shown=_CHARTED) if len(lines) > _CHARTED else ""
    compared = any(group.before for group in view.groups.values())
    grades = "，".join(
        say(
            "total.grade",
            word=word,
            count=sum(group.grades[word] for group in view.groups.values()),
        )
        for word in view.tally.grades
    )
    scored = sum(view.band_counts)
    told = [line for line in lines if line.mean is not None]
    ends = [min(told, key=_mean), max(told, key=_mean)] if told else []
    best = (
        ""
        if not ends
        else say(
            "total.described_departments",
            form=form,
            count=len(lines),
            low=ends[0].department,
            low_mean=plain(ends[0].mean),
            high=ends[1].department,
            high_mean=plain(ends[1].mean),
        )
    )
    bands = "，".join(
        say("total.described_band", band=band, count=count, mean=plain(score / count))
        for band, score, count in zip(
            words("total.bands"), view.band_scores, view.band_counts, strict=True
        )
        if count
    )
    return {
        "有部门图": bool(lines),
        "有等次图": any(group.grades.total() for group in view.groups.values()),
        "有散点图": scored > 0,
        "图注": {
            "部门": say("total.chart_form", form=form) + cut if form else "",
            "年度": say("total.chart_years") if compared else "",
            "执行得分": "",
        },
        "图说": {
            "部门": best,
            "年度": say("total.described_grades", grades=grades),
            "执行得分": say("total.described_execution", bands=bands),
        },
    }


def _mean(line: DepartmentLine) -> Decimal:
    return line.mean or Decimal(0)


# ---------------------------------------------------------------- the text


def _deliveries(view: View, made: list[Table]) -> Iterator[str]:
    expected, missing = len(view.cycle.expected), view.missing
    if expected and not missing:
        yield say("total.expected_all", expected=expected)
    elif expected:
        over = sum(1 for line in missing if line.days_left is not None and line.days_left < 0)
        figures = {"expected": expected, "came": expected - len(missing), "missing": len(missing)}
        told = say("total.overdue", count=over) if over else ""
        rate = _portion(expected - len(missing), expected)
        yield say("total.expected", **figures, rate=rate, overdue=told, table=mark(made, "missing"))
    if view.late:
        yield say("total.late_hand_ins", count=view.late, table=mark(made, "late_in"))
    yield from _received(view, made)


def _received(view: View, made: list[Table]) -> Iterator[str]:
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
    replaced = say("total.superseded", count=old) if old else ""
    yield say(
        "total.received",
        files=files,
        counts=counts,
        superseded=replaced,
        table=mark(made, "returned"),
    )


def _portion(part: int, whole: int) -> str:
    return percent(share(Decimal(part), Decimal(whole)))


def _results(view: View, made: list[Table]) -> Iterator[str]:
    if not view.groups:
        yield say("total.not_graded")
        return
    yield "".join(_grades(view))
    if compared := "".join(_against(view)):
        yield compared
    weak = list(_weakest(view, made))
    yield from weak or [say("total.weak_none")]


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


def _against(view: View) -> Iterator[str]:
    """Say how each form's mean and execution rate stand to last year's."""
    for form, group in view.groups.items():
        change, before = group.change, group.before
        if change is None or before is None:
            continue
        key = "same" if not rounded(change) else "up" if change > 0 else "down"
        figures = {
            "form": form,
            "before": plain(before.mean),
            "change": plain(abs(change)),
            "count": before.scored,
        }
        rates = (before.rate, group.rate)
        rate = (
            say("total.against_rate", before=percent(rates[0]), after=percent(rates[1]))
            if None not in rates
            else ""
        )
        yield say(f"total.against_{key}", **figures, rate=rate)


def _weakest(view: View, made: list[Table]) -> Iterator[str]:
    """Name of each form the projects with a low grade, the lowest with its causes; ties as ties."""
    for form, lowest in view.weak.items():
        members = lowest.members
        tied = [one for one in members if one.score == members[0].score]
        causes = "、".join(
            say("total.cause", name=quoted(name_of(row)), lost=plain(row.lost))
            for row in members[0].lost[:_CAUSES]
        )
        names = listed(
            (say("total.named", name=quoted(one.name), department=one.department) for one in tied),
            _NAMED,
        )
        key = "weakest" if len(tied) == 1 else "weakest_tied"
        table = mark(made, "weak" if len(view.weak) == 1 else "weak_of", form=form)
        figures = {
            "form": form,
            "count": lowest.count,
            "names": names,
            "score": plain(members[0].score),
        }
        yield say(
            f"total.{key}",
            **figures,
            causes=say("total.main_causes", causes=causes) if causes else "",
            table=table,
        )


def _execution(view: View, made: list[Table]) -> Iterator[str]:
    funded = {form: group for form, group in view.groups.items() if group.budget}
    if not funded:
        yield say("total.no_money")
        return
    yield say("total.scope") + "".join(_money(form, group) for form, group in funded.items())
    if view.idle.count:
        members = view.idle.members[:_NAMED]
        names = "、".join(
            say("total.idle_one", name=quoted(one.name), amount=amount(one.money.unspent))
            for one in members
        )
        first = sum((one.money.unspent or Decimal(0) for one in members), Decimal(0))
        portion = say("total.idle_share", shown=len(members), rate=percent(share(first, view.left)))
        figures = {
            "count": view.idle.count,
            "amount": amount(view.left),
            "names": names,
            "table": mark(made, "idle"),
        }
        yield say(
            "total.idle_text", **figures, share=portion if view.idle.count > len(members) else ""
        )
    yield from _slowest(view, made)


def _slowest(view: View, made: list[Table]) -> Iterator[str]:
    limit = "" if view.cycle.low_rate is None else short_percent(view.cycle.low_rate)
    if view.low:
        slowest = view.slow.members[0]
        tied = [quoted(one.name) for one in view.slow.members if one.rate == slowest.rate]
        figures = {
            "count": view.low,
            "rate": _portion(view.low, view.rated),
            "name": listed(tied, _NAMED),
        }
        key = "low" if len(tied) == 1 else "low_tied"
        yield say(
            f"total.{key}",
            limit=limit,
            **figures,
            lowest=percent(slowest.rate),
            table=mark(made, "slow"),
        )
    elif view.rated and view.cycle.low_rate is not None:
        yield say("total.low_none", limit=limit)


def _money(form: str, group: GroupCount) -> str:
    amounts = {"budget": amount(group.budget), "executed": amount(group.executed)}
    return say(
        "total.money",
        form=form,
        **amounts,
        rate=percent(group.rate),
        unspent=amount(group.budget - group.executed),
    )


def _problems(view: View, made: list[Table]) -> Iterator[str]:
    """Say for what points were lost, grouped in the office's words, and what the checks found."""
    rows = sum(cause.rows for cause in view.causes.values())
    if rows:
        lost = sum((cause.lost for cause in view.causes.values()), Decimal(0))
        told = [
            say(
                "total.cause_group",
                name=name,
                count=cause.rows,
                rate=percent(share(cause.lost, lost)),
            )
            for name, cause in view.commonest_causes[:_NAMED]
        ]
        yield say(
            "total.causes_text",
            count=rows,
            lost=plain(lost),
            causes="；".join(told),
            table=mark(made, "causes"),
        )
    yield _findings(view, made)


def _findings(view: View, made: list[Table]) -> str:
    common = view.commonest
    if not common:
        return say("total.findings_none")
    titles = [
        say("total.title_count", title=view.tally.titles[code], count=count)
        for code, count in common[:_FEW]
    ]
    severities, lifted = view.tally.severities, sum(view.tally.lifted.values())
    counts = {
        "errors": severities["错误"],
        "warnings": severities["警告"],
        "files": view.files_with_findings,
    }
    waived = say("total.waived", count=lifted) if lifted else ""
    return say(
        "total.findings", **counts, titles=listed(titles), waived=waived, table=mark(made, "common")
    )


def _reviews(view: View) -> str:
    """Say what persons decided and what still waits for one; empty where nothing has to be decided
    by a person.
    """
    in_force = [review for review in view.cycle.reviews if review.in_force]
    parts = []
    if in_force:
        verdicts: dict[str, int] = {}
        for review in in_force:
            verdicts[review.verdict] = verdicts.get(review.verdict, 0) + 1
        told = "，".join(
            say("total.verdict", verdict=verdict, count=count)
            for verdict, count in verdicts.items()
            if verdict
        )
        projects = len({(review.department, review.project) for review in in_force})
        parts.append(
            say(
                "total.reviewed",
                count=len(in_force),
                projects=projects,
                verdicts=told and f"，{told}",
            )
        )
    if view.tally.to_review:
        parts.append(
            say("total.to_review", count=view.tally.to_review, projects=view.projects_to_review)
        )
    return "".join(parts)


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


_PROPOSALS: tuple[tuple[str, Callable[[View], int]], ...] = (
    ("missing", lambda view: len(view.missing)),
    ("returned", lambda view: view.returned_count),
    ("review", lambda view: view.tally.to_review),
    ("weak", lambda view: sum(lowest.count for lowest in view.weak.values())),
    ("idle", lambda view: view.idle.count),
    ("slow", lambda view: view.low),
    ("late", lambda view: view.late_count),
)
"""What to propose (结果应用、整改), each with how many it concerns."""


def _proposals(view: View) -> Iterator[str]:
    """Yield what the figures call for, each with how many it concerns."""
    for key, count in _PROPOSALS:
        if number := count(view):
            yield say(f"total.propose_{key}", count=number)
    if view.groups:
        yield say("total.propose_results")
