"""What nobody can see is told in .xls, .xlsb and .ods as in .xlsx: colour on colour, tiny letters, a
hair's breadth.
"""

import io
import struct

import pytest
import xlwt

from evalbatch.sheets import read_book
from evalbatch.sheets.looks import NO_FORMAT, SAME_COLOUR, TINY
from sheets.test_other_formats import colour, fill, font, ods, record, row, xlsb

BLACK, WHITE, BLUE = colour(0, 0, 0), colour(255, 255, 255), colour(0, 0, 255)
USUAL = font(BLACK) + fill(0, BLACK)
FO = 'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'


def xls(style):
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    sheet.write(0, 0, 90, xlwt.easyxf(style))
    sheet.write(0, 1, 80)
    output = io.BytesIO()
    book.save(output)
    return read_book(output.getvalue(), "x.xls").sheets[0].unseen


@pytest.mark.parametrize(
    ("style", "reason"),
    [
        ("font: colour white", SAME_COLOUR),
        ("font: colour yellow; pattern: pattern solid, fore_colour yellow", SAME_COLOUR),
        ("font: height 20", TINY),
        ("font: colour white; pattern: pattern solid, fore_colour blue", ""),
        ("font: colour red", ""),
        ("", ""),
    ],
)
def test_in_an_xls(style, reason):
    assert xls(style) == ({(1, 1): reason} if reason else {})


def test_a_format_that_shows_nothing_in_an_xls():
    book = xlwt.Workbook()
    book.add_sheet("表").write(0, 0, 90, xlwt.easyxf(num_format_str=";;;"))
    output = io.BytesIO()
    book.save(output)
    assert read_book(output.getvalue(), "x.xls").sheets[0].unseen == {(1, 1): NO_FORMAT}


@pytest.mark.parametrize(
    ("looks", "reason"),
    [
        (font(WHITE) + fill(0, BLACK), SAME_COLOUR),
        (font(BLUE) + fill(1, BLUE), SAME_COLOUR),
        (font(BLACK, points=1) + fill(0, BLACK), TINY),
        (font(WHITE) + fill(1, BLUE), ""),
        (font(BLACK) + fill(0, WHITE), ""),
    ],
)
def test_in_an_xlsb(looks, reason):
    fonts, fills = font(BLACK), fill(0, BLACK)
    own_font, own_fill = looks[: len(fonts)], looks[len(fonts) :]
    cells = row(0) + record(5, struct.pack("<IId", 0, 2, 90.0))
    data = xlsb(cells, looks=fonts + own_font + fills + own_fill)
    assert read_book(data, "x.xlsb").sheets[0].unseen == ({(1, 1): reason} if reason else {})


def test_rows_and_columns_of_an_xlsb_of_a_hairs_breadth_are_hidden():
    number = record(5, struct.pack("<IId", 0, 0, 90.0))
    columns = record(60, struct.pack("<IIIIH", 0, 0, 20, 0, 0))
    data = xlsb(row(0) + number + row(1, height=15) + number, columns=columns)
    sheet = read_book(data, "x.xlsb").sheets[0]
    assert (sheet.hidden_rows, sheet.hidden_columns) == ({2}, {1})


def styled(*parts, parent=""):
    return (
        f'<style:style {FO} style:name="ce1" style:family="table-cell" '
        f'style:parent-style-name="{parent}">{"".join(parts)}</style:style>'
    )


def ink(text):
    return f'<style:text-properties fo:color="{text}"/>'


def ground(text):
    return f'<style:table-cell-properties fo:background-color="{text}"/>'


@pytest.mark.parametrize(
    ("style", "reason"),
    [
        (styled(ink("#ffffff")), SAME_COLOUR),
        (styled(ink("#0000ff"), ground("#0000ff")), SAME_COLOUR),
        (styled('<style:text-properties fo:font-size="1pt"/>'), TINY),
        (styled(ink("#ffffff"), ground("#0000ff")), ""),
        (styled(ink("#ffffff"), parent="ce1"), SAME_COLOUR),
        (styled(ground("transparent")), ""),
    ],
)
@pytest.mark.parametrize("where", ["cell", "row", "column"])
def test_in_an_ods(style, reason, where):
    names = dict.fromkeys(("cell", "row", "column"), "")
    names[where] = "ce1"
    tables = (
        f'<table:table table:name="表"><table:table-column table:number-columns-repeated="2" '
        f'table:default-cell-style-name="{names["column"]}"/>'
        f'<table:table-row table:default-cell-style-name="{names["row"]}">'
        f'<table:table-cell table:style-name="{names["cell"]}" office:value-type="float" '
        'office:value="90"/></table:table-row></table:table>'
    )
    unseen = read_book(ods(tables, styles=style), "x.ods").sheets[0].unseen
    assert unseen == ({(1, 1): reason} if reason else {})


def test_rows_and_columns_of_an_ods_of_a_hairs_breadth_are_hidden():
    styles = (
        '<style:style style:name="ro1" style:family="table-row">'
        '<style:table-row-properties style:row-height="0.2mm"/></style:style>'
        '<style:style style:name="co1" style:family="table-column">'
        '<style:table-column-properties style:column-width="0.01in"/></style:style>'
    )
    cell = '<table:table-cell office:value-type="float" office:value="90"/>'
    tables = (
        '<table:table table:name="表"><table:table-column/><table:table-column '
        f'table:style-name="co1"/><table:table-row>{cell}{cell}</table:table-row>'
        f'<table:table-row table:style-name="ro1">{cell}{cell}</table:table-row></table:table>'
    )
    sheet = read_book(ods(tables, styles=styles), "x.ods").sheets[0]
    assert (sheet.hidden_rows, sheet.hidden_columns) == ({2}, {2})
