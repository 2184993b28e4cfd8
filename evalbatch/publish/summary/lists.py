"""The list sheets of the summary workbook: from records to rows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from pathlib import PurePosixPath

from evalbatch.model.decisions import ReviewState
from evalbatch.model.evaluation import Node, Score, Scores, Status
from evalbatch.model.finding import Finding, Severity
from evalbatch.model.names import normal_name
from evalbatch.model.place import Place
from evalbatch.model.record import (
    Change,
    Cycle,
    Delivery,
    Expected,
    Record,
    Review,
    last_targets,
    last_years,
)
from evalbatch.publish.summary.list_sheets import NONE, Formula, Link, ListSheet, Value
from evalbatch.results.history import CAUSES
from evalbatch.results.tally import UNNAMED_OFFICE, View, department_name, form_name, short
from evalbatch.scoring.work_nodes import NodeKey, completion, node_key

UNDECIDED = "未核定"
MISSING = "未报送"
AS_OF_CELL = "总览!$B$3"  # where the overview keeps the date of the cycle
SHEET_FORMATS = {".xlsx", ".xlsm"}  # an annotated copy of these keeps the sender's sheets and cells


@dataclass(slots=True)
class FundingTotals:
    """The sums of the funding list: all listed, and of those the graded."""

    budget: Decimal = Decimal(0)
    executed: Decimal = Decimal(0)
    initial: Decimal = Decimal(0)
    arrived: Decimal = Decimal(0)


class Lists:
    """The list sheets of one workbook, filled record by record."""

    def __init__(self, sheets: Mapping[str, ListSheet], cycle: Cycle) -> None:
        self.sheets = sheets
        self.view = View(cycle)
        self._previous = cycle.previous or {}
        self._money = FundingTotals()
        self._nodes: list[tuple[NodeKey, tuple[Value, ...]]] = []
        self._review: list[tuple[bool, tuple[Value, ...]]] = []

    def add(self, record: Record) -> None:
        """Write a record into every list it belongs to."""
        projects = self.sheets["projects"]
        self.view.add(record)
        projects.add(*self._project(record, projects.next_row))
        self.add_findings(record.findings, record)
        if record.status is Status.SUPERSEDED or record.scores is None:
            return
        if record.scores.funding.budget is not None or record.scores.funding.executed is not None:
            self._add_funding(record, record.scores)
        names, label = (department_name(record), record.project or record.unit), record.status.label
        add, before = self.sheets["indicators"].add, last_targets(self._before(record))
        for score in record.scores.rows:
            last = before.get(normal_name(score.level3)) if before else None
            add(
                *names,
                *_indicator(score),
                label,
                record.file,
                str(score.place),
                score.explanation,
                last,
                score.outcome_label,
                *_reviewed(score),
            )
        self._review += (
            (not score.full, _to_review(record, score)) for score in record.scores.to_review
        )
        self._nodes += (
            (node_key(record, node), _node(record, node)) for node in record.scores.nodes
        )

    def add_findings(self, findings: Iterable[Finding], record: Record | None = None) -> None:
        """Write findings, gravest first, of a workbook or of the cycle."""
        for finding in sorted(findings, key=lambda each: each.severity.rank):
            self.sheets["findings"].add(*_finding(finding, record))

    def add_expected(self, expected: Iterable[Expected], cycle: Cycle) -> None:
        """Write what came in for each roster line, what is missing first."""
        lines = sorted(expected, key=lambda each: each.status is not None)
        for line in lines:
            self.sheets["expected"].add(*_expected(line, self.sheets["expected"], cycle))
        if not lines:
            self.sheets["expected"].say("未设置名册，无从得知应报送哪些项目")

    def add_deliveries(self, deliveries: Iterable[Delivery]) -> None:
        """Write the outbox."""
        sheet, nothing = self.sheets["deliveries"], True
        for delivery in deliveries:
            sheet.add(*_delivery(delivery))
            nothing = False
        if nothing:
            sheet.say("没有待发或已发的邮件")

    def add_reviews(self, cycle: Cycle) -> None:
        """Write the receipts for what the office wrote, then its decisions."""
        sheet = self.sheets["reviews"]
        for line in cycle.receipts:
            said = (line.said, None, None, None, None, None, line.file, line.place)
            sheet.add(line.what, *([None] * 6), *said)
        for review in cycle.reviews:
            sheet.add(*_review(review))
        if not (cycle.receipts or cycle.reviews):
            sheet.say("还没有复核意见")

    def add_changes(self, changes: Iterable[Change]) -> None:
        """Write what differs from earlier publications, the latest first."""
        sheet, nothing = self.sheets["changes"], True
        for change in sorted(changes, key=lambda each: each.as_of, reverse=True):
            names = (change.as_of, change.department, change.project, change.what)
            sheet.add(*names, change.before, change.after, CAUSES[change.cause])
            nothing = False
        if nothing:
            sheet.say("与首次公布相比没有变动")

    def close(self) -> None:
        """Finish all lists: nodes in the order of their items, what needs a person with full marks
        first, the funding list with its sums.
        """
        for _, values in sorted(self._nodes, key=itemgetter(0)):
            self.sheets["nodes"].add(*values)
        for _, values in sorted(self._review, key=itemgetter(0)):
            self.sheets["review"].add(*values)
        if not self._review:
            self.sheets["review"].say("没有须人工核定的指标")
        funding = self.sheets["funding"]
        sums = {
            name: Formula(f"=SUM({funding.range(name)})", float(getattr(self._money, name)))
            for name in ("initial", "budget", "arrived", "executed")
        }
        for name, sheet in self.sheets.items():
            if name == "funding":
                sheet.close(sums, "所列合计（万元，含未核定）")
            else:
                sheet.close()

    def _project(self, record: Record, row: int) -> Iterator[Value]:
        scores, sheet = record.scores, self.sheets["projects"]
        graded = record.status is Status.GRADED
        yield row - 3
        yield from (department_name(record), record.unit)
        yield _link(record.project or record.unit or NONE, record.report)
        yield from (form_name(record), record.year, record.status.label)
        yield (scores.grade or NONE if graded else UNDECIDED) if scores else NONE
        yield from _totals(scores, sheet, row, graded=graded)
        yield from self._money_of(record)
        yield from (record.count(severity) for severity in Severity)
        yield sum(1 for finding in record.findings if finding.waiver) or None
        yield from _last_year(self._before(record))
        yield scores.policy_name if scores else None
        yield _link(record.file, record.annotated)

    def _before(self, record: Record) -> Record | None:
        return last_years(
            self._previous, record.form, record.project or record.unit, record.department
        )

    def _money_of(self, record: Record) -> tuple[Value, Value, Value]:
        """Return budget, executed and rate; the rate points at the funding list, where its
        denominator is named.
        """
        funding = record.scores.funding if record.scores else None
        if funding is None or (funding.budget is None and funding.executed is None):
            return None, None, None
        rate, sheet = _rate_of(record.scores), self.sheets["funding"]
        if rate is None or record.status is Status.SUPERSEDED:
            return funding.budget, funding.executed, rate
        live = Formula(f"={sheet.layout.name}!{sheet.letters('rate')}{sheet.next_row}", float(rate))
        return funding.budget, funding.executed, live

    def _add_funding(self, record: Record, scores: Scores) -> None:
        sheet, funding = self.sheets["funding"], scores.funding
        row, rate = sheet.next_row, scores.funding.rate
        self._money.initial += funding.initial_budget or 0
        self._money.budget += funding.budget or 0
        self._money.arrived += funding.arrived or 0
        self._money.executed += funding.executed or 0
        executed, base = f"{sheet.letters('executed')}{row}", f"{sheet.letters('denominator')}{row}"
        value = _rate_of(scores)
        sheet.add(
            *(
                department_name(record),
                record.unit,
                record.project or record.unit,
                form_name(record),
                record.status.label,
            ),
            *(funding.initial_budget, funding.budget, funding.arrived, funding.executed),
            *((rate.denominator_name, rate.denominator) if rate else (NONE, None)),
            Formula(
                f'=IF(N({base})=0,"{NONE}",{executed}/{base})',
                NONE if value is None else float(value),
            ),
            Formula(f"={base}-{executed}", float(rate.denominator - rate.numerator))
            if rate
            else None,
            record.file,
        )


def _totals(
    scores: Scores | None, sheet: ListSheet, row: int, *, graded: bool
) -> tuple[Value, Value, Value, Value]:
    """Return claimed, computed and final total and what was cut; a total that is not final is
    called 未核定.
    """
    if scores is None:
        return None, None, None, None
    claimed, final = scores.claimed_total, scores.final_total
    if not graded or final is None:
        return claimed, scores.computed_total, UNDECIDED, None
    cut = None
    if claimed is not None:
        cut = Formula(
            f"={sheet.letters('claimed')}{row}-{sheet.letters('final')}{row}",
            float(claimed - final),
        )
    return claimed, scores.computed_total, final, cut


def _rate_of(scores: Scores | None) -> Decimal | None:
    return scores.funding.rate.value if scores and scores.funding.rate else None


def _last_year(record: Record | None) -> tuple[Value, Value, Value]:
    scores = record.scores if record else None
    return (scores.final_total, scores.grade, _rate_of(scores)) if scores else (None, None, None)


def _indicator(score: Score) -> tuple[Value, ...]:
    return (
        *(score.level1, score.level2, score.level3, score.target, score.actual, score.completion),
        *(
            score.weight,
            score.claimed,
            score.computed,
            score.final,
            score.lost,
            score.rule,
            score.reason,
        ),
    )


def _reviewed(score: Score) -> tuple[Value, ...]:
    state = ReviewState(score.review_state)
    label = NONE if state is ReviewState.NONE else state.label
    signed = (score.reviewer or None, score.reviewed_on, score.review_reason or None)
    return (label, score.reviewed_score, *signed)


def _review(review: Review) -> tuple[Value, ...]:
    return (
        review.kind,
        *(review.project, review.level1, review.level2, review.level3),
        *(review.verdict, review.score, review.reason, review.reviewer, review.confirmed_by),
        *(review.decided_on, "是" if review.in_force else "否", review.ticket),
        *(review.place.file, str(review.place) if review.place.sheet else None),
    )


def _to_review(record: Record, score: Score) -> tuple[Value, ...]:
    return (
        *(department_name(record), record.project or record.unit),
        *(score.level1, score.level2, score.level3, score.target, score.actual),
        *(score.weight, score.claimed, score.final, "是" if score.full else "否"),
        *(score.why_person, score.explanation, record.status.label),
        _place(score.place, record),
        record.file,
        ReviewState(score.review_state).label,
    )


def _node(record: Record, node: Node) -> tuple[Value, ...]:
    return (
        *(
            short(node.office) or UNNAMED_OFFICE,
            node.number,
            node.level3,
            node.level1,
            node.level2,
            node.name,
            node.deadline,
        ),
        node.deadline.strftime("%Y-%m") if node.deadline else NONE,
        *(
            node.done_on,
            node.state.value,
            "是" if completion((node,))[0].numerator else "否",
            node.claimed,
        ),
        *(
            node.evidence,
            node.cause,
            node.approver,
            node.approved_on,
            node.new_deadline,
            node.score,
        ),
        *(department_name(record), record.file, str(node.place)),
    )


def _finding(finding: Finding, record: Record | None) -> tuple[Value, ...]:
    waiver = finding.waiver
    places = finding.all_places if len(finding.places) > 1 else None
    return (
        *(finding.severity.label, finding.code, finding.title),
        *((department_name(record), record.project or record.unit) if record else (NONE, NONE)),
        _place(finding.place, record),
        *(finding.message, finding.found, finding.expected, finding.remedy, finding.basis, places),
        f"{waiver.approver}　{waiver.approved_on.isoformat()}　{waiver.reason}" if waiver else None,
        *((record.status.label, record.file) if record else (NONE, finding.place.file)),
    )


def _expected(line: Expected, sheet: ListSheet, cycle: Cycle) -> tuple[Value, ...]:
    entry, days = line.entry, None
    if entry.deadline:
        left = (entry.deadline - cycle.as_of).days
        days = Formula(f"={sheet.letters('deadline')}{sheet.next_row}-{AS_OF_CELL}", left)
    return (
        *(
            entry.department,
            entry.unit,
            entry.project or entry.unit,
            entry.form_title or entry.form,
            entry.budget,
            entry.deadline,
            days,
        ),
        line.status.label if line.status else MISSING,
        *(
            line.files[0] if line.files else None,
            "；".join(line.files[1:]),
            "；".join(entry.contacts),
            str(entry.place),
        ),
    )


def _delivery(delivery: Delivery) -> tuple[Value, ...]:
    return (
        *(
            delivery.department,
            delivery.recipient,
            delivery.subject,
            "；".join(delivery.attachments),
        ),
        *(delivery.state, delivery.changed_at, delivery.detail, delivery.message_id),
    )


def _link(text: str, path: str) -> Link | str:
    return Link(text, path) if path else text


def _place(place: Place, record: Record | None) -> Link | str:
    """Return the place of a finding, opening the annotated copy at its cell where there is one."""
    if record is None or not record.annotated:
        return str(place)
    kept = PurePosixPath(record.annotated).suffix.lower() in SHEET_FORMATS and place.row
    sheet = place.sheet.replace("'", "''")
    return Link(str(place), record.annotated, f"'{sheet}'!{place.cell}" if kept else "")
