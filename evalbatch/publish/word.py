"""Word templates in docxtpl syntax, prepared once and rendered in milliseconds.

docxtpl prepares a template anew for every document, which is nearly all of its time. Here its own preprocessing runs once, Jinja
is compiled once, and the parts that never change stay compressed. Values are data only: they are escaped, never evaluated.
"""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from importlib import resources
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

import jinja2
from jinja2.sandbox import SandboxedEnvironment
from lxml import etree
from markupsafe import Markup

from evalbatch.model.fault import Fault, SettingsFault
from evalbatch.publish.word_package import Part, join, pack

_LIVING = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml|docProps/core\.xml")
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_MARK = "\x02"  # never in XML, so that no value can hold it
_BREAK, _FIRST, _NEXT = f"{_MARK}b", f"{_MARK}f", f"{_MARK}n"
_PAIRED = re.compile(r"{%\s*(for|if|endfor|endif)\b[^%}]*%}")
_AFTER_MERGE = re.compile(r"<w:(?:tcBorders|shd|noWrap|tcMar|textDirection|tcFitText|vAlign|hideMark)\b|</w:tcPr>")
_PARAGRAPH = re.compile(r"<w:p(?: [^>]*)?>(<w:pPr>.*?</w:pPr>)?", re.DOTALL)
_RUN = re.compile(r".*<w:r(?: [^>]*)?>(<w:rPr>.*?</w:rPr>)?", re.DOTALL)
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass(frozen=True, slots=True)
class Merged:
    """The text of a cell that is one with the cells below it: the first shows the text, the others belong to it."""

    text: str
    first: bool

    def __str__(self) -> str:
        return self.text if self.first else ""


class BrokenTemplate(SettingsFault):
    """A Word template that cannot be used; its message is Chinese and names what is wrong and where."""

    def __init__(self, message: str) -> None:
        super().__init__([Fault("Word模板", "", message)])


class Template:
    """A .docx in docxtpl syntax, ready to be rendered again and again.

    A value with several lines becomes as many paragraphs of the same format; a `Merged` value merges its cell downwards.

    Raises:
        BrokenTemplate: the file is no Word document, or a tag in it is malformed or left open.
    """

    def __init__(self, data: bytes) -> None:
        self.sources: dict[str, str] = {}
        self._parts: dict[str, Part | jinja2.Template] = {}
        self._charts: dict[str, str] = {}
        for name, content in _contents(data).items():
            source = _prepare(content) if _LIVING.fullmatch(name) else ""
            if "{{" in source or "{%" in source:
                self.sources[name] = source
                self._parts[name] = _compile(name, source)
            else:
                self._parts[name] = pack(name, content)
            if name == "word/document.xml":
                self._charts = _charts(content, data)

    def render(self, context: Mapping[str, Any], charts: Mapping[str, bytes] | None = None) -> bytes:
        """Return the document with its placeholders filled in; the same context gives the same bytes.

        Args:
            context: what the placeholders stand for.
            charts: chart parts by the alternative text of the chart that each replaces.

        Raises:
            jinja2.UndefinedError: the template uses a name that the context lacks.
        """
        drawn = {self._charts[title]: xml for title, xml in (charts or {}).items() if title in self._charts}
        return join([self._part(name, part, context, drawn) for name, part in self._parts.items()])

    def _part(self, name: str, part: "Part | jinja2.Template", context: Mapping[str, Any], drawn: Mapping[str, bytes]) -> Part:
        if name in drawn:
            return pack(name, drawn[name])
        if isinstance(part, jinja2.Template):
            return pack(name, (_XML + _resolve(part.render(context))).encode())
        return part


@lru_cache(maxsize=16)
def prepared(data: bytes) -> Template:
    """Return the template of these bytes, prepared once per process."""
    return Template(data)


@lru_cache(maxsize=16)
def shipped(name: str) -> Template:
    """Return one of our own templates, prepared once per process."""
    return Template(shipped_bytes(name))


def shipped_bytes(name: str) -> bytes:
    """Return the file of one of our own templates: `project`, `organisation`, `office` or `total`."""
    return (resources.files("evalbatch.publish") / "templates" / f"{name}.docx").read_bytes()


def _contents(data: bytes) -> dict[str, bytes]:
    try:
        with ZipFile(BytesIO(data)) as archive:
            contents = {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
    except (BadZipFile, zlib.error, NotImplementedError, RuntimeError) as fault:
        raise BrokenTemplate("不是Word文档（.docx），请用Word另存为“Word 文档(*.docx)”后再试。") from fault
    if "word/document.xml" not in contents:
        raise BrokenTemplate("不是Word文档（.docx）：其中没有正文。")
    return contents


def _prepare(content: bytes) -> str:
    """Return a part as Jinja source by docxtpl's own preprocessing, one paragraph a line so that faults can be placed."""
    from docxtpl import DocxTemplate  # noqa: PLC0415 - takes a fifth of a second, needed once per template

    try:
        xml = etree.tostring(
            etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True)), encoding="unicode"
        )
    except etree.XMLSyntaxError as fault:
        raise BrokenTemplate("文件已损坏，Word也无法打开，请换用完好的模板。") from fault
    source: str = DocxTemplate.patch_xml(None, xml)
    return re.sub(r"<w:p([ >])", r"\n<w:p\1", source)


@cache
def environment() -> SandboxedEnvironment:
    """Return the Jinja environment of all templates: sandboxed, escaping, and an unknown name is an error."""
    return SandboxedEnvironment(autoescape=True, undefined=jinja2.StrictUndefined, finalize=_finalize)


def _compile(name: str, source: str) -> jinja2.Template:
    try:
        return environment().from_string(source)
    except jinja2.TemplateAssertionError as fault:
        where = near(source, fault.lineno)
        raise BrokenTemplate(f"{part_name(name)}“{where}”处：不认识竖线“|”后面的写法，请删去。") from fault
    except jinja2.TemplateSyntaxError as fault:
        wrong = _unclosed(source) or f"“{near(source, fault.lineno)}”附近的标记有误"
        raise BrokenTemplate(f"{part_name(name)}：{wrong}。") from fault


def _unclosed(source: str) -> str:
    """Say which loop or condition was left open, or closed without having been opened; empty when all are in pairs."""
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
    words = {"header": "页眉", "footer": "页脚", "footnotes": "脚注", "core": "文档属性"}
    return next((word for key, word in words.items() if key in name), "正文")


def near(source: str, line: int) -> str:
    """Return the readable text of a line of a prepared part, with a line around it when it is empty."""
    lines = [re.sub(r"<[^>]+>", "", text).strip() for text in source.split("\n")]
    texts = [text for text in lines[max(line - 1, 0) : line + 1] if text] or [text for text in lines[:line] if text][-1:]
    return " ".join(texts)[:80]


def _finalize(value: Any) -> Any:
    """Turn a value into what is written; markup of our own stays as it is."""
    if isinstance(value, Markup | jinja2.Undefined):
        return value
    if isinstance(value, Merged):
        return (_FIRST if value.first else _NEXT) + _clean(str(value))
    return _clean("" if value is None else str(value))


def literal(text: str) -> str:
    """Return a value as text of a part that is not made by a template: cleaned and escaped."""
    return escape(_clean(text), quote=False)


def _clean(text: str) -> str:
    """Strip control characters; line ends become paragraph breaks, lines lose the blanks around them."""
    if text.isprintable():
        return text
    lines = (_UNSAFE.sub("", line).strip() for line in text.splitlines())
    return _BREAK.join(line for line in lines if line)


def _resolve(xml: str) -> str:
    """Carry out the marks that values left: paragraph breaks and merged cells."""
    first, *others = xml.split(_MARK)
    written: list[str] = []
    opening, piece = "", first
    for other in others:
        opening = _opening(piece) or opening
        if other[0] == "b":
            written += [piece, f"</w:t></w:r></w:p>{opening}"]
        else:
            written.append(_merge(piece, "restart" if other[0] == "f" else "continue"))
        piece = other[1:]
    return "".join((*written, piece))


def _merge(piece: str, kind: str) -> str:
    start = piece.rfind("<w:tcPr>")
    place = _AFTER_MERGE.search(piece, start) if start >= 0 else None
    return f'{piece[: place.start()]}<w:vMerge w:val="{kind}"/>{piece[place.start() :]}' if place else piece


def _opening(piece: str) -> str:
    """Return what opens a further paragraph of the format of the one that is open at the end of a piece, empty when none is."""
    start = max(piece.rfind("<w:p>"), piece.rfind("<w:p "))
    if start < 0:
        return ""
    paragraph = _PARAGRAPH.match(piece, start)
    run = _RUN.match(piece, start)
    properties = re.sub(r"<w:sectPr.*?</w:sectPr>", "", (paragraph and paragraph[1]) or "", flags=re.DOTALL)
    return f'<w:p>{properties}<w:r>{(run and run[1]) or ""}<w:t xml:space="preserve">'


def _charts(document: bytes, data: bytes) -> dict[str, str]:
    """Return the part of each chart in the document by the chart's alternative text."""
    with ZipFile(BytesIO(data)) as archive:
        names = set(archive.namelist())
        links = "word/_rels/document.xml.rels"
        relations = archive.read(links).decode() if links in names else ""
    targets = {
        link["Id"]: "word/" + link["Target"]
        for link in (dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall(r"<Relationship [^>]*>", relations))
    }
    found = re.findall(
        r'<wp:docPr [^>]*descr="([^"]*)".*?<c:chart [^>]*r:id="([^"]*)"', document.decode("utf-8", "replace"), re.DOTALL
    )
    return {title: targets[link] for title, link in found if targets.get(link) in names}
