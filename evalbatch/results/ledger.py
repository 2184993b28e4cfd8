"""The ledger (台账): what has been seen, computed and put in place, in a SQLite database in the
output folder.

Results stand in plain tables and views that SQL can query (views.sql). It is the journal too:
results are recorded with their outputs still staged, then one transaction declares which outputs
shall stand where, and only then are files moved. A run killed before that transaction has changed
no output; killed after it, the next run finishes the moves.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple, TypeVar, cast

from evalbatch.errors import Trouble, disk_words, is_damaged
from evalbatch.model.identity import Arrival
from evalbatch.output_files import keep_private
from evalbatch.results.database import copy_part, definition, prepare
from evalbatch.results.history import HistoryTables
from evalbatch.results.migration import migrate
from evalbatch.results.outcome import WorkbookOutcome, content_digest
from evalbatch.results.submissions import ResultTables

Kept = TypeVar("Kept")
SCHEMA_VERSION = 4
SHAPE = "shape"
SETTINGS_FILE = "settings_file"
RUN, SEEN_ON = "run_number", "seen_on"
PLACED, PENDING, REMOVING = "placed", "pending", "removing"


def made_with_settings(path: Path) -> str:
    """Return the settings file that a cycle's results were made with, empty where there was none,
    or no ledger that can be read.
    """
    if not path.is_file():
        return ""
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as database:
        row = database.execute("SELECT value FROM meta WHERE key=?", (SETTINGS_FILE,)).fetchone()
        return str(row[0]) if row else ""
    return ""


class LedgerError(Trouble):
    """The ledger cannot be used; the message says why in Chinese."""


def _advice(error: sqlite3.Error) -> str:
    """Say what to do: only a ledger that is damaged is better moved away."""
    if is_damaged(error):
        return (
            "文件已损坏，请移走（不要删除）后重新运行，全部结果将重新计算；"
            "已发出的邮件另有登记，不会重发。"
        )
    return "请检查磁盘和权限后重新运行，不要移动或删除台账。"


class Known(NamedTuple):
    """What the ledger knows of a file: how it looked, and under which conditions its results were
    computed.

    `holds` are the days on which the results are the same (see Span), empty where on all. `extra`
    is what was noticed across workbooks, packed as text. `gone` is the run since which the file has
    been missing, empty while it is there.
    """

    file: str
    size: int
    mtime_ns: int
    digest: str
    context: str
    holds: str
    extra: str
    annotated: str
    suffix: str
    fault: str
    gone: str

    @property
    def outlasted(self) -> bool:
        """Whether the file outlasted its time, or killed its worker, on the one day of `holds`: it
        was never read whole.
        """
        return bool(self.holds) and not self.digest


class LeftEntry(NamedTuple):
    """An entry of the inbox that was not read: kind, outcome and reason as in `Received`, and the
    day of its arrival (ISO).
    """

    file: str
    kind: str
    outcome: str
    reason: str
    received_on: str = ""


class Shelf(NamedTuple):
    """A submission as publication places it: its names, and the digests of its reports."""

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
    holds: str
    extra: str


def copy_ledger(path: Path, folder: Path) -> Path:
    """Copy a ledger as it stands into a folder, what was written last included."""
    copied = folder / path.name
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copied)) as target:
        source.backup(target)
    return copied


class Ledger:
    """The ledger of one output folder; use it with the run's lock held."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._database = sqlite3.connect(path, timeout=30, isolation_level=None)
            self._database.execute(
                "PRAGMA journal_mode=WAL"
            )  # the outbox is written while the records are read
            keep_private(path)  # before there is a journal beside it, which takes after it
            self._database.execute("PRAGMA synchronous=FULL")
            self._check_version()
            self._known: dict[str, object] = {}
            self._read_at = 0
            self.results = ResultTables(self._database)
            self.history = HistoryTables(self._database)
        except sqlite3.DatabaseError as error:
            raise LedgerError(
                f"{path}：台账无法打开（{disk_words(error)}）；{_advice(error)}"
            ) from error

    def __reduce__(self) -> "tuple[type[Ledger], tuple[Path]]":
        """Another process opens the same ledger for itself."""
        return Ledger, (self._path,)

    def __len__(self) -> int:
        """How many submissions there are."""
        (count,) = self._database.execute("SELECT count(*) FROM submissions").fetchone()
        return int(count)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside one change: all of it, or none. Inside another it is part of
        that.
        """
        if self._database.in_transaction:
            yield
            return
        self._database.execute("BEGIN IMMEDIATE")
        try:
            with self._database:  # commits, or rolls back
                yield
        except BaseException:
            self._known.clear()
            raise

    def get(self, key: str) -> str:
        """Return a noted value, empty when there is none."""
        row = self._database.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def note(self, key: str, value: str) -> None:
        """Note a value."""
        self._database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def _since(self, what: str, read: Callable[[], Kept]) -> Kept:
        """Return what was read once, for as long as nothing was written since."""
        if self._read_at != self._database.total_changes:
            self._known.clear()  # before anything is read anew: a large cycle has no room for both
            self._read_at = self._database.total_changes
        if what not in self._known:
            self._known[what] = read()
        return cast("Kept", self._known[what])

    def files(self) -> Mapping[str, Known]:
        """Return every file that was ever recorded, by name, in one read."""
        return self._since("files", self._files)

    def _files(self) -> Mapping[str, Known]:
        return {row[0]: Known(*row) for row in self._database.execute("SELECT * FROM files")}

    def shelves(self) -> Sequence[Shelf]:
        """Return every submission in the order of publication: by department, project, name."""
        return self._since("shelves", self._shelves)

    def _shelves(self) -> Sequence[Shelf]:
        query = (
            "SELECT file, workbook, department, project, form, status, report_digest, "
            "paper_digest FROM submissions"
            " ORDER BY department, project, file"
        )
        return [Shelf(*row) for row in self._database.execute(query)]

    def extracts(self) -> Iterator[tuple[str, bytes, int]]:
        """Yield name, packed extract and file time (in nanoseconds) of every submission, in the
        order of publication.
        """
        filed = "(SELECT mtime_ns FROM files WHERE files.file = submissions.workbook)"
        for page in self.results.pages(f"file, extract, {filed}"):
            yield from page

    def earlier(self) -> list[tuple[str, bytes, int]]:
        """Return the same of the last different content of every hand-in that was overwritten or
        replaced by another file.
        """
        return self._database.execute(
            "SELECT name, extract, mtime_ns FROM earlier ORDER BY name"
        ).fetchall()

    def evaluations(self) -> Iterator[bytes]:
        """Yield every evaluation that was kept whole, in the order of publication."""
        for page in self.results.pages("evaluation"):
            yield from (data for (data,) in page if data)

    def record(self, outcome: WorkbookOutcome, conditions: Conditions) -> None:
        """Record an outcome in place of what was known of its file; its outputs must be staged
        already.
        """
        annotated = content_digest(outcome.annotated)
        self._keep_earlier(outcome.file, outcome.digest)
        self.results.remove(outcome.file)
        self._database.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')",
            (
                outcome.file,
                conditions.size,
                conditions.mtime_ns,
                outcome.digest,
                conditions.context,
                conditions.holds,
                conditions.extra,
                annotated,
                outcome.suffix,
                outcome.fault,
            ),
        )
        for item in outcome.items:
            self.results.add(outcome.file, item)

    def _keep_earlier(self, file: str, digest: str = "") -> None:
        """Keep the extracts of what stands in a file that gets other content; what could not be
        read tells nothing.
        """
        self._database.execute(
            """INSERT OR REPLACE INTO earlier SELECT s.file, files.mtime_ns, s.extract
            FROM submissions s JOIN files ON files.file = s.workbook
            WHERE s.workbook = ? AND files.digest != ? AND s.status != 'unreadable'""",
            (file, digest),
        )

    def keep(self, outcome: WorkbookOutcome) -> bool:
        """Note a fault of ours beside the results that the same content had before; false when
        there are none.
        """
        changed = self._database.execute(
            "UPDATE files SET fault=? WHERE file=? AND digest=? AND context != ''",
            (outcome.fault, outcome.file, outcome.digest),
        )
        return changed.rowcount > 0

    def touch(self, marks: Iterable[tuple[int, int, str]]) -> None:
        """Note new sizes and times (size, mtime_ns, file) of files whose content is what it was."""
        self._database.executemany(
            "UPDATE files SET size=?, mtime_ns=?, gone='' WHERE file=?", marks
        )

    def miss(self, files: Iterable[str], run: str) -> None:
        """Note that files are missing since this run; their results stay."""
        self._database.executemany(
            "UPDATE files SET gone=? WHERE file=? AND gone=''", [(run, file) for file in files]
        )

    def still_gone(self, files: Iterable[Known]) -> None:
        """Note of files that were computed again from what is kept of them that they are missing as
        they were.
        """
        self._database.executemany(
            "UPDATE files SET size=?, mtime_ns=?, gone=? WHERE file=?",
            [(each.size, each.mtime_ns, each.gone, each.file) for each in files],
        )

    def supersede(self, files: Iterable[str]) -> None:
        """Forget files that were handed in again under another name, but for what was found in
        them.
        """
        names = tuple(files)
        for file in names:
            self._keep_earlier(file)
        self.forget(names)

    def forget(self, files: Iterable[str]) -> None:
        """Forget files with their results."""
        for file in files:
            self.results.remove(file)
            self._database.execute("DELETE FROM files WHERE file=?", (file,))
            self._database.execute("DELETE FROM seen WHERE digest = 'file:' || ?", (file,))

    def arrive(self, as_of: str, entries: Iterable[LeftEntry]) -> None:
        """Note what of the inbox was not read, and the arrival of every content and every name that
        no run saw before.

        Contents are known by their digest, so that one that is only renamed arrived when it first
        came.
        """
        run, absent_on = int(self.get(RUN) or 0) + 1, self.get(SEEN_ON)
        self._database.execute("DELETE FROM entries")
        self._database.executemany(
            "INSERT INTO entries VALUES (?, ?, ?, ?)", [each[:4] for each in entries]
        )
        for key, table in (
            ("digest", "files WHERE digest != ''"),
            ("'file:' || file", "files"),
            ("'file:' || file", "entries"),
        ):
            filed = "min(mtime_ns)" if table.startswith("files") else "0"
            found = f"SELECT {key}, ?, ?, ?, {filed} FROM {table} GROUP BY 1"  # noqa: S608 - ours
            self._database.execute(f"INSERT OR IGNORE INTO seen {found}", (as_of, run, absent_on))
        self.note(RUN, str(run))
        self.note(SEEN_ON, as_of)

    def arrivals(self) -> Mapping[str, Arrival]:
        """Return when each submission came in, by its name."""
        return self._since("arrivals", self._arrivals)

    def _arrivals(self) -> Mapping[str, Arrival]:
        query = """
            SELECT s.file, a.day, a.run, a.absent_on, a.filed, n.run FROM submissions s
            JOIN files f ON f.file = s.workbook
            JOIN seen a ON a.digest = CASE f.digest WHEN '' THEN 'file:' || f.file ELSE f.digest END
            JOIN seen n ON n.digest = 'file:' || f.file"""
        return {
            name: Arrival(
                date.fromisoformat(day),
                run,
                date.fromisoformat(absent) if absent else None,
                filed,
                named,
            )
            for name, day, run, absent, filed, named in self._database.execute(query)
        }

    def entries(self) -> list[LeftEntry]:
        """Return what of the inbox was not read, by name."""
        query = """SELECT e.file, kind, outcome, reason, coalesce(day, '') FROM entries e
            LEFT JOIN seen ON digest = 'file:' || e.file ORDER BY e.file"""
        return [LeftEntry(*row) for row in self._database.execute(query)]

    def part(self, path: Path, files: Sequence[str]) -> "Ledger":
        """Return a new ledger that holds only some files with their results."""
        path.unlink(missing_ok=True)
        part = Ledger(path)
        self._database.execute("ATTACH ? AS part", (str(path),))
        try:
            with self.transaction():
                copy_part(self._database, files)
        finally:
            self._database.execute("DETACH part")
        return part

    def remove(self) -> None:
        """Close the database and remove its files."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)

    def outputs(self) -> Mapping[str, tuple[str, str]]:
        """Return digest and state of every output by its path."""
        return self._since("outputs", self._outputs)

    def _outputs(self) -> Mapping[str, tuple[str, str]]:
        return {
            path: (digest, state)
            for path, digest, state in self._database.execute(
                "SELECT path, digest, state FROM outputs"
            )
        }

    def declare(self, wanted: Mapping[str, str], changing: Iterable[str]) -> None:
        """Declare which outputs (path to digest) shall stand: the changing are pending, what is not
        wanted is removing.
        """
        rows = [(path, wanted[path], PENDING) for path in changing]
        rows += [
            (path, digest, REMOVING)
            for path, (digest, _) in self.outputs().items()
            if path not in wanted
        ]
        self._database.executemany(
            "INSERT OR REPLACE INTO outputs (path, digest, state) VALUES (?, ?, ?)", rows
        )

    def marks(self) -> dict[str, str]:
        """Return size and time of every output as it was put in place, by its path."""
        return dict(self._database.execute("SELECT path, mark FROM outputs"))

    def note_placed(self, placed: Iterable[tuple[str, str]], removed: Iterable[str]) -> None:
        """Note what has been put in place (path and mark), and what has been removed."""
        self._database.executemany(
            "UPDATE outputs SET state=?, mark=? WHERE path=?",
            [(PLACED, mark, path) for path, mark in placed],
        )
        self._database.executemany(
            "DELETE FROM outputs WHERE path=?", [(path,) for path in removed]
        )

    def kept_page(self, key: str) -> bytes | None:
        """Return what was written of a page of records the last time, None for nothing."""
        row = self._database.execute("SELECT data FROM pages WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def keep_page(self, kind: str, key: str, data: bytes) -> None:
        """Keep what a kind of writer wrote of a page of records."""
        self._database.execute("INSERT OR REPLACE INTO pages VALUES (?, ?, ?)", (key, data, kind))

    def forget_pages(self, kind: str = "", used: Iterable[str] = ()) -> None:
        """Forget the pages of a kind but those that were used, or all pages of every kind."""
        found = self._database.execute(
            "SELECT key FROM pages WHERE ? IN (kind, '') OR kind = ''", (kind,)
        )
        gone = [(key,) for key in {key for (key,) in found}.difference(used)]
        self._database.executemany("DELETE FROM pages WHERE key = ?", gone)

    def pdfs(self) -> dict[str, str]:
        """Return the digest of the PDF of every report by the report's digest."""
        return dict(self._database.execute("SELECT report, pdf FROM pdfs"))

    def add_pdf(self, report: str, pdf: str) -> None:
        """Note a report's PDF."""
        self._database.execute("INSERT OR REPLACE INTO pdfs VALUES (?, ?)", (report, pdf))

    def _check_version(self) -> None:
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise LedgerError(
                f"台账由更新版本的程序写成（版本 {version}，本程序只认识 {SCHEMA_VERSION}）；"
                f"请升级程序。"
            )
        if version == SCHEMA_VERSION and self.get(SHAPE) == definition():
            return
        with self.transaction():
            prepare(self._database)
            migrate(self._database, self._path.parent)
            self.note(SHAPE, definition())
            self._database.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
