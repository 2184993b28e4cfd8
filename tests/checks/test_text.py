"""Blanks, numbering, punctuation and personal numbers in sentences: true ones and their near
misses.
"""

import pytest

from evalbatch.checks.blank_fields import gaps, placeholder
from evalbatch.checks.privacy import personal_numbers
from evalbatch.checks.wording import faults, slips


def test_finds_every_figure_missing_in_a_sentence():
    text = "接种外籍人士 人，占目前摸底总数的 %；办理国际会议 个，审批团组 批 人次。"
    found = [gap.words for gap in gaps(text) if gap.sure]
    assert [words.split()[-1] for words in found] == ["人", "%", "个", "批", "人次"]
    assert len(set(found)) == 5


@pytest.mark.parametrize(
    "text", ["占%，", "完成率为 %。", "于2021年 月 日签署。", "共____人。", "受益　　户。", "增长%"]
)
def test_a_blank_left_for_a_figure_is_sure(text: str):
    assert [gap.sure for gap in gaps(text)] == [True]


def test_a_bare_percent_sign_may_be_meant_so():
    assert [gap.sure for gap in gaps("以百分比%表示")] == [False]


@pytest.mark.parametrize(
    "text",
    [
        "接种外籍人士 12 人，占 95 %。",
        "接种12人，占95%。",
        "满意率（%）",
        "第三 批次，这 个项目，每 人，各 项工作",
        "2021 年 12 月 31 日",
        "负责 人：李明",
        "误差±5 %",
        "项目 个数由各处统计",
        "总数的 1.5％",
        "",
    ],
)
def test_a_complete_sentence_has_no_gap(text: str):
    assert gaps(text) == ()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("指标2：", "指标2："),
        ("≥**", "≥**"),
        ("……", "……"),
        ("XX项目", "XX"),
        ("××局", "××"),
        ("***", "***"),
        ("{{ 7*7 }}", "{{ 7*7 }}"),
    ],
)
def test_finds_placeholders(text: str, left: str):
    assert placeholder(text) == left


@pytest.mark.parametrize(
    "text", ["指标2：修路", "≥95%", "等等……均已完成", "XXL码", "2×3米", "10*2", "无", "", "3XX"[:1]]
)
def test_words_are_no_placeholders(text: str):
    assert placeholder(text) == ""


def test_the_hint_of_the_form_is_a_placeholder():
    assert (
        placeholder("部门全称，不写简称。", frozenset({"部门全称，不写简称。"}))
        == "部门全称，不写简称。"
    )


@pytest.mark.parametrize(
    ("text", "shown", "missing"),
    [
        ("12.甲。\n13.乙。\n13.丙。", "13.", ""),
        ("1.甲；2.乙；4.丙", "4.", "3"),
        ("（一）甲\n（三）乙", "（三）", "2"),
        ("一、甲\n二、乙\n二、丙", "二、", ""),
        ("一是甲；三是乙", "三是", "2"),
        ("（1）甲；（2）乙；（2）丙", "（2）", ""),
    ],
)
def test_finds_numbers_repeated_and_skipped(text: str, shown: str, missing: str):
    assert [(slip.found, slip.missing) for slip in slips(text)] == [(shown, missing)]


@pytest.mark.parametrize(
    "text",
    [
        "1.甲；2.乙；3.丙",
        "1.甲；2.乙。\n1.丙；2.丁",
        "一是甲；二是乙",
        "支出1.5万元。2.5万元另计",
        "2020.12完成。2021.3验收",
        "（一）甲\n1.乙\n2.丙\n（二）丁",
    ],
)
def test_numbers_in_order_are_right(text: str):
    assert slips(text) == ()


@pytest.mark.parametrize(
    ("text", "variant", "expected"),
    [
        ("赣财绩[2021]4号", "number", "赣财绩〔2021〕4号"),
        ("洪财办（2020）10号文", "number", "洪财办〔2020〕10号"),
        ("赣财绩【2021】第04号", "number", "赣财绩〔2021〕4号"),
        ("已完成。。", "doubled", "已完成。"),
        ("甲，，乙", "doubled", "甲，"),
        ("（一）甲(项目)", "mixed", "（）"),
        ("提出“一带一路倡议。", "unclosed", "引号"),
        ("根据《办法规定", "unclosed", "书名号"),
        ("及时,完成", "", "及时，"),
        ("《甲》、《乙》", "", "》《"),
    ],
)
def test_finds_faults_of_punctuation(text: str, variant: str, expected: str):
    assert [(fault.variant, fault.expected) for fault in faults(text)] == [(variant, expected)]


@pytest.mark.parametrize(
    "text",
    [
        "赣财绩〔2021〕4号",
        "（甲）“乙”《丙》",
        "1）甲，2）乙",
        "甲(ABC)乙",
        "项目（2020年）第3号楼",
        "完成率55.56%，得3分。",
        "……",
    ],
)
def test_right_punctuation_is_left_alone(text: str):
    assert faults(text) == ()


def test_hides_the_middle_of_what_it_found():
    assert [(each.kind, each.masked) for each in personal_numbers("电话：13800000000")] == [
        ("手机号", "138****0000")
    ]
    assert [each.masked for each in personal_numbers("138-0000-0000、138 0000 0000")] == [
        "138****0000",
        "138****0000",
    ]


def test_an_identity_number_counts_when_its_check_digit_is_right():
    assert [each.kind for each in personal_numbers("身份证11010519491231002X")] == ["身份证号"]
    assert personal_numbers("编号110105194912310021") == ()


@pytest.mark.parametrize(
    "text",
    [
        "0791-86220000",
        "12345678901",
        "360000212020000012345",
        "合同号2013800000000",
        "1380000000",
        "13800000000.00",
    ],
)
def test_other_numbers_are_not_personal(text: str):
    assert personal_numbers(text) == ()
