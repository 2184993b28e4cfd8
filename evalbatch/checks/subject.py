"""What the checks of one workbook look at: everything in it, with what several of them need worked
out once.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import Final, NamedTuple

from evalbatch.model.evaluation import UNSCORED, Score, Scores
from evalbatch.model.figures import printed_percent, rounded
from evalbatch.model.finding import Observation
from evalbatch.model.identity import submission_year
from evalbatch.model.place import Place
from evalbatch.model.plain_figures import is_year
from evalbatch.model.record import Record
from evalbatch.model.submission import Entry, Row, RowKind, Submission
from evalbatch.model.today import Today
from evalbatch.model.value import Quantity, QuantityKind
from evalbatch.model.words import WORDS
from evalbatch.scoring.scorable import gives_points, lost_tables
from evalbatch.standards.form import ColumnSpec, FormSpec
from evalbatch.standards.policy import Limit, Limits, Policy

_NOTHING: Final = frozenset(WORDS["nothing"])
_LEFTOVER: Final = re.compile(r"指标\s*\d*\s*[:：]")
_BLANK_MARKS: Final = frozenset(WORDS["blank_marks"])


class ScoredRow(NamedTuple):
    """A score beside the row that it was made from."""

    row: Row
    score: Score

    @property
    def name(self) -> str:
        """What a message calls the row."""
        return self.score.name


class Pair(NamedTuple):
    """A row with its target and actual, the quantities that they state, and what a message calls
    it.
    """

    row: Row
    name: str
    target: Entry
    actual: Entry
    wanted: Quantity | None
    got: Quantity | None


class Level(NamedTuple):
    """A level-1 or level-2 indicator with its rows; `stated` is the entry of the weight that the
    form prints for it.
    """

    name: str
    parent: str
    rows: tuple[Row, ...]
    stated: Entry | None

    @property
    def weight(self) -> Decimal | None:
        """The sum of the rows' weights, None while one of them is unknown."""
        return total(self.rows, "weight")


def total(rows: Iterable[Row], column: str) -> Decimal | None:
    """Add up a column, a merged cell once; None when one of its numbers is unknown."""
    entries = {entry.place: entry for row in rows if (entry := row.get(column))}
    numbers = [entry.number for entry in entries.values()]
    return (
        None
        if not numbers or None in numbers
        else sum((number for number in numbers if number is not None), Decimal(0))
    )


def nothing(text: str) -> bool:
    """Whether a text says that there is nothing (blank, 无, /, —, or a template's 指标2： with
    nothing behind it).
    """
    bare = text.strip()
    return bare in _NOTHING or (
        bare.endswith((":", "：")) and _LEFTOVER.fullmatch(bare) is not None
    )


def unsaid(text: str) -> bool:
    """Whether nothing was written at all (blank, /, —); 无 is something, if little."""
    return text.strip() in _BLANK_MARKS


def says_something(entry: Entry | None) -> bool:
    """Whether anything was written in a cell that is there."""
    return entry is not None and not unsaid(entry.text)


@dataclass(frozen=True, eq=False)
class CheckedSubmission:
    """A submission with the form and the profile it is judged by; `previous` is the same project's
    record of last year.

    It equals only itself, so that what a group works out for it can be kept by `lru_cache`.
    """

    submission: Submission
    form: FormSpec
    policy: Policy
    scores: Scores
    today: Today
    previous: Record | None = None

    @property
    def limits(self) -> Limits:
        """The profile's thresholds."""
        return self.policy.limits

    def differ(self, one: Decimal, other: Decimal) -> bool:
        """Whether two scores or weights are others than roundings of the same."""
        return abs(one - other) > self.limits.score_tolerance.value

    def exceeds(self, one: Decimal, other: Decimal) -> bool:
        """Whether a score is higher than another by more than rounding."""
        return one - other > self.limits.score_tolerance.value

    @property
    def project(self) -> str:
        """What a waiver or a message calls the workbook: its project, else the office or
        organisation that handed it in.
        """
        return self.submission.title

    @property
    def scored_form(self) -> bool:
        """Whether points are given for what the workbook says; nodes of an annual plan are another
        matter.
        """
        return self.form.kind == "project" and gives_points(self.submission, self.form)

    @cached_property
    def incomplete(self) -> bool:
        """Whether a table is lost that the form requires, or a scored row was not read: sums and
        what they lead to would be those of a part.
        """
        return self.form.kind == "project" and (
            self.unread or bool(lost_tables(self.submission, self.form))
        )

    @cached_property
    def unread(self) -> bool:
        """Whether figures stand outside what was read (F04 says so): no sum can be judged."""
        seen = self.submission.observations
        return any(each.code == "F04" and each.variant == "unread_figures" for each in seen)

    @cached_property
    def year(self) -> int | None:
        """The evaluated year, None when the workbook does not say."""
        year = submission_year(self.submission)
        return int(year) if is_year(year) else None

    @cached_property
    def indicators(self) -> tuple[Row, ...]:
        """The rows of the indicator table that name an indicator."""
        rows = self.submission.rows("indicators", RowKind.ITEM)
        return tuple(row for row in rows if not nothing(row.text("level3")))

    @cached_property
    def weighted(self) -> tuple[Row, ...]:
        """The indicator rows that carry a weight or should: those without name (无) count when a
        weight stands there.
        """
        rows = self.submission.rows("indicators", RowKind.ITEM)
        return tuple(row for row in rows if not nothing(row.text("level3")) or row.number("weight"))

    def counted(self, column: str) -> tuple[Row, ...]:
        """The weighted rows without one that repeats what the funding block says of the execution
        rate in this column.
        """
        return self._parted[0] if self._funded(column) else self.weighted

    def told_twice(self, column: str) -> tuple[Row, ...]:
        """The weighted rows that repeat what the funding block says of the execution rate."""
        return self._parted[1] if self._funded(column) else ()

    def _funded(self, column: str) -> bool:
        """Whether the funding block says something of the execution rate in a column."""
        return self.fund is not None and not nothing(self.fund.text(column))

    @cached_property
    def _parted(self) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
        """The weighted rows that are not the execution rate, and those that are."""
        told = [(row, self.is_execution(row)) for row in self.weighted]
        own = tuple(row for row, execution in told if not execution)
        return own, tuple(row for row, execution in told if execution)

    def is_execution(self, row: Row) -> bool:
        """Whether an indicator is the execution rate."""
        rule = self.policy.rule_of(row.text("level1"), row.text("level2"), row.text("level3"))
        return rule is not None and rule.rule == "execution"

    @cached_property
    def levels1(self) -> tuple[Level, ...]:
        """The level-1 indicators in the order of the form; one that is printed twice with weights
        of its own counts twice.
        """
        return tuple(
            _level(name, "", part, "level1_weight")
            for name, rows in _grouped(self.weighted, "level1")
            for part in _by_stated_weight(rows, "level1_weight")
        )

    @cached_property
    def levels2(self) -> tuple[Level, ...]:
        """The level-2 indicators in the order of the form; one that is printed twice with its own
        weight counts twice.
        """
        return tuple(
            _level(name, level1.name, part, "level2_weight")
            for level1 in self.levels1
            for name, rows in _grouped(level1.rows, "level2")
            for part in _by_stated_weight(rows, "level2_weight")
        )

    @cached_property
    def scored(self) -> tuple[ScoredRow, ...]:
        """Every score with its row; the funding total is the row of the execution rate. What has no
        weight is left out.
        """
        rows = {row.place.line: row for table in self.submission.tables.values() for row in table}
        pairs = (
            (rows.get(score.place.line), score)
            for score in self.scores.rows
            if score.outcome != UNSCORED or not self.scored_form
        )
        return tuple(ScoredRow(row, score) for row, score in pairs if row is not None)

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The rows of indicators and of the target table that have both a target and an actual
        column.
        """
        rows = (*self.indicators, *self.submission.rows("targets", RowKind.ITEM))
        cells = ((row, row.get("target"), row.get("actual")) for row in rows)
        return tuple(
            Pair(
                row,
                self.row_label(row.table, row),
                target,
                actual,
                target.quantity,
                actual.quantity,
            )
            for row, target, actual in cells
            if target is not None and actual is not None
        )

    @cached_property
    def fund(self) -> Row | None:
        """The total row of the funding table."""
        return self.submission.row("funding", "total")

    @cached_property
    def claim_rows(self) -> tuple[Row, ...]:
        """The rows that claim a score: the funding total where the form scores it there, and the
        indicators.
        """
        fund = self.fund
        executed = (fund,) if fund and not nothing(fund.text("score")) else ()
        return (*executed, *self.counted("score"))

    @cached_property
    def stated_total(self) -> Entry | None:
        """The total that the form states, in its field or in the closing row of the indicators."""
        field = self.submission.get("stated_total")
        if field is not None and not field.blank:
            return field
        totals = (row.get("score") for row in self.submission.rows("indicators", RowKind.TOTAL))
        return next((entry for entry in totals if entry is not None), None)

    @cached_property
    def claimed_total(self) -> Decimal | None:
        """The sum of the claimed scores, or the stated total while a claim is unknown."""
        added, stated = total(self.claim_rows, "score"), self.stated_total
        return added if added is not None else stated.number if stated else None

    @cached_property
    def shared_reasons(self) -> tuple[Entry, ...]:
        """The reasons for all rows together: in a box of the form's own, or beside a total."""
        totals = (row.get("reason") for row in self.submission.rows("indicators", RowKind.TOTAL))
        return _told((self.submission.get("shared_reason"), *totals))

    @cached_property
    def fund_reasons(self) -> tuple[Entry, ...]:
        """The reasons of what was spent and left over: for all rows, or in the funding block."""
        funding = (row.get("reason") for row in self.submission.rows("funding"))
        return (*self.shared_reasons, *_told(funding))

    @cached_property
    def prose(self) -> tuple[Entry, ...]:
        """The running texts, each once: fields and columns that hold sentences and are filled."""
        return tuple({entry.place: entry for entry in self._prose() if entry.text.strip()}.values())

    def _prose(self) -> Iterator[Entry]:
        long = self.form.prose
        yield from (entry for name, entry in self.submission.fields.items() if name in long)
        for table, rows in self.submission.tables.items():
            spec = self.form.tables.get(table)
            columns = spec.prose if spec else ()
            yield from (entry for row in rows for column in columns if (entry := row.get(column)))

    @cached_property
    def written(self) -> tuple[Entry, ...]:
        """Every filled entry that holds words, not just a figure; a merged cell may come several
        times.
        """
        return tuple(
            entry
            for entry in self.submission.entries()
            if entry.text and not isinstance(entry.value, Decimal)
        )

    @cached_property
    def story(self) -> str:
        """All running texts as one, to look whether something is mentioned at all."""
        return "\n".join(entry.text for entry in self.prose)

    @cached_property
    def chapters(self) -> str:
        """The texts of the report's chapters as one."""
        fields = self.submission.fields
        return "\n".join(fields[name].text for name in self.form.chapters if name in fields)

    @cached_property
    def named_faults(self) -> frozenset[Place]:
        """Places that the reader has already found fault with; a check need not speak of them
        again.
        """
        quiet = WORDS["harmless_observations"]
        return frozenset(
            place
            for seen in self.submission.observations
            if seen.code not in quiet
            for place in seen.places
        )

    def column(self, table: str, name: str) -> ColumnSpec | None:
        """Return the specification of a column, None when the form has none of this name."""
        spec = self.form.tables.get(table)
        return (
            next((column for column in spec.columns if column.id == name), None) if spec else None
        )

    def label(self, name: str, table: str = "") -> str:
        """Return the label of a field, or of a column of a table, as the form prints it."""
        spec = self.column(table, name) if table else self.form.fields.get(name)
        return spec.label if spec else name

    def row_label(self, table: str, row: Row) -> str:
        """Return what a message calls a row: a fixed row as the form prints it, an open one by its
        name.
        """
        spec = self.form.tables.get(table)
        fixed = (
            next((fixed.label for fixed in spec.rows if fixed.id == row.key), "")
            if spec and row.key
            else ""
        )
        names = (row.text(column) for column in ("item", "level3", "node", "source"))
        return fixed or next(filter(None, names), "") or row.kind.value

    def has(self, field: str) -> bool:
        """Whether a field is filled in with something."""
        return not nothing(self.submission.text(field))


def _told(reasons: Iterable[Entry | None]) -> tuple[Entry, ...]:
    """Return the reasons that say something."""
    return tuple(entry for entry in reasons if entry is not None and not nothing(entry.text))


def _grouped(rows: Iterable[Row], column: str) -> list[tuple[str, tuple[Row, ...]]]:
    return [(name, tuple(part)) for name, part in groupby(rows, key=lambda row: row.text(column))]


def _by_stated_weight(rows: tuple[Row, ...], column: str) -> list[tuple[Row, ...]]:
    """Split the rows of a level where another weight is stated for it; a blank states none."""
    parts: list[list[Row]] = []
    last: Decimal | None = None
    for row in rows:
        stated = row.number(column)
        if not parts or (stated is not None and last is not None and stated != last):
            parts.append([])
        parts[-1].append(row)
        last = last if stated is None else stated
    return [tuple(part) for part in parts]


def _level(name: str, parent: str, rows: tuple[Row, ...], column: str) -> Level:
    stated = (row.get(column) for row in rows)
    return Level(
        name,
        parent,
        rows,
        next((entry for entry in stated if entry and entry.number is not None), None),
    )


Check = Callable[[CheckedSubmission], Iterator[Observation]]

CHECKS: dict[str, Check] = {}
SUMS: set[str] = set()
"""The codes of checks that are silent while a required table is lost (F04): they would judge the
sum of a part.
"""
POINTS: set[str] = set()
"""The codes of checks that look at points and grades, all of group S among them: they have nothing
to say of a form that is not scored.
"""
_SCORES: Final = "S"


def check(code: str, *, sums: bool = False, points: bool = False) -> Callable[[Check], Check]:
    """Enrol a function as the check of a code; `sums` says that it judges sums over the whole form,
    `points` scores.
    """

    def enrol(function: Check) -> Check:
        if code in CHECKS:
            raise ValueError(f"two checks for {code}")
        CHECKS[code] = function
        if sums:
            SUMS.add(code)
        if points or code.startswith(_SCORES):
            POINTS.add(code)
        return function

    return enrol


def seen(
    code: str,
    *where: Entry | Row | Place,
    found: str = "",
    expected: str = "",
    variant: str = "",
    **figures: str,
) -> Observation:
    """Make an observation; `where` are the entries, rows or places it speaks of, the first is where
    to look first.
    """
    places = tuple(where_ if isinstance(where_, Place) else where_.place for where_ in where)
    return Observation(code, places, found, expected, variant, figures)


def under(limit: Limit, observation: Observation) -> Observation:
    """Let an observation quote the basis of the limit that it applied."""
    return replace(observation, basis=limit.quoted)


def stated_percent(entry: Entry) -> tuple[Decimal, int] | None:
    """Read a rate as its sender gave it: the figure in per cent and its decimals.

    Zeros that only the cell's number format adds are no decimals: 0.96 shown as 96.00% states 96 %.
    """
    printed = printed_percent(entry.text)
    if entry.number is None:
        return printed
    figure = entry.number * 100
    exact = figure.normalize().as_tuple().exponent
    decimals = min(max(0, -int(exact)), printed[1] if printed else 2)
    return rounded(figure, decimals), decimals


def bare_percent(entry: Entry) -> tuple[Decimal, int] | None:
    """Return the bare percentage that a target or actual states, None when it states something
    else.
    """
    quantity = entry.quantity
    return (
        printed_percent(quantity.text)
        if quantity and quantity.kind is QuantityKind.PERCENT
        else None
    )
