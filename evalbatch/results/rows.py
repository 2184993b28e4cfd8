"""Values of the model as rows of tables, every type kept.

A field is a column; a value within a value has its columns beside (`place_sheet`), and is absent
when the first of them is NULL; a tuple of values is a table of its own below. Numbers are kept as
text, exactly as they are.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from evalbatch.model.place import Place

Row = tuple[Any, ...]
Rows = dict[str, list[Row]]
"""Rows by table; one of a table below begins with the numbers of its owner and its own."""
Key = tuple[int, ...]
Fetch = Callable[["Shape"], Iterable[Row]]


class StoredColumn(NamedTuple):
    """A column of a table: its type in SQL and what stands there when nothing else is known (an SQL
    literal).
    """

    name: str
    sql: str
    default: str


class Shape:
    """How the values of one dataclass are kept: a table with its columns, and the tables below it.

    `depth` is how many numbers tell a row of the table; `also` are properties, by their class, that
    are kept beside for queries, with their types.
    """

    def __init__(self, kind: type, table: str, depth: int = 1, also: "_Also | None" = None) -> None:
        self.kind = kind
        self.table = table
        self.depth = depth
        self.columns: list[StoredColumn] = []
        self.below: list[Shape] = []
        self._known = also or {}
        self._build = self._place("") if kind is Place else self._compound(kind, "")
        beside = self._known.get(kind, {})
        self._also = [(name, self._leaf(each, name, "NULL")) for name, each in beside.items()]

    @property
    def tables(self) -> "tuple[Shape, ...]":
        """This table and all below."""
        return (self, *(table for shape in self.below for table in shape.tables))

    def rows(self, value: object, key: Key = ()) -> Rows:
        """Return a value as rows of its table and those below."""
        rows: Rows = defaultdict(list)
        self._add(value, key, rows)
        return rows

    def values(self, fetch: Fetch) -> dict[Key, list[Any]]:
        """Return the values that are kept, by the keys of their owners; `fetch` gives the rows of a
        table in their order.
        """
        below = {shape.table: shape.values(fetch) for shape in self.below}
        found: dict[Key, list[Any]] = defaultdict(list)
        for row in fetch(self):
            key, columns = row[: self.depth], row[self.depth :]
            found[key[:-1]].append(self._build.read(columns, key, below))
        return found

    def _add(self, value: object, key: Key, rows: Rows) -> None:
        row: list[Any] = []
        self._build.write(value, row, key, rows)
        row += [leaf.write(getattr(value, name)) for name, leaf in self._also]
        rows[self.table].append((*key, *row))

    def _compound(self, kind: type, prefix: str, *, optional: bool = False) -> "_Compound":
        start, hints = len(self.columns), get_type_hints(kind)
        defaults = _defaults(kind)
        parts = [
            (name, self._part(hints[name], prefix + name, defaults.get(name)))
            for name in _names(kind)
        ]
        return _Compound(kind, parts, range(start, len(self.columns)), optional=optional)

    def _part(self, hint: Any, name: str, default: object) -> "_Part":
        kind, optional = _plain(hint)
        if kind is Place:
            return self._place(f"{name}_")
        if get_origin(kind) is tuple and (member := get_args(kind)[0]) is not str:
            return self._tuple(member, name)
        if isinstance(kind, type) and is_dataclass(kind):
            return self._compound(kind, f"{name}_", optional=optional)
        return self._leaf(kind, name, _literal(kind, default))

    def _place(self, prefix: str) -> "_PlacePart":
        at = len(self.columns)
        self.columns += [
            StoredColumn(prefix + part, "TEXT", "''") for part in ("file", "sheet", "cell")
        ]
        return _PlacePart(at)

    def _tuple(self, member: type, name: str) -> "_Members":
        shape = Shape(
            member, f"{self.table}_{name.rpartition('_')[2]}", self.depth + 1, self._known
        )
        self.below.append(shape)
        return _Members(shape)

    def _leaf(self, kind: type, name: str, default: str) -> "_Leaf":
        at = len(self.columns)
        sql = "INTEGER" if kind in (int, bool) else "TEXT"
        self.columns.append(StoredColumn(name, sql, default))
        return _Leaf(at, *_conversion(kind))


class _Leaf(NamedTuple):
    """A value in a column of its own."""

    at: int
    writes: Callable[[Any], Any] | None
    reads: Callable[[Any], Any] | None

    def write(self, value: Any) -> Any:
        return value if value is None or self.writes is None else self.writes(value)


class _PlacePart(NamedTuple):
    """A place: its file, its sheet, and its cell as people name it."""

    at: int

    def write(self, value: Any, row: list[Any], _key: Key, _rows: Rows) -> None:
        row += (value.file, value.sheet, value.cell)

    def read(self, row: Row, _key: Key, _below: "_Below") -> Place:
        return Place.named(*row[self.at : self.at + 3])


class _Members(NamedTuple):
    """A tuple of values in a table below."""

    shape: Shape

    def write(self, value: Sequence[Any], _row: list[Any], key: Key, rows: Rows) -> None:
        for number, member in enumerate(value):
            self.shape._add(member, (*key, number), rows)  # noqa: SLF001 - its own kind

    def read(self, _row: Row, key: Key, below: "_Below") -> tuple[Any, ...]:
        return tuple(below[self.shape.table].get(key, ()))


class _Compound:
    """A dataclass: its fields side by side."""

    def __init__(
        self, kind: type, parts: list[tuple[str, "_Part"]], columns: range, *, optional: bool
    ) -> None:
        self._kind = kind
        self._written = [
            (name, part.writes, None) if isinstance(part, _Leaf) else (name, None, part.write)
            for name, part in parts
        ]
        self._columns = columns
        self._optional = optional
        leaves = [part if isinstance(part, _Leaf) else None for _, part in parts]
        self._plain = [leaf.at if leaf else 0 for leaf in leaves]  # 0: read below
        self._converted = [
            (at, leaf.reads) for at, leaf in enumerate(leaves) if leaf and leaf.reads
        ]
        others = enumerate(part for _, part in parts)
        self._others = [(at, part.read) for at, part in others if not isinstance(part, _Leaf)]

    def write(self, value: Any, row: list[Any], key: Key, rows: Rows) -> None:
        if value is None:
            row += [None] * len(self._columns)
            return
        for name, convert, write in self._written:
            each = getattr(value, name)
            if write:
                write(each, row, key, rows)
            else:  # most are columns of their own
                row.append(convert(each) if convert and each is not None else each)

    def read(self, row: Row, key: Key, below: "_Below") -> Any:
        if self._optional and row[self._columns[0]] is None:
            return None
        values = [row[at] for at in self._plain]  # most are kept as they are
        for at, convert in self._converted:
            if (value := values[at]) is not None:
                values[at] = convert(value)
        for at, read in self._others:
            values[at] = read(row, key, below)
        return self._kind(*values)


_Also = Mapping[type, Mapping[str, type]]
_Part = _Leaf | _PlacePart | _Members | _Compound
_Below = Mapping[str, Mapping[Key, list[Any]]]


def _plain(hint: Any) -> tuple[Any, bool]:
    """Return a type without its None, and whether it had one."""
    if get_origin(hint) in (Union, UnionType):
        (kind,) = (each for each in get_args(hint) if each is not type(None))
        return kind, True
    return hint, False


def _conversion(kind: Any) -> tuple[Callable[[Any], Any] | None, Callable[[Any], Any] | None]:
    """Return how values of a type are written into a column and read from it, None for as they
    are.
    """
    if kind is Decimal:
        return str, Decimal
    if kind is date:
        return date.isoformat, date.fromisoformat
    if kind is bool:
        return int, bool
    if get_origin(kind) is tuple:
        return _texts_written, _texts_read
    if isinstance(kind, type) and issubclass(kind, Enum):
        return (lambda member: member.value), kind
    return (_storable, None) if kind is str else (None, None)


def _storable(text: str) -> str:
    """Return a text without halves of characters, which no file could hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _texts_written(texts: Iterable[str]) -> str:
    return json.dumps(list(texts), ensure_ascii=False)


def _texts_read(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _defaults(kind: type) -> Mapping[str, object]:
    return {field.name: field.default for field in fields(kind) if field.default is not MISSING}


def _literal(kind: Any, default: object) -> str:
    """Write a default as an SQL literal, for rows that are older than their column."""
    writes, _ = _conversion(kind)
    kept = default if default is None or writes is None else writes(default)
    if kept is None:
        return "NULL"
    return str(kept) if isinstance(kept, int) else "'" + str(kept).replace("'", "''") + "'"
