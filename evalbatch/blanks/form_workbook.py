"""A form's definition as a workbook (表样.xlsx): one row is one thing, so that an office can change
its form in Excel or WPS.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from evalbatch.excel_writer import CHOOSE, FONT
from evalbatch.same_bytes import saved
from evalbatch.standards.form import (
    Block,
    ColumnSpec,
    FieldSpec,
    FixedRow,
    FormPart,
    FormSpec,
    Migration,
    SelfCheck,
    SheetSpec,
    TableSpec,
    Type,
)

HEAD_ROWS: Final = 2
"""The head in Chinese, and the hidden row of the keys."""
FILL_ROWS: Final = 300
"""Rows that have drop-downs."""
CHUNK: Final = 30_000
"""Characters of a cell of the baseline; the file format holds 32,767."""

_MODELS: Final[Mapping[str, type[FormPart]]] = {
    "form": FormSpec,
    "sheets": SheetSpec,
    "blocks": Block,
    "fields": FieldSpec,
    "tables": TableSpec,
    "columns": ColumnSpec,
    "rows": FixedRow,
    "checks": SelfCheck,
    "migrations": Migration,
}
_WIDE: Final = frozenset(
    {"text", "guide", "synonyms", "hint", "say", "good", "options", "grid", "basis", "title"}
)
_HEAD: Final = {
    "font": Font(name=FONT, size=10, bold=True),
    "fill": PatternFill("solid", start_color="D9E1F2"),
    "alignment": Alignment(horizontal="center", vertical="center", wrap_text=True),
}
_BODY: Final = {
    "font": Font(name=FONT, size=10),
    "alignment": Alignment(vertical="top", wrap_text=True),
}


@dataclass(frozen=True)
class DefinitionColumn:
    """A column of a sheet: its key in the TOML, its head, and how its values are written.

    `coding` is one of text, number, integer, truth, lines, numbers, pairs, grid; `words` are the
    only values that it takes.
    """

    key: str
    head: str
    coding: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class DefinitionSheet:
    """A sheet: what of a form it lists, in which kind of thing, in which columns."""

    name: str
    lists: str
    of: str
    noun: str
    columns: tuple[DefinitionColumn, ...]


@cache
def words() -> Mapping[str, Any]:
    """Return form_workbook.toml."""
    text = files("evalbatch.blanks").joinpath("form_workbook.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def layouts() -> tuple[DefinitionSheet, ...]:
    """Return the sheets of the workbook, without those of the preset rows."""
    return tuple(
        DefinitionSheet(
            sheet["name"],
            sheet["lists"],
            sheet.get("of", ""),
            sheet["noun"],
            tuple(_column(_MODELS[sheet["lists"]], key, head) for key, head in sheet["columns"]),
        )
        for sheet in words()["sheets"]
    )


def _column(model: type[FormPart], key: str, head: str) -> DefinitionColumn:
    if key == "use":
        return DefinitionColumn(key, head, "text")
    annotation = model.model_fields[key].annotation
    return DefinitionColumn(key, head, *_coding(annotation))


def _coding(annotation: Any) -> tuple[str, tuple[str, ...]]:
    """Return how values of a type are written in a cell, and the words allowed."""
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(each for each in get_args(annotation) if each is not NoneType)
    if get_origin(annotation) is Literal:
        return "text", tuple(word for word in get_args(annotation) if word)
    if annotation is Type:
        return "text", tuple(Type)
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    simple = {str: "text", int: "integer", float: "number", bool: "truth"}
    if annotation in simple:
        return simple[annotation], ()
    if get_origin(annotation) is dict:
        return "pairs", ()
    inner = get_args(annotation)[0]
    return {str: "lines", float: "numbers"}.get(inner, "grid"), ()


def exported(data: Mapping[str, Any], source: bytes) -> bytes:
    """Return the workbook of a form.

    Args:
        data: the form as `form_changes.canonical` has it.
        source: the bytes of the TOML that it comes from; their digest stands in the workbook.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    _notes(book)
    listed = [(layout, list(_records(layout, data))) for layout in layouts()]
    for layout, records in listed[:-1]:
        _sheet(book, layout, records)
    for table in open_tables(data):
        _preset_sheet(book, table)
    for layout, records in listed[-1:]:
        _sheet(book, layout, records)
    _options(book)
    _baseline(book, data, source)
    return saved(book)


def open_tables(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the tables to which rows can be added: they have a sheet of preset rows."""
    tables = [table for sheet in data["sheets"] for table in sheet.get("tables", ())]
    return [table for table in tables if not table.get("rows") or table.get("preset")]


def _records(
    layout: DefinitionSheet, data: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the things of a sheet, each with the id of the thing that it is in."""
    if layout.lists == "form":
        yield "", data
        return
    for owner, things in owners(layout, data):
        for thing in things:
            yield owner, thing


def owners(
    layout: DefinitionSheet, data: Mapping[str, Any]
) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
    """Yield the things that a sheet lists by the id of what they are in."""
    sheets = data["sheets"]
    if not layout.of:
        yield "", data.get(layout.lists, ())
    elif layout.lists == "checks":
        for sheet in sheets:
            for block in sheet.get("blocks", ()):
                yield sheet["id"], block.get("checks", ())
    elif layout.of == "sheets":
        for sheet in sheets:
            yield sheet["id"], sheet.get(layout.lists, ())
    else:
        for sheet in sheets:
            for table in sheet.get("tables", ()):
                yield table["id"], table.get(layout.lists, ())


def _sheet(
    book: Workbook, layout: DefinitionSheet, records: Sequence[tuple[str, Mapping[str, Any]]]
) -> None:
    sheet = book.create_sheet(layout.name)
    where = [DefinitionColumn("in", words()["where"], "text")] if layout.of else []
    columns = (*where, *layout.columns)
    _head(sheet, [(column.head, column.key) for column in columns])
    row = HEAD_ROWS
    for owner, record in records:
        for line in _lines(layout, record):
            row += 1
            values = [owner, *line] if where else line
            for at, value in enumerate(values, start=1):
                _put(sheet, row, at, value)
    for at, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = 40 if column.key in _WIDE else 14
    _drop_downs(sheet, columns)


def _lines(layout: DefinitionSheet, record: Mapping[str, Any]) -> Iterator[list[Any]]:
    """Yield the rows of a thing: a block has one for each line of its grid."""
    grid = record.get("grid") or [[]]
    first = {**record, "grid": grid[0]} if layout.lists == "blocks" else record
    yield [cell(column, first.get(column.key)) for column in layout.columns]
    if layout.lists == "blocks":
        for line in grid[1:]:
            given = {"kind": words()["more"], "grid": line}
            yield [cell(column, given.get(column.key)) for column in layout.columns]


def cell(column: DefinitionColumn, value: Any) -> Any:
    """Return what a cell holds for a value; None for a blank one."""
    if value is None or value == "":
        return None
    if column.coding == "truth":
        return words()["yes"] if value else words()["no"]
    if column.coding in ("lines", "numbers"):
        return "\n".join(map(str, map(_short, value))) or None
    if column.coding == "pairs":
        return "\n".join(f"{key}={item}" for key, item in value.items()) or None
    if column.coding == "grid":
        return " ".join(f"{name}:{span}" for name, span in value) or None
    return _short(value)


def _short(value: Any) -> Any:
    """Return a whole number without its decimals."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _preset_sheet(book: Workbook, table: Mapping[str, Any]) -> None:
    sheet = book.create_sheet(f"{words()['preset']}{table['id']}")
    columns = [(column["label"], column["id"]) for column in table["columns"]]
    _head(sheet, columns)
    for row, line in enumerate(table.get("preset", ()), start=HEAD_ROWS + 1):
        for at, (_, key) in enumerate(columns, start=1):
            _put(sheet, row, at, _short(line.get(key)))
    for at in range(1, len(columns) + 1):
        sheet.column_dimensions[get_column_letter(at)].width = 20


def _head(sheet: Worksheet, columns: Sequence[tuple[str, str]]) -> None:
    for at, (head, key) in enumerate(columns, start=1):
        _put(sheet, 1, at, head, _HEAD)
        _put(sheet, HEAD_ROWS, at, key)
    sheet.row_dimensions[HEAD_ROWS].hidden = True
    sheet.freeze_panes = f"A{HEAD_ROWS + 1}"


def _put(
    sheet: Worksheet, row: int, column: int, value: Any, looks: Mapping[str, Any] = _BODY
) -> None:
    target = sheet.cell(row, column)
    for name, look in looks.items():
        setattr(target, name, look)
    if value is None:
        return
    target.value = value
    if isinstance(value, str):
        target.data_type = "s"  # a text that begins with = is no formula


def _drop_downs(sheet: Worksheet, columns: Sequence[DefinitionColumn]) -> None:
    for at, column in enumerate(columns, start=1):
        source = _source(column)
        if source:
            rule = DataValidation("list", formula1=source, allow_blank=True)
            rule.error, rule.errorTitle = CHOOSE, column.head
            letter = get_column_letter(at)
            rule.add(f"{letter}{HEAD_ROWS + 1}:{letter}{FILL_ROWS}")
            sheet.add_data_validation(rule)


def _source(column: DefinitionColumn) -> str:
    if column.coding == "truth":
        return f'"{words()["yes"]},{words()["no"]}"'
    lists = _lists()
    if column.words not in lists:
        return ""
    letter = get_column_letter(lists.index(column.words) + 1)
    return f"'{words()['options']}'!${letter}$1:${letter}${len(_choices(column.words))}"


@cache
def _lists() -> list[tuple[str, ...]]:
    """Return every list of allowed words, each once."""
    found = [column.words for layout in layouts() for column in layout.columns if column.words]
    return list(dict.fromkeys(found))


def _choices(allowed: tuple[str, ...]) -> tuple[str, ...]:
    return (*allowed, words()["more"]) if "contents" in allowed else allowed


def _options(book: Workbook) -> None:
    sheet = book.create_sheet(words()["options"])
    sheet.sheet_state = "hidden"
    for at, allowed in enumerate(_lists(), start=1):
        for row, word in enumerate(_choices(allowed), start=1):
            _put(sheet, row, at, str(word))


def _notes(book: Workbook) -> None:
    sheet = book.create_sheet(words()["notes"])
    sheet.column_dimensions["A"].width = 110
    for row, line in enumerate(words()["guide"]["lines"], start=1):
        _put(sheet, row, 1, line)


def _baseline(book: Workbook, data: Mapping[str, Any], source: bytes) -> None:
    """Keep every value as exported, and the digest of the file they come from, out of sight."""
    sheet = book.create_sheet(words()["baseline"])
    sheet.sheet_state = "veryHidden"
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    _put(sheet, 1, 1, sha256(source).hexdigest())
    for row, start in enumerate(range(0, len(text), CHUNK), start=2):
        _put(sheet, row, 1, text[start : start + CHUNK])
