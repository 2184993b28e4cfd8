"""The records of a cycle as the ledger has them, for those who publish it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from evalbatch.model.evaluation import Evaluation
from evalbatch.model.identity import Arrival
from evalbatch.model.record import Change, Cycle, Record
from evalbatch.nightly.extract import PackedExtract
from evalbatch.nightly.kept_values import decode
from evalbatch.nightly.kept_workbooks import KeptWorkbook
from evalbatch.results.ledger import Known, Ledger, LeftEntry
from evalbatch.results.submissions import ArrivedSubmission, RecordPage, ResultTables


class Records:
    """Every record in the order of publication, with its outputs' places, read from the ledger each
    time it is gone through.

    They can be sent to another process, which reads the ledger for itself.
    """

    def __init__(
        self, ledger: Ledger, first: tuple[str, ...] = (), *, telling_rows: bool = False
    ) -> None:
        self._ledger = ledger
        self._first = first
        self._telling_rows = telling_rows

    def beginning_with(self, first: Iterable[str]) -> "Records":
        """Return the same records, but these submissions first, in this order."""
        return Records(self._ledger, tuple(first))

    def brief(self) -> "Records":
        """Return the same records with those of their scored rows only that matter to who
        counts.
        """
        return Records(self._ledger, self._first, telling_rows=True)

    def telling(self, facts: Mapping[str, Mapping[str, Any]]) -> "Records":
        """Note what else is known of each submission by its name (columns of `Record`), and return
        the records with it.
        """
        columns = tuple(next(iter(facts.values()), {}))
        if not columns:
            return self
        with self._ledger.transaction():
            self._ledger.results.amend(
                columns, ((*told.values(), name) for name, told in facts.items())
            )
        return self

    def __iter__(self) -> Iterator[Record]:
        yield from self._ledger.results.records(self._first, telling=self._telling_rows)

    def __len__(self) -> int:
        return len(self._ledger)

    def outlines(self) -> Iterator[Record]:
        """Yield every record without its scored rows, for those who look at other things."""
        yield from self._ledger.results.outlines()

    def arrived(self) -> Sequence[ArrivedSubmission]:
        """Return what says of every submission what became of it."""
        return self._ledger.results.arrived()

    def whole(self, names: Sequence[str]) -> Iterator[Record]:
        """Yield the records of these names with all their rows."""
        yield from self._ledger.results.whole(names)

    def scored(self, names: Sequence[str]) -> Iterator[Record]:
        """Yield the records of these names with their scored rows, but without findings."""
        yield from self._ledger.results.scored(names)

    def pages(self) -> Iterator[RecordPage]:
        """Yield the records page by page."""
        yield from self._ledger.results.record_pages(self._first)

    def kept(self, kind: str, writer: str) -> "KeptPages":
        """Return what a kind of writer wrote of the pages the last time (see KeptPages)."""
        return KeptPages(self._ledger, kind, writer)

    @property
    def reports(self) -> Iterable[str]:
        """Where the reports stand."""
        return (report for report in self._ledger.results.reports())

    @property
    def results(self) -> ResultTables:
        """The tables that the records are read from."""
        return self._ledger.results

    def changes(self) -> list[Change]:
        """Return what every publication changed, in their order."""
        return self._ledger.history.log()

    def archived(self) -> list[KeptWorkbook]:
        """Return every content that was ever read, by hash and name."""
        return [KeptWorkbook(*row) for row in self._ledger.history.kept()]

    def tell(self, cycle: Cycle) -> None:
        """Keep what is said of the cycle as a whole."""
        with self._ledger.transaction():
            self._ledger.results.tell(cycle)

    def extracts(self) -> Iterator[PackedExtract]:
        """Yield the packed extract of every submission, in the order of publication."""
        arrivals = self._ledger.arrivals()
        for name, packed, filed in self._ledger.extracts():
            yield name, packed, arrivals.get(name) or Arrival(filed=filed)

    def earlier(self) -> Iterator[PackedExtract]:
        """Yield the same of the last different content of every hand-in that is no longer there."""
        for name, packed, filed in self._ledger.earlier():
            yield name, packed, Arrival(filed=filed)

    def entries(self) -> list[LeftEntry]:
        """Return what of the inbox was not read."""
        return self._ledger.entries()

    def files(self) -> Mapping[str, Known]:
        """Return every file that was read, by name."""
        return self._ledger.files()

    def evaluations(self) -> Iterator[Evaluation]:
        """Yield every evaluation that was kept whole, in the order of publication."""
        yield from map(decode, self._ledger.evaluations())


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
