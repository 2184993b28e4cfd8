"""The CSV files in data/: what BI tools and scripts read. UTF-8 with BOM, comma, CRLF, one row per
thing.

Scores have at most two decimals and no percent sign, money is in 万元 with the digits that were
handed in, rates are fractions with four decimals, dates are ISO, empty means none. Text that a
spreadsheet program would run as a formula (it begins with = @ + - and is no plain number) has an
apostrophe in front, the mark by which such programs know text, and so has text that would be taken
for marked; all other text is literal.

A project has a final total and a grade only when it is graded. Superseded workbooks stand in
projects.csv and findings.csv only, so that no indicator, node or sum counts twice.
"""

import csv
import io
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TextIO

from evalbatch.model import figures
from evalbatch.output_files import staged
from evalbatch.results.rows import Row
from evalbatch.results.schema import ColumnKind, Table, schema
from evalbatch.results.submissions import (
    BY_RECORD,
    THE_CYCLE,
    RecordPage,
    ResultTables,
    Unkept,
    WrittenPages,
)

HEADERS: Final = {f"{name}.csv": table.names for name, table in schema().items()}

_RATE_DECIMALS: Final = 4
_FAST: Final = 1
_FORMULA: Final = re.compile(r"'*(?:\s*[=@＝＠]|\s*[+\-＋－](?!\d+(\.\d+)?%?$)(?!$))")
_SUSPECT: Final = frozenset("'=@+-＝＠＋－")  # a quick look, the pattern decides
_LONGEST: Final = (
    1 << 30
)  # the reader's own limit of 131,072 characters a field is below what a cell joins


def write(folder: Path, results: ResultTables, kept: WrittenPages | None = None) -> None:
    """Write the CSV files of a cycle.

    Args:
        folder: where they are to stand.
        results: the tables of the cycle.
        kept: what was written of the pages of records the last time.

    Raises:
        OutputError: in Chinese, when the file system refuses; the files that stood there are
            untouched.
    """
    pages = list(results.record_pages())
    for name, table in schema().items():
        with (
            staged(folder / f"{name}.csv") as part,
            part.open("w", encoding="utf-8-sig", newline="") as stream,
        ):
            csv.writer(stream).writerow(table.names)
            if name not in BY_RECORD:
                _write_rows(stream, table, results.rows(name))
                continue
            for page in pages:
                stream.write(_page_text(name, page, kept or Unkept()))
            _write_rows(stream, table, results.rows(name, [THE_CYCLE]))


def _page_text(name: str, page: RecordPage, kept: WrittenPages) -> str:
    """Return what a table has of a page of records: as it was written the last time, where nothing
    of them changed.
    """
    key = f"{name} {page.key}"
    data = kept.get(key)
    if data is None:
        text = io.StringIO(newline="")
        _write_rows(text, schema()[name], page.rows(name))
        data = zlib.compress(text.getvalue().encode(), _FAST)
        kept.put(key, data)
    return zlib.decompress(data).decode()


def _write_rows(stream: TextIO, table: Table, rows: Iterable[Row]) -> None:
    writers = _writers(table)
    csv.writer(stream).writerows(
        ["" if value is None else write(value) for write, value in zip(writers, row, strict=True)]
        for row in rows
    )


def _writers(table: Table) -> list[Callable[[Any], str]]:
    return [_WRITERS.get(column.kind, str) for column in table.columns]


def read(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file by its columns, every text as it was before it was guarded.

    Raises:
        OSError, UnicodeDecodeError, csv.Error: it cannot be read.
    """
    csv.field_size_limit(_LONGEST)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            yield {name: unguarded(text or "") for name, text in row.items() if name}


def count(path: Path) -> int:
    """Return how many rows a CSV file has below its header.

    Raises:
        OSError, UnicodeDecodeError, csv.Error: it cannot be read.
    """
    csv.field_size_limit(_LONGEST)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return sum(1 for _ in csv.reader(stream)) - 1


def literal(text: str) -> str:
    """Return a text so that no spreadsheet program runs it as a formula."""
    if text[:1].isalnum():  # nearly all of them
        return text
    suspect = text[:1] in _SUSPECT or text[:1].isspace()
    return f"'{text}" if suspect and _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Return the text that a literal of a CSV file stands for."""
    return text[1:] if text.startswith("'") and literal(text[1:]) == text else text


@lru_cache(maxsize=4096)
def points(score: Decimal | str) -> str:
    """Write a score with at most two decimals."""
    return figures.plain(Decimal(score))


def money(amount: Decimal | str) -> str:
    """Write an amount in 万元 with its own decimals."""
    return figures.in_full(Decimal(amount))


def fraction(rate: Decimal | str) -> str:
    """Write a rate as a fraction with four decimals."""
    return figures.fixed(Decimal(rate), _RATE_DECIMALS)


def flag(holds: object) -> str:
    """Write whether something holds."""
    return "true" if holds else "false"


_WRITERS: Final[Mapping[ColumnKind, Callable[[Any], str]]] = {
    ColumnKind.TEXT: literal,
    ColumnKind.GRADE: literal,
    ColumnKind.SCORE: points,
    ColumnKind.MONEY: money,
    ColumnKind.RATE: fraction,
    ColumnKind.FLAG: flag,
}
