"""The roster and the waivers: read as a whole, every fault with its cell."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from evalbatch.cycle import registers, roster, waivers
from evalbatch.cycle.register_workbook import build
from evalbatch.errors import SettingsFault
from evalbatch.model.finding import Waiver
from evalbatch.standards.form import FormSpec
from evalbatch.standards.form_library import load_forms

HEADER = [
    "序号",
    "主管部门",
    "实施单位",
    "项目名称",
    "报送表",
    "预算金额（万元）",
    "联系邮箱",
    "报送截止日",
    "备注",
]
WAIVERS = ["序号", "项目名称", "问题编号", "批准人", "批准日期", "豁免理由", "有效期至"]
START = date(2026, 1, 1)


FORMS = load_forms()
SELF = "项目支出绩效自评表"
GOOD = [
    1,
    "交通局",
    "公路中心",
    "农村公路养护",
    SELF,
    465.47,
    "a@example.gov.cn；b@example.gov.cn",
    "2027年3月31日",
    None,
]


def workbook(folder: Path, *rows: list[object], name: str = "名册.xlsx") -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    path = folder / name
    book.save(path)
    return path


def faults(path: Path) -> list[str]:
    with pytest.raises(SettingsFault) as caught:
        roster.load(path, FORMS, start=START)
    return [str(fault) for fault in caught.value.faults]


def test_a_line_is_read_with_its_place(tmp_path: Path) -> None:
    (entry,) = roster.load(workbook(tmp_path, ["名册"], HEADER, GOOD), FORMS, start=START).entries
    assert (entry.department, entry.unit, entry.project) == ("交通局", "公路中心", "农村公路养护")
    assert entry.form == "self_evaluation"
    assert entry.budget == Decimal("465.47")
    assert entry.contacts == ("a@example.gov.cn", "b@example.gov.cn")
    assert entry.deadline == date(2027, 3, 31)
    assert (entry.place.file, entry.place.cell) == ("名册.xlsx", "D3")


def test_a_form_may_be_named_by_its_id_and_a_deadline_comes_from_the_settings(
    tmp_path: Path,
) -> None:
    row = [1, "交通局", "公路中心", "甲", "self_evaluation", None, None, None, None]
    (entry,) = roster.load(
        workbook(tmp_path, HEADER, row), FORMS, deadline=date(2027, 4, 1)
    ).entries
    assert (entry.form, entry.deadline, entry.budget, entry.contacts) == (
        "self_evaluation",
        date(2027, 4, 1),
        None,
        (),
    )


def test_an_office_needs_no_project_but_a_project_form_does(tmp_path: Path) -> None:
    office = [1, "省府办", "综合处", None, "年度绩效管理指标节点表", None, None, None, None]
    (entry,) = roster.load(workbook(tmp_path, HEADER, office), FORMS).entries
    assert (entry.project, entry.unit, entry.place.cell) == ("", "综合处", "C2")
    bare = [1, "省府办", None, None, "年度绩效管理指标节点表", None, None, None, None]
    assert faults(
        workbook(
            tmp_path,
            HEADER,
            bare,
            [2, "局", "中心", None, "项目支出绩效自评表", None, None, None, None],
            [3, "局", "中心", None, "部门整体支出绩效自评表", None, None, None, None],
        )
    ) == [
        (
            "名册.xlsx Sheet!C2：报送“年度绩效管理指标节点表”时，“实施单位（处室）”必填；"
            "这种表没有项目名称，项目名称不填"
        ),
        "名册.xlsx Sheet!D3：报送“项目支出绩效自评表”时，“项目名称”必填",
        (
            "名册.xlsx Sheet!D4：报送“部门整体支出绩效自评表”时，“项目名称”必填；"
            "这种表中是“评价对象”，一般为“部门整体支出”"
        ),
    ]


def test_every_fault_is_said_at_once_with_its_cell(tmp_path: Path) -> None:
    path = workbook(
        tmp_path,
        HEADER,
        GOOD,
        [
            2,
            "交通局",
            "公路 中心",
            "农村公路养护（修改版）",
            SELF,
            "四百万",
            "不是邮箱；c@example.cn",
            "2025-01-01",
            None,
        ],
        [3, None, "中心", "乙", "项目支出自评", -5, None, "2027-13-40", None],
    )
    assert faults(path) == [
        "名册.xlsx Sheet!D3：现为“农村公路养护（修改版）”，应为每个项目只登记一次（与第2行重复）",
        "名册.xlsx Sheet!F3：现为“四百万”，应为以万元为单位的数字",
        "名册.xlsx Sheet!G3：现为“不是邮箱”，应为电子邮箱地址，如 jixiao@example.gov.cn",
        "名册.xlsx Sheet!H3：现为“2025-01-01”，应为不早于评价期开始日 2026-01-01 的日期",
        "名册.xlsx Sheet!B4：“主管部门”必填",
        (
            "名册.xlsx Sheet!E4：现为“项目支出自评”，"
            "应为已有的报送表之一（最接近的是“项目支出绩效自评表”）"
        ),
        "名册.xlsx Sheet!F4：现为“-5”，应为不小于 0 的数字",
        "名册.xlsx Sheet!H4：现为“2027-13-40”，应为日期，如 2027-03-31",
    ]


def test_a_department_merged_over_its_projects_is_each_ones_department(tmp_path: Path) -> None:
    path = workbook(
        tmp_path, HEADER, GOOD, [2, None, "公路中心", "桥梁加固", SELF, 10, None, None, None]
    )
    book = openpyxl.load_workbook(path)
    book.active.merge_cells("B2:B3")
    book.save(path)
    assert [entry.department for entry in roster.load(path, FORMS).entries] == ["交通局", "交通局"]


def test_a_renamed_column_is_named_with_what_comes_nearest(tmp_path: Path) -> None:
    header = [*HEADER[:3], "项目名字", *HEADER[4:]]
    (line,) = faults(workbook(tmp_path, header, GOOD))
    assert line == "名册.xlsx Sheet 第1行：缺少列“项目名称”（最接近的表头是“项目名字”）"


def test_a_formula_without_a_value_is_not_taken_for_a_blank(tmp_path: Path) -> None:
    (line,) = faults(workbook(tmp_path, HEADER, [*GOOD[:5], "=1+1", *GOOD[6:]]))
    assert "公式没有保存结果" in line


@pytest.mark.parametrize("data", [b"", b"text", b"PK\x03\x04broken"])
def test_a_file_that_is_no_workbook_is_one_fault(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "名册.xlsx"
    path.write_bytes(data)
    assert len(faults(path)) == 1


def test_a_file_that_is_not_there_or_holds_another_table_is_one_fault(tmp_path: Path) -> None:
    assert "读不到" in faults(tmp_path / "没有.xlsx")[0]
    assert "没有找到项目名册的表头" in faults(workbook(tmp_path, ["甲", "乙"], [1, 2]))[0]


@pytest.mark.parametrize("name", ["roster", "waivers"])
def test_our_own_empty_register_reads_without_a_fault_and_its_examples_are_not_read(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / f"{name}.xlsx"
    path.write_bytes(build(name, "说明", {"form" if name == "roster" else "code": ["甲"]}))
    assert registers.read(path, name) == ([], [])
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert sheet["A4"].value == "示例"


def test_the_empty_roster_has_drop_downs_checks_and_is_the_same_bytes_twice() -> None:
    first, second = (
        build("roster", "说明", {"form": ["甲", "乙"]}, ("department", "project")) for _ in range(2)
    )
    assert first == second
    sheet = openpyxl.load_workbook(BytesIO(first)).worksheets[0]
    kinds = {rule.type for rule in sheet.data_validations.dataValidation}
    assert {"list", "decimal", "date"} <= kinds
    assert sheet.freeze_panes == "A4"


def test_waivers_are_read_and_their_faults_said(tmp_path: Path) -> None:
    good = [1, "农村公路养护", "x02", "绩效科", "2027-03-20", "年底下达", "2027-12-31"]
    path = workbook(
        tmp_path, WAIVERS, ["示例", "例", "X99", None, None, None, None], good, name="豁免.xlsx"
    )
    assert waivers.load(path, {"X02"}) == (
        Waiver("农村公路养护", "X02", "绩效科", date(2027, 3, 20), "年底下达", date(2027, 12, 31)),
    )
    bad = [2, "甲", "X20", None, "2027-03-20", "理由", "2027-01-01"]
    with pytest.raises(SettingsFault) as caught:
        waivers.load(workbook(tmp_path, WAIVERS, bad, name="豁免.xlsx"), {"X02"})
    assert [str(fault) for fault in caught.value.faults] == [
        "豁免.xlsx Sheet!D2：“批准人”必填",
        "豁免.xlsx Sheet!C2：现为“X20”，应为问题目录中的编号（最接近的是 X02）",
        "豁免.xlsx Sheet!G2：现为“2027-01-01”，应为不早于批准日期 2027-03-20 的日期",
    ]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", ()),
        ("1-3、59", ("1", "2", "3", "59")),
        ("7—8，7", ("7", "8")),
        ("5至6；10", ("5", "6", "10")),
        ("6-1", None),
        ("第一项", None),
        ("1-99999", None),
    ],
)
def test_item_numbers_are_read_as_people_write_them(
    text: str, numbers: tuple[str, ...] | None
) -> None:
    assert roster.item_numbers(text) == numbers


def test_a_form_without_a_project_asks_for_the_unit_instead(tmp_path: Path) -> None:
    """A roster of such forms alone needs no column for projects."""
    header = [*HEADER[:3], *HEADER[4:]]
    line = [1, "省府办", "综合处", "年度绩效管理指标节点表", None, None, None, None]
    (entry,) = roster.load(workbook(tmp_path, header, line), FORMS).entries
    assert (entry.unit, entry.project) == ("综合处", "")
    project = [1, "交通局", "公路中心", SELF, None, None, None, None]
    assert "缺少列“项目名称”" in faults(workbook(tmp_path, header, line, project))[0]


def test_an_own_form_without_a_project_is_told_by_its_unit(tmp_path: Path) -> None:
    data = FORMS["self_evaluation"].model_dump() | {"id": "own"}
    for sheet in data["sheets"]:
        sheet["fields"] = [each for each in sheet["fields"] if each["id"] != "project"]
    own = FormSpec.model_validate(data)
    line = [1, "交通局", "公路中心", None, SELF, None, None, None, None]
    (entry,) = roster.load(workbook(tmp_path, HEADER, line), {"own": own}).entries
    assert entry.unit == "公路中心"
