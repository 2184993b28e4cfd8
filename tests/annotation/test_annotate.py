"""The annotated copy: what it adds, and that it touches nothing else."""

import io
import subprocess
from datetime import date

import openpyxl
import pytest
import xlsxwriter
import xlwt
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from sheets import packages

from annotation.structure import check, parts
from evalbatch.annotated.copy import annotate
from evalbatch.model.finding import Finding, Severity, Waiver
from evalbatch.model.place import Place
from evalbatch.sheets import read_book

NAME = "外事办/自评表.xlsx"
ERROR, WARNING, NOTE = Severity


def finding(
    severity, *cells, code="S01", sheet="自评表", waiver=None, found="5", message="得分5超过分值3"
):
    places = tuple(Place(NAME, sheet, *cell) for cell in cells) or (Place(NAME),)
    return Finding(
        code,
        severity,
        "得分",
        message,
        places,
        found,
        "0至3",
        "财预〔2020〕10号",
        "请改正得分。",
        waiver,
    )


def sample():
    """A workbook with what a sender may have: formulas with values, a picture, a text box, a
    drop-down, a comment, protection.
    """
    output = io.BytesIO()
    book = xlsxwriter.Workbook(output)
    bold = book.add_format(
        {"bold": True, "num_format": "0.00%", "border": 1, "bg_color": "#CCFFCC"}
    )
    sheet = book.add_worksheet("自评表")
    other = book.add_worksheet("明细")
    hidden = book.add_worksheet("字典")
    hidden.hide()
    sheet.write_string("A1", "项目支出绩效自评表")
    sheet.write_number("B2", 0.645, bold)
    sheet.write_formula("C3", "=SUM(B2:B2)", None, 0.645)
    sheet.merge_range("D4:E5", "合并", bold)
    sheet.write_comment("A1", "处长的批注", {"author": "张"})
    sheet.insert_textbox("H2", "说明文字")
    sheet.data_validation("C6", {"validate": "list", "source": ["优", "良"]})
    sheet.protect("密码")
    other.write_string("A1", "明细")
    other.print_area("A1:C3")
    book.define_name("明细!局部", "=明细!$A$1")
    other.activate()
    book.close()
    return output.getvalue()


def load(data):
    return openpyxl.load_workbook(io.BytesIO(data))


def colour(cell):
    return cell.fill.fgColor.rgb if cell.fill.patternType == "solid" else None


FINDINGS = [
    finding(NOTE, code="D05"),
    finding(WARNING, (3, 3), (9, 7), code="S07"),
    finding(ERROR, (2, 2)),
    finding(ERROR, (3, 3), code="S05"),
]


def test_cells_in_question_are_filled_by_severity_and_keep_their_other_formatting():
    before, after = load(sample())["自评表"], load(annotate(sample(), NAME, FINDINGS))["自评表"]
    colours = [colour(after[address]) for address in ("B2", "C3", "G9")]
    assert colours[0] == colours[1]
    assert len(set(colours)) == 2
    assert (after["B2"].font.b, after["B2"].number_format, after["B2"].border.left.style) == (
        True,
        "0.00%",
        "thin",
    )
    assert colour(after["A1"]) == colour(before["A1"])


def test_comments_say_what_is_wrong_and_what_to_do_beside_those_already_there():
    sheet = load(annotate(sample(), NAME, [*FINDINGS, finding(ERROR, (1, 1), code="B01")]))[
        "自评表"
    ]
    assert "S01 错误：得分5超过分值3" in sheet["B2"].comment.text
    assert "请改正得分。" in sheet["B2"].comment.text
    assert sheet["C3"].comment.text.index("S05 错误") < sheet["C3"].comment.text.index("S07 警告")
    assert sheet["A1"].comment.text.startswith("处长的批注")
    assert "B01" in sheet["A1"].comment.text


def test_the_first_sheet_lists_findings_gravest_first_with_links_and_boxes():
    book = load(annotate(sample(), NAME, FINDINGS))
    sheet = book.worksheets[0]
    assert (book.sheetnames, book.active.title) == (["审核意见", "自评表", "明细", "字典"], "明细")
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    assert [(row[0], row[1]) for row in rows] == [
        ("S01", "错误"),
        ("S05", "错误"),
        ("S07", "警告"),
        ("D05", "提示"),
    ]
    assert rows[0] == [
        "S01",
        "错误",
        "得分5超过分值3",
        "自评表!B2",
        "5",
        "0至3",
        "请改正得分。",
        "☐",
    ]
    assert rows[2][3] == "自评表!C3；\n自评表!G9"
    assert [
        sheet.cell(row, 4).hyperlink.location if sheet.cell(row, 4).hyperlink else None
        for row in range(5, 9)
    ] == [
        "'自评表'!B2",
        "'自评表'!C3",
        "'自评表'!C3",
        None,
    ]
    assert [(item.formula1, str(item.sqref)) for item in sheet.data_validations.dataValidation] == [
        ('"☐,☑"', "H5:H8")
    ]
    assert len({colour(sheet.cell(row, 2)) for row in (5, 7, 8)}) == 3


def test_a_waived_finding_is_listed_last_with_who_and_why_and_marks_no_cell():
    waiver = Waiver("项目", "S01", "王处长", date(2020, 3, 1), "经批准调整", date(2020, 12, 31))
    book = load(
        annotate(
            sample(),
            NAME,
            [finding(ERROR, (2, 2), waiver=waiver), finding(NOTE, (3, 3), code="F10")],
        )
    )
    last = [cell.value for cell in book.worksheets[0][6]]
    assert last[:2] == ["S01", "已豁免"]
    assert all(word in last[6] for word in ("王处长", "2020-03-01", "经批准调整", "2020-12-31"))
    assert last[7] is None
    assert book["自评表"]["B2"].comment is None
    assert colour(book["自评表"]["B2"]) == "FFCCFFCC"


CHANGED = {
    *(
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "xl/worksheets/sheet1.xml",
    ),
    *("xl/comments1.xml", "xl/drawings/vmlDrawing1.vml"),
}


def test_every_other_part_is_byte_identical():
    before, after = parts(sample()), check(annotate(sample(), NAME, FINDINGS))
    assert set(after) - set(before) == {"xl/worksheets/review1.xml"}
    assert {name for name in before if before[name] != after.get(name)} <= CHANGED


def test_nothing_that_the_sender_filled_in_changes_for_the_reader():
    data = sample()
    before, after = read_book(data, NAME), read_book(annotate(data, NAME, FINDINGS), NAME)
    assert [(sheet.name, sheet.hidden, sheet.merges) for sheet in after.sheets] == [
        (sheet.name, sheet.hidden, sheet.merges) for sheet in before.sheets
    ]
    assert [sheet.cells for sheet in after.sheets] == [sheet.cells for sheet in before.sheets]


def test_protection_validation_and_scoped_names_stay_where_they_were():
    book = load(annotate(sample(), NAME, FINDINGS))
    assert book["自评表"].protection.sheet
    assert [str(item.sqref) for item in book["自评表"].data_validations.dataValidation] == ["C6"]
    assert "局部" in book["明细"].defined_names
    assert book["明细"].print_area == "'明细'!$A$1:$C$3"


def test_the_workbook_opens_on_the_review_when_the_open_sheet_is_changed_anyway():
    book = load(annotate(sample(), NAME, [finding(ERROR, (1, 1), sheet="明细")]))
    assert book.active.title == "审核意见"
    assert [sheet.title for sheet in book.worksheets if sheet.sheet_view.tabSelected] == [
        "审核意见"
    ]


def test_same_input_gives_same_bytes():
    data = sample()
    assert annotate(data, NAME, FINDINGS) == annotate(data, NAME, FINDINGS)


def test_a_place_under_a_merge_marks_the_corner_that_shows():
    sheet = load(annotate(sample(), NAME, [finding(ERROR, (5, 5))]))["自评表"]
    assert sheet["D4"].comment is not None
    assert colour(sheet["D4"]) != "FFCCFFCC"


def test_places_in_other_files_and_on_unknown_sheets_mark_nothing():
    places = (Place("别处.xlsx", "自评表", 2, 2), Place(NAME, "没有的表", 2, 2))
    other = Finding("D01", WARNING, "重复", "与别处重复", places, "", "", "", "请核对。")
    after = check(annotate(sample(), NAME, [other]))
    assert after["xl/worksheets/sheet1.xml"] == parts(sample())["xl/worksheets/sheet1.xml"]


def test_a_copy_handed_in_again_is_marked_afresh_and_not_on_top():
    once = annotate(sample(), NAME, FINDINGS)
    twice = annotate(once, NAME, [finding(WARNING, (4, 4), code="B02")])
    check(twice)
    book = load(twice)
    sheet = book["自评表"]
    assert book.sheetnames == ["审核意见", "自评表", "明细", "字典"]
    assert [row[0].value for row in book.worksheets[0].iter_rows(min_row=5)] == ["B02"]
    assert (sheet["B2"].comment, sheet["C3"].comment, sheet["A1"].comment.text) == (
        None,
        None,
        "处长的批注",
    )
    assert (colour(sheet["B2"]), colour(sheet["C3"]), colour(sheet["G9"])) == (
        "FFCCFFCC",
        None,
        None,
    )
    assert "B02" in sheet["D4"].comment.text


def test_a_sheet_of_the_sender_with_our_title_stays():
    book = openpyxl.Workbook()
    book.active.title = "审核意见"
    book.active["A1"] = "领导意见"
    output = io.BytesIO()
    book.save(output)
    data = annotate(output.getvalue(), NAME, FINDINGS)
    assert load(data).sheetnames == ["审核意见2", "审核意见"]
    assert [sheet.name for sheet in read_book(data, NAME).sheets] == ["审核意见"]


@pytest.mark.parametrize(
    "text",
    ["=HYPERLINK(1)", "+1", "]]>&lt;<b>", "\x07\x1f铃", "a" * 40_000, "{{ 7*7 }}", "_x0041_"],
)
def test_texts_stay_texts_whatever_they_hold(text):
    data = annotate(sample(), NAME, [finding(ERROR, (2, 2), found=text, message=text)])
    check(data)
    cell = load(data).worksheets[0]["E5"]
    assert cell.data_type == "s"


def test_packages_of_openpyxl_with_comments_and_fills_hold_together():
    book = openpyxl.Workbook()
    book.active.title = "自评表"
    book.active["B2"] = 5
    book.active["B2"].comment = Comment("原有", "李")
    book.active["C3"].fill = PatternFill("solid", fgColor="FF00FF00")
    output = io.BytesIO()
    book.save(output)
    after = annotate(output.getvalue(), NAME, FINDINGS)
    check(after)
    assert load(after)["自评表"]["B2"].comment.text.startswith("原有")
    assert colour(load(annotate(after, NAME, []))["自评表"]["C3"]) == "FF00FF00"


@pytest.mark.filterwarnings("ignore:Workbook contains no default style")
def test_a_bare_package_without_addresses_gets_what_it_lacks():
    rows = "<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>"
    made = packages.parts(rows)
    data = packages.zipped(made)
    after = annotate(data, NAME, [finding(ERROR, (1, 2), (5, 3), sheet="表")])
    sheet = load(after)["表"]
    assert [sheet[address].value for address in ("A1", "B1", "A2")] == [1, 2, 3]
    assert colour(sheet["B1"]) == colour(sheet["C5"]) is not None


def test_a_strict_package_stays_strict():
    rows = '<row r="1"><c r="A1"><v>1</v></c></row>'
    data = packages.book(rows, main=packages.STRICT_MAIN, link=packages.STRICT_LINK)
    after = annotate(data, NAME, [finding(ERROR, (1, 1), sheet="表")])
    assert read_book(after, NAME).sheets == read_book(data, NAME).sheets
    assert not any(packages.MAIN.encode() in part for part in parts(after).values())
    assert sum(packages.STRICT_LINK.encode() in part for part in parts(after).values()) >= 4


def test_a_package_that_declares_each_part_by_name_gets_types_for_the_new_ones():
    made = packages.parts('<row r="1"><c r="A1"><v>1</v></c></row>')
    default = (
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    )
    named = default.replace("Default Extension", "Override PartName")
    overrides = "".join(
        named.replace('"rels"', f'"/{name}"') for name in made if name.endswith(".rels")
    )
    made["[Content_Types].xml"] = str(made["[Content_Types].xml"]).replace(default, overrides)
    check(annotate(packages.zipped(made), NAME, [finding(ERROR, (1, 1), sheet="表")]))


def xls():
    book = xlwt.Workbook()
    book.add_sheet("自评表").write(0, 0, 1)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


@pytest.mark.parametrize(
    "data", [xls(), b"", b"PK\3\4 broken", "文本".encode()], ids=["xls", "empty", "damaged", "text"]
)
def test_what_cannot_be_annotated_gets_a_review_sheet_of_its_own(data):
    first, second = annotate(data, NAME, FINDINGS), annotate(data, NAME, FINDINGS)
    assert first == second
    check(first)
    sheet = load(first).active
    assert sheet.title == "审核意见"
    assert [row[0].value for row in sheet.iter_rows(min_row=5)] == ["S01", "S05", "S07", "D05"]


@pytest.mark.office
def test_libreoffice_opens_the_copy_and_keeps_the_values(tmp_path):
    path = tmp_path / "copy.xlsx"
    path.write_bytes(annotate(sample(), NAME, FINDINGS))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [
        "soffice",
        "--headless",
        profile,
        "--convert-to",
        "ods",
        "--outdir",
        str(tmp_path),
        str(path),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    book = read_book((tmp_path / "copy.ods").read_bytes(), "x")
    assert [sheet.name for sheet in book.sheets] == ["自评表", "明细", "字典"]
    assert book.sheets[0].cells[2, 2].number == "0.645"


def test_a_copy_of_a_package_without_styles_opens_elsewhere():
    made = packages.parts('<row r="1"><c r="A1"><v>5</v></c></row>')
    del made["xl/styles.xml"]
    links = "xl/_rels/workbook.xml.rels"
    made[links] = "".join(line for line in made[links].splitlines() if "styles.xml" not in line)
    copy = annotate(packages.zipped(made), NAME, [finding(ERROR, (1, 1), sheet="表")])
    assert colour(load(copy)["表"]["A1"]) is not None
