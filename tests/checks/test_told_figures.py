"""Amounts, surveys and results that the texts tell, against the tables: sure ones are errors,
doubtful ones notes.
"""

import pytest
from builders import funding, indicator, percent, quantity

from checks.samples import found, self_evaluation
from evalbatch.model.finding import Severity
from evalbatch.model.submission import Row
from evalbatch.reading.quantities import parse_quantity


def judged(sentence: str, code: str = "T04", **fields: object) -> list[Severity]:
    filled = self_evaluation({"text_funding": sentence, **fields})
    return [each.severity for each in found(filled) if each.code == code]


@pytest.mark.parametrize(
    "sentence",
    [
        "全年预算100万元，实际支出95万元，结余5万元。",
        "本项目年初预算数100.00万元，全年执行数95.00万元，剩余资金5.00万元结转下年。",
        "截至2021年12月31日，项目实际支出950000元。",
        "截至2021年6月底，实际支出40万元。",
        "上半年实际支出40万元，全年支出95万元。",
        "其中东区实际支出60万元，西区实际支出35万元。",
        "实际支出约95万元。",
        "2020年实际支出88万元，2021年实际支出95万元。",
        "上年实际支出88万元。",
        "计划实际支出100万元。",
        "当年财政拨款80万元，上年结转资金20万元，实际支出75万元和20万元。",
        "人均实际支出120元。",
        "每条道路实际支出9.5万元。",
        "项目总投资300万元，三年实施，本年度预算100万元。",
        "2021年度城区道路修缮实际支出95万元，未执行资金5万元。",
        "实际支出95.0万元，尚有5万元质保金未支付。",
        "预算100万元以上的项目须评审。",
        "发放问卷100份，回收100份，有效问卷100份，满意95份，满意度95%。",
        "共发放5000份宣传资料，回收300份旧证，群众满意度95%。",
        "有效提案12份，发放宣传册3000份，满意度95%。",
        "满意度目标为90%，群众满意度达到95.0%。",
        "服务对象满意度不低于90%。",
        "修缮道路9条。修缮道路计划10条。",
        "工程验收合格率96%，合格率目标95%以上。",
        "完成率105%，执行率95%。",
        "资金到位率105%。",
        "问卷回收率100%，其中满意的有95人。",
        "工程验收合格率扣分标准为每低1%扣1分。",
    ],
)
def test_an_honest_sentence_gets_neither_error_nor_note(sentence: str):
    assert judged(sentence) == []
    assert judged(sentence, "M06") == []


@pytest.mark.parametrize(
    "sentence",
    [
        "全年预算100万元，实际支出59万元。",
        "全年执行数为97.5万元。",
        "截至2021年底，本项目累计支出93万元。",
        "2021年度项目资金实际支出930,000.00元。",
        "城区道路修缮实际支出93万元。",
        "年初预算数120万元。",
        "全年预算0.012亿元。",
        "项目实际支出0.93百万元。",
        "项目实际支出930千元。",
        "项目结余资金7.5万元。",
        "尚有15万元未支付。",
        "共发放问卷120份。",
        "回收有效问卷90份。",
        "服务对象满意度达98.2%。",
        "修缮道路12条。",
        "工程验收合格率达到99%。",
        "一次验收合格率105%。",
        "问卷回收率90%。",
        "收回有效问卷100份，满意的有85人。",
        "工程验收合格率扣3分。",
        "修缮道路平均12条。",
    ],
)
def test_a_contradiction_is_an_error(sentence: str):
    assert judged(sentence) == [Severity.ERROR]


@pytest.mark.parametrize(
    "sentence",
    [
        "道路养护实际支出59万元。",
        "东片区修缮道路12条。",
        "城区部分，项目实际支出59万元。",
        "工程验收合格率达到99%，工程验收合格率达到98%。",
        "发放问卷50份；另一次发放问卷40份。",
        "实际到位资金80万元。",
    ],
)
def test_what_may_mean_something_else_stays_a_note(sentence: str):
    assert set(judged(sentence)) <= {Severity.NOTE}


def test_ten_thousand_times_as_much_is_a_matter_of_units():
    assert judged("实际支出950000万元。", "M06") == [Severity.ERROR]
    assert judged("实际支出950000万元。") == []


def test_a_form_filled_in_yuan_throughout_is_seen_by_its_size():
    total = funding(2_000_000, 1_900_000, score=9.5, initial_budget=2_000_000)
    filled = self_evaluation(
        {"text_funding": None},
        total=total,
        current=None,
        carried=None,
        first=None,
        second=None,
        sum=None,
    )
    (finding,) = [each for each in found(filled) if each.code == "M06"]
    assert finding.severity is Severity.WARNING
    assert "1000000万元" in finding.message


def cut(reason: str) -> list[Severity]:
    row = indicator(
        "修缮道路", 20, 18, quantity(10, "条"), quantity(9, "条"), number=20, reason=reason
    )
    return [each.severity for each in found(self_evaluation(amount=row)) if each.code == "T04"]


@pytest.mark.parametrize(
    "reason",
    [
        "一条道路推迟施工，扣2分。",
        "一条道路推迟施工，按完成率扣减10%。",
        "一条道路推迟扣1.5分，标线未划扣0.5分。",
        "一条道路推迟施工，核减工程款并扣5%的资金。",
        "一条道路因管线迁改推迟到次年三月完工。",
        "完成率90%，扣除2分。",
    ],
)
def test_a_cut_that_a_reason_names_and_the_row_makes_is_not_spoken_of(reason: str):
    assert cut(reason) == []


def test_another_cut_than_the_row_makes_is_an_error_and_several_are_a_note():
    assert cut("一条道路推迟施工，扣5分。") == [Severity.ERROR]
    assert cut("一条道路推迟施工，扣减30%。") == [Severity.ERROR]
    assert cut("道路推迟扣1分，标线未划扣3分。") == [Severity.NOTE]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("2020年度完成道路修缮9条，群众反映良好。", True),
        ("2020年全年修缮道路9条。", True),
        ("2020年度立项，2021年完工。", False),
        ("与2020年度相比，出行条件改善。", False),
        ("依据财预〔2020〕10号文件开展自评。", False),
        ("项目于2020年立项。", False),
        ("2021年度完成道路修缮9条。", False),
    ],
)
def test_last_years_text_is_seen_by_its_year(text: str, seen: bool):
    filled = self_evaluation({"text_output": text})
    assert ("T07" in {each.code for each in found(filled)}) is seen


def test_a_share_of_good_ones_is_never_above_the_whole():
    row = indicator("工程验收合格率", 10, 10, percent(95, "≥"), percent(105), number=21)
    finding = next(each for each in found(self_evaluation(quality=row)) if each.code == "V01")
    assert "不会超过100%" in finding.message
    fine = indicator("任务完成率", 10, 10, percent(95, "≥"), percent(105), number=21)
    assert "V01" not in {each.code for each in found(self_evaluation(quality=fine))}


def told_beside(sentence: str) -> list[Severity]:
    """What T04 says of a sentence beside a table with a result in each of several units."""
    rows = {
        "amount": ("进修护士人数", "120人", "150人", "数量指标"),
        "quality": ("改造病房面积", "2000平方米", "2150平方米", "数量指标"),
        "time": ("病房交付时间", "10月底前", "2021年10月20日", "时效指标"),
        "cost": ("义诊活动场次", "20场", "22场", "数量指标"),
    }
    built = {
        key: indicator(
            name,
            10,
            10,
            parse_quantity(target, year=2021),
            parse_quantity(actual, year=2021),
            number=20 + number,
            level2=level2,
        )
        for number, (key, (name, target, actual, level2)) in enumerate(rows.items())
    }
    return judged_rows(sentence, built)


def judged_rows(sentence: str, rows: dict[str, Row]) -> list[Severity]:
    silent = {"goal_expected": "", "goal_actual": "", "text_funding": "", "text_conclusion": ""}
    filled = self_evaluation({**silent, "text_output": sentence}, **rows)
    return [each.severity for each in found(filled) if each.code == "T04"]


@pytest.mark.parametrize(
    "sentence",
    [
        "培训进修护士人数150人。",
        "全年选派进修护士一百五十人次。",
        "进修护士140余人。",
        "进修护士近150人。",
        "进修护士人数由100人增加到150人。",
        "改造病房0.215万平方米，条件改善。",
        "改造病房面积2150㎡。",
        "共开展22场义诊活动，其中下乡义诊活动8场。",
        "截至6月底，义诊活动10场。",
        "病房交付时间为10月20日。",
        "义诊活动3个专题，共22场。",
        "三年累计选派进修护士450人。",
        "进修护士分4批150人。",
        "病房交付时间为2021年10月。",
        "每名进修护士1200元。",
        "计划开展义诊活动20场，实际开展义诊活动22场。",
    ],
)
def test_a_result_told_in_other_words_or_units_is_that_of_the_table(sentence: str):
    assert told_beside(sentence) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "本院全年进修护士180人。",
        "共选派进修护士，进修护士一百八十人次。",
        "改造病房0.26万平方米。",
        "改造病房面积达2600㎡。",
        "共开展30场义诊活动。",
        "义诊活动三十场。",
        "病房交付时间为2021年12月5日。",
    ],
)
def test_another_result_than_the_tables_is_an_error_in_whatever_unit(sentence: str):
    assert told_beside(sentence) == [Severity.ERROR]
