"""Messages: a letter as the bytes of an e-mail that Outlook, Foxmail and webmail show alike."""

import io
import zipfile
from dataclasses import dataclass, replace
from datetime import date, datetime
from email.generator import BytesGenerator
from email.header import Header
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime
from pathlib import Path, PurePosixPath, PureWindowsPath

from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from evalbatch.errors import Fault, SettingsFault, reason
from evalbatch.mail.letters import DEPARTMENT, OPERATOR, ORGANISER, Attached, Letter, Notice
from evalbatch.model.figures import day
from evalbatch.model.record import REPORT, SUMMARY
from evalbatch.results.outcome import content_digest
from evalbatch.same_bytes import SameBytes

MEGABYTE = 1024 * 1024
TRANSFER = 1.37  # what base64 with its line ends makes of a byte
BUNDLE = "附件.zip"
RESULTS = "成果.zip"
PUBLISHED = (SUMMARY, REPORT)
LONGEST_WORD = 75
FIXED = (1980, 1, 1, 0, 0, 0)
KINDS = {
    ".docx": "vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "zip",
    ".pdf": "pdf",
}


class AttachmentFault(Exception):  # noqa: N818 - of the file, not an error of ours
    """An attachment is not what was published; the message says so in Chinese."""


@dataclass(frozen=True, slots=True)
class Style:
    """How messages look and what they may weigh: `limit` in MB, `oversize` as in the settings, the
    office's own `templates`.
    """

    sender: str
    sender_name: str
    organiser: str
    as_of: date
    limit: float
    oversize: str
    share_path: str = ""
    templates: Path | None = None

    @property
    def domain(self) -> str:
        """The domain of our Message-IDs: the sender's."""
        return self.sender.rpartition("@")[2] or "evalbatch.invalid"


class Writer:
    """Writes letters as messages; the templates are compiled once.

    Raises:
        SettingsFault: a template of the office's own is broken.
    """

    def __init__(self, style: Style, output: Path) -> None:
        self.style, self._output = style, output
        own = [FileSystemLoader(style.templates)] if style.templates else []
        environment = SandboxedEnvironment(
            loader=ChoiceLoader([*own, PackageLoader("evalbatch.mail")]),
            autoescape=lambda name: name is not None and ".html" in name,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {"day": day, "left": _left}
        try:
            self._templates = {
                (role, kind): environment.get_template(f"{role}.{kind}.j2")
                for role in (DEPARTMENT, "office")
                for kind in ("txt", "html")
            }
        except TemplateError as error:
            raise SettingsFault(
                [Fault(f"邮件模板 {error}", "", "语法正确的 Jinja 模板")]
            ) from error

    def parts(self, letter: Letter) -> list[Letter]:
        """Return the letters to send in place of one: itself, or its files spread over several
        where the settings say so.
        """
        weights = {file.path: self._weight(file) for file in letter.attachments}
        heavy = sum(weights.values()) > self.style.limit
        if self.style.oversize != "split" or not heavy or letter.role != DEPARTMENT:
            return [letter]
        parts = [self._keeping(letter, paths) for paths in _packed(weights, self.style.limit)]
        return [
            replace(part, part=f"（{number}/{len(parts)}）")
            for number, part in enumerate(parts, start=1)
        ]

    def subject(self, letter: Letter) -> str:
        """The subject line: what it is about, of which cycle, with how much."""
        if letter.role != DEPARTMENT:
            what = "程序故障报告" if letter.role == OPERATOR else "批处理情况"
            return _line(f"{letter.cycle}{what}{letter.part}")
        counts = [
            ("核定", letter.graded),
            ("接收", letter.accepted),
            ("退回", letter.returned),
            ("待报送", letter.missing),
        ]
        counts = [each for each in counts if each[1]] or [("收到其他文件", letter.others)]
        told = "、".join(f"{word}{len(group)}个" for word, group in counts)
        return _line(f"{letter.cycle}工作簿处理情况：{told}{letter.part}")

    def write(self, letter: Letter, when: datetime, *, draft: bool = False) -> bytes:
        """Write a letter; `when` is the time of sending, or of keeping it as a `draft` that mail
        programs open for sending.

        Raises:
            AttachmentFault: an attachment is gone, is not what was published, or is damaged.
        """
        attached, places = self._fitted(letter, self._files(letter))
        mark = letter.message_id(self.style.domain)[1:33]
        message = MIMEMultipart("mixed", boundary=f"=_mixed_{mark}")
        message["From"] = _named_address(_line(self.style.sender_name), self.style.sender)
        message["To"] = letter.recipient
        message["Subject"] = _encoded(self.subject(letter), "Subject")
        message["Message-ID"] = letter.message_id(self.style.domain)
        message["Date"] = format_datetime(when)
        message["Auto-Submitted"] = "auto-generated"
        if draft:  # Outlook and Foxmail open the first for sending, Thunderbird the second
            message["X-Unsent"] = "1"
            message["X-Mozilla-Draft-Info"] = (
                "internal/draft; vcard=0; receipt=0; DSN=0; uuencode=0"
            )
        bodies = MIMEMultipart("alternative", boundary=f"=_bodies_{mark}")
        for kind, subtype in (("txt", "plain"), ("html", "html")):
            bodies.attach(MIMEText(self._body(letter, kind, places), subtype, "utf-8"))
        message.attach(bodies)
        for name, data in attached:
            message.attach(_attachment(name, data))
        buffer = io.BytesIO()
        BytesGenerator(buffer, mangle_from_=False).flatten(message, linesep="\r\n")
        return buffer.getvalue()

    def _body(self, letter: Letter, kind: str, places: list[str]) -> str:
        role = letter.role if letter.role == DEPARTMENT else "office"
        template = self._templates[role, kind]
        return template.render(
            letter=letter, places=places, organiser=self.style.organiser, as_of=self.style.as_of
        )

    def _files(self, letter: Letter) -> list[tuple[Attached, bytes]]:
        return [(file, _whole(self._output / file.path, file)) for file in letter.attachments]

    def _fitted(
        self, letter: Letter, files: list[tuple[Attached, bytes]]
    ) -> tuple[list[tuple[str, bytes]], list[str]]:
        """Return what is attached and, where that weighs too much, the places on the share
        instead.
        """
        if letter.role == ORGANISER and len(files) > len(PUBLISHED):
            return self._fitted_results(files)
        named = _named(files)
        if self._light(named):
            return named, []
        if self.style.oversize == "zip" and self._light(bundle := [(BUNDLE, _zipped(named))]):
            return bundle, []
        if self.style.oversize == "split" and len(named) == 1 and not self.style.share_path:
            return [], [files[0][0].path]
        return [], [self._place(file.path) for file, _ in files]

    def _fitted_results(
        self, files: list[tuple[Attached, bytes]]
    ) -> tuple[list[tuple[str, bytes]], list[str]]:
        """Return the results with their folders as one archive, so that the summary leads to the
        reports; where that is too heavy, summary and consolidated report by themselves.
        """
        bundle = [(RESULTS, _zipped([(file.path, data) for file, data in files]))]
        if self._light(bundle):
            return bundle, []
        single = [(file.path, data) for file, data in files if file.path in PUBLISHED]
        place = self.style.share_path or str(self._output)
        return (single, [place]) if self._light(single) else ([], [place])

    def _place(self, path: str) -> str:
        share = self.style.share_path
        kind = PureWindowsPath if "\\" in share else PurePosixPath
        return str(kind(share) / path) if share else path

    def _light(self, named: list[tuple[str, bytes]]) -> bool:
        return sum(len(data) for _, data in named) * TRANSFER / MEGABYTE <= self.style.limit

    def _weight(self, file: Attached) -> float:
        path = self._output / file.path
        return path.stat().st_size * TRANSFER / MEGABYTE if path.is_file() else 0.0

    def _keeping(self, letter: Letter, paths: set[str]) -> Letter:
        """Return the part of a letter that is about some of its files."""

        def narrowed(notices: tuple[Notice, ...]) -> tuple[Notice, ...]:
            kept = [replace(n, files=tuple(f for f in n.files if f.path in paths)) for n in notices]
            return tuple(notice for notice in kept if notice.files)

        return replace(
            letter,
            graded=narrowed(letter.graded),
            accepted=narrowed(letter.accepted),
            returned=narrowed(letter.returned),
        )


def _packed(weights: dict[str, float], limit: float) -> list[set[str]]:
    """Spread files over messages in their order, each message within the limit where its files
    allow.
    """
    packs: list[set[str]] = []
    room = 0.0
    for key, weight in weights.items():
        if not packs or weight > room:
            packs.append(set())
            room = limit
        packs[-1].add(key)
        room -= weight
    return packs


def _named(files: list[tuple[Attached, bytes]]) -> list[tuple[str, bytes]]:
    """Name each attachment by its file name; where two would meet, the department's folder goes in
    front.
    """
    names = [PurePosixPath(file.path).name for file, _ in files]
    return [
        (name if names.count(name) == 1 else "_".join(PurePosixPath(file.path).parts[-2:]), data)
        for name, (file, data) in zip(names, files, strict=True)
    ]


def _zipped(named: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with SameBytes(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in named:
            archive.writestr(zipfile.ZipInfo(name, FIXED), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def amiss(path: Path, digest: str) -> str:
    """Say in Chinese what is wrong with a published file, empty where it is what was published."""
    try:
        same = content_digest(path.read_bytes()) == digest
    except FileNotFoundError:
        return "文件不见了"
    except OSError as error:
        return f"文件读不到（{reason(error)}）"
    return "" if same else "文件被改动过"


def _whole(path: Path, file: Attached) -> bytes:
    """Read an attachment and make sure that it is the file that was published, and whole.

    Raises:
        AttachmentFault: it is not.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise AttachmentFault(f"附件读不到：{file.path}（{reason(error)}）") from error
    if not file.same(data):
        raise AttachmentFault(f"附件已被改动：{file.path}")
    if path.suffix in {".docx", ".xlsx", ".zip"}:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                damaged = archive.testzip()
        except zipfile.BadZipFile as error:
            raise AttachmentFault(f"附件已损坏：{file.path}") from error
        if damaged:
            raise AttachmentFault(f"附件已损坏：{file.path}")
    return data


def _encoded(text: str, name: str) -> str:
    """Return a header's text as encoded words of at most 75 characters (RFC 2047), with no line
    that is empty.
    """
    return Header(text, "utf-8", header_name=name, maxlinelen=LONGEST_WORD).encode().lstrip("\n ")


def _named_address(name: str, address: str) -> str:
    """Return an address with its name in front, on a line of its own where the name is long."""
    if not name:
        return address
    words = _encoded(name, "From")
    return f"{words}\n <{address}>" if "\n" in words else f"{words} <{address}>"


def _attachment(name: str, data: bytes) -> MIMEApplication:
    """Attach a file under a Chinese name: by RFC 2231, and as an encoded word in Content-Type for
    older programs.
    """
    part = MIMEApplication(data, KINDS.get(PurePosixPath(name).suffix.lower(), "octet-stream"))
    words = Header(name, "utf-8", maxlinelen=LONGEST_WORD).encode().replace("\n", "")
    part.set_param("name", words)
    part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", name))
    return part


def _line(text: str) -> str:
    """Make one line of any text: nothing in it can begin a header."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _left(days: int | None) -> str:
    if days is None:
        return ""
    return f"（已逾期{-days}天）" if days < 0 else f"（还剩{days}天）"
