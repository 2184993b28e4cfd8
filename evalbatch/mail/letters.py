"""Letters: what one recipient should get, made from the cycle as it stands; nothing is sent
here.

What a letter says is known by its meaning: status, scores, findings, what is missing. Bytes of
reports, dates and days that pass do not make it another.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from operator import attrgetter
from pathlib import Path
from typing import Final

from evalbatch.model.decisions import NOT_MATERIAL
from evalbatch.model.evaluation import Status
from evalbatch.model.figures import fixed, plain
from evalbatch.model.finding import Finding, Severity
from evalbatch.model.names import normal_name, same_body
from evalbatch.model.record import (
    NOTHING_WRITTEN,
    REPORT,
    SUMMARY,
    Cycle,
    Expected,
    Received,
    Record,
)
from evalbatch.results.history import PARTS
from evalbatch.results.outcome import content_digest

DEPARTMENT, ORGANISER, OPERATOR = "department", "organiser", "operator"
REPLACED: Final = "D01"
UNLISTED: Final = "D05"
CHANGES_NAMED: Final = 40
FINDINGS_LISTED: Final = 20
"""Findings of a workbook that the mail itself lists; the annotated copy has them all."""
UNREAD: Final = ("unreadable", "waiting", "left_aside")
TOLD_ELSEWHERE: Final = ("read", "missing")
_DAYS: Final = re.compile(r"\d+天|(?<=核对日)\d{4}年\d{1,2}月\d{1,2}日")
"""What passing days change in a message, though nothing else has changed."""
_RUN: Final = re.compile(r"\bruns/[\w.-]+\.json")
"""Where a run's record tells more of a fault: another file for every run."""
_ANSWER: Final = re.compile(r"(?<=：[245]\d\d).*")
"""What a mail server says after its code: words and numbers that differ at every try."""

Published = Mapping[str, str]
"""The digest of every published file by its path below the output folder, as the ledger has it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that a recipient is told: `key` names it, `digest` is what it says by meaning."""

    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Attached:
    """A published file: its path below the output folder, and the digest of the bytes that were
    published.
    """

    path: str
    content: str

    def same(self, data: bytes) -> bool:
        """Whether these are the bytes that were published."""
        return content_digest(data) == self.content


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding as a mail shows it."""

    code: str
    level: str
    place: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Decided:
    """A row that the office decided, as its department is told: figures as text, whether it is
    provisional (暂定), and no name.
    """

    name: str
    claimed: str
    computed: str
    final: str
    reason: str
    provisional: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """What a letter says of one workbook; `open_rows` are the rows that wait for a person, so that
    total and grade are provisional (both are empty where they are held back).
    """

    project: str
    file: str
    status: str
    total: str
    grade: str
    remarks: tuple[Remark, ...]
    more: int
    item: Message
    files: tuple[Attached, ...] = ()
    decided: tuple[Decided, ...] = ()
    open_rows: int = 0
    corrected: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A project that was not handed in; `unread` are files of its department that could not be
    counted for it.
    """

    project: str
    department: str
    deadline: date | None
    days_left: int | None
    item: Message
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Other:
    """Another entry that came in, and what became of it."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Brief:
    """What the office wants to know: everything by names, so that somebody can be called."""

    missing: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    person: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    mail: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    receipts: tuple[str, ...] = ()

    @property
    def sections(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What there is to tell, under its heading."""
        told = (
            ("尚未报送", self.missing),
            ("迟报", self.late),
            ("退回及原因", self.returned),
            ("须人工核定", self.person),
            ("复核、申诉和定稿文件的采用情况", self.receipts),
            ("收到但未能读取、未计入或不在名册中", self.unread),
            ("内容前后矛盾、须先核实，暂不发送邮件", self.held),
            ("未能送出的邮件和被改动的成果文件", self.mail),
            ("新近的变化", self.changes),
        )
        return tuple((title, lines) for title, lines in told if lines)


@dataclass(frozen=True, slots=True)
class Letter:
    """What one recipient is to be told; its items say whether anything of it is new.

    `after` is a digest of what the recipient was told before: the same words after other words are
    another letter. `contact` is whom to call.
    """

    role: str
    recipient: str
    department: str
    cycle: str
    graded: tuple[Notice, ...] = ()
    returned: tuple[Notice, ...] = ()
    missing: tuple[Missing, ...] = ()
    accepted: tuple[Notice, ...] = ()
    others: tuple[Other, ...] = ()
    files: tuple[Attached, ...] = ()
    lines: tuple[str, ...] = ()
    brief: Brief = Brief()
    part: str = ""
    after: str = ""
    contact: str = ""
    whole: tuple[Message, ...] = ()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What is said of workbooks."""
        return (*self.graded, *self.accepted, *self.returned)

    @property
    def items(self) -> tuple[Message, ...]:
        """Everything that this letter tells."""
        told = (*(notice.item for notice in self.notices), *(each.item for each in self.missing))
        return (*self.whole, *told)

    @property
    def attachments(self) -> tuple[Attached, ...]:
        """The files that go with it."""
        return (*self.files, *(file for notice in self.notices for file in notice.files))

    def message_id(self, domain: str) -> str:
        """The Message-ID: the same for the same cycle, recipient and meaning, told after the
        same.
        """
        told = sorted(f"{item.key}\0{item.digest}" for item in self.items)
        content = "\0".join((self.cycle, self.role, self.recipient, self.part, self.after, *told))
        return f"<{_digest(content)[:40]}@{domain}>"

    def news(self, told: Mapping[str, str]) -> "Letter | None":
        """Leave out what the recipient was last told already; None when nothing is new.

        What is missing is listed whole as long as anything is new, so that the recipient sees where
        the department stands.
        """
        new = {item.key for item in self.items if told.get(item.key) != item.digest}
        if not new:
            return None
        before = "\0".join(f"{key}\0{digest}" for key, digest in sorted(told.items()))

        def fresh(notices: tuple[Notice, ...]) -> tuple[Notice, ...]:
            return tuple(notice for notice in notices if notice.item.key in new)

        return replace(
            self,
            graded=fresh(self.graded),
            accepted=fresh(self.accepted),
            returned=fresh(self.returned),
            after=_digest(before) if told else "",
        )


def departments(cycle: Cycle, published: Published, contact: str = "") -> Iterator[Letter]:
    """Yield a letter for each contact of the roster, with all that concerns the contact's projects.

    Args:
        cycle: the cycle as published.
        published: the files that may be attached.
        contact: whom to call.
    """
    wanted = {file for expected in cycle.expected for file in expected.files}
    records = {record.file: record for record in cycle.records if record.file in wanted}
    belonging = _Belonging(cycle)
    for address, entries in _by_contact(cycle.expected).items():
        handed_in = [each for each in entries if each.files and each.files[0] in records]
        told = [
            (records[each.files[0]].status, _notice(each, records[each.files[0]], published))
            for each in handed_in
            if not is_held(records[each.files[0]])
        ]
        others = tuple(belonging.others(entries, records))
        yield Letter(
            role=DEPARTMENT,
            recipient=address,
            department="、".join(dict.fromkeys(entry.entry.department for entry in entries)),
            cycle=cycle.name,
            graded=tuple(notice for status, notice in told if status is Status.GRADED),
            accepted=tuple(notice for status, notice in told if status is Status.ACCEPTED),
            returned=tuple(notice for status, notice in told if not status.good),
            missing=tuple(_missing(entry) for entry in entries if not entry.files),
            others=others,
            contact=contact,
            whole=(Message("others", _digest(repr(others))),) if others else (),
        )


def office(
    recipients: Iterable[str],
    cycle: Cycle,
    published: Published,
    lines: tuple[str, ...] = (),
    mail: tuple[str, ...] = (),
    told_on: Callable[[str], date | None] = lambda _: None,
) -> Iterator[Letter]:
    """Yield a letter for each address of the organiser: where the cycle stands, with what was
    published of it. `mail` says what is wrong with letters and attachments, `told_on` when a
    recipient was last told anything.
    """
    stands = brief(cycle, mail)
    for recipient in recipients:
        told = replace(stands, changes=_changes(cycle, told_on(recipient)))
        yield Letter(
            role=ORGANISER,
            recipient=recipient,
            department="",
            cycle=cycle.name,
            files=tuple(_results(cycle, published)),
            lines=lines[:1],
            brief=told,
            whole=(Message("brief", _digest(_meaning_of(told, cycle))),),
        )


def failures(recipient: str, cycle: Cycle, lines: tuple[str, ...]) -> Letter:
    """Return the letter that tells the operator of faults of ours; the lines themselves are what is
    told, once, whichever run met them again.
    """
    meaning = _RUN.sub("", "\n".join(lines))
    told = (Message("failures", _digest(meaning)),)
    return Letter(
        role=OPERATOR, recipient=recipient, department="", cycle=cycle.name, whole=told, lines=lines
    )


def brief(cycle: Cycle, mail: tuple[str, ...] = ()) -> Brief:
    """Return what the office is told of a cycle as it stands."""
    records = [record for record in cycle.records if record.status is not Status.SUPERSEDED]
    read = [record for record in records if record.status is not Status.UNREADABLE]
    return Brief(
        missing=tuple(_awaited(each) for each in cycle.expected if each.missing),
        late=tuple(
            f"{_title(record)}：迟报{record.days_late}天" for record in read if record.days_late
        ),
        returned=tuple(
            f"{_title(record)}：{_why(record)}"
            for record in records
            if record.status is Status.RETURNED
        ),
        person=tuple(
            f"{_title(record)}：{record.to_review}行" for record in records if record.to_review
        ),
        unread=tuple(_not_counted(cycle, records)),
        held=tuple(
            f"{_title(record)}：{finding.message}"
            for record in read
            for finding in _holding(record)
        ),
        mail=mail,
        receipts=tuple(
            f"{each.file}{each.place and f' {each.place}'}：{each.what}：{each.said}"
            for each in cycle.receipts
            if each.said != NOTHING_WRITTEN
        ),
    )


def _not_counted(cycle: Cycle, records: Iterable[Record]) -> Iterator[str]:
    """Yield what came in and was not read, or is on no line of the roster."""
    for each in cycle.received:
        if each.outcome in UNREAD and not _is_no_document(each):
            yield f"{each.file}：{each.reason}"
    for record in records:
        yield from (f"{record.file}：{finding.message}" for finding in _unlisted(record))


def _changes(cycle: Cycle, since: date | None) -> tuple[str, ...]:
    """Return what changed since a recipient was last told: of projects before their rows, a few by
    name; the others, and rows that came or went with another workbook, are counted.
    """
    found = [
        change
        for change in cycle.changes
        if since is None or change.as_of > since or change.as_of == cycle.as_of
    ]
    rows = [change for change in found if PARTS in change.what]
    whole = [change for change in found if PARTS not in change.what]
    moved = [change for change in rows if change.before and change.after]
    named = [*whole, *moved][:CHANGES_NAMED]
    lines = (
        f"{change.department}“{change.project}”{change.what}：{change.before or '—'} → "
        f"{change.after or '—'}"
        for change in named
    )
    more = len(found) - len(named)
    return (*lines, *([f"另有{more}项，见汇总表“变动”"] if more else ()))


def is_held(record: Record) -> bool:
    """Whether nothing may be mailed of a hand-in."""
    return any(_holding(record))


def _holding(record: Record) -> Iterator[Finding]:
    """Yield the findings because of which nothing is mailed of a hand-in."""
    return (each for each in record.findings if each.holds_mail and each.waiver is None)


def _meaning_of(told: Brief, cycle: Cycle) -> str:
    """Return what makes another brief: where every project stands, not the days that pass."""
    stand = [
        (record.file, record.status.value, _total(record), _findings_of(record))
        for record in cycle.records
    ]
    overdue = [(each.entry.project, _overdue(each)) for each in cycle.expected if each.missing]
    held = tuple(map(_lasting, told.held))
    mail = tuple(_ANSWER.sub("", line) for line in told.mail)
    said = (told.late, told.person, told.unread, held, mail, told.receipts)
    return repr((stand, overdue, said))


def _results(cycle: Cycle, published: Published) -> Iterator[Attached]:
    """Yield what the office may want to open: summary, consolidated report, and the reports that
    the summary leads to.
    """
    paths = [SUMMARY, REPORT]
    for record in cycle.records:
        paths += [path for path in (record.report, record.annotated) if path]
    for path in dict.fromkeys(paths):
        if path in published:
            yield Attached(path, published[path])


def _by_contact(expected: Iterable[Expected]) -> dict[str, list[Expected]]:
    contacts: dict[str, list[Expected]] = {}
    for entry in expected:
        for contact in entry.entry.contacts:
            contacts.setdefault(contact, []).append(entry)
    return contacts


def _notice(expected: Expected, record: Record, published: Published) -> Notice:
    findings = sorted((f.told for f in record.findings if f.waiver is None), key=_order)
    remarks = tuple(
        Remark(f.code, f.severity.label, str(f.place), f.message, f.remedy)
        for f in findings[:FINDINGS_LISTED]
    )
    total, grade = _total(record)
    graded = record.status is Status.GRADED
    waiting = record.to_review
    if waiting and not record.report:  # [publish] provisional = "hold"
        total, grade = "", ""
    decided = tuple(_decided(record)) if graded else ()
    # the draft of a returned workbook's report is not for mailing
    report = record.report if graded else ""
    files = tuple(
        Attached(path, published[path])
        for path in (report, record.annotated)
        if path and path in published
    )
    stands = (record.status.value, total, grade, _findings_of(record), decided, waiting)
    meaning = repr((*stands, *_material(record)))
    return Notice(
        project=record.project or record.file,
        file=record.file,
        status=record.status.label,
        total=total,
        grade=grade,
        remarks=remarks,
        more=max(0, len(findings) - FINDINGS_LISTED),
        item=Message(_key(expected), _digest(meaning)),
        files=files,
        decided=decided,
        open_rows=waiting,
        corrected=record.corrected,
    )


def _material(record: Record) -> Iterator[str]:
    """Yield the correction that a department is written to for: not one that is not material."""
    if record.corrected and not record.corrected.startswith(NOT_MATERIAL):
        yield record.corrected


def _decided(record: Record) -> Iterator[Decided]:
    """Yield the rows of a record that the office decided."""
    for row in record.scores.rows if record.scores else ():
        if row.reviewed_score is not None:
            yield Decided(
                row.name,
                _points(row.claimed),
                _points(row.computed),
                _points(row.final),
                row.review_reason,
                row.open,
            )


def _points(score: Decimal | None) -> str:
    return "" if score is None else plain(score)


def _findings_of(record: Record) -> list[tuple[str, ...]]:
    """Return what the findings of a record say, without days that pass."""
    return sorted(
        (each.code, each.severity.value, str(each.place), _lasting(each.told.message))
        for each in record.findings
        if each.waiver is None
    )


def _lasting(message: str) -> str:
    """Return a message without the days that pass."""
    return _DAYS.sub("", message)


def _order(finding: Finding) -> tuple[int, str, int, int]:
    """Sort findings by gravity, then as the cells stand."""
    place = finding.place
    return finding.severity.rank, place.sheet, place.row, place.column


def _total(record: Record) -> tuple[str, str]:
    """Return the final total and the grade, empty where nothing is graded."""
    scores = record.scores
    if record.status is not Status.GRADED or scores is None or scores.final_total is None:
        return "", ""
    return fixed(scores.final_total), scores.grade


def _missing(expected: Expected) -> Missing:
    entry = expected.entry
    meaning = f"missing:{entry.deadline}:{_overdue(expected)}:{expected.unread}"
    return Missing(
        entry.title,
        entry.department,
        entry.deadline,
        expected.days_left,
        Message(_key(expected), _digest(meaning)),
        expected.unread,
    )


class _Belonging:
    """What came in besides what counts for the lines of the roster, by whose it is."""

    def __init__(self, cycle: Cycle) -> None:
        self._bodies = {normal_name(each.entry.department) for each in cycle.expected}
        self._received: dict[str, list[Received]] = {}
        for each in cycle.received:
            self._received.setdefault(normal_name(each.department), []).append(each)
        self._unlisted = {
            record.file: finding.told
            for record in cycle.records
            for finding in _unlisted(record)
            if not is_held(record)
        }

    def others(self, entries: Sequence[Expected], records: Mapping[str, Record]) -> Iterator[Other]:
        """Yield what else came in of a contact's departments: not read, waiting, not counted, or
        on no line of the roster.
        """
        bodies = {normal_name(each.entry.department) for each in entries}
        told = {file for each in entries for file in (*each.files[:1], *each.unread)}
        told -= self._unlisted.keys()
        own = [name for name in self._received if self._is_own(name, bodies)]
        came = (each for name in own for each in self._received[name] if each.file not in told)
        for each in sorted(came, key=attrgetter("file")):
            unlisted = self._unlisted.get(each.file)
            if unlisted is not None:
                yield Other(each.file, f"{unlisted.message}{unlisted.remedy}")
            elif _is_to_be_told(each, records.get(each.file)):
                yield Other(each.file, each.reason)

    def _is_own(self, name: str, bodies: Collection[str]) -> bool:
        """Whether a department is one of these: equal names beat those that only say more."""
        if name in self._bodies:
            return name in bodies
        return any(same_body(name, body) for body in bodies)


def _unlisted(record: Record) -> Iterator[Finding]:
    """Yield what says that a hand-in is on no line of the roster."""
    return (each for each in record.findings if each.code == UNLISTED and each.waiver is None)


def _is_no_document(each: Received) -> bool:
    """Whether an entry is none that anybody handed in: a folder, a link, a lock file."""
    return each.outcome == "left_aside" and each.kind == "other"


def _is_to_be_told(each: Received, record: Record | None) -> bool:
    """Whether a department is told what became of an entry that counts for no line."""
    if each.outcome in TOLD_ELSEWHERE or _is_no_document(each):
        return False
    if record is not None and is_held(record):
        return False
    return each.outcome != "superseded" or bool(record and _was_not_asked_for(record))


def _was_not_asked_for(record: Record) -> bool:
    """Whether a superseded hand-in was not the one before a normal correction."""
    return any(
        each.code == REPLACED and each.severity is not Severity.NOTE for each in record.findings
    )


def _key(expected: Expected) -> str:
    entry = expected.entry
    return f"line:{entry.form}/{entry.department}/{entry.unit}/{entry.project}"


def _overdue(expected: Expected) -> str:
    late = expected.days_left is not None and expected.days_left < 0
    return "overdue" if late else "open"


def _awaited(expected: Expected) -> str:
    entry = expected.entry
    title = f"{entry.department}“{entry.title}”"
    if entry.deadline is None or expected.days_left is None:
        return title
    if expected.days_left < 0:
        return f"{title}：应于{entry.deadline.isoformat()}报送，已逾期{-expected.days_left}天"
    return f"{title}：截止{entry.deadline.isoformat()}，还剩{expected.days_left}天"


def _title(record: Record) -> str:
    return f"{record.department}“{record.project or record.file}”"


def _why(record: Record) -> str:
    """Say in a few words why a workbook was returned."""
    errors = dict.fromkeys(each.title for each in record.findings if each.returns)
    return "、".join(errors) or "见审核意见"


def _digest(meaning: str) -> str:
    return content_digest(meaning.encode())


def published_in(output: Path) -> Published:
    """Return the files of an output folder that has no ledger, as they stand."""
    paths = (path for path in output.rglob("*") if path.is_file() and path.suffix != ".eml")
    return {
        path.relative_to(output).as_posix(): content_digest(path.read_bytes()) for path in paths
    }
