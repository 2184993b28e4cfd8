"""Gaps in a report (待补充): what an author still has to write, highlighted in the document and
counted by chapter.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from html import unescape
from io import BytesIO
from zipfile import ZipFile

from evalbatch.model.finding import Finding, Observation
from evalbatch.model.place import Place
from evalbatch.publish.sentences import missing, say, words

CODE = "B05"
_ANYTHING = "\0"
_CHAPTER = "heading 1"
_HIGHLIGHT = '<w:highlight w:val="yellow"/>'
_BEHIND = re.compile(  # what the schema wants behind a highlight
    r"<w:(?:u|effect|bdr|shd|fitText|vertAlign|rtl|cs|em|lang|eastAsianLayout|specVanish|oMath)\b|</w:rPr>"
)
_RUN = re.compile(r"<w:r(?: [^>]*)?>(<w:rPr>.*?</w:rPr>)?", re.DOTALL)
_TEXT_BEGINS = re.compile(r"<w:t[ >]")
_STYLE = re.compile(r'<w:pStyle w:val="([^"]*)"')
_TEXT = re.compile(r"<w:t(?: [^>]*)?>([^<]*)</w:t>")
_NAMED_STYLE = re.compile(r'<w:style [^>]*w:styleId="([^"]*)"[^>]*>\s*<w:name w:val="([^"]*)"')


@cache
def mark() -> re.Pattern[str]:
    """Return the pattern of the mark that stands for a text that is missing."""
    before, _, after = missing(_ANYTHING).partition(_ANYTHING)
    return re.compile(f"{re.escape(before)}[^{re.escape(after)}<]*{re.escape(after)}")


def highlighted(xml: str) -> str:
    """Return a part of a document with every mark in a run of its own, highlighted."""
    pieces: list[str] = []
    end = 0
    for found in mark().finditer(xml):
        if not _TEXT_BEGINS.match(xml, xml.rfind("<", 0, found.start())):
            continue  # an attribute, or a part that is no text of a document
        looks = _looks(xml, found.start())
        behind = f'</w:t></w:r><w:r>{looks}<w:t xml:space="preserve">'
        pieces += (
            xml[end : found.start()],
            f"</w:t></w:r><w:r>{_with_highlight(looks)}<w:t>",
            found[0],
            behind,
        )
        end = found.end()
    return "".join((*pieces, xml[end:])) if pieces else xml


def _looks(xml: str, place: int) -> str:
    """Return the properties of the run that a place lies in."""
    start = max(xml.rfind("<w:r>", 0, place), xml.rfind("<w:r ", 0, place))
    run = _RUN.match(xml, start) if start >= 0 else None
    return (run and run[1]) or ""


def _with_highlight(looks: str) -> str:
    if not looks:
        return f"<w:rPr>{_HIGHLIGHT}</w:rPr>"
    behind = _BEHIND.search(looks)
    return f"{looks[: behind.start()]}{_HIGHLIGHT}{looks[behind.start() :]}" if behind else looks


def by_chapter(document: bytes) -> dict[str, int]:
    """Return how many gaps each chapter of a Word report has, in the order of the chapters; those
    without any are left out.
    """
    with ZipFile(BytesIO(document)) as package:
        xml = package.read("word/document.xml").decode()
        if not mark().search(xml):
            return {}
        styles = _styles(package.read("word/styles.xml"))
    counted: Counter[str] = Counter()
    for chapter, text in _chapters(xml, styles):
        counted[chapter] += len(mark().findall(text))
    return {chapter: count for chapter, count in counted.items() if count}


@lru_cache(maxsize=8)  # reports of one template have one part
def _styles(part: bytes) -> Mapping[str, str]:
    """Return the names of the styles by their ids."""
    return dict(_NAMED_STYLE.findall(part.decode()))


def _chapters(xml: str, styles: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the text of every paragraph that may hold a mark, with the chapter it stands in."""
    places = dict(line.split("|") for line in words("gaps.places"))
    chapter, begins = say("gaps.front"), missing("")[0]
    for paragraph in xml.split("</w:p>"):  # each with what stands before it
        style = _STYLE.search(paragraph)
        name = styles.get(style[1], "").lower() if style else ""
        if name == _CHAPTER:
            chapter = _text(paragraph)
        chapter = places.get(name, chapter)
        if begins in paragraph:
            yield chapter, _text(paragraph)


def _text(paragraph: str) -> str:
    return unescape("".join(_TEXT.findall(paragraph)))


def seen(chapters: Mapping[str, int], file: str) -> Observation:
    """Return the observation that a report has gaps (B05)."""
    told = "，".join(
        say("gaps.chapter", chapter=chapter, count=count) for chapter, count in chapters.items()
    )
    return Observation(
        CODE, (Place(file),), found=str(sum(chapters.values())), figures={"chapters": told}
    )


def count(findings: Iterable[Finding]) -> int:
    """Return how many gaps the report has, by what was found of it."""
    return sum(int(finding.found) for finding in findings if finding.code == CODE)
