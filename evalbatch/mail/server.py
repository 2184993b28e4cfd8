"""The mail server: one connection, and for each message what became of it, told apart by how far
the dialogue had come.
"""

import re
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Literal, Self

from evalbatch.errors import SETTINGS_NAME, reason

PERMANENT, GO_AHEAD, DONE, CLOSING, FAILED = 5, 354, 250, 421, 554
STRANGE = "服务器的答复无法理解"
UNCONFIRMED = "邮件已送出，但未收到服务器的确认"
REFUSALS = (4, 5)
TOO_LARGE = (523, 552)
SMALLER = f"（如因邮件过大，请调小 {SETTINGS_NAME} 中的 size_limit_mb）"
POLICY = re.compile(rb"5\.7\.")  # RFC 3463: security or policy status
FULL = re.compile(rb"5\.2\.")  # mailbox status
ACCEPTED_RECIPIENT = (250, 251)  # 251: the server forwards


class Fate(StrEnum):
    """What became of one try."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    LATER = "later"
    BUSY = "busy"  # later, and slower: the server closed the connection by itself
    TOO_MUCH = "too much"  # the server wants nothing of this kind, or not so much of it, from us
    IN_DOUBT = "in doubt"


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """The fate of one message, with the server's words."""

    fate: Fate
    detail: str = ""


class ServerFault(Exception):  # noqa: N818 - the server's or the settings' fault, not an error of ours
    """The server cannot be used at all: it does not answer, its certificate is wrong, or it refuses
    the login. Chinese. `unwilling` says that it answered, and wants nothing from us now.
    """

    def __init__(self, words: str, *, unwilling: bool = False) -> None:
        super().__init__(words)
        self.unwilling = unwilling


@dataclass(frozen=True, slots=True)
class Server:
    """How to reach the server; `security` is `tls` (implicit), `starttls` or `none`; `timeout` in
    seconds.
    """

    host: str
    port: int
    security: Literal["tls", "starttls", "none"] = "tls"
    user: str = ""
    password: str = ""
    timeout: float = 30
    context: ssl.SSLContext | None = None


class Post:
    """A connection to the mail server, opened when first needed and again after it broke; a context
    manager.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._connection.quit()
            self._drop()

    def send(self, sender: str, recipient: str, message: bytes) -> ServerAnswer:
        """Hand one message over and say what became of it.

        A connection lost before the final dot leaves the message unaccepted: it can be tried again.
        Lost after the dot, nobody
        knows: it is in doubt.

        Raises:
            ServerFault: no connection or no login.
        """
        connection = self.open()
        try:
            refused = self._envelope(connection, sender, recipient)
            if refused:
                return refused
            body = _dotted(message)
            connection.send(body)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return ServerAnswer(Fate.LATER, f"连接在邮件送出之前中断：{_words(error)}")
        try:
            connection.send(b".\r\n")
            code, words = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return ServerAnswer(Fate.IN_DOUBT, f"{UNCONFIRMED}：{_words(error)}")
        return self._outcome(code, words)

    def _outcome(self, code: int, words: bytes) -> ServerAnswer:
        """Judge what the server said of the whole message: only a clear refusal means that it was
        not taken.
        """
        if code // 100 in REFUSALS:
            return self._judge(code, words)
        if code // 100 == DONE // 100:
            return self._judge(DONE, words)
        self._drop()
        return ServerAnswer(Fate.IN_DOUBT, f"{UNCONFIRMED}：{STRANGE}")

    def _envelope(
        self, connection: smtplib.SMTP, sender: str, recipient: str
    ) -> ServerAnswer | None:
        """Announce sender, recipient and data; return the answer when the server does not want
        them.
        """
        code, words = connection.mail(sender)
        if code != DONE:  # it is ours to mend, or the server's, and never the recipient's
            answer = self._judge(code, words)
            return (
                ServerAnswer(Fate.TOO_MUCH, answer.detail)
                if answer.fate is Fate.REFUSED
                else answer
            )
        code, words = connection.rcpt(recipient)
        if code in ACCEPTED_RECIPIENT:
            code, words = connection.docmd("DATA")
        return None if code == GO_AHEAD else self._judge(code, words)

    def _judge(self, code: int, words: bytes) -> ServerAnswer:
        detail = f"{code} {words.decode('utf-8', 'replace')}".strip() if code > 0 else STRANGE
        if code == DONE:
            return ServerAnswer(Fate.ACCEPTED, detail)
        if code == CLOSING or code < 0:  # RFC 5321, 3.8; smtplib says -1 for no answer at all
            self._drop()
            return ServerAnswer(Fate.BUSY if code == CLOSING else Fate.LATER, detail)
        self._reset()
        if code // 100 != PERMANENT:
            return ServerAnswer(Fate.LATER, detail)
        policy = code == FAILED or POLICY.match(words)
        detail += SMALLER if code in TOO_LARGE and not FULL.match(words) else ""
        return ServerAnswer(Fate.TOO_MUCH if policy else Fate.REFUSED, detail)

    def open(self) -> smtplib.SMTP:
        """Return the connection, opened where it is not.

        Raises:
            ServerFault: no connection or no login.
        """
        if self._connection is None:
            self._connection = _connect(self._server)
        return self._connection

    def _reset(self) -> None:
        try:
            if self._connection:
                self._connection.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _dotted(message: bytes) -> bytes:
    """Make a message ready for the wire: CRLF line ends, leading dots doubled (RFC 5321, 4.5.2)."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", message).removesuffix(b"\r\n")
    return re.sub(rb"(?m)^\.", b"..", lines) + b"\r\n"


def _connect(server: Server) -> smtplib.SMTP:
    """Open a connection and log in; one that does not come so far is closed.

    Raises:
        ServerFault: it does not answer, its certificate is wrong, or it refuses the login.
    """
    address = f"{server.host}:{server.port}"
    connection: smtplib.SMTP | None = None
    try:
        context = server.context or ssl.create_default_context()
        if server.security == "tls":
            connection = smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        _introduce(connection, server, context)
    except (OSError, smtplib.SMTPException) as error:
        if connection is not None:
            connection.close()
        unwilling = isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0
        raise ServerFault(_fault(error, address), unwilling=unwilling) from error
    return connection


def _introduce(connection: smtplib.SMTP, server: Server, context: ssl.SSLContext) -> None:
    if server.security == "starttls":
        connection.starttls(context=context)
    connection.ehlo_or_helo_if_needed()
    if connection.sock:  # the final dot goes in a packet of its own and must not wait
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if server.user:
        connection.login(server.user, server.password)


def _fault(error: Exception, address: str) -> str:
    """Say in Chinese why a server cannot be used."""
    if isinstance(error, ssl.SSLError):
        return f"邮件服务器 {address} 的安全连接失败（证书或加密方式不符）：{_words(error)}"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        if error.smtp_code // 100 != PERMANENT:
            return f"邮件服务器 {address} 暂时不能登录：{_words(error)}"
        return f"邮件服务器 {address} 拒绝登录：请检查用户名和口令（{error.smtp_code}）"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"邮件服务器 {address} 不支持所设的加密或登录方式（security、user）：{_words(error)}"
    return f"无法连接邮件服务器 {address}：{_words(error)}"


_CERTIFICATE = {
    9: "尚未生效",
    10: "已过期",
    18: "是自签名的，未被信任",
    19: "的签发机构未被信任",
    20: "的签发机构未被信任",
    21: "的签发机构未被信任",
    62: "不是为这台主机签发的",
    64: "不是为这个地址签发的",
}
"""What is wrong with a certificate, by OpenSSL's X509_V_ERR codes."""
_SAID = (
    (smtplib.SMTPServerDisconnected, "服务器断开了连接"),
    (smtplib.SMTPNotSupportedError, "服务器没有提供这种方式"),
    (smtplib.SMTPHeloError, "服务器不接受问候"),
    (ssl.SSLError, "加密握手失败，请核对端口和 security"),
)


def _words(error: Exception) -> str:
    """Say in Chinese what went wrong; a server's own words are quoted as they are."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"证书{_CERTIFICATE.get(error.verify_code, f'未通过校验（{error.verify_code}）')}"
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
        told = error.smtp_error
        text = told.decode("utf-8", "replace") if isinstance(told, bytes) else told
        return f"服务器答复 {error.smtp_code} {text}"
    if isinstance(error, smtplib.SMTPResponseException):
        return STRANGE
    if "timed out" in str(error):
        return "服务器没有在规定时间内答复"
    if known := next((words for kind, words in _SAID if isinstance(error, kind)), ""):
        return known
    return reason(error) if isinstance(error, OSError) else STRANGE
