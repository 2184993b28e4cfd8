"""Hold our sheet reader against a second one over a folder of spreadsheets: openpyxl for .xlsx and
.xlsm, xlrd for .xls, calamine for the rest.

Sheets, values, formulas, number formats, merges and what is hidden are compared. Every difference
must be explained by one of the named explanations below, and every file that we refuse while the
other reader opens it must be named in REFUSED with its code. Exit code 1 when one is not, or when
our reader crashed or hung. Usage: python scripts/compare_readers.py FOLDER
"""

import io
import multiprocessing
import sys
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import openpyxl
import xlrd
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.worksheet.formula import DataTableFormula
from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum
from xlrd.formatting import std_format_strings

from evalbatch.model.place import Place
from evalbatch.sheets import read_book
from evalbatch.sheets.book import Book, Cell, ErrorValue, Refused, Sheet
from evalbatch.sheets.looks import LEAST_CHARACTERS, LEAST_POINTS
from evalbatch.sheets.number_formats import BUILTIN, LOCAL_GENERAL, shows_date, to_date
from evalbatch.sheets.xls import LEAST_TWIPS, LEAST_WIDTH
from evalbatch.sheets.xml import clean

PACKAGES: Final = {".xlsx", ".xlsm"}
SUFFIXES: Final = PACKAGES | {".xls", ".xlsb", ".ods", ".et"}
OUR_SECONDS, THEIR_SECONDS = 20, 60
DAY: Final = timedelta(days=1)
#: Files that we refuse on purpose although the other reader opens them, or may not be asked.
REFUSED: Final = {
    "issue_594_dos.ods": "F08",  # repeats a row without end
    "pass_protected.ods": "F02",
    "pass_protected.xlsb": "F02",
}
#: The number formats that Excel words by its language: ours are the Chinese ones.
LANGUAGE: Final = {
    (ours, theirs.get(number, "General"))
    for theirs in (BUILTIN_FORMATS, std_format_strings)
    for number, ours in BUILTIN.items()
    if ours != theirs.get(number, "General")
}

Spot = tuple[int, int]


@dataclass(slots=True)
class Reference:
    """A sheet as the other reader sees it; None is what it does not tell."""

    name: str
    values: dict[Spot, Any]
    hidden: bool | None = None
    formulas: dict[Spot, Any] | None = None
    formats: dict[Spot, str] | None = None
    merges: list[tuple[int, int, int, int]] | None = None
    hidden_rows: set[int] | None = None
    hidden_columns: set[int] | None = None


class Difference(NamedTuple):
    """One difference: where, in what, what we read and what the other reader read; our cell."""

    place: Place
    what: str
    ours: Any
    theirs: Any
    cell: Cell = Cell(None)
    under_merge: bool = False


def refused_by_both(item: Difference) -> bool:
    """Neither reader can open the file."""
    return (
        item.what == "opened"
        and isinstance(item.ours, str)
        and str(item.theirs).startswith("error")
    )


def other_cannot(item: Difference) -> bool:
    """The other reader raises an error of its own on a file that we read."""
    return item.what == "opened" and item.ours is None and str(item.theirs).startswith("error")


def refused_by_name(item: Difference) -> bool:
    """We refuse the file on purpose, with the code that is written down for it."""
    return item.what == "opened" and REFUSED.get(Path(item.place.file).name, "-") == item.ours


def duration(item: Difference) -> bool:
    """A time of day or a duration: we keep the stored number, the other makes a time of it."""
    if isinstance(item.theirs, time):
        at = item.theirs
        span = timedelta(0, at.second, at.microsecond, 0, at.minute, at.hour)
    elif isinstance(item.theirs, timedelta):
        span = item.theirs
    else:
        return False
    if isinstance(item.ours, datetime):
        return False
    return isinstance(item.ours, str) or abs(item.ours - span / DAY) < 1e-7  # noqa: PLR2004 - a hundredth of a second


def escape_resolved(item: Difference) -> bool:
    """The other reader keeps escapes such as _x000D_ or control characters, which we resolve or
    drop; nothing else of the text differs.
    """
    return isinstance(item.theirs, str) and clean(item.theirs) == item.ours


def dialog_sheet(item: Difference) -> bool:
    """The package has dialog sheets, which are no worksheets."""
    if item.what != "sheets" or Path(item.place.file).suffix.lower() not in PACKAGES:
        return False
    with zipfile.ZipFile(item.place.file) as package:
        dialogs = [name for name in package.namelist() if name.startswith("xl/dialogsheets/s")]
    return len(item.theirs) - len(item.ours) == len(dialogs) and set(item.ours) < set(item.theirs)


def own_format(item: Difference) -> bool:
    """A format that the file names by a number: Excel words some of these by its language."""
    return item.what == "format" and (item.ours, item.theirs) in LANGUAGE


EXPLANATIONS: Final[dict[str, Callable[[Difference], bool]]] = {
    "neither reader opens the file": refused_by_both,
    "the other reader cannot open what we read": other_cannot,
    "refused on purpose": refused_by_name,
    "strict package whose sheets openpyxl does not find": lambda item: (
        item.what == "sheets" and item.theirs == []
    ),
    "openpyxl takes a dialog sheet for a worksheet": dialog_sheet,
    "value under a merge, which openpyxl drops": lambda item: (
        item.under_merge and item.theirs is None
    ),
    "empty text is no value for us": lambda item: item.ours is None and item.theirs == "",
    "error value, which calamine gives as a blank": lambda item: (
        isinstance(item.ours, ErrorValue) and item.theirs is None
    ),
    "formula whose result is empty text": lambda item: (
        item.ours == "" and item.theirs is None and item.cell.formula is not None
    ),
    "time of day or duration, kept as the stored number": duration,
    "escape or control character resolved": escape_resolved,
    "formula of a data table has no text": lambda item: (
        item.what == "formula" and isinstance(item.theirs, DataTableFormula)
    ),
    "format of Excel's language": own_format,
}


def ours(path: Path) -> Book | str:
    """Return what our reader makes of a file: a book, or the code of the refusal."""
    try:
        return read_book(path.read_bytes(), str(path))
    except Refused as refusal:
        return refusal.observation.code


def compare(path: Path) -> tuple[Counter[str], list[tuple[str | None, str]]]:
    """Compare both readers on one file; return counts, and each difference as explained and in
    words.
    """
    warnings.simplefilter("ignore")
    counts: Counter[str] = Counter(files=1)
    found = list(differences(path, ours(path), counts))
    return counts, [(explain(item), words(item)) for item in found]


def differences(path: Path, mine: Book | str, counts: Counter[str]) -> Iterator[Difference]:
    """Yield the differences between our reading of a file and the other reader's."""
    place = Place(str(path))
    if isinstance(mine, str):
        counts["refused by us"] += 1
        yield Difference(place, "opened", mine, opened(path))
        return
    try:
        theirs = list(references(path, mine))
    except Exception as error:  # noqa: BLE001 - the other reader may fail in any way
        yield Difference(place, "opened", None, f"error {type(error).__name__}: {error}"[:100])
        return
    tabs, names = [sheet.name for sheet in mine.sheets], [clean(sheet.name) for sheet in theirs]
    if tabs != names:
        yield Difference(place, "sheets", tabs, names)
    known = dict(zip(names, theirs, strict=True))
    for sheet in mine.sheets:
        if sheet.name in known:
            counts["sheets"] += 1
            yield from sheet_differences(path, sheet, known[sheet.name], counts)


def opened(path: Path) -> str:
    """Return whether the other reader opens a file that we refuse; calamine is not asked, because
    it may abort the process.
    """
    if path.suffix.lower() not in PACKAGES | {".xls", ".et"}:
        return "not asked"
    try:
        list(references(path, None))
    except Exception as error:  # noqa: BLE001 - as above
        return f"error {type(error).__name__}: {error}"[:100]
    return "read"


def references(path: Path, mine: Book | None) -> Iterator[Reference]:
    """Yield the sheets of a file as the other reader sees them."""
    if path.suffix.lower() in PACKAGES:
        return by_openpyxl(path)
    if path.suffix.lower() in {".xls", ".et"} and (mine is None or mine.kind == "xls"):
        return by_xlrd(path)
    return by_calamine(path)


def sheet_differences(
    path: Path, sheet: Sheet, other: Reference, counts: Counter[str]
) -> Iterator[Difference]:
    """Yield the differences of one sheet."""
    whole = Place(str(path), sheet.name)
    rows, columns = ({spot[axis] for spot in sheet.cells} for axis in (0, 1))
    pairs = (
        ("hidden", sheet.hidden, other.hidden),
        ("merges", sorted(map(tuple, sheet.merges)), other.merges and sorted(other.merges)),
        ("hidden rows", rows & sheet.hidden_rows, within(rows, other.hidden_rows)),
        ("hidden columns", columns & sheet.hidden_columns, within(columns, other.hidden_columns)),
    )
    for what, mine, theirs in pairs:
        if theirs is not None and mine != theirs:
            yield Difference(whole, what, mine, theirs)
    formulas, formats = other.formulas or {}, other.formats or {}
    for spot in sorted(sheet.cells.keys() | other.values.keys() | formulas.keys()):
        counts["cells"] += 1
        cell = sheet.cells.get(spot, Cell(None))
        place, under = Place(str(path), sheet.name, *spot), is_covered(sheet, spot)
        theirs = other.values.get(spot)
        if not same(cell.value, theirs):
            yield Difference(place, "value", cell.value, theirs, cell, under)
        if other.formulas is not None and cell.formula != formula_text(formulas.get(spot)):
            yield Difference(place, "formula", cell.formula, formulas.get(spot), cell, under)
        code = LOCAL_GENERAL.sub("General", formats.get(spot, cell.format) or "General")
        if (
            cell.value is not None
            and not isinstance(cell.value, ErrorValue)
            and cell.format != code
        ):
            yield Difference(place, "format", cell.format, code, cell, under)


def within(used: set[int], hidden: set[int] | None) -> set[int] | None:
    """Return the hidden rows or columns that hold something, None where the other reader tells of
    none.
    """
    return None if hidden is None else used & hidden


def is_covered(sheet: Sheet, spot: Spot) -> bool:
    """Whether a cell lies in a merged range."""
    return any(
        merge.top <= spot[0] <= merge.bottom and merge.left <= spot[1] <= merge.right
        for merge in sheet.merges
    )


def explain(difference: Difference) -> str | None:
    """Return the name of the first explanation that fits, None when none does."""
    return next((name for name, fits in EXPLANATIONS.items() if fits(difference)), None)


def words(item: Difference) -> str:
    """Return a difference in one line."""
    return (
        f"{item.what} {item.place.file} {item.place}: ours {item.ours!r}, theirs {item.theirs!r}, "
        f"our cell {item.cell}"
    )


def by_openpyxl(path: Path) -> Iterator[Reference]:
    """Yield the sheets as openpyxl's two loads see them."""
    values, formulas = (openpyxl.load_workbook(path, data_only=only) for only in (True, False))
    for sheet in values.worksheets:
        written = formulas[sheet.title]._cells.items()  # noqa: SLF001 - the grid as it is
        cells = {where: cell for where, cell in sheet._cells.items() if cell.value is not None}  # noqa: SLF001
        areas = sheet.merged_cells.ranges
        yield Reference(
            sheet.title,
            {where: cell.value for where, cell in cells.items()},
            sheet.sheet_state != "visible",
            {where: cell.value for where, cell in written if cell.data_type == "f"},
            {where: cell.number_format for where, cell in cells.items()},
            [(area.min_row, area.min_col, area.max_row, area.max_col) for area in areas],
            {
                number
                for number, row in sheet.row_dimensions.items()
                if row.hidden or is_thin(row.height, LEAST_POINTS)
            },
            {
                number
                for column in sheet.column_dimensions.values()
                if column.hidden or is_thin(column.width, LEAST_CHARACTERS)
                for number in range(column.min or 0, (column.max or 0) + 1)
            },
        )


def is_thin(size: float | None, least: float) -> bool:
    """Whether a row or column is too thin to show anything."""
    return size is not None and size < least


def by_xlrd(path: Path) -> Iterator[Reference]:
    """Yield the sheets as xlrd sees them; it tells no formulas."""
    data = path.read_bytes()
    book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), formatting_info=True)
    for sheet in book.sheets():
        values, formats = {}, {}
        for row in range(sheet.nrows):
            for column in range(sheet.ncols):
                kind = sheet.cell_type(row, column)
                if kind in {xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK}:
                    continue
                style = book.xf_list[sheet.cell_xf_index(row, column)]
                code = book.format_map[style.format_key].format_str
                spot = (row + 1, column + 1)
                formats[spot] = code
                values[spot] = xlrd_value(kind, sheet.cell_value(row, column), code, book.datemode)
        yield Reference(
            sheet.name,
            values,
            sheet.visibility != 0,
            None,
            formats,
            [(top + 1, left + 1, bottom, right) for top, bottom, left, right in sheet.merged_cells],
            {
                number + 1
                for number, row in sheet.rowinfo_map.items()
                if row.hidden or 0 < row.height < LEAST_TWIPS
            },
            {
                number + 1
                for number, column in sheet.colinfo_map.items()
                if column.hidden or column.width < LEAST_WIDTH
            },
        )


def xlrd_value(kind: int, value: Any, code: str, datemode: int) -> Any:
    """Return a value of xlrd's as ours would be."""
    if kind == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code[value]
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    if kind == xlrd.XL_CELL_DATE and shows_date(code):
        return to_date(value, from_1904=bool(datemode)) or value
    return value


def by_calamine(path: Path) -> Iterator[Reference]:
    """Yield the sheets as calamine sees them; it gives error values and formulas without value as
    blanks, and no formats.
    """
    book = CalamineWorkbook.from_path(path)
    for item in book.sheets_metadata:
        if item.typ == SheetTypeEnum.WorkSheet:
            rows = enumerate(book.get_sheet_by_name(item.name).to_python(skip_empty_area=False), 1)
            values = {
                (row, column): value
                for row, cells in rows
                for column, value in enumerate(cells, 1)
                if value != ""
            }
            yield Reference(item.name, values, item.visible != SheetVisibleEnum.Visible)


def formula_text(value: Any) -> str | None:
    """Return a formula of openpyxl without `=`."""
    return None if value is None else str(getattr(value, "text", value) or "").removeprefix("=")


def same(mine: object, theirs: object) -> bool:
    """Whether two values are the same; numbers by value but never a truth value for a number, a
    date as its midnight.
    """
    if isinstance(mine, bool) is not isinstance(theirs, bool):
        return False
    if isinstance(theirs, date) and not isinstance(theirs, datetime):
        midnight = datetime(theirs.year, theirs.month, theirs.day)  # noqa: DTZ001 - workbooks know no time zone
        return mine == midnight
    return mine == theirs


def main(folder: Path) -> int:
    """Compare all spreadsheets below a folder and print what was found."""
    total: Counter[str] = Counter()
    explained: Counter[str] = Counter()
    bad = 0
    pool = multiprocessing.Pool(1)
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES):
        for work, seconds in (
            (partial(ours, path), OUR_SECONDS),
            (partial(compare, path), THEIR_SECONDS),
        ):
            try:
                answer = pool.apply_async(work).get(seconds)
            except Exception as error:  # noqa: BLE001 - a crash of either reader is what is looked for
                pool.terminate()
                pool = multiprocessing.Pool(1)
                hung = seconds == THEIR_SECONDS and isinstance(error, multiprocessing.TimeoutError)
                bad += not hung
                explained["the other reader takes over a minute"] += hung
                print(f"{type(error).__name__} {'theirs' if hung else 'OURS'} {path}: {error}")
                break
        else:
            counts, differing = answer
            total.update(counts)
            explained.update(name for name, _ in differing if name)
            for _, text in (item for item in differing if item[0] is None):
                bad += 1
                print(f"UNEXPLAINED {text}")
    pool.terminate()
    print(", ".join(f"{count} {name}" for name, count in total.items()))
    for name, count in explained.most_common():
        print(f"{count:7} {name}" if count else "", end="\n" if count else "")
    print(f"{bad:7} unexplained")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
