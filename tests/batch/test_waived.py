"""Waivers and check severities of a cycle folder, from its tables and settings to every output."""

import csv
import io
from copy import deepcopy
from pathlib import Path

import openpyxl
import pytest
from blank.filled import made, road_self_evaluation
from docx import Document

from evalbatch import cli

FILE, PROJECT = "道路养护.xlsx", "城区道路养护"
POLICY = """
id = "trial"
name = "本市试行口径"
basis = "本市评价办法"
certainty = "derived"
inherits = "cz2020_self"
"""


def unexplained() -> bytes:
    """A self-evaluation that lacks the reason for its low execution rate (X02), and nothing else
    that returns it.
    """
    data = deepcopy(road_self_evaluation())
    data["fields"]["execution_reason"] = ""
    return made("self_evaluation", data)


class Cycle:
    """A cycle folder as `evalbatch init` makes it, with one workbook in its inbox."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "周期"
        assert cli.main(["init", str(self.folder), "--year", "2023"]) == 0
        (self.folder / "inbox" / FILE).write_bytes(unexplained())

    def waive(self, *rows: tuple[object, ...]) -> None:
        path = self.folder / "豁免.xlsx"
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[0]
        head = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "项目名称")
        for number, values in enumerate(rows, head.row + 2):  # under the example
            for column, value in enumerate(values, head.column):
                sheet.cell(number, column, value)
        book.save(path)

    def judge_by(self, text: str) -> None:
        (self.folder / "口径").mkdir(exist_ok=True)
        (self.folder / "口径" / "trial.toml").write_text(POLICY + text, encoding="utf-8")
        settings = self.folder / "evalbatch.toml"
        content = settings.read_text(encoding="utf-8")
        content = content.replace('# policies = "自定义口径"', 'policies = "口径" #', 1)
        settings.write_text(
            content.replace('self_evaluation = "cz2020_self"', 'self_evaluation = "trial"', 1),
            encoding="utf-8",
        )

    def run(self, as_of: str = "2024-04-01") -> int:
        return cli.main(
            ["run", "--settings", str(self.folder / "evalbatch.toml"), "--as-of", as_of, "--quiet"]
        )

    def table(self, name: str) -> list[dict[str, str]]:
        with (self.folder / "output" / "data" / name).open(
            encoding="utf-8-sig", newline=""
        ) as stream:
            return list(csv.DictReader(stream))

    @property
    def status(self) -> str:
        return self.table("projects.csv")[0]["status"]

    def texts(self, pattern: str) -> str:
        """All texts of the outputs whose path matches, workbooks or Word files."""
        found = []
        for path in sorted((self.folder / "output").glob(pattern)):
            if path.suffix == ".docx":
                document = Document(str(path))
                found += [paragraph.text for paragraph in document.paragraphs]
                found += [
                    cell.text
                    for table in document.tables
                    for row in table.rows
                    for cell in row.cells
                ]
            else:
                book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()), read_only=True)
                found += [
                    str(value)
                    for sheet in book
                    for row in sheet.iter_rows(values_only=True)
                    for value in row
                    if value
                ]
        return "\n".join(found)


@pytest.fixture
def cycle(tmp_path: Path) -> Cycle:
    return Cycle(tmp_path)


WAIVER = (PROJECT, "X02", "王主任", "2024-03-20", "财政统一收回指标，非单位原因", "2024-12-31")


def test_without_a_waiver_it_is_returned(cycle: Cycle):
    cycle.run()
    assert cycle.status == "returned"


def test_a_waived_error_no_longer_returns_and_is_printed_everywhere(cycle: Cycle):
    cycle.waive(WAIVER)
    cycle.run()
    assert cycle.status == "graded"
    for pattern in ("审核单/**/*.docx", "审核意见/**/*.xlsx", "汇总表.xlsx"):
        texts = cycle.texts(pattern)
        assert "王主任" in texts, pattern
        assert "财政统一收回指标，非单位原因" in texts, pattern
    assert "D07" not in {row["code"] for row in cycle.table("findings.csv")}


def test_an_expired_waiver_lifts_nothing_and_is_reported(cycle: Cycle):
    cycle.waive(WAIVER)
    cycle.run("2024-04-01")
    cycle.run("2025-01-01")
    assert cycle.status == "returned"
    messages = [row["message"] for row in cycle.table("findings.csv") if row["code"] == "D07"]
    assert messages == [f"“{PROJECT}”的豁免（X02）已于2024年12月31日到期，不再生效。"]
    assert "已于2024年12月31日到期" in cycle.texts("汇总表.xlsx")


def test_a_waiver_that_matches_nothing_is_reported(cycle: Cycle):
    cycle.waive(("没有的项目", *WAIVER[1:]), (PROJECT, "S05", *WAIVER[2:]))
    cycle.run()
    assert cycle.status == "returned"
    messages = [row["message"] for row in cycle.table("findings.csv") if row["code"] == "D07"]
    assert len(messages) == 2
    assert all("没有对应的问题" in message for message in messages)


def test_check_in_the_cycle_folder_knows_its_waivers(
    cycle: Cycle, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    cycle.waive(WAIVER)
    monkeypatch.chdir(cycle.folder)
    assert cli.main(["check", f"inbox/{FILE}", "--as-of", "2024-04-01"]) == 0
    printed = capsys.readouterr().out
    assert "可以报送" in printed
    assert "已豁免：王主任" in printed


def test_a_check_on_trial_is_a_note_that_says_so_and_does_not_return(cycle: Cycle):
    cycle.judge_by('trial = ["X02"]\n')
    cycle.run()
    assert cycle.status == "graded"
    (found,) = [row for row in cycle.table("findings.csv") if row["code"] == "X02"]
    assert found["severity"] == "note"
    assert found["message"].startswith("（试行）")
    assert "（试行）" in cycle.texts("审核意见/**/*.xlsx")


def test_a_profile_makes_a_check_milder_graver_or_silent(cycle: Cycle):
    cycle.judge_by('off = ["M05"]\n[severities]\nX02 = "warning"\nE04 = "error"\n')
    cycle.run()
    severities = {row["code"]: row["severity"] for row in cycle.table("findings.csv")}
    assert severities["X02"] == "warning"
    assert "M05" not in severities
    assert cycle.status == "graded"
