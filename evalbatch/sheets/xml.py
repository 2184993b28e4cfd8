"""XML from outside, parsed without entities, network, DTD or excessive nesting."""

import re
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from lxml import etree

from evalbatch.sheets import package
from evalbatch.sheets.package import refused

if TYPE_CHECKING:
    from evalbatch.sheets.package import PackageParts


T = TypeVar("T")
Element = etree._Element  # noqa: SLF001 - lxml exports its element type under no public name

PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    remove_comments=True,
    remove_pis=True,
    collect_ids=False,
)
# Encodings in which "<!DOCTYPE" cannot hide behind other bytes; the package standard allows UTF-8
# and UTF-16 only.
PLAIN_ENCODING = re.compile(
    rb"utf-?8|us-ascii|iso-8859-1|windows-1252|gb2312|gbk|gb18030|utf-?16(le|be)?", re.IGNORECASE
)
ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
EXCESS = frozenset(
    {
        etree.ErrorTypes.ERR_INTERNAL_ERROR,
        etree.ErrorTypes.ERR_RESOURCE_LIMIT,
        etree.ErrorTypes.ERR_NAME_TOO_LONG,
    }
)

REFERENCE = re.compile(r"&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|([A-Za-z]+));")
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}


class Unsafe(Exception):  # noqa: N818 - an answer to `parse_bytes`, which knows the part's name
    """Markup that must not or cannot be parsed: the reason of the refusal, and its figures with
    `{part}` for the part.
    """

    def __init__(self, reason: package.Reason, **figures: object) -> None:
        super().__init__(reason.code)
        self.reason = reason
        self.figures = figures


def parse(parts: "PackageParts", part: str) -> Element:
    """Return the root element of a markup part, to be read and not changed.

    Raises:
        Refused: the part is missing or broken (F01) or hostile (F08).
    """
    return parse_bytes(parts, part, parts.read(part))


def parse_bytes(
    parts: "PackageParts", part: str, content: bytes, parser: etree.XMLParser = PARSER
) -> Element:
    """Return the root element of markup that belongs to a part; only with another parser than ours
    may it be changed.

    Raises:
        Refused: the content is broken (F01) or hostile (F08).
    """
    try:
        return (
            _shared(content)
            if parser is PARSER and len(content) <= package.SHARED_BYTES
            else _grown(content, parser)
        )
    except Unsafe as unsafe:
        figures = {name: str(figure).format(part=part) for name, figure in unsafe.figures.items()}
        raise refused(unsafe.reason, parts.place, **figures) from unsafe


def _grown(content: bytes, parser: etree.XMLParser = PARSER) -> Element:
    """Return the root element of markup.

    Raises:
        Unsafe: the content is broken or hostile.
    """
    examine(content)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        if getattr(error, "code", None) in EXCESS:
            raise Unsafe(package.NESTED, part="{part}") from error
        raise Unsafe(package.DAMAGED, detail="部件 {part} 不是有效的 XML") from error


# Workbooks that are copies of one blank have most of their small parts in common.
_shared = lru_cache(maxsize=package.SHARED_PARTS)(_grown)


def kept(make: Callable[[Element], T]) -> Callable[["PackageParts", str], T]:
    """Return the reader of a part by what it makes of the tree; of a tree that is kept for other
    workbooks, this is kept as well.
    """
    shared = lru_cache(maxsize=package.SHARED_PARTS)(make)

    def read(parts: "PackageParts", part: str) -> T:
        root = parse(parts, part)
        return shared(root) if len(parts.read(part)) <= package.SHARED_BYTES else make(root)

    return read


def examine(content: bytes) -> None:
    """Refuse markup with a DTD, in an encoding that could hide one, or with more elements than a
    tree may hold.

    Raises:
        Unsafe: it is so.
    """
    plain = content.replace(b"\0", b"") if b"\0" in content[:8] else content
    declared = ENCODING.match(plain.removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe"))
    if declared and not PLAIN_ENCODING.fullmatch(declared[1]):
        raise Unsafe(package.DAMAGED, detail="部件 {part} 的编码不支持")
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise Unsafe(package.HOSTILE, part="{part}")
    if content.count(b"<") > 2 * package.ELEMENTS or content.count(b"=") > package.ATTRIBUTES:
        raise Unsafe(package.REFUSAL_CELLS, limit=package.CELLS)


def local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def space(element: Element) -> str:
    """Return the prefix `{namespace}` of an element's name, empty when it has none."""
    tag = str(element.tag)
    return tag[: tag.rfind("}") + 1]


def child(element: Element, name: str) -> Element | None:
    """Return the first child with a local name, None when there is none."""
    return next(
        (item for item in element if isinstance(item.tag, str) and local(item) == name), None
    )


def children(element: Element, name: str) -> list[Element]:
    """Return the elements in the first child with a local name, none when there is no such
    child.
    """
    found = child(element, name)
    return [] if found is None else [item for item in found if isinstance(item.tag, str)]


def linked(element: Element) -> str:
    """Return the relationship id of an element (`r:id` in either namespace), empty when it has
    none.
    """
    for name, value in element.attrib.items():
        text = str(name)
        if text.startswith("{") and text.endswith("/relationships}id"):
            return str(value)
    return ""


def unescape(text: str) -> str:
    """Return XML character data with its references resolved; an unknown entity stays as
    written.
    """
    if "&" not in text:
        return text
    if "&#" in text:
        return REFERENCE.sub(_character, text)
    text = (
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&apos;", "'")
    )
    return text.replace("&amp;", "&")  # last, so that &amp;lt; stays &lt;


def _character(match: re.Match[str]) -> str:
    """Return the character that a reference means."""
    decimal, hexadecimal, name = match.groups()
    if name:
        return NAMED.get(name, match[0])
    number = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(number) if number <= sys.maxunicode else ""


ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
# C0 and C1 controls but tab and line feed, lone surrogates, non-characters.
UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")


def clean(text: str) -> str:
    """Return a stored text as a person sees it: `_x0041_` is A, line ends are line feeds, control
    characters are gone.
    """
    return _cleaned(text) if is_unclean(text) else text


def is_unclean(text: str) -> bool:
    """Whether a stored text may hold what nobody sees: an escape, a control character."""
    return "_x" in text or not (text.isprintable() or UNSTORABLE.search(text) is None)


def _cleaned(text: str) -> str:
    text = text.replace("\r\n", "\n")  # as XML has it, before an escaped line end joins in
    text = ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def visible(text: str) -> str:
    """Return a text without control characters and the like, which no package may hold."""
    return UNSTORABLE.sub("", text)


def stored(text: str) -> str:
    """Return a text as a package stores it: what only looks like an escape is itself escaped."""
    return ESCAPE.sub(r"_x005F_x\1_", visible(text)) if is_unclean(text) else text


def literal(text: str) -> str:
    """Return a text that XlsxWriter writes as it stands: what begins and ends like a run it would
    copy as XML, unescaped.
    """
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def rich(item: Element) -> str:
    """Return the text of a string item: its plain text or its runs, without phonetic guides."""
    return clean(runs(item))


def runs(item: Element) -> str:
    """Return the text of a string item as stored, its escapes not yet undone."""
    texts = []
    for node in item:
        name = local(node)
        if name == "t":
            texts.append(node.text or "")
        elif name == "r":
            texts.extend(part.text or "" for part in node if local(part) == "t")
    return "".join(texts)
