"""The outbox (发件箱): what is due, what the mail server accepted, and what is in doubt; kept in
the ledger's database.

A message is marked sending before its first byte leaves and sent only after the server has accepted
it. What a killed run left as sending is in doubt afterwards: it is never sent again by itself.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from evalbatch.mail.letters import Letter
from evalbatch.model.record import Delivery

SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
    message_id TEXT PRIMARY KEY, cycle TEXT NOT NULL, recipient TEXT NOT NULL,
    department TEXT NOT NULL, subject TEXT NOT NULL,
    attachments TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    detail TEXT NOT NULL DEFAULT '',
    changed_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS outbox_items (
    message_id TEXT NOT NULL, recipient TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (message_id, key, digest)
);
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


@dataclass(frozen=True, slots=True)
class Queued:
    """A message that waits: its id, its recipient and how often it was tried."""

    message_id: str
    recipient: str
    attempts: int


class Outbox:
    """The outbox in a SQLite database; what must outlive a power failure is durable when its method
    returns.
    """

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, timeout=30, isolation_level=None)
        self._database.execute(
            "PRAGMA journal_mode=WAL"
        )  # one wait for the disk a message instead of three
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.executescript(SCHEMA)

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

    def known(self, recipient: str) -> set[tuple[str, str]]:
        """Return key and digest of everything the recipient was told, or may have been told."""
        query = (
            "SELECT i.key, i.digest FROM outbox_items i JOIN outbox o USING (message_id)"
            " WHERE i.recipient=? AND o.state NOT IN (?, ?)"
        )
        return set(self._database.execute(query, (recipient, Posted.DUE, Posted.REPLACED)))

    def enqueue(
        self, letters: Iterable[tuple[str, str, Letter]], cycle: str, now: str
    ) -> list[Queued]:
        """Make the due messages exactly these (message id, subject, letter); due ones no longer
        wanted are replaced.

        A message that is no longer due (sent, refused, in doubt) is not made due again.
        """
        wanted = {message_id: (subject, letter) for message_id, subject, letter in letters}
        self._database.execute("BEGIN IMMEDIATE")
        with self._database:  # commits, or rolls back
            due = self._database.execute(
                "SELECT message_id FROM outbox WHERE state=? AND cycle=?", (Posted.DUE, cycle)
            ).fetchall()
            gone = [
                (Posted.REPLACED, now, message_id)
                for (message_id,) in due
                if message_id not in wanted
            ]
            self._database.executemany(
                "UPDATE outbox SET state=?, changed_at=? WHERE message_id=?", gone
            )
            for message_id, (subject, letter) in wanted.items():
                self._insert(message_id, subject, letter, now)
        rows = self._database.execute(
            "SELECT message_id, recipient, attempts FROM outbox WHERE state=?", (Posted.DUE,)
        )
        return [Queued(*row) for row in rows if row[0] in wanted]

    def mark(self, message_id: str, state: Posted, now: str, detail: str = "") -> None:
        """Record a message's new state; a try that is about to start counts as one.

        Only the start of a try waits for the disk: an outcome lost with the power leaves the
        message in doubt, never sent twice.
        """
        starting = state is Posted.SENDING
        self._database.execute(f"PRAGMA synchronous={'FULL' if starting else 'NORMAL'}")
        self._database.execute(
            (
                "UPDATE outbox SET state=?, detail=?, changed_at=?, attempts=attempts+? WHERE "
                "message_id=?"
            ),
            (state, detail, now, int(starting), message_id),
        )

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
        return changed.rowcount == 1

    def started(self, cycle: str) -> bool:
        """Whether anything of this cycle was ever handed to a mail server."""
        query = "SELECT 1 FROM outbox WHERE cycle=? AND state IN (?, ?, ?) LIMIT 1"
        return (
            self._database.execute(
                query, (cycle, Posted.SENT, Posted.REFUSED, Posted.IN_DOUBT)
            ).fetchone()
            is not None
        )

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
        paths = json.dumps([item.path for item in letter.items if item.path], ensure_ascii=False)
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
            " state=excluded.state, changed_at=excluded.changed_at WHERE state=?",
            (*row, Posted.REPLACED),
        )
        rows = [(message_id, letter.recipient, item.key, item.digest) for item in letter.items]
        self._database.executemany("INSERT OR IGNORE INTO outbox_items VALUES (?,?,?,?)", rows)
