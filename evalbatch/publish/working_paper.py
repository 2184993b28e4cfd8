"""The office's working paper on a project (审核单): findings, reviews, open rows, last year, what
to ask; never mailed.

What the department signs is its report; what the office has to look at stands here, with cells,
rules and cautions.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from evalbatch.model.decisions import ReviewState
from evalbatch.model.evaluation import PERSON, Evaluation, Score
from evalbatch.model.figures import fixed, numeral, rounded
from evalbatch.model.finding import Finding, Severity
from evalbatch.model.names import normal_name
from evalbatch.model.record import Monitored, Record, last_targets
from evalbatch.publish import gaps
from evalbatch.publish.project_report.facts import Facts
from evalbatch.publish.sentences import (
    bare,
    day,
    ended,
    enumerated,
    percent,
    plain,
    points,
    say,
    short_day,
    words,
)
from evalbatch.publish.word.table_markup import listing
from evalbatch.publish.word.template import chosen
from evalbatch.standards.form import FormSpec
from evalbatch.standards.policy import Policy

Chapter = dict[str, Any]
_SECTIONS = (
    (Severity.ERROR, "errors"),
    (Severity.WARNING, "warnings"),
    (Severity.NOTE, "notes"),
)
_PLACES = 3  # named of a finding; the summary workbook has them all


def render(
    evaluation: Evaluation,
    form: FormSpec,
    policy: Policy,
    *,
    template: bytes | None = None,
    previous: Record | None = None,
    monitored: tuple[Monitored, ...] = (),
    corrected: str = "",
) -> bytes | None:
    """Return the working paper on a project, None where there is nothing to say; `monitored` is
    what its monitoring form foresaw, beside what it tells now, `corrected` what is told of the
    correction of a result that was final.

    Raises:
        evalbatch.publish.word.template.BrokenTemplate: the office's own template cannot be used.
    """
    facts = Facts(evaluation, form, policy, previous, monitored=monitored, corrected=corrected)
    if not worth_writing(facts):
        return None
    return chosen("working_paper", template).render(context(facts))


def worth_writing(facts: Facts) -> bool:
    """Whether the office has anything to look at: more than notes that only inform, a last year
    that was no other, and monitoring that came true.
    """
    grave = any(finding.severity is not Severity.NOTE for finding in facts.evaluation.findings)
    changed = any(was != now for _, was, now, _ in _last_year(facts))
    belied = any(each.belied for each in facts.monitored)
    decided = open_rows(facts) or reviewed_rows(facts) or _gaps(facts) or facts.corrected
    return grave or changed or belied or bool(decided)


def context(facts: Facts) -> dict[str, Any]:
    """Return what the placeholders of the working paper's template stand for."""
    return {
        "报告名称": say("working_paper.title"),
        "项目名称": facts.project or facts.evaluation.submission.title or facts.unit,
        "文档标题": say("working_paper.document", project=facts.project or facts.unit),
        "内部标记": say("working_paper.internal"),
        "页眉": "",
        "基本信息": list(_heading(facts)),
        "章节": _numbered(_chapters(facts)),
        "落款单位": "",
        "落款日期": "",
    }


def open_rows(facts: Facts) -> list[Score]:
    """Return the rows that no rule decides and nobody has decided yet (须人工核定)."""
    return [row for row in facts.rows if row.outcome == PERSON]


def _heading(facts: Facts) -> Iterator[str]:
    record, scores = facts.evaluation, facts.evaluation.scores
    department = facts.text("department") or facts.text("organisation")
    yield say("working_paper.department", department=department, year=facts.year)
    yield say("working_paper.unit", unit=facts.text("unit") or facts.text("office") or department)
    yield say(
        "working_paper.file",
        file=record.submission.file,
        status=record.status.label,
    )
    if scores.unscorable:
        yield say("conclusion.unscorable", reason=bare(scores.unscorable))
    else:
        totals = {
            "claimed": points(scores.claimed_total),
            "computed": points(scores.computed_total),
        }
        final = say("words.unsettled") if facts.draft else points(scores.final_total)
        grade = final if facts.draft else scores.grade or say("words.dash")
        yield say("working_paper.totals", **totals, final=final)
        yield say("working_paper.grade_of_it", grade=grade)
    if facts.corrected:
        yield say("working_paper.corrected", corrected=facts.corrected)
    yield say("working_paper.policy", policy=facts.policy.name, caution=ended(facts.policy.caution))


def _numbered(chapters: Iterable[Chapter]) -> list[Chapter]:
    return [
        chapter | {"标题": f"{numeral(number)}、{chapter['标题']}"}
        for number, chapter in enumerate((one for one in chapters if one["内容"] or one["表"]), 1)
    ]


def _chapters(facts: Facts) -> Iterator[Chapter]:
    for severity, key in _SECTIONS:
        found = [finding for finding in facts.evaluation.findings if finding.severity is severity]
        yield _listed(key, [_finding(finding) for finding in found if finding.waiver is None])
    yield _listed("open", [_open(row) for row in open_rows(facts)])
    yield _listed("reviews", [_reviewed(row) for row in reviewed_rows(facts)])
    yield _listed("waived", list(_waived(facts.evaluation.findings)))
    yield _listed("last_year", list(_last_year(facts)))
    yield _listed("monitored", list(map(_monitored, facts.monitored)))
    yield _listed(
        "follow_up",
        [
            (ended(each.message), ended(each.remedy), ended(answer))
            for each, answer in facts.followed_up
        ],
    )
    questions = enumerated(list(_questions(facts)), "{number}.{text}")
    yield {"标题": say("working_paper.questions"), "内容": questions, "表": ""}


def _listed(key: str, rows: Sequence[tuple[str, ...]]) -> Chapter:
    """Return a chapter that is a table, empty where there are no rows."""
    title = say(f"working_paper.{key}")
    if not rows:
        return {"标题": title, "内容": [], "表": ""}
    columns = words(f"working_paper.{key}_columns")
    table = listing(columns, [(str(number), *row) for number, row in enumerate(rows, 1)])
    return {"标题": title, "内容": [], "表": Markup(table)}  # noqa: S704 - escaped


def _finding(finding: Finding) -> tuple[str, ...]:
    return (
        f"{finding.code} {finding.title}",
        _where(finding),
        ended(finding.message),
        ended(finding.remedy),
    )


def _where(finding: Finding) -> str:
    places = [str(place) for place in finding.places if place.sheet]  # else the report, or the file
    if not places:
        return say(
            "working_paper.in_report" if finding.code == gaps.CODE else "working_paper.in_file"
        )
    more = say("working_paper.more_places", count=len(places)) if len(places) > _PLACES else ""
    return "、".join(places[:_PLACES]) + more


def _open(row: Score) -> tuple[str, ...]:
    why = row.why_open or row.reason
    return (
        row.name,
        row.target,
        row.actual,
        plain(row.weight),
        points(row.claimed),
        ended(why),
    )


def reviewed_rows(facts: Facts) -> list[Score]:
    """Return the rows that the office decided about, or that are drawn or disputed."""
    return [row for row in facts.rows if ReviewState(row.review_state) is not ReviewState.NONE]


def _reviewed(row: Score) -> tuple[str, ...]:
    signed = " ".join(filter(None, (row.reviewer, row.confirmed_by, short_day(row.reviewed_on))))
    every = (row.claimed, row.computed, row.reviewed_score, row.final)
    scores = tuple(map(points, every))
    state = ReviewState(row.review_state).label
    return (row.name, state, *scores, ended(row.review_reason), signed)


def _waived(findings: Iterable[Finding]) -> Iterator[tuple[str, ...]]:
    for finding in findings:
        if (waiver := finding.waiver) is not None:
            until = say("working_paper.until", date=day(waiver.until)) if waiver.until else ""
            approved = say(
                "working_paper.approved", approver=waiver.approver, date=day(waiver.approved_on)
            )
            yield (
                f"{finding.code} {finding.title}",
                ended(finding.message),
                approved + until,
                ended(waiver.reason),
            )


def _last_year(facts: Facts) -> Iterator[tuple[str, ...]]:
    """Yield what changed against last year: result, execution, and every target that is another
    one.
    """
    before = facts.previous.scores if facts.previous else None
    if before is None:
        return
    now = facts.evaluation.scores
    yield _compared(
        "score",
        points(before.final_total),
        points(now.final_total),
        _change(before.final_total, now.final_total),
    )
    yield _compared("grade", before.grade, now.grade, "")
    rates = [scores.funding.execution_rate for scores in (before, now)]
    if any(rate is not None for rate in rates):
        yield _compared(
            "rate",
            percent(rates[0]),
            percent(rates[1]),
            _change(*(rate and rate * 100 for rate in rates)),
        )
    targets = last_targets(facts.previous)
    for row in facts.rows:
        was = targets.get(normal_name(row.level3), "") if row.level2 else ""
        if was and bare(was) != bare(row.target):
            yield (say("working_paper.target", name=row.name), bare(was), bare(row.target), "")


def _monitored(each: Monitored) -> tuple[str, ...]:
    """Return a figure of monitoring beside that of the end of the year, a share behind each."""
    return (
        each.name or say("monitored.execution"),
        _with_share(each.actual, each.progress),
        "，".join(filter(None, (bare(each.forecast), each.chance))),
        _with_share(each.final_actual, each.completion),
        say(f"monitored.{each.verdict}"),
    )


def _with_share(figure: str, share: Decimal | None) -> str:
    return bare(figure) + (f"（{percent(share)}）" if share is not None else "")


def _compared(key: str, before: str, now: str, change: str) -> tuple[str, ...]:
    dash = say("words.dash")
    return (say(f"working_paper.{key}"), before or dash, now or dash, change)


def _change(before: Decimal | None, now: Decimal | None) -> str:
    if before is None or now is None:
        return ""
    change = rounded(now - before)
    return f"{change:+.2f}" if change else fixed(change)


def _questions(facts: Facts) -> Iterator[str]:
    """Yield what to ask the unit, each question once: what the warnings want, what open rows and
    gaps lack.
    """
    asked = (
        finding
        for finding in facts.evaluation.findings
        if finding.severity is Severity.WARNING and not finding.waiver
    )
    yield from dict.fromkeys(
        say("working_paper.ask", title=one.title, remedy=ended(one.remedy)) for one in asked
    )
    for row in open_rows(facts):
        yield say("working_paper.ask_evidence", name=row.name)
    yield from (ended(gap.remedy) for gap in _gaps(facts))


def _gaps(facts: Facts) -> list[Finding]:
    return [
        finding
        for finding in facts.evaluation.findings
        if finding.code == gaps.CODE and finding.waiver is None
    ]
