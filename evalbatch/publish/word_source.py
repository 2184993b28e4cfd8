"""From a .docx to Jinja: docxtpl's own preprocessing, and messages a clerk understands when a template is broken."""

import re
import zlib
from functools import cache
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

import jinja2
from jinja2.sandbox import SandboxedEnvironment
from lxml import etree

from evalbatch.model.fault import Fault, SettingsFault
from evalbatch.publish.word_values import finalize

_LIVING = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml|docProps/core\.xml")
_PAIRED = re.compile(r"{%\s*(for|if|endfor|endif)\b[^%}]*%}")
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


class BrokenTemplate(SettingsFault):
    """A Word template that cannot be used; its message is Chinese and names what is wrong and where."""

    def __init__(self, message: str) -> None:
        super().__init__([Fault("Word模板", "", message)])


def contents(data: bytes) -> dict[str, bytes]:
    """Return the parts of a Word document by their names.

    Raises:
        BrokenTemplate: it is none.
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            parts = {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
    except (BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as fault:
        raise BrokenTemplate("不是Word文档（.docx），请用Word另存为“Word 文档(*.docx)”后再试。") from fault
    if "word/document.xml" not in parts:
        raise BrokenTemplate("不是Word文档（.docx）：其中没有正文。")
    return parts


def prepare(name: str, content: bytes) -> str:
    """Return a part as Jinja source, one paragraph a line so that faults can be placed; empty when nothing in it changes.

    Raises:
        BrokenTemplate: the part is no XML, or a placeholder in it is not closed.
    """
    if not _LIVING.fullmatch(name):
        return ""
    from docxtpl import DocxTemplate  # noqa: PLC0415 - takes a fifth of a second, needed once per template

    try:
        tree = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as fault:
        raise BrokenTemplate("文件已损坏，Word也无法打开，请换用完好的模板。") from fault
    _check_braces(name, tree)
    source: str = DocxTemplate.patch_xml(None, etree.tostring(tree, encoding="unicode"))
    source = re.sub(r"<w:p([ >])", r"\n<w:p\1", source)
    return source if "{{" in source or "{%" in source else ""


def _check_braces(name: str, tree: etree._Element) -> None:
    """Refuse a placeholder that is not closed in its paragraph: docxtpl would swallow the text up to the next one."""
    for paragraph in tree.iter(f"{_WORD}p"):
        text = "".join(piece.text or "" for piece in paragraph.iter(f"{_WORD}t"))
        if text.count("{{") != text.count("}}") or text.count("{%") != text.count("%}"):
            raise BrokenTemplate(f"{part_name(name)}“{text.strip()[:80]}”：标记有误，花括号没有成对写完整。")


class Environment(SandboxedEnvironment):
    """A sandbox in which a name behind a dot is a key of our own values first: nothing of Python is looked up on them."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what a name behind a dot means."""
        return obj[attribute] if type(obj) is dict and attribute in obj else super().getattr(obj, attribute)


@cache
def environment() -> Environment:
    """Return the Jinja environment of all templates: sandboxed, escaping, and an unknown name is an error."""
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
    """Return the readable text of a line of a prepared part, or of the last one before it that has any."""
    lines = [re.sub(r"<[^>]+>|{% (?:if|endif|for|endfor)[^%]*%}", "", text).strip() for text in source.split("\n")[:line]]
    return next((text for text in reversed(lines) if text), "")[:80]
