"""Sending: compose what is new for everybody, queue it, hand it to the mail server, and record what
became of it.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from evalbatch.errors import Fault, SettingsFault
from evalbatch.mail.letters import Letter, departments, failures, office
from evalbatch.mail.message import Style, Writer
from evalbatch.mail.outbox import Outbox, Posted, Queued
from evalbatch.mail.server import Answer, Fate, Post, Server, ServerFault
from evalbatch.model.names import is_address
from evalbatch.model.record import LEDGER, Cycle
from evalbatch.output_files import replace, safe_name, sweep, tagged
from evalbatch.settings import MailSection, Settings

PAUSES = (5.0, 30.0, 120.0)  # seconds before a message that met a temporary failure is tried again
NOBODY = "no-reply@evalbatch.invalid"
FOLDER = "outbox"

AFTER = {
    Fate.ACCEPTED: Posted.SENT,
    Fate.REFUSED: Posted.REFUSED,
    Fate.LATER: Posted.DUE,
    Fate.IN_DOUBT: Posted.IN_DOUBT,
}


@dataclass(frozen=True, slots=True)
class Timing:
    """Where time comes from, so that tests need none: the time of day, a steady clock and a pause,
    both in seconds.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep


@dataclass(slots=True)
class Tally:
    """What a sending did: messages by state, addresses left out with the reason, and a fault of the
    server (Chinese).
    """

    counts: dict[str, int] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    fault: str = ""
    dry: str = ""

    def add(self, state: Posted) -> None:
        """Count one message."""
        self.counts[state] = self.counts.get(state, 0) + 1


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be told: the cycle as published, the closing lines of the run, the faults of ours
    it met.
    """

    cycle: Cycle
    lines: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


def deliver(
    request: Request,
    output: Path,
    settings: Settings,
    *,
    dry_run: bool,
    confirm: bool,
    timing: Timing | None = None,
) -> Tally:
    """Send to everybody what is new to them, each once.

    Without a server, and in a dry run, messages become `.eml` files below `outbox/`; a dry run
    leaves the outbox as it is. The first sending of a cycle over a real server is a dry run unless
    `confirm` is given.

    Raises:
        SettingsFault: no password where the settings want one, or a broken mail template.
        OutputError: an `.eml` file could not be written.
    """
    timing, mail = timing or Timing(), settings.mail
    sweep(output / FOLDER)
    writer = Writer(_style(settings, request.cycle.as_of), output)
    outbox = Outbox(output / LEDGER)
    tally = Tally()
    try:
        outbox.doubt_what_was_interrupted(_stamp(timing))
        letters = list(
            _new(_admitted(_letters(request, output, mail), mail, tally), outbox, writer)
        )
        if dry_run or (mail.host and not confirm and not outbox.started(request.cycle.name)):
            tally.dry = (
                ""
                if dry_run
                else "本周期首次发送：已先存为文件供核对，核对无误后加 --confirm 正式发送。"
            )
            for letter in letters:
                _keep(letter, writer, output)
                tally.add(Posted.WRITTEN)
            return tally
        domain = writer.style.domain
        named = {letter.message_id(domain): letter for letter in letters}
        rows = [(name, writer.subject(letter), letter) for name, letter in named.items()]
        waiting = outbox.enqueue(rows, request.cycle.name, _stamp(timing))
        if mail.host:
            _post_all(
                _Round(outbox, writer, named, timing, tally, 60 / mail.rate_per_minute),
                waiting,
                _server(mail),
                mail.sender,
            )
        else:
            _keep_all(waiting, named, writer, output, outbox, timing, tally)
    finally:
        outbox.close()
    return tally


def ready(settings: Settings, output: Path, as_of: date) -> None:
    """Make sure, before a run that shall send, that it can: mail templates and password.

    Raises:
        SettingsFault: no password where the settings want one, or a broken mail template.
    """
    Writer(_style(settings, as_of), output)
    if settings.mail.host:
        _password(settings.mail)


def resolve(output: Path, message_id: str, *, arrived: bool, timing: Timing | None = None) -> bool:
    """Settle a message in doubt by the clerk's word, with or without the angle brackets; False when
    it is not in doubt.
    """
    message_id = f"<{message_id.strip('<>')}>"
    outbox = Outbox(output / LEDGER)
    try:
        return outbox.resolve(message_id, arrived=arrived, now=_stamp(timing or Timing()))
    finally:
        outbox.close()


@dataclass(frozen=True, slots=True)
class _Round:
    """What posting needs beside the messages."""

    outbox: Outbox
    writer: Writer
    letters: dict[str, Letter]
    timing: Timing
    tally: Tally
    interval: float


def _post_all(round_: _Round, waiting: Sequence[Queued], server: Server, sender: str) -> None:
    """Post every message; those that met a temporary failure again after growing pauses."""
    with Post(server) as post:
        for pause in (*PAUSES, None):
            waiting = list(_post_each(round_, waiting, post, sender))
            if not waiting or round_.tally.fault or pause is None:
                break
            round_.timing.pause(pause)
    for _ in waiting:
        round_.tally.add(Posted.DUE)


def _post_each(
    round_: _Round, waiting: Sequence[Queued], post: Post, sender: str
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
        free_at = max(now, free_at) + round_.interval
        state = _post_one(round_, queued, post, sender)
        if state is Posted.DUE:
            yield queued
        else:
            round_.tally.add(state)


def _post_one(round_: _Round, queued: Queued, post: Post, sender: str) -> Posted:
    outbox, timing = round_.outbox, round_.timing
    try:
        data = round_.writer.write(round_.letters[queued.message_id], timing.now())
    except (FileNotFoundError, ValueError) as error:
        outbox.mark(queued.message_id, Posted.REPLACED, _stamp(timing), str(error))
        return Posted.REPLACED
    outbox.mark(queued.message_id, Posted.SENDING, _stamp(timing))
    try:
        answer = post.send(sender, queued.recipient, data)
    except ServerFault as fault:
        round_.tally.fault = str(fault)
        answer = Answer(Fate.LATER, str(fault))
    state = AFTER[answer.fate]
    outbox.mark(queued.message_id, state, _stamp(timing), answer.detail)
    return state


def _keep_all(
    waiting: Iterable[Queued],
    letters: dict[str, Letter],
    writer: Writer,
    output: Path,
    outbox: Outbox,
    timing: Timing,
    tally: Tally,
) -> None:
    for queued in waiting:
        path = _keep(letters[queued.message_id], writer, output)
        outbox.mark(
            queued.message_id, Posted.WRITTEN, _stamp(timing), str(path.relative_to(output))
        )
        tally.add(Posted.WRITTEN)


def _keep(letter: Letter, writer: Writer, output: Path) -> Path:
    name = tagged(
        safe_name(f"{letter.recipient} {writer.subject(letter)}", ".eml"),
        letter.message_id(writer.style.domain),
    )
    path = output / FOLDER / name
    replace(path, writer.write(letter))
    return path


def _letters(request: Request, output: Path, mail: MailSection) -> Iterator[Letter]:
    yield from departments(request.cycle, output)
    yield from office(mail.organiser, request.cycle, output, request.lines)
    if request.failures and mail.operator:
        yield failures(mail.operator, request.cycle, request.failures)


def _admitted(letters: Iterable[Letter], mail: MailSection, tally: Tally) -> Iterator[Letter]:
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


def _new(letters: Iterable[Letter], outbox: Outbox, writer: Writer) -> Iterator[Letter]:
    """Keep of each letter what its recipient was not told before, spread over several where it is
    too heavy.
    """
    for letter in letters:
        fresh = letter.without(outbox.known(letter.recipient))
        if fresh:
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
    if mail.password_file:
        return mail.password_file.read_text(encoding="utf-8").strip()
    password = os.environ.get(mail.password_env, "") if mail.password_env else ""
    if not password:
        where = (
            f"环境变量 {mail.password_env}"
            if mail.password_env
            else "password_file 或 password_env"
        )
        raise SettingsFault(
            [Fault("evalbatch.toml [mail]", "", f"登录用户 {mail.user} 的密码，由{where}提供")]
        )
    return password


def _stamp(timing: Timing) -> str:
    return timing.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
