"""What goes to a worker: a plain value that travels between processes and machines."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from evalbatch.model.decisions import Noticed
from evalbatch.nightly.inbox import Source


@dataclass(frozen=True, slots=True)
class Job:
    """One workbook to do.

    `data` are its bytes when the worker cannot see the inbox; `extra` what is known from outside
    (seen across workbooks, decided by the office), by the names of the submissions in the file. A
    `suspect` outlasted its time or killed its worker on an earlier night: it is tried once more,
    alone.
    """

    source: Source
    data: bytes | None = None
    extra: Mapping[str, tuple[Noticed, ...]] = field(default_factory=dict)
    suspect: bool = False

    @property
    def file(self) -> str:
        """The workbook's name below the inbox."""
        return self.source.file
