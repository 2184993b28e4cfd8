"""Forms are data: what is wrong with one is said in Chinese, with file and key, all at once."""

import pickle
from pathlib import Path
from typing import get_args

import pytest

from evalbatch.blanks.formulas import FORMULAS
from evalbatch.blanks.self_check import RULES
from evalbatch.errors import SettingsFault
from evalbatch.standards import form_library
from evalbatch.standards.form import FormulaName, RuleName
from evalbatch.standards.form_library import load_form, load_forms
from evalbatch.standards.policy_library import load_policies

SMALL = """
id = "small"
version = 1
title = "小表"
category = "试验"
policy = "cz2020_self"
basis = "试验"

[[sheets]]
id = "form"
name = "主表"
widths = [10, 20, 10]
blocks = [
  { kind = "fields", grid = [[["project", 2]]] },
  { kind = "table", table = "items" },
]

[[sheets.fields]]
id = "project"
label = "项目名称"

[[sheets.tables]]
id = "items"
columns = [{ id = "item", label = "内容", span = 3 }]
"""

CHECK = 'kind = "check", checks = [{{ rule = "{}", {}say = "错。", good = "对。" }}]'


def faults_of(folder: Path, text: str) -> list[str]:
    path = folder / "小表.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsFault) as caught:
        load_form(path)
    return [str(fault) for fault in caught.value.faults]


SHIPPED = {
    "self_evaluation",
    "project_evaluation",
    "annual_management",
    "department_evaluation",
    "transfer_self_evaluation",
    "goal_declaration",
    "monitoring",
}


def test_the_shipped_forms_load_and_name_policies_that_exist() -> None:
    forms = load_forms()
    assert set(forms) == SHIPPED
    assert {form.policy for form in forms.values()} <= set(load_policies())


def test_a_shipped_form_bears_the_name_of_its_file_and_is_read_when_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []
    parse = form_library.parse_form
    monkeypatch.setattr(
        form_library, "parse_form", lambda path: [read.append(path.stem), parse(path)][1]
    )
    forms = load_forms()
    assert not read
    assert forms["annual_management"] is forms["annual_management"]
    assert read == ["annual_management"]
    assert [form.id for form in forms.values()] == list(forms)
    assert "nothing" not in forms
    assert pickle.loads(pickle.dumps(forms)) == dict(forms)  # noqa: S301 - our own


def test_forms_share_sheets_but_keep_their_own_ids() -> None:
    forms = load_forms()
    for name in ("self_evaluation", "project_evaluation", "department_evaluation"):
        assert forms[name].sheet_of("details").name == "支出明细"
        assert "text_problems" in forms[name].fields


def test_a_further_folder_adds_a_form_and_replaces_one_of_the_same_id(tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(SMALL, encoding="utf-8")
    (tmp_path / "own.toml").write_text(
        SMALL.replace('"small"', '"self_evaluation"'), encoding="utf-8"
    )
    forms = load_forms(tmp_path)
    assert forms["small"].title == "小表"
    assert forms["self_evaluation"].title == "小表"


def test_a_form_uses_a_sheet_from_its_own_folder_or_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "sheets").mkdir()
    own = (
        'id = "own"\nname = "自有表"\nwidths = [10]\nblocks = [{ kind = "title", text = "自有" }]\n'
    )
    (tmp_path / "sheets" / "own.toml").write_text(own, encoding="utf-8")
    path = tmp_path / "small.toml"
    path.write_text(
        SMALL + '\n[[sheets]]\nuse = "own"\n\n[[sheets]]\nuse = "survey"\nname = "问卷"\n',
        encoding="utf-8",
    )
    assert [sheet.name for sheet in load_form(path).sheets] == ["主表", "自有表", "问卷"]


@pytest.mark.parametrize(
    ("found", "replacement", "said"),
    [
        (
            'kind = "fields"',
            'kind = "feilds"',
            ["小表.toml · sheets[form].blocks[1].kind", "feilds", "以下之一"],
        ),
        (
            'label = "项目名称"',
            'lable = "项目名称"',
            ["sheets[form].fields[project].lable", "请检查拼写"],
        ),
        ('["project", 2]', '["projekt", 2]', ["blocks[1].grid", "projekt", "project"]),
        ('["project", 2]', '["project", 3]', ["blocks[1].grid", "占 4 列", "3 列"]),
        ('table = "items" }', 'table = "item" }', ["blocks[2].table", "item", "items"]),
        ("widths = [10, 20, 10]\n", "", ["sheets[form].widths", "宽度"]),
        (
            'label = "内容"',
            'label = "内容", type = "money", formula = "rate"',
            ["columns[item].formula", "rate", "以下之一"],
        ),
        ('label = "内容"', 'label = "内容", type = "choice"', ["columns[item].options", "选项"]),
        ('label = "内容"', 'label = "内容", options = ["甲,乙"]', ["甲,乙", "英文逗号"]),
        ('id = "items"\n', 'id = "items"\nsums = ["spent"]\n', ["tables[items]", "spent", "item"]),
        (
            'label = "内容"',
            'label = "内容", formula = "group_sum"',
            ["columns[item].formula", "group_sum", "“weight”列"],
        ),
        (
            'kind = "table", table = "items"',
            CHECK.format("survey_given", 'table = "items", '),
            ["survey_given", "level2", "item"],
        ),
        (
            'kind = "table", table = "items"',
            CHECK.format("spent_within", 'table = "items", '),
            ["spent_within", "至少 2 项"],
        ),
        (
            'kind = "table", table = "items"',
            CHECK.format("nodes_known", 'table = "items", '),
            ["nodes_known", "level3_no"],
        ),
        (
            'kind = "table", table = "items"',
            CHECK.format("weights_full", ""),
            ["weights_full", "table", "items"],
        ),
        (
            'kind = "table", table = "items"',
            CHECK.format("fields_filled", ""),
            ["fields_filled", "必填栏目"],
        ),
        (
            'label = "内容"',
            'label = "内容", formula = "table_total"',
            ["columns[item].formula", "table_total", "sums"],
        ),
        (
            "widths = [10, 20, 10]",
            "widths = [10, 20]",
            ["blocks[2].table", "items 占 3 列", "2 列"],
        ),
        ('  { kind = "table", table = "items" },\n', "", ["tables[items]", "写进"]),
        (
            '{ kind = "table"',
            '{ kind = "table", table = "items" },\n  { kind = "table"',
            ["blocks.table", "2 次"],
        ),
        (
            '["project", 2]]',
            '["project", 1]], [["project", 1]]',
            ["blocks.grid", "project", "2 次"],
        ),
        (
            'label = "项目名称"',
            'label = "名"\n[[sheets.fields]]\nid = "unit"\nlabel = "单位"\nrequired = true',
            ["fields[unit]", "grid"],
        ),
        ("version = 1", 'version = "一"', ["小表.toml · version", "整数"]),
        ('id = "small"', 'id = "Small Form"', ["小表.toml · id", "小写英文字母"]),
        (
            "[[sheets]]",
            '[[sheets]]\nuse = "nothing"\n[[sheets]]',
            ["sheets.use", "nothing", "report"],
        ),
        (
            "blocks = [\n",
            'blocks = [\n  { kind = "note", text = "（{yaer}年度）" },\n',
            ["blocks[1].text", "{yaer}", "project"],
        ),
    ],
)
def test_a_fault_names_file_key_and_what_was_expected(
    tmp_path: Path, found: str, replacement: str, said: list[str]
) -> None:
    assert found in SMALL
    faults = faults_of(tmp_path, SMALL.replace(found, replacement, 1))
    assert any(all(word in fault for word in said) for fault in faults), faults


def test_the_same_field_twice_is_a_fault(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, SMALL + '\n[[sheets.fields]]\nid = "project"\nlabel = "项目"\n')
    assert faults == ["小表.toml · fields.id：现为“project”，应为不重复的标识（出现了 2 次）"]


def test_broken_toml_and_other_encodings_are_said(tmp_path: Path) -> None:
    assert "不是正确的 TOML" in faults_of(tmp_path, "id = ")[0]
    path = tmp_path / "gbk.toml"
    path.write_bytes(SMALL.encode("gbk"))
    with pytest.raises(SettingsFault, match="UTF-8"):
        load_form(path)


def test_all_faults_of_all_files_are_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("id = ", encoding="utf-8")
    (tmp_path / "b.toml").write_text(
        SMALL.replace('["project", 2]', '["projekt", 2]'), encoding="utf-8"
    )
    with pytest.raises(SettingsFault) as caught:
        load_forms(tmp_path, tmp_path / "missing")
    assert {fault.where.split(" · ")[0] for fault in caught.value.faults} == {
        "a.toml",
        "b.toml",
        str(tmp_path / "missing"),
    }


def test_the_specification_knows_exactly_the_formulas_and_rules_that_exist() -> None:
    assert set(get_args(FormulaName)) - {""} == set(FORMULAS)
    assert set(get_args(RuleName)) == set(RULES)
