"""Where checks enrol: one function per code, found here by assess."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from evalbatch.checks.case import Case
from evalbatch.model.observation import Observation
from evalbatch.model.place import Place
from evalbatch.model.submission import Entry, Row
from evalbatch.policies.spec import Limit

Check = Callable[[Case], Iterator[Observation]]

CHECKS: dict[str, Check] = {}
SUMS: set[str] = set()
"""The codes of checks that are silent while a required table is lost (F04): they would judge the sum of a part."""
POINTS: set[str] = set()
"""The codes of checks that look at points and grades: they have nothing to say of a form that is not scored."""


def check(code: str, *, sums: bool = False, points: bool = False) -> Callable[[Check], Check]:
    """Enrol a function as the check of a code; `sums` says that it judges sums over the whole form, `points` scores."""

    def enrol(function: Check) -> Check:
        if code in CHECKS:
            raise ValueError(f"two checks for {code}")
        CHECKS[code] = function
        if sums:
            SUMS.add(code)
        if points:
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
    """Make an observation; `where` are the entries, rows or places it speaks of, the first is where to look first."""
    places = tuple(where_ if isinstance(where_, Place) else where_.place for where_ in where)
    return Observation(code, places, found, expected, variant, figures)


def under(limit: Limit, observation: Observation) -> Observation:
    """Let an observation quote the basis of the limit that it applied."""
    return replace(observation, basis=limit.quoted)
