"""The review as one small pure function: a second opinion that the product is held against.

It is written the plain way: a row and its decisions as tuples and dictionaries, no state kept.
"""

from decimal import Decimal
from typing import Any, NamedTuple


class Line(NamedTuple):
    """A line that a person wrote: what was seen, what was decided, and how."""

    by: str
    score: int | None = None
    facts: str = "f1"
    rule: str = "r1"
    kind: str = "复核"
    verdict: str = "核定"


class Row(NamedTuple):
    """A scored row as computed tonight; `auto` is the score without any person."""

    facts: str = "f1"
    rule: str = "r1"
    auto: int = 8
    asked: bool = True


def state(row: Row, lines: list[Line], *, appealed: bool = False) -> tuple[str, Decimal]:
    """Return the state of a row and the score in force."""
    own: dict[Any, Line] = {}
    for line in lines:
        if line.verdict == "撤回" and line.kind != "申诉":
            own = {key: each for key, each in own.items() if key[:2] != (line.by, line.kind)}
        elif line.verdict == "维持" and line.kind != "申诉":
            earlier = _top([each for each in own.values() if each.facts == line.facts])
            earlier = earlier or _top(_last_decided(list(own.values())))
            if len({each.score for each in earlier}) == 1:
                kept = earlier[-1]._replace(facts=line.facts, rule=line.rule)
                own.pop((kept.by, kept.kind, kept.facts), None)
                own[kept.by, kept.kind, kept.facts] = kept
        elif line.verdict == "核定":
            own.pop((line.by, line.kind, line.facts), None)
            own[line.by, line.kind, line.facts] = line
    found = _derived(row, list(own.values()))
    return ("appealed", found[1]) if appealed else found


def _derived(row: Row, own: list[Line]) -> tuple[str, Decimal]:
    auto = Decimal(row.auto)
    if not own:
        return ("due" if row.asked else "none"), auto
    fresh = [each for each in own if each.facts == row.facts]
    if not fresh:
        return "stale", auto
    top = _top(fresh)
    lowest = Decimal(min(each.score or 0 for each in top))
    if len({each.score for each in top}) > 1:
        return "split", lowest
    return ("decided" if any(each.rule == row.rule for each in top) else "confirm"), lowest


def _top(lines: list[Line]) -> list[Line]:
    """Return the lines of the kind that outranks the others."""
    kinds = ("申诉", "裁定", "复核")
    return next((found for kind in kinds if (found := [x for x in lines if x.kind == kind])), [])


def _last_decided(lines: list[Line]) -> list[Line]:
    return [each for each in lines if each.facts == lines[-1].facts]


def stage(states: list[str], *, frozen: int = 0) -> str:
    """Return the stage of a graded project: an open appeal shows before anything else, also before
    the freeze.
    """
    if "appealed" in states:
        return "appealed"
    if frozen:
        return "corrected" if frozen > 1 else "final"
    return "reviewed" if set(states) <= {"none", "decided"} else "pending"
