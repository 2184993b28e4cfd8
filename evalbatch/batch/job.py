"""What goes to a worker and what comes back: plain values that travel between processes and machines."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from evalbatch.batch.inbox import Source
from evalbatch.model.evaluation import Status
from evalbatch.model.observation import Observation


@dataclass(frozen=True, slots=True)
class Job:
    """One workbook to do.

    `data` are its bytes when the worker cannot see the inbox; `extra` what was noticed across workbooks, by the names of the
    submissions in the file. A `suspect` outlasted its time or killed its worker on an
    earlier night: it is tried once more, alone.
    """

    source: Source
    data: bytes | None = None
    extra: Mapping[str, tuple[Observation, ...]] = field(default_factory=dict)
    suspect: bool = False

    @property
    def file(self) -> str:
        """The workbook's name below the inbox."""
        return self.source.file


@dataclass(frozen=True, slots=True)
class Item:
    """One submission of a workbook, done: `name` is the file, or `file#sheet` for a further form in it.

    `record` and `fingerprint` are packed (batch/store.py); `report` is the Word report and `working_paper` the office's own,
    None when there is none; `dated` says that the result depends on the as-of date; `evaluation` is the whole evaluation,
    encoded (batch/codec.py), where reports over several workbooks need it.
    """

    name: str
    department: str
    project: str
    form: str
    status: Status
    record: bytes
    fingerprint: bytes = b""
    report: bytes | None = None
    dated: bool = False
    evaluation: bytes = b""
    working_paper: bytes | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a workbook.

    `annotated` is the annotated copy with its file name's `suffix`, None when there is none. `fault` is the traceback of a
    fault of ours, which is never blamed on the department; `busy` the reason (Chinese) why the file could not be opened this
    time.
    """

    file: str
    digest: str
    items: tuple[Item, ...] = ()
    annotated: bytes | None = None
    suffix: str = ""
    fault: str = ""
    busy: str = ""
