"""A submission (报送件): one workbook as read, every value with its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import chain
from typing import Final, NamedTuple

from evalbatch.model.finding import Observation
from evalbatch.model.place import Place
from evalbatch.model.value import Choice, Quantity, Value


class State(StrEnum):
    """How a cell presented itself to the reader."""

    FILLED = "已填"
    BLANK = "空白"
    ERROR = "错误值"
    UNCALCULATED = "公式未计算"
    UNREADABLE = "无法识别"


_BLANK: Final = State.BLANK  # an enumeration is slow to look its members up


class Entry(NamedTuple):
    """One value of a workbook.

    `text` is what the sender sees in the cell; `value` the typed value, None unless the state is
    FILLED. A text that cannot be read as the type the form wants is UNREADABLE.
    """

    text: str
    value: Value
    place: Place
    state: State = State.FILLED
    formula: bool = False

    @property
    def number(self) -> Decimal | None:
        """The value as a number, None when it is none."""
        return self.value if isinstance(self.value, Decimal) else None

    @property
    def quantity(self) -> Quantity | None:
        """The value as a target or actual, None when it is none."""
        return self.value if isinstance(self.value, Quantity) else None

    @property
    def choice(self) -> Choice | None:
        """The value as a group of choice boxes, None when it is none."""
        return self.value if isinstance(self.value, Choice) else None

    @property
    def when(self) -> date | None:
        """The value as a date, None when it is none."""
        return self.value if isinstance(self.value, date) else None

    @property
    def blank(self) -> bool:
        """Whether nothing was filled in."""
        return self.state is _BLANK


class RowKind(StrEnum):
    """What part a row plays in its table."""

    ITEM = "明细"
    SUBTOTAL = "小计"
    TOTAL = "合计"
    PART = "其中"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table; `key` is the id of a fixed row of the form (such as a funding source),
    else empty.

    `entries` holds an Entry for every column that the sheet has, blank ones too. Under a merged
    cell every row sees the merged value, at the place of its upper left corner.
    """

    table: str
    place: Place
    entries: Mapping[str, Entry]
    key: str = ""
    kind: RowKind = RowKind.ITEM

    def get(self, column: str) -> Entry | None:
        """Return the entry of a column, None when the sheet has no such column."""
        return self.entries.get(column)

    def text(self, column: str) -> str:
        """Return the text of a column, empty when the sheet has no such column."""
        entry = self.entries.get(column)
        return entry.text if entry else ""

    def number(self, column: str) -> Decimal | None:
        """Return the number of a column, None when there is none."""
        entry = self.entries.get(column)
        return entry.number if entry else None


@dataclass(frozen=True, slots=True)
class Stamp:
    """The hidden mark of our own workbooks: form, version, and the project it was made for."""

    form: str
    version: int
    cycle: str = ""
    department: str = ""
    project: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """One workbook as read.

    Fields and tables carry the ids of the form's specification; a field that the workbook lacks is
    absent. `observations` is what the reader noticed (groups F and part of V); `modified` the time
    stored inside the workbook, naive UTC; `rectified` are last year's problems with what the
    department says of putting them right (整改情况).
    """

    file: str
    digest: str
    form: str
    version: int
    fields: Mapping[str, Entry]
    tables: Mapping[str, tuple[Row, ...]]
    stamp: Stamp | None = None
    observations: tuple[Observation, ...] = ()
    modified: datetime | None = None
    sheets: tuple[str, ...] = field(default=())
    rectified: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """What it is about: project, else office or organisation, else what the workbook was made
        for; empty when unknown.
        """
        own = self.text("project") or self.text("office") or self.text("organisation")
        return own or (self.stamp.project if self.stamp else "")

    @property
    def department(self) -> str:
        """Who hands in, as the form says; empty when it does not."""
        return self.text("department") or self.text("organisation")

    def get(self, name: str) -> Entry | None:
        """Return a field's entry, None when the workbook lacks it."""
        return self.fields.get(name)

    def text(self, name: str) -> str:
        """Return a field's text, empty when the workbook lacks it."""
        entry = self.fields.get(name)
        return entry.text if entry else ""

    def number(self, name: str) -> Decimal | None:
        """Return a field's number, None when there is none."""
        entry = self.fields.get(name)
        return entry.number if entry else None

    def rows(self, table: str, *kinds: RowKind) -> tuple[Row, ...]:
        """Return a table's rows, of the given kinds only (default: all); empty when the workbook
        lacks the table.
        """
        rows = self.tables.get(table, ())
        return tuple([row for row in rows if row.kind in kinds]) if kinds else rows

    def row(self, table: str, key: str) -> Row | None:
        """Return the fixed row of a table with this key, None when the workbook lacks it."""
        return next((row for row in self.tables.get(table, ()) if row.key == key), None)

    def entries(self) -> Iterator[Entry]:
        """Return every entry of fields and tables, each once."""
        rows = chain.from_iterable(self.tables.values())
        return chain(self.fields.values(), *(row.entries.values() for row in rows))
