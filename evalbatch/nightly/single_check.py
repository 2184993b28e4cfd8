"""`evalbatch check`: read and check workbooks without publishing anything, what a department runs
before handing in.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalbatch.checks.catalogue import refuse
from evalbatch.cycle.contradictions import other_year
from evalbatch.errors import Trouble
from evalbatch.model.evaluation import Evaluation, Refusal, Status
from evalbatch.model.finding import Finding, Severity, Waiver
from evalbatch.model.identity import period_years, submission_year, year_place
from evalbatch.model.place import Place
from evalbatch.model.submission import Submission
from evalbatch.nightly.inbox_entries import as_handed_in
from evalbatch.nightly.judging import judged
from evalbatch.nightly.setup import WorkerContext, standards
from evalbatch.reading.reader import read
from evalbatch.settings import Settings
from evalbatch.sheets.book import Refused

if TYPE_CHECKING:
    from evalbatch.publish.check_page import Checked


class SeveralFormsError(Trouble, ValueError):
    """A workbook holds several forms where one is wanted; the message names them in Chinese."""


def examine(path: Path, context: WorkerContext) -> tuple[Evaluation | Refusal, ...]:
    """Return what becomes of one workbook: an evaluation for each form in it, or its refusal.

    Raises:
        OSError: the file cannot be opened.
    """
    data = path.read_bytes()
    try:
        submissions = read(data, path.name, context.forms)
    except Refused as refused:
        return (refuse(as_handed_in(path.name, refused.observation), path.name, ""),)
    return tuple(_in_this_cycle(context, submission) for submission in submissions)


def _in_this_cycle(context: WorkerContext, submission: Submission) -> Evaluation:
    """Judge a submission as the night will, which returns a workbook of another year."""
    if context.year is None:
        return judged(context, submission)
    stated = (year_place(submission), submission_year(submission), period_years(submission))
    stamped = submission.stamp.cycle if submission.stamp else ""
    return judged(context, submission, other_year(*stated, stamped, context.year))


def examine_one(
    path: Path, settings: Path | None, as_of: date, sheet: str = ""
) -> Evaluation | Refusal:
    """Return what becomes of the one form in a workbook, by the standards that a settings file
    names.

    Raises:
        OSError: the file cannot be opened.
        SettingsFault: the settings are faulty.
        SeveralFormsError: the workbook holds several forms, and `sheet` names none of them.
    """
    given = Settings.read(settings) if settings else Settings()
    examined = examine(path, standards(given, as_of))
    only, *others = examined
    if isinstance(only, Refusal) or not (others or sheet):
        return only
    by_sheet = {_begins_on(each, path.name): each for each in examined}
    if sheet not in by_sheet:
        raise SeveralFormsError(
            f"{path.name} 中的表在工作表 {'、'.join(by_sheet)}；请指明其中一个。"
        )
    return by_sheet[sheet]


def _begins_on(result: Evaluation | Refusal, workbook: str) -> str:
    """Return the sheet that a form begins on: its name has it behind that of the workbook, but for
    the first.
    """
    if isinstance(result, Refusal):
        return ""
    submission = result.submission
    used = {entry.place.sheet for entry in submission.fields.values()}
    first = next((sheet for sheet in submission.sheets if sheet in used), "")
    return submission.file.removeprefix(workbook)[1:] or first


def as_json(examined: Sequence[Evaluation | Refusal]) -> str:
    """Return results as a JSON list, one object for each form in each file; Chinese text stays as
    it is.

    The keys are an interface, those of the CSV files where these have the same:

    - `file`, `form` (id), `year`, `department`, `unit`, `project`: texts, empty where unknown;
    - `status`: `graded`, `accepted`, `returned` or `unreadable`;
    - `claimed_total`, `computed_total`, `final_total`: decimal texts or null; `final_total` and
      `grade` only of a graded one;
    - `unscorable`: why there is no total, empty where there is one;
    - `errors`, `warnings`, `notes`: counts without what is waived;
    - `findings`: objects with `code`, `severity`, `title`, `message`, `found`, `expected`, `basis`,
      `remedy`, `sheet` and `cell` of the first place, `places` (objects with `file`, `sheet`,
      `cell`, `row`, `column`, 0 and empty where it is a whole sheet or file), and `waiver` (null,
      or an object with `approver`, `approved_on`, `reason`, `until`).
    """
    return json.dumps([_plain(each) for each in examined], ensure_ascii=False, indent=1)


def as_page(examined: Sequence[Evaluation | Refusal], as_of: date) -> bytes:
    """Return results as a page for a browser (UTF-8): every finding with its cells and what to do,
    every scored row with its score and why.
    """
    from evalbatch.publish import check_page  # noqa: PLC0415 - Jinja is for those who want a page

    return check_page.render([_checked(each) for each in examined], as_of)


def _checked(result: Evaluation | Refusal) -> "Checked":
    rows = () if isinstance(result, Refusal) else result.scores.rows
    verdict = _verdict(result)
    from evalbatch.publish.check_page import Checked  # noqa: PLC0415

    return Checked(_name(result), verdict, result.status.good, result.findings, rows)


def lines(result: Evaluation | Refusal) -> Iterator[str]:
    """Yield a result as lines for people: what it came to, then every finding with its cell and
    what to do.
    """
    yield f"{_name(result)}：{_verdict(result)}"
    for finding in result.findings:
        places = "、".join(str(place) for place in finding.places[:4]) + (
            "等" if len(finding.places) > 4 else ""  # noqa: PLR2004
        )
        yield f"  [{finding.severity.label}] {finding.code} {finding.title}　{places}"
        yield f"      {finding.message}"
        if finding.waiver:
            yield (
                f"      已豁免：{finding.waiver.approver} "
                f"{finding.waiver.approved_on.isoformat()} {finding.waiver.reason}"
            )
        else:
            yield f"      怎样改：{finding.remedy}"


def _name(result: Evaluation | Refusal) -> str:
    return result.file if isinstance(result, Refusal) else result.submission.file


def _verdict(result: Evaluation | Refusal) -> str:
    counted = "，".join(f"{name} {count} 个" for name, count in _counts(result.findings).items())
    if isinstance(result, Refusal):
        return f"无法读取（{counted}）"
    scores = result.scores
    totals = f"自评总分 {_shown(scores.claimed_total)}，核算总分 {_shown(scores.computed_total)}"
    if result.status is Status.ACCEPTED:
        return f"可以报送（{counted or '没有问题'}），本表不计分"
    if result.status is not Status.GRADED:
        return f"将被退回（{counted}），{totals}（未核定）"
    return (
        f"可以报送（{counted or '没有问题'}），{totals}，核定得分 {_shown(scores.final_total)}，"
        f"等次 {scores.grade or '—'}"
    )


def _shown(total: Decimal | None) -> str:
    return "—" if total is None else str(total)


def _counts(findings: Sequence[Finding]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for finding in findings:
        if finding.waiver is None:
            counts[finding.severity.label] = counts.get(finding.severity.label, 0) + 1
    return counts


def _plain(result: Evaluation | Refusal) -> dict[str, Any]:
    submission = None if isinstance(result, Refusal) else result.submission
    scores = None if isinstance(result, Refusal) else result.scores
    graded = result.status is Status.GRADED
    counts = _counts(result.findings)
    named = {
        name: submission.text(name) if submission else ""
        for name in ("department", "unit", "project")
    }
    return {
        "file": _name(result),
        "form": submission.form if submission else "",
        "year": submission_year(submission) if submission else "",
        **named,
        "status": result.status.value,
        "claimed_total": _number(scores.claimed_total if scores else None),
        "computed_total": _number(scores.computed_total if scores else None),
        "final_total": _number(scores.final_total if scores and graded else None),
        "grade": scores.grade if scores and graded else "",
        "unscorable": scores.unscorable if scores else "",
        **{f"{severity.value}s": counts.get(severity.label, 0) for severity in Severity},
        "findings": [_finding(finding) for finding in result.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "sheet": finding.place.sheet,
        "cell": finding.place.cell,
        "places": [_place(place) for place in finding.places],
        "code": finding.code,
        "severity": finding.severity.value,
        "title": finding.title,
        "message": finding.message,
        "expected": finding.expected,
        "found": finding.found,
        "basis": finding.basis,
        "remedy": finding.remedy,
        "waiver": _waiver(finding.waiver) if finding.waiver else None,
    }


def _place(place: Place) -> dict[str, Any]:
    return {
        "file": place.file,
        "sheet": place.sheet,
        "cell": place.cell,
        "row": place.row,
        "column": place.column,
    }


def _waiver(waiver: Waiver) -> dict[str, str | None]:
    return {
        "approver": waiver.approver,
        "approved_on": waiver.approved_on.isoformat(),
        "reason": waiver.reason,
        "until": waiver.until.isoformat() if waiver.until else None,
    }


def _number(number: Decimal | None) -> str | None:
    return None if number is None else str(number)
