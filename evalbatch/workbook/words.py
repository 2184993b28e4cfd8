"""The words with which departments write values, as data: loaded once from words.toml."""

import re
import tomllib
from collections.abc import Iterable
from importlib import resources
from typing import Final

_DATA: Final = tomllib.loads(resources.files("evalbatch.workbook").joinpath("words.toml").read_text(encoding="utf-8"))

EMPTY: Final = frozenset(_DATA["empty"])
FILLER: Final[tuple[str, ...]] = tuple(_DATA["filler"])
DATE_BEFORE: Final[tuple[str, ...]] = tuple(_DATA["date_before"])
DATE_AFTER: Final[tuple[str, ...]] = tuple(_DATA["date_after"])
UNITS: Final[tuple[str, ...]] = tuple(_DATA["units"])
LABEL_ENDINGS: Final = tuple(_DATA["label_endings"])
TICKED: Final[str] = _DATA["choices"]["ticked"]
OPEN: Final[str] = _DATA["choices"]["open"]


def _inverted(groups: dict[str, list[str]]) -> dict[str, str]:
    return {word: sign for sign, words in groups.items() for word in words}


OPERATORS: Final = _inverted(_DATA["operators"])
OPERATORS_AFTER: Final = _inverted(_DATA["operators_after"])
TIERS: Final = {word: int(tier) for word, tier in _inverted(_DATA["tiers"]).items()}


def alternatives(words: Iterable[str]) -> str:
    """Return a regular expression that matches any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
