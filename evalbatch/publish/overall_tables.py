"""The tables of the consolidated report, each cut to what a reader turns over; the summary workbook
has the rest.
"""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from evalbatch.model.evaluation import Score
from evalbatch.model.figures import fixed
from evalbatch.model.record import GradeUse, RosterEntry
from evalbatch.publish import departments
from evalbatch.publish.departments import DepartmentLine
from evalbatch.publish.sentences import (
    bare,
    listed,
    money,
    percent,
    plain,
    points,
    say,
    short_day,
    words,
)
from evalbatch.publish.word.table_markup import LANDSCAPE_WIDTH, WIDTH, listing
from evalbatch.results.tally import CAPPED, LISTED, View

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


def weak_mark(view: View, made: Sequence[Table], form: str = "") -> str:
    """Return how the text refers to the table of weak projects of a form, or of every form."""
    if len(view.weak) == 1:
        return mark(made, "weak")
    if form or not made:
        return mark(made, "weak_of", form=form)
    first, *_, last = (str(one["标记"]) for one in made[: len(view.weak)])  # they come first
    return say("total.see", table=say("total.span", first=first, last=last))


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
    idle = list(_idle(view))
    tied = say("total.idle_tied_note") if len({row[0] for row in idle}) < len(idle) else ""
    note = say("total.idle_note") + tied
    yield _table("idle", idle, view.idle.count, unit=say("total.wan"), note=note)
    yield _table("slow", list(_slow(view)), view.slow.count, unit=say("total.wan"))
    yield _table("causes", list(_causes(view)))
    yield _table("common", list(_common(view)), cut=LISTED)
    yield _table("deviations", list(_deviations(view)), note=say("total.deviations_note"))
    drawn = list(_drawn(view))
    yield _table("drawn", drawn, len(drawn), note=_sampled(view))
    uses = [(use.form, use.grade, str(n), use.meaning, use.basis) for use, n in grade_uses(view)]
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
    note: str = "",
) -> Table | None:
    if not rows:
        return None
    whole = max(count, len(rows))
    content = Markup(listing(words(f"total.{key}_columns"), rows[:cut]))  # noqa: S704 - escaped
    counted = (
        _cut_note(whole, min(len(rows), cut))
        if whole > min(len(rows), cut)
        else say("total.all", count=whole)
    )
    return {
        "名称": title or say(f"total.{key}"),
        "单位": unit,
        "内容": content,
        "附注": counted + note,
    }


def _cut_note(whole: int, shown: int) -> str:
    return say("total.more", count=whole, shown=shown)


def cause(row: Score) -> str:
    """Say which row lost how much and why, by the department's own words."""
    text = say("total.cause", name=row.name, lost=plain(row.lost))
    reason = bare(row.explanation)
    return f"{text}（{reason}）" if reason else text


def _idle(view: View) -> Iterator[tuple[str, ...]]:
    """Yield the projects with money left over, those with as much under one number."""
    left = [one.money.unspent for one in view.idle.members]
    for one in view.idle.members:
        number, rate = left.index(one.money.unspent) + 1, one.money.rate
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


def _sampled(view: View) -> str:
    """Say by which text and number was drawn; empty where no lot was."""
    sampling = view.cycle.sampling
    if not sampling.seed:
        return ""
    top = say("total.sampled_top", threshold=sampling.threshold) if sampling.threshold else ""
    return say("total.sampled_seed", seed=sampling.seed, top=top)


def _drawn(view: View) -> Iterator[tuple[str, ...]]:
    """Yield what is drawn for a second look."""
    for line in view.projects.drawn:
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


def grade_uses(view: View) -> Iterator[tuple[GradeUse, int]]:
    """Yield what the profiles propose for grades that were given, with how many projects."""
    for use in view.cycle.uses:
        group = view.groups.get(use.form)
        if group and (count := group.grades[use.grade]):
            yield use, count
