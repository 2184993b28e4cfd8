"""The tables of the consolidated report, each cut to what a reader turns over; the summary workbook
has the rest.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from math import ceil
from typing import Any, NamedTuple

from markupsafe import Markup

from evalbatch.model.evaluation import NodeState, Score, Status
from evalbatch.model.figures import fixed, numeral, rounded, share, short_percent
from evalbatch.model.record import Cycle, GradeUse, RosterEntry
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
    known = line.budget or line.executed
    sums = (line.budget, line.executed, line.left) if known else (None, None, None)
    amounts = (*map(money, sums), percent(line.rate))
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
    idle = _table("idle", list(_idle(view)), view.idle.count, unit=say("total.wan"))
    if idle is not None:
        idle["附注"] = str(idle["附注"]) + say("total.idle_note")
    yield idle
    yield _table("slow", list(_slow(view)), view.low, unit=say("total.wan"))
    yield _table("causes", list(_causes(view)))
    yield _table("common", list(_common(view)), cut=LISTED)
    yield _table("deviations", list(_deviations(view)))
    drawn = list(_drawn(view))
    yield _table("drawn", drawn, len(drawn))
    uses = [(use.form, use.grade, str(n), use.meaning, use.basis) for use, n in _uses(view)]
    yield _table("uses", uses)
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


def _deviations(view: View) -> Iterator[tuple[str, ...]]:
    for each in view.cycle.deviations:
        counts = map(str, (each.rows, each.above, each.below))
        yield (each.department, *counts, points(each.mean), points(each.largest), each.largest_row)


def _drawn(view: View) -> Iterator[tuple[str, ...]]:
    """Yield what is drawn for a second look, in the order of tickets."""
    found = [line for line in view.projects.lines if line.drawn]
    for line in sorted(found, key=lambda line: (line.ticket, line.department, line.name)):
        yield (line.ticket or say("words.dash"), line.name, line.department, line.drawn)


def _returned(view: View) -> Iterator[tuple[str, ...]]:
    for one in view.returned:
        yield (
            one.name,
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
        rows.append((entry.department, entry.unit, _called(entry), deadline, left))
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


def _called(entry: RosterEntry) -> str:
    """Return the project of a line of the roster, the form where it is for a whole department or
    office.
    """
    return entry.form_title if entry.project in ("", entry.department) else entry.project


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


class Detail(NamedTuple):
    """How much the text tells: of how many forms everything, and how many names, causes and kinds
    of findings; of the other forms their means, or only where they stand; the proposals in lines of
    their own, or in one paragraph.
    """

    forms: int
    named: int
    causes: int
    findings: int
    others: bool = True
    listed: bool = True


_DETAILS = (
    Detail(9, 3, 3, 2),
    Detail(1, 3, 3, 2),
    Detail(1, 2, 2, 2, listed=False),
    Detail(1, 1, 2, 1, listed=False),
    Detail(1, 1, 1, 1, others=False, listed=False),
    Detail(1, 0, 1, 1, others=False, listed=False),
)
"""From the fullest text to the shortest: the first that leaves room for the date is taken."""
_LINES = 43
"""Two pages of 22 lines (GB/T 9704), but one that a heading may leave blank."""
_LINE = 28
"""Characters in a line."""
_FIGURE = 0.5
"""How wide a figure or Latin letter is, in characters; there is a quarter's space around them."""
_INDENT = 2
_BLANK = 3


def context(view: View) -> dict[str, Any]:
    """Return what the placeholders of the consolidated report's template stand for.

    The text is the fullest that ends with its date on the second page; where none does, only what
    stands behind the proposals goes onto a third, with the last of them.
    """
    made = tables(view)
    for detail in _DETAILS:
        told = {**_told(view, made, detail), **_around(view, made, detail)}
        if _text_lines(told) + _lines_behind(told) <= _LINES:
            return told
    for detail in _DETAILS:
        told = {
            **_told(view, made, detail._replace(listed=True)),
            **_around(view, made, detail),
        }
        if _text_lines(told) <= _LINES:
            break
    return told


def _text_lines(told: Mapping[str, Any]) -> int:
    """Return how many lines the titles and the text take."""
    titles = sum(len(str(told[key]).split("\n")) for key in ("机关名称", "报告名称") if told[key])
    taller = ceil(titles / 2)  # a line of a title is higher
    texts = [str(told[key]) for key in ("导语", *_CHAPTERS) if told[key]]
    texts += [str(chapter["内容"]) for chapter in told["其他章节"]] + list(told["建议"])
    paragraphs = [paragraph for text in texts for paragraph in text.split("\n")]
    headings = len(_CHAPTERS) + len(told["其他章节"]) + 1
    return titles + taller + headings + sum(map(_height, paragraphs))


def _lines_behind(told: Mapping[str, Any]) -> int:
    """Return how many lines the list of attachments, the signature and blank lines take."""
    signed = sum(1 for key in ("落款单位", "落款日期") if told[key])
    return len(told["附件目录"]) + signed + _BLANK


def _height(paragraph: str) -> int:
    """Return how many lines a paragraph takes."""
    figures = re.findall(r"[!-~]+", paragraph)
    narrow = sum(map(len, figures)) * (1 - _FIGURE)
    return ceil((_INDENT + len(paragraph) - narrow + len(figures) / 2) / _LINE)


_CHAPTERS = ("报送情况", "评价结果", "预算执行", "主要问题")


def _told(view: View, made: list[Table], detail: Detail) -> dict[str, Any]:
    """Return the text in so much detail."""
    return {
        "导语": say("total.opening", cycle=view.cycle.name, as_of=day(view.cycle.as_of)),
        "报送情况": "".join(_deliveries(view, made)),
        "评价结果": "\n".join(_results(view, made, detail)),
        "预算执行": "".join(_execution(view, made, detail)),
        "主要问题": "".join(_problems(view, made, detail)),
        "节点情况": _nodes(view, made),
        **_chapters(view, made, detail),
    }


def _around(view: View, made: list[Table], detail: Detail) -> dict[str, Any]:
    """Return what stands around the text."""
    cycle = view.cycle
    title = say("total.title", cycle=cycle.name)
    policies = listed(map(quoted, cycle.policy_names)) or say("words.dash")
    return {
        "机关名称": titled(cycle.organiser) if detail.others else "",  # signed all the same
        "报告名称": titled(title),
        "文档标题": title,
        "页眉": "",
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


def _chapters(view: View, made: list[Table], detail: Detail) -> dict[str, Any]:
    """Return the chapters behind the fourth, those that have something to say, and the proposals as
    the last.
    """
    every = (
        ("total.reviews_title", _reviews(view, made)),
        ("total.nodes_title", _nodes(view, made)),
    )
    told = [(say(title), text) for title, text in every if text]
    titles = [f"{numeral(number)}、{title}" for number, (title, _) in enumerate(told, 5)]
    every_proposal = list(_proposals(view))
    proposals = (
        enumerated([f"{one}。" for one in every_proposal], "{number}.{text}")
        if detail.listed
        else ["；".join(enumerated(every_proposal, say("total.proposal_of_several"))) + "。"]
    )
    return {
        "其他章节": [
            {"标题": title, "内容": text} for title, (_, text) in zip(titles, told, strict=True)
        ],
        "建议标题": f"{numeral(5 + len(told))}、{say('total.proposals_title')}",
        "建议": proposals if every_proposal else [say("total.proposals_none")],
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
    if told := "；".join(_against_roster(view, made)):
        yield f"{told}。"
    yield from _received(view, made)


def _against_roster(view: View, made: list[Table]) -> Iterator[str]:
    """Say what the roster expects and what of it is missing or late."""
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


def _results(view: View, made: list[Table], detail: Detail) -> Iterator[str]:
    if not view.groups:
        yield say("total.not_graded")
        return
    weak = list(_weakest(view, made, detail))
    yield "".join(_grades(view, detail)) + ("" if weak else say("total.weak_none"))
    if weak:
        yield "".join(weak)


def _first(groups: Mapping[str, GroupCount], count: int) -> list[str]:
    """Return the forms that are told in full: those with most graded workbooks, in their order."""
    most = sorted(groups, key=lambda form: -groups[form].scored)[:count]
    return [form for form in groups if form in most]


def _grades(view: View, detail: Detail) -> Iterator[str]:
    """Say of each form how many workbooks have which grade and how its mean stands to last year's;
    means of different forms are never added.
    """
    full = _first(view.groups, detail.forms)
    for form in full:
        yield _graded(form, view.groups[form], view.tally.grades)
    others = {form: group for form, group in view.groups.items() if form not in full}
    if others and detail.others:
        told = (
            say("total.other_form", form=form, count=group.scored, mean=points(group.mean))
            + _against(group, "other")
            for form, group in others.items()
        )
        yield "；".join(told) + "。"
    elif others:
        count = sum(group.scored for group in others.values())
        yield say("total.other_forms", forms=len(others), count=count, grades=_words(others, view))


def _words(groups: Mapping[str, GroupCount], view: View) -> str:
    """Say how often each grade was given."""
    counts = {
        word: sum(each.grades[word] for each in groups.values()) for word in view.tally.grades
    }
    return "、".join(
        say("total.grade", word=word, count=count) for word, count in counts.items() if count
    )


def _graded(form: str, group: GroupCount, words_: Sequence[str]) -> str:
    grades = "、".join(
        say("total.grade", word=word, count=group.grades[word])
        for word in words_
        if group.grades[word]
    )
    weighted = group.weighted_mean
    return say(
        "total.grades" if grades else "total.grades_plain",
        form=form,
        count=group.scored,
        mean=points(group.mean),
        weighted=say("total.weighted", mean=points(weighted)) if weighted is not None else "",
        grades=grades,
        against=_against(group, "against"),
    )


def _against(group: GroupCount, key: str) -> str:
    """Say how a form's mean stands to last year's; empty where there is none."""
    change, before = group.change, group.before
    if change is None or before is None:
        return ""
    way = "same" if not rounded(change) else "up" if change > 0 else "down"
    figures = {"before": points(before.mean), "change": points(abs(change))}
    return say(f"total.{key}_{way}", **figures, count=before.scored)


def _weakest(view: View, made: list[Table], detail: Detail) -> Iterator[str]:
    """Name of each form the projects with a low grade, the lowest with its causes; ties as ties."""
    for form, lowest in view.weak.items():
        members = lowest.members
        tied = [one for one in members if one.score == members[0].score]
        causes = "、".join(
            say("total.cause", name=quoted(name_of(row)), lost=plain(row.lost))
            for row in members[0].lost[: detail.causes - 1]
        )
        names = listed(
            (say("total.named", name=quoted(one.name), department=one.department) for one in tied),
            max(detail.named, 1),
        )
        key = "weakest" if len(tied) == 1 else "weakest_tied"
        table = mark(made, "weak" if len(view.weak) == 1 else "weak_of", form=form)
        figures = {
            "form": form,
            "count": lowest.count,
            "names": names,
            "score": points(members[0].score),
        }
        yield say(
            f"total.{key}",
            **figures,
            causes=say("total.main_causes", causes=causes) if causes else "",
            table=table,
        )


def _execution(view: View, made: list[Table], detail: Detail) -> Iterator[str]:
    funded = {form: group for form, group in view.groups.items() if group.budget}
    if not funded:
        yield say("total.no_money")
        return
    yield say("total.scope") + "".join(_moneys(funded, detail))
    if view.idle.count:
        yield _idle_money(view, made, detail)
    yield from _slowest(view, made, detail)


def _moneys(funded: Mapping[str, GroupCount], detail: Detail) -> Iterator[str]:
    """Say of each form what was to be spent, was spent and is left."""
    full = _first(funded, detail.forms)
    for form in full:
        yield _money(form, funded[form])
    others = (
        say("total.other_money", form=form, rate=percent(group.rate), unspent=amount(_left(group)))
        for form, group in funded.items()
        if form not in full
    )
    if told := "；".join(others):
        yield (
            say("total.other_moneys", told=told) if detail.others else say("total.moneys_attached")
        )


def _left(group: GroupCount) -> Decimal:
    return group.budget - group.executed


def _idle_money(view: View, made: list[Table], detail: Detail) -> str:
    """Say how much money is left over and where most of it."""
    members = view.idle.members[: detail.named]
    names = "、".join(
        say("total.idle_one", name=quoted(one.name), amount=amount(one.money.unspent))
        for one in members
    )
    first = sum((one.money.unspent or Decimal(0) for one in members), Decimal(0))
    portion = say("total.idle_share", shown=len(members), rate=percent(share(first, view.left)))
    return say(
        "total.idle_text",
        count=view.idle.count,
        amount=amount(view.left),
        names=say("total.idle_most", names=names) if names else "",
        table=mark(made, "idle"),
        share=portion if view.idle.count > len(members) > 1 else "",
    )


def _slowest(view: View, made: list[Table], detail: Detail) -> Iterator[str]:
    limit = "" if view.cycle.low_rate is None else short_percent(view.cycle.low_rate)
    if view.low:
        slowest = view.slow.members[0]
        tied = [quoted(one.name) for one in view.slow.members if one.rate == slowest.rate]
        figures = {
            "count": view.low,
            "rate": _portion(view.low, view.rated),
            "name": listed(tied, max(detail.named, 1)),
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
    before = group.before.rate if group.before else None
    return say(
        "total.money",
        form=form,
        budget=amount(group.budget),
        executed=amount(group.executed),
        rate=percent(group.rate),
        before="" if before is None else say("total.rate_before", before=percent(before)),
        unspent=amount(_left(group)),
    )


def _problems(view: View, made: list[Table], detail: Detail) -> Iterator[str]:
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
            for name, cause in view.commonest_causes[: detail.causes]
        ]
        yield say(
            "total.causes_text",
            count=rows,
            lost=points(lost),
            causes="；".join(told),
            table=mark(made, "causes"),
        )
    yield _findings(view, made, detail)


def _findings(view: View, made: list[Table], detail: Detail) -> str:
    common = view.commonest
    if not common:
        return say("total.findings_none")
    titles = [
        say("total.title_count", title=view.tally.titles[code], count=count)
        for code, count in common[: detail.findings]
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


def _reviews(view: View, made: list[Table]) -> str:
    """Say what is drawn, what persons decided, and what still waits for one; empty where nothing
    was drawn or decided: that something waits is said with the proposals.
    """
    return "".join((*_sampled(view, made), _decided(view), *_differing(view, made)))


def _decided(view: View) -> str:
    in_force = [review for review in view.cycle.reviews if review.in_force]
    if not in_force:
        return ""
    verdicts = Counter(review.verdict for review in in_force if review.verdict)
    told = "，".join(
        say("total.verdict", verdict=verdict, count=count) for verdict, count in verdicts.items()
    )
    projects = len({(review.department, review.project) for review in in_force})
    decided = say(
        "total.reviewed", count=len(in_force), projects=projects, verdicts=told and f"，{told}"
    )
    waiting, waiting_in = view.tally.to_review, view.projects_to_review
    return decided + (say("total.to_review", count=waiting, projects=waiting_in) if waiting else "")


def _sampled(view: View, made: list[Table]) -> Iterator[str]:
    """Say what is drawn for a second look, and by which text."""
    count, sampling = sum(1 for line in view.projects.lines if line.drawn), view.cycle.sampling
    if not count:
        return
    seed = say("total.sampled_seed", seed=sampling.seed) if sampling.seed else ""
    top = say("total.sampled_top", threshold=sampling.threshold) if sampling.threshold else ""
    yield say("total.sampled", count=count, seed=seed + top, table=mark(made, "drawn"))


def _differing(view: View, made: list[Table]) -> Iterator[str]:
    """Say how claims differ from what was decided, over all departments."""
    found = view.cycle.deviations
    rows = sum(each.rows for each in found)
    if not rows:
        return
    mean = sum((each.mean * each.rows for each in found), Decimal(0)) / rows
    largest = max(found, key=lambda each: abs(each.largest))
    yield say(
        "total.differing",
        rows=rows,
        above=sum(each.above for each in found),
        below=sum(each.below for each in found),
        mean=plain(mean),
        department=largest.department,
        row=largest.largest_row,
        largest=plain(largest.largest),
        table=mark(made, "deviations"),
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
    net_rate = _portion(done - view.tally.done_adjusted, net)
    text = say(
        "total.nodes",
        all=every,
        states=states,
        late=mark(made, "late") if view.late_count else "",
        all_rate=_portion(done, every),
        net=say("total.nodes_net", rate=net_rate) if counts[NodeState.ADJUSTED] else "",
    )
    return text + (say("total.nodes_soon", count=view.soon_count) if view.soon_count else "")


_Concerned = tuple[str, Callable[[View], int]]
_PROPOSALS: tuple[tuple[_Concerned, ...], ...] = (
    (
        ("missing", lambda view: len(view.missing)),
        ("returned", lambda view: view.returned_count),
    ),
    (
        ("review", lambda view: view.tally.to_review),
        ("late", lambda view: view.late_count),
    ),
    (("weak", lambda view: sum(lowest.count for lowest in view.weak.values())),),
    (("idle", lambda view: view.idle.count), ("slow", lambda view: view.low)),
)
"""What to propose (结果应用、整改), each with how many it concerns; what belongs together in one
sentence.
"""


def _proposals(view: View) -> Iterator[str]:
    """Yield what the figures call for, each with how many it concerns."""
    for group in _PROPOSALS:
        counts = ((key, count(view)) for key, count in group)
        if told := [say(f"total.propose_{key}", count=number) for key, number in counts if number]:
            yield "，".join(told)
    if view.cycle.follow_up:
        yield say("total.propose_follow_up", count=len(view.cycle.follow_up))
    for use, projects in _uses(view):
        if use.low:
            figures = {"form": use.form, "grade": use.grade, "meaning": use.meaning}
            yield say("total.propose_use", **figures, count=projects)
    if view.groups:
        yield say("total.propose_results")


def _uses(view: View) -> Iterator[tuple[GradeUse, int]]:
    """Yield what the profiles propose for grades that were given, with how many projects."""
    for use in view.cycle.uses:
        group = view.groups.get(use.form)
        if group and (count := group.grades[use.grade]):
            yield use, count
