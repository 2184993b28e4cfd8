"""A night that computes only what is due says on every date what a night says that computes all."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random

import openpyxl
import pytest
from blank.filled import made, road_self_evaluation
from checks.samples import annual, node, state
from hypothesis import given, settings
from hypothesis import strategies as st
from reading.filled import filled

from batch.small import tree
from evalbatch.checks.assess import assess
from evalbatch.model.evaluation import Evaluation
from evalbatch.model.finding import Waiver
from evalbatch.model.submission import Row, Submission
from evalbatch.model.today import Span
from evalbatch.nightly.batch import RunOptions
from evalbatch.nightly.run import run
from evalbatch.nightly.setup import Setup
from evalbatch.reading.reader import read
from evalbatch.settings import BatchSection, CycleSection, PathsSection, Settings
from evalbatch.standards.form_library import load_forms
from evalbatch.standards.policy_library import load_policies

FIRST, LAST = date(2020, 11, 1), date(2022, 3, 1)
FORMS, POLICIES = load_forms(), load_policies()
DAYS = st.dates(FIRST, LAST)


@cache
def workbooks() -> Mapping[str, bytes]:
    """Every form with all its dates filled in, and a self-evaluation that lacks a reason."""
    unexplained = road_self_evaluation()
    unexplained["fields"] = {**unexplained["fields"], "execution_reason": ""}
    own = {f"甲局/{name}.xlsx": filled(form) for name, form in FORMS.items()}
    return {**own, "乙局/道路.xlsx": made("self_evaluation", unexplained)}


@cache
def submissions() -> tuple[Submission, ...]:
    return tuple(each for file, data in workbooks().items() for each in read(data, file, FORMS))


def judged(submission: Submission, day: date, waivers: tuple[Waiver, ...] = ()) -> Evaluation:
    form = FORMS[submission.form]
    return assess(submission, form, POLICIES[form.policy], day, waivers)


@given(st.integers(0, 100), DAYS, DAYS, st.none() | DAYS)
@settings(deadline=None)
def test_an_evaluation_is_the_same_on_every_day_on_which_it_says_it_holds(
    which: int, day: date, other: date, until: date | None
) -> None:
    submission = submissions()[which % len(submissions())]
    waiver = Waiver(submission.title, "X02", "甲", FIRST, "已核实", until)
    evaluation = judged(submission, day, (waiver,))
    assert evaluation.holds.includes(day)
    if evaluation.holds.includes(other):
        later = judged(submission, other, (waiver,))
        assert replace(later, holds=evaluation.holds) == evaluation


CLOSE = st.dates(date(2021, 6, 1), date(2021, 6, 8))
AROUND = [date(2021, 5, 31) + timedelta(number) for number in range(11)]
STATES = st.sampled_from(["按期", "逾期", "未完成", "经批准调整", "未到期", "未填报", ""])


@st.composite
def plans(draw: st.DrawFn) -> Submission:
    """A plan whose dates all lie within a few days of each other, so that they often meet today."""

    def some(number: int) -> Row:
        return node(
            number,
            "召开会议",
            deadline=draw(CLOSE),
            done_on=draw(st.none() | CLOSE),
            new_deadline=draw(st.none() | CLOSE),
            approved_on=draw(st.none() | CLOSE),
            approver=draw(st.sampled_from(["", "分管领导"])),
            cause=draw(st.sampled_from(["", "场地改造尚未完工。"])),
            state=state(word) if (word := draw(STATES)) else "",
        )

    return annual(
        {"reported_on": draw(st.none() | CLOSE)}, node1=some(1), node2=some(2), node3=None
    )


@given(plans(), st.none() | CLOSE, st.sampled_from(["N01", "N02", "N03", "T01"]))
@settings(deadline=None)
def test_a_plan_says_the_same_on_every_day_on_which_it_says_it_holds(
    plan: Submission, until: date | None, code: str
) -> None:
    waiver = Waiver(plan.title, code, "甲", FIRST, "已核实", until)
    on = {day: judged(plan, day, (waiver,)) for day in AROUND}
    for day, evaluation in on.items():
        assert evaluation.holds.includes(day)
        alike = [other for other in AROUND if evaluation.holds.includes(other)]
        assert all(replace(on[other], holds=evaluation.holds) == evaluation for other in alike)


def test_what_no_date_decides_holds_on_all_days_once_its_dates_have_passed() -> None:
    (road,) = (each for each in submissions() if each.file == "乙局/道路.xlsx")
    assert judged(road, date(2030, 1, 1)).holds.until is None


@given(DAYS | st.none(), DAYS | st.none(), DAYS)
def test_days_on_which_a_result_holds_are_read_as_they_are_written(
    since: date | None, until: date | None, day: date
) -> None:
    span = Span(since, until)
    assert Span.read(str(span)) == span
    assert Span().includes(day)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_an_incremental_night_equals_a_full_one_on_any_date(tmp_path: Path, seed: int) -> None:
    """Six nights in any order, forwards and back, with a waiver that expires and a deadline."""
    chance = Random(seed)
    for file, data in workbooks().items():
        (tmp_path / "inbox" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "inbox" / file).write_bytes(data)
    waivers(tmp_path / "豁免.xlsx", date(2021, 6, 30))
    for number in range(6):
        day = FIRST + timedelta(chance.randrange((LAST - FIRST).days))
        before, after = tmp_path / str(number), tmp_path / str(number + 1)
        if before.exists():
            shutil.copytree(before, after)
        night(tmp_path, after, day)
        whole = tmp_path / f"{number + 1} full"
        shutil.copytree(after if not before.exists() else before, whole)
        night(tmp_path, whole, day, full=True)
        assert tree(after) == tree(whole), (seed, number, day)


def night(folder: Path, output: Path, day: date, *, full: bool = False) -> None:
    chosen = Settings(
        cycle=CycleSection(deadline=date(2021, 3, 31)),
        paths=PathsSection(inbox=folder / "inbox", output=output, waivers=folder / "豁免.xlsx"),
        batch=BatchSection(settle_seconds=0),
    )
    done = run(Setup.load(chosen), RunOptions(day, named=True, jobs=1, full=full))
    assert not done.result.faults, done.result.faults


def waivers(path: Path, until: date) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["项目名称", "问题代码", "批准人", "批准日期", "豁免理由", "有效期至"])
    sheet.append(["城区道路养护", "X02", "甲", date(2021, 1, 5), "已核实", until])
    book.save(path)
