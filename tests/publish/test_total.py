"""The consolidated report, read back: what came in, grades, money, causes, what is missing, nodes;
one pass, capped tables.
"""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
import records as given
from docx import Document
from word_pages import all_pages, pages

from evalbatch.model.evaluation import Node, NodeState, Status
from evalbatch.model.finding import Severity, Waiver
from evalbatch.model.place import Place
from evalbatch.model.record import Cycle, Deviation, Expected, GradeUse, Record, Review
from evalbatch.publish import overall_report, overall_tables
from evalbatch.publish.overall_report import DETAILS
from evalbatch.publish.overall_text import chapters
from evalbatch.publish.summary import summary_workbook
from evalbatch.results.tally import View

ANNUAL = ("annual_management", "年度绩效管理指标节点表")


def filed(file: str, total: str, grade: str, executed: str = "300.33", **more: object) -> Record:
    scored = given.scores(
        [given.row(file)],
        total=total,
        claimed=total,
        grade=grade,
        money=given.funding("465.47", executed),
    )
    return given.record(file, project=f"项目{file[0]}", scored=scored, **more)


def sample() -> Cycle:
    nodes = tuple(
        given.node("处.xlsx", str(number), state)
        for number, state in enumerate(
            [NodeState.ON_TIME, NodeState.ON_TIME, NodeState.LATE, NodeState.ADJUSTED], 1
        )
    )
    office = given.record(
        "处.xlsx",
        form=ANNUAL,
        project="综合处",
        scored=given.scores([], money=given.funding(None), nodes=nodes),
    )
    late = given.entry("未报项目")
    waiver = Waiver("项目乙", "E04", "绩效科", date(2027, 3, 1), "样本少")
    warned = (
        given.finding("乙.xlsx", "X05", Severity.WARNING),
        given.finding("乙.xlsx", "E04", Severity.WARNING, waiver=waiver),
    )
    return given.cycle(
        [
            filed("甲.xlsx", "95", "优", "465.47"),
            filed("乙.xlsx", "70", "中", findings=warned),
            given.record("丙.xlsx", status=Status.RETURNED, findings=(given.finding("丙.xlsx"),)),
            filed("丁.xlsx", "60", "中", status=Status.SUPERSEDED),
            given.record("戊.xlsx", status=Status.UNREADABLE),
            office,
        ],
        expected=(
            Expected(given.entry(), ("甲.xlsx",), Status.GRADED, 5),
            Expected(late, (), None, -3),
        ),
    )


def render(cycle: Cycle) -> bytes:
    return overall_report.render(View.of(cycle))


def lines(cycle: Cycle) -> str:
    return "\n".join(line.text for line in Document(BytesIO(render(cycle))).paragraphs)


def tables(cycle: Cycle) -> dict[str, list[list[str]]]:
    document = Document(BytesIO(render(cycle)))
    return {
        table.rows[0].cells[-1].text: [[cell.text for cell in row.cells] for row in table.rows]
        for table in document.tables
    }


def test_it_says_what_came_in_and_what_is_missing() -> None:
    said = lines(sample())
    assert "名册应报2项，已报1项，报送率50.00%；未报1项，其中已过报送期限1项（见表7）。" in said
    assert "收到5份，其中核定3份，退回更正1份，无法读取1份" in said
    assert "另有1份已被同一项目后续报送件替代，不再计入（见表6）。" in said
    assert tables(sample())["期限情况"][1][2:] == ["未报项目", "2027.3.31", "已逾期3天"]


def test_what_came_late_is_counted_and_listed_with_a_total() -> None:
    late = replace(filed("己.xlsx", "88", "良"), received_on=date(2027, 4, 3), days_late=3)
    cycle = replace(sample(), records=[*sample().records, late])
    assert "迟报1份（见表" in lines(cycle)
    listed = tables(cycle)["迟报天数"]
    assert listed[1:] == [["交通局", "项目己", "2027.4.3", "3"], ["合计", "1项", "", ""]]


def test_last_year_stands_beside_this_year_by_form() -> None:
    before = {"self_evaluation:项目甲": filed("甲.xlsx", "80", "良", "400")}
    said = lines(replace(sample(), previous=before))
    assert "算术平均82.50分、按预算加权平均82.50分，比上年（1份，平均80.00分）提高2.50分" in said
    assert "执行率82.26%（上年85.93%）" in said


def test_only_what_waits_in_workbooks_that_count_is_proposed_for_review() -> None:
    waiting = replace(given.row("庚.xlsx"), outcome="person", why_person="单位不可比")
    records = [
        given.record(f"{status}.xlsx", status=status, scored=given.scores([waiting, waiting]))
        for status in (Status.GRADED, Status.RETURNED, Status.SUPERSEDED)
    ]
    said = lines(given.cycle(records))
    assert "复核情况" not in said  # told once, where something is proposed
    assert "须人工核定的2项指标（项目1个）尽快复核，此前得分为暂定" in said
    reviewed = Review(
        project="项目甲",
        level1="产出",
        level2="数量",
        level3="里程",
        kind="score",
        verdict="调整",
        ticket="R1-001",
        score=Decimal(8),
        reason="现场核对",
        reviewer="周一",
        confirmed_by="",
        decided_on=date(2027, 3, 30),
        in_force=True,
        place=Place("第1轮.xlsx", "复核清单", 4, 1),
    )
    said = lines(replace(given.cycle(records), reviews=(reviewed,)))
    assert "经复核调整1项，涉及项目1个。" in said
    assert said.count("须人工核定的2项指标") == 1


def test_money_left_is_ranked_and_causes_are_grouped() -> None:
    wet = replace(given.row("庚.xlsx"), explanation="雨季影响工期")
    scored = given.scores([wet], total="90", money=given.funding("1000", "500"))
    record = given.record("庚.xlsx", project="项目庚", scored=scored)
    cycle = replace(sample(), records=[*sample().records, record])
    assert "结余665.14万元。结余涉及项目2个" in lines(cycle)
    ranked = next(
        table for table in every_table(cycle) if "结余" in table[0] and "序号" in table[0]
    )
    assert [row[1] for row in ranked[1:]] == ["项目庚", "项目乙"]
    causes = next(table for table in every_table(cycle) if table[0][0] == "原因")
    assert ["受外部因素影响", "1", "1", "1.50", "雨季影响工期"] in causes


def test_equal_amounts_left_over_are_told_and_numbered_as_a_tie() -> None:
    cycle = given.cycle([filed(f"{name}.xlsx", "92", "优") for name in "甲乙丙"])
    said = lines(cycle)
    assert "结余涉及项目3个：“项目甲”“项目乙”“项目丙”并列，均为165.14万元（见表1）。" in said
    assert "序号相同的为并列。" in said
    ranked = next(table for table in every_table(cycle) if table[0][0] == "序号")
    assert [row[0] for row in ranked[1:]] == ["1", "1", "1"]


def test_what_one_project_has_left_is_not_summed_a_second_time() -> None:
    said = lines(given.cycle([filed("甲.xlsx", "92", "优")]))
    assert "结余165.14万元。结余均在“项目甲”（见表1）。" in said
    assert said.count("165.14") == 1


def test_what_profiles_say_of_a_low_grade_is_proposed_once_for_all_forms() -> None:
    forms = (("self_evaluation", "项目支出绩效自评表"), ("f2", "第2种绩效自评表"))
    uses = [GradeUse(title, "差", "从严安排下年预算", "样本办法", low=True) for _, title in forms]
    records = [filed(f"{form[1]}.xlsx", "50", "差", form=form) for form in forms]
    scales = {form: ("优", "良", "中", "差") for form, _ in forms}
    said = lines(replace(given.cycle(records), uses=tuple(uses), scales=scales))
    assert said.count("限期整改") == 1
    assert "评价等次为“差”的2个项目限期整改，从严安排下年预算" in said


def test_the_money_of_a_form_about_a_whole_department_is_not_ranked() -> None:
    whole = replace(
        filed("整.xlsx", "90", "优", form=("whole", "部门整体支出绩效自评表")),
        project="部门整体支出",
    )
    cycle = replace(
        given.cycle([filed("甲.xlsx", "92", "优"), whole]), whole_forms=frozenset({"whole"})
    )
    assert "有结余的项目1个，结余合计165.14万元：“项目甲”165.14万元" in lines(cycle)


def test_the_table_of_departments_is_that_of_the_summary_workbook(tmp_path: Path) -> None:
    cycle = replace(sample(), grades=("优", "良", "中", "差"))
    path = tmp_path / "汇总表.xlsx"
    summary_workbook.write(path, cycle)
    sheet = openpyxl.load_workbook(path, data_only=True)["部门"].iter_rows(
        min_row=3, values_only=True
    )
    head, *rows = sheet
    theirs = next(table for table in every_table(cycle) if table[0][0] == "部门")
    assert theirs[0] == list(head[: len(theirs[0])])
    counts = [[str(cell) for cell in row[1:7]] for row in rows[:2]]
    assert counts == [row[1:7] for row in theirs[1:3]]
    funded = next(number for number, row in enumerate(rows) if row[9])
    assert f"{rows[funded][9]:,.2f}" == theirs[funded + 1][9]
    assert theirs[-1][0] == "合计"


def test_the_workbooks_of_each_grade_stand_under_its_word() -> None:
    words = ("优", "良", "中", "差")
    given_ = zip("甲乙丙丁", ("优", "优", "良", "差"), strict=True)
    filed_ = [filed(f"{name}.xlsx", "80", word) for name, word in given_]
    found = every_table(replace(given.cycle(filed_), grades=words))
    head, row, *_ = next(table for table in found if table[0][0] == "部门")
    counts = dict(zip(head, row, strict=True))
    assert [counts[word] for word in words] == ["2", "1", "0", "1"]


def test_proposals_follow_from_the_figures_and_one_alone_has_no_number() -> None:
    said = lines(sample())
    assert "下一步工作建议" in said
    assert "一是未报送的1项发函催报，退回和无法读取的2份限期重报；二是" in said
    empty = lines(given.cycle([]))
    assert "按计划继续做好报送和审核工作。" in empty
    assert "1.按计划" not in empty


def test_weak_projects_are_those_below_the_second_grade_of_their_own_scale() -> None:
    records = [
        filed("甲.xlsx", "95", "A"),
        filed("乙.xlsx", "70", "B"),
        filed("丙.xlsx", "60", "C"),
    ]
    scales = {"self_evaluation": ("A", "B", "C")}
    said = lines(replace(given.cycle(records), grades=("A", "B", "C"), scales=scales))
    assert "等次偏低的项目1个，得分最低的是“项目丙”（交通局）" in said
    tied = [filed("丙.xlsx", "60", "C"), filed("丁.xlsx", "60", "C")]
    said = lines(replace(given.cycle(tied), grades=("A", "B", "C"), scales=scales))
    assert "“项目丙”（交通局）、“项目丁”（交通局），并列，均为60.00分" in said


@pytest.mark.parametrize("number", range(len(DETAILS)))
def test_however_short_the_text_is_it_says_whether_projects_are_weak(number: int) -> None:
    other = ("f2", "另一种绩效自评表")
    weak = [filed("丙.xlsx", "70", "中"), filed("丁.xlsx", "50", "差", form=other)]
    for count, said in ((0, "没有等次偏低的项目。"), (1, "等次偏低的项目1个")):
        late = Expected(given.entry("未报项目"), (), None, -3)
        counted = [filed("甲.xlsx", "95", "优"), *weak[:count]]
        view = View.of(given.cycle(counted, expected=(late,)))
        assert said in chapters(view, overall_tables.tables(view), DETAILS[number])["评价结果"]
    view = View.of(given.cycle(weak))
    told = chapters(view, overall_tables.tables(view), DETAILS[number])["评价结果"]
    assert told.count("等次偏低的项目1个") == 2 or "等次偏低的项目2个" in told


def test_charts_say_what_they_show_to_those_who_cannot_see_them() -> None:
    with ZipFile(BytesIO(render(sample()))) as archive:
        document = archive.read("word/document.xml").decode()
    described = re.findall(r'descr="([^"]+)"', document)
    assert len(described) == 3
    assert any("个部门的平均分和预算执行率" in text for text in described)


def every_table(cycle: Cycle) -> list[list[list[str]]]:
    document = Document(BytesIO(render(cycle)))
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]


def test_grades_and_means_are_given_for_each_form_by_itself() -> None:
    said = lines(sample())
    assert (
        "《项目支出绩效自评表》核定2份，算术平均82.50分、按预算加权平均82.50分，“优”1个、“中”1个。"
        in said
    )
    assert "其他1种报送表核定1份，“优”1个，详见附件。" in said


def test_the_weakest_project_is_named_with_its_causes() -> None:
    said = lines(given.cycle([filed("甲.xlsx", "95", "优"), filed("乙.xlsx", "70", "中")]))
    assert (
        "《项目支出绩效自评表》等次偏低的项目1个，得分最低的是“项目乙”（交通局），70.00分" in said
    )
    assert "主要失分事项为“完成里程”失1.5分（见表1）。" in said
    assert tables(sample())["主要失分事项及原因"][1] == [
        "项目乙",
        "交通局",
        "70.00",
        "中",
        "完成里程失1.5分（工期延后）",
    ]


def test_money_is_summed_over_graded_workbooks_only() -> None:
    said = lines(sample())
    assert "预算930.94万元，执行765.80万元，执行率82.26%，结余165.14万元" in said
    assert (
        "执行率低于90%的项目1个，占已核定项目的50.00%，最低的是“项目乙”（交通局），64.52%" in said
    )


def test_the_commonest_faults_leave_out_what_a_waiver_lifted() -> None:
    said = lines(sample())
    assert "错误1条、警告1条，涉及2份；经批准豁免1条" in said


def test_nodes_are_counted_both_ways_and_the_late_ones_listed() -> None:
    said = lines(sample())
    assert "工作节点共4个，按期完成2个，逾期完成1个，经批准调整1个" in said
    assert "完成率为75.00%（扣除经批准调整的节点为100.00%）" in said
    assert tables(sample())["原因"][1][:2] == ["3", "第3项工作节点"]


def test_an_empty_cycle_is_said_to_be_empty() -> None:
    said = lines(given.cycle([]))
    assert "尚未收到报送件" in said
    assert "目前尚无核定得分的报送件。" in said
    assert "附表" not in said


def test_charts_are_native_grey_and_hold_the_figures() -> None:
    with ZipFile(BytesIO(render(sample()))) as archive:
        chart = archive.read("word/charts/chart1.xml").decode()
        every = "".join(
            archive.read(name).decode() for name in archive.namelist() if "charts/" in name
        )
    assert re.findall(r"<c:v>([\d.]+)</c:v>", chart) == ["82.5", "82.3"]
    colours = set(re.findall(r'srgbClr val="(\w+)"', every))
    assert all(colour[:2] == colour[2:4] == colour[4:] for colour in colours)


def test_execution_rates_are_charted_by_the_bands_they_were_counted_in() -> None:
    with ZipFile(BytesIO(render(sample()))) as archive:
        every = "".join(
            archive.read(name).decode() for name in archive.namelist() if "charts/" in name
        )
    bands = ["60%以下", "60%—80%", "80%—90%", "90%—100%", "100%及以上"]
    assert re.findall(r"<c:v>([^<\n]+%[^<\n]*)\n", every) == bands


def test_no_chart_takes_the_mean_of_two_forms() -> None:
    other = filed("丙.xlsx", "40", "差", form=("project_evaluation", "项目支出绩效评价表"))
    both = [filed("甲.xlsx", "90", "优"), filed("乙.xlsx", "81", "良"), other]
    with ZipFile(BytesIO(render(given.cycle(both)))) as archive:
        chart = archive.read("word/charts/chart3.xml").decode()
    assert re.findall(r"<c:v>([\d.]+)</c:v>", chart) == ["85.5"]
    assert "图3　预算执行率与核定得分（《项目支出绩效自评表》）" in lines(given.cycle(both))


def test_ten_thousand_records_make_a_short_report() -> None:
    class Stream:
        def __iter__(self):
            for number in range(2000):
                yield filed("甲.xlsx", str(Decimal(60) + number % 40), "中")

    cycle = replace(sample(), records=Stream())
    data = render(cycle)
    assert len(data) < 60_000
    said = lines(cycle)
    assert "共2000条，仅列前15条，其余见汇总表。" in said


def test_hostile_names_stay_texts_and_bytes_are_the_same() -> None:
    hostile = "{{ 7*7 }} R&D <部门>\x02"
    cycle = replace(
        sample(),
        records=[replace(filed("甲.xlsx", "70", "中"), project=hostile, department=hostile)],
    )
    assert render(cycle) == render(cycle)
    assert tables(cycle)["主要失分事项及原因"][1][0] == "{{ 7*7 }} R&D <部门>"


@pytest.mark.office
@pytest.mark.slow
def test_two_pages_of_text_come_before_charts_and_tables() -> None:
    shown = pages(render(replace(sample(), name="2026年度预算绩效评价")))
    assert "下一步工作建议" in shown[1]
    charts = next(
        number for number, page in enumerate(shown) if page.replace(" ", "").startswith("附件1")
    )
    assert charts == 2  # whatever stands in for missing fonts
    assert "注：评分口径为" in "".join(shown[charts:])
    assert any("附件2" in page.replace(" ", "") for page in shown[charts + 1 :])


@pytest.mark.office
@pytest.mark.slow
def test_whatever_there_is_to_tell_fits_on_two_pages() -> None:
    nodes = tuple(
        given.node("处.xlsx", str(number), state)
        for number, state in enumerate(
            [NodeState.NOT_DONE, NodeState.NOT_DUE, NodeState.LATE, NodeState.ADJUSTED], 5
        )
    )
    scored = given.scores([], money=given.funding(None), nodes=nodes)
    more = [
        given.record("科.xlsx", form=ANNUAL, project="人事科", scored=scored),
        filed("子.xlsx", "72", "中", "200.11", form=("f2", "转移支付区域（项目）绩效自评表")),
        filed("丑.xlsx", "91", "优", "400.11", form=("f3", "项目支出绩效评价表")),
        replace(filed("寅.xlsx", "88", "良"), received_on=date(2027, 4, 3), days_late=3),
    ]
    before = {"self_evaluation:项目甲": filed("甲.xlsx", "80", "良", "400")}
    told = Deviation("交通局", 10, 6, 1, Decimal("0.72"), Decimal(3), "项目甲　完成里程")
    cycle = replace(
        sample(), records=[*sample().records, *more], previous=before, deviations=(told,)
    )
    shown = pages(render(cycle))
    assert shown[2].replace(" ", "").startswith("附件1")
    assert "2027年4月1日" in shown[1].replace(" ", "")


@pytest.mark.office
@pytest.mark.slow
def test_the_date_never_stands_alone_on_a_page_however_long_the_text_is() -> None:
    forms = [(f"f{number}", f"第{number}种绩效自评表") for number in range(9)]
    records = [filed(f"{number}.xlsx", "88", "良", form=form) for number, form in enumerate(forms)]
    cycles = [given.cycle(records[:count]) for count in (1, 5, 9)]
    for shown in all_pages([render(replace(cycle, organiser="")) for cycle in cycles]):
        (page,) = [
            page for page in shown if "2027年4月1日" in page.replace(" ", "") and "附件：" in page
        ]
        assert "挂钩" in page.replace("\n", "")


def test_of_many_forms_one_is_told_in_full_and_where_the_others_stand() -> None:
    forms = [(f"f{number}", f"第{number}种绩效自评表") for number in range(8)]
    records = [filed(f"{number}.xlsx", "88", "良", form=form) for number, form in enumerate(forms)]
    records.append(replace(filed("多.xlsx", "91", "优", form=forms[3]), project="多报的"))
    said = lines(given.cycle(records))
    assert "《第3种绩效自评表》核定2份，算术平均89.50分" in said
    assert "其他7种报送表核定7份，“良”7个，详见附件。" in said
    assert "其他报送表的资金见附件。" in said
    assert "与下年预算安排挂钩" in said


def test_a_whole_departments_money_is_not_counted_beside_its_projects() -> None:
    whole = replace(filed("全.xlsx", "90", "优"), project="交通局", department="交通局")
    said = lines(replace(sample(), records=[*sample().records, whole]))
    assert "有结余的项目1个，结余合计165.14万元" in said


def test_what_is_late_comes_first_and_the_earlier_deadline_before_the_later() -> None:
    def node(number: str, state: NodeState, month: int) -> Node:
        return replace(given.node("处.xlsx", number, state), deadline=date(2027, month, 20))

    nodes = (
        node("4", NodeState.NOT_DUE, 4),
        node("3", NodeState.LATE, 3),
        node("2", NodeState.NOT_DONE, 2),
        node("1", NodeState.ON_TIME, 1),
    )
    office = given.record(
        "处.xlsx", form=ANNUAL, scored=given.scores([], money=given.funding(None), nodes=nodes)
    )
    listed = tables(replace(given.cycle([office]), as_of=date(2027, 4, 1)))["原因"]
    assert [line[0] for line in listed[1:]] == ["2", "3", "4"]
