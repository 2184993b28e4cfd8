"""Group F from real files: what the reader notices becomes a finding that names the cell and what
stands there.
"""

import io
import zipfile
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from reading.mutate import find, with_cell, with_sheet
from repository import EXAMPLES

from checks.samples import forms, policies
from evalbatch.blanks.blank_workbook import build
from evalbatch.checks.assess import assess
from evalbatch.checks.catalogue import CATALOGUE, finding, refuse
from evalbatch.model.evaluation import Status
from evalbatch.model.finding import Finding, Observation, Severity
from evalbatch.model.place import Place
from evalbatch.model.submission import Stamp
from evalbatch.reading.reader import interpret, read
from evalbatch.sheets import read_book
from evalbatch.sheets.book import Book, Cell, ErrorValue, Refused

SHEET = "自评表"


@cache
def example() -> bytes:
    return next(EXAMPLES.rglob("外事活动*.xlsx")).read_bytes()


@cache
def book() -> Book:
    return read_book(example(), "甲.xlsx")


def judged(changed: Book):
    submission = interpret(changed, "甲.xlsx", "0" * 64, forms())[0]
    return assess(
        submission, forms()[submission.form], policies()["cz2020_self"], date(2022, 1, 31)
    )


def refused(data: bytes) -> Finding:
    with pytest.raises(Refused) as caught:
        read(data, "甲.xlsx", forms())
    refusal = refuse(caught.value.observation, "甲.xlsx", "0" * 64)
    assert refusal.status is Status.UNREADABLE
    return refusal.findings[0]


def weight_cell() -> tuple[int, int]:
    """The weight of the first indicator."""
    row, _ = find(book(), SHEET, "数量指标")
    _, column = find(book(), SHEET, "偏差原因分析及改进措施")
    return row, column - 2


def with_part(name: str, content: bytes, *, instead: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(example())) as old, zipfile.ZipFile(buffer, "w") as new:
        for item in old.namelist():
            if item != instead:
                new.writestr(item, old.read(item))
        new.writestr(name, content)
    return buffer.getvalue()


def test_the_example_itself_raises_nothing():
    assert judged(book()).findings == ()


def test_f01_an_empty_file():
    assert (refused(b"").code, refused(b"").message) == ("F01", "文件无法读取：空文件（0 字节）。")


def test_f01_a_truncated_file():
    seen = refused(example()[:3000])
    assert seen.code == "F01"
    assert "损坏" in seen.message


def test_f02_an_encrypted_file():
    data = bytearray(example())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.find(mark)
        while start >= 0:
            data[start + at] |= 1
            start = data.find(mark, start + 4)
    assert refused(bytes(data)).code == "F02"


def test_f03_a_workbook_of_another_kind():
    blank = build(forms()["annual_management"], policies()["annual_nodes"])
    with pytest.raises(Refused) as caught:
        read(blank, "甲.xlsx", {"self_evaluation": forms()["self_evaluation"]})
    seen = refuse(caught.value.observation, "甲.xlsx", "0" * 64).findings[0]
    assert seen.code == "F03"
    assert "报表类型" in seen.message


def test_f04_a_renamed_column_names_the_nearest():
    row, column = find(book(), SHEET, "实际完成值")
    seen = [
        each
        for each in judged(with_cell(book(), SHEET, (row, column), Cell("实际完成的数值"))).findings
        if each.code == "F04"
    ]
    assert [each.severity for each in seen] == [Severity.ERROR]
    assert "实际完成值" in seen[0].message


def test_f05_a_newer_version_is_refused_and_an_older_one_is_said():
    newer = build(
        forms()["self_evaluation"], policies()["cz2020_self"], None, Stamp("self_evaluation", 99)
    )
    assert (refused(newer).code, "第99版" in refused(newer).message) == ("F05", True)
    older = finding(Observation("F05", (Place("甲.xlsx"),), "1", "2", "older"))
    assert (older.severity, "第1版" in older.message) == (Severity.WARNING, True)


@pytest.mark.parametrize(
    ("code", "cell", "shown"),
    [("F06", Cell(None, formula="1+19"), "分值"), ("F07", Cell(ErrorValue("#REF!")), "#REF!")],
)
def test_f06_f07_a_weight_without_a_value(code: str, cell: Cell, shown: str):
    evaluation = judged(with_cell(book(), SHEET, weight_cell(), cell))
    errors = [each for each in evaluation.findings if each.severity is Severity.ERROR]
    assert [each.code for each in errors] == [code]
    assert (errors[0].place.row, errors[0].place.column) == weight_cell()
    assert shown in errors[0].message
    assert evaluation.status is Status.RETURNED


def test_f08_hostile_xml():
    hostile = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><workbook>&b;</workbook>'
    seen = refused(with_part("xl/workbook.xml", hostile, instead="xl/workbook.xml"))
    assert seen.code == "F08"
    assert "DTD" in seen.message


def test_f08_a_fault_of_ours_is_not_blamed_on_the_department():
    seen = finding(Observation("F08", (Place("甲.xlsx"),), variant="internal"))
    assert "不是填报问题" in seen.message


def test_f09_macros_are_noted():
    submission = read(with_part("xl/vbaProject.bin", b"x"), "甲.xlsx", forms())[0]
    evaluation = assess(
        submission, forms()[submission.form], policies()["cz2020_self"], date(2022, 1, 31)
    )
    assert [(each.code, each.severity) for each in evaluation.findings] == [("F09", Severity.NOTE)]
    assert evaluation.status is Status.GRADED


def test_f10_full_width_digits_are_read_and_shown_both_ways():
    seen = judged(with_cell(book(), SHEET, weight_cell(), Cell("２０"))).findings
    assert [each.code for each in seen] == ["F10"]
    assert "“２０”" in seen[0].message
    assert "“20”" in seen[0].message


def test_f11_a_hidden_row_that_counts():
    row, _ = weight_cell()
    changed = with_sheet(book(), SHEET, lambda sheet: replace(sheet, hidden_rows=frozenset({row})))
    seen = [each for each in judged(changed).findings if each.code == "F11"]
    assert [each.severity for each in seen] == [Severity.WARNING]
    assert f"第{row}行" in seen[0].message


def test_every_code_of_the_reader_is_here():
    here = {code for code in CATALOGUE if code.startswith("F")}
    tested = {name.split("_")[1].upper() for name in globals() if name.startswith("test_f")} | {
        "F07"
    }
    assert here - {"F12"} == tested  # what is no spreadsheet never comes to the reader
