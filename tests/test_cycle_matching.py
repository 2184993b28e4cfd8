"""Files matched to the lines of the roster."""

from dataclasses import replace

import pytest
from builders import submission
from records import AS_OF, entry, record

from evalbatch.cycle.matching import Matcher, Sender, expect, stem
from evalbatch.model.evaluation import Status
from evalbatch.model.finding import Observation
from evalbatch.model.names import normal_name
from evalbatch.model.record import Record, RosterEntry
from evalbatch.model.submission import Stamp

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


@pytest.mark.parametrize(
    "project",
    ["农村公路养护修改版", "农村公路养护定稿", "农村公路养护V2", "农村公路养护项目（最终版）"],
)
def test_a_remark_without_brackets_makes_no_other_project(project: str) -> None:
    sender = Sender("x.xlsx", "self_evaluation", "交通局", "公路中心", project)
    assert Matcher([ROADS, OTHER_UNIT]).find(sender) is ROADS
    named = replace(ROADS, project=project)
    assert Matcher([ROADS, OTHER_UNIT, named]).find(sender) is named
    of_another = replace(named, department="水务局", unit="水务局")
    assert Matcher([ROADS, OTHER_UNIT, of_another]).find(sender) is ROADS


@pytest.mark.parametrize("project", ["农村公路养护2", "农村公路养护二期", "农村公路养护更新改造"])
def test_what_may_be_another_project_is_not_taken_for_a_remark(project: str) -> None:
    sender = Sender("x.xlsx", "self_evaluation", "交通局", "公路中心", project)
    assert Matcher([ROADS]).find(sender) is None


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


def of(department: str, unit: str, project: str = "农村公路养护", *, line: int = 7) -> RosterEntry:
    return replace(entry(project, department, line=line), unit=unit)


def typed(department: str, unit: str, project: str = "农村公路养护") -> Sender:
    return Sender("x.xlsx", "self_evaluation", department, unit, project)


@pytest.mark.parametrize(
    ("lines", "sender", "found"),
    [
        # an equal name beats one that only says where the body is
        ([("省交通局", "甲站"), ("交通局", "乙站")], ("交通局", ""), 1),
        ([("交通局", "市水文站"), ("交通局", "水文站")], ("交通局", "水文站"), 1),
        # the unit tells more than the department
        ([("省交通局", "市水文站"), ("交通局", "农机站")], ("交通局", "水文站"), 0),
        # of two equally alike none is taken
        ([("交通局", "甲站"), ("交通局", "乙站")], ("交通局", ""), None),
        ([("交通局", "甲站"), ("交通局", "乙站")], ("", ""), None),
        # one line alone needs no name, but no other name either
        ([("交通局", "甲站")], ("", ""), 0),
        ([("交通局", "甲站")], ("", "乙站"), None),
        ([("交通局", "甲站")], ("水利局", ""), None),
        # department and unit in each other's place
        ([("交通局", "甲水站")], ("甲水站", "交通局"), 0),
        ([("交通局", "甲水站")], ("甲水站", ""), 0),
        ([("交通局", "甲水站")], ("", "交通局"), 0),
    ],
)
def test_the_line_whose_names_are_most_alike_is_taken(lines, sender, found) -> None:
    entries = [of(*names, line=number) for number, names in enumerate(lines, start=2)]
    line = Matcher(entries).find(typed(*sender))
    assert line is (None if found is None else entries[found])


def test_a_department_of_the_roster_has_no_claim_to_the_line_of_another() -> None:
    roads, water = of("交通局", "公路中心"), of("水利局", "水文站", "水渠")
    assert Matcher([roads, water]).find(typed("水利局", "公路中心")) is None
    below = of("交通局", "水利局")
    assert Matcher([below, water]).find(typed("水利局", "公路中心")) is below


def test_a_stamp_is_believed_where_the_cells_do_not_say_otherwise() -> None:
    stamped = Sender(
        *("x.xlsx", "self_evaluation", "市交通局", "", "改了名"),
        *("交通局", "农村公路养护", "2026"),
    )
    assert Matcher([ROADS]).find(stamped) is ROADS
    assert Matcher([ROADS]).find(replace(stamped, stamped_department="")) is ROADS
    assert Matcher([ROADS]).find(replace(stamped, stamped_project="")) is None
    assert Matcher([ROADS]).find(replace(stamped, department="水利局")) is None
    by_cells = replace(stamped, project=SECOND.project)
    assert Matcher([ROADS, SECOND]).find(by_cells) is SECOND
    assert Matcher([ROADS, SECOND]).by_stamp(by_cells) is ROADS


def test_a_name_that_says_nothing_names_no_line() -> None:
    assert Matcher([ROADS]).find(typed("交通局", "公路中心", "——")) is None


@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("交通局", "交通局"),
        ("某市交通局", "交通局"),
        ("市教育局", "市教育局"),
        ("教育局", "教育局"),
        ("区教育局", "教育局"),
        ("水务局", ""),
        ("", ""),
    ],
)
def test_a_department_is_named_by_equal_names_before_longer_ones(name: str, means: str) -> None:
    roster = [of("交通局", "甲"), of("市教育局", "乙"), of("教育局", "丙")]
    assert Matcher(roster).department_named(name) == means


def test_a_name_that_means_two_departments_names_none() -> None:
    roster = [of("东区教育局", "乙"), of("西区教育局", "丙")]
    assert Matcher(roster).department_named("教育局") == ""


def test_the_innermost_folder_with_a_departments_name_tells_whose_a_file_is() -> None:
    matcher = Matcher([ROADS, OTHER_UNIT])

    def told(file: str) -> str:
        return matcher.department_of_folder(Sender(file, "self_evaluation"))

    assert told("农业局/交通局/x.xlsx") == "交通局"
    assert told("农业局.zip/补报/x.xlsx") == "农业局"
    assert told("交通局材料/x.xlsx") == ""
    assert told("交通局.xlsx") == ""


def test_nothing_contradicts_a_department_that_the_roster_does_not_have() -> None:
    unknown = Sender("x.xlsx", "self_evaluation", "某某局", "公路中心", ROADS.project)
    assert Matcher([ROADS]).line_of_another(unknown) is None


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("公路中心/附件.xlsx", 0),
        ("交通局/农机站/附件.xlsx", 1),  # the unit before the department
        ("交通局/附件.xlsx", 0),
        ("农业局/附件.xlsx", None),  # two lines of one department
        ("水利局/附件.xlsx", None),
        ("农业局/农村公路养护.xlsx", 1),  # of one project name, the department's
        ("农机站/农村公路养护.xlsx", 1),
        ("交通局/农村公路养护-终稿.doc", 0),
        ("水利局/农村公路养护.xlsx", None),  # two have the project, none is the folder's
        ("水利局/灌区水渠.xlsx", 2),  # one has it, whoever sent it
        ("农业局/灌区水渠配套工程自评.xlsx", 3),  # the longest name that is in it
        ("农业局\\灌区水渠.xlsx", 2),
    ],
)
def test_the_name_of_an_unreadable_file_tells_its_line(file: str, found: int | None) -> None:
    lines = [
        of("交通局", "公路中心", line=2),
        of("农业局", "农机站", line=3),
        of("农业局", "水管站", "灌区水渠", line=4),
        of("林业局", "林场", "灌区水渠配套工程", line=5),
    ]
    assert Matcher(lines).find(Sender(file, "")) is (None if found is None else lines[found])


@pytest.mark.parametrize(("body", "found"), [("甲局", True), ("局", False)])
def test_a_body_of_one_character_is_in_every_path(body: str, found: bool) -> None:
    line = of(body, "")
    assert (Matcher([line]).find(Sender("甲局/附件.xlsx", "")) is line) is found


def unreadable(file: str, department: str = "交通局") -> Record:
    return record(file, department=department, project="", status=Status.UNREADABLE)


def test_an_unreadable_file_is_of_the_one_line_that_its_department_still_owes() -> None:
    files = [unreadable("坏.xlsx"), record("好.xlsx")]
    handed_in, owed = expect([ROADS, SECOND], {"好.xlsx": ROADS}, files, AS_OF)
    assert (handed_in.files, handed_in.unread) == (("好.xlsx",), ())
    assert (owed.files, owed.status, owed.unread) == (("坏.xlsx",), Status.UNREADABLE, ())


def test_an_unreadable_file_is_told_beside_every_line_where_several_are_owed() -> None:
    files = [unreadable("坏.xlsx"), unreadable("农.xlsx", "农业局")]
    lines = expect([ROADS, SECOND, OTHER], {}, files, AS_OF)
    assert [(line.files, line.unread) for line in lines] == [
        ((), ("坏.xlsx",)),
        ((), ("坏.xlsx",)),
        (("农.xlsx",), ()),
    ]


def test_a_line_without_a_deadline_has_no_days_left() -> None:
    (line,) = expect([replace(ROADS, deadline=None)], {}, [], AS_OF)
    assert line.days_left is None


def test_a_file_of_a_line_that_is_not_asked_about_counts_for_none() -> None:
    files = [record("甲.xlsx", project="别的项目")]
    (line,) = expect([ROADS], {"甲.xlsx": SECOND}, files, AS_OF)
    assert (line.files, line.unread) == ((), ())


def test_what_counts_first_is_what_was_graded_before_what_was_returned_or_torn() -> None:
    states = [Status.SUPERSEDED, Status.UNREADABLE, Status.RETURNED, Status.GRADED]
    files = [record(f"{number}.xlsx", status=state) for number, state in enumerate(states)]
    (line,) = expect([ROADS], dict.fromkeys((f.file for f in files), ROADS), files, AS_OF)
    assert (line.files, line.status) == (
        ("3.xlsx", "2.xlsx", "1.xlsx", "0.xlsx"),
        Status.GRADED,
    )


@pytest.mark.parametrize(
    ("fields", "code", "title", "unit"),
    [
        ({"project": "桥", "unit": "站", "office": "处"}, "", "桥", "站"),
        ({"office": "处", "organisation": "办"}, "", "处", "处"),
        ({"project": "桥"}, "D10", "桥", ""),
        ({"project": "桥"}, "F04", "桥", ""),
    ],
)
def test_what_a_workbook_says_of_itself_is_taken_from_its_cells(fields, code, title, unit) -> None:
    filled = submission(fields=fields)
    if code:
        filled = replace(
            filled, observations=(Observation(code, (filled.fields["project"].place,)),)
        )
    sender = Sender.of_submission(filled)
    assert (sender.title, sender.unit, sender.at_odds) == (title, unit, code == "D10")
    assert (sender.stamped_department, sender.stamped_project, sender.stamped_cycle) == ("",) * 3
    stamp = Stamp("self_evaluation", 1, "2026", "交通局", "农村公路养护")
    stamped = Sender.of_submission(replace(filled, stamp=stamp))
    assert (stamped.stamped_department, stamped.stamped_project, stamped.stamped_cycle) == (
        *("交通局", "农村公路养护"),
        "2026",
    )
