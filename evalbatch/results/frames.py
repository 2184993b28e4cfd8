"""The results of one or several cycles as pandas DataFrames: what analysts read.

pandas takes half a second to import, so that it is imported where a frame is made and nowhere else.
"""

import csv
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from evalbatch.errors import Trouble
from evalbatch.model.record import DATA, LEDGER
from evalbatch.results.database import CYCLE, GRADES
from evalbatch.results.schema import Column, ColumnKind, schema
from evalbatch.results.tables import read

if TYPE_CHECKING:
    from pandas import DataFrame, Series


_REQUIRED: Final = "projects"
_EXACT: Final = frozenset({ColumnKind.SCORE, ColumnKind.MONEY, ColumnKind.RATE})
_TYPED: Final[Mapping[ColumnKind, Callable[[str], Any]]] = {
    ColumnKind.TEXT: str,
    ColumnKind.DATE: date.fromisoformat,
    ColumnKind.SCORE: float,
    ColumnKind.MONEY: float,
    ColumnKind.RATE: float,
    ColumnKind.COUNT: int,
    ColumnKind.FLAG: "true".__eq__,
}
_DIFFERENCE: Final = ("table", "key", "change", "column", "self", "other")

Line = Mapping[str, str]


class ResultsError(Trouble, ValueError):
    """There are no results where they were looked for; the message says so in Chinese."""


class Results:
    """What was published of one or several cycles.

    Each table is a DataFrame with the columns of its CSV file, in their order; `schema` describes
    them. Texts are strings (empty where there is none), dates are `datetime64[s]`, scores, money
    and rates `float64`, or `Decimal` where exact figures were asked for, counts `Int64`; `grade` is
    an ordered category, best first as in the policy. Of several cycles every row says in a first
    column `cycle` which one it belongs to.
    """

    def __init__(self, folders: Sequence[Path], *, exact: bool = False) -> None:
        """Read nothing yet but what the folders are.

        Raises:
            ResultsError: a folder holds no results.
        """
        self._exact = exact
        self._cycles = [_Published(folder) for folder in folders]
        if not self._cycles:
            raise ResultsError("没有指明结果文件夹。")

    @cached_property
    def projects(self) -> "DataFrame":
        """Every workbook that was handed in."""
        return self._frame("projects")

    @cached_property
    def indicators(self) -> "DataFrame":
        """Every row of the scored tables, of all workbooks that count."""
        return self._frame("indicators")

    @cached_property
    def findings(self) -> "DataFrame":
        """What the checks say, about workbooks and about the cycle as a whole."""
        return self._frame("findings")

    @cached_property
    def nodes(self) -> "DataFrame":
        """The work nodes of the annual plans."""
        return self._frame("nodes")

    @cached_property
    def deliveries(self) -> "DataFrame":
        """The messages of the outbox."""
        return self._frame("deliveries")

    @cached_property
    def received(self) -> "DataFrame":
        """Every entry that the inbox ever held, with what became of it."""
        return self._frame("received")

    @cached_property
    def changes(self) -> "DataFrame":
        """What changed from one run to the next, and why."""
        return self._frame("changes")

    @cached_property
    def reviews(self) -> "DataFrame":
        """Every decision of the office as it was written."""
        return self._frame("reviews")

    @cached_property
    def follow_up(self) -> "DataFrame":
        """What is to be put right (整改)."""
        return self._frame("follow_up")

    def schema(self, name: str) -> "DataFrame":
        """Describe a table: a row for each column with its name, Chinese label, dtype, unit and
        meaning.

        Raises:
            ResultsError: there is no such table.
        """
        from pandas import DataFrame  # noqa: PLC0415 - see the module

        if name not in schema():
            raise ResultsError(f"没有名为“{name}”的表；有：{'、'.join(schema())}。")
        rows = [
            (column.name, column.label, column.kind.dtype, column.measured, column.meaning)
            for column in schema()[name].columns
        ]
        return DataFrame(rows, columns=["column", "label", "dtype", "unit", "meaning"])

    def diff(self, other: "Results") -> "DataFrame":
        """Return what is different in other results, a row for each value.

        `table` and `key` (the values that tell a row apart, joined by ` / `; the cycle first where
        there are several) say where, `change` is `changed`, `added` (the row is in `other` only) or
        `removed` (in `self` only), `column`, `self` and `other` what is different, as published.

        Raises:
            TypeError: `other` is something else.
        """
        from pandas import DataFrame  # noqa: PLC0415 - see the module

        if not isinstance(other, Results):
            raise TypeError(f"只能与另一份 Results 比较，现为 {type(other).__name__}")
        both = (self._cycles, other._cycles)  # noqa: SLF001 - its own kind
        named = any(len(cycles) > 1 for cycles in both)
        rows = [
            row
            for name in schema()
            for row in _differences(name, *(_keyed(name, cycles, named) for cycles in both))
        ]
        return DataFrame(rows, columns=list(_DIFFERENCE), dtype="string")

    def _frame(self, name: str) -> "DataFrame":
        from pandas import DataFrame, concat  # noqa: PLC0415 - see the module

        names = _told_apart(self._cycles)
        frames = []
        for published, cycle in zip(self._cycles, names, strict=True):
            lines = list(published.lines(name))
            columns = {
                column.name: self._series(column, [line.get(column.name, "") for line in lines])
                for column in schema()[name].columns
            }
            frame = DataFrame(columns)
            if len(names) > 1:
                frame.insert(0, "cycle", cycle)
                frame["cycle"] = frame["cycle"].astype("string")
            frames.append(frame)
        return frames[0] if len(frames) == 1 else concat(frames, ignore_index=True)

    def _series(self, column: Column, texts: Sequence[str]) -> "Series[Any]":
        """Return the values of a column, typed."""
        from pandas import Categorical, Series  # noqa: PLC0415 - see the module

        if column.kind is ColumnKind.GRADE:
            return Series(Categorical([text or None for text in texts], self._grades, ordered=True))
        exact = self._exact and column.kind in _EXACT
        typed = Decimal if exact else _TYPED[column.kind]
        none = "" if column.kind is ColumnKind.TEXT else None
        values: Any = [typed(text) if text else none for text in texts]
        return Series(values, dtype="object" if exact else column.kind.dtype)

    @cached_property
    def _grades(self) -> list[str]:
        """The grade words of all cycles, best first."""
        return list(dict.fromkeys(word for published in self._cycles for word in published.grades))


class _Published:
    """What one run folder holds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._data = folder / DATA if (folder / DATA).is_dir() else folder
        if not (self._data / f"{_REQUIRED}.csv").is_file():
            raise ResultsError(
                f"{folder} 中没有结果（应有 {DATA}/{_REQUIRED}.csv）；请先运行 evalbatch run。"
            )

    def lines(self, name: str) -> Iterator[Line]:
        """Yield the rows of a table; none where an older program did not write it."""
        path = self._data / f"{name}.csv"
        try:
            if path.is_file():
                yield from read(path)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise ResultsError(f"{path} 读不出（{error}）。") from error

    @cached_property
    def noted(self) -> Mapping[str, str]:
        """What the ledger notes about the cycle; nothing where there is no ledger of today beside
        the tables.
        """
        path = self.folder / LEDGER
        if not path.is_file():
            return {}
        try:
            with closing(
                sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
            ) as database:
                return dict(
                    database.execute(
                        "SELECT key, value FROM meta WHERE key IN (?, ?)", (CYCLE, GRADES)
                    )
                )
        except sqlite3.Error:
            return {}

    @property
    def cycle(self) -> str:
        """The name of the cycle, else that of the folder."""
        return self.noted.get(CYCLE) or str(self.folder)

    @property
    def grades(self) -> list[str]:
        """The grade words, best first: those of the profiles, then others by the best total that
        was given them.
        """
        best: dict[str, Decimal] = defaultdict(Decimal)
        for line in self.lines("projects"):
            if line.get("grade"):
                best[line["grade"]] = max(best[line["grade"]], Decimal(line["final_total"] or 0))
        known: list[str] = json.loads(self.noted.get(GRADES) or "[]")
        return [
            *known,
            *(word for word in sorted(best, key=lambda word: -best[word]) if word not in known),
        ]


def _told_apart(cycles: Sequence[_Published]) -> list[str]:
    """Return the names of cycles; those of one name are told apart by their folders."""
    names = Counter(published.cycle for published in cycles)
    return [
        published.cycle if names[published.cycle] == 1 else str(published.folder)
        for published in cycles
    ]


def _keyed(name: str, cycles: Sequence[_Published], named: bool) -> dict[str, Line]:
    """Return the rows of a table by their keys, which begin with the cycle where it is `named`; of
    rows with equal keys the second has `#2` behind it.
    """
    times: dict[str, int] = Counter()
    found = {}
    for published, cycle in zip(cycles, _told_apart(cycles), strict=True):
        for line in published.lines(name):
            values = [line.get(column, "") for column in schema()[name].key]
            key = " / ".join([cycle, *values] if named else values)
            times[key] += 1
            found[f"{key} #{times[key]}" if times[key] > 1 else key] = line
    return found


def _differences(
    name: str, ours: Mapping[str, Line], theirs: Mapping[str, Line]
) -> Iterator[tuple[str | None, ...]]:
    """Yield the differences of two tables in the words of `_DIFFERENCE`, in the order of the first,
    then of the second.
    """
    for key, line in ours.items():
        if key not in theirs:
            yield name, key, "removed", None, None, None
            continue
        for column in schema()[name].names:
            before, after = line.get(column, ""), theirs[key].get(column, "")
            if before != after:
                yield name, key, "changed", column, before, after
    for key in theirs:
        if key not in ours:
            yield name, key, "added", None, None, None
