"""What pages that list projects are made of: a line a project, findings by code with examples, rows
that wait for a person.
"""

from dataclasses import replace

from records import AS_OF, finding, place, record, row, scores

from evalbatch.model.decisions import ReviewState
from evalbatch.model.evaluation import Score, Status
from evalbatch.model.finding import Severity, Waiver
from evalbatch.model.record import Record
from evalbatch.results.project_lines import ProjectLine, ProjectLines

WAIVED = Waiver("农村公路养护", "X02", "甲", AS_OF, "已核实", None)


def listed(*records: Record) -> ProjectLines:
    lines = ProjectLines()
    for each in records:
        lines.add(each, each.department, "自评表")
    return lines


def line(given: Record) -> ProjectLine:
    return listed(given).lines[0]


def waiting(state: ReviewState = ReviewState.NONE, at: int = 12) -> Score:
    return replace(row(at=at), outcome="person", review_state=state.value)


def test_a_graded_project_has_its_scores_and_a_returned_one_no_final_one() -> None:
    found = line(record(scored=scores([row()], total="88", claimed="92", grade="良")))
    assert (found.claimed, found.computed, found.final, found.grade) == (92, 88, 88, "良")
    returned = line(record(status=Status.RETURNED))
    assert returned.claimed == returned.computed
    assert returned.claimed is not None
    assert (returned.final, returned.grade) == (None, "")
    unread = line(record(status=Status.UNREADABLE))
    assert (unread.claimed, unread.computed, unread.final, unread.grade) == (None, None, None, "")


def test_what_is_superseded_has_no_line() -> None:
    assert listed(record(status=Status.SUPERSEDED)).lines == []


def test_a_project_is_called_by_its_name_else_its_unit_else_its_file() -> None:
    names = [
        line(record(project=project, unit=unit)).name
        for project, unit in (("桥", "中心"), ("", "中心"), ("", ""))
    ]
    assert names == ["桥", "中心", "甲.xlsx"]


def test_what_is_good_and_waits_for_nobody_is_not_wanting() -> None:
    assert not line(record()).wanting
    assert line(record(status=Status.RETURNED)).wanting
    asked = line(record(scored=scores([waiting()])))
    assert (asked.open_rows, asked.wanting) == (1, True)
    returned = record(scored=scores([waiting()]), status=Status.RETURNED)
    assert line(returned).open_rows == 0


def test_findings_are_counted_by_code_with_three_examples_and_waived_ones_apart() -> None:
    many = tuple(finding() for _ in range(4))
    found = listed(record(findings=many), record("乙.xlsx", findings=(finding(waiver=WAIVED),)))
    group = found.groups["X02"]
    assert (group.count, group.workbooks, group.waived, len(group.examples)) == (4, 1, 1, 3)


def test_the_gravest_code_comes_first_then_the_commonest_then_by_its_letters() -> None:
    codes = ("Z01", "B02", "A01", "C03", "C03")
    said = [finding(code=code, severity=Severity.WARNING) for code in codes]
    found = listed(record(findings=(*said, finding(code="Y09"))))
    assert [code for code, _ in found.by_weight] == ["Y09", "C03", "A01", "B02", "Z01"]


def test_an_example_has_the_first_row_that_its_finding_is_about() -> None:
    first, second = row(at=12), row("甲.xlsx", "满意度", at=13)
    places = (place("甲.xlsx", 8), place("甲.xlsx", 13), place("甲.xlsx", 12))
    given = record(scored=scores([first, second]), findings=(finding(places=places),))
    (example,) = listed(given).groups["X02"].examples
    assert (example.row, example.place) == (second, places[0])
    unread = record(status=Status.UNREADABLE, findings=(finding(places=places),))
    assert listed(unread).groups["X02"].examples[0].row is None


def test_rows_that_were_left_out_of_a_record_are_added_from_the_whole_one() -> None:
    said = finding(places=(place("甲.xlsx", 13),))
    brief = record(scored=scores([row()]), findings=(said,))
    other = record("乙.xlsx", findings=(finding("乙.xlsx", places=(place("乙.xlsx", 12),)),))
    found = listed(brief, other)
    assert found.unexplained == ["甲.xlsx"]
    left_out = row("甲.xlsx", "满意度", at=13)
    found.explain([replace(brief, scores=scores([row(), left_out]))])
    explained, kept = found.groups["X02"].examples
    assert explained.row == left_out
    assert kept.row == row("乙.xlsx")
    assert found.unexplained == []


def test_waiting_rows_are_counted_by_what_they_wait_for_and_a_hundred_of_each_kind_listed() -> None:
    due = [waiting(at=at) for at in range(101)]
    found = listed(record(scored=scores([*due, waiting(ReviewState.SPLIT)])))
    assert found.states == {ReviewState.DUE: 101, ReviewState.SPLIT: 1}
    assert found.waiting == {ReviewState.DUE: 1, ReviewState.SPLIT: 1}
    assert [each.state for each in found.awaited] == [
        *[ReviewState.DUE] * 100,
        ReviewState.SPLIT,
    ]
    returned = listed(record(scored=scores(due), status=Status.RETURNED))
    assert (returned.states, returned.waiting, returned.awaited) == ({}, {}, [])
