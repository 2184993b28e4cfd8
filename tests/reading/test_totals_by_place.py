"""Totals are known by their place and their figures, not by a word alone."""

import pytest

from reading.test_layouts import FUNDING, GOALS, HEAD, ROWS, TABLE, TOTAL
from reading.typed import only, typed

NATIONAL = [*HEAD, *FUNDING, *GOALS, TABLE, *ROWS, *TOTAL]
HEADER = ["序号", "子项目名称", "承担处室", "预算数", "支出数"]
FIRST, SECOND = [1, "路面修补", None, 10, 10], [2, "标线", None, 5, 5]


@pytest.mark.parametrize(
    ("rows", "kinds"),
    [
        ([FIRST, SECOND, ["合计", None, None, 15, 15]], "明细 明细 合计"),
        ([["合计", None, None, 15, 15], FIRST, SECOND], "合计 明细 明细"),
        (
            [FIRST, [None, "合计", None, 7, 7], SECOND, ["合计", None, None, 22, 22]],
            "明细 明细 明细 合计",
        ),
        ([FIRST, SECOND, [3, "合计", None, 7, 7]], "明细 明细 明细"),
        (
            [
                FIRST,
                SECOND,
                ["小计", None, None, 15, 15],
                [3, "护栏", None, 5, 5],
                ["合计", None, None, 20, 20],
            ],
            "明细 明细 小计 明细 合计",
        ),
    ],
)
def test_a_detail_called_total_is_one_only_where_it_is_the_sum(
    rows: list[list[object]], kinds: str
) -> None:
    data = typed(("自评表", NATIONAL, []), ("支出明细", [["项目支出明细表"], HEADER, *rows], []))
    assert " ".join(row.kind.value for row in only(data).rows("details")) == kinds
