"""A form's definition out to a workbook and back: equal without changes, changed where the office
changed it, and refused with cell and reason where it cannot be.
"""

import random
import tomllib
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from repository import evalbatch

from evalbatch.blanks.form_exchange import export, imported
from evalbatch.blanks.form_workbook import HEAD_ROWS, layouts
from evalbatch.errors import SettingsFault
from evalbatch.standards import form as specifications
from evalbatch.standards.form_library import SHIPPED, load_form
from evalbatch.standards.form_source import FormSource

FORMS = sorted(path.stem for path in SHIPPED.glob("*.toml"))
OWN = Path("own/own.toml")


def source(name: str = "self_evaluation") -> FormSource:
    return FormSource.load(SHIPPED / f"{name}.toml")


def changed(form: FormSource, change: Callable[[Workbook], object]) -> bytes:
    """Return the workbook of a form after someone worked in it."""
    book = openpyxl.load_workbook(BytesIO(export(form)))
    change(book)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def heads(sheet: Worksheet) -> list[object]:
    return [cell.value for cell in sheet[1]]


def put(name: str, which: str, head: str, value: object) -> Callable[[Workbook], None]:
    """Return a change: in a sheet's line of that id, what stands below a head."""

    def change(book: Workbook) -> None:
        sheet = book[name]
        key, column = (heads(sheet).index(each) for each in ("标识", head))
        line = next(row for row in sheet.iter_rows(min_row=3) if row[key].value == which)
        line[column].value = value

    return change


def result(form: FormSource, change: Callable[[Workbook], object]) -> dict[str, Any]:
    content = imported(changed(form, change), "表样.xlsx", form, OWN).content
    return tomllib.loads(content.decode())


def refusal(change: Callable[[Workbook], object]) -> str:
    form = source()
    with pytest.raises(SettingsFault) as caught:
        imported(changed(form, change), "表样.xlsx", form, OWN)
    return str(caught.value)


@pytest.mark.parametrize("name", FORMS)
def test_every_shipped_form_comes_back_equal(name: str) -> None:
    form = source(name)
    made = imported(export(form), "表样.xlsx", form, OWN)
    assert made.content == form.content
    assert made.form == load_form(form.path)
    assert not made.changes
    assert export(form) == export(form)


@pytest.mark.parametrize("name", FORMS)
def test_the_workbook_has_a_line_for_each_thing_and_far_fewer_than_the_text(name: str) -> None:
    form = source(name)
    book = openpyxl.load_workbook(BytesIO(export(form)))
    rows = sum(max(sheet.max_row - HEAD_ROWS, 0) for sheet in book if sheet.title[0] not in "~说")
    assert rows < 260
    assert book["栏目"].row_dimensions[HEAD_ROWS].hidden
    assert book["~原样"].sheet_state == "veryHidden"


def test_every_key_of_a_form_has_a_column() -> None:
    models = {
        "form": specifications.FormSpec,
        "sheets": specifications.SheetSpec,
        "blocks": specifications.Block,
        "fields": specifications.FieldSpec,
        "tables": specifications.TableSpec,
        "columns": specifications.ColumnSpec,
        "rows": specifications.FixedRow,
        "checks": specifications.SelfCheck,
        "migrations": specifications.Migration,
    }
    listed = {layout.lists for layout in layouts()} | {"preset"}
    for layout in layouts():
        keys = {column.key for column in layout.columns}
        missing = models[layout.lists].model_fields.keys() - keys
        assert missing <= listed, layout.name


def test_only_what_changed_is_written_and_comments_survive() -> None:
    form = source()
    change = put("栏目", "project", "提示", "写全称")
    made = imported(changed(form, change), "表样.xlsx", form, OWN)
    before, after = form.content.decode().splitlines(), made.content.decode().splitlines()
    assert [line for line in after if line not in before] == ['hint = "写全称"']
    assert len(before) == len(after)
    assert made.changes == (
        "工作表“自评表”栏目“项目名称”的“提示”：由“与预算批复的项目名称一字不差。”改为“写全称”",
    )


def test_a_changed_label_raises_the_version_and_proposes_a_migration() -> None:
    form = source()
    made = imported(
        changed(form, put("栏目", "project", "标签", "项目全称")), "表样.xlsx", form, OWN
    )
    assert made.form.version == form.data["version"] + 1
    assert "项目名称=项目全称" in made.advice[0]


def test_a_workbook_imported_a_second_time_changes_nothing(tmp_path: Path) -> None:
    form = source()

    def change(book: Workbook) -> None:
        put("栏目", "leader", "标签", "项目牵头人")(book)
        book["固定行"].delete_rows(book["固定行"].max_row)

    data = changed(form, change)
    once = imported(data, "表样.xlsx", form, OWN)
    (tmp_path / "self_evaluation.toml").write_bytes(once.content)
    again = FormSource.load(tmp_path / "self_evaluation.toml")
    twice = imported(data, "表样.xlsx", again, again.path)
    assert once.form.version == twice.form.version == 2
    assert twice.content == once.content
    assert twice.changes == twice.advice == ()


def test_a_new_field_stands_where_it_was_put() -> None:
    def change(book: Workbook) -> None:
        book["栏目"].append(["form", "extra", "补充说明", None, "long_text"])
        layout = book["版面"]
        grid = heads(layout).index("栏目排列") + 1
        row = next(r for r in range(3, 99) if layout.cell(r, grid).value == "stated_grade:7")
        layout.insert_rows(row + 1)
        layout.cell(row + 1, 1).value, layout.cell(row + 1, 2).value = "form", "〃"
        layout.cell(row + 1, grid).value = "extra：8"

    form = result(source(), change)["sheets"][1]
    assert form["fields"][-1] == {"id": "extra", "label": "补充说明", "type": "long_text"}
    assert [["extra", 8]] in [line for block in form["blocks"] for line in block.get("grid", ())]


def test_a_changed_shared_sheet_becomes_the_forms_own() -> None:
    data = result(source(), put("栏目", "survey_issued", "提示", "共发出多少份"))
    assert [sheet.get("use") for sheet in data["sheets"][-3:]] == ["details", None, "report"]
    named = result(source(), put("工作表", "survey", "名称", "问卷调查"))
    assert named["sheets"][-2] == {"use": "survey", "name": "问卷调查"}


def test_a_preset_row_is_added_with_the_digits_typed() -> None:
    def change(book: Workbook) -> None:
        book["预置·indicators"].append(["效益指标", "经济效益指标", "增收", None, None, 2.5])

    table = next(t for t in result(source(), change)["sheets"][1]["tables"] if t["id"] != "funding")
    assert table["preset"][-1] == {
        "level1": "效益指标",
        "level2": "经济效益指标",
        "level3": "增收",
        "weight": 2.5,
    }


def without(name: str) -> Callable[[Workbook], object]:
    return lambda book: book.remove(book[name])


def headed(text: str) -> Callable[[Workbook], object]:
    def change(book: Workbook) -> None:
        book["栏目"].cell(1, 40).value = text

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda book: book.create_sheet("栏目表"), "最接近的是“栏目”"),
        (headed("标签2"), "栏目!AN1：现为“标签2”，应为认识的列（最接近的是“标签”"),
        (without("自检"), "缺少工作表“自检”"),
        (without("~原样"), "重新导出"),
        (lambda book: book["栏目"].delete_cols(3), "缺少列“标签”"),
        (put("栏目", "project", "类型", "txt"), "栏目!E3：现为“txt”"),
        (put("栏目", "project", "提示", "=写全称"), "栏目!K3：文字（单元格是没有结果的公式"),
        (put("栏目", "project", "必填", "对"), "“是”或“否”"),
        (put("栏目", "project", "字数", "很多"), "应为数字"),
        (put("栏目", "project", "字数", 0), "栏目!I3：现为“0”"),
        (put("栏目", "project", "标签", None), "栏目!C3：填写此项"),
        (put("栏目", "project", "标识", "unit"), "不重复的标识"),
        (put("栏目", "project", "在", "formm"), "栏目!A3：现为“formm”"),
        (put("表样", "self_evaluation", "版本", 0), "表样!B3"),
        (put("表格", "indicators", "合计列", "weight\nscor"), "现为“scor”"),
    ],
)
def test_what_is_unknown_or_impossible_is_refused_with_its_cell(
    change: Callable[[Workbook], object], said: str
) -> None:
    assert said in refusal(change)


def test_of_a_line_taken_out_each_setting_is_named() -> None:
    said = refusal(lambda book: book["表样"].delete_rows(3))
    assert "表样的“标识”：填写此项" in said
    assert "表样的“名称”：填写此项" in said


def test_notes_of_the_office_are_left_alone() -> None:
    def change(book: Workbook) -> None:
        book.create_sheet("_记事")
        headed("_谁提的")(book)
        book["栏目"].cell(4, 40).value = "预算科"

    form = source()
    assert imported(changed(form, change), "表样.xlsx", form, OWN).content == form.content


@pytest.mark.parametrize("around", [" {}", "{} ", "\n{}\n", "{}\u3000", "\u00a0{}"])
def test_blanks_typed_around_a_text_are_no_change(around: str) -> None:
    form = source()
    typed = put("栏目", "project", "标签", around.format("项目名称"))
    assert imported(changed(form, typed), "表样.xlsx", form, OWN).content == form.content
    renamed = put("栏目", "project", "标签", around.format("专项名称全称"))
    text = imported(changed(form, renamed), "表样.xlsx", form, OWN).content.decode()
    assert 'label = "专项名称全称"' in text


def test_blanks_that_the_text_of_a_form_has_itself_are_left_there(tmp_path: Path) -> None:
    form = moved_on(tmp_path, 'label = "项目名称"', 'label = " 项目名称 "')
    made = imported(changed(form, put("栏目", "project", "字数", 90)), "表样.xlsx", form, form.path)
    assert 'label = " 项目名称 "' in made.content.decode()
    assert len(made.changes) == 1


def moved_on(tmp_path: Path, old: str, new: str) -> FormSource:
    """Return the form as someone changed its text after the export."""
    path = tmp_path / "own.toml"
    path.write_text(source().content.decode().replace(old, new, 1), encoding="utf-8")
    return FormSource.load(path)


def test_changes_of_both_sides_meet(tmp_path: Path) -> None:
    book = changed(source(), put("栏目", "project", "字数", 90))
    now = moved_on(tmp_path, 'label = "主管部门"', 'label = "主管单位名称"')
    text = imported(book, "表样.xlsx", now, now.path).content.decode()
    assert "limit = 90" in text
    assert 'label = "主管单位名称"' in text


def test_what_both_sides_changed_is_refused_with_both_values(tmp_path: Path) -> None:
    book = changed(source(), put("栏目", "project", "提示", "甲说"))
    now = moved_on(tmp_path, "与预算批复的项目名称一字不差。", "乙说")
    with pytest.raises(SettingsFault, match=r"甲说.*乙说"):
        imported(book, "表样.xlsx", now, now.path)
    same = moved_on(tmp_path, "与预算批复的项目名称一字不差。", "甲说")
    assert imported(book, "表样.xlsx", same, same.path).content == same.content


TEXTS: Mapping[str, tuple[str, ...]] = {
    "栏目": ("提示", "示例", "占位", "章"),
    "列": ("提示", "示例"),
    "表格": ("标题",),
    "工作表": ("说明",),
}


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(FORMS),
    seed=st.integers(0, 10**6),
    text=st.text("甲乙=+-@'\"\\{#\n a1、（）", min_size=1).filter(str.strip),
)
def test_any_text_typed_anywhere_arrives_and_leaves_the_rest(
    name: str, seed: int, text: str
) -> None:
    choose = random.Random(seed)
    typed: list[tuple[str, str]] = []

    def change(book: Workbook) -> None:
        for sheet, columns in TEXTS.items():
            row = choose.randint(3, book[sheet].max_row)
            head = choose.choice(columns)
            cell = book[sheet].cell(row, heads(book[sheet]).index(head) + 1)
            cell.value, cell.data_type = text, "s"
            typed.append((sheet, head))

    form = source(name)
    data = FormSource.load(form.path).data
    made = imported(changed(form, change), "表样.xlsx", form, OWN)
    assert made.content.decode().count("#") >= form.content.decode().count("#") - text.count("#")
    again = FormSource(OWN, made.content, data)
    assert again.content != form.content
    assert made.form.id == name
    assert len(made.changes) <= len(typed) + 1


def test_the_commands_export_try_and_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert evalbatch("form", "export", "项目支出绩效自评表", "-o", "表样.xlsx") == 0
    assert evalbatch("form", "import", "表样.xlsx") == 2
    assert "-o" in capsys.readouterr().err
    assert evalbatch("form", "import", "表样.xlsx", "-o", "own.toml") == 0
    assert (tmp_path / "own.toml").read_bytes() == source().content
    book = changed(source(), put("栏目", "project", "标签", "项目全称"))
    (tmp_path / "表样.xlsx").write_bytes(book)
    assert evalbatch("form", "import", "表样.xlsx", "--dry-run") == 0
    printed = capsys.readouterr().out
    assert "由“项目名称”改为“项目全称”" in printed
    blank = openpyxl.load_workbook(tmp_path / "表样－空白表.xlsx")
    assert "项目全称" in [cell.value for row in blank["自评表"] for cell in row]
    assert evalbatch("form", "export", "self_evaluation", "-o", "表样.xlsx") == 2
    assert (tmp_path / "表样.xlsx").read_bytes() == book


def test_the_settings_say_where_an_own_form_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "自定义表").mkdir()
    (tmp_path / "evalbatch.toml").write_text('[paths]\nforms = "自定义表"\n', encoding="utf-8")
    book = changed(source(), put("栏目", "project", "提示", "写全称"))
    (tmp_path / "表样.xlsx").write_bytes(book)
    assert evalbatch("form", "import", "表样.xlsx") == 0
    own = tmp_path / "自定义表" / "self_evaluation.toml"
    assert 'hint = "写全称"' in own.read_text(encoding="utf-8")
    assert (
        evalbatch("form", "import", "表样.xlsx", "-o", str(SHIPPED / "self_evaluation.toml")) == 2
    )
    assert "自带" in capsys.readouterr().err
