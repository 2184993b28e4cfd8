"""What others typed is not only read but assessed without findings that the layout alone would
raise.
"""

from datetime import date

from evalbatch.checks.assess import assess
from evalbatch.standards.policy_library import load_policies
from reading.test_layouts import FUNDING, GOALS, HEAD, ROWS, TABLE, TOTAL, national
from reading.typed import FORMS, only, typed

POLICY = load_policies()["cz2020_self"]
AS_OF = date(2022, 3, 1)


def assessed(data):
    submission = only(data)
    return assess(submission, FORMS[submission.form], POLICY, AS_OF)


def codes(evaluation):
    return {finding.code for finding in evaluation.findings}


def test_the_national_form_typed_by_somebody_else_gets_its_score():
    evaluation = assessed(national())
    assert (evaluation.scores.final_total, evaluation.scores.grade) == (95, "优")
    assert codes(evaluation).isdisjoint(
        {"F04", "B01", "W01", "S01", "S05", "S08", "M02", "M03", "V01"}
    )


def test_a_figure_merged_over_two_rows_is_not_missed_in_the_second():
    rows = [list(row) for row in ROWS]
    rows[0][6:8], rows[1][6:8] = [50, 47.5], [None, None]
    evaluation = assessed(
        typed(
            (
                "自评表",
                [*HEAD, *FUNDING, *GOALS, TABLE, *rows, *TOTAL],
                ["G13:G14", "H13:H14", "B13:B14"],
            )
        )
    )
    assert evaluation.scores.weight_total == 100
    assert codes(evaluation).isdisjoint({"B01", "W01", "S01", "S05"})


def test_a_form_without_weights_is_told_so_once_and_gets_no_total():
    table, rows = [*TABLE[:6], *TABLE[7:]], [[*row[:6], *row[7:]] for row in ROWS]
    evaluation = assessed(typed(("自评表", [*HEAD, *FUNDING, *GOALS, table, *rows], [])))
    assert (evaluation.scores.final_total, evaluation.scores.grade) == (None, "")
    assert [
        finding.code for finding in evaluation.findings if finding.code in ("F04", "W01", "B01")
    ] == ["F04"]
