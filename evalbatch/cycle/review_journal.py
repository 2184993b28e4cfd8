"""What persons decided, kept in the ledger's database: decisions are only ever added.

A line that vanishes from the folder 复核 is no withdrawal. A line that was changed in its file is a
further decision, also when it was changed back.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from evalbatch.cycle.reviews import Asked, asked_codec
from evalbatch.model.decisions import NOWHERE, Decision

SCHEMA = """
CREATE TABLE IF NOT EXISTS asked (
    number TEXT PRIMARY KEY, round INTEGER NOT NULL, question TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS decisions (
    seq INTEGER PRIMARY KEY, identity TEXT NOT NULL, decision TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS review_notes (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


Kept = TypeVar("Kept")


@cache
def _codec(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


class ReviewJournal:
    """The decisions and questions of one cycle; use it with the run's lock held."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, timeout=30, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.executescript(SCHEMA)
        self._read: list[tuple[int, Decision]] | None = None

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def note(self, key: str, value: str) -> None:
        """Keep a value under a key."""
        self._database.execute("INSERT OR REPLACE INTO review_notes VALUES (?, ?)", (key, value))

    def noted(self, key: str) -> str:
        """Return what was kept under a key, empty when nothing was."""
        query = "SELECT value FROM review_notes WHERE key=?"
        row = self._database.execute(query, (key,)).fetchone()
        return str(row[0]) if row else ""

    def note_list(self, key: str, kind: type[list[Kept]], values: Iterable[Kept]) -> None:
        """Keep values of a kind under a key."""
        self.note(key, _codec(kind).dump_json(list(values)).decode())

    def noted_list(self, key: str, kind: type[list[Kept]]) -> list[Kept]:
        """Return the values that were kept under a key."""
        text = self.noted(key)
        found: list[Kept] = _codec(kind).validate_json(text) if text else []
        return found

    def asked(self) -> dict[str, Asked]:
        """Return every line that a round has asked, by number."""
        rows = self._database.execute("SELECT number, question FROM asked ORDER BY number")
        return {number: asked_codec().validate_json(question) for number, question in rows}

    def rounds(self) -> int:
        """Return the number of the last round, 0 before the first."""
        (last,) = self._database.execute("SELECT max(round) FROM asked").fetchone()
        return int(last or 0)

    def ask(self, asked: Mapping[str, Asked], number: int) -> None:
        """Note the lines of a round; what is noted already stays."""
        rows = [
            (key, number, asked_codec().dump_json(each).decode()) for key, each in asked.items()
        ]
        with self._change():
            self._database.executemany("INSERT OR IGNORE INTO asked VALUES (?, ?, ?)", rows)

    def decisions(self) -> list[Decision]:
        """Return all decisions in the order in which they count: by date, then as first read."""
        return [decision for _, decision in self.numbered()]

    def numbered(self) -> list[tuple[int, Decision]]:
        """Return all decisions in that order, each with the number under which it was added."""
        if self._read is None:
            rows = self._database.execute("SELECT seq, decision FROM decisions ORDER BY seq")
            found = [(seq, _codec(Decision).validate_json(decision)) for seq, decision in rows]
            self._read = sorted(found, key=lambda each: each[1].on)
        return self._read

    def last(self) -> int:
        """Return the number of the decision that was added last, 0 before the first."""
        (last,) = self._database.execute("SELECT max(seq) FROM decisions").fetchone()
        return int(last or 0)

    def append(self, written: Sequence[Decision]) -> int:
        """Add what tonight's files say and was not known; return how many decisions were added."""
        stored = self._stored()
        tonight = _first_places(_as_first_seen(written, stored.values()))
        fresh = [each for name, each in tonight.items() if name not in stored]
        again = _changed_back(list(stored.values()), tonight, {_slot(each) for each in fresh})
        moved = [
            (_json(each), name)
            for name, each in tonight.items()
            if name in stored and stored[name].place != each.place
        ]
        self._read = None  # what is asked for next is read anew
        with self._change():
            self._database.executemany("UPDATE decisions SET decision=? WHERE identity=?", moved)
            self._database.executemany(
                "INSERT INTO decisions (identity, decision) VALUES (?, ?)",
                [(_identity(each), _json(each)) for each in (*fresh, *again)],
            )
        return len(fresh) + len(again)

    def unknown(self, written: Iterable[Decision]) -> list[Decision]:
        """Return those of tonight's lines that are not kept yet."""
        stored = self._stored()
        return [each for each in written if _identity(each) not in stored]

    def _stored(self) -> dict[str, Decision]:
        """Return what is stored by identity, each at its latest position."""
        found: dict[str, Decision] = {}
        for name, decision in self._database.execute(
            "SELECT identity, decision FROM decisions ORDER BY seq"
        ):
            found.pop(name, None)
            found[name] = _codec(Decision).validate_json(decision)
        return found

    def _change(self) -> sqlite3.Connection:
        self._database.execute("BEGIN IMMEDIATE")
        return self._database  # as a context it commits, or rolls back


def _json(decision: Decision) -> str:
    return _codec(Decision).dump_json(decision).decode()


def _identity(decision: Decision) -> str:
    """Return what makes a decision this one: all but where its line stands."""
    return _json(replace(decision, place=NOWHERE))


def _slot(decision: Decision) -> tuple[object, ...]:
    return decision.key, decision.facts, decision.kind, decision.by


def _as_first_seen(written: Iterable[Decision], stored: Iterable[Decision]) -> Iterator[Decision]:
    """Yield what is written, lines of reviewers' copies bound to the rule that they were first read
    under: no round has noted what their writers saw, and another rule is to be confirmed.
    """
    rules = {_whatever_rule(each): each.rule for each in stored if not each.number}
    for each in written:
        rule = each.rule if each.number else rules.get(_whatever_rule(each), each.rule)
        yield replace(each, rule=rule)


def _whatever_rule(decision: Decision) -> str:
    return _identity(replace(decision, rule=""))


def _first_places(written: Iterable[Decision]) -> dict[str, Decision]:
    """Return decisions by identity; of copies of one line the first in the order of files."""
    found: dict[str, Decision] = {}
    for each in written:
        found.setdefault(_identity(each), each)
    return found


def _changed_back(
    stored: Sequence[Decision], tonight: Mapping[str, Decision], fresh: set[tuple[object, ...]]
) -> list[Decision]:
    """Return the lines that say again what they said before: their file no longer says the latest.

    Where the file itself is gone its last word stands.
    """
    latest = {_slot(each): each for each in stored}
    again = []
    for each in tonight.values():
        last = latest.get(_slot(each))
        if last is None or _slot(each) in fresh or _identity(last) in tonight:
            continue
        if last.place.file == each.place.file:
            again.append(each)
    return again
