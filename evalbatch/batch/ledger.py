"""The ledger (台账): what has been seen, computed and put in place, in a SQLite database in the output folder.

It is the journal too: results are recorded with their outputs still staged, then one transaction declares which outputs shall
stand where, and only then are files moved. A run killed before that transaction has changed no output; killed after it, the next
run finishes the moves.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from evalbatch.batch.job import Outcome
from evalbatch.batch.store import content_digest
from evalbatch.model.fault import Trouble

SCHEMA_VERSION = 2
SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
    file TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, digest TEXT NOT NULL, context TEXT NOT NULL,
    as_of TEXT NOT NULL, extra TEXT NOT NULL, annotated TEXT NOT NULL, suffix TEXT NOT NULL,
    fault TEXT NOT NULL, gone TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS items (
    name TEXT PRIMARY KEY, file TEXT NOT NULL, department TEXT NOT NULL, project TEXT NOT NULL, form TEXT NOT NULL,
    status TEXT NOT NULL, report TEXT NOT NULL, record BLOB NOT NULL, fingerprint BLOB NOT NULL,
    evaluation BLOB NOT NULL, working_paper TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS items_by_file ON items (file);
CREATE INDEX IF NOT EXISTS items_in_order ON items (department, project, name);
CREATE TABLE IF NOT EXISTS earlier (
    name TEXT PRIMARY KEY, mtime_ns INTEGER NOT NULL, fingerprint BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outputs (path TEXT PRIMARY KEY, digest TEXT NOT NULL, state TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pdfs (report TEXT PRIMARY KEY, pdf TEXT NOT NULL) WITHOUT ROWID;
"""
SHELVED = "name, file, department, project, form, status, report, working_paper"
PAGE = 256
PLACED, PENDING, REMOVING = "placed", "pending", "removing"


class LedgerError(Trouble):
    """The ledger cannot be used; the message says why in Chinese."""


class Known(NamedTuple):
    """What the ledger knows of a file: how it looked, and under which conditions its results were computed.

    `as_of` is empty when the results do not depend on it. `extra` is what was noticed across workbooks, packed as text.
    `gone` is the run since which the file has been missing, empty while it is there.
    """

    file: str
    size: int
    mtime_ns: int
    digest: str
    context: str
    as_of: str
    extra: str
    annotated: str
    suffix: str
    fault: str
    gone: str

    @property
    def outlasted(self) -> bool:
        """Whether the file outlasted its time, or killed its worker, on the one day of `as_of`: it was never read whole."""
        return bool(self.as_of) and not self.digest


class Shelf(NamedTuple):
    """One submission as it is shelved: everything of an Item but its weight."""

    name: str
    file: str
    department: str
    project: str
    form: str
    status: str
    report: str
    working_paper: str


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under which conditions an outcome was computed (see Known)."""

    size: int
    mtime_ns: int
    context: str
    as_of: str
    extra: str


class Ledger:
    """The ledger of one output folder; use it with the run's lock held."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._database = sqlite3.connect(path, timeout=30, isolation_level=None)
            self._database.execute("PRAGMA journal_mode=WAL")  # the outbox is written while the records are read
            self._database.execute("PRAGMA synchronous=FULL")
            self._check_version()
            self._database.executescript(SCHEMA)
        except sqlite3.DatabaseError as error:
            raise LedgerError(
                f"{path}：台账无法打开（{error}）；如已损坏，请移走该文件后重新运行，全部结果将重新计算。"
            ) from error

    def __reduce__(self) -> "tuple[type[Ledger], tuple[Path]]":
        """Another process opens the same ledger for itself."""
        return Ledger, (self._path,)

    def __len__(self) -> int:
        """How many submissions there are."""
        (count,) = self._database.execute("SELECT count(*) FROM items").fetchone()
        return int(count)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside one change: all of it, or none."""
        self._database.execute("BEGIN IMMEDIATE")
        with self._database:  # commits, or rolls back
            yield

    def get(self, key: str) -> str:
        """Return a noted value, empty when there is none."""
        row = self._database.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def note(self, key: str, value: str) -> None:
        """Note a value."""
        self._database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def files(self) -> dict[str, Known]:
        """Return every file that was ever recorded, by name, in one read."""
        return {row[0]: Known(*row) for row in self._database.execute("SELECT * FROM files")}

    def shelves(self) -> list[Shelf]:
        """Return every submission in the order of publication: by department, project, name."""
        query = f"SELECT {SHELVED} FROM items ORDER BY department, project, name"  # noqa: S608 - our own words
        return [Shelf(*row) for row in self._database.execute(query)]

    def records(self) -> Iterator[tuple[Shelf, bytes]]:
        """Yield every submission with its packed record, in the order of publication."""
        for *shelf, record in self._pages(f"{SHELVED}, record"):
            yield Shelf(*shelf), record

    def fingerprints(self) -> Iterator[tuple[str, bytes, int]]:
        """Yield name, packed fingerprint and file time (in nanoseconds) of every submission, in the order of publication."""
        yield from self._pages("name, fingerprint, (SELECT mtime_ns FROM files WHERE files.file = items.file)")

    def earlier(self) -> list[tuple[str, bytes, int]]:
        """Return the same of the last different content of every hand-in that was overwritten or replaced by another file."""
        return self._database.execute("SELECT name, fingerprint, mtime_ns FROM earlier ORDER BY name").fetchall()

    def evaluations(self) -> Iterator[bytes]:
        """Yield every evaluation that was kept whole, in the order of publication."""
        yield from (data for (data,) in self._pages("evaluation") if data)

    def _pages(self, columns: str) -> Iterator[tuple[Any, ...]]:
        """Read the submissions page by page, so that no read is left open that would keep the outbox from writing."""
        query = (
            f"SELECT department, project, name, {columns} FROM items WHERE (department, project, name) > (?, ?, ?)"  # noqa: S608 - our own words
            f" ORDER BY department, project, name LIMIT {PAGE}"
        )
        last = ("", "", "")
        while page := self._database.execute(query, last).fetchall():
            yield from (row[3:] for row in page)
            last = page[-1][:3]

    def record(self, outcome: Outcome, conditions: Conditions) -> None:
        """Record an outcome in place of what was known of its file; its outputs must be staged already."""
        annotated = content_digest(outcome.annotated)
        self._keep_earlier(outcome.file, outcome.digest)
        self._database.execute("DELETE FROM items WHERE file=?", (outcome.file,))
        self._database.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')",
            (
                *(outcome.file, conditions.size, conditions.mtime_ns, outcome.digest, conditions.context),
                *(conditions.as_of, conditions.extra, annotated, outcome.suffix, outcome.fault),
            ),
        )
        self._database.executemany(
            "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(item.name, outcome.file, item.department, item.project, item.form, item.status.value),
                    *(content_digest(item.report), item.record, item.fingerprint, item.evaluation),
                    content_digest(item.working_paper),
                )
                for item in outcome.items
            ],
        )

    def _keep_earlier(self, file: str, digest: str = "") -> None:
        """Keep the fingerprints of what stands in a file that gets other content; what could not be read tells nothing."""
        self._database.execute(
            """INSERT OR REPLACE INTO earlier SELECT items.name, files.mtime_ns, items.fingerprint
            FROM items JOIN files ON files.file = items.file
            WHERE items.file = ? AND files.digest != ? AND items.status != 'unreadable'""",
            (file, digest),
        )

    def keep(self, outcome: Outcome) -> bool:
        """Note a fault of ours beside the results that the same content had before; false when there are none."""
        changed = self._database.execute(
            "UPDATE files SET fault=? WHERE file=? AND digest=? AND context != ''", (outcome.fault, outcome.file, outcome.digest)
        )
        return changed.rowcount > 0

    def touch(self, marks: Iterable[tuple[int, int, str]]) -> None:
        """Note new sizes and times (size, mtime_ns, file) of files whose content is what it was."""
        self._database.executemany("UPDATE files SET size=?, mtime_ns=?, gone='' WHERE file=?", marks)

    def miss(self, files: Iterable[str], run: str) -> None:
        """Note that files are missing since this run; their results stay."""
        self._database.executemany("UPDATE files SET gone=? WHERE file=? AND gone=''", [(run, file) for file in files])

    def replaced(self) -> list[str]:
        """Return the missing files whose every submission was handed in again under another name, which is still there."""
        query = """
            SELECT f.file FROM files f WHERE f.gone != '' AND EXISTS (SELECT 1 FROM items i WHERE i.file = f.file)
            AND NOT EXISTS (
                SELECT 1 FROM items i WHERE i.file = f.file AND (i.project = '' OR NOT EXISTS (
                    SELECT 1 FROM items j JOIN files g ON g.file = j.file WHERE g.gone = '' AND j.form = i.form
                    AND j.department = i.department AND j.project = i.project
                ))
            ) ORDER BY f.file"""
        return [file for (file,) in self._database.execute(query)]

    def supersede(self, files: Iterable[str]) -> None:
        """Forget files that were handed in again under another name, but for what was found in them."""
        names = tuple(files)
        for file in names:
            self._keep_earlier(file)
        self.forget(names)

    def forget(self, files: Iterable[str]) -> None:
        """Forget files with their results."""
        names = [(file,) for file in files]
        self._database.executemany("DELETE FROM items WHERE file=?", names)
        self._database.executemany("DELETE FROM files WHERE file=?", names)

    def outputs(self) -> dict[str, tuple[str, str]]:
        """Return digest and state of every output by its path."""
        return {path: (digest, state) for path, digest, state in self._database.execute("SELECT * FROM outputs")}

    def declare(self, wanted: Mapping[str, str], changing: Iterable[str]) -> None:
        """Declare which outputs (path to digest) shall stand: the changing are pending, what is not wanted is removing."""
        rows = [(path, wanted[path], PENDING) for path in changing]
        rows += [(path, digest, REMOVING) for path, (digest, _) in self.outputs().items() if path not in wanted]
        self._database.executemany("INSERT OR REPLACE INTO outputs VALUES (?, ?, ?)", rows)

    def settle(self, placed: Iterable[str], removed: Iterable[str]) -> None:
        """Note what has been put in place and what has been removed."""
        self._database.executemany("UPDATE outputs SET state=? WHERE path=?", [(PLACED, path) for path in placed])
        self._database.executemany("DELETE FROM outputs WHERE path=?", [(path,) for path in removed])

    def pdfs(self) -> dict[str, str]:
        """Return the digest of the PDF of every report by the report's digest."""
        return dict(self._database.execute("SELECT report, pdf FROM pdfs"))

    def add_pdf(self, report: str, pdf: str) -> None:
        """Note a report's PDF."""
        self._database.execute("INSERT OR REPLACE INTO pdfs VALUES (?, ?)", (report, pdf))

    def _check_version(self) -> None:
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise LedgerError(f"台账由更新版本的程序写成（版本 {version}，本程序只认识 {SCHEMA_VERSION}）；请升级程序。")
        if version < SCHEMA_VERSION:
            if version == 1:  # before the office had working papers
                self._database.execute("ALTER TABLE items ADD COLUMN working_paper TEXT NOT NULL DEFAULT ''")
            self._database.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
