"""Putting outputs in place: staged first, declared in the ledger at once, then moved; and finishing
what a killed run began.
"""

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import NamedTuple

from evalbatch import output_files
from evalbatch.model.evaluation import Status
from evalbatch.model.record import REPORTS, REVIEWS, SUPERSEDED, WORKING_PAPERS, is_private
from evalbatch.nightly.kept_values import Staging
from evalbatch.output_files import (
    LockedFileError,
    explained,
    fold,
    keep_private,
    move,
    safe_name,
    same,
    tagged,
)
from evalbatch.results.ledger import PENDING, PLACED, REMOVING, Known, Ledger, Shelf
from evalbatch.results.outcome import content_digest

NO_DEPARTMENT = "未填部门"
NO_PROJECT = "未填项目"
WORD = ".docx"
LOST = "暂存的内容已不在，原有文件保持不变；下次运行会重新生成。"


class CyclePublication(NamedTuple):
    """What was published for the whole cycle: how many lines of the roster nothing came in for, and
    the tracebacks of faults of ours by the path of what could not be written.
    """

    awaited: int = 0
    faults: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Places:
    """Where outputs stand, relative to the output folder: reports and papers by submission, copies
    by file, digests by path.
    """

    reports: Mapping[str, str]
    reviews: Mapping[str, str]
    working_papers: Mapping[str, str]
    digests: Mapping[str, str]

    def of(self, shelf: Shelf) -> tuple[str, str, str, str]:
        """Return where the outputs of a submission stand, empty for none, and its name."""
        found = (
            self.reports.get(shelf.name),
            self.reviews.get(shelf.file),
            self.working_papers.get(shelf.name),
        )
        report, review, paper = (path or "" for path in found)
        return report, review, paper, shelf.name


def places(shelves: Sequence[Shelf], files: Mapping[str, Known]) -> Places:
    """Name the place of every report, working paper and annotated copy.

    Names come from departments and projects, made safe; where two meet in one name (also for
    systems that ignore case), the later in the order of publication is told apart by a mark made
    from its own name, so that the same workbooks give the same names. What is superseded lies
    apart.
    """
    counting = {shelf.file for shelf in shelves if shelf.status != Status.SUPERSEDED.value}
    names = _Names()
    reports: dict[str, str] = {}
    reviews: dict[str, str] = {}
    papers: dict[str, str] = {}
    for shelf in shelves:
        department = safe_name(shelf.department or NO_DEPARTMENT)
        project = safe_name(shelf.project or NO_PROJECT, ".docx")
        if shelf.report:
            wish = f"{REPORTS}/{department}/{project}"
            if shelf.status == Status.SUPERSEDED.value:
                wish = f"{REPORTS}/{department}/{SUPERSEDED}/{_of_file(shelf)}"
            reports[shelf.name] = names.take(wish, shelf.name, shelf.report)
        if shelf.working_paper:
            wish = f"{WORKING_PAPERS}/{department}/{project}"
            papers[shelf.name] = names.take(wish, shelf.name, shelf.working_paper)
        known = files[shelf.file]
        if known.annotated and shelf.file not in reviews:
            stem = PurePosixPath(shelf.file).stem
            apart = "" if shelf.file in counting else f"{SUPERSEDED}/"
            wish = f"{REVIEWS}/{department}/{apart}{safe_name(stem, known.suffix)}"
            reviews[shelf.file] = names.take(wish, shelf.file, known.annotated)
    return Places(reports, reviews, papers, names.digests)


def _of_file(shelf: Shelf) -> str:
    """Name a report after its project and its file: several may be superseded."""
    stem = PurePosixPath(shelf.file).stem
    return safe_name(f"{shelf.project or NO_PROJECT}（{stem}）", WORD)


class _Names:
    """Gives out paths, each once."""

    def __init__(self) -> None:
        self.digests: dict[str, str] = {}
        self._taken: set[str] = set()

    def take(self, wish: str, key: str, digest: str) -> str:
        folder, _, name = wish.rpartition("/")
        path = wish if fold(wish) not in self._taken else f"{folder}/{tagged(name, key)}"
        self._taken.add(fold(path))
        self.digests[path] = digest
        return path


class Publication:
    """The outputs of one folder, as the ledger knows them and as they stand."""

    def __init__(
        self,
        output: Path,
        ledger: Ledger,
        staging: Path | None = None,
        elsewhere: Mapping[str, Path] = MappingProxyType({}),
    ) -> None:
        """Take an output folder; `elsewhere` are top folders of it that stand at another place."""
        self._output = output
        self._elsewhere = elsewhere
        self._ledger = ledger
        self.staging = Staging(staging or output)

    def at(self, path: str) -> Path:
        """Return where an output stands."""
        return Path(self._named(path))

    def _named(self, path: str) -> str:
        """Return the same as text: it is asked of ten thousands of outputs, again and again."""
        top, _, rest = path.partition("/")
        return (
            f"{self._elsewhere[top]}/{rest}" if top in self._elsewhere else f"{self._output}/{path}"
        )

    def recover(self) -> int:
        """Finish the moves that an earlier run had declared, and say how many were finished; what
        another program holds still waits.
        """
        for top, place in self._elsewhere.items():
            _bring_along(self._output / top, place)
        unfinished = len(self._unfinished())
        return unfinished - len(self._carry_out(())) if unfinished else 0

    def available(self) -> set[str]:
        """Return the digests of all content that stands in place or waits whole in the staging
        folder.
        """
        outputs = self._ledger.outputs()
        placed = {outputs[path][0] for path in self._placed() if self._is_there(path)}
        return placed | self.staging.digests()

    def complete(self) -> bool:
        """Whether every output that should stand is there."""
        outputs = self._ledger.outputs()
        return all(state == PLACED and self._is_there(path) for path, (_, state) in outputs.items())

    def intact(self) -> set[str]:
        """Return the paths of the outputs that stand in place with exactly the content they should
        have.
        """
        outputs = self._ledger.outputs()
        return {path for path in self._placed() if self._stands(path, outputs[path][0])}

    def content(self, path: str, digest: str) -> bytes:
        """Return the content that is to stand at a path: staged, or in place already.

        Raises:
            OSError: it cannot be read.
        """
        staged = self.staging.path(digest)
        return (staged if staged.is_file() else self.at(path)).read_bytes()

    def declare(self, wanted: Mapping[str, str], *, verify: bool) -> list[str]:
        """Stage what is still missing, and declare in one transaction what shall stand; nothing has
        moved yet.

        `verify` compares the content of every output that should already stand, not only its
        presence. Returns the paths that are new or change.

        Raises:
            OutputError: the file system refuses; in Chinese.
        """
        outputs = self._ledger.outputs()
        present = self.intact() if verify else set(filter(self._is_there, self._placed()))
        changing = [
            path
            for path, digest in wanted.items()
            if path not in present or outputs[path][0] != digest
        ]
        at = {digest: path for path, (digest, _) in outputs.items() if path in present}
        lost = []
        for path in changing:
            digest = wanted[path]
            if self.staging.path(digest).is_file():
                continue
            if digest in at:
                self.staging.put(self.at(at[digest]).read_bytes())
            elif outputs.get(path) == (digest, PLACED):
                lost.append(path)  # changed or gone since: made again by the next run
            else:
                raise KeyError(path)
        changing = [path for path in changing if path not in lost]
        self._ledger.declare(wanted, changing)
        return changing

    def carry_out(self) -> dict[str, str]:
        """Move what was declared into place and remove what is no longer wanted; return what
        another program holds, with the reason in Chinese by path: it waits for the next run.

        Raises:
            OutputError: the file system refuses a move for another reason; what was moved is noted,
                the rest stays declared for the next run.
        """
        held = self._carry_out(output_files.PATIENCE)
        self.tidy()
        return held

    def tidy(self) -> None:
        """Throw away what is staged, but for what still waits for its place."""
        outputs = self._ledger.outputs()
        self.staging.clear({outputs[path][0] for path in self._unfinished()})

    def _placed(self) -> list[str]:
        return [path for path, (_, state) in self._ledger.outputs().items() if state == PLACED]

    def _unfinished(self) -> list[str]:
        """Return what was declared and not done, what is to be placed first."""
        outputs = self._ledger.outputs()
        return [
            path
            for wanted in (PENDING, REMOVING)
            for path, (_, state) in outputs.items()
            if state == wanted
        ]

    def _carry_out(self, patience: Sequence[float]) -> dict[str, str]:
        """Do what was declared; what is held is tried again together after each pause in seconds,
        so that many held files do not take longer than one.
        """
        outputs = self._ledger.outputs()
        uses = Counter(digest for digest, state in outputs.values() if state == PENDING)
        done: list[str] = []
        held = dict.fromkeys(self._unfinished(), "")
        try:
            for pause in (0.0, *patience):
                if held and pause:
                    output_files.wait(pause)
                held = self._tried(held, outputs, uses, done)
        finally:
            with self._ledger.transaction():
                states = {path: outputs[path][1] for path in done}
                self._ledger.note_placed(
                    [
                        (path, _mark(self._named(path)))
                        for path, state in states.items()
                        if state == PENDING
                    ],
                    [path for path, state in states.items() if state == REMOVING],
                )
        return held

    def _tried(
        self,
        paths: Iterable[str],
        outputs: Mapping[str, tuple[str, str]],
        uses: Counter[str],
        done: list[str],
    ) -> dict[str, str]:
        """Place or remove outputs, note those `done`, and return the others with the reason; `uses`
        counts the places that staged content is still wanted at.
        """
        held: dict[str, str] = {}
        for path in paths:
            digest, state = outputs[path]
            try:
                if state == REMOVING:
                    self._remove(path)
                else:
                    self._place(path, digest, last=uses[digest] == 1)
                    uses[digest] -= 1
            except LockedFileError as error:
                held[path] = error.what
            else:
                done.append(path)
        return held

    def _place(self, path: str, digest: str, *, last: bool) -> None:
        """Move staged content into place; content with more than one place is copied for all but
        the last.
        """
        target, staged = self.at(path), self.staging.path(digest)
        try:
            if not staged.is_file():
                if self._stands(path, digest):
                    return  # moved by the run that was killed
                raise LockedFileError(target, LOST)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not last:
                staged = Path(shutil.copyfile(staged, staged.with_suffix(".copy")))
            if is_private(path):
                keep_private(staged)
            if is_private(path.rpartition("/")[0]):
                keep_private(target.parent)
            if path in self._altered and target.is_file():
                self._keep_beside(target)
            move(staged, target)
        except OSError as error:
            raise explained(target, error) from error

    def _remove(self, path: str) -> None:
        target = self.at(path)
        try:
            target.unlink(missing_ok=True)
            if not any(target.parent.iterdir()):
                target.parent.rmdir()
        except FileNotFoundError:
            return
        except OSError as error:
            raise explained(target, error) from error

    def _is_there(self, path: str) -> bool:
        """Whether an output stands in place as it was put there."""
        return path not in self._altered and os.path.isfile(self._named(path))  # noqa: PTH113 - see there

    @cached_property
    def _altered(self) -> frozenset[str]:
        """The outputs whose content somebody changed: looked for where size or time are others."""
        marks, altered, unaltered = self._ledger.marks(), [], []
        for path, (digest, state) in self._ledger.outputs().items():
            mark = _mark(self._named(path))
            if state == PLACED and mark and mark != marks[path]:
                if self._stands(path, digest):
                    unaltered.append((path, mark))
                else:
                    altered.append(path)
        if unaltered:
            with self._ledger.transaction():
                self._ledger.note_placed(unaltered, ())
        return frozenset(altered)

    def _keep_beside(self, target: Path) -> None:
        """Keep a file that somebody changed beside the one that takes its place again."""
        number = 1
        while (beside := target.with_name(f"{target.stem}.改动{number}{target.suffix}")).exists():
            number += 1
        target.rename(beside)

    def _stands(self, path: str, digest: str) -> bool:
        try:
            return content_digest(self.at(path).read_bytes()) == digest
        except OSError:
            return False


def _bring_along(before: Path, now: Path) -> None:
    """Move what stood in the output folder to where the settings put it now; what another program
    holds, or stands there with other content, stays.
    """
    for path in sorted(before.rglob("*"), reverse=True):
        with suppress(OSError):
            if path.is_dir():
                path.rmdir()
                continue
            target = now / path.relative_to(before)
            if target.exists() and not same(target, path.read_bytes()):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            keep_private(target.parent)
            move(path, target)
    with suppress(OSError):
        before.rmdir()


def _mark(path: str) -> str:
    """Return what tells a changed file: its size and time; empty where there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - see `_named`
    except OSError:
        return ""
    return f"{status.st_size}:{status.st_mtime_ns}"
