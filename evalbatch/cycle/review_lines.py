"""From a line that a reviewer filled in to a decision, or to what is wrong with it and in which
cell.

A line that says nothing is no decision. One that says something has to be whole: a score within the
row's weight, a reason where it departs from the rule, one name, and a date that is not in the
future.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from evalbatch.cycle.registers import Line
from evalbatch.errors import Fault
from evalbatch.model.decisions import Decision, DecisionKind, ReviewState, RowKey, Verdict
from evalbatch.model.names import normal_name
from evalbatch.model.place import Place
from evalbatch.model.plain_figures import compact
from evalbatch.model.submission import State

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

    `above_claim` says that a review may raise a score above the claim; an appeal always may.
    """

    as_of: date
    reviewers: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    above_claim: bool = False


class Answer(NamedTuple):
    """What became of a line: a decision, or faults, or (both empty) nothing was filled in."""

    decision: Decision | None
    faults: tuple[Fault, ...] = ()


BLANK: Final = Answer(None)


def answer(line: Line, asked: Asked, authority: Authority) -> Answer:
    """Return what a line decides about the row that it was asked about."""
    if not any(filled(line, column) for column in ANSWERS):
        return BLANK
    faults = tuple(_faults(line, asked, authority))
    return Answer(None, faults) if faults else Answer(_decision(line, asked))


def filled(line: Line, column: str) -> bool:
    """Whether a line says anything in a column; a workbook may lack it."""
    return column in line.meanings and line.meanings[column].state is not State.BLANK


def place_of(line: Line, column: str) -> Place:
    """Return the cell of a column, the line's first one where the workbook lacks the column."""
    at = line.columns.get(column, 0) or min(
        (each for each in line.columns.values() if each), default=1
    )
    return Place(line.file, line.sheet, line.row, at)


def cell_fault(line: Line, column: str, expected: str) -> Fault:
    """Return a fault about a line's cell: file, sheet and cell, what stands there, what should."""
    place = place_of(line, column)
    return Fault(
        f"{place.file} {place}", line.text(column) if filled(line, column) else "", expected
    )


def verdict_of(line: Line, words: Mapping[str, Verdict] = VERDICTS) -> Verdict | None:
    """Return what a line is to do, None when the word is unknown."""
    return words.get(compact(line.text("verdict")))


def _faults(line: Line, asked: Asked, authority: Authority) -> Iterator[Fault]:
    yield from _other_row(line, asked)
    verdict = verdict_of(line)
    if verdict is None:
        yield cell_fault(line, "verdict", "维持、撤回，或空着（按复核得分）")
    yield from signature_faults(line, authority.as_of, authority.reviewers, "复核人")
    if verdict is Verdict.SET:
        most = asked.weight if authority.above_claim else _lower(asked.weight, asked.claimed)
        yield from score_faults(line, asked.weight, most)
        if line.value("score") != asked.auto and not filled(line, "reason"):
            shown = "" if asked.auto is None else f" {asked.auto}"
            yield cell_fault(line, "reason", f"与核算{shown}不同的得分须写理由")


def _other_row(line: Line, asked: Asked) -> Iterator[Fault]:
    """Find a line whose visible columns name another row than its number: sorted by halves."""
    for column, expected in (("project", asked.project), ("level3", asked.indicator[2])):
        if filled(line, column) and normal_name(line.text(column)) != normal_name(expected):
            wanted = f"“{expected}”（编号 {asked.number} 的内容；可能排序时只选了部分列）"
            yield cell_fault(line, column, wanted)


def signature_faults(
    line: Line,
    as_of: date,
    names: tuple[str, ...],
    label: str,
    columns: tuple[str, str] = ("by", "on"),
) -> Iterator[Fault]:
    """Find what is wrong with name and date of a line: both are needed, one name, no future day."""
    by, on = columns
    if not filled(line, by):
        yield cell_fault(line, by, f"“{label}”必填")
    elif len(_SEVERAL.split(compact(line.text(by)))) > 1:
        yield cell_fault(line, by, "一个人的姓名（两人意见不同的，各写一行）")
    elif names and compact(line.text(by)) not in map(compact, names):
        yield cell_fault(line, by, f"设置文件 [review] 中列出的人员（{'、'.join(names)}）")
    when = line.value(on) if filled(line, on) else None
    if not isinstance(when, date):
        yield cell_fault(line, on, "日期，如 2027-04-12")
    elif when > as_of:
        yield cell_fault(line, on, f"不晚于运行日 {as_of.isoformat()} 的日期")


def score_faults(line: Line, weight: Decimal | None, most: Decimal | None) -> Iterator[Fault]:
    """Find what is wrong with a score: no number, outside [0, weight], too many decimals, too
    high.
    """
    score = line.value("score") if filled(line, "score") else None
    if not isinstance(score, Decimal):
        yield cell_fault(line, "score", "数字（复核得分），或在“处理”中写维持、撤回")
    elif score < 0 or (weight is not None and score > weight):
        top = "" if weight is None else f"{weight:f}"
        yield cell_fault(line, "score", f"0 到分值 {top} 之间的数字")
    elif most is not None and score > most:
        yield cell_fault(line, "score", f"不高于自评得分 {most:f}（只有申诉可以调高）")
    elif _decimals(score) > _DECIMALS:
        yield cell_fault(line, "score", "最多两位小数")


def _decimals(score: Decimal) -> int:
    exponent = score.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _lower(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return min((each for each in (one, other) if each is not None), default=None)


def _decision(line: Line, asked: Asked) -> Decision:
    verdict, by = verdict_of(line) or Verdict.SET, compact(line.text("by"))
    settles = asked.state is ReviewState.SPLIT and by not in asked.parties
    ruled = settles or compact(line.text("verdict")) == DecisionKind.RULING.value
    return Decision(
        asked.key,
        asked.facts,
        asked.rule,
        line.value("score") if verdict is Verdict.SET else None,
        line.text("reason") if filled(line, "reason") else "",
        by,
        line.value("on"),
        DecisionKind.RULING if ruled else DecisionKind.REVIEW,
        verdict,
        number=asked.number,
        project=asked.project,
        indicator=asked.indicator,
        place=place_of(line, "score"),
    )
