"""Further sheets of our own blank that were deleted are named; whoever never had them is not asked."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from evalbatch.reading.reader import read
from reading.filled import FORMS, filled
from reading.published import workbook
from reading.typed import FILE, saved


def gone(data: bytes) -> list[str]:
    return [
        each.found
        for submission in read(data, FILE, FORMS)
        for each in submission.observations
        if each.variant == "sheets_gone"
    ]


@pytest.mark.parametrize(
    ("names", "named"),
    [
        ([], []),
        (["填报说明"], []),
        (["支出明细"], ["“支出明细”"]),
        (["支出明细", "满意度调查"], ["“支出明细”、“满意度调查”"]),
    ],
)
def test_sheets_that_were_deleted_from_our_blank_are_named(
    names: list[str], named: list[str]
) -> None:
    book = load_workbook(BytesIO(filled(FORMS["self_evaluation"])))
    for name in names:
        del book[name]
    assert gone(saved(book)) == named


def test_a_form_of_others_is_not_asked_for_them() -> None:
    assert gone(workbook("national")) == []
