"""The one count of a cycle: every figure that summary, report and status page tell, on both sides of
every bound.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from records import AS_OF, cycle, entry, finding, funding, node, record, row, scores

from evalbatch.model.evaluation import NodeState, Status
from evalbatch.model.finding import Severity, Waiver
from evalbatch.model.record import Expected, Record
from evalbatch.results.tally import View

WAIVED = Waiver("农村公路养护", "X02", "甲", AS_OF, "已核实", None)
FORM = "项目支出绩效自评表"


def graded(
    file: str,
    total: str,
    grade: str = "优",
    *,
    budget: str | None = "100",
    executed: str | None = "95",
    **more: object,
) -> Record:
    made = scores([row(file)], money=funding(budget, executed), total=total, grade=grade)
    return record(file, project=file, scored=made, **more)  # type: ignore[arg-type]


def test_means_are_over_graded_workbooks_plain_and_by_budget() -> None:
    records = [
        graded("a", "90", budget="300", executed="150"),
        graded("b", "80", "良", budget="100", executed="100"),
        graded("c", "50", "差", status=Status.RETURNED),
        graded("d", "40", "差", status=Status.SUPERSEDED),
    ]
    group = View.of(cycle(records)).tally.forms[FORM]
    assert (group.mean, group.weighted_mean) == (Decimal(85), Decimal("87.5"))
    assert (group.budget, group.executed, group.rate) == (400, 250, Decimal("0.625"))
    assert group.statuses == {Status.GRADED: 2, Status.RETURNED: 1, Status.SUPERSEDED: 1}
    assert group.grades == {"优": 1, "良": 1}
    assert not group.only_superseded


def test_nothing_is_divided_by_nothing() -> None:
    group = View.of(cycle([graded("a", "90", budget=None, executed=None)])).tally.forms[FORM]
    assert (group.mean, group.weighted_mean, group.rate, group.change) == (90, None, None, None)
    empty = View.of(cycle([record(status=Status.RETURNED)])).tally.forms[FORM]
    assert (empty.mean, empty.weighted_mean, empty.rate) == (None, None, None)


def test_a_group_of_superseded_hand_ins_alone_is_told_from_one_that_is_awaited() -> None:
    old = [graded("a", "90", status=Status.SUPERSEDED)]
    assert View.of(cycle(old)).tally.forms[FORM].only_superseded
    line = replace(entry(), form_title=FORM)
    awaited = (Expected(line, (), None, 3),)
    assert not View.of(cycle(old, expected=awaited)).tally.forms[FORM].only_superseded


def test_the_change_is_this_years_mean_less_last_years_by_form_and_department() -> None:
    before = {"p": graded("x", "80"), "q": graded("y", "70", department="水利局")}
    tally = View.of(cycle([graded("a", "90")], previous=before)).tally
    assert tally.forms[FORM].change == 15
    assert tally.departments["交通局", FORM].change == 10


def test_the_rosters_lines_are_counted_and_own_what_was_handed_in_for_them() -> None:
    line = replace(entry("甲项目", "教育局"), form_title=FORM)
    expected = (Expected(line, ("a",), Status.GRADED, 0), Expected(line, (), None, 0))
    tally = View.of(cycle([graded("a", "90", department="教育")], expected=expected)).tally
    assert list(tally.departments) == [("教育局", FORM)]
    group = tally.departments["教育局", FORM]
    assert (group.expected, group.missing, group.statuses.total()) == (2, 1, 1)
    assert View.of(cycle([], expected=expected)).missing == [expected[1]]


def test_names_that_excel_takes_for_one_are_one_and_long_ones_are_cut() -> None:
    long = "长" * 121
    records = [
        graded("a", "90", department="ab局"),
        graded("b", "90", department="AB局"),
        graded("c", "90", department="长" * 120),
        graded("d", "90", department=long),
        graded("e", "90", department=""),
    ]
    names = [name for name, _ in View.of(cycle(records)).tally.departments]
    assert names == ["ab局", "长" * 120, "长" * 119 + "…", "（未注明部门）"]


def test_the_ten_lowest_scores_below_full_are_listed_the_earlier_first() -> None:
    records = [graded(f"{at}", str(100 - at // 2)) for at in range(14)]
    records.append(graded("r", "1", status=Status.RETURNED))
    lowest = View.of(cycle(records)).tally.worst[FORM]
    assert [number for number, _ in lowest] == [13, 14, 11, 12, 9, 10, 7, 8, 5, 6]
    assert lowest[0][1] == ("12", "交通局", 94.0, "优")
    two = View.of(cycle([graded("a", "100"), graded("b", "99.99")])).tally.worst[FORM]
    assert [number for number, _ in two] == [2]


def test_one_profile_of_a_form_is_named_and_several_are_said_to_be() -> None:
    one, other = graded("a", "90"), graded("b", "90")
    assert other.scores is not None
    named = replace(other, scores=replace(other.scores, policy_name="另一口径"))
    assert View.of(cycle([one, one])).tally.policies == {FORM: "财预〔2020〕10号 单位自评"}
    assert View.of(cycle([one, named, one])).tally.policies == {FORM: "多种口径"}


def test_findings_are_counted_by_code_and_waived_ones_by_themselves() -> None:
    noted = finding(code="A01", severity=Severity.NOTE)
    records = [
        record("a", findings=(finding(), finding(waiver=WAIVED), noted)),
        record("b", findings=(finding(code="B02", severity=Severity.WARNING), finding())),
        record("c", findings=(noted, finding(waiver=WAIVED))),
        record("d", findings=(finding(), finding()), status=Status.SUPERSEDED),
    ]
    view = View.of(cycle(records, findings=(finding(code="D02", severity=Severity.WARNING),)))
    assert view.tally.codes == {"X02": 2, "A01": 2, "B02": 1, "D02": 1}
    assert view.tally.lifted == {"X02": 2}
    assert view.tally.severities == {"错误": 2, "警告": 2, "提示": 2}
    assert view.tally.findings == 10
    assert view.files_with_findings == 2
    assert view.files_of_code == {"X02": 2, "B02": 1}
    assert view.commonest == [("X02", 2), ("B02", 1), ("D02", 1)]


def test_nodes_are_counted_by_office_state_and_month() -> None:
    nodes = (
        node("a", "10", office="乙处"),
        node("a", "2", NodeState.LATE, office="甲处", month=7),
        node("a", "3", NodeState.NOT_DONE, office="甲处", month=7),
        node("a", "1", NodeState.ADJUSTED, office=""),
    )
    tally = View.of(cycle([record("a", scored=scores(nodes=nodes))])).tally
    assert [office.name for office in tally.offices] == ["（未注明处室）", "甲处", "乙处"]
    assert tally.nodes == 4
    assert {office.name: done for office, done in tally.done.items()} == {"乙处": 1, "甲处": 1}
    assert tally.months_done == {"2026-06": 1, "2026-07": 1}
    assert tally.done_adjusted == 0
    by_name = {(office.name, month): count for (office, month), count in tally.months.items()}
    assert by_name == {
        ("乙处", "2026-06"): 1,
        ("甲处", "2026-07"): 2,
        ("（未注明处室）", "2026-06"): 1,
    }


@pytest.mark.parametrize(
    ("state", "days", "late", "soon"),
    [
        (NodeState.LATE, -40, 1, 0),
        (NodeState.NOT_REPORTED, -1, 1, 0),
        (NodeState.NOT_DONE, -1, 1, 0),
        (NodeState.ON_TIME, -1, 0, 0),
        (NodeState.ADJUSTED, -1, 0, 0),
        (NodeState.NOT_DUE, 0, 0, 1),
        (NodeState.NOT_DUE, 30, 0, 1),
        (NodeState.NOT_DUE, 31, 0, 0),
        (NodeState.NOT_DUE, -1, 0, 0),
    ],
)
def test_a_node_is_late_or_due_within_thirty_days(
    state: NodeState, days: int, late: int, soon: int
) -> None:
    one = replace(node("a", "1", state), deadline=AS_OF + timedelta(days))
    view = View.of(cycle([record("a", scored=scores(nodes=(one,)))]))
    assert (view.late_count, view.soon_count) == (late, soon)
    moved = replace(one, deadline=date(2020, 1, 1), new_deadline=one.deadline)
    view = View.of(cycle([record("a", scored=scores(nodes=(moved,)))]))
    assert (view.late_count, view.soon_count) == (late, soon)


def test_late_nodes_come_before_what_is_due_soon_the_longest_overdue_first() -> None:
    def due(number: str, state: NodeState, days: int) -> object:
        return replace(node("a", number, state), deadline=AS_OF + timedelta(days))

    nodes = (
        due("1", NodeState.NOT_DUE, 5),
        due("10", NodeState.NOT_DONE, -5),
        due("9", NodeState.NOT_DONE, -5),
        due("4", NodeState.LATE, -50),
    )
    view = View.of(cycle([record("a", scored=scores(nodes=nodes))]))  # type: ignore[arg-type]
    assert [each.number for each, _ in view.late_nodes] == ["4", "9", "10", "1"]


def test_hand_ins_after_their_deadline_are_counted_where_they_count() -> None:
    records = [
        replace(graded("a", "90"), days_late=1),
        replace(graded("b", "90"), days_late=0),
        replace(graded("c", "90"), days_late=None),
        replace(graded("d", "90", status=Status.SUPERSEDED), days_late=4),
    ]
    view = View.of(cycle(records))
    assert view.late == 1
    assert [(each.name, each.days) for each in view.late_hand_ins] == [("a", 1)]


@pytest.mark.parametrize(
    ("executed", "band", "low"),
    [("59.99", 0, 1), ("60", 1, 1), ("79.99", 1, 1), ("80", 2, 1), ("89.99", 2, 1), ("90", 3, 0)],
)
def test_execution_is_counted_by_bands_and_low_below_the_profiles_limit(
    executed: str, band: int, low: int
) -> None:
    view = View.of(cycle([graded("a", "75", executed=executed)]))
    assert [at for at, count in enumerate(view.bands) if count] == [band]
    bands = view.scored_bands[FORM]
    assert (bands.scores[band], bands.counts[band]) == (75, 1)
    assert (view.rated, view.slow.count) == (1, low)
    assert view.left == 100 - Decimal(executed)
    assert view.idle.count == 1


def test_scores_by_execution_are_told_apart_by_form() -> None:
    other = replace(graded("b", "60"), form="project_evaluation", form_title="项目支出绩效评价表")
    view = View.of(cycle([graded("a", "90"), other, graded("c", "80")]))
    told = {form: (sum(each.scores), sum(each.counts)) for form, each in view.scored_bands.items()}
    assert told == {FORM: (170, 2), "项目支出绩效评价表": (60, 1)}


def test_money_left_over_is_summed_of_projects_only_and_where_there_is_any() -> None:
    whole = replace(graded("w", "90", executed="10"), project="交通局")
    spent = graded("b", "90", executed="100")
    view = View.of(cycle([whole, spent, graded("c", "90", executed="40")]))
    assert view.left == 60
    assert [each.name for each in view.idle.members] == ["c"]
    assert view.bands[4] == 1


@pytest.mark.parametrize(
    ("scale", "weak"),
    [
        (("优", "良", "中", "差"), ["中", "差"]),
        (("A", "B", "C", "D", "E"), ["C", "D", "E"]),
        (("合格", "不合格"), ["不合格"]),
    ],
)
def test_weak_is_what_is_none_of_the_two_best_grades(
    scale: tuple[str, ...], weak: list[str]
) -> None:
    records = [graded(word, str(90 - at), word) for at, word in enumerate(scale)]
    view = View.of(replace(cycle(records), grades=scale))
    assert [each.grade for each in view.weak[FORM].members] == weak[::-1]
    assert view.tally.grades == scale


def test_a_grade_of_no_profile_in_use_comes_last() -> None:
    view = View.of(cycle([graded("a", "90", "甲等"), graded("b", "85", "")]))
    assert view.tally.grades == ("优", "良", "中", "差", "甲等")


def test_causes_count_rows_points_and_projects_once() -> None:
    rows = [row("a", at=3), row("a", at=4, final="9"), row("a", at=5, final="10")]
    records = [record("a", scored=scores(rows)), record("b", scored=scores(rows[:1]))]
    ((_, cause),) = View.of(cycle(records)).commonest_causes
    assert (cause.rows, cause.lost, cause.projects) == (3, Decimal(4), 2)


def test_returned_workbooks_are_named_with_their_errors_once() -> None:
    waived = replace(finding(waiver=WAIVED), title="豁免的")
    mild = replace(finding(severity=Severity.WARNING), title="警告的")
    errors = (finding(), finding(), waived, mild)
    back = record("甲局/x.xlsx", project="", unit="", findings=errors, status=Status.RETURNED)
    fine = record("b", status=Status.ACCEPTED)
    view = View.of(cycle([back, fine]))
    (one,) = view.returned
    assert (one.name, one.status, one.errors) == (
        "x.xlsx",
        Status.RETURNED,
        ("执行率偏低未说明原因",),
    )
    assert view.returned_count == 1


def test_what_waits_for_a_person_is_counted_by_rows_and_by_projects() -> None:
    made = replace(row(), outcome="person", final=None)
    waiting = record("a", scored=scores([made, made]))
    old = record("c", scored=scores([made]), status=Status.SUPERSEDED)
    view = View.of(cycle([waiting, record("b"), old]))
    assert view.projects_to_review == 1
    assert view.tally.to_review == waiting.to_review
    assert view.tally.indicators == 3


def test_a_form_is_called_by_its_title_else_its_id_and_what_has_none_comes_last() -> None:
    records = [
        replace(graded("a", "90"), form="", form_title=""),
        replace(graded("b", "80"), form="own_form", form_title=""),
        graded("c", "70"),
    ]
    view = View.of(cycle(records))
    assert [name for name, _ in view.tally.form_rows] == ["own_form", FORM, "（未识别报送表）"]
    assert list(view.tally.worst) == ["own_form", FORM, "（未识别报送表）"]
    assert view.tally.statuses == {Status.GRADED: 3}
    torn = replace(record("t", status=Status.UNREADABLE), form="x", form_title="")
    assert list(View.of(cycle([torn])).groups) == []
    line = Expected(replace(entry(), form_title=""), (), None, 0)
    assert list(View.of(cycle([], expected=(line,))).tally.forms) == ["self_evaluation"]


def test_a_line_that_names_neither_department_nor_form_is_counted_all_the_same() -> None:
    line = replace(entry("甲项目", ""), form="", form_title="")
    (group,) = View.of(cycle([], expected=(Expected(line, (), None, 0),))).tally.departments.items()
    assert (group[0], group[1].missing) == (("（未注明部门）", "（未识别报送表）"), 1)


def test_a_workbook_without_a_total_is_graded_but_in_no_mean() -> None:
    none = replace(graded("a", "90"), scores=scores(total=None, money=funding("100", "95")))
    view = View.of(cycle([none, graded("b", "80", "中")]))
    group = view.tally.forms[FORM]
    assert (group.scored, group.mean, group.budget) == (1, 80, 200)
    assert [shown[0] for _, shown in view.tally.worst[FORM]] == ["b"]
    assert [each.name for each in view.weak[FORM].members] == ["b"]
    bands = view.scored_bands[FORM]
    assert (view.rated, sum(bands.counts), sum(bands.scores)) == (2, 1, 80)


def test_what_has_no_name_of_its_own_is_called_by_its_unit_else_by_nothing() -> None:
    nameless = replace(graded("甲局/a.xlsx", "50", "差", budget="100", executed="10"), project="")
    view = View.of(cycle([nameless, replace(nameless, unit="")]))
    assert [shown[0] for _, shown in view.tally.worst[FORM]] == ["公路中心", "—"]
    assert [each.name for each in view.weak[FORM].members] == ["公路中心", "甲局/a.xlsx"]
    late = [replace(each, days_late=2) for each in (nameless, replace(nameless, unit=""))]
    assert [each.name for each in View.of(cycle(late)).late_hand_ins] == ["公路中心", ""]
    ungraded = replace(graded("a", "50", ""), project="路")
    assert View.of(cycle([ungraded])).tally.worst[FORM][0][1] == ("路", "交通局", 50.0, "—")


def test_an_unrated_project_is_in_no_band_and_without_a_limit_none_is_low() -> None:
    view = View.of(cycle([graded("a", "90", budget=None), graded("b", "90", executed="20")]))
    assert (view.rated, sum(view.bands), view.slow.count, view.idle.count) == (1, 1, 1, 1)
    bands = view.scored_bands[FORM]
    assert len(view.bands) == len(bands.counts) == len(bands.scores) == 5
    unlimited = replace(cycle([graded("b", "90", executed="20")]), low_rate=None)
    assert View.of(unlimited).slow.count == 0


def test_more_spent_than_there_was_leaves_nothing_over() -> None:
    view = View.of(cycle([graded("a", "90", executed="120"), graded("b", "90", executed="90")]))
    assert (view.left, [each.name for each in view.idle.members]) == (10, ["b"])


def test_the_slowest_and_those_with_most_money_left_are_listed_up_to_fifteen() -> None:
    records = [graded(f"{at}", "50", "差", executed=str(40 + at // 2)) for at in range(17)]
    view = View.of(cycle(records))
    names = [str(at) for at in range(15)]
    assert [each.name for each in view.slow.members] == names
    assert [each.name for each in view.idle.members] == names
    assert [each.name for each in view.weak[FORM].members] == names
    assert (view.slow.count, view.idle.count, view.weak[FORM].count) == (17, 17, 17)


def test_the_long_lists_stop_at_sixty_and_their_counts_do_not() -> None:
    back = [replace(record(f"{at}", status=Status.RETURNED), days_late=1) for at in range(61)]
    view = View.of(cycle(back))
    assert (len(view.returned), view.returned_count) == (60, 61)
    assert (len(view.late_hand_ins), view.late) == (60, 61)
    nodes = tuple(node("a", str(at), NodeState.LATE) for at in range(1, 62))
    view = View.of(cycle([record("a", scored=scores(nodes=nodes))]))
    assert (len(view.late_nodes), view.late_count) == (60, 61)
    assert view.late_nodes[-1][0].number == "60"


def test_a_weak_project_tells_the_three_rows_that_lost_most() -> None:
    finals = ("9", "5", "10", "8", "7.5")
    rows = [row("a", f"指标{at}", final=final, at=at) for at, final in enumerate(finals, start=1)]
    view = View.of(cycle([record("a", scored=scores(rows, total="50", grade="差"))]))
    (weak,) = view.weak[FORM].members
    assert [each.level3 for each in weak.lost] == ["指标2", "指标5", "指标4"]


def test_grades_are_weak_by_the_scale_of_their_own_form() -> None:
    own = replace(graded("a", "70", "合格"), form="own", form_title="自定义表")
    scales = {"own": ("优秀", "合格", "不合格", "差"), "self_evaluation": ("优", "良", "中", "差")}
    view = View.of(replace(cycle([own, graded("b", "70", "良")]), scales=scales))
    assert view.weak == {}
    strict = View.of(replace(cycle([own]), scales={"own": ("优秀", "合格")}))
    assert [each.grade for each in strict.weak["自定义表"].members] == ["合格"]


def explained(words: str, at: int, final: str = "9") -> object:
    return replace(row("a", at=at, final=final), explanation=words)


def test_causes_stand_by_the_points_they_cost_and_what_has_no_name_last() -> None:
    rows = [
        explained("", 1, "1"),
        explained("", 2, "1"),
        explained("雨季影响工期。", 3),
        explained("汛期冲毁路基", 4),
        explained("资金到位晚", 5, "7"),
        explained("管护人员不足", 6, "10"),
    ]
    view = View.of(cycle([record("a", scored=scores(rows))]))  # type: ignore[arg-type]
    told = [(cause.rows, cause.lost, cause.projects) for _, cause in view.commonest_causes]
    assert told == [(1, 3, 1), (2, 2, 1), (2, 18, 1)]
    assert [cause.example for _, cause in view.commonest_causes][:2] == [
        "资金到位晚",
        "雨季影响工期",
    ]


def test_a_code_that_only_notes_is_not_among_the_commonest() -> None:
    notes = (finding(code="D05", severity=Severity.NOTE), finding(code="D07"))
    view = View.of(cycle([], findings=notes))
    assert view.commonest == [("D07", 1)]
    assert view.severity_of_code == {"D07": Severity.ERROR}
    first_noted = (finding(code="D05", severity=Severity.NOTE), finding(code="D05"))
    assert View.of(cycle([], findings=first_noted)).commonest == [("D05", 2)]


def test_codes_that_are_as_common_stand_in_their_own_order() -> None:
    told = tuple(finding(code=code) for code in ("X02", "D03", "D03", "B02"))
    assert View.of(cycle([], findings=told)).commonest == [("D03", 2), ("B02", 1), ("X02", 1)]


def test_an_office_stands_by_its_first_item_and_a_node_without_a_date_in_no_month() -> None:
    undated = replace(node("a", "5", office="丙处"), deadline=None)
    nodes = (
        node("a", "7", office="甲处"),
        node("a", "6", office="乙处"),
        node("a", "1", office="甲处"),
        node("a", "1", office="丁处"),
        undated,
    )
    tally = View.of(cycle([record("a", scored=scores(nodes=nodes))])).tally
    assert [office.name for office in tally.offices] == ["丁处", "甲处", "丙处", "乙处"]
    assert tally.months[tally.offices[2], ""] == 1
    states = {(office.name, state): count for (office, state), count in tally.states.items()}
    assert states["甲处", NodeState.ON_TIME] == 2


def test_an_adjusted_node_that_was_done_is_counted_as_both() -> None:
    done = replace(node("a", "1", NodeState.ADJUSTED), done_on=date(2026, 6, 20))
    tally = View.of(cycle([record("a", scored=scores(nodes=(done, node("a", "2"))))])).tally
    assert sum(tally.done.values()) == 1 + tally.done_adjusted


def test_of_nodes_alike_in_urgency_the_one_without_a_date_comes_last() -> None:
    undated = replace(node("a", "1", NodeState.NOT_REPORTED), deadline=None)
    moved = replace(node("a", "2", NodeState.LATE), new_deadline=date(2026, 1, 1))
    nodes = (undated, node("a", "3", NodeState.LATE), moved)
    view = View.of(cycle([record("a", scored=scores(nodes=nodes))]))
    assert [each.number for each, _ in view.late_nodes] == ["2", "3", "1"]


def test_a_node_that_is_not_due_and_has_no_date_is_not_due_soon() -> None:
    undated = replace(node("a", "1", NodeState.NOT_DUE), deadline=None)
    assert View.of(cycle([record("a", scored=scores(nodes=(undated,)))])).soon_count == 0


def test_a_superseded_hand_in_adds_its_findings_to_the_list_and_nothing_else() -> None:
    old = record(
        "a",
        findings=(finding(), finding(code="S02")),
        scored=scores([row("a")], nodes=(node("a", "1", NodeState.LATE),)),
        status=Status.SUPERSEDED,
    )
    view = View.of(cycle([old]))
    assert (view.tally.findings, view.files_with_findings, view.late_count) == (2, 0, 0)
    assert (view.tally.indicators, view.tally.nodes, view.tally.offices) == (0, 0, [])
    assert (view.tally.worst, view.weak, view.rated, view.returned) == ({}, {}, 0, [])


def test_last_year_counts_a_department_whatever_its_spelling() -> None:
    before = {
        "p": graded("x", "80", department="市 交通局"),
        "q": graded("y", "60", status=Status.RETURNED),
    }
    tally = View.of(cycle([graded("a", "90", department="市交通局")], previous=before)).tally
    group = tally.departments["市交通局", FORM]
    assert group.before is not None
    assert (group.before.mean, group.change) == (80, 10)
    new = View.of(cycle([graded("a", "90", department="财政局")], previous=before)).tally
    assert new.departments["财政局", FORM].change is None
