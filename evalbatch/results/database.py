"""The tables and views of the ledger: made when they are not there, grown when the program has
grown.
"""

import sqlite3
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from evalbatch.model.finding import Finding
from evalbatch.model.record import Change, Delivery, Received, Record, Review
from evalbatch.results.rows import Shape
from evalbatch.results.rows import StoredColumn as TableColumn
from evalbatch.results.schema import Column, ColumnKind, schema

SUBMISSIONS: Final = Shape(
    Record,
    "submissions",
    also={Record: {"execution_rate": Decimal, "to_review": int}, Finding: {"all_places": str}},
)
WHOLE_CYCLE: Final = {
    Delivery: Shape(Delivery, "delivery_rows"),
    Received: Shape(Received, "received_rows"),
    Change: Shape(Change, "change_rows"),
    Review: Shape(Review, "review_rows"),
}
KEYS: Final = ("submission", "nth", "part")
EXACT: Final = "exact_"
CYCLE: Final = "cycle"
"""Under which the name of the cycle is noted, as it was last published."""
GRADES: Final = "grades"
"""Likewise the grade words of its profiles, best first, as JSON."""

_JOURNAL: Final = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
    file TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, digest TEXT NOT NULL,
    context TEXT NOT NULL, holds TEXT NOT NULL, extra TEXT NOT NULL, annotated TEXT NOT NULL,
    suffix TEXT NOT NULL, fault TEXT NOT NULL, gone TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS seen (
    digest TEXT PRIMARY KEY, day TEXT NOT NULL, run INTEGER NOT NULL DEFAULT 0,
    absent_on TEXT NOT NULL DEFAULT '', filed INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (
    file TEXT PRIMARY KEY, kind TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS earlier (
    name TEXT PRIMARY KEY, mtime_ns INTEGER NOT NULL, extract BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outputs (
    path TEXT PRIMARY KEY, digest TEXT NOT NULL, state TEXT NOT NULL,
    mark TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS weak_grades (
    form TEXT NOT NULL, grade TEXT NOT NULL, PRIMARY KEY (form, grade)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pages (
    key TEXT PRIMARY KEY, data BLOB NOT NULL, kind TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pdfs (report TEXT PRIMARY KEY, pdf TEXT NOT NULL) WITHOUT ROWID;
"""
_GROWN: Final = (
    ("outputs", "mark", "TEXT NOT NULL DEFAULT ''"),
    ("seen", "run", "INTEGER NOT NULL DEFAULT 0"),
    ("seen", "absent_on", "TEXT NOT NULL DEFAULT ''"),
    ("seen", "filed", "INTEGER NOT NULL DEFAULT 0"),
    ("pages", "kind", "TEXT NOT NULL DEFAULT ''"),
)
"""Columns that tables of the journal did not have from the beginning."""
_KEPT_BESIDE: Final = (
    "id INTEGER PRIMARY KEY, workbook TEXT NOT NULL, content TEXT NOT NULL,"
    " report_digest TEXT NOT NULL, "
    "paper_digest TEXT NOT NULL,"
    " extract BLOB NOT NULL, evaluation BLOB NOT NULL"
)
_INDEXES: Final = """
CREATE INDEX IF NOT EXISTS submissions_by_workbook ON submissions (workbook);
CREATE UNIQUE INDEX IF NOT EXISTS submissions_by_file ON submissions (file);
CREATE UNIQUE INDEX IF NOT EXISTS submissions_in_order ON submissions (department, project, file);
"""
_AS_NUMBER: Final = {
    ColumnKind.SCORE: "round(CAST({} AS REAL), 2)",
    ColumnKind.MONEY: "CAST({} AS REAL)",
    ColumnKind.RATE: "round(CAST({} AS REAL), 4)",
    ColumnKind.COUNT: "CAST({} AS INTEGER)",
}


@cache
def definition() -> str:
    """Return a digest of all tables and views."""
    shapes = [*SUBMISSIONS.tables, *WHOLE_CYCLE.values()]
    told = (
        _JOURNAL,
        _KEPT_BESIDE,
        _INDEXES,
        [(shape.table, shape.columns) for shape in shapes],
        _views(),
    )
    return sha256(repr(told).encode()).hexdigest()


def prepare(database: sqlite3.Connection) -> None:
    """Make every table and view that is missing, with every column."""
    _all(database, _JOURNAL)
    _bring_up_to_date(database)
    for shape in SUBMISSIONS.tables:
        _make(database, shape, _KEPT_BESIDE if shape is SUBMISSIONS else _keys(shape))
    for shape in WHOLE_CYCLE.values():
        _make(database, shape, "id INTEGER PRIMARY KEY")
    _all(database, _INDEXES)
    known = dict(database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view'"))
    if known != _views():
        for name in known:
            database.execute(f"DROP VIEW {name}")
        for statement in _views().values():
            database.execute(statement)


def _bring_up_to_date(database: sqlite3.Connection) -> None:
    """Give the tables that older programs made the columns of today, by today's names."""
    if "as_of" in _columns(database, "files"):
        database.execute("ALTER TABLE files RENAME COLUMN as_of TO holds")
        database.execute("UPDATE files SET holds = holds || '/' || holds WHERE holds <> ''")
    for table in ("earlier", SUBMISSIONS.table):
        if "fingerprint" in _columns(database, table):
            database.execute(f"ALTER TABLE {table} RENAME COLUMN fingerprint TO extract")
    for table, column, declared in _GROWN:
        if column not in _columns(database, table):
            database.execute(f"ALTER TABLE {table} ADD COLUMN {column} {declared}")


def _columns(database: sqlite3.Connection, table: str) -> frozenset[str]:
    """Name the columns of a table, none where it is not there."""
    return frozenset(row[1] for row in database.execute(f"PRAGMA table_info({table})"))


def copy_part(database: sqlite3.Connection, files: Sequence[str]) -> None:
    """Copy some files with their results into the attached database `part`."""
    database.execute("CREATE TEMP TABLE chosen (file TEXT PRIMARY KEY)")
    database.executemany("INSERT INTO chosen VALUES (?)", [(file,) for file in files])
    _copy(database, "files", "file IN chosen")
    _copy(database, "seen", "1")
    _copy(database, SUBMISSIONS.table, "workbook IN chosen")
    for shape in SUBMISSIONS.tables[1:]:
        _copy(database, shape.table, f"{KEYS[0]} IN (SELECT id FROM part.{SUBMISSIONS.table})")  # noqa: S608 - our own words
    database.execute("DROP TABLE chosen")


def _copy(database: sqlite3.Connection, table: str, which: str) -> None:
    names = ", ".join(row[1] for row in database.execute(f"PRAGMA main.table_info({table})"))
    database.execute(
        f"INSERT INTO part.{table} ({names}) SELECT {names} FROM main.{table} WHERE {which}"  # noqa: S608 - our own words
    )


def _all(database: sqlite3.Connection, statements: str) -> None:
    """Execute statements one by one: a script would end the transaction."""
    for statement in statements.split(";"):
        database.execute(statement)


def _keys(shape: Shape) -> str:
    return ", ".join(f"{key} INTEGER NOT NULL" for key in KEYS[: shape.depth])


def _make(database: sqlite3.Connection, shape: Shape, first: str) -> None:
    key = "" if "PRIMARY KEY" in first else f", PRIMARY KEY ({', '.join(KEYS[: shape.depth])})"
    columns = ", ".join(_declared(column) for column in shape.columns)
    rowless = " WITHOUT ROWID" if key else ""
    database.execute(f"CREATE TABLE IF NOT EXISTS {shape.table} ({first}, {columns}{key}){rowless}")
    there = _columns(database, shape.table)
    for column in shape.columns:
        if column.name not in there:  # a ledger of before the model grew
            database.execute(f"ALTER TABLE {shape.table} ADD COLUMN {_declared(column)}")


def _declared(column: TableColumn) -> str:
    return f"{column.name} {column.sql} DEFAULT {column.default}"


@cache
def _views() -> dict[str, str]:
    """Return every view by its name: the exact ones as written, and beside each one with
    numbers.
    """
    text = files("evalbatch.results").joinpath("views.sql").read_text(encoding="utf-8")
    exact = [
        part[part.index("CREATE VIEW") :].strip()
        for part in text.split(";\n")
        if "CREATE VIEW" in part
    ]
    found = {statement.split()[2]: statement for statement in exact}
    for name, table in schema().items():
        columns = ", ".join(map(_numeric, table.columns))
        found[name] = f"CREATE VIEW {name} AS SELECT {columns} FROM {EXACT}{name}"  # noqa: S608 - our own words
    return found


def _numeric(column: Column) -> str:
    if column.kind not in _AS_NUMBER:
        return column.name
    return f"{_AS_NUMBER[column.kind].format(column.name)} AS {column.name}"
