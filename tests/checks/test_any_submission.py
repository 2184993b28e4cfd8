"""Whatever a department typed, checks return findings and never raise; the same workbook gives the
same findings.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from builders import band, choice, compound, entry, percent, quantity, text, tier
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.samples import annual, forms, found, policies, project_evaluation, self_evaluation
from evalbatch.checks.across import look_across
from evalbatch.checks.assess import assess
from evalbatch.checks.fingerprint import fingerprint
from evalbatch.checks.subject import CHECKS, CheckedSubmission
from evalbatch.model.evaluation import Status
from evalbatch.model.finding import Severity, unwaived
from evalbatch.model.submission import Entry, State, Submission
from evalbatch.model.today import Today
from evalbatch.scoring.evaluate import score

AS_OF = date(2022, 1, 31)
FIGURES = st.one_of(
    st.sampled_from([0, 1, -1, 100, "0.005", "1e9", "99999999999999.99"]), st.integers(-5, 200)
).map(lambda n: Decimal(str(n)))
VALUES = st.one_of(
    st.none(),
    FIGURES,
    st.sampled_from(
        [
            "",
            "无",
            "/",
            "100%",
            "优",
            "项目",
            "指标1：",
            "2018年任务",
            "≥**",
            "1.甲；3.乙",
            "得93.9分，等级为“优秀”",
        ]
    ),
    st.dates(date(2019, 1, 1), date(2024, 1, 1)),
    st.sampled_from(
        [
            percent(0),
            percent(100),
            percent("55.55"),
            tier(1),
            tier(3),
            text("完成"),
            band("1", "2", "万元"),
            band("0", "0"),
        ]
    ),
    st.sampled_from(
        [
            quantity(0),
            quantity(12, "个", "≥"),
            quantity(9, "公里", "≤"),
            compound(percent(1), quantity(3)),
            choice(""),
            choice("是"),
        ]
    ),
)
STATES = st.sampled_from(
    [
        State.FILLED,
        State.FILLED,
        State.FILLED,
        State.BLANK,
        State.ERROR,
        State.UNCALCULATED,
        State.UNREADABLE,
    ]
)


def changed(cell: Entry, value: object, state: State) -> Entry:
    made = entry(value)  # type: ignore[arg-type]
    kept = made.value if state is State.FILLED else None
    seen = (
        ""
        if state in (State.BLANK, State.UNCALCULATED)
        else "#N/A"
        if state is State.ERROR
        else made.text
    )
    return Entry(
        seen, kept, cell.place, State.BLANK if kept is None and state is State.FILLED else state
    )


@st.composite
def submissions(draw: st.DrawFn) -> Submission:
    base = draw(st.sampled_from([self_evaluation(), project_evaluation(), annual()]))
    fields = dict(base.fields)
    for name in draw(st.lists(st.sampled_from(sorted(fields)), max_size=6, unique=True)):
        fields[name] = changed(fields[name], draw(VALUES), draw(STATES))
    for name in draw(st.lists(st.sampled_from(sorted(fields)), max_size=2, unique=True)):
        del fields[name]
    tables = {}
    for table, rows in base.tables.items():
        mended = []
        for row in rows:
            cells = dict(row.entries)
            for column in draw(st.lists(st.sampled_from(sorted(cells)), max_size=2, unique=True)):
                cells[column] = changed(cells[column], draw(VALUES), draw(STATES))
            if draw(st.integers(0, 9)):
                mended.append(replace(row, entries=cells))
        tables[table] = tuple(mended)
    return replace(base, fields=fields, tables=tables)


@given(submissions())
@settings(max_examples=150, deadline=None)
def test_checks_never_raise_and_settle_what_becomes_of_the_workbook(filled: Submission):
    form = forms()[filled.form]
    evaluation = assess(filled, form, policies()[form.policy], AS_OF)
    errors = unwaived(evaluation.findings, Severity.ERROR)
    assert evaluation.status is (Status.RETURNED if errors else Status.GRADED)
    assert all(
        finding.places and "未注明" not in finding.message for finding in evaluation.findings
    )
    assert len({(each.code, each.severity, each.message) for each in evaluation.findings}) == len(
        evaluation.findings
    )
    assert found(filled) == evaluation.findings
    look_across(
        [fingerprint(evaluation, form), replace(fingerprint(evaluation, form), file="另一份.xlsx")]
    )


@given(submissions(), st.sampled_from(sorted(policies())))
@settings(max_examples=60, deadline=None)
def test_every_profile_can_judge_every_workbook(filled: Submission, name: str):
    form, policy = forms()[filled.form], policies()[name]
    case = CheckedSubmission(
        filled, form, policy, score(filled, form, policy, Today(AS_OF)), Today(AS_OF)
    )
    for code, check in CHECKS.items():
        for seen in check(case):
            assert seen.places, code
