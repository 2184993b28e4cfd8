"""Letters: what one recipient should get, made from the cycle as it stands; nothing is sent
here.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from evalbatch.model.evaluation import Status
from evalbatch.model.figures import fixed
from evalbatch.model.record import DATA, REPORT, SUMMARY, Cycle, Expected, Record

DEPARTMENT, ORGANISER, OPERATOR = "department", "organiser", "operator"
PUBLISHED = (SUMMARY, REPORT)
EDITION = tuple(f"{DATA}/{name}.csv" for name in ("projects", "indicators", "findings", "nodes"))


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a recipient is told once: `key` names it, `digest` what it says, `path` (below the
    output folder) its file.

    `content` is the digest of the file's bytes, which may change while what it says does not.
    """

    key: str
    digest: str
    path: str = ""
    content: str = ""

    def same(self, data: bytes) -> bool:
        """Whether these are the bytes that the item was made of."""
        return _digest(data) == self.content


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding as a mail shows it."""

    code: str
    level: str
    place: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What a letter says of one workbook."""

    project: str
    file: str
    status: str
    total: str
    grade: str
    remarks: tuple[Remark, ...]
    more: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A project that was not handed in."""

    project: str
    department: str
    deadline: date | None
    days_left: int | None
    item: Item


@dataclass(frozen=True, slots=True)
class Letter:
    """What one recipient is to be told; the items decide whether anything of it is new."""

    role: str
    recipient: str
    department: str
    cycle: str
    graded: tuple[Notice, ...] = ()
    returned: tuple[Notice, ...] = ()
    missing: tuple[Missing, ...] = ()
    accepted: tuple[Notice, ...] = ()
    files: tuple[Item, ...] = ()
    lines: tuple[str, ...] = ()
    part: str = ""

    @property
    def items(self) -> tuple[Item, ...]:
        """Everything this letter tells."""
        notices = (
            item
            for notice in (*self.graded, *self.accepted, *self.returned)
            for item in notice.items
        )
        return (*self.files, *notices, *(missing.item for missing in self.missing))

    def message_id(self, domain: str) -> str:
        """The Message-ID: the same for the same cycle, recipient and content."""
        told = sorted(f"{item.key}\0{item.digest}" for item in self.items)
        content = "\0".join((self.cycle, self.role, self.recipient, *told))
        return f"<{_digest(content.encode())[:40]}@{domain}>"

    def without(self, known: set[tuple[str, str]]) -> "Letter | None":
        """Leave out what the recipient was told before; None when nothing is new.

        What is missing is listed whole as long as anything is new, so that the recipient sees where
        the department stands.
        """
        new = [item for item in self.items if (item.key, item.digest) not in known]
        if not new:
            return None
        fresh = {item.key for item in new}
        return replace(
            self,
            graded=tuple(notice for notice in self.graded if _tells(notice, fresh)),
            accepted=tuple(notice for notice in self.accepted if _tells(notice, fresh)),
            returned=tuple(notice for notice in self.returned if _tells(notice, fresh)),
            files=tuple(item for item in self.files if item.key in fresh),
        )


def departments(cycle: Cycle, output: Path, *, shown: int = 20) -> Iterator[Letter]:
    """Yield a letter for each contact of the roster, with all that concerns the contact's projects.

    Args:
        cycle: the cycle as published.
        output: the output folder, where reports and annotated copies lie.
        shown: how many findings of a workbook the mail itself lists; the annotated copy has them
            all.
    """
    wanted = {file for expected in cycle.expected for file in expected.files[:1]}
    records = {record.file: record for record in cycle.records if record.file in wanted}
    for contact, entries in _by_contact(cycle.expected).items():
        notices = [
            (records[entry.files[0]].status, _notice(records[entry.files[0]], output, shown))
            for entry in entries
            if entry.files and entry.files[0] in records
        ]
        yield Letter(
            role=DEPARTMENT,
            recipient=contact,
            department="、".join(dict.fromkeys(entry.entry.department for entry in entries)),
            cycle=cycle.name,
            graded=tuple(notice for status, notice in notices if status is Status.GRADED),
            accepted=tuple(notice for status, notice in notices if status is Status.ACCEPTED),
            returned=tuple(notice for status, notice in notices if not status.good),
            missing=tuple(_missing(entry) for entry in entries if not entry.files),
        )


def office(
    recipients: Iterable[str], cycle: Cycle, output: Path, lines: tuple[str, ...]
) -> Iterator[Letter]:
    """Yield a letter for each address of the organiser, with the cycle's published files and the
    closing lines of the run.

    The summary workbook also shows what was sent, so it changes with every sending; what it says is
    new only when the data are.
    """
    edition = _digest(
        b"".join((output / path).read_bytes() for path in EDITION if (output / path).is_file())
    )
    files = tuple(
        replace(_file(path, output), digest=edition)
        for path in PUBLISHED
        if (output / path).is_file()
    )
    for recipient in recipients:
        yield Letter(
            role=ORGANISER,
            recipient=recipient,
            department="",
            cycle=cycle.name,
            files=files,
            lines=lines,
        )


def failures(recipient: str, cycle: Cycle, lines: tuple[str, ...]) -> Letter:
    """Return the letter that tells the operator of faults of ours; the lines themselves are what is
    told, once.
    """
    told = (Item("failures", _digest("\n".join(lines).encode())),)
    return Letter(
        role=OPERATOR, recipient=recipient, department="", cycle=cycle.name, files=told, lines=lines
    )


def _by_contact(expected: Iterable[Expected]) -> dict[str, list[Expected]]:
    contacts: dict[str, list[Expected]] = {}
    for entry in expected:
        for contact in entry.entry.contacts:
            contacts.setdefault(contact, []).append(entry)
    return contacts


def _notice(record: Record, output: Path, shown: int) -> Notice:
    findings = sorted(
        (f for f in record.findings if f.waiver is None), key=lambda finding: finding.severity.rank
    )
    remarks = tuple(
        Remark(f.code, f.severity.label, str(f.place), f.message, f.remedy)
        for f in findings[:shown]
    )
    scores = record.scores
    total = (
        fixed(scores.final_total)
        if scores and scores.final_total is not None and record.status is Status.GRADED
        else ""
    )
    files = [
        _file(path, output)
        for path in (record.report, record.annotated)
        if path and (output / path).is_file()
    ]
    if (
        record.status is not Status.GRADED
    ):  # the draft of a returned workbook's report is not for mailing
        files = [item for item in files if item.path != record.report]
    told = files or [Item(f"findings:{record.file}", _digest(repr(remarks).encode()))]
    return Notice(
        project=record.project or record.file,
        file=record.file,
        status=record.status.label,
        total=total,
        grade=scores.grade if scores and total else "",
        remarks=remarks,
        more=max(0, len(findings) - shown),
        items=tuple(told),
    )


def _missing(expected: Expected) -> Missing:
    entry, overdue = expected.entry, expected.days_left is not None and expected.days_left < 0
    key = f"missing:{entry.department}/{entry.unit}/{entry.project}"
    item = Item(key, f"{entry.deadline}:{'overdue' if overdue else 'open'}")
    return Missing(entry.project, entry.department, entry.deadline, expected.days_left, item)


def _tells(notice: Notice, fresh: set[str]) -> bool:
    return any(item.key in fresh for item in notice.items)


def _file(path: str, output: Path) -> Item:
    content = _digest((output / path).read_bytes())
    return Item(f"file:{path}", content, path, content)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
