"""Reads the workbook of a form back: its data now, its data as exported, and every fault with its
cell. Nothing that it does not know is passed over.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from evalbatch.blanks.form_workbook import (
    HEAD_ROWS,
    DefinitionColumn,
    DefinitionSheet,
    layouts,
    open_tables,
    words,
)
from evalbatch.errors import Fault, SettingsFault
from evalbatch.model.place import column_letters
from evalbatch.sheets import read_book
from evalbatch.sheets.book import NO_WORKBOOK, Cell, ErrorValue, Refused, Sheet
from evalbatch.standards.form import FormSpec
from evalbatch.standards.form_changes import canonical
from evalbatch.standards.form_faults import faults_of
from evalbatch.standards.form_library import found_and_expected

Data = dict[str, Any]

_STEP: Final = re.compile(r"(\w+)(?:\[([^\]]+)\])?")
_SPLIT: Final = re.compile(r"[\s,，、;；]+")
_CELL_WORDS: Final = 40  # characters of a cell that a fault repeats


class Returned(NamedTuple):
    """A form's workbook as it came back: the form as exported, the form now, and the digest of the
    TOML that it was exported from.
    """

    base: Data
    now: Data
    digest: str


class _Wrong(ValueError):  # noqa: N818 - the office's fault
    """A cell holds what its column does not take; says what was expected."""


@dataclass
class _Row:
    """One filled row: what its cells say by key."""

    sheet: str
    number: int
    columns: Mapping[str, int]
    cells: Mapping[str, Cell]

    def place(self, key: str) -> str:
        """Return sheet and cell of a key."""
        column = self.columns.get(key)
        cell = f"{column_letters(column)}{self.number}" if column else f"第{self.number}行"
        return f"{self.sheet}!{cell}"


@dataclass
class _Reading:
    """The workbook while it is read: faults found so far, and the row of each thing."""

    file: str
    sheets: Mapping[str, Sheet]
    faults: list[Fault] = field(default_factory=list)
    rows: dict[int, _Row] = field(default_factory=dict)

    def fault(self, where: str, found: str, expected: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(f"{self.file} {where}".rstrip(), found[:_CELL_WORDS], expected))


def read(data: bytes, file: str) -> Returned:
    """Read a form's workbook.

    Raises:
        SettingsFault: with every fault: sheet and cell, what stands there, what is expected.
    """
    try:
        book = read_book(data, file)
    except Refused as error:
        raise SettingsFault([Fault(file, "", NO_WORKBOOK)]) from error
    ignored = words()["ignored"]
    sheets = {each.name: each for each in book.sheets if not each.name.startswith(ignored)}
    reading = _Reading(file, sheets)
    base, digest = _baseline(reading)
    now = _form(reading)
    _known_sheets(reading, now)
    _raise(reading)
    return Returned(base, _checked(reading, now), digest)


def _raise(reading: _Reading) -> None:
    if reading.faults:
        raise SettingsFault(reading.faults)


def _baseline(reading: _Reading) -> tuple[Data, str]:
    sheet = reading.sheets.get(words()["baseline"])
    cells = sorted(sheet.cells.items()) if sheet else []
    texts = [str(cell.value) for (_, column), cell in cells if column == 1]
    try:
        return json.loads("".join(texts[1:])), texts[0]
    except (ValueError, IndexError) as error:
        fault = Fault(reading.file, "", words()["problems"]["lost_baseline"])
        raise SettingsFault([fault]) from error


def _problem(which: str, /, **given: str) -> str:
    return str(words()["problems"][which]).format(**given)


def _near(word: str, known: Collection[str]) -> str:
    close = get_close_matches(word, known, n=1, cutoff=0)
    return close[0] if close else ""


# ---------------------------------------------------------------- sheets and rows


def _form(reading: _Reading) -> Data:
    """Return the form as its rows say."""
    form: Data = {}
    for layout in layouts():
        records = list(_records(reading, layout))
        if layout.lists == "form":
            form = records[0][1] if records else {}
            for row, _ in records[1:]:
                reading.fault(row.place("id"), "", _problem("one_line"))
            form["sheets"] = []
        else:
            _file_under(reading, layout, form, records)
    for table in open_tables(form):
        if lines := list(_presets(reading, table)):
            table["preset"] = lines
    return form


def _records(reading: _Reading, layout: DefinitionSheet) -> Iterator[tuple[_Row, Data]]:
    columns = {column.key: column for column in layout.columns}
    for row in _rows(reading, layout):
        record = {
            key: value
            for key, cell in row.cells.items()
            if key in columns and (value := _value(reading, row, columns[key], cell)) is not None
        }
        reading.rows[id(record)] = row
        yield row, record


def _rows(reading: _Reading, layout: DefinitionSheet) -> Iterator[_Row]:
    sheet = reading.sheets.get(layout.name)
    if sheet is None:
        reading.fault("", "", _problem("lost_sheet", name=layout.name))
        return
    where = {"in": words()["where"]} if layout.of else {}
    heads = where | {column.key: column.head for column in layout.columns}
    yield from _filled(sheet, _columns(reading, sheet, heads))


def _columns(reading: _Reading, sheet: Sheet, heads: Mapping[str, str]) -> dict[str, int]:
    """Return the column of each key; a head that is unknown or gone is a fault."""
    keys = {head: key for key, head in heads.items()}
    found: dict[str, int] = {}
    for at in sorted({column for row, column in sheet.cells if row <= HEAD_ROWS}):
        head, key = (_text(sheet.cells.get((row, at))) for row in (1, HEAD_ROWS))
        if not (head or key) or head.startswith(words()["ignored"]):
            continue
        for row, word, known in ((1, head, keys), (HEAD_ROWS, key, heads)):
            if word and word not in known:
                near = _near(word, known)
                where = f"{sheet.name}!{column_letters(at)}{row}"
                reading.fault(where, word, _problem("column", near=near))
                break
        else:
            found.setdefault(key or keys[head], at)
    known_heads = {_text(cell) for (row, _), cell in sheet.cells.items() if row <= HEAD_ROWS}
    for key, head in heads.items():
        if key not in found and not {key, head} & known_heads:
            reading.fault(sheet.name, "", _problem("lost_column", name=head))
    return found


def _filled(sheet: Sheet, columns: Mapping[str, int]) -> Iterator[_Row]:
    for number in sorted({row for row, _ in sheet.cells if row > HEAD_ROWS}):
        cells = {
            key: cell
            for key, at in columns.items()
            if (cell := sheet.cells.get((number, at))) is not None and not _is_blank(cell)
        }
        if cells:
            yield _Row(sheet.name, number, columns, cells)


def _is_empty(sheet: Sheet, column: int) -> bool:
    """Whether a column has a head only: it was taken out of the table, and held no preset."""
    return not any(
        row > HEAD_ROWS and at == column and not _is_blank(cell)
        for (row, at), cell in sheet.cells.items()
    )


def _is_blank(cell: Cell) -> bool:
    return (cell.value is None and cell.formula is None) or (
        isinstance(cell.value, str) and not cell.value.strip()
    )


def _text(cell: Cell | None) -> str:
    return "" if cell is None or cell.value is None else str(cell.value).strip()


def _file_under(
    reading: _Reading, layout: DefinitionSheet, form: Data, records: Sequence[tuple[_Row, Data]]
) -> None:
    """Put the things of a sheet into the things that they are in."""
    homes = _homes(layout, form)
    for row, record in records:
        owner = _text(row.cells.get("in"))
        if layout.of and owner not in homes:
            expected = (
                _problem("check_place")
                if layout.lists == "checks"
                else _problem("where", known="、".join(filter(None, homes)))
            )
            reading.fault(row.place("in"), owner, expected)
            continue
        things = homes[owner].setdefault(layout.lists, [])
        if layout.lists == "blocks":
            _block(reading, row, record, things)
        else:
            things.append(record)


def _homes(layout: DefinitionSheet, form: Data) -> dict[str, Data]:
    """Return what the things of a sheet can be in, by its id."""
    sheets = form["sheets"]
    if not layout.of:
        return {"": form}
    if layout.lists == "checks":
        blocks = [(sheet, block) for sheet in sheets for block in sheet.get("blocks", ())]
        return {
            sheet.get("id", ""): block for sheet, block in blocks if block.get("kind") == "check"
        }
    if layout.of == "sheets":
        return {sheet.get("id", ""): sheet for sheet in sheets}
    return {table.get("id", ""): table for sheet in sheets for table in sheet.get("tables", ())}


def _block(reading: _Reading, row: _Row, record: Data, blocks: list[Data]) -> None:
    """Add a block, or one more line to the grid of the block above."""
    line = record.pop("grid", None)
    if record.get("kind") != words()["more"]:
        blocks.append(record | ({"grid": [line]} if line else {}))
        reading.rows[id(blocks[-1])] = row
    elif blocks and "grid" in blocks[-1]:
        blocks[-1]["grid"].append(line or [])
    else:
        reading.fault(row.place("kind"), words()["more"], _problem("continued"))


def _presets(reading: _Reading, table: Mapping[str, Any]) -> Iterator[Data]:
    name = f"{words()['preset']}{table.get('id', '')}"
    sheet = reading.sheets.get(name)
    if sheet is None:
        return
    heads = {column.get("id", ""): column.get("label", "") for column in table.get("columns", ())}
    labels = {label: key for key, label in heads.items()}
    columns: dict[str, int] = {}
    for at in sorted({column for row, column in sheet.cells if row <= HEAD_ROWS}):
        head, key = (_text(sheet.cells.get((row, at))) for row in (1, HEAD_ROWS))
        key = key or labels.get(head, "")
        if key in heads:
            columns[key] = at
        elif not (head.startswith(words()["ignored"]) or (key and _is_empty(sheet, at))):
            near = _near(key or head, {*heads, *labels})
            reading.fault(
                f"{name}!{column_letters(at)}1", key or head, _problem("column", near=near)
            )
    for row in _filled(sheet, columns):
        record = {}
        for key, cell in row.cells.items():
            try:
                record[key] = _plain(cell)
            except _Wrong as wrong:
                reading.fault(row.place(key), _text(cell), str(wrong))
        yield record


def _known_sheets(reading: _Reading, form: Data) -> None:
    tables = {f"{words()['preset']}{table.get('id', '')}" for table in open_tables(form)}
    own = {words()[name] for name in ("notes", "baseline", "options")}
    own |= {layout.name for layout in layouts()}
    for name in reading.sheets:
        if name not in tables | own:
            near = _near(name, tables | own - {words()["baseline"], words()["options"]})
            reading.fault("", name, _problem("sheet", near=near))


# ---------------------------------------------------------------- cells


def _value(reading: _Reading, row: _Row, column: DefinitionColumn, cell: Cell) -> Any:
    """Return what a cell says; what its column does not take is a fault, and None."""
    try:
        value = _DECODERS[column.coding](cell)
        _known_word(column, value)
    except _Wrong as wrong:
        reading.fault(row.place(column.key), _text(cell), str(wrong))
        return None
    return value


def _known_word(column: DefinitionColumn, value: Any) -> None:
    if column.words and value not in (*column.words, words()["more"]):
        known = "、".join(map(str, column.words))
        raise _Wrong(_problem("unknown", known=known, near=_near(str(value), column.words)))


def _plain(cell: Cell) -> str | int | float:
    value = cell.value
    if value is None:
        raise _Wrong(_problem("formula"))
    if isinstance(value, ErrorValue) or not isinstance(value, str | int | float):
        raise _Wrong(_problem("text"))
    if isinstance(value, bool):
        raise _Wrong(_problem("text"))
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _as_text(cell: Cell) -> str:
    return str(_plain(cell))


def _as_number(cell: Cell) -> float | int:
    return _number(_as_text(cell))


def _number(text: str) -> float | int:
    try:
        value = float(text)
    except ValueError as error:
        raise _Wrong(_problem("number")) from error
    return int(value) if value.is_integer() else value


def _as_integer(cell: Cell) -> int:
    value = _as_number(cell)
    if not isinstance(value, int):
        raise _Wrong(_problem("integer"))
    return value


def _as_truth(cell: Cell) -> bool:
    said = {words()["yes"]: True, words()["no"]: False, "True": True, "False": False}
    if _text(cell) not in said:
        raise _Wrong(_problem("yes_no"))
    return said[_text(cell)]


def _as_lines(cell: Cell) -> list[str]:
    return [line.strip() for line in _as_text(cell).splitlines() if line.strip()]


def _as_numbers(cell: Cell) -> list[float | int]:
    return [_number(part) for part in _SPLIT.split(_as_text(cell)) if part]


def _as_pairs(cell: Cell) -> dict[str, str]:
    pairs = [line.replace("＝", "=").partition("=") for line in _as_lines(cell)]
    if not all(key.strip() and equals and value.strip() for key, equals, value in pairs):
        raise _Wrong(_problem("pairs"))
    return {key.strip(): value.strip() for key, _, value in pairs}


def _as_grid(cell: Cell) -> list[list[str | int]]:
    line: list[list[str | int]] = []
    for part in _as_text(cell).replace("：", ":").split():
        name, _, span = part.partition(":")
        if not (name and span.isdecimal()):
            raise _Wrong(_problem("grid"))
        line.append([name, int(span)])
    return line


_DECODERS: Final[Mapping[str, Callable[[Cell], Any]]] = {
    "text": _as_text,
    "number": _as_number,
    "integer": _as_integer,
    "truth": _as_truth,
    "lines": _as_lines,
    "numbers": _as_numbers,
    "pairs": _as_pairs,
    "grid": _as_grid,
}


# ---------------------------------------------------------------- the form as a whole


def _checked(reading: _Reading, form: Data) -> Data:
    """Return the form in its one manner of writing; what is no possible form is a fault.

    Raises:
        SettingsFault: with the cell of each fault.
    """
    try:
        result = canonical(form)
    except ValidationError as error:
        for detail in error.errors():
            place = _of_loc(reading, form, detail["loc"])
            reading.fault(place, *found_and_expected(detail))
        _raise(reading)
        raise
    plain = {
        **result,
        "sheets": [
            {key: value for key, value in sheet.items() if key != "use"}
            for sheet in result["sheets"]
        ],
    }
    for fault in faults_of("", FormSpec.model_validate(plain)):
        way = fault.where.removeprefix(" · ")
        place = _of_twice(reading, form, way, fault.found) or _of_way(reading, form, way)
        reading.fault(place, fault.found, fault.expected)
    _raise(reading)
    return result


def _of_loc(reading: _Reading, form: Data, way: Sequence[Any]) -> str:
    """Return the cell of what pydantic names by keys and numbers."""
    thing: Any = form
    row, key = reading.rows.get(id(form)), ""
    for step in way:
        key = step if isinstance(step, str) else key
        try:
            thing = thing[step]
        except (KeyError, IndexError, TypeError):
            break
        if id(thing) in reading.rows:
            row, key = reading.rows[id(thing)], ""
    return row.place(key) if row else _of_lost(key)


def _of_lost(key: str) -> str:
    """Return where a setting of the form would stand, if its line had not been taken out."""
    first = layouts()[0]
    heads = [column.head for column in first.columns if column.key == key]
    return f"{first.name}的“{heads[0]}”" if heads else first.name


def _of_way(reading: _Reading, form: Data, way: str) -> str:
    """Return the cell of what a fault of a form names: sheets[form].fields[project].label."""
    things: list[Any] = [form]
    row, key = None, ""
    for name, chosen in _STEP.findall(way):
        below = [each for thing in things for each in _below(thing, name)]
        matching = [each for number, each in enumerate(below, 1) if _is(each, chosen, number)]
        if not chosen or not matching:
            key = name
            break
        things = matching
        row = reading.rows.get(id(matching[0]), row)
    return row.place(key) if row else way


def _of_twice(reading: _Reading, form: Data, way: str, found: str) -> str:
    """Return the last cell that holds an id or a name that stands there twice; else nothing."""
    name, _, key = way.rpartition(".")
    rows = [
        reading.rows[id(thing)]
        for thing in (_below(form, name) if key in ("id", "name") else ())
        if thing.get(key) == found and id(thing) in reading.rows
    ]
    return rows[-1].place(key) if rows else ""


def _below(thing: Data, name: str) -> list[Any]:
    """Return the things of a name in a thing, or in its sheets."""
    direct = thing.get(name, [])
    if not direct and name in ("fields", "tables"):
        direct = [each for sheet in thing.get("sheets", ()) for each in sheet.get(name, ())]
    return direct if isinstance(direct, list) else []


def _is(thing: Any, chosen: str, number: int) -> bool:
    if not isinstance(thing, dict):
        return False
    return chosen in (thing.get("id"), thing.get("rule"), str(number))
