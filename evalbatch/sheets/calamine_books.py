"""Workbooks in binary formats as grids: .xls and .xlsb by a census of their records, the texts of
.xls by xlrd and calamine.
"""

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import xlrd
from python_calamine import CalamineWorkbook, SheetTypeEnum

from evalbatch.model.finding import Observation
from evalbatch.model.place import Place
from evalbatch.sheets import package, xlsb
from evalbatch.sheets.book import Book, Cell, Sheet
from evalbatch.sheets.looks import mark
from evalbatch.sheets.number_formats import shows_date, to_date
from evalbatch.sheets.package import PackageParts, refused
from evalbatch.sheets.xls import CompoundFile, Marks, Stream, scan
from evalbatch.sheets.xml import clean

PANIC = "PanicException"
STDERR = 2
Texts = dict[tuple[int, int], str]


def read_xls(data: bytes, name: str) -> Book:
    """Return the workbook of a compound file.

    Raises:
        Refused: it is encrypted (F02), holds no workbook or is damaged (F01), or is hostile (F08).
    """
    container = CompoundFile(data, name)
    if container.names & {"encryptedpackage", "encryptioninfo"}:
        raise refused(package.ENCRYPTED, container.place)
    stream = container.read("Workbook", "Book")
    if stream is None:
        raise refused(package.OTHER, container.place, kind=_document(container.names))
    known = scan(stream, container.place)
    _add_texts(data, known, container.place)
    book = Book("xls", [_sheet(marks, known) for marks in known.sheets])
    if container.names & {"_vba_project_cur", "vba"}:
        book.observations.append(
            Observation("F09", (container.place,), found="宏", variant="macros")
        )
    return book


def read_xlsb(parts: PackageParts, main: str) -> Book:
    """Return the workbook of a package with binary parts.

    Raises:
        Refused: it is damaged (F01) or reaches too far (F08).
    """
    known = xlsb.scan(parts, main)
    book = Book("xlsb", [_sheet(marks, known) for marks in known.sheets])
    if any("vbaproject" in part for part in parts.names):
        book.observations.append(Observation("F09", (parts.place,), found="宏", variant="macros"))
    return book


def _add_texts(data: bytes, known: Stream, place: Place) -> None:
    """Put the texts where the records say that texts stand: xlrd reads them, and calamine what it
    cannot.

    Raises:
        Refused: neither can open the file, or a text stands where neither finds one (F01).
    """
    opinions = [
        opinion
        for opinion in (_by_xlrd(data), _by_calamine(data))
        if len(opinion) == len(known.sheets)
    ]
    if not opinions:
        raise refused(package.DAMAGED, place, detail="无法读取")
    for index, marks in enumerate(known.sheets):
        marks.name = next(name for name, _ in (opinion[index] for opinion in opinions))
        for where, text in marks.texts.items():
            if text is None:
                read = next(
                    (
                        texts[where]
                        for _, texts in (each[index] for each in opinions)
                        if where in texts
                    ),
                    None,
                )
                if read is None:
                    lost = Place(place.file, clean(marks.name), *where)
                    raise refused(package.DAMAGED, place, detail=f"{lost}的文字读不出来")
                marks.texts[where] = read


def _by_xlrd(data: bytes) -> list[tuple[str, Texts]]:
    """Return name and texts of each worksheet as xlrd reads them, none when it cannot open the
    file.
    """
    try:
        book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), ragged_rows=True)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - xlrd meets a damaged file with any error there is
        return []
    return [(sheet.name, dict(_texts(sheet))) for sheet in book.sheets()]


def _texts(sheet: xlrd.sheet.Sheet) -> Iterator[tuple[tuple[int, int], str]]:
    for row in range(sheet.nrows):
        for column, kind in enumerate(sheet.row_types(row)):
            if kind == xlrd.XL_CELL_TEXT:
                yield (row + 1, column + 1), sheet.cell_value(row, column)


def _by_calamine(data: bytes) -> list[tuple[str, Texts]]:
    """Return name and texts of each worksheet as calamine reads them, none when it cannot open the
    file.
    """
    try:
        with _silent():
            book = CalamineWorkbook.from_filelike(io.BytesIO(data))
            tabs = [
                item.name for item in book.sheets_metadata if item.typ == SheetTypeEnum.WorkSheet
            ]
            grids = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in tabs]
    except (MemoryError, KeyboardInterrupt):
        raise
    except (
        BaseException
    ) as error:  # a panic of calamine's is no Exception, and has no name to import
        if not isinstance(error, Exception) and type(error).__name__ != PANIC:
            raise
        return []
    return [(name, dict(_texts_of_grid(grid))) for name, grid in zip(tabs, grids, strict=True)]


def _texts_of_grid(grid: Sequence[Sequence[object]]) -> Iterator[tuple[tuple[int, int], str]]:
    for row, values in enumerate(grid, 1):
        for column, value in enumerate(values, 1):
            if value and isinstance(value, str):
                yield (row, column), value


@contextmanager
def _silent() -> Iterator[None]:
    """Keep the backtrace that calamine prints when it panics off the screen: it goes past Python to
    the file descriptor.
    """
    try:
        kept = os.dup(STDERR)
    except OSError:  # there is no screen
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STDERR)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, STDERR)
        os.close(kept)


def _sheet(marks: Marks, known: Stream) -> Sheet:
    """Return a sheet from what its records say."""
    sheet = Sheet(clean(marks.name), hidden=marks.hidden)
    for where, style in marks.styles.items():
        cell = _cell(
            marks, where, known.formats[style] if style < len(known.formats) else "General", known
        )
        if cell is not None:
            sheet.cells[where] = cell
    styles = ((where, marks.styles[where]) for where in sheet.cells)
    mark(
        sheet,
        (
            (where, hiding)
            for where, style in styles
            if style < len(known.looks) and (hiding := known.looks[style])
        ),
    )
    sheet.merges = marks.merges
    sheet.hidden_rows = frozenset(marks.hidden_rows)
    last = max((column for _, column in sheet.cells), default=0)
    sheet.hidden_columns = frozenset(
        column for first, end in marks.hidden_spans for column in range(first, min(end, last) + 1)
    )
    return sheet


def _cell(marks: Marks, where: tuple[int, int], code: str, known: Stream) -> Cell | None:
    """Return what a cell holds, None for an empty text; the text of a formula is not known."""
    formula = "" if where in marks.formulas else None
    if where in marks.errors:
        return Cell(marks.errors[where], "", "General", formula)
    if where in marks.truths:
        return Cell(marks.truths[where], "", code, formula)
    if where not in marks.numbers:
        text = clean(marks.texts.get(where) or "")
        return Cell(text, "", code, formula) if text or formula is not None else None
    number = marks.numbers[where]
    moment = to_date(number, from_1904=known.from_1904) if shows_date(code) else None
    return (
        number_cell(number, code, formula)
        if moment is None
        else Cell(moment, repr(number), code, formula)
    )


def number_cell(value: float, code: str, formula: str | None = None) -> Cell:
    """Return the cell of a number that the file stores in binary: its shortest decimal form."""
    if float(value).is_integer() and abs(value) < 1e15:  # noqa: PLR2004 - doubles hold whole numbers exactly up to there
        value = int(value)
    return Cell(value, repr(value), code, formula)


def _document(names: set[str]) -> str:
    """Return what a compound file without a workbook is."""
    if names & {"worddocument", "wpsdocument"}:
        return "Word 文档"
    return "PowerPoint 演示文稿" if "powerpoint document" in names else "其他类型的文件"
