"""What becomes of a workbook: what a worker hands over, and what the ledger keeps."""

from dataclasses import dataclass
from hashlib import sha256

from evalbatch.model.evaluation import Status
from evalbatch.model.today import ALWAYS, Span
from evalbatch.results.rows import Rows


@dataclass(frozen=True, slots=True)
class SubmissionOutcome:
    """One submission of a workbook, done: `name` is the file, or `file#sheet` for a further form in
    it.

    `record` is its record as rows of the ledger, `extract` is packed; `report` is
    the Word report and `working_paper` the office's own, None when there is none; `holds` are the
    days on which the result would be the same, `dated` says that it is the day of the run only;
    `evaluation` is the whole evaluation, encoded, where reports over several workbooks
    need it.
    """

    name: str
    department: str
    project: str
    form: str
    status: Status
    record: Rows
    extract: bytes = b""
    report: bytes | None = None
    dated: bool = False
    evaluation: bytes = b""
    working_paper: bytes | None = None
    holds: Span = ALWAYS


@dataclass(frozen=True, slots=True)
class WorkbookOutcome:
    """What became of a workbook.

    `annotated` is the annotated copy with its file name's `suffix`, None when there is none.
    `fault` is the traceback of a fault of ours, which is never blamed on the department; `busy` the
    reason (Chinese) why the file could not be opened this time.
    """

    file: str
    digest: str
    items: tuple[SubmissionOutcome, ...] = ()
    annotated: bytes | None = None
    suffix: str = ""
    fault: str = ""
    busy: str = ""


def content_digest(data: bytes | None) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal, empty for no file."""
    return sha256(data).hexdigest() if data is not None else ""
