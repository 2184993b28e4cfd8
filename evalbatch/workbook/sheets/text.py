"""Texts as stored in a package: escapes undone, control characters gone."""

import re

from evalbatch.workbook.sheets.markup import Element, local

# C0 and C1 controls but tab and line feed, lone surrogates, non-characters, and the package's own `_x000D_` escapes.
UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")


def clean(text: str) -> str:
    """Return a stored text as a person sees it: `_x0041_` is A, line ends are line feeds, control characters are gone."""
    if text.isprintable() and "_x" not in text:
        return text
    return _cleaned(text) if UNCLEAN.search(text) else text


def _cleaned(text: str) -> str:
    text = ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def visible(text: str) -> str:
    """Return a text without control characters and the like, which no package may hold."""
    return UNSTORABLE.sub("", text)


def stored(text: str) -> str:
    """Return a text as a package stores it: what only looks like an escape is itself escaped."""
    return ESCAPE.sub(r"_x005F_x\1_", visible(text)) if UNCLEAN.search(text) else text


def literal(text: str) -> str:
    """Return a text that XlsxWriter writes as it stands: what begins and ends like a run it would copy as XML, unescaped."""
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
