"""A form by data alone: a TOML file in a folder of one's own is enough for a workbook that fills,
calculates and reads.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from blank.filled import POLICIES
from evalbatch.blanks.blank_workbook import build
from evalbatch.reading.reader import read
from evalbatch.standards.form import FormSpec
from evalbatch.standards.form_library import load_forms

OWN = """
id = "grant"
version = 2
title = "专项补助申报表"
category = "专项补助"
policy = "cz2020_self"
basis = "内部规定"

[[sheets]]
id = "form"
name = "申报表"
widths = [14, 30, 14, 14]
blocks = [
  { kind = "title", text = "专项补助申报表" },
  { kind = "note", text = "（{year}年度）", align = "center" },
  { kind = "fields", grid = [[["project", 1], ["year", 1]], [["kind", 3]]] },
  { kind = "table", table = "costs" },
  { kind = "gap" },
  { kind = "check", checks = [
    { rule = "fields_filled", say = "还没有填写：{names}。", good = "已填齐。" },
    { rule = "choices_ticked", say = "还没有勾选：{names}。", good = "已勾选。" },
    { rule = "table_filled", table = "costs", say = "有 {count} 处未填。", good = "支出已填齐。" },
    { rule = "filled_together", table = "costs", columns = ["paid_on", "amount"], say = "缺金额。", good = "齐全。" },
    { rule = "survey_plausible", say = "份数不合理。", good = "份数合理。" },
  ] },
]

[[sheets.fields]]
id = "project"
label = "补助名称"
required = true

[[sheets.fields]]
id = "year"
label = "年度"
type = "year"

[[sheets.fields]]
id = "kind"
label = "补助类型"
type = "choice"
options = ["新建", "续建"]
required = true

[[sheets.tables]]
id = "costs"
total = "合计"
sums = ["amount"]
spare = 3
columns = [
  { id = "item", label = "支出内容", span = 2, required = true },
  { id = "amount", label = "金额", type = "money", required = true },
  { id = "paid_on", label = "支付日期", type = "date" },
]
"""


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FormSpec]:
    folder = tmp_path_factory.mktemp("forms")
    Path(folder / "grant.toml").write_text(OWN, encoding="utf-8")
    return load_forms(folder)


def test_an_own_form_is_built_and_read_back(forms: dict[str, FormSpec]) -> None:
    form = forms["grant"]
    costs = [
        {"item": "设备", "amount": Decimal("12.30"), "paid_on": date(2024, 5, 6)},
        {"item": "人员", "amount": Decimal("7.70"), "paid_on": "2024年13月"},
    ]
    data = build(
        form,
        POLICIES[form.policy],
        {"fields": {"project": "甲", "kind": "续建"}, "tables": {"costs": costs}},
    )
    (submission,) = read(data, "表.xlsx", forms)
    assert (submission.form, submission.version) == ("grant", 2)
    assert submission.fields["kind"].choice.ticked == ("续建",)
    rows = submission.rows("costs")
    assert [row.number("amount") for row in rows] == [
        Decimal("12.30"),
        Decimal("7.70"),
        Decimal(20),
    ]
    assert [row.text("paid_on") for row in rows[:2]] == ["2024年5月6日", "2024年13月"]


def test_an_own_form_may_do_without_a_self_check(forms: dict[str, FormSpec]) -> None:
    form = forms["grant"]
    sheet = form.sheets[0]
    plain = sheet.model_copy(
        update={"blocks": tuple(block for block in sheet.blocks if block.kind != "check")}
    )
    data = build(form.model_copy(update={"sheets": (plain,)}), POLICIES[form.policy])
    assert read(data, "表.xlsx", forms)[0].form == "grant"
