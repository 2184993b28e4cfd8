"""Follows the levels of a table (一级、二级指标) from row to row, and takes weights and numbering
off their names.
"""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

from evalbatch.model.names import key
from evalbatch.model.submission import Entry, RowKind, State
from evalbatch.reading.entries import EntryReader
from evalbatch.reading.headers import Header

_WEIGHT: Final = "_weight"
_TOP: Final = "level1"
_INDICATOR: Final = "level3"
_SHARED_WEIGHT: Final = re.compile(
    r"^(?P<name>.*?)[\s]*(?:[(（]\s*(?P<weight>\d+(?:\.\d+)?)\s*分?\s*[)）]|(?<!\d)(?P<points>\d+(?:\.\d+)?)\s*分)$",
    re.DOTALL,
)
_PREFIX: Final = re.compile(
    r"^\s*[★☆]?\s*(?:指标\s*\d+\s*[:：.、]\s*|[A-D]\d{3}(?!\d)[\s、.:：]*)?"
)
_CODE: Final = re.compile(
    r"^(?:[A-D]\d{0,3}[、.:：]*|\d{1,2}[、.．]|[(（]?[一二三四五六七八九十]{1,3}[、.)）])(?=[\u4e00-\u9fff])"
)
_UPRIGHT: Final = str.maketrans("︵︶", "（）")
_SPACE: Final = re.compile(r"\s+")


class Levels:
    """Follows the levels of a table from row to row."""

    def __init__(
        self, header: Header, entry_reader: EntryReader, above: dict[str, Entry] | None = None
    ) -> None:
        self.entry_reader = entry_reader
        self.columns = header.columns
        self.names = [
            (name, name + _WEIGHT)
            for name, column in header.columns.items()
            if column.spec.merge and not column.figure
        ]
        self.above = {} if above is None else above  # goes on over the header that is printed again

    def plain(self, number: int, entries: dict[str, Entry], kind: RowKind) -> None:
        """Complete and clean the levels and the name of a row, in place."""
        if kind is RowKind.ITEM:
            self._fill_down(number, entries)
        self._split_weights(entries)
        if kind is RowKind.ITEM and _TOP not in self.columns and _TOP in self.above:
            own = (name for name in (_TOP, _TOP + _WEIGHT) if name in self.above)
            entries |= {name: self.above[name] for name in own}
        self._name(entries)

    def open(self, name: str, entry: Entry) -> None:
        """Begin a level whose name stands in a row of its own, perhaps numbered."""
        label, points = _level(key(entry.text))
        self.above.clear()
        self.above[name] = entry._replace(text=label, value=label)
        if points:
            self.above[name + _WEIGHT] = Entry(points, Decimal(points), entry.place)

    def _fill_down(self, number: int, entries: dict[str, Entry]) -> None:
        """Take the level of the row above where a typed form leaves it blank, as a reader of the
        printed form would.
        """
        inherits = True
        for name, weight in self.names:
            entry = entries[name]
            if inherits and entry.blank and not entry.text and name in self.above:
                entries[name] = self._inherited(name, entry)
                if weight in self.above and (weight not in entries or entries[weight].blank):
                    entries[weight] = self.above[weight]
            inherits = inherits and (entry.blank or entry.place.row < number)
            self.above[name] = entries[name]
            if weight in entries:
                self.above[weight] = entries[weight]

    def _inherited(self, name: str, entry: Entry) -> Entry:
        above = self.above[name]
        if self.entry_reader.stamped and above.text:
            self.entry_reader.note(
                "F10", entry.place, found="", expected=f"{above.text}（同上一行）", variant="above"
            )
        return above

    def _split_weights(self, entries: dict[str, Entry]) -> None:
        """Take `（50分）` off the name of a level and make it the weight of the level."""
        for name, weight in self.names:
            entry = entries[name]
            label, points = _level(entry.text)
            if label != entry.text:
                entries[name] = entry._replace(
                    text=label, value=label if entry.state is State.FILLED else entry.value
                )
            if points and weight not in self.columns:
                entries[weight] = Entry(points, Decimal(points), entry.place)

    def _name(self, entries: dict[str, Entry]) -> None:
        """Take `指标1：`, `★` and codes such as A101 off the name of an indicator, unless nothing
        else is left.
        """
        entry = entries.get(_INDICATOR)
        if entry is None or entry.state is not State.FILLED:
            return
        rest = _plain(entry.text)
        if rest != entry.text:
            entries[_INDICATOR] = entry._replace(text=rest, value=rest)


@lru_cache(maxsize=2048)
def _level(text: str) -> tuple[str, str]:
    """Split `产出指标（50分）` into name and weight; levels stand upright in narrow cells, so their
    line breaks mean nothing, and neither does a code in front (A决策, B2资金管理).
    """
    text = text.translate(_UPRIGHT)
    match = _SHARED_WEIGHT.match(text)
    label = _CODE.sub("", _SPACE.sub("", match["name"] if match else text))
    return (label or text, (match["weight"] or match["points"]) if match else "")


@lru_cache(maxsize=8192)
def _plain(text: str) -> str:
    return _PREFIX.sub("", text, count=1).strip() or text
