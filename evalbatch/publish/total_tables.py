"""The tables of the consolidated report, each cut to what a reader turns over; the summary workbook has the rest."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from evalbatch.model.evaluation import Score, Status
from evalbatch.publish.narrative import bare, listed, money, percent, plain, say, words
from evalbatch.publish.report_facts import name_of
from evalbatch.publish.total_view import CAPPED, LISTED, View
from evalbatch.publish.word import literal
from evalbatch.publish.word_layout import WIDTH, Cell, table

_LEFT = frozenset(
    {"主管部门", "报表", "项目名称", "主要失分事项及原因", "报送文件", "须更正的主要问题", "实施单位", "问题", "工作节点", "原因"}
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
    yield _table("late", (8, 30, 16, 14, 12, 20), list(_late(view)), view.late_count + view.soon_count)


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
    styles = ["CellLeft" if head in _LEFT else "CellNumber" if head in _NUMBERS else "Cell" for head in heads]
    written = [[Cell(head, 1, "CellHead") for head in heads]]
    written += [[Cell(literal(text), 1, style) for text, style in zip(row, styles, strict=True)] for row in shown]
    note = say("total.more" if whole > len(shown) else "total.all", count=whole, shown=len(shown))
    return {"名称": say(f"total.{key}"), "单位": unit, "内容": Markup(table(widths, written)), "附注": note}  # noqa: S704 - escaped


def _heads(key: str, grades: tuple[str, ...]) -> list[str]:
    """Return the heads of a table; the words of the grades stand in the place kept for them."""
    return [head for word in words(f"total.{key}_heads") for head in (grades if word == _GRADES else (word,))]


def _departments(view: View) -> Iterator[tuple[str, ...]]:
    for (department, form), group in view.tally.departments.items():
        came = sum(count for status, count in group.statuses.items() if status is not Status.SUPERSEDED)
        if came:
            back = group.statuses[Status.RETURNED] + group.statuses[Status.UNREADABLE]
            counts = (came, group.statuses[Status.GRADED], back)
            grades = (str(group.grades[word]) for word in view.tally.grades)
            yield (department, form, *map(str, counts), plain(group.mean), *grades, percent(group.rate))


def _weak(view: View) -> Iterator[tuple[str, ...]]:
    for one in view.weak.members:
        yield (one.name, one.department, plain(one.score), one.grade, "；".join(map(cause, one.lost)))


def cause(row: Score) -> str:
    """Say which row lost how much and why, by the department's own words."""
    text = say("total.cause", name=name_of(row), lost=plain(row.lost))
    reason = bare(row.explanation)
    return f"{text}（{reason}）" if reason else text


def _slow(view: View) -> Iterator[tuple[str, ...]]:
    for one in view.slow.members:
        rate = one.money.rate
        if rate:
            yield (one.name, one.department, money(rate.denominator), money(rate.numerator), percent(one.rate))


def _returned(view: View) -> Iterator[tuple[str, ...]]:
    for one in view.returned:
        yield (one.file, one.department, one.status.label, listed(one.errors, 4) or say("words.dash"))


def _missing(view: View) -> Iterator[tuple[str, ...]]:
    for line in view.missing:
        entry, days = line.entry, line.days_left
        deadline = f"{entry.deadline.year}.{entry.deadline.month}.{entry.deadline.day}" if entry.deadline else say("words.dash")
        key = "days_none" if days is None else "days_over" if days < 0 else "days_left"
        yield (entry.department, entry.unit, entry.project, deadline, say(f"total.{key}", days=abs(days or 0)))


def _common(view: View) -> Iterator[tuple[str, ...]]:
    for code, count in view.commonest:
        severity = view.severity_of_code[code].label
        yield (view.tally.titles[code], severity, str(count), str(view.files_of_code[code] or say("words.dash")))


def _late(view: View) -> Iterator[tuple[str, ...]]:
    for node, soon in view.late:
        due = node.new_deadline or node.deadline
        deadline = f"{due.year}.{due.month}.{due.day}" if due else say("words.dash")
        state = say("total.soon") if soon else node.state.value
        yield (node.number, node.name or node.level3, node.office, deadline, state, bare(node.cause))
