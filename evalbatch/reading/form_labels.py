"""A form prepared for reading: every label as the key that the pages are indexed by."""

import re
import tomllib
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any, Final, TypeVar

from evalbatch.model.names import core, key, row_key
from evalbatch.model.plain_figures import compact
from evalbatch.standards.form import (
    ColumnSpec,
    FixedRow,
    FormSpec,
    Named,
    SheetSpec,
    TableSpec,
    Type,
)

_KEPT: Final = 32
_WORDS: Final = (Type.TEXT, Type.LONG_TEXT)
_GUESSED: Final = 1000  # the rank of what only the words of a label say
_N = TypeVar("_N", bound=Named)


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads(
        resources.files("evalbatch.reading").joinpath(name).read_text(encoding="utf-8")
    )


_FOREIGN: Final = {
    table: tuple(ColumnSpec.model_validate(column) for column in columns)
    for table, columns in _data("columns.toml").items()
}
_SHARED: Final = _data("labels.toml")
_BLOCKS: Final = tuple(TableSpec.model_validate(table) for table in _data("blocks.toml")["tables"])
_SCORED: Final = "indicators"
_PATTERNS: Final = {
    part: {
        name: [re.compile(each) for each in ([told] if isinstance(told, str) else told)]
        for name, told in patterns.items()
    }
    for part, patterns in _SHARED["patterns"].items()
}
_COLUMN_LABELS: Final = {
    table: {
        **{column.id: column.labels for column in _FOREIGN.get(table, ())},
        **_SHARED["columns"].get(table, {}),
    }
    for table in {*_FOREIGN, *_SHARED["columns"]}
}
RECHECK_LABELS: Final = frozenset(
    compact(label)
    for columns in _FOREIGN.values()
    for column in columns
    if column.id == "recheck_score"
    for label in column.labels
)
"""How a column of a reviewer's scores is headed (复核得分)."""
MEANT_FIELDS: Final = frozenset(_PATTERNS["fields"])
"""The fields that the words of an unknown label may mean."""
OWN_LABELS: Final[Mapping[str, Sequence[str]]] = _SHARED["fields"]
"""How forms label each field, the usual way first."""
FIELD_LABELS: Final = frozenset(core(label) for labels in OWN_LABELS.values() for label in labels)
POINT_BOXES: Final = {
    name: tuple(map(key, labels)) for name, labels in _SHARED["boxes"]["funding"].items()
}
"""What stands before the points of the execution rate away from the funding table."""
OPINION_LABELS: Final = frozenset(map(key, _SHARED["asides"]["opinions"]))
PROJECT_LABELS: Final = frozenset(core(label) for label in _SHARED["fields"]["project"])
TOTAL_LABELS: Final = frozenset(core(label) for label in _SHARED["fields"]["stated_total"])
LEVEL_LABELS: Final = frozenset(
    core(label)
    for level in ("level1", "level2", "level3")
    for label in _SHARED["columns"]["indicators"][level]
)


@dataclass(frozen=True, slots=True)
class Match:
    """A label of a form: whose it is, and how good a match it makes (0 is the form's own label)."""

    name: str
    rank: int


def _ranked(
    items: Iterable[Named], renamed: dict[str, str]
) -> tuple[dict[str, list[Match]], dict[str, list[Match]]]:
    """Index the labels of some items by key, and by key without brackets."""
    keys: dict[str, list[Match]] = {}
    cores: dict[str, list[Match]] = {}
    old = {new: before for before, new in renamed.items()}
    for item in items:
        labels = [*item.labels, *(old[label] for label in item.labels if label in old)]
        for rank, label in enumerate(labels):
            _add(keys, key(label), Match(item.id, rank))
            _add(cores, core(label), Match(item.id, rank + 100))
    return keys, cores


def _add(index: dict[str, list[Match]], label: str, match: Match) -> None:
    known = index.setdefault(label, [])
    if all(other.name != match.name for other in known):
        known.append(match)


def as_written(form: FormSpec) -> FormSpec:
    """Return a form with all labels that offices use for what is on it, and with the scored blocks
    that theirs have besides.
    """
    sheets = tuple(_sheet_as_written(sheet, form) for sheet in form.sheets)
    return FormSpec.model_construct(**{**dict(form), "sheets": sheets})  # not its cached parts


def _sheet_as_written(sheet: SheetSpec, form: FormSpec) -> SheetSpec:
    tables = [_table_as_written(table) for table in sheet.tables]
    if form.scored and any(table.id == _SCORED for table in tables):
        tables += [block for block in _BLOCKS if block.id not in form.tables]
    return sheet.model_copy(
        update={"fields": _with_labels(sheet.fields, _SHARED["fields"]), "tables": tuple(tables)}
    )


def _table_as_written(table: TableSpec) -> TableSpec:
    columns = _with_labels(table.columns, _COLUMN_LABELS.get(table.id, {}))
    return table.model_copy(
        update={
            "columns": columns,
            "rows": _with_labels(table.rows, _SHARED["rows"].get(table.id, {})),
        }
    )


def _with_labels(items: Sequence[_N], shared: Mapping[str, Sequence[str]]) -> tuple[_N, ...]:
    """Give each item the shared labels of its id, but for those that another of the items claims
    for itself.
    """
    owners = {key(label): item.id for item in reversed(items) for label in item.labels}
    found = []
    for item in items:
        free = (
            label for label in shared.get(item.id, ()) if owners.get(key(label), item.id) == item.id
        )
        found.append(
            item.model_copy(update={"synonyms": tuple(dict.fromkeys((*item.synonyms, *free)))})
        )
    return tuple(found)


class TableLabels:
    """A table of a form, its headers and printed rows indexed."""

    def __init__(self, spec: TableSpec, renamed: dict[str, str]) -> None:
        self.spec = spec
        own = {column.id for column in spec.columns}
        foreign = [column for column in _FOREIGN.get(spec.id, ()) if column.id not in own]
        self.columns = {column.id: column for column in (*spec.columns, *foreign)}
        self.keys, self.cores = _ranked(self.columns.values(), renamed)
        self.totals = frozenset(
            core(label) for label in (spec.total, *spec.total_synonyms) if label
        )
        self.rows: dict[str, FixedRow] = {
            row_key(label): row for row in reversed(spec.rows) for label in reversed(row.labels)
        }
        self.total = next((row.id for row in spec.rows if row.total), "")
        self.required = tuple(column for column in spec.columns if column.required)
        self.words = frozenset(
            name for name, column in self.columns.items() if column.type in _WORDS
        )
        self.key_column = self._key_column()

    def _key_column(self) -> str:
        """The column whose text makes a row: the first required text, else the first text that no
        merge spans.
        """
        texts = [column for column in self.spec.columns if column.type in _WORDS]
        wanted = (
            [column for column in texts if column.required]
            or [column for column in texts if not column.merge]
            or texts
        )
        return (wanted or list(self.spec.columns))[0].id

    def is_total(self, label: str) -> bool:
        """Whether a text is the label of the table's total row."""
        text = core(label)
        return text in self.totals or _is_total(text)

    def guess(self, label: str, known: Container[str]) -> Match | None:
        """Return the column that a header cell without a known label means by its words, None
        when none is meant or more than one; `known` columns have their headers already.
        """
        text = core(label)
        patterns = _PATTERNS.get(self.spec.id, {})
        free = (name for name in patterns if name in self.columns and name not in known)
        meant = [
            Match(name, _GUESSED + rank)
            for name in free
            if (rank := _rank(patterns[name], text)) is not None
        ]
        return meant[0] if len(meant) == 1 else None

    @cached_property
    def points(self) -> tuple[frozenset[str], ...]:
        """The labels of the columns of points that the table has: weights, then scores."""
        columns = (self.columns[name] for name in ("weight", "score") if name in self.columns)
        return tuple(frozenset(map(core, column.labels)) for column in columns)

    @cached_property
    def need(self) -> int:
        """How many columns must be found before a row counts as this table's header."""
        return max(2, (len(self.required) + 1) // 2)


@lru_cache(maxsize=4096)
def _is_total(text: str) -> bool:
    (pattern,) = _PATTERNS["totals"]["total"]
    return pattern.fullmatch(text) is not None


def _rank(patterns: Sequence[re.Pattern[str]], text: str) -> int | None:
    """Return the place of the first expression found in a text, None where none is."""
    return next((rank for rank, each in enumerate(patterns) if each.search(text)), None)


class SheetLabels:
    """A sheet of a form, its names and fields indexed; `source` is the sheet as its form says it,
    without shared labels.
    """

    def __init__(self, spec: SheetSpec, renamed: dict[str, str], source: SheetSpec) -> None:
        self.spec = spec
        items = (*source.fields, *(column for table in source.tables for column in table.columns))
        self.own_labels = tuple(frozenset(map(key, item.labels)) for item in items if item.required)
        self.names = tuple(key(name) for name in (spec.name, *spec.synonyms))
        self.tables = tuple(TableLabels(table, renamed) for table in spec.tables)
        self.fields = {field.id: field for field in spec.fields}
        keys, cores = _ranked(spec.fields, renamed)
        alone = {
            label: matches
            for label, matches in cores.items()
            if len(matches) == 1 and label not in keys
        }
        self.labels = _by_name(keys)
        self.loose = _by_name(alone)
        self.known = frozenset(keys) | frozenset(alone)

    @cached_property
    def required(self) -> dict[str, frozenset[str]]:
        """The keys of everything that makes this sheet, by field or table and column."""
        wanted = {
            name: frozenset(label for _, label in self.labels[name])
            for name, spec in self.fields.items()
            if spec.required
        }
        for table in self.tables:
            if table.spec.required:
                for column in table.required:
                    labels = frozenset(core(label) for label in column.labels)
                    wanted[f"{table.spec.id}.{column.id}"] = labels
        return wanted

    @cached_property
    def column_labels(self) -> tuple[frozenset[str], ...]:
        """The keys of each column of the form's required tables, the form's own columns only."""
        columns = (
            column for table in self.tables if table.spec.required for column in table.spec.columns
        )
        return tuple(frozenset(core(label) for label in column.labels) for column in columns)

    @cached_property
    def presets(self) -> frozenset[str]:
        """The keys of what the form prints in its tables: names of levels and indicators."""
        values = (
            value for table in self.spec.tables for row in table.preset for value in row.values()
        )
        return frozenset(key(value) for value in values if isinstance(value, str))


@lru_cache(maxsize=4096)
def field_meant(label: str) -> str:
    """Return the field that the words of an unknown label mean, empty when they mean none."""
    text = core(label)
    fields = _PATTERNS["fields"].items()
    return next((name for name, (pattern,) in fields if pattern.fullmatch(text)), "")


def _by_name(index: dict[str, list[Match]]) -> dict[str, list[tuple[int, str]]]:
    """Turn an index of labels around: the labels of each name, the best first."""
    found: dict[str, list[tuple[int, str]]] = {}
    for label, matches in index.items():
        for match in matches:
            found.setdefault(match.name, []).append((match.rank, label))
    return {name: sorted(labels) for name, labels in found.items()}


class FormLabels:
    """A form, prepared for reading; `since` is the version of the workbook, whose labels count
    too.
    """

    def __init__(self, form: FormSpec, since: int | None = None) -> None:
        self.source = form
        self.form = form = as_written(form)
        steps = [
            step for step in form.migrations if since is not None and step.from_version >= since
        ]
        renamed = {before: new for step in steps for before, new in step.renamed.items()}
        self.added = frozenset(name for step in steps for name in step.added)
        self.sheets = tuple(
            SheetLabels(sheet, renamed, source)
            for sheet, source in zip(form.sheets, self.source.sheets, strict=True)
        )
        self.main = self._main()
        self.homes = {name: sheet for sheet in self.sheets for name in sheet.fields}

    def _main(self) -> SheetLabels:
        """The sheet that makes the form: the first required one with tables."""
        required = [sheet for sheet in self.sheets if sheet.spec.required]
        return next(
            (sheet for sheet in required if sheet.tables), (required or list(self.sheets))[0]
        )

    @cached_property
    def known(self) -> frozenset[str]:
        """The keys of all labels and headers of the form, none of which is ever a value."""
        fields = frozenset(label for sheet in self.sheets for label in sheet.known)
        tables: Sequence[TableLabels] = [table for sheet in self.sheets for table in sheet.tables]
        return fields.union(*(table.keys for table in tables), *(table.totals for table in tables))

    @cached_property
    def hints(self) -> frozenset[str]:
        """What the form prints beside its cells, none of which is ever a value."""
        fields = self.form.fields.values()
        return frozenset(
            text.strip()
            for field in fields
            for text in (field.hint, field.placeholder, field.example)
            if text
        )


_PREPARED: dict[tuple[int, int | None], FormLabels] = {}


def labels_of_form(form: FormSpec, since: int | None = None) -> FormLabels:
    """Return a form prepared for reading; prepared once and kept, with the form itself, so that its
    identity stays its own.
    """
    prepared = _PREPARED.get((id(form), since))
    if prepared is None or prepared.source is not form:
        if len(_PREPARED) >= _KEPT:
            _PREPARED.clear()
        prepared = _PREPARED[id(form), since] = FormLabels(form, since)
    return prepared
