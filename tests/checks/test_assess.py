"""How findings are settled: echoes, merging, severities of the profile, trial, waivers, and what
becomes of the workbook.
"""

from dataclasses import replace
from datetime import date

import pytest
from builders import entry, funding, indicator, percent, quantity, text, unreadable

from checks.samples import AS_OF, annual, codes, forms, found, item, only, policies, self_evaluation
from evalbatch.checks.assess import assess, findings_from, noted
from evalbatch.checks.catalogue import refuse
from evalbatch.model.evaluation import Status
from evalbatch.model.finding import Observation, Severity, Waiver, unwaived
from evalbatch.model.place import Place
from evalbatch.model.submission import Stamp, State, Submission
from evalbatch.model.today import Today
from evalbatch.model.value import Choice

WAIVER = Waiver(
    "城区道路修缮 专项经费（修改版）", "X01", "分管领导", date(2022, 1, 5), "材料随后补报"
)


def unexplained() -> Submission:
    return self_evaluation(
        amount=indicator("修缮道路", 20, 18, quantity(10, "条"), quantity(9, "条"), number=20)
    )


def judged(filled: Submission, *waivers: Waiver, **changes: object):
    form = forms()[filled.form]
    return assess(filled, form, policies()[form.policy].model_copy(update=changes), AS_OF, waivers)


def test_an_error_returns_the_workbook_and_the_total_is_still_computed():
    evaluation = judged(unexplained())
    assert evaluation.status is Status.RETURNED
    assert str(evaluation.scores.final_total) == "97.00"


def test_a_warning_does_not_return_it():
    evaluation = judged(self_evaluation({"unspent_reason": None}))
    assert [finding.code for finding in evaluation.findings] == ["X05"]
    assert evaluation.status is Status.GRADED


def test_the_gravest_findings_come_first():
    findings = found(
        replace(unexplained(), observations=(Observation("F09", (Place("甲"),), "宏"),))
    )
    ranks = [finding.severity.rank for finding in findings]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) > 1


def test_a_blank_weight_is_reported_once():
    blank = self_evaluation(
        amount=indicator(
            "修缮道路",
            None,
            18,
            quantity(10, "条"),
            quantity(9, "条"),
            number=20,
            reason="管线迁改。",
        )
    )
    assert codes(blank) == {"B01"}


def test_an_unreadable_weight_is_reported_once_as_v01():
    row = indicator(
        "修缮道路",
        unreadable("二十", 20, 6),
        18,
        quantity(10, "条"),
        quantity(9, "条"),
        number=20,
        reason="管线迁改所致。",
    )
    assert codes(self_evaluation(amount=row)) == {"V01"}


@pytest.mark.parametrize(("code", "state"), [("F06", State.UNCALCULATED), ("F07", State.ERROR)])
def test_a_broken_cell_is_reported_once(code: str, state: State):
    cell = unreadable("#REF!" if state is State.ERROR else "", 20, 6, state)
    row = indicator(
        "修缮道路",
        cell,
        18,
        quantity(10, "条"),
        quantity(9, "条"),
        number=20,
        reason="管线迁改所致。",
    )
    seen = Observation(code, (cell.place,), "#REF!", "分值")
    assert codes(replace(self_evaluation(amount=row), observations=(seen,))) == {code}


def test_a_full_score_for_a_missed_target_is_not_also_reported_as_cut():
    full = indicator("修缮道路", 20, 20, quantity(10, "条"), quantity(9, "条"), number=20)
    assert codes(self_evaluation({"stated_total": 99, "text_conclusion": ""}, amount=full)) == {
        "S03"
    }


def test_a_score_above_its_weight_is_not_also_reported_as_cut():
    above = indicator("修缮道路", 20, 25, quantity(10, "条"), quantity(9, "条"), number=20)
    assert codes(self_evaluation({"stated_total": 104, "text_conclusion": ""}, amount=above)) == {
        "S01"
    }


def test_a_row_left_from_the_template_is_reported_once_and_hides_no_wrong_sum():
    left = indicator("指标2：", None, None, number=26, level1="效益指标", level2="生态效益指标")
    assert codes(self_evaluation(ecological=left)) == {"B03"}
    heavy = indicator(
        "修缮道路",
        25,
        18,
        quantity(10, "条"),
        quantity(9, "条"),
        number=20,
        reason="管线迁改推迟完工。",
    )
    assert "W01" in codes(self_evaluation(ecological=left, amount=heavy))


def test_a_form_without_any_indicator_is_not_graded_on_its_money_alone():
    filled = self_evaluation()
    empty = replace(filled, tables={**filled.tables, "indicators": ()})
    blanks = [each.message for each in found(empty) if each.code == "B01"]
    assert blanks == ["“绩效指标”没有填写。"]
    assert judged(empty).status is Status.RETURNED


def test_a_complaint_rate_with_the_wrong_sign_is_reported():
    row = indicator("投诉率", 10, 10, percent(5, "≥"), percent(6), number=21, level2="质量指标")
    assert "V06" in codes(self_evaluation(quality=row))


def test_a_weight_beside_no_indicator_is_not_also_a_wrong_sum():
    row = indicator("无", 5, None, number=26, level1="效益指标", level2="生态效益指标")
    assert codes(self_evaluation(ecological=row)) == {"I04"}


def test_equal_findings_are_merged_with_their_cells():
    blank = dict.fromkeys(("project", "department"))
    rows = [
        indicator(name, 10, 10, None, percent(96), number=number, level2="质量指标")
        for name, number in (("甲项", 21), ("乙项", 22))
    ]
    merged = [
        each
        for each in found(self_evaluation(blank, quality=rows[0], time=rows[1]))
        if "年度指标值" in each.message
    ]
    assert len(merged) == 1
    assert [place.row for place in merged[0].places] == [21, 22]


def test_the_profile_changes_a_severity():
    evaluation = judged(unexplained(), severities={"X01": "warning"})
    assert evaluation.status is Status.GRADED
    assert [(finding.code, finding.severity) for finding in evaluation.findings] == [
        ("X01", Severity.WARNING)
    ]


def test_the_profile_does_not_make_a_doubt_an_error():
    doubt = self_evaluation({"text_output": "以百分比%表示"})
    assert only(doubt, "B02").severity is Severity.NOTE
    assert only(doubt, "B02", severities={"B02": "error"}).severity is Severity.NOTE
    assert (
        only(self_evaluation({"unspent_reason": None}), "X05", severities={"X05": "error"}).severity
        is Severity.ERROR
    )


def test_the_profile_switches_a_check_off():
    assert judged(unexplained(), off=("X01",)).findings == ()


def test_the_profile_switches_a_reader_s_note_off():
    noted = replace(
        self_evaluation(), observations=(Observation("F10", (Place("甲"),), "１", "1"),)
    )
    assert codes(noted) == {"F10"}
    assert codes(noted, off=("F10",)) == set()


def test_a_check_on_trial_is_a_note_and_says_so():
    evaluation = judged(unexplained(), trial=("X01",), severities={"X01": "error"})
    assert evaluation.status is Status.GRADED
    assert evaluation.findings[0].severity is Severity.NOTE
    assert evaluation.findings[0].title.endswith("（试行）")


def test_a_waiver_lifts_its_finding_and_is_kept_with_it():
    evaluation = judged(unexplained(), WAIVER)
    assert evaluation.status is Status.GRADED
    assert evaluation.findings[0].waiver == WAIVER
    assert evaluation.findings[0].severity is Severity.ERROR
    assert unwaived(evaluation.findings, Severity.ERROR) == 0


@pytest.mark.parametrize(
    "waiver",
    [
        replace(WAIVER, code="X02"),
        replace(WAIVER, project="城区道路养护"),
        replace(WAIVER, until=date(2022, 1, 30)),
        replace(WAIVER, project=""),
    ],
    ids=["another code", "another project", "expired", "no project"],
)
def test_a_waiver_for_something_else_lifts_nothing(waiver: Waiver):
    assert judged(unexplained(), waiver).status is Status.RETURNED


def test_a_waiver_holds_on_its_last_day():
    assert judged(unexplained(), replace(WAIVER, until=AS_OF)).status is Status.GRADED


def test_an_office_is_waived_by_its_name():
    waiver = replace(WAIVER, project="综合处", code="B01")
    evaluation = judged(annual(item1=item(1, "")), waiver)
    assert [finding.waiver for finding in evaluation.findings if finding.code == "B01"] == [waiver]


def test_a_workbook_that_cannot_be_scored_is_returned_and_says_so():
    without = self_evaluation()
    rows = tuple(
        replace(row, entries={k: v for k, v in row.entries.items() if k not in ("weight", "score")})
        for row in without.tables["indicators"]
    )
    fund = tuple(
        replace(row, entries={k: v for k, v in row.entries.items() if k not in ("weight", "score")})
        for row in without.tables["funding"]
    )
    bare = replace(without, tables={**without.tables, "indicators": rows, "funding": fund})
    evaluation = judged(bare)
    assert evaluation.status is Status.RETURNED
    assert any(
        finding.code == "F04" and "无法计分" in finding.message for finding in evaluation.findings
    )


def test_a_plan_of_which_nothing_is_due_is_not_returned():
    evaluation = assess(
        annual(), forms()["annual_management"], policies()["annual_nodes"], date(2021, 1, 1)
    )
    assert "F04" not in {finding.code for finding in evaluation.findings}


def test_a_refusal_has_its_finding():
    refusal = refuse(
        Observation("F01", (Place("甲.xlsx"),), "空文件（0 字节）"), "甲.xlsx", "0" * 64
    )
    assert refusal.status is Status.UNREADABLE
    assert refusal.findings[0].message == "文件无法读取：空文件（0 字节）。"


def test_what_is_noticed_later_is_added_and_may_return_the_workbook():
    graded = judged(self_evaluation())
    seen = Observation(
        "D03",
        (Place("甲.xlsx", "自评表", 3, 4),),
        "原文",
        "",
        figures={"others": "水利局“灌区修缮”"},
    )
    policy = policies()["cz2020_self"]
    amended = noted(graded, [seen], policy, (), AS_OF)
    assert (amended.status, [finding.code for finding in amended.findings]) == (
        Status.GRADED,
        ["D03"],
    )
    strict = policy.model_copy(update={"severities": {"D03": "error"}})
    assert noted(graded, [seen], strict, (), AS_OF).status is Status.RETURNED


def test_a_place_is_named_once_in_a_merged_finding():
    seen = Observation("F07", (Place("甲", "表", 1, 1), Place("甲", "表", 1, 1)), "#N/A", "分值")
    (merged,) = findings_from([seen, seen], policies()["cz2020_self"], (), "", Today(AS_OF))
    assert merged.places == (Place("甲", "表", 1, 1),)


def test_a_finding_quotes_the_basis_of_the_limit_that_it_applied():
    low = self_evaluation(total=funding(100, 80, score=8, initial_budget=100), sum=None)
    finding = next(finding for finding in found(low) if finding.code == "X02")
    assert finding.basis.startswith("四川省")
    assert "财预〔2020〕10号" not in finding.basis
    small = self_evaluation(
        {"survey_issued": 20, "survey_returned": 20, "survey_valid": 20, "survey_satisfied": 19}
    )
    finding = next(finding for finding in found(small) if finding.code == "E04")
    assert "可在评分口径中修改" in finding.basis


def test_a_claim_stands_where_its_finding_is_waived():
    filled = self_evaluation(
        amount=indicator("修缮道路", 20, 20, quantity(10, "条"), quantity(9, "条"), number=20)
    )
    form = forms()[filled.form]
    policy = policies()[form.policy]
    returned = assess(filled, form, policy, AS_OF)
    assert "S03" in {each.code for each in returned.findings if each.waiver is None}
    waiver = Waiver(filled.title, "S03", "绩效办", AS_OF, "审计认可")
    evaluation = assess(filled, form, policy, AS_OF, [waiver])
    row = next(each for each in evaluation.scores.rows if each.level3 == "修缮道路")
    assert (row.final, row.computed, row.upheld) == (20, 18, True)
    assert "豁免" in row.reason
    assert evaluation.scores.final_total == (returned.scores.final_total or 0) + 2


def test_a_grade_that_our_own_blank_computed_is_not_judged_as_typed():
    typed = entry(Choice(("优", "良"), ("良",)), 108, 2)
    computed = typed._replace(formula=True)
    stamp = Stamp("self_evaluation", 1)
    filled = self_evaluation({"stated_grade": typed})
    assert "S06" in codes(filled)
    assert "S06" in codes(replace(filled, stamp=stamp))
    assert "S06" not in codes(replace(self_evaluation({"stated_grade": computed}), stamp=stamp))


def test_a_target_merged_over_its_actual_is_no_actual():
    filled = self_evaluation()
    rows = filled.tables["indicators"]
    spread = rows[0].entries["target"]
    merged = replace(rows[0], entries={**rows[0].entries, "actual": spread})
    tables = {**filled.tables, "indicators": (merged, *rows[1:])}
    finding = only(replace(filled, tables=tables), "B01")
    assert "合并" in finding.message
    assert finding.place == spread.place


def test_words_that_only_deny_may_not_claim_more_than_the_last_tier():
    def claimed(score: int) -> Submission:
        denied = indicator(
            "沿线商铺营业",
            10,
            score,
            text("好转"),
            text("未好转"),
            number=24,
            level1="效益指标",
            level2="经济效益指标",
            reason="商铺复业较慢，下年继续帮扶。",
        )
        return self_evaluation(economic=denied)

    assert "S03" in codes(claimed(10))
    assert "S04" not in codes(claimed(10))  # one fault, told once
    assert "S04" in codes(claimed(8))
    assert not {"S03", "S04"} & codes(claimed(5))
    assert "S09" in codes(claimed(5))


def test_sums_are_not_judged_while_figures_stand_outside_what_was_read():
    heavy = self_evaluation(
        amount=indicator("修缮道路", 25, 18, quantity(10, "条"), quantity(9, "条"), number=20)
    )
    assert "W01" in codes(heavy)
    place = (Place(heavy.file, "自评表", 40, 7),)
    outside = Observation("F04", place, "第40行", variant="unread_figures")
    assert not {"W01", "S05"} & codes(replace(heavy, observations=(outside,)))


def test_an_actual_merged_over_several_targets_is_told():
    filled = self_evaluation()
    first, second, *others = filled.tables["indicators"]
    shared = replace(second, entries={**second.entries, "actual": first.entries["actual"]})
    tables = {**filled.tables, "indicators": (first, shared, *others)}
    said = [each for each in found(replace(filled, tables=tables)) if "合并成一格" in each.message]
    assert [(each.code, each.severity) for each in said] == [("V01", Severity.WARNING)]
