"""The list sheets of the summary workbook: from records to rows."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from hashlib import sha256
from itertools import chain
from pathlib import PurePosixPath
from typing import Final

from evalbatch.model.decisions import ReviewState
from evalbatch.model.evaluation import Node, Score, Scores, Status
from evalbatch.model.figures import rounded
from evalbatch.model.finding import Finding, Severity, unwaived
from evalbatch.model.names import normal_name
from evalbatch.model.place import Place
from evalbatch.model.record import (
    Change,
    Cycle,
    Delivery,
    Deviation,
    Expected,
    FollowUp,
    Monitored,
    Received,
    Record,
    Review,
    ReviewReceipt,
    last_targets,
    last_years,
)
from evalbatch.publish import gaps
from evalbatch.publish.sentences import bare, plain, say
from evalbatch.publish.summary import department_sheet
from evalbatch.publish.summary.list_sheets import (
    MISSING,
    NONE,
    Formula,
    Link,
    ListSheet,
    RankedRows,
    Value,
    joined,
    packed,
    parted,
    unpacked,
)
from evalbatch.results.history import CAUSES
from evalbatch.results.submissions import RecordPage, WrittenPages
from evalbatch.results.tally import UNNAMED_DEPARTMENT, UNNAMED_OFFICE, Tally, form_name, short
from evalbatch.scoring.work_nodes import completion, node_key

UNDECIDED = "未核定"
UNSCORED = "不计分"
BY_RECORD: Final = ("projects", "funding", "indicators")
"""The lists that hold the rows of one record after those of another."""
RANKED: Final = ("nodes", "review", "findings")
"""The lists whose rows stand in an order of their own."""
AS_OF_CELL = "总览!$B$3"  # where the overview keeps the date of the cycle
BESIDE = frozenset({"read", "superseded", "unreadable", "waiting", "left_aside"})
MOST_CAUSES = 3
SHEET_FORMATS = {".xlsx", ".xlsm"}  # an annotated copy of these keeps the sender's sheets and cells


class Lists:
    """The list sheets of one workbook, filled record by record."""

    def __init__(self, sheets: Mapping[str, ListSheet], cycle: Cycle) -> None:
        self.sheets = sheets
        self._ranked = {name: RankedRows(sheets[name]) for name in RANKED}
        self._previous = cycle.previous or {}
        self._lines = {line.entry.place: line for line in cycle.expected}
        self._roster = Tally()
        self._roster.expect(cycle.expected)

    def add_page(self, page: RecordPage, kept: WrittenPages) -> None:
        """Write records into every list they belong to: as they were written the last time, where
        nothing of them changed and they stand in the same rows.
        """
        sheets = [self.sheets[name] for name in BY_RECORD]
        self._taken(sheets)  # what stands above the page
        owners = [self._roster.owner(name) for name in page.names]
        told = (page.key, owners, [sheet.standing for sheet in sheets])
        key = sha256(repr(told).encode()).hexdigest()
        data = kept.get(key) if page.key else None
        if data is not None:
            written, *ranked = parted(data)
            for sheet, rows in zip(sheets, unpacked(written), strict=True):
                sheet.put(rows)
            for each, taken in zip(self._ranked.values(), ranked, strict=True):
                each.put(taken)
            return
        for record in page.records():
            self._write(record)
        data = self._taken(sheets)
        if page.key:
            kept.put(key, data)

    def _taken(self, sheets: Iterable[ListSheet]) -> bytes:
        """Write out what was added since the last time, and return it."""
        written = packed([sheet.take() for sheet in sheets])
        return joined((written, *(each.take() for each in self._ranked.values())))

    def _write(self, record: Record) -> None:
        projects = self.sheets["projects"]
        projects.add(*self._project(record, projects.next_row))
        self.add_findings(record.findings, record)
        if record.status is Status.SUPERSEDED or record.scores is None:
            return
        self._rank(record, record.scores)
        if _has_money(record.scores):
            self._add_funding(record, record.scores)
        names, label = (self._whose(record), record.title), record.status.label
        add, before = self.sheets["indicators"].add, last_targets(self._before(record))
        for score in record.scores.rows:
            last = before.get(normal_name(score.level3)) if before else None
            add(
                *names,
                *_indicator(score),
                label,
                str(score.place),
                score.explanation,
                last,
                score.outcome_label,
                *_reviewed(score),
                record.file,
            )

    def _rank(self, record: Record, scores: Scores) -> None:
        """Add what stands in lists of another order than the records."""
        whose = self._whose(record)
        for score in scores.rows:
            if score.open or score.decided:
                rank = (not score.open, not score.full)
                self._ranked["review"].add(rank, _to_review(whose, record, score))
        for node in scores.nodes:
            self._ranked["nodes"].add(node_key(record, node), _node(whose, record, node))

    def _whose(self, record: Record) -> str:
        """Return the department of a workbook: that of the roster's line where it has one."""
        return self._roster.department(record)

    def add_findings(self, findings: Iterable[Finding], record: Record | None = None) -> None:
        """Take findings of a workbook or of the cycle; they are written at the end, gravest
        first.
        """
        for finding in findings:
            values = _finding(finding, self._named(finding, record), record)
            self._ranked["findings"].add((finding.severity.rank,), values)

    def _named(self, finding: Finding, record: Record | None) -> tuple[str, str]:
        """Return department and project of a finding; of one in the roster those of its line."""
        if record is not None:
            return self._whose(record), record.title
        line = self._lines.get(finding.place)
        return (line.entry.department, line.entry.title) if line else (NONE, NONE)

    def add_expected(self, expected: Iterable[Expected], cycle: Cycle) -> None:
        """Write what came in for each roster line, in its order, then what else came in."""
        sheet, lines = self.sheets["expected"], tuple(expected)
        for number, line in enumerate(lines, 1):
            sheet.add(*_expected(line, sheet, cycle), number)
        if not lines:
            sheet.say("未设置名册，无从得知应报送哪些项目")
        listed = {file for line in lines for file in line.files}
        for entry in cycle.received:
            if entry.outcome in BESIDE and entry.file not in listed:
                sheet.add(*_beside(entry))

    def add_deliveries(self, deliveries: Iterable[Delivery]) -> None:
        """Write the outbox."""
        self._fill("deliveries", map(_delivery, deliveries), "没有待发或已发的邮件")

    def add_reviews(self, cycle: Cycle) -> None:
        """Write the receipts for what the office wrote, then its decisions."""
        rows = chain(map(_receipt, cycle.receipts), map(_review, cycle.reviews))
        self._fill("reviews", rows, "还没有复核意见")

    def add_deviations(self, deviations: Iterable[Deviation]) -> None:
        """Write by department how claims differ from what the office decided."""
        self._fill("deviations", map(_deviation, deviations), "还没有人工核定的指标")

    def add_follow_up(self, problems: Iterable[FollowUp]) -> None:
        """Write what is to be put right."""
        self._fill("follow_up", map(_follow_up, problems), "没有须整改的问题")

    def add_monitored(self, figures: Iterable[Monitored]) -> None:
        """Write what monitoring foresaw beside what came of it."""
        self._fill("monitored", map(_monitored, figures), "没有已接收的监控表")

    def add_changes(self, changes: Iterable[Change]) -> None:
        """Write what differs from earlier publications, the latest first."""
        latest = sorted(changes, key=lambda each: each.as_of, reverse=True)
        self._fill("changes", map(_change, latest), "与首次公布相比没有变动")

    def _fill(self, name: str, rows: Iterable[Iterable[Value]], otherwise: str) -> None:
        """Write the rows of a sheet, or say what it means that there are none."""
        sheet, nothing = self.sheets[name], True
        for row in rows:
            sheet.add(*row)
            nothing = False
        if nothing:
            sheet.say(otherwise)

    def add_ranked(self) -> None:
        """Write the lists of another order than the records: nodes in the order of their items,
        what needs a person with full marks first, findings gravest first.
        """
        for each in self._ranked.values():
            each.close()
        if self.sheets["review"].empty:
            self.sheets["review"].say("没有须人工核定的指标")

    def close(self, tally: Tally) -> None:
        """Finish all lists, the departments counted over all others."""
        tally.indicators = self.sheets["indicators"].count
        department_sheet.fill(self.sheets, tally)
        for sheet in self.sheets.values():
            sheet.close()

    def _project(self, record: Record, row: int) -> Iterator[Value]:
        scores, sheet = record.scores, self.sheets["projects"]
        graded = record.status is Status.GRADED
        yield _link(row - 3, record.report)
        yield from (self._whose(record), record.unit, record.title or NONE)
        yield from (form_name(record), record.status.label)
        open_ = UNSCORED if record.status is Status.ACCEPTED else UNDECIDED
        yield (scores.grade or NONE if graded else open_) if scores else NONE
        yield from _totals(scores, sheet, row, "" if graded else open_)
        yield from self._money_of(record)
        yield from (unwaived(record.findings, severity) for severity in Severity)
        yield from _last_year(self._before(record), record, sheet, row)
        yield _why_lost(record)
        yield from (record.received_on, record.days_late or None)
        yield from (record.to_review or None, gaps.count(record.findings) or None, record.year)
        yield sum(1 for finding in record.findings if finding.waiver) or None
        yield scores.policy_name if scores else None
        yield _link(record.file, record.annotated)
        yield from (record.report or None, record.annotated or None, record.working_paper or None)
        yield from (record.ticket or None, record.drawn or None)

    def _before(self, record: Record) -> Record | None:
        return last_years(self._previous, record.form, record.title, record.department)

    def _money_of(self, record: Record) -> tuple[Value, Value, Value, Value]:
        """Return budget, executed, what is left and rate; the last two point at the funding list,
        where their denominator is named.
        """
        funding = record.scores.funding if record.scores else None
        if funding is None or (funding.budget is None and funding.executed is None):
            return None, None, None, None
        rate, sheet = funding.rate, self.sheets["funding"]
        value = record.execution_rate
        if rate is None or value is None or record.status is Status.SUPERSEDED:
            return funding.budget, funding.executed, funding.unspent, value
        at = f"{sheet.next_row}"
        left = Formula(
            f"={sheet.layout.name}!{sheet.letters('unspent')}{at}",
            float(rate.denominator - rate.numerator),
        )
        live = Formula(f"={sheet.layout.name}!{sheet.letters('rate')}{at}", float(value))
        return funding.budget, funding.executed, left, live

    def _add_funding(self, record: Record, scores: Scores) -> None:
        sheet, funding = self.sheets["funding"], scores.funding
        row, rate = sheet.next_row, scores.funding.rate
        executed, base = f"{sheet.letters('executed')}{row}", f"{sheet.letters('denominator')}{row}"
        value = funding.execution_rate
        sheet.add(
            self._whose(record),
            record.unit,
            record.title,
            form_name(record),
            record.status.label,
            funding.initial_budget,
            funding.budget,
            funding.arrived,
            funding.executed,
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
    scores: Scores | None, sheet: ListSheet, row: int, open_: str
) -> tuple[Value, Value, Value, Value]:
    """Return claimed, computed and final total and what was cut; `open_` stands in the place of a
    total that is not final.
    """
    if scores is None:
        return None, None, None, None
    claimed, final = scores.claimed_total, scores.final_total
    if open_ or final is None:
        return claimed, scores.computed_total, open_ or UNDECIDED, None
    cut = None
    if claimed is not None:
        cut = Formula(
            f"={sheet.letters('claimed')}{row}-{sheet.letters('final')}{row}",
            float(claimed - final),
        )
    return claimed, scores.computed_total, final, cut


def _has_money(scores: Scores) -> bool:
    return scores.funding.budget is not None or scores.funding.executed is not None


def _last_year(before: Record | None, now: Record, sheet: ListSheet, row: int) -> Iterator[Value]:
    """Yield last year's total, this year's difference to it, last year's grade and rate, and the
    difference of the rates in percentage points.
    """
    then, scores = before.scores if before else None, now.scores
    if then is None or scores is None:
        yield from (None,) * 5
        return
    final = scores.final_total if now.status is Status.GRADED else None
    yield then.final_total
    yield _difference(sheet, row, "final", "last_total", final, then.final_total)
    yield then.grade
    yield then.funding.execution_rate
    rates = (scores.funding.execution_rate, then.funding.execution_rate)
    yield _difference(sheet, row, "rate", "last_rate", *rates, points=True)


def _difference(
    sheet: ListSheet,
    row: int,
    now: str,
    before: str,
    value: Decimal | None,
    earlier: Decimal | None,
    *,
    points: bool = False,
) -> Value:
    """Return this year's figure less last year's as a live formula, None where either is missing;
    `points` are percentage points of rates.
    """
    if value is None or earlier is None:
        return None
    text = f"{sheet.letters(now)}{row}-{sheet.letters(before)}{row}"
    change = rounded((value - earlier) * (100 if points else 1))
    return Formula(f"=ROUND(({text})*100,2)" if points else f"=ROUND({text},2)", float(change))


def _why_lost(record: Record) -> str | None:
    """Say for what a graded project lost most points, with the causes given."""
    if record.status is not Status.GRADED or record.scores is None:
        return None
    told = [
        say("summary.lost", name=row.name, lost=plain(row.lost))
        + (say("summary.because", reason=bare(row.explanation)) if row.explanation.strip() else "")
        for row in record.scores.lost[:MOST_CAUSES]
    ]
    return "；".join(told) or None


def _indicator(score: Score) -> tuple[Value, ...]:
    return (
        score.level1,
        score.level2,
        score.level3,
        score.target,
        score.actual,
        score.completion,
        score.weight,
        score.claimed,
        score.computed,
        score.final,
        score.lost,
        score.rule,
        score.reason,
    )


def _reviewed(score: Score) -> tuple[Value, ...]:
    state = ReviewState(score.review_state)
    label = NONE if state is ReviewState.NONE else state.label
    signed = (score.reviewer or None, score.reviewed_on, score.review_reason or None)
    return (label, score.reviewed_score, *signed)


def _review(review: Review) -> tuple[Value, ...]:
    return (
        review.kind,
        review.project,
        review.level1,
        review.level2,
        review.level3,
        review.verdict,
        review.score,
        review.reason,
        review.reviewer,
        review.confirmed_by,
        review.decided_on,
        "是" if review.in_force else "否",
        review.ticket,
        review.place.file,
        str(review.place) if review.place.sheet else None,
        review.department or None,
    )


def _to_review(whose: str, record: Record, score: Score) -> tuple[Value, ...]:
    return (
        whose,
        record.title,
        score.level1,
        score.level2,
        score.level3,
        score.target,
        score.actual,
        score.weight,
        score.claimed,
        score.final if score.open else None,
        "是" if score.full else "否",
        score.why_open or score.why_person or None,
        score.explanation,
        record.status.label,
        _place(score.place, record),
        record.file,
        ReviewState(score.review_state).label,
        None if score.open else score.final,
    )


def _node(whose: str, record: Record, node: Node) -> tuple[Value, ...]:
    return (
        short(node.office) or UNNAMED_OFFICE,
        node.number,
        node.level3,
        node.level1,
        node.level2,
        node.name,
        node.deadline,
        node.deadline.strftime("%Y-%m") if node.deadline else NONE,
        node.done_on,
        node.state.value,
        "是" if completion((node,))[0].numerator else "否",
        node.claimed,
        node.evidence,
        node.cause,
        node.approver,
        node.approved_on,
        node.new_deadline,
        node.score,
        whose,
        record.file,
        str(node.place),
    )


def _finding(finding: Finding, whose: tuple[str, str], record: Record | None) -> tuple[Value, ...]:
    waiver = finding.waiver
    places = finding.all_places if len(finding.places) > 1 else None
    return (
        finding.severity.label,
        finding.code,
        finding.title,
        *whose,
        _place(finding.place, record),
        finding.message,
        finding.found,
        finding.expected,
        finding.remedy,
        finding.basis,
        places,
        f"{waiver.approver}　{waiver.approved_on.isoformat()}　{waiver.reason}" if waiver else None,
        *((record.status.label, record.file) if record else (NONE, finding.place.file)),
    )


def _expected(line: Expected, sheet: ListSheet, cycle: Cycle) -> tuple[Value, ...]:
    entry, days = line.entry, None
    if entry.deadline and line.missing:  # only what is awaited has days left
        left = (entry.deadline - cycle.as_of).days
        days = Formula(f"={sheet.letters('deadline')}{sheet.next_row}-{AS_OF_CELL}", left)
    return (
        short(entry.department) or UNNAMED_DEPARTMENT,
        entry.unit,
        entry.title,
        short(entry.form_title or entry.form),
        entry.budget,
        entry.deadline,
        days,
        line.status.label if line.status else MISSING,
        line.received_on,
        _in_time(line),
        line.files[0] if line.files else None,
        "；".join(line.files[1:]),
        "；".join(entry.contacts),
        str(entry.place),
        None,
    )


def _in_time(line: Expected) -> str | None:
    """Say whether what counts came in before its deadline, also where that cannot be told."""
    if line.entry.deadline is None or line.received_on is None:
        return None
    if line.days_late is None:
        return say("received.unsure")
    return say("received.late", days=line.days_late) if line.days_late else say("received.in_time")


def _beside(entry: Received) -> tuple[Value, ...]:
    """Return the line of what came in beside the roster, or could not be read."""
    return (
        entry.department or NONE,
        None,
        "、".join(entry.projects) or None,
        None,
        None,
        None,
        None,
        say(f"received.{entry.outcome}"),
        entry.received_on,
        None,
        entry.file,
        None,
        None,
        None,
        entry.reason or None,
        None,
    )


def _receipt(receipt: ReviewReceipt) -> Iterable[Value]:
    said = (receipt.said, None, None, None, None, None, receipt.file, receipt.place, None)
    return (receipt.what, *([None] * 6), *said)


def _deviation(each: Deviation) -> Iterable[Value]:
    counts = (each.department, each.rows, each.above, each.below)
    return (*counts, each.mean, each.largest, each.largest_row)


def _follow_up(each: FollowUp) -> Iterable[Value]:
    return (
        each.department,
        each.project or each.unit,
        each.grade or Status(each.status).label,
        say(f"follow_up.{each.kind}"),
        each.title,
        each.message,
        each.remedy,
        each.target,
        each.actual,
        each.lost,
        each.place,
        each.code,
        each.form,
        each.file,
    )


def _monitored(each: Monitored) -> Iterable[Value]:
    return (
        each.department,
        each.project,
        each.name or say("monitored.execution"),
        each.target,
        each.actual,
        each.progress,
        each.forecast,
        each.chance,
        each.final_target,
        each.final_actual,
        each.completion,
        say(f"monitored.{each.verdict}"),
        *((each.place.file, str(each.place)) if each.place else (None, None)),
        each.file or None,
        each.status.label if each.status else MISSING,
    )


def _change(change: Change) -> Iterable[Value]:
    names = (change.as_of, change.department, change.project, change.what)
    return (*names, change.before, change.after, CAUSES[change.cause])


def _delivery(delivery: Delivery) -> tuple[Value, ...]:
    return (
        delivery.department,
        delivery.recipient,
        delivery.subject,
        "；".join(delivery.attachments),
        delivery.state,
        delivery.changed_at,
        delivery.detail,
        delivery.message_id,
    )


def _link(shown: str | int, path: str) -> Value:
    return Link(shown, path) if path else shown


def _place(place: Place, record: Record | None) -> Link | str:
    """Return the place of a finding, opening the annotated copy at its cell where there is one."""
    if record is None or not record.annotated:
        return str(place)
    kept = PurePosixPath(record.annotated).suffix.lower() in SHEET_FORMATS and place.row
    sheet = place.sheet.replace("'", "''")
    return Link(str(place), record.annotated, f"'{sheet}'!{place.cell}" if kept else "")
