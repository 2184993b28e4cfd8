"""The nightly run as a whole: lock, ledger, set-up, workers, the night's work, and the record of
it.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from evalbatch import output_files
from evalbatch.cycle.review_desk import ReviewDesk
from evalbatch.cycle.review_waiting import Judged
from evalbatch.cycle.subjects import Subjects
from evalbatch.errors import Trouble, reason
from evalbatch.model.decisions import Pin
from evalbatch.model.record import ARCHIVE, LEDGER, RUNS, Change, Cycle, Delivery
from evalbatch.nightly import pdf, worker
from evalbatch.nightly.batch import Batch, BatchParts, RunOptions
from evalbatch.nightly.changes import Comparison, pointed_out
from evalbatch.nightly.cluster import ClusterPool
from evalbatch.nightly.computing import BatchClock, Compute
from evalbatch.nightly.hand_ins import recall
from evalbatch.nightly.job import Job
from evalbatch.nightly.kept_workbooks import KeptWorkbooks
from evalbatch.nightly.ledger_records import Records
from evalbatch.nightly.lock import exclusive
from evalbatch.nightly.pool import IsolatedPool, WorkerLimits
from evalbatch.nightly.progress import Progress, Silent
from evalbatch.nightly.review_part import Round, opened, waiting_lines, write_round
from evalbatch.nightly.run_record import Run, closing_lines, describe, fault_lines
from evalbatch.nightly.setup import Setup, WorkerContext
from evalbatch.nightly.whole_cycle import Edge, WholeCycle
from evalbatch.results.ledger import SETTINGS_FILE, Ledger, copy_ledger
from evalbatch.results.outcome import WorkbookOutcome

DAY, NAMED = "as_of", "as_of_named"
SAID, FAULTS = "closing", "faults"
CHUNK = 8
PREVIEW = "preview"
"""The name of a run that publishes nothing: files are missing since then in its ledger."""
ROUNDS = "复核清单"
"""What is at fault where it cannot be told which rows wait for a person."""


class InboxError(Trouble):
    """The inbox cannot be read; the message says why in Chinese."""


@dataclass(frozen=True, slots=True)
class _OpenCycle:
    """A cycle with its lock held, its ledger and the office's desk open."""

    setup: Setup
    as_of: date
    ledger: Ledger
    desk: ReviewDesk

    def judged_rows(self) -> Iterator[Judged]:
        """Return the rows that were judged, as the ledger has them now."""
        records = Records(self.ledger)
        return self._whole(records).judged_rows(records)

    def published(self) -> Cycle:
        """Return the cycle as it was last published."""
        records = Records(self.ledger)
        return self._whole(records).cycle(records)

    def batch(
        self,
        options: RunOptions,
        progress: Progress,
        deliveries: tuple[Delivery, ...],
        comparison: Comparison,
        *,
        name: str = "",
        kept: KeptWorkbooks | None = None,
        staging: Path | None = None,
    ) -> Batch:
        """Put the parts of a run together, with what it drafts compared with the last one."""
        setup, paths = self.setup, self.setup.settings.paths
        context = setup.context(self.as_of)
        whole = self._whole(Records(self.ledger), options.named, deliveries, comparison)
        parts = BatchParts(
            compute=_compute(context, setup, options),
            recall=recall,
            context=context.digest(),
            across=whole.across,
            publish=whole.publish,
            rehearse=replace(whole, desk=None, comparison=None).publish,
            setting=whole.setting,
            to_pdf=_to_pdf(progress) if options.pdf else None,
            remember=comparison.remember,
            kept=kept,
            frozen=_frozen(setup, self.desk),
            draws=setup.settings.review.copied,
            changes=whole.changes,
        )
        return Batch(
            paths.inbox,
            paths.output,
            self.ledger,
            parts,
            options,
            progress,
            name=name,
            timing=BatchClock(settle_seconds=setup.settings.batch.settle_seconds),
            staging=staging,
            elsewhere=paths.elsewhere,
        )

    def comparison(self) -> Comparison:
        """Return what compares a publication with the last one."""
        return Comparison(self.ledger, self.setup, self.as_of)

    def _whole(
        self,
        records: Records,
        named: bool = False,
        deliveries: tuple[Delivery, ...] = (),
        comparison: Comparison | None = None,
    ) -> WholeCycle:
        return WholeCycle(self.setup, self.as_of, named, deliveries, self.desk, records, comparison)


@contextmanager
def _opened(
    setup: Setup,
    as_of: date,
    started: datetime,
    *,
    reading: bool = True,
    copies: Path | None = None,
) -> Iterator[_OpenCycle]:
    """Hold the lock of a cycle and open it; when `reading`, what the office wrote meanwhile is read
    first. With a folder for `copies` the ledger is a copy there, which may be spoilt.
    """
    output = setup.settings.paths.output
    with exclusive(output, started):
        path = output / LEDGER
        if copies is not None:
            path = copy_ledger(path, copies)
        with (
            closing(Ledger(path)) as ledger,
            closing(opened(setup, path, as_of, reading=reading)) as desk,
        ):
            yield _OpenCycle(setup, as_of, ledger, desk)


def run(
    setup: Setup,
    options: RunOptions,
    progress: Progress | None = None,
    deliveries: Callable[[], tuple[Delivery, ...]] = tuple,
    now: Callable[[], datetime] = datetime.now,
) -> Run:
    """Do one night's work over the inbox and the output folder that the set-up names.

    `deliveries` gives the outbox as it stands; it is asked with the lock held. `now` gives the
    local time, which names the run and stands in its record only.

    Raises:
        InboxError: the inbox is missing or may not be listed.
        BusyError: another run holds the lock.
        OutputError, LedgerError, PoolError, ClusterError: in Chinese; outputs that stood there are
        whole.
    """
    as_of, output = options.as_of, setup.settings.paths.output
    _listable(setup.settings.paths.inbox, output)
    started, began = now(), time.monotonic()
    with _opened(setup, as_of, started) as cycle:
        output_files.sweep(output / RUNS)
        name, comparison = _name(output, started), cycle.comparison()
        night = cycle.batch(
            options,
            progress or Silent(),
            deliveries(),
            comparison,
            name=name,
            kept=_kept(setup, as_of),
        )
        result, edge = night.run(), Edge()
        told = partial(waiting_lines, setup, cycle.ledger, cycle.desk, as_of, cycle.judged_rows)
        waiting = edge.tried(ROUNDS, lambda: list(told())) or ()
        result.unpublished |= edge.faults
        notices = (*pointed_out(comparison.published), *waiting)
        done = Run(name, result, time.monotonic() - began, notices)
        record = describe(done, setup, as_of, cycle.ledger, started=started, finished=now())
        output_files.replace(output / RUNS / f"{name}.json", record)
        output_files.keep_private(output / RUNS / f"{name}.json")
        _note(cycle, options, done)
    return done


def _note(cycle: _OpenCycle, options: RunOptions, done: Run) -> None:
    """Note in the ledger what later commands ask about the last run."""
    ledger, settings = cycle.ledger, cycle.setup.settings
    if settings.file and not settings.is_empty:
        ledger.note(SETTINGS_FILE, str(settings.file))
    ledger.note(DAY, options.as_of.isoformat())
    ledger.note(NAMED, "1" if options.named else "")
    ledger.note(SAID, "\n".join(closing_lines(done, str(settings.paths.output))))
    ledger.note(FAULTS, "\n".join(fault_lines(done)))


def write_next(setup: Setup, as_of: date) -> Round:
    """Write the next round of reviews of the cycle as it was last run.

    Raises:
        BusyError, LedgerError, OutputError: in Chinese.
    """
    with _opened(setup, as_of, _now()) as cycle:
        return write_round(setup, cycle.desk, as_of, cycle.judged_rows())


def preview(
    setup: Setup, options: RunOptions, progress: Progress | None = None
) -> Sequence[Change]:
    """Return what a run would change in what is published, and why; nothing is published.

    The work is done on a copy of the ledger, which is thrown away.

    Raises:
        InboxError, BusyError, LedgerError, PoolError, ClusterError: as for a run.
    """
    output = setup.settings.paths.output
    _listable(setup.settings.paths.inbox, output)
    if not (output / LEDGER).is_file():
        return ()
    with (
        TemporaryDirectory() as folder,
        _opened(setup, options.as_of, _now(), copies=Path(folder)) as cycle,
    ):
        said, comparison = progress or Silent(), cycle.comparison()
        batch = cycle.batch(options, said, (), comparison, name=PREVIEW, staging=Path(folder))
        return batch.preview()


def refresh(
    setup: Setup, options: RunOptions, deliveries: Callable[[], tuple[Delivery, ...]]
) -> Mapping[str, str]:
    """Publish anew what tells about the outbox, after something was sent; return what another
    program holds, with the reason (Chinese) by path.

    Raises:
        BusyError, OutputError, LedgerError: as for a run.
    """
    with _opened(setup, options.as_of, _now(), reading=False) as cycle:
        return cycle.batch(options, Silent(), deliveries(), cycle.comparison()).refresh()


def remembered(output: Path) -> RunOptions:
    """Return the day that counted as today in the last run, for what follows it.

    Raises:
        InboxError: there was no run.
    """
    if not (output / LEDGER).is_file():
        raise InboxError(f"还没有结果：{output}；请先运行 evalbatch run。")
    with closing(Ledger(output / LEDGER)) as ledger:
        day = ledger.get(DAY)
        if not day:
            raise InboxError(f"{output} 的上次运行没有完成；请先运行 evalbatch run。")
        return RunOptions(date.fromisoformat(day), named=bool(ledger.get(NAMED)))


def last_words(output: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the closing summary of the last run, and the faults of ours it met; for those who mail
    them.
    """
    with closing(Ledger(output / LEDGER)) as ledger:
        said, faults = (tuple((ledger.get(key) or "").splitlines()) for key in (SAID, FAULTS))
    return said, faults


@contextmanager
def published(setup: Setup, as_of: date) -> Iterator[tuple[Cycle, dict[str, str]]]:
    """Hand out the cycle as it was last published, and the digests of what was published by path,
    with the lock held, for those who send it.

    Raises:
        BusyError, LedgerError: as for a run.
    """
    with _opened(setup, as_of, _now(), reading=False) as cycle:
        outputs = {path: digest for path, (digest, _) in cycle.ledger.outputs().items()}
        yield cycle.published(), outputs


def _listable(inbox: Path, output: Path) -> None:
    """See that the inbox is a folder of its own whose entries can be listed, before anything is
    locked or written.
    """
    if not inbox.is_dir():
        raise InboxError(f"收件夹不存在：{inbox}")
    if output.is_dir() and inbox.samefile(output):
        raise InboxError(f"收件夹和结果文件夹是同一个文件夹：{inbox}；请另选一个结果文件夹")
    try:
        with os.scandir(inbox) as entries:
            next(entries, None)
    except OSError as error:
        raise InboxError(f"收件夹无法读取：{inbox}（{reason(error)}）") from error


def _now() -> datetime:
    """Return the local time, for people."""
    return datetime.now()  # noqa: DTZ005 - of the clock on their wall


def _name(output: Path, started: datetime) -> str:
    """Name the run after its start; a second one within the same second gets a number."""
    name, number = f"{started:%Y%m%d-%H%M%S}", 1
    while (output / RUNS / f"{name}.json").exists():
        number += 1
        name = f"{started:%Y%m%d-%H%M%S}-{number}"
    return name


def _frozen(setup: Setup, desk: ReviewDesk) -> tuple[Pin, ...]:
    """Return what is frozen and was not withdrawn."""
    withdrawn = Subjects(setup.roster).withdrawn()
    return tuple(pin for pin in desk.holding() if pin.subject not in withdrawn)


def _kept(setup: Setup, as_of: date) -> KeptWorkbooks | None:
    archive, paths = setup.settings.archive, setup.settings.paths
    if not archive.keep:
        return None
    return KeptWorkbooks(paths.output, paths.of(ARCHIVE), as_of, archive.space_mb)


def _to_pdf(progress: Progress) -> pdf.Converter | None:
    """Return what turns Word reports into PDFs, None where LibreOffice is not there."""
    program = pdf.converter()
    if not program:
        progress.note("没有找到 LibreOffice，未生成 PDF；安装后重新运行即可。")
        return None
    return partial(pdf.convert, program)


def _compute(context: WorkerContext, setup: Setup, options: RunOptions) -> Compute:
    """Choose who does the jobs: the cluster, or isolated processes of this machine."""
    start = partial(worker.start, context)

    def compute(jobs: Sequence[Job]) -> Iterator[WorkbookOutcome]:
        batch = setup.settings.batch
        suspects = [job for job in jobs if job.suspect]
        others = [job for job in jobs if not job.suspect]
        if options.cluster:
            return ClusterPool(options.cluster, start, worker.blame, seconds=batch.seconds).map(
                others, suspects
            )
        count = min(options.jobs or batch.jobs or os.cpu_count() or 1, -(-len(jobs) // CHUNK))
        limits = WorkerLimits(memory=batch.memory_mb << 20, seconds=batch.seconds)
        pool: IsolatedPool[Job, WorkbookOutcome] = IsolatedPool(
            start,
            worker.blame,
            jobs=count,
            limits=limits,
            ahead=CHUNK,
            needed=(worker.__name__, "docxtpl"),
        )
        return pool.map(others, suspects)

    return compute
