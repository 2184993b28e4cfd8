"""Comparing the names of projects, units and departments as people write them."""

import re
import unicodedata
from functools import cache, lru_cache

from evalbatch.cycle.register import vocabulary

_GROUP = re.compile(r"[(\[{<〔【《「『]([^()\[\]{}<>〔〕【】《》「」『』]*)[)\]}>〕】》」』]")
_NUMBERED = re.compile(r"\d{1,2}|[vV]\d+(\.\d+)*")
_NOISE = re.compile(r"[\W_]+")


@cache
def _revision() -> re.Pattern[str]:
    words = sorted(vocabulary()["names"]["revisions"], key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(words)}|[vV]?\d+(?:\.\d+)*|\s)+")


@lru_cache(maxsize=65536)
def plain(name: str) -> str:
    """Return a name without what does not tell projects apart.

    Width, spaces, brackets, punctuation and case do not matter; neither does a bracket that says only that somebody worked on it
    again, such as `（修改版）` or `(2)`. What a bracket says otherwise, such as `（二期）`, does.
    """
    text = unicodedata.normalize("NFKC", name)
    text = _GROUP.sub(lambda group: "" if _revision().fullmatch(group[1]) else f" {group[1]} ", text)
    return _NOISE.sub("", text).casefold()


def stem(file: str) -> str:
    """Return what a file's name says of its content: plain, without folder, suffix and revision words at its end."""
    base = re.sub(r"\.[A-Za-z]{2,5}$", "", file.replace("\\", "/").rpartition("/")[2])
    text = unicodedata.normalize("NFKC", base)
    parts = [part for part in re.split(r"[\s_\-—－]+", text) if not _revision().fullmatch(part)]
    return plain("".join(parts))
