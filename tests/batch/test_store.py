"""How results are kept: what comes back is what was put in, types and all."""

import gc
import json
import zlib
from contextlib import closing, suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from repository import TEMPLATES

from evalbatch import output_files
from evalbatch.model.evaluation import Evaluation
from evalbatch.model.finding import Observation
from evalbatch.model.identity import Arrival
from evalbatch.model.place import Place
from evalbatch.model.record import Record
from evalbatch.model.submission import Entry
from evalbatch.nightly.extract import superseded
from evalbatch.nightly.hand_ins import extracts, recall
from evalbatch.nightly.kept_values import Staging, decode, encode, observations, observations_text
from evalbatch.nightly.publication import Publication
from evalbatch.nightly.setup import Setup
from evalbatch.nightly.single_check import examine
from evalbatch.results.database import SUBMISSIONS
from evalbatch.results.ledger import Ledger, LedgerError
from evalbatch.settings import Settings

PLACE = Place("甲局/一.xlsx", "自评表", 12, 5)


@pytest.fixture(scope="module")
def evaluations() -> list[Evaluation]:
    """Every form as somebody filled it in."""
    context = Setup.load(Settings()).context(date(2026, 3, 31))
    found = [
        examine(path, context) for path in sorted((TEMPLATES / "examples_as_filed").rglob("*.xlsx"))
    ]
    return [each for results in found for each in results if isinstance(each, Evaluation)]


def test_an_evaluation_comes_back_as_it_was(evaluations: list[Evaluation]) -> None:
    assert {each.submission.form for each in evaluations} == {
        "self_evaluation",
        "project_evaluation",
        "annual_management",
    }
    for evaluation in evaluations:
        assert decode(encode(evaluation)) == evaluation


def test_a_record_comes_back_as_it_was(evaluations: list[Evaluation]) -> None:
    for each in evaluations:
        record = Record(
            *(
                each.submission.file,
                "digest",
                each.submission.form,
                "表",
                "2020",
                "甲局",
                "乙处",
                "桥",
                each.status,
            ),
            scores=each.scores,
            findings=each.findings,
        )
        rows = SUBMISSIONS.rows(record, (7,))
        assert SUBMISSIONS.values(lambda shape: rows[shape.table])[()] == [record]  # noqa: B023 - asked at once


@given(st.none() | st.decimals(allow_nan=False) | st.text() | st.dates())
def test_a_value_keeps_its_type(value: Decimal | str | date | None) -> None:
    entry = Entry("x", value, PLACE)
    assert decode(encode(entry)) == entry
    assert type(decode(encode(entry)).value) is type(value)


def test_what_is_not_of_the_model_is_not_written() -> None:
    with pytest.raises(TypeError):
        encode(object())


def test_observations_become_text_and_come_back_and_nothing_is_empty_text() -> None:
    seen = {
        "b": (Observation("D01", (PLACE,), "一.xlsx", "二.xlsx", "", {"project": "桥"}),),
        "a": (),
    }
    assert observations(observations_text(seen)) == {"b": seen["b"]}
    assert observations_text({"a": ()}) == ""
    assert observations("") == {}


def test_a_hand_in_is_superseded_when_another_is_expected_to_count() -> None:
    seen = [
        Observation("D03", (PLACE,), expected="本部门自己的内容"),
        Observation("D01", (PLACE,), expected="二.xlsx"),
    ]
    assert superseded("一.xlsx", seen)
    assert not superseded("二.xlsx", seen)
    assert not superseded("一.xlsx", seen[:1])


def test_what_the_first_program_kept_of_a_hand_in_is_still_compared_when_its_file_is_gone() -> None:
    whose = {"department": "水务局", "unit": "河道管理处", "project": "清淤"}
    kept = {
        "sender": {"file": "清淤.xlsx", "form": "self_evaluation", **whose, "stamped_project": ""},
        "fingerprint": {
            "file": "清淤.xlsx",
            "form": "self_evaluation",
            "year": "2026",
            **whose,
            "modified": "2027-03-01T08:00:00",
            "filed": 0,
            "claimed": "92.45",
            "passages": [
                {"key": "0a", "shown": "因汛期停工", "place": ["清淤.xlsx", "自评表", 24, 3]}
            ],
            "items": [],
            "faults": [],
            "digest": "ab",
        },
    }
    packed = zlib.compress(json.dumps(kept).encode())
    came = Arrival(date(2027, 3, 2))
    ((extract, arrival),) = extracts([("清淤.xlsx", packed, came)]).values()
    assert arrival == came
    assert extract.sender.title == "清淤"
    assert extract.fingerprint is not None
    assert extract.fingerprint.claimed == Decimal("92.45")
    assert extract.fingerprint.whose == ("self_evaluation", "2026", *whose.values())


def test_what_is_unpacked_for_a_night_is_not_kept_from_the_collector_for_good() -> None:
    """`watch` does night after night in one process."""
    before = gc.get_freeze_count()
    extracts([])
    recall([])
    assert (gc.get_freeze_count(), gc.isenabled()) == (before, True)


def test_staged_content_that_was_cut_short_does_not_count(tmp_path: Path) -> None:
    staging = Staging(tmp_path)
    whole, cut = staging.put(b"whole"), staging.put(b"cut short")
    staging.path(cut).write_bytes(b"cut")
    assert staging.digests() == {whole}


def test_what_was_declared_and_lost_since_is_said_and_the_old_content_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output_files, "PATIENCE", ())
    publication = Publication(tmp_path, Ledger(tmp_path / "ledger.sqlite"))
    path, old = "评价报告/甲局/湖.docx", publication.staging.put(b"old")
    publication.declare({path: old}, verify=False)
    assert publication.carry_out() == {}
    new = publication.staging.put(b"new")
    publication.declare({path: new}, verify=False)
    publication.staging.path(new).unlink()
    assert "暂存的内容已不在" in publication.carry_out()[path]
    assert (tmp_path / path).read_bytes() == b"old"
    assert not publication.complete()
    publication.staging.put(b"new")
    assert publication.recover() == 1
    assert (tmp_path / path).read_bytes() == b"new"
    assert publication.complete()


def test_a_ledger_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger = Ledger(path)
    ledger._database.execute("PRAGMA user_version=99")
    ledger.close()
    with pytest.raises(LedgerError, match="升级"):
        Ledger(path)


def test_what_was_read_of_a_change_that_came_to_nothing_is_read_again(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path / "ledger.sqlite")) as ledger:
        with ledger.transaction():
            ledger.declare({"汇总表.xlsx": "1"}, ["汇总表.xlsx"])
        first = ledger.outputs()
        assert ledger.outputs() is first  # nothing was written
        with suppress(ValueError), ledger.transaction():
            ledger.declare({"汇总表.xlsx": "2"}, ["汇总表.xlsx"])
            assert ledger.outputs()["汇总表.xlsx"][0] == "2"
            raise ValueError
        assert ledger.outputs() == first
