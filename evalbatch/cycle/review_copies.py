"""A reviewer's copy of a department's workbook, put into 复核 with a column 复核得分.

The copy holds what the reviewer saw, so that its decisions are bound to that: when the department
hands in other figures meanwhile, they are left behind like any other. Name and date stand in cells
so labelled, or in the file's name (…－复核人－2026-04-02.xlsx); without them nothing is taken.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from evalbatch.cycle.matching import Sender
from evalbatch.cycle.registers import RegisterLine, vocabulary
from evalbatch.cycle.review_rows import reviewed_rows
from evalbatch.cycle.reviews import Asked, Authority, LineAnswer, ReviewFile, answer
from evalbatch.cycle.subjects import Subject
from evalbatch.errors import Fault
from evalbatch.model.decisions import ReviewedRow
from evalbatch.model.evaluation import Score
from evalbatch.model.plain_figures import compact
from evalbatch.model.submission import Submission
from evalbatch.model.today import Today
from evalbatch.reading.cell_values import BLANK, Meaning, WantedValue, understand
from evalbatch.reading.date_texts import parse_date
from evalbatch.reading.form_labels import RECHECK_LABELS
from evalbatch.reading.reader import interpret
from evalbatch.scoring import evaluate
from evalbatch.sheets.book import Book, Cell, Refused, Sheet
from evalbatch.standards.form import FormSpec, Type
from evalbatch.standards.policy import Policy

UNSIGNED: Final = (
    "复核人和复核日期：在表中写“复核人：姓名”“复核日期：2027-04-12”，"
    "或把文件名改为“…－姓名－2027-04-12.xlsx”（没有署名，本文件的复核得分均未采用）"
)
_NAMED: Final = re.compile(
    r".*[－—–_-](?P<by>[^－—–_\-\d]+)[－—–_-]"
    r"(?P<on>\d{4}[-.]\d{1,2}[-.]\d{1,2}|\d{8}|\d{4}年\d{1,2}月\d{1,2}日)"
)
_COLUMNS: Final = ("score", "reason")
_LABELLED: Final = ("by", "on")


class Signature(NamedTuple):
    """Who signed a copy and when, as the cells or the file's name say; empty where nobody did."""

    by: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class CopyReader:
    """Reads reviewers' copies of workbooks by the forms and profiles of the cycle.

    `subject_of` names what a workbook is about.
    """

    forms: Mapping[str, FormSpec]
    policies: Mapping[str, Policy]
    subject_of: Callable[[Sender], Subject]
    authority: Authority

    def __call__(self, file: ReviewFile, book: Book) -> list[LineAnswer] | None:
        """Return what a copy decides, None when it has no column for a reviewer's scores."""
        columns = {sheet.name: found for sheet in book.sheets if (found := review_columns(sheet))}
        if not columns:
            return None
        try:
            submissions = interpret(book, file.name, "", self.forms)
        except Refused:
            return None
        sheets = {sheet.name: sheet for sheet in book.sheets}
        signature = _signature(file.name, book)
        answers = [
            each
            for submission in submissions
            for each in self._answers(submission, sheets, columns, signature)
        ]
        unsigned = [
            each for each in answers if UNSIGNED in (fault.expected for fault in each.faults)
        ]
        return [*unsigned[:1], *(each for each in answers if each not in unsigned)]

    def _answers(
        self,
        submission: Submission,
        sheets: Mapping[str, Sheet],
        columns: Mapping[str, Mapping[str, int]],
        signature: Signature,
    ) -> Iterator[LineAnswer]:
        form, policy = self.forms[submission.form], self.policies[submission.form]
        scores = evaluate.score(submission, form, policy, Today(self.authority.as_of))
        subject = self.subject_of(Sender.of_submission(submission))
        rows = reviewed_rows(scores.rows, scores.policy, subject.key)
        for score, row in zip(scores.rows, rows, strict=True):
            sheet = score.place.sheet
            if sheet in columns and row.weight is not None:
                line = _line(submission.file, sheets[sheet], columns[sheet], score, signature)
                yield self._answer(line, score, row, subject, signature)

    def _answer(
        self,
        line: RegisterLine,
        score: Score,
        row: ReviewedRow,
        subject: Subject,
        signature: Signature,
    ) -> LineAnswer:
        if line.meanings["score"] == BLANK:
            return LineAnswer(None)
        if not signature.by or signature.on is None:
            return LineAnswer(None, (Fault(f"{line.file} {line.place('score')}", "", UNSIGNED),))
        levels = (score.level1, score.level2, score.level3)
        asked = Asked(
            "",
            row.key,
            row.facts,
            row.rule,
            row.auto,
            row.weight,
            score.claimed,
            subject.title,
            levels,
        )
        return answer(line, asked, self.authority)


def review_columns(sheet: Sheet) -> dict[str, int]:
    """Return the columns of a sheet that are headed as a reviewer's: score, and perhaps reason."""
    found: dict[str, int] = {}
    for (_, column), cell in sorted(sheet.cells.items()):
        if isinstance(cell.value, str):
            text = compact(cell.value)
            for name in _COLUMNS:
                if text in _labels(name):
                    found.setdefault(name, column)
    return found if "score" in found else {}


def _labels(name: str) -> Collection[str]:
    labels: Mapping[str, Collection[str]] = vocabulary()["copies"]
    return RECHECK_LABELS if name == "score" else labels[name]


def _line(
    file: str, sheet: Sheet, columns: Mapping[str, int], score: Score, signature: Signature
) -> RegisterLine:
    """Return a row of a copy as a line of a round."""
    row = score.place.row
    cells = {name: sheet.cells.get((row, column), Cell(None)) for name, column in columns.items()}
    meanings: dict[str, Meaning] = {
        "score": understand(cells["score"], WantedValue(Type.SCORE)),
        "reason": understand(cells.get("reason", Cell(score.explanation)), WantedValue(Type.TEXT)),
        "by": understand(Cell(signature.by), WantedValue(Type.TEXT)),
        "on": understand(
            Cell(signature.on.isoformat() if signature.on else None), WantedValue(Type.DATE)
        ),
        "verdict": BLANK,
    }
    at = {name: columns.get(name, columns["score"]) for name in meanings}
    return RegisterLine(f"复核/{file}", sheet.name, row, at, meanings)


def _signature(file: str, book: Book) -> Signature:
    """Return who signed: by cells that are labelled so, else by the file's name."""
    texts = dict(_labelled(book.sheets))
    by, on = texts.get("by", ""), parse_date(texts.get("on", ""))
    named = _NAMED.fullmatch(PurePosixPath(file).stem)
    if named:
        by, on = by or named["by"].strip(), on or parse_date(named["on"])
    return Signature(by, on)


def _labelled(sheets: Iterable[Sheet]) -> Iterator[tuple[str, str]]:
    """Yield name and date where a cell is labelled so: beside it, or behind its colon."""
    for sheet in sheets:
        for (row, column), cell in sorted(sheet.cells.items(), reverse=True):
            if not isinstance(cell.value, str):
                continue
            label, _, said = compact(cell.value).replace("：", ":").partition(":")
            for name in _LABELLED:
                if label in _labels(name):
                    value = said or _beside(sheet, row, column)
                    if value:
                        yield name, value


def _beside(sheet: Sheet, row: int, column: int) -> str:
    """Return what stands in the next filled cell to the right, as a person reads it."""
    later = [at for at_row, at in sheet.cells if at_row == row and at > column]
    if not later:
        return ""
    cell = sheet.cells[row, min(later)]
    when = understand(cell, WantedValue(Type.DATE)).value
    return when.isoformat() if isinstance(when, date) else str(cell.value or "").strip()
