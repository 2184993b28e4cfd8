"""Cycles compared: only like with like, renamed offices joined by what was written down alone, and
every figure as it was published.
"""

from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from records import cycle, finding, funding, kept, record, row, scores

from evalbatch.cli import main
from evalbatch.cycle import succession
from evalbatch.errors import SettingsFault
from evalbatch.model.evaluation import Status
from evalbatch.model.finding import Severity, Waiver
from evalbatch.model.record import Record
from evalbatch.publish import analysis_workbook
from evalbatch.results import tables
from evalbatch.results.comparison import AnalysisError, Years
from evalbatch.results.renames import Rename, Renames
from evalbatch.standards.policy import Policy
from evalbatch.standards.policy_library import load_policies

WAIVER = Waiver("项目1", "X02", "绩效科", replace(cycle()).as_of, "已核实")


def project(
    number: int,
    year: int,
    *,
    department: str = "交通局",
    total: str = "90",
    weight: str = "10",
    policy: str = "cz2020_self",
    mark: str = "",
    money: tuple[str, str] = ("100", "80"),
    **more: object,
) -> Record:
    file = f"{department}/项目{number}.xlsx"
    rows = [
        row(file, weight=weight, at=12),
        row(file, "满意度", levels=("满意度指标", "满意度"), at=13),
    ]
    scored = scores(rows, money=funding(*money), total=total, claimed=total)
    made = record(
        file,
        department=department,
        project=f"项目{number}",
        scored=replace(scored, policy=policy, policy_mark=mark),
        **more,  # type: ignore[arg-type]  # passed on
    )
    return replace(made, year=str(year))


def published(folder: Path, *records: Record) -> Path:
    """Write the results of a cycle as a run does."""
    tables.write(folder / "data", kept(cycle(records)).results)
    return folder


def test_a_departments_years_stand_side_by_side(tmp_path: Path) -> None:
    first = published(tmp_path / "a", project(1, 2024, total="80"), project(2, 2024, total="90"))
    second = published(tmp_path / "b", project(1, 2025, total="92"))
    lines = Years([second, first]).lines
    assert list(lines["cycle_year"]) == [2024, 2025]
    assert list(lines["mean"]) == [85, 92]
    assert list(lines["count"]) == [2, 1]
    assert list(lines["rate"]) == [pytest.approx(0.8)] * 2
    assert Years([first, second]).breaks == []


@pytest.mark.parametrize(
    ("changed", "what"), [({"policy": "zj_self"}, "policy"), ({"weight": "20"}, "weights")]
)
def test_another_profile_or_weight_breaks_the_line_and_says_so(
    tmp_path: Path, changed: dict[str, str], what: str
) -> None:
    first = published(tmp_path / "a", project(1, 2024))
    second = published(tmp_path / "b", project(1, 2025, **changed))  # type: ignore[arg-type]  # texts
    years = Years([first, second])
    (found,) = years.breaks
    assert (found.department, found.before, found.year, found.what) == ("交通局", 2024, 2025, what)
    assert len(years.lines.groupby(["policy", "weights"])) == 2


def test_a_profile_whose_rules_changed_under_its_id_breaks_the_line_everywhere(
    tmp_path: Path,
) -> None:
    folders = [
        published(tmp_path / str(year), project(1, year, mark=mark))
        for year, mark in ((2023, ""), (2024, "aaaa1111"), (2025, "bbbb2222"), (2026, "bbbb2222"))
    ]
    years = Years(folders)
    (found,) = years.breaks
    assert (found.before, found.year, found.what) == (2024, 2025, "rules")
    ids = ["cz2020_self@aaaa1111", "cz2020_self@bbbb2222"]
    for frame in (years.lines, years.grades, years.kinds, years.bands):
        assert sorted(set(frame["policy"])) == ids
    book = openpyxl.load_workbook(
        BytesIO(analysis_workbook.render(years, {"cz2020_self": "财政部口径"}))
    )
    told = [cell.value for line in book["说明"].iter_rows() for cell in line]
    assert "评分口径的规则、阈值或等次改过" in told
    assert "财政部口径（规则 bbbb2222）" in told


def test_marks_that_never_change_are_not_shown(tmp_path: Path) -> None:
    folders = [
        published(tmp_path / str(year), project(1, year, mark=mark))
        for year, mark in ((2023, ""), (2024, "aaaa1111"), (2025, "aaaa1111"))
    ]
    years = Years(folders)
    assert years.breaks == []
    assert set(years.projects["policy"]) == {"cz2020_self"}


def test_the_mark_of_a_profile_is_of_what_scores_alone() -> None:
    policy = load_policies()["cz2020_self"]
    same = policy.model_copy(update={"name": "别名", "basis": "另据", "off": ("X02",)})
    first, *rest = policy.grades
    lower = first.model_copy(update={"low": first.low - 1})
    assert Policy.model_validate(same.model_dump()).mark == policy.mark
    spelt_out = policy.model_dump() | {"full": Decimal(100), "rounding": "row"}
    assert Policy.model_validate(spelt_out).mark == policy.mark
    other = policy.model_copy(update={"grades": (lower, *rest)})
    assert Policy.model_validate(other.model_dump()).mark != policy.mark
    sources = policy.model_dump()
    for limit in sources["quantitative"].values():
        if isinstance(limit, dict) and "basis" in limit:
            limit["basis"] = '另一个出处，“引号”"'
    assert Policy.model_validate(sources).mark == policy.mark


def test_one_workbook_with_weights_of_its_own_breaks_nothing(tmp_path: Path) -> None:
    usual = [project(number, 2025) for number in range(3)]
    first = published(tmp_path / "a", project(1, 2024))
    second = published(tmp_path / "b", *usual, project(9, 2025, weight="20"))
    years = Years([first, second])
    assert years.breaks == []
    assert list(years.lines["count"]) == [1, 4]


def test_another_form_is_another_line(tmp_path: Path) -> None:
    other = ("project_evaluation", "项目支出绩效评价表")
    first = published(tmp_path / "a", project(1, 2024))
    second = published(tmp_path / "b", project(1, 2025, form=other))
    years = Years([first, second])
    assert years.forms_changed == [("交通局", 2024, 2025, "self_evaluation", "project_evaluation")]
    assert len(years.lines) == 2


def test_a_line_that_begins_with_another_form_says_so(tmp_path: Path) -> None:
    other = ("project_evaluation", "项目支出绩效评价表")
    first = published(tmp_path / "a", project(1, 2024))
    second = published(tmp_path / "b", project(1, 2025, form=other), project(2, 2025))
    book = openpyxl.load_workbook(BytesIO(analysis_workbook.render(Years([first, second]))))
    notes = {row[1]: row[-1] for row in book["部门逐年"].iter_rows(min_row=4, values_only=True)}
    assert notes["project_evaluation"] == "2025年报送表不同，与上年不可比"
    assert not notes["self_evaluation"]


def test_a_chart_has_its_years_and_grades_in_their_order(tmp_path: Path) -> None:
    other = ("a_form_that_comes_first", "新表")
    first = published(tmp_path / "a", project(1, 2024))
    second = published(tmp_path / "b", project(1, 2025), project(2, 2025, form=other))
    book = openpyxl.load_workbook(BytesIO(analysis_workbook.render(Years([first, second]))))
    heads = [cell.value for cell in book["指标种类"][3]]
    assert heads[-2:] == ["2024", "2025"]


def test_a_grade_has_a_share_of_the_workbooks_of_its_form_and_year(tmp_path: Path) -> None:
    grades = Years([published(tmp_path, *(project(number, 2024) for number in range(4)))]).grades
    assert list(grades["count"]) == [4]
    assert list(grades["share"]) == [1]


def test_the_thirty_commonest_findings_are_listed(tmp_path: Path) -> None:
    codes = [f"Z{number:02}" for number in range(31)]
    said = tuple(finding("交通局/项目1.xlsx", code) for code in (*codes, codes[-1]))
    years = Years([published(tmp_path, project(1, 2024, findings=said))])
    assert list(years.findings["code"]) == [codes[-1], *codes[:29]]


def test_where_there_was_no_money_there_is_no_rate(tmp_path: Path) -> None:
    years = Years([published(tmp_path, project(1, 2024, money=("0", "5")))])
    assert years.lines["rate"].isna().all()
    assert years.left["rate"].isna().all()


def test_a_kind_of_indicators_has_the_shares_of_its_weight_that_were_claimed_and_given(
    tmp_path: Path,
) -> None:
    kinds = Years([published(tmp_path, project(1, 2024), project(2, 2024, weight="0"))]).kinds
    output = kinds[kinds["level1"] == "产出指标"].iloc[0]
    assert (output["count"], output["mean_weight"], output["by_person"]) == (1, 10, 0)
    assert (output["claimed"], output["given"]) == (pytest.approx(0.9), pytest.approx(0.85))


def test_only_graded_workbooks_count(tmp_path: Path) -> None:
    returned = project(2, 2024, total="10", status=Status.RETURNED)
    old = project(3, 2024, total="10", status=Status.SUPERSEDED)
    years = Years([published(tmp_path, project(1, 2024), returned, old)])
    assert list(years.lines["mean"]) == [90]


def test_a_renamed_office_is_joined_by_what_was_written_down(tmp_path: Path) -> None:
    first = published(tmp_path / "a", project(1, 2024, department="交通委"))
    second = published(tmp_path / "b", project(1, 2025, department="交通运输局"))
    renames = Renames((Rename("交通委", "交通运输局", 2025, "编发〔2025〕3号"),))
    joined = Years([first, second], renames)
    assert set(joined.lines["department"]) == {"交通运输局"}
    assert joined.proposals == []


def test_likeness_proposes_and_never_joins(tmp_path: Path) -> None:
    first = published(tmp_path / "a", project(1, 2024, department="交通运输委"))
    second = published(tmp_path / "b", project(7, 2025, department="交通运输局"))
    years = Years([first, second])
    assert set(years.lines["department"]) == {"交通运输委", "交通运输局"}
    (found,) = years.proposals
    assert (found.old, found.new, found.year) == ("交通运输委", "交通运输局", 2025)
    assert "名称相近" in found.why


def test_a_name_that_is_used_later_again_is_another_office() -> None:
    renames = Renames((Rename("甲局", "乙局", 2025, "依据"), Rename("乙局", "丙局", 2026, "依据")))
    assert [renames.today("甲局", year) for year in (2023, 2024, 2025)] == ["丙局", "丙局", "甲局"]
    circle = Renames((Rename("甲局", "乙局", 2025, "一"), Rename("乙局", "甲局", 2026, "二")))
    assert circle.today("甲局", 2024) in {"甲局", "乙局"}


def test_money_left_over_is_what_was_budgeted_less_what_was_spent(tmp_path: Path) -> None:
    years = Years([published(tmp_path, project(1, 2024), project(2, 2024, money=("50", "50")))])
    (left,) = years.left.itertuples()
    assert (left.base, left.executed, left.left) == (150, 130, 20)
    assert left.rate == pytest.approx(130 / 150)


def test_money_left_over_is_no_longer_than_it_was_published(tmp_path: Path) -> None:
    books = [project(number, 2024, money=("1.1", "0.2")) for number in range(1, 4)]
    years = Years([published(tmp_path / "a", *books)])
    assert repr(float(years.left["left"].iloc[0])) == "2.7"


def test_findings_are_counted_by_year_without_what_is_waived(tmp_path: Path) -> None:
    file = "交通局/项目1.xlsx"
    lifted = replace(finding(file, "E04"), waiver=WAIVER)
    note = finding(file, "N01", Severity.NOTE)
    first = published(
        tmp_path / "a", project(1, 2024, findings=(finding(file), finding(file), lifted, note))
    )
    second = published(
        tmp_path / "b", project(1, 2025), project(2, 2025, findings=(finding("交通局/项目2.xlsx"),))
    )
    found = Years([first, second]).findings
    assert list(found["code"]) == ["X02", "X02"]
    assert list(found["count"]) == [2, 1]
    assert list(found["share"]) == [1.0, 0.5]


def decided(number: int, points: str) -> Record:
    """A project whose first row, for which 9 points were claimed, a person decided."""
    given, score = project(number, 2024), Decimal(points)
    assert given.scores
    first, *rest = given.scores.rows
    first = replace(first, outcome="reviewed", reviewed_score=score, final=score)
    return replace(given, scores=replace(given.scores, rows=(first, *rest)))


def test_deviations_of_reviews_are_told_by_department(tmp_path: Path) -> None:
    years = Years([published(tmp_path, decided(1, "7"), decided(2, "8.5"), decided(3, "9"))])
    assert list(years.reviewed["from_claim"]) == [-2, -0.5, 0]
    assert list(years.reviewed["from_rule"]) == [-1.5, 0, 0.5]
    (row_,) = years.deviations.itertuples()
    assert (row_.count, row_.changed, row_.largest) == (3, 2, 2)
    assert row_.mean == pytest.approx(-2.5 / 3)


def test_two_folders_of_one_year_cannot_be_compared(tmp_path: Path) -> None:
    first, second = (published(tmp_path / name, project(1, 2024)) for name in "ab")
    with pytest.raises(AnalysisError, match="都是 2024 年度"):
        Years([first, second])


def book(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(content))


def texts(sheet: object) -> list[tuple[object, ...]]:
    return [tuple(line) for line in sheet.iter_rows(values_only=True)]  # type: ignore[attr-defined]


def test_the_workbook_has_native_tables_and_charts_and_says_where_lines_break(
    tmp_path: Path,
) -> None:
    first = published(tmp_path / "a", project(1, 2024, findings=(finding("交通局/项目1.xlsx"),)))
    second = published(tmp_path / "b", project(1, 2025, policy="zj_self"))
    content = analysis_workbook.render(Years([first, second]), {"self_evaluation": "自评表"})
    read = book(content)
    assert read.sheetnames == [
        *("说明", "部门逐年", "得分与执行率", "执行率分段", "等次分布", "结余", "常见问题"),
        *("指标种类", "复核偏差", "复核明细", "沿革"),
    ]
    assert all(sheet.tables for sheet in read)
    with ZipFile(BytesIO(content)) as package:
        assert sum(name.startswith("xl/charts/chart") for name in package.namelist()) >= 5
    assert ("交通局", "自评表", "2024→2025", "评分口径不同", "cz2020_self", "zj_self") in [
        line[:6] for line in texts(read["说明"])
    ]
    lines = texts(read["部门逐年"])
    assert [line[4:10] for line in lines if line[0] == "交通局"] == [
        (1, 90, 0.8, None, None, None),
        (None, None, None, 1, 90, 0.8),
    ]
    assert lines[4][-1] == "2025年评分口径不同，与上年不可比"
    assert content == analysis_workbook.render(
        Years([first, second]), {"self_evaluation": "自评表"}
    )


def test_a_list_without_lines_says_what_that_means(tmp_path: Path) -> None:
    years = Years([published(tmp_path / "a", project(1, 2024))])
    found = book(analysis_workbook.render(years))
    told = {name: found[name]["A5"].value for name in ("常见问题", "复核偏差", "复核明细")}
    assert told == {
        "常见问题": "没有错误和警告。",
        "复核偏差": "没有复核。",
        "复核明细": "没有复核。",
    }
    assert found["等次分布"]["A5"].value is None


def test_text_never_becomes_a_formula(tmp_path: Path) -> None:
    given = published(tmp_path, project(1, 2024, department="=1+1"))
    read = book(analysis_workbook.render(Years([given])))
    cells = [cell for sheet in read for line in sheet.iter_rows() for cell in line]
    assert any(cell.value == "=1+1" and cell.data_type == "s" for cell in cells) or any(
        cell.value == "=1+1" for cell in cells
    )
    assert not [cell for cell in cells if cell.data_type == "f"]


def succession_file(folder: Path, *lines: tuple[object, ...]) -> Path:
    made = openpyxl.Workbook()
    assert made.active
    for line in (("旧名", "新名", "年度", "依据"), *lines):
        made.active.append(line)
    path = folder / "沿革.xlsx"
    made.save(path)
    return path


def test_succession_is_read_with_numbers_and_texts_as_years(tmp_path: Path) -> None:
    path = succession_file(
        tmp_path, ("甲委", "甲局", 2025, "文〔2025〕1号"), ("乙委", "乙局", "二〇二六年度", "文2")
    )
    assert succession.load(path).lines == (
        Rename("甲委", "甲局", 2025, "文〔2025〕1号"),
        Rename("乙委", "乙局", 2026, "文2"),
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("甲委", "甲局", 2025, None), "“依据”必填"),
        (("甲委", "甲局", "去年", "文"), "启用新名的年度"),
        (("甲局", "甲局", 2025, "文"), "与旧名不同"),
        (("丙委", "丁局", 2025, "文"), "拆分的单位不能接续"),
    ],
)
def test_a_fault_of_the_succession_names_its_cell(
    tmp_path: Path, line: tuple[object, ...], said: str
) -> None:
    path = succession_file(tmp_path, ("丙委", "丙局", 2025, "文"), line)
    with pytest.raises(SettingsFault, match=said):
        succession.load(path)


def test_the_command_writes_the_workbook_and_says_what_to_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    first = published(tmp_path / "2024年度", project(1, 2024, department="交通委"))
    second = published(tmp_path / "2025年度", project(1, 2025, department="交通局", weight="20"))
    assert main(["analyse", str(first), str(second)]) == 0
    assert "1 对名称可能是同一单位" in capsys.readouterr().out
    succession_file(tmp_path, ("交通委", "交通局", 2025, "文"))
    assert main(["analyse", str(first), str(second)]) == 0
    said = capsys.readouterr().out
    assert "有 1 处口径、分值结构或报送表不同" in said
    assert "可能是同一单位" not in said
    assert book((tmp_path / "分析.xlsx").read_bytes())["沿革"]["A4"].value == "交通委"


def test_profiles_are_called_as_the_cycles_call_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    old, new = tmp_path / "2024年度", tmp_path / "2025年度"
    (new / "自定义口径").mkdir(parents=True)
    (new / "自定义口径" / "ours.toml").write_text(
        'id = "ours"\nname = "本局口径"\ninherits = "cz2020_self"\n'
        'certainty = "derived"\nbasis = "本局办法"\n',
        encoding="utf-8",
    )
    (new / "evalbatch.toml").write_text('[paths]\npolicies = "自定义口径"\n', encoding="utf-8")
    old.mkdir()
    (old / "evalbatch.toml").write_text("no settings at all", encoding="utf-8")
    first = published(old / "output", project(1, 2024))
    second = published(new / "output", project(1, 2025, policy="ours"))
    assert main(["analyse", str(first), str(second)]) == 0
    sheet = book((tmp_path / "分析.xlsx").read_bytes())["部门逐年"]
    assert "本局口径" in [sheet.cell(at, 3).value for at in range(4, sheet.max_row + 1)]


def test_a_folder_without_results_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyse", str(tmp_path), "-o", str(tmp_path / "分析.xlsx")]) == 2
    assert "没有结果" in capsys.readouterr().err
    assert not (tmp_path / "分析.xlsx").exists()
