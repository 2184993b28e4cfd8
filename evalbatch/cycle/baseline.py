"""What was approved and sent out: a project's budget and indicators as they stood before it handed
in (M10, D12).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from evalbatch.checks.fingerprint import Aim, Fingerprint
from evalbatch.checks.subject import seen, under
from evalbatch.model.figures import CENT, given, money
from evalbatch.model.finding import Observation
from evalbatch.model.names import normal_name
from evalbatch.model.place import Place
from evalbatch.output_files import keep_private
from evalbatch.output_files import replace as replace_file
from evalbatch.scoring.sense import eased
from evalbatch.standards.policy import Limits

SENT_OUT: Final = "下发的预填表"
DECLARED: Final = "已接收的绩效目标申报表"
ROSTER: Final = "名册"
FILE: Final = "sent_out.json"
"""What was sent out, in the output folder."""


@dataclass(frozen=True, slots=True)
class ApprovedIndicator:
    """An indicator as it was approved or sent out."""

    name: str
    target: str
    weight: Decimal | None


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a hand-in is held against: `source` says in Chinese where it stands. Budget in 万元."""

    source: str
    budget: Decimal | None = None
    aims: tuple[ApprovedIndicator, ...] = ()


Key = tuple[str, str, str, str]


def key(form: str, department: str, unit: str, project: str) -> Key:
    """Return what tells a workbook that was sent out."""
    return form, normal_name(department), normal_name(unit), normal_name(project)


def remember(output: Path, sent: Mapping[Key, Baseline]) -> None:
    """Keep what workbooks were sent out with, beside what was sent out before.

    Raises:
        OutputError: the file system refuses; in Chinese.
    """
    rows = [
        {
            "of": list(name),
            "budget": _text(each.budget),
            "aims": [[aim.name, aim.target, _text(aim.weight)] for aim in each.aims],
        }
        for name, each in sorted({**remembered(output), **sent}.items())
    ]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    replace_file(output / FILE, f"[\n{lines}\n]\n".encode())
    keep_private(output / FILE)


def remembered(output: Path) -> dict[Key, Baseline]:
    """Return what workbooks were sent out with; nothing where the file is gone or not ours any
    more.
    """
    try:
        rows: list[dict[str, Any]] = json.loads((output / FILE).read_text(encoding="utf-8"))
        return {
            key(*row["of"]): Baseline(
                SENT_OUT, _number(row["budget"]), tuple(map(_planned, row["aims"]))
            )
            for row in rows
        }
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError):
        return {}


def declared(declaration: Fingerprint) -> Baseline:
    """Return the approved goals of the year that an accepted declaration holds."""
    aims = tuple(ApprovedIndicator(aim.name, aim.target, aim.weight) for aim in declaration.aims)
    return Baseline(DECLARED, declaration.budget, aims)


def approved_budget(baselines: Iterable[Baseline]) -> Decimal | None:
    """Return the budget that was approved, in 万元: of the first that names one, what was sent out
    left aside.
    """
    named = (each.budget for each in baselines if each.source != SENT_OUT)
    return next((budget for budget in named if budget is not None), None)


def changed(
    print_: Fingerprint, baselines: Sequence[Baseline], limits: Limits
) -> Iterator[Observation]:
    """Yield where a workbook differs from what was approved (the first that says anything about it
    counts), by the limits of its profile.
    """
    budget = next((each for each in baselines if each.budget is not None), None)
    if budget is not None:
        yield from _budget(print_, budget, limits)
    aims = next((each for each in baselines if each.aims), None)
    if aims is not None and print_.aims:
        yield from _aims(print_, aims)


def _budget(print_: Fingerprint, approved: Baseline, limits: Limits) -> Iterator[Observation]:
    """Compare the budget with the approved one; one that was adjusted during the year still shows
    the approved at its start.
    """
    now, was, place = print_.budget, approved.budget, print_.budget_place or Place(print_.file)
    if now is None or was is None or _same(now, was):
        return
    if _ten_thousandfold(now, was, limits):
        figures = {"found": money(now), "expected": money(was), "source": approved.source}
        yield under(limits.money_unit_spread, seen("M06", place, variant="approved", **figures))
        return
    adjusted = print_.initial_budget is not None and _same(print_.initial_budget, was)
    yield seen(
        "M10",
        place,
        found=money(now),
        expected=money(was),
        variant="adjusted" if adjusted else "",
        source=approved.source,
    )


def _ten_thousandfold(one: Decimal, other: Decimal, limits: Limits) -> bool:
    """Whether one of two amounts is the other in 元."""
    small, large = sorted((abs(one), abs(other)))
    if not small:
        return False
    return abs(large / small / limits.money_unit_ratio.value - 1) <= limits.money_unit_spread.value


def _aims(print_: Fingerprint, approved: Baseline) -> Iterator[Observation]:
    now = {normal_name(aim.name): aim for aim in print_.aims}
    was = {normal_name(planned.name): planned for planned in approved.aims}
    for name, planned in was.items():
        if name in now:
            yield from _aim(now[name], planned, approved.source)
        else:
            yield seen(
                "D12",
                Place(print_.file),
                found="没有这一项",
                expected=_words(planned),
                variant="dropped",
                name=planned.name,
                source=approved.source,
            )
    for name, aim in now.items():
        if name not in was:
            yield seen(
                "D12",
                aim.place,
                found=_words(aim),
                expected="没有这一项",
                variant="added",
                name=aim.name,
                source=approved.source,
            )


def _aim(now: Aim, was: ApprovedIndicator, source: str) -> Iterator[Observation]:
    if was.weight is not None and now.weight is not None and now.weight != was.weight:
        yield seen(
            "D12",
            now.place,
            found=given(now.weight),
            expected=given(was.weight),
            variant="weight",
            name=now.name,
            source=source,
        )
    if (
        was.target
        and normal_name(now.target) != normal_name(was.target)
        and (change := eased(was.target, now.target, now.sense)) is not None
    ):
        yield seen(
            "D12",
            now.place,
            found=now.target or "空白",
            expected=was.target,
            variant=change,
            name=now.name,
            source=source,
        )


def _same(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) < CENT


def _words(aim: Aim | ApprovedIndicator) -> str:
    return f"{aim.target}，{given(aim.weight)}分" if aim.weight is not None else aim.target


def _planned(row: Sequence[str]) -> ApprovedIndicator:
    return ApprovedIndicator(row[0], row[1], _number(row[2]))


def _text(number: Decimal | None) -> str:
    return "" if number is None else str(number)


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None
