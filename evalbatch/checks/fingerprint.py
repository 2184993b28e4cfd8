"""Fingerprints: the little of each workbook that looking across workbooks needs."""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Final

from evalbatch.checks.subject import nothing
from evalbatch.model.evaluation import Evaluation
from evalbatch.model.finding import Finding
from evalbatch.model.identity import Arrival, filled_in, period_years, submission_year, year_place
from evalbatch.model.names import normal_name, phrases
from evalbatch.model.place import Place
from evalbatch.model.submission import Entry, RowKind, Submission
from evalbatch.model.words import WORDS, any_of
from evalbatch.reading.quantities import with_own_columns
from evalbatch.scoring.sense import sense_of
from evalbatch.scoring.work_nodes import number
from evalbatch.standards.form import FormSpec

_STOCK: Final = re.compile(any_of(WORDS["stock_phrases"]))
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
class OfficeItem:
    """A level-3 item of an annual plan that an office hands in."""

    number: str
    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Aim:
    """An indicator as it was set: its name, what is better of it (`more`, `less` or empty), target,
    weight and place.
    """

    name: str
    sense: str
    target: str
    weight: Decimal | None
    place: Place


@dataclass(frozen=True, slots=True)
class ReturnedError:
    """An error that a workbook was returned for: its code, a digest of its message, and where it
    stands first.
    """

    code: str
    key: str
    place: Place


def fault_name(fault: ReturnedError | Finding) -> str:
    """Name a fault so that it is found again among the findings of its workbook."""
    return f"{fault.code} {fault.place}"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is kept of a workbook to compare it with the others.

    `modified` is the time stored inside the workbook (naive UTC), `arrival` when it came in;
    `claimed` the claimed total. `unit` is the office of an annual workbook. `digest` tells contents
    apart. `filled` says that somebody filled anything in. `budget` and `initial_budget` are in
    万元; `period` are the years that the evaluated period touches, `aims` its indicators, `line`
    the place of its line in the roster where it is on one.
    """

    file: str
    form: str
    year: str
    department: str
    unit: str
    project: str
    modified: datetime | None
    arrival: Arrival = field(default_factory=Arrival)  # the first program did not keep it
    claimed: Decimal | None = None
    passages: tuple[Passage, ...] = ()
    items: tuple[OfficeItem, ...] = ()
    faults: tuple[ReturnedError, ...] = ()
    digest: str = ""
    filled: bool = True
    budget: Decimal | None = None
    initial_budget: Decimal | None = None
    budget_place: Place | None = None
    year_place: Place | None = None
    period: tuple[str, ...] = ()
    aims: tuple[Aim, ...] = ()
    line: str = ""

    @property
    def whose(self) -> tuple[str, ...]:
        """What hand-ins of one project have in common: its line of the roster, else what the
        workbook says of itself.
        """
        return (self.line,) if self.line else self.identity if self.title else ()

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
    evaluation: Evaluation,
    form: FormSpec,
    copied_characters: int = 12,
    reverse_groups: tuple[str, ...] = (),
) -> Fingerprint:
    """Take the fingerprint of an evaluated workbook; when it came in is not known yet.

    Args:
        evaluation: the workbook.
        form: its form; what the form itself prints is not compared.
        copied_characters: from how many characters on a passage is compared (the profile's limit).
        reverse_groups: the level-2 groups of which less is better (the profile's).
    """
    submission, printed = evaluation.submission, form.printed
    return Fingerprint(
        file=submission.file,
        form=submission.form,
        year=submission_year(submission),
        department=submission.department.strip(),
        unit=(submission.text("unit") or submission.text("office")).strip(),
        project=submission.text("project").strip(),
        modified=submission.modified,
        claimed=evaluation.scores.claimed_total,
        passages=tuple(_passages(submission, printed, copied_characters)),
        items=tuple(_items(submission)),
        faults=tuple(_faults(evaluation)),
        digest=submission.digest,
        filled=filled_in(submission, printed),
        budget=evaluation.scores.funding.budget,
        initial_budget=evaluation.scores.funding.initial_budget,
        budget_place=_budget_place(submission),
        year_place=year_place(submission),
        period=period_years(submission),
        aims=tuple(_aims(submission, reverse_groups)),
    )


def _budget_place(submission: Submission) -> Place:
    """Return where the budget of the year stands, the file as a whole where no cell states it."""
    total = submission.row("funding", "total")
    entry = total.get("budget") if total else None
    return entry.place if entry else Place(submission.file)


def _aims(submission: Submission, reverse_groups: tuple[str, ...]) -> Iterator[Aim]:
    for row in submission.rows("indicators", RowKind.ITEM):
        if not nothing(row.text("level3")):
            entry = row.get("target")
            sense = sense_of(
                row.text("level3"), row.text("level2"), row.text("nature"), reverse_groups
            )
            yield Aim(
                row.text("level3"),
                sense,
                with_own_columns(
                    row.text("target"), row.text("nature"), row.text("unit_of_measure")
                ),
                row.number("weight"),
                entry.place if entry else row.place,
            )


def _passages(submission: Submission, printed: Container[str], limit: int) -> Iterator[Passage]:
    """Yield every sentence long enough to be compared, once; `printed` are no sentences of its
    own.
    """
    seen: set[str] = set()
    for entry in _own_words(submission):
        for phrase in phrases(entry.text):
            bare = normal_name(phrase)
            if len(bare) < limit or bare in printed or bare in seen:
                continue
            if not _STOCK.fullmatch(phrase):
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


def _items(submission: Submission) -> Iterator[OfficeItem]:
    """Yield the items of an annual plan; a workbook without a list of items claims those of its
    nodes.
    """
    table, name = (
        ("items", "level3") if submission.rows("items", RowKind.ITEM) else ("nodes", "node")
    )
    for row in submission.rows(table, RowKind.ITEM):
        if not nothing(number(row)):
            entry = row.get("level3_no")
            yield OfficeItem(number(row), row.text(name), entry.place if entry else row.place)


def _faults(evaluation: Evaluation) -> Iterator[ReturnedError]:
    """Yield the errors of the workbook by itself; what was seen across workbooks does not count,
    nor what a waiver lifts.
    """
    for finding in evaluation.findings:
        if finding.returns and not finding.code.startswith(_ACROSS):
            yield ReturnedError(
                finding.code, _digest(finding.message.removeprefix(STILL_MARK)), finding.place
            )


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()
