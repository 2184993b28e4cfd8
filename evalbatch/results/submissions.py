"""The results of a cycle as tables of the ledger: what stands of every submission, and what is said
of the whole cycle.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from evalbatch.model.finding import Finding
from evalbatch.model.record import (
    Change,
    Cycle,
    Delivery,
    Received,
    Record,
    Review,
    weak_grades,
)
from evalbatch.results.database import CYCLE, EXACT, GRADES, KEYS, SUBMISSIONS, WHOLE_CYCLE
from evalbatch.results.outcome import SubmissionOutcome, content_digest
from evalbatch.results.rows import Row, Rows, Shape
from evalbatch.results.schema import schema
from evalbatch.scoring.work_nodes import position

PAGE: Final = 64
BY_RECORD: Final = ("projects", "indicators", "findings")
"""The tables that hold the rows of one record after those of another, and last those of none."""
THE_CYCLE: Final = 0
"""The owner of findings of the cycle as a whole, where others have the number of a submission."""
_ORDERS: Final = {
    "projects": "department, project, file",
    "indicators": "department, project, file, nth",
    "findings": "of_the_cycle, department, project, file, nth",
    "follow_up": "department, project, file, kind, nth",
    "nodes": "department, year, item_position(level3_no), file, place_sheet, nth",
}
_BESIDE: Final = (
    "workbook",
    "content",
    "report_digest",
    "paper_digest",
    "extract",
    "evaluation",
)
_WHOLE: Final[Mapping[str, str]] = MappingProxyType({})
_SCORED_ROWS: Final = "submissions_rows"
_FINDINGS: Final = "submissions_findings"
_ARRIVED: Final = """
SELECT workbook, form, status, department, unit, project, roster, received_on, coalesce((
    SELECT message || remedy FROM submissions_findings
    WHERE submission = submissions.id
    AND (status = 'unreadable' AND code LIKE 'F%'
        OR status = 'superseded' AND code IN ('D01', 'D14'))
    ORDER BY nth LIMIT 1), '')
FROM submissions ORDER BY department, project, file"""
_TELLING: Final = (
    "(outcome = 'person' OR review_state NOT IN ('none', 'decided')"
    " OR CAST(final AS REAL) < CAST(weight AS REAL)"
    " OR EXISTS (SELECT 1 FROM submissions_findings_places p"
    " WHERE p.submission = submissions_rows.submission AND p.sheet = place_sheet"
    " AND ltrim(p.cell, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')"
    " = ltrim(place_cell, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')))"
)
"""The scored rows that matter to who counts: those that lost points, wait for a person, or have a
finding.
"""


class ArrivedSubmission(NamedTuple):
    """A submission as what came in is told by: of one that does not count `reason` is what the
    finding says that says why (Chinese), `received_on` is ISO.
    """

    workbook: str
    form: str
    status: str
    department: str
    unit: str
    project: str
    roster: str
    received_on: str | None
    reason: str


class RecordPage(NamedTuple):
    """Some records that follow each other in the order of publication.

    `key` digests all that is known of them, `names` are theirs; `records()` reads them,
    `rows(table)` what a table has of them.
    """

    key: str
    names: Sequence[str]
    records: Callable[[], Iterable[Record]]
    rows: Callable[[str], Iterable[Row]]


class WrittenPages(Protocol):
    """What was written of pages of records the last time, by their keys."""

    def get(self, key: str) -> bytes | None:
        """Return what was written, None for nothing."""

    def put(self, key: str, data: bytes) -> None:
        """Keep what was written."""


class Unkept:
    """Nothing is kept from one time to the next."""

    def get(self, _key: str) -> None:
        """Return nothing."""

    def put(self, _key: str, _data: bytes) -> None:
        """Keep nothing."""


class ResultTables:
    """The tables of results in a database whose tables are prepared."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.create_function("item_position", 1, _item_position, deterministic=True)

    def add(self, workbook: str, item: SubmissionOutcome) -> None:
        """Add a submission of a workbook with everything below it."""
        self.remove(item.name, "file")
        ((*columns,),) = item.record[SUBMISSIONS.table]
        digests = (content_digest(item.report), content_digest(item.working_paper))
        content = sha256(repr(sorted(item.record.items())).encode()).hexdigest()
        beside = (workbook, content, *digests, item.extract, item.evaluation)
        names = (*_BESIDE, *(column.name for column in SUBMISSIONS.columns))
        number = self._insert(SUBMISSIONS.table, names, [(*beside, *columns)])
        self._add_below(item.record, number)
        self._database.execute(
            "UPDATE submissions SET received_on ="
            " (SELECT day FROM seen JOIN files USING (digest) WHERE files.file = workbook) "
            "WHERE id = ?",
            (number,),
        )

    def remove(self, name: str, column: str = "workbook") -> None:
        """Remove the submissions of a workbook, or by what stands in another column."""
        query = f"SELECT id FROM submissions WHERE {column} = ?"  # noqa: S608 - our own words
        for (number,) in self._database.execute(query, (name,)).fetchall():
            self._remove_below(number)
            self._database.execute("DELETE FROM submissions WHERE id = ?", (number,))

    def amend(self, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Note what is known of submissions only when a cycle is published; each row ends with the
        submission's name.
        """
        told = ", ".join(f"{column} = ?" for column in columns)
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        query = f"UPDATE submissions SET {told} WHERE file = ? AND ({names}) IS NOT ({marks})"  # noqa: S608 - our own words
        self._database.executemany(query, ((*row, *row[:-1]) for row in rows))

    def tell(self, cycle: Cycle) -> None:
        """Keep what is said of the cycle as a whole: its findings, the outbox, what came in,
        changes and reviews.
        """
        self._remove_below(THE_CYCLE)
        self._add_below(_findings(cycle.findings), THE_CYCLE)
        told = {CYCLE: cycle.name, GRADES: json.dumps(cycle.grades, ensure_ascii=False)}
        self._database.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", told.items())
        low = [(form, word) for form, scale in cycle.scales.items() for word in weak_grades(scale)]
        self._database.execute("DELETE FROM weak_grades")
        self._database.executemany("INSERT INTO weak_grades VALUES (?, ?)", low)
        self._retell(WHOLE_CYCLE[Delivery], cycle.deliveries)
        self._retell(WHOLE_CYCLE[Received], cycle.received)
        self._retell(WHOLE_CYCLE[Change], cycle.changes)
        self._retell(WHOLE_CYCLE[Review], cycle.reviews)

    def records(self, first: Sequence[str] = (), *, telling: bool = False) -> Iterator[Record]:
        """Yield the record of every submission: those of these names first, the others in the
        order of publication; `telling` with those of its scored rows only that matter to who
        counts.
        """
        only = {_SCORED_ROWS: _TELLING} if telling else _WHOLE
        for named in self._numbers(first):
            yield from self._read(list(named), only)

    def outlines(self) -> Iterator[Record]:
        """Yield the record of every submission without scored rows, in the order of publication."""
        for named in self._numbers(()):
            yield from self._read(list(named), {_SCORED_ROWS: "0"})

    def arrived(self) -> list[ArrivedSubmission]:
        """Return what says of every submission what became of it, in the order of publication."""
        return list(map(ArrivedSubmission._make, self._database.execute(_ARRIVED)))

    def record_pages(self, first: Sequence[str] = ()) -> Iterator[RecordPage]:
        """Yield the records page by page, those of these names first."""
        for named in self._numbers(first):
            ids = list(named)
            read, rows = partial(self._read, ids), partial(self.rows, owners=ids)
            yield RecordPage(self._digest(ids), tuple(named.values()), read, rows)

    def whole(self, names: Sequence[str]) -> Iterator[Record]:
        """Yield the records of these names with all their rows."""
        for name in names:
            query = "SELECT id FROM submissions WHERE file = ?"
            for (number,) in self._database.execute(query, (name,)).fetchall():
                yield from self._read([number])

    def scored(self, names: Sequence[str]) -> Iterator[Record]:
        """Yield the records of these names with their scored rows, but without findings."""
        for at in range(0, len(names), PAGE):
            some = names[at : at + PAGE]
            marks = ", ".join("?" * len(some))
            query = f"SELECT id FROM submissions WHERE file IN ({marks})"  # noqa: S608 - our own words
            ids = [number for (number,) in self._database.execute(query, some).fetchall()]
            yield from self._read(ids, {_FINDINGS: "0"})

    def _digest(self, ids: Sequence[int]) -> str:
        """Digest all that is known of some submissions."""
        names = ", ".join(column.name for column in SUBMISSIONS.columns)
        marks = ", ".join("?" * len(ids))
        query = f"SELECT id, content, {names} FROM submissions WHERE id IN ({marks})"  # noqa: S608 - our own words
        told = _in_order(ids, self._database.execute(query, ids))
        return sha256(repr([row[1:] for row in told]).encode()).hexdigest()

    def _numbers(self, first: Sequence[str]) -> Iterator[Mapping[int, str]]:
        """Yield the names of submissions by their numbers, page by page: those of these names
        first, the others in the order of publication.
        """
        rank = {name: number for number, name in enumerate(first)}
        named = [row for page in self.pages("id, file") for row in page]
        named.sort(key=lambda row: rank.get(row[1], len(rank)))
        for at in range(0, len(named), PAGE):
            yield dict(named[at : at + PAGE])

    def _read(self, ids: Sequence[int], only: Mapping[str, str] = _WHOLE) -> list[Record]:
        """Read some records in the order of their numbers given; of the rows of a table below only
        those that its condition names.
        """
        found: list[Record] = SUBMISSIONS.values(partial(self._below, ids, only))[()]
        return found

    def rows(self, table: str, owners: Sequence[int] | None = None) -> Iterator[Row]:
        """Yield the rows of a table as they are published, in their order and exact: figures and
        dates as text; of a table of `BY_RECORD` only those of the owners given, if any are.
        """
        names, order = ", ".join(schema()[table].names), _ORDERS.get(table, "id")
        which = f" WHERE submission IN ({', '.join('?' * len(owners))})" if owners else ""
        query = f"SELECT {names} FROM {EXACT}{table}{which} ORDER BY {order}"  # noqa: S608 - our own words
        yield from self._database.execute(query, owners or ())

    def reports(self) -> list[str]:
        """Return where the reports stand."""
        return [
            path
            for (path,) in self._database.execute(
                "SELECT report FROM submissions WHERE report <> ''"
            )
        ]

    def to_review(self) -> int:
        """Count the rows that wait for a person."""
        (count,) = self._database.execute("SELECT sum(to_review) FROM submissions").fetchone()
        return int(count or 0)

    def pages(self, columns: str) -> Iterator[list[Row]]:
        """Read columns of the submissions page by page, in the order of publication.

        So no read is left open that would keep the outbox from writing.
        """
        query = (
            f"SELECT department, project, file, {columns} FROM submissions"  # noqa: S608 - our own words
            f" WHERE (department, project, file) > (?, ?, ?) ORDER BY department, project, "
            f"file LIMIT {PAGE}"
        )
        last = ("", "", "")
        while page := self._database.execute(query, last).fetchall():
            yield [row[3:] for row in page]
            last = page[-1][:3]

    def _below(self, ids: Sequence[int], only: Mapping[str, str], shape: Shape) -> list[Row]:
        """Return the rows of some submissions in a table, in the order of the numbers given."""
        whole = shape is SUBMISSIONS
        keys = ("id",) if whole else KEYS[: shape.depth]
        names = ", ".join([*keys, *(column.name for column in shape.columns)])
        marks = ", ".join("?" * len(ids))
        which = f"{keys[0]} IN ({marks})"
        if shape.table in only:
            which = f"{which} AND {only[shape.table]}"
        order = ", ".join(keys)
        query = f"SELECT {names} FROM {shape.table} WHERE {which} ORDER BY {order}"  # noqa: S608 - our own words
        found = self._database.execute(query, ids)
        return _in_order(ids, found) if whole else found.fetchall()

    def _retell(self, shape: Shape, values: Iterable[object]) -> None:
        self._database.execute(f"DELETE FROM {shape.table}")  # noqa: S608 - our own words
        names = ["id", *(column.name for column in shape.columns)]
        for number, value in enumerate(values):
            self._insert(shape.table, names, shape.rows(value, (number,))[shape.table])

    def _add_below(self, rows: Rows, owner: int) -> None:
        """Add what stands below a submission, or what was found in the cycle as a whole."""
        for shape in SUBMISSIONS.tables[1:]:
            names = (*KEYS[: shape.depth], *(column.name for column in shape.columns))
            self._insert(shape.table, names, [(owner, *row) for row in rows.get(shape.table, ())])

    def _remove_below(self, owner: int) -> None:
        for shape in SUBMISSIONS.tables[1:]:
            self._database.execute(f"DELETE FROM {shape.table} WHERE {KEYS[0]} = ?", (owner,))  # noqa: S608 - our own words

    def _insert(self, table: str, names: Sequence[str], rows: Sequence[Row]) -> int:
        """Insert rows, and return the number of the last one."""
        marks = ", ".join("?" * len(names))
        query = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - our own words
        cursor = self._database.cursor()
        for row in rows:
            cursor.execute(query, row)
        return cursor.lastrowid or 0


def _in_order(ids: Sequence[int], rows: Iterable[Row]) -> list[Row]:
    """Return rows, each of which begins with its number, in the order of the numbers given."""
    rank = {number: at for at, number in enumerate(ids)}
    return sorted(rows, key=lambda row: rank[row[0]])


def _findings(findings: Sequence[Finding]) -> Rows:
    """Return findings of the cycle as a whole as rows below nothing."""
    (shape,) = (each for each in SUBMISSIONS.below if each.kind is Finding)
    rows: Rows = {}
    for number, finding in enumerate(findings):
        for table, found in shape.rows(finding, (number,)).items():
            rows.setdefault(table, []).extend(found)
    return rows


def _item_position(number: str) -> str:
    """Return a text that puts the numbers of items in their order: 2 before 10."""
    figure, rest = position(number)
    return f"{figure:012d}{rest}"
