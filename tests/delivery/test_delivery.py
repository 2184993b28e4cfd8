"""What is sent, to whom, once: against a real mail server on loopback."""

import os
import random
import shutil
import signal
import ssl
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

import pytest
from mail_server import Handler, started
from records import cycle, entry, finding, record

from evalbatch.errors import SettingsFault
from evalbatch.mail.outbox import Outbox, Posted
from evalbatch.mail.sending import PAUSES, Request, SendingClock, SendingCount, deliver, resolve
from evalbatch.model.evaluation import Status
from evalbatch.model.record import Cycle, Expected, RosterEntry
from evalbatch.settings import MailSection, PathsSection, Settings

NOW = datetime(2027, 4, 1, 22, 0, tzinfo=UTC)
REPORT = "评价报告/交通局/农村公路养护.docx"


class Clock:
    """Time that passes only when somebody pauses."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds

    @property
    def timing(self) -> SendingClock:
        return SendingClock(now=lambda: NOW, clock=lambda: self.seconds, pause=self.pause)


@pytest.fixture
def server() -> Iterator[tuple[Handler, int]]:
    handler = Handler()
    controller = started(handler)
    yield handler, controller.port
    controller.stop()


def settings(output: Path, port: int | None = None, **mail: object) -> Settings:
    values = {
        "sender": "jixiao@example.gov.cn",
        "security": "none",
        "rate_per_minute": 1_000_000,
        "timeout_seconds": 2,
    } | mail
    if port:
        values |= {"host": "127.0.0.1", "port": port}
    return Settings(paths=PathsSection(inbox=output, output=output), mail=MailSection(**values))  # type: ignore[arg-type]


def docx(words: str = "报告") -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("word/document.xml"), words)
    return buffer.getvalue()


def publish(output: Path, path: str = REPORT, words: str = "报告") -> None:
    (output / path).parent.mkdir(parents=True, exist_ok=True)
    (output / path).write_bytes(docx(words))


def graded(*contacts: str, output: Path, words: str = "报告") -> Cycle:
    """One graded project whose report goes to each contact."""
    publish(output, words=words)
    line = entry()
    expected = RosterEntry(
        line.department,
        line.unit,
        line.project,
        line.form,
        line.budget,
        contacts,
        line.deadline,
        line.place,
    )
    return cycle(
        [record(report=REPORT)], expected=(Expected(expected, ("甲.xlsx",), Status.GRADED, 0),)
    )


def send(
    what: Cycle,
    output: Path,
    chosen: Settings,
    *,
    confirm: bool = True,
    dry_run: bool = False,
    clock: Clock | None = None,
) -> SendingCount:
    return deliver(
        Request(what),
        output,
        chosen,
        dry_run=dry_run,
        confirm=confirm,
        timing=(clock or Clock()).timing,
    )


def states(output: Path) -> dict[str, str]:
    outbox = Outbox(output / "ledger.sqlite")
    try:
        return {delivery.recipient: delivery.state for delivery in outbox.deliveries()}
    finally:
        outbox.close()


def parsed(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_contact_gets_the_report_with_its_chinese_name_in_both_encodings(
    server: tuple[Handler, int], tmp_path: Path
) -> None:
    handler, port = server
    tally = send(graded("jt@example.gov.cn", output=tmp_path), tmp_path, settings(tmp_path, port))
    assert tally.counts == {Posted.SENT: 1}
    ((recipient, content),) = handler.accepted
    message = parsed(content)
    (attachment,) = message.iter_attachments()
    assert recipient == "jt@example.gov.cn"
    assert attachment.get_filename() == "农村公路养护.docx"
    assert attachment.get_content() == docx()
    assert b"filename*=utf-8''%E5%86%9C%E6%9D%91" in content
    assert b'name="=?utf-8?b?5Yac5p2R' in content
    assert "92.45分，评价等次为“优”" in message.get_body(("plain",)).get_content()
    assert "92.45" in message.get_body(("html",)).get_content()


def regraded(what: Cycle, total: str = "", status: Status = Status.GRADED) -> Cycle:
    """The same cycle with another total, or another status, of its project."""
    (old,) = what.records
    scored = replace(old.scores, final_total=Decimal(total)) if old.scores and total else old.scores
    return replace(what, records=[replace(old, scores=scored, status=status)])


def test_nobody_is_told_the_same_twice_whatever_the_bytes_and_a_changed_score_is_told(
    server: tuple[Handler, int], tmp_path: Path
) -> None:
    handler, port = server
    chosen, what = settings(tmp_path, port), graded("jt@example.gov.cn", output=tmp_path)
    send(what, tmp_path, chosen)
    publish(tmp_path, words="截至次日的报告")
    assert send(what, tmp_path, chosen).counts == {}
    assert send(regraded(what, "88.00"), tmp_path, chosen).counts == {Posted.SENT: 1}
    assert len(handler.accepted) == 2


def test_the_last_word_is_right_when_a_project_is_graded_returned_and_graded_again(
    server: tuple[Handler, int], tmp_path: Path
) -> None:
    handler, port = server
    chosen, what = settings(tmp_path, port), graded("jt@example.gov.cn", output=tmp_path)
    for state in (Status.GRADED, Status.RETURNED, Status.RETURNED, Status.GRADED, Status.GRADED):
        send(regraded(what, status=state), tmp_path, chosen)
    subjects = [str(parsed(content)["Subject"]) for _, content in handler.accepted]
    assert ["核定1个" in subject for subject in subjects] == [True, False, True]
    assert len({parsed(content)["Message-ID"] for _, content in handler.accepted}) == 3


def test_each_kind_of_failure_gets_the_state_it_deserves_and_stops_nobody_else(
    server: tuple[Handler, int], tmp_path: Path
) -> None:
    handler, port = server
    kinds = ["refused", "later", "before", "after", "stall", "toolarge", "good"]
    clock = Clock()
    what = graded(*(f"{kind}@example.gov.cn" for kind in kinds), output=tmp_path)
    tally = send(what, tmp_path, settings(tmp_path, port, timeout_seconds=0.3), clock=clock)
    assert {name.partition("@")[0]: state for name, state in states(tmp_path).items()} == {
        "refused": Posted.REFUSED,
        "later": Posted.SENT,
        "before": Posted.SENT,
        "after": Posted.IN_DOUBT,
        "stall": Posted.IN_DOUBT,
        "toolarge": Posted.REFUSED,
        "good": Posted.SENT,
    }
    assert tally.counts == {Posted.SENT: 3, Posted.REFUSED: 2, Posted.IN_DOUBT: 2}
    assert [pause for pause in clock.pauses if pause in PAUSES] == list(PAUSES[:2])
    assert handler.tries["later"] == 3


def test_what_is_in_doubt_is_never_sent_again_by_itself_and_is_settled_by_the_clerk(
    server: tuple[Handler, int], tmp_path: Path
) -> None:
    handler, port = server
    what, chosen = graded("after@example.gov.cn", output=tmp_path), settings(tmp_path, port)
    send(what, tmp_path, chosen)
    assert send(what, tmp_path, chosen).counts == {}
    message_id = parsed(handler.accepted[0][1])["Message-ID"]
    assert not resolve(tmp_path, "<unknown@example.gov.cn>", arrived=True)
    assert resolve(tmp_path, message_id, arrived=False)
    assert send(what, tmp_path, chosen).counts == {Posted.IN_DOUBT: 1}
    assert parsed(handler.accepted[1][1])["Message-ID"] == message_id
    assert resolve(tmp_path, message_id, arrived=True)
    assert send(what, tmp_path, chosen).counts == {}
    assert len(handler.accepted) == 2


def test_a_temporary_failure_that_lasts_stays_due_for_the_next_run(tmp_path: Path) -> None:
    what = graded("jt@example.gov.cn", output=tmp_path)
    tally = send(what, tmp_path, settings(tmp_path, 1))
    assert tally.counts == {Posted.DUE: 1}
    assert "无法连接邮件服务器 127.0.0.1:1" in tally.fault
    assert states(tmp_path) == {"jt@example.gov.cn": Posted.DUE}


def test_the_first_sending_of_a_cycle_only_writes_files_until_confirmed(
    server: tuple[Handler, int], tmp_path: Path
) -> None:
    handler, port = server
    what, chosen = graded("jt@example.gov.cn", output=tmp_path), settings(tmp_path, port)
    tally = send(what, tmp_path, chosen, confirm=False)
    assert "--confirm" in tally.undelivered
    assert handler.accepted == []
    (kept,) = (tmp_path / "outbox").glob("*.eml")
    assert parsed(kept.read_bytes())["To"] == "jt@example.gov.cn"
    assert send(what, tmp_path, chosen).counts == {Posted.SENT: 1}
    changed = regraded(what, "88.00")
    assert send(changed, tmp_path, chosen, confirm=False).counts == {Posted.SENT: 1}


def test_without_a_server_messages_become_files_once(tmp_path: Path) -> None:
    what, chosen = graded("jt@example.gov.cn", output=tmp_path), settings(tmp_path)
    assert send(what, tmp_path, chosen).counts == {Posted.WRITTEN: 1}
    assert send(what, tmp_path, chosen).counts == {}
    assert send(what, tmp_path, chosen, dry_run=True).counts == {}
    assert len(list((tmp_path / "outbox").iterdir())) == 1


def test_a_returned_workbook_is_told_with_cells_and_remedies_and_without_its_draft_report(
    tmp_path: Path,
) -> None:
    publish(tmp_path)
    publish(tmp_path, "审核意见/交通局/甲.xlsx")
    returned = record(
        status=Status.RETURNED,
        report=REPORT,
        annotated="审核意见/交通局/甲.xlsx",
        findings=(finding(),),
    )
    expected = (
        Expected(entry(), ("甲.xlsx",), Status.RETURNED, 3),
        Expected(entry("桥梁加固", line=3), (), None, -2),
    )
    send(cycle([returned], expected=expected), tmp_path, settings(tmp_path))
    (kept,) = (tmp_path / "outbox").glob("*.eml")
    message = parsed(kept.read_bytes())
    text = message.get_body(("plain",)).get_content()
    assert [part.get_filename() for part in message.iter_attachments()] == ["甲.xlsx"]
    assert "〔错误〕自评表!F8" in text
    assert "处理办法：请在原因栏说明。" in text
    assert "桥梁加固，截止日期2027年3月31日（已逾期2天）" in text
    assert "退回1个、待报送1个" in message["Subject"]


def test_addresses_outside_the_allowed_domains_get_nothing_and_are_named(
    server: tuple[Handler, int], tmp_path: Path
) -> None:
    handler, port = server
    chosen = settings(tmp_path, port, allowed_domains=("example.gov.cn",))
    tally = send(
        graded("a@example.gov.cn", "b@elsewhere.example.com", "no-address", output=tmp_path),
        tmp_path,
        chosen,
    )
    assert [recipient for recipient, _ in handler.accepted] == ["a@example.gov.cn"]
    assert tally.left_out == [
        "b@elsewhere.example.com：邮箱域名不在设置允许的范围内，未发送",
        "no-address：不是有效的邮箱地址，未发送",
    ]


def test_nothing_from_a_workbook_can_begin_a_header(tmp_path: Path) -> None:
    name = "甲\r\nBcc: thief@example.com\r\n\r\n<script>"
    line = entry(name, "交通局\nX-Evil: 1")
    what = cycle(
        [record(project=name, department="交通局\nX-Evil: 1", report=REPORT)],
        expected=(Expected(line, ("甲.xlsx",), Status.GRADED, 0),),
    )
    publish(tmp_path)
    object.__setattr__(what, "name", "周期\r\nBcc: thief@example.com")
    send(what, tmp_path, settings(tmp_path))
    (kept,) = (tmp_path / "outbox").glob("*.eml")
    message = parsed(kept.read_bytes())
    assert message["Bcc"] is None
    assert message["X-Evil"] is None
    assert "<script>" not in message.get_body(("html",)).get_content()
    assert message["Subject"].startswith("周期 Bcc: thief@example.com")


@pytest.mark.parametrize(
    ("oversize", "attached"),
    [("zip", [["附件.zip"]]), ("path", [[]]), ("split", [["一.docx"], ["二.docx"]])],
)
def test_what_is_too_heavy_is_zipped_split_or_left_on_the_share(
    tmp_path: Path, oversize: str, attached: list[list[str]]
) -> None:
    paths = ["评价报告/交通局/一.docx", "评价报告/交通局/二.docx"]
    for path in paths:
        publish(tmp_path, path, "字" * 20_000)
    records = [
        record(f"{n}.xlsx", project=n, report=path) for n, path in zip("一二", paths, strict=True)
    ]
    expected = tuple(Expected(entry(n), (f"{n}.xlsx",), Status.GRADED, 0) for n in "一二")
    chosen = settings(tmp_path, size_limit_mb=0.1, oversize=oversize, share_path="//share/绩效")
    send(cycle(records, expected=expected), tmp_path, chosen)
    messages = [parsed(path.read_bytes()) for path in sorted((tmp_path / "outbox").iterdir())]
    names = sorted(
        [part.get_filename() for part in message.iter_attachments()] for message in messages
    )
    assert names == attached
    if oversize == "path":
        assert (
            "//share/绩效/评价报告/交通局/一.docx" in messages[0].get_body(("plain",)).get_content()
        )


def test_a_place_on_a_windows_share_is_written_as_windows_writes_it(tmp_path: Path) -> None:
    what = graded("jt@example.gov.cn", output=tmp_path)
    chosen = settings(
        tmp_path, size_limit_mb=0.0001, oversize="path", share_path=r"\\server\绩效\2026"
    )
    send(what, tmp_path, chosen)
    (draft,) = (tmp_path / "outbox").glob("*.eml")
    text = parsed(draft.read_bytes()).get_body(("plain",)).get_content()
    assert r"\\server\绩效\2026\评价报告\交通局\农村公路养护.docx" in text


def test_a_department_reads_whom_to_ask_also_where_no_contact_is_set(tmp_path: Path) -> None:
    what = graded("jt@example.gov.cn", output=tmp_path)
    for contact, said in (("", "jixiao@example.gov.cn"), ("绩效科 12345", "绩效科 12345")):
        chosen = settings(tmp_path, organiser=("jixiao@example.gov.cn",), contact=contact)
        send(what, tmp_path, chosen, dry_run=True)
        (draft,) = (tmp_path / "outbox").glob("jt@*.eml")
        text = parsed(draft.read_bytes()).get_body(("plain",)).get_content()
        assert f"请联系：{said}" in text


def test_the_office_reads_of_late_hand_ins_but_not_of_late_files_that_are_none(
    tmp_path: Path,
) -> None:
    late = [
        replace(record("甲.xlsx", project="养护"), days_late=5),
        replace(record("扫描件.pdf", project="扫描件", status=Status.UNREADABLE), days_late=5),
    ]
    send(cycle(late), tmp_path, settings(tmp_path, organiser=("office@example.gov.cn",)))
    (draft,) = (tmp_path / "outbox").glob("*.eml")
    text = parsed(draft.read_bytes()).get_body(("plain",)).get_content()
    assert "迟报（1）\n1. 交通局“养护”：迟报5天" in text


def test_the_organiser_gets_the_summary_and_the_operator_the_failures(
    server: tuple[Handler, int], tmp_path: Path
) -> None:
    handler, port = server
    publish(tmp_path, "汇总表.xlsx")
    publish(tmp_path, "总报告.docx")
    chosen = settings(
        tmp_path, port, organiser=("office@example.gov.cn",), operator="it@example.gov.cn"
    )
    for run in ("20270401-220000", "20270402-220000"):
        fault = f"甲.xlsx：程序内部错误（详见 runs/{run}.json）"
        request = Request(cycle(), ("共收到3个工作簿",), (fault,))
        deliver(request, tmp_path, chosen, dry_run=False, confirm=True, timing=Clock().timing)
    told = {recipient: parsed(content) for recipient, content in handler.accepted}
    assert len(handler.accepted) == 2
    assert [part.get_filename() for part in told["office@example.gov.cn"].iter_attachments()] == [
        "汇总表.xlsx",
        "总报告.docx",
    ]
    assert "共收到3个工作簿" in told["office@example.gov.cn"].get_body(("plain",)).get_content()
    assert "甲.xlsx：程序内部错误" in told["it@example.gov.cn"].get_body(("plain",)).get_content()


def test_the_organiser_is_not_told_again_when_only_the_list_of_messages_has_changed(
    tmp_path: Path,
) -> None:
    chosen = settings(tmp_path, organiser=("office@example.gov.cn",))
    (tmp_path / "data").mkdir()
    for late, told in ((0, {Posted.WRITTEN: 1}), (0, {}), (2, {Posted.WRITTEN: 1})):
        publish(tmp_path, "汇总表.xlsx", f"{late}{told}")
        assert send(cycle([replace(record(), days_late=late)]), tmp_path, chosen).counts == told


def test_the_offices_own_template_is_used_and_a_broken_one_is_named(tmp_path: Path) -> None:
    own = tmp_path / "templates"
    own.mkdir()
    (own / "department.txt.j2").write_text("各位同事：{{ letter.cycle }}", encoding="utf-8")
    what = graded("jt@example.gov.cn", output=tmp_path)
    send(what, tmp_path, settings(tmp_path, templates=own))
    (kept,) = (tmp_path / "outbox").glob("*.eml")
    assert parsed(kept.read_bytes()).get_body(("plain",)).get_content().startswith("各位同事：")
    (own / "department.txt.j2").write_text("{% if letter %}", encoding="utf-8")
    with pytest.raises(SettingsFault, match="邮件模板"):
        send(what, tmp_path, settings(tmp_path, templates=own))


def test_the_password_comes_from_the_environment_and_its_absence_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = settings(tmp_path, 1, user="jixiao", password_env="EVALBATCH_TEST_PASSWORD")
    monkeypatch.delenv("EVALBATCH_TEST_PASSWORD", raising=False)
    with pytest.raises(SettingsFault, match="环境变量 EVALBATCH_TEST_PASSWORD"):
        send(graded("jt@example.gov.cn", output=tmp_path), tmp_path, chosen)


def certificate(folder: Path) -> ssl.SSLContext:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program")
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_certificates_are_checked_with_implicit_tls_and_starttls(
    tmp_path: Path, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = certificate(tmp_path)
    handler = Handler()
    kind = (
        {"ssl_context": context}
        if security == "tls"
        else {"tls_context": context, "require_starttls": True}
    )
    controller = started(handler, **kind)
    try:
        port = controller.port
        chosen, what = (
            settings(tmp_path, port, security=security),
            graded("jt@example.gov.cn", output=tmp_path),
        )
        assert "证书" in send(what, tmp_path, chosen).fault
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert send(what, tmp_path, chosen).counts == {Posted.SENT: 1}
    finally:
        controller.stop()


def many(output: Path, count: int) -> Cycle:
    """One project, the contacts of which all get its report."""
    return graded(*(f"p{n:03}@example.gov.cn" for n in range(count)), output=output)


def test_five_hundred_messages_take_one_connection_and_little_work(
    server: tuple[Handler, int], tmp_path: Path
) -> None:
    handler, port = server
    start = time.process_time()  # of this process alone, however busy the machine is
    assert send(many(tmp_path, 500), tmp_path, settings(tmp_path, port)).counts == {
        Posted.SENT: 500
    }
    assert time.process_time() - start < 20
    assert handler.connections == 1


def test_no_more_messages_leave_in_a_minute_than_the_settings_allow(
    server: tuple[Handler, int], tmp_path: Path
) -> None:
    clock = Clock()
    send(
        many(tmp_path, 5), tmp_path, settings(tmp_path, server[1], rate_per_minute=30), clock=clock
    )
    assert clock.pauses == [2.0] * 4


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs fork and SIGKILL")
def test_killed_at_any_instant_no_message_is_accepted_twice_and_none_is_lost(
    tmp_path: Path,
) -> None:
    record_file = tmp_path / "accepted.txt"
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("mail_server.py")), str(record_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert server.stdout
    assert server.stdin
    port = int(server.stdout.readline())
    dice = random.Random(8)
    try:
        for instant in range(100):
            output = tmp_path / str(instant)
            output.mkdir()
            record_file.write_text("")
            what, chosen = many(output, 50), settings(output, port)
            child = os.fork()
            if child == 0:
                send(what, output, chosen)
                os._exit(0)
            time.sleep(dice.uniform(0, 0.25))  # the instant of the kill is what is random here
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            send(what, output, chosen)
            accepted = record_file.read_text().split()[1::2]
            assert len(accepted) == len(set(accepted)), "accepted twice"
            after = states(output)
            doubtful = {recipient for recipient, state in after.items() if state == Posted.IN_DOUBT}
            assert set(after) == {f"p{n:03}@example.gov.cn" for n in range(50)}
            assert set(after) - doubtful <= set(accepted), "lost"
            assert len(doubtful) <= 1
    finally:
        server.stdin.close()
        server.stdout.close()
        server.wait()
