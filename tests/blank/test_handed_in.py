"""Our own workbooks through the checks: a blank is returned with what is missing, a good one passes
without an error.
"""

from datetime import date

import pytest

from blank.filled import FORMS, POLICIES, made, road_self_evaluation
from evalbatch.checks.assess import assess
from evalbatch.model.evaluation import Evaluation, Status
from evalbatch.model.finding import Severity, unwaived
from evalbatch.reading.reader import read


def handed_in(form: str, prefill: dict[str, object] | None = None) -> Evaluation:
    (submission,) = read(made(form, prefill), "表.xlsx", FORMS)
    return assess(submission, FORMS[form], POLICIES[FORMS[form].policy], date(2024, 12, 31))


@pytest.mark.parametrize("form", FORMS)
def test_a_blank_handed_in_is_returned_for_its_blanks_only(form: str) -> None:
    evaluation = handed_in(form)
    assert evaluation.status is Status.RETURNED
    errors = {finding.code for finding in evaluation.findings if finding.severity is Severity.ERROR}
    assert "B01" in errors
    assert errors <= {"B01", "W01", "X01"}


def test_a_workbook_that_passes_its_own_check_is_graded() -> None:
    evaluation = handed_in("self_evaluation", road_self_evaluation())
    assert evaluation.status is Status.GRADED
    assert unwaived(evaluation.findings, Severity.ERROR) == 0
    assert (str(evaluation.scores.final_total), evaluation.scores.grade) == ("92.45", "优")
