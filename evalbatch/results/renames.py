"""Offices that changed their names (沿革): joined by what the organiser wrote down, proposed by
likeness, never joined by it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final, NamedTuple

from evalbatch.model.names import normal_name

LIKE: Final = 0.6
"""How much two names have in common, from 0 to 1, for the pair to be put before a person."""


class Rename(NamedTuple):
    """A line of 沿革.xlsx: from `year` on the office `old` is called `new`, as `basis` says."""

    old: str
    new: str
    year: int
    basis: str


class Proposal(NamedTuple):
    """Two names that may be one office: `old` was last seen before `year`, `new` first then."""

    old: str
    new: str
    year: int
    why: str


@dataclass(frozen=True, slots=True)
class Renames:
    """The lines of 沿革.xlsx, in force from their years on.

    A line joins the figures of earlier years only: an office that still bears the old name in that
    year or later is another one, or has not been told.
    """

    lines: tuple[Rename, ...] = ()
    _by_old: dict[str, list[Rename]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for line in self.lines:
            self._by_old.setdefault(normal_name(line.old), []).append(line)

    def today(self, name: str, year: int) -> str:
        """Return what the office that bore a name in a year is called now."""
        seen = {normal_name(name)}
        while (line := self._next(name, year)) and normal_name(line.new) not in seen:
            seen.add(normal_name(line.new))
            name, year = line.new, line.year
        return name

    def _next(self, name: str, year: int) -> Rename | None:
        """Return the first renaming after a year, of lines that agree about it."""
        later = [line for line in self._by_old.get(normal_name(name), ()) if line.year > year]
        return min(later, key=lambda line: line.year, default=None)


def proposals(
    names: Mapping[int, Mapping[str, Sequence[str]]], renames: Renames
) -> Iterator[Proposal]:
    """Yield pairs of names that may be one office, for a person to decide.

    Args:
        names: the departments of each year with the names of their projects.
        renames: what is joined already.
    """
    years = sorted(names)
    for before, year in pairwise(years):
        told = {renames.today(name, before) for name in names[before]}
        gone = [name for name in names[before] if renames.today(name, before) not in names[year]]
        for new in (name for name in names[year] if name not in told):
            for old in gone:
                if why := _likeness(old, new, names[before][old], names[year][new]):
                    yield Proposal(old, new, year, why)


def _likeness(old: str, new: str, before: Iterable[str], now: Iterable[str]) -> str:
    """Say what two names have in common, in Chinese; empty when it is too little."""
    had, has = Counter(map(normal_name, before)), Counter(map(normal_name, now))
    shared = (had & has).total()
    if shared:
        return f"有 {shared} 个同名项目"
    alike = SequenceMatcher(None, normal_name(old), normal_name(new), autojunk=False).ratio()
    return f"名称相近（{alike:.0%}）" if alike >= LIKE else ""
