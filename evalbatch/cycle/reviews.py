"""The folder 复核: what reviewers wrote is read from it each night; nothing in it is ever changed.

People add columns, colours and sheets, rename and copy the rounds, and several write in several
copies. A line is known by its number; what it was asked about stands in a hidden sheet and in the
ledger. What a night cannot read, it says, and what was read before goes on counting.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import TypeAdapter

from evalbatch.checks import catalogue
from evalbatch.cycle import registers
from evalbatch.cycle.registers import Line
from evalbatch.cycle.review_lines import (
    ANSWERS,
    Answer,
    Asked,
    Authority,
    answer,
    cell_fault,
    filled,
)
from evalbatch.errors import Fault, reason
from evalbatch.model.decisions import Decision, Verdict
from evalbatch.model.plain_figures import compact
from evalbatch.sheets import read_book
from evalbatch.sheets.book import Book, Refused, Sheet

FOLDER: Final = "复核"
REGISTRY_SHEET: Final = "_evalbatch_asked"
SUFFIXES: Final = frozenset({".xlsx", ".xlsm", ".xls", ".et", ".xlsb", ".ods"})
OPEN: Final = "正被人打开：按已保存的内容读取，未保存的下次再读"
CHANGING: Final = "打不开或正在写入：以上次读到的为准"
NO_TABLE: Final = (
    "没有找到复核清单（要有“编号”“复核得分”两列），也不是带“复核得分”列的报送表：没有读取任何内容"
)
OTHER_KIND: Final = "不是工作簿：没有读取"

_LOCK: Final = "~$"
_IGNORED: Final = re.compile(r"^(~\$|\.|~.*\.tmp$)|^(thumbs\.db|desktop\.ini)$", re.IGNORECASE)


@dataclass(slots=True)
class Receipt:
    """What was taken of a file, and what was not: counts, faults with their cells, and a note.

    `unknown` are lines whose number no round has given out.
    """

    file: str
    taken: int = 0
    blank: int = 0
    faults: list[Fault] = field(default_factory=list)
    unknown: list[Fault] = field(default_factory=list)
    note: str = ""


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


CopyReader = Callable[[ReviewFile, Book], Iterable[Answer] | None]
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
        receipt = Receipt(f"{FOLDER}/{file.name}", note=file.note)
        receipts.append(receipt)
        if file.data is None:
            continue
        try:
            books.append((file, read_book(file.data, receipt.file), receipt))
        except Refused as refused:
            receipt.faults.append(refusal(receipt.file, refused))
    return receipts, books


def refusal(file: str, refused: Refused) -> Fault:
    """Return the fault of a workbook that cannot be read."""
    return Fault(file, "", catalogue.finding(refused.observation).message)


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
    tables: Iterable[Sequence[Line]],
    asked: Mapping[str, Asked],
    authority: Authority,
    receipt: Receipt,
) -> Iterator[Answer]:
    for line in (line for lines in tables for line in lines):
        number = compact(line.text("number"))
        if number in asked:
            yield answer(line, asked[number], authority)
        elif any(filled(line, column) for column in ANSWERS):
            receipt.unknown.append(_unknown(line, number))


def _unknown(line: Line, number: str) -> Fault:
    if not number:
        return cell_fault(line, "number", "复核清单中的编号（这一行没有编号，未采用）")
    return cell_fault(line, "number", "复核清单给出过的编号（未采用）")


def _taken(answers: Iterable[Answer], receipt: Receipt) -> Iterator[Decision]:
    for each in answers:
        receipt.faults += each.faults
        if each.decision is not None:
            receipt.taken += 1
            yield each.decision
        elif not each.faults:
            receipt.blank += 1


def _order(decision: Decision) -> tuple[object, ...]:
    """Sort by date; on one day a score comes before what keeps or takes it back, the lower last."""
    return (
        decision.on,
        decision.verdict is not Verdict.SET,
        -(decision.score or 0),
        decision.place,
    )
