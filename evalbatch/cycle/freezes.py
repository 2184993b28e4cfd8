"""What is final (定稿.xlsx): results in its ranges move no more until a correction (更正) says so.

A frozen project is pinned to the content that counted when it was frozen. What is handed in later
is read and checked, stands as 定稿后报送, and changes nothing.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final, NamedTuple

from evalbatch.cycle.registers import RegisterLine, WholeLines, whole_lines
from evalbatch.cycle.reviews import Authority, signature_faults
from evalbatch.cycle.subjects import Subject
from evalbatch.errors import Fault
from evalbatch.model.decisions import NOT_MATERIAL, Pin
from evalbatch.model.figures import day
from evalbatch.model.names import normal_name
from evalbatch.model.place import Place
from evalbatch.model.plain_figures import compact
from evalbatch.sheets.book import Book

NAME: Final = "freezes"
EVERYTHING: Final = ("全部", "所有", "全部项目")
_YES_NO: Final = {"": False, "否": False, "是": True}


@dataclass(frozen=True, slots=True)
class FreezeLine:
    """One line: a freeze, or with a `correction` (its reason) the opening of a further revision."""

    range: str
    by: str
    on: date
    with_open_rows: bool
    correction: str
    material: bool
    place: Place

    def covers(self, subject: Subject) -> bool:
        """Whether a project lies in the range: everything, its department, or itself."""
        if compact(self.range) in EVERYTHING:
            return True
        return normal_name(self.range) in {
            normal_name(subject.title),
            normal_name(subject.department),
        }

    def froze(self, pin: Pin) -> bool:
        """Whether this line is the one that froze a project."""
        return (self.range, self.by, self.on) == (pin.range, pin.by, pin.on)

    @property
    def kind(self) -> str:
        """What readers call such a correction."""
        return "实质" if self.material else NOT_MATERIAL

    def told(self, revision: int) -> str:
        """Return what readers are told of a correction; what is not material begins so."""
        return f"{self.kind}更正（第{revision}版，{day(self.on)}批准）：{self.correction}"


class WantedFreeze(NamedTuple):
    """At which revision a project is to be frozen, and the line that says so."""

    revision: int
    line: FreezeLine


def read(book: Book, file: str, authority: Authority) -> WholeLines[FreezeLine]:
    """Read the lines of a workbook; a faulty one is named with its cell, the others count."""
    return whole_lines(book, file, NAME, partial(_faults, authority=authority), _line)


def wanted(lines: Sequence[FreezeLine], subject: Subject) -> WantedFreeze | None:
    """Return at which revision a project is frozen: the first line freezes it, every correction
    after that opens one more.
    """
    covering = [line for line in lines if line.covers(subject)]
    frozen = next((at for at, line in enumerate(covering) if not line.correction), None)
    if frozen is None:
        return None
    corrections = [line for line in covering[frozen:] if line.correction]
    return WantedFreeze(1 + len(corrections), [covering[frozen], *corrections][-1])


def out_of_range(
    lines: Iterable[FreezeLine], subjects: Sequence[Subject], frozen: Container[str]
) -> Iterator[Fault]:
    """Yield a fault for every line whose range names nothing that is known, and for every
    correction of what is not frozen (by its key).
    """
    for line in lines:
        covered = [subject for subject in subjects if line.covers(subject)]
        if not covered and compact(line.range) not in EVERYTHING:
            yield _fault(line, "全部，或名册、报送件中的部门名称、项目名称")
        elif line.correction and not any(subject.key in frozen for subject in covered):
            yield _fault(line, "已经定稿的范围（更正另起一行，写在原来的定稿之后）")


def refusal(line: FreezeLine, refused: Iterable[str]) -> Fault:
    """Return what is said of a freeze that cannot be: which projects have what open."""
    named = "；".join(refused)
    return _fault(line, f"没有待复核事项的范围，或在“带待复核事项”写“是”（暂不能定稿：{named}）")


def _fault(line: FreezeLine, expected: str) -> Fault:
    return Fault(f"{line.place.file} {line.place}", line.range, expected)


def _faults(line: RegisterLine, authority: Authority) -> Iterator[Fault]:
    if not line.filled("range"):
        yield line.fault("range", "“范围”必填（全部、部门名称或项目名称）")
    yield from signature_faults(line, authority.as_of, authority.approvers, "批准人")
    for column in ("open", "material"):
        if compact(line.text(column)) not in _YES_NO:
            yield line.fault(column, "是、否，或空着")


def _line(line: RegisterLine) -> FreezeLine:
    return FreezeLine(
        line.text("range"),
        compact(line.text("by")),
        line.value("on"),
        _YES_NO[compact(line.text("open"))],
        line.text("correction"),
        _YES_NO[compact(line.text("material"))],
        line.place("range"),
    )
