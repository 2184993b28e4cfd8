"""Files matched to the lines of the roster."""

from dataclasses import replace

import pytest
from records import AS_OF, entry, record

from evalbatch.cycle.matching import Matcher, Sender, expect, stem
from evalbatch.model.evaluation import Status
from evalbatch.model.names import normal_name
from evalbatch.model.record import Record

ROADS = entry()
OTHER = entry("农村公路养护", "农业局", line=3)
OTHER_UNIT = replace(OTHER, unit="农机站")
SECOND = entry("农村公路养护（二期）", line=4)
NAMES = (
    "道路（一期）",
    "道路（二期）",
    "道路(1期)",
    "道路",
    "道路2",
    "道路（新建）",
    "道路（改建）",
    "道路（2026）",
    "道路（后勤）",
)
OFFICE = replace(entry("", "省府办", line=5), unit="综合处", form="annual_management")


@pytest.mark.parametrize(
    "name",
    [
        *("农村公路养护", " 农村 公路养护", "农村公路养护（修改版）", "农村公路养护(2)"),
        *("【农村公路】养护", "农村公路养护（最终版2）", "农村公路养护（v1.2）"),
    ],
)
def test_how_a_project_is_typed_does_not_matter(name: str) -> None:
    assert normal_name(name) == "农村公路养护"


def test_what_tells_projects_apart_stays() -> None:
    assert len({normal_name(name) for name in NAMES}) == len(NAMES)
    assert normal_name("ＡＢ项目") == normal_name("ab项目")


def test_a_files_name_without_folder_suffix_and_revision() -> None:
    assert stem("交通局/农村公路养护（修改版）.xlsx") == "农村公路养护"
    assert stem("交通局/农村公路养护_终稿_2.xls") == "农村公路养护"


def test_a_workbook_is_found_by_its_stamp_whatever_was_typed() -> None:
    sender = Sender(
        "x.xlsx", "self_evaluation", "交通局", "公路中心", "改了名", "交通局", "农村公路养护"
    )
    assert Matcher([ROADS, OTHER_UNIT]).find(sender) is ROADS


@pytest.mark.parametrize("department", ["", "农业局"])
def test_a_stamp_helps_where_the_cells_name_no_department_and_not_against_them(
    department: str,
) -> None:
    sender = Sender("x.xlsx", "self_evaluation", department, "", "改了名", "交通局", "农村公路养护")
    assert Matcher([ROADS, OTHER_UNIT]).find(sender) is (None if department else ROADS)


@pytest.mark.parametrize(
    ("department", "unit", "line"),
    [
        ("交通局", "公路中心", ROADS),
        ("农业局", "农机站", OTHER_UNIT),
        ("", "农机站", OTHER_UNIT),
        ("市交通局", "", ROADS),
        ("", "", None),
        ("水利局", "水文站", None),
    ],
)
def test_projects_of_one_name_are_told_apart_by_unit_and_department(
    department: str, unit: str, line: object
) -> None:
    sender = Sender("x.xlsx", "self_evaluation", department, unit, "农村公路养护")
    assert Matcher([ROADS, OTHER_UNIT, SECOND]).find(sender) is line


def test_another_departments_project_of_the_same_name_is_not_taken() -> None:
    assert (
        Matcher([ROADS]).find(
            Sender("x.xlsx", "self_evaluation", "水利局", "水文站", "农村公路养护")
        )
        is None
    )
    assert (
        Matcher([ROADS]).find(
            Sender("x.xlsx", "annual_management", "交通局", "公路中心", "农村公路养护")
        )
        is None
    )


def test_an_office_is_found_by_its_name() -> None:
    assert (
        Matcher([ROADS, OFFICE]).find(
            Sender("综合处.xlsx", "annual_management", "省府办", "综合处")
        )
        is OFFICE
    )


def test_a_file_that_could_not_be_read_is_found_by_its_name_and_folder() -> None:
    matcher = Matcher([ROADS, OTHER_UNIT, OFFICE])
    assert matcher.find(Sender("农业局/农村公路养护.xlsx", "")) is OTHER_UNIT
    assert matcher.find(Sender("农村公路养护.xlsx", "")) is None
    assert Matcher([ROADS]).find(Sender("2026年农村公路养护自评表.xlsx", "")) is ROADS
    assert Matcher([ROADS]).find(Sender("别的.xlsx", "")) is None


@pytest.mark.parametrize(("project", "found"), [("公路养护", True), ("公路桥", False)])
def test_a_project_s_name_in_a_file_s_name_needs_four_characters(project: str, found: bool) -> None:
    line = entry(project)
    assert (Matcher([line]).find(Sender(f"2026{project}自评.xlsx", "")) is line) is found


@pytest.mark.parametrize(
    ("department", "unit", "found"),
    [("农业局", "公路中心", True), ("农业局", "别的站", False), ("交通局", "公路中心", False)],
)
def test_a_line_is_another_departments_where_its_unit_hands_in_for_the_wrong_one(
    department: str, unit: str, found: bool
) -> None:
    sender = Sender("x.xlsx", "self_evaluation", department, unit, "农村公路养护")
    other = replace(entry("水渠", "农业局", line=9), unit="水利站")
    assert Matcher([ROADS, other]).line_of_another(sender) is (ROADS if found else None)


def test_what_came_in_is_listed_with_the_file_that_counts_first() -> None:
    old, new = (
        record("旧.xlsx", status=Status.SUPERSEDED),
        record("新.xlsx", status=Status.RETURNED),
    )
    first, second = expect([ROADS, SECOND], {"旧.xlsx": ROADS, "新.xlsx": ROADS}, [old, new], AS_OF)
    assert (first.files, first.status, first.days_left) == (
        ("新.xlsx", "旧.xlsx"),
        Status.RETURNED,
        -1,
    )
    assert (second.files, second.status) == ((), None)


def test_a_project_on_another_form_than_its_line_asks_for_is_told_beside_the_line() -> None:
    wanted = replace(ROADS, form="project_evaluation")
    handed_in = replace(record("自评.xlsx", project=ROADS.project), department=ROADS.department)
    (told,) = expect([wanted], {}, [handed_in], AS_OF)
    assert (told.files, told.unread) == ((), ("自评.xlsx",))
    accepted = replace(handed_in, status=Status.ACCEPTED)
    assert expect([wanted], {}, [accepted], AS_OF)[0].unread == ()


def test_a_line_tells_when_what_counts_came_in_and_whether_in_time() -> None:
    def came(file: str, days: int | None, status: Status = Status.GRADED) -> Record:
        made = record(file, project=ROADS.project, status=status)
        return replace(made, received_on=AS_OF, days_late=days)

    files = [came("旧.xlsx", 9, Status.SUPERSEDED), came("新.xlsx", 2)]
    matched = dict.fromkeys(("旧.xlsx", "新.xlsx"), ROADS)
    (told,) = expect([ROADS], matched, files, AS_OF)
    assert (told.files[0], told.received_on, told.days_late) == ("新.xlsx", AS_OF, 2)
    (awaited,) = expect([ROADS], {}, [], AS_OF)
    assert (awaited.received_on, awaited.days_late) == (None, None)
