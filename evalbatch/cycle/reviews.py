"""From a line that a reviewer filled in to a decision, or to what is wrong with it and in which
cell.

A line that says nothing is no decision. One that says something has to be whole: a score within the
row's weight, a reason where it departs from the rule, one name, and a date that is not in the
future.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import TypeAdapter

from evalbatch.checks import catalogue
from evalbatch.cycle import registers
from evalbatch.cycle.registers import RegisterLine
from evalbatch.errors import Fault, reason
from evalbatch.model.decisions import (
    Decision,
    DecisionKind,
    HighestScores,
    Idle,
    ReviewState,
    RowKey,
    Verdict,
    idle,
)
from evalbatch.model.figures import plain
from evalbatch.model.names import normal_name
from evalbatch.model.plain_figures import compact
from evalbatch.settings import REVIEWS
from evalbatch.sheets import read_book
from evalbatch.sheets.book import Book, Refused, Sheet

ANSWERS: Final = ("score", "by", "on", "reason", "verdict")
VERDICTS: Final = {
    "": Verdict.SET,
    "核定": Verdict.SET,
    "调整": Verdict.SET,
    "复核": Verdict.SET,
    "裁定": Verdict.SET,
    "维持": Verdict.KEEP,
    "确认": Verdict.KEEP,
    "撤回": Verdict.WITHDRAW,
    "收回": Verdict.WITHDRAW,
}
_SEVERAL: Final = re.compile(r"[、,，;；/／&+\n]|(?<=.{2})[和与及](?=.{2})")
_DECIMALS: Final = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of a round: which row a person was asked about, and what the row showed.

    `auto` is the score without any person. `state` is why the row was asked about; for one that is
    to be settled, `parties` are those who disagree.
    """

    number: str
    key: RowKey
    facts: str
    rule: str
    auto: Decimal | None
    weight: Decimal | None
    claimed: Decimal | None
    project: str
    indicator: tuple[str, str, str]
    state: ReviewState = ReviewState.DUE
    parties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Authority:
    """Who may decide, and how far: the names that the settings list (none: anybody may sign).

    `above_claim` are the forms whose profiles let a review raise a score above the claim; an appeal
    always may.
    """

    as_of: date
    reviewers: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    above_claim: frozenset[str] = frozenset()


class LineAnswer(NamedTuple):
    """What became of a line: a decision, or faults, or (both empty) nothing was filled in."""

    decision: Decision | None
    faults: tuple[Fault, ...] = ()


BLANK: Final = LineAnswer(None)


def answer(line: RegisterLine, asked: Asked, authority: Authority) -> LineAnswer:
    """Return what a line decides about the row that it was asked about."""
    if not any(line.filled(column) for column in ANSWERS):
        return BLANK
    faults = tuple(_faults(line, asked, authority))
    return LineAnswer(None, faults) if faults else LineAnswer(_decision(line, asked))


def verdict_of(line: RegisterLine, words: Mapping[str, Verdict] = VERDICTS) -> Verdict | None:
    """Return what a line is to do, None when the word is unknown."""
    return words.get(compact(line.text("verdict")))


def _faults(line: RegisterLine, asked: Asked, authority: Authority) -> Iterator[Fault]:
    yield from _other_row(line, asked)
    verdict = verdict_of(line)
    if verdict is None:
        yield line.fault("verdict", "维持、撤回，或空着（按复核得分）")
    yield from signature_faults(line, authority.as_of, authority.reviewers, "复核人")
    if verdict in {Verdict.KEEP, Verdict.WITHDRAW}:
        if line.filled("score"):
            word = compact(line.text("verdict"))
            yield line.fault("score", f"空着（“处理”写了“{word}”的不填复核得分）")
    elif verdict is Verdict.SET or line.filled("score"):
        yield from _decided_faults(line, asked, authority)


def _decided_faults(line: RegisterLine, asked: Asked, authority: Authority) -> Iterator[Fault]:
    """Find what is wrong with a line's score, and with the reason that it needs."""
    yield from score_faults(line, asked.weight, _most(asked, authority))
    if line.value("score") != asked.auto and not line.filled("reason"):
        shown = "得分" if asked.auto is None else f"得分 {plain(asked.auto)} "
        yield line.fault("reason", f"理由（与核算{shown}不同的须写）")


def _other_row(line: RegisterLine, asked: Asked) -> Iterator[Fault]:
    """Find a line whose visible columns name another row than its number: sorted by halves."""
    for column, expected in (("project", asked.project), ("level3", asked.indicator[2])):
        if line.filled(column) and normal_name(line.text(column)) != normal_name(expected):
            wanted = f"“{expected}”（编号 {asked.number} 的内容；可能排序时只选了部分列）"
            yield line.fault(column, wanted)


def signature_faults(
    line: RegisterLine, as_of: date, names: tuple[str, ...], label: str
) -> Iterator[Fault]:
    """Find what is wrong with name and date of a line: both are needed, one name, no future day."""
    if not line.filled("by"):
        yield line.fault("by", f"一个人的姓名（“{label}”必填）")
    elif len(_SEVERAL.split(compact(line.text("by")))) > 1:
        yield line.fault("by", "一个人的姓名（两人意见不同的，各写一行）")
    elif names and compact(line.text("by")) not in map(compact, names):
        yield line.fault("by", f"设置文件 [review] 中列出的人员（{'、'.join(names)}）")
    when = line.value("on")
    if not isinstance(when, date):
        yield line.fault("on", "日期，如 2027-04-12")
    elif when > as_of:
        yield line.fault("on", f"不晚于运行日 {as_of.isoformat()} 的日期")


def score_faults(
    line: RegisterLine, weight: Decimal | None, most: Decimal | None
) -> Iterator[Fault]:
    """Find what is wrong with a score: no number, outside [0, weight], too many decimals, too
    high.
    """
    score = line.value("score")
    if not isinstance(score, Decimal):
        yield line.fault("score", "数字（复核得分），或在“处理”中写维持、撤回")
    elif score < 0 or (weight is not None and score > weight):
        top = "" if weight is None else f"分值 {plain(weight)} "
        yield line.fault("score", f"0 到{top}之间的数字")
    elif most is not None and score > most:
        yield line.fault("score", f"不高于自评得分 {plain(most)}（只有申诉可以调高）")
    elif _decimals(score) > _DECIMALS:
        yield line.fault("score", f"最多两位小数（单元格中实际是 {score:f}）")


def _decimals(score: Decimal) -> int:
    exponent = score.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _decision(line: RegisterLine, asked: Asked) -> Decision:
    verdict, by = verdict_of(line) or Verdict.SET, compact(line.text("by"))
    settles = asked.state is ReviewState.SPLIT and by not in asked.parties
    ruled = settles or compact(line.text("verdict")) == DecisionKind.RULING.value
    return Decision(
        asked.key,
        asked.facts,
        asked.rule,
        line.value("score") if verdict is Verdict.SET else None,
        line.text("reason"),
        by,
        line.value("on"),
        DecisionKind.RULING if ruled else DecisionKind.REVIEW,
        verdict,
        number=asked.number,
        project=asked.project,
        indicator=asked.indicator,
        place=line.place("score" if verdict is Verdict.SET else "verdict"),
    )


REGISTRY_SHEET: Final = "_evalbatch_asked"
SUFFIXES: Final = frozenset({".xlsx", ".xlsm", ".xls", ".et", ".xlsb", ".ods"})
OPEN: Final = "正被人打开：按已保存的内容读取，未保存的下次再读"
CHANGING: Final = "打不开或正在写入：以上次读到的为准"
NO_TABLE: Final = (
    "没有找到复核清单（要有“编号”“复核得分”两列），也不是带“复核得分”列的报送表：没有读取任何内容"
)
OTHER_KIND: Final = "不是工作簿：没有读取"
UNREADABLE: Final = "打不开：以上次读到的为准"

_LOCK: Final = "~$"
_IGNORED: Final = re.compile(r"^(~\$|\.|~.*\.tmp$)|^(thumbs\.db|desktop\.ini)$", re.IGNORECASE)


@dataclass(slots=True)
class Receipt:
    """What was taken of a file, and what was not: counts, faults with their cells, and a note.

    Counted are lines: a `faulty` one may have several faults. `unknown` are lines whose number no
    round has given out.
    """

    file: str
    taken: int = 0
    blank: int = 0
    faulty: int = 0
    faults: list[Fault] = field(default_factory=list)
    unknown: list[Fault] = field(default_factory=list)
    note: str = ""

    def refuse(self, refused: Refused) -> None:
        """Note that the workbook cannot be read: what was read of it before counts."""
        message = catalogue.finding(refused.observation).message
        self.faults.append(Fault(self.file, "", message))
        self.note = UNREADABLE


class Reading(NamedTuple):
    """What a night read: decisions in the order in which they count, receipts, what was asked."""

    decisions: tuple[Decision, ...]
    receipts: tuple[Receipt, ...]
    asked: Mapping[str, Asked]


class ReviewFile(NamedTuple):
    """A file of the folder with its bytes; `data` is None where it could not be read tonight."""

    name: str
    data: bytes | None
    note: str = ""


CopyReader = Callable[[ReviewFile, Book], Iterable[LineAnswer] | None]
"""Reads a reviewer's copy of a department's workbook; None where the workbook is none."""


@cache
def asked_codec() -> TypeAdapter[Asked]:
    """Return what writes and reads a line's question as JSON."""
    return TypeAdapter(Asked)


def files_in(folder: Path) -> Iterator[ReviewFile]:
    """Yield what lies in the folder, in the order of names; Office's own lock files are no files.

    A file that changes while it is read, or cannot be opened, comes without bytes.
    """
    found = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    yield from read_files(found, folder)


def read_files(found: Sequence[Path], folder: Path) -> Iterator[ReviewFile]:
    """Yield files with their bytes, named below a folder."""
    locks = {path for path in found if path.name.startswith(_LOCK)}
    for path in found:
        if _IGNORED.match(path.name):
            continue
        name = path.relative_to(folder).as_posix()
        if path.suffix.lower() not in SUFFIXES:
            yield ReviewFile(name, None, OTHER_KIND)
        else:
            note = OPEN if any(_locks(lock, path) for lock in locks) else ""
            yield _read(path, name, note)


def _locks(lock: Path, path: Path) -> bool:
    """Whether Office's lock file is this workbook's: of long names it leaves out the first two."""
    return lock.parent == path.parent and lock.name[len(_LOCK) :] in {path.name, path.name[2:]}


def _read(path: Path, name: str, note: str) -> ReviewFile:
    try:
        before = path.stat()
        data = path.read_bytes()
        after = path.stat()
    except OSError as error:
        return ReviewFile(name, None, f"{CHANGING}（{reason(error)}）")
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        return ReviewFile(name, None, CHANGING)
    return ReviewFile(name, data, note)


def read(
    files: Iterable[ReviewFile],
    known: Mapping[str, Asked],
    authority: Authority,
    copies: CopyReader = lambda _file, _book: None,
) -> Reading:
    """Read what reviewers wrote.

    `known` are the lines that earlier rounds have asked, by number; files bring their own along.
    """
    receipts, books = _books(files)
    asked = {**_registered(book for _, book, _ in books), **known}
    decisions: list[Decision] = []
    for file, book, receipt in books:
        tables = list(registers.tables(book, receipt.file, "round"))
        answers = _answers(tables, asked, authority, receipt) if tables else copies(file, book)
        if answers is None:
            receipt.note = NO_TABLE
        else:
            decisions += _taken(answers, receipt)
    return Reading(tuple(sorted(decisions, key=_order)), tuple(receipts), asked)


def _books(
    files: Iterable[ReviewFile],
) -> tuple[list[Receipt], list[tuple[ReviewFile, Book, Receipt]]]:
    receipts, books = [], []
    for file in files:
        receipt = Receipt(f"{REVIEWS}/{file.name}", note=file.note)
        receipts.append(receipt)
        if file.data is None:
            continue
        try:
            books.append((file, read_book(file.data, receipt.file), receipt))
        except Refused as refused:
            receipt.refuse(refused)
    return receipts, books


def _registered(books: Iterable[Book]) -> dict[str, Asked]:
    """Return the questions that the hidden sheets of the rounds hold, by number."""
    found: dict[str, Asked] = {}
    for book in books:
        for sheet in book.sheets:
            if sheet.name.startswith(REGISTRY_SHEET):
                found |= {each.number: each for each in _questions(sheet)}
    return found


def _questions(sheet: Sheet) -> Iterator[Asked]:
    for cell in sheet.cells.values():
        if isinstance(cell.value, str) and cell.value.startswith("{"):
            try:
                yield asked_codec().validate_json(cell.value)
            except ValueError:
                continue  # somebody typed there; the ledger knows the line, or it is unknown


def _answers(
    tables: Iterable[Sequence[RegisterLine]],
    asked: Mapping[str, Asked],
    authority: Authority,
    receipt: Receipt,
) -> Iterator[LineAnswer]:
    for line in (line for lines in tables for line in lines):
        number = compact(line.text("number"))
        if number in asked:
            yield answer(line, asked[number], authority)
        elif any(line.filled(column) for column in ANSWERS):
            receipt.unknown.append(_unknown(line, number))


def _unknown(line: RegisterLine, number: str) -> Fault:
    if not number:
        return line.fault("number", "复核清单中的编号（这一行没有编号，未采用）")
    return line.fault("number", "复核清单给出过的编号（未采用）")


def _taken(answers: Iterable[LineAnswer], receipt: Receipt) -> Iterator[Decision]:
    for each in answers:
        receipt.faults += each.faults
        if each.decision is not None:
            receipt.taken += 1
            yield each.decision
        elif each.faults:
            receipt.faulty += 1
        else:
            receipt.blank += 1


def idle_lines(
    known: Sequence[Decision],
    written: Sequence[Decision],
    asked: Mapping[str, Asked],
    authority: Authority,
) -> list[Idle]:
    """Return those of the written lines that do nothing after what is known already."""
    words = {each.key for each in written if each.verdict is not Verdict.SET}
    rows: dict[RowKey, list[Decision]] = {key: [] for key in words}
    for each in sorted([*known, *written], key=lambda each: each.on):
        if each.key in rows:
            rows[each.key].append(each)
    limits = {each.facts: _limits(each, authority) for each in asked.values()}
    ours = {id(each) for each in written}
    return [one for row in rows.values() for one in idle(row, limits) if id(one.line) in ours]


def _limits(asked: Asked, authority: Authority) -> HighestScores:
    return HighestScores(_most(asked, authority), asked.weight)


def _most(asked: Asked, authority: Authority) -> Decimal | None:
    """Return the highest score that a review may give: the claim, where it may not raise it."""
    if asked.key.form in authority.above_claim:
        return asked.weight
    return min((each for each in (asked.weight, asked.claimed) if each is not None), default=None)


def point_out(idle: Iterable[Idle], receipts: Iterable[Receipt]) -> None:
    """Name lines that do nothing in the receipts of their files, as the faults that they are."""
    by_file = {receipt.file: receipt for receipt in receipts}
    for line, expected in idle:
        receipt = by_file[line.place.file]
        fault = Fault(f"{line.place.file} {line.place}", line.verdict.value, expected)
        receipt.faults.append(fault)
        receipt.taken -= 1
        receipt.faulty += 1


def _order(decision: Decision) -> tuple[object, ...]:
    """Sort by date; on one day a score comes before what keeps or takes it back, the lower last."""
    return (
        decision.on,
        decision.verdict is not Verdict.SET,
        -(decision.score or 0),
        decision.place,
    )
