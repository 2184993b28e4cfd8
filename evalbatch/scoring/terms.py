"""The words and units that scoring understands, from `terms.toml`."""

import tomllib
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from evalbatch.model.submission import Entry

_TERMS: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"), parse_float=Decimal)
_UNITS: dict[str, tuple[str, Decimal]] = {
    unit: (meaning["unit"], Decimal(meaning["factor"])) for unit, meaning in _TERMS["units"].items()
}
_MULTIPLES: dict[str, Decimal] = {prefix: Decimal(factor) for prefix, factor in _TERMS["multiples"].items()}


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


def convert(number: Decimal, unit: str, wanted: str) -> Decimal | None:
    """Convert a number from a unit into another; a missing unit is the other's, a bare 万 counts whatever the other counts.

    Returns:
        The converted number, None when the units do not measure the same thing.
    """
    if unit == wanted or not unit or not wanted:
        return number
    base, factor = _base(unit)
    wanted_base, wanted_factor = _base(wanted)
    return number * factor / wanted_factor if base == wanted_base or not (base and wanted_base) else None


@lru_cache(maxsize=4096)
def _base(unit: str) -> tuple[str, Decimal]:
    if unit in _UNITS:
        return _UNITS[unit]
    for prefix, multiple in _MULTIPLES.items():
        rest = unit.removeprefix(prefix)
        if rest != unit:
            base, factor = _base(rest)
            return base, factor * multiple
    return unit, Decimal(1)
