"""The public API: what was published, as DataFrames."""

import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import get_type_hints

import pytest
from reading.published import workbook
from reading.typed import saved
from reading.undone import copied
from records import cycle, finding, funding, kept, node, record, row, scores
from repository import TEMPLATES

import evalbatch
from evalbatch.model.evaluation import Status
from evalbatch.model.record import Cycle, Delivery
from evalbatch.results import tables
from evalbatch.results.ledger import Ledger
from evalbatch.results.schema import ColumnKind, schema

SCALE = ("甲等", "乙等", "丙等")


def published(folder: Path, given: Cycle) -> Path:
    """Publish the tables of a cycle with its ledger beside them."""
    folder.mkdir(parents=True)
    ledger = Ledger(folder / "ledger.sqlite")
    with ledger.transaction():
        kept(replace(given, grades=given.grades or ("优", "良", "中", "差")), ledger)
    tables.write(folder / "data", ledger.results)
    ledger.close()
    return folder


@pytest.fixture
def output(tmp_path: Path) -> Path:
    rich = record(
        "二.xlsx", project="=桥", scored=scores([row("二.xlsx")], grade="良", total="81.005")
    )
    annual = record("处.xlsx", scored=scores(nodes=(node("处.xlsx", "007"),)))
    poor = record(
        "三.xlsx", project="渠", scored=scores(money=funding(None, None)), status=Status.RETURNED
    )
    sent = Delivery(
        "a@example.gov.cn",
        "交通局",
        "退回通知",
        ("一.xlsx",),
        "已发送",
        "<1@x>",
        "2027-04-01 02:00",
    )
    findings = (finding(),)
    return published(
        tmp_path / "output",
        cycle([record(), rich, annual, poor], findings=findings, deliveries=(sent,)),
    )


def test_every_table_has_the_columns_of_its_csv_file_with_fixed_types(output: Path) -> None:
    results = evalbatch.read_results(output)
    for name, table in schema().items():
        frame = getattr(results, name)
        assert tuple(frame.columns) == table.names
        for column in table.columns:
            assert str(frame[column.name].dtype) == column.kind.dtype, (name, column.name)


def test_values_are_what_was_published(output: Path) -> None:
    projects = evalbatch.read_results(str(output)).projects.set_index("file")
    assert projects.loc["二.xlsx", "project"] == "=桥"
    assert projects.loc["二.xlsx", "final_total"] == 81.01
    assert projects.loc["甲.xlsx", "execution_rate"] == 0.6452
    assert projects["budget"].isna()["三.xlsx"]
    assert projects["grade"].isna()["三.xlsx"]
    assert evalbatch.read_results(output).nodes["level3_no"][0] == "007"
    assert evalbatch.read_results(output).nodes["deadline"][0].date() == date(2026, 6, 28)


def test_exact_figures_are_decimals(output: Path) -> None:
    projects = evalbatch.read_results(output, exact=True).projects.set_index("file")
    assert projects.loc["甲.xlsx", "budget"] == Decimal("465.47")
    assert projects["budget"].sum() == Decimal("465.47") * 3
    assert projects.loc["三.xlsx", "budget"] is None


def test_grades_are_ordered_as_in_the_policy(tmp_path: Path) -> None:
    given = cycle(
        [
            record("一.xlsx", scored=scores(grade="乙等")),
            record("二.xlsx", project="渠", scored=scores(grade="丙等")),
        ]
    )
    grade = evalbatch.read_results(
        published(tmp_path / "output", replace(given, grades=SCALE))
    ).projects["grade"]
    assert tuple(grade.cat.categories) == SCALE
    assert grade.cat.ordered
    assert list(grade.sort_values()) == ["乙等", "丙等"]


def test_grades_of_tables_without_a_ledger_stand_by_the_totals_they_were_given_for(
    tmp_path: Path,
) -> None:
    given = [
        record(f"{word}.xlsx", project=word, scored=scores(grade=word, total=total))
        for word, total in (("C", "61"), ("A", "95"))
    ]
    tables.write(tmp_path / "data", kept(cycle(given)).results)
    assert list(evalbatch.read_results(tmp_path).projects["grade"].cat.categories) == ["A", "C"]


def test_rows_of_several_cycles_say_which_they_are_of(output: Path, tmp_path: Path) -> None:
    last = published(tmp_path / "last", replace(cycle([record()]), name="2025年度绩效评价"))
    both = evalbatch.read_results([last, output])
    assert list(both.projects["cycle"].unique()) == ["2025年度绩效评价", "2026年度绩效评价"]
    assert len(both.projects) == 5
    assert str(both.projects["grade"].dtype) == "category"
    assert len(evalbatch.read_results(last, output).indicators) == len(both.indicators)
    twice = evalbatch.read_results([output, published(tmp_path / "copy", cycle([record()]))])
    assert list(twice.projects["cycle"].unique()) == [str(output), str(tmp_path / "copy")]


def test_two_results_are_compared_value_by_value(output: Path, tmp_path: Path) -> None:
    changed = record(
        "二.xlsx", project="=桥", scored=scores([row("二.xlsx", final="3")], grade="良", total="80")
    )
    other = published(
        tmp_path / "other", cycle([record(), changed, record("新.xlsx", project="新渠")])
    )
    found = evalbatch.read_results(output).diff(evalbatch.read_results(other))
    assert tuple(found.columns) == ("table", "key", "change", "column", "self", "other")
    projects = found[found["table"] == "projects"]
    totals = projects[projects["column"] == "final_total"]
    assert totals[["self", "other"]].to_numpy().tolist() == [["81.01", "80"]]
    assert set(projects["change"]) == {"changed", "added", "removed"}
    assert evalbatch.read_results(output).diff(evalbatch.read_results(output)).empty


def test_rows_of_several_cycles_are_compared_within_their_cycle(
    output: Path, tmp_path: Path
) -> None:
    last = published(tmp_path / "last", replace(cycle([record()]), name="2025年度绩效评价"))
    both, this = evalbatch.read_results(last, output), evalbatch.read_results(output)
    found = both.diff(this)
    (gone,) = found[found["table"] == "projects"]["key"]
    assert gone.startswith("2025年度绩效评价 / ")
    assert set(found["change"]) == {"removed"}
    with pytest.raises(TypeError, match="Results"):
        both.diff(str(output))  # type: ignore[arg-type]


def test_a_schema_names_label_dtype_unit_and_meaning(output: Path) -> None:
    results = evalbatch.read_results(output)
    described = results.schema("projects").set_index("column")
    assert list(described.loc["budget", ["label", "dtype", "unit"]]) == [
        "全年预算数",
        "float64",
        "万元",
    ]
    with pytest.raises(ValueError, match="没有名为“cells”的表"):
        results.schema("cells")


def test_results_of_an_older_program_lack_nothing_but_values(output: Path) -> None:
    (output / "data" / "reviews.csv").unlink()
    text = (output / "data" / "projects.csv").read_text(encoding="utf-8-sig")
    lines = [line.rsplit(",", 8)[0] for line in text.splitlines()]
    (output / "data" / "projects.csv").write_text("\n".join(lines), encoding="utf-8")
    results = evalbatch.read_results(output)
    assert results.reviews.empty
    assert tuple(results.projects.columns) == schema()["projects"].names
    assert results.projects["revision"].isna().all()


def test_a_text_longer_than_the_readers_of_csv_take_by_themselves_is_read(tmp_path: Path) -> None:
    long = "长" * 140_000
    given = cycle([record(scored=scores([row(actual=long)]))])
    tables.write(tmp_path / "data", kept(given).results)
    assert evalbatch.read_results(tmp_path).indicators["actual"][0] == long


def test_a_folder_without_results_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="没有结果"):
        evalbatch.read_results(tmp_path)
    with pytest.raises(ValueError, match="没有指明"):
        evalbatch.read_results([])


def test_a_workbook_is_checked_without_publishing() -> None:
    (file,) = (TEMPLATES / "examples").rglob("外事活动*.xlsx")
    evaluation = evalbatch.check(file, as_of=date(2020, 3, 31))
    assert isinstance(evaluation, evalbatch.Evaluation)
    assert evaluation.scores.final_total is not None
    assert evaluation.scores.grade


def test_what_is_no_workbook_is_refused_and_what_is_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "说明.xlsx").write_bytes(b"nothing")
    refusal = evalbatch.check(tmp_path / "说明.xlsx")
    assert isinstance(refusal, evalbatch.Refusal)
    assert [each.code for each in refusal.findings] == ["F01"]
    with pytest.raises(OSError, match="没有"):
        evalbatch.check(tmp_path / "没有.xlsx")


def test_of_several_forms_in_a_workbook_each_is_checked_by_the_sheet_it_begins_on(
    tmp_path: Path,
) -> None:
    file = tmp_path / "一套#表.xlsx"
    named = {"监控": "monitoring", "自评": "national", "区域": "transfer"}
    file.write_bytes(saved(copied(*((sheet, workbook(name)) for sheet, name in named.items()))))
    with pytest.raises(ValueError, match="监控、自评、区域"):
        evalbatch.check(file)
    for sheet, form in zip(
        named, ("monitoring", "self_evaluation", "transfer_self_evaluation"), strict=True
    ):
        checked = evalbatch.check(file, sheet=sheet)
        assert isinstance(checked, evalbatch.Evaluation)
        assert checked.submission.form == form
    with pytest.raises(ValueError, match="监控、自评、区域"):
        evalbatch.check(file, sheet="填报说明")


def test_what_is_given_wrongly_is_said(tmp_path: Path) -> None:
    (tmp_path / "说明.xlsx").write_bytes(b"nothing")
    assert isinstance(evalbatch.check(tmp_path / "说明.xlsx", sheet="自评表"), evalbatch.Refusal)
    with pytest.raises(TypeError, match=r"as_of 应为 datetime\.date，现为 str"):
        evalbatch.check(tmp_path / "说明.xlsx", as_of="2026-03-31")  # type: ignore[arg-type]
    for wrong in (None, 5, b"output"):
        with pytest.raises(TypeError, match="结果文件夹应为路径"):
            evalbatch.read_results(wrong)  # type: ignore[arg-type]


def test_a_moment_counts_as_its_day() -> None:
    (file,) = (TEMPLATES / "examples").rglob("外事活动*.xlsx")
    moment = datetime(2020, 3, 31, 2, 30)  # noqa: DTZ001 - any
    assert evalbatch.check(file, as_of=moment) == evalbatch.check(file, as_of=date(2020, 3, 31))


def test_importing_the_package_imports_nothing_heavy() -> None:
    said = (
        "import sys, evalbatch; print([n for n in ('pandas', 'lxml', 'pydantic', 'xlsxwriter') "
        "if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_promise_is_typed_and_told() -> None:
    for name in evalbatch.__all__:
        assert getattr(evalbatch, name).__doc__, name
    assert set(evalbatch.__all__) == {"Evaluation", "Refusal", "Results", "check", "read_results"}
    assert all(kind.dtype for kind in ColumnKind)
    assert get_type_hints(evalbatch.Results.schema, {"DataFrame": object})
