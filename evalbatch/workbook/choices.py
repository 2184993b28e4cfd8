"""From text to choice groups: ☑ ☐ boxes in every shape, or the plain word picked from a drop-down."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from evalbatch.model.value import Choice
from evalbatch.workbook.figures import compact, tidy
from evalbatch.workbook.words import OPEN, TICKED

_BRACKETED: Final = re.compile(rf"[\[(]\s*([{TICKED}xXvV]?)\s*[\])]")
_SEPARATORS: Final = re.compile(r"[,;、/ ]+")
_BOXES: Final = frozenset(TICKED + OPEN)


@lru_cache(maxsize=2048)
def parse_choice(text: str, options: tuple[str, ...]) -> Choice | None:
    """Read which options are ticked, or named by a plain word; None when the text is neither.

    A box belongs to the option behind it, unless the text begins with an option: then to the one before it.
    """
    marked = _BRACKETED.sub(lambda match: TICKED[0] if match[1] else OPEN[0], tidy(text))
    if _BOXES.isdisjoint(marked):
        return _named(marked, options)
    ticked = _ticked(_tokens(marked, options))
    return Choice(options, tuple(option for option in options if option in ticked))


def has_boxes(text: str) -> bool:
    """Whether a text shows choice boxes."""
    return not _BOXES.isdisjoint(text)


def _named(text: str, options: tuple[str, ...]) -> Choice | None:
    words = [compact(word) for word in _SEPARATORS.split(text) if word]
    known = {compact(option): option for option in options}
    whole = known.get(compact(text))
    if whole:
        return Choice(options, (whole,))
    return Choice(options, tuple(known[word] for word in words)) if words and all(word in known for word in words) else None


def _tokens(text: str, options: tuple[str, ...]) -> list[str]:
    """Return the boxes and options of a text in their order."""
    words = sorted(options, key=len, reverse=True)
    pattern = "|".join([*map(re.escape, map(tidy, words)), f"[{TICKED}{OPEN}]"])
    originals = {tidy(option): option for option in options}
    return [originals.get(token, token) for token in re.findall(pattern, text)]


def _ticked(tokens: Sequence[str]) -> set[str]:
    behind = bool(tokens) and tokens[0] not in _BOXES
    pairs = list(zip(tokens[1:], tokens, strict=False)) if behind else list(pairwise(tokens))
    return {option for box, option in pairs if box in TICKED and option not in _BOXES}
