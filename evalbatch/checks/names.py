"""When two names mean the same project or department: spaces, brackets, width and remarks such as （修改版） do not count."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import lru_cache
from itertools import count, pairwise, takewhile
from typing import Final

from evalbatch.checks.words import WORDS, any_of
from evalbatch.model.record import Record

_REMARKS: Final = rf"(?:{any_of(WORDS['remarks'])})++"  # possessive: no text makes it try again and again
_REMARK: Final = re.compile(rf"[(\[【]{_REMARKS}[)\]】]")
_NOISE: Final = re.compile(r"[\s()\[\]【】〔〕《》<>“”\"'‘’、,，.。·:：;；_\-—]+")
_NEAR: Final = 0.5
_SHORTEST_BODY: Final = 3  # characters that a body's name needs to be recognised inside a longer one
_PHRASES: Final = re.compile(r"[。；;！？\n]+")


@lru_cache(maxsize=65536)
def normal_name(name: str) -> str:
    """Return a name as it is compared: half width, without spaces, punctuation, file suffix and remarks.

    A bracket is a remark only when it says nothing else: `（修改版）` and `(2)` do not count, `（二期）` and `（新建）` do.
    """
    half = _half(name)
    return _NOISE.sub("", _REMARK.sub("", half.removesuffix(".xlsx")))


def is_remark(text: str) -> bool:
    """Whether a text says only that somebody worked on something again, such as 修改版 or v2."""
    return re.fullmatch(_REMARKS, _half(text)) is not None


def _half(name: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()


def same_name(one: str, other: str) -> bool:
    """Whether two names mean the same; a blank name means nothing."""
    return bool(normal_name(one)) and normal_name(one) == normal_name(other)


def same_body(one: str, other: str) -> bool:
    """Whether two names of a body are one, or the shorter (交通局) is part of the longer (市交通局)."""
    short, long = sorted((normal_name(one), normal_name(other)), key=len)
    return bool(short) and (short == long or (len(short) >= _SHORTEST_BODY and short in long))


def year_key(form: str, project: str, number: int = 1) -> str:
    """Return what identifies a project (or an annual form's office) from year to year: its form and its name as compared.

    `number` tells projects of one name apart: 公用经费 stands in many departments.
    """
    return f"{form}:{normal_name(project)}" + (f":{number}" if number > 1 else "")


def last_years(previous: Mapping[str, Record], form: str, project: str, department: str) -> Record | None:
    """Return last year's record of a project, by its name and its department's.

    Another department's project of the same name is none. Where either year names no department, the name decides if only one
    project bears it; where two are as likely, none is.
    """
    keys = takewhile(previous.__contains__, (year_key(form, project, number) for number in count(1)))
    named = [previous[key] for key in keys]
    own = [each for each in named if same_name(each.department, department)]
    own = own or [each for each in named if same_body(each.department, department) or not (each.department and department)]
    return own[0] if len(own) == 1 else None


def last_targets(record: Record | None) -> dict[str, str]:
    """Return last year's targets of a project by the names of its indicators as compared; the funding block's score is none."""
    rows = record.scores.rows if record and record.scores else ()
    return {normal_name(row.level3): row.target for row in rows if row.level3 and row.level2 and row.target}


def nearest_name(name: str, names: Collection[str]) -> str:
    """Return the name most like this one (by the pairs of characters that they share), empty when none is near."""
    wanted = _pairs(normal_name(name))
    likeness, near = max(((_likeness(wanted, _pairs(normal_name(each))), each) for each in names), default=(0.0, ""))
    return near if likeness >= _NEAR else ""


@lru_cache(maxsize=65536)
def _pairs(name: str) -> frozenset[str]:
    return frozenset(one + other for one, other in pairwise(name)) or frozenset((name,))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


def phrases(text: str) -> list[str]:
    """Return the sentences and clauses of a text that stand by themselves."""
    return [phrase.strip() for phrase in _PHRASES.split(text) if phrase.strip()]
