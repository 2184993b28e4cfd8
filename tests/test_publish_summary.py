"""The summary workbook: what it shows, that its formulas hold the values they have, and that
nothing in it runs.
"""

import re
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records import AS_OF, cycle, entry, finding, funding, node, record, row, scores

from evalbatch.model.evaluation import Funding, NodeState, Status
from evalbatch.model.finding import Severity, Waiver
from evalbatch.model.record import Cycle, Delivery, Expected, Received, Record, year_key
from evalbatch.output_files import OutputError
from evalbatch.publish.summary import list_sheets, summary_workbook
from evalbatch.publish.summary.list_sheets import text_cell
from evalbatch.sheets import read_book

SELF = ("self_evaluation", "项目支出绩效自评表")
ANNUAL = ("annual_management", "年度绩效管理指标节点表")
WAIVED = Waiver("农村公路养护", "E04", "绩效科", date(2027, 3, 1), "总体仅28人")
HOSTILE = [
    "=1+1",
    "R&D <部门>",
    "{{ 7*7 }}",
    "<r>甲</r>",
    "a\x00\x0bb",
    "局*",
    "局?~",
    "\u202e局",
    "乙" * 5000,
    "'引",
    " 空 ",
]


def project(
    number: int, total: str, grade: str, budget: str, executed: str, **more: object
) -> Record:
    file = f"交通局/项目{number}.xlsx"
    scored = scores(
        [row(file)], money=funding(budget, executed), total=total, claimed=total, grade=grade
    )
    return record(file, project=f"项目{number}", scored=scored, **more)  # type: ignore[arg-type]  # passed on


def year() -> Cycle:
    """A small cycle with one of everything."""
    plan = tuple(
        node("处.xlsx", str(number), office=f"{number % 2}处", month=number + 5)
        for number in range(1, 4)
    )
    plan += (node("处.xlsx", "59", NodeState.ADJUSTED, office="1处", month=12),)
    records = [
        project(
            1,
            "92.45",
            "优",
            "465.47",
            "300.33",
            report="评价报告/交通局/项目 #1.docx",
            annotated="审核意见/交通局/项目1.xlsx",
        ),
        project(
            2,
            "81.5",
            "良",
            "100",
            "90",
            findings=(finding("交通局/项目2.xlsx", "E04", Severity.WARNING, waiver=WAIVED),),
        ),
        project(
            3,
            "99",
            "优",
            "999999",
            "1",
            status=Status.RETURNED,
            findings=(finding("交通局/项目3.xlsx"),),
        ),
        project(
            4,
            "70",
            "中",
            "1",
            "1",
            status=Status.SUPERSEDED,
            findings=(finding("交通局/项目4.xlsx"),),
        ),
        record(
            "坏.xlsx",
            status=Status.UNREADABLE,
            department="",
            project="",
            form=("", ""),
            findings=(finding("坏.xlsx", "F01"),),
        ),
        record(
            "处.xlsx",
            department="省府办",
            unit="综合处",
            project="",
            form=ANNUAL,
            scored=scores(money=funding(None, None), nodes=plan),
        ),
    ]
    expected = (
        Expected(entry("项目1"), ("交通局/项目1.xlsx",), Status.GRADED, -1),
        Expected(entry("没报的"), (), None, -1),
        Expected(replace(entry("还早的"), deadline=date(2027, 5, 1)), (), None, 30),
    )
    sent = Delivery(
        "a@example.gov.cn", "交通局", "通知", ("甲.xlsx",), "已发送", "<1@x>", "2027-04-01 02:00"
    )
    previous = {year_key("self_evaluation", "项目1"): project(1, "88", "良", "400", "200")}
    missing = finding("名册.xlsx", "D02", Severity.WARNING)
    return cycle(
        records, expected=expected, findings=(missing,), deliveries=(sent,), previous=previous
    )


def written(folder: Path, given: Cycle) -> Path:
    path = folder / "汇总表.xlsx"
    summary_workbook.write(path, given)
    return path


def rows(path: Path, sheet: str) -> Iterator[dict[str, object]]:
    """Yield the rows of a list sheet by the labels of its header."""
    lines = openpyxl.load_workbook(path, data_only=True)[sheet].iter_rows(
        min_row=3, values_only=True
    )
    header = next(lines)
    for line in lines:
        yield dict(zip(map(str, header), line, strict=True))


def overview(path: Path) -> dict[str, list[object]]:
    """Return the rows of the overview by what stands in their first cell."""
    lines = openpyxl.load_workbook(path, data_only=True)["总览"].iter_rows(values_only=True)
    return {str(line[0]): list(line[1:]) for line in lines if line[0] is not None}


def figures(path: Path) -> dict[str, object]:
    """Return the tiles of the overview."""
    sheet = openpyxl.load_workbook(path, data_only=True)["总览"]
    return {
        str(label.value): value.value
        for label, value in zip(sheet[4], sheet[5], strict=True)
        if label.value
    }


def test_the_sheets_of_the_contract_stand_in_their_order(tmp_path: Path) -> None:
    names = openpyxl.load_workbook(written(tmp_path, year())).sheetnames
    contract = [
        "总览",
        "部门",
        "项目",
        "指标",
        "资金",
        "问题清单",
        "须人工核定",
        "复核",
        "报送情况",
        "变动",
        "节点",
        "发送情况",
        "自评与复核偏差",  # beyond the contract
        "整改清单",
        "监控对照",
    ]
    assert [name for name in names if name != "节点概览"] == contract


def test_what_needs_a_person_is_listed_full_marks_first_and_counted(tmp_path: Path) -> None:
    scored = scores(
        [
            replace(row("a.xlsx"), outcome="person", why_person="只有文字", level3="扣了分的"),
            replace(
                row("a.xlsx"),
                outcome="person",
                why_person="单位不可比",
                level3="满分的",
                claimed=Decimal(15),
                weight=Decimal(15),
            ),
        ]
    )
    path = written(tmp_path, replace(year(), records=(record("a.xlsx", scored=scored),)))
    listed = [(line["三级指标"], line["满分"]) for line in rows(path, "须人工核定")]
    assert listed == [("满分的", "是"), ("扣了分的", "否")]
    assert figures(path)["须人工核定"] == 2
    assert {line["核定方式"] for line in rows(path, "指标")} == {"须人工核定"}


def test_the_first_screen_answers_what_came_in_and_what_became_of_it(tmp_path: Path) -> None:
    found = figures(written(tmp_path, year()))
    assert found == {
        "名册应报": 3,
        "尚未报送": 2,
        "其中逾期": 1,
        "收到报送件": 6,
        "已核定": 3,
        "退回": 1,
        "已被替代": 1,
        "无法读取": 1,
        "已接收": 0,
        "问题：错误": 2,
        "问题：警告": 1,
        "问题：提示": 0,
        "已豁免问题": 1,
        "须人工核定": 0,
        "已人工核定": 0,
    }


def test_means_and_money_count_graded_projects_only_and_say_which_mean(tmp_path: Path) -> None:
    line = overview(written(tmp_path, year()))[SELF[1]]
    graded, returned, unreadable, *grades = line[1:8]
    assert (graded, returned, unreadable, grades) == (2, 1, 0, [1, 1, 0, 0])
    mean, weighted, budget, executed, rate = line[8:13]
    assert mean == pytest.approx(86.975)
    assert weighted == pytest.approx((92.45 * 465.47 + 81.5 * 100) / 565.47)
    assert (budget, executed) == (pytest.approx(565.47), pytest.approx(390.33))
    assert rate == pytest.approx(390.33 / 565.47)


def test_a_returned_project_is_listed_as_not_decided(tmp_path: Path) -> None:
    listed = {line["项目名称"]: line for line in rows(written(tmp_path, year()), "项目")}
    assert (listed["项目3"]["状态"], listed["项目3"]["核定得分"], listed["项目3"]["评价等次"]) == (
        "退回",
        "未核定",
        "未核定",
    )
    assert listed["项目3"]["核算得分"] == 99
    assert (
        listed["项目1"]["核定得分"],
        listed["项目1"]["评价等次"],
        listed["项目1"]["上年得分"],
    ) == (92.45, "优", 88)
    assert listed["项目1"]["预算执行率"] == pytest.approx(300.33 / 465.47)


def test_last_years_target_stands_beside_this_years(tmp_path: Path) -> None:
    given = year()
    before = replace(next(iter(given.records)), scores=scores([row(target="≥80公里")]))
    path = written(
        tmp_path, replace(given, previous={year_key("self_evaluation", "项目1"): before})
    )
    listed = {line["项目名称"]: line for line in rows(path, "指标")}
    assert (listed["项目1"]["年度指标值"], listed["项目1"]["上年指标值"]) == ("≥100公里", "≥80公里")
    assert listed["项目2"]["上年指标值"] is None


def test_superseded_workbooks_stand_among_the_projects_but_not_in_the_figures(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, year())
    assert [line["状态"] for line in rows(path, "项目")].count("已被替代") == 1
    assert "项目4" not in {line["项目名称"] for line in rows(path, "指标")}
    assert "项目4" not in {line["项目名称"] for line in rows(path, "资金")}


def test_the_roster_stands_in_its_order_and_only_what_is_awaited_has_days(tmp_path: Path) -> None:
    lines = [line for line in rows(written(tmp_path, year()), "报送情况") if line["项目名称"]]
    assert [(line["项目名称"], line["剩余天数"], line["状态"]) for line in lines] == [
        ("项目1", None, "已核定"),
        ("没报的", -1, "未报送"),
        ("还早的", 30, "未报送"),
    ]


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "按时"), (5, "迟报5天"), (None, "截止日后首次读到，是否迟报不能确定")],
)
def test_a_line_says_whether_it_came_in_time_also_where_that_cannot_be_told(
    tmp_path: Path, days: int | None, said: str
) -> None:
    given = year()
    first, *others = given.expected
    came = replace(first, received_on=AS_OF, days_late=days)
    path = written(tmp_path, replace(given, expected=(came, *others)))
    line, awaited, *_ = rows(path, "报送情况")
    assert (line["是否按时"], awaited["是否按时"], awaited["收到日期"]) == (said, None, None)


def test_what_came_in_beside_the_roster_has_a_line_with_its_reason(tmp_path: Path) -> None:
    received = (
        Received("扫描件.pdf", "pdf", "left_aside", "PDF不能读取，请报送工作簿", "水利局"),
        Received("交通局/项目1.xlsx", "workbook", "read"),
    )
    lines = list(rows(written(tmp_path, replace(year(), received=received)), "报送情况"))
    (beside,) = [line for line in lines if line["采用的报送文件"] == "扫描件.pdf"]
    assert (beside["主管部门"], beside["状态"]) == ("水利局", "未处理")
    assert beside["说明"] == "PDF不能读取，请报送工作簿"
    assert [line["采用的报送文件"] for line in lines].count("交通局/项目1.xlsx") == 1


def test_departments_stand_in_the_order_of_the_roster_with_totals_that_follow_the_filter(
    tmp_path: Path,
) -> None:
    given = year()
    far = replace(entry("水利项目", "水利局"), form_title=SELF[1])
    near = replace(entry("项目1"), form_title=SELF[1])
    expected = (
        Expected(far, (), None, -1),
        Expected(near, ("交通局/项目1.xlsx",), Status.GRADED, -1),
    )
    before = {year_key("self_evaluation", "项目1"): project(1, "88", "良", "400", "200")}
    path = written(
        tmp_path, replace(given, expected=expected, grades=("优", "良"), previous=before)
    )
    lines = list(rows(path, "部门"))
    assert [(line["部门"], line["报送表"]) for line in lines[:2]] == [
        ("水利局", SELF[1]),
        ("交通局", SELF[1]),
    ]
    first, second = lines[:2]
    assert [first[name] for name in ("应报", "已报", "未报")] == [1, 0, 1]
    assert [second[name] for name in ("应报", "已报", "核定", "退回", "未报")] == [1, 3, 2, 1, 0]
    assert second["较上年"] == pytest.approx(86.975 - 88)
    assert (second["预算"], second["结余"]) == (pytest.approx(565.47), pytest.approx(175.14))
    assert (second["优"], second["良"]) == (1, 1)
    sheet = openpyxl.load_workbook(path)["部门"]
    totals = [row for row in sheet.iter_rows() if row[0].value == "所列合计（随筛选变化）"]
    assert str(totals[0][1].value).startswith("=SUBTOTAL(109,")


def test_every_list_prints_on_a4_or_a3_at_seven_points_or_more() -> None:
    for layout in list_sheets.layouts().values():
        printed = layout.spread("grades", ["优", "良", "中", "差", "不合格"])
        widths = [column.width for column in printed.columns[: printed.printed]]
        millimetres = sum(width * 7 + 5 for width in widths) * 25.4 / 96
        paper = 277 if sum(widths) <= list_sheets.WIDEST_ON_A4 else 400
        assert 10 * min(1, paper / millimetres) >= 7, layout.name


def test_findings_stand_by_gravity_and_those_of_the_roster_with_its_department(
    tmp_path: Path,
) -> None:
    given = year()
    line = entry("没报的", "水利局", line=7)
    missing = replace(finding("名册.xlsx", "D02", Severity.WARNING), places=(line.place,))
    expected = (*given.expected, Expected(line, (), None, -1))
    cycle_ = replace(given, findings=(missing,), expected=expected)
    lines = list(rows(written(tmp_path, cycle_), "问题清单"))
    severities = [str(each["严重程度"]) for each in lines]
    assert severities == sorted(severities, key=["错误", "警告", "提示"].index)
    (told,) = [each for each in lines if each["编号"] == "D02"]
    assert (told["主管部门"], told["项目名称"]) == (line.department, line.project)


def test_why_a_project_lost_points_and_its_difference_to_last_year_stand_beside_it(
    tmp_path: Path,
) -> None:
    listed = {line["项目名称"]: line for line in rows(written(tmp_path, year()), "项目")}
    assert listed["项目1"]["主要失分事项及原因"] == "完成里程失1.5分（工期延后）"
    assert listed["项目1"]["较上年得分"] == pytest.approx(4.45)
    assert listed["项目1"]["评价报告位置"] == "评价报告/交通局/项目 #1.docx"
    assert listed["项目3"]["较上年得分"] is None


def test_every_indicator_leads_to_its_cell_and_every_waiver_is_printed(tmp_path: Path) -> None:
    path = written(tmp_path, year())
    first = next(rows(path, "指标"))
    assert (first["报送文件"], first["出处"], first["核定得分"], first["失分"]) == (
        "交通局/项目1.xlsx",
        "自评表!F12",
        8.5,
        1.5,
    )
    (waived,) = [line["豁免"] for line in rows(path, "问题清单") if line["豁免"]]
    assert waived == "绩效科　2027-03-01　总体仅28人"


def test_nodes_are_counted_by_office_and_month_and_completion_both_ways(tmp_path: Path) -> None:
    path = written(tmp_path, year())
    book = openpyxl.load_workbook(path, data_only=True)
    (total,) = [line for line in book["节点概览"].iter_rows(values_only=True) if line[0] == "合计"]
    assert total[8:12] == (4, 3, 0.75, 1)
    total = overview(path)["4"]
    assert total[6:9] == [3, 0.75, 1]
    assert len(list(rows(path, "节点"))) == 4


def test_offices_of_one_name_are_counted_by_organisation_and_nodes_stand_in_the_order_of_their_numbers(
    tmp_path: Path,
) -> None:
    def office(file: str, department: str, *numbers: str) -> Record:
        nodes = tuple(node(file, number) for number in numbers)
        return record(
            file,
            department=department,
            unit="综合处",
            project="综合处",
            scored=replace(scores([]), nodes=nodes),
        )

    path = written(
        tmp_path,
        cycle(
            [
                office("甲/1.xlsx", "甲局", "10", "9"),
                office("甲/2.xlsx", "甲局", "2"),
                office("乙.xlsx", "乙局", "1"),
            ]
        ),
    )
    assert [(line["部门"], line["序号"]) for line in rows(path, "节点")] == [
        ("乙局", "1"),
        ("甲局", "2"),
        ("甲局", "9"),
        ("甲局", "10"),
    ]
    book = openpyxl.load_workbook(path, data_only=True)
    counted = [
        line[:3] for line in book["节点概览"].iter_rows(values_only=True) if line[1] == "综合处"
    ]
    assert counted[:2] == [("乙局", "综合处", 1), ("甲局", "综合处", 3)]


def test_without_nodes_there_is_no_node_overview_to_see(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written(tmp_path, cycle([project(1, "90", "优", "1", "1")])))
    assert book["节点概览"].sheet_state == "hidden"
    assert book["节点"].sheet_state == "visible"


def test_reports_and_annotated_copies_open_by_relative_links(tmp_path: Path) -> None:
    with zipfile.ZipFile(written(tmp_path, year())) as package:
        rels = package.read("xl/worksheets/_rels/sheet3.xml.rels").decode()
    targets = re.findall(r'Target="([^"]+)"', rels)
    assert targets == ["评价报告/交通局/项目%20%231.docx", "审核意见/交通局/项目1.xlsx"]


def test_the_footer_keeps_a_name_that_begins_with_a_year(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(written(tmp_path, cycle()))["项目"]
    assert str(sheet.oddFooter.left.text).strip().startswith("2026年度绩效评价")


def test_empty_lists_say_so(tmp_path: Path) -> None:
    path = written(tmp_path, cycle())
    assert "未设置名册" in str(next(rows(path, "报送情况"))["主管部门"])
    assert "没有待发" in str(next(rows(path, "发送情况"))["部门"])


def test_beyond_what_excel_takes_links_become_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_sheets, "MOST_LINKS", 1)
    path = written(
        tmp_path, cycle([record(report="a.docx"), record("乙.xlsx", project="乙", report="b.docx")])
    )
    cells = openpyxl.load_workbook(path)["项目"]
    assert (cells["A4"].hyperlink is None, cells["A5"].hyperlink is None) == (False, True)
    assert (cells["A5"].value, cells["D5"].value) == (2, "乙")


def test_a_name_that_is_wrapped_in_print_is_no_link(tmp_path: Path) -> None:
    """LibreOffice breaks no link over lines: a long name would be cut off."""
    name = "公共租赁住房小区配套设施维修改造及物业服务补助项目" * 2
    path = written(tmp_path, cycle([record(project=name, report="a.docx")]))
    cells = openpyxl.load_workbook(path)["项目"]
    assert (cells["A4"].value, cells["A4"].hyperlink.target) == (1, "a.docx")
    assert (cells["D4"].value, cells["D4"].hyperlink) == (name, None)
    assert cells["D4"].alignment.wrap_text


def test_what_came_late_is_printed_and_coloured(tmp_path: Path) -> None:
    came = Expected(entry(), ("甲.xlsx",), Status.GRADED, None, (), date(2027, 4, 3), 3)
    path = written(tmp_path, cycle([record()], expected=(came,)))
    book = openpyxl.load_workbook(path)
    sheet = book["报送情况"]
    (head,) = (cell for cell in sheet[3] if cell.value == "是否按时")
    assert sheet.cell(4, head.column).value == "迟报3天"
    assert head.column <= openpyxl.utils.range_boundaries(sheet.print_area.rpartition("!")[2])[2]
    rules = [rule for each in sheet.conditional_formatting for rule in each.rules]
    assert any(rule.formula == [f'LEFT({head.column_letter}4,2)="迟报"'] for rule in rules)


outcomes = st.builds(
    tuple,
    st.tuples(
        st.sampled_from(["甲局", "乙局", "甲*局", "=1"]),
        st.sampled_from(Status),
        st.decimals(0, 100, places=2),
        st.none() | st.decimals(0, 10**6, places=4),
        st.decimals(0, 10**6, places=4),
    ),
)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(outcomes, max_size=8))
def test_the_stored_values_are_what_the_records_say(
    tmp_path: Path, drawn: list[tuple[str, Status, Decimal, Decimal | None, Decimal]]
) -> None:
    records = [
        record(
            f"{number}.xlsx",
            department=department,
            project=f"项目{number}",
            status=status,
            scored=scores(
                money=Funding(None, budget, None, executed, None),
                total=str(total),
                claimed=str(total),
            ),
        )
        for number, (department, status, total, budget, executed) in enumerate(drawn)
    ]
    path = written(tmp_path, cycle(records))
    graded = [each for each in drawn if each[1] is Status.GRADED]
    assert figures(path)["收到报送件"] == len(drawn)
    assert figures(path)["已核定"] == len(graded)
    if drawn:
        first = 8 + any(
            each[1] is Status.ACCEPTED for each in drawn
        )  # a count of its own where there are any
        mean, weighted, budget, executed, rate = overview(path).get(SELF[1], [None] * 14)[
            first : first + 5
        ]
        spent, money = sum(each[4] for each in graded), sum(each[3] or 0 for each in graded)
        assert budget in (None, pytest.approx(float(money)))
        assert executed in (None, pytest.approx(float(spent)))
        if graded:
            assert mean == pytest.approx(float(sum(each[2] for each in graded) / len(graded)))
        if money:
            assert weighted == pytest.approx(
                float(sum(each[2] * (each[3] or 0) for each in graded) / money)
            )
            assert rate == pytest.approx(float(spent / money))


def test_an_empty_cycle_is_a_workbook_too(tmp_path: Path) -> None:
    assert figures(written(tmp_path, cycle()))["收到报送件"] == 0


@pytest.mark.parametrize("made", [cycle, year])
def test_nothing_is_left_among_the_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Callable[[], Cycle]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "out").mkdir()
    summary_workbook.write(tmp_path / "out" / "汇总表.xlsx", made())
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_same_cycle_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = written(tmp_path / "1", year()), written(tmp_path / "2", year())
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_value_becomes_a_formula_markup_or_is_lost(tmp_path: Path, text: str) -> None:
    given = record(
        project=text,
        department=text,
        findings=(finding(message=text),),
        scored=scores([row(level3=text)]),
    )
    book = read_book(written(tmp_path, cycle([given])).read_bytes(), "汇总表.xlsx")
    shown = text.replace("\x00", "").replace("\x0b", "")
    for sheet in ("项目", "指标", "问题清单"):
        cells = next(each for each in book.sheets if each.name == sheet).cells.values()
        assert shown in {cell.value for cell in cells}
    assert not {cell.formula for sheet in book.sheets for cell in sheet.cells.values()} & {
        text,
        text[1:],
    }


def test_equal_numbers_keep_their_own_digits_in_a_column_of_texts(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "列.xlsx") as book:
        cell = text_cell("A", book.add_format())
        assert ["9.50<" in cell(Decimal("9.5")), "9.50<" in cell(Decimal("9.50"))] == [False, True]


def test_a_text_that_looks_like_an_escape_is_escaped_itself(tmp_path: Path) -> None:
    with zipfile.ZipFile(written(tmp_path, cycle([record(project="_x0041_")]))) as package:
        assert "<t>_x005F_x0041_</t>" in package.read("xl/worksheets/sheet3.xml").decode()


def test_a_folder_that_cannot_be_written_is_said_in_chinese(tmp_path: Path) -> None:
    (tmp_path / "汇总表.xlsx").mkdir()
    with pytest.raises(OutputError, match="占用"):
        written(tmp_path, cycle())


def without_stored_values(path: Path) -> Path:
    """Return a copy whose formulas hold no values, so that whoever opens it must calculate them."""
    bare = path.with_name("bare.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(bare, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name.startswith("xl/worksheets/sheet"):
                data = re.sub(rb"</f><v>[^<]*</v>", b"</f>", data)
            target.writestr(name, data)
    return bare


@pytest.mark.office
@pytest.mark.slow
def test_recalculating_in_libreoffice_changes_nothing(tmp_path: Path) -> None:
    given = year()
    records = [
        *given.records,
        *(record(f"{at}.xlsx", department=text, unit=text) for at, text in enumerate(HOSTILE[:-1])),
    ]
    path = written(tmp_path, replace(given, records=records))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    out = tmp_path / "out"
    command = [
        "soffice",
        "--headless",
        profile,
        "--convert-to",
        "xlsx",
        "--outdir",
        str(out),
        str(without_stored_values(path)),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    stored = openpyxl.load_workbook(path, data_only=True)
    live = openpyxl.load_workbook(path)
    again = openpyxl.load_workbook(out / "bare.xlsx", data_only=True)
    compared = 0
    for sheet in live:
        for line in sheet.iter_rows():
            for cell in line:
                if cell.data_type == "f":
                    ours, theirs = (
                        stored[sheet.title][cell.coordinate].value,
                        again[sheet.title][cell.coordinate].value,
                    )
                    expected = (
                        pytest.approx(ours, abs=1e-9) if isinstance(ours, int | float) else ours
                    )
                    assert theirs == expected, (sheet.title, cell.coordinate, cell.value)
                    compared += 1
    assert compared > 200


def test_the_days_left_are_counted_from_the_day_of_the_cycle(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(written(tmp_path, year()))
    assert sheet["总览"]["B3"].value.date() == AS_OF
    assert sheet["报送情况"]["G5"].value == "=F5-总览!$B$3"


def test_scores_are_stored_with_their_own_digits(tmp_path: Path) -> None:
    given = project(1, "89.99", "良", "0.1", "0.07")
    line = next(rows(written(tmp_path, cycle([given])), "项目"))
    assert Decimal(str(line["核定得分"])) == Decimal("89.99")
    assert Decimal(str(line["全年预算数（万元）"])) == Decimal("0.1")
