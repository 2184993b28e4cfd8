"""Every published layout: recognised, read whole, weighed and summed right, accused of nothing."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial

import pytest

from evalbatch.checks.assess import assess
from evalbatch.model.evaluation import Evaluation, Status
from evalbatch.model.finding import Severity, unwaived
from evalbatch.reading.reader import read
from evalbatch.standards.policy_library import load_policies
from reading.published import Layout, layouts
from reading.typed import FORMS
from reading.undone import unmerged, with_column, with_row

POLICIES = load_policies()
#: Codes of warnings that a form of others may have without being accused of anything wrong.
HARMLESS = {
    "F04",
    "E02",
    "I03",
    "W02",
    "W03",
    "S07",
    "S09",
    "V03",
    "V07",
    "E01",
    "F11",
    "I02",
    "X04",
    "X05",
}


LAYOUTS = list(layouts().values())
each_layout = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)


def judged(layout: Layout, change: Callable[[bytes], bytes] = bytes) -> Evaluation:
    (submission,) = read(change(layout.workbook()), "报送.xlsx", FORMS)
    assert submission.form == layout.form
    form = FORMS[submission.form]
    return assess(submission, form, POLICIES[layout.policy or form.policy], date(2026, 3, 1))


def number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


@each_layout
def test_it_is_read_as_a_person_reads_it(layout: Layout) -> None:
    evaluation = judged(layout)
    rows = evaluation.submission.rows("indicators")
    assert evaluation.submission.text("project") == layout.project
    assert sum(1 for row in rows if row.kind.value == "明细") == layout.items
    assert evaluation.scores.weight_total == (number(layout.weights) or 0)
    assert evaluation.scores.claimed_total == number(layout.claimed)
    assert evaluation.scores.final_total == number(layout.final or layout.claimed)
    funding = evaluation.scores.funding
    assert (funding.budget, funding.executed) == (number(layout.budget), number(layout.spent))
    for name in ("year", "department", "unit"):
        stated = getattr(layout, name)
        assert not stated or stated in evaluation.submission.text(name)


@each_layout
def test_it_is_accused_of_nothing(layout: Layout) -> None:
    evaluation = judged(layout)
    said = [
        f"{finding.severity.value} {finding.code} {finding.place} {finding.message}"
        for finding in evaluation.findings
        if finding.severity is Severity.ERROR
        or (finding.severity is Severity.WARNING and finding.code not in HARMLESS)
    ]
    assert said == []
    wanted = Status.GRADED if layout.claimed else Status.ACCEPTED
    assert evaluation.status is wanted


@pytest.mark.parametrize("at", [0, 2, 3, 5])
@each_layout
def test_merges_undone_or_a_column_more_change_nothing(layout: Layout, at: int) -> None:
    evaluation = judged(layout, partial(with_column, at=at) if at else unmerged)
    rows = evaluation.submission.rows("indicators")
    assert evaluation.submission.text("project") == layout.project
    assert sum(1 for row in rows if row.kind.value == "明细") == layout.items
    assert evaluation.scores.claimed_total == number(layout.claimed)
    assert unwaived(evaluation.findings, Severity.ERROR) == 0


@pytest.mark.parametrize("at", [3, 6, 9])
@pytest.mark.parametrize(
    "name", ["value_below_labels", "hubei_two", "transfer", "shaanxi_department"]
)
def test_an_empty_row_more_changes_nothing(name: str, at: int) -> None:
    layout = layouts()[name]
    evaluation = judged(layout, partial(with_row, at=at))
    assert evaluation.submission.text("project") == layout.project
    assert evaluation.scores.claimed_total == number(layout.claimed)
    assert unwaived(evaluation.findings, Severity.ERROR) == 0


def test_indicators_without_weights_are_listed_with_their_completion() -> None:
    rows = (
        layouts()["national"].rows.replace("| 分值 |", "| 备注1 |").replace("| 得分 |", "| 备注2 |")
    )
    layout = layouts()["national"]._replace(rows=rows.replace("分）", "项）"))
    evaluation = judged(layout)
    told = {score.level3: score.completion for score in evaluation.scores.rows}
    assert told["受益群众人次"] == Decimal("0.95")
    assert len(told) == layout.items + 1, "with the execution of the budget"
    errors = [each for each in evaluation.findings if each.severity is Severity.ERROR]
    assert {each.code for each in errors} == {"F04"}
    assert all("无法计分" in each.message for each in errors)


@pytest.mark.parametrize(
    "name",
    [
        "henan_department",
        "hunan_department",
        "wanglu60",
        "transfer_county",
        "shanghai",
        "guangdong",
    ],
)
def test_without_a_title_its_labels_tell_which_form_it_is(name: str) -> None:
    layout = layouts()[name]
    lines = layout.rows.strip("\n").split("\n")
    untitled = next(at for at, line in enumerate(lines) if "|" in line or "单位名称" in line)
    judged(layout._replace(rows="\n".join(lines[untitled:]), sheet="Sheet1"))
