"""Every workbook that was read is kept by its hash (archive/), however it was overwritten later.

What was refused or is no workbook is kept by hash and name only. Nothing of the current cycle is
ever dropped: where the settings limit the space, what comes later is named and no longer copied.
From here a frozen cycle reads what is pinned as it was, what came since beside it.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from io import StringIO
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from evalbatch.model.decisions import LATE, Pin
from evalbatch.model.evaluation import Status
from evalbatch.model.figures import years_later
from evalbatch.model.record import ARCHIVE
from evalbatch.nightly.inbox import ArchiveError, InboxFile, Scan
from evalbatch.nightly.kept_values import Staging
from evalbatch.output_files import explained, keep_private, move
from evalbatch.results.outcome import WorkbookOutcome
from evalbatch.results.tables import literal

LISTING: Final = f"{ARCHIVE}/目录.csv"
HEADER: Final = ("sha256", "file", "as_of", "kept", "keep_until")
_MEGABYTE: Final = 1 << 20


class KeptWorkbook(NamedTuple):
    """A content under a name: the day it was first read, and where it is kept, empty if nowhere."""

    digest: str
    file: str
    as_of: str
    path: str


@dataclass
class KeptWorkbooks:
    """The archive of one output folder, which stands in `folder`; `space_mb` limits it, 0 does
    not.
    """

    output: Path
    folder: Path
    as_of: date
    space_mb: int = 0

    def keep(self, source: InboxFile, outcome: WorkbookOutcome) -> KeptWorkbook | None:
        """Keep the content that an outcome was computed from, and say where.

        Raises:
            OutputError: the file system refuses; in Chinese.
        """
        if not outcome.digest:
            return None
        path = self._copied(source, outcome)
        return KeptWorkbook(outcome.digest, outcome.file, self.as_of.isoformat(), path)

    def _copied(self, source: InboxFile, outcome: WorkbookOutcome) -> str:
        """Copy the content where it is a workbook that could be read, and return where it is."""
        statuses = {item.status for item in outcome.items}
        if outcome.fault or not statuses or Status.UNREADABLE in statuses:
            return ""
        name = _name(outcome.digest, source.file)
        path = f"{ARCHIVE}/{name}"
        if (self.folder / name).is_file():
            return path
        try:
            data = source.read()
        except (OSError, ArchiveError):
            return ""
        if not self._has_room(len(data)):
            return ""
        staging = Staging(self.output)  # where a killed run leaves no trace
        digest = staging.put(data)
        if digest != outcome.digest:
            return ""
        self._place(staging.path(digest), self.folder / name)
        return path

    def _place(self, staged: Path, target: Path) -> None:
        """Move a staged content into place."""
        try:
            if not self.folder.is_dir():
                self.folder.mkdir(parents=True)
                keep_private(self.folder)
            keep_private(staged)
            move(staged, target)
        except OSError as error:
            raise explained(target, error) from error

    def _has_room(self, size: int) -> bool:
        if not self.space_mb:
            return True
        files = self.folder.iterdir() if self.folder.is_dir() else ()
        used = sum(path.stat().st_size for path in files)
        return used + size <= self.space_mb * _MEGABYTE


def _name(digest: str, file: str) -> str:
    """Return the name that a content is kept under."""
    return f"{digest}{PurePosixPath(file).suffix.lower()}"


def listing(kept: Iterable[KeptWorkbook], years: int) -> bytes:
    """Return the list of what was ever read, by hash and name, as CSV; `years` is how long the
    office keeps what is kept.
    """
    stream = StringIO()
    writer = csv.writer(stream)
    writer.writerow(HEADER)
    for each in sorted(kept):
        until = years_later(date.fromisoformat(each.as_of), years) if each.path else ""
        writer.writerow((each.digest, literal(each.file), each.as_of, literal(each.path), until))
    return stream.getvalue().encode("utf-8-sig")


def with_frozen(
    scan: Scan, pins: Iterable[Pin], archive: Path, digest_of: Callable[[InboxFile], str]
) -> Scan:
    """Return a scan in which every pinned workbook has the content it was frozen with.

    `archive` is where every content is kept. One that was put in its place since stands beside it,
    under the folder 定稿后报送.
    """
    pinned = {pin.workbook: pin for pin in pins}
    if not pinned:
        return scan
    sources = list(_read_as_pinned(scan, pinned, archive, digest_of))
    here = {source.file for source in sources}
    for file, pin in pinned.items():
        kept = kept_content(archive, pin.digest, file) if file not in here else None
        if kept is not None:
            sources.append(kept)
    return replace(scan, sources=tuple(sorted(sources, key=lambda source: source.file)))


def _read_as_pinned(
    scan: Scan, pinned: dict[str, Pin], archive: Path, digest_of: Callable[[InboxFile], str]
) -> Iterator[InboxFile]:
    for source in scan.sources:
        pin = pinned.get(source.file)
        kept = None
        if pin is not None and digest_of(source) != pin.digest:
            kept = kept_content(archive, pin.digest, source.file)
        if kept is None:
            yield source
        else:
            yield kept
            yield replace(source, file=f"{LATE}/{source.file}")


def kept_content(archive: Path, digest: str, file: str) -> InboxFile | None:
    """Return what a workbook held from the archive, None where it is not kept."""
    path = archive / _name(digest, file)
    if not path.is_file():
        return None
    status = path.stat()
    return InboxFile(file, str(path), status.st_size, status.st_mtime_ns)
