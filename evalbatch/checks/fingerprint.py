"""Fingerprints: the little of each workbook that looking across workbooks needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b

from evalbatch.checks.subject import nothing
from evalbatch.model.evaluation import Evaluation
from evalbatch.model.finding import Finding, Severity
from evalbatch.model.names import normal_name, phrases
from evalbatch.model.place import Place
from evalbatch.model.submission import Entry, RowKind, Submission
from evalbatch.scoring.work_nodes import number
from evalbatch.standards.form import FormSpec

_COPIED_COLUMNS = {"indicators": ("level3", "reason"), "targets": ("item", "reason")}
_SHOWN = 30
_DIGEST_BYTES = 8
_ACROSS = "D"
STILL_THERE = "still_there"
"""The figure of D09 that names the faults which are still there, one a line (see `fault_name`)."""
STILL_MARK = "【仍未修改】"
"""What stands in front of the message of a finding that an earlier hand-in was already returned
for.
"""


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that should be a department's own: a digest of what is compared, its beginning, and
    where it stands.
    """

    key: str
    shown: str
    place: Place


@dataclass(frozen=True, slots=True)
class Item:
    """A level-3 item of an annual plan that an office hands in."""

    number: str
    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Fault:
    """An error that a workbook was returned for: its code, a digest of its message, and where it
    stands first.
    """

    code: str
    key: str
    place: Place


def fault_name(fault: Fault | Finding) -> str:
    """Name a fault so that it is found again among the findings of its workbook."""
    return f"{fault.code} {fault.place}"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is kept of a workbook to compare it with the others.

    `modified` is the time stored inside the workbook (naive UTC), `filed` the file's own time in
    nanoseconds, 0 when unknown; `claimed` is the claimed total. `unit` is the office of an annual
    workbook. `digest` tells contents apart.
    """

    file: str
    form: str
    year: str
    department: str
    unit: str
    project: str
    modified: datetime | None
    filed: int
    claimed: Decimal | None
    passages: tuple[Passage, ...] = ()
    items: tuple[Item, ...] = ()
    faults: tuple[Fault, ...] = ()
    digest: str = ""

    @property
    def title(self) -> str:
        """What messages call the workbook."""
        return self.project or self.unit

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes two workbooks the same hand-in: form, year, department, unit and project, as
        names are compared.
        """
        return (
            self.form,
            self.year,
            normal_name(self.department),
            normal_name(self.unit),
            normal_name(self.project),
        )


def fingerprint(
    evaluation: Evaluation, form: FormSpec, filed: int = 0, copied_characters: int = 12
) -> Fingerprint:
    """Take the fingerprint of an evaluated workbook.

    Args:
        evaluation: the workbook.
        form: its form; what the form itself prints is not compared.
        filed: the file's modification time in nanoseconds.
        copied_characters: from how many characters on a passage is compared (the profile's limit).
    """
    submission = evaluation.submission
    return Fingerprint(
        file=submission.file,
        form=submission.form,
        year=submission.text("year").strip(),
        department=submission.department.strip(),
        unit=(submission.text("unit") or submission.text("office")).strip(),
        project=submission.text("project").strip(),
        modified=submission.modified,
        filed=filed,
        claimed=evaluation.scores.claimed_total,
        passages=tuple(_passages(submission, form, copied_characters)),
        items=tuple(_items(submission)),
        faults=tuple(_faults(evaluation)),
        digest=submission.digest,
    )


def _passages(submission: Submission, form: FormSpec, limit: int) -> Iterator[Passage]:
    """Yield every sentence long enough to be compared, once; what the form itself prints is
    nobody's own.
    """
    printed = {
        normal_name(str(value))
        for table in form.tables.values()
        for row in table.preset
        for value in row.values()
    }
    seen: set[str] = set()
    for entry in _own_words(submission):
        for phrase in phrases(entry.text):
            bare = normal_name(phrase)
            if len(bare) >= limit and bare not in printed and bare not in seen:
                seen.add(bare)
                shown = phrase if len(phrase) <= _SHOWN else f"{phrase[:_SHOWN]}…"
                yield Passage(_digest(bare), shown, entry.place)


def _own_words(submission: Submission) -> Iterator[Entry]:
    for table, columns in _COPIED_COLUMNS.items():
        for row in submission.rows(table, RowKind.ITEM):
            yield from (entry for column in columns if (entry := row.get(column)) and entry.text)
    for name in ("execution_reason", "unspent_reason", "text_problems", "text_suggestions"):
        entry = submission.get(name)
        if entry is not None and entry.text:
            yield entry


def _items(submission: Submission) -> Iterator[Item]:
    """Yield the items of an annual plan; a workbook without a list of items claims those of its
    nodes.
    """
    table, name = (
        ("items", "level3") if submission.rows("items", RowKind.ITEM) else ("nodes", "node")
    )
    for row in submission.rows(table, RowKind.ITEM):
        if not nothing(number(row)):
            entry = row.get("level3_no")
            yield Item(number(row), row.text(name), entry.place if entry else row.place)


def _faults(evaluation: Evaluation) -> Iterator[Fault]:
    """Yield the errors of the workbook by itself; what was seen across workbooks does not count,
    nor what a waiver lifts.
    """
    for finding in evaluation.findings:
        if (
            finding.severity is Severity.ERROR
            and finding.waiver is None
            and not finding.code.startswith(_ACROSS)
        ):
            yield Fault(
                finding.code, _digest(finding.message.removeprefix(STILL_MARK)), finding.place
            )


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()
