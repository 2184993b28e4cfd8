"""Word templates in docxtpl syntax, prepared once and rendered in milliseconds.

docxtpl prepares a template anew for every document, which is nearly all of its time. Here its own preprocessing runs once, Jinja
is compiled once, and the parts that never change stay compressed. Values are data only: they are escaped, never evaluated.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

import jinja2

from evalbatch.publish.gaps import highlighted
from evalbatch.publish.word_package import Part, join, pack
from evalbatch.publish.word_source import BrokenTemplate, compiled, contents, prepare
from evalbatch.publish.word_values import Merged, literal, resolve

__all__ = ["BrokenTemplate", "Merged", "Template", "literal", "prepared", "shipped", "shipped_bytes"]

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


class Template:
    """A .docx in docxtpl syntax, ready to be rendered again and again.

    A value with several lines becomes as many paragraphs of the same format; a `Merged` value merges its cell downwards.

    Raises:
        BrokenTemplate: the file is no Word document, or a tag in it is malformed or left open.
    """

    def __init__(self, data: bytes) -> None:
        self.sources: dict[str, str] = {}
        self._parts: dict[str, Part | jinja2.Template] = {}
        parts = contents(data)
        for name, content in parts.items():
            source = prepare(name, content)
            if source:
                self.sources[name] = source
            self._parts[name] = compiled(name, source) if source else pack(name, content)
        self._charts = _charts(parts)

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
            return pack(name, (_XML + highlighted(resolve(part.render(context)))).encode())
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
    """Return the file of one of our own templates: `project`, `organisation`, `office`, `total` or `working_paper`."""
    return (resources.files("evalbatch.publish") / "templates" / f"{name}.docx").read_bytes()


def _charts(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Return the part of each chart in the document by the chart's alternative text."""
    relations = parts.get("word/_rels/document.xml.rels", b"").decode("utf-8", "replace")
    links = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall(r"<Relationship [^>]*>", relations)]
    targets = {link["Id"]: "word/" + link["Target"] for link in links if {"Id", "Target"} <= link.keys()}
    document = parts["word/document.xml"].decode("utf-8", "replace")
    found = re.findall(r'<wp:docPr [^>]*descr="([^"]*)".*?<c:chart [^>]*r:id="([^"]*)"', document, re.DOTALL)
    return {title: targets[link] for title, link in found if targets.get(link) in parts}
