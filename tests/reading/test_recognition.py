"""Which form a workbook is, which of its sheets count, and what is refused."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalbatch.blanks.blank_workbook import build
from evalbatch.model.place import Place
from evalbatch.model.submission import RowKind, Stamp, State, Submission
from evalbatch.reading.reader import interpret, read
from evalbatch.sheets import read_book
from evalbatch.sheets.book import Book, Cell, ErrorValue, Merge, Refused, Sheet
from evalbatch.standards.form import FormSpec, Migration
from reading.filled import FORMS, POLICIES, book_of, filled, filled_fields
from reading.mutate import find, with_cell, with_sheet
from reading.test_layouts import EVALUATION, FUNDING, GOALS, HEAD, ROWS, TABLE, TOTAL
from reading.typed import FILE, only, seen, typed

SELF = FORMS["self_evaluation"]
NATIONAL = [*HEAD, *FUNDING, *GOALS, TABLE, *ROWS, *TOTAL]


def refusal(data):
    with pytest.raises(Refused) as caught:
        read(data, FILE, FORMS)
    return caught.value.observation


class TestUnknown:
    def test_a_workbook_of_another_kind_is_refused(self):
        said = refusal(typed(("工资表", [["姓名", "基本工资", "津贴"], ["张某", 3000, 500]], [])))
        assert (said.code, said.places[0].file) == ("F03", FILE)

    def test_an_empty_workbook_is_refused(self):
        assert refusal(typed(("Sheet1", [], []))).code == "F03"

    def test_the_nearest_form_and_what_is_missing_are_named(self):
        said = refusal(
            typed(("表", [["项目名称", "道路"], ["主管部门", "某局"], ["实施单位", "某站"]], []))
        )
        assert said.code == "F03"
        assert said.expected in {form.title for form in FORMS.values()}
        assert "三级指标" in said.found


class TestSeveral:
    def test_several_forms_on_several_sheets_give_several_submissions(self):
        other = [[*row] for row in NATIONAL]
        other[2] = ["项目名称", None, "城区绿化"]
        data = typed(
            ("道路", NATIONAL, []),
            ("绿化", other, []),
            ("评分表", EVALUATION, ["A6:A8", "B6:B8", "C6:C7", "D6:D7"]),
        )
        submissions = read(data, FILE, FORMS)
        assert [(each.file, each.form, each.text("project")) for each in submissions] == [
            (FILE, "self_evaluation", "乡村道路养护"),
            (f"{FILE}#绿化", "self_evaluation", "城区绿化"),
            (f"{FILE}#评分表", "project_evaluation", "外事活动"),
        ]
        assert submissions[1].fields["project"].place == Place(FILE, "绿化", 3, 3), (
            "places keep the name of the file"
        )

    def test_two_sheets_of_the_same_project_are_both_named_and_none_is_chosen_in_silence(self):
        submission = only(typed(("初稿", NATIONAL, []), ("定稿", NATIONAL, [])))
        (said,) = [each for each in submission.observations if each.code == "F04"]
        assert (said.variant, [place.sheet for place in said.places]) == (
            "ambiguous",
            ["初稿", "定稿"],
        )

    def test_a_form_cut_into_two_sheets_from_behind_is_called_so_and_not_a_second_copy(self):
        submission = only(
            typed(
                ("指标", [*HEAD, TABLE, *ROWS, *TOTAL], []),
                ("资金", [*HEAD, *FUNDING, *GOALS], []),
            )
        )
        said = next(each for each in submission.observations if each.variant == "split")
        assert (said.code, [place.sheet for place in said.places]) == ("F04", ["指标", "资金"])

    def test_a_blank_copy_of_the_form_is_passed_over(self):
        blank = [
            [cell if row < 2 or column < 2 else None for column, cell in enumerate(line)]
            for row, line in enumerate(NATIONAL)
        ]
        blank[1] = ["（    年度）"]
        blank[3] = ["主管部门", None, None, None, "实施单位"]
        for row in (4, 11):
            blank[row] = list(NATIONAL[row])
        submission = only(typed(("填报", NATIONAL, []), ("空表", blank, [])))
        assert submission.text("project") == "乡村道路养护"

    def test_the_reviewers_sheet_is_not_read_again(self):
        submission = only(typed(("自评表", NATIONAL, []), ("审核意见", NATIONAL, [])))
        assert submission.text("project") == "乡村道路养护"
        assert seen(submission, "F04") == []


def renamed(book, old, new):
    return replace(
        book,
        sheets=[replace(sheet, name=new) if sheet.name == old else sheet for sheet in book.sheets],
    )


class TestSheets:
    @pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
    def test_a_required_sheet_that_is_missing_is_named(self, form):
        main = next(sheet for sheet in form.sheets if sheet.required and sheet.tables)
        book = book_of(form.id)
        for sheet in form.sheets:
            if sheet.required and sheet is not main:
                without = replace(
                    book, sheets=[one for one in book.sheets if one.name != sheet.name]
                )
                (submission,) = interpret(without, FILE, "", FORMS)
                assert [(each.code, each.expected) for each in submission.observations] == [
                    ("F04", sheet.name)
                ]

    def test_a_renamed_sheet_is_known_by_its_labels(self):
        (submission,) = interpret(
            renamed(book_of("self_evaluation"), "支出明细", "附表一"), FILE, "", FORMS
        )
        assert len(submission.rows("details", RowKind.ITEM)) == 5
        assert submission.observations == ()

    def test_a_second_sheet_of_the_same_kind_is_named_when_it_is_filled_in(self):
        book = book_of("self_evaluation")
        details = next(sheet for sheet in book.sheets if sheet.name == "支出明细")
        (submission,) = interpret(
            replace(book, sheets=[*book.sheets, replace(details, name="支出明细 (2)")]),
            FILE,
            "",
            FORMS,
        )
        (said,) = submission.observations
        assert (said.code, said.variant, [place.sheet for place in said.places]) == (
            "F04",
            "ambiguous",
            ["支出明细", "支出明细 (2)"],
        )

    def test_a_second_sheet_of_the_same_kind_is_passed_over_when_it_is_blank(self):
        book = book_of("self_evaluation")
        blank = read_book(build(SELF, POLICIES[SELF.policy]), FILE)
        details = next(sheet for sheet in blank.sheets if sheet.name == "支出明细")
        (submission,) = interpret(
            replace(book, sheets=[*book.sheets, replace(details, name="支出明细 (2)")]),
            FILE,
            "",
            FORMS,
        )
        assert submission.observations == ()


class TestStamp:
    def test_the_stamp_says_form_version_and_project(self):
        stamp = Stamp("self_evaluation", 1, "2021", "某局", "道路")
        data = build(SELF, POLICIES[SELF.policy], {"fields": filled_fields(SELF)}, stamp)
        assert only(data).stamp == stamp

    def test_a_stamp_outlives_the_loss_of_the_properties(self):
        book = read_book(filled(SELF), FILE)
        (submission,) = interpret(replace(book, properties={}), FILE, "", FORMS)
        assert submission.stamp == Stamp("self_evaluation", 1)

    def test_a_newer_version_is_refused(self):
        data = build(SELF, POLICIES[SELF.policy], stamp=Stamp("self_evaluation", SELF.version + 1))
        said = refusal(data)
        assert (said.code, said.found, said.expected) == (
            "F05",
            str(SELF.version + 1),
            str(SELF.version),
        )

    def test_an_older_version_is_migrated_and_said(self):
        moved = Migration(from_version=1, renamed={"承担单位": "实施单位"}, added=("goal_actual",))
        newer = SELF.model_copy(update={"version": 2, "migrations": (moved,)})
        book = read_book(filled(SELF), FILE)
        book = with_cell(book, "自评表", find(book, "自评表", "实施单位"), Cell("承担单位"))
        book = with_cell(book, "自评表", find(book, "自评表", "实际完成情况"), None)
        (submission,) = interpret(book, FILE, "", {**FORMS, "self_evaluation": newer})
        assert submission.text("unit") == filled_fields(SELF)["unit"]
        assert "goal_actual" not in submission.fields
        assert [(each.code, each.variant) for each in submission.observations] == [("F05", "older")]

    def test_a_new_field_is_missed_in_a_new_workbook(self):
        moved = Migration(from_version=1, renamed={"承担单位": "实施单位"}, added=("goal_actual",))
        newer = SELF.model_copy(update={"version": 2, "migrations": (moved,)})
        book = read_book(build(newer, POLICIES[SELF.policy], {"fields": filled_fields(SELF)}), FILE)
        book = with_cell(book, "自评表", find(book, "自评表", "实际完成情况"), None)
        (submission,) = interpret(book, FILE, "", {**FORMS, "self_evaluation": newer})
        assert [each.expected for each in submission.observations if each.code == "F04"] == [
            "实际完成情况"
        ]


class TestHidden:
    def hidden(self, **how):
        book = read_book(filled(SELF), FILE)
        (submission,) = interpret(
            with_sheet(book, "支出明细", lambda sheet: replace(sheet, **how)), FILE, "", FORMS
        )
        return [
            (each.places[0].cell, each.found)
            for each in submission.observations
            if each.code == "F11"
        ]

    def test_hidden_rows_that_count_are_named(self):
        assert self.hidden(hidden_rows=frozenset({5})) == [("A5", "工作表“支出明细”第5行")]

    def test_hidden_columns_that_count_are_named(self):
        assert self.hidden(hidden_columns=frozenset({4})) == [("D4", "工作表“支出明细”D列")]

    def test_hidden_sheets_that_count_are_named(self):
        assert [found for _, found in self.hidden(hidden=True)] == ["工作表“支出明细”"]

    def test_hidden_rows_without_values_are_not_named(self):
        assert self.hidden(hidden_rows=frozenset({500})) == []


def alike(form: FormSpec) -> FormSpec:
    return form.model_copy(update={"id": "twin", "title": form.title})


def test_two_forms_that_cannot_be_told_apart_are_both_named():
    forms = {**FORMS, "twin": alike(SELF)}
    (submission,) = read(typed(("自评表", NATIONAL, [])), FILE, forms)
    assert [each.variant for each in submission.observations if each.code == "F04"] == ["ambiguous"]


LABELS = sorted(
    {label for form in FORMS.values() for field in form.fields.values() for label in field.labels}
)
HEADERS = sorted(
    {
        column.label
        for form in FORMS.values()
        for table in form.tables.values()
        for column in table.columns
    }
)
TEXTS = st.one_of(
    st.sampled_from(LABELS),
    st.sampled_from(HEADERS),
    st.sampled_from(
        ["产出指标（50）", "≥5个", "小计", "总分", "注：", "1", "无", "：", "(", "A101"]
    ),
    st.text(max_size=6),
)
CELLS = st.one_of(
    TEXTS.map(Cell),
    st.integers(-5, 200).map(lambda number: Cell(number, str(number))),
    st.just(Cell(ErrorValue("#N/A"))),
    st.just(Cell(None, formula="A1")),
)
SPOTS = st.tuples(st.integers(1, 14), st.integers(1, 9))


AREAS = st.lists(st.tuples(SPOTS, st.integers(0, 3), st.integers(0, 3)), max_size=5)


def attempt(book: Book) -> tuple[Submission, ...]:
    try:
        return interpret(book, FILE, "", FORMS)
    except Refused:
        return ()


def merged(areas):
    return [Merge(top, left, top + height, left + width) for (top, left), height, width in areas]


def sound(submission: Submission) -> bool:
    """Whether every value has a state that fits it, and a place in the file."""
    return all(
        (e.value is not None) == (e.state is State.FILLED) and e.place.file == FILE
        for e in submission.entries()
    )


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(SPOTS, CELLS, max_size=60), AREAS)
def test_no_arrangement_of_labels_crashes_the_reader(cells, areas):
    properties = {"evalbatch.form": "self_evaluation", "evalbatch.version": "1"}
    assert all(
        sound(each)
        for each in attempt(
            Book("xlsx", [Sheet("自评表", cells, merged(areas))], properties=properties)
        )
    )


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(FORMS)),
    st.dictionaries(st.tuples(st.integers(1, 40), st.integers(1, 9)), CELLS, max_size=12),
    AREAS,
)
def test_no_damage_to_a_filled_form_crashes_the_reader(name, cells, areas):
    form = FORMS[name]
    main = next(sheet.name for sheet in form.sheets if sheet.required and sheet.tables)
    book = with_sheet(
        book_of(name),
        main,
        lambda sheet: replace(
            sheet, cells=sheet.cells | cells, merges=[*sheet.merges, *merged(areas)]
        ),
    )
    assert all(sound(each) for each in attempt(book))


def test_merges_that_overlap_do_not_hold_up_a_group_of_boxes():
    main = next(sheet.name for sheet in SELF.sheets if sheet.required and sheet.tables)
    book = book_of("self_evaluation")
    row, column = find(book, main, "评价等次")
    overlapping = [Merge(row, column + 2, row, column + 6), Merge(row, column + 2, row, column + 2)]
    cells = {(row, column + 2): Cell("☐优 ☑良")}
    changed = with_sheet(
        book,
        main,
        lambda sheet: replace(
            sheet, cells=sheet.cells | cells, merges=[*sheet.merges, *overlapping]
        ),
    )
    assert all(sound(each) for each in attempt(changed))
