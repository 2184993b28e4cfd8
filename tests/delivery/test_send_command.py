"""A cycle's mail from the command line: a real folder, roster, workbooks and mail server."""

import csv
import shutil
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from mail_server import Handler, started
from openpyxl import load_workbook
from repository import TEMPLATES

from evalbatch import cli
from evalbatch.errors import UNDELIVERED
from evalbatch.nightly.setup import Setup

DEPARTMENT = "南昌市人民政府外事办公室"
PROJECT = "外事活动（出访）专项经费"


@pytest.fixture
def server() -> Iterator[Handler]:
    handler = Handler()
    controller = started(handler)
    handler.port = controller.port
    yield handler
    controller.stop()


@pytest.fixture
def cycle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Handler) -> Path:
    folder = tmp_path / "2019年度"
    assert cli.main(["init", str(folder), "--year", "2019"]) == 0
    monkeypatch.chdir(folder)
    settings = folder / "evalbatch.toml"
    text = (
        settings.read_text(encoding="utf-8")
        .partition("[mail]")[0]
        .replace("settle_seconds = 2", "settle_seconds = 0")
    )
    mail = (
        f'[mail]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\nsender = '
        f'"jixiao@example.gov.cn"\n'
    )
    settings.write_text(
        text + mail + 'organiser = ["office@example.gov.cn"]\nrate_per_minute = 100000\n',
        encoding="utf-8",
    )
    return folder


def enrol(folder: Path, *contacts: str) -> None:
    book = load_workbook(folder / "名册.xlsx")
    sheet = book.worksheets[0]
    head = next(row for row in sheet.iter_rows() if any(cell.value == "主管部门" for cell in row))
    columns = {str(cell.value): cell.column for cell in head if cell.value}
    line = next(
        row for row in range(head[0].row + 1, 99) if not sheet.cell(row, columns["主管部门"]).value
    )
    said = {
        "主管部门": DEPARTMENT,
        "项目名称": PROJECT,
        "报送表": "项目支出绩效自评表",
        "联系邮箱": "、".join(contacts),
    }
    for label, value in said.items():
        column = next(number for name, number in columns.items() if name.startswith(label))
        sheet.cell(line, column).value = value
    book.save(folder / "名册.xlsx")


def hand_in(folder: Path, kind: str) -> None:
    shutil.copytree(
        TEMPLATES / kind / DEPARTMENT, folder / "inbox" / DEPARTMENT, dirs_exist_ok=True
    )


def sent(folder: Path) -> dict[str, str]:
    with (folder / "output" / "data" / "deliveries.csv").open(
        encoding="utf-8-sig", newline=""
    ) as stream:
        return {row["recipient"]: row["state"] for row in csv.DictReader(stream)}


def recipients(server: Handler) -> list[str]:
    return sorted(recipient for recipient, _ in server.accepted)


def test_a_cycles_mail_is_sent_once_and_shown_in_what_was_published(
    cycle: Path, server: Handler
) -> None:
    enrol(cycle, "bumen@example.gov.cn")
    hand_in(cycle, "examples_as_filed")
    assert cli.main(["run", "--as-of", "2020-06-01"]) == 0
    assert cli.main(["send"]) == UNDELIVERED, "letters are due to a server and wait for a word"
    assert server.accepted == []
    assert cli.main(["send", "--confirm"]) == 0
    assert recipients(server) == ["bumen@example.gov.cn", "office@example.gov.cn"]
    assert set(sent(cycle).values()) == {"已发送"}
    told = next(
        message_from_bytes(content, policy=policy.default)
        for to, content in server.accepted
        if to.startswith("office")
    )
    assert "报送件 1 份：退回 1" in told.get_body(("plain",)).get_content()
    rows = load_workbook(cycle / "output" / "汇总表.xlsx")["发送情况"].iter_rows(values_only=True)
    assert any("bumen@example.gov.cn" in row and "已发送" in row for row in rows)
    assert cli.main(["run", "--send", "--as-of", "2020-06-02"]) == 0
    assert len(server.accepted) == 2
    hand_in(cycle, "examples")
    assert cli.main(["run", "--send", "--as-of", "2020-06-03"]) == 0
    assert recipients(server) == ["bumen@example.gov.cn"] * 2 + ["office@example.gov.cn"] * 2


def test_a_sending_run_loads_what_is_set_up_once(
    cycle: Path, server: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded, load = [], Setup.load
    monkeypatch.setattr(Setup, "load", lambda settings: loaded.append(settings) or load(settings))
    enrol(cycle, "bumen@example.gov.cn")
    hand_in(cycle, "examples")
    assert cli.main(["run", "--send"]) == UNDELIVERED
    assert cli.main(["send", "--confirm"]) == 0
    assert recipients(server) == ["bumen@example.gov.cn", "office@example.gov.cn"]
    assert len(loaded) == 2


def test_a_message_in_doubt_is_listed_and_settled_by_the_clerk(
    cycle: Path, server: Handler, capsys: pytest.CaptureFixture[str]
) -> None:
    enrol(cycle, "after@example.gov.cn", "refused@example.gov.cn")
    hand_in(cycle, "examples")
    cli.main(["run", "--as-of", "2020-06-01"])
    capsys.readouterr()
    cli.main(["send", "--confirm"])
    printed = capsys.readouterr().out
    assert sent(cycle) == {
        "after@example.gov.cn": "存疑",
        "refused@example.gov.cn": "被拒收",
        "office@example.gov.cn": "已发送",
    }
    number = printed.partition("编号 ")[2].partition("（")[0]
    assert cli.main(["send", "--resolve", "no-such-number", "已送达"]) == 2
    assert cli.main(["send", "--resolve", number, "未送达"]) == 0
    assert cli.main(["send"]) == 4
    assert recipients(server).count("after@example.gov.cn") == 2
    assert cli.main(["send", "--resolve", number, "已送达"]) == 0
    assert cli.main(["send"]) == 0
    assert recipients(server).count("after@example.gov.cn") == 2
    assert sent(cycle)["after@example.gov.cn"] == "已发送"


def test_a_broken_mail_template_stops_a_sending_run_before_anything_is_published(
    cycle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(cycle, "examples")
    (cycle / "邮件模板" / "department.txt.j2").write_text("{% if letter %}", encoding="utf-8")
    text = (
        (cycle / "evalbatch.toml")
        .read_text(encoding="utf-8")
        .replace("[mail]", '[mail]\ntemplates = "邮件模板"')
    )
    (cycle / "evalbatch.toml").write_text(text, encoding="utf-8")
    assert cli.main(["run", "--send"]) == 2
    assert "邮件模板" in capsys.readouterr().err
    assert not (cycle / "output" / "汇总表.xlsx").exists()


def test_a_report_that_somebody_changed_is_not_sent_and_the_next_run_restores_it(
    cycle: Path, server: Handler, capsys: pytest.CaptureFixture[str]
) -> None:
    enrol(cycle, "bumen@example.gov.cn")
    hand_in(cycle, "examples")
    assert cli.main(["run", "--quiet", "--as-of", "2020-06-01"]) == 0
    report = next((cycle / "output" / "评价报告").rglob("*.docx"))
    good = report.read_bytes()
    report.write_bytes(b"mine")
    assert cli.main(["send", "--confirm"]) == UNDELIVERED
    assert "附件已被改动" in capsys.readouterr().err
    assert recipients(server) == ["office@example.gov.cn"]
    assert cli.main(["run", "--send", "--as-of", "2020-06-02"]) == 0
    assert report.read_bytes() == good
    assert report.with_name(f"{report.stem}.改动1.docx").read_bytes() == b"mine"
    assert recipients(server) == ["bumen@example.gov.cn"] + ["office@example.gov.cn"] * 2


def test_a_quiet_sending_says_only_what_did_not_leave(
    cycle: Path, server: Handler, capsys: pytest.CaptureFixture[str]
) -> None:
    enrol(cycle, "bumen@example.gov.cn", "refused@example.gov.cn")
    assert cli.main(["run", "--quiet", "--as-of", "2020-03-01"]) == 0
    capsys.readouterr()
    assert cli.main(["send", "--confirm", "--quiet"]) == UNDELIVERED
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "refused@example.gov.cn（550 no such user）" in printed.err
    assert cli.main(["send", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert recipients(server) == ["bumen@example.gov.cn"] + ["office@example.gov.cn"] * 2


@pytest.mark.parametrize("more", [[], ["--again", "全部"], ["--resolve", "编号", "已送达"]])
def test_before_the_first_run_there_is_nothing_to_send_and_nothing_is_left_behind(
    cycle: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    assert cli.main(["send", *more]) == 2
    assert "请先运行" in capsys.readouterr().err
    assert not list((cycle / "output").rglob("*.sqlite"))
