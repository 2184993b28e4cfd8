"""What a standard workbook (表) looks like: one specification drives blank workbook, reader, and
where a finding points.
"""

from enum import StrEnum
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from evalbatch.model.names import normal_name
from evalbatch.model.words import WORDS

# The live formulas of blanks/formulas.py and the rules of blanks/self_check.py; tests hold both
# lists equal.
FormulaName = Literal[
    "",
    "execution_weight",
    "execution_rate",
    "execution_score",
    "spending_rate",
    "satisfaction_rate",
    "parts_sum",
    "table_total",
    "group_sum",
    "row_number",
    "grade",
    "node_state",
    "nodes_all",
    "nodes_on_time",
    "nodes_late",
    "nodes_not_done",
    "nodes_adjusted",
    "nodes_not_due",
    "nodes_not_reported",
    "nodes_rate",
    "nodes_rate_without_adjusted",
]
RuleName = Literal[
    "fields_filled",
    "choices_ticked",
    "table_filled",
    "totals_filled",
    "weights_full",
    "levels_weighed",
    "results_weighed",
    "scores_within",
    "reasons_given",
    "parts_add_up",
    "spent_within",
    "rate_explained",
    "details_agree",
    "survey_plausible",
    "survey_given",
    "actuals_given",
    "nodes_known",
    "items_covered",
    "undone_explained",
    "filled_together",
]


class FormPart(BaseModel):
    """Base of all specifications: frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Type(StrEnum):
    """How the text of a cell is to be understood."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"  # 万元
    PERCENT = "percent"  # a fraction: 0.6452
    SCORE = "score"
    DATE = "date"
    YEAR = "year"
    CHOICE = "choice"  # ☑ ☐, one of the options
    CHOICES = "choices"  # several of the options
    QUANTITY = "quantity"  # a target or an actual: operator, number, unit, band, date, tier


class Named(FormPart):
    """Something a reader finds by its label."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    synonyms: tuple[str, ...] = ()
    hint: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The label and its synonyms."""
        return (self.label, *self.synonyms)


class Input(Named):
    """A value that a department fills in, or that a formula works out.

    `formula` names one of the live formulas of `workbook/formulas.py`; such a cell is protected in
    our blank workbook. `limit` is the greatest number of characters of a text. With `grades` the
    options are the grade words of the profile.
    """

    type: Type = Type.TEXT
    required: bool = False
    options: tuple[str, ...] = ()
    grades: bool = False
    formula: FormulaName = ""
    limit: PositiveInt | None = None
    example: str = ""
    placeholder: str = ""
    chapter: str = ""

    @property
    def mandatory(self) -> bool:
        """Whether something must be written here."""
        return self.required and self.type not in (Type.CHOICE, Type.CHOICES)


class FieldSpec(Input):
    """A single value beside (or under) its label.

    `label_span` is how many grid columns the label covers, `preset` what the blank workbook starts
    with. With `beyond_annex` the regulation's own annex lacks it: a workbook typed after that annex
    is not returned for its absence.
    """

    preset: str = ""
    beyond_annex: bool = False
    beside: Literal["right", "below"] = "right"
    label_span: PositiveInt = 1


class ColumnSpec(Input):
    """A column of a table.

    It covers `span` grid columns of its sheet; in a paired table the label beside it covers
    `label_span`. With `total_only` only the total row holds a value; the rows of which it consists
    print a dash. `beyond_annex` is that of a field.

    A ticked cell of a column with `ticks` says its label in the column of that id; what stands in
    one with `replaces` counts instead of that column; one that is `stated` is printed for
    information and never counted.
    """

    width: float = 12
    merge: bool = False  # equal neighbours of an own workbook are merged (level 1, level 2)
    span: PositiveInt = 1
    label_span: PositiveInt = 1
    total_only: bool = False
    beyond_annex: bool = False
    ticks: str = ""
    replaces: str = ""
    stated: bool = False


class FixedRow(Named):
    """A row that the form prints itself, such as a funding source; `part` marks a row of which the
    total above consists.
    """

    part: bool = False
    total: bool = False


class TableSpec(FormPart):
    """A table found by its header.

    With `rows` every row is fixed and found by its label in the first column; otherwise the table
    is open: `preset` are the rows that the blank workbook starts with, `spare` further empty rows.
    `paired` prints each row's label beside every column (case A's funding block). `total` is the
    label of a closing row with the sums of the columns named in `sums`; to them are added the same
    columns of the total row of the table `total_adds` (the execution score), and `total_fields`
    says which field the closing row's column is (`score` is the field `stated_total`, which then
    has no label of its own). `beyond_annex` is that of a field. The rows of a `scored` table count
    with the indicators, its title is their level 1. `sections` are the words by which this table is
    told from others of the same columns on the sheet: 年度 beside 长期绩效指标.
    """

    id: str
    title: str = ""
    columns: tuple[ColumnSpec, ...]
    rows: tuple[FixedRow, ...] = ()
    preset: tuple[dict[str, str | int | float], ...] = ()
    spare: int = 0
    paired: bool = False
    required: bool = True
    beyond_annex: bool = False
    total: str = ""
    total_synonyms: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    total_adds: str = ""
    total_fields: dict[str, str] = {}
    sections: tuple[str, ...] = ()
    scored: bool = False

    @cached_property
    def mandatory(self) -> tuple[ColumnSpec, ...]:
        """The columns that must be filled in."""
        return tuple(column for column in self.columns if column.mandatory)

    @cached_property
    def amounts(self) -> tuple[ColumnSpec, ...]:
        """The columns that hold money."""
        return tuple(column for column in self.columns if column.type is Type.MONEY)

    @cached_property
    def prose(self) -> tuple[str, ...]:
        """The ids of the columns of running text: by their type, or by what they are for."""
        named = WORDS["prose_columns"]
        return tuple(
            column.id
            for column in self.columns
            if column.type is Type.LONG_TEXT or column.id in named
        )

    def column(self, name: str) -> ColumnSpec:
        """Return a column by its id.

        Raises:
            KeyError: the table has no such column.
        """
        for column in self.columns:
            if column.id == name:
                return column
        raise KeyError(name)


class SelfCheck(FormPart):
    """One line of the live self-check: what is wrong when `rule` strikes (`say`), and what is said
    when it does not (`good`).

    `rule` names a rule of `blanks/self_check.py`; `say` may hold the rule's figures in braces:
    names, count, found, expected. `table`, `columns`, `fields` and `words` are what the rule looks
    at (`words`: names of level 1, states of nodes, or what a satisfaction indicator is known by);
    thresholds stand in the policy.
    """

    rule: RuleName
    say: str
    good: str
    table: str = ""
    columns: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


class Block(FormPart):
    """A piece of a sheet from top to bottom.

    `kind` is one of: `title`, `heading` and `note` (printed `text`; a note may hold in braces the
    id of a field, `bands` for the grade bands, `policy` for the profile's name, or a limit of
    `TOLD_LIMITS`), `fields` (a grid: each inner list is one printed row of field ids, each with the
    grid columns its value spans), `table` (the table with the id `table`), `check` (the live
    self-check: `checks`), `legend` (the colours), `contents` (the sheets with their guides), `gap`.
    `side` is printed upright to the left of the block, over `side_span` grid columns; `hints`
    prints each field's hint beside it.
    """

    kind: Literal[
        "title", "heading", "note", "fields", "table", "check", "legend", "contents", "gap"
    ]
    text: str = ""
    grid: tuple[tuple[tuple[str, int], ...], ...] = ()
    table: str = ""
    height: float | None = None
    side: str = ""
    side_span: PositiveInt = 1
    hints: bool = False
    align: Literal["left", "center", "right"] = "left"
    checks: tuple[SelfCheck, ...] = ()


class SheetSpec(FormPart):
    """One sheet: what stands on it and how it is printed."""

    id: str
    name: str
    synonyms: tuple[str, ...] = ()
    required: bool = True
    guide: str = ""
    landscape: bool = False
    widths: tuple[float, ...] = ()
    fields: tuple[FieldSpec, ...] = ()
    tables: tuple[TableSpec, ...] = ()
    blocks: tuple[Block, ...] = ()


class Migration(FormPart):
    """How a workbook of an older version becomes one of the next: labels that were renamed, and
    fields that came new.
    """

    from_version: PositiveInt
    renamed: dict[str, str] = {}
    added: tuple[str, ...] = ()
    note: str = ""


class FormSpec(FormPart):
    """A standard workbook.

    One that is not `scored` gets no points and no grade: in order, it is accepted. An accepted
    `baseline` is what the other forms of the year are compared with. `title_words` are further
    titles (or parts of one) by which offices know the form.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: PositiveInt
    title: str
    kind: Literal["project", "annual"] = "project"
    category: str
    policy: str
    template: str = "project"  # the Word report template of this form
    basis: str
    sheets: tuple[SheetSpec, ...]
    migrations: tuple[Migration, ...] = ()
    scored: bool = True
    baseline: bool = False
    title_words: tuple[str, ...] = ()

    @cached_property
    def fields(self) -> dict[str, FieldSpec]:
        """Every field by its id."""
        return {field.id: field for sheet in self.sheets for field in sheet.fields}

    @cached_property
    def tables(self) -> dict[str, TableSpec]:
        """Every table by its id."""
        return {table.id: table for sheet in self.sheets for table in sheet.tables}

    @cached_property
    def mandatory(self) -> tuple[FieldSpec, ...]:
        """The fields that must be filled in; which box must be ticked is another matter."""
        return tuple(field for field in self.fields.values() if field.mandatory)

    @cached_property
    def choices(self) -> tuple[FieldSpec, ...]:
        """The fields of which one option is to be ticked."""
        return tuple(field for field in self.fields.values() if field.type is Type.CHOICE)

    @cached_property
    def prose(self) -> frozenset[str]:
        """The ids of the fields of running text."""
        fields = self.fields.values()
        return frozenset(field.id for field in fields if field.type is Type.LONG_TEXT)

    @cached_property
    def chapters(self) -> tuple[str, ...]:
        """The ids of the fields that hold a chapter of the report."""
        return tuple(field.id for field in self.fields.values() if field.chapter)

    @cached_property
    def amounts(self) -> tuple[FieldSpec, ...]:
        """The fields that hold money."""
        return tuple(field for field in self.fields.values() if field.type is Type.MONEY)

    @property
    def whole_department(self) -> bool:
        """Whether it is about a whole department: what it evaluates is named beforehand, and is the
        same for every one.
        """
        return "project" in self.fields and bool(self.fields["project"].preset)

    @property
    def foresees(self) -> bool:
        """Whether it is monitoring: without points, it says how likely each target will be met."""
        table = self.tables.get("indicators")
        return (
            not self.scored
            and table is not None
            and any(column.id == "chance" for column in table.columns)
        )

    def starting_with(self, rows: tuple[dict[str, str], ...]) -> "FormSpec":
        """Return the form with the rows that a profile wants its indicators to start with."""
        if not rows:
            return self
        given = {name: getattr(self, name) for name in type(self).model_fields}
        sheets = tuple(
            sheet.model_copy(
                update={"tables": tuple(_starting(table, rows) for table in sheet.tables)}
            )
            for sheet in self.sheets
        )
        return FormSpec(**(given | {"sheets": sheets}))

    def graded_by(self, words: tuple[str, ...]) -> "FormSpec":
        """Return the form with the grade words of the profile that it is scored by as options of
        its grade.
        """
        if all(
            field.options == words
            for sheet in self.sheets
            for field in sheet.fields
            if field.grades
        ):
            return self
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return FormSpec(
            **(given | {"sheets": tuple(_graded(sheet, words) for sheet in self.sheets)})
        )

    @cached_property
    def hints(self) -> frozenset[str]:
        """Every hint and placeholder that the form prints; found in a cell, they were left
        there.
        """
        columns = (column for table in self.tables.values() for column in table.columns)
        inputs = (*self.fields.values(), *columns)
        return frozenset(text for each in inputs for text in (each.hint, each.placeholder) if text)

    @cached_property
    def printed(self) -> frozenset[str]:
        """Every text that the form prints where others write, as names are compared: that is
        nobody's own.
        """
        tables = self.tables.values()
        texts = (
            *(field.preset for field in self.fields.values()),
            *(str(value) for table in tables for row in table.preset for value in row.values()),
            *(text for table in tables for text in (table.total, *table.total_synonyms)),
        )
        return frozenset(map(normal_name, texts))

    def sheet_of(self, name: str) -> SheetSpec:
        """Return the sheet that a field or table stands on.

        Raises:
            KeyError: the form has no such field or table.
        """
        for sheet in self.sheets:
            names = [field.id for field in sheet.fields] + [table.id for table in sheet.tables]
            if name in names:
                return sheet
        raise KeyError(name)


def _graded(sheet: SheetSpec, words: tuple[str, ...]) -> SheetSpec:
    fields = (
        field.model_copy(update={"options": words}) if field.grades else field
        for field in sheet.fields
    )
    return sheet.model_copy(update={"fields": tuple(fields)})


def _starting(table: TableSpec, rows: tuple[dict[str, str], ...]) -> TableSpec:
    names = {column.id for column in table.columns}
    if table.id != "indicators" or not all(row.keys() <= names for row in rows):
        return table
    columns = tuple(_offering(column, rows) for column in table.columns)
    return table.model_copy(update={"columns": columns, "preset": rows})


def _offering(column: ColumnSpec, rows: tuple[dict[str, str], ...]) -> ColumnSpec:
    """Offer in a list of choices what the rows say, too."""
    if not column.options:
        return column
    said = (row[column.id] for row in rows if column.id in row)
    return column.model_copy(update={"options": tuple(dict.fromkeys((*said, *column.options)))})
