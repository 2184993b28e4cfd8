"""The review's part of a run: the desk put together from the set-up, and the next round written."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from evalbatch.cycle import review_round
from evalbatch.cycle.matching import Matcher, Sender
from evalbatch.cycle.review_copies import CopyReader
from evalbatch.cycle.review_desk import Papers, ReviewDesk
from evalbatch.cycle.review_journal import ReviewJournal
from evalbatch.cycle.review_waiting import Judged, Links, lines, told, waiting
from evalbatch.cycle.reviews import Authority
from evalbatch.cycle.subjects import Subject, Subjects, of_pin
from evalbatch.model.decisions import ReviewState
from evalbatch.model.evaluation import Status
from evalbatch.model.names import nearest, same_name
from evalbatch.model.record import LEDGER
from evalbatch.nightly.setup import Setup
from evalbatch.output_files import replace
from evalbatch.results.history import CAUSES
from evalbatch.results.ledger import Ledger

WRITTEN = "round written on"


@dataclass(frozen=True, slots=True)
class Round:
    """A round that was written; `path` is None where nothing new waited for a person."""

    path: Path | None
    lines: int


def papers(setup: Setup) -> Papers:
    """Return where the office of this cycle writes."""
    paths = setup.settings.paths
    return Papers(paths.reviews, paths.appeals, paths.freezes)


def authority(setup: Setup, as_of: date) -> Authority:
    """Return who may decide in this cycle, and up to which day."""
    review = setup.settings.review
    raised = (form for form, policy in setup.policies.items() if policy.reviews_above_claim)
    return Authority(as_of, review.reviewers, review.approvers, frozenset(raised))


def opened(setup: Setup, ledger: Path, as_of: date, *, reading: bool) -> ReviewDesk:
    """Open the desk; when `reading`, what the office wrote meanwhile is read first."""
    desk = ReviewDesk(ReviewJournal(ledger))
    if reading:
        desk.read(papers(setup), authority(setup, as_of), _copies(setup, as_of))
    return desk


def _copies(setup: Setup, as_of: date) -> CopyReader:
    """Return what reads reviewers' copies of departments' workbooks."""
    matcher, naming = Matcher(setup.roster), Subjects(setup.roster)

    def subject_of(sender: Sender) -> Subject:
        return naming.of(sender, matcher.find(sender))

    return CopyReader(setup.forms, setup.policies, subject_of, authority(setup, as_of))


def write_round(
    setup: Setup, desk: ReviewDesk, as_of: date, judged_rows: Iterable[Judged]
) -> Round:
    """Write a round with what waits and stands in no earlier one; with the lock held.

    The workbook is written before its lines are noted: a run that is killed in between asks again,
    and loses nothing.
    """
    rows = list(waiting(judged_rows, desk.journal.asked().values()))
    if not rows:
        return Round(None, 0)
    folder = setup.settings.paths.reviews
    number = _next_number(folder, desk.journal.rounds())
    path = folder / review_round.NAME.format(number=number)
    _write(setup, rows, number, path, desk.journal)
    desk.journal.note(WRITTEN, as_of.isoformat())
    return Round(path, len(rows))


def waiting_lines(
    setup: Setup,
    ledger: Ledger,
    desk: ReviewDesk,
    as_of: date,
    judged_rows: Callable[[], Iterable[Judged]],
) -> Iterator[str]:
    """Yield how many rows wait for a person, after writing a round where one is due."""
    faults = sum(len(each.faults) + len(each.unknown) for each in desk.receipts)
    if faults:
        yield f"复核、申诉和定稿文件中有 {faults} 处没有采用，详见汇总表“复核”"
    rows = ledger.results.to_review()
    if not rows:
        return
    if is_due(setup, desk.journal, as_of):
        written = write_round(setup, desk, as_of, judged_rows())
        if written.path:
            yield f"已写出复核清单 {written.path}（{written.lines} 条）"
    states: Counter[ReviewState] = Counter()
    new = sum(1 for _ in waiting(_counted(judged_rows(), states), desk.journal.asked().values()))
    more = f"，其中 {new} 条还没有列入复核清单（运行 evalbatch review 写出）" if new else ""
    yield f"待人工核定 {rows} 条{more}"
    if changed := states[ReviewState.CONFIRM]:
        yield f"口径或核算变动影响 {changed} 条复核意见：仍按意见计分，请维持或另写复核得分"


def _counted(rows: Iterable[Judged], states: Counter[ReviewState]) -> Iterator[Judged]:
    """Yield rows, and count those of graded workbooks by their states."""
    for each in rows:
        if each.record.status is Status.GRADED:
            states[each.ruling.state] += 1
        yield each


def _write(
    setup: Setup, rows: Sequence[Judged], number: int, path: Path, journal: ReviewJournal
) -> None:
    links = Links(path.parent, setup.settings.paths.inbox)
    written = lines(rows, number, setup.settings.review.seed, links)
    replace(path, review_round.build(number, setup.settings.cycle.name, written))
    journal.ask({each.asked.number: each.asked for each in written}, number)


def _next_number(folder: Path, last: int) -> int:
    """Return the number after every round that was written or lies in the folder."""
    names = (path.name for path in folder.rglob("*")) if folder.is_dir() else ()
    named = [int(found[1]) for name in names if (found := review_round.NAMED.search(name))]
    return max([last, *named]) + 1


def is_due(setup: Setup, journal: ReviewJournal, as_of: date) -> bool:
    """Whether a run writes a round by itself: as often as the settings say, never more."""
    every, last = setup.settings.review.every_days, journal.noted(WRITTEN)
    if not every:
        return False
    return not last or (as_of - date.fromisoformat(last)).days >= every


def told_history(output: Path, project: str) -> list[str]:
    """Return the history of a project, line by line: hand-ins, decisions and changes by their days.

    Raises:
        LedgerError: the ledger cannot be used.
    """
    if not (output / LEDGER).is_file():
        return []
    with (
        closing(Ledger(output / LEDGER)) as ledger,
        closing(ReviewJournal(output / LEDGER)) as book,
    ):
        events = [*_hand_ins(ledger, project), *_decisions(book, project)]
        desk = ReviewDesk(book)
        events += [*_objections(desk, project), *_freezes(desk, project)]
        events += _changes(ledger, project)
    return [f"{day.isoformat()}  {said}" for day, _, said in sorted(events, key=lambda e: e[:2])]


def nearest_project(output: Path, project: str) -> str:
    """Return the project with a history whose name is nearest to this one, empty where none is.

    Raises:
        LedgerError: the ledger cannot be used.
    """
    if not (output / LEDGER).is_file():
        return ""
    with closing(Ledger(output / LEDGER)) as ledger:
        named = [each.project for each in ledger.history.hand_ins()]
        names = dict.fromkeys([*named, *(each.project for each in ledger.history.log())])
    return nearest((project,), names)


Event = tuple[date, int, str]


def _hand_ins(ledger: Ledger, project: str) -> Iterator[Event]:
    for each in ledger.history.hand_ins():
        if same_name(each.project, project):
            yield each.as_of, 0, f"报送  {each.file}（{each.digest[:12]}）　{each.result}"


def _decisions(journal: ReviewJournal, project: str) -> Iterator[Event]:
    for each in journal.decisions():
        if same_name(each.project, project):
            indicator = "／".join(filter(None, each.indicator))
            said = f"{each.kind.value}  {indicator}　{each.verdict.value}　{told(each)}"
            yield each.on, 1, said


def _objections(desk: ReviewDesk, project: str) -> Iterator[Event]:
    """Yield the appeals as they came in; their rulings are decisions."""
    for line in desk.appeals:
        if same_name(line.project, project):
            yield line.received, 0, f"申诉  {line.indicator}　{line.about}"


def _freezes(desk: ReviewDesk, project: str) -> Iterator[Event]:
    """Yield what the office called final, and why it opened it again."""
    pinned = {pin.subject: pin for pin in desk.pins if same_name(pin.title, project)}
    for pin in pinned.values():
        for line in desk.freezes_that_stand():
            if line.covers(of_pin(pin)):
                said = f"更正  {line.correction}（{line.kind}）" if line.correction else "定稿  "
                yield line.on, 1, f"{said}{line.range}　{line.by}批准"


def _changes(ledger: Ledger, project: str) -> Iterator[Event]:
    for each in ledger.history.log():
        if same_name(each.project, project):
            moved = f"{each.what}：{each.before or '—'} → {each.after or '—'}"
            yield each.as_of, 2, f"变动  {moved}（{CAUSES[each.cause]}）"
