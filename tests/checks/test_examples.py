"""The reference cases as real files: as corrected nothing to say, as filed exactly what a careful
reviewer would find.
"""

import time
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from repository import TEMPLATES

from checks.samples import forms, policies
from evalbatch.checks.assess import assess
from evalbatch.checks.subject import CHECKS, CheckedSubmission
from evalbatch.model.evaluation import Evaluation, Status
from evalbatch.model.finding import Severity
from evalbatch.model.submission import Submission
from evalbatch.model.today import Today
from evalbatch.reading.reader import read

CLEAN = sorted((TEMPLATES / "examples").rglob("*.xlsx"))
AS_FILED = {path.stem[:4]: path for path in (TEMPLATES / "examples_as_filed").rglob("*.xlsx")}
AS_OF = date(2022, 1, 31)


@cache
def submitted(path: Path) -> Submission:
    return read(path.read_bytes(), path.name, forms())[0]


def evaluated(path: Path) -> Evaluation:
    form = forms()[submitted(path).form]
    return assess(submitted(path), form, policies()[form.policy], AS_OF)


def errors(evaluation: Evaluation) -> Counter[str]:
    return Counter(each.code for each in evaluation.findings if each.severity is Severity.ERROR)


def others(evaluation: Evaluation) -> Counter[str]:
    return Counter(each.code for each in evaluation.findings if each.severity is not Severity.ERROR)


def cells(evaluation: Evaluation, code: str) -> set[str]:
    return {
        str(place) for each in evaluation.findings if each.code == code for place in each.places
    }


@pytest.mark.parametrize("path", CLEAN, ids=lambda path: path.stem)
def test_a_corrected_case_is_graded_without_a_finding(path: Path):
    evaluation = evaluated(path)
    assert [(each.code, each.message) for each in evaluation.findings] == []
    assert evaluation.status is Status.GRADED


def test_case_a_as_filed():
    evaluation = evaluated(AS_FILED["对外合作"])
    assert evaluation.status is Status.RETURNED
    assert (str(evaluation.scores.final_total), evaluation.scores.grade) == ("93.00", "优")
    assert errors(evaluation) == Counter(T04=2, S06=1, W01=2, X01=2, V08=4, T01=2, E02=1)
    assert others(evaluation) == Counter(V04=2, B04=3, E05=2, E01=1, I01=1, X05=1, P01=1, S09=1)
    assert cells(evaluation, "X01") == {"评价表!I22", "评价表!I26"}
    assert cells(evaluation, "W01") == {"评价表!B15", "评价表!B26"}
    assert cells(evaluation, "V08") == {f"指标完成情况!E{row}" for row in (11, 12, 14, 15)}
    said = " ".join(each.message for each in evaluation.findings)
    for figures in (
        "93.9分",
        "93分",
        "14个三级指标",
        "19个",
        "40分",
        "18分",
        "60分",
        "30分",
        "55.55%",
        "55.56%",
        "403.35万元",
        "优秀",
    ):
        assert figures in said


def test_case_b_as_filed():
    evaluation = evaluated(AS_FILED["外事活动"])
    assert evaluation.status is Status.RETURNED
    assert (str(evaluation.scores.final_total), evaluation.scores.grade) == ("92.45", "优")
    assert errors(evaluation) == Counter(M04=1, T05=1, X02=1, E03=1)
    assert others(evaluation) == Counter(
        M05=1, V02=4, V05=2, V07=4, E04=1, T07=3, T06=2, X05=1, E05=1, S09=1
    )
    assert cells(evaluation, "T07") == {"支出明细!B5", "支出明细!B9", "支出明细!B13"}
    said = " ".join(each.message for each in evaluation.findings)
    for figures in (
        "33.59",
        "33.92",
        "300.33",
        "300.00",
        "64.52%",
        "72.04%",
        "96%",
        "36份",
        "165.14万元",
        "256.8万元",
        "43.2万元",
    ):
        assert figures in said


def test_case_c_as_filed():
    evaluation = evaluated(AS_FILED["年度绩效"])
    assert evaluation.status is Status.RETURNED
    assert errors(evaluation) == Counter(B02=5, N03=1)
    assert others(evaluation) == Counter(N05=1, T02=1, T03=2)
    said = " ".join(each.message for each in evaluation.findings)
    for figures in ("71项", "42项", "第30—71项", "第59项", "“13.”", "〔2022〕"):
        assert figures in said


@pytest.mark.slow
def test_all_checks_of_a_usual_workbook_take_milliseconds():
    """Two milliseconds on a quiet machine (scripts/benchmark.py measures); the bound here only
    catches a blunder.
    """
    submission = submitted(CLEAN[0])
    form = forms()[submission.form]
    scores = evaluated(CLEAN[0]).scores
    taken = []
    for _ in range(20):
        start = time.process_time()
        case = CheckedSubmission(submission, form, policies()[form.policy], scores, Today(AS_OF))
        assert not [seen for check in CHECKS.values() for seen in check(case)]
        taken.append(time.process_time() - start)
    assert min(taken) < 0.01
