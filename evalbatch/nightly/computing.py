"""Computing: which workbooks, by jobs to the workers, outcomes into staging and ledger, in small
transactions.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from functools import reduce

from evalbatch.model.record import Noticed
from evalbatch.model.today import ALWAYS, Span
from evalbatch.nightly.inbox import ArchiveError, InboxFile, Scan, young
from evalbatch.nightly.job import Job
from evalbatch.nightly.kept_values import Staging, observations_text
from evalbatch.nightly.kept_workbooks import KeptWorkbook, KeptWorkbooks
from evalbatch.nightly.progress import Progress
from evalbatch.results.ledger import Conditions, Known, Ledger
from evalbatch.results.outcome import WorkbookOutcome, content_digest

BATCH = 64
"""Outcomes that are recorded in one transaction."""
COPYING = "正在复制或写入，待下次运行处理"

Compute = Callable[[Sequence[Job]], Iterator[WorkbookOutcome]]
Extra = Mapping[str, tuple[Noticed, ...]]


@dataclass(frozen=True, slots=True)
class BatchClock:
    """Where time comes from, so that tests need none: nanoseconds since the epoch as file times
    count, and a pause in seconds. `settle_seconds` is how long a file must have stood still.
    """

    now_ns: Callable[[], int] = time.time_ns
    pause: Callable[[float], None] = time.sleep
    settle_seconds: float = 0.0


@dataclass(slots=True)
class Computation:
    """One run's computing.

    `context` and `as_of` are the conditions that results are recorded under; `suspects` are the
    files that outlasted their time on an earlier day; `waiting` collects the files that must wait
    for the next run with the reason (Chinese), `done` those that were computed.
    """

    compute: Compute
    ledger: Ledger
    staging: Staging
    progress: Progress
    context: str
    as_of: date
    timing: BatchClock = field(default_factory=BatchClock)
    suspects: AbstractSet[str] = frozenset()
    kept: KeptWorkbooks | None = None
    waiting: dict[str, str] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    _kept: list[KeptWorkbook] = field(default_factory=list)

    def run_fresh_last(self, sources: Sequence[InboxFile], extra: Mapping[str, Extra]) -> None:
        """Compute workbooks; those changed a moment ago come last and must have stood still in the
        meantime.
        """
        settle = int(self.timing.settle_seconds * 1e9)
        now = self.timing.now_ns()
        fresh = [source for source in sources if young(source, now, settle)]
        fresh_files = {source.file for source in fresh}
        self.run([source for source in sources if source.file not in fresh_files], extra)
        if not fresh:
            return
        remaining = max(source.mtime_ns for source in fresh) + settle - self.timing.now_ns()
        if remaining > 0:
            self.timing.pause(remaining / 1e9)
        for source in fresh:
            if not source.unchanged():
                self.waiting[source.file] = COPYING
        self.run([source for source in fresh if source.file not in self.waiting], extra)

    def run(
        self,
        sources: Sequence[InboxFile],
        extra: Mapping[str, Extra],
        title: str = "读取、审核、计分、出报告",
    ) -> None:
        """Compute workbooks, with what was noticed across workbooks by file."""
        if not sources:
            return
        by_file = {source.file: source for source in sources}
        jobs = [
            Job(source, extra=extra.get(source.file, {}), suspect=source.file in self.suspects)
            for source in sources
        ]
        held: list[tuple[WorkbookOutcome, Conditions]] = []
        for outcome in self.progress.follow(title, self.compute(jobs), len(jobs)):
            source = by_file[outcome.file]
            if not self._stands(source, outcome):
                continue
            self._stage(outcome)
            self._keep(source, outcome)
            held.append((outcome, self._conditions(source, outcome, extra.get(outcome.file, {}))))
            if len(held) >= BATCH:
                self._record(held)
        self._record(held)

    def _stands(self, source: InboxFile, outcome: WorkbookOutcome) -> bool:
        """Whether an outcome may be recorded: the file could be opened, and was not changed while
        it was read.
        """
        if outcome.busy:
            self.waiting[outcome.file] = outcome.busy
        elif not source.unchanged():
            self.waiting[outcome.file] = COPYING
        return outcome.file not in self.waiting

    def _stage(self, outcome: WorkbookOutcome) -> None:
        for content in (
            outcome.annotated,
            *(each for item in outcome.items for each in (item.report, item.working_paper)),
        ):
            if content is not None:
                self.staging.put(content)

    def _keep(self, source: InboxFile, outcome: WorkbookOutcome) -> None:
        """Keep the content that was read, whatever becomes of its file."""
        found = self.kept.keep(source, outcome) if self.kept else None
        if found:
            self._kept.append(found)

    def _conditions(self, source: InboxFile, outcome: WorkbookOutcome, extra: Extra) -> Conditions:
        holds = reduce(Span.within, (item.holds for item in outcome.items), ALWAYS)
        if any(item.dated for item in outcome.items):
            holds = Span(self.as_of, self.as_of)
        return Conditions(
            size=source.size,
            mtime_ns=source.mtime_ns,
            context=self.context,
            holds=str(holds),
            extra=observations_text(extra),
        )

    def _record(self, held: list[tuple[WorkbookOutcome, Conditions]]) -> None:
        with self.ledger.transaction():
            for outcome, conditions in held:
                if not (outcome.fault and self.ledger.keep(outcome)):
                    self.ledger.record(outcome, conditions)
                self._say(outcome)
            self.ledger.history.keep(self._kept)
        self._kept.clear()
        self.done.update(outcome.file for outcome, _ in held)
        held.clear()

    def _say(self, outcome: WorkbookOutcome) -> None:
        """Say what became of a workbook when it matters."""
        states = "、".join(dict.fromkeys(item.status.label for item in outcome.items))
        line = f"{states or '未能处理'}：{outcome.file}"
        if outcome.fault:
            self.progress.note(
                f"程序内部故障：{outcome.file}（{outcome.fault.strip().splitlines()[-1]}）"
            )
        elif all(item.status.good for item in outcome.items):
            self.progress.detail(line)
        else:
            self.progress.matter(line)


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides whether a known result still stands.

    `context` digests forms, profiles, program and settings; `whole` are the files whose outputs are
    all there.
    """

    context: str
    as_of: date
    whole: AbstractSet[str]
    full: bool = False
    frozen: AbstractSet[str] = frozenset()

    def keeps(self, known: Known) -> bool:
        """Whether a file's result stands as long as its content does; faults of ours are tried
        again every time.
        """
        if known.file in self.frozen and known.file in self.whole and not known.fault:
            return True
        return (
            not self.full
            and not known.fault
            and known.context == self.context
            and Span.read(known.holds).includes(self.as_of)
            and known.file in self.whole
        )


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """What a batch is to do: what to compute, what only looks new, what is missing, and what was
    moved to another name.
    """

    todo: tuple[InboxFile, ...]
    touched: tuple[InboxFile, ...]
    missing: tuple[str, ...]
    moved: tuple[str, ...]


def plan(
    scan: Scan,
    known: Mapping[str, Known],
    situation: Situation,
    digest_of: Callable[[InboxFile], str],
) -> BatchPlan:
    """Compare a scan with the ledger.

    Size and time are compared first; `digest_of` is asked only for files that differ in them. A
    missing file whose content is still there under another name was moved: its old name is no
    longer needed.
    """
    todo: list[InboxFile] = []
    touched: list[InboxFile] = []
    for source in scan.sources:
        before = known.get(source.file)
        if before is None or not situation.keeps(before):
            todo.append(source)
        elif source.mark != (before.size, before.mtime_ns) or before.gone:
            (touched if before.digest and digest_of(source) == before.digest else todo).append(
                source
            )
    here = {source.file for source in scan.sources}
    missing = [
        before for file, before in known.items() if file not in here and not scan.waits(file)
    ]
    fresh = (
        {digest_of(source) for source in todo if source.file not in known} - {""}
        if missing
        else set()
    )
    moved = tuple(before.file for before in missing if before.digest in fresh)
    return BatchPlan(
        tuple(todo),
        tuple(touched),
        tuple(before.file for before in missing if before.digest not in fresh),
        moved,
    )


def digest_of(source: InboxFile) -> str:
    """Return the digest of a workbook's content, empty when it cannot be read."""
    try:
        return content_digest(source.read())
    except (OSError, ArchiveError):
        return ""
