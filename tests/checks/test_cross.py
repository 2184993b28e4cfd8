"""Looking across workbooks: duplicates, copies, uniform scores, the roster, last year, idle
waivers.
"""

import time
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from builders import funding, indicator, quantity

from checks.samples import AS_OF, codes, forms, found, policies, self_evaluation
from evalbatch.checks import across
from evalbatch.checks.assess import assess
from evalbatch.checks.catalogue import finding
from evalbatch.checks.fingerprint import Fingerprint, Passage, fingerprint
from evalbatch.model.evaluation import Evaluation, Status
from evalbatch.model.finding import Observation, Severity, Waiver
from evalbatch.model.identity import Arrival
from evalbatch.model.names import nearest_name, normal_name, same_name
from evalbatch.model.place import Place
from evalbatch.model.record import Expected, Record, RosterEntry
from evalbatch.model.submission import Submission
from evalbatch.standards.policy import Limit, Limits

MODIFIED = datetime.fromisoformat
REASON = "一条道路因管线迁改推迟到次年三月完工，已与管线单位议定时限。"


def evaluated(filled: Submission) -> Evaluation:
    form = forms()[filled.form]
    return assess(filled, form, policies()[form.policy], AS_OF)


def taken(filled: Submission) -> Fingerprint:
    return fingerprint(evaluated(filled), forms()[filled.form])


def handed_in(
    file: str, department: str = "交通运输局", project: str = "城区道路修缮", **more: object
) -> Fingerprint:
    return replace(
        Fingerprint(
            file,
            "self_evaluation",
            "2021",
            department,
            "管理中心",
            project,
            MODIFIED("2022-01-10T09:00"),
            Arrival(),
            Decimal(95),
            digest=file,
        ),
        **more,
    )


def message(observation: Observation) -> str:
    return finding(observation).message


# ------------------------------------------------------------ D01


def came(run: int = 1, filed: int = 0, named: int = 0, day: str = "2022-02-01") -> Arrival:
    return Arrival(date.fromisoformat(day), run, None, filed, named or run)


def test_the_later_inside_the_workbook_counts_and_both_are_named():
    early = handed_in("甲.xlsx", arrival=came(filed=9))
    late = handed_in("乙.xlsx", modified=MODIFIED("2022-01-12T08:30"), arrival=came(filed=1))
    superseded, by_file = across.duplicates([early, late])
    assert superseded == {"甲.xlsx": "乙.xlsx"}
    assert list(by_file) == ["甲.xlsx"]
    said = message(by_file["甲.xlsx"][0])
    assert "乙.xlsx" in said
    assert "2022-01-12 08:30" in said
    assert by_file["甲.xlsx"][0].places == (Place("甲.xlsx"),)


def test_what_came_in_with_a_later_run_counts_whatever_times_say():
    later = handed_in("甲.xlsx", modified=MODIFIED("2020-01-01"), arrival=came(2, filed=1))
    forged = handed_in("乙.xlsx", modified=MODIFIED("2022-01-31"), arrival=came(1, filed=9))
    superseded, by_file = across.duplicates([later, forged])
    assert superseded == {"乙.xlsx": "甲.xlsx"}
    assert "收到较晚" in message(by_file["乙.xlsx"][0])


def test_a_time_inside_that_is_yet_to_come_decides_nothing():
    dated_2099 = handed_in("甲.xlsx", modified=MODIFIED("2099-01-01"), arrival=came(filed=1))
    honest = handed_in("乙.xlsx", arrival=came(filed=2))
    assert across.duplicates([dated_2099, honest])[0] == {"甲.xlsx": "乙.xlsx"}


def test_the_file_time_decides_between_equal_times_inside():
    group = [
        handed_in("甲.xlsx", arrival=came(filed=2)),
        handed_in("乙.xlsx", arrival=came(filed=1)),
    ]
    superseded, by_file = across.duplicates(group)
    assert superseded == {"乙.xlsx": "甲.xlsx"}
    assert "文件时间较晚" in message(by_file["乙.xlsx"][0])


def test_a_workbook_without_a_time_inside_neither_wins_nor_loses_by_it():
    for older, newer in (("乙.xls", "甲.xlsx"), ("甲.xlsx", "乙.xls")):
        times = {"乙.xls": None, "甲.xlsx": MODIFIED("2022-01-10")}
        group = [
            handed_in(file, modified=times[file], arrival=came(filed=9 if file == newer else 1))
            for file in times
        ]
        assert across.duplicates(group)[0] == {older: newer}


def test_of_identical_contents_the_one_that_counts_already_stays_else_the_shortest_path():
    copies = [
        handed_in(file, digest="same", arrival=came())
        for file in ("甲/乙/一.xlsx", "一.xlsx", "丙/一.xlsx")
    ]
    assert set(across.duplicates(copies)[0].values()) == {"一.xlsx"}
    first = handed_in("甲/乙/丙/一.xlsx", digest="same", arrival=came(named=1))
    later = [replace(each, arrival=came(named=2)) for each in copies]
    assert set(across.duplicates([*later, first])[0].values()) == {first.file}


def test_a_blank_workbook_and_one_that_contradicts_itself_supersede_nothing():
    good, blank = (
        handed_in("甲.xlsx", arrival=came(1)),
        handed_in("乙.xlsx", arrival=came(2), filled=False),
    )
    assert across.duplicates([good, blank])[0] == {"乙.xlsx": "甲.xlsx"}
    assert across.duplicates([good, replace(blank, filled=True)], {"乙.xlsx"})[0] == {
        "乙.xlsx": "甲.xlsx"
    }
    assert across.duplicates([blank, replace(blank, file="丙.xlsx", digest="丙", arrival=came(3))])[
        0
    ] == {"乙.xlsx": "丙.xlsx"}


def test_hand_ins_for_one_line_of_the_roster_are_one_project_however_unit_and_year_are_spelt():
    group = [
        handed_in("甲.xlsx", arrival=came(1), line="名册.xlsx C3"),
        handed_in("乙.xlsx", arrival=came(2), line="名册.xlsx C3", unit="另一写法", year="2021年"),
    ]
    assert across.duplicates(group)[0] == {"甲.xlsx": "乙.xlsx"}


def test_the_normal_hand_in_after_a_return_is_a_note():
    returned = replace(
        taken(replace(self_evaluation({"unit": None}), file="一.xlsx", digest="1")), arrival=came(1)
    )
    mended = replace(
        taken(replace(self_evaluation(), file="二.xlsx", digest="2")), arrival=came(2), line="x"
    )
    (seen,) = across.duplicates([replace(returned, line="x"), mended])[1]["一.xlsx"]
    assert finding(seen).severity is Severity.NOTE
    (unasked,) = across.duplicates(
        [replace(mended, file="三.xlsx", digest="3", arrival=came(1)), mended]
    )[1]["三.xlsx"]
    assert finding(unasked).severity is Severity.WARNING


def test_a_thousand_copies_name_a_few_and_count_the_rest():
    copies = [
        handed_in(f"{number:04}.xlsx", arrival=came(), digest="same") for number in range(1000)
    ]
    superseded, by_file = across.duplicates(copies)
    assert len(superseded) == len(by_file) == 999
    said = message(by_file["0999.xlsx"][0])
    assert "等999份" in said
    assert len(said) < 200


def test_of_three_all_but_the_last_are_superseded():
    group = [handed_in(f"{day}.xlsx", modified=MODIFIED(f"2022-01-0{day}")) for day in (3, 1, 2)]
    superseded, by_file = across.duplicates(group)
    assert superseded == {"1.xlsx": "3.xlsx", "2.xlsx": "3.xlsx"}
    assert "3次" in message(by_file["1.xlsx"][0])


@pytest.mark.parametrize(
    "name", ["城区 道路修缮", "城区道路修缮（修改版）", "城区道路修缮(2)", "“城区道路修缮”"]
)
def test_a_name_written_otherwise_is_the_same_project(name: str):
    assert across.duplicates([handed_in("甲.xlsx"), handed_in("乙.xlsx", project=name)])[0]


@pytest.mark.parametrize(
    "other",
    [
        {"project": "城区道路修缮二期"},
        {"department": "水利局"},
        {"unit": "另一单位"},
        {"year": "2020"},
        {"form": "project_evaluation"},
    ],
)
def test_another_project_unit_year_or_form_is_no_duplicate(other: dict[str, str]):
    assert across.duplicates([handed_in("甲.xlsx"), handed_in("乙.xlsx", **other)]) == ({}, {})


# ------------------------------------------------------------ D09


def unexplained(file: str, modified: str, **changes: object) -> Fingerprint:
    row = indicator("修缮道路", 20, 18, quantity(10, "条"), quantity(9, "条"), number=20)
    filled = self_evaluation({"unit": None, **changes}, amount=row)
    return taken(replace(filled, file=file, digest=file, modified=MODIFIED(modified)))


def test_what_was_not_mended_is_said_of_the_later_hand_in():
    first, second = unexplained("一.xlsx", "2022-01-10"), unexplained("二.xlsx", "2022-01-12")
    seen = across.look_across([first, second]).by_file
    still = [each for each in seen["二.xlsx"] if each.code == "D09"]
    assert len(still) == 1
    assert "一.xlsx" in message(still[0])
    assert "仍有2个没有改正：B01（自评表!" in message(still[0])
    assert "X01（自评表!" in message(still[0])
    assert "D09" not in {each.code for each in seen["一.xlsx"]}


def test_a_fault_that_moved_with_an_inserted_row_is_still_the_same():
    first, second = unexplained("一.xlsx", "2022-01-10"), unexplained("二.xlsx", "2022-01-12")
    moved = tuple(
        replace(fault, place=fault.place._replace(row=fault.place.row + 1))
        for fault in second.faults
    )
    assert "仍有2个" in message(across.unmended(replace(second, faults=moved), first)[0])


def test_a_mended_workbook_has_nothing_left_of_the_old_findings():
    mended = taken(replace(self_evaluation(), file="二.xlsx", modified=MODIFIED("2022-01-12")))
    assert across.unmended(mended, unexplained("一.xlsx", "2022-01-10")) == []
    assert mended.faults == ()


@pytest.mark.parametrize(("form", "told"), [("self_evaluation", True), ("another_form", False)])
def test_what_stood_in_a_file_until_another_form_took_its_name_is_not_held_against_it(
    form: str, told: bool
):
    now = unexplained("一.xlsx", "2022-01-12")
    before = replace(now, form=form, digest="旧")
    seen = across.look_across([now], earlier=[before]).by_file
    assert ("一.xlsx" in seen) is told


# ------------------------------------------------------------ D03


def with_reason(department: str, file: str, reason: str = REASON) -> Submission:
    row = indicator(
        "修缮道路", 20, 18, quantity(10, "条"), quantity(9, "条"), number=20, reason=reason
    )
    return replace(
        self_evaluation({"department": department, "unit": department}, amount=row), file=file
    )


def test_the_same_reason_in_two_departments_is_copied():
    one, other = (
        taken(with_reason("交通运输局", "甲.xlsx")),
        taken(with_reason("水利局", "乙.xlsx")),
    )
    by_file = across.copied([one, other])
    (said,) = by_file["甲.xlsx"]
    assert "水利局“城区道路修缮专项经费”" in message(said)
    assert REASON[:20] in message(said)
    assert 20 in [place.row for place in by_file["乙.xlsx"][0].places]


def test_a_copy_quotes_the_limit_from_which_on_texts_are_compared():
    crowd = [taken(with_reason(name, f"{name}.xlsx")) for name in ("交通运输局", "水利局")]
    limit = Limit(value=Decimal(12), basis="某县互查办法", certainty="source")
    known = {
        name: own.model_copy(update={"copied_characters": limit}) for name, own in limits().items()
    }
    (said,) = across.look_across(crowd, known).by_file["水利局.xlsx"]
    assert finding(said).basis == "某县互查办法"


def test_a_workbook_copied_as_a_whole_is_said_once_with_every_cell():
    shared = [Passage(str(n), f"第{n}段同样的话", Place("x", "表", n, 3)) for n in range(1, 1001)]
    crowd = [handed_in(f"{n}.xlsx", f"部门{n}", f"项目{n}", passages=shared) for n in range(5)]
    by_file = across.copied(crowd)
    (said,) = by_file["3.xlsx"]
    assert [place.row for place in said.places] == list(range(1, 1001))
    assert "有1000处文字与部门0“项目0”、部门1“项目1”、部门2“项目2”等" in message(said)
    assert "“第1段同样的话”、“第2段同样的话”、“第3段同样的话”" in message(said)
    assert len(message(said)) < 200


@pytest.mark.parametrize(
    "sentence",
    [
        "进一步加强项目资金管理，提高资金使用效益",
        "严格按照有关财务管理规定执行",
        "项目资金已按照预算进度全部支付完毕",
        "下一步将继续加强预算执行管理工作",
    ],
)
def test_what_anybody_writes_is_no_copy(sentence: str):
    row = indicator("修缮道路", 20, 18, quantity(10, "条"), quantity(9, "条"), reason=sentence)
    one, other = self_evaluation(amount=row), self_evaluation({"department": "水务局"}, amount=row)
    keys = {each.shown for each in (*taken(one).passages, *taken(other).passages)}
    assert not any(part in keys for part in sentence.split("，"))


def test_the_same_reason_within_a_department_is_not_copied():
    assert (
        across.copied(
            [
                taken(with_reason("交通运输局", "甲.xlsx")),
                taken(with_reason("交通运输局", "乙.xlsx")),
            ]
        )
        == {}
    )


def test_short_texts_and_those_that_the_form_prints_are_not_compared():
    passages = taken(with_reason("水利局", "甲.xlsx", "管线迁改")).passages
    assert not any(passage.shown == "管线迁改" for passage in passages)
    assert not any(passage.shown == "修缮道路" for passage in passages)


def test_many_departments_with_one_text_are_named_in_part():
    shared = (Passage("1", "同样的话", Place("x", "表", 3, 3)),)
    crowd = [handed_in(f"{n}.xlsx", f"部门{n}", f"项目{n}", passages=shared) for n in range(9)]
    said = message(across.copied(crowd)["5.xlsx"][0])
    assert "部门0“项目0”、部门1“项目1”、部门2“项目2”等" in said
    assert "部门5" not in said


# ------------------------------------------------------------ D04


def limits() -> dict[str, Limits]:
    return {name: policies()[form.policy].limits for name, form in forms().items()}


def projects(*totals: float) -> list[Fingerprint]:
    return [
        handed_in(f"{n}.xlsx", project=f"项目{n}", claimed=Decimal(str(total)))
        for n, total in enumerate(totals)
    ]


def test_a_department_with_only_high_totals_is_noted():
    seen = list(across.uniform(projects(95, 92, 90), limits()))
    assert [(each.code, each.variant, len(each.places)) for each in seen] == [("D04", "", 3)]
    assert "3个项目" in message(seen[0])
    assert "最低90分" in message(seen[0])


def test_a_department_with_one_total_for_all_is_noted():
    assert "都是85分" in message(next(across.uniform(projects(85, 85, 85), limits())))


@pytest.mark.parametrize("totals", [(95, 92, 89.99), (95, 92), (85, 85)])
def test_a_department_with_a_lower_total_or_few_projects_is_not(totals: tuple[float, ...]):
    assert list(across.uniform(projects(*totals), limits())) == []


@pytest.mark.parametrize(
    ("totals", "basis"),
    [((85,) * 5, "至少五个"), ((85,) * 4, ""), ((95, 92, 91, 94, 93), "高分"), ((95, 91), "")],
)
def test_likeness_is_told_from_the_profiles_number_of_projects_on(
    totals: tuple[float, ...], basis: str
) -> None:
    """One total for all by that limit; high ones by the limit from which on they are high."""
    own = {
        "alike_projects": Limit(value=Decimal(5), basis="至少五个", certainty="source"),
        "high_total": Limit(value=Decimal(91), basis="高分", certainty="source"),
    }
    known = {form: limit.model_copy(update=own) for form, limit in limits().items()}
    said = [finding(each).basis for each in across.uniform(projects(*totals), known)]
    assert said == [basis] * bool(basis)


# ------------------------------------------------------------ D02, D05


def entry(project: str, deadline: date | None = date(2022, 1, 20)) -> RosterEntry:
    return RosterEntry(
        "交通运输局",
        "管理中心",
        project,
        "self_evaluation",
        None,
        (),
        deadline,
        Place("名册.xlsx", "名册", 2, 1),
    )


def test_a_roster_line_without_a_file_is_missing():
    late = next(across.missing([Expected(entry("道路养护"), (), None, -11)]))
    assert "道路养护" in message(late)
    assert "逾期11天" in message(late)
    assert "逾期" not in message(next(across.missing([Expected(entry("道路养护"), (), None, 3)])))
    assert "尚未收到" in message(
        next(across.missing([Expected(entry("道路养护", None), (), None, None)]))
    )
    assert list(across.missing([Expected(entry("道路养护"), ("甲.xlsx",), Status.GRADED, 3)])) == []


def test_a_workbook_off_the_roster_names_the_nearest_line():
    seen = across.unlisted(
        handed_in("甲.xlsx", project="城区道路修善"), [entry("城区道路修缮"), entry("桥梁维护")]
    )
    assert "最接近的是“城区道路修缮”" in message(seen)
    assert "也没有相近的项目" in message(
        across.unlisted(handed_in("甲.xlsx", project="绿化"), [entry("桥梁维护")])
    )


def test_a_project_handed_in_on_another_form_than_the_roster_asks_for_is_told_which():
    own = replace(
        entry("城区 道路修缮"), form="project_evaluation", form_title="项目支出绩效评价表"
    )
    said = message(across.unlisted(handed_in("甲.xlsx"), [own, entry("桥梁维护")]))
    assert (
        said == "名册中交通运输局“城区道路修缮”应报的是《项目支出绩效评价表》，报来的不是这种表。"
    )
    elsewhere = replace(own, department="水务局")
    assert "应报的是" not in message(across.unlisted(handed_in("甲.xlsx"), [elsewhere]))


# ------------------------------------------------------------ D06


def record_of(filled: Submission) -> Record:
    evaluation = evaluated(filled)
    return Record(
        *(
            "去年.xlsx",
            "0",
            filled.form,
            "表",
            "2020",
            "交通运输局",
            "中心",
            "项目",
            evaluation.status,
            evaluation.scores,
        ),
        findings=(),
    )


def test_problems_of_last_year_that_nothing_is_said_of_are_counted_and_return_nobody():
    any_finding = finding(Observation("D14", (Place("去年.xlsx"),), figures={"project": "路"}))
    problems = tuple(replace(any_finding, message=said) for said in ("甲问题", "乙问题"))
    before = replace(record_of(self_evaluation()), findings=problems)
    said = replace(self_evaluation(), rectified=(("甲问题", "已整改"), ("乙问题", "")))
    (told,) = [each for each in found(said, previous=before) if "上年评价发现" in each.message]
    assert told.message == "上年评价发现2个问题，其中1个没有填写整改情况。"
    assert (told.code, told.severity) == ("D06", Severity.NOTE)
    whole = replace(said, rectified=(("甲问题", "已整改"), ("乙问题", "次年一月补齐")))
    assert not [one for one in found(whole, previous=before) if "上年评价发现" in one.message]


def test_last_year_s_reason_target_and_money_left_are_compared():
    before = with_reason("交通运输局", "去年.xlsx")
    lower = indicator(
        "修缮道路", 20, 17.5, quantity(8, "条"), quantity(7, "条"), number=20, reason=REASON
    )
    seen = [
        each
        for each in found(self_evaluation(amount=lower), previous=record_of(before))
        if each.code == "D06"
    ]
    assert sorted(each.place.row for each in seen) == [5, 20, 20, 27]
    assert any("由上年的10条放宽为8条" in each.message for each in seen)
    assert any("上年5.00万元，本年5.00万元" in each.message for each in seen)
    assert any(REASON.rstrip("。") in each.message for each in seen)


@pytest.mark.parametrize(
    ("name", "was", "now", "said"),
    [
        ("修缮道路", "10条", "8条", "放宽"),
        ("修缮道路", "≥10条", "≥12条", "收紧"),
        ("修缮成本", "≤10万元", "≤12万元", "放宽"),
        ("修缮成本", "≤10万元", "≤9.5万元", "收紧"),
        ("安全事故发生次数", "3次", "5次", "放宽"),
        ("安全事故发生次数", "3次", "1次", "收紧"),
        ("群众满意度", "≥90%", "≥85%", "放宽"),
    ],
)
def test_another_target_is_called_eased_or_tightened_by_the_sense_of_its_indicator(
    name: str, was: str, now: str, said: str
):
    def filed(target: str) -> Submission:
        row = indicator(name, 20, 20, target, target, number=20)
        return self_evaluation(amount=row)

    seen = found(filed(now), previous=record_of(filed(was)))
    (told,) = [each for each in seen if each.code == "D06" and "年度指标值" in each.message]
    assert told.message == f"“{name}”的年度指标值由上年的{was}{said}为{now}。"


def test_a_target_that_asks_for_the_same_in_another_unit_is_no_change():
    def filed(target: str) -> Submission:
        return self_evaluation(amount=indicator("修缮里程", 20, 20, target, target, number=20))

    seen = found(filed("≥10000米"), previous=record_of(filed("≥10公里")))
    assert not [each for each in seen if "年度指标值" in each.message and each.code == "D06"]


def test_nothing_is_compared_without_last_year_or_where_it_differs():
    assert "D06" not in codes(self_evaluation())
    unread = replace(record_of(self_evaluation()), scores=None)
    assert "D06" not in codes(self_evaluation(), previous=unread)
    row = indicator(
        "另一指标", 20, 18, quantity(10, "条"), quantity(9, "条"), number=20, reason=REASON
    )
    spent = self_evaluation({}, amount=row, lasting=None, total=funding(100, 100, score=10))
    assert "D06" not in codes(self_evaluation(), previous=record_of(spent))


# ------------------------------------------------------------ D07


def test_a_waiver_without_a_finding_or_past_its_day_is_reported():
    waiver = Waiver("城区道路修缮", "X01", "分管领导", date(2022, 1, 5), "补报")
    used = replace(
        record_of(self_evaluation()),
        findings=(replace(finding(Observation("X01", (Place("甲"),))), waiver=waiver),),
    )
    assert list(across.idle_waivers([waiver], [used], AS_OF, "豁免.xlsx")) == []
    said = [message(each) for each in across.idle_waivers([waiver], [], AS_OF, "豁免.xlsx")]
    assert said == ["“城区道路修缮”的豁免（X01）没有对应的问题，没有起作用。"]
    expired = replace(waiver, until=date(2022, 1, 30))
    assert "2022年1月30日到期" in message(
        next(across.idle_waivers([expired], [], AS_OF, "豁免.xlsx"))
    )
    assert "Z99" in message(
        next(across.idle_waivers([replace(waiver, code="Z99")], [], AS_OF, "豁免.xlsx"))
    )


# ------------------------------------------------------------ names, all together


def test_names_are_compared_as_people_mean_them():
    assert same_name("外事活动(出访)专项经费（修改版）", " 外事活动（出访） 专项经费")
    assert same_name("道路修缮（最终）.xlsx", "道路修缮")
    assert not same_name("道路修缮（二期）", "道路修缮")
    assert not same_name("", "")
    assert normal_name("ＡＢＣ　１２") == "abc12"
    assert nearest_name("道路养护", ["桥梁维护", "道路 养护费"]) == "道路 养护费"


def test_a_superseded_workbook_takes_no_part_in_the_comparison():
    shared = (Passage("1", "同样的话", Place("x", "表", 3, 3)),)
    old = handed_in("旧.xlsx", passages=shared)
    new = handed_in("新.xlsx", modified=MODIFIED("2022-01-20"))
    other = handed_in("他.xlsx", "水利局", passages=shared)
    seen = across.look_across([old, new, other])
    assert {each.code for observations in seen.by_file.values() for each in observations} == {"D01"}
    assert seen.superseded == {"旧.xlsx": "新.xlsx"}


@pytest.mark.slow
def test_ten_thousand_workbooks_take_seconds_and_the_order_does_not_matter():
    crowd = [
        handed_in(
            f"{n}.xlsx",
            f"部门{n % 200}",
            f"项目{n}",
            passages=tuple(
                Passage(f"{(n * 7 + k * 9973) % 90000}", "话", Place(f"{n}.xlsx", "表", k, 1))
                for k in range(1, 13)
            ),
        )
        for n in range(10_000)
    ]
    start = time.process_time()
    seen = across.look_across(crowd)
    assert time.process_time() - start < 8
    assert seen == across.look_across(reversed(crowd))
