"""The office's side of a run: what is read from 复核, 申诉 and 定稿, and what it means for whom.

Everything that was read is kept in the ledger's database, so that a night on which a file cannot be
read, and the sending of letters afterwards, know as much as the night before.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar

from evalbatch.cycle import appeals, freezes, reviews
from evalbatch.cycle.appeals import AppealLine
from evalbatch.cycle.draw import Draw, drawn
from evalbatch.cycle.draw import threshold as draw_threshold
from evalbatch.cycle.freezes import FreezeLine, WantedFreeze
from evalbatch.cycle.registers import WholeLines
from evalbatch.cycle.review_journal import ReviewJournal
from evalbatch.cycle.review_rows import reviewed_rows
from evalbatch.cycle.reviews import Authority, CopyReader, Reading, Receipt, ReviewFile
from evalbatch.cycle.subjects import Subject, of_pin
from evalbatch.errors import Fault
from evalbatch.model.decisions import (
    NOWHERE,
    Appeal,
    Decision,
    DecisionKind,
    Dossier,
    Pin,
    ReviewedRow,
    ReviewState,
    RowKey,
    Verdict,
    stage,
)
from evalbatch.model.evaluation import SCORED, Status
from evalbatch.model.record import Record
from evalbatch.settings import ReviewSection
from evalbatch.sheets import read_book
from evalbatch.sheets.book import Book, Refused

RECEIPTS: Final = "receipts"
APPEALS: Final = "appeals"
DRAWN: Final = "drawn"
APPEAL_FAULTS: Final = "appeal_faults"
FREEZES: Final = "freezes"
FREEZE_FAULTS: Final = "freeze_faults"
_NOTHING_TO_FREEZE: Final = (Status.SUPERSEDED, Status.ACCEPTED)  # no score that could move
NOT_FROZEN: Final = "not_frozen"
PINS: Final = "pins"


@dataclass(frozen=True, slots=True)
class Papers:
    """Where the office writes: the folder of the rounds, the appeals, what is final."""

    reviews: Path
    appeals: Path
    freezes: Path


Found = tuple[Record, Sequence[ReviewedRow]]
Line = TypeVar("Line")


class ReviewDesk:
    """What the office decided, for one run; use it with the run's lock held."""

    def __init__(self, journal: ReviewJournal) -> None:
        self.journal = journal

    def close(self) -> None:
        """Close the journal."""
        self.journal.close()

    def read(self, papers: Papers, authority: Authority, copies: CopyReader) -> None:
        """Read what the office wrote, and keep it.

        Never raises for anything in the files: the receipts say what was not taken.
        """
        files = list(reviews.files_in(papers.reviews))
        reading = reviews.read(files, self.journal.asked(), authority, copies)
        for number in sorted({_round(key) for key in reading.asked}):
            lines = {key: each for key, each in reading.asked.items() if _round(key) == number}
            self.journal.ask(lines, number)
        self.journal.append(self._acting(reading, authority))
        read_appeals = partial(appeals.read, authority=authority)
        read_freezes = partial(freezes.read, authority=authority)
        registers = (
            *self._read_register(papers.appeals, APPEALS, list[AppealLine], read_appeals),
            *self._read_register(papers.freezes, FREEZES, list[FreezeLine], read_freezes),
        )
        written = (each for each in registers if each.taken or each.faults or each.note)
        receipts = [*reading.receipts, *written]
        self.journal.note_list(RECEIPTS, list[Receipt], receipts)

    def _acting(self, reading: Reading, authority: Authority) -> Sequence[Decision]:
        """Return the lines that do something; the receipts name the others."""
        if all(each.verdict is Verdict.SET for each in reading.decisions):
            return reading.decisions
        new = self.journal.unknown(reading.decisions)
        idle = reviews.idle_lines(self.journal.decisions(), new, reading.asked, authority)
        reviews.point_out(idle, reading.receipts)
        nothing = {id(each.line) for each in idle}
        return [each for each in reading.decisions if id(each) not in nothing]

    def _read_register(
        self,
        path: Path,
        key: str,
        kind: type[list[Line]],
        read: Callable[[Book, str], WholeLines[Line]],
    ) -> Iterable[Receipt]:
        """Read a register that is there and keep its lines; yield what was taken of it."""
        if not path.is_file():
            return
        file = next(each for each in reviews.read_files([path], path.parent))
        receipt = Receipt(file.name, note=file.note)
        book = _opened(file, receipt)
        if book is not None:
            found = read(book, file.name)
            receipt.faults += found.faults
            receipt.taken, receipt.faulty = len(found.lines), found.faulty
            self.journal.note_list(key, kind, found.lines)
        yield receipt

    @property
    def freezes(self) -> list[FreezeLine]:
        """The lines of 定稿 as they were last read."""
        return self.journal.noted_list(FREEZES, list[FreezeLine])

    def freezes_that_stand(self) -> list[FreezeLine]:
        """Return the lines of 定稿 that were not refused."""
        refused = {each.where for each in self.journal.noted_list(FREEZE_FAULTS, list[Fault])}
        return [each for each in self.freezes if f"{each.place.file} {each.place}" not in refused]

    @property
    def pins(self) -> list[Pin]:
        """What is frozen."""
        return self.journal.noted_list(PINS, list[Pin])

    def holding(self) -> list[Pin]:
        """Return the pins that no correction has opened since."""
        lines = self.freezes
        return [pin for pin in self.pins if _holds(pin, lines)]

    def freeze(
        self,
        records: Iterable[Record],
        subjects: Mapping[str, Subject],
        digests: Mapping[str, str],
        expected: Iterable[Subject] = (),
    ) -> list[Pin]:
        """Pin what is to be frozen and is not yet; a line is refused as a whole, with a list, while
        rows in its range are open.

        Args:
            records: the records of the cycle.
            subjects: what each submission is about, by its name.
            digests: the content of each workbook, by its file.
            expected: what the roster lists.
        """
        lines, held = self.freezes, {pin.subject: pin for pin in self.pins}
        scored = [
            (record, subjects[record.file])
            for record in (records if lines else ())
            if record.file in subjects and record.status not in _NOTHING_TO_FREEZE
        ]
        refused = dict(_refused(lines, scored, held))
        standing = [line for line in lines if line not in refused]
        left = list(self._pin_wanted(standing, scored, digests, held))
        known = [*expected, *subjects.values(), *map(of_pin, held.values())]
        faults = [
            *freezes.out_of_range(lines, known, held.keys()),
            *(freezes.refusal(line, names) for line, names in refused.items()),
        ]
        self.journal.note_list(FREEZE_FAULTS, list[Fault], faults)
        told = {lines[0].place.file: f"尚未定稿：{'；'.join(left)}"} if left else {}
        self.journal.note(NOT_FROZEN, json.dumps(told, ensure_ascii=False))
        pins = sorted(held.values(), key=lambda pin: pin.subject)
        self.journal.note_list(PINS, list[Pin], pins)
        return pins

    def _pin_wanted(
        self,
        lines: Sequence[FreezeLine],
        scored: Iterable[tuple[Record, Subject]],
        digests: Mapping[str, str],
        held: dict[str, Pin],
    ) -> Iterator[str]:
        """Add to what is `held` what the lines freeze; yield what cannot be frozen yet, and why."""
        for record, subject in scored:
            found, pin = freezes.wanted(lines, subject), held.get(subject.key)
            if found is None or (pin is not None and pin.revision >= found.revision):
                continue
            if why := _unfit(record, found.line):
                yield f"{record.title}（{why}）"
            else:
                workbook = digests.get(record.file.partition("#")[0], "")
                held[subject.key] = _pin(subject, record.file, workbook, found, self.journal.last())

    def stages(self, subjects: Mapping[str, Subject]) -> dict[str, dict[str, object]]:
        """Return stage and revision of what is frozen, by submission (columns of `Record`)."""
        open_appeals = [line for line in self.appeals if line.verdict is None]
        corrected = self._corrected(subjects.values())
        found: dict[str, dict[str, object]] = {}
        for pin in self.holding():
            subject = subjects.get(pin.file)
            appealed = subject is not None and any(
                subject.called(line.project, line.department) for line in open_appeals
            )
            states = [ReviewState.APPEALED] if appealed else []
            reached = stage(states, revision=pin.revision)
            told = corrected.get(pin.subject, "")
            found[pin.file] = {
                "stage": reached.value,
                "revision": pin.revision,
                "corrected": told,
            }
        return found

    def opened(self, subjects: Mapping[str, Subject]) -> dict[str, dict[str, object]]:
        """Return the revision of what a correction has opened and rows still keep open."""
        lines = self.freezes
        revisions = {pin.subject: pin.revision + 1 for pin in self.pins if not _holds(pin, lines)}
        corrected = self._corrected(subjects.values())
        return {
            name: {
                "revision": revisions[subject.key],
                "corrected": corrected.get(subject.key, ""),
            }
            for name, subject in subjects.items()
            if subject.key in revisions
        }

    @property
    def receipts(self) -> list[Receipt]:
        """What was taken of each file when they were last read."""
        found = self.journal.noted_list(RECEIPTS, list[Receipt])
        not_frozen: dict[str, str] = json.loads(self.journal.noted(NOT_FROZEN) or "{}")
        more = [
            fault
            for key in (APPEAL_FAULTS, FREEZE_FAULTS)
            for fault in self.journal.noted_list(key, list[Fault])
        ]
        for receipt in found:
            own = [each for each in more if each.where.startswith(f"{receipt.file} ")]
            receipt.faults += own
            receipt.taken -= len(own)
            receipt.faulty += len(own)
            left = not_frozen.get(receipt.file, "")
            receipt.note = "；".join(filter(None, (receipt.note, left)))
        return found

    @property
    def appeals(self) -> list[AppealLine]:
        """The appeals as they were last read."""
        return self.journal.noted_list(APPEALS, list[AppealLine])

    def digest(self) -> str:
        """Digest everything that the office wrote, for knowing whether anything changed.

        What follows from it and from the workbooks (rulings bound to their rows, the draw) is none
        of it.
        """
        written = (
            each for each in self.journal.decisions() if each.kind is not DecisionKind.APPEAL
        )
        parts = [repr(list(written)), self.journal.noted(RECEIPTS), self.journal.noted(APPEALS)]
        parts.append(self.journal.noted(FREEZES))
        return sha256("\0".join(parts).encode()).hexdigest()

    def dossiers(
        self,
        subjects: Mapping[str, Subject],
        records: Callable[[], Iterable[Record]],
        draw: Draw | None = None,
    ) -> dict[str, Dossier]:
        """Return what is on file about each hand-in, by its name; most have nothing on file.

        Args:
            subjects: what each hand-in is about, by its name.
            records: gives the records; asked only where something is drawn, or an appeal has to
                be bound to a row.
            draw: what is drawn for a second look.
        """
        rows = self._rows_of_appeals(subjects, records)
        if self.appeals:
            self._rule(rows)
        by_subject = _by_subject(self._counting())
        against = self._appeals_by_subject(rows)
        chosen = self._drawn(subjects, records, draw) if draw else self.drawn
        for subject in subjects.values():
            if subject.alias in by_subject:
                by_subject[subject.key] += _renamed(by_subject.pop(subject.alias), subject.key)
        corrected = self._corrected(subjects.values())
        wanted = by_subject.keys() | against.keys() | chosen.keys() | corrected.keys()
        return {
            name: Dossier(
                subject.key,
                tuple(by_subject.get(subject.key, ())),
                tuple(against.get(subject.key, ())),
                chosen.get(subject.key, ""),
                corrected.get(subject.key, ""),
            )
            for name, subject in subjects.items()
            if subject.key in wanted
        }

    def _corrected(self, subjects: Iterable[Subject]) -> dict[str, str]:
        """Return what is told of the correction of what was frozen, by its key."""
        lines, pinned = self.freezes, {pin.subject for pin in self.pins}
        found = {}
        for subject in subjects if pinned else ():
            last = freezes.wanted(lines, subject) if subject.key in pinned else None
            if last and last.line.correction:
                found[subject.key] = last.line.told(last.revision)
        return found

    def _counting(self) -> Iterator[Decision]:
        """Yield the decisions that count: of what is frozen, those that were known then."""
        return (each for each, late in self._dated() if not late)

    def waiting_for_correction(self) -> list[Decision]:
        """Return the decisions about frozen projects that came after the freeze."""
        return [each for each, late in self._dated() if late] if self.pins else []

    def _dated(self) -> Iterator[tuple[Decision, bool]]:
        """Yield every decision, and whether it came after its project was frozen."""
        until = {pin.subject: pin.decided for pin in self.holding()}
        for number, decision in self.journal.numbered():
            last = until.get(decision.key.subject)
            yield decision, last is not None and number > last

    @property
    def drawn(self) -> dict[str, str]:
        """Why each drawn project is in, by its subject."""
        found: dict[str, str] = json.loads(self.journal.noted(DRAWN) or "{}")
        return found

    def threshold(self, review: ReviewSection, lines: Iterable[str]) -> str | None:
        """Return the highest ticket drawn; a number is cut once and holds when others arrive."""
        if review.number is None:
            return draw_threshold(review, [])
        key = f"threshold {review.number} {review.seed}"
        kept = self.journal.noted(key)
        found = kept or draw_threshold(review, list(lines)) or ""
        if found and not kept:
            self.journal.note(key, found)
        return found or None

    def _drawn(
        self,
        subjects: Mapping[str, Subject],
        records: Callable[[], Iterable[Record]],
        draw: Draw,
    ) -> dict[str, str]:
        before = self.drawn
        found = drawn(draw, records(), subjects, before)
        if found != before:
            self.journal.note(DRAWN, json.dumps(found, ensure_ascii=False, sort_keys=True))
        return found

    def _rows_of_appeals(
        self, subjects: Mapping[str, Subject], records: Callable[[], Iterable[Record]]
    ) -> dict[int, ReviewedRow]:
        """Return the row that each appeal (by its number) is about, where there is exactly one."""
        lines = self.appeals
        named = {
            name: subject
            for name, subject in subjects.items()
            if any(subject.called(line.project, line.department) for line in lines)
        }
        if not named:
            return {}
        found = _found(named, records())
        rows = {number: _rows(line, named, found) for number, line in enumerate(lines)}
        return {number: each[0] for number, each in rows.items() if len(each) == 1}

    def _rule(self, rows: Mapping[int, ReviewedRow]) -> None:
        """Bind rulings that are new to what their rows show now, and keep them."""
        known = {_unbound(each) for each in self.journal.decisions()}
        new = []
        for number, line in enumerate(self.appeals):
            if number in rows and line.verdict is not None:
                decision = _ruled(line, rows[number])
                if _unbound(decision) not in known and not _too_high(line, rows[number]):
                    new.append(decision)
        if new:
            self.journal.append(new)
        faults = _appeal_faults(self.appeals, rows)
        self.journal.note_list(APPEAL_FAULTS, list[Fault], faults)

    def _appeals_by_subject(self, rows: Mapping[int, ReviewedRow]) -> dict[str, list[Appeal]]:
        found: dict[str, list[Appeal]] = defaultdict(list)
        for number, line in enumerate(self.appeals):
            if number in rows:
                key = rows[number].key
                ruled = line.verdict is not None
                found[key.subject].append(Appeal(key, line.about, line.received, ruled))
        return found


def _opened(file: ReviewFile, receipt: Receipt) -> Book | None:
    """Open a register; None, with what is said of it, where it cannot be."""
    if file.data is None:
        return None
    try:
        return read_book(file.data, file.name)
    except Refused as refused:
        receipt.refuse(refused)
        return None


def _holds(pin: Pin, lines: Sequence[FreezeLine]) -> bool:
    """Whether no correction has opened a project since it was pinned."""
    found = freezes.wanted(lines, of_pin(pin))
    return found is None or pin.revision >= found.revision


def _refused(
    lines: Sequence[FreezeLine],
    scored: Sequence[tuple[Record, Subject]],
    held: Mapping[str, Pin],
) -> Iterator[tuple[FreezeLine, list[str]]]:
    """Yield the lines that freeze nothing while rows in their range are open, with what is open.

    One that froze its range before stands: what came in since waits by itself.
    """
    for line in lines:
        if line.correction or any(line.froze(pin) for pin in held.values()):
            continue
        waiting = [
            f"{record.title}（{_unfit(record, line)}）"
            for record, subject in scored
            if line.covers(subject) and subject.key not in held
            if record.status is Status.GRADED and _unfit(record, line)
        ]
        if waiting:
            yield line, waiting


def _unfit(record: Record, line: FreezeLine) -> str:
    """Return why a project cannot be frozen, empty when it can."""
    if record.status is not Status.GRADED:
        return record.status.label
    if record.to_review and not line.with_open_rows:
        return f"待复核 {record.to_review} 条"
    return ""


def _pin(subject: Subject, file: str, workbook: str, found: WantedFreeze, decided: int) -> Pin:
    line = found.line
    signed = (line.by, line.on, subject.department, subject.title)
    return Pin(subject.key, file, workbook, found.revision, *signed, line.range, decided)


def _round(number: str) -> int:
    """Return the round that a line's number names."""
    digits = number.removeprefix("R").partition("-")[0]
    return int(digits) if digits.isdecimal() else 0


def _by_subject(decisions: Iterable[Decision]) -> dict[str, list[Decision]]:
    """Group decisions, without their places: a renamed file judges nothing anew."""
    found: dict[str, list[Decision]] = defaultdict(list)
    for each in decisions:
        found[each.key.subject].append(replace(each, place=NOWHERE))
    return found


def _renamed(decisions: Iterable[Decision], subject: str) -> list[Decision]:
    """Return decisions about what was not on the roster yet as those about its line."""
    return [replace(each, key=each.key._replace(subject=subject)) for each in decisions]


def _found(named: Mapping[str, Subject], records: Iterable[Record]) -> dict[str, Found]:
    """Return the records of some hand-ins with their rows as the review sees them."""
    found: dict[str, Found] = {}
    for record in records:
        if record.file in named and record.scores and record.status in SCORED:
            key = named[record.file].key
            rows = reviewed_rows(record.scores.rows, record.scores.policy, key)
            found[record.file] = record, list(rows)
    return found


def _rows(
    line: AppealLine, named: Mapping[str, Subject], found: Mapping[str, Found]
) -> list[ReviewedRow]:
    rows: list[ReviewedRow] = []
    for name, (record, reviewed) in found.items():
        if record.scores and named[name].called(line.project, line.department):
            scores = zip(record.scores.rows, reviewed, strict=True)
            rows += [
                row
                for score, row in scores
                if appeals.means(line.indicator, (score.level1, score.level2, score.level3))
            ]
    return rows


def _ruled(line: AppealLine, row: ReviewedRow) -> Decision:
    return Decision(
        row.key,
        row.facts,
        row.rule,
        line.score,
        line.reason,
        line.by,
        line.on or line.received,
        DecisionKind.APPEAL,
        project=line.project,
        indicator=("", "", line.indicator),
        verdict=line.verdict or Verdict.SET,
        place=line.ruled_at,
    )


def _unbound(decision: Decision) -> tuple[object, ...]:
    """Return what an appeal's ruling says, whatever its row shows."""
    key = RowKey(*decision.key)
    said = (decision.verdict, decision.score, decision.reason, decision.by, decision.on)
    return key, decision.kind, *said


def _too_high(line: AppealLine, row: ReviewedRow) -> bool:
    return line.score is not None and row.weight is not None and line.score > row.weight


def _appeal_faults(lines: Sequence[AppealLine], rows: Mapping[int, ReviewedRow]) -> Iterator[Fault]:
    """Yield a fault for every appeal that not exactly one row answers to, or that gives too
    much.
    """
    for number, line in enumerate(lines):
        if number not in rows:
            named = f"{line.project}　{line.indicator}"
            expected = "本周期已报送项目的一个三级指标（同名的写“一级指标/二级指标/三级指标”）"
            yield Fault(f"{line.place.file} {line.place}", named, expected)
        elif _too_high(line, rows[number]):
            where, weight = f"{line.ruled_at.file} {line.ruled_at}", rows[number].weight
            yield Fault(where, f"{line.score}", f"0 到分值 {weight} 之间的核定得分")
