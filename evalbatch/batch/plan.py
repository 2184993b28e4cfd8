"""What a night has to do: the scan of the inbox compared with the ledger."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from evalbatch.batch.inbox import Scan, Source
from evalbatch.results.ledger import Known


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides whether a known result still stands.

    `context` digests forms, profiles, program and settings; `whole` are the files whose outputs are all there.
    """

    context: str
    as_of: str
    whole: AbstractSet[str]
    full: bool = False

    def keeps(self, known: Known) -> bool:
        """Whether a file's result stands as long as its content does; faults of ours are tried again every time."""
        return (
            not self.full
            and not known.fault
            and known.context == self.context
            and known.as_of in ("", self.as_of)
            and known.file in self.whole
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """The work of a night: what to compute, what only looks new, what is missing, and what was moved to another name."""

    todo: tuple[Source, ...]
    touched: tuple[Source, ...]
    missing: tuple[str, ...]
    moved: tuple[str, ...]


def plan(scan: Scan, known: Mapping[str, Known], situation: Situation, digest_of: Callable[[Source], str]) -> Plan:
    """Compare a scan with the ledger.

    Size and time are compared first; `digest_of` is asked only for files that differ in them. A missing file whose content is
    still there under another name was moved: its old name is no longer needed.
    """
    todo: list[Source] = []
    touched: list[Source] = []
    for source in scan.sources:
        before = known.get(source.file)
        if before is None or not situation.keeps(before):
            todo.append(source)
        elif source.mark != (before.size, before.mtime_ns) or before.gone:
            (touched if before.digest and digest_of(source) == before.digest else todo).append(source)
    here = {source.file for source in scan.sources}
    missing = [before for file, before in known.items() if file not in here and not scan.waits(file)]
    fresh = {digest_of(source) for source in todo if source.file not in known} - {""} if missing else set()
    moved = tuple(before.file for before in missing if before.digest in fresh)
    return Plan(tuple(todo), tuple(touched), tuple(before.file for before in missing if before.digest not in fresh), moved)
