"""Folds the columns that only some forms have into those that every form has: ticks, adjusted
targets, a fourth level.
"""

from typing import Final

from evalbatch.model.plain_figures import compact
from evalbatch.model.submission import Entry, State
from evalbatch.reading.headers import Header
from evalbatch.reading.value_words import EMPTY, TICKED

_TICKS: Final = frozenset({*TICKED, "是", "1", "Y", "V"})
_LAST_LEVEL, _NAME = "level4", "level3"


class Folding:
    """Folds the entries of a table's rows, in place."""

    def __init__(self, header: Header) -> None:
        specs = [column.spec for column in header.columns.values()]
        self.ticks = [spec for spec in specs if spec.ticks]
        self.replacing = [spec for spec in specs if spec.replaces]
        self.fourth = _LAST_LEVEL in header.columns and _NAME in header.columns

    def fold(self, entries: dict[str, Entry]) -> None:
        """Fold what a row holds in its further columns."""
        if self.ticks:
            self._fold_ticks(entries)
        for spec in self.replacing:
            entry = entries.pop(spec.id)
            if not entry.blank and entry.text.strip() not in EMPTY:
                entries[spec.replaces] = entry
        if self.fourth and not entries[_LAST_LEVEL].blank:
            entries[_NAME] = entries[_LAST_LEVEL]

    def _fold_ticks(self, entries: dict[str, Entry]) -> None:
        """Say in the column that ticks stand for what was ticked; words in a box count as a tick
        with a remark.
        """
        told: dict[str, list[tuple[str, Entry]]] = {}
        for spec in self.ticks:
            entry = entries.pop(spec.id)
            text = compact(entry.text)
            if text and text not in EMPTY:
                told.setdefault(spec.ticks, []).append(
                    (spec.label if text in _TICKS else f"{spec.label}：{entry.text}", entry)
                )
            elif spec.ticks not in entries:
                entries[spec.ticks] = Entry("", None, entry.place, State.BLANK)
        for name, marks in told.items():
            words = "、".join(label for label, _ in marks)
            entries[name] = Entry(words, words, marks[0][1].place)
