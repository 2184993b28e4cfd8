"""The nightly run as a whole: lock, ledger, set-up, workers, the night's work, and the record of
it.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
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
from evalbatch.nightly.assembly import Assembly
from evalbatch.nightly.batch import Batch, BatchParts, RunOrders
from evalbatch.nightly.changes import Comparison, pointed_out
from evalbatch.nightly.cluster import ClusterPool
from evalbatch.nightly.computing import Compute
from evalbatch.nightly.job import Job
from evalbatch.nightly.kept_workbooks import KeptWorkbooks
from evalbatch.nightly.ledger_records import Records
from evalbatch.nightly.lock import exclusive
from evalbatch.nightly.pool import IsolatedPool, WorkerLimits
from evalbatch.nightly.progress import Progress, Silent
from evalbatch.nightly.review_part import Round, opened, waiting_lines, write_round
from evalbatch.nightly.run_record import Run, closing_lines, describe, fault_lines
from evalbatch.nightly.setup import Setup, WorkerContext
from evalbatch.results.ledger import SETTINGS_FILE, Ledger, copy_ledger
from evalbatch.results.outcome import WorkbookOutcome

DAY, NAMED = "as_of", "as_of_named"
SAID, FAULTS = "closing", "faults"
CHUNK = 8


class InboxError(Trouble):
    """The inbox cannot be read; the message says why in Chinese."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to run.

    `as_of` is the day that counts as today, `named` whether the user named it; `jobs` the number of
    worker processes (0: as many as cores), `cluster` the address of a Dask scheduler to use
    instead; `full` computes everything anew, `forget_missing` drops the results of files that are
    no longer there.
    """

    as_of: date
    named: bool = False
    jobs: int = 0
    cluster: str = ""
    full: bool = False
    forget_missing: bool = False
    forget_all: bool = False
    pdf: bool = False


def run(
    setup: Setup,
    options: Options,
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
    inbox, output = setup.settings.paths.inbox, setup.settings.paths.output
    _listable(inbox, output)
    started, began = now(), time.monotonic()
    with ExitStack() as stack:
        stack.enter_context(exclusive(output, started))
        output_files.sweep(output / RUNS)
        progress = progress or Silent()
        ledger = stack.enter_context(closing(Ledger(output / LEDGER)))
        desk = stack.enter_context(
            closing(opened(setup, output / LEDGER, options.as_of, reading=True))
        )
        comparison = Comparison(ledger, setup, options.as_of)
        kept = _kept(setup, options.as_of)
        parts = _parts(setup, options, deliveries(), progress, ledger, desk, comparison, kept)
        name = _name(output, started)
        night = Batch(
            inbox,
            output,
            ledger,
            parts,
            _orders(setup, options),
            progress,
            name=name,
            elsewhere=setup.settings.paths.elsewhere,
        )
        result = night.run()
        notices = (
            *pointed_out(comparison.published),
            *waiting_lines(
                setup,
                ledger,
                desk,
                options.as_of,
                partial(_judged_rows, setup, ledger, desk, options.as_of),
            ),
        )
        done = Run(name, result, time.monotonic() - began, notices)
        record = describe(done, setup, options.as_of, ledger, started=started, finished=now())
        output_files.replace(output / RUNS / f"{name}.json", record)
        output_files.keep_private(output / RUNS / f"{name}.json")
        if setup.settings.file and not setup.settings.is_empty:
            ledger.note(SETTINGS_FILE, str(setup.settings.file))
        ledger.note(DAY, options.as_of.isoformat())
        ledger.note(NAMED, "1" if options.named else "")
        ledger.note(SAID, "\n".join(closing_lines(done, str(output))))
        ledger.note(FAULTS, "\n".join(fault_lines(done)))
    return done


def _judged_rows(setup: Setup, ledger: Ledger, desk: ReviewDesk, as_of: date) -> Iterator[Judged]:
    """Return the rows that were judged, as the ledger has them now."""
    records = Records(ledger)
    return Assembly(setup, as_of, desk=desk, records=records).judged_rows(records)


def write_next(setup: Setup, as_of: date) -> Round:
    """Write the next round of reviews of the cycle as it was last run.

    Raises:
        BusyError, LedgerError, OutputError: in Chinese.
    """
    output = setup.settings.paths.output
    with ExitStack() as stack:
        stack.enter_context(exclusive(output, datetime.now()))  # noqa: DTZ005 - local time, for people
        ledger = stack.enter_context(closing(Ledger(output / LEDGER)))
        desk = stack.enter_context(closing(opened(setup, output / LEDGER, as_of, reading=True)))
        return write_round(setup, desk, as_of, _judged_rows(setup, ledger, desk, as_of))


def preview(setup: Setup, options: Options, progress: Progress | None = None) -> Sequence[Change]:
    """Return what a run would change in what is published, and why; nothing is published.

    The work is done on a copy of the ledger, which is thrown away.

    Raises:
        InboxError, BusyError, LedgerError, PoolError, ClusterError: as for a run.
    """
    inbox, output = setup.settings.paths.inbox, setup.settings.paths.output
    _listable(inbox, output)
    with ExitStack() as stack:
        if not (output / LEDGER).is_file():
            return ()
        stack.enter_context(exclusive(output, datetime.now()))  # noqa: DTZ005 - local time, for people
        folder = Path(stack.enter_context(TemporaryDirectory()))
        copied = copy_ledger(output / LEDGER, folder)
        ledger = stack.enter_context(closing(Ledger(copied)))
        desk = stack.enter_context(closing(opened(setup, copied, options.as_of, reading=True)))
        said = progress or Silent()
        comparison = Comparison(ledger, setup, options.as_of)
        parts = _parts(setup, options, (), said, ledger, desk, comparison)
        orders = _orders(setup, options)
        return Batch(
            inbox,
            output,
            ledger,
            parts,
            orders,
            said,
            staging=folder,
            elsewhere=setup.settings.paths.elsewhere,
        ).preview()


def refresh(
    setup: Setup, options: Options, deliveries: Callable[[], tuple[Delivery, ...]]
) -> Mapping[str, str]:
    """Publish anew what tells about the outbox, after something was sent; return what another
    program holds, with the reason (Chinese) by path.

    Raises:
        BusyError, OutputError, LedgerError: as for a run.
    """
    inbox, output = setup.settings.paths.inbox, setup.settings.paths.output
    with ExitStack() as stack:
        stack.enter_context(exclusive(output, datetime.now()))  # noqa: DTZ005 - local time, for people
        ledger = stack.enter_context(closing(Ledger(output / LEDGER)))
        desk = stack.enter_context(
            closing(opened(setup, output / LEDGER, options.as_of, reading=False))
        )
        comparison = Comparison(ledger, setup, options.as_of)
        parts = _parts(setup, options, deliveries(), Silent(), ledger, desk, comparison)
        return Batch(
            inbox,
            output,
            ledger,
            parts,
            _orders(setup, options),
            Silent(),
            elsewhere=setup.settings.paths.elsewhere,
        ).refresh()


def remembered(output: Path) -> Options:
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
        return Options(date.fromisoformat(day), named=bool(ledger.get(NAMED)))


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
    output = setup.settings.paths.output
    with ExitStack() as stack:
        stack.enter_context(exclusive(output, datetime.now()))  # noqa: DTZ005 - local time, for people
        ledger = stack.enter_context(closing(Ledger(output / LEDGER)))
        desk = stack.enter_context(closing(opened(setup, output / LEDGER, as_of, reading=False)))
        records = Records(ledger)
        assembly = Assembly(setup, as_of, desk=desk, records=records)
        outputs = {path: digest for path, (digest, _) in ledger.outputs().items()}
        yield assembly.cycle(records), outputs


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


def _name(output: Path, started: datetime) -> str:
    """Name the run after its start; a second one within the same second gets a number."""
    name, number = f"{started:%Y%m%d-%H%M%S}", 1
    while (output / RUNS / f"{name}.json").exists():
        number += 1
        name = f"{started:%Y%m%d-%H%M%S}-{number}"
    return name


def _orders(setup: Setup, options: Options) -> RunOrders:
    return RunOrders(
        options.as_of,
        full=options.full,
        forget_missing=options.forget_missing,
        forget_all=options.forget_all,
        settle_seconds=setup.settings.batch.settle_seconds,
    )


def _frozen(setup: Setup, desk: ReviewDesk) -> tuple[Pin, ...]:
    """Return what is frozen and was not withdrawn."""
    naming = Subjects(setup.roster)
    withdrawn = {naming.of_line(line).key for line in setup.roster if line.withdrawn}
    return tuple(pin for pin in desk.holding() if pin.subject not in withdrawn)


def _kept(setup: Setup, as_of: date) -> KeptWorkbooks | None:
    archive, paths = setup.settings.archive, setup.settings.paths
    if not archive.keep:
        return None
    return KeptWorkbooks(paths.output, paths.of(ARCHIVE), as_of, archive.space_mb)


def _parts(
    setup: Setup,
    options: Options,
    deliveries: tuple[Delivery, ...],
    progress: Progress,
    ledger: Ledger,
    desk: ReviewDesk,
    comparison: Comparison,
    kept: KeptWorkbooks | None = None,
) -> BatchParts:
    context = setup.context(options.as_of)
    records = Records(ledger)
    assembly = Assembly(setup, options.as_of, options.named, deliveries, desk, records, comparison)
    program = pdf.converter() if options.pdf else ""
    if options.pdf and not program:
        progress.note("没有找到 LibreOffice，未生成 PDF；安装后重新运行即可。")
    return BatchParts(
        _compute(context, setup, options),
        context.digest(),
        assembly.across,
        assembly.publish,
        assembly.setting,
        to_pdf=partial(pdf.convert, program) if program else None,
        settle=comparison.settle,
        kept=kept,
        frozen=_frozen(setup, desk),
        draws=setup.settings.review.copied,
        changes=assembly.changes,
    )


def _compute(context: WorkerContext, setup: Setup, options: Options) -> Compute:
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
            start, worker.blame, jobs=count, limits=limits, ahead=CHUNK
        )
        return pool.map(others, suspects)

    return compute
