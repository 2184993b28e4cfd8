"""What is known beforehand lands in the cells of whatever form the project has."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from blank.filled import FORMS, POLICIES, indicator
from evalbatch.blanks.blank_workbook import build
from evalbatch.blanks.prefilling import KnownProject, prefill
from evalbatch.checks.assess import assess
from evalbatch.checks.fingerprint import Fingerprint, fingerprint
from evalbatch.model.submission import RowKind, Stamp, Submission
from evalbatch.reading.reader import read

FACTS = {
    "department": "某市城市管理局",
    "unit": "某市市政养护中心",
    "project": "道路养护",
    "year": 2024,
    "budget": Decimal("120.5"),
}


def handed_out(form: str, **more: object) -> Submission:
    spec = FORMS[form]
    (submission,) = read(
        build(spec, POLICIES[spec.policy], prefill(spec, KnownProject(**FACTS, **more))),
        "表.xlsx",
        FORMS,
    )
    return submission


def printed(submission: Submission) -> Fingerprint:
    spec = FORMS[submission.form]
    return fingerprint(assess(submission, spec, POLICIES[spec.policy], date(2025, 3, 1)), spec)


def filled(submission: Submission) -> bool:
    return printed(submission).filled


def test_budget_and_year_are_compared_with_the_cells_they_stand_in() -> None:
    made = printed(handed_out("self_evaluation"))
    assert (str(made.budget_place), str(made.year_place)) == ("自评表!E7", "基本信息!B2")


def test_names_year_and_budget_stand_in_the_self_evaluation() -> None:
    submission = handed_out("self_evaluation")
    assert [submission.text(n) for n in ("department", "unit", "project")] == [
        "某市城市管理局",
        "某市市政养护中心",
        "道路养护",
    ]
    assert submission.number("year") == 2024
    assert submission.row("funding", "total").number("budget") == Decimal("120.5")


def test_every_form_takes_what_it_has_a_place_for() -> None:
    assert handed_out("annual_management").text("organisation") == "某市城市管理局"
    assert handed_out("project_evaluation").row("funding", "total").number("budget") == Decimal(
        "120.5"
    )
    assert handed_out("department_evaluation").text("department") == "某市城市管理局"


def test_last_years_indicators_come_without_their_results() -> None:
    rows = [
        indicator(
            "产出指标",
            "数量指标",
            "养护道路",
            Decimal(50),
            Decimal(45),
            target="12条",
            actual="11条",
            reason="下雨",
        )
    ]
    (row,) = handed_out("self_evaluation", indicators=rows).rows("indicators", RowKind.ITEM)
    assert [row.text(c) for c in ("level1", "level3", "target", "weight")] == [
        "产出指标",
        "养护道路",
        "12条",
        "50",
    ]
    assert all(row.entries[c].blank for c in ("actual", "score", "reason"))


def test_nothing_known_leaves_the_presets_of_the_form() -> None:
    spec = FORMS["department_evaluation"]
    assert prefill(spec, KnownProject()) == {"fields": {}, "tables": {}}


@pytest.mark.parametrize("name", ["<r><t>路灯</t></r>", "<r></sst><x/></r>", "<r>&nothing;</r>"])
def test_a_name_that_looks_like_markup_is_a_name(name: str) -> None:
    form = FORMS["self_evaluation"]
    book = build(
        form,
        POLICIES[form.policy],
        {"fields": {"project": name}},
        Stamp(form.id, form.version, project=name),
    )
    (submission,) = read(book, "表.xlsx", FORMS)
    assert (submission.text("project").strip(), submission.stamp.project.strip()) == (name, name)


@pytest.mark.parametrize("form", FORMS)
def test_whatever_is_handed_out_nobody_has_filled_in(form: str) -> None:
    row = indicator(
        "产出指标", "数量指标", "养护道路", Decimal(50), 45, target="12条", actual="11条"
    )
    node = {"level3_no": "1", "level1": "建章立制", "level2": "制度", "level3": "印发办法"}
    handed = handed_out(
        form,
        period=(date(2024, 1, 1), date(2024, 12, 31)),
        indicators=[row | {"nature": "正向", "unit_of_measure": "条"}],
        items=("1", "2"),
        nodes=[node | {"node": "报送初稿", "deadline": "2023-05-01", "office": "综合处"}],
        problems=[("路灯不亮", "请修复")],
    )
    assert not filled(handed)


@pytest.mark.parametrize(
    ("form", "more"),
    [
        ("self_evaluation", {"indicators": [{"level3": "养护道路", "actual": "11条"}]}),
        ("project_evaluation", {"points": [{"point": "审批文件齐全", "met": "是"}]}),
        ("monitoring", {"indicators": [{"level3": "养护道路", "actual": "5条"}]}),
    ],
)
def test_what_somebody_typed_is_filled_in(form: str, more: dict[str, Any]) -> None:
    spec = FORMS[form]
    data = build(spec, POLICIES[spec.policy], {"fields": {}, "tables": more})
    assert filled(*read(data, "表.xlsx", FORMS))
