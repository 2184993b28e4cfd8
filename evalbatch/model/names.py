"""Names made comparable: of indicators, projects, bodies and labels, whatever a department adds
around them.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from typing import Final

from evalbatch.model.plain_figures import MONEY_UNITS, compact, tidy
from evalbatch.model.words import WORDS, any_of

_PREFIX = re.compile(r"^(?:指标\d*[:：.．、]|[A-Z]\d{1,4}[:：.．、]?|[（(]?\d{1,2}[）).．、])")
_SUFFIX = re.compile(r"(?:[（(][^（()）]*[）)]|[\d.]+分?)$")
_NOISE = re.compile(r"[\s“”\"'‘’《》★*]")


@lru_cache(maxsize=8192)
def bare(name: str) -> str:
    """Return a name without spaces, quotation marks, numbering, a weight or unit behind it, and the
    closing word 指标.

    `指标1：预算执行率（%）` and `预算执行率` are the same name; so are `产出指标（50分）` and
    `产出`.
    """
    short = _PREFIX.sub("", _NOISE.sub("", name))
    short = _SUFFIX.sub("", short)
    return short.removesuffix("指标") or short


_REMARKS: Final = (
    rf"(?:{any_of(WORDS['remarks'])})++"  # possessive: no text makes it try again and again
)
_REMARK: Final = re.compile(rf"[(\[【]{_REMARKS}[)\]】]")
_PLAIN_REMARK: Final = re.compile(
    rf"(?<=..)(?:(?:{any_of(WORDS['remarks'])})+?(?:{any_of(WORDS['remark_ends'])})"
    rf"|{any_of(WORDS['whole_remarks'])})$"
)
_NAMES_NOISE: Final = re.compile(r"[\s()\[\]【】〔〕《》<>“”\"'‘’、,，.。·:：;；_\-—]+")
_NEAR: Final = 0.5
_SHORTEST_BODY: Final = (
    3  # characters that a body's name needs to be recognised inside a longer one
)
_TAIL: Final = re.compile(rf"(?<=..)(?:{any_of(WORDS['body_tails'])})$")
_PROJECT: Final = "项目"
MOST_ALIKE: Final = 2
RECOGNISED: Final = 4
"""Characters that the name of a project or indicator needs to be recognised inside a text."""
_PHRASES: Final = re.compile(r"[。；;！？\n]+")


@lru_cache(maxsize=65536)
def normal_name(name: str) -> str:
    """Return a name as it is compared: half width, without spaces, punctuation, file suffix and
    remarks.

    A bracket is a remark only when it says nothing else: `（修改版）` and `(2)` do not count,
    `（二期）` and `（新建）` do.
    """
    half = _half(name)
    return _NAMES_NOISE.sub("", _REMARK.sub("", half.removesuffix(".xlsx")))


def readings(name: str) -> tuple[str, ...]:
    """Return what a project's name may be as it is compared, the likeliest first: as it stands,
    without a remark that no brackets set apart (道路养护修改版), without or with 项目 behind it.
    """
    own = normal_name(name)
    plain = _PLAIN_REMARK.sub("", own)
    short = plain.removesuffix(_PROJECT)
    return tuple(dict.fromkeys((own, plain, short, f"{short}{_PROJECT}"))) if short else (own,)


def is_remark(text: str) -> bool:
    """Whether a text says only that somebody worked on something again, such as 修改版 or v2."""
    return re.fullmatch(_REMARKS, _half(text)) is not None


def _half(name: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()


def same_name(one: str, other: str) -> bool:
    """Whether two names mean the same; a blank name means nothing."""
    return bool(normal_name(one)) and normal_name(one) == normal_name(other)


def same_body(one: str, other: str) -> bool:
    """Whether two names mean one body; see `likeness`."""
    return likeness(one, other) > 0


def likeness(one: str, other: str) -> int:
    """Return how surely two names mean one body: 2 equal, 1 the longer only says where it is
    (市交通局), 0 not at all.

    What follows a name makes it another body (市教育局附属小学), but for what says that the body
    itself is meant (本级).
    """
    short, long = sorted((_bare_body(one), _bare_body(other)), key=len)
    if short == long:
        return MOST_ALIKE * bool(short)
    return int(len(short) >= _SHORTEST_BODY and long.endswith(short))


def one_project(one: str, other: str) -> bool:
    """Whether two names mean one project: the longer only says more."""
    short, long = sorted((normal_name(one), normal_name(other)), key=len)
    return short in long


def _bare_body(name: str) -> str:
    return _TAIL.sub("", normal_name(name))


def alike(one: str, other: str) -> bool:
    """Whether two titles may be one project's, spelt differently."""
    short, long = sorted((normal_name(one), normal_name(other)), key=len)
    return short in long or _shared(_pairs(short), _pairs(long)) >= _NEAR


def nearest_name(name: str, names: Collection[str]) -> str:
    """Return the name most like this one (by the pairs of characters that they share), empty when
    none is near.
    """
    wanted = _pairs(normal_name(name))
    likeness, near = max(
        ((_shared(wanted, _pairs(normal_name(each))), each) for each in names), default=(0.0, "")
    )
    return near if likeness >= _NEAR else ""


@lru_cache(maxsize=65536)
def _pairs(name: str) -> frozenset[str]:
    return frozenset(one + other for one, other in pairwise(name)) or frozenset((name,))


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


def phrases(text: str) -> list[str]:
    """Return the sentences and clauses of a text that stand by themselves."""
    return [phrase.strip() for phrase in _PHRASES.split(text) if phrase.strip()]


PROJECT_ENDINGS: Final = any_of(WORDS["project_suffixes"])
"""How the names of projects end (an expression); one project is often named with another ending."""
_PROJECT_ENDING: Final = re.compile(rf"(?:{PROJECT_ENDINGS})$")


def project_core(name: str) -> str:
    """Return a project's name without its ending."""
    return _PROJECT_ENDING.sub("", name)


def mentions(core: str, ending: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Yield where a text mentions a name with one of its endings, from where to where: as an
    expression of both would find it, which takes far longer to compile than all its searches.
    """
    start = text.find(core)
    while start >= 0:
        found = ending.match(text, start + len(core))
        if found:
            yield start, found.end()
        start = text.find(core, found.end() if found else start + 1)


LONGEST: Final = 60  # a longer text is a value, never a label

_BRACKETS: Final = str.maketrans("〔〕【】[]{}", "()()()()")
_NUMBERING: Final = re.compile(r"^(?:\(?[一二三四五六七八九十]{1,3}[、.)]|\(?\d{1,2}[、.)](?!\d))")
_BRACKETED: Final = re.compile(r"\([^()]*\)")
_LETTERED: Final = re.compile(r"(?<=[\u4e00-\u9fff])[A-Z](?:[=+\-*/×÷][A-Z])*$")
_MARKS: Final = re.compile(r"^[*★☆●·]+|[*★☆:;。.]+$")
_INLINE: Final = re.compile(r"(?:^|(?<=[\s;]))([^\s:;]{2,16}?(?:\([^()]{1,12}\))?)\s*:\s*")
_CLOSE_ENOUGH: Final = 0.6
_MONEY_UNIT: Final = re.compile(
    r"(?:单位(?:为|是)?:?|[()/,、](?:金额)?(?:单位(?:为|是)?:?)?|[数额](?=[^)]*$))(?:人民币)?"
    rf"(?P<unit>{MONEY_UNITS})(?![\u4e00-\u9fff/])"
)
_MONTHS: Final = re.compile(r"\d{1,2}月?[-~至](?:\d{1,2}|[XNxn])月份?")
_SPAN: Final = "1-N月"
_WORDS_IN_FRONT: Final = re.compile(r"^(?:其中|减|加)[:,]?")


@lru_cache(maxsize=8192)
def key(text: str) -> str:
    """Return what makes a label: `项 目名称：` and `＊项目名称` are the same."""
    clean = _MARKS.sub("", compact(text).replace(" ", "").translate(_BRACKETS))
    if "月" in clean:
        clean = _MONTHS.sub(_SPAN, clean)
    return _NUMBERING.sub("", clean) or clean


@lru_cache(maxsize=8192)
def core(text: str) -> str:
    """Return a label's key without what stands in brackets: `全年预算数（A）` and `全年预算数` are
    the same.
    """
    return without_brackets(key(text))


@lru_cache(maxsize=8192)
def without_brackets(name: str) -> str:
    """Return a key without what stands in brackets, unless that is all there is, and without the
    letter or formula behind it (执行数D, 执行率D/C).
    """
    outside = (_BRACKETED.sub("", name) or name) if "(" in name else name
    return _LETTERED.sub("", outside) if outside[-1:].isascii() else outside


@lru_cache(maxsize=2048)
def row_key(text: str) -> str:
    """Return the key of a printed row's label, without 其中."""
    return _WORDS_IN_FRONT.sub("", core(text)).strip("-") or core(text)


@lru_cache(maxsize=4096)
def money_unit(text: str) -> str:
    """Return the unit of money that a label names: 元 for `项目资金（元）` and `金额单位：元`,
    empty when it names none.
    """
    found = _MONEY_UNIT.search(compact(text)) if "元" in text else None
    return found["unit"] if found else ""


@lru_cache(maxsize=2048)
def inline(text: str) -> tuple[tuple[str, str], ...]:
    """Split `填报单位：某局  填报日期：2024年1月5日` into labels and values; empty when the text
    has no label in front.
    """
    clean = tidy(text)
    found = list(_INLINE.finditer(clean))
    if not found or found[0].start() > 0:
        return ()
    ends = [match.start() for match in found[1:]] + [len(clean)]
    return tuple(
        (key(match[1]), clean[match.end() : end].strip())
        for match, end in zip(found, ends, strict=True)
    )


def nearest(wanted: Iterable[str], texts: Iterable[str]) -> str:
    """Return the text that comes nearest to one of the wanted labels, empty when none comes
    near.
    """
    keys = [key(label) for label in wanted]
    best, most = "", _CLOSE_ENOUGH
    for text in texts:
        short = key(text)
        for candidate in keys:
            if _most_alike(candidate, short) <= most:
                continue
            ratio = SequenceMatcher(None, candidate, short).ratio()
            if ratio > most:
                best, most = text, ratio
    return best


def _most_alike(one: str, other: str) -> float:
    """Return what the likeness of two texts cannot exceed: their order left aside, which is told
    ten times as fast and rules nearly every pair out.
    """
    shared = sum(min(one.count(char), other.count(char)) for char in set(one))
    return 2.0 * shared / ((len(one) + len(other)) or 1)


_ADDRESS = re.compile(
    r"[A-Za-z0-9_%+'-]+(\.[A-Za-z0-9_%+'-]+)*"  # the mailbox
    r"@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}",  # the domain
)
_LONGEST = 254


ADDRESS: Final = "电子邮箱地址，如 jixiao@example.gov.cn"
"""What is expected where an e-mail address belongs."""


def is_address(text: str) -> bool:
    """Whether a text is one plain e-mail address, with nothing in it that could reach a mail
    header.
    """
    return len(text) <= _LONGEST and _ADDRESS.fullmatch(text) is not None
