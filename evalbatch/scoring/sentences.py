"""The sentences that scoring speaks, from `sentences.toml`."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from evalbatch.model.figures import money

_TEXTS: Mapping[str, Mapping[str, str]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def rule_name(rule: str) -> str:
    """Return the Chinese name of a rule."""
    return _TEXTS["rules"][rule]


def name(key: str) -> str:
    """Return the Chinese name of a figure, or a separator."""
    return _TEXTS["names"][key]


def unscorable(key: str) -> str:
    """Return why a workbook cannot be scored."""
    return _TEXTS["unscorable"][key]


def reason(key: str, **figures: str) -> str:
    """Return the sentence that explains a computed score."""
    return _TEXTS["reasons"][key].format_map(figures)


def problem(key: str, **figures: str) -> str:
    """Return the sentence that says why no score can be computed."""
    return _TEXTS["problems"][key].format_map(figures)


def note(key: str) -> str:
    """Return the sentence that says how a figure was read."""
    return _TEXTS["notes"][key]


def amount(name: str, figure: Decimal) -> str:
    """Return an amount of money in 万元 with the name of its figure."""
    return _TEXTS["names"]["money"].format(name=name, amount=money(figure))
