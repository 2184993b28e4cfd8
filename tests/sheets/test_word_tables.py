"""A Word document is read as its tables; what a person does not see in it is not read."""

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import RGBColor

from evalbatch.model.place import Place
from evalbatch.sheets import read_book
from evalbatch.sheets.book import Merge, Refused
from sheets import documents, packages


def sheets(document):
    return read_book(documents.saved(document), "x.docx").sheets


def values(sheet):
    return {where: cell.value for where, cell in sheet.cells.items()}


def test_each_table_is_a_sheet_with_the_lines_above_it_and_those_at_the_end():
    document = docx.Document()
    document.add_paragraph("自评表")
    document.add_paragraph("单位：万元")
    document.add_table(1, 2).cell(0, 1).text = "甲"
    document.add_paragraph("明细")
    document.add_table(1, 1).cell(0, 0).text = "乙"
    document.add_paragraph("填报人：丙")
    first, second = sheets(document)
    assert (first.name, values(first)) == (
        "表1",
        {(-2, 1): "自评表", (-1, 1): "单位：万元", (1, 2): "甲"},
    )
    assert (second.name, values(second)) == (
        "表2",
        {(-1, 1): "明细", (1, 1): "乙", (10_000, 1): "填报人：丙"},
    )


def test_merged_cells_and_lines_within_a_cell():
    document = docx.Document()
    table = document.add_table(3, 3)
    table.cell(0, 0).merge(table.cell(1, 1)).text = "预算\n执行"
    table.cell(1, 2).text = "300.50"
    table.cell(2, 1).merge(table.cell(2, 2)).text = "1,964.32"
    (sheet,) = sheets(document)
    assert sheet.merges == [Merge(1, 1, 2, 2), Merge(3, 2, 3, 3)]
    assert values(sheet) == {(1, 1): "预算\n执行", (2, 3): 300.5, (3, 2): 1964.32}
    assert (sheet.cells[2, 3].number, sheet.cells[3, 2].format) == ("300.50", "#,##0.00")


def test_a_table_that_goes_on_after_a_page_is_one():
    document = docx.Document()
    document.add_table(2, 1).cell(1, 0).text = "甲"
    document.add_paragraph("")
    document.add_paragraph("续表")
    document.add_table(1, 1).cell(0, 0).text = "乙"
    (sheet,) = sheets(document)
    assert values(sheet) == {(2, 1): "甲", (3, 1): "乙"}


def test_numbers_that_are_codes_stay_texts():
    document = docx.Document()
    table = document.add_table(1, 3)
    for column, text in enumerate(("007", "12345678901234567890", "95%")):
        table.cell(0, column).text = text
    assert set(values(sheets(document)[0]).values()) == {"007", "12345678901234567890", "95%"}


INSERTED = (
    "<w:ins w:id='1'><w:r><w:t>新</w:t></w:r></w:ins><w:del w:id='2'><w:r><w:delText>"
    "旧</w:delText></w:r></w:del>"
)
CONTROL = "<w:sdt><w:sdtContent><w:r><w:t>控件</w:t></w:r></w:sdtContent></w:sdt>"
SYMBOLS = (
    "<w:r><w:sym w:font='Wingdings' w:char='F0FE'/><w:t>经常性</w:t><w:sym w:char='F0A8'/></w:r>"
)
TICKED = "<w:ffData><w:checkBox><w:default w:val='0'/><w:checked/></w:checkBox></w:ffData>"
FIELD = (
    f"<w:r><w:fldChar>{TICKED}</w:fldChar><w:instrText>FORMCHECKBOX</w:instrText><w:t>是</w:t>"
    f"</w:r>"
)
LINK = "<w:hyperlink><w:r><w:t>网</w:t><w:br/><w:t>址</w:t></w:r></w:hyperlink>"


@pytest.mark.parametrize(
    ("content", "text"),
    [(INSERTED, "新"), (CONTROL, "控件"), (SYMBOLS, "☑经常性□"), (FIELD, "☑是"), (LINK, "网\n址")],
)
def test_a_cell_says_what_a_person_sees(content, text):
    document = docx.Document()
    cell = document.add_table(1, 1).cell(0, 0)
    cell._tc.append(parse_xml(f"<w:p {nsdecls('w')}>{content}</w:p>"))
    assert values(sheets(document)[0]) == {(1, 1): text}


def test_white_text_is_told_as_unseen():
    document = docx.Document()
    table = document.add_table(1, 2)
    for column, colour in enumerate((RGBColor(255, 255, 255), RGBColor(0, 0, 0))):
        table.cell(0, column).paragraphs[0].add_run("90").font.color.rgb = colour
    assert set(sheets(document)[0].unseen) == {(1, 1)}


def test_a_document_without_a_table_is_named_for_what_it_is():
    with pytest.raises(Refused) as caught:
        read_book(documents.saved(docx.Document()), "x.docx")
    assert (caught.value.observation.code, caught.value.observation.found) == ("F12", "Word 文档")


def test_the_guard_of_packages_holds_for_documents():
    document = docx.Document()
    document.add_table(1, 1)
    parts = packages.unzipped(documents.saved(document))
    hostile = parts["word/document.xml"].replace(b"?>", b'?><!DOCTYPE w [<!ENTITY a "b">]>', 1)
    with pytest.raises(Refused) as caught:
        read_book(packages.zipped({**parts, "word/document.xml": hostile}), "x.docx")
    assert caught.value.observation.code == "F08"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (Place("甲/x.docx", "表1", 5, 3), "表1 第5行第3列"),
        (Place("甲/x.docx#表2", "表2", 1, 1), "表2 第1行第1列"),
        (Place("x.docx", "表1", -1, 1), "表1 上方第1行"),
        (Place("x.docx", "表1", 10_002, 1), "表1 下方第3行"),
        (Place("x.docx", "表1"), "表1"),
        (Place("x.xlsx", "表1", 5, 3), "表1!C5"),
    ],
)
def test_a_place_in_a_document_is_named_by_row_and_column(place, said):
    assert str(place) == said
    assert Place.named(place.file, place.sheet, place.cell) == place
