"""Sending: compose what is new for everybody, queue it, hand it to the mail server, and record what
became of it.
"""

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from evalbatch.errors import SETTINGS_NAME, Fault, SettingsFault
from evalbatch.mail.letters import Letter, Published, departments, failures, office, published_in
from evalbatch.mail.message import AttachmentFault, Style, Writer, amiss
from evalbatch.mail.outbox import Outbox, Posted, Queued
from evalbatch.mail.server import Fate, Post, Server, ServerAnswer, ServerFault
from evalbatch.model.names import is_address
from evalbatch.model.record import LEDGER, REPORT, REPORTS, REVIEWS, SUMMARY, Cycle
from evalbatch.output_files import keep_private, replace, safe_name, sweep, tagged
from evalbatch.settings import MailSection, Settings

PAUSES = (5.0, 30.0, 120.0)  # seconds before a message that met a temporary failure is tried again
NOBODY = "no-reply@evalbatch.invalid"
FOLDER = "outbox"
PREVIEW = re.compile(r"_[0-9a-f]{8}\.eml$")

NAMED = 3
ENOUGH = 3
"""Letters in a row after whose refusal by policy a server is left alone until the next time."""
LEFT = (Posted.DUE, Posted.REFUSED, Posted.IN_DOUBT, Posted.HELD)
DATED = (Posted.SENT, Posted.REFUSED, Posted.IN_DOUBT)
"""States whose day is kept: when a recipient was told, or refused to be."""
FOR_READERS = (REPORTS, REVIEWS, REPORT, SUMMARY)
NOT_ATTACHED = "未作为附件发送；下次运行时恢复，改动后的另存一份"
TRIED_AGAIN = "仍未送达，每次发送时再试"
TO_SETTLE = "请与对方核实是否收到，再用 evalbatch send --resolve 登记"
UNCONFIRMED = "本周期首次发送：已先存为文件供核对，核对无误后加 --confirm 正式发送。"
NOT_ASCII = (
    "只含英文字母、数字和英文符号的密码（登录邮件服务器不能用中文和全角字符，请改密码或用授权码）"
)
USER_NOT_ASCII = (
    "只含英文字母、数字和英文符号的登录名，一般就是发件地址（邮件服务器不认中文登录名）"
)
_MAIL = f"{SETTINGS_NAME} [mail]"
"""Where a fault of the mail settings stands."""
ENCODINGS = (
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"", "utf-8-sig"),
    (b"", "gb18030"),
)

AFTER = {
    Fate.ACCEPTED: Posted.SENT,
    Fate.REFUSED: Posted.REFUSED,
    Fate.LATER: Posted.DUE,
    Fate.BUSY: Posted.DUE,
    Fate.TOO_MUCH: Posted.DUE,
    Fate.IN_DOUBT: Posted.IN_DOUBT,
}


@dataclass(frozen=True, slots=True)
class SendingClock:
    """Where time comes from, so that tests need none: the time of day, a steady clock and a pause,
    both in seconds.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep


@dataclass(slots=True)
class SendingCount:
    """What a sending did: messages by state, addresses left out with the reason, and a fault of the
    server (Chinese). `troubles` are letters that did not leave, by id, each with the reason;
    `unconfirmed` says that all of them wait for the clerk's word.
    """

    counts: dict[str, int] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)
    fault: str = ""
    unconfirmed: str = ""

    def add(self, state: Posted) -> None:
        """Count one message."""
        self.counts[state] = self.counts.get(state, 0) + 1

    @property
    def undelivered(self) -> str:
        """Say in a line which letters were due to a server and did not reach it; empty for none."""
        states = (Posted.WRITTEN, *LEFT) if self.unconfirmed else LEFT
        left = {state: self.counts[state] for state in states if self.counts.get(state)}
        if not left:
            return ""
        counted = "，".join(f"{state} {count} 封" for state, count in left.items())
        why = self.fault or self.unconfirmed or _few(list(self.troubles.values()))
        return f"有邮件未能送出（{counted}）：{why}"


def _few(texts: Sequence[str]) -> str:
    """Name a few and count them all where there are more."""
    named = "；".join(texts[:NAMED])
    return named if len(texts) <= NAMED else f"{named}等{len(texts)}封"


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be told: the cycle as published, the closing lines of the run, the faults of ours
    it met. `published` are the digests of what the ledger published, by path; None takes the files
    as they stand.
    """

    cycle: Cycle
    lines: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    published: Published | None = None


def deliver(
    request: Request,
    output: Path,
    settings: Settings,
    *,
    dry_run: bool,
    confirm: bool,
    timing: SendingClock | None = None,
) -> SendingCount:
    """Send to everybody what is new to them by its meaning, each once.

    Without a server messages become drafts (`.eml`) below `outbox/`, which are sent once a server
    is set. A dry run writes them, too, and leaves the outbox as it is. The first sending of a cycle
    over a real server is a dry run unless `confirm` is given.

    Raises:
        SettingsFault: no password where the settings want one, or a broken mail template.
        OutputError: an `.eml` file could not be written.
    """
    timing, mail = timing or SendingClock(), settings.mail
    sweep(output / FOLDER)
    writer = Writer(_style(settings, request.cycle.as_of), output)
    tally = SendingCount()
    with closing(Outbox(output / LEDGER)) as outbox:
        outbox.doubt_what_was_interrupted(_stamp(timing))
        letters = {
            letter.message_id(writer.style.domain): letter
            for letter in _new(request, output, mail, outbox, writer, tally)
        }
        round_ = _Round(outbox, writer, letters, timing, tally, request.cycle.as_of)
        kept = outbox.resting(request.cycle.as_of) | (set() if mail.host else outbox.written())
        first = bool(mail.host) and not outbox.started(request.cycle.name)
        if dry_run or (first and not confirm):
            _preview(round_, kept, output, unconfirmed=not dry_run)
        else:
            _send(round_, kept, request.cycle.name, output, mail)
    return tally


def ready(settings: Settings, output: Path, as_of: date) -> None:
    """Make sure, before a run that shall send, that it can: mail templates and password.

    Raises:
        SettingsFault: no password where the settings want one, or a broken mail template.
    """
    Writer(_style(settings, as_of), output)
    if settings.mail.host:
        _password(settings.mail)


def resolve(
    output: Path, message_id: str, *, arrived: bool, timing: SendingClock | None = None
) -> bool:
    """Settle a message in doubt by the clerk's word, with or without the angle brackets; False when
    it is not in doubt.
    """
    message_id = f"<{message_id.strip('<>')}>"
    with closing(Outbox(output / LEDGER)) as outbox:
        return outbox.resolve(message_id, arrived=arrived, now=_stamp(timing or SendingClock()))


def again(output: Path, wanted: str) -> int:
    """Make refused letters due at once: by id, by recipient, or all where nothing is named."""
    with closing(Outbox(output / LEDGER)) as outbox:
        return outbox.again(wanted)


@dataclass(slots=True)
class _Round:
    """What posting needs beside the messages; `burst` counts letters in a row of which the server
    had enough, `put_off` are all of these: they wait for the next time. `slower` says that the
    server wants fewer letters in a minute.
    """

    outbox: Outbox
    writer: Writer
    letters: dict[str, Letter]
    timing: SendingClock
    tally: SendingCount
    as_of: date
    burst: int = 0
    put_off: set[str] = field(default_factory=set)
    slower: bool = False

    def mark(self, message_id: str, state: Posted, detail: str = "") -> None:
        """Record a message's state."""
        day = self.as_of.isoformat() if state in DATED else ""
        self.outbox.mark(message_id, state, _stamp(self.timing), detail, day)


def _preview(round_: _Round, kept: AbstractSet[str], output: Path, *, unconfirmed: bool) -> None:
    """Write what would leave as drafts to be looked at, all but what is kept back."""
    wanted = [letter for name, letter in round_.letters.items() if name not in kept]
    if unconfirmed and wanted:
        round_.tally.unconfirmed = UNCONFIRMED
    for letter in wanted:
        _keep(letter, round_.writer, output, round_.timing)
        round_.tally.add(Posted.WRITTEN)


def _send(
    round_: _Round, kept: AbstractSet[str], cycle: str, output: Path, mail: MailSection
) -> None:
    """Post what is due, or keep it as drafts where there is no server; drafts and previews that
    are out of date go.
    """
    outbox, letters = round_.outbox, round_.letters
    rows = [
        (name, round_.writer.subject(letter), letter)
        for name, letter in letters.items()
        if name not in kept
    ]
    before = outbox.drafts() | _previews(output)
    waiting = outbox.enqueue(rows, cycle, _stamp(round_.timing), kept & letters.keys())
    if mail.host:
        outbox.confirm(cycle)
        _post_all(round_, waiting, _server(mail), mail)
    else:
        _keep_all(round_, waiting, output)
    _remove(before - outbox.drafts(), output)


def _post_all(round_: _Round, waiting: Sequence[Queued], server: Server, mail: MailSection) -> None:
    """Post every message; those that met a temporary failure again after growing pauses."""
    rate = round_.outbox.rate(mail.rate_per_minute)
    with Post(server) as post:
        for pause in (*PAUSES, None):
            waiting = list(_post_each(round_, waiting, post, mail.sender, 60 / rate))
            if not waiting or round_.tally.fault or pause is None:
                break
            round_.timing.pause(pause)
    for _ in waiting:
        round_.tally.add(Posted.DUE)
    if round_.slower:
        round_.outbox.pace(rate / 2)
    elif rate < mail.rate_per_minute and round_.tally.counts.get(Posted.SENT):
        round_.outbox.pace(rate * 2)


def _post_each(
    round_: _Round, waiting: Sequence[Queued], post: Post, sender: str, interval: float
) -> Iterator[Queued]:
    """Post each message once, no faster than the limit; yield those to be tried again."""
    free_at = round_.timing.clock()
    for queued in waiting:
        if round_.tally.fault:
            yield queued
            continue
        now = round_.timing.clock()
        if now < free_at:
            round_.timing.pause(free_at - now)
        free_at = max(now, free_at) + interval
        state = _post_one(round_, queued, post, sender)
        if state is Posted.DUE and queued.message_id not in round_.put_off:
            yield queued
        else:
            round_.tally.add(state)


def _post_one(round_: _Round, queued: Queued, post: Post, sender: str) -> Posted:
    letter = round_.letters[queued.message_id]
    try:
        data = round_.writer.write(letter, round_.timing.now())
    except AttachmentFault as error:
        return _held_back(round_, queued, str(error))
    try:
        post.open()  # while it takes its time nothing is being sent that could be in doubt
        round_.mark(queued.message_id, Posted.SENDING)
        answer = post.send(sender, queued.recipient, data)
    except ServerFault as fault:
        round_.tally.fault = str(fault)
        round_.slower |= fault.unwilling
        answer = ServerAnswer(Fate.LATER, str(fault))
    _heed(round_, queued, answer)
    state = AFTER[answer.fate]
    round_.mark(queued.message_id, state, answer.detail)
    round_.tally.troubles[queued.message_id] = f"{queued.recipient}（{answer.detail}）"
    if state is Posted.SENT:
        del round_.tally.troubles[queued.message_id]
    return state


def _heed(round_: _Round, queued: Queued, answer: ServerAnswer) -> None:
    """Leave a server alone that had enough of several letters in a row, and go slower with one
    that had enough of any.
    """
    round_.slower |= answer.fate in (Fate.BUSY, Fate.TOO_MUCH)
    if answer.fate is not Fate.TOO_MUCH:
        round_.burst = 0
        return
    round_.burst += 1
    round_.put_off.add(queued.message_id)
    if round_.burst >= ENOUGH:
        round_.tally.fault = f"邮件服务器拒绝接收：{answer.detail}；下次将放慢发送"


def _held_back(round_: _Round, queued: Queued, why: str) -> Posted:
    """Hold a letter back whose attachment is not what was published: it stays due."""
    round_.mark(queued.message_id, Posted.DUE, why)
    round_.tally.troubles[queued.message_id] = f"{queued.recipient}（{why}）"
    return Posted.HELD


def _keep_all(round_: _Round, waiting: Iterable[Queued], output: Path) -> None:
    """Keep every message as a draft."""
    for queued in waiting:
        letter = round_.letters[queued.message_id]
        try:
            path = _keep(letter, round_.writer, output, round_.timing)
        except AttachmentFault as error:
            round_.tally.add(_held_back(round_, queued, str(error)))
            continue
        round_.mark(queued.message_id, Posted.WRITTEN, str(path.relative_to(output)))
        round_.tally.add(Posted.WRITTEN)


def _keep(letter: Letter, writer: Writer, output: Path, timing: SendingClock) -> Path:
    """Write a letter as a draft that mail programs open for sending."""
    name = tagged(
        safe_name(f"{letter.recipient} {writer.subject(letter)}", ".eml"),
        letter.message_id(writer.style.domain),
    )
    path = output / FOLDER / name
    replace(path, writer.write(letter, timing.now(), draft=True))
    keep_private(path)
    keep_private(path.parent)  # the names of drafts are addresses
    return path


def _previews(output: Path) -> set[str]:
    """Return the letters that were kept for looking at, below the output folder: a clerk must not
    send them beside the program.
    """
    found = (output / FOLDER).glob("*.eml")
    return {str(path.relative_to(output)) for path in found if PREVIEW.search(path.name)}


def _remove(drafts: Iterable[str], output: Path) -> None:
    """Remove drafts that were sent or are out of date."""
    for path in drafts:
        (output / path).unlink(missing_ok=True)


def _letters(
    request: Request, output: Path, mail: MailSection, outbox: Outbox, left_out: Sequence[str]
) -> Iterator[Letter]:
    """Yield everybody's letter; `left_out` fills up with addresses that get none while letters are
    taken, and the office, which comes last, is told.
    """
    published = published_in(output) if request.published is None else request.published
    wrong = dict(_wrong(request, output))
    whole = {path: digest for path, digest in published.items() if path not in wrong}
    cycle = request.cycle
    contact = mail.contact or next(iter(mail.organiser), "")
    yield from departments(cycle, published, contact=contact)
    troubles = [*_still_open(outbox), *left_out]
    troubles += [f"{path}：{why}，{NOT_ATTACHED}" for path, why in wrong.items()]
    yield from office(mail.organiser, cycle, whole, request.lines, tuple(troubles), outbox.told_on)
    if request.failures and mail.operator:
        yield failures(mail.operator, cycle, request.failures)


def _still_open(outbox: Outbox) -> Iterator[str]:
    """Yield what the office should know about letters that were refused, are put off for longer
    than one run (not greylisted), or are in doubt.
    """
    for recipient, detail in outbox.in_state(Posted.REFUSED):
        yield f"{recipient}：{detail}"
    for recipient, detail in outbox.put_off(len(PAUSES) + 1):
        yield f"{recipient}：{detail}；{TRIED_AGAIN}"
    for recipient, detail in outbox.in_state(Posted.IN_DOUBT):
        yield f"{recipient}：{detail}；{TO_SETTLE}"


def _wrong(request: Request, output: Path) -> Iterator[tuple[str, str]]:
    """Yield the files for readers that are not what was published, each with what is wrong."""
    for path, digest in (request.published or {}).items():
        if path.startswith(FOR_READERS) and (why := amiss(output / path, digest)):
            yield path, why


def _admitted(
    letters: Iterable[Letter], mail: MailSection, tally: SendingCount
) -> Iterator[Letter]:
    """Let through whom the settings allow; the rest is said, once for each address."""
    for letter in letters:
        domain = letter.recipient.rpartition("@")[2].lower()
        if not is_address(letter.recipient):
            reason = "不是有效的邮箱地址"
        elif mail.allowed_domains and domain not in mail.allowed_domains:
            reason = "邮箱域名不在设置允许的范围内"
        else:
            yield letter
            continue
        tally.left_out.append(f"{letter.recipient}：{reason}，未发送")


def _new(
    request: Request,
    output: Path,
    mail: MailSection,
    outbox: Outbox,
    writer: Writer,
    tally: SendingCount,
) -> Iterator[Letter]:
    """Yield of each letter what its recipient was not told last, spread over several where it is
    too heavy.
    """
    for letter in _admitted(_letters(request, output, mail, outbox, tally.left_out), mail, tally):
        if fresh := letter.news(outbox.told(letter.recipient)):
            yield from writer.parts(fresh)


def _style(settings: Settings, as_of: date) -> Style:
    mail = settings.mail
    return Style(
        sender=mail.sender or NOBODY,
        sender_name=mail.sender_name,
        organiser=settings.cycle.organiser,
        as_of=as_of,
        limit=mail.size_limit_mb,
        oversize=mail.oversize,
        share_path=mail.share_path,
        templates=mail.templates,
    )


def _server(mail: MailSection) -> Server:
    return Server(
        mail.host, mail.port, mail.security, mail.user, _password(mail), mail.timeout_seconds
    )


def _password(mail: MailSection) -> str:
    """The password from the file or the environment variable that the settings name; it is kept
    nowhere else.
    """
    if not mail.user:
        return ""
    if not mail.user.isascii():
        raise SettingsFault([Fault(f"{_MAIL} user", mail.user, USER_NOT_ASCII)])
    if mail.password_file:
        password = _decoded(mail.password_file.read_bytes(), mail.password_file.name)
    else:
        password = os.environ.get(mail.password_env, "") if mail.password_env else ""
    if not password.isascii():
        raise SettingsFault([Fault(_MAIL, "", NOT_ASCII)])
    if not password:
        where = "password_file 或 password_env"
        if mail.password_env:
            where = f"环境变量 {mail.password_env}"
        elif mail.password_file:
            where = f"文件 {mail.password_file.name} "
        raise SettingsFault([Fault(_MAIL, "", f"登录用户 {mail.user} 的密码，由{where}提供")])
    return password


def _decoded(data: bytes, name: str) -> str:
    """Return the password that a file holds, in whichever encoding an editor saved it."""
    for mark, encoding in ENCODINGS:
        if data.startswith(mark):
            with suppress(UnicodeDecodeError):
                password = data.decode(encoding).strip().strip("\ufeff")
                if password.isprintable() or not password.isascii():
                    return password
    raise SettingsFault([Fault(name, "", "只有密码一行的文本文件，以 UTF-8 编码保存")])


def _stamp(timing: SendingClock) -> str:
    return timing.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
