"""The outbox (发件箱): what is due, what the mail server accepted, and what is in doubt; kept in
the ledger's database.

A message is marked sending before its first byte leaves and sent only after the server has accepted
it. What a killed run left as sending is in doubt afterwards: it is never sent again by itself.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from evalbatch.mail.letters import Letter
from evalbatch.model.record import RUNS, Delivery
from evalbatch.output_files import keep_private

SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
    message_id TEXT PRIMARY KEY, cycle TEXT NOT NULL, recipient TEXT NOT NULL,
    department TEXT NOT NULL, subject TEXT NOT NULL,
    attachments TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    detail TEXT NOT NULL DEFAULT '',
    changed_at TEXT NOT NULL, turn INTEGER NOT NULL DEFAULT 0, as_of TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS outbox_items (
    message_id TEXT NOT NULL, recipient TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (message_id, key, digest)
);
CREATE TABLE IF NOT EXISTS outbox_pace (rate REAL NOT NULL);
CREATE TABLE IF NOT EXISTS outbox_confirmed (cycle TEXT PRIMARY KEY);
CREATE INDEX IF NOT EXISTS outbox_items_by_recipient ON outbox_items (recipient);
"""


class Posted(StrEnum):
    """The states of a message."""

    DUE = "待发"
    SENDING = "发送中"
    SENT = "已发送"
    REFUSED = "被拒收"
    IN_DOUBT = "存疑"
    WRITTEN = "已存为文件"
    REPLACED = "已被新邮件替代"
    HELD = "附件有误，暂缓"


COLUMNS = (
    "message_id",
    "cycle",
    "recipient",
    "department",
    "subject",
    "attachments",
    "state",
    "attempts",
    "detail",
    "changed_at",
    "turn",
    "as_of",
)
JOURNAL = "letters.jsonl"
REVIVED = (Posted.REPLACED, Posted.WRITTEN, Posted.REFUSED)
"""States from which a message becomes due again when what it says is wanted."""
RESTS = (1, 3, 7)
"""Days after which a refused letter is tried again, by how often it was."""
SLOWEST = 1.0


def _lines(journal: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of the journal; one that a power failure cut short is left out."""
    with suppress(OSError), journal.open(encoding="utf-8") as stream:
        for line in stream:
            with suppress(ValueError):
                yield json.loads(line)


def _rest(attempts: int) -> timedelta:
    return timedelta(days=RESTS[min(max(attempts, 1), len(RESTS)) - 1])


@dataclass(frozen=True, slots=True)
class Queued:
    """A message that waits."""

    message_id: str
    recipient: str


class Outbox:
    """The outbox in a SQLite database; what must outlive a power failure is durable when its method
    returns.
    """

    def __init__(self, path: Path) -> None:
        self._journal = path.parent / RUNS / JOURNAL
        self._database = sqlite3.connect(path, timeout=30, isolation_level=None)
        self._database.execute(
            "PRAGMA journal_mode=WAL"
        )  # one wait for the disk a message instead of three
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.executescript(SCHEMA)
        self._grow()
        self._recall()

    def _grow(self) -> None:
        """Add the columns that an outbox of an older program lacks."""
        there = {row[1] for row in self._database.execute("PRAGMA table_info(outbox)")}
        for name, declared in (
            ("turn", "INTEGER NOT NULL DEFAULT 0"),
            ("as_of", "TEXT NOT NULL DEFAULT ''"),
        ):
            if name not in there:
                self._database.execute(f"ALTER TABLE outbox ADD COLUMN {name} {declared}")

    def _recall(self) -> None:
        """Take over what the journal tells of letters, where the ledger was moved away: what was
        sent is not sent again.
        """
        if self._database.execute("SELECT 1 FROM outbox LIMIT 1").fetchone():
            return
        for line in _lines(self._journal):
            row, items = line["row"], line["items"]
            columns = ", ".join(COLUMNS)
            marks = ", ".join("?" * len(COLUMNS))
            self._database.execute(
                f"INSERT OR REPLACE INTO outbox ({columns}) VALUES ({marks})",  # noqa: S608 - constant
                [row[name] for name in COLUMNS],
            )
            self._database.executemany(
                "INSERT OR IGNORE INTO outbox_items VALUES (?,?,?,?)",
                [(row["message_id"], row["recipient"], key, digest) for key, digest in items],
            )

    def _write_down(self, message_id: str) -> None:
        """Note a letter's state beside the ledger, in a file that only grows."""
        query = f"SELECT {', '.join(COLUMNS)} FROM outbox WHERE message_id=?"  # noqa: S608 - constant
        row = self._database.execute(query, (message_id,)).fetchone()
        items = self._database.execute(
            "SELECT key, digest FROM outbox_items WHERE message_id=?", (message_id,)
        ).fetchall()
        line = {"row": dict(zip(COLUMNS, row, strict=True)), "items": items}
        self._journal.parent.mkdir(parents=True, exist_ok=True)
        with self._journal.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        keep_private(self._journal)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def doubt_what_was_interrupted(self, now: str) -> int:
        """Put in doubt what an earlier run left as sending, and say how many."""
        detail = "上次发送时程序中断，无法确定邮件服务器是否已接收"
        return self._database.execute(
            "UPDATE outbox SET state=?, detail=?, changed_at=? WHERE state=?",
            (Posted.IN_DOUBT, detail, now, Posted.SENDING),
        ).rowcount

    def told(self, recipient: str) -> dict[str, str]:
        """Return what the recipient was last told of each thing, or may have been told: digests by
        keys.
        """
        query = (
            "SELECT i.key, i.digest FROM outbox_items i JOIN outbox o USING (message_id)"
            " WHERE i.recipient=? AND o.state IN (?, ?, ?) ORDER BY o.turn, o.rowid"
        )
        states = (Posted.SENT, Posted.IN_DOUBT, Posted.SENDING)
        return dict(self._database.execute(query, (recipient, *states)))

    def told_on(self, recipient: str) -> date | None:
        """Return the as-of day on which the recipient was last told anything, or may have been;
        None where that is unknown.
        """
        query = "SELECT max(as_of) FROM outbox WHERE recipient=? AND as_of<>'' AND state IN (?, ?)"
        (day,) = self._database.execute(query, (recipient, Posted.SENT, Posted.IN_DOUBT)).fetchone()
        return date.fromisoformat(day) if day else None

    def written(self) -> set[str]:
        """Return the messages that are kept as drafts."""
        query = "SELECT message_id FROM outbox WHERE state=?"
        return {name for (name,) in self._database.execute(query, (Posted.WRITTEN,))}

    def resting(self, as_of: date) -> set[str]:
        """Return the messages that were refused and are not yet due again, by the days since."""
        query = "SELECT message_id, attempts, as_of FROM outbox WHERE state=? AND as_of<>''"
        return {
            message_id
            for message_id, attempts, day in self._database.execute(query, (Posted.REFUSED,))
            if as_of < date.fromisoformat(day) + _rest(attempts)
        }

    def again(self, wanted: str) -> int:
        """Make refused letters due at once: one by its id, those of a recipient, or all (an empty
        text); say how many.
        """
        message_id = f"<{wanted.strip('<>')}>"
        return self._database.execute(
            "UPDATE outbox SET as_of='' WHERE state=? AND (?='' OR message_id=? OR recipient=?)",
            (Posted.REFUSED, wanted, message_id, wanted),
        ).rowcount

    def drafts(self) -> set[str]:
        """Return the files of the drafts, below the output folder."""
        query = "SELECT detail FROM outbox WHERE state=? AND detail<>''"
        return {path for (path,) in self._database.execute(query, (Posted.WRITTEN,))}

    def in_state(self, state: Posted) -> list[tuple[str, str]]:
        """Return the recipients of the letters in a state, each with what is known about it."""
        query = "SELECT recipient, detail FROM outbox WHERE state=? ORDER BY recipient, message_id"
        return self._database.execute(query, (state,)).fetchall()

    def put_off(self, tries: int) -> list[tuple[str, str]]:
        """Return the recipients for whom a server had another answer than yes more often than that,
        each with its answer.
        """
        query = (
            "SELECT recipient, detail FROM outbox WHERE state=? AND attempts>?"
            " AND detail GLOB '[45][0-9][0-9]*' ORDER BY recipient, message_id"
        )
        return self._database.execute(query, (Posted.DUE, tries)).fetchall()

    def rate(self, allowed: float) -> float:
        """Return how many letters may leave in a minute: fewer after a server had enough."""
        row = self._database.execute("SELECT rate FROM outbox_pace").fetchone()
        return min(allowed, float(row[0])) if row else allowed

    def pace(self, rate: float) -> None:
        """Note how many letters may leave in a minute next time."""
        self._database.execute("DELETE FROM outbox_pace")
        self._database.execute("INSERT INTO outbox_pace VALUES (?)", (max(rate, SLOWEST),))

    def enqueue(
        self,
        letters: Iterable[tuple[str, str, Letter]],
        cycle: str,
        now: str,
        kept: Collection[str] = (),
    ) -> list[Queued]:
        """Make the due messages exactly these (message id, subject, letter); due ones, drafts and
        refused ones that say what is no longer so are replaced, but for those `kept`.

        A message that was sent, or is in doubt, is not made due again.
        """
        wanted = {message_id: (subject, letter) for message_id, subject, letter in letters}
        self._database.execute("BEGIN IMMEDIATE")
        with self._database:  # commits, or rolls back
            waiting = self._database.execute(
                "SELECT message_id, state, detail FROM outbox WHERE state IN (?, ?, ?) AND cycle=?",
                (Posted.DUE, Posted.WRITTEN, Posted.REFUSED, cycle),
            ).fetchall()
            gone = [row for row in waiting if row[0] not in wanted and row[0] not in kept]
            self._database.executemany(
                "UPDATE outbox SET state=?, changed_at=?, detail='' WHERE message_id=?",
                [(Posted.REPLACED, now, message_id) for message_id, _, _ in gone],
            )
            for message_id, (subject, letter) in wanted.items():
                self._insert(message_id, subject, letter, now)
        rows = self._database.execute(
            "SELECT message_id, recipient FROM outbox WHERE state=?", (Posted.DUE,)
        )
        return [Queued(*row) for row in rows if row[0] in wanted]

    def mark(
        self, message_id: str, state: Posted, now: str, detail: str = "", as_of: str = ""
    ) -> None:
        """Record a message's new state; a try that is about to start counts as one.

        Only the start of a try waits for the disk: an outcome lost with the power leaves the
        message in doubt, never sent twice.
        """
        starting = state is Posted.SENDING
        takes_turn = state in (Posted.SENDING, Posted.WRITTEN)
        self._database.execute(f"PRAGMA synchronous={'FULL' if starting else 'NORMAL'}")
        self._database.execute(
            (
                "UPDATE outbox SET state=?, detail=?, changed_at=?, attempts=attempts+?, as_of=?,"
                " turn=CASE WHEN ? THEN (SELECT max(turn) + 1 FROM outbox) ELSE turn END"
                " WHERE message_id=?"
            ),
            (state, detail, now, int(starting), as_of, takes_turn, message_id),
        )
        if state in (Posted.SENDING, Posted.SENT, Posted.IN_DOUBT, Posted.REFUSED):
            self._write_down(message_id)

    def resolve(self, message_id: str, *, arrived: bool, now: str) -> bool:
        """Settle a message in doubt by the clerk's word: it arrived, or it is told anew; False when
        it is not in doubt.
        """
        state, detail = (
            (Posted.SENT, "经办人确认已送达")
            if arrived
            else (Posted.REPLACED, "经办人确认未送达，将重新发送")
        )
        changed = self._database.execute(
            "UPDATE outbox SET state=?, detail=?, changed_at=? WHERE message_id=? AND state=?",
            (state, detail, now, message_id, Posted.IN_DOUBT),
        )
        if changed.rowcount == 1:
            self._write_down(message_id)
        return changed.rowcount == 1

    def confirm(self, cycle: str) -> None:
        """Note that the letters of this cycle may leave: also when the server is down today."""
        self._database.execute("INSERT OR IGNORE INTO outbox_confirmed VALUES (?)", (cycle,))

    def started(self, cycle: str) -> bool:
        """Whether the letters of this cycle may leave: the clerk said so, or some have left."""
        query = (
            "SELECT 1 FROM outbox WHERE cycle=? AND state IN (?, ?, ?)"
            " UNION SELECT 1 FROM outbox_confirmed WHERE cycle=? LIMIT 1"
        )
        states = (Posted.SENT, Posted.REFUSED, Posted.IN_DOUBT)
        found = self._database.execute(query, (cycle, *states, cycle)).fetchone()
        return found is not None

    def deliveries(self) -> Iterator[Delivery]:
        """Yield every message with its state, in order of recipient and time."""
        query = (
            "SELECT recipient, department, subject, attachments, state, message_id, "
            "changed_at, detail FROM outbox"
            " ORDER BY recipient, changed_at, message_id"
        )
        for recipient, department, subject, attachments, *rest in self._database.execute(query):
            yield Delivery(recipient, department, subject, tuple(json.loads(attachments)), *rest)

    def _insert(self, message_id: str, subject: str, letter: Letter, now: str) -> None:
        paths = json.dumps([file.path for file in letter.attachments], ensure_ascii=False)
        row = (
            message_id,
            letter.cycle,
            letter.recipient,
            letter.department,
            subject,
            paths,
            Posted.DUE,
            now,
        )
        columns = (
            "message_id, cycle, recipient, department, subject, attachments, state, changed_at"
        )
        self._database.execute(
            f"INSERT INTO outbox ({columns}) VALUES (?,?,?,?,?,?,?,?)"  # noqa: S608 - constant
            " ON CONFLICT (message_id) DO UPDATE SET"
            " state=excluded.state, changed_at=excluded.changed_at WHERE state IN (?, ?, ?)",
            (*row, *REVIVED),
        )
        rows = [(message_id, letter.recipient, item.key, item.digest) for item in letter.items]
        self._database.executemany("INSERT OR IGNORE INTO outbox_items VALUES (?,?,?,?)", rows)
