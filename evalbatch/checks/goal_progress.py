"""What a declaration of goals promises and what monitoring foresees: targets that can be measured,
forecasts that agree with targets and money, deviations with their cause.
"""

from collections.abc import Iterator
from typing import Final

from evalbatch.checks.subject import CheckedSubmission, check, nothing, seen
from evalbatch.model.figures import money
from evalbatch.model.finding import Observation
from evalbatch.model.submission import Row
from evalbatch.model.value import WORDED, QuantityKind
from evalbatch.model.words import WORDS
from evalbatch.scoring.evidence_rules import quantity_of
from evalbatch.scoring.terms import Indicator
from evalbatch.scoring.value_rules import attained
from evalbatch.standards.policy import Policy

_COUNTED: Final = tuple(WORDS["counted_groups"])
_CERTAIN: Final = tuple(WORDS["certain_chances"])
_DOUBTFUL: Final = tuple(WORDS["doubtful_chances"])
_CHANCE, _FORECAST = "chance", "forecast"
_BOXES: Final = ("execution_reason", "shared_reason", "text_suggestions")
_CAUSES: Final = ("reason", "remark")


@check("V09")
def goal_not_measurable(checked: CheckedSubmission) -> Iterator[Observation]:
    """Declared targets of indicators that count something, in words only."""
    for row in checked.indicators if checked.form.baseline else ():
        target = row.get("target")
        counted = any(word in row.text("level2") for word in _COUNTED)
        if target is None or not counted or nothing(target.text) or row.text("nature") == "定性":
            continue
        if target.quantity is not None and target.quantity.kind in WORDED:
            yield seen("V09", target, found=target.text, expected="数量和单位", name=_name(row))


@check("V10")
def forecast_against_chance(checked: CheckedSubmission) -> Iterator[Observation]:
    """A goal said to be certain that the forecast misses, and several chances ticked at once."""
    for row in checked.indicators:
        chance = row.get(_CHANCE)
        if chance is None or nothing(chance.text):
            continue
        ticked = _chances(chance.text)
        if len(ticked) > 1:
            yield seen("V10", chance, found=chance.text, expected="只选一项", variant="several")
        elif ticked and ticked[0] in _CERTAIN and _foreseen(row, checked.policy) is False:
            figures = {"name": _name(row), "target": row.text("target")}
            yield seen("V10", chance, found=row.text(_FORECAST), expected=ticked[0], **figures)


def _ticked(word: str, text: str) -> bool:
    return any(part.strip().partition("：")[0] == word for part in text.split("、"))


def expects(row: Row, policy: Policy) -> bool | None:
    """Return whether a monitored row says that its target will be met: by its one chance, else by
    its forecast; None where neither tells.
    """
    ticked = _chances(row.text(_CHANCE))
    return ticked[0] in _CERTAIN if len(ticked) == 1 else _foreseen(row, policy)


def _chances(text: str) -> list[str]:
    return [word for word in (*_CERTAIN, *_DOUBTFUL) if _ticked(word, text)]


def _foreseen(row: Row, policy: Policy) -> bool | None:
    """Return whether the forecast of a row meets its target, None where they cannot be compared."""
    forecast = quantity_of(row.get(_FORECAST))
    if forecast.kind is QuantityKind.EMPTY:
        return None
    names = (row.text("level1"), row.text("level2"), row.text("level3"))
    weight = row.number("weight") or policy.full
    indicator = Indicator(
        *names,
        weight,
        None,
        quantity_of(row.get("target")),
        forecast,
        row.text("nature").strip(),
    )
    share = attained(indicator, policy.quantitative).share
    return None if share is None else share >= 1


@check("X07")
def deviation_unexplained(checked: CheckedSubmission) -> Iterator[Observation]:
    """Goals that may be missed, with neither a cause nor a measure anywhere."""
    if any(not nothing(checked.submission.text(name)) for name in _BOXES):
        return
    for row in checked.indicators:
        chance = row.get(_CHANCE)
        said = chance.text if chance else ""
        doubtful = any(_ticked(word, said) for word in _DOUBTFUL)
        if chance is None or not doubtful:
            continue
        if all(nothing(row.text(column)) for column in _CAUSES):
            where = row.get("reason") or chance
            yield seen("X07", where, found=said, expected="偏差原因和措施", name=_name(row))


@check("M11")
def forecast_against_money(checked: CheckedSubmission) -> Iterator[Observation]:
    """A forecast below what is spent already, or above what there is to spend."""
    fund = checked.fund
    forecast = fund.get(_FORECAST) if fund else None
    if fund is None or forecast is None or forecast.number is None:
        return
    spent = fund.number("executed")
    budget = fund.number("budget")
    budget = budget if budget is not None else fund.number("initial_budget")
    tolerance = checked.limits.money_tolerance.value
    if spent is not None and forecast.number < spent - tolerance:
        yield seen("M11", forecast, found=money(forecast.number), expected=money(spent))
    elif budget is not None and forecast.number > budget + tolerance:
        figures = {"found": money(forecast.number), "expected": money(budget)}
        yield seen("M11", forecast, variant="above", **figures)


def _name(row: Row) -> str:
    return row.text("level3") or row.text("level2")
