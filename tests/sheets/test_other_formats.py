"""Workbooks in other formats give the same grids as the .xlsx of the same content."""

import io
import os
import struct
import zipfile
from datetime import datetime

import openpyxl
import pytest
import xlwt

from evalbatch.sheets import calamine_books, read_book
from evalbatch.sheets import xls as xls_records
from evalbatch.sheets.book import ErrorValue, Merge, Refused
from sheets import packages

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
SPACES = " ".join(
    f'xmlns:{name}="{OFFICE}{name}:1.0"' for name in ("office", "table", "text", "style")
)


def ods(tables, styles="", manifest="<manifest/>"):
    content = (
        f"<office:document-content {SPACES}><office:automatic-styles>"
        f"{styles}</office:automatic-styles><office:body>"
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return packages.zipped(
        {"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content},
        zipfile.ZIP_STORED,
    )


def xls():
    book = xlwt.Workbook()
    sheet = book.add_sheet("自评表")
    sheet.write(0, 0, "预算执行率")
    sheet.write(0, 1, 0.645, xlwt.easyxf(num_format_str="0.00%"))
    sheet.write(
        1, 0, datetime.fromisoformat("2021-12-31"), xlwt.easyxf(num_format_str='yyyy"年"m"月"d"日"')
    )
    sheet.write(1, 1, xlwt.Formula("1+1"))
    sheet.write(2, 0, bool(1))
    sheet.write(2, 1, 134.86)
    sheet.write_merge(4, 5, 0, 2, "合并")
    sheet.write(6, 0, "藏")
    sheet.row(6).hidden = True
    sheet.col(1).hidden = True
    book.add_sheet("隐藏").visibility = 1
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def test_an_xls_keeps_percent_formats_dates_formulas_merges_and_what_is_hidden():
    book = read_book(xls(), "x.et")
    sheet = book.sheets[0]
    assert book.kind == "xls"
    assert [(item.name, item.hidden) for item in book.sheets] == [("自评表", False), ("隐藏", True)]
    assert (sheet.cells[1, 2].value, sheet.cells[1, 2].format, sheet.cells[1, 2].number) == (
        0.645,
        "0.00%",
        "0.645",
    )
    assert sheet.cells[2, 1].value == datetime.fromisoformat("2021-12-31")
    assert sheet.cells[2, 2].formula is not None
    assert (sheet.cells[3, 1].value, sheet.cells[3, 2].number) == (True, "134.86")
    assert sheet.merges == [Merge(5, 1, 6, 3)]
    assert (sheet.hidden_rows, sheet.hidden_columns) == ({7}, {2})


def test_cells_of_an_xls_that_begins_far_from_the_corner_keep_their_places():
    book = xlwt.Workbook()
    book.add_sheet("表").write(7, 3, "远")
    output = io.BytesIO()
    book.save(output)
    assert {
        where: cell.value
        for where, cell in read_book(output.getvalue(), "x").sheets[0].cells.items()
    } == {(8, 4): "远"}


def test_an_xls_named_xlsx_is_read_by_its_content_and_the_other_way_round():
    book = openpyxl.Workbook()
    book.active["A1"] = "内容"
    output = io.BytesIO()
    book.save(output)
    assert read_book(xls(), "x.xlsx").kind == "xls"
    assert read_book(output.getvalue(), "x.xls").kind == "xlsx"


ROWS = """<table:table table:name="自评表"><table:table-column/><table:table-column table:visibility="collapse"/>
<table:table-row><table:table-cell office:value-type="string"><text:p>预算<text:s text:c="2"/>执行率</text:p>
<text:p>第二行</text:p>
</table:table-cell>
<table:table-cell office:value-type="percentage" office:value="0.645"><text:p>64.5%</text:p></table:table-cell></table:table-row>
<table:table-row table:number-rows-repeated="3" table:visibility="filter"><table:table-cell table:number-columns-repeated="2"
 office:value-type="float" office:value="7"><text:p>7</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell office:value-type="date" office:date-value="2021-12-31">
<text:p>21-12-31</text:p></table:table-cell>
<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="">
<text:p>#DIV/0!</text:p></table:table-cell>
<table:table-cell table:number-rows-spanned="1" table:number-columns-spanned="2"
 office:value-type="boolean" office:boolean-value="true">
<text:p>真</text:p></table:table-cell></table:table-row>
<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
</table:table>"""


def test_an_ods_gives_percent_dates_errors_merges_and_what_is_hidden():
    sheet = read_book(ods(ROWS), "x.ods").sheets[0]
    assert sheet.cells[1, 1].value == "预算  执行率\n第二行"
    assert (sheet.cells[1, 2].value, sheet.cells[1, 2].format) == (0.645, "0.00%")
    assert {sheet.cells[row, column].number for row in (2, 3, 4) for column in (1, 2)} == {"7"}
    assert sheet.cells[5, 1].value == datetime.fromisoformat("2021-12-31")
    assert sheet.cells[5, 2].value == "#DIV/0!"
    assert isinstance(sheet.cells[5, 2].value, ErrorValue)
    assert sheet.cells[5, 2].formula == "1/0"
    assert sheet.cells[5, 3].value is True
    assert sheet.merges == [Merge(5, 3, 5, 4)]
    assert (sheet.hidden_rows, sheet.hidden_columns) == ({2, 3, 4}, {2})


ONE = 'office:value-type="float" office:value="1"'


@pytest.mark.parametrize(
    "row",
    [
        (
            f'<table:table-row table:number-rows-repeated="1000000"><table:table-cell {ONE}/>'
            f"</table:table-row>"
        ),
        (
            f'<table:table-row><table:table-cell table:number-columns-repeated="999999999" '
            f"{ONE}/></table:table-row>"
        ),
    ],
)
def test_an_ods_that_repeats_without_end_is_refused(row):
    with pytest.raises(Refused) as caught:
        read_book(ods(f'<table:table table:name="表">{row}</table:table>'), "x")
    assert caught.value.observation.code == "F08"


def test_an_encrypted_ods_is_recognised():
    with pytest.raises(Refused) as caught:
        read_book(ods("", manifest='<m xmlns="u"><encryption-data/></m>'), "x")
    assert caught.value.observation.code == "F02"


def test_a_text_document_is_no_workbook():
    content = (
        f"<office:document-content {SPACES}><office:body><office:text/></office:body>"
        f"</office:document-content>"
    )
    with pytest.raises(Refused) as caught:
        read_book(packages.zipped({"META-INF/manifest.xml": "<m/>", "content.xml": content}), "x")
    assert (caught.value.observation.code, caught.value.observation.variant) == ("F01", "other")


def record(kind, body=b""):
    """Return a record of a binary part: id and size in groups of seven bits."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(body)]) + body


def wide(text):
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def row(number, flags=0, height=300):
    return record(0, struct.pack("<IIHBBB", number, 0, height, 0, flags, 0) + struct.pack("<I", 0))


def colour(red, green, blue):
    return struct.pack("<BBh4B", 2 << 1 | 1, 0, 0, red, green, blue, 255)


def font(ink, points=11):
    return record(43, struct.pack("<HHHHBBBB", 20 * points, 0, 400, 0, 0, 0, 0, 0) + ink + bytes(8))


def fill(pattern, ground):
    return record(45, struct.pack("<I", pattern) + ground + bytes(8))


def xlsb(cells=None, looks=b"", columns=b""):
    styles = (
        record(278)
        + record(615, struct.pack("<I", 1))
        + record(44, struct.pack("<H", 164) + wide("0.0%"))
        + record(616)
        + looks
    )
    xf = "<HHHHHBBHH"
    plain, percent = (struct.pack(xf, 0, number, 0, 0, 0, 0, 0, 0, 0) for number in (0, 164))
    styles += (
        record(617, struct.pack("<I", 2))
        + record(47, plain)
        + record(47, percent)
        + record(47, struct.pack(xf, 0, 0, 1, 1, 0, 0, 0, 0, 0))
        + record(618)
        + record(279)
    )
    cells = cells or (
        row(0)
        + record(5, struct.pack("<IId", 0, 1, 0.645))
        + record(9, struct.pack("<IIdHIB", 1, 0, 3.0, 0, 1, 0x1E) + bytes(6))
        + row(2, flags=0x10)
        + record(3, struct.pack("<IIB", 0, 0, 0x07))
    )
    sheet = (
        record(129)
        + record(148, struct.pack("<4I", 0, 2, 0, 1))
        + columns
        + record(145)
        + cells
        + record(146)
    )
    sheet += (
        record(177, struct.pack("<I", 1))
        + record(176, struct.pack("<4I", 3, 4, 0, 1))
        + record(178)
        + record(130)
    )
    book = (
        record(131)
        + record(143)
        + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("表"))
        + record(144)
        + record(132)
    )
    made = packages.parts()
    for name in ("workbook", "styles", "worksheets/sheet1", "sharedStrings"):
        del made[f"xl/{name}.xml"]
    made = {
        name: str(part).replace("workbook.xml", "workbook.bin").replace("sheet1.xml", "sheet1.bin")
        for name, part in made.items()
    }
    made["xl/_rels/workbook.bin.rels"] = made.pop("xl/_rels/workbook.xml.rels").replace(
        "styles.xml", "styles.bin"
    )
    return packages.zipped(
        {
            **made,
            "xl/workbook.bin": book,
            "xl/styles.bin": styles,
            "xl/worksheets/sheet1.bin": sheet,
        }
    )


def test_an_xlsb_keeps_percent_formats_formulas_errors_merges_and_what_is_hidden():
    book = read_book(xlsb(), "x.xlsb")
    sheet = book.sheets[0]
    assert book.kind == "xlsb"
    assert (sheet.cells[1, 1].number, sheet.cells[1, 1].format) == ("0.645", "0.0%")
    assert (sheet.cells[1, 2].value, sheet.cells[1, 2].formula) == (3, "")
    assert isinstance(sheet.cells[3, 1].value, ErrorValue)
    assert (sheet.merges, sheet.hidden_rows) == ([Merge(4, 1, 5, 2)], {3})


def test_short_cell_records_of_an_xlsb_follow_the_cell_before_them():
    number, real, text = (struct.pack("<I", 300 << 2 | 2), struct.pack("<d", 0.5), wide("三"))
    cells = [
        row(0),
        record(16, struct.pack("<I", 1) + real),
        record(17, bytes(4) + text),
        record(12, bytes(4)),
        record(13, bytes(4) + number),
        record(14, bytes(4) + b"\x2a"),
        record(15, bytes(4) + b"\1"),
        row(1),
        record(2, struct.pack("<II", 3, 0) + number),
        record(17, bytes(4) + text),
        record(62, struct.pack("<IIB", 7, 0, 0) + text),
    ]
    sheet = read_book(xlsb(b"".join(cells)), "x.xlsb").sheets[0]
    assert {where: cell.value for where, cell in sheet.cells.items()} == {
        (1, 1): 0.5, (1, 2): "三", (1, 4): 300, (1, 5): "#N/A", (1, 6): True, (2, 4): 300, (2, 5): "三", (2, 8): "三"
    }  # fmt: skip
    assert sheet.cells[1, 1].format == "0.0%"


def test_a_cell_record_of_an_xlsb_that_nobody_knows_is_refused_by_its_row():
    with pytest.raises(Refused) as caught:
        read_book(xlsb(row(4) + record(40, bytes(12))), "x.xlsb")
    assert caught.value.observation.code == "F01"
    assert "第5行" in caught.value.observation.found


def written_xls(*values, code="General"):
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for row, value in enumerate(values):
        sheet.write(row, 0, value, xlwt.easyxf(num_format_str=code))
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def test_numbers_of_an_xls_that_are_no_dates_keep_their_value_under_a_date_format():
    sheet = read_book(written_xls(-5.5, -3, 5e7, 44197, code="yyyy/m/d"), "x.xls").sheets[0]
    assert [sheet.cells[row, 1].number for row in (1, 2, 3)] == ["-5.5", "-3", "50000000"]
    assert sheet.cells[4, 1].value == datetime.fromisoformat("2021-01-01")


def test_texts_of_an_xls_beyond_the_length_of_a_record_are_whole():
    texts = ("长" * 9000, "ab" * 10000, "后")
    sheet = read_book(written_xls(*texts), "x.xls").sheets[0]
    assert tuple(sheet.cells[row, 1].value for row in (1, 2, 3)) == texts


def test_a_text_of_an_xls_that_one_reader_loses_is_taken_from_the_other(monkeypatch):
    data = written_xls("甲", "乙")
    monkeypatch.setattr(calamine_books, "_by_xlrd", lambda _: [("表", {(1, 1): "甲"})])
    assert read_book(data, "x.xls").sheets[0].cells[2, 1].value == "乙"


def test_a_text_of_an_xls_that_no_reader_finds_is_refused_by_its_cell(monkeypatch):
    data = written_xls("甲", "乙")
    for reader in ("_by_xlrd", "_by_calamine"):
        monkeypatch.setattr(calamine_books, reader, lambda _: [("表", {(1, 1): "甲"})])
    with pytest.raises(Refused) as caught:
        read_book(data, "x.xls")
    assert "表!A2" in caught.value.observation.found


def test_a_backtrace_of_calamine_stays_off_the_screen(capfd, monkeypatch):
    def panicking(*_):
        os.write(2, b"thread panicked")
        raise ValueError

    monkeypatch.setattr(calamine_books.CalamineWorkbook, "from_filelike", panicking, raising=False)
    assert read_book(written_xls("甲"), "x.xls").sheets[0].cells[1, 1].value == "甲"
    assert capfd.readouterr().err == ""


def test_what_follows_a_record_of_charts_is_read():
    """A record whose number only ends like that of a beginning (0x1009) begins nothing."""
    chart = struct.pack("<HH", 0x1009, 4) + bytes(4)
    begin, end = struct.pack("<HH", 0x809, 0), struct.pack("<HH", 0x0A, 0)
    stream = begin + begin + chart + end + struct.pack("<HHH", 0xE5, 2, 0) + end
    assert [kind for kind, _ in xls_records.records(stream, 0)] == [0x809, 0xE5, 0x0A]


def test_rows_and_columns_of_an_xls_of_a_hairs_breadth_are_hidden():
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for row in range(2):
        for column in range(2):
            sheet.write(row, column, 1)
    sheet.row(1).height_mismatch, sheet.row(1).height = True, 15
    sheet.col(1).width = 20
    output = io.BytesIO()
    book.save(output)
    read = read_book(output.getvalue(), "x.xls").sheets[0]
    assert (read.hidden_rows, read.hidden_columns) == ({2}, {2})
