"""The ledger as tables that SQL can query, and ledgers of before."""

import json
import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from pydantic import TypeAdapter
from records import cycle, finding, funding, item, kept, node, record, row, scores

from evalbatch.model.evaluation import Status
from evalbatch.model.finding import Severity
from evalbatch.model.record import Record
from evalbatch.results import tables
from evalbatch.results.ledger import Conditions, Ledger
from evalbatch.results.outcome import WorkbookOutcome
from evalbatch.results.schema import ColumnKind, schema
from evalbatch.results.tables import read

OLD = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (
    file TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    digest TEXT NOT NULL, context TEXT NOT NULL,
    as_of TEXT NOT NULL, extra TEXT NOT NULL, annotated TEXT NOT NULL, suffix TEXT NOT NULL,
    fault TEXT NOT NULL, gone TEXT NOT NULL DEFAULT ''
);
CREATE TABLE items (
    name TEXT PRIMARY KEY, file TEXT NOT NULL, department TEXT NOT NULL, project TEXT NOT NULL,
    form TEXT NOT NULL, status TEXT NOT NULL, report TEXT NOT NULL, record BLOB NOT NULL,
    fingerprint BLOB NOT NULL, evaluation BLOB NOT NULL
);
CREATE TABLE outbox (message_id TEXT PRIMARY KEY, state TEXT NOT NULL);
PRAGMA user_version=1;
"""


def written(path: Path, records: list[Record]) -> None:
    """Write a ledger as the program did that packed its records."""
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(OLD)
        database.execute("INSERT INTO outbox VALUES ('<1@x>', '已发送')")
        for each in records:
            packed = zlib.compress(TypeAdapter(Record).dump_json(each))
            database.execute(
                "INSERT INTO files VALUES (?, 1, 77, ?, 'old', '', '', '', '', '', '')",
                (each.file, each.digest),
            )
            database.execute(
                "INSERT INTO items VALUES (?, ?, '', '', '', '', 'its report', ?, x'00', x'')",
                (each.file, each.file, packed),
            )


def test_an_old_ledger_is_taken_over_with_its_results_its_letters_and_when_files_were_seen(
    tmp_path: Path,
) -> None:
    before = replace(record(findings=(finding(),)), digest="abc")
    written(tmp_path / "ledger.sqlite", [before, record("乙.xlsx", status=Status.UNREADABLE)])
    (tmp_path / "runs").mkdir()
    for day in ("2027-03-01", "2027-03-09"):
        run = {"as_of": day, "files": [{"file": before.file, "sha256": "abc"}]}
        (tmp_path / "runs" / f"{day.replace('-', '')}-020000.json").write_text(
            json.dumps(run), encoding="utf-8"
        )
    (tmp_path / "runs" / "torn.json").write_text("{", encoding="utf-8")
    ledger = Ledger(tmp_path / "ledger.sqlite")
    _, first = ledger.results.records()
    assert replace(first, received_on=None) == before
    assert first.received_on is not None
    assert first.received_on.isoformat() == "2027-03-01"
    assert [shelf.report for shelf in ledger.shelves()] == ["its report", "its report"]
    assert ledger.files()[before.file].mtime_ns == 77
    assert ledger._database.execute("SELECT state FROM outbox").fetchall() == [("已发送",)]
    ledger.close()
    again = Ledger(tmp_path / "ledger.sqlite")
    assert len(again) == 2
    again.close()


def test_a_ledger_of_before_the_model_grew_gets_the_new_columns(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    with ledger.transaction():
        kept(cycle([record()]), ledger)
        ledger._database.execute("DROP VIEW indicators")
        ledger._database.execute("DROP VIEW exact_indicators")
        ledger._database.execute("ALTER TABLE submissions_rows DROP COLUMN outcome")
        ledger._database.execute("ALTER TABLE submissions_rows DROP COLUMN reviewed_on")
        ledger.note("shape", "older")
    ledger.close()
    grown = Ledger(tmp_path / "ledger.sqlite")
    assert list(grown.results.records()) == [record()]
    grown.close()


def test_every_table_says_in_sql_what_its_csv_file_says(tmp_path: Path) -> None:
    given = cycle(
        [
            record(findings=(finding(), finding(code="S02", severity=Severity.WARNING))),
            record(
                "处.xlsx",
                scored=scores(
                    [row("处.xlsx", weight="0.125")],
                    nodes=(node("处.xlsx", "10"), node("处.xlsx", "9")),
                ),
            ),
            record("坏.xlsx", status=Status.UNREADABLE, project=""),
        ],
        findings=(finding("名册.xlsx", "D02", Severity.WARNING),),
    )
    ledger = kept(given)
    tables.write(tmp_path, ledger.results)
    for name, table in schema().items():
        published = list(read(tmp_path / f"{name}.csv"))
        found = ledger._database.execute(f"SELECT {', '.join(table.names)} FROM {name}").fetchall()  # noqa: S608 - of the schema
        assert len(found) == len(published), name
        for line in published:
            assert any(
                all(map(same, line.values(), row, [column.kind for column in table.columns]))
                for row in found
            ), line


def same(written: str, found: object, kind: ColumnKind) -> bool:
    if found in (None, ""):
        return not written
    if kind.dtype in {"float64", "Int64"}:
        return not isinstance(found, str) and abs(
            Decimal(written) - Decimal(str(found))
        ) <= Decimal("0.005")
    return str(found) == written


def test_a_query_compares_figures_as_figures() -> None:
    ledger = kept(
        cycle(
            [
                record(scored=scores(total="9.5")),
                record("乙.xlsx", project="乙", scored=scores(total="100")),
            ]
        )
    )
    query = "SELECT file FROM projects WHERE final_total < 60"
    assert ledger._database.execute(query).fetchall() == [("甲.xlsx",)]


def test_nodes_stand_in_the_order_of_their_items() -> None:
    ledger = kept(
        cycle(
            [
                record(
                    scored=scores(
                        nodes=tuple(node("甲.xlsx", number) for number in ("10", "9", "100"))
                    )
                )
            ]
        )
    )
    at = schema()["nodes"].names.index("level3_no")
    assert [row[at] for row in ledger.results.rows("nodes")] == ["9", "10", "100"]


def test_what_is_told_of_a_submission_later_is_told_of_it_alone() -> None:
    results = kept(cycle([record("甲.xlsx"), record("乙.xlsx")])).results
    results.amend(("days_late", "roster"), [(3, "名册的项目", "乙.xlsx")])
    told = {each.file: (each.days_late, each.roster) for each in results.records()}
    assert told == {"甲.xlsx": (None, ""), "乙.xlsx": (3, "名册的项目")}


def test_records_come_in_the_order_asked_for_and_the_others_after_them() -> None:
    names = [f"{letter}.xlsx" for letter in "abcd"]
    results = kept(cycle([record(name) for name in names])).results
    found = [each.file for each in results.records(("d.xlsx", "b.xlsx"))]
    assert found == ["d.xlsx", "b.xlsx", "a.xlsx", "c.xlsx"]


def test_records_are_read_by_name_with_their_scored_rows_and_without_findings() -> None:
    records = [record(f"{letter}.xlsx", findings=(finding(),)) for letter in "abc"]
    results = kept(cycle(records)).results
    found = list(results.scored(("a.xlsx", "c.xlsx")))
    assert [each.file for each in found] == ["a.xlsx", "c.xlsx"]
    assert all(each.scores and each.scores.rows and not each.findings for each in found)


def test_rows_that_tell_nothing_are_left_out_only_where_that_is_asked_for() -> None:
    told = [
        row(level3="满分", computed="10", final="10", at=12),
        row(level3="失分", at=13),
        replace(row(level3="待核", computed="10", final="10", at=14), outcome="person"),
    ]
    results = kept(cycle([record(scored=scores(told))])).results
    (whole,), (brief,) = results.records(), results.records(telling=True)
    assert whole.scores
    assert brief.scores
    assert list(whole.scores.rows) == told
    assert list(brief.scores.rows) == told[1:]


def test_money_of_which_nothing_is_known_comes_back_as_it_was() -> None:
    given = record(scored=scores([row()], money=funding(None, None)))
    (found,) = kept(cycle([given])).results.records()
    assert found.scores == given.scores


def test_half_a_character_does_not_keep_a_record_from_being_kept() -> None:
    ledger = kept(cycle([record(project="桥\ud83d")]))
    assert [each.project for each in ledger.results.records()] == ["桥?"]


def test_a_content_keeps_the_day_on_which_it_was_first_seen_under_whatever_name(
    tmp_path: Path,
) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    for name, digest, day in (
        ("一.xlsx", "a", "2027-03-01"),
        ("二.xlsx", "a", "2027-03-05"),
        ("一.xlsx", "b", "2027-03-09"),
    ):
        ledger.record(
            WorkbookOutcome(name, digest, (item(record(name)),)),
            Conditions(1, 1, "context", "", ""),
        )
        ledger.arrive(day, ())
    seen = {
        name: arrival.received_on and arrival.received_on.isoformat()
        for name, arrival in ledger.arrivals().items()
    }
    assert seen == {"一.xlsx": "2027-03-09", "二.xlsx": "2027-03-01"}
    ledger.close()
