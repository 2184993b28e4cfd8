"""Appeals (申诉.xlsx): what a department objects to, and how the office ruled.

A line without 处理 is open: the score in force stays, marked. Every ruling closes its appeal; one
that adjusts the score outranks a review and may raise the claim.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Final

from evalbatch.cycle.registers import RegisterLine, WholeLines, whole_lines
from evalbatch.cycle.reviews import (
    Authority,
    score_faults,
    signature_faults,
    verdict_of,
)
from evalbatch.errors import Fault
from evalbatch.model.decisions import Verdict
from evalbatch.model.names import normal_name
from evalbatch.model.place import Place
from evalbatch.model.plain_figures import compact
from evalbatch.sheets.book import Book

NAME: Final = "appeals"
RULINGS: Final = {
    "": None,
    "调整": Verdict.SET,
    "维持": Verdict.KEEP,
    "不受理": Verdict.DISMISS,
}
_NEEDED: Final = {"project": "项目名称", "indicator": "指标", "about": "诉求"}


@dataclass(frozen=True, slots=True)
class AppealLine:
    """One line as it stands; `verdict` is None while the appeal is open.

    `place` is the cell that names the indicator, `ruled_at` that of the ruling: its score, or the
    word.
    """

    department: str
    project: str
    indicator: str
    about: str
    received: date
    verdict: Verdict | None
    score: Decimal | None
    reason: str
    by: str
    on: date | None
    place: Place
    ruled_at: Place


def read(book: Book, file: str, authority: Authority) -> WholeLines[AppealLine]:
    """Read the appeals of a workbook; a faulty line is named with its cell, the others count."""
    return whole_lines(book, file, NAME, partial(_faults, authority=authority), _line)


def means(indicator: str, levels: Sequence[str]) -> bool:
    """Whether a text names a row: by its level-3 name, or by all levels with slashes between."""
    name = normal_name(indicator.replace("/", "").replace("／", ""))
    return name in {normal_name(levels[-1]), normal_name("".join(levels))}


def _faults(line: RegisterLine, authority: Authority) -> Iterator[Fault]:
    for column, label in _NEEDED.items():
        if not line.filled(column):
            yield line.fault(column, f"“{label}”必填")
    received = line.value("received")
    if not isinstance(received, date):
        yield line.fault("received", "日期，如 2027-05-06")
    elif received > authority.as_of:
        yield line.fault("received", f"不晚于运行日 {authority.as_of.isoformat()} 的日期")
    yield from _ruling_faults(line, authority)


def _ruling_faults(line: RegisterLine, authority: Authority) -> Iterator[Fault]:
    word = compact(line.text("verdict"))
    if word not in RULINGS:
        yield line.fault("verdict", "调整、维持或不受理；还在处理的空着")
        return
    if not word:
        if line.filled("score"):
            yield line.fault("verdict", "填写核定得分时，“处理”应写调整")
        return
    yield from signature_faults(line, authority.as_of, authority.approvers, "处理人")
    if not line.filled("reason"):
        yield line.fault("reason", "“理由”必填")
    if RULINGS[word] is Verdict.SET:
        yield from score_faults(line, None, None)
    elif line.filled("score"):
        yield line.fault("score", f"处理为“{word}”时，核定得分空着")


def _line(line: RegisterLine) -> AppealLine:
    verdict = verdict_of(line, {word: each for word, each in RULINGS.items() if each})
    return AppealLine(
        line.text("department"),
        line.text("project"),
        line.text("indicator"),
        line.text("about"),
        line.value("received"),
        verdict,
        line.value("score") if verdict is Verdict.SET else None,
        line.text("reason"),
        compact(line.text("by")),
        line.value("on") if verdict else None,
        line.place("indicator"),
        line.place("score" if verdict is Verdict.SET else "verdict"),
    )
