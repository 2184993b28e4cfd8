"""What programs write into packages, read by our reader; hand-written where no library writes
it.
"""

import io
from datetime import datetime
from xml.sax.saxutils import quoteattr

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.formula.translate import Translator

from evalbatch.sheets import read_book
from evalbatch.sheets.book import Cell, ErrorValue, Merge
from evalbatch.sheets.worksheet import shift
from sheets import packages


def cells(data):
    return read_book(data, "文件.xlsx").sheets[0].cells


def value(data, row=1, column=1):
    return cells(data)[row, column].value


def test_an_escaped_escape_is_undone_once_in_a_cell_too():
    row = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>_x005F_x0041_</t></is></c><c r="B1" t="str">'
        "<v>_x005F_x0041_</v></c></row>"
    )
    assert [cell.value for cell in cells(packages.zipped(packages.parts(row))).values()] == [
        "_x0041_",
        "_x0041_",
    ]


ROW = '<row r="1"><c r="A1" t="{}">{}</c></row>'


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("<si><t>绩效</t></si>", "绩效"),
        ('<si><t xml:space="preserve"> 前后有空格 </t></si>', " 前后有空格 "),
        ("<si><r><t>预算</t></r><r><rPr><b/></rPr><t>执行率</t></r></si>", "预算执行率"),
        (
            '<si><t>北京</t><rPh sb="0" eb="2"><t>ペキン</t></rPh><phoneticPr fontId="1"/></si>',
            "北京",
        ),
        ("<si><t>一_x000D_\n二</t></si>", "一\n二"),
        ("<si><t>_x0041_&lt;&amp;&#8805;</t></si>", "A<&≥"),
        ("<si><t>铃_x0007_声</t></si>", "铃声"),
        ("<si><t>_x005F_x0041_</t></si>", "_x0041_"),
        ("<si><t>_xD83D__xDE00_</t></si>", "😀"),
        ("<si><t>_xD83D_孤</t></si>", "\ufffd孤"),
        ("<si><t><![CDATA[a<b]]></t></si>", "a<b"),
    ],
)
def test_a_shared_string_reads_as_a_person_sees_it(item, text):
    assert value(packages.book(ROW.format("s", "<v>0</v>"), strings=item)) == text


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("n", "<v>12.50</v>", 12.5),
        ("n", "<v>1E3</v>", 1000),
        ("n", "<v>-3</v>", -3),
        ("b", "<v>1</v>", True),
        ("b", "<v>0</v>", False),
        ("e", "<v>#DIV/0!</v>", "#DIV/0!"),
        ("str", "<f>A2</f><v>文字</v>", "文字"),
        ("str", "<f>IF(A2,1,&quot;&quot;)</f><v></v>", ""),
        ("inlineStr", "<is><r><t>行</t></r><r><t>内</t></r></is>", "行内"),
        ("d", "<v>2021-12-31T00:00:00Z</v>", datetime.fromisoformat("2021-12-31")),
        ("n", "<f>SUM(A2:A9)</f>", None),
        ("n", "<f>SUM(A2:A9)</f><v/>", None),
        ("n", "<f>SUM(A2:A9)</f><v></v>", None),
    ],
)
def test_every_cell_type_reads_to_its_value(kind, body, expected):
    found = value(packages.book(ROW.format(kind, body)))
    assert (found, type(found) is bool) == (expected, type(expected) is bool)
    assert isinstance(found, ErrorValue) is (kind == "e")


def test_stored_digits_of_a_number_are_kept():
    assert (
        cells(packages.book(ROW.format("n", "<v>0.10000000000000001</v>")))[1, 1].number
        == "0.10000000000000001"
    )


def test_a_blank_formatted_cell_is_no_cell_and_a_formula_without_value_is_one():
    data = packages.book('<row r="1"><c r="A1" s="0"/><c r="B1"><f>A1</f></c></row>')
    assert cells(data) == {(1, 2): Cell(None, "", "General", "A1")}


@pytest.mark.parametrize(
    ("code", "serial", "expected"),
    [
        ("yyyy-mm-dd", "44561", datetime.fromisoformat("2021-12-31")),
        ('yyyy"年"m"月"d"日"', "44561.5", datetime.fromisoformat("2021-12-31T12:00:00")),
        ("[$-804]aaaa;@", "44561", datetime.fromisoformat("2021-12-31")),
        ("[DBNum1][$-804]yyyy年m月d日", "44561", datetime.fromisoformat("2021-12-31")),
        ("mmm-yy", "1", datetime.fromisoformat("1900-01-01")),
        ("0.00%", "0.5", 0.5),
        ('0"dmy"', "44561", 44561),
        ("[Red]0.00", "44561", 44561),
        ("0.00E+00", "44561", 44561),
        ("[h]:mm", "44561", 44561),
        ("h:mm", "0.5", 0.5),
        ("General", "44561", 44561),
    ],
)
def test_only_formats_that_show_a_date_make_a_date(code, serial, expected):
    formats = f'<numFmts><numFmt numFmtId="200" formatCode={quoteattr(code)}/></numFmts>'
    data = packages.book(
        f'<row r="1"><c r="A1"><v>{serial}</v></c></row>',
        formats=formats,
        styles='<xf numFmtId="200"/>',
    )
    cell = cells(data)[1, 1]
    assert (cell.value, cell.format, cell.number) == (expected, code, serial)


@pytest.mark.parametrize("number", [14, 22, 27, 31, 57, 58])
def test_builtin_dates_of_chinese_excel_are_dates(number):
    data = packages.book(
        '<row r="1"><c r="A1" s="0"><v>44561</v></c></row>', styles=f'<xf numFmtId="{number}"/>'
    )
    assert value(data) == datetime.fromisoformat("2021-12-31")


def test_the_1904_date_system_counts_from_1904():
    data = packages.book(
        '<row r="1"><c r="A1" s="0"><v>43099</v></c></row>',
        settings='<workbookPr date1904="1"/>',
        styles='<xf numFmtId="14"/>',
    )
    assert value(data) == datetime.fromisoformat("2021-12-31")


def test_strict_documents_read_like_transitional_ones():
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>2</v></c></row>'
    options = {"strings": "<si><t>严格</t></si>"}
    strict = packages.book(rows, main=packages.STRICT_MAIN, link=packages.STRICT_LINK, **options)
    assert (
        cells(strict)
        == cells(packages.book(rows, **options))
        == {(1, 1): Cell("严格"), (1, 2): Cell(2, "2")}
    )


def test_prefixed_namespaces_do_not_matter():
    made = packages.parts()
    made["xl/worksheets/sheet1.xml"] = (
        f'<x:worksheet xmlns:x="{packages.MAIN}"><x:sheetData><x:row r="2" hidden="1">'
        '<x:c r="C2" t="str"><x:v>前缀</x:v></x:c></x:row>'
        '</x:sheetData><x:mergeCells><x:mergeCell ref="C2:D3"/></x:mergeCells></x:worksheet>'
    )
    made["xl/workbook.xml"] = (
        f'<x:workbook xmlns:x="{packages.MAIN}" xmlns:rel="{packages.LINK}"><x:sheets>'
        '<x:sheet name="表" sheetId="1" rel:id="rId1"/></x:sheets></x:workbook>'
    )
    sheet = read_book(packages.zipped(made), "x").sheets[0]
    assert (sheet.cells, sheet.merges, sheet.hidden_rows) == (
        {(2, 3): Cell("前缀")},
        [Merge(2, 3, 3, 4)],
        {2},
    )


def test_parts_are_found_wherever_relationships_point():
    made = packages.parts(
        '<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings="<si><t>别处</t></si>"
    )
    moved = {
        "_rels/.rels": str(made["_rels/.rels"]).replace("xl/workbook.xml", "/Buch/Mappe.xml"),
        "buch/mappe.xml": made["xl/workbook.xml"],
        "Buch/_rels/Mappe.xml.rels": str(made["xl/_rels/workbook.xml.rels"])
        .replace("worksheets/sheet1.xml", "..\\tab\\Blatt%201.xml")
        .replace("sharedStrings.xml", "/Texte/T.XML"),
        "tab\\blatt 1.xml": made["xl/worksheets/sheet1.xml"],
        "texte/t.xml": made["xl/sharedStrings.xml"],
    }
    assert value(packages.zipped(moved)) == "别处"


def test_rows_and_cells_without_address_follow_the_one_before():
    data = packages.book(
        '<row><c><v>1</v></c><c/><c><v>3</v></c></row><row r="5"><c r="B5"><v>4</v></c>'
        "<c><v>5</v></c></row><row><c><v>6</v></c></row>"
    )
    assert {where: cell.value for where, cell in cells(data).items()} == {
        (1, 1): 1,
        (1, 3): 3,
        (5, 2): 4,
        (5, 3): 5,
        (6, 1): 6,
    }


def test_a_dependent_of_a_shared_formula_has_its_own_text():
    rows = (
        '<row r="1"><c r="C1"><f t="shared" ref="C1:C3" si="0">A1*$B$1+SUM(表!A1:B1)</f><v>'
        "1</v></c></row>"
        '<row r="3"><c r="C3"><f t="shared" si="0"/><v>2</v></c></row>'
    )
    assert cells(packages.book(rows))[3, 3].formula == "A3*$B$1+SUM(表!A3:B3)"


@given(
    formula=st.sampled_from(
        [
            "A1+B2",
            "$A1*B$2",
            "SUM(A:C)",
            "SUM($1:3)",
            '"A1"&B1',
            "LOG10(A1)",
            "'A1 表'!B2+1",
            "IF(A1>=0.9,1,A2)",
            "名称+C3",
        ]
    ),
    rows=st.integers(0, 40),
    columns=st.integers(0, 40),
)
def test_shifting_agrees_with_openpyxl(formula, rows, columns):
    target = openpyxl.utils.get_column_letter(10 + columns) + str(10 + rows)
    assert (
        shift(formula, rows, columns)
        == Translator(f"={formula}", "J10").translate_formula(target)[1:]
    )


def test_hidden_rows_columns_and_sheets_are_seen():
    output = io.BytesIO()
    book = xlsxwriter.Workbook(output)
    first, second, third = (book.add_worksheet(name) for name in ("甲", "乙", "丙"))
    for sheet in (first, second, third):
        for row in range(5):
            for column in range(5):
                sheet.write_number(row, column, row)
    first.set_row(2, None, None, {"hidden": True})
    first.set_row(3, 0)
    first.set_column(1, 2, None, None, {"hidden": True})
    second.hide()
    third.very_hidden()
    book.close()
    found = read_book(output.getvalue(), "x").sheets
    assert [sheet.hidden for sheet in found] == [False, True, True]
    assert (found[0].hidden_rows, found[0].hidden_columns) == ({3, 4}, {2, 3})


def test_names_stamp_and_time_of_change_are_read():
    output = io.BytesIO()
    book = xlsxwriter.Workbook(output)
    book.set_properties({"created": datetime.fromisoformat("2021-03-04T05:06:07")})
    book.set_custom_property("evalbatch", "self_evaluation;2")
    book.add_worksheet("表一").write_string(0, 0, "甲")
    book.define_name("总分", "=表一!$A$1")
    book.define_name("表一!局部", "=表一!$B$1")
    book.close()
    found = read_book(output.getvalue(), "x")
    assert found.properties == {"evalbatch": "self_evaluation;2"}
    assert found.names == {"总分": "表一!$A$1", "表一!局部": "表一!$B$1"}
    assert found.modified == datetime.fromisoformat("2021-03-04T05:06:07")


@pytest.mark.parametrize(
    ("part", "variant"),
    [
        ("xl/vbaProject.bin", "macros"),
        ("xl/externalLinks/externalLink1.xml", "links"),
        ("xl/embeddings/oleObject1.bin", "embedded"),
    ],
)
def test_what_could_run_or_reach_out_is_observed_and_left_alone(part, variant):
    data = packages.zipped({**packages.parts(), part: "<x/>"})
    assert [(item.code, item.variant) for item in read_book(data, "x").observations] == [
        ("F09", variant)
    ]


VALUES = st.one_of(
    st.integers(-(10**12), 10**12),
    st.integers(-(10**14), 10**14).map(lambda digits: digits / 1000),
    st.text(
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
        min_size=1,
        max_size=20,
    ),
    st.booleans(),
    st.datetimes(datetime.fromisoformat("1901-01-01"), datetime.fromisoformat("2100-01-01")).map(
        lambda moment: moment.replace(microsecond=0)
    ),
)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.tuples(st.integers(1, 40), st.integers(1, 30)), VALUES, max_size=15))
def test_what_openpyxl_writes_reads_back(content):
    book = openpyxl.Workbook()
    sheet = book.active
    for (row, column), item in content.items():
        cell = sheet.cell(row, column)
        cell.value = item
        if isinstance(item, str):
            cell.data_type = "s"
    output = io.BytesIO()
    book.save(output)
    found = {where: cell.value for where, cell in cells(output.getvalue()).items()}
    escaped = {
        where: item
        for where, item in content.items()
        if not (isinstance(item, str) and "_x" in item)
    }
    assert {where: found[where] for where in escaped} == escaped


def test_plain_form_and_tree_read_the_same():
    rows = (
        '<row r="1" spans="1:3"><c r="A1" s="0" t="s"><v>0</v></c><c r="B1"><f>A2&amp;"x"</f>'
        "<v>3.5</v></c>"
        '<c r="C1" s="0"/></row>'
        '<row r="2" hidden="1" ht="15"><c r="A2" t="b"><v>1</v></c><c r="B2" t="e"><f>1/0</f>'
        "<v>#DIV/0!</v></c></row>"
        '<row r="3" ht="0" customHeight="1"><c r="A3" t="str"><f>B3</f><v>&#x4e2d;&gt;</v></c>'
        '<c r="C3"><f>C4</f><v></v></c></row>'
    )
    plain = packages.parts(rows, strings="<si><t>甲&amp;乙</t></si>")
    tree = dict(plain)
    tree["xl/worksheets/sheet1.xml"] = str(plain["xl/worksheets/sheet1.xml"]).replace(
        "<sheetData>", "<sheetData ><!-- 注 -->"
    )
    first, second = (read_book(packages.zipped(made), "x").sheets[0] for made in (plain, tree))
    assert first == second
    assert first.cells[1, 2] == Cell(3.5, "3.5", "General", 'A2&"x"')
    assert first.cells[3, 1].value == "中>"
    assert first.hidden_rows == {2, 3}


def test_a_formula_without_value_is_an_empty_text_where_the_program_stored_other_results():
    empty = '<c r="A1"><f>IF(B9&gt;0,1,"")</f></c>'
    stored = '<c r="B1"><f>1+1</f><v>2</v></c>'
    other = '<c r="C1"><f>SUM(B9:B10)</f></c>'
    row = '<row r="1">{}</row>'
    sheet = read_book(packages.book(row.format(empty + stored + other)), "x.xlsx").sheets[0]
    assert (sheet.cells[1, 1].value, sheet.cells[1, 3].value) == ("", None)
    sheet = read_book(packages.book(row.format(empty + other)), "x.xlsx").sheets[0]
    assert (sheet.cells[1, 1].value, sheet.cells[1, 3].value) == (None, None)


def test_an_escaped_line_end_before_a_line_end_is_one():
    strings = "<si><t>甲_x000D_\r\n乙</t></si>"
    row = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
    assert (
        read_book(packages.book(row, strings=strings), "x").sheets[0].cells[1, 1].value == "甲\n乙"
    )
