"""Computing: jobs to the workers, outcomes into staging and ledger, in small transactions."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from evalbatch.batch.inbox import Source, young
from evalbatch.batch.job import Job
from evalbatch.batch.progress import Progress
from evalbatch.batch.store import Staging, observations_text
from evalbatch.model.observation import Observation
from evalbatch.results.ledger import Conditions, Ledger
from evalbatch.results.outcome import Outcome

BATCH = 64
"""Outcomes that are recorded in one transaction."""
COPYING = "正在复制或写入，待下次运行处理"

Compute = Callable[[Sequence[Job]], Iterator[Outcome]]
Extra = Mapping[str, tuple[Observation, ...]]


@dataclass(frozen=True, slots=True)
class Timing:
    """Where time comes from, so that tests need none: nanoseconds since the epoch as file times count, and a pause in seconds."""

    now_ns: Callable[[], int] = time.time_ns
    pause: Callable[[float], None] = time.sleep


@dataclass(slots=True)
class Computation:
    """One run's computing.

    `context` and `as_of` are the conditions that results are recorded under; `suspects` are the files that outlasted their time
    on an earlier day; `waiting` collects the files that must wait for the
    next run with the reason (Chinese), `done` those that were computed.
    """

    compute: Compute
    ledger: Ledger
    staging: Staging
    progress: Progress
    context: str
    as_of: str
    timing: Timing = field(default_factory=Timing)
    suspects: AbstractSet[str] = frozenset()
    waiting: dict[str, str] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)

    def settled(self, sources: Sequence[Source], settle_seconds: float, extra: Mapping[str, Extra]) -> None:
        """Compute workbooks; those changed a moment ago come last and must have stood still in the meantime."""
        settle = int(settle_seconds * 1e9)
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

    def run(self, sources: Sequence[Source], extra: Mapping[str, Extra], title: str = "读取、审核、计分、出报告") -> None:
        """Compute workbooks, with what was noticed across workbooks by file."""
        if not sources:
            return
        by_file = {source.file: source for source in sources}
        jobs = [Job(source, extra=extra.get(source.file, {}), suspect=source.file in self.suspects) for source in sources]
        held: list[tuple[Outcome, Conditions]] = []
        for outcome in self.progress.follow(title, self.compute(jobs), len(jobs)):
            source = by_file[outcome.file]
            if not self._stands(source, outcome):
                continue
            self._stage(outcome)
            held.append((outcome, self._conditions(source, outcome, extra.get(outcome.file, {}))))
            if len(held) >= BATCH:
                self._record(held)
        self._record(held)

    def _stands(self, source: Source, outcome: Outcome) -> bool:
        """Whether an outcome may be recorded: the file could be opened, and was not changed while it was read."""
        if outcome.busy:
            self.waiting[outcome.file] = outcome.busy
        elif not source.unchanged():
            self.waiting[outcome.file] = COPYING
        return outcome.file not in self.waiting

    def _stage(self, outcome: Outcome) -> None:
        for content in (outcome.annotated, *(each for item in outcome.items for each in (item.report, item.working_paper))):
            if content is not None:
                self.staging.put(content)

    def _conditions(self, source: Source, outcome: Outcome, extra: Extra) -> Conditions:
        as_of = self.as_of if any(item.dated for item in outcome.items) else ""
        return Conditions(source.size, source.mtime_ns, self.context, as_of, observations_text(extra), self.as_of)

    def _record(self, held: list[tuple[Outcome, Conditions]]) -> None:
        with self.ledger.transaction():
            for outcome, conditions in held:
                if not (outcome.fault and self.ledger.keep(outcome)):
                    self.ledger.record(outcome, conditions)
                self._say(outcome)
        self.done.update(outcome.file for outcome, _ in held)
        held.clear()

    def _say(self, outcome: Outcome) -> None:
        """Say what became of a workbook when it matters."""
        states = "、".join(dict.fromkeys(item.status.label for item in outcome.items))
        line = f"{states or '未能处理'}：{outcome.file}"
        if outcome.fault:
            self.progress.note(f"程序内部故障：{outcome.file}（{outcome.fault.strip().splitlines()[-1]}）")
        elif all(item.status.good for item in outcome.items):
            self.progress.detail(line)
        else:
            self.progress.matter(line)
