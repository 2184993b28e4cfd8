"""What the form's own self-check says, calculated by LibreOffice, is what the program finds: the
same limits, and no figure rounded before it is held against one.
"""

import io
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from blank.filled import FORMS, POLICIES, made, road_self_evaluation
from blank.office import calculated, without_results
from evalbatch.checks.assess import assess
from evalbatch.reading.reader import read

FORM = FORMS["self_evaluation"]
#: The rules of the self-check that a finding of the program answers.
CODES = {
    "rate_explained": "X02",
    "weights_full": "W01",
    "scores_within": "S01",
    "reasons_given": "X01",
    "parts_add_up": "M02",
    "spent_within": "M01",
    "details_agree": "M04",
    "survey_plausible": "E03",
    "survey_given": "E02",
}
#: What the form calculates, so that the program may never differ.
CALCULATED = {"S05", "S06", "S08", "M03"}
BUDGET = Decimal("1000.05")


def filled(executed: Decimal = BUDGET, **changed: Any) -> dict[str, Any]:
    """A form without a fault whose execution is that of the budget; `fields`, `rows` (by number),
    `spent` (details) and `total` (of the funding) are changed where given.
    """
    form = road_self_evaluation()
    fields, tables = form["fields"], form["tables"]
    fields |= {"survey_satisfied": None, "execution_reason": None, **changed.get("fields", {})}
    nothing = dict.fromkeys(("initial_budget", "budget", "executed"), Decimal(0))
    amounts = {"initial_budget": BUDGET, "budget": BUDGET, "executed": executed}
    tables["funding"] = [{"key": "current", **amounts}, {"key": "carried", **nothing}]
    if "total" in changed:
        tables["funding"].insert(0, {"key": "total", **amounts, **changed["total"]})
    tables["details"] = [
        {"item": "东片区", "budget": BUDGET, "spent": changed.get("spent", executed)}
    ]
    for number, row in changed.get("rows", {}).items():
        tables["indicators"][number] |= row
    return form


def forms() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for rate in ("0.89995", "0.899999", "0.9", "0"):
        yield f"rate {rate}", filled(BUDGET * Decimal(rate))
    reason = {"execution_reason": "设备招标推迟，余款下年支付"}
    yield "rate explained", filled(BUDGET * Decimal("0.89995"), fields=reason)
    for gap in ("0.01", "0.02"):
        more = Decimal(gap)
        yield f"overspent {gap}", filled(BUDGET + more)
        yield f"sources {gap}", filled(total={"budget": BUDGET + more})
        yield f"details {gap}", filled(spent=BUDGET + more)
        yield f"weight +{gap}", filled(rows={0: {"weight": 20 + more, "score": 20 + more}})
        yield f"weight -{gap}", filled(rows={0: {"weight": 20 - more, "score": 20 - more}})
        yield f"score +{gap}", filled(rows={0: {"score": 20 + more}})
    yield "score -0.02", filled(rows={0: {"score": Decimal("19.98")}})
    yield "score below 0", filled(rows={0: {"score": Decimal("-0.01"), "reason": "尚未开工"}})
    for name, fields in {
        "returned": {"survey_returned": 61},
        "valid": {"survey_valid": 59},
        "satisfied": {"survey_satisfied": 51},
        "no valid": {"survey_valid": None},
        "no survey": dict.fromkeys(("survey_issued", "survey_returned", "survey_valid")),
    }.items():
        yield f"survey: {name}", filled(fields=fields)
    for total in ("89.99", "89.995", "79.994", "59.995"):
        lost = Decimal(96) - Decimal(total)
        lasting = {"score": Decimal(30) - min(lost, Decimal(30)), "reason": "效益尚未充分发挥"}
        rest = {"score": Decimal(20) - max(lost - 30, Decimal(0)), "reason": "管线迁改推迟"}
        yield f"total {total}", filled(rows={4: lasting, 0: rest})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All forms without stored results, calculated by LibreOffice in one go."""
    root = tmp_path_factory.mktemp("self_check")
    for name, form in forms():
        (root / f"{name}.xlsx").write_bytes(without_results(made(FORM.id, form)))
    return calculated(root, *(root / f"{name}.xlsx" for name, _ in forms()))


def struck(data: bytes) -> dict[str, bool]:
    """Whether each rule of the self-check strikes, as its line says."""
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    checks = next(block.checks for block in FORM.sheets[0].blocks if block.kind == "check")
    lines = [str(row[0].value or " ")[0] for row in book["填报说明"]]
    marks = [mark for mark in lines if mark in "×√"]
    return {check.rule: mark == "×" for check, mark in zip(checks, marks, strict=True)}


def found(data: bytes) -> set[str]:
    """The codes of what the program finds."""
    (submission,) = read(data, "表.xlsx", FORMS)
    evaluation = assess(submission, FORM, POLICIES[FORM.policy], date(2024, 3, 20))
    return {finding.code for finding in evaluation.findings}


@pytest.mark.office
@pytest.mark.parametrize("name", [name for name, _ in forms()])
def test_the_self_check_says_what_the_program_finds(folder: Path, name: str) -> None:
    data = (folder / f"{name}.xlsx").read_bytes()
    strikes, codes = struck(data), found(data)
    assert {rule: code in codes for rule, code in CODES.items()} == {
        rule: strikes[rule] for rule in CODES
    }
    assert not codes & CALCULATED
