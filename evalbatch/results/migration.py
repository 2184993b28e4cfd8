"""Taking over a ledger of an older shape: what was sent and when each file was first seen stay,
results are computed anew.

Until they are computed anew the old results stand, so that a workbook that is no longer there keeps
its own.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from evalbatch.model.record import RUNS, Record
from evalbatch.results.database import SUBMISSIONS
from evalbatch.results.outcome import SubmissionOutcome
from evalbatch.results.submissions import ResultTables


def migrate(database: sqlite3.Connection, output: Path) -> None:
    """Take over what a ledger of shape 1 holds: records packed in `items`, and days that only the
    records of runs tell.
    """
    if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'items'").fetchone():
        return
    database.executemany(
        "INSERT OR IGNORE INTO seen (digest, day) VALUES (?, ?)", _first_seen(output / RUNS)
    )
    tables = ResultTables(database)
    for workbook, digest, *kept in database.execute(
        "SELECT file, report, record, fingerprint, evaluation FROM items"
    ).fetchall():
        if item := _item(*kept):
            tables.add(workbook, item)
            database.execute(
                "UPDATE submissions SET report_digest = ? WHERE file = ?", (digest, item.name)
            )
    database.execute("DROP TABLE items")


def _item(packed: bytes, extract: bytes, evaluation: bytes) -> SubmissionOutcome | None:
    """Return an old submission in today's shape, None where that cannot be: it is computed anew."""
    try:
        record = TypeAdapter(Record).validate_json(zlib.decompress(packed))
    except (zlib.error, ValidationError):
        return None
    names = (record.file, record.department, record.project, record.form, record.status)
    return SubmissionOutcome(*names, SUBMISSIONS.rows(record), extract, evaluation=evaluation)


def _first_seen(runs: Path) -> Iterator[tuple[str, str]]:
    """Yield the contents that runs have seen with the day of the run, the earliest run first."""
    for path in sorted(runs.glob("*.json")):
        try:
            run = json.loads(path.read_text(encoding="utf-8"))
            yield from [(file["sha256"], run["as_of"]) for file in run["files"]]
        except (OSError, ValueError, KeyError, TypeError):
            continue  # not a record of a run
