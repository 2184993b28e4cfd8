"""The CSV files in data/: what BI tools and scripts read. UTF-8 with BOM, comma, CRLF, one row per thing.

Scores have at most two decimals and no percent sign, money is in 万元 with the digits that were handed in, rates are
fractions with four decimals, dates are ISO, empty means none. Text that a spreadsheet program would run as a formula (it
begins with = @ + - and is no plain number) has an apostrophe in front, the mark by which such programs know text; all other
text is literal.

A project has a final total and a grade only when it is graded. Superseded workbooks stand in projects.csv and findings.csv
only, so that no indicator, node or sum counts twice.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from pathlib import Path

from evalbatch.model import figures
from evalbatch.model.evaluation import Node, Score, Status
from evalbatch.model.finding import Finding, Severity
from evalbatch.model.record import Change, Cycle, Delivery, Received, Record, Review
from evalbatch.publish.files import staged
from evalbatch.publish.node_order import NodeKey, node_key
from evalbatch.results.schema import schema

HEADERS = {f"{name}.csv": table.names for name, table in schema().items()}

_RATE_DECIMALS = 4
_FORMULA = re.compile(r"\s*[=@＝＠]|\s*[+\-＋－](?!\d+(\.\d+)?%?$)(?!$)")
_SUSPECT = frozenset("=@+-＝＠＋－")  # a quick look, the pattern decides
_JOIN = "；"


def write(folder: Path, cycle: Cycle) -> None:
    """Write the CSV files of a cycle, in one pass over its records; nodes wait for all others to be put in their order.

    Raises:
        OutputError: in Chinese, when the file system refuses; the files that stood there are untouched.
    """
    with ExitStack() as stack:
        tables = {}
        for name, header in HEADERS.items():
            part = stack.enter_context(staged(folder / name))
            tables[name] = csv.writer(stack.enter_context(part.open("w", encoding="utf-8-sig", newline="")))
            tables[name].writerow(header)
        plan: list[tuple[NodeKey, Sequence[str]]] = []
        for record in cycle.records:
            tables["projects.csv"].writerow(project(record))
            tables["indicators.csv"].writerows(indicators(record))
            tables["findings.csv"].writerows(findings(record.findings, record))
            plan += nodes(record)
        tables["findings.csv"].writerows(findings(cycle.findings))
        tables["nodes.csv"].writerows(row for _, row in sorted(plan, key=itemgetter(0)))
        tables["deliveries.csv"].writerows(deliveries(cycle.deliveries))
        tables["received.csv"].writerows(map(_received, cycle.received))
        tables["changes.csv"].writerows(map(_change, cycle.changes))
        tables["reviews.csv"].writerows(map(_review, cycle.reviews))


def project(record: Record) -> Sequence[str]:
    """Return the row of a workbook in projects.csv."""
    scores, graded = record.scores, record.status is Status.GRADED
    rate = scores.funding.rate if scores else None
    return (
        *literals(record.file, record.form, record.year, record.department, record.unit, record.project),
        record.status.value,
        points(scores.claimed_total if scores else None),
        points(scores.computed_total if scores else None),
        points(scores.final_total if scores and graded else None),
        scores.grade if scores and graded else "",
        money(scores.funding.budget if scores else None),
        money(scores.funding.executed if scores else None),
        fraction(rate.value if rate else None),
        *(str(record.count(severity)) for severity in Severity),
        *literals(record.report, record.annotated),
        scores.policy if scores else "",
        points(scores.stated_total if scores else None),
        literal(scores.stated_grade if scores else ""),
        rate.denominator_name if rate else "",
        str(sum(1 for finding in record.findings if finding.waiver)),
        money(rate.denominator if rate else None),
        day(record.received_on),
        count(record.days_late),
        literal(record.roster),
        count(record.to_review),
        points(record.reviewed_total),
        money(record.approved_budget),
        record.stage,
        count(record.revision),
    )


def indicators(record: Record) -> Iterator[Sequence[str]]:
    """Yield the rows of a workbook in indicators.csv; none for a superseded one."""
    if record.scores and record.status is not Status.SUPERSEDED:
        for score in record.scores.rows:
            yield _indicator(record, score)


def nodes(record: Record) -> Iterator[tuple[NodeKey, Sequence[str]]]:
    """Yield the rows of a workbook in nodes.csv, each with what it is sorted by; none for a superseded one."""
    if record.scores and record.status is not Status.SUPERSEDED:
        for node in record.scores.nodes:
            yield node_key(record, node), _node(record, node)


def findings(found: Iterable[Finding], record: Record | None = None) -> Iterator[Sequence[str]]:
    """Yield rows of findings.csv: those of a workbook, or of the cycle as a whole."""
    for finding in found:
        place, waiver = finding.place, finding.waiver
        yield (
            *literals(record.file if record else place.file, record.project if record else "", place.sheet),
            place.cell,
            finding.code,
            finding.severity.value,
            *literals(finding.message, finding.expected, finding.found, finding.basis, finding.title, finding.remedy),
            literal(_JOIN.join(places_of(finding))),
            literal(record.department if record else ""),
            record.status.value if record else "",
            literal(waiver.approver if waiver else ""),
            day(waiver.approved_on if waiver else None),
            literal(waiver.reason if waiver else ""),
        )


def places_of(finding: Finding) -> list[str]:
    """Name every place of a finding, with its file where they are in several."""
    several = len({place.file for place in finding.places}) > 1
    return [f"{place.file} {place}" if several and place.sheet else str(place) for place in finding.places]


def deliveries(sent: Iterable[Delivery]) -> Iterator[Sequence[str]]:
    """Yield the rows of deliveries.csv."""
    for delivery in sent:
        attachments = _JOIN.join(delivery.attachments)
        yield literals(
            *(delivery.recipient, delivery.department, delivery.subject, attachments),
            *(delivery.state, delivery.message_id, delivery.changed_at, delivery.detail),
        )


def _indicator(record: Record, score: Score) -> Sequence[str]:
    return (
        *literals(record.file, record.project, score.level1, score.level2, score.level3, score.target, score.actual),
        *map(points, (score.weight, score.claimed, score.computed, score.final)),
        *literals(score.rule, score.reason, str(score.place), record.department),
        record.status.value,
        fraction(score.completion),
        literal(score.explanation),
        score.outcome,
        score.review_state,
        points(score.reviewed_score),
        literal(score.reviewer),
        day(score.reviewed_on),
        literal(score.review_reason),
    )


def _node(record: Record, node: Node) -> Sequence[str]:
    return (
        *literals(record.file, node.office, node.level1, node.level2, node.number, node.level3, node.name),
        *(day(node.deadline), day(node.done_on), node.state.value),
        *literals(node.evidence, node.cause),
        *(day(node.approved_on), literal(node.approver), day(node.new_deadline), literal(node.claimed), points(node.score)),
        *(literal(str(node.place)), record.status.value),
    )


def _received(entry: Received) -> Sequence[str]:
    return (
        literal(entry.file),
        *(entry.kind, entry.outcome),
        *literals(entry.reason, entry.department),
        day(entry.received_on),
        literal(_JOIN.join(entry.projects)),
    )


def _change(change: Change) -> Sequence[str]:
    names = (change.department, change.project, change.what, change.before, change.after)
    return (day(change.as_of), *literals(*names), change.cause)


def _review(review: Review) -> Sequence[str]:
    return (
        *literals(review.project, review.level1, review.level2, review.level3),
        *literals(review.kind, review.verdict, review.ticket),
        points(review.score),
        *literals(review.reason, review.reviewer, review.confirmed_by),
        day(review.decided_on),
        str(review.in_force).lower(),
        literal(f"{review.place.file} {review.place}"),
    )


def literal(text: str) -> str:
    """Return a text so that no spreadsheet program runs it as a formula."""
    if text[:1].isalnum():  # nearly all of them
        return text
    suspect = text[:1] in _SUSPECT or text[:1].isspace()
    return f"'{text}" if suspect and _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Return the text that a literal of a CSV file stands for."""
    return text[1:] if text.startswith("'") and literal(text[1:]) == text else text


def literals(*texts: str) -> tuple[str, ...]:
    """Return several texts as literals."""
    return tuple(map(literal, texts))


@lru_cache(maxsize=4096)
def points(score: Decimal | None) -> str:
    """Write a score with at most two decimals."""
    return "" if score is None else figures.plain(score)


def money(amount: Decimal | None) -> str:
    """Write an amount in 万元 with its own decimals."""
    return "" if amount is None else figures.in_full(amount)


def count(number: int | None) -> str:
    """Write a number of things."""
    return "" if number is None else str(number)


def fraction(rate: Decimal | None) -> str:
    """Write a rate as a fraction with four decimals."""
    return "" if rate is None else figures.fixed(rate, _RATE_DECIMALS)


def day(when: date | None) -> str:
    """Write a date as ISO."""
    return when.isoformat() if when else ""
