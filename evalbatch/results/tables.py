"""The CSV files in data/: what BI tools and scripts read. UTF-8 with BOM, comma, CRLF, one row per
thing.

Scores have at most two decimals and no percent sign, money is in 万元 with the digits that were
handed in, rates are fractions with four decimals, dates are ISO, empty means none. Text that a
spreadsheet program would run as a formula (it begins with = @ + - and is no plain number) has an
apostrophe in front, the mark by which such programs know text; all other text is literal.

A project has a final total and a grade only when it is graded. Superseded workbooks stand in
projects.csv and findings.csv only, so that no indicator, node or sum counts twice.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from evalbatch.model import figures
from evalbatch.output_files import staged
from evalbatch.results.schema import ColumnKind, Table, schema

HEADERS: Final = {f"{name}.csv": table.names for name, table in schema().items()}

_RATE_DECIMALS: Final = 4
_FORMULA: Final = re.compile(r"\s*[=@＝＠]|\s*[+\-＋－](?!\d+(\.\d+)?%?$)(?!$)")
_SUSPECT: Final = frozenset("=@+-＝＠＋－")  # a quick look, the pattern decides
_LONGEST: Final = (
    1 << 30
)  # the reader's own limit of 131,072 characters a field is below what a cell joins

Rows = Callable[[str], Iterable[Sequence[Any]]]
"""Gives the rows of a table as they are published, exact: figures and dates as text, None for
none.
"""


def write(folder: Path, rows: Rows) -> None:
    """Write the CSV files of a cycle.

    Raises:
        OutputError: in Chinese, when the file system refuses; the files that stood there are
            untouched.
    """
    for name, table in schema().items():
        with (
            staged(folder / f"{name}.csv") as part,
            part.open("w", encoding="utf-8-sig", newline="") as stream,
        ):
            file = csv.writer(stream)
            file.writerow(table.names)
            writers = _writers(table)
            file.writerows(
                [
                    "" if value is None else write(value)
                    for write, value in zip(writers, row, strict=True)
                ]
                for row in rows(name)
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
