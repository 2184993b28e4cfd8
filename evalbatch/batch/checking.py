"""`evalbatch check`: read and check workbooks without publishing anything, what a department runs before handing in."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from evalbatch.batch.context import Context
from evalbatch.checks import assess, refuse
from evalbatch.model.evaluation import Evaluation, Refusal, Status
from evalbatch.model.finding import Finding
from evalbatch.workbook.grid import Refused
from evalbatch.workbook.reader import read


def examine(path: Path, context: Context) -> tuple[Evaluation | Refusal, ...]:
    """Return what becomes of one workbook: an evaluation for each form in it, or its refusal.

    Raises:
        OSError: the file cannot be opened.
    """
    data = path.read_bytes()
    try:
        submissions = read(data, path.name, context.forms)
    except Refused as refused:
        return (refuse(refused.observation, path.name, ""),)
    return tuple(
        assess(submission, context.forms[submission.form], context.policies[submission.form], context.as_of, context.waivers)
        for submission in submissions
    )


def as_json(examined: Sequence[Evaluation | Refusal]) -> str:
    """Return results as JSON, with the keys of the CSV files."""
    return json.dumps([_plain(each) for each in examined], ensure_ascii=False, indent=1)


def lines(result: Evaluation | Refusal) -> Iterator[str]:
    """Yield a result as lines for people: what it came to, then every finding with its cell and what to do."""
    yield f"{_name(result)}：{_verdict(result)}"
    for finding in result.findings:
        places = "、".join(str(place) for place in finding.places[:4]) + ("等" if len(finding.places) > 4 else "")  # noqa: PLR2004
        yield f"  [{finding.severity.label}] {finding.code} {finding.title}　{places}"
        yield f"      {finding.message}"
        if finding.waiver:
            yield f"      已豁免：{finding.waiver.approver} {finding.waiver.approved_on.isoformat()} {finding.waiver.reason}"
        else:
            yield f"      怎样改：{finding.remedy}"


def _name(result: Evaluation | Refusal) -> str:
    return result.file if isinstance(result, Refusal) else result.submission.file


def _verdict(result: Evaluation | Refusal) -> str:
    counted = "，".join(f"{name} {count} 个" for name, count in _counts(result.findings).items())
    if isinstance(result, Refusal):
        return f"无法读取（{counted}）"
    scores = result.scores
    total = scores.final_total if result.status is Status.GRADED else scores.computed_total
    if result.status is not Status.GRADED:
        return f"将被退回（{counted}），核算总分 {total if total is not None else '—'}（未核定）"
    return f"可以报送，得分 {total if total is not None else '—'}，等次 {scores.grade or '—'}（{counted or '没有问题'}）"


def _counts(findings: Sequence[Finding]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for finding in findings:
        if finding.waiver is None:
            counts[finding.severity.label] = counts.get(finding.severity.label, 0) + 1
    return counts


def _plain(result: Evaluation | Refusal) -> dict[str, Any]:
    scores = None if isinstance(result, Refusal) else result.scores
    graded = result.status is Status.GRADED
    return {
        "file": _name(result),
        "form": "" if isinstance(result, Refusal) else result.submission.form,
        "status": result.status.value,
        "claimed_total": _number(scores.claimed_total if scores else None),
        "computed_total": _number(scores.computed_total if scores else None),
        "final_total": _number(scores.final_total if scores and graded else None),
        "grade": scores.grade if scores and graded else "",
        "findings": [_finding(finding) for finding in result.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "sheet": finding.place.sheet,
        "cell": finding.place.cell,
        "places": [str(place) for place in finding.places],
        "code": finding.code,
        "severity": finding.severity.value,
        "title": finding.title,
        "message": finding.message,
        "expected": finding.expected,
        "found": finding.found,
        "basis": finding.basis,
        "remedy": finding.remedy,
        "waived": finding.waiver is not None,
    }


def _number(number: object) -> str | None:
    return None if number is None else str(number)
