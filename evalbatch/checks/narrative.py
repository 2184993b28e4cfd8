"""What the narrative states against the tables: totals, grades, execution rates and counts (T04),
and totals of the details that are given twice (T05).
"""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Final

from evalbatch.checks.narrative_figures import (
    cuts_differ,
    differs,
    figures_differ,
    in_another_year,
)
from evalbatch.checks.statements import COUNTED, OTHER_SCORES, Statement, statements
from evalbatch.checks.subject import CheckedSubmission, Level, check, seen
from evalbatch.model.evaluation import NodeState
from evalbatch.model.figures import agrees, cut_off, given, money, percent, rounded
from evalbatch.model.finding import Observation
from evalbatch.model.names import bare
from evalbatch.model.submission import Entry, RowKind
from evalbatch.model.words import WORDS, any_of
from evalbatch.scoring.terms import grade_of

_OTHER_RATES: Final = re.compile(any_of(WORDS["other_rates"]))
_FOREIGN: Final = re.compile(any_of(WORDS["foreign_rates"]))
_WITHIN_YEAR: Final = re.compile(r"截[至止][^。；]{0,10}?(?<!\d)(?:[1-9]|1[01])月")
_WHOLE: Final = re.compile(any_of(WORDS["whole_organisation"]))
_SCOPED: Final = (
    r"(?:指标)?\s*(?:下设|共设|设置|设有|设|包括|包含|细化为|分解为|下有|有)[^。；\n]*$"
)
_DETAIL_TOTAL: Final = re.compile(
    r"明细(?:表)?[^。；\n]{0,8}?(?:合计|总计|共计)[^。；\n\d]{0,4}(?:预算|计划)(?:数)?\s*(?:为|共)?\s*(?P<budget>\d+(?:\.\d+)?)\s*万元"
    r"(?:[、，和]\s*(?:实际)?支出(?:数)?\s*(?:为|共)?\s*(?P<spent>\d+(?:\.\d+)?)\s*万元)?"
)


@check("T04")
def text_differs_from_table(checked: CheckedSubmission) -> Iterator[Observation]:
    """Totals, grades, rates, counts, amounts, surveys and results that the narrative states,
    against the tables.
    """
    yield from cuts_differ(checked)
    for entry in checked.prose:
        yield from figures_differ(checked, entry)
        for statement in statements(entry.text):
            if not in_another_year(checked, statement.clause) and not (
                checked.incomplete and statement.kind != "rate"
            ):
                yield from _COMPARISONS[statement.kind](checked, entry, statement)


def _differs(
    entry: Entry, statement: Statement, label: str, expected: str, *, sure: bool
) -> Observation:
    quote, found = statement.quote, statement.value
    return differs(quote, entry, label=label, expected=expected, sure=sure, found=found)


def _total(checked: CheckedSubmission, entry: Entry, statement: Statement) -> Iterator[Observation]:
    scores, claimed = checked.scores, checked.claimed_total
    known = [
        each for each in (claimed, scores.stated_total, scores.final_total) if each is not None
    ]
    if not known or any(rounded(each, statement.decimals) == statement.number for each in known):
        return
    if not _is_part(checked, statement):
        yield _differs(entry, statement, "总分", f"{given(known[0])}分", sure=statement.sure)


def _is_part(checked: CheckedSubmission, statement: Statement) -> bool:
    """Whether a score is that of one indicator or group: it is not said to be the project's, or its
    sentence speaks of parts.
    """
    if statement.sure and not OTHER_SCORES.search(statement.clause):
        return False
    levels = (*checked.levels1, *checked.levels2)
    parts = [pair.score.claimed for pair in checked.scored] + [_claimed(level) for level in levels]
    return statement.number in parts or statement.number in [level.weight for level in levels]


def _claimed(level: Level) -> Decimal:
    return sum((row.number("score") or Decimal(0) for row in level.rows), Decimal(0))


def _grade(checked: CheckedSubmission, entry: Entry, statement: Statement) -> Iterator[Observation]:
    words = [grade.word for grade in checked.policy.grades]
    claimed = checked.claimed_total
    earned = grade_of(claimed, checked.policy) if claimed is not None else checked.scores.grade
    if not words or statement.value in (earned, checked.scores.grade):
        return
    if statement.value in words:
        if earned:
            yield _differs(entry, statement, "总分对应的等次", f"“{earned}”", sure=statement.sure)
    elif statement.sure and not statement.value.isascii():  # a letter may grade anything
        variant = "word" if earned else "word_only"
        figures = {
            "words": "、".join(words),
            "total": given(claimed) if claimed is not None else "",
        }
        yield seen(
            "S06",
            entry,
            found=statement.value,
            expected=earned or figures["words"],
            variant=variant,
            **figures,
        )


def _rate(checked: CheckedSubmission, entry: Entry, statement: Statement) -> Iterator[Observation]:
    rate, true = checked.scores.funding.rate, checked.scores.funding.execution_rate
    if rate is None or true is None or _elsewhere(statement):
        return
    if any(
        agrees(statement.number, statement.decimals, each)
        for each in _agreement_rates(checked, true)
    ):
        return
    if cut_off(true * 100, statement.decimals) == statement.number:
        figures = {"numerator": money(rate.numerator), "denominator": money(rate.denominator)}
        yield seen(
            "V04",
            entry,
            found=f"{statement.value}%",
            expected=percent(true, statement.decimals),
            **figures,
        )
        return
    sure = statement.sure and not _OTHER_RATES.search(statement.clause)
    expected = f"{percent(true)}（{rate.numerator_name}÷{rate.denominator_name}）"
    yield _differs(entry, statement, "预算执行率", expected, sure=sure)


def _elsewhere(statement: Statement) -> bool:
    """Whether a rate is certainly another one: of other people, of another time, or of a part of
    the year.
    """
    near = statement.clause.rpartition("，")[2] + statement.quote
    return bool(_FOREIGN.search(near) or _WITHIN_YEAR.search(statement.clause))


def _agreement_rates(checked: CheckedSubmission, true: Decimal) -> Iterator[Decimal]:
    """Yield the rates that a text may rightly call an execution rate: of the whole, of a source, of
    the details.
    """
    yield true
    for row in checked.submission.rows("funding"):
        executed = row.number("executed")
        wholes = (row.number(column) for column in ("budget", "arrived", "initial_budget"))
        yield from (executed / whole for whole in wholes if whole and executed is not None)
    details = checked.submission.rows("details")
    pairs = [(row.number("spent"), row.number("budget")) for row in details]
    yield from (spent / budget for spent, budget in pairs if spent is not None and budget)
    items = checked.submission.rows("details", RowKind.ITEM)
    budget = sum((row.number("budget") or Decimal(0) for row in items), Decimal(0))
    if budget:
        yield sum((row.number("spent") or Decimal(0) for row in items), Decimal(0)) / budget


def _agreement_levels(
    checked: CheckedSubmission, entry: Entry, statement: Statement
) -> Iterator[Observation]:
    if not checked.indicators:
        return
    stated, counts = int(statement.value), _counts(checked, statement.kind)
    scope = _scope(checked, statement)
    if scope is not None:
        counts = _scoped_counts(scope, statement.kind)
    if stated not in counts and not (statement.part and stated < min(counts)):
        label = f"“{scope.name}”的{COUNTED[statement.kind]}" if scope else COUNTED[statement.kind]
        yield _differs(entry, statement, label, f"{min(counts)}个", sure=statement.sure)


def _counts(checked: CheckedSubmission, kind: str) -> set[int]:
    """Return what the table may be said to have: where the funding block scores execution, it may
    count as an indicator.
    """
    counted: dict[str, set[int]] = {
        "level1": {len({level.name for level in checked.levels1})},
        "level2": {
            len(checked.levels2),
            len({(level.parent, level.name) for level in checked.levels2}),
        },
        "level3": {len(checked.indicators)},
    }
    counts = counted.get(kind, set())
    return (
        counts | {count + 1 for count in counts}
        if checked.fund and checked.fund.number("score") is not None
        else counts
    )


def _scoped_counts(scope: Level, kind: str) -> set[int]:
    groups = {(row.text("level1"), row.text("level2")) for row in scope.rows}
    return {len(scope.rows)} if kind == "level3" else {len(groups)} if kind == "level2" else {1}


def _scope(checked: CheckedSubmission, statement: Statement) -> Level | None:
    """Return the level-1 indicator of which alone a count speaks: 产出指标下设4个二级指标."""
    if statement.kind == "level1":
        return None
    for level in checked.levels1:
        name = re.escape(bare(level.name))
        if (
            level.name
            and re.search(name + _SCOPED, statement.clause)
            and not re.search(rf"[、和及]{name}", statement.clause)
        ):
            return level
    return None


def _speaks_for_all(checked: CheckedSubmission, statement: Statement) -> bool:
    """Whether a count is about the whole organisation: it says so, or one office's workbook holds
    the organisation's letter.
    """
    letter = checked.has("addressee") or checked.has("document_number")
    return bool(_WHOLE.search(statement.clause)) or (
        letter and len({node.office for node in checked.scores.nodes}) == 1
    )


def _agreement_nodes(
    checked: CheckedSubmission, entry: Entry, statement: Statement
) -> Iterator[Observation]:
    if not checked.scores.nodes or _speaks_for_all(checked, statement):
        return
    states = Counter(node.state for node in checked.scores.nodes)
    done = states[NodeState.ON_TIME] + states[NodeState.LATE]
    whole = len(checked.scores.nodes)
    counts = {
        "nodes": {whole},
        "done": {done, states[NodeState.ON_TIME], whole},
        "undone": {whole - done},
    }[statement.kind]
    if int(statement.value) not in counts:
        expected = {"nodes": whole, "done": done, "undone": whole - done}[statement.kind]
        yield _differs(
            entry, statement, COUNTED[statement.kind], f"{expected}个", sure=statement.sure
        )


_COMPARISONS: Final = {
    "total": _total,
    "grade": _grade,
    "rate": _rate,
    "level1": _agreement_levels,
    "level2": _agreement_levels,
    "level3": _agreement_levels,
    "nodes": _agreement_nodes,
    "done": _agreement_nodes,
    "undone": _agreement_nodes,
}


@check("T05")
def table_given_twice(checked: CheckedSubmission) -> Iterator[Observation]:
    """Totals of the details given twice with different figures: in two closing rows, or in a row
    and a text.
    """
    closings = checked.submission.rows("details", RowKind.TOTAL)
    for column in ("budget", "spent"):
        entries = [
            entry for row in closings if (entry := row.get(column)) and entry.number is not None
        ]
        label = f"支出明细表的{checked.label(column, 'details')}合计"
        for earlier, later in pairwise(entries):
            yield from _two_figures(
                checked, (later, later.number), (earlier, earlier.number), label
            )
        for told, amount in _told_totals(checked, column) if entries else ():
            other = (entries[0], entries[0].number)
            yield from _two_figures(checked, (told, amount), other, label)


def _two_figures(
    checked: CheckedSubmission,
    one: tuple[Entry, Decimal | None],
    other: tuple[Entry, Decimal | None],
    label: str,
) -> Iterator[Observation]:
    if (
        one[1] is not None
        and other[1] is not None
        and abs(one[1] - other[1]) > checked.limits.money_tolerance.value
    ):
        found, expected = f"{money(one[1])}万元", f"{money(other[1])}万元"
        yield seen("T05", one[0], other[0], found=found, expected=expected, label=label)


def _told_totals(checked: CheckedSubmission, column: str) -> Iterator[tuple[Entry, Decimal]]:
    for entry in checked.prose:
        for match in _DETAIL_TOTAL.finditer(entry.text):
            if match[column]:
                yield entry, Decimal(match[column])
