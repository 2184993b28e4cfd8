"""The shared strings of a workbook."""

import re

from evalbatch.workbook.sheets import limits, refusal
from evalbatch.workbook.sheets.markup import local, parse, unescape
from evalbatch.workbook.sheets.parts import Parts
from evalbatch.workbook.sheets.refusal import refused
from evalbatch.workbook.sheets.text import UNCLEAN, clean, rich

HEAD = re.compile(rb"(?:<\?xml[^>]*\?>\s*)?<sst\b([^>]*)>")
COUNT = re.compile(rb"""[cC]ount=["']([^"']*)["']""")
# A plain item with its text, or a character of anything else.
PLAIN = re.compile(r'<si><t(?: xml:space="preserve")?+(?:/>|>([^<]*+)</t>)</si>[\r\n]*+|(.)', re.DOTALL)
END = re.compile(rb"</sst>\s*\Z")


def read_strings(parts: Parts, part: str) -> list[str]:
    """Return the shared strings.

    A declared count that no workbook of ours could hold is taken for an attack on readers that believe it.

    Raises:
        Refused: the part is broken (F01), or hostile or too large (F08).
    """
    content = parts.read(part)
    head = HEAD.match(content.removeprefix(b"\xef\xbb\xbf"))
    for declared in COUNT.findall(head[1] if head else b""):
        if not declared.isdigit() or int(declared[:20]) > 10 * limits.CELLS:
            raise refused(refusal.CELLS, parts.place, limit=limits.CELLS)
    plain = _plain(content, head) if head and len(content) < limits.PLAIN_BYTES else None
    return plain if plain is not None else [rich(item) for item in parse(parts, part) if local(item) == "si"]


def _plain(content: bytes, head: re.Match[bytes]) -> list[str] | None:
    """Return the strings of a part in the plain form (see cells.py), None when it is not so written."""
    end = END.search(content)
    declaration = content[: head.start(1)].lower()
    if end is None or content.startswith(b"\xef\xbb\xbf") or (b"encoding" in declaration and b"utf-8" not in declaration):
        return None
    try:
        body = content[head.end() : end.start()].decode("utf-8")
    except UnicodeDecodeError:
        return None
    items = PLAIN.findall(body)
    if any(other for _, other in items):
        return None
    if "&" not in body and not UNCLEAN.search(body):
        return [text for text, _ in items]
    return [clean(unescape(text)) for text, _ in items]
