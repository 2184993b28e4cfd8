"""What goes to a worker: a plain value that travels between processes and machines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from evalbatch.checks.catalogue import refuse
from evalbatch.cycle.matching import Sender
from evalbatch.model.evaluation import Refusal
from evalbatch.model.finding import Observation
from evalbatch.model.place import Place
from evalbatch.model.record import Noticed, Record
from evalbatch.nightly.extract import Extract
from evalbatch.nightly.inbox import InboxFile
from evalbatch.nightly.inbox_entries import told_department
from evalbatch.nightly.kept_values import pack
from evalbatch.results.database import SUBMISSIONS
from evalbatch.results.outcome import SubmissionOutcome, WorkbookOutcome


@dataclass(frozen=True, slots=True)
class Job:
    """One workbook to do.

    `data` are its bytes when the worker cannot see the inbox; `extra` what is known from outside
    (seen across workbooks, decided by the office), by the names of the submissions in the file. A
    `suspect` outlasted its time or killed its worker on an earlier night: it is tried once more,
    alone.
    """

    source: InboxFile
    data: bytes | None = None
    extra: Mapping[str, tuple[Noticed, ...]] = field(default_factory=dict)
    suspect: bool = False

    @property
    def file(self) -> str:
        """The workbook's name below the inbox."""
        return self.source.file


def broken(file: str, digest: str, trace: str) -> WorkbookOutcome:
    """Return the outcome of a workbook on which the program itself failed: recorded, and said not
    to be the sender's fault.
    """
    refusal = refuse(Observation("F08", (Place(file),), variant="internal"), file, digest)
    return WorkbookOutcome(file, refusal.digest, (refused_item(refusal),), fault=trace)


def refused_item(refusal: Refusal) -> SubmissionOutcome:
    """Return the outcome of a file that was not read, under the names that its path tells."""
    department, name = told_department(refusal.file), PurePosixPath(refusal.file)
    record = Record(
        refusal.file,
        refusal.digest,
        "",
        "",
        "",
        department,
        "",
        name.stem,
        refusal.status,
        scores=None,
        findings=refusal.findings,
    )
    sender = Sender(refusal.file, "", department)
    return SubmissionOutcome(
        refusal.file,
        department,
        record.project,
        "",
        record.status,
        SUBMISSIONS.rows(record),
        pack(Extract(sender, None), Extract),
    )
