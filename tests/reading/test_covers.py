"""A cover sheet beside the form: it repeats whose hand-in it is, and must not contradict it."""

import io

import openpyxl
import pytest
from blank.filled import FORMS, made, road_self_evaluation

from evalbatch.model.submission import Submission
from evalbatch.reading.reader import read


def covered(*rows: tuple[object, ...], name: str = "封面", stamped: bool = True) -> Submission:
    """A self-evaluation of 某市城市管理局 for 2023 below a cover."""
    book = openpyxl.load_workbook(io.BytesIO(made("self_evaluation", road_self_evaluation())))
    if not stamped:
        book.custom_doc_props.props.clear()
        for sheet in [each for each in book.worksheets if each.sheet_state != "visible"]:
            book.remove(sheet)
    cover = book.create_sheet(name, 0)
    for row in rows:
        cover.append(row)
    stream = io.BytesIO()
    book.save(stream)
    (submission,) = read(stream.getvalue(), "表.xlsx", FORMS)
    return submission


def told(submission: Submission) -> list[tuple[str, str]]:
    found = (each for each in submission.observations if each.code == "D10")
    return [(each.expected, str(each.places[0])) for each in found]


@pytest.mark.parametrize("stamped", [True, False])
def test_another_project_department_or_year_on_the_cover_is_told(stamped: bool) -> None:
    submission = covered(
        ("项目支出绩效自评报告",),
        ("项目名称", "桥梁加固"),
        ("主管部门：某市水务局（公章）",),
        ("评价年度", 2022),
        stamped=stamped,
    )
    assert submission.text("project") == "城区道路养护"
    assert told(submission) == [
        ("项目名称", "封面!B2"),
        ("主管部门", "封面!A3"),
        ("评价年度", "封面!B4"),
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [("项目名称：城区道路养护项目绩效自评报告",), ("填报单位", "某市城市管理局（公章）")],
        [("主管部门", "城市管理局"), ("自评年度", "二〇二三年")],
        [("主管部门", "（公章）"), ("评价年度", "    年"), ("项目名称", "实施单位")],
        [("主管部门", None), ("2024年3月",), ("联系人", "办公室")],
    ],
)
def test_a_cover_that_says_the_same_or_nothing_is_fine(rows: list[tuple[object, ...]]) -> None:
    assert told(covered(*rows)) == []


def test_another_sheet_is_no_cover() -> None:
    assert told(covered(("项目名称", "桥梁加固"), name="项目清单")) == []
