"""Gaps in a report (待补充): what an author still has to write, highlighted in the document and
counted by chapter.
"""

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from html import unescape

from evalbatch.model.finding import Finding, Observation
from evalbatch.model.place import Place
from evalbatch.publish.sentences import missing, say, words
from evalbatch.publish.word.office_file import MAIN, STYLES, opened

CODE = "B05"
_ANYTHING = "\0"
_CHAPTER = "heading 1"
_HIGHLIGHT = '<w:highlight w:val="yellow"/>'
_BEHIND = re.compile(  # what the schema wants behind a highlight
    r"<w:(?:u|effect|bdr|shd|fitText|vertAlign|rtl|cs|em|lang|eastAsianLayout|specVanish|oMath)\b|</w:rPr>"
)
_RUN = re.compile(r"<w:r(?: [^>]*)?>(<w:rPr>.*?</w:rPr>)?", re.DOTALL)
_TEXT_BEGINS = re.compile(r"<w:t[ >]")
_CLOSED = b"</w:p>"
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
    for place in _beginnings(xml):
        found = mark().match(xml, place)
        if found is None or not _TEXT_BEGINS.match(xml, xml.rfind("<", 0, place)):
            continue  # an attribute, or a part that is no text of a document
        looks = _looks(xml, place)
        behind = f'</w:t></w:r><w:r>{looks}<w:t xml:space="preserve">'
        pieces += (
            xml[end:place],
            f"</w:t></w:r><w:r>{_with_highlight(looks)}<w:t>",
            found[0],
            behind,
        )
        end = found.end()
    return "".join((*pieces, xml[end:])) if pieces else xml


def _beginnings(xml: str) -> Iterator[int]:
    """Yield where a mark may begin; its first character is found far sooner than all of it."""
    first = missing("")[0]
    place = xml.find(first)
    while place >= 0:
        yield place
        place = xml.find(first, place + 1)


def _looks(xml: str, place: int) -> str:
    """Return the properties of the run that a place lies in."""
    start = last_opened("r", xml, place)
    run = _RUN.match(xml, start) if start >= 0 else None
    return (run and run[1]) or ""


def last_opened(tag: str, xml: str, end: int) -> int:
    """Return where the last of some elements begins in front of a place, -1 where none does."""
    plain = xml.rfind(f"<w:{tag}>", 0, end)
    return max(plain, xml.rfind(f"<w:{tag} ", max(plain, 0), end))


def _with_highlight(looks: str) -> str:
    if not looks:
        return f"<w:rPr>{_HIGHLIGHT}</w:rPr>"
    behind = _BEHIND.search(looks)
    return f"{looks[: behind.start()]}{_HIGHLIGHT}{looks[behind.start() :]}" if behind else looks


def by_chapter(document: bytes) -> dict[str, int]:
    """Return how many gaps each chapter of a Word report has, in the order of the chapters; those
    without any are left out.
    """
    parts = opened(document)
    xml = parts[MAIN]
    counts = ((end, len(mark().findall(text))) for end, text in _paragraphs(xml, missing("")[0]))
    marked = [(end, count) for end, count in counts if count]
    if not marked:
        return {}
    ends, chapters = zip(*_chapters(xml, _styles(parts[STYLES])), strict=True)
    counted: Counter[str] = Counter()
    for end, count in marked:
        counted[chapters[bisect(ends, end) - 1]] += count
    return dict(counted)


def _paragraphs(xml: bytes, wanted: str) -> Iterator[tuple[int, str]]:
    """Yield the end and the text of every paragraph that holds something; only these few are
    decoded.
    """
    sought = wanted.encode()
    place = xml.find(sought)
    while place >= 0:
        start, end = xml.rfind(_CLOSED, 0, place), xml.find(_CLOSED, place)
        yield end, _text(xml[max(start, 0) : end].decode())
        place = xml.find(sought, end)


@lru_cache(maxsize=8)  # reports of one template have one part
def _styles(part: bytes) -> Mapping[str, str]:
    """Return what begins with a paragraph by the id of its style; empty where it says so itself."""
    places = {_CHAPTER: "", **dict(line.split("|") for line in words("gaps.places"))}
    named = ((style, name.lower()) for style, name in _NAMED_STYLE.findall(part.decode()))
    return {style: places[name] for style, name in named if name in places}


def _chapters(xml: bytes, styles: Mapping[str, str]) -> Sequence[tuple[int, str]]:
    """Return where the paragraph ends with which a chapter begins, and what the chapter is called,
    in their order.
    """
    begun = [(0, say("gaps.front"))]
    for style, name in styles.items():
        headings = _paragraphs(xml, f'<w:pStyle w:val="{style}"')
        begun += [(end, name or text) for end, text in headings]
    return sorted(begun)


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
