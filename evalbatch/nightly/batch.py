"""One run over one inbox: compute what changed, look across, publish the cycle."""

import shutil
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from evalbatch import output_files
from evalbatch.errors import Trouble
from evalbatch.model.decisions import Pin
from evalbatch.model.evaluation import Status
from evalbatch.model.finding import Observation
from evalbatch.model.record import ARCHIVE, WORKING_PAPERS, Change, Noticed
from evalbatch.nightly.computing import (
    BatchClock,
    BatchPlan,
    Computation,
    Compute,
    Extra,
    Situation,
    digest_of,
    plan,
)
from evalbatch.nightly.extract import PackedExtract, replacement
from evalbatch.nightly.hand_ins import REMEMBERED
from evalbatch.nightly.inbox import InboxFile, Scan, scan
from evalbatch.nightly.inbox_entries import kind_of
from evalbatch.nightly.job import broken
from evalbatch.nightly.kept_values import observations, observations_text
from evalbatch.nightly.kept_workbooks import KeptWorkbooks, kept_content, with_frozen
from evalbatch.nightly.ledger_records import Records
from evalbatch.nightly.pdf import Converter
from evalbatch.nightly.progress import Progress
from evalbatch.nightly.publication import CyclePublication, Places, Publication, places
from evalbatch.results.ledger import REMOVING, Conditions, Known, Ledger, LeftEntry

STATE = "state"
AWAITED = "awaited"
DRAFTS, TRIAL = "cycle", "trial"
WHOLE = "汇总"
"""What is at fault where it is none of the outputs by itself."""
MOST_ASIDE = 32
"""Workbooks that are set aside at once: where more are at fault, it is the program that is."""
WORD = ".docx"
EMPTY_INBOX = (
    "收件夹 {inbox} 中已没有任何一份报送件，--forget-missing 会删去全部 {count} 份结果；"
    "可能是共享文件夹没有连上，本次没有改动。确实要全部删去的，请改用 --forget-all。"
)

Seen = Mapping[str, Sequence[Noticed]]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How to run, as the user said it.

    `as_of` is the day that counts as today, `named` whether the user named it; `jobs` the number of
    worker processes (0: as many as cores), `cluster` the address of a Dask scheduler to use
    instead; `full` computes everything anew, `forget_missing` drops the results of files that are
    no longer there, `forget_all` even where nothing is left; `pdf` wants PDFs of new reports.
    """

    as_of: date
    named: bool = False
    jobs: int = 0
    cluster: str = ""
    full: bool = False
    forget_missing: bool = False
    forget_all: bool = False
    pdf: bool = False


@dataclass(frozen=True, slots=True)
class BatchParts:
    """What the batch calls; the product's own parts are those of a `WholeCycle`, tests give smaller
    ones.

    `compute` does jobs; `context` digests everything that makes every result old when it changes;
    `recall` unpacks extracts ahead, `across` looks across them by submission, with those of earlier
    content that is no longer there; `publish` writes what is published for the whole cycle into a
    folder, from the records and from what `setting` digests, and says what it could not write;
    `rehearse` does the same for some of the records and leaves nothing behind but what it wrote,
    None where `publish` does neither. `to_pdf` turns Word reports by their digests into PDFs, None
    when none are wanted. `draws` says that what is noticed depends on what was noticed before:
    projects are drawn by findings.
    """

    compute: Compute
    context: str
    across: Callable[[Iterable[PackedExtract], Iterable[PackedExtract]], Seen]
    publish: Callable[[Path, Records], CyclePublication]
    setting: str = ""
    to_pdf: Converter | None = None
    remember: Callable[[], None] = lambda: None
    changes: Callable[[Records], Sequence[Change]] = lambda _records: ()
    kept: KeptWorkbooks | None = None
    frozen: tuple[Pin, ...] = ()
    draws: bool = False
    rehearse: Callable[[Path, Records], CyclePublication] | None = None
    recall: Callable[[Iterable[bytes]], object] = tuple


@dataclass(slots=True)
class Result:
    """What a run did: submissions by status, and files by what happened to them; `faults` are
    tracebacks by file.

    `unpublished` are tracebacks by the path of what could not be written; `awaited` counts the
    roster's lines for which nothing came in. `held` are the outputs that could not be put in place
    since another program holds what stands there, with the reason (Chinese).
    """

    statuses: Counter[str] = field(default_factory=Counter)
    computed: tuple[str, ...] = ()
    unchanged: int = 0
    waiting: dict[str, str] = field(default_factory=dict)
    ignored: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    replaced: tuple[str, ...] = ()
    faults: dict[str, str] = field(default_factory=dict)
    unpublished: dict[str, str] = field(default_factory=dict)
    published: tuple[str, ...] = ()
    recovered: int = 0
    awaited: int = 0
    held: dict[str, str] = field(default_factory=dict)

    @property
    def wanting(self) -> bool:
        """Whether anything was returned, could not be read, or is missing."""
        return bool(self.statuses["returned"] or self.statuses["unreadable"] or self.awaited)


class Batch:
    """One run over one inbox and output folder, with the lock held and the ledger open."""

    def __init__(
        self,
        inbox: Path,
        output: Path,
        ledger: Ledger,
        parts: BatchParts,
        options: RunOptions,
        progress: Progress,
        *,
        name: str = "",
        timing: BatchClock | None = None,
        staging: Path | None = None,
        elsewhere: Mapping[str, Path] = MappingProxyType({}),
    ) -> None:
        self._inbox = inbox
        self._output = output
        self._elsewhere = tuple(elsewhere.values())
        self._ledger = ledger
        self._parts = parts
        self._options = options
        self._progress = progress
        self._name = name
        self._publication = Publication(output, ledger, staging, elsewhere)
        self._work = Computation(
            parts.compute,
            ledger,
            self._publication.staging,
            progress,
            parts.context,
            options.as_of,
            timing or BatchClock(),
        )
        self._work.kept = parts.kept
        self._result = Result()

    def run(self) -> Result:
        """Do the night's work.

        Raises:
            OSError: the inbox cannot be listed.
            OutputError: an output cannot be written; in Chinese. Outputs that stood there are
                whole, the next run goes on.
        """
        self._result.recovered = self._publication.recover()
        found = self._scanned()
        todo = self._compute(found)
        if not self._unchanged(self._state()):
            self._look_across(found)
            self._publish()
        self._conclude(found, todo)
        return self._result

    def _compute(self, found: Scan) -> BatchPlan:
        """Compute what is new or has to be computed again, and note what arrived."""
        known = self._ledger.files()
        self._work.waiting |= found.busy
        todo = self._plan(found, known)
        self._refuse_to_forget_all(todo, known)
        self._note(todo)
        self._work.suspects = self._suspects(todo.todo, known)
        extra = {
            source.file: observations(known[source.file].extra)
            for source in todo.todo
            if source.file in known
        }
        if todo.todo:
            self._compute_new(todo.todo, extra)
        self._arrive(found)
        return todo

    def _compute_new(self, todo: Sequence[InboxFile], extra: Mapping[str, Extra]) -> None:
        """Compute workbooks; while workers start, what is known of all of them is unpacked, which
        is looked at next.
        """
        packed = [data for _, data, _ in islice(self._ledger.extracts(), REMEMBERED)]
        with ThreadPoolExecutor(1) as beside:
            beside.submit(self._parts.recall, packed)
            self._work.run_fresh_last(todo, extra)

    def preview(self) -> Sequence[Change]:
        """Return what a run would change, and why; nothing is published.

        The ledger is a copy that is thrown away.

        Raises:
            OSError: the inbox cannot be listed.
        """
        found = self._scanned()
        self._compute(found)
        self._look_across(found)
        return self._parts.changes(Records(self._ledger))

    def refresh(self) -> Mapping[str, str]:
        """Publish anew what is published for the whole cycle where something besides the workbooks
        changed, such as the outbox; return what is held, with the reason by path.

        Raises:
            OutputError: as for a run.
        """
        self._publication.recover()
        if not self._unchanged(self._state()):
            self._publish()
        self._publication.tidy()
        return self._result.held

    def _scanned(self) -> Scan:
        """Scan the inbox; what is frozen is read as it was then."""
        found = scan(self._inbox, (self._output, *self._elsewhere))
        archive = self._publication.at(ARCHIVE)
        return with_frozen(found, self._parts.frozen, archive, digest_of)

    @property
    def _frozen(self) -> frozenset[str]:
        """The workbooks whose results are frozen."""
        return frozenset(pin.workbook for pin in self._parts.frozen)

    def _plan(self, found: Scan, known: Mapping[str, Known]) -> BatchPlan:
        available = self._publication.available()
        broken = {
            file
            for file, before in known.items()
            if before.annotated and before.annotated not in available
        }
        made = (
            (shelf.file, content)
            for shelf in self._ledger.shelves()
            for content in (shelf.report, shelf.working_paper)
        )
        broken |= {file for file, content in made if content and content not in available}
        options = self._options
        situation = Situation(
            self._parts.context,
            options.as_of,
            known.keys() - broken,
            full=options.full,
            frozen=self._frozen,
        )
        return plan(found, known, situation, digest_of)

    def _refuse_to_forget_all(self, todo: BatchPlan, known: Mapping[str, Known]) -> None:
        """Refuse to drop every result because nothing is there: the inbox may not be mounted."""
        options = self._options
        nothing_left = bool(known) and known.keys() <= set(todo.missing)
        if options.forget_missing and not options.forget_all and nothing_left:
            raise Trouble(EMPTY_INBOX.format(inbox=self._inbox, count=len(known)))

    def _suspects(self, todo: Iterable[InboxFile], known: Mapping[str, Known]) -> frozenset[str]:
        """Name the files to be tried once more alone: they outlasted their time, and neither they
        nor the program changed.
        """
        before = (
            (source, known[source.file])
            for source in todo
            if source.file in known and not self._options.full
        )
        return frozenset(
            source.file
            for source, each in before
            if each.outlasted
            and each.context == self._parts.context
            and source.mark == (each.size, each.mtime_ns)
        )

    def _note(self, todo: BatchPlan) -> None:
        """Note in the ledger what needs no computing."""
        with self._ledger.transaction():
            self._ledger.forget(todo.moved)
            self._ledger.touch(
                (source.size, source.mtime_ns, source.file) for source in todo.touched
            )
            self._ledger.miss(todo.missing, self._name)
            if self._options.forget_missing:
                self._ledger.forget(todo.missing)

    def _drop_replaced(self, seen: Seen) -> bool:
        """Forget missing files that no longer count, since others do that are still there, and say
        whether there were any; a missing one that counts stays.
        """
        gone = {file for file, before in self._ledger.files().items() if before.gone}
        replaced = self._replaced(gone, seen) if gone else set()
        if replaced:
            with self._ledger.transaction():
                self._ledger.supersede(sorted(replaced))
            self._result.replaced = tuple(sorted({*self._result.replaced, *replaced}))
        return bool(replaced)

    def _replaced(self, gone: AbstractSet[str], seen: Seen) -> set[str]:
        """Return the missing files in whose every place another counts that is still there."""
        file_of = {shelf.name: shelf.file for shelf in self._ledger.shelves()}
        instead = {
            name: file_of.get(_counts_instead(name, seen.get(name, ())), "")
            for name, file in file_of.items()
            if file in gone
        }
        staying = {file_of[name] for name, by in instead.items() if not by or by in gone}
        return {file_of[name] for name in instead} - staying

    def _arrive(self, found: Scan) -> None:
        """Note what arrived with this run, and what of the inbox is not read and why."""
        entries = {
            file: LeftEntry(file, aside.kind, "left_aside", aside.reason)
            for file, aside in found.aside.items()
        }
        entries |= {
            file: LeftEntry(file, kind_of(file), "waiting", reason)
            for file, reason in self._work.waiting.items()
        }
        with self._ledger.transaction():
            self._ledger.arrive(self._options.as_of.isoformat(), entries.values())

    def _look_across(self, found: Scan) -> None:
        """Compute those workbooks again for which something else than before was noticed across
        workbooks; where projects are drawn by what was noticed, once more.
        """
        if self._looked_across(found) and self._parts.draws:
            self._looked_across(found)

    def _looked_across(self, found: Scan) -> bool:
        """Look across workbooks once, and say whether any was computed again."""
        seen = self._seen()
        if self._drop_replaced(seen):
            seen = self._seen()
        by_file: dict[str, dict[str, tuple[Noticed, ...]]] = {}
        for shelf in self._ledger.shelves():
            if seen.get(shelf.name):
                by_file.setdefault(shelf.file, {})[shelf.name] = tuple(seen[shelf.name])
        known = self._ledger.files()
        stale = {
            file
            for file, before in known.items()
            if observations_text(by_file.get(file, {})) != before.extra
        }
        gone = self._counting_again(stale, seen)
        here = {source.file: source for source in found.sources} | gone
        held = self._work.waiting.keys() | self._frozen
        again = [here[file] for file in sorted(stale - held) if file in here]
        self._work.run(again, by_file, "跨报送件比对后更新")
        if gone:
            with self._ledger.transaction():
                self._ledger.still_gone(known[file] for file in gone)
        return bool(again)

    def _counting_again(self, stale: AbstractSet[str], seen: Seen) -> dict[str, InboxFile]:
        """Return from the archive what is gone and was superseded by what no longer counts instead:
        else nothing would be left of its projects.
        """
        known, archive = self._ledger.files(), self._publication.at(ARCHIVE)
        files = {
            shelf.file
            for shelf in self._ledger.shelves()
            if shelf.file in stale and known[shelf.file].gone
            if shelf.status == Status.SUPERSEDED.value
            if not _counts_instead(shelf.name, seen.get(shelf.name, ()))
        }
        kept = {file: kept_content(archive, known[file].digest, file) for file in files}
        return {file: content for file, content in kept.items() if content}

    def _seen(self) -> Seen:
        """Return what is noticed across the workbooks as the ledger has them now; one that cannot
        be looked at beside the others is set aside, since it could not be published either.
        """
        records = Records(self._ledger)
        try:
            return self._parts.across(records.extracts(), records.earlier())
        except (Trouble, OSError, MemoryError):
            raise
        except Exception:
            if self._set_aside([WHOLE]):
                return self._seen()
            raise

    def _publish(self) -> None:
        state = self._state()
        if self._options.full:
            self._ledger.forget_pages()
        where, drafts, published = self._drafted()
        if aside := bool(published.faults) and self._set_aside(published.faults):
            where, drafts, published = self._drafted()
        wanted = {**self._standing(published.faults), **where.digests, **drafts}
        wanted |= self._pdfs({path: digest for path, digest in wanted.items() if _for_others(path)})
        with self._ledger.transaction():
            changed = self._publication.declare(wanted, verify=self._options.full)
            self._ledger.note(STATE, "" if published.faults or aside else state)  # to try again
            if WHOLE not in published.faults:
                self._ledger.note(AWAITED, str(published.awaited))
                self._parts.remember()
        self._result.held = self._publication.carry_out()
        self._result.unpublished = dict(published.faults)
        self._result.published = tuple(path for path in changed if path not in self._result.held)
        for path in self._result.published:
            self._progress.detail(f"已发布：{path}")

    def _drafted(self) -> tuple[Places, dict[str, str], CyclePublication]:
        """Name the places of all outputs, and write what is published for the whole cycle."""
        where = self._noted_places()
        self._progress.detail("正在生成汇总表、总报告和数据文件")
        folder = self._publication.staging.folder / DRAFTS
        published = self._tried(self._parts.publish, folder, Records(self._ledger))
        drafts = {}
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            drafts[path.relative_to(folder).as_posix()] = self._publication.staging.take(path)
        shutil.rmtree(folder, ignore_errors=True)
        return where, drafts, published

    @staticmethod
    def _tried(
        publish: Callable[[Path, Records], CyclePublication], folder: Path, records: Records
    ) -> CyclePublication:
        """Publish into an empty folder; where even the whole cannot be looked at, that is the
        fault, and nothing that was written is complete.
        """
        output_files.emptied(folder)
        try:
            published = publish(folder, records)
        except (Trouble, OSError, MemoryError):
            raise
        except Exception:  # noqa: BLE001 - the edge of publishing: recorded, named, and the rest goes on
            published = CyclePublication(faults={WHOLE: traceback.format_exc()})
            output_files.emptied(folder)
        output_files.sweep(folder)  # of what a second process left that died
        return published

    def _set_aside(self, faults: Iterable[str]) -> bool:
        """Set aside the workbooks that outputs cannot be written with, and say whether there were
        any.

        Each is kept as one on which the program itself failed: everything is published without it,
        its fault is recorded, and the next night tries it again.
        """
        known = self._ledger.files()
        culprits = self._to_blame(sorted(known), set(faults))
        with self._ledger.transaction():
            for file, trace in culprits.items():
                before = known[file]
                conditions = Conditions(
                    before.size, before.mtime_ns, before.context, before.holds, before.extra
                )
                self._ledger.record(broken(file, before.digest, trace), conditions)
        for file in culprits:
            self._progress.note(f"程序内部故障，无法发布，已搁置：{file}")
        return bool(culprits)

    def _to_blame(self, files: Sequence[str], faults: AbstractSet[str]) -> dict[str, str]:
        """Return the workbooks that are to blame for faults, with the traceback.

        None is where an output fails without any workbook, or with each of several: then there is
        nothing to gain by setting them aside.
        """
        anyway = self._rehearsed(()).faults.keys()
        if faults <= anyway:
            return {}
        culprits = dict(islice(self._culprits(files, anyway), MOST_ASIDE + 1))
        most = min(MOST_ASIDE, max(1, len(files) - 1))
        return culprits if len(culprits) <= most else {}

    def _culprits(
        self, files: Sequence[str], anyway: AbstractSet[str]
    ) -> Iterator[tuple[str, str]]:
        """Yield the workbooks that cannot be published even by themselves, with the traceback: the
        half that can is not looked at any closer. Outputs that fail `anyway` tell nothing.
        """
        faults = self._rehearsed(files).faults
        traces = [trace for path, trace in faults.items() if path not in anyway]
        if not (traces and files):
            return
        if len(files) == 1:
            yield files[0], "\n".join(traces)
            return
        half = len(files) // 2
        yield from self._culprits(files[:half], anyway)
        yield from self._culprits(files[half:], anyway)

    def _rehearsed(self, files: Sequence[str]) -> CyclePublication:
        """Try to publish some workbooks, with nothing kept of it."""
        folder = self._publication.staging.folder / TRIAL
        part = self._ledger.part(folder.with_suffix(".sqlite"), files)
        try:
            rehearse = self._parts.rehearse or self._parts.publish
            return self._tried(rehearse, folder, Records(part))
        finally:
            part.remove()
            shutil.rmtree(folder, ignore_errors=True)

    def _standing(self, faults: Iterable[str]) -> dict[str, str]:
        """Return what stands at the paths that could not be written, or below them: it stays. Where
        the whole is at fault, everything does.
        """
        return {
            path: digest
            for path, (digest, state) in self._ledger.outputs().items()
            if state != REMOVING
            if any(fault == WHOLE or f"{path}/".startswith(f"{fault}/") for fault in faults)
        }

    def _noted_places(self) -> Places:
        """Name the place of every output, and note it beside the results."""
        shelves = self._ledger.shelves()
        where = places(shelves, self._ledger.files())
        with self._ledger.transaction():
            self._ledger.results.amend(
                ("report", "annotated", "working_paper"),
                (where.of(shelf) for shelf in shelves),
            )
        return where

    def _unchanged(self, state: str) -> bool:
        """Whether everything stands as the last complete run left it."""
        return (
            not self._options.full
            and self._ledger.get(STATE) == state
            and self._publication.complete()
        )

    def _pdfs(self, reports: Mapping[str, str]) -> dict[str, str]:
        """Return where the PDFs of reports stand, digests by path; those not made yet are made when
        they are wanted.
        """
        known = self._ledger.pdfs()
        if not (known or self._parts.to_pdf):
            return {}
        available = self._publication.available()
        made = {report: pdf for report, pdf in known.items() if pdf in available}
        missing = {digest: path for path, digest in reports.items() if digest not in made}
        if self._parts.to_pdf and missing:
            documents = {
                digest: self._publication.content(path, digest) for digest, path in missing.items()
            }
            for digest, pdf in self._progress.follow(
                "转换 PDF", self._parts.to_pdf(documents), len(missing)
            ):
                made[digest] = self._publication.staging.put(pdf)
                self._ledger.add_pdf(digest, made[digest])
            if left := [path for digest, path in missing.items() if digest not in made]:
                self._progress.note(f"有 {len(left)} 份报告未能转成 PDF：{left[0]} 等")
        return {
            path.removesuffix(WORD) + ".pdf": made[digest]
            for path, digest in reports.items()
            if digest in made
        }

    def _state(self) -> str:
        """Digest everything that the outputs depend on, row by row: as one text it would be larger
        than all else that a night keeps.
        """
        parts, ledger = self._parts, self._ledger
        conditions = (parts.context, parts.setting, bool(parts.to_pdf), ledger.entries())
        told = sha256(repr(conditions).encode())
        for file, before in sorted(ledger.files().items()):
            row = (file, *before[3:9], before.fault != "", before.gone != "")
            told.update(repr(row).encode())
        for arrival in sorted(ledger.arrivals().items()):
            told.update(repr(arrival).encode())
        return told.hexdigest()

    def _conclude(self, found: Scan, todo: BatchPlan) -> None:
        known, result = self._ledger.files(), self._result
        self._publication.tidy()
        result.statuses = Counter(shelf.status for shelf in self._ledger.shelves())
        result.computed = tuple(sorted(self._work.done))
        result.waiting = dict(sorted(self._work.waiting.items()))
        touched = self._work.done | self._work.waiting.keys()
        result.unchanged = sum(1 for source in found.sources if source.file not in touched)
        result.ignored = found.ignored
        result.unread = {
            file: reason.partition("。")[0]
            for file, _, outcome, reason, *_ in self._ledger.results.rows("received")
            if outcome == "unreadable"
        }
        result.missing = {
            file: before.gone for file, before in sorted(known.items()) if before.gone
        }
        result.replaced = tuple(sorted({*todo.moved, *result.replaced}))
        result.awaited = int(self._ledger.get(AWAITED) or 0)
        result.faults = {
            file: before.fault for file, before in sorted(known.items()) if before.fault
        }


def _counts_instead(name: str, noticed: Iterable[Noticed]) -> str:
    """Return the submission that counts instead of this one, empty where none does."""
    told = replacement(name, (each for each in noticed if isinstance(each, Observation)))
    return told.file if told else ""


def _for_others(path: str) -> bool:
    """Whether an output is a Word report that others are to read: working papers stay in the
    office, as they are.
    """
    return path.endswith(WORD) and not path.startswith(f"{WORKING_PAPERS}/")
