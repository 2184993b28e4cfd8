"""The words that scoring understands, from `terms.toml`."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from evalbatch.model.submission import Entry

_TERMS: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=64)
def words(section: str, key: str) -> frozenset[str]:
    """Return the words that mean `key`, such as every way to say yes to a point."""
    return frozenset(_TERMS[section][key])


def said(entry: Entry | None) -> str:
    """Return what an entry says: the single ticked option of a choice, else its text; empty when nothing or several."""
    if entry is None:
        return ""
    if entry.choice is not None:
        return entry.choice.ticked[0] if len(entry.choice.ticked) == 1 else ""
    return entry.text.strip()


def figure_of(actual: str) -> str:
    """Return the text of an actual without a 已完成 before its figure, as it reads after 实际完成."""
    for word in _TERMS["text"]["before_actual"]:
        rest = actual.removeprefix(word)
        if rest != actual and rest[:1].isdigit():
            return rest
    return actual
