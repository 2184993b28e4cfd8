"""Reads the tables of a sheet: finds their headers, reads what stands under them, and says what of
them is missing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product

from evalbatch.model.figures import given
from evalbatch.model.names import key
from evalbatch.model.place import Place
from evalbatch.model.submission import Entry, Row, RowKind
from evalbatch.reading.entries import EntryReader
from evalbatch.reading.form_labels import SheetLabels, TableLabels
from evalbatch.reading.headers import Header, HeaderColumn, find_headers, near_header, of_section
from evalbatch.reading.printed_page import Ground, PrintedPage, Spot
from evalbatch.reading.printed_tables import (
    is_paired,
    read_paired,
    read_printed,
    with_total_and_points,
)
from evalbatch.reading.printed_weights import weighed
from evalbatch.reading.row_reader import RowReader
from evalbatch.reading.scattered_amounts import read_scattered
from evalbatch.reading.table_rows import is_figure
from evalbatch.standards.form import ColumnSpec, Type

_SCORED = "indicators"
_UNSCORABLE = "weight"
_WEIGHTS = ("weight", "block_weight")
_POINTS = (
    "weight",
    "score",
)  # without them nothing can be scored, which is said once of the whole form
_LINE = 3  # filled cells that make a line of a table
_FEW_LINES = 2
_BEYOND = 1 << 20  # rows that no sheet has


@dataclass(slots=True)
class TablesReader:
    """Reads the tables of a sheet, and knows afterwards which cells belong to them."""

    page: PrintedPage
    sheet_labels: SheetLabels
    entry_reader: EntryReader
    headers: dict[str, list[Header]] = field(default_factory=dict)
    claimed: set[Spot] = field(default_factory=set)
    strict: bool = False
    neighbours: list[Header] = field(default_factory=list)
    unread: list[Spot] = field(default_factory=list)

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
        for table in sorted(
            self.sheet_labels.tables, key=lambda one: (one.spec.scored, -len(one.required))
        ):
            headers = self._found(table, taken)
            self.headers[table.spec.id] = headers
            if headers and host is not None:
                host.neighbours += headers
            taken |= frozenset(
                row for header in headers for row in range(header.top, header.bottom + 1)
            )

    def _found(self, table: TableLabels, taken: frozenset[int]) -> list[Header]:
        groups = find_headers(self.page, table, taken, foreign=not self.entry_reader.stamped)
        if not groups or is_paired(self.page, table, groups[0][0]):
            return []
        if self.strict:
            return groups[0] if _certain(table, groups[0][0]) else []
        if table.spec.sections:
            groups = [of_section(self.page, table, groups)]
        return [header for group in groups for header in group]

    def read(self, table: TableLabels) -> tuple[Row, ...] | None:
        """Return the rows of a table, None when the sheet lacks it; what is missing of a required
        one is said.
        """
        headers = self.headers.get(table.spec.id, [])
        if not headers:
            rows = (
                read_paired(self.page, table, self.entry_reader, self._taken())
                if table.spec.rows and not self.strict
                else []
            )
            rows = rows if _has_required(table, rows) else self._scattered(table) or rows
            if not rows and not self.strict:
                self._say_absent(table)
            self._claim_rows(rows)
            return tuple(rows) if rows else None
        found: list[Row] = []
        above: dict[str, Entry] = {}
        mark = self.entry_reader.mark()
        for header in headers:
            found += self._rows(table, header, above)
        if not _has_required(table, found) and (rows := self._scattered(table)):
            self.entry_reader.forget(mark)
            self._claim_rows(rows)
            return tuple(rows)
        self._say_missing(table, headers[0])
        found = weighed(self.page, headers, found, self.entry_reader)
        self._say_unscorable(table, headers[0], found)
        self._claim(headers, found)
        self._doubles(table, headers[0], found)
        self._say_stated(headers[0], found)
        return tuple(found)

    def _scattered(self, table: TableLabels) -> list[Row]:
        """Return the amounts of a form of others that prints them without a table."""
        if not table.rows or self.strict or self.entry_reader.stamped:
            return []
        others = [group for name, group in self.headers.items() if name != table.spec.id]
        end = min((header.top for group in others for header in group), default=_BEYOND)
        return read_scattered(self.page, table, self.entry_reader, end)

    def _say_unscorable(self, table: TableLabels, header: Header, rows: Sequence[Row]) -> None:
        """Say of a form of others which points it lacks, in a column or anywhere else: without them
        it cannot be scored.
        """
        for column in table.required if not self.entry_reader.stamped else ():
            lacking = (
                column.id in _POINTS and column.id not in header.columns and not column.beyond_annex
            )
            if lacking and not (
                column.id == _UNSCORABLE
                and any(row.number(name) for row in rows for name in _WEIGHTS)
            ):
                best, spot = near_header(self.page, header, column)
                found = f"{table.spec.title}没有“{column.label}”列" + (
                    f"（最接近的是“{best.strip()}”）" if best else ""
                )
                place = self.entry_reader.place(self.page, spot)
                self.entry_reader.note(
                    "F04", place, found=found, expected=column.label, variant="unscorable"
                )

    def _say_stated(self, header: Header, rows: Sequence[Row]) -> None:
        """Say of a column that is printed for information, such as the score of a re-check, what
        stands in it.
        """
        items = [row for row in rows if row.kind is RowKind.ITEM]
        stated = [name for name, column in header.columns.items() if column.spec.stated]
        for name in stated:
            entries = [row.entries[name] for row in items if name in row.entries]
            filled = {entry.place: entry for entry in entries if not entry.blank}  # merged: once
            if filled:
                spot = header.columns[name].spot
                numbers = [entry.number for entry in filled.values()]
                known = [number for number in numbers if number is not None]
                told = (
                    f"{len(known)}项合计{given(sum(known, Decimal(0)))}分"
                    if known
                    else f"{len(filled)}项"
                )
                label = self.page.text(*spot).strip()
                self.entry_reader.note(
                    "F10",
                    self.entry_reader.place(self.page, spot),
                    found=label,
                    expected=told,
                    variant="stated",
                )

    def unread_blocks(self) -> list[Spot]:
        """Return where scores stand under a header of points that belongs to no table."""
        table_labels = next(
            (table for table in self.sheet_labels.tables if table.spec.id == _SCORED), None
        )
        if table_labels is None:
            return []
        rows = [
            {spot[0]: spot for label in known for spot in self.page.cores.get(label, ())}
            for known in table_labels.points
        ]
        taken, found = self._taken(), []
        for row in sorted(set(rows[0]).intersection(*rows[1:]) - taken) if rows else ():
            below = self.page.under(rows[-1][row])
            cell = self.page.cells.get(below)
            if below not in self.claimed and is_figure(cell, Type.SCORE):
                found.append(below)
        return found

    def _taken(self) -> frozenset[int]:
        """Return the header rows of the tables that were found."""
        headers = (header for group in self.headers.values() for header in group)
        return frozenset(row for header in headers for row in range(header.top, header.bottom + 1))

    def _rows(self, table: TableLabels, header: Header, above: dict[str, Entry]) -> list[Row]:
        ground = Ground(self._stops(header), self.sheet_labels.known)
        if table.rows:
            return with_total_and_points(
                self.page,
                table,
                header,
                self.entry_reader,
                read_printed(self.page, table, header, self.entry_reader, ground),
            )
        reader = RowReader(self.page, table, header, self.entry_reader, ground, above)
        rows = reader.read()
        self.unread += reader.unread
        return rows

    def _stops(self, header: Header) -> frozenset[int]:
        """Return the header rows of other tables under this one that share columns with it."""
        groups = (*self.headers.values(), self.neighbours)
        others = (other for group in groups for other in group if other is not header)
        return frozenset(
            other.top
            for other in others
            if other.left <= header.right and header.left <= other.right
        )

    def _say_missing(self, table: TableLabels, header: Header) -> None:
        for column in table.spec.columns:
            if column.id not in header.columns:
                self._say_column(table, header, column)

    def _say_column(self, table: TableLabels, header: Header, column: ColumnSpec) -> None:
        best, spot = near_header(self.page, header, column)
        if not column.required:
            if best and not self._paired_label_column(table, column):
                self.entry_reader.note(
                    "F04",
                    self.entry_reader.place(self.page, spot),
                    found=best.strip(),
                    expected=column.label,
                    variant="similar",
                )
            return
        place = self.entry_reader.place(self.page, spot)
        if not self.entry_reader.stamped:
            if column.id not in _POINTS and not column.beyond_annex:
                self.entry_reader.note(
                    "F04",
                    place,
                    found=best.strip(),
                    expected=column.label,
                    variant=self.entry_reader.absence(best),
                )
            return
        if not best and column.id == _UNSCORABLE:
            self.entry_reader.note(
                "F04",
                place,
                found=f"{table.spec.title}没有“{column.label}”列",
                expected=column.label,
                variant="unscorable",
            )
            return
        self.entry_reader.note(
            "F04",
            place,
            found=best.strip(),
            expected=column.label,
            variant="" if best else "absent",
        )

    @staticmethod
    def _paired_label_column(table: TableLabels, column: ColumnSpec) -> bool:
        return bool(table.rows) and column is table.spec.columns[0]

    def _say_absent(self, table: TableLabels) -> None:
        """Say that a table was not found: one that the form requires, or one whose own sheet holds
        lines nevertheless.
        """
        if table.spec.required:
            self._absent(table)
        elif (
            not self.sheet_labels.fields
            and len(self.sheet_labels.tables) == 1
            and self._lines() >= _FEW_LINES
        ):
            place, title = (
                Place(self.entry_reader.file, self.page.name),
                table.spec.title or self.sheet_labels.spec.name,
            )
            self.entry_reader.note(
                "F04", place, found=self.page.name, expected=title, variant="unread"
            )

    def _lines(self) -> int:
        return sum(1 for columns in self.page.by_row.values() if len(columns) >= _LINE)

    def _absent(self, table: TableLabels) -> None:
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
            self.entry_reader.place(self.page, texts[best])
            if best
            else Place(self.entry_reader.file, self.page.name)
        )
        expected = f"{table.spec.title}的表头（{'、'.join(labels)}）"
        chief = max(self.sheet_labels.tables, key=lambda one: (not one.rows, len(one.required)))
        variant = self.entry_reader.absence(best, vital=table is chief)
        self.entry_reader.note("F04", place, found=best.strip(), expected=expected, variant=variant)

    def _claim(self, headers: Sequence[Header], rows: Iterable[Row]) -> None:
        """Keep the table's cells, and the labels to its left, from being taken for fields."""
        if not self.sheet_labels.fields:
            return
        numbers = {row.place.row for row in rows}
        for header in headers:
            left = (
                1
                if header.left == min(each.left for each in headers if each.top == header.top)
                else header.left
            )
            lines = numbers.union(range(header.top, header.bottom + 1))
            self.claimed.update(product(lines, range(left, header.right + 1)))
        self._claim_rows(rows)

    def _claim_rows(self, rows: Iterable[Row]) -> None:
        for row in rows:
            places = (row.place, *(entry.place for entry in row.entries.values()))
            self.claimed.update((place.row, place.column) for place in places)

    def _doubles(self, table: TableLabels, header: Header, rows: Iterable[Row]) -> None:
        """Say where two columns claim to be the same and differ: the first was read, the clerk must
        decide. Of what only forms of others have (指标说明, 评分标准) two may well be there.
        """
        numbers = [row.place.row for row in rows]
        own = {column.id for column in table.spec.columns}
        for first, second in header.doubles:
            if first.spec.id in own and any(
                self._differs(number, first, second) for number in numbers
            ):
                places = tuple(
                    self.entry_reader.place(self.page, column.spot) for column in (first, second)
                )
                shown = "、".join(
                    f"{place.cell}“{self.page.text(place.row, place.column).strip()}”"
                    for place in places
                )
                self.entry_reader.note(
                    "F04", *places, found=shown, expected=first.spec.label, variant="ambiguous"
                )

    def _differs(self, number: int, first: HeaderColumn, second: HeaderColumn) -> bool:
        one, other = self.page.cell(number, first.left), self.page.cell(number, second.left)
        return (one.value if one else None) != (other.value if other else None)


def _has_required(table: TableLabels, rows: Sequence[Row]) -> bool:
    """Whether a row of printed ones holds every amount that the table must have."""
    return not table.rows or any(
        all(row.number(column.id) is not None for column in table.required) for row in rows
    )


def _certain(table: TableLabels, header: Header) -> bool:
    """Whether a header on another sheet than the form says is this table beyond doubt."""
    return table.key_column in header.columns and len(header.columns) * 5 >= len(table.columns) * 3
