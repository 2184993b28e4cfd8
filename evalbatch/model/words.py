"""The words that the checks look for, as data: loaded once from words.toml."""

import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any, Final, NamedTuple

_DATA: Final[dict[str, Any]] = tomllib.loads(
    resources.files(__package__).joinpath("words.toml").read_text(encoding="utf-8")
)


class Misfit(NamedTuple):
    """Level-3 names (expression) that do not fit level-2 groups (expression), and where they
    belong.
    """

    names: str
    groups: str
    belongs: str


MISFITS: Final = tuple(Misfit(**misfit) for misfit in _DATA.pop("misfits"))

#: Lists of words by their key in words.toml; some are regular expressions, as that file says.
WORDS: Final[Mapping[str, tuple[str, ...]]] = {key: tuple(words) for key, words in _DATA.items()}


def any_of(words: Iterable[str]) -> str:
    """Return a regular expression that matches any of the words (or expressions), the longest
    first.
    """
    return "|".join(sorted(words, key=len, reverse=True))


def is_han(char: str) -> bool:
    """Whether a character is a Chinese one; a character class of them all takes milliseconds to
    compile.
    """
    return "\u4e00" <= char <= "\u9fff"
