"""A summary workbook written with the rows that were kept is the same as one written anew."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import openpyxl
import pytest
from records import cycle, finding, kept, node, record, row, scores

from evalbatch.model.record import Cycle, Record
from evalbatch.nightly.ledger_records import KeptPages, Records
from evalbatch.publish import reconcile
from evalbatch.publish.reconcile import Totals
from evalbatch.publish.summary import list_sheets, summary_workbook
from evalbatch.results import submissions, tables
from evalbatch.results.ledger import Ledger
from evalbatch.results.submissions import BY_RECORD
from evalbatch.results.tally import View


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submissions, "PAGE", 4)


def many(count: int) -> list[Record]:
    """Records with findings, reports and rows of their own."""
    return [
        record(
            f"{number:03}.xlsx",
            project=f"项目{number:03}",
            scored=scores([row(level3=f"指标{number}"), row(level3="质量", final="10")]),
            findings=tuple(finding(f"{number:03}.xlsx") for _ in range(number % 3)),
            report=f"评价报告/交通局/项目{number:03}.docx",
        )
        for number in range(count)
    ]


def write(path: Path, given: Cycle, ledger: Ledger, prefix: str = "writer") -> View:
    pages = KeptPages(ledger, "summary", prefix)
    records = Records(ledger)
    viewed = partial(View.of, replace(given, records=records.brief()))
    view = summary_workbook.write(path, given, records.pages(), pages, viewed)
    pages.close()
    return view


def held(records: Iterable[Record]) -> tuple[Cycle, Ledger]:
    given = cycle(list(records), findings=(finding("名册.xlsx", "D02"),))
    return given, kept(given)


def test_unchanged_pages_are_written_as_they_were(tmp_path: Path) -> None:
    given, ledger = held(many(18))
    view = write(tmp_path / "first.xlsx", given, ledger)
    again = write(tmp_path / "again.xlsx", given, ledger)
    summary_workbook.write(tmp_path / "whole.xlsx", given)
    first = (tmp_path / "first.xlsx").read_bytes()
    assert first == (tmp_path / "again.xlsx").read_bytes()
    assert first == (tmp_path / "whole.xlsx").read_bytes()
    assert Totals.of(view.tally) == Totals.of(again.tally) == Totals.of(View.of(given).tally)


def test_a_changed_record_changes_its_page_and_what_stands_below(tmp_path: Path) -> None:
    _, ledger = held(many(18))
    write(tmp_path / "before.xlsx", *held_again(ledger, many(18)))
    changed = many(18)
    changed[5] = replace(changed[5], findings=(finding("005.xlsx"),) * 5)
    changed[9] = replace(changed[9], scores=scores([row()], nodes=(node("009.xlsx", "4"),)))
    given, _ = held_again(ledger, changed)
    write(tmp_path / "after.xlsx", given, ledger)
    summary_workbook.write(tmp_path / "whole.xlsx", given)
    assert (tmp_path / "after.xlsx").read_bytes() == (tmp_path / "whole.xlsx").read_bytes()
    count = ledger._database.execute("SELECT count(*) FROM pages").fetchone()
    assert count == (5,)


def held_again(ledger: Ledger, records: list[Record]) -> tuple[Cycle, Ledger]:
    given = cycle(records, findings=(finding("名册.xlsx", "D02"),))
    return given, kept(given, ledger)


def test_another_program_writes_everything_anew(tmp_path: Path) -> None:
    given, ledger = held(many(3))
    write(tmp_path / "one.xlsx", given, ledger, "one")
    write(tmp_path / "two.xlsx", given, ledger, "two")
    keys = [key for (key,) in ledger._database.execute("SELECT key FROM pages")]
    assert all(key.startswith("summary two ") for key in keys)


def test_a_list_that_is_full_says_what_it_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As full as a sheet of Excel is with its million rows."""
    monkeypatch.setattr(list_sheets, "LAST_ROW", list_sheets.FIRST_ROW + 21)
    given, ledger = held(many(18))
    view = write(tmp_path / "first.xlsx", given, ledger)
    again = write(tmp_path / "again.xlsx", given, ledger)
    assert (tmp_path / "first.xlsx").read_bytes() == (tmp_path / "again.xlsx").read_bytes()
    assert view.tally.indicators == again.tally.indicators == 36
    assert reconcile.summary(tmp_path / "first.xlsx", Totals.of(view.tally)) == []
    sheet = openpyxl.load_workbook(tmp_path / "first.xlsx")["指标"]
    texts = [str(row[0].value) for row in sheet.iter_rows(min_row=list_sheets.FIRST_ROW + 1)]
    assert len(texts) >= 22
    assert "另有 15 行未列" in texts[21]


def test_who_counts_reads_the_rows_that_matter_and_counts_the_same(tmp_path: Path) -> None:
    """Rows that lost points, wait for a person, or have a finding; all others are not read."""
    told = [
        row(level3="满分", weight="10", final="10", at=20),
        row(level3="失分", weight="10", final="7", at=21),
        row(level3="有问题", weight="10", final="10", at=8),
        replace(row(level3="待定", weight="10", final="10", at=22), outcome="person"),
    ]
    given, ledger = held([record(scored=scores(told), findings=(finding(),))])
    (brief,), (whole,) = Records(ledger).brief(), Records(ledger)
    assert brief.scores is not None
    assert whole.scores is not None
    assert [each.level3 for each in brief.scores.rows] == ["失分", "有问题", "待定"]
    assert len(whole.scores.rows) == 4
    view = write(tmp_path / "summary.xlsx", given, ledger)
    assert view.tally == replace(View.of(given).tally, indicators=4)


def test_a_workbook_that_loses_its_copy_leaves_the_pages_below_as_they_were(tmp_path: Path) -> None:
    records = many(18)
    records[1] = replace(records[1], annotated="审核意见/交通局/001.xlsx")
    _, ledger = held(records)
    write(tmp_path / "before.xlsx", cycle(records), ledger)
    before = {key for (key,) in ledger._database.execute("SELECT key FROM pages")}
    records[1] = replace(records[1], annotated="")
    given, _ = held_again(ledger, records)
    write(tmp_path / "after.xlsx", given, ledger)
    after = {key for (key,) in ledger._database.execute("SELECT key FROM pages")}
    assert len(before & after) == 4
    summary_workbook.write(tmp_path / "whole.xlsx", given)
    assert (tmp_path / "after.xlsx").read_bytes() == (tmp_path / "whole.xlsx").read_bytes()


def test_tables_written_with_the_rows_that_were_kept_are_as_written_anew(tmp_path: Path) -> None:
    """Only what stands in the changed record's page is written again."""
    _, ledger = held(many(18))
    before = tables_of(tmp_path / "before", ledger)
    changed = many(18)
    changed[5] = replace(
        changed[5], findings=(finding("005.xlsx", message='含"引号"\n和换行'),) * 2
    )
    held_again(ledger, changed)
    after = tables_of(tmp_path / "after", ledger)
    assert len(after - before) == len(before - after) == len(BY_RECORD)
    tables.write(tmp_path / "anew", ledger.results)
    names = sorted(path.name for path in (tmp_path / "anew").iterdir())
    assert names == sorted(tables.HEADERS)
    for name in names:
        assert (tmp_path / "after" / name).read_bytes() == (tmp_path / "anew" / name).read_bytes()


def tables_of(folder: Path, ledger: Ledger) -> set[str]:
    """Write the tables, and return what was kept of them."""
    pages = KeptPages(ledger, "tables", "writer")
    tables.write(folder, ledger.results, pages)
    pages.close()
    return {key for (key,) in ledger._database.execute("SELECT key FROM pages")}
