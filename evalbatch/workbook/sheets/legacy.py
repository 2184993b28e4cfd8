"""Workbooks in binary formats (.xls, .et saved so, .xlsb) by way of calamine, after a scan of what it might choke on."""

import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from evalbatch.model.observation import Observation
from evalbatch.model.place import Place
from evalbatch.workbook.grid import Book, Cell, Merge, Sheet
from evalbatch.workbook.sheets import limits, refusal, xlsb
from evalbatch.workbook.sheets.biff import Marks, Stream, scan
from evalbatch.workbook.sheets.ole import CompoundFile
from evalbatch.workbook.sheets.parts import Parts
from evalbatch.workbook.sheets.refusal import refused
from evalbatch.workbook.sheets.text import clean

DAY = timedelta(days=1)
PANIC = "PanicException"


def read_xls(data: bytes, name: str) -> Book:
    """Return the workbook of a compound file.

    Raises:
        Refused: it is encrypted (F02), holds no workbook or is damaged (F01), or is hostile (F08).
    """
    container = CompoundFile(data, name)
    if container.names & {"encryptedpackage", "encryptioninfo"}:
        raise refused(refusal.ENCRYPTED, container.place)
    stream = container.read("Workbook", "Book")
    if stream is None:
        raise refused(refusal.OTHER, container.place, kind=_document(container.names))
    known = scan(stream, container.place)
    book = _read(data, "xls", name, known)
    if container.names & {"_vba_project_cur", "vba"}:
        book.observations.append(Observation("F09", (container.place,), found="宏", variant="macros"))
    return book


def read_xlsb(parts: Parts, main: str) -> Book:
    """Return the workbook of a package with binary parts.

    Raises:
        Refused: it is damaged (F01) or reaches too far (F08).
    """
    book = _read(parts.data, "xlsb", parts.place.file, xlsb.scan(parts, main))
    if any("vbaproject" in part for part in parts.names):
        book.observations.append(Observation("F09", (parts.place,), found="宏", variant="macros"))
    return book


def _read(data: bytes, kind: str, name: str, known: Stream) -> Book:
    """Return the workbook as calamine reads it, with what the scan knows on top."""
    try:
        return Book(kind, list(_sheets(CalamineWorkbook.from_filelike(io.BytesIO(data)), known)))
    except (CalamineError, ValueError, OSError) as error:
        raise refused(refusal.DAMAGED, Place(name), detail="无法读取") from error
    except BaseException as error:  # a panic of calamine's is no Exception, and has no name to import
        if type(error).__name__ != PANIC:
            raise
        raise refused(refusal.DAMAGED, Place(name), detail="无法读取") from error


def _sheets(workbook: CalamineWorkbook, known: Stream) -> Iterator[Sheet]:
    """Yield the worksheets in the order of the tabs."""
    metadata = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    for index, item in enumerate(metadata):
        source = workbook.get_sheet_by_name(item.name)
        marks = known.sheets[index] if index < len(known.sheets) else None
        sheet = Sheet(clean(item.name), hidden=item.visible != SheetVisibleEnum.Visible)
        sheet.merges = _merges(source.merged_cell_ranges or [])
        sheet.cells = dict(_cells(source.to_python(skip_empty_area=False), marks, known))
        _mark(sheet, marks)
        yield sheet


def _cells(rows: Iterable[Iterable[object]], marks: Marks | None, known: Stream) -> Iterator[tuple[tuple[int, int], Cell]]:
    """Yield the cells of a sheet with the format that the scan knows."""
    for row, values in enumerate(rows, 1):
        for column, value in enumerate(values, 1):
            if value != "":
                yield (row, column), _cell(value, _code(marks, known, (row, column)))


def _code(marks: Marks | None, known: Stream, where: tuple[int, int]) -> str:
    """Return the format code of a cell, General when unknown."""
    style = None if marks is None else marks.styles.get(where)
    return "General" if style is None or style >= len(known.formats) else known.formats[style]


def _cell(value: object, code: str) -> Cell:
    """Return a cell from calamine's value; a time of day or a duration is the fraction of days that the file stores."""
    if isinstance(value, str):
        return Cell(clean(value), "", code)
    if isinstance(value, bool | datetime):
        return Cell(value, "", code)
    if isinstance(value, date):
        return Cell(datetime(value.year, value.month, value.day), "", code)  # noqa: DTZ001 - dates in workbooks know no time zone
    if isinstance(value, time):
        value = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    if isinstance(value, timedelta):
        value = value / DAY
    return number_cell(value if isinstance(value, int | float) else 0.0, code)


def number_cell(value: float, code: str, formula: str | None = None) -> Cell:
    """Return the cell of a number that the file stores in binary: its shortest decimal form."""
    if float(value).is_integer() and abs(value) < 1e15:  # noqa: PLR2004 - doubles hold whole numbers exactly up to there
        value = int(value)
    return Cell(value, repr(value), code, formula)


def _mark(sheet: Sheet, marks: Marks | None) -> None:
    """Put what the scan knows onto a sheet: formulas (text unknown), error values, what is hidden."""
    if marks is None:
        return
    for where in marks.formulas:
        cell = sheet.cells.get(where, Cell(""))
        sheet.cells[where] = cell._replace(formula="")
    for where, error in marks.errors.items():
        sheet.cells[where] = Cell(error, "", "General", "" if where in marks.formulas else None)
    sheet.merges = sheet.merges or marks.merges
    sheet.hidden_rows = frozenset(marks.hidden_rows)
    last = max((column for _, column in sheet.cells), default=0)
    sheet.hidden_columns = frozenset(column for first, end in marks.hidden_spans for column in range(first, min(end, last) + 1))


def _merges(ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> list[Merge]:
    """Return calamine's ranges, which count from 0."""
    return [Merge(top + 1, left + 1, bottom + 1, right + 1) for (top, left), (bottom, right) in ranges[: limits.MERGES]]


def _document(names: set[str]) -> str:
    """Return what a compound file without a workbook is."""
    if "worddocument" in names:
        return "Word 文档"
    return "PowerPoint 演示文稿" if "powerpoint document" in names else "其他文件"
