"""Word templates in docxtpl syntax: checked and compiled once, filled in again and again."""

import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from importlib import resources
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo

import jinja2
from jinja2 import Undefined
from jinja2.sandbox import SandboxedEnvironment
from lxml import etree
from markupsafe import Markup

from evalbatch.errors import Fault, SettingsFault
from evalbatch.publish.gaps import highlighted, last_opened
from evalbatch.publish.word.office_file import LIVING, MAIN, W, normalised, parsed, tracked_changes
from evalbatch.zip_members import StoredMember, archive, packed

_LEVEL = 3  # a third faster than 4, and a fiftieth larger
_OWN_FILE = 0o600 << 16
"""Whom a zip says a file is for."""
_SMALL = 4096
"""Bytes of a header or footer, which says the same in most documents."""


def zipped(parts: Mapping[str, bytes], before: Iterable[StoredMember] = ()) -> bytes:
    """Return a zip file of parts in the order given, behind members that are packed already."""
    return archive([*before, *_members(parts)])


def _members(parts: Mapping[str, bytes]) -> list[StoredMember]:
    return [
        (_known_member if len(content) < _SMALL else _member)(name, content)
        for name, content in parts.items()
    ]


def _member(name: str, content: bytes) -> StoredMember:
    info = ZipInfo(name)  # of the first day that a zip knows
    info.external_attr = _OWN_FILE
    return packed(info, content, _LEVEL)


_known_member = lru_cache(maxsize=64)(_member)


_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_MARK = "\x02"  # never in XML, so that no value can hold it
_KEPT = "<w:keepNext/>"
_BREAK, _FIRST, _NEXT = f"{_MARK}b", f"{_MARK}f", f"{_MARK}n"
_AFTER_MERGE = re.compile(
    r"<w:(?:tcBorders|shd|noWrap|tcMar|textDirection|tcFitText|vAlign|hideMark)\b|</w:tcPr>"
)
_PARAGRAPH = re.compile(r"<w:p(?: [^>]*)?>(<w:pPr>.*?</w:pPr>)?", re.DOTALL)
_RUN = re.compile(r".*<w:r(?: [^>]*)?>(<w:rPr>.*?</w:rPr>)?", re.DOTALL)
_SECTION = re.compile(r"<w:sectPr.*?</w:sectPr>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Merged:
    """The text of a cell that is one with the cells below it: the first shows the text, the others
    belong to it.
    """

    text: str
    first: bool

    def __str__(self) -> str:
        return self.text if self.first else ""


def finalize(value: Any) -> Any:
    """Turn a value into what a template writes; markup of our own stays as it is."""
    if type(value) is str:
        return _clean(value)
    if isinstance(value, (Markup, Undefined)):
        return value
    if isinstance(value, Merged):
        return (_FIRST if value.first else _NEXT) + _clean(str(value))
    return _clean("" if value is None else str(value))


@lru_cache(maxsize=2048)  # most are labels of the form
def literal(text: str) -> str:
    """Return a value as text of a part that is not made by a template: cleaned and escaped."""
    return escape(_clean(text), quote=False)


def _clean(text: str) -> str:
    """Strip control characters; line ends become paragraph breaks, lines lose the blanks around
    them.
    """
    if text.isprintable():
        return text
    lines = (_UNSAFE.sub("", line).strip() for line in text.splitlines())
    return _BREAK.join(line for line in lines if line)


def resolve(xml: str) -> str:
    """Carry out the marks that values left: paragraph breaks and merged cells. Where there are no
    paragraphs, as among the properties of a document, a break is a blank. Of several paragraphs
    only the last is kept on the page of what follows them.
    """
    first, *others = xml.split(_MARK)
    written: list[str] = []
    opened, opening, piece = first, "", first
    for other in others:
        if "<w:p>" in piece or "<w:p " in piece:
            opened, opening = piece, ""
        if other[0] == "b":
            if opening:
                written[-1] = written[-1].replace(_KEPT, "")
            else:
                opening, piece = _opening(opened), _loose(piece)
            written += (piece, f"</w:t></w:r></w:p>{opening}" if opening else " ")
        else:
            written.append(_merge(piece, "restart" if other[0] == "f" else "continue"))
        piece = other[1:]
    return "".join((*written, piece))


def _loose(piece: str) -> str:
    """Return a piece whose last paragraph need not stay on the page of what follows it."""
    start = max(last_opened("p", piece, len(piece)), 0)
    return piece[:start] + piece[start:].replace(_KEPT, "")


def _merge(piece: str, kind: str) -> str:
    start = piece.rfind("<w:tcPr>")
    place = _AFTER_MERGE.search(piece, start) if start >= 0 else None
    return (
        f'{piece[: place.start()]}<w:vMerge w:val="{kind}"/>{piece[place.start() :]}'
        if place
        else piece
    )


def _opening(piece: str) -> str:
    """Return what opens a further paragraph of the format of the one that is open at the end of a
    piece, empty when none is.
    """
    start = last_opened("p", piece, len(piece))
    if start < 0:
        return ""
    paragraph, run = _PARAGRAPH.match(piece, start), _RUN.match(piece, start)
    properties = _SECTION.sub("", (paragraph and paragraph[1]) or "")
    return f'<w:p>{properties}<w:r>{(run and run[1]) or ""}<w:t xml:space="preserve">'


_DAMAGED = "文件已损坏，Word也无法打开，请换用完好的模板。"
_NO_MARK = re.compile(
    r"[{｛]\s+[{｛%％]|[%％}｝]\s+[}｝]|[{｛]\s*｛|｛\s*[{%％]|｝\s*[}｝]|[}%]\s*｝|{％|％}"
)
"""Braces that look like those of a mark and are none: full width, or with a blank between them."""
_PAIRED = re.compile(r"{%\s*(for|if|endfor|endif)\b[^%}]*%}")


class BrokenTemplate(SettingsFault):
    """A Word template that cannot be used; its message is Chinese and names what is wrong and
    where.
    """

    def __init__(self, message: str) -> None:
        super().__init__([Fault("Word模板", "", message)])


def raw_parts(data: bytes) -> dict[str, bytes]:
    """Return the parts of a Word document as they were saved, by their names.

    Raises:
        BrokenTemplate: it is none.
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            return {
                info.filename: archive.read(info)
                for info in archive.infolist()
                if not info.is_dir()
            }
    except (BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as fault:
        raise BrokenTemplate(
            "不是Word文档（.docx），请用Word另存为“Word 文档(*.docx)”后再试。"
        ) from fault


def contents(data: bytes) -> dict[str, bytes]:
    """Return the parts of a template by their names, as `office_file.normalised` gives them.

    Raises:
        BrokenTemplate: it is no Word document, or has tracked changes in it.
    """
    parts = raw_parts(data)
    try:
        usual = normalised(parts, _own_parts())
        changes = tracked_changes(usual)
        text = MAIN in usual and etree.QName(parsed(usual[MAIN])).localname == "document"
    except etree.XMLSyntaxError as fault:
        raise BrokenTemplate(_DAMAGED) from fault
    if not text:  # such as a workbook, whose parts are packed alike
        raise BrokenTemplate("不是Word文档（.docx）：其中没有正文。")
    if changes:
        raise BrokenTemplate(
            f"模板中还有{changes}处修订没有处理，修订的内容不能写入报告；"
            "请在Word的“审阅”中接受或拒绝全部修订，保存后再用。"
        )
    return usual


@cache
def _own_parts() -> dict[str, bytes]:
    """Return the parts of the consolidated report's template: it has all our styles and charts."""
    return raw_parts(shipped_bytes("total"))


def prepare(name: str, content: bytes) -> str:
    """Return a part as Jinja source, one paragraph a line so that faults can be placed; empty when
    nothing in it changes.

    Raises:
        BrokenTemplate: the part is no XML, or a placeholder in it is not closed.
    """
    if not LIVING.fullmatch(name):
        return ""
    from docxtpl import DocxTemplate  # noqa: PLC0415 - takes a fifth of a second, needed once per template

    try:
        tree = parsed(content)
    except etree.XMLSyntaxError as fault:
        raise BrokenTemplate(_DAMAGED) from fault
    _check_braces(name, tree)
    source: str = DocxTemplate.patch_xml(None, etree.tostring(tree, encoding="unicode"))
    source = re.sub(r"<w:p([ >])", r"\n<w:p\1", source)
    return source if "{{" in source or "{%" in source else ""


def _check_braces(name: str, tree: etree._Element) -> None:
    """Refuse a placeholder that is not closed in its paragraph (docxtpl would swallow the text up
    to the next one), and what only looks like one.
    """
    for paragraph in tree.iter(f"{W}p"):
        text = "".join(piece.text or "" for piece in paragraph.iter(f"{W}t"))
        if _NO_MARK.search(text):
            raise BrokenTemplate(
                f"{part_name(name)}“{text.strip()[:80]}”：花括号应为半角、两个相连，中间没有空格，"
                "写作 {{ 项目名称 }}。"
            )
        if text.count("{{") != text.count("}}") or text.count("{%") != text.count("%}"):
            raise BrokenTemplate(
                f"{part_name(name)}“{text.strip()[:80]}”：标记有误，花括号没有成对写完整。"
            )


class Environment(SandboxedEnvironment):
    """A sandbox in which a name behind a dot is a key of our own values first: nothing of Python is
    looked up on them.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what a name behind a dot means."""
        return (
            obj[attribute]
            if type(obj) is dict and attribute in obj
            else super().getattr(obj, attribute)
        )


@cache
def environment() -> Environment:
    """Return the Jinja environment of all templates: sandboxed, escaping, and an unknown name is an
    error.
    """
    return Environment(autoescape=True, undefined=jinja2.StrictUndefined, finalize=finalize)


def compiled(name: str, source: str) -> jinja2.Template:
    """Compile the source of a part.

    Raises:
        BrokenTemplate: a tag in it is malformed or left open.
    """
    try:
        return environment().from_string(source)
    except jinja2.TemplateAssertionError as fault:
        where = near(source, fault.lineno)
        raise BrokenTemplate(
            f"{part_name(name)}“{where}”处：不认识竖线“|”后面的写法，请删去。"
        ) from fault
    except jinja2.TemplateSyntaxError as fault:
        wrong = _unclosed(source) or f"“{near(source, fault.lineno)}”附近的标记有误"
        raise BrokenTemplate(f"{part_name(name)}：{wrong}。") from fault


def _unclosed(source: str) -> str:
    """Say which loop or condition was left open, or closed without having been opened; empty when
    all are in pairs.
    """
    opened: list[tuple[str, str]] = []
    for tag in _PAIRED.finditer(source):
        word, text = tag[1], tag[0]
        if not word.startswith("end"):
            opened.append((word, text))
        elif not opened or opened.pop()[0] != word.removeprefix("end"):
            return f"“{text}”没有与它成对的开头"
    return f"“{opened[-1][1]}”没有与它成对的“{{% end{opened[-1][0]} %}}”" if opened else ""


def part_name(name: str) -> str:
    """Return what a clerk calls a part of a Word document."""
    words = {
        "header": "页眉",
        "footer": "页脚",
        "footnotes": "脚注",
        "endnotes": "尾注",
        "core": "文档属性",
    }
    return next((word for key, word in words.items() if key in name), "正文")


def near(source: str, line: int) -> str:
    """Return the readable text of a line of a prepared part, or of the last one before it that has
    any.
    """
    lines = [
        re.sub(r"<[^>]+>|{% (?:if|endif|for|endfor)[^%]*%}", "", text).strip()
        for text in source.split("\n")[:line]
    ]
    return next((text for text in reversed(lines) if text), "")[:80]


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


class Template:
    """A .docx in docxtpl syntax, ready to be rendered again and again.

    A value with several lines becomes as many paragraphs of the same format; a `Merged` value
    merges its cell downwards.

    Raises:
        BrokenTemplate: the file is no Word document, or a tag in it is malformed or left open.
    """

    def __init__(self, data: bytes) -> None:
        parts = contents(data)
        prepared_parts = {name: prepare(name, content) for name, content in parts.items()}
        self.sources = {name: source for name, source in prepared_parts.items() if source}
        self._living = {name: compiled(name, source) for name, source in self.sources.items()}
        self._charts = _charts(parts)
        self._undrawn = {name: parts[name] for name in self._charts.values()}
        living = self._living.keys() | self._undrawn.keys()
        # compressed once for all documents: half of the time that packing one takes
        self._unchanging = _members({name: parts[name] for name in parts if name not in living})

    def render(
        self, context: Mapping[str, Any], charts: Mapping[str, bytes] | None = None
    ) -> bytes:
        """Return the document with its placeholders filled in; the same context gives the same
        bytes.

        Args:
            context: what the placeholders stand for.
            charts: chart parts by the title of the chart that each replaces.

        Raises:
            jinja2.UndefinedError: the template uses a name that the context lacks.
        """
        drawn = {
            self._charts[title]: xml
            for title, xml in (charts or {}).items()
            if title in self._charts
        }
        values = {**environment().globals, **context}
        filled = {name: _filled(part, values) for name, part in self._living.items()}
        return zipped({**self._undrawn, **filled, **drawn}, self._unchanging)


def _filled(part: jinja2.Template, values: dict[str, Any]) -> bytes:
    """Return a part with its placeholders filled in; all parts look into the same values."""
    text = "".join(part.root_render_func(part.new_context(values, shared=True)))
    return (_XML + highlighted(resolve(text))).encode()


def chosen(name: str, own: bytes | None) -> Template:
    """Return an office's own template, one of ours by its name where it has none."""
    return prepared(own) if own is not None else shipped(name)


@lru_cache(maxsize=16)
def prepared(data: bytes) -> Template:
    """Return the template of these bytes, prepared once per process."""
    return Template(data)


@lru_cache(maxsize=16)
def shipped(name: str) -> Template:
    """Return one of our own templates, prepared once per process."""
    return Template(shipped_bytes(name))


def shipped_bytes(name: str) -> bytes:
    """Return the file of one of our own templates: `project`, `organisation`, `office`, `total` or
    `working_paper`.
    """
    return (resources.files("evalbatch.publish") / "templates" / f"{name}.docx").read_bytes()


def _charts(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Return the part of each chart in the document by the chart's title, in older templates by its
    alternative text.
    """
    relations = parts.get("word/_rels/document.xml.rels", b"").decode("utf-8", "replace")
    links = [
        dict(re.findall(r'(\w+)="([^"]*)"', tag))
        for tag in re.findall(r"<Relationship [^>]*>", relations)
    ]
    targets = {
        link["Id"]: "word/" + link["Target"] for link in links if {"Id", "Target"} <= link.keys()
    }
    document = parts["word/document.xml"].decode("utf-8", "replace")
    found = re.findall(r'(<wp:docPr [^>]*>).*?<c:chart [^>]*r:id="([^"]*)"', document, re.DOTALL)
    named = [
        (dict(re.findall(r'(\w+)="([^"]*)"', tag)), link)
        for tag, link in found
        if targets.get(link) in parts
    ]
    return {looks.get("title") or looks.get("descr", ""): targets[link] for looks, link in named}
