"""A project's Word report, read back from the written file: cases A and B, drafts, hostile texts,
the official format.
"""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import pytest
from docx import Document
from docx.document import Document as Read
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Mm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_cases import AS_OF, evaluation, finding, forms, parts
from word_pages import pages

from evalbatch.model.evaluation import Evaluation, Status
from evalbatch.model.finding import Severity, Waiver
from evalbatch.model.record import Record
from evalbatch.model.submission import Entry, Row, RowKind
from evalbatch.model.today import Today
from evalbatch.publish.project_report.report_document import render
from evalbatch.scoring.evaluate import score
from evalbatch.standards.form import FormSpec
from evalbatch.standards.policy import Limit

CHAPTERS = [
    "一、基本情况",
    "二、绩效评价工作开展情况",
    "三、综合评价情况及评价结论",
    "四、绩效评价指标分析",
    "五、主要经验及做法、存在的问题及原因分析",
    "六、有关建议",
    "七、其他需要说明的问题",
]


def report(name: str, made: Evaluation | None = None, **more: object) -> bytes:
    _, form, policy = parts(name)
    return render(made or evaluation(name), form, policy, **more)


def read(data: bytes) -> Read:
    return Document(BytesIO(data))


def text(data: bytes) -> str:
    return "\n".join(line.text for line in read(data).paragraphs)


def tables(data: bytes) -> list[list[list[str]]]:
    return [
        [[cell.text for cell in row.cells] for row in table.rows] for table in read(data).tables
    ]


def table(data: bytes, head: str) -> list[list[str]]:
    return next(rows for rows in tables(data) if head in rows[0])


def everything(data: bytes) -> str:
    with ZipFile(BytesIO(data)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


def test_case_b_reads_as_filed_and_scored() -> None:
    said = text(report("b"))
    assert "市财政局：" in said
    assert "2019年度外事活动（出访）专项经费" in said
    assert "年初预算数、全年预算数均为465.47万元" in said
    assert "当年财政拨款300.00万元、上年结转资金165.47万元" in said
    assert (
        "全年执行数300.33万元，预算执行率64.52%（全年执行数÷全年预算数），尚有165.14万元未支出"
        in said
    )
    assert "当年财政拨款执行率44.95%" in said
    assert "得分92.45分" in said
    assert "10项，7项得满分，3项失分，合计失7.55分。失分最多的是“预算执行率”，失3.55分" in said
    assert "年度指标值12个，实际完成12个，完成率100.00%，得20分。" in said
    assert (
        "较计划值低27.96%，超出控制区间（38.88—47.52万元），失2分，得3分。失分原因：厉行节约"
        in said
    )
    assert "以上2项合计得8分。" in said
    assert (
        "发放问卷36份，回收36份，其中有效问卷36份，回收率100.00%，有效率100.00%。"
        "有效问卷满意度平均分为96分。"
    ) in said
    assert said.index("南昌市人民政府外事办公室\n2020年5月20日") > said.index(
        "附件：项目支出绩效自评表"
    )


def test_sentence_table_and_attached_form_tell_one_amount_from_which_the_rate_follows() -> None:
    filed, form, policy = parts("b")
    figures = {"initial_budget": "2", "budget": "2", "executed": "0.9034"}
    place = filed.rows("funding")[0].place
    entries = {name: Entry(text, Decimal(text), place) for name, text in figures.items()}
    total = Row("funding", place, entries, "total", RowKind.TOTAL)
    filed = replace(filed, tables={**filed.tables, "funding": (total,), "details": ()})
    made = Evaluation(filed, score(filed, form, policy, Today(AS_OF)), (), Status.GRADED)
    data = render(made, form, policy)
    assert "全年执行数0.9034万元，预算执行率45.17%" in text(data)
    assert "尚有1.0966万元未支出" in text(data)
    (row,) = (row for row in table(data, "执行率") if row[0] == "年度资金总额")
    assert row[1:] == ["2.00", "2.00", "0.9034", "1.0966", "45.17%"]
    assert sum(any("0.9034" in row for row in rows) for rows in tables(data)) == 2


@pytest.mark.parametrize(("limit", "told"), [("0.55", 2), ("0.56", 0)])
def test_sources_are_spent_unevenly_by_the_limit_of_the_profile(limit: str, told: int) -> None:
    """55.05 points lie between them: told of the money, and again among the problems."""
    _, form, policy = parts("b")
    far = Limit(value=Decimal(limit), basis="某县办法", certainty="source")
    own = policy.model_copy(
        update={"limits": policy.limits.model_copy(update={"uneven_execution": far})}
    )
    said = text(render(evaluation("b", text_problems=""), form, own))
    assert len(re.findall("支出进度相对滞后|执行率仅44.95%，明显低于上年结转资金", said)) == told


def test_case_a_has_cover_choices_targets_and_arrival() -> None:
    data = report("a")
    said = text(data)
    assert "评价类型：☐实施过程评价　☑完成结果评价" in said
    assert "评价机构：☐第三方机构　☐专家组　☑项目单位评价组" in said
    assert "计划投资额1964.32万元，全部为省财政资金" in said
    assert "资金已足额到位" in said
    assert "预算执行率79.47%（实际支出资金÷实际到位资金），尚有403.35万元未支出" in said
    assert "产出任务10项，9项完成年度目标，1项未完成（“省级领导出访”）" in said
    assert ["1", "省级领导出访", "9批次", "5批次", "55.56%", "境外疫情使四批次出访取消。"] in table(
        data, "任务内容"
    )
    assert "满意率94.55%（满意份数÷有效份数）" in said
    assert "93分" in said
    assert "“优”" in said


def test_the_chapters_of_the_outline_stand_in_order() -> None:
    for name in ("a", "b"):
        lines = read(report(name)).paragraphs
        assert [line.text for line in lines if line.style.style_id == "Heading1"] == CHAPTERS
        second = [line.text for line in lines if line.style.style_id == "Heading2"]
        analysis = [title for title in second if title.endswith("情况") and title[3:] in ANALYSIS]
        assert [title[1] for title in analysis] == list("一二三四五")[: len(analysis)]


ANALYSIS = ("项目决策情况", "项目过程情况", "项目产出情况", "项目效益情况", "满意度情况")


def test_the_score_table_merges_its_levels_and_adds_up() -> None:
    data = report("b")
    made = next(table for table in read(data).tables if table.rows[0].cells[0].text == "一级指标")
    rows = [[cell.text for cell in row.cells] for row in made.rows]
    assert rows[0] == [
        "一级指标",
        "二级指标",
        "三级指标",
        "分值",
        "自评得分",
        "核算得分",
        "核定得分",
    ]
    assert rows[1] == [
        "预算执行率\n（10分）",
        "预算执行率",
        "预算执行率",
        "10.00",
        "6.45",
        "6.45",
        "6.45",
    ]
    assert rows[-1] == ["合计", "合计", "合计", "100.00", "92.45", "93.45", "92.45"]
    assert [row._tr.tc_lst[0].vMerge for row in made.rows][2:7] == ["restart", *["continue"] * 4]
    assert [row._tr.tc_lst[1].vMerge for row in made.rows][5:7] == ["restart", "continue"]
    assert made.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_money_in_tables_has_thousands_two_decimals_and_dashes() -> None:
    rows = table(report("a"), "资金来源")
    assert rows[1] == ["合计", "1,964.32", "1,964.32", "1,560.97", "403.35", "79.47%"]
    assert table(report("b"), "资金来源")[1] == [
        "年度资金总额",
        "465.47",
        "465.47",
        "300.33",
        "165.14",
        "64.52%",
    ]
    details = table(report("b"), "子项目名称")
    assert details[9][3:] == ["1.00", "1.00", "100.00%"]
    assert details[-1] == ["合计", "合计", "合计", "300.33", "300.33", "100.00%"]


def test_the_form_itself_is_attached_with_funding_by_source_and_grade_boxes() -> None:
    data = report("b")
    every = tables(data)
    first = next(number for number, rows in enumerate(every) if rows[0][0] == "项目名称")
    flat = ["|".join(dict.fromkeys(row)) for rows in every[first:] for row in rows]
    assert any("上年结转资金|165.47" in row for row in flat)
    assert any("其他资金|—" in row for row in flat)
    assert any("☑优　☐良　☐中　☐差" in row for row in flat)
    assert any("总分|100|92.45" in row for row in flat)
    assert "90（含）—100分为优、80（含）—90分为良、60（含）—80分为中、60分以下为差" in text(data)


def test_the_heads_of_the_attached_form_are_repeated_on_every_page() -> None:
    every = read(report("b")).tables
    heads = [
        table.rows[0]
        for table in every
        if "三级指标" in [cell.text for cell in table.rows[0].cells]
    ]
    assert len(heads) == 2  # the score table, and that of the form
    assert all(head._tr.trPr.find(qn("w:tblHeader")) is not None for head in heads)
    assert all(cell._tc.vMerge is None for head in heads for cell in head.cells)


def test_the_phone_number_is_never_printed() -> None:
    assert "13800138000" not in everything(report("a", evaluation("a", phone="13800138000")))


def test_the_official_format_is_set() -> None:
    document = read(report("b"))
    page = document.sections[-1]
    assert (page.page_width, page.page_height) == (
        pytest.approx(Mm(210), abs=700),
        pytest.approx(Mm(297), abs=700),
    )
    measured = [
        round(side.mm)
        for side in (page.top_margin, page.left_margin, page.bottom_margin, page.right_margin)
    ]
    assert measured == [37, 28, 35, 26]
    assert page.orientation == WD_ORIENT.PORTRAIT
    assert document.settings.odd_and_even_pages_header_footer
    fonts = {name: fonts_of(document, name) for name in ("Title", "Heading1", "Heading2")}
    assert fonts == {"Title": "方正小标宋简体", "Heading1": "黑体", "Heading2": "楷体_GB2312"}
    defaults = document.styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:rFonts')}")
    assert (defaults.get(qn("w:eastAsia")), defaults.get(qn("w:ascii"))) == (
        "仿宋_GB2312",
        "Times New Roman",
    )
    body = next(style for style in document.styles if style.style_id == "Normal").paragraph_format
    assert body.line_spacing.pt == pytest.approx(28.95)
    odd, even = page.footer.paragraphs[0], page.even_page_footer.paragraphs[0]
    assert (odd.alignment, even.alignment) == (2, 0)
    assert odd.text.replace("1", "") == "—  —"


def fonts_of(document: Read, name: str) -> str:
    style = next(style for style in document.styles if style.style_id == name)
    return style.element.rPr.rFonts.get(qn("w:eastAsia"))


@pytest.mark.parametrize("name", ["a", "b"])
def test_nothing_of_the_template_or_of_the_program_is_left(name: str) -> None:
    said = text(report(name)) + "".join(
        cell for rows in tables(report(name)) for row in rows for cell in row
    )
    assert "{" not in said
    assert "None" not in said
    assert not re.search(r"[A-Za-z]{2,}", re.sub(r"自评表!\w+", "", said))


def test_a_returned_workbook_gives_a_draft_without_a_total() -> None:
    findings = (finding("S05", Severity.ERROR, "总分与各项得分之和不一致"), finding())
    data = report("b", evaluation("b", Status.RETURNED, findings))
    said = text(data)
    assert "草稿——未核定" in said
    assert "草稿——未核定" in read(data).sections[-1].header.paragraphs[0].text
    assert "单位申报得分92.45分，按评分口径核算得分93.45分" in said
    assert table(data, "一级指标")[-1][-1] == "未核定"
    assert "须更正的错误1类（见审核意见）" in said
    assert "评价等次为" not in said.split("三、综合评价")[1].split("经自评")[0]


def test_a_graded_report_shows_no_draft_mark() -> None:
    data = report("b")
    assert "草稿" not in text(data) + read(data).sections[-1].header.paragraphs[0].text


@pytest.mark.parametrize("severity", list(Severity))
def test_what_the_office_found_does_not_stand_in_the_letter_that_the_department_signs(
    severity: Severity,
) -> None:
    waiver = Waiver("外事活动", "E04", "绩效科", date(2020, 6, 1), "服务对象总数较少")
    found = finding("D03", severity, "与水利局“灌区修缮”相同")
    data = report(
        "b",
        evaluation(
            "b", Status.RETURNED, (found, finding("E04", message="有效问卷36份", waiver=waiver))
        ),
    )
    said = everything(data)
    for word in ("灌区修缮", "结余未说明", "审核提示", "豁免", "!F12", "自评表!"):
        assert word not in said


def test_the_profile_is_named_without_our_cautions() -> None:
    said = text(report("b"))
    policy = parts("b")[2]
    assert policy.name in said
    assert policy.caution not in said
    assert "口径说明" not in said


def test_a_missing_text_is_marked_and_not_invented() -> None:
    said = text(
        report(
            "b", evaluation("b", text_experience="", text_work="  ", signed_on="", reported_on="")
        )
    )
    assert "〔待补充：主要经验及做法〕" in said
    assert "〔待补充：绩效评价工作过程〕" in said
    assert "〔待补充：落款日期〕" in said


def test_a_low_execution_rate_without_a_reason_is_marked() -> None:
    assert "〔待补充：预算执行率偏低的原因〕" in text(
        report("b", evaluation("b", execution_reason=""))
    )


@pytest.mark.parametrize(
    "hostile", ["{{ 7*7 }}", "R&D <部门>", "=1+1", "{% for x in y %}", "长" * 5000]
)
def test_hostile_texts_come_out_literally(hostile: str) -> None:
    data = report(
        "b", evaluation("b", text_background=hostile, project=hostile, goal_actual=hostile)
    )
    said = text(data) + "".join(cell for rows in tables(data) for row in rows for cell in row)
    assert said.count(hostile) >= 4


def test_control_characters_do_not_break_the_file() -> None:
    data = report(
        "b", evaluation("b", text_background="前\x00\x01\x0b后\x02f", goal_actual="甲\x07乙\r\n丙")
    )
    assert "前后" in text(data).replace("\n", "")
    assert any("甲乙\n丙" in cell for rows in tables(data) for row in rows for cell in row)


def test_the_same_input_gives_the_same_bytes() -> None:
    assert report("a") == report("a")


def decided(now: Evaluation, at: int, reviewed: str, reason: str) -> Evaluation:
    """An evaluation whose row was decided by the office."""
    first = now.scores.rows[at]
    row = replace(
        first,
        outcome="reviewed",
        automatic=first.final,
        final=Decimal(reviewed),
        reviewed_score=Decimal(reviewed),
        review_reason=reason,
    )
    rows = tuple(row if each is first else each for each in now.scores.rows)
    return replace(now, scores=replace(now.scores, rows=rows))


def test_the_office_s_decision_is_told_where_it_changed_a_score_and_is_its_reason() -> None:
    said = text(report("b", decided(evaluation("b"), 1, "16", "佐证材料少四份")))
    assert "经组织单位复核，该项核定为16分（自评、核算均为20分）：佐证材料少四份。" in said
    assert "待补充：结算出访团组数量失分原因" not in said
    agreed = text(report("b", decided(evaluation("b"), 1, "20", "")))
    assert "经组织单位复核" not in agreed


def test_how_many_indicators_there_are_is_not_told_after_the_department_told_it() -> None:
    ours = "评价指标体系设一级指标"
    count = len(evaluation("b").scores.rows)
    assert ours in text(report("b"))
    said = text(report("b", evaluation("b", text_principles=f"设{count} 个三级指标，满分100分。")))
    assert ours not in said
    assert "满分100分，其中预算执行率10分、产出指标50分" in said


def test_rows_that_all_lost_as_much_are_named_once() -> None:
    now = evaluation("b")
    lost = ("结算出访团组数量", "工作目标实现程度")
    rows = tuple(
        replace(row, weight=Decimal(10), final=Decimal(9 if row.level3 in lost else 10))
        for row in now.scores.rows
    )
    said = text(report("b", replace(now, scores=replace(now.scores, rows=rows))))
    assert "2项失分，合计失2分。“结算出访团组数量”“工作目标实现程度”各失1分。" in said
    assert "100.00%。" not in said.partition("合计失2分")[2].partition("\n")[0]
    assert "得分率最低" not in said


def test_last_year_is_compared() -> None:
    now = evaluation("b")
    before = replace(now.scores, final_total=now.scores.final_total - 5, grade="良")
    previous = Record(
        "去年.xlsx", "", "self_evaluation", "", "2018", "", "", "", Status.GRADED, before, ()
    )
    said = text(report("b", now, previous=previous))
    assert "与上年度相比，得分由87.45分升至92.45分，提高5分，评价等次由“良”变为“优”。" in said
    assert "与上年名称相同的三级指标9项，年度指标值均未变化。" in said


def test_a_target_that_was_another_last_year_is_said_with_both() -> None:
    now = evaluation("b")
    first = now.scores.rows[1]
    rows = tuple(
        replace(row, target="＝８.５ 批次") if row is first else row for row in now.scores.rows
    )
    previous = Record(
        "去年.xlsx", "", "", "", "", "", "", "", Status.GRADED, replace(now.scores, rows=rows), ()
    )
    said = text(report("b", now, previous=previous))
    assert f"其中1项年度指标值有变化：“{first.level3}”由＝８.５ 批次改为{first.target}。" in said


def test_full_execution_and_no_loss_are_said_plainly() -> None:
    filed, form, policy = parts("b")

    def full(row):
        changed = {"score": row.entries["weight"]} if row.table == "indicators" else {}
        if row.table == "funding" and row.kind is not RowKind.ITEM:
            changed = {"executed": row.entries["budget"]}
            changed |= {"score": row.entries["weight"]} if row.kind is RowKind.TOTAL else {}
        actual = (
            {"actual": row.entries["target"]}
            if row.table == "indicators" and row.text("target")
            else {}
        )
        return replace(row, entries={**row.entries, **changed, **actual})

    filed = replace(
        filed, tables={name: tuple(map(full, rows)) for name, rows in filed.tables.items()}
    )
    made = Evaluation(filed, score(filed, form, policy, Today(AS_OF)), (), Status.GRADED)
    said = text(render(made, form, policy))
    assert "预算执行率100.00%，资金按预算全部执行完毕" in said
    assert "尚有" not in said.split("二、")[0]


def test_points_lost_without_a_reason_are_marked_at_the_indicator() -> None:
    made = evaluation("b")
    rows = tuple(replace(row, explanation="") for row in made.scores.rows)
    said = text(report("b", replace(made, scores=replace(made.scores, rows=rows))))
    assert "失分原因：〔待补充：国内费用控制额度失分原因〕" in said


def test_every_project_form_gets_a_report_without_code_of_its_own() -> None:
    filed, form, policy = parts("b")
    for other in forms().values():
        if other.kind == "project":
            made = replace(evaluation("b"), submission=replace(filed, form=other.id))
            assert other.title.removesuffix("表") in text(render(made, other, policy))
    assert form.kind == "project"


def test_a_label_of_an_office_s_own_form_may_hold_any_sign() -> None:
    made = evaluation("b")
    form, policy = parts("b")[1:]
    spec = form.model_dump(exclude_defaults=True)
    unit = next(
        field
        for sheet in spec["sheets"]
        for field in sheet.get("fields", ())
        if field["id"] == "unit"
    )
    unit["label"] = "R&D <承担>单位"
    own = FormSpec.model_validate(spec)
    fields = {name: entry for name, entry in made.submission.fields.items() if name != "unit"}
    made = replace(made, submission=replace(made.submission, fields=fields))
    cells = {cell for rows in tables(render(made, own, policy)) for row in rows for cell in row}
    assert {"R&D <承担>单位", "〔待补充：R&D <承担>单位〕"} <= cells


@pytest.mark.office
@pytest.mark.slow
def test_libreoffice_lays_out_every_page() -> None:
    shown = pages(report("a"))
    assert 10 <= len(shown) <= 16
    assert shown[1].replace(" ", "").endswith("—1—")
    assert "项目支出绩效评价报告" in shown[0]
    assert "—" not in shown[0].splitlines()[-1]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_missing_the_report_is_written(data: st.DataObject) -> None:
    filed, form, policy = parts(data.draw(st.sampled_from("ab")))
    fields = {name: entry for name, entry in filed.fields.items() if data.draw(st.booleans(), name)}
    tables = {
        name: tuple(
            replace(
                row,
                entries={
                    key: entry
                    for key, entry in row.entries.items()
                    if key == "level1" or data.draw(st.booleans())
                },
            )
            for row in rows[: data.draw(st.integers(0, len(rows)))]
        )
        for name, rows in filed.tables.items()
        if data.draw(st.booleans(), name)
    }
    filed = replace(filed, fields=fields, tables=tables)
    status = data.draw(st.sampled_from([Status.GRADED, Status.RETURNED]))
    made = Evaluation(filed, score(filed, form, policy, Today(AS_OF)), (finding(),), status)
    said = text(render(made, form, policy))
    assert "None" not in said
    assert "{" not in said
