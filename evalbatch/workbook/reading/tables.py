"""Reads the tables of one sheet: headers first, so that each table knows where the next begins."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from evalbatch.forms.spec import ColumnSpec
from evalbatch.model.place import Place
from evalbatch.model.submission import Row
from evalbatch.workbook.reading.fixed import is_paired, read_fixed, read_paired
from evalbatch.workbook.reading.headers import Column, Header, find_headers, near_header
from evalbatch.workbook.reading.labels import key
from evalbatch.workbook.reading.lens import SheetLens, TableLens
from evalbatch.workbook.reading.page import Ground, Page, Spot
from evalbatch.workbook.reading.rows import RowReader
from evalbatch.workbook.reading.scribe import Scribe
from evalbatch.workbook.reading.totals import settled

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
        """Find the header rows of all tables, the most telling first; a host has the tables that belong on the sheet."""
        taken: frozenset[int] = frozenset()
        if host is not None:
            self.neighbours = [header for group in host.headers.values() for header in group]
            taken = frozenset(row for header in self.neighbours for row in range(header.top, header.bottom + 1))
        for table in sorted(self.lens.tables, key=lambda one: -len(one.required)):
            headers = find_headers(self.page, table, taken)
            if headers and (is_paired(self.page, table, headers[0]) or (self.strict and not _certain(table, headers[0]))):
                headers = []
            self.headers[table.spec.id] = headers
            if headers:
                if host is not None:
                    host.neighbours += headers
                taken |= frozenset(range(headers[0].top, headers[0].bottom + 1))

    def read(self, table: TableLens) -> tuple[Row, ...] | None:
        """Return the rows of a table, None when the sheet lacks it; what is missing of a required one is said."""
        headers = self.headers.get(table.spec.id, [])
        if not headers:
            rows = read_paired(self.page, table, self.scribe, self._taken()) if table.spec.rows and not self.strict else []
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
            return settled(self.page, table, header, self.scribe, read_fixed(self.page, table, header, self.scribe, ground))
        return RowReader(self.page, table, header, self.scribe, ground).read()

    def _stops(self, header: Header) -> frozenset[int]:
        """Return the header rows of other tables under this one that share columns with it."""
        groups = (*self.headers.values(), self.neighbours)
        others = (other for group in groups for other in group if other is not header)
        return frozenset(other.top for other in others if other.left <= header.right and header.left <= other.right)

    def _say_missing(self, table: TableLens, header: Header) -> None:
        for column in table.spec.columns:
            if column.id not in header.columns:
                self._say_column(table, header, column)

    def _say_column(self, table: TableLens, header: Header, column: ColumnSpec) -> None:
        best, spot = near_header(self.page, header, column)
        if not column.required:
            if best and not self._paired_label_column(table, column):
                self.scribe.note(
                    "F04", self.scribe.place(self.page, spot), found=best.strip(), expected=column.label, variant="similar"
                )
            return
        place = self.scribe.place(self.page, spot)
        if not best and column.id == _UNSCORABLE:
            self.scribe.note(
                "F04", place, found=f"{table.spec.title}没有“{column.label}”列", expected=column.label, variant="unscorable"
            )
            return
        self.scribe.note("F04", place, found=best.strip(), expected=column.label, variant="" if best else "absent")

    @staticmethod
    def _paired_label_column(table: TableLens, column: ColumnSpec) -> bool:
        return bool(table.rows) and column is table.spec.columns[0]

    def _say_absent(self, table: TableLens) -> None:
        """Say that a table was not found: one that the form requires, or one whose own sheet holds lines nevertheless."""
        if table.spec.required:
            self._absent(table)
        elif not self.lens.fields and len(self.lens.tables) == 1 and self._lines() >= _FEW_LINES:
            place, title = Place(self.scribe.file, self.page.name), table.spec.title or self.lens.spec.name
            self.scribe.note("F04", place, found=self.page.name, expected=title, variant="unread")

    def _lines(self) -> int:
        return sum(1 for columns in self.page.by_row.values() if len(columns) >= _LINE)

    def _absent(self, table: TableLens) -> None:
        """Say that a table's header row is missing, and which row of the sheet comes nearest to it."""
        labels = [column.label for column in table.required] or [column.label for column in table.spec.columns]
        taken = self._taken()
        texts = {text: spot for spot, text in self.page.texts if key(text) in table.keys and spot[0] not in taken}
        best = next(iter(texts), "")
        place = self.scribe.place(self.page, texts[best]) if best else Place(self.scribe.file, self.page.name)
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
            self.claimed.update((line, column) for line in lines for column in range(left, header.right + 1))
        self._claim_rows(rows)

    def _claim_rows(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.claimed.add((row.place.row, row.place.column))
            self.claimed.update((entry.place.row, entry.place.column) for entry in row.entries.values())

    def _doubles(self, header: Header, rows: Iterable[Row]) -> None:
        """Say where two columns claim to be the same and differ: the first was read, the clerk must decide."""
        numbers = [row.place.row for row in rows]
        for first, second in header.doubles:
            if any(self._differs(number, first, second) for number in numbers):
                places = tuple(self.scribe.place(self.page, column.spot) for column in (first, second))
                shown = "、".join(f"{place.cell}“{self.page.text(place.row, place.column).strip()}”" for place in places)
                self.scribe.note("F04", *places, found=shown, expected=first.spec.label, variant="ambiguous")

    def _differs(self, number: int, first: Column, second: Column) -> bool:
        one, other = self.page.cell(number, first.left), self.page.cell(number, second.left)
        return (one.value if one else None) != (other.value if other else None)


def _certain(table: TableLens, header: Header) -> bool:
    """Whether a header on another sheet than the form says is this table beyond doubt."""
    return table.key_column in header.columns and len(header.columns) * 5 >= len(table.columns) * 3
