"""What was written of pages of records, kept from one night to the next."""

from typing import Protocol

from evalbatch.results.ledger import Ledger


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


class KeptPages:
    """What one kind of writer wrote of pages of records, in the ledger; `writer` digests what else
    than the pages decides what is written.
    """

    def __init__(self, ledger: Ledger, kind: str, writer: str) -> None:
        self._ledger = ledger
        self._kind = kind
        self._writer = writer
        self._used: set[str] = set()

    def get(self, key: str) -> bytes | None:
        """Return what was written, None for nothing."""
        self._used.add(self._named(key))
        return self._ledger.kept_page(self._named(key))

    def put(self, key: str, data: bytes) -> None:
        """Keep what was written."""
        self._ledger.keep_page(self._kind, self._named(key), data)

    def close(self) -> None:
        """Forget what was not used this time."""
        self._ledger.forget_pages(self._kind, self._used)

    def _named(self, key: str) -> str:
        return f"{self._kind} {self._writer} {key}"
