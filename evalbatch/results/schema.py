"""The one description of the tables of a cycle's results: what CSV files, ledger and DataFrames
have as columns.
"""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict


class ColumnKind(StrEnum):
    """What kind of value a column holds: it decides how it is written, typed and measured."""

    TEXT = "text"
    GRADE = "grade"
    DATE = "date"
    SCORE = "score"
    MONEY = "money"
    RATE = "rate"
    COUNT = "count"
    FLAG = "flag"

    @property
    def dtype(self) -> str:
        """The dtype of such a column in a DataFrame."""
        return _DTYPES[self]

    @property
    def unit(self) -> str:
        """The unit of all such columns, empty where they have none or each has its own."""
        return _UNITS.get(self, "")


_DTYPES = {
    ColumnKind.TEXT: "string",
    ColumnKind.GRADE: "category",
    ColumnKind.DATE: "datetime64[s]",
    ColumnKind.SCORE: "float64",
    ColumnKind.MONEY: "float64",
    ColumnKind.RATE: "float64",
    ColumnKind.COUNT: "Int64",
    ColumnKind.FLAG: "boolean",
}
_UNITS = {ColumnKind.SCORE: "分", ColumnKind.MONEY: "万元", ColumnKind.RATE: "比率"}


class Column(BaseModel):
    """A column: its name in every output, the Chinese word for it, and what it means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    label: str
    kind: ColumnKind
    meaning: str
    unit: str = ""

    @property
    def measured(self) -> str:
        """The unit of its figures, empty where it has none."""
        return self.unit or self.kind.unit


class Table(BaseModel):
    """A table of the results; the columns of `key` tell its rows apart."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""
        return tuple(column.name for column in self.columns)


@cache
def schema() -> Mapping[str, Table]:
    """Return the tables by their names, in the order in which they are told."""
    text = files("evalbatch.results").joinpath("schema.toml").read_text(encoding="utf-8")
    return {name: Table.model_validate(table) for name, table in tomllib.loads(text).items()}


def schema_markdown() -> str:
    """Describe all tables for the manual."""
    return "\n\n".join(_table_markdown(name, table) for name, table in schema().items())


def _table_markdown(name: str, table: Table) -> str:
    head = (
        f"**{name}** {table.title}: {table.meaning}.\n\n| column | label | dtype | unit | "
        f"meaning |\n|---|---|---|---|---|"
    )
    rows = (
        (
            f"| {column.name} | {column.label} | {column.kind.dtype} | {column.measured} | "
            f"{column.meaning} |"
        )
        for column in table.columns
    )
    return "\n".join((head, *rows))
