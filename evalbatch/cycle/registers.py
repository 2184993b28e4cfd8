"""A register: a table that the organiser keeps in a workbook (名册, 豁免), read as a whole with
every fault.
"""

import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from evalbatch.errors import Fault, reason
from evalbatch.model.place import Place
from evalbatch.model.plain_figures import compact
from evalbatch.model.submission import State
from evalbatch.reading.cell_values import Meaning, WantedValue, understand
from evalbatch.sheets import read_book
from evalbatch.sheets.book import NO_WORKBOOK, Book, Cell, Refused, Sheet
from evalbatch.standards.form import ColumnSpec, TableSpec, Type

EXAMPLE = "示例"
HEADER_ROWS = 20  # a guide of some lines may stand above the header
EXPECTED = {
    Type.MONEY: "以万元为单位的数字",
    Type.DATE: "日期，如 2027-03-31",
    Type.SCORE: "数字（分数）",
}
_BROKEN = {
    State.ERROR: "正确的值（单元格是错误值）",
    State.UNCALCULATED: "已计算的值（公式没有保存结果，请重新计算后保存）",
}


class RegisterLine(NamedTuple):
    """One filled row of a register; a column that the workbook lacks says nothing."""

    file: str
    sheet: str
    row: int
    columns: Mapping[str, int]
    meanings: Mapping[str, Meaning]

    def filled(self, column: str) -> bool:
        """Whether the line says anything in a column."""
        return column in self.meanings and self.meanings[column].state is not State.BLANK

    def text(self, column: str) -> str:
        """Return the text of a column, empty when blank."""
        return self.meanings[column].text if self.filled(column) else ""

    def value(self, column: str) -> Any:
        """Return the typed value of a column, None when it has none."""
        return self.meanings[column].value if self.filled(column) else None

    def place(self, column: str) -> Place:
        """Return the cell of a column in this row, the row's first one where there is no such
        column.
        """
        at = self.columns.get(column) or min(filter(None, self.columns.values()), default=1)
        return Place(self.file, self.sheet, self.row, at)

    def fault(self, column: str, expected: str) -> Fault:
        """Return a fault about the cell of a column."""
        return Fault(f"{self.file} {self.place(column)}", self.text(column), expected)


Line = TypeVar("Line")


class WholeLines(NamedTuple, Generic[Line]):
    """The lines of a register that are whole, what is wrong with the others, and how many those
    are.
    """

    lines: tuple[Line, ...]
    faults: tuple[Fault, ...]
    faulty: int


@cache
def vocabulary() -> Mapping[str, Any]:
    """Return registers.toml."""
    return tomllib.loads(
        files("evalbatch.cycle").joinpath("registers.toml").read_text(encoding="utf-8")
    )


@cache
def specification(name: str) -> TableSpec:
    """Return the table of a register: `roster` or `waivers`."""
    return TableSpec.model_validate(vocabulary()[name])


def read(
    path: Path, name: str, optional: Collection[str] = ()
) -> tuple[list[RegisterLine], list[Fault]]:
    """Read a register and check every cell by its column; example rows and blank rows are left
    out. `optional` are columns that may be missing.
    """
    spec = specification(name)
    try:
        book = read_book(path.read_bytes(), path.name)
    except OSError as error:
        return [], [Fault(str(path), "", f"读不到文件（{reason(error)}）")]
    except Refused:
        return [], [Fault(path.name, "", NO_WORKBOOK)]
    found = [(sheet, *header_of(sheet, spec)) for sheet in book.sheets]
    sheet, row, columns = max(found, key=lambda each: len(each[2]), default=(Sheet(""), 0, {}))
    if not columns:
        heads = "、".join(column.label for column in spec.columns)
        return [], [
            Fault(
                path.name,
                "",
                f"没有找到{spec.title}的表头（{heads}）",
            )
        ]
    known = {**dict.fromkeys(optional, 0), **columns}
    faults = list(_absent(path.name, sheet, row, known, spec))
    if faults:
        return [], faults
    lines = list(_lines(path.name, sheet, row, columns, spec))
    return lines, [fault for line in lines for fault in _cell_faults(line, spec)]


def header_row(path: Path, name: str) -> int:
    """Return the row of a register's head, 0 when it has none."""
    spec = specification(name)
    heads = [header_of(sheet, spec) for sheet in read_book(path.read_bytes(), path.name).sheets]
    return max(heads, key=lambda each: len(each[1]), default=(0, {}))[0]


def tables(book: Book, file: str, name: str) -> Iterator[list[RegisterLine]]:
    """Yield the lines of every sheet that holds a register's table: people copy sheets.

    A sheet without one of the required columns is none.
    """
    spec = specification(name)
    needed = {column.id for column in spec.columns if column.required}
    for sheet in book.sheets:
        row, columns = header_of(sheet, spec)
        if needed <= columns.keys():
            yield list(_lines(file, sheet, row, columns, spec))


def whole_lines(
    book: Book,
    file: str,
    name: str,
    faults: Callable[[RegisterLine], Iterable[Fault]],
    line_of: Callable[[RegisterLine], Line],
) -> WholeLines[Line]:
    """Read the lines of a register in a workbook; a faulty one is named with its cell, the others
    count.
    """
    whole: list[Line] = []
    found: list[Fault] = []
    faulty = 0
    for line in chain.from_iterable(tables(book, file, name)):
        wrong = list(faults(line))
        if wrong:
            found += wrong
            faulty += 1
        else:
            whole.append(line_of(line))
    return WholeLines(tuple(whole), tuple(found), faulty)


def header_of(sheet: Sheet, spec: TableSpec) -> tuple[int, dict[str, int]]:
    """Find the row that holds most of the labels, and the columns they stand in."""
    labels = {compact(label): column.id for column in spec.columns for label in column.labels}
    best: tuple[int, dict[str, int]] = (0, {})
    for row in range(1, HEADER_ROWS + 1):
        columns: dict[str, int] = {}
        for column, text in _texts(sheet, row):
            if text in labels:
                columns.setdefault(labels[text], column)
        if len(columns) > max(len(best[1]), 1):
            best = (row, columns)
    return best


def _texts(sheet: Sheet, row: int) -> list[tuple[int, str]]:
    cells = sorted(
        (column, cell)
        for (at, column), cell in sheet.cells.items()
        if at == row and isinstance(cell.value, str)
    )
    return [(column, compact(str(cell.value)).rstrip("*")) for column, cell in cells]


def _absent(
    file: str, sheet: Sheet, row: int, columns: Mapping[str, int], spec: TableSpec
) -> Iterator[Fault]:
    """Yield a fault for every missing column, with the header that comes nearest. 序号 and 备注 may
    be missing.
    """
    unused = [text for column, text in _texts(sheet, row) if column not in columns.values()]
    for column in spec.columns:
        if column.id not in columns and (
            column.required or column.id in {"deadline", "contacts", "project"}
        ):
            close = get_close_matches(compact(column.label), unused, n=1, cutoff=0.5)
            near = f"（最接近的表头是“{close[0]}”）" if close else ""
            yield Fault(f"{file} {sheet.name} 第{row}行", "", f"缺少列“{column.label}”{near}")


def _lines(
    file: str, sheet: Sheet, header: int, columns: Mapping[str, int], spec: TableSpec
) -> Iterator[RegisterLine]:
    everywhere = {column.id: columns.get(column.id, 0) for column in spec.columns}
    merged = _merged(sheet)
    for row in sorted({row for row, _ in sheet.cells if row > header}):
        meanings = {
            column.id: _meaning(sheet, merged, (row, everywhere[column.id]), column)
            for column in spec.columns
        }
        line = RegisterLine(file, sheet.name, row, everywhere, meanings)
        mark = line.text("mark") if "mark" in meanings else ""
        if EXAMPLE not in mark and any(
            line.text(column.id) for column in spec.columns if column.id != "mark"
        ):
            yield line


def _merged(sheet: Sheet) -> Mapping[tuple[int, int], tuple[int, int]]:
    """Return the cell that speaks for each merged one: a department is often merged over its
    projects.
    """
    return {
        (row, merge.left): (merge.top, merge.left)
        for merge in sheet.merges
        if merge.left == merge.right
        for row in range(merge.top + 1, merge.bottom + 1)
    }


def _meaning(
    sheet: Sheet,
    merged: Mapping[tuple[int, int], tuple[int, int]],
    at: tuple[int, int],
    column: ColumnSpec,
) -> Meaning:
    return understand(sheet.cells.get(merged.get(at, at), Cell(None)), WantedValue(column.type))


def _cell_faults(line: RegisterLine, spec: TableSpec) -> Iterator[Fault]:
    for column in spec.columns:
        meaning = line.meanings[column.id]
        if meaning.state in _BROKEN:
            yield line.fault(column.id, _BROKEN[meaning.state])
        elif meaning.state is State.UNREADABLE:
            yield line.fault(column.id, EXPECTED[column.type])
        elif meaning.state is State.BLANK and column.required:
            yield line.fault(column.id, f"“{column.label}”必填")
