"""What was written is read again and compared; what does not agree is named."""

import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from records import cycle, finding, kept, node, record, row, scores

from evalbatch.model.evaluation import Evaluation, Status
from evalbatch.model.record import Cycle
from evalbatch.model.submission import Submission
from evalbatch.publish import reconcile
from evalbatch.publish.reconcile import Totals
from evalbatch.publish.summary import summary_workbook
from evalbatch.results import tables
from evalbatch.results.tally import View


def year() -> Cycle:
    return cycle(
        [
            record(
                findings=(finding(),),
                scored=scores([row(), row(level3="质量")], nodes=(node("甲.xlsx", "1"),)),
            ),
            record("乙.xlsx", project="乙", scored=scores(total="81.5", grade="良")),
            record("丙.xlsx", project="丙", status=Status.RETURNED),
            record("旧.xlsx", project="丙", status=Status.SUPERSEDED),
            record("坏.xlsx", status=Status.UNREADABLE, findings=(finding("坏.xlsx", "F01"),)),
        ],
        findings=(finding("名册.xlsx", "D02"),),
    )


def test_what_was_written_agrees_with_what_it_was_made_from(tmp_path: Path) -> None:
    summary_workbook.write(tmp_path / "汇总表.xlsx", year())
    tables.write(tmp_path / "data", kept(year()).results)
    totals = Totals.of(View.of(year()).tally)
    assert (totals.indicators, totals.findings, totals.nodes, totals.final) == (
        3,
        3,
        1,
        Decimal("173.95"),
    )
    assert reconcile.summary(tmp_path / "汇总表.xlsx", totals) == []
    assert reconcile.tables(tmp_path / "data", totals) == []


def test_an_empty_cycle_agrees_with_itself(tmp_path: Path) -> None:
    summary_workbook.write(tmp_path / "汇总表.xlsx", cycle())
    tables.write(tmp_path / "data", kept(cycle()).results)
    assert reconcile.summary(tmp_path / "汇总表.xlsx", Totals()) == []
    assert reconcile.tables(tmp_path / "data", Totals()) == []


def test_a_lost_row_a_wrong_score_and_a_wrong_grade_are_named(tmp_path: Path) -> None:
    records = list(year().records)
    changed = record("乙.xlsx", project="乙", scored=scores(total="91.5", grade="优"))
    summary_workbook.write(tmp_path / "汇总表.xlsx", cycle([records[0], changed, *records[3:]]))
    tables.write(tmp_path / "data", kept(cycle([records[0], changed, *records[3:]])).results)
    totals = Totals.of(View.of(year()).tally)
    for found in (
        reconcile.summary(tmp_path / "汇总表.xlsx", totals),
        reconcile.tables(tmp_path / "data", totals),
    ):
        text = "\n".join(found)
        assert "状态为 returned 的报送件数为0，应为1" in text
        assert "评价等次“良”的项目数为0，应为1" in text
        assert "核定得分合计为183.95，应为173.95" in text
        assert "问题行数为2，应为3" in text


def test_files_that_do_not_agree_stop_what_would_put_them_into_place(tmp_path: Path) -> None:
    summary_workbook.write(tmp_path / "汇总表.xlsx", year())
    tables.write(tmp_path / "data", kept(year()).results)
    reconcile.verify_summary(tmp_path / "汇总表.xlsx", Totals.of(View.of(year()).tally))
    reconcile.verify_tables(tmp_path / "data", Totals.of(View.of(year()).tally))
    summary_workbook.write(tmp_path / "汇总表.xlsx", cycle())
    tables.write(tmp_path / "data", kept(cycle()).results)
    with pytest.raises(reconcile.UnreconciledError, match=r"汇总表.xlsx：指标行数为0，应为3"):
        reconcile.verify_summary(tmp_path / "汇总表.xlsx", Totals.of(View.of(year()).tally))
    with pytest.raises(reconcile.UnreconciledError, match="data：指标行数为0，应为3"):
        reconcile.verify_tables(tmp_path / "data", Totals.of(View.of(year()).tally))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04"])
def test_a_file_that_cannot_be_opened_again_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "汇总表.xlsx"
    path.write_bytes(data)
    (line,) = reconcile.summary(path, Totals())
    assert "打不开" in line
    (line,) = reconcile.tables(tmp_path / "none", Totals())
    assert "读不出" in line


def test_a_list_of_projects_that_is_not_well_formed_cannot_be_opened_again(tmp_path: Path) -> None:
    written, torn = tmp_path / "汇总表.xlsx", tmp_path / "坏.xlsx"
    summary_workbook.write(written, year())
    with zipfile.ZipFile(written) as package, zipfile.ZipFile(torn, "w") as copy:
        for part in package.infolist():
            copy.writestr(part.filename, package.read(part).replace(b"</sheetData>", b""))
    totals = Totals.of(View.of(year()).tally)
    assert reconcile.summary(written, totals) == []
    (line,) = reconcile.summary(torn, totals)
    assert "打不开" in line


def docx(folder: Path, text: str) -> bytes:
    path = folder / "报告.docx"
    main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr(
            "word/document.xml", f'<w:document xmlns:w="{main}"><w:t>{text}</w:t></w:document>'
        )
    return path.read_bytes()


def evaluation(status: Status) -> Evaluation:
    return Evaluation(Submission("甲.xlsx", "", "self_evaluation", 1, {}, {}), scores(), (), status)


def test_a_report_states_its_total_and_grade_or_that_they_are_not_decided(tmp_path: Path) -> None:
    assert (
        reconcile.report(docx(tmp_path, "得92.45分，评价等次为优"), evaluation(Status.GRADED)) == []
    )
    assert reconcile.report(
        docx(tmp_path, "得192.45分，得92.455分，优"), evaluation(Status.GRADED)
    ) == ["甲.xlsx：评价报告中没有“92.45”"]
    assert reconcile.report(docx(tmp_path, "草稿——未核定"), evaluation(Status.RETURNED)) == []
    assert (
        "未核定"
        in reconcile.report(docx(tmp_path, "得92.45分，优"), evaluation(Status.RETURNED))[0]
    )
    assert reconcile.report(docx(tmp_path, ""), evaluation(Status.GRADED), figures=False) == []
    assert "打不开" in reconcile.report(b"", evaluation(Status.GRADED))[0]
