"""The comparison of readers itself: silent over what we read right, loud over every reader that
does not.
"""

import importlib.util
import io
from collections import Counter
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
import xlwt

from evalbatch.model.finding import Observation
from evalbatch.sheets.book import Refused, Sheet

SCRIPT = Path(__file__).parents[2] / "scripts" / "compare_readers.py"
spec = importlib.util.spec_from_file_location("compare_readers", SCRIPT)
compare_readers = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compare_readers)
READ = compare_readers.read_book


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A workbook of either family with texts, numbers, formats, a formula, a merge and what is
    hidden.
    """
    made = tmp_path_factory.mktemp("corpus")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"], sheet["B1"], sheet["C1"] = "预算\n执行率", 0.645, "=1+1"
    sheet["B1"].number_format = "0.00%"
    sheet.merge_cells("A3:B4")
    sheet["A5"], sheet["D1"] = "藏", "窄"
    sheet.row_dimensions[5].hidden, sheet.column_dimensions["D"].width = True, 0.1
    book.create_sheet("字典").sheet_state = "hidden"
    book.save(made / "a.xlsx")
    old = xlwt.Workbook()
    page = old.add_sheet("表")
    page.write(0, 0, "预算执行率")
    page.write(0, 1, 0.645, xlwt.easyxf(num_format_str="0.00%"))
    page.write_merge(2, 3, 0, 1, "合并")
    page.write(4, 0, "藏")
    page.write(0, 3, "窄")
    page.row(4).hidden, page.col(3).hidden = True, True
    old.add_sheet("字典").visibility = 1
    output = io.BytesIO()
    old.save(output)
    (made / "b.xls").write_bytes(output.getvalue())
    return made


def unexplained(folder, name):
    _, found = compare_readers.compare(folder / name)
    return [text for explanation, text in found if explanation is None]


def refusing(data, name, *_):
    raise Refused(Observation("F01", (), variant="damaged"))


def changed(change):
    """A reader that reads right and then does something to every sheet."""

    def read(data, name, *_):
        book = READ(data, name)
        book.sheets = [change(sheet) for sheet in book.sheets]
        return book

    return read


def cells(change):
    def sheet_with(sheet: Sheet) -> Sheet:
        kept = {where: change(cell) for where, cell in sheet.cells.items()}
        return replace(sheet, cells={where: cell for where, cell in kept.items() if cell})

    return changed(sheet_with)


def text_cut(cell):
    return cell._replace(value=cell.value[:3]) if isinstance(cell.value, str) else cell


MUTANTS = {
    "refuses every file": refusing,
    "cuts every text": cells(text_cut),
    "loses texts": cells(lambda cell: None if isinstance(cell.value, str) else cell),
    "loses numbers": cells(lambda cell: None if isinstance(cell.value, float) else cell),
    "rounds": cells(
        lambda cell: (
            cell._replace(value=round(cell.value, 2)) if isinstance(cell.value, float) else cell
        )
    ),
    "knows no formats": cells(lambda cell: cell._replace(format="General")),
    "takes every format for per cent": cells(lambda cell: cell._replace(format="0%")),
    "knows no merges": changed(lambda sheet: replace(sheet, merges=[])),
    "shows what is hidden": changed(lambda sheet: replace(sheet, hidden=False)),
    "shows hidden rows": changed(lambda sheet: replace(sheet, hidden_rows=frozenset())),
    "shows hidden columns": changed(lambda sheet: replace(sheet, hidden_columns=frozenset())),
    "hides more rows": changed(lambda sheet: replace(sheet, hidden_rows=frozenset({1, 5}))),
    "loses sheets": lambda data, name, *_: replace(
        READ(data, name), sheets=READ(data, name).sheets[:1]
    ),
}


@pytest.mark.parametrize("name", ["a.xlsx", "b.xls"])
def test_our_own_reader_differs_in_nothing(folder, name):
    assert unexplained(folder, name) == []


@pytest.mark.parametrize("name", ["a.xlsx", "b.xls"])
@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS.keys())
def test_a_reader_that_reads_wrong_is_told(folder, name, mutant, monkeypatch):
    monkeypatch.setattr(compare_readers, "read_book", mutant)
    assert unexplained(folder, name)


def test_a_refusal_is_excused_for_the_file_that_is_named_with_its_code(folder, monkeypatch):
    monkeypatch.setattr(compare_readers, "read_book", refusing)
    monkeypatch.setattr(compare_readers, "REFUSED", {"a.xlsx": "F01", "b.xls": "F08"})
    assert unexplained(folder, "a.xlsx") == []
    assert unexplained(folder, "b.xls")


def test_numbers_and_refusals_are_counted(folder):
    counts, _ = compare_readers.compare(folder / "a.xlsx")
    assert counts == Counter(files=1, sheets=2, cells=5)
