"""状态.html: the cycle at a glance, for any browser, in one file without network.

It says what the one count of the cycle says (`results.tally`), as of a day and without a clock, so
that the same cycle is the same bytes. Contacts and what is written for the office alone stay out:
the page may be shown to anybody who may see the results.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from evalbatch.model import figures
from evalbatch.model.decisions import ReviewState
from evalbatch.model.evaluation import Status
from evalbatch.model.names import normal_name
from evalbatch.model.record import SUMMARY, Change, Cycle, Expected, Review, Sampling
from evalbatch.publish import departments
from evalbatch.publish.browser_pages import fitted, href, points, template, words
from evalbatch.publish.departments import DepartmentLine
from evalbatch.results.history import CAUSES, PROJECT_FIGURES, WHOLE, FirstSeen
from evalbatch.results.project_lines import AwaitedRow, ProjectLine
from evalbatch.results.tally import View
from evalbatch.standards.policy import Policy

SOON_DAYS: Final = 7
LONG_DAYS: Final = 7
"""Days after which a returned workbook is pointed out (退回超 7 天)."""
TODO_LINES: Final = 12
FAULTS_NAMED: Final = 3
CHANGE_LINES: Final = 100
AWAITED_LINES: Final = 120
HISTORY_LINES: Final = 12
"""Lines of one project's history; a cycle has at most `ALL_HISTORY` of them, for the size."""
ALL_HISTORY: Final = 3000
DETAILED: Final = 1000
"""Projects up to which every one has its history; beyond, only what is open has one."""
LISTED: Final = 2000
"""Projects up to which all are listed; beyond, only what is open is."""
_PROJECTS, _MISSING, _AWAITED = "#projects", "#missing", "#awaited"

HandIns = Mapping[str, Sequence[FirstSeen]]


@dataclass(frozen=True, slots=True)
class Method:
    """How the cycle is scored: the profiles in use. `deadline` holds where the roster names none,
    `version` is the program's.
    """

    policies: tuple[Policy, ...] = ()
    deadline: date | None = None
    version: str = ""


class Todo(NamedTuple):
    """Something to be done today, and where it stands."""

    text: str
    link: str


class Event(NamedTuple):
    """A line of a project's history."""

    day: date
    text: str


class DepartmentBar(NamedTuple):
    """A part of a department's bar: a word, how many, where it begins and how wide it is, in
    hundredths.
    """

    word: str
    kind: str
    projects: int
    start: int
    width: int


def render(
    view: View,
    method: Method | None = None,
    hand_ins: HandIns | None = None,
    faults: Collection[str] = (),
) -> bytes:
    """Return the page of a cycle that was counted.

    Args:
        view: the count, completed.
        method: how the cycle is scored.
        hand_ins: every hand-in of a project by the file that counts now, the oldest first.
        faults: the workbooks and outputs on which the program itself failed.
    """
    histories = _Histories(view, hand_ins or {})
    method, todo = method or Method(), _todo(view, faults)
    own, totals = _departments(view)
    listed, awaited = _listed(view.projects.lines), _by_project(view)
    text = template("status.html.j2").render(
        cycle=view.cycle,
        head=_head(view, len(todo), method.deadline),
        todo=todo,
        departments=own,
        totals=totals,
        changes=_changes(view.cycle),
        lines=listed,
        awaited=awaited,
        unawaited=view.tally.to_review - sum(len(each.rows) for each in awaited.values()),
        unlisted=len(view.projects.lines) - len(listed),
        history=histories.of,
        stages=sorted({line.stage for line in view.projects.lines}),
        missing=_missing(view),
        groups=view.projects.by_weight,
        drawn=view.projects.drawn[:LISTED],
        method=list(_method(method, view)),
        summary=SUMMARY,
    )
    return text.encode("utf-8", "replace")


def _say(section: str, sentence: str, /, **values: object) -> str:
    return str(words()[section][sentence]).format_map(values)


def _listed(lines: Sequence[ProjectLine]) -> Sequence[ProjectLine]:
    return lines if len(lines) <= LISTED else [line for line in lines if line.wanting]


def _head(view: View, to_do: int, deadline: date | None) -> str:
    """Say in one sentence how the cycle stands."""
    cycle, statuses = view.cycle, view.tally.statuses
    came = len(cycle.expected) - len(view.missing)
    parts = (
        _say("head", "expected", expected=len(cycle.expected), came=came)
        if cycle.expected
        else _say("head", "no_roster", came=len(view.projects.lines)),
        _counted("head", "outside", _outside(view) if cycle.expected else 0),
        _say("head", "returned", count=statuses[Status.RETURNED]),
        _counted("head", "unreadable", statuses[Status.UNREADABLE]),
        _say("head", "person", count=view.tally.to_review),
        _until(_deadline(cycle, deadline), cycle.as_of),
    )
    today = _counted("head", "to_do", to_do) or _say("head", "nothing")
    return "，".join(filter(None, parts)) + f"。{today}。"


def _outside(view: View) -> int:
    """Count the workbooks that belong to no line of the roster."""
    named = {file for line in view.cycle.expected for file in line.files}
    return sum(1 for line in view.projects.lines if line.file not in named)


def _counted(section: str, sentence: str, count: int, **values: object) -> str:
    return _say(section, sentence, count=count, **values) if count else ""


def _deadline(cycle: Cycle, deadline: date | None) -> date | None:
    """Return the next deadline of the roster, or the last where all have passed."""
    days = sorted({line.entry.deadline for line in cycle.expected if line.entry.deadline})
    if not days:
        return deadline
    return next((day for day in days if day >= cycle.as_of), days[-1])


def _until(deadline: date | None, as_of: date) -> str:
    """Say how long it is to a deadline, or since it; empty without one."""
    if deadline is None:
        return ""
    left = (deadline - as_of).days
    sentence = "today" if left == 0 else "left" if left > 0 else "past"
    return _say("head", sentence, day=deadline.isoformat(), days=abs(left))


def _todo(view: View, faults: Collection[str]) -> list[Todo]:
    """Return what must be done today, the most pressing first."""
    named = "、".join(fitted(each) for each in sorted(faults)[:FAULTS_NAMED])
    fault = Todo(_counted("todo", "fault", len(faults), named=named), "")
    texts = (fault, *_awaited(view), *_returned(view), *_to_decide(view), *_left_over(view.cycle))
    return [each for each in texts if each.text][:TODO_LINES]


def _awaited(view: View) -> Iterator[Todo]:
    days = [line.days_left for line in view.missing if line.days_left is not None]
    overdue = sum(1 for line in view.missing if line.overdue)
    soon = sum(1 for left in days if 0 <= left <= SOON_DAYS)
    yield Todo(_counted("todo", "overdue", overdue), _MISSING)
    yield Todo(_counted("todo", "soon", soon, days=SOON_DAYS), _MISSING)


def _returned(view: View) -> Iterator[Todo]:
    back = [line for line in view.projects.lines if line.status is Status.RETURNED]
    long_ago = view.cycle.as_of - timedelta(days=LONG_DAYS)
    long = sum(1 for line in back if line.received_on and line.received_on < long_ago)
    name = "returned_long" if long else "returned"
    yield Todo(_counted("todo", name, len(back), long=long, days=LONG_DAYS), _PROJECTS)
    refused = view.tally.statuses[Status.UNREADABLE]
    yield Todo(_counted("todo", "unreadable", refused), _PROJECTS)


def _to_decide(view: View) -> Iterator[Todo]:
    for state in (ReviewState.DUE, *_AFTERWARDS):
        count, projects = view.projects.states[state], view.projects.waiting[state]
        yield Todo(_counted("todo", state.value, count, projects=projects), _AWAITED)
    not_taken = sum(1 for each in view.cycle.receipts if each.open)
    yield Todo(_counted("todo", "receipts", not_taken), href(SUMMARY))


_AFTERWARDS: Final = (
    ReviewState.SPLIT,
    ReviewState.CONFIRM,
    ReviewState.STALE,
    ReviewState.APPEALED,
)


def _left_over(cycle: Cycle) -> Iterator[Todo]:
    """Yield what of inbox and outbox is open."""
    outcomes = Counter(each.outcome for each in cycle.received)
    for name in ("waiting", "left_aside"):
        yield Todo(_counted("todo", name, outcomes[name]), href(SUMMARY))
    states = Counter(each.state for each in cycle.deliveries)
    for name, word in words()["states"].items():
        yield Todo(_counted("todo", name, states[word]), href(SUMMARY))


@dataclass(frozen=True, slots=True)
class _Department:
    line: DepartmentLine
    to_review: int
    bars: tuple[DepartmentBar, ...]


def _departments(view: View) -> tuple[list[_Department], list[_Department]]:
    """Return the lines of the departments, and those of the forms in total."""
    waiting: Counter[tuple[str, str]] = Counter()
    for each in view.projects.lines:
        if each.open_rows:
            waiting[each.department, each.form] += 1
            waiting["", each.form] += 1
    own = departments.lines(view.tally)
    whole = departments.totals(view.tally, _say("head", "total"))
    return (
        [_department(line, waiting[line.department, line.form]) for line in own],
        [_department(line, waiting["", line.form]) for line in whole],
    )


def _department(line: DepartmentLine, waiting: int) -> _Department:
    accepted = line.came - line.returned - line.graded
    parts = [
        (_say("bars", "done"), "done", line.graded - waiting),
        (_say("bars", "accepted"), "done", accepted),
        (_say("bars", "open"), "open", waiting),
        (_say("bars", "back"), "back", line.returned),
        (_say("bars", "none"), "none", line.missing),
    ]
    return _Department(line, waiting, tuple(_bars(parts)))


def _bars(parts: Sequence[tuple[str, str, int]]) -> Iterator[DepartmentBar]:
    whole, done = sum(max(count, 0) for _, _, count in parts), 0
    for word, kind, count in parts:
        if count > 0:
            start, end = done * 100 // whole, (done + count) * 100 // whole
            yield DepartmentBar(word, kind, count, start, end - start)
            done += count


class _Awaited(NamedTuple):
    """The rows of one workbook that wait for a person; links lead to its number."""

    number: int
    rows: list[AwaitedRow]


def _by_project(view: View) -> dict[str, _Awaited]:
    """Return the rows that wait for a person by their workbooks, first those whose earlier decision
    is in doubt.
    """
    found: dict[str, _Awaited] = {}
    rows = sorted(view.projects.awaited, key=lambda each: each.state is ReviewState.DUE)
    for each in rows[:AWAITED_LINES]:
        found.setdefault(each.file, _Awaited(len(found) + 1, [])).rows.append(each)
    return found


def _missing(view: View) -> list[Expected]:
    """Return what did not come in, the longest overdue first, then in the order of the roster."""
    return sorted(view.missing, key=lambda line: line.entry.deadline or date.max)


@dataclass(frozen=True, slots=True)
class _Changes:
    said: str
    rows: tuple[tuple[Change, str], ...]
    more: str


def _changes(cycle: Cycle) -> _Changes:
    """Return what the latest publication that changed anything changed, whole figures first."""
    latest = max((each.as_of for each in cycle.changes), default=None)
    if latest is None:
        return _Changes(_say("changes", "first"), (), "")
    found = [each for each in cycle.changes if each.as_of == latest]
    projects = len({(each.department, each.project) for each in found})
    whole = {*WHOLE, *PROJECT_FIGURES.values()}
    rows = sorted(found, key=lambda each: each.what not in whole)
    name = "today" if latest == cycle.as_of else "earlier"
    said = _say("changes", name, day=latest.isoformat(), projects=projects, count=len(found))
    shown_rows = tuple((each, CAUSES[each.cause]) for each in rows[:CHANGE_LINES])
    return _Changes(said, shown_rows, _counted("changes", "more", len(rows[CHANGE_LINES:])))


class _Histories:
    """What happened to each project: hand-ins, decisions, changes, by their days."""

    def __init__(self, view: View, hand_ins: HandIns) -> None:
        count = len(view.projects.lines)
        self._only_open = count > DETAILED
        self._limit = max(1, min(HISTORY_LINES, ALL_HISTORY // max(1, count)))
        self._hand_ins = hand_ins
        self._changes: dict[tuple[str, str], list[Change]] = defaultdict(list)
        for change in view.cycle.changes:
            self._changes[_key(change.department, change.project)].append(change)
        self._reviews: dict[tuple[str, str], list[Review]] = defaultdict(list)
        for review in view.cycle.reviews:
            self._reviews[_key(review.department, review.project)].append(review)

    def of(self, line: ProjectLine) -> list[Event]:
        """Return the latest events of a project, the oldest first."""
        if self._only_open and not line.wanting:
            return []
        events = [*self._events(line)]
        return sorted(events, key=lambda event: event.day)[-self._limit :]

    def _events(self, line: ProjectLine) -> Iterator[Event]:
        for hand_in in self._hand_ins.get(line.file, ()):
            named = {"file": hand_in.file, "result": hand_in.result}
            yield Event(hand_in.as_of, _say("history", "hand_in", **named))
        known = self._reviews
        own = (*known[_key(line.department, line.name)], *known[_key("", line.name)])
        for review in own:
            if review.decided_on:
                yield Event(review.decided_on, _review(review))
        for change in self._changes.get(_key(line.department, line.name), ()):
            yield Event(change.as_of, _change(change))


def _key(department: str, project: str) -> tuple[str, str]:
    return normal_name(department), normal_name(project)


def _change(change: Change) -> str:
    none = _say("history", "none")
    moved = {"before": change.before or none, "after": change.after or none}
    return _say("history", "change", what=change.what, cause=CAUSES[change.cause], **moved)


def _review(review: Review) -> str:
    score = _say("history", "score", score=points(review.score)) if review.score is not None else ""
    confirmed = (
        _say("history", "confirmed", name=review.confirmed_by) if review.confirmed_by else ""
    )
    return _say(
        "history",
        "review",
        kind=review.kind,
        indicator=review.name,
        verdict=review.verdict,
        score=score,
        reviewer=review.reviewer,
        confirmed=confirmed,
        void="" if review.in_force else _say("history", "void"),
    )


def _method(method: Method, view: View) -> Iterator[str]:
    for policy in method.policies:
        certainty = words()["method"]["certainty"][policy.certainty]
        yield _say("method", "profile", name=policy.name, basis=policy.basis, certainty=certainty)
    yield _say("method", "final")
    yield _say("method", "counts")
    if view.cycle.sampling.seed:
        yield "".join(_measures(view.cycle.sampling))
    else:
        yield _say("method", "no_sampling")
    if method.version:
        yield _say("method", "program", version=method.version)


def _measures(sampling: Sampling) -> Iterator[str]:
    yield _say("method", "sampling", seed=sampling.seed)
    if sampling.share is not None:
        yield _say("method", "share", share=figures.percent(sampling.share))
    if sampling.number is not None:
        yield _say("method", "number", number=sampling.number)
    if sampling.threshold:
        yield _say("method", "threshold", threshold=sampling.threshold)
