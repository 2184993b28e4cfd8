"""Completes the quantities of a row: operator and unit from neighbouring cells, day numbers beside dates."""

import re
from dataclasses import replace
from typing import Final

from evalbatch.forms.spec import Type
from evalbatch.model.figures import day
from evalbatch.model.submission import Entry, State
from evalbatch.model.units import UNITS
from evalbatch.model.value import Kind, Quantity
from evalbatch.workbook.dates import from_serial
from evalbatch.workbook.grid import Cell
from evalbatch.workbook.quantities import operator_of
from evalbatch.workbook.reading.headers import Column, Header
from evalbatch.workbook.reading.page import Page
from evalbatch.workbook.reading.scribe import Scribe

_UNIT_IN_NAME: Final = re.compile(r"[(（]([^()（）]{1,6})[)）]$")
_INDICATOR: Final = "level3"


class Completion:
    """Completes the targets and actuals of a table."""

    def __init__(self, page: Page, header: Header, scribe: Scribe) -> None:
        self.page, self.scribe = page, scribe
        self.quantities = [(name, column) for name, column in header.columns.items() if column.spec.type is Type.QUANTITY]

    def complete(self, number: int, entries: dict[str, Entry]) -> None:
        """Merge operator and unit columns into the quantities of a row; a bare day number beside a date is a date."""
        quantities = self.quantities
        if not quantities:
            return
        nature, unit = entries.get("nature"), entries.get("unit_of_measure")
        operator = operator_of(nature.text) if nature else ""
        measure = unit.text if unit else self._unit_in_name(entries)
        for name, column in quantities:
            sign = operator if name == "target" else ""
            text = self._joined(number, column)
            if text or sign or measure:
                self._again(entries, name, column, sign, measure, text)
        _align_dates(entries, self.scribe)

    def _again(self, entries: dict[str, Entry], name: str, column: Column, sign: str, measure: str, joined: str) -> None:
        entry = entries[name]
        reader = self.scribe.sense(column.spec, operator=sign, unit=measure)
        cell = Cell(joined) if joined else self.page.cells.get((entry.place.row, entry.place.column))
        if cell is not None and entry.state in (State.FILLED, State.UNREADABLE):
            entries[name] = self.scribe.entry(self.page, (entry.place.row, entry.place.column), column.spec, reader, cell)

    def _joined(self, number: int, column: Column) -> str:
        """Join the cells under one wide header: an operator, a figure and a unit side by side."""
        if column.left == column.right:
            return ""
        spots = dict.fromkeys(self.page.anchor(number, place) for place in range(column.left, column.right + 1))
        cells = [self.page.cells[spot] for spot in spots if spot in self.page.cells]
        return "".join(str(cell.value) for cell in cells) if len(cells) > 1 else ""

    @staticmethod
    def _unit_in_name(entries: dict[str, Entry]) -> str:
        entry = entries.get(_INDICATOR)
        match = _UNIT_IN_NAME.search(entry.text) if entry else None
        return match[1] if match and match[1] in UNITS else ""


def _align_dates(entries: dict[str, Entry], scribe: Scribe) -> None:
    target, actual = entries.get("target"), entries.get("actual")
    if target is None or actual is None or target.quantity is None or actual.quantity is None:
        return
    if target.quantity.kind is Kind.DATE and actual.quantity.kind is Kind.NUMBER:
        entries["actual"] = _as_date(actual, actual.quantity, scribe)
    elif actual.quantity.kind is Kind.DATE and target.quantity.kind is Kind.NUMBER:
        entries["target"] = _as_date(target, target.quantity, scribe)


def _as_date(entry: Entry, quantity: Quantity, scribe: Scribe) -> Entry:
    number = quantity.number
    when = from_serial(int(number)) if number is not None and not quantity.unit and number == number.to_integral_value() else None
    if when is None:
        return entry
    scribe.note("F10", entry.place, found=entry.text, expected=day(when), variant="serial")
    return entry._replace(value=replace(quantity, kind=Kind.DATE, number=None, when=when))
