"""From a night to a round, from a filled-in round to totals, grade and every published table."""

import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from docx import Document

from reviews.office import (
    DAY,
    SIGNED,
    answer,
    evalbatch,
    hand_in,
    lines,
    night,
    outputs,
    project,
    row,
    set_up,
    sheet,
    table,
)

ROUND = Path("复核/第1轮.xlsx")


@pytest.fixture(scope="module")
def first_round(cycle_after):
    """A cycle folder with one self-evaluation and the first round of reviews."""

    def first_round_written():
        set_up("review", "money_above = 100")
        hand_in("a.xlsx")
        assert night() == 0
        assert evalbatch("review") == 0

    return cycle_after(first_round_written)


@pytest.fixture
def office(copied, first_round):
    return copied(first_round)


def test_a_decision_counts_in_row_total_grade_and_tables(office):
    assert (project()["grade"], project()["stage"], project()["to_review"]) == (
        "优",
        "pending",
        "7",
    )
    answer(ROUND, {"养护道路": {**SIGNED, "复核得分": 15}})
    assert night() == 0
    decided = row("养护道路")
    assert (decided["claimed_score"], decided["computed_score"]) == ("20", "20")
    assert (decided["final_score"], decided["reviewed_score"]) == ("15", "15")
    assert (decided["outcome"], decided["review_state"]) == ("reviewed", "decided")
    assert (decided["reviewer"], decided["reviewed_on"]) == ("周一", "2024-03-30")
    assert decided["review_reason"] == "现场核对少两条"
    found = project()
    assert (found["final_total"], found["reviewed_total"], found["grade"]) == (
        "87.45",
        "87.45",
        "良",
    )
    assert (found["to_review"], found["stage"]) == ("6", "pending")
    (review,) = table("reviews")
    assert (review["score"], review["in_force"]) == ("15", "true")
    assert review["department"] == "某市城市管理局"
    assert review["place"] == "复核/第1轮.xlsx 复核清单!Q5"


def test_all_rows_decided_make_a_reviewed_project(office):
    agreed = {"复核人": "周一", "复核日期": date(2024, 3, 30)}
    scores = {each["三级指标"]: min(each["自评得分"], each["核算得分"]) for each in lines(ROUND)}
    answer(ROUND, {name: {**agreed, "复核得分": score} for name, score in scores.items()})
    assert night() == 0
    assert (project()["stage"], project()["to_review"]) == ("reviewed", "0")
    assert project()["final_total"] == "92.45"


def test_nothing_the_program_does_changes_a_round_and_a_quiet_night_publishes_nothing(office):
    answer(ROUND, {"养护道路": {**SIGNED, "复核得分": 15}})
    filled = ROUND.read_bytes()
    assert night() == 0
    before = outputs()
    assert night() == 0
    assert evalbatch("review") == 0
    assert night("--full") == 0
    assert outputs() == before
    assert ROUND.read_bytes() == filled
    assert [path.name for path in Path("复核").iterdir()] == ["第1轮.xlsx"]


def test_renamed_and_copied_rounds_move_no_score(office):
    answer(ROUND, {"养护道路": {**SIGNED, "复核得分": 15}})
    night()
    shutil.copy(ROUND, "复核/备份.xlsx")
    ROUND.rename("复核/周一填的.xlsx")
    assert night() == 0
    assert (project()["final_total"], len(table("reviews"))) == ("87.45", 1)
    assert evalbatch("review") == 0
    assert not ROUND.exists()


def test_a_mended_row_leaves_its_decision_behind_and_asks_again(office):
    answer(ROUND, {"养护道路": {**SIGNED, "复核得分": 15}, "验收合格": {**SIGNED, "复核得分": 14}})
    night()
    hand_in("a.xlsx", rows={"养护道路": {"score": 19, "reason": "一条道路延期验收，次年一月完成"}})
    night()
    assert row("养护道路")["review_state"] == "stale"
    assert row("养护道路")["final_score"] == "19"
    assert row("验收合格")["final_score"] == "14"
    assert evalbatch("review") == 0
    (again,) = lines("复核/第2轮.xlsx")
    assert again["三级指标"] == "养护道路"
    assert "15 分　周一" in again["以往意见"]
    keep = {"处理": "维持", "复核人": "吴二", "复核日期": date(2024, 3, 31)}
    answer("复核/第2轮.xlsx", {"养护道路": keep})
    night()
    assert (row("养护道路")["final_score"], row("养护道路")["reviewer"]) == ("15", "周一")
    hand_in("a.xlsx")
    night()
    assert row("养护道路")["review_state"] == "decided"


def test_two_people_with_two_scores_give_the_lower_until_a_third_settles(office):
    answer(ROUND, {"养护道路": {**SIGNED, "复核得分": 15}})
    shutil.copy(ROUND, "复核/吴二.xlsx")
    answer("复核/吴二.xlsx", {"养护道路": {"复核得分": 17, "复核人": "吴二", "理由": "少一条"}})
    night()
    split = row("养护道路")
    assert (split["review_state"], split["final_score"]) == ("split", "15")
    assert set(split["reviewer"].split("、")) == {"周一", "吴二"}
    assert evalbatch("review") == 0
    answer("复核/第2轮.xlsx", {"养护道路": {**SIGNED, "复核得分": 16, "复核人": "郑三"}})
    night()
    settled = row("养护道路")
    assert (settled["review_state"], settled["final_score"]) == ("decided", "16")
    assert [each["kind"] for each in table("reviews")] == ["复核", "复核", "裁定"]


def test_a_decision_whose_row_is_gone_is_listed_and_not_dropped(office):
    answer(ROUND, {"养护道路": {**SIGNED, "复核得分": 15}})
    night()
    hand_in("a.xlsx", rows={"养护道路": {"level3": "养护里程"}})
    night()
    (review,) = table("reviews")
    assert (review["level3"], review["in_force"]) == ("养护道路", "false")
    assert row("养护里程")["final_score"] == "20"


def test_the_folder_may_vanish_and_decisions_stay(office):
    answer(ROUND, {"养护道路": {**SIGNED, "复核得分": 15}})
    night()
    shutil.rmtree("复核")
    assert night("--full") == 0
    assert project()["final_total"] == "87.45"


def test_a_ledger_that_is_lost_is_made_anew_from_the_rounds(office):
    answer(ROUND, {"养护道路": {**SIGNED, "复核得分": 15}})
    night()
    before = table("indicators"), table("reviews")
    for path in Path("output").glob("ledger*"):
        path.unlink()
    night()
    assert (table("indicators"), table("reviews")) == before
    assert evalbatch("review") == 0
    assert [path.name for path in Path("复核").iterdir()] == ["第1轮.xlsx"]


def appeal(**values):
    """Type a line into the register of appeals, below its example."""
    book = openpyxl.load_workbook("申诉.xlsx")
    page = book.worksheets[0]
    at = {cell.value: cell.column for cell in page[3]}
    for label, value in values.items():
        page.cell(5, at[label]).value = value
    book.save("申诉.xlsx")


def test_an_appeal_marks_the_row_and_its_ruling_outranks_the_review(office):
    answer(ROUND, {"单位成本": {**SIGNED, "复核得分": 7}})
    appeal(项目名称="城区道路养护", 指标="单位成本", 诉求="应按10分计", 收到日期=date(2024, 3, 30))
    night()
    assert (row("单位成本")["review_state"], row("单位成本")["final_score"]) == ("appealed", "7")
    assert project()["stage"] == "appealed"
    causes = {each["what"]: each["cause"] for each in table("changes")}
    assert causes["核定阶段"] == "appeal"
    appeal(处理="调整", 核定得分=9, 理由="材料价格属实", 处理人="王四", 处理日期=date(2024, 3, 31))
    night()
    ruled = row("单位成本")
    assert (ruled["review_state"], ruled["final_score"], ruled["reviewer"]) == (
        "decided",
        "9",
        "王四",
    )
    before = outputs()
    night()
    assert outputs() == before


@pytest.mark.parametrize(
    "line",
    ["share = 1.5", "number = -1", "share = 0.1\nnumber = 3", 'seed = "甲"', 'reviewers = [" "]'],
)
def test_settings_that_make_no_sense_end_before_anything_is_published(office, line):
    before = outputs()
    set_up("review", line + "\n#")
    text = Path("evalbatch.toml").read_text("utf-8").replace("\nmoney_above = 100", "\n")
    Path("evalbatch.toml").write_text(text, "utf-8")
    assert night() == 2
    assert outputs() == before


def test_the_report_says_what_was_decided_and_that_it_is_provisional_without_a_name(office):
    answer(ROUND, {"养护道路": {**SIGNED, "复核得分": 15}})
    night()
    (path,) = Path("output/评价报告").rglob("*.docx")
    text = "\n".join(paragraph.text for paragraph in Document(str(path)).paragraphs)
    assert "待人工核定：6项，暂定总分87.45分，等次“良”" in text
    assert "核定为15分（自评、核算均为20分）：现场核对少两条" in text
    assert "其中6项指标尚待人工核定，总分和等次为暂定" in text
    assert "周一" not in text


def test_an_annotated_copy_tells_scores_and_reason_without_a_name(office):
    answer(ROUND, {"养护道路": {**SIGNED, "复核得分": 15}, "单位成本": {**SIGNED, "复核得分": 7}})
    appeal(项目名称="城区道路养护", 指标="单位成本", 诉求="应按10分计", 收到日期=date(2024, 3, 30))
    night()
    (copy,) = Path("output/审核意见").rglob("*.xlsx")
    book = openpyxl.load_workbook(copy)
    texts = [
        str(cell.value) for line in book["审核意见"].iter_rows() for cell in line if cell.value
    ]
    assert "“养护道路”经组织单位复核，核定为15分（自评20分，核算20分）：现场核对少两条。" in texts
    assert any("“单位成本”经组织单位复核，暂定为7分" in text for text in texts)
    notes = [
        cell.comment.text
        for page in book
        for line in page.iter_rows()
        for cell in line
        if cell.comment
    ]
    assert any("核定为15分" in note for note in notes)
    assert "周一" not in "".join([*texts, *notes])
    assert not any(each["code"] == "R01" for each in table("findings"))


RAISING = """
id = "own"
name = "本地口径"
basis = "本地的复核办法"
certainty = "derived"
inherits = "cz2020_self"
reviews_above_claim = true
"""


def own_profile():
    """Score by a profile of the office's own: the same rules, but reviews may raise a claim."""
    Path("口径").mkdir()
    Path("口径/own.toml").write_text(RAISING, "utf-8")
    text = Path("evalbatch.toml").read_text("utf-8").replace('"cz2020_self"', '"own"')
    text = text.replace("[paths]", '[paths]\npolicies = "口径"')
    Path("evalbatch.toml").write_text(text, "utf-8")


def test_a_review_raises_a_claim_only_where_the_profile_says_so(office):
    hand_in("a.xlsx", rows={"养护道路": {"score": 12, "reason": "八条道路次年一月才验收"}})
    night()
    evalbatch("review")
    answer("复核/第2轮.xlsx", {"养护道路": {**SIGNED, "复核得分": 14}})
    night()
    assert row("养护道路")["final_score"] == "12"
    assert any("只有申诉可以调高" in str(each["理由或说明"]) for each in sheet("复核"))
    own_profile()
    night()
    assert row("养护道路")["final_score"] == "14"


def test_reports_may_be_held_back_while_rows_are_open(office):
    text = Path("evalbatch.toml").read_text("utf-8")
    Path("evalbatch.toml").write_text(text.replace('"show" ', '"hold" '), "utf-8")
    night()
    assert not list(Path("output/评价报告").rglob("*.docx"))
    assert project()["report"] == ""


def test_the_summary_tells_receipt_decisions_and_how_claims_differ(office):
    scores = {"养护道路": 15, "验收合格": 14}
    answer(ROUND, {name: {**SIGNED, "复核得分": score} for name, score in scores.items()})
    answer(ROUND, {"通行改善": {"复核得分": 99, "复核人": "周一"}})
    night()
    listed = sheet("复核")
    assert listed[0]["理由或说明"] == "采用 2 条，未填 4 条，有误 1 条"
    assert {each["类别"] for each in listed} >= {"回执", "有误，未采用", "复核"}
    (found,) = sheet("自评与复核偏差")
    assert (found["人工核定项数"], found["平均偏差"], found["最大偏差"]) == (2, 3, 5)
    book = openpyxl.load_workbook("output/汇总表.xlsx")
    assert len(book["自评与复核偏差"]._charts) == 1
    assert [book["总览"].cell(row, 15).value for row in (4, 5)] == [
        "已人工核定",
        '=COUNTIF(指标!$U$4:$U$10,"已复核")',
    ]
    text = "\n".join(each.text for each in Document("output/总报告.docx").paragraphs)
    assert "自评偏高2项、偏低0项，平均偏差3分" in text
    assert "偏差为自评得分减核定得分。" in text
    listed = {each["三级指标"]: each for each in sheet("须人工核定")}
    columns = ("复核状态", "暂列得分", "核定得分")
    assert [listed["通行改善"][name] for name in columns] == ["待复核", 30, None]
    assert [listed["养护道路"][name] for name in columns] == ["已复核", None, 15]
    assert list(listed)[-2:] == ["养护道路", "验收合格"]


def test_a_word_that_does_nothing_is_a_fault_and_writing_a_score_mends_it(office):
    signed = {"复核人": "周一", "复核日期": date(2024, 3, 30)}
    answer(ROUND, {"养护道路": {**signed, "处理": "维持"}, "验收合格": {**signed, "处理": "撤回"}})
    night()
    told = {each["位置"]: each["理由或说明"] for each in sheet("复核")}
    assert "没有可以维持的以往意见" in told["复核清单!U5"]
    assert "没有本人的意见可以撤回" in told["复核清单!U6"]
    assert table("reviews") == []
    answer(ROUND, {"养护道路": {**SIGNED, "复核得分": 15, "处理": None}})
    night()
    assert row("养护道路")["reviewed_score"] == "15"
    assert "复核清单!U5" not in {each["位置"] for each in sheet("复核")}


def test_a_review_that_is_kept_on_a_lower_claim_does_not_raise_it(office):
    answer(ROUND, {"养护道路": {**SIGNED, "复核得分": 15}})
    night()
    lowered = {"养护道路": {"score": 14, "reason": "两条道路未完成，已列入下年计划"}}
    hand_in("a.xlsx", rows=lowered)
    night()
    evalbatch("review", "--as-of", DAY)
    keep = {"处理": "维持", "复核人": "吴二", "复核日期": date(2024, 3, 31)}
    answer("复核/第2轮.xlsx", {"养护道路": keep})
    night()
    assert (row("养护道路")["final_score"], row("养护道路")["review_state"]) == ("14", "stale")
    told = [each["理由或说明"] for each in sheet("复核")]
    assert any("15 分高于现在可给的最高分 14 分" in (each or "") for each in told)


def test_a_run_says_how_many_reviews_another_profile_affects(office, capsys):
    answer(ROUND, {"养护道路": {**SIGNED, "复核得分": 15}})
    night()
    own_profile()
    capsys.readouterr()
    assert evalbatch("run", "--as-of", DAY, "--jobs", "1") == 0
    assert "口径或核算变动影响 1 条复核意见" in capsys.readouterr().out
    assert row("养护道路")["review_state"] == "confirm"
