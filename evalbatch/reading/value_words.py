"""The words with which departments write values, as data: loaded once from words.toml."""

import re
import tomllib
from collections.abc import Iterable
from importlib import resources
from typing import Any, Final

_DATA: Final = tomllib.loads(
    resources.files("evalbatch.reading").joinpath("words.toml").read_text(encoding="utf-8")
)

EMPTY: Final = frozenset(_DATA["empty"])
FILLER: Final = frozenset(_DATA["filler"])
DATE_BEFORE: Final[tuple[str, ...]] = tuple(_DATA["date_before"])
DATE_AFTER: Final[tuple[str, ...]] = tuple(_DATA["date_after"])
IDIOMS: Final[tuple[str, ...]] = tuple(_DATA["idioms"])
REVERSING: Final[tuple[str, ...]] = tuple(_DATA["reversing"])
COUNTED_NAMES: Final[tuple[str, ...]] = tuple(_DATA["counted_names"])
REMARKS: Final[tuple[str, ...]] = tuple(_DATA["remarks"])
NO_REMARK: Final[str] = _DATA["no_remark"]
PER: Final[tuple[str, ...]] = tuple(_DATA["per"]["words"])
SOFT: Final = frozenset(_DATA["soft"])
LOOK_ALIKES: Final[dict[str, str]] = _DATA["look_alike_before"]
POLARITY: Final[dict[str, list[str]]] = _DATA["polarity"]
PARTIAL: Final[dict[str, Any]] = _DATA["partial"]
COVERS: Final[tuple[str, ...]] = tuple(_DATA["covers"])
LABEL_ENDINGS: Final = tuple(_DATA["label_endings"])
TICKED: Final[str] = _DATA["choices"]["ticked"]
OPEN: Final[str] = _DATA["choices"]["open"]


def _inverted(groups: dict[str, list[str]]) -> dict[str, str]:
    return {word: sign for sign, words in groups.items() for word in words}


OPERATORS: Final = _inverted(_DATA["operators"])
OPERATORS_AFTER: Final = _inverted(_DATA["operators_after"])
TIERS: Final = {word: int(tier) for word, tier in _inverted(_DATA["tiers"]).items()}
PERIODS: Final = {word: int(times) for word, times in _inverted(_DATA["periods"]).items()}
DIRECTIONS: Final = _inverted(_DATA["directions"])


def alternatives(words: Iterable[str]) -> str:
    """Return a regular expression that matches any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
