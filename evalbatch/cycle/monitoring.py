"""What monitoring (绩效运行监控) foresaw during the year, beside what came of it at its end."""

from collections.abc import Iterator
from decimal import Decimal

from evalbatch.checks.goal_progress import expects
from evalbatch.checks.subject import nothing
from evalbatch.model.evaluation import Evaluation, Score, Status
from evalbatch.model.figures import CENT, money
from evalbatch.model.names import normal_name
from evalbatch.model.place import Place
from evalbatch.model.record import Monitored, MonitoredIndicator, Monitoring, Record
from evalbatch.model.submission import RowKind
from evalbatch.scoring.money_rules import total_row
from evalbatch.standards.policy import Policy


def at_monitoring(evaluation: Evaluation, policy: Policy) -> Monitoring:
    """Return what an evaluated monitoring form tells."""
    submission, funding = evaluation.submission, evaluation.scores.funding
    total = total_row(submission)
    return Monitoring(
        funding.initial_budget if funding.budget is None else funding.budget,
        funding.executed,
        funding.execution_rate,
        total.number("forecast") if total else None,
        total.place if total else Place(submission.file),
        tuple(_indicators(evaluation, policy)),
    )


def _indicators(evaluation: Evaluation, policy: Policy) -> Iterator[MonitoredIndicator]:
    progress = {row.place: row.completion for row in evaluation.scores.rows}
    for row in evaluation.submission.rows("indicators", RowKind.ITEM):
        name = row.get("level3")
        if name is None or nothing(name.text):
            continue
        yield MonitoredIndicator(
            row.text("level2"),
            name.text,
            row.text("target"),
            row.text("actual"),
            progress.get(name.place),
            row.text("forecast"),
            row.text("chance"),
            expects(row, policy),
            name.place,
        )


def beside_final(
    department: str, title: str, told: Monitoring, final: Record | None
) -> Iterator[Monitored]:
    """Yield the figures of an accepted monitoring form, each beside the one at the end of the year:
    the execution, then the indicators in its order, then those that only the final form has.

    Args:
        department: whose project it is.
        title: the project.
        told: what the monitoring form tells.
        final: the hand-in of the project that is scored, None where none counts yet.
    """
    whose = (department, title)
    yield _money(whose, told, final)
    rows = [row for row in _rows(final) if row.level2]  # without that of the funding block
    for each in told.indicators:
        row = _same(each, rows)
        if row is not None:
            rows.remove(row)
        yield _indicator(whose, each, row, final)
    for row in rows:
        yield _only_final(whose, row, final)


def _rows(final: Record | None) -> tuple[Score, ...]:
    return final.scores.rows if final is not None and final.scores is not None else ()


def _same(each: MonitoredIndicator, rows: list[Score]) -> Score | None:
    """Return the row of the same name, of several that of the same group."""
    named = [row for row in rows if normal_name(row.level3) == normal_name(each.name)]
    group = normal_name(each.level2)
    return next((row for row in named if normal_name(row.level2) == group), next(iter(named), None))


def _money(whose: tuple[str, str], told: Monitoring, final: Record | None) -> Monitored:
    funding = final.scores.funding if final is not None and final.scores is not None else None
    return Monitored(
        *whose,
        "",
        _amount(told.budget),
        _amount(told.executed),
        told.rate,
        _amount(told.forecast),
        "",
        _amount(funding.budget if funding else None),
        _amount(funding.executed if funding else None),
        final.execution_rate if final is not None else None,
        _stands(final) or _spent(told.forecast, funding.executed if funding else None),
        told.place,
        *_hand_in(final),
    )


def _amount(amount: Decimal | None) -> str:
    return "" if amount is None else money(amount)


def _spent(forecast: Decimal | None, executed: Decimal | None) -> str:
    if forecast is None or executed is None:
        return "unknown"
    if abs(executed - forecast) < CENT:
        return "agrees"
    return "less" if executed < forecast else "more"


def _indicator(
    whose: tuple[str, str], each: MonitoredIndicator, row: Score | None, final: Record | None
) -> Monitored:
    return Monitored(
        *whose,
        each.name,
        each.target,
        each.actual,
        each.progress,
        each.forecast,
        each.chance,
        row.target if row else "",
        row.actual if row else "",
        row.completion if row else None,
        _stands(final) or _came_true(each.expected, row),
        each.place,
        *_hand_in(final),
    )


def _only_final(whose: tuple[str, str], row: Score, final: Record | None) -> Monitored:
    return Monitored(
        *whose,
        row.level3,
        "",
        "",
        None,
        "",
        "",
        row.target,
        row.actual,
        row.completion,
        _stands(final) or "unmonitored",
        None,
        *_hand_in(final),
    )


def _hand_in(final: Record | None) -> tuple[str, Status | None]:
    return ("", None) if final is None else (final.file, final.status)


def _stands(final: Record | None) -> str:
    """Say why there are no final figures to compare with; empty where there are."""
    if final is None:
        return "missing"
    return "" if final.status is Status.GRADED else "not_final"


def _came_true(expected: bool | None, row: Score | None) -> str:
    if row is None:
        return "dropped"
    met = _met(row)
    if met is None or expected is None:
        return "unknown"
    if met == expected:
        return "agrees"
    return "missed" if expected else "met"


def _met(row: Score) -> bool | None:
    """Whether the target of a final row was met, None while nobody can tell."""
    if row.missed:
        return False
    if row.completion is not None:
        return row.completion >= 1
    return None if row.open or row.final is None or not row.weight else row.lost == 0
