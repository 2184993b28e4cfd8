"""Tells which rows belong to a table, what part each plays, and where the table ends."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import Final

from evalbatch.model.names import core, inline, key
from evalbatch.model.place import Place
from evalbatch.model.submission import Entry, Row, RowKind, State
from evalbatch.reading.entries import Completion, Scribe
from evalbatch.reading.form_labels import SheetLens, TableLens
from evalbatch.reading.headers import Column, Header, find_headers, near_header
from evalbatch.reading.printed_page import Ground, Page, Spot
from evalbatch.reading.printed_tables import is_paired, read_fixed, read_paired, settled
from evalbatch.sheets.book import Cell
from evalbatch.standards.form import ColumnSpec

_COLUMN_LETTER: Final = re.compile(r"[A-Z甲乙丙丁](?:[-/÷*×+][A-Z])*(?:[*×]100%?)?")
_SHORTEST_LEGEND: Final = 3
_LEVEL: Final = "level1"
_ACTUAL: Final = "actual"
_NOTES: Final = re.compile(
    r"(?:注|说明|备注)[:：1]|填表说明|填报说明|填报人|填表人|审核人|联系人|单位负责人"
)


class Extent:
    """The rows under one header, from top to bottom."""

    def __init__(self, page: Page, lens: TableLens, header: Header, ground: Ground) -> None:
        self.page, self.lens, self.header = page, lens, header
        self.stops, self.ends = ground.stops, ground.ends
        self.key_column = header.columns.get(lens.key_column) or next(iter(header.columns.values()))
        self.key_label = key(page.text(*self.key_column.spot))
        self.first_column = header.left if header.left > page.last_column // 2 else 1
        worked_out = [column for column in header.columns.values() if column.spec.formula]
        self.worked_out = {
            place for column in worked_out for place in range(column.left, column.right + 1)
        }

    def numbers(self) -> Iterator[int]:
        """Yield the rows that hold something, down to where something else begins."""
        for number in self.page.rows:
            if number > self.header.bottom:
                if number in self.stops:
                    return
                if (
                    not self._is_blank(number)
                    and not self._is_legend(number)
                    and not self._is_header_again(number)
                ):
                    yield number

    def banner(self, number: int) -> Spot | None:
        """Return the cell of a row that holds nothing but the name of a level, printed across the
        table.
        """
        level = self.header.columns.get(_LEVEL)
        if level is None or len(self.page.by_row[number]) != 1:
            return None
        spot = (number, self.page.by_row[number][0])
        wide = self.page.bounds(*spot).right >= self.key_column.right
        return (
            spot
            if wide and _stem(self.page.text(*spot)) in map(_stem, level.spec.options)
            else None
        )

    def _is_header_again(self, number: int) -> bool:
        """Whether a row repeats the header, as the next page of a typed form does."""
        if key(self.page.text(number, self.key_column.left)) != self.key_label:
            return False
        pairs = [
            (self.page.text(number, column.left), self.page.text(*column.spot))
            for column in self.header.columns.values()
        ]
        return all(key(here) == key(above) for here, above in pairs)

    def _is_blank(self, number: int) -> bool:
        """Whether a row holds nothing, or only what the form itself works out: a spare row."""
        inner = (
            column
            for column in self.page.by_row[number]
            if self.first_column <= column <= self.header.right
        )
        return all(
            column in self.worked_out and self.page.cells[number, column].formula is not None
            for column in inner
        )

    def _is_legend(self, number: int) -> bool:
        """Whether a row under the header only numbers the columns (栏次 1 2 3 …) or letters them
        (A, B).
        """
        if number > self.header.bottom + 2:
            return False
        spots = [
            (number, column)
            for column in self.page.by_row[number]
            if self.header.left <= column <= self.header.right
        ]
        values = [str(self.page.cells[spot].value).strip("()（） ") for spot in spots]
        counted = [value for value in values if value.isdecimal()]
        first = int(counted[0]) if counted else 0
        running = len(counted) > _SHORTEST_LEGEND and counted == [
            str(first + step) for step in range(len(counted))
        ]
        lettered = bool(values) and all(_COLUMN_LETTER.fullmatch(value) for value in values)
        return lettered or (running and len(values) - len(counted) <= 1)

    def kind(self, number: int) -> RowKind | None:
        """Tell what part a row plays, None when the table has ended before it."""
        for column in self.page.by_row[number]:
            if not self.first_column <= column <= self.key_column.right:
                continue
            text = self.page.text(number, column)
            if not text:
                continue
            label = core(text)
            if label in self.lens.totals:
                return RowKind.TOTAL
            if self._ends(text, (number, column)):
                return None
            kind = _kind_of(label)
            if kind is not RowKind.ITEM:
                return kind
        return RowKind.ITEM

    def _ends(self, text: str, spot: Spot) -> bool:
        if key(text) in self.ends or _NOTES.match(text):
            return True
        bounds = self.page.merges.get(spot)
        if (
            bounds is not None
            and bounds.left <= self.header.left
            and bounds.right >= self.header.right
        ):
            return True
        return (":" in text or "：" in text) and any(
            label in self.ends for label, _ in inline(text)
        )

    def is_full(self, number: int) -> bool:
        """Whether a row behind the total still looks like a row: its name and a figure of its
        own.
        """
        figures = [
            column
            for column in self.header.columns.values()
            if column.figure and column.spec.required
        ]
        return self._own(number, self.key_column) is not None and any(
            self._own(number, column) for column in figures
        )

    def _own(self, number: int, column: Column) -> Cell | None:
        spots = ((number, place) for place in range(column.left, column.right + 1))
        return next((self.page.cells[spot] for spot in spots if spot in self.page.cells), None)


def _stem(level: str) -> str:
    """Return what the names of a level have in common: 产出 of 产出指标（50分） and 项目产出."""
    return core(level).removeprefix("项目").removesuffix("指标")


def _kind_of(label: str) -> RowKind:
    if label.startswith("其中"):
        return RowKind.PART
    return RowKind.SUBTOTAL if label.endswith(("小计", "合计")) else RowKind.ITEM


_WEIGHT: Final = "_weight"
_INDICATOR: Final = "level3"
_SHARED_WEIGHT: Final = re.compile(
    r"^(?P<name>.*?)[\s]*(?:[(（]\s*(?P<weight>\d+(?:\.\d+)?)\s*分?\s*[)）]|(?<!\d)(?P<points>\d+(?:\.\d+)?)\s*分)$",
    re.DOTALL,
)
_PREFIX: Final = re.compile(
    r"^\s*[★☆]?\s*(?:指标\s*\d+\s*[:：.、]\s*|[A-D]\d{3}(?!\d)[\s、.:：]*)?"
)
_SPACE: Final = re.compile(r"\s+")


class Levels:
    """Follows the levels of a table from row to row."""

    def __init__(self, header: Header, scribe: Scribe) -> None:
        self.scribe = scribe
        self.columns = header.columns
        self.names = [
            (name, name + _WEIGHT)
            for name, column in header.columns.items()
            if column.spec.merge and not column.figure
        ]
        self.above: dict[str, Entry] = {}

    def plain(self, number: int, entries: dict[str, Entry], kind: RowKind) -> None:
        """Complete and clean the levels and the name of a row, in place."""
        if kind is RowKind.ITEM:
            self._fill_down(number, entries)
        self._split_weights(entries)
        self._name(entries)

    def open(self, name: str, entry: Entry) -> None:
        """Begin a level whose name stands in a row of its own, perhaps numbered."""
        label = key(entry.text)
        self.above = {name: entry._replace(text=label, value=label)}

    def _fill_down(self, number: int, entries: dict[str, Entry]) -> None:
        """Take the level of the row above where a typed form leaves it blank, as a reader of the
        printed form would.
        """
        inherits = True
        for name, weight in self.names:
            entry = entries[name]
            if inherits and entry.blank and not entry.text and name in self.above:
                entries[name] = self._inherited(name, entry)
                if weight in self.above and entries[weight].blank:
                    entries[weight] = self.above[weight]
            inherits = inherits and (entry.blank or entry.place.row < number)
            self.above[name] = entries[name]
            if weight in entries:
                self.above[weight] = entries[weight]

    def _inherited(self, name: str, entry: Entry) -> Entry:
        above = self.above[name]
        if self.scribe.stamped and above.text:
            self.scribe.note(
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
    line breaks mean nothing.
    """
    match = _SHARED_WEIGHT.match(text)
    label = _SPACE.sub("", match["name"] if match else text)
    return (label or text, (match["weight"] or match["points"]) if match else "")


@lru_cache(maxsize=8192)
def _plain(text: str) -> str:
    return _PREFIX.sub("", text, count=1).strip() or text


def with_subtotals(rows: list[Row]) -> list[Row]:
    """Mark rows without an indicator that carry exactly the weights of two or more others of their
    group: they are sums.
    """
    if not rows or "level3" not in rows[0].entries:
        return rows
    weights: dict[tuple[str, str], list[Decimal]] = {}
    for row in rows:
        weight = row.number("weight")
        if row.kind is RowKind.ITEM and row.text("level3") and weight is not None:
            for level in ("level1", "level2"):
                weights.setdefault((level, row.text(level)), []).append(weight)
    return [replace(row, kind=RowKind.SUBTOTAL) if _is_sum(row, weights) else row for row in rows]


def _is_sum(row: Row, weights: dict[tuple[str, str], list[Decimal]]) -> bool:
    level = "level2" if row.text("level2") else "level1"
    group = weights.get((level, row.text(level)), [])
    bare = row.kind is RowKind.ITEM and not row.text("level3") and bool(row.text(level))
    return bare and len(group) > 1 and row.number("weight") == sum(group)


_NUMBERING: Final = "no"
_ROWS_WEIGHT: Final = "weight"
_RANKED: Final = (_LEVEL, "level2", _ROWS_WEIGHT, "score")  # what gives a row a rank of its own


class RowReader:
    """Reads the rows under one header."""

    def __init__(
        self, page: Page, lens: TableLens, header: Header, scribe: Scribe, ground: Ground
    ) -> None:
        self.page, self.lens, self.header, self.scribe = page, lens, header, scribe
        self.columns = header.columns
        self.extent = Extent(page, lens, header, ground)
        self.levels = Levels(header, scribe)
        self.completion = Completion(page, header, scribe)
        self.senses = {
            name: scribe.sense(column.spec, unit=column.unit)
            for name, column in self.columns.items()
        }
        self.shared: set[Spot] = set()

    def read(self) -> list[Row]:
        """Return the rows from the header down to the end of the table."""
        rows: list[Row] = []
        closed = False
        for number in self.extent.numbers():
            if banner := self.extent.banner(number):
                self.levels.open(
                    _LEVEL, self.scribe.entry(self.page, banner, self.columns[_LEVEL].spec)
                )
                continue
            kind = self.extent.kind(number)
            if kind is None or (closed and not self.extent.is_full(number)):
                break
            mark = self.scribe.mark()
            row = self._row(number, kind)
            if rows and rows[-1].kind is RowKind.PART and self._goes_on(row):
                row = self._as_part(row)
            if kind is not RowKind.ITEM or self._holds(row):
                rows.append(row)
            else:
                self.scribe.forget(mark)
            closed = closed or (
                kind is RowKind.TOTAL and any(each.kind is RowKind.ITEM for each in rows)
            )
        return with_subtotals(rows)

    def _goes_on(self, row: Row) -> bool:
        """Whether a row under 其中 names one more part: nothing in it but a name and values, no
        level, weight or score.
        """
        name, weight = row.entries.get(self.lens.key_column), row.entries.get(_ROWS_WEIGHT)
        if row.kind is not RowKind.ITEM or name is None or name.blank or weight is None:
            return False
        own = [
            row.entries[each]
            for each in _RANKED
            if each in row.entries and row.entries[each].place.row == row.place.row
        ]
        return weight in own and all(entry.blank for entry in own)

    def _as_part(self, row: Row) -> Row:
        name = row.text(self.lens.key_column)
        self.scribe.note("F10", row.place, found=name, expected=f"其中：{name}")
        return replace(row, kind=RowKind.PART)

    def _row(self, number: int, kind: RowKind) -> Row:
        entries: dict[str, Entry] = {}
        cells = self.page.cells
        for name, column in self.columns.items():
            spot = (number, column.left)
            cell = cells.get(spot)
            if cell is None:
                entries[name] = self._entry_elsewhere(number, name, column)
            else:
                entries[name] = self.scribe.entry(
                    self.page, spot, column.spec, self.senses[name], cell
                )
        self.levels.plain(number, entries, kind)
        self.completion.complete(number, entries)
        return Row(
            self.lens.spec.id,
            self.scribe.place(self.page, (number, self.extent.key_column.left)),
            entries,
            kind=kind,
        )

    def _entry_elsewhere(self, number: int, name: str, column: Column) -> Entry:
        """Read a cell that is blank, merged with others, or further right under a wide header."""
        spot = self._spot(number, column)
        if column.figure:
            if spot[0] < number and not column.spec.merge:
                return self._merged_figure(spot, column)
            if not column.left <= spot[1] <= column.right and self._claimed(spot, name):
                return Entry("", None, self.scribe.place(self.page, spot), State.BLANK)
        entry = self.scribe.entry(self.page, spot, column.spec, self.senses[name])
        if name == _ACTUAL and spot[0] < number and spot not in self.shared and not entry.blank:
            self.shared.add(spot)
            found = f"{entry.text}（合并{_height(self.page, spot)}行）"
            self.scribe.note("F10", entry.place, found=found, expected=entry.text, variant="spread")
        return entry

    def _spot(self, number: int, column: Column) -> Spot:
        """Return the cell under a header, which may span several: the first that holds
        something.
        """
        first = self.page.anchor(number, column.left)
        if column.left == column.right or first in self.page.cells:
            return first
        spots = (
            self.page.anchor(number, place) for place in range(column.left + 1, column.right + 1)
        )
        return next((spot for spot in spots if spot in self.page.cells), first)

    def _claimed(self, spot: Spot, name: str) -> bool:
        """Whether a cell merged sideways belongs to another column already."""
        return any(
            other.left <= spot[1] <= other.right
            for key_, other in self.columns.items()
            if key_ != name
        )

    def _merged_figure(self, spot: Spot, column: Column) -> Entry:
        """A figure merged over several rows counts once, in the first; the others are blank, at the
        same place.
        """
        place = self.scribe.place(self.page, spot)
        if spot in self.page.cells and spot not in self.shared:
            self.shared.add(spot)
            text = self.scribe.entry(self.page, spot, column.spec).text
            if text:
                found = f"{text}（合并{_height(self.page, spot)}行）"
                self.scribe.note(
                    "F10", place, found=found, expected=f"{text}（只计一次）", variant="merged"
                )
        return Entry("", None, place, State.BLANK)

    def _holds(self, row: Row) -> bool:
        """Whether a department filled something in: more than the printed levels, numbers and
        formulas.
        """
        name = row.entries.get(self.lens.key_column)
        if name is not None and not name.blank:
            return True
        return any(
            self._filled(column.spec, row.entries[name], row.place.row)
            for name, column in self.columns.items()
        )

    def _filled(self, spec: ColumnSpec, entry: Entry, number: int) -> bool:
        own = entry.place.row == number and (not entry.blank or bool(entry.text))
        return (
            own
            and not (entry.formula and spec.formula)
            and not spec.merge
            and spec.id != _NUMBERING
        )


def _height(page: Page, spot: Spot) -> int:
    bounds = page.bounds(*spot)
    return bounds.bottom - bounds.top + 1


_UNSCORABLE = "weight"
_LINE = 3  # filled cells that make a line of a table
_FEW_LINES = 2


@dataclass(slots=True)
class TablesReader:
    """Reads the tables of a sheet, and knows afterwards which cells belong to them."""

    page: Page
    lens: SheetLens
    scribe: Scribe
    headers: dict[str, list[Header]] = field(default_factory=dict)
    claimed: set[Spot] = field(default_factory=set)
    strict: bool = False
    neighbours: list[Header] = field(default_factory=list)

    def locate(self, host: "TablesReader | None" = None) -> None:
        """Find the header rows of all tables, the most telling first; a host has the tables that
        belong on the sheet.
        """
        taken: frozenset[int] = frozenset()
        if host is not None:
            self.neighbours = [header for group in host.headers.values() for header in group]
            taken = frozenset(
                row for header in self.neighbours for row in range(header.top, header.bottom + 1)
            )
        for table in sorted(self.lens.tables, key=lambda one: -len(one.required)):
            headers = find_headers(self.page, table, taken)
            if headers and (
                is_paired(self.page, table, headers[0])
                or (self.strict and not _certain(table, headers[0]))
            ):
                headers = []
            self.headers[table.spec.id] = headers
            if headers:
                if host is not None:
                    host.neighbours += headers
                taken |= frozenset(range(headers[0].top, headers[0].bottom + 1))

    def read(self, table: TableLens) -> tuple[Row, ...] | None:
        """Return the rows of a table, None when the sheet lacks it; what is missing of a required
        one is said.
        """
        headers = self.headers.get(table.spec.id, [])
        if not headers:
            rows = (
                read_paired(self.page, table, self.scribe, self._taken())
                if table.spec.rows and not self.strict
                else []
            )
            if not rows and not self.strict:
                self._say_absent(table)
            self._claim_rows(rows)
            return tuple(rows) if rows else None
        self._say_missing(table, headers[0])
        found: list[Row] = []
        for header in headers:
            found += self._rows(table, header)
        self._claim(headers, found)
        self._doubles(headers[0], found)
        return tuple(found)

    def _taken(self) -> frozenset[int]:
        """Return the header rows of the tables that were found."""
        headers = (header for group in self.headers.values() for header in group)
        return frozenset(row for header in headers for row in range(header.top, header.bottom + 1))

    def _rows(self, table: TableLens, header: Header) -> list[Row]:
        ground = Ground(self._stops(header), self.lens.known)
        if table.rows:
            return settled(
                self.page,
                table,
                header,
                self.scribe,
                read_fixed(self.page, table, header, self.scribe, ground),
            )
        return RowReader(self.page, table, header, self.scribe, ground).read()

    def _stops(self, header: Header) -> frozenset[int]:
        """Return the header rows of other tables under this one that share columns with it."""
        groups = (*self.headers.values(), self.neighbours)
        others = (other for group in groups for other in group if other is not header)
        return frozenset(
            other.top
            for other in others
            if other.left <= header.right and header.left <= other.right
        )

    def _say_missing(self, table: TableLens, header: Header) -> None:
        for column in table.spec.columns:
            if column.id not in header.columns:
                self._say_column(table, header, column)

    def _say_column(self, table: TableLens, header: Header, column: ColumnSpec) -> None:
        best, spot = near_header(self.page, header, column)
        if not column.required:
            if best and not self._paired_label_column(table, column):
                self.scribe.note(
                    "F04",
                    self.scribe.place(self.page, spot),
                    found=best.strip(),
                    expected=column.label,
                    variant="similar",
                )
            return
        place = self.scribe.place(self.page, spot)
        if not best and column.id == _UNSCORABLE:
            self.scribe.note(
                "F04",
                place,
                found=f"{table.spec.title}没有“{column.label}”列",
                expected=column.label,
                variant="unscorable",
            )
            return
        self.scribe.note(
            "F04",
            place,
            found=best.strip(),
            expected=column.label,
            variant="" if best else "absent",
        )

    @staticmethod
    def _paired_label_column(table: TableLens, column: ColumnSpec) -> bool:
        return bool(table.rows) and column is table.spec.columns[0]

    def _say_absent(self, table: TableLens) -> None:
        """Say that a table was not found: one that the form requires, or one whose own sheet holds
        lines nevertheless.
        """
        if table.spec.required:
            self._absent(table)
        elif not self.lens.fields and len(self.lens.tables) == 1 and self._lines() >= _FEW_LINES:
            place, title = (
                Place(self.scribe.file, self.page.name),
                table.spec.title or self.lens.spec.name,
            )
            self.scribe.note("F04", place, found=self.page.name, expected=title, variant="unread")

    def _lines(self) -> int:
        return sum(1 for columns in self.page.by_row.values() if len(columns) >= _LINE)

    def _absent(self, table: TableLens) -> None:
        """Say that a table's header row is missing, and which row of the sheet comes nearest to
        it.
        """
        labels = [column.label for column in table.required] or [
            column.label for column in table.spec.columns
        ]
        taken = self._taken()
        texts = {
            text: spot
            for spot, text in self.page.texts
            if key(text) in table.keys and spot[0] not in taken
        }
        best = next(iter(texts), "")
        place = (
            self.scribe.place(self.page, texts[best])
            if best
            else Place(self.scribe.file, self.page.name)
        )
        expected = f"{table.spec.title}的表头（{'、'.join(labels)}）"
        variant = self.scribe.absence(best, beyond_annex=table.spec.beyond_annex)
        self.scribe.note("F04", place, found=best.strip(), expected=expected, variant=variant)

    def _claim(self, headers: Sequence[Header], rows: Iterable[Row]) -> None:
        """Keep the table's cells, and the labels to its left, from being taken for fields."""
        if not self.lens.fields:
            return
        numbers = {row.place.row for row in rows}
        for header in headers:
            left = 1 if header is headers[0] else header.left
            lines = numbers | set(range(header.top, header.bottom + 1))
            self.claimed.update(
                (line, column) for line in lines for column in range(left, header.right + 1)
            )
        self._claim_rows(rows)

    def _claim_rows(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.claimed.add((row.place.row, row.place.column))
            self.claimed.update(
                (entry.place.row, entry.place.column) for entry in row.entries.values()
            )

    def _doubles(self, header: Header, rows: Iterable[Row]) -> None:
        """Say where two columns claim to be the same and differ: the first was read, the clerk must
        decide.
        """
        numbers = [row.place.row for row in rows]
        for first, second in header.doubles:
            if any(self._differs(number, first, second) for number in numbers):
                places = tuple(
                    self.scribe.place(self.page, column.spot) for column in (first, second)
                )
                shown = "、".join(
                    f"{place.cell}“{self.page.text(place.row, place.column).strip()}”"
                    for place in places
                )
                self.scribe.note(
                    "F04", *places, found=shown, expected=first.spec.label, variant="ambiguous"
                )

    def _differs(self, number: int, first: Column, second: Column) -> bool:
        one, other = self.page.cell(number, first.left), self.page.cell(number, second.left)
        return (one.value if one else None) != (other.value if other else None)


def _certain(table: TableLens, header: Header) -> bool:
    """Whether a header on another sheet than the form says is this table beyond doubt."""
    return table.key_column in header.columns and len(header.columns) * 5 >= len(table.columns) * 3
