"""The review's part of a run: the desk put together from the set-up, and the next round written."""

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from evalbatch.cycle import review_round
from evalbatch.cycle.review_desk import Papers, ReviewDesk
from evalbatch.cycle.review_journal import ReviewJournal
from evalbatch.cycle.review_lines import Authority
from evalbatch.cycle.review_waiting import Judged, Links, lines, waiting
from evalbatch.model.record import LEDGER
from evalbatch.nightly.assembly import Assembly
from evalbatch.nightly.batch import Records
from evalbatch.nightly.lock import exclusive
from evalbatch.nightly.setup import Setup
from evalbatch.output_files import replace
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
    return Authority(as_of, review.reviewers, review.approvers)


def opened(setup: Setup, ledger: Path, as_of: date, *, reading: bool) -> ReviewDesk:
    """Open the desk; when `reading`, what the office wrote meanwhile is read first."""
    desk = ReviewDesk(ReviewJournal(ledger))
    if reading:
        desk.read(papers(setup), authority(setup, as_of))
    return desk


def write_next(setup: Setup, as_of: date) -> Round:
    """Write the next round of the cycle as it was last run.

    Raises:
        BusyError, LedgerError, OutputError: in Chinese.
    """
    output = setup.settings.paths.output
    with ExitStack() as stack:
        stack.enter_context(exclusive(output, datetime.now()))  # noqa: DTZ005 - local time, for people
        ledger = stack.enter_context(closing(Ledger(output / LEDGER)))
        desk = stack.enter_context(closing(opened(setup, output / LEDGER, as_of, reading=True)))
        return write_round(setup, ledger, desk, as_of)


def write_round(setup: Setup, ledger: Ledger, desk: ReviewDesk, as_of: date) -> Round:
    """Write a round with what waits and stands in no earlier one; with the lock held.

    The workbook is written before its lines are noted: a run that is killed in between asks again,
    and loses nothing.
    """
    records = Records(ledger)
    assembly = Assembly(setup, as_of, desk=desk, records=records)
    rows = list(waiting(assembly.judged_rows(records), desk.journal.asked().values()))
    if not rows:
        return Round(None, 0)
    folder = setup.settings.paths.reviews
    number = _next_number(folder, desk.journal.rounds())
    path = folder / review_round.NAME.format(number=number)
    _write(setup, rows, number, path, desk.journal)
    desk.journal.note(WRITTEN, as_of.isoformat())
    return Round(path, len(rows))


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
