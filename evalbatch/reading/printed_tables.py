"""Reads tables whose rows the form prints: the funding block, plain or with each label beside its
figure.
"""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from decimal import Decimal
from typing import Final

from evalbatch.model.names import core, key, money_unit, nearest, row_key
from evalbatch.model.plain_figures import AMOUNT_UNITS, compact
from evalbatch.model.submission import Entry, Row, RowKind, State
from evalbatch.reading.cell_values import CellReader
from evalbatch.reading.entries import EntryReader
from evalbatch.reading.execution_points import with_points
from evalbatch.reading.form_labels import TableLabels
from evalbatch.reading.headers import Header
from evalbatch.reading.printed_page import Ground, PrintedPage, Spot
from evalbatch.sheets.book import Cell
from evalbatch.standards.form import FixedRow, Input, Type

_FURTHEST: Final = 20  # rows under a header among which printed rows are looked for
_AMOUNT: Final = re.compile(rf"[¥￥]?[\d,]+(?:\.\d+)?(?:{AMOUNT_UNITS})?")
_WITH_AMOUNT: Final = re.compile(
    rf"(?P<label>\D+?)[\s:：]*[¥￥]?-?[\d,]*\.?\d+(?:{AMOUNT_UNITS})?", re.DOTALL
)
_MOST_IDLE: Final = 3  # lines without any figure that may stand between others
_PRINTED: Final = Input(
    id="printed", label="", type=Type.LONG_TEXT
)  # the form's own words: their spaces mean nothing
_WORDS: Final = (Type.TEXT, Type.LONG_TEXT)


def read_printed(
    page: PrintedPage,
    table_labels: TableLabels,
    header: Header,
    entry_reader: EntryReader,
    ground: Ground,
) -> list[Row]:
    """Return the printed rows under a header, with lines that the form does not know as parts of
    their own.
    """
    reader = _PrintedReader(page, table_labels, header, entry_reader)
    ends = ground.ends - table_labels.rows.keys()
    rows: list[Row] = []
    seen: set[str] = set()
    idle = 0
    for number in _numbers(page, header.bottom, ground):
        label = reader.label(number) or reader.inner_label(number)
        text = reader.words_of(label)
        if key(text) in ends:
            break
        fixed = table_labels.rows.get(row_key(text)) if text else None
        row = reader.row(number, label, None if fixed and fixed.id in seen else fixed)
        if reader.is_header_line(row):
            continue
        if not fixed and not _has_figures(row):
            idle += 1
            if idle > _MOST_IDLE:
                break
            continue
        if not text and not rows:
            row = replace(row, key=table_labels.total, kind=RowKind.TOTAL)
        rows.append(row)
        seen.add(row.key)
    reader.say_unit_assumed(rows)
    return rows


def _numbers(page: PrintedPage, bottom: int, ground: Ground) -> Iterator[int]:
    below = [number for number in page.rows if number > bottom][:_FURTHEST]
    for number in below:
        if number in ground.stops:
            return
        yield number


class _PrintedReader:
    """Reads the rows under one header: the figures, and left of them the words."""

    def __init__(
        self,
        page: PrintedPage,
        table_labels: TableLabels,
        header: Header,
        entry_reader: EntryReader,
    ) -> None:
        self.page = page
        self.table_labels = table_labels
        self.header = header
        self.entry_reader = entry_reader
        self.words = next(
            (column for column in table_labels.columns.values() if column.type in _WORDS), None
        )
        self.figures = [
            (name, column, entry_reader.cell_reader(column.spec, unit=column.unit))
            for name, column in header.columns.items()
            if column.spec is not self.words
        ]
        self.first = min((column.left for _, column, _ in self.figures), default=header.left)
        self.inner = min(
            (each.left for each in header.columns.values() if each.spec is not self.words),
            default=header.left,
        )

    def label(self, number: int) -> Spot | None:
        """Return the label of a row: the known one nearest to its figures, else the nearest text of
        its own.
        """
        page, bottom = self.page, self.header.bottom
        spots = [page.anchor(number, column) for column in range(self.first - 1, 0, -1)]
        texts = {spot: text for spot in spots if spot[0] > bottom and (text := page.text(*spot))}
        known = (spot for spot, text in texts.items() if row_key(text) in self.table_labels.rows)
        return next(known, None) or next((spot for spot in texts if spot[0] == number), None)

    def inner_label(self, number: int) -> Spot:
        """Return where a row begins that has no label in front of its figures."""
        first = (number, self.first)
        return (
            first if self.words_of(first) != self.page.text(*first) else (number, self.header.left)
        )

    def say_unit_assumed(self, rows: Sequence[Row]) -> None:
        """Say that amounts are taken in 万元 where neither sheet nor cell names a unit of money."""
        columns = {
            name: column
            for name, column, _ in self.figures
            if column.spec.type is Type.MONEY and not column.unit
        }
        named = any(money_unit(self.page.text(row.place.row, row.place.column)) for row in rows)
        amounts = [entry for row in rows for name in columns if (entry := row.get(name))]
        plain = [entry for entry in amounts if entry.number and "万" not in entry.text]
        if plain and not named and not any("元" in entry.text for entry in amounts):
            found, variant = plain[0].text, "unit_assumed"
            self.entry_reader.note(
                "F10", plain[0].place, found=found, expected=f"{found}万元", variant=variant
            )

    def is_header_line(self, row: Row) -> bool:
        """Whether a row holds but words over the figures below it (总额, 财政拨款), as the second
        line of a header does.
        """
        entries = [row.entries[name] for name, _, _ in self.figures if name in row.entries]
        own = [entry.text for entry in entries if entry.text]
        return bool(own) and all(row_key(text) in self.table_labels.rows for text in own)

    def words_of(self, label: Spot) -> str:
        """Return the label that a cell holds, without the amount that stands behind it in the same
        cell (财政拨款 80).
        """
        text = self.page.text(*label)
        match = _WITH_AMOUNT.fullmatch(text.strip()) if label[1] >= self.first else None
        return (
            match["label"] if match and row_key(match["label"]) in self.table_labels.rows else text
        )

    def row(self, number: int, label: Spot, fixed: FixedRow | None) -> Row:
        """Return a row; a figure merged with one above counts there."""
        page, entry_reader = self.page, self.entry_reader
        entries: dict[str, Entry] = {}
        words, text = self.words_of(label), page.text(*label)
        unit = money_unit(words)  # 年度资金总额（元） under 项目资金（万元）
        for name, column, usual in self.figures:
            own = unit and column.spec.type is Type.MONEY
            reader = entry_reader.cell_reader(column.spec, unit=unit) if own else usual
            if words != text and label == (number, column.left):
                amount = Cell(text.strip().removeprefix(words).strip(" :："))
                entries[name] = entry_reader.entry(page, label, column.spec, reader, amount)
                continue
            spots = [page.anchor(number, place) for place in range(column.left, column.right + 1)]
            spot = next((spot for spot in spots if spot in page.cells), spots[0])
            if spot[0] < number:
                entries[name] = Entry("", None, entry_reader.place(page, spot), State.BLANK)
            else:
                entries[name] = entry_reader.entry(page, spot, column.spec, reader)
        if self.words is not None and label[1] < self.inner:
            entries[self.words.id] = entry_reader.entry(
                page, label, self.words, entry_reader.cell_reader(_PRINTED)
            )
        kind = RowKind.TOTAL if fixed and fixed.total else RowKind.PART
        return Row(
            self.table_labels.spec.id,
            entry_reader.place(page, label),
            entries,
            fixed.id if fixed else "",
            kind,
        )


def _has_figures(row: Row) -> bool:
    faults = (State.ERROR, State.UNCALCULATED)
    return any(entry.number is not None or entry.state in faults for entry in row.entries.values())


def read_paired(
    page: PrintedPage,
    table_labels: TableLabels,
    entry_reader: EntryReader,
    taken: AbstractSet[int] = frozenset(),
) -> list[Row]:
    """Return the rows of a block where every figure has its label to the left: the column's in the
    total row, then the row's.

    `taken` rows are headers of other tables.
    """
    top, starts = _paired_head(page, table_labels, taken)
    if not starts:
        return []
    total = next((row for row in table_labels.spec.rows if row.total), None)
    rows = [_paired_row(page, table_labels, entry_reader, top, starts, total)]
    for number in [number for number in page.rows if number > top][:_FURTHEST]:
        fixed = _paired_label(page, table_labels, number, starts)
        label = page.text(*page.anchor(number, starts[min(starts)][1]))
        if fixed is None and not (label and row_key(label) in table_labels.rows):
            break
        rows.append(_paired_row(page, table_labels, entry_reader, number, starts, fixed))
    return with_points(page, table_labels, entry_reader, rows)


def _paired_head(
    page: PrintedPage, table_labels: TableLabels, taken: AbstractSet[int]
) -> tuple[int, dict[str, Spot]]:
    """Return the row that holds the columns' labels, and where each stands."""
    rows: dict[int, dict[str, Spot]] = {}
    for index, labels in ((page.keys, table_labels.keys), (page.cores, table_labels.cores)):
        for label, matches in labels.items():
            for spot in index.get(label, ()):
                if spot[0] in taken:
                    continue
                rows.setdefault(spot[0], {}).setdefault(matches[0].name, spot)
    good = {
        number: spots
        for number, spots in rows.items()
        if len(set(spots.values())) == len(spots)
        and (len(spots) >= table_labels.need or _stands_alone(page, table_labels, spots))
    }
    wanted = {column.id for column in table_labels.required}
    best = max(
        good,
        key=lambda number: (len(wanted & good[number].keys()), len(good[number]), -number),
        default=0,
    )
    return best, good.get(best, {})


def _stands_alone(page: PrintedPage, table_labels: TableLabels, spots: dict[str, Spot]) -> bool:
    """Whether the one label of a required amount makes the block: the amount stands beside it, or
    the sources of the money stand below.
    """
    ((name, spot),) = list(spots.items())[:1] or (("", (0, 0)),)
    if len(spots) != 1 or name not in {column.id for column in table_labels.required}:
        return False
    cell = page.cells.get(page.beside(spot))
    below = page.text(*page.further_down(page.under(spot)))
    return _is_amount(cell) or (bool(below) and row_key(below) in table_labels.rows)


def _is_amount(cell: Cell | None) -> bool:
    return cell is not None and (
        isinstance(cell.value, int | float) or bool(_AMOUNT.fullmatch(compact(str(cell.value))))
    )


def _paired_label(
    page: PrintedPage, table_labels: TableLabels, number: int, starts: dict[str, Spot]
) -> FixedRow | None:
    labels = (page.text(*page.anchor(number, spot[1])) for spot in starts.values())
    return next(
        (
            table_labels.rows[row_key(label)]
            for label in labels
            if label and row_key(label) in table_labels.rows
        ),
        None,
    )


def _paired_row(
    page: PrintedPage,
    table_labels: TableLabels,
    entry_reader: EntryReader,
    number: int,
    starts: dict[str, Spot],
    fixed: FixedRow | None,
) -> Row:
    entries: dict[str, Entry] = {}
    for name, start in starts.items():
        spot = page.beside(page.anchor(number, start[1]))
        if spot not in page.cells:
            spot = _further_right(page, table_labels, spot)
        entries[name] = entry_reader.entry(
            page,
            spot,
            table_labels.columns[name],
            _paired_reader(page, table_labels, entry_reader, start, name),
        )
    kind = RowKind.TOTAL if fixed and fixed.total else RowKind.PART
    first = page.anchor(number, min(spot[1] for spot in starts.values()))
    return Row(
        table_labels.spec.id,
        entry_reader.place(page, first),
        entries,
        fixed.id if fixed else "",
        kind,
    )


def _further_right(page: PrintedPage, table_labels: TableLabels, blank: Spot) -> Spot:
    """Return the first cell to the right of a blank one, unless it is the next label."""
    column = next((each for each in page.by_row.get(blank[0], ()) if each > blank[1]), 0)
    text = page.text(blank[0], column) if column else ""
    is_label = bool(text) and (row_key(text) in table_labels.rows or key(text) in table_labels.keys)
    return (blank[0], column) if column and not is_label else blank


def _paired_reader(
    page: PrintedPage, table_labels: TableLabels, entry_reader: EntryReader, label: Spot, name: str
) -> CellReader:
    """Return the reader of a column's figures; its label names their unit, or the title of the
    block does.
    """
    spec = table_labels.columns[name]
    unit = page.money_unit(label) if spec.type is Type.MONEY else ""
    return entry_reader.cell_reader(spec, unit=unit)


def is_paired(page: PrintedPage, table_labels: TableLabels, header: Header | None) -> bool:
    """Whether the block on this sheet has its labels beside its figures: what stands next to the
    labels is figures, or what stands under them is labels again.
    """
    if not table_labels.spec.rows:
        return False
    if header is None:
        return table_labels.spec.paired
    spots = [each.spot for each in header.columns.values() if each.spec.type not in _WORDS]
    beside = [page.cells.get(page.beyond(page.beside(spot))) for spot in spots]
    if sum(map(_is_amount, beside)) * 2 > len(spots):
        return True
    under = [page.text(*page.further_down(page.under(spot))) for spot in spots]
    return sum(1 for text in under if text and row_key(text) in table_labels.rows) * 2 > len(
        under
    ) and bool(core(under[0]))


_WEIGHT: Final = "weight"


def with_total_and_points(
    page: PrintedPage,
    table_labels: TableLabels,
    header: Header,
    entry_reader: EntryReader,
    rows: Sequence[Row],
) -> list[Row]:
    """Return the rows with a total among them, and with the points of the execution rate."""
    found = list(rows)
    total = next((row for row in table_labels.spec.rows if row.total), None)
    if found and total is not None and all(row.kind is not RowKind.TOTAL for row in found):
        found = _with_total(table_labels, total, header, entry_reader, found)
    return with_points(page, table_labels, entry_reader, found, header)


def _with_total(
    table_labels: TableLabels,
    total: FixedRow,
    header: Header,
    entry_reader: EntryReader,
    rows: list[Row],
) -> list[Row]:
    """Take the only unknown row that holds what only the total holds (weight, score); say that
    there is none otherwise.
    """
    likely = _likely_totals(table_labels, header, rows)
    if len(likely) != 1:
        labels = {_label(row): row for row in reversed(rows) if not row.key}
        best = nearest(total.labels, labels)
        place = (labels[best] if best else rows[0]).place
        variant = entry_reader.absence(best, vital=_WEIGHT in header.columns)
        entry_reader.note("F04", place, found=best, expected=total.label, variant=variant)
        return rows
    entry_reader.note("F10", likely[0].place, found=_label(likely[0]), expected=total.label)
    return [
        replace(row, key=total.id, kind=RowKind.TOTAL) if row is likely[0] else row for row in rows
    ]


def _likely_totals(table_labels: TableLabels, header: Header, rows: Sequence[Row]) -> list[Row]:
    """Return the rows that may be the total: with what only a total has, alone, or the sum."""
    only = [name for name in header.columns if table_labels.columns[name].total_only]
    likely = [
        row
        for row in rows
        if not row.key
        and any(row.number(name) is not None for name in only)
        and not _is_exceeded(table_labels, row, rows)
    ]
    if len(likely) == 1:
        return likely
    if len(rows) == 1 or (len(rows) > 2 and _is_sum(table_labels, rows[0], rows[1:])):  # noqa: PLR2004
        return [rows[0]]
    return likely


def _is_exceeded(table_labels: TableLabels, row: Row, rows: Sequence[Row]) -> bool:
    """Whether another row holds more of some amount: no total is less than one of its parts."""
    names = [name for name, column in table_labels.columns.items() if column.type is Type.MONEY]
    return any(
        (row.number(name) or Decimal(0)) < (other.number(name) or Decimal(0))
        for other in rows
        for name in names
    )


def _is_sum(table_labels: TableLabels, first: Row, others: Sequence[Row]) -> bool:
    """Whether the first row holds the sums of the others in every amount that it holds."""
    names = [name for name, column in table_labels.columns.items() if column.type is Type.MONEY]
    pairs = [
        (stated, sum((row.number(name) or Decimal(0) for row in others), Decimal(0)))
        for name in names
        if (stated := first.number(name)) is not None
    ]
    return bool(pairs) and all(stated == added for stated, added in pairs)


def _label(row: Row) -> str:
    """Return the label of a row: what its words say."""
    return next(
        (entry.text.strip() for entry in row.entries.values() if isinstance(entry.value, str)), ""
    )
