"""What is known beforehand lands in the cells of whatever form the project has."""

from decimal import Decimal

import pytest

from blank.filled import FORMS, POLICIES, indicator
from evalbatch.blanks.blank_workbook import build
from evalbatch.blanks.prefilling import known
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
        build(spec, POLICIES[spec.policy], known(spec, **FACTS, **more)), "表.xlsx", FORMS
    )
    return submission


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
    assert known(spec) == {"fields": {}, "tables": {}}


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
