"""What becomes of letters when a mail server misbehaves, and what nights without news send."""

import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from mail_server import Handler, started
from records import cycle, entry, record
from test_delivery import Clock, graded, many, parsed, regraded, send, settings, states

from evalbatch.checks import catalogue
from evalbatch.errors import SettingsFault
from evalbatch.mail.outbox import Posted
from evalbatch.mail.sending import again
from evalbatch.model.evaluation import Status
from evalbatch.model.finding import Observation
from evalbatch.model.place import Place
from evalbatch.model.record import Change, Cycle, Expected, Received
from evalbatch.settings import Settings

DAY = timedelta(days=1)


class Moody(Handler):
    """A server that answers what a test tells it to, until it is told otherwise."""

    sender = recipient = data = taken = ""

    def __init__(self) -> None:
        super().__init__()
        self.refusals: dict[str, str] = {}

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sender:
            return self.sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.recipient or self.refusals.get(address.partition("@")[0]):
            return answer
        if address.startswith("policy"):
            self.tries["policy"] = self.tries.get("policy", 0) + 1
            return "550 5.7.1 not of this kind"
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.data:
            return self.data
        accepted = await super().handle_DATA(server, session, envelope)
        return self.taken or accepted


@pytest.fixture
def server() -> Iterator[tuple[Moody, int]]:
    handler = Moody()
    controller = started(handler)
    yield handler, controller.port
    controller.stop()


@pytest.fixture
def handler(server: tuple[Moody, int]) -> Moody:
    return server[0]


@pytest.fixture
def chosen(server: tuple[Moody, int], tmp_path: Path) -> Settings:
    return settings(tmp_path, server[1])


@pytest.fixture
def copied_to_office(server: tuple[Moody, int], tmp_path: Path) -> Settings:
    return settings(tmp_path, server[1], organiser=("office@example.gov.cn",))


@pytest.fixture
def what(tmp_path: Path) -> Cycle:
    return graded("jt@example.gov.cn", output=tmp_path)


def on(what: Cycle, days: int) -> Cycle:
    return replace(what, as_of=what.as_of + days * DAY)


@pytest.mark.parametrize(
    ("mood", "answer", "state"),
    [
        ("recipient", "550 no such user", Posted.REFUSED),
        ("recipient", "552 mailbox full", Posted.REFUSED),
        ("data", "552 message too large", Posted.REFUSED),
        ("sender", "550 sender unknown", Posted.DUE),
        ("sender", "553 not from you", Posted.DUE),
        ("recipient", "554 too many", Posted.DUE),
        ("data", "554 5.7.1 looks like spam", Posted.DUE),
        ("recipient", "550 5.7.1 policy", Posted.DUE),
        ("recipient", "451 try again later", Posted.DUE),
        ("data", "451 busy", Posted.DUE),
        ("sender", "421 closing", Posted.DUE),
    ],
)
def test_a_refusal_is_whose_it_is_and_nothing_refused_is_lost(
    handler: Moody,
    chosen: Settings,
    what: Cycle,
    tmp_path: Path,
    mood: str,
    answer: str,
    state: Posted,
) -> None:
    setattr(handler, mood, answer)
    tally = send(what, tmp_path, chosen)
    assert states(tmp_path) == {"jt@example.gov.cn": state}
    assert answer.split(maxsplit=1)[0] in tally.undelivered
    setattr(handler, mood, "")
    assert send(on(what, 1), tmp_path, chosen).counts == {Posted.SENT: 1}
    assert send(on(what, 2), tmp_path, chosen).counts == {}
    assert len(handler.accepted) == 1


def test_a_refused_letter_rests_longer_each_time_and_goes_at_once_when_asked(
    handler: Moody, chosen: Settings, what: Cycle, tmp_path: Path
) -> None:
    handler.recipient = "550 no such user"
    tried = [
        days for days in range(12) if send(on(what, days), tmp_path, chosen).counts.get("被拒收")
    ]
    assert tried == [0, 1, 4, 11]
    handler.recipient = ""
    assert send(on(what, 12), tmp_path, chosen).counts == {}
    assert again(tmp_path, "nobody@example.gov.cn") == 0
    assert again(tmp_path, "jt@example.gov.cn") == 1
    assert send(on(what, 12), tmp_path, chosen).counts == {Posted.SENT: 1}


@pytest.mark.parametrize(
    ("mood", "answer", "state"),
    [
        ("recipient", "550 no such user", Posted.REFUSED),
        ("taken", "hello", Posted.IN_DOUBT),
        ("taken", "", Posted.SENT),
    ],
)
def test_a_cycle_of_which_letters_were_tried_goes_on_without_the_ledger_that_was_lost(
    handler: Moody,
    chosen: Settings,
    what: Cycle,
    tmp_path: Path,
    mood: str,
    answer: str,
    state: Posted,
) -> None:
    setattr(handler, mood, answer)
    assert send(what, tmp_path, chosen).counts == {state: 1}
    for part in tmp_path.glob("ledger.sqlite*"):
        part.unlink()
    setattr(handler, mood, "")
    changed = on(regraded(what, "88.00"), 1)
    assert send(changed, tmp_path, chosen, confirm=False).counts == {Posted.SENT: 1}


def test_a_letter_that_is_out_of_date_while_still_due_is_replaced(
    handler: Moody, chosen: Settings, what: Cycle, tmp_path: Path
) -> None:
    handler.data = "451 busy"
    send(what, tmp_path, chosen)
    handler.data = ""
    assert send(regraded(what, "88.00"), tmp_path, chosen).counts == {Posted.SENT: 1}
    ((_, content),) = handler.accepted
    assert "88.00分" in parsed(content).get_body(("plain",)).get_content()


def test_a_server_that_had_enough_gets_fewer_letters_in_a_minute_until_it_takes_them(
    server: tuple[Moody, int], tmp_path: Path
) -> None:
    handler, port = server
    chosen, what = settings(tmp_path, port, rate_per_minute=60), many(tmp_path, 4)
    handler.recipient = "554 too many messages"
    tally = send(what, tmp_path, chosen)
    assert "554 too many messages" in tally.undelivered
    assert tally.counts == {Posted.DUE: 4}
    handler.recipient = ""
    clock = Clock()
    assert send(what, tmp_path, chosen, clock=clock).counts == {Posted.SENT: 4}
    assert clock.pauses == [2.0] * 3


@pytest.mark.parametrize("greeting", ["", "554 no service", "421 too many connections"])
def test_a_server_that_closes_or_turns_us_away_gets_fewer_letters_next_time(
    server: tuple[Moody, int], tmp_path: Path, greeting: str
) -> None:
    handler, port = server
    what = many(tmp_path, 3)
    if greeting:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            away = listening.getsockname()[1]
            greeted = (listening, f"{greeting}\r\n".encode())
            Thread(target=_greeted, args=greeted, daemon=True).start()
            send(what, tmp_path, settings(tmp_path, away, rate_per_minute=60))
    else:
        handler.sender = "421 4.7.0 too many messages"
        send(what, tmp_path, settings(tmp_path, port, rate_per_minute=60))
        handler.sender = ""
    clock, chosen = Clock(), settings(tmp_path, port, rate_per_minute=60)
    assert send(what, tmp_path, chosen, clock=clock).counts == {Posted.SENT: 3}
    assert clock.pauses == [2.0] * 2


@pytest.mark.parametrize(
    ("answer", "state", "received"),
    [("252 taken, I think", Posted.SENT, 1), ("hello", Posted.IN_DOUBT, 1)],
)
def test_after_the_final_dot_only_a_clear_refusal_means_that_a_letter_was_not_taken(
    handler: Moody,
    chosen: Settings,
    what: Cycle,
    tmp_path: Path,
    answer: str,
    state: Posted,
    received: int,
) -> None:
    handler.taken = answer
    send(what, tmp_path, chosen)
    assert states(tmp_path) == {"jt@example.gov.cn": state}
    send(on(what, 1), tmp_path, chosen)
    assert len(handler.accepted) == received


def test_the_office_reads_once_of_a_refusal_whatever_words_the_server_finds_for_it(
    handler: Moody, copied_to_office: Settings, tmp_path: Path
) -> None:
    what = graded("nobody@example.gov.cn", output=tmp_path)
    told = []
    for days in range(14):
        handler.refusals = {"nobody": f"550 5.1.1 no such user, queue id {days}XQ"}
        before = len(handler.accepted)
        send(on(what, days), tmp_path, copied_to_office)
        if len(handler.accepted) > before:
            told.append(days)
    assert told == [0, 1]
    letter = parsed(handler.accepted[-1][1]).get_body(("plain",)).get_content()
    assert "nobody@example.gov.cn：550 5.1.1 no such user" in letter


def test_the_office_reads_of_a_letter_that_is_put_off_for_longer_than_a_run(
    handler: Moody, copied_to_office: Settings, tmp_path: Path
) -> None:
    what = graded("full@example.gov.cn", output=tmp_path)
    told = []
    for days in range(8):
        handler.refusals = {"full": f"452 4.2.2 mailbox full, try {days}"}
        before = len(handler.accepted)
        assert send(on(what, days), tmp_path, copied_to_office).counts[Posted.DUE] == 1
        if len(handler.accepted) > before:
            told.append(days)
    assert told == [0, 2], "first of all, and when a second run had not got it through"
    letter = parsed(handler.accepted[-1][1]).get_body(("plain",)).get_content()
    assert "full@example.gov.cn：452 4.2.2 mailbox full" in letter


def test_a_letter_that_is_too_large_for_the_server_says_which_setting_helps(
    handler: Moody, chosen: Settings, what: Cycle, tmp_path: Path
) -> None:
    handler.data = "552 5.3.4 message too big"
    assert "size_limit_mb" in send(what, tmp_path, chosen).undelivered
    handler.data = "552 5.2.2 mailbox full"
    assert "size_limit_mb" not in send(on(what, 1), tmp_path, chosen).undelivered


def test_what_was_kept_for_looking_at_is_gone_once_the_letters_have_left(
    chosen: Settings, what: Cycle, tmp_path: Path
) -> None:
    send(what, tmp_path, chosen, confirm=False)
    send(regraded(what, "88.00"), tmp_path, chosen, confirm=False)
    own = tmp_path / "outbox" / "自己写的.eml"
    own.write_bytes(b"Subject: mine\r\n\r\n")
    assert send(regraded(what, "88.00"), tmp_path, chosen).counts == {Posted.SENT: 1}
    assert list((tmp_path / "outbox").glob("*.eml")) == [own]


def test_one_letter_that_a_policy_refuses_keeps_no_other_back(
    server: tuple[Moody, int], tmp_path: Path
) -> None:
    handler, port = server
    addresses = ("policy@example.gov.cn", "later@example.gov.cn", "good@example.gov.cn")
    what, clock = graded(*addresses, output=tmp_path), Clock()
    tally = send(what, tmp_path, settings(tmp_path, port), clock=clock)
    assert tally.counts == {Posted.DUE: 1, Posted.SENT: 2}
    assert handler.tries["policy"] == 1, "not again in the same night"
    assert "policy@example.gov.cn" in tally.undelivered
    assert "later@example.gov.cn" not in tally.undelivered, "it left at the third try"


@pytest.mark.parametrize("greeting", [b"554 no service\r\n", b"421 busy\r\n", b"\x16\x03\r\n", b""])
def test_a_server_that_cannot_be_used_is_told_in_chinese_and_everything_stays_due(
    tmp_path: Path, greeting: bytes
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        Thread(target=_greeted, args=(listening, greeting), daemon=True).start()
        tally = send(
            graded("jt@example.gov.cn", output=tmp_path), tmp_path, settings(tmp_path, port)
        )
    assert tally.counts == {Posted.DUE: 1}
    said = tally.undelivered.replace(greeting.decode()[4:].strip() or "-", "")
    assert not re.search(r"[A-Za-z]{3}", said), said


def _greeted(listening: socket.socket, greeting: bytes) -> None:
    client, _ = listening.accept()
    with client:
        client.sendall(greeting)
        client.recv(1024)


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_login_that_fails_leaves_everything_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_: Any) -> AuthResult:
        return AuthResult(success=False, handled=False)

    controller = started(Handler(), authenticator=wrong, auth_require_tls=False, auth_required=True)
    try:
        monkeypatch.setenv("EVALBATCH_TEST_PASSWORD", "secret")
        chosen = settings(
            tmp_path, controller.port, user="jixiao", password_env="EVALBATCH_TEST_PASSWORD"
        )
        tally = send(graded("jt@example.gov.cn", output=tmp_path), tmp_path, chosen)
        assert "拒绝登录" in tally.undelivered
        assert tally.counts == {Posted.DUE: 1}
    finally:
        controller.stop()


def test_a_server_without_starttls_leaves_everything_due(
    server: tuple[Moody, int], tmp_path: Path
) -> None:
    chosen = settings(tmp_path, server[1], security="starttls")
    tally = send(graded("jt@example.gov.cn", output=tmp_path), tmp_path, chosen)
    assert tally.counts == {Posted.DUE: 1}
    assert tally.undelivered


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_password_file_is_read_in_whatever_encoding_an_editor_saved_it(
    server: tuple[Moody, int], tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "password.txt"
    path.write_bytes("secret\r\n".encode(encoding))
    chosen = settings(tmp_path, server[1], user="jixiao", password_file=path)
    send(graded("jt@example.gov.cn", output=tmp_path), tmp_path, chosen)
    path.write_bytes("密码".encode(encoding))
    with pytest.raises(SettingsFault, match="英文字母"):
        send(graded("x@example.gov.cn", output=tmp_path), tmp_path, chosen)


@pytest.mark.parametrize(
    "content", ["secret".encode("utf-16-le"), "secret".encode("utf-32"), b"secret\nfor the mail"]
)
def test_a_password_file_that_is_no_single_line_of_text_is_named(
    server: tuple[Moody, int], tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "password.txt"
    path.write_bytes(content)
    chosen = settings(tmp_path, server[1], user="jixiao", password_file=path)
    with pytest.raises(SettingsFault, match=r"password\.txt.*密码一行"):
        send(graded("jt@example.gov.cn", output=tmp_path), tmp_path, chosen)


def test_a_login_name_in_chinese_is_named_before_anything_is_sent(
    server: tuple[Moody, int], tmp_path: Path
) -> None:
    chosen = settings(tmp_path, server[1], user="绩效科", password_env="PATH")
    with pytest.raises(SettingsFault, match="登录名"):
        send(graded("jt@example.gov.cn", output=tmp_path), tmp_path, chosen)


def test_drafts_become_letters_once_a_server_is_set_and_open_as_drafts(
    server: tuple[Moody, int], what: Cycle, tmp_path: Path
) -> None:
    handler, port = server
    assert send(what, tmp_path, settings(tmp_path)).counts == {Posted.WRITTEN: 1}
    (draft,) = (tmp_path / "outbox").glob("*.eml")
    message = parsed(draft.read_bytes())
    assert message["X-Unsent"] == "1"
    assert message["Date"]
    chosen = settings(tmp_path, port)
    assert "--confirm" in send(what, tmp_path, chosen, confirm=False).undelivered
    assert send(what, tmp_path, chosen).counts == {Posted.SENT: 1}
    assert send(what, tmp_path, chosen).counts == {}
    ((_, content),) = handler.accepted
    assert parsed(content)["Message-ID"] == message["Message-ID"]
    assert parsed(content)["X-Unsent"] is None
    assert not list((tmp_path / "outbox").glob("*.eml"))


def test_a_draft_that_is_out_of_date_is_replaced(tmp_path: Path) -> None:
    what, chosen = graded("jt@example.gov.cn", output=tmp_path), settings(tmp_path)
    for total in ("", "88.00", ""):
        send(regraded(what, total), tmp_path, chosen)
        (draft,) = (tmp_path / "outbox").glob("*.eml")
        said = parsed(draft.read_bytes()).get_body(("plain",)).get_content()
        assert f"{total or '92.45'}分" in said


def test_a_ledger_that_was_moved_away_does_not_forget_what_was_sent(
    handler: Moody, chosen: Settings, what: Cycle, tmp_path: Path
) -> None:
    send(what, tmp_path, chosen)
    for path in tmp_path.glob("ledger.sqlite*"):
        path.unlink()
    assert send(what, tmp_path, chosen, confirm=False).counts == {}
    assert len(handler.accepted) == 1


def test_long_names_and_subjects_are_encoded_in_words_that_every_program_reads(
    server: tuple[Moody, int], what: Cycle, tmp_path: Path
) -> None:
    handler, port = server
    name = "某省某市财政局预算绩效管理办公室（绩效评价中心）" * 3
    what = replace(what, name="二〇二六年度市级部门项目支出绩效评价" * 4)
    send(what, tmp_path, settings(tmp_path, port, sender_name=name))
    ((_, content),) = handler.accepted
    head = content.partition(b"\r\n\r\n")[0]
    lines = head.split(b"\r\n")
    assert all(line.strip() for line in lines)
    words = [word for line in lines for word in line.split() if word.startswith(b"=?")]
    assert words
    assert max(map(len, words)) <= 75
    message = message_from_bytes(content, policy=policy.default)
    assert message["From"].addresses[0].addr_spec == "jixiao@example.gov.cn"
    raw = message_from_bytes(content)["From"]
    assert str(make_header(decode_header(raw))).startswith(name)


@pytest.mark.parametrize(
    ("code", "variant"),
    [("D10", "stamp"), ("D10", "folder"), ("D10", "line"), ("D10", "cells"), ("T01", "future")],
)
def test_a_contradiction_about_the_sender_holds_the_letters_of_that_project(
    handler: Moody, what: Cycle, copied_to_office: Settings, tmp_path: Path, code: str, variant: str
) -> None:
    (old,) = what.records
    seen = Observation(code, (Place("甲.xlsx"),), "表内写的是别的部门", "乙局", variant)
    doubt = catalogue.finding(replace(seen, figures={"label": "表内写的是别的部门"}))
    send(replace(what, records=[replace(old, findings=(doubt,))]), tmp_path, copied_to_office)
    ((recipient, content),) = handler.accepted
    assert recipient == "office@example.gov.cn"
    assert "表内写的是别的部门" in parsed(content).get_body(("plain",)).get_content()


def test_a_department_is_not_told_to_mend_a_workbook_on_which_the_program_itself_failed(
    handler: Moody, what: Cycle, copied_to_office: Settings, tmp_path: Path
) -> None:
    (old,) = what.records
    ours = catalogue.finding(Observation("F08", (Place("甲.xlsx"),), variant="internal"))
    broken = replace(old, status=Status.UNREADABLE, scores=None, findings=(ours,))
    send(replace(what, records=[broken]), tmp_path, copied_to_office)
    ((recipient, content),) = handler.accepted
    assert recipient == "office@example.gov.cn"
    assert "前后矛盾" not in parsed(content).get_body(("plain",)).get_content()
    send(what, tmp_path, copied_to_office)
    assert [to for to, _ in handler.accepted].count("jt@example.gov.cn") == 1


def test_a_department_never_reads_the_names_and_words_of_another(
    server: tuple[Moody, int], what: Cycle, tmp_path: Path
) -> None:
    handler, port = server
    (old,) = what.records
    seen = (
        Observation("D03", (Place("甲.xlsx"),), "自己的话", figures={"others": "水利局“灌区”"}),
        Observation("D05", (Place("甲.xlsx"),), "自己", "水利局的灌区", "elsewhere"),
    )
    copied = replace(old, findings=tuple(map(catalogue.finding, seen)))
    assert all("水利局" in each.message for each in copied.findings), "the office reads them"
    send(replace(what, records=[copied]), tmp_path, settings(tmp_path, port))
    ((_, content),) = handler.accepted
    said = parsed(content).get_body(("plain",)).get_content()
    assert "自己的话" in said
    assert "水利" not in said


def test_a_fortnight_of_nights_sends_only_what_is_new(
    handler: Moody, copied_to_office: Settings, tmp_path: Path
) -> None:
    what = graded("jt@example.gov.cn", "jt2@example.gov.cn", output=tmp_path)
    state, total, letters = Status.GRADED, "", []
    for night in range(14):
        if night == 4:
            state = Status.RETURNED
        if night == 7:
            state = Status.GRADED
        if night == 10:
            total = "88.00"
        before = len(handler.accepted)
        send(on(regraded(what, total, state), night), tmp_path, copied_to_office)
        letters.append(len(handler.accepted) - before)
    assert letters == [3, 0, 0, 0, 3, 0, 0, 3, 0, 0, 3, 0, 0, 0]


def test_what_was_published_is_sent_and_nothing_else(
    handler: Moody, what: Cycle, copied_to_office: Settings, tmp_path: Path
) -> None:
    from evalbatch.mail.letters import published_in  # noqa: PLC0415
    from evalbatch.mail.sending import Request, deliver  # noqa: PLC0415

    published = published_in(tmp_path)
    report = next((tmp_path / "评价报告").rglob("*.docx"))
    good = report.read_bytes()
    report.write_bytes(good + b"changed")
    request = Request(what, published=published)
    told = deliver(
        request, tmp_path, copied_to_office, dry_run=False, confirm=True, timing=Clock().timing
    )
    assert "附件已被改动" in told.undelivered
    ((recipient, content),) = handler.accepted
    assert recipient == "office@example.gov.cn", "the office is told, without the changed file"
    assert "文件被改动过" in parsed(content).get_body(("plain",)).get_content()
    report.write_bytes(good)
    deliver(request, tmp_path, copied_to_office, dry_run=False, confirm=True, timing=Clock().timing)
    assert sorted(recipient for recipient, _ in handler.accepted[1:]) == [
        "jt@example.gov.cn",
        "office@example.gov.cn",
    ]


def test_the_office_reads_what_changed_since_it_was_last_told(
    handler: Moody, what: Cycle, copied_to_office: Settings, tmp_path: Path
) -> None:
    log: list[Change] = []

    def night(number: int, total: str) -> str:
        now = on(regraded(what, total), number)
        log.append(Change(now.as_of, "交通局", "道路", "核定得分", "", total, "review"))
        send(replace(now, changes=tuple(log)), tmp_path, copied_to_office)
        letters = [content for to, content in handler.accepted if to.startswith("office")]
        return str(parsed(letters[-1]).get_body(("plain",)).get_content()) if letters else ""

    assert "81.00" in night(1, "81.00")
    handler.sender = "421 closing"
    night(2, "82.00")
    handler.sender = ""
    told = night(3, "83.00")
    assert [total in told for total in ("81.00", "82.00", "83.00")] == [False, True, True]


def test_the_office_reads_of_projects_before_rows_and_rows_that_came_or_went_are_counted(
    handler: Moody, what: Cycle, copied_to_office: Settings, tmp_path: Path
) -> None:
    said = [
        *((f"产出／数量／第{n}项 分值", "5", "") for n in range(60)),
        ("产出／质量／合格率 核定得分", "10", "8"),
        ("核定得分", "95.00", "93.00"),
    ]
    log = tuple(Change(what.as_of, "交通局", "道路", *texts, "handed_in") for texts in said)
    send(replace(what, changes=log), tmp_path, copied_to_office)
    (letter,) = (content for to, content in handler.accepted if to.startswith("office"))
    text = parsed(letter).get_body(("plain",)).get_content()
    lines = text.partition("新近的变化")[2].strip().splitlines()
    assert "核定得分：95.00 → 93.00" in lines[1]
    assert "合格率 核定得分：10 → 8" in lines[2]
    assert "另有60项" in lines[3]


@pytest.mark.parametrize(
    ("kind", "outcome", "told"),
    [
        ("pdf", "unreadable", True),
        ("other", "unreadable", True),
        ("archive", "waiting", True),
        ("image", "left_aside", True),
        ("other", "left_aside", False),
    ],
)
def test_a_department_is_told_of_whatever_it_handed_in_and_not_of_lock_files(
    handler: Moody,
    chosen: Settings,
    what: Cycle,
    tmp_path: Path,
    kind: str,
    outcome: str,
    *,
    told: bool,
) -> None:
    send(what, tmp_path, chosen)
    (line,) = what.expected
    came = Received("另一份", kind, outcome, "原因和办法", line.entry.department)
    send(replace(on(what, 1), received=(came,)), tmp_path, chosen)
    letters = [parsed(content) for _, content in handler.accepted[1:]]
    assert len(letters) == told
    assert all(str(each["Subject"]).endswith("收到其他文件1个") for each in letters)


def test_what_was_confirmed_once_leaves_when_the_server_is_back(
    server: tuple[Moody, int], what: Cycle, tmp_path: Path
) -> None:
    handler, port = server
    assert send(what, tmp_path, settings(tmp_path, 1)).counts == {Posted.DUE: 1}
    tally = send(on(what, 1), tmp_path, settings(tmp_path, port), confirm=False)
    assert tally.counts == {Posted.SENT: 1}
    assert len(handler.accepted) == 1


def test_the_office_is_told_of_letters_that_are_in_doubt_until_they_are_settled(
    handler: Moody, copied_to_office: Settings, tmp_path: Path
) -> None:
    what = graded("after@example.gov.cn", output=tmp_path)
    send(what, tmp_path, copied_to_office)
    send(on(what, 1), tmp_path, copied_to_office)
    (_, first), (_, second) = [each for each in handler.accepted if each[0].startswith("office")]
    said = [parsed(each).get_body(("plain",)).get_content() for each in (first, second)]
    assert ["--resolve" in each for each in said] == [False, True]
    send(on(what, 2), tmp_path, copied_to_office)
    assert len(handler.accepted) == 3, "told once"


def test_a_department_is_told_of_its_own_file_that_is_on_no_line_and_of_nobody_elses(
    server: tuple[Moody, int], tmp_path: Path
) -> None:
    handler, port = server
    bodies = {"a@example.gov.cn": "教育局", "b@example.gov.cn": "市教育局"}
    lines = [
        replace(entry("农村公路", body), contacts=(contact,)) for contact, body in bodies.items()
    ]
    unlisted = catalogue.finding(Observation("D05", (Place("x.xlsx"),), "公路", "农村公路"))
    records = [
        replace(record(f"{contact[0]}.xlsx"), department=body, findings=(unlisted,))
        for contact, body in bodies.items()
    ]
    came = tuple(Received(each.file, "workbook", "read", "", each.department) for each in records)
    what = cycle(records, expected=tuple(Expected(each, (), None, 5) for each in lines))
    send(replace(what, received=came), tmp_path, settings(tmp_path, port))
    told = {to: parsed(data).get_body(("plain",)).get_content() for to, data in handler.accepted}
    for contact in bodies:
        assert [f"{each[0]}.xlsx" in told[contact] for each in bodies] == [
            each == contact for each in bodies
        ]
