"""Finds single fields by their labels, wherever their values stand."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from evalbatch.model.names import (
    LONGEST,
    core,
    key,
    nearest,
    one_project,
    same_body,
)
from evalbatch.model.plain_figures import compact, tidy
from evalbatch.model.submission import Entry, State
from evalbatch.reading.cell_values import CellReader, has_boxes
from evalbatch.reading.entries import EntryReader
from evalbatch.reading.form_labels import (
    FIELD_LABELS,
    MEANT_FIELDS,
    OPINION_LABELS,
    SheetLabels,
    field_meant,
)
from evalbatch.reading.printed_page import BETWEEN, PrintedPage, Spot
from evalbatch.reading.value_words import LABEL_ENDINGS
from evalbatch.sheets.book import Cell
from evalbatch.sheets.number_formats import displayed
from evalbatch.standards.form import FieldSpec, Type

_MOST_COMPARED: Final = 400  # texts among which the nearest to a missing label is looked for
_MOST_PLACES: Final = 20  # of the same label
_CHOICES: Final = (Type.CHOICE, Type.CHOICES)
_COLONS: Final = (":", "：")
_LONGEST_LABEL: Final = 10
_OPINIONS: Final = 2  # further ones that may stand below the first where nothing is merged


@dataclass(slots=True)
class FieldReader:
    """Finds the fields of one sheet; `claimed` cells belong to tables, `known` keys are labels and
    never values.
    """

    page: PrintedPage
    sheet_labels: SheetLabels
    entry_reader: EntryReader
    known: frozenset[str]
    hints: frozenset[str]
    claimed: set[Spot] = field(default_factory=set)
    meant: list[tuple[str, Spot]] | None = None  # fields by the words of labels that nobody knows

    def read(self, name: str) -> Entry | None:
        """Return the entry of a field, None when the sheet has no label for it."""
        spec = self.sheet_labels.fields[name]
        found = self._found(name)
        if not found:
            entry = self._inline(name, spec) or self._combined(name, spec)
            meant = [] if entry else self._meant(name)
            found = [spot for spot in meant if not self._value(spot, spec).blank]
            if not found:
                return entry
        if len(found) == 1:
            return self._other(name, spec, found[0]) or self._value(found[0], spec)
        found = found if name in _WHOSE else self._among_labels(found)
        values = {spot: self._value(spot, spec) for spot in found}
        filled = [spot for spot in found if not values[spot].blank]
        chosen = filled[0] if filled else found[0]
        if _differ(name, [values[spot].text for spot in filled]):
            self._doubt(spec, [values[spot] for spot in filled])
        return values[chosen]

    def _among_labels(self, found: list[Spot]) -> list[Spot]:
        """Return those of several places of a label that have another label in their row in a form
        of others, or all where none has: the others head a table of something else.
        """
        if self.entry_reader.stamped:
            return found
        rows = self.page.by_row
        among = [
            spot
            for spot in found
            if any(self._is_label((spot[0], each)) for each in rows[spot[0]] if each != spot[1])
        ]
        return among or found

    def _other(self, name: str, spec: FieldSpec, title: Spot) -> Entry | None:
        """Return the value beside another label of the field where the best one is but the title of
        a block, with labels beside or under it.
        """
        if self.entry_reader.stamped or not self._is_title(title):
            return None
        entry = self._value(title, spec)
        if not entry.blank:
            return entry
        for spot in (*self._spots(name), *self._meant(name)):
            other = self._value(spot, spec) if spot != title else entry
            if not other.blank:
                return other
        return entry

    def _is_title(self, spot: Spot) -> bool:
        """Whether a label is the title of a block: what comes next beside it, or under it where
        nothing stands beside it, is a label.
        """
        alone = self.page.by_row[spot[0]] == [spot[1]]
        return self._is_label(self._under(spot)) if alone else self._heads_labels(spot)

    def _heads_labels(self, spot: Spot) -> bool:
        """Whether what comes next to the right of a cell is a label."""
        right = self.page.bounds(*spot).right
        behind = next((each for each in self.page.by_row[spot[0]] if each > right), 0)
        return behind > 0 and self._is_label((spot[0], behind))

    def _under(self, spot: Spot) -> Spot:
        """Return the cell under a label; in a form of others across rows that hold nothing."""
        under = self.page.under(spot)
        if under in self.page.cells or self.entry_reader.stamped:
            return under
        return self.page.further_down(under)

    def _heads_column(self, spot: Spot) -> bool:
        """Whether a label stands in a row of labels, over a row of nothing but values."""
        if self.entry_reader.stamped or not self._heads_labels(spot):
            return False
        below = self._under(spot)
        return self._is_value(below) and not any(
            self._is_label((below[0], each)) for each in self.page.by_row[below[0]]
        )

    def _spots(self, name: str) -> list[Spot]:
        """Return where any of a field's labels stands, outside the tables."""
        labels = (label for _, label in self.sheet_labels.labels.get(name, ()))
        spots = (spot for label in labels for spot in self.page.keys.get(label, ()))
        return [spot for spot in islice(spots, _MOST_PLACES) if spot not in self.claimed]

    def missing(self, spec: FieldSpec, taken: Iterable[Spot] = ()) -> None:
        """Say that a label is missing, and which text comes nearest to it."""
        passed = set(taken) | self.claimed
        free = ((text, spot) for spot, text in self._candidates() if spot not in passed)
        texts = dict(islice(free, _MOST_COMPARED))
        best = nearest(spec.labels, texts)
        place = self.entry_reader.place(self.page, texts.get(best, (0, 0)))
        variant = self.entry_reader.absence(best)
        self.entry_reader.note(
            "F04", place, found=best.strip(), expected=spec.label, variant=variant
        )

    def _candidates(self) -> list[tuple[Spot, str]]:
        """Return the short texts that no label of the form explains."""
        short = ((spot, text) for spot, text in self.page.texts if len(text) <= LONGEST // 2)
        return [
            (spot, text)
            for spot, text in short
            if key(text) not in self.known and core(text) not in self.known
        ]

    def _found(self, name: str) -> list[Spot]:
        """Return where the best of a field's labels stands, outside the tables."""
        page, own = self.page, self.sheet_labels.labels.get(name, ())
        return (
            self._free(page.keys, own)
            or self._free(page.cores, self.sheet_labels.loose.get(name, ()))
            or self._free(page.cores, own)
        )

    def _free(
        self, index: Mapping[str, Sequence[Spot]], labels: Sequence[tuple[int, str]]
    ) -> list[Spot]:
        """Return where the first of some labels that has a place outside the tables stands."""
        for _, label in labels:
            if label in index:
                free = filter(self._is_free, index[label])
                if spots := list(islice(free, _MOST_PLACES)):
                    return spots
        return []

    def _is_free(self, spot: Spot) -> bool:
        """Whether a label may be a field's: outside the tables, with its value beside or under
        it.
        """
        return (
            spot not in self.claimed
            and not self._is_side_label(spot)
            and not self._is_opinion(spot)
        )

    def _meant(self, name: str) -> list[Spot]:
        """Return the first label of a form of others whose words mean a field, though no label of
        the field says so.
        """
        if self.entry_reader.stamped or name not in MEANT_FIELDS:
            return []
        if self.meant is None:
            self.meant = sorted(
                (meaning, spot)
                for spot, text in self._candidates()
                if (meaning := field_meant(text))
            )
        free = (spot for meaning, spot in self.meant if meaning == name and self._is_free(spot))
        return list(islice(free, 1))

    def _is_opinion(self, spot: Spot) -> bool:
        """Whether a label only says whose opinion stands behind it, beside the word 审核意见."""
        if self.entry_reader.stamped:
            return False
        titles = (each for label in OPINION_LABELS for each in self.page.keys.get(label, ()))
        rows = (self.page.bounds(*each) for each in titles)
        return any(
            each.left < spot[1] and each.top <= spot[0] <= each.bottom + _OPINIONS for each in rows
        )

    def _is_side_label(self, spot: Spot) -> bool:
        """Whether a label stands upright beside several rows, each of which has labels or values of
        its own.
        """
        bounds = self.page.merges.get(spot)
        if bounds is None or bounds.bottom == spot[0]:
            return False
        beside = self.page.beyond(self.page.beside(spot))
        rows = range(self.page.bounds(*beside).bottom + 1, bounds.bottom + 1)
        return bool(rows) and (
            not self._is_value(beside) or any((row, beside[1]) in self.page.cells for row in rows)
        )

    def _combined(self, name: str, spec: FieldSpec) -> Entry | None:
        """Read a value whose label names several (单位名称/项目名称): its part of it."""
        if not self.page.several:
            return None
        labels = {label for _, label in self.sheet_labels.labels.get(name, ())}
        for parts, label in self.page.several:
            place = next((at for at, part in enumerate(parts) if part in labels), None)
            if place is not None and label not in self.claimed:
                spot = self.page.beside(label)
                if spot not in self.page.cells:
                    spot = self._behind(label, spot, spec, down=False)
                values = tidy(self.page.text(*spot)).split(BETWEEN)
                whole = len(values) != len(parts)
                cell = None if whole else Cell(values[place].strip())
                return self.entry_reader.entry(self.page, spot, spec, cell=cell)
        return None

    def _inline(self, name: str, spec: FieldSpec) -> Entry | None:
        for label in self._inline_labels(name):
            for spot, rest in self.page.inlines.get(label, ()):
                if spot in self.claimed:
                    continue
                if rest:
                    return self.entry_reader.entry(self.page, spot, spec, cell=Cell(rest))
                return Entry("", None, self.entry_reader.place(self.page, spot), State.BLANK)
        return None

    def _inline_labels(self, name: str) -> Iterator[str]:
        """Yield the labels of a field, then those in a form of others that only mean it and have
        something behind them.
        """
        yield from (label for _, label in self.sheet_labels.labels.get(name, ()))
        if name in MEANT_FIELDS and not self.entry_reader.stamped:
            yield from (
                label
                for label, found in self.page.inlines.items()
                if field_meant(label) == name and all(rest for _, rest in found)
            )

    def _value(self, spot: Spot, spec: FieldSpec) -> Entry:
        """Read what stands beside a label, or under it where the form or the layout says so."""
        below = self._stands_in_head(spot) or (
            spec.beside == "below" and not self._stands_beside(spot)
        )
        first = self.page.under(spot) if below else self.page.beside(spot)
        if self._is_label(first):
            second = self.page.beside(spot) if below else self._under(spot)
            if second not in self.page.cells and below:
                second = self._behind(spot, second, spec, down=False)
            if not self._is_value(second):
                return Entry("", None, self.entry_reader.place(self.page, first), State.BLANK)
            first, below = second, not below
        if first not in self.page.cells:
            first = self._behind(spot, first, spec, down=below)
            if first not in self.page.cells and not below and self._heads_column(spot):
                first = self._under(spot)
        elif spec.type not in _CHOICES and not below and self._is_strange_label(first):
            return Entry("", None, self.entry_reader.place(self.page, first), State.BLANK)
        if spec.type in _CHOICES:
            return self._choice(first, spec)
        return self.entry_reader.entry(self.page, first, spec, self._money_reader(spot, spec))

    def _stands_in_head(self, label: Spot) -> bool:
        """Whether the label right beside one to the left in a form of others has its value below,
        and so has this one.
        """
        if self.entry_reader.stamped:
            return False
        row = self.page.by_row[label[0]]
        left = (label[0], row[row.index(label[1]) - 1])
        return (
            self.page.beside(left) == label
            and self._is_label(left)
            and self._is_column(left)
            and self._is_column(label)
        )

    def _is_column(self, label: Spot) -> bool:
        """Whether a value as wide as a label stands right under it."""
        own, under = self.page.bounds(*label), self.page.under(label)
        value = self.page.bounds(*under)
        return self._is_value(under) and (own.left, own.right) == (value.left, value.right)

    def _stands_beside(self, label: Spot) -> bool:
        """Whether a form of others has beside a label what ours has below it."""
        if self.entry_reader.stamped:
            return False
        beside = self.page.beyond(self.page.beside(label))
        return self._is_value(beside) and not self._is_strange_label(beside)

    def _money_reader(self, label: Spot, spec: FieldSpec) -> CellReader | None:
        """Return the reader of an amount in the unit that its label names, None for what has no
        unit.
        """
        if spec.type is not Type.MONEY:
            return None
        unit = self.page.money_unit(label)
        return self.entry_reader.cell_reader(spec, unit=unit)

    def _behind(self, label: Spot, blank: Spot, spec: FieldSpec, *, down: bool) -> Spot:
        """Look for the value behind an inserted column or row; a printed hint behind a blank cell
        is no value.
        """
        far = self.page.further_down(blank) if down else self.page.beyond(blank)
        if self._is_value(far) and self.page.text(*far).strip() not in self.hints:
            return far
        return blank if down or blank in self.page.merges else self._along(label, blank, spec)

    def _along(self, label: Spot, blank: Spot, spec: FieldSpec) -> Spot:
        """Take the only text between a label and the next one where a typed form leaves cells free,
        and say so.
        """
        between: list[Spot] = []
        for column in self.page.by_row.get(blank[0], ()):
            spot = (blank[0], column)
            if column > blank[1]:
                if self._is_label(spot) or (between and self._is_strange_label(spot)):
                    break
                between.append(spot)
        if (
            len(between) != 1
            or between[0] in self.claimed
            or self._is_no_value(self.page.text(*between[0]))
        ):
            return blank
        text = displayed(self.page.cells[between[0]])
        gap = between[0][1] - blank[1]
        found = f"{self.page.text(*label).strip()}（右侧空{gap}格）{text}"
        self.entry_reader.note(
            "F10",
            self.entry_reader.place(self.page, between[0]),
            found=found,
            expected=f"{spec.label}：{text}",
            variant="gap",
        )
        return between[0]

    def _is_no_value(self, text: str) -> bool:
        return _ends_like_label(text) or text.strip() in self.hints

    def _is_strange_label(self, spot: Spot) -> bool:
        """Whether a text that no form knows is a label nevertheless: it ends like one and has a
        value of its own beside it.
        """
        if self.entry_reader.stamped:
            return False
        text = self.page.text(*spot)
        if not _ends_like_label(text):
            return False
        return text.rstrip().endswith(_COLONS) or self._is_value(self.page.beside(spot))

    def _is_value(self, spot: Spot) -> bool:
        return spot in self.page.cells and spot not in self.claimed and not self._is_label(spot)

    def _is_label(self, spot: Spot) -> bool:
        text = self.page.text(*spot)
        if not text or len(text) > LONGEST:
            return False
        known = key(text) in self.known or core(text) in self.known
        return known or (
            not self.entry_reader.stamped
            and (core(text) in FIELD_LABELS or bool(field_meant(text)))
        )

    def _choice(self, spot: Spot, spec: FieldSpec) -> Entry:
        """Read a group of boxes that may be spread over neighbouring cells."""
        options = {compact(option) for option in spec.options}
        parts: list[str] = []
        column = spot[1]
        while column <= self.page.last_column:
            here = self.page.anchor(spot[0], column)
            text = self.page.text(*here)
            if not text or not (has_boxes(text) or compact(text) in options):
                break
            parts.append(text)
            column = (
                max(column, self.page.bounds(*here).right) + 1
            )  # merges of a damaged file may overlap
        cell = Cell(" ".join(parts)) if len(parts) > 1 else None
        return self.entry_reader.entry(self.page, spot, spec, cell=cell)

    def _doubt(self, spec: FieldSpec, entries: list[Entry]) -> None:
        shown = "、".join(f"{entry.place.cell}“{entry.text}”" for entry in entries)
        code, variant = ("D10", "cells") if spec.id in _WHOSE else ("F04", "ambiguous")
        places = (entry.place for entry in entries)
        self.entry_reader.note(code, *places, found=shown, expected=spec.label, variant=variant)


def _differ(name: str, texts: list[str]) -> bool:
    """Whether values of one field contradict each other; bodies and projects may be spelt
    differently.
    """
    same = _WHOSE.get(name)
    first, *others = dict.fromkeys(texts) or [""]
    return any(not (same and same(first, other)) for other in others)


_WHOSE: Final = {"department": same_body, "unit": same_body, "project": one_project}
"""The fields that say whose hand-in it is, with what makes two values mean the same."""


def _ends_like_label(text: str) -> bool:
    """Whether a text ends as labels do: in a colon, or short and in a word such as 日期."""
    label = core(text)
    return text.rstrip().endswith(_COLONS) or (
        len(label) <= _LONGEST_LABEL and label.endswith(LABEL_ENDINGS)
    )
