"""A new cycle's folder, and the pre-filled workbooks made from its roster."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from records import entry, record, row, scores

from evalbatch.cycle import folder, prefilled_blanks, roster, waivers
from evalbatch.cycle.prefilled_blanks import CycleFacts
from evalbatch.errors import SettingsFault
from evalbatch.model.record import RosterEntry, year_key
from evalbatch.reading.reader import read
from evalbatch.settings import Settings
from evalbatch.standards.form import FormSpec
from evalbatch.standards.form_library import load_forms
from evalbatch.standards.policy import Policy
from evalbatch.standards.policy_library import load_policies

CODES = {"X02": "执行率偏低未说明原因", "W01": "分值合计不符"}


@cache
def specifications() -> tuple[Mapping[str, FormSpec], Mapping[str, Policy]]:
    forms, policies = load_forms(), load_policies()
    return forms, {key: policies[form.policy] for key, form in forms.items()}


def create(at: Path, name: str = "2026年度") -> tuple[Path, ...]:
    return folder.create(at, name, 2026, *specifications(), CODES)


def listing(at: Path) -> set[str]:
    return {path.relative_to(at).as_posix() for path in at.rglob("*")}


def test_a_new_folder_has_what_a_clerk_needs_and_reads_without_a_fault(tmp_path: Path) -> None:
    create(tmp_path / "2026年度")
    made = listing(tmp_path / "2026年度")
    assert {"evalbatch.toml", "名册.xlsx", "豁免.xlsx", "使用说明.txt", "inbox", "output"} <= made
    assert "报告模板/project.docx" in made
    assert "空白表/项目支出绩效自评表.xlsx" in made
    settings = Settings.load(tmp_path / "2026年度" / "evalbatch.toml")
    forms, policies = specifications()
    assert settings.cycle.name == "2026年度"
    assert settings.cycle.deadline == date(2027, 3, 31)
    assert not settings.unknown(set(forms), {policy.id for policy in policies.values()})
    assert settings.paths.roster is not None
    assert settings.paths.waivers is not None
    assert roster.load(settings.paths.roster, forms).entries == ()
    assert waivers.load(settings.paths.waivers, CODES) == ()


def test_every_commented_setting_is_one_that_exists(tmp_path: Path) -> None:
    for name in ("自定义表", "自定义口径", "上年/output"):
        (tmp_path / name).mkdir(parents=True)
    create(tmp_path / "甲")
    path = tmp_path / "甲" / "evalbatch.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    live = [
        line.removeprefix("# ") if line.startswith("# ") and " = " in line else line
        for line in lines
    ]
    path.write_text("\n".join(live).replace('"自定义', '"../自定义'), encoding="utf-8")
    assert Settings.load(path).mail.port == 465


def test_nothing_that_stands_there_is_overwritten_and_all_of_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "名册.xlsx").write_bytes(b"mine")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "甲.xlsx").write_bytes(b"theirs")
    before = listing(tmp_path)
    with pytest.raises(SettingsFault) as caught:
        create(tmp_path)
    assert len(caught.value.faults) == 2
    assert "名册.xlsx：已经存在" in str(caught.value)
    assert listing(tmp_path) == before
    assert (tmp_path / "名册.xlsx").read_bytes() == b"mine"


def test_a_name_with_quotes_is_still_a_settings_file(tmp_path: Path) -> None:
    create(tmp_path / "甲", '某"市"\\2026 $year')
    assert Settings.load(tmp_path / "甲" / "evalbatch.toml").cycle.name == '某"市"\\2026 $year'


FACTS = CycleFacts("2026年度", 2026)


def blanks(at: Path, *entries: RosterEntry, facts: CycleFacts = FACTS) -> prefilled_blanks.Made:
    return prefilled_blanks.blanks(entries, *specifications(), at, facts, jobs=1)


def test_a_project_gets_its_workbook_in_its_departments_folder_with_what_is_known(
    tmp_path: Path,
) -> None:
    last = record(scored=scores([row(level3="完成里程", target="≥100公里", weight="20")]))
    previous = {year_key("self_evaluation", "农村公路养护"): last}
    (path,) = blanks(tmp_path, entry(), facts=FACTS._replace(previous=previous)).written
    assert path == tmp_path / "交通局" / "农村公路养护－项目支出绩效自评表.xlsx"
    (submission,) = read(path.read_bytes(), path.name, specifications()[0])
    assert submission.text("project") == "农村公路养护"
    assert submission.text("department") == "交通局"
    total = submission.row("funding", "total")
    assert total is not None
    assert total.number("budget") == Decimal("465.47")
    listed = [line for line in submission.rows("indicators") if line.text("level3") == "完成里程"]
    assert [
        (line.text("target"), line.number("weight"), line.text("actual")) for line in listed
    ] == [("≥100公里", Decimal(20), "")]
    assert submission.stamp is not None
    assert (submission.stamp.department, submission.stamp.project) == ("交通局", "农村公路养护")


def test_an_office_gets_the_annual_form(tmp_path: Path) -> None:
    office = replace(entry("", "省府办"), unit="综合处", form="annual_management")
    (path,) = blanks(tmp_path, office).written
    assert path.name == "综合处－年度绩效管理指标节点表.xlsx"
    (submission,) = read(path.read_bytes(), path.name, specifications()[0])
    assert submission.text("office") == "综合处"


def test_two_lines_never_share_a_file_and_names_never_leave_the_folder(tmp_path: Path) -> None:
    twins = [replace(entry("甲项目"), unit=unit) for unit in ("一站", "二站")]
    made = blanks(tmp_path / "out", *twins, entry("../../逃", "../局"))
    assert len({path.resolve() for path in made.written}) == 3
    assert all(path.resolve().is_relative_to(tmp_path / "out") for path in made.written)


def test_a_workbook_that_somebody_filled_in_is_left_alone(tmp_path: Path) -> None:
    first = blanks(tmp_path, entry())
    assert blanks(tmp_path, entry()) == first._replace(unchanged=first.written)
    first.written[0].write_bytes(b"filled in")
    again = blanks(tmp_path, entry(), entry("另一个"))
    assert again.kept == first.written
    assert len(again.written) == 1
    assert first.written[0].read_bytes() == b"filled in"


@pytest.mark.slow
def test_many_are_made_by_several_workers_in_the_same_bytes(tmp_path: Path) -> None:
    lines = [entry(f"项目{number}") for number in range(prefilled_blanks.FEW)]
    made = prefilled_blanks.blanks(lines, *specifications(), tmp_path / "two", FACTS, jobs=2)
    assert len(made.written) == prefilled_blanks.FEW
    (alone,) = blanks(tmp_path / "one", lines[7]).written
    assert made.written[7].read_bytes() == alone.read_bytes()


def test_the_registers_are_protected_against_nothing_but_checked(tmp_path: Path) -> None:
    create(tmp_path / "甲")
    book = openpyxl.load_workbook(tmp_path / "甲" / "名册.xlsx")
    rules = book.worksheets[0].data_validations.dataValidation
    assert any(rule.type == "list" and "选项" in rule.formula1 for rule in rules)
    assert [cell.value for cell in book["选项"]["A"]] == [
        form.title for form in specifications()[0].values()
    ]
    glossary = openpyxl.load_workbook(tmp_path / "甲" / "豁免.xlsx")["问题目录"]
    assert [cell.value for cell in glossary[1]] == ["X02", "执行率偏低未说明原因"]


def test_an_office_gets_its_own_part_of_a_volume_of_several(tmp_path: Path) -> None:
    node = {"level1": "", "level2": "", "level3": "出访", "deadline": "2025-06-30"}
    volume = [
        {**node, "office": office, "level3_no": number, "node": f"{office}的工作"}
        for office, number in (("综合处", "1"), ("秘书处", "2"))
    ]
    line = replace(entry(""), unit="综合处", form="annual_management")
    made = blanks(tmp_path, line, facts=CycleFacts(year=2026, nodes={"合订本.xlsx": volume}))
    sheet = openpyxl.load_workbook(made.written[0])["指标节点表"]
    texts = [cell.value for row in sheet for cell in row]
    assert "综合处的工作" in texts
    assert "秘书处的工作" not in texts
