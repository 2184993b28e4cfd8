"""Hold our sheet reader against a second one over a folder of spreadsheets: openpyxl for .xlsx and
.xlsm, calamine for the rest.

Every difference in sheets, cell values, errors, formulas and merges must be explained by one of the
named explanations below. Exit code 1 when one is not, or when our reader crashed or hung. Usage:
python scripts/compare_readers.py FOLDER
"""

import multiprocessing
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
from openpyxl.worksheet.formula import DataTableFormula
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from evalbatch.model.place import Place
from evalbatch.sheets import read_book
from evalbatch.sheets.book import Book, Cell, ErrorValue, Refused, Sheet

PACKAGES = {".xlsx", ".xlsm"}
SUFFIXES = PACKAGES | {".xls", ".xlsb", ".ods", ".et"}
OUR_SECONDS, THEIR_SECONDS = 20, 60
DAY = timedelta(days=1)


class Difference(NamedTuple):
    """One difference: where, in what, what we read, what the other reader read; our cell and the
    place's sheet as read by us.
    """

    place: Place
    what: str
    ours: Any
    theirs: Any
    cell: Cell = Cell(None)
    under_merge: bool = False


def refused_by_both(item: Difference) -> bool:
    """Neither reader can open the file."""
    return item.what == "opened" and item.ours != "read" and item.theirs != "read"


def other_cannot(item: Difference) -> bool:
    """The other reader raises an error of its own on a file that we read."""
    return (
        item.what == "opened"
        and item.ours == "read"
        and str(item.theirs).startswith(("error", "hang"))
    )


def refusal_with(code: str, variants: set[str]) -> Callable[[Difference], bool]:
    """We refuse on purpose."""

    def fits(item: Difference) -> bool:
        return (
            item.what == "opened"
            and isinstance(item.ours, tuple)
            and item.ours[0] == code
            and item.ours[1] in variants
        )

    return fits


def duration(item: Difference) -> bool:
    """A time of day or a duration: we keep the stored number, the other reader makes a time of
    it.
    """
    if isinstance(item.theirs, time):
        moment = item.theirs
        span = timedelta(
            hours=moment.hour,
            minutes=moment.minute,
            seconds=moment.second,
            microseconds=moment.microsecond,
        )
    elif isinstance(item.theirs, timedelta):
        span = item.theirs
    else:
        return False
    return isinstance(item.ours, str) or abs(item.ours - span / DAY) < 1e-7  # noqa: PLR2004 - a hundredth of a second


def escape_kept(item: Difference) -> bool:
    """The other reader keeps escapes such as _x000D_ or control characters, which we resolve or
    drop.
    """
    return (
        isinstance(item.theirs, str)
        and ("_x" in item.theirs or not item.theirs.isprintable())
        and isinstance(item.ours, str)
    )


EXPLANATIONS: dict[str, Callable[[Difference], bool]] = {
    "neither reader opens the file": refused_by_both,
    "the other reader cannot open what we read": other_cannot,
    "encrypted, which we say": refusal_with("F02", {""}),
    "damaged or no workbook, which we say": refusal_with("F01", {"damaged", "other", "empty"}),
    "larger than our limits": refusal_with(
        "F08", {"cells", "extent", "expanded", "ratio", "size", "parts"}
    ),
    "strict package whose sheets openpyxl does not find": lambda item: (
        item.what == "sheets" and item.theirs == []
    ),
    "openpyxl takes a dialog sheet for a worksheet": lambda item: (
        item.what == "sheets" and set(item.ours) < set(item.theirs)
    ),
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
    "escape or control character resolved": escape_kept,
    "formula of a data table has no text": lambda item: (
        item.what == "formula" and isinstance(item.theirs, DataTableFormula)
    ),
}


def ours(path: Path) -> Book | tuple[str, str]:
    """Return what our reader makes of a file: a book, or code and variant of the refusal."""
    try:
        return read_book(path.read_bytes(), str(path))
    except Refused as refusal:
        return refusal.observation.code, refusal.observation.variant


def compare(path: Path) -> tuple[Counter[str], list[tuple[str | None, str]]]:
    """Compare both readers on one file; return counts, and each difference as explained and in
    words.
    """
    warnings.simplefilter("ignore")
    counts: Counter[str] = Counter(files=1)
    mine = ours(path)
    second = openpyxl_differences if path.suffix.lower() in PACKAGES else calamine_differences
    found = list(second(path, mine, counts))
    return counts, [(explain(item), words(item)) for item in found]


def explain(difference: Difference) -> str | None:
    """Return the name of the first explanation that fits, None when none does."""
    return next((name for name, fits in EXPLANATIONS.items() if fits(difference)), None)


def words(item: Difference) -> str:
    """Return a difference in one line."""
    return (
        f"{item.what} {item.place.file} {item.place}: ours {item.ours!r}, theirs {item.theirs!r},"
        f" our cell {item.cell}"
    )


def openpyxl_differences(
    path: Path, mine: Book | tuple[str, str], counts: Counter[str]
) -> Iterator[Difference]:
    """Yield the differences between our book and openpyxl's two loads."""
    place = Place(str(path))
    try:
        values, formulas = (openpyxl.load_workbook(path, data_only=only) for only in (True, False))
    except Exception as error:  # noqa: BLE001 - the other reader may fail in any way; that is what is counted here
        counts["openpyxl fails"] += 1
        yield Difference(
            place,
            "opened",
            mine if isinstance(mine, tuple) else "read",
            f"error {type(error).__name__}: {error}"[:100],
        )
        return
    if isinstance(mine, tuple):
        counts["refused by us"] += 1
        yield Difference(place, "opened", mine, "read")
        return
    tabs = [sheet.title for sheet in values.worksheets]
    if tabs != [sheet.name for sheet in mine.sheets]:
        yield Difference(place, "sheets", [sheet.name for sheet in mine.sheets], tabs)
    for sheet in mine.sheets:
        if sheet.name in tabs:
            counts["sheets"] += 1
            yield from sheet_differences(
                path, sheet, values[sheet.name], formulas[sheet.name], counts
            )


def sheet_differences(
    path: Path, sheet: Sheet, values: Any, formulas: Any, counts: Counter[str]
) -> Iterator[Difference]:
    """Yield the differences of one sheet from openpyxl's."""
    theirs = {where: cell.value for where, cell in values._cells.items() if cell.value is not None}  # noqa: SLF001 - the grid
    written = {
        where: cell.value
        for where, cell in formulas._cells.items()  # noqa: SLF001
        if cell.data_type == "f"
    }
    merges = sorted(
        (area.min_row, area.min_col, area.max_row, area.max_col)
        for area in values.merged_cells.ranges
    )
    if merges != sorted(map(tuple, sheet.merges)):
        yield Difference(Place(str(path), sheet.name), "merges", sorted(sheet.merges), merges)
    for row, column in sorted(sheet.cells.keys() | theirs.keys() | written.keys()):
        counts["cells"] += 1
        cell = sheet.cells.get((row, column), Cell(None))
        place = Place(str(path), sheet.name, row, column)
        under = any(
            top <= row <= bottom and left <= column <= right for top, left, bottom, right in merges
        )
        if not same(cell.value, theirs.get((row, column))):
            yield Difference(place, "value", cell.value, theirs.get((row, column)), cell, under)
        formula = written.get((row, column))
        if cell.formula != formula_text(formula):
            yield Difference(place, "formula", cell.formula, formula, cell, under)


def formula_text(value: Any) -> str | None:
    """Return a formula of openpyxl without `=`."""
    return None if value is None else str(getattr(value, "text", value) or "").removeprefix("=")


def calamine_differences(
    path: Path, mine: Book | tuple[str, str], counts: Counter[str]
) -> Iterator[Difference]:
    """Yield the differences between our book and calamine's; it gives error values and formulas
    without value as blanks.
    """
    place = Place(str(path))
    if isinstance(mine, tuple):  # not asked: calamine may abort the process on what we refuse
        counts["refused by us"] += 1
        yield Difference(place, "opened", mine, "not asked")
        return
    try:
        book = CalamineWorkbook.from_path(path)
        tabs = [
            sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet
        ]
        grids = {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in tabs
        }
    except CalamineError as error:
        yield Difference(place, "opened", "read", f"error {error}")
        return
    if tabs != [sheet.name for sheet in mine.sheets]:
        yield Difference(place, "sheets", [sheet.name for sheet in mine.sheets], tabs)
        return
    for sheet in mine.sheets:
        counts["sheets"] += 1
        rows = enumerate(grids[sheet.name], 1)
        theirs = {
            (row, column): value
            for row, values in rows
            for column, value in enumerate(values, 1)
            if value != ""
        }
        for where in sorted(sheet.cells.keys() | theirs.keys()):
            counts["cells"] += 1
            cell = sheet.cells.get(where, Cell(None))
            if not same(cell.value, theirs.get(where)):
                yield Difference(
                    Place(str(path), sheet.name, *where),
                    "value",
                    cell.value,
                    theirs.get(where),
                    cell,
                )


def same(mine: object, theirs: object) -> bool:
    """Whether two values are the same; numbers by value but never a truth value for a number, a
    date as its midnight.
    """
    if isinstance(mine, bool) is not isinstance(theirs, bool):
        return False
    if isinstance(theirs, date) and not isinstance(theirs, datetime):
        return mine == datetime(theirs.year, theirs.month, theirs.day)  # noqa: DTZ001 - dates in workbooks know no time zone
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
            counts, differences = answer
            total.update(counts)
            explained.update(name for name, _ in differences if name)
            for _, text in (item for item in differences if item[0] is None):
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
