"""What a project's report is written from: one evaluation, looked at the ways the chapters need."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from evalbatch.checks.last_year import followed_up
from evalbatch.model.evaluation import Evaluation, Score, Status
from evalbatch.model.figures import ZERO, share
from evalbatch.model.finding import Finding
from evalbatch.model.identity import submission_year
from evalbatch.model.record import Monitored, Record
from evalbatch.model.submission import Row, RowKind
from evalbatch.model.value import Quantity
from evalbatch.publish.sentences import amount, bare, day, listed, or_missing, percent, say, words
from evalbatch.standards.form import FormSpec
from evalbatch.standards.policy import Policy


def total(values: Iterable[Decimal | None]) -> Decimal:
    """Add what is known."""
    return sum((value for value in values if value is not None), Decimal(0))


@dataclass(frozen=True, slots=True)
class FundingRow:
    """One row of the funding table, in 万元."""

    name: str
    part: bool
    initial: Decimal | None
    budget: Decimal | None
    arrived: Decimal | None
    executed: Decimal | None
    rate: Decimal | None


class Replacement(NamedTuple):
    """The hand-in that counts in the place of another: its file, and the day it came in, None where
    that is not known.
    """

    file: str
    on: date | None


@dataclass(frozen=True)
class Facts:
    """An evaluation with its form and profile; `previous` is last year's outcome, `replaced_by` the
    hand-in that counts instead, `monitored` what monitoring foresaw beside what it tells,
    `corrected` what is told of the correction of a result that was final.
    """

    evaluation: Evaluation
    form: FormSpec
    policy: Policy
    previous: Record | None = None
    replaced_by: Replacement | None = None
    monitored: tuple[Monitored, ...] = ()
    corrected: str = ""

    @cached_property
    def draft(self) -> bool:
        """Whether the workbook was not graded, so that the report is only a draft."""
        return self.evaluation.status is not Status.GRADED

    @cached_property
    def mode(self) -> str:
        """The section of `narrative.toml` for this kind of report: `self` or `evaluation`."""
        return "self" if "自评" in self.form.title else "evaluation"

    @cached_property
    def subject(self) -> str:
        """What is evaluated, in one word: 项目 or 部门, whichever the form's title has."""
        subjects = words("words.subjects")
        return next((word for word in subjects if word in self.form.title), subjects[0])

    def label(self, field: str, default: str) -> str:
        """Return what the form calls a field."""
        spec = self.form.fields.get(field)
        return spec.label if spec else default

    def text(self, name: str) -> str:
        """Return a field's text, without surrounding blanks."""
        return self.evaluation.submission.text(name).strip()

    def wanted(self, name: str, what: str) -> str:
        """Return a field's text; when it is blank, the mark for the author; when the form never
        asks for it, nothing.
        """
        return or_missing(self.text(name), what) if name in self.form.fields else self.text(name)

    def date(self, name: str) -> str:
        """Return a date field as official documents write it, else the text that stands there."""
        entry = self.evaluation.submission.get(name)
        return (day(entry.when) or entry.text.strip()) if entry else ""

    @cached_property
    def year(self) -> str:
        """The evaluated year."""
        return or_missing(submission_year(self.evaluation.submission), "年度")

    @cached_property
    def project(self) -> str:
        """What was evaluated: the project's name."""
        return self.text("project")

    @cached_property
    def unit(self) -> str:
        """The unit that carries the project out, else its department."""
        return self.text("unit") or or_missing(self.text("department"), "实施单位")

    @cached_property
    def end(self) -> str:
        """The last day of the evaluated period."""
        return self.date("period_end") or say("funding.end_of_year", year=self.year)

    @cached_property
    def period(self) -> str:
        """The evaluated period; the whole year when the form has no dates."""
        start = self.date("period_start")
        return f"{start}至{self.end}" if start else f"{self.year}年1月1日至{self.end}"

    @cached_property
    def sources(self) -> tuple[FundingRow, ...]:
        """The funding table; sources without any figure are left out, the total stays."""
        rows = self.evaluation.submission.rows("funding")
        every = (self._source(row) for row in rows)
        return tuple(source for source in every if not source.part or _has_figures(source))

    def _source(self, row: Row) -> FundingRow:
        figures = [row.number(name) for name in ("initial_budget", "budget", "arrived", "executed")]
        initial, budget, arrived, executed = figures
        base = arrived if self.policy.execution.denominator == "arrived" else budget
        part = row.kind is not RowKind.TOTAL
        return FundingRow(
            self._source_name(row), part, initial, budget, arrived, executed, share(executed, base)
        )

    def _source_name(self, row: Row) -> str:
        table = self.form.tables.get("funding")
        printed = (
            next((fixed.label for fixed in table.rows if fixed.id == row.key), "") if table else ""
        )
        name = (printed or row.text("source")).replace("其中：", "").replace("其中:", "")
        return name.partition("（")[0].strip()

    @cached_property
    def scores(self) -> tuple[tuple[str, tuple[tuple[str, tuple[Score, ...]], ...]], ...]:
        """The scored rows by level 1 and, within it, by level 2, in the order of the form; rows
        without weight are left out.
        """
        rows = (row for row in self.evaluation.scores.rows if row.weight)
        return tuple(
            (
                level1,
                tuple(
                    (level2, tuple(group))
                    for level2, group in groupby(within, lambda row: row.level2 or row.level1)
                ),
            )
            for level1, within in groupby(rows, lambda row: row.level1)
        )

    @cached_property
    def rows(self) -> tuple[Score, ...]:
        """The scored rows that carry weight."""
        return tuple(row for row in self.evaluation.scores.rows if row.weight)

    @cached_property
    def lost(self) -> tuple[Score, ...]:
        """The rows that lost points, most first."""
        return self.evaluation.scores.lost

    @cached_property
    def entries(self) -> dict[tuple[str, int], Row]:
        """The rows of the indicator table by sheet and row, for what a score does not carry
        (evidence).
        """
        rows = self.evaluation.submission.rows("indicators")
        return {row.place.line: row for row in rows}

    def quantity(self, score: Score, column: str) -> Quantity | None:
        """Return the target or actual of a scored row as a typed value."""
        row = self.entries.get(score.place.line)
        entry = row.get(column) if row else None
        return entry.quantity if entry else None

    def evidence(self, score: Score) -> str:
        """Return the evidence given for a scored row."""
        row = self.entries.get(score.place.line)
        return row.text("evidence").strip() if row else ""

    @cached_property
    def details(self) -> tuple[Row, ...]:
        """The expenditure details without totals and empty rows."""
        rows = self.evaluation.submission.rows("details", RowKind.ITEM)
        return tuple(row for row in rows if row.text("item").strip())

    @cached_property
    def followed_up(self) -> tuple[tuple[Finding, str], ...]:
        """Last year's problems that were to be put right, each with what the department says of
        it.
        """
        return followed_up(self.evaluation.submission, self.previous)

    def column(self, table: str, name: str, default: str) -> str:
        """Return the label that the form prints for a column, without its unit."""
        spec = self.form.tables.get(table)
        labels = (
            (column.label for column in spec.columns if column.id == name) if spec else iter(())
        )
        return _without_unit(next(labels, default))

    def targets(self, group: str) -> Iterator[Row]:
        """Yield the rows of the target table of a group (产出 or 效益)."""
        for row in self.evaluation.submission.rows("targets", RowKind.ITEM):
            if row.text("item").strip() and row.text("group").strip().startswith(group):
                yield row


def _has_figures(source: FundingRow) -> bool:
    return any((source.initial, source.budget, source.arrived, source.executed))


def _without_unit(label: str) -> str:
    for unit in ("（万元）", "(万元)", "（A）", "（B）", "(A)", "(B)"):
        label = label.replace(unit, "")
    return label.replace("\n", "").strip()


def funding(facts: Facts) -> str:
    """Say what was budgeted, what arrived, what was spent, and what is unusual about it."""
    whole = next((source for source in facts.sources if not source.part), None)
    if whole is None or whole.budget is None:
        return say("funding.unknown")
    sentences = [
        _budget(facts, whole) + _sources(facts) + _arrived(facts, whole),
        _executed(facts),
        *_uneven(facts),
        *_reasons(facts),
    ]
    own = facts.text("text_funding")
    return "\n".join(text for text in ("".join(sentences), own, _details(facts)) if text)


def _budget(facts: Facts, whole: FundingRow) -> str:
    names = {
        "year": facts.year,
        "subject": facts.subject,
        "initial_name": facts.column("funding", "initial_budget", "年初预算"),
        "budget_name": facts.column("funding", "budget", "全年预算"),
        "budget": amount(whole.budget),
        "initial": amount(whole.initial),
    }
    if whole.initial is None or whole.budget is None:
        return say("funding.only", **names)
    change = whole.budget - whole.initial
    key = "same" if not change else "adjusted_up" if change > 0 else "adjusted_down"
    return say(f"funding.{key}", **names, change=amount(abs(change)))


def _sources(facts: Facts) -> str:
    parts = [source for source in facts.sources if source.part and source.budget]
    if not parts:
        return ""
    if len(parts) == 1:
        return say("funding.one_source", source=_kind(parts[0].name))
    return say(
        "funding.sources",
        sources="、".join(f"{part.name}{amount(part.budget)}万元" for part in parts),
    )


def _kind(name: str) -> str:
    return name if name.endswith(("资金", "拨款", "补助")) else f"{name}资金"


def _arrived(facts: Facts, whole: FundingRow) -> str:
    if whole.arrived is None:
        return "。"
    key = "arrived_full" if whole.arrived == whole.budget else "arrived"
    name = facts.column("funding", "arrived", "实际到位资金")
    return (
        say(
            f"funding.{key}",
            arrived_name=name,
            arrived=amount(whole.arrived),
            rate=percent(share(whole.arrived, whole.budget)),
        )
        + "。"
    )


def _executed(facts: Facts) -> str:
    money = facts.evaluation.scores.funding
    if money.executed is None:
        return say("funding.not_executed")
    if not money.executed:
        return say("funding.nothing", end=facts.end)
    rate = money.rate
    base = rate.denominator if rate else money.budget or money.executed
    unspent = base - money.executed
    key = "executed_full" if not unspent else "over" if unspent < 0 else "executed"
    return say(
        f"funding.{key}",
        end=facts.end,
        executed_name=facts.column("funding", "executed", "全年执行数"),
        executed=amount(money.executed),
        rate=percent(share(money.executed, base)),
        numerator_name=rate.numerator_name if rate else "",
        denominator_name=rate.denominator_name if rate else "",
        unspent=amount(unspent),
        over=amount(-unspent),
    )


def uneven(facts: Facts) -> tuple[FundingRow, FundingRow] | None:
    """Return the funding sources with the best and the worst execution rate when they lie far
    apart.
    """
    parts = sorted(
        (part for part in facts.sources if part.part and part.rate is not None),
        key=lambda part: part.rate or 0,
    )
    if not parts:
        return None
    best, worst, limit = parts[-1], parts[0], facts.policy.limits.uneven_execution
    uneven = len(parts) > 1 and (best.rate or 0) - (worst.rate or 0) >= limit.value
    return (best, worst) if uneven else None


def _uneven(facts: Facts) -> Iterator[str]:
    if pair := uneven(facts):
        best, worst = pair
        yield say(
            "funding.uneven",
            best=best.name,
            best_rate=percent(best.rate),
            worst=worst.name,
            worst_rate=percent(worst.rate),
        )


def _reasons(facts: Facts) -> Iterator[str]:
    money = facts.evaluation.scores.funding
    rate = money.execution_rate
    reason = bare(facts.text("execution_reason")) or _execution_reason(facts)
    if reason and rate is not None and rate < 1:
        yield say("funding.reason", reason=reason)
    elif rate is not None and rate < facts.policy.limits.execution_reason_below.value:
        yield say("funding.reason_missing")
    if unspent := bare(facts.text("unspent_reason")):
        yield say("funding.unspent_reason", reason=unspent)


def _execution_reason(facts: Facts) -> str:
    rows = (row for row in facts.rows if "执行率" in row.name)
    return next((bare(row.explanation) for row in rows if row.explanation), "")


def _details(facts: Facts) -> str:
    rows = [row for row in facts.details if row.number("spent") is not None]
    if not rows:
        return ""
    spent, budget = (
        total(row.number("spent") for row in rows),
        total(row.number("budget") for row in rows),
    )
    sentences = [
        say(
            "details.single" if len(rows) == 1 else "details.summary",
            subject=facts.subject,
            count=len(rows),
            budget=amount(budget),
            spent=amount(spent),
            largest=bare(rows[0].text("item")),
            most=_largest(rows, spent),
        )
    ]
    over = overspent(facts)
    if over:
        exceeded = total(row.number("spent") for row in over) - total(
            row.number("budget") for row in over
        )
        sentences.append(
            say(
                "details.over",
                names=listed(bare(row.text("item")) for row in over),
                amount=amount(exceeded),
            )
        )
    return "".join((*sentences, *_gap(facts, budget)))


def _largest(rows: list[Row], spent: Decimal) -> str:
    """Name the largest expenditure; several of one amount are named as a tie."""
    most = max(row.number("spent") or ZERO for row in rows)
    tied = [row for row in rows if row.number("spent") == most]
    if len(tied) == len(rows):
        return say("details.even", amount=amount(most))
    key = "most" if len(tied) == 1 else "most_tied"
    names = listed(bare(row.text("item")) for row in tied)
    return say(
        f"details.{key}",
        names=names,
        amount=amount(most),
        share=percent(share(most * len(tied), spent)),
    )


def overspent(facts: Facts) -> list[Row]:
    """Return the expenditure details that spent more than their budget."""
    figures = ((row, row.number("budget"), row.number("spent")) for row in facts.details)
    return [
        row
        for row, budget, spent in figures
        if budget is not None and spent is not None and spent > budget
    ]


def _gap(facts: Facts, budget: Decimal) -> Iterator[str]:
    money = facts.evaluation.scores.funding
    rate = money.rate
    if rate and budget and rate.denominator > budget and rate.denominator - budget != money.unspent:
        yield say(
            "details.gap",
            denominator_name=rate.denominator_name,
            amount=amount(rate.denominator - budget),
        )
