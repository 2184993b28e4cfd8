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
from email.utils import format_datetime, formataddr
from pathlib import Path, PurePosixPath

from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from evalbatch.errors import Fault, SettingsFault
from evalbatch.mail.letters import DEPARTMENT, OPERATOR, Item, Letter, Notice
from evalbatch.model.figures import day

MEGABYTE = 1024 * 1024
TRANSFER = 1.37  # what base64 with its line ends makes of a byte
BUNDLE = "附件.zip"
FIXED = (1980, 1, 1, 0, 0, 0)
KINDS = {
    ".docx": "vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "zip",
    ".pdf": "pdf",
}


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
        weights = {item.key: self._weight(item) for item in letter.items if item.path}
        if self.style.oversize != "split" or sum(weights.values()) <= self.style.limit:
            return [letter]
        parts = [self._keeping(letter, keys) for keys in _packed(weights, self.style.limit)]
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
        told = "、".join(f"{word}{len(group)}个" for word, group in counts if group)
        return _line(f"{letter.cycle}工作簿处理情况：{told}{letter.part}")

    def write(self, letter: Letter, when: datetime | None = None) -> bytes:
        """Write a letter; `when` is the time of sending, none for a message kept as a file.

        Raises:
            FileNotFoundError: an attachment is gone.
            ValueError: an attachment is not what the letter was made of, or is damaged.
        """
        files = self._files(letter)
        attached, places = self._fitted(files)
        mark = letter.message_id(self.style.domain)[1:33]
        message = MIMEMultipart("mixed", boundary=f"=_mixed_{mark}")
        message["From"] = formataddr(
            (
                str(Header(_line(self.style.sender_name), "utf-8"))
                if self.style.sender_name
                else "",
                self.style.sender,
            )
        )
        message["To"] = letter.recipient
        message["Subject"] = Header(self.subject(letter), "utf-8", header_name="Subject").encode()
        message["Message-ID"] = letter.message_id(self.style.domain)
        if when:
            message["Date"] = format_datetime(when)
        message["Auto-Submitted"] = "auto-generated"
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

    def _files(self, letter: Letter) -> list[tuple[Item, bytes]]:
        return [
            (item, _whole(self._output / item.path, item)) for item in letter.items if item.path
        ]

    def _fitted(self, files: list[tuple[Item, bytes]]) -> tuple[list[tuple[str, bytes]], list[str]]:
        """Return what is attached and, where that weighs too much, the places on the share
        instead.
        """
        named = _named(files)
        if self._light(named):
            return named, []
        if self.style.oversize == "zip" and self._light(bundle := [(BUNDLE, _zipped(named))]):
            return bundle, []
        if self.style.oversize == "split" and len(named) == 1 and not self.style.share_path:
            return [], [files[0][0].path]
        return [], [
            str(PurePosixPath(self.style.share_path) / item.path)
            if self.style.share_path
            else item.path
            for item, _ in files
        ]

    def _light(self, named: list[tuple[str, bytes]]) -> bool:
        return sum(len(data) for _, data in named) * TRANSFER / MEGABYTE <= self.style.limit

    def _weight(self, item: Item) -> float:
        path = self._output / item.path
        return path.stat().st_size * TRANSFER / MEGABYTE if path.is_file() else 0.0

    def _keeping(self, letter: Letter, keys: set[str]) -> Letter:
        def narrowed(notices: tuple[Notice, ...]) -> tuple[Notice, ...]:
            kept = [
                replace(n, items=tuple(i for i in n.items if not i.path or i.key in keys))
                for n in notices
            ]
            return tuple(notice for notice in kept if notice.items)

        return replace(
            letter,
            graded=narrowed(letter.graded),
            accepted=narrowed(letter.accepted),
            returned=narrowed(letter.returned),
            files=tuple(item for item in letter.files if not item.path or item.key in keys),
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


def _named(files: list[tuple[Item, bytes]]) -> list[tuple[str, bytes]]:
    """Name each attachment by its file name; where two would meet, the department's folder goes in
    front.
    """
    names = [PurePosixPath(item.path).name for item, _ in files]
    return [
        (name if names.count(name) == 1 else "_".join(PurePosixPath(item.path).parts[-2:]), data)
        for name, (item, data) in zip(names, files, strict=True)
    ]


def _zipped(named: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in named:
            archive.writestr(zipfile.ZipInfo(name, FIXED), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _whole(path: Path, item: Item) -> bytes:
    """Read an attachment and make sure that it is the file the letter was made of, and whole."""
    data = path.read_bytes()
    if not item.same(data):
        raise ValueError(f"附件已变化：{item.path}")
    if path.suffix in {".docx", ".xlsx", ".zip"}:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                damaged = archive.testzip()
        except zipfile.BadZipFile as error:
            raise ValueError(f"附件已损坏：{item.path}") from error
        if damaged:
            raise ValueError(f"附件已损坏：{item.path}")
    return data


def _attachment(name: str, data: bytes) -> MIMEApplication:
    """Attach a file under a Chinese name: by RFC 2231, and as an encoded word in Content-Type for
    older programs.
    """
    part = MIMEApplication(data, KINDS.get(PurePosixPath(name).suffix.lower(), "octet-stream"))
    part.set_param("name", Header(name, "utf-8", maxlinelen=900).encode())
    part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", name))
    return part


def _line(text: str) -> str:
    """Make one line of any text: nothing in it can begin a header."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _left(days: int | None) -> str:
    if days is None:
        return ""
    return f"（已逾期{-days}天）" if days < 0 else f"（还剩{days}天）"
