"""The inbox as a frozen cycle reads it: what is pinned as it was, what came since beside it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from evalbatch.model.decisions import LATE, Pin
from evalbatch.nightly.inbox import InboxFile, Scan


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
        kept = _kept(archive, pin, file) if file not in here else None
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
            kept = _kept(archive, pin, source.file)
        if kept is None:
            yield source
        else:
            yield kept
            yield replace(source, file=f"{LATE}/{source.file}")


def _kept(archive: Path, pin: Pin, file: str) -> InboxFile | None:
    """Return the content of a pin from the archive, None where it is not kept."""
    path = archive / f"{pin.digest}{Path(file).suffix.lower()}"
    if not path.is_file():
        return None
    status = path.stat()
    return InboxFile(file, str(path), status.st_size, status.st_mtime_ns)
