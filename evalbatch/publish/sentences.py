"""The sentences of the reports: wording from `narrative.toml`, figures written the way official
documents write them.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final

from evalbatch.model import figures
from evalbatch.model.evaluation import NodeState

_END = "。！？；…”）〕"


@cache
def _wording() -> dict[str, Any]:
    return tomllib.loads(
        (resources.files("evalbatch.publish") / "narrative.toml").read_text("utf-8")
    )


@cache
def _template(key: str) -> str:
    section, name = key.split(".")
    text: str = _wording()[section][name]
    return text


def say(key: str, **values: object) -> str:
    """Return a sentence of `narrative.toml` by `section.name`, with its figures filled in.

    Raises:
        KeyError: there is no such sentence, or one of its figures is not given.
    """
    return _template(key).format_map(values) if values else _template(key)


def words(key: str) -> tuple[str, ...]:
    """Return a list of words of `narrative.toml` by `section.name`, such as the heads of a
    table.
    """
    section, name = key.split(".")
    return tuple(_wording()[section][name])


def headed(name: str) -> dict[str, Any]:
    """Return a part of chapter one of `narrative.toml`: its fields in order, and headings that
    replace the form's labels.
    """
    part: dict[str, Any] = _wording()[name]
    return part


def outline(name: str) -> list[dict[str, Any]]:
    """Return one of the lists of `narrative.toml`: `sections` or `cover`."""
    entries: list[dict[str, Any]] = _wording()[name]
    return entries


def missing(what: str) -> str:
    """Return the visible mark for the author that something has to be written; nothing is ever
    invented.
    """
    return say("words.missing", what=what)


def or_missing(text: str, what: str) -> str:
    """Return a text, or the mark for the author when it is blank."""
    return text.strip() or missing(what)


@lru_cache(maxsize=4096)
def plain(value: Decimal | None) -> str:
    """Write a figure inside a sentence: at most two decimals, none that are zero; a dash when
    unknown.
    """
    return say("words.dash") if value is None else figures.plain(value)


def money(value: Decimal | None) -> str:
    """Write an amount in a table: as in a sentence, with thousands; a dash when there is none."""
    return say("words.dash") if value is None else figures.grouped(value)


def amount(value: Decimal | None) -> str:
    """Write an amount inside a sentence, without thousands; a dash when unknown."""
    return say("words.dash") if value is None else figures.reported(value)


def points(value: Decimal | None) -> str:
    """Write a score in a table: two decimals, so that its column aligns on the point; a dash when
    there is none.
    """
    return say("words.dash") if value is None else figures.fixed(value)


@lru_cache(maxsize=4096)
def percent(value: Decimal | None) -> str:
    """Write a fraction as a percentage with two decimals wherever it stands, a dash when
    unknown.
    """
    return say("words.dash") if value is None else figures.percent(value)


def day(when: date | None) -> str:
    """Write a date as official documents do: no zeros before month and day; empty when unknown."""
    return figures.day(when) if when else ""


def short_day(when: date | None) -> str:
    """Write a date in a narrow column: 2021.7.22; empty when unknown."""
    return f"{when.year}.{when.month}.{when.day}" if when else ""


def listed(names: Iterable[str], limit: int = 6) -> str:
    """Join names with 、 and say how many there are when the list is cut."""
    every = list(names)
    mark = (
        "" if all(name[:1] + name[-1:] == "“”" for name in every) else "、"
    )  # no 、 between names in quotation marks (GB/T 15834)
    return (
        mark.join(every) if len(every) <= limit else f"{mark.join(every[:limit])}等{len(every)}项"
    )


_STATES: Final = {
    NodeState.ON_TIME: "on_time",
    NodeState.LATE: "late",
    NodeState.NOT_DONE: "not_done",
    NodeState.ADJUSTED: "adjusted",
    NodeState.NOT_DUE: "not_due",
    NodeState.NOT_REPORTED: "not_reported",
}


def states_told(counts: Mapping[NodeState, int]) -> str:
    """Return how many work nodes are in each state that any is in."""
    return "，".join(
        say(f"annual.state_{key}", count=counts[state])
        for state, key in _STATES.items()
        if counts[state]
    )


def enumerated(texts: Sequence[str], form: str) -> list[str]:
    """Return texts with their numbers in front, such as `{number}.{text}` or `（{numeral}）{text}`;
    one alone has none.
    """
    if len(texts) == 1:
        return list(texts)
    return [
        form.format(number=number, numeral=figures.numeral(number), text=text)
        for number, text in enumerate(texts, 1)
    ]


def bare(text: str) -> str:
    """Return a text without surrounding blanks and its full stop, to be set into a sentence."""
    return text.strip().rstrip("。；;,，、 ")


def ended(text: str) -> str:
    """Return a text that ends like a sentence."""
    cleaned = text.strip()
    return cleaned if not cleaned or cleaned[-1] in _END else f"{cleaned}。"


def quoted(name: str) -> str:
    """Return a name in Chinese quotation marks."""
    return f"“{bare(name)}”"
