"""What a cell of the summary workbook may hold."""

import json
import re
import shutil
import tomllib
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NamedTuple
from xml.sax.saxutils import escape

from pydantic import BaseModel, ConfigDict
from xlsxwriter.format import Format
from xlsxwriter.url import Url
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from evalbatch.excel_writer import FONT, Workbook

MISSING = "未报送"
NODE_RATES = ("完成率（全部节点）", "完成率（剔除经批准调整）")
LONGEST_TEXT = 32_767
_WIDE = re.compile("[\u2e80-\U0010ffff]")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")


class Formula(NamedTuple):
    """A live formula and the value it has now."""

    text: str
    value: float | str


class Link(NamedTuple):
    """A text or number that opens a file beside the summary workbook, at a cell if one is named."""

    text: str | int
    path: str
    anchor: str = ""


Value = str | Decimal | int | float | date | Formula | Link | None


_QUOTED: Final = {ord(char): f"%{ord(char):02X}" for char in '%#?"<> '}
"""How what means something else in an address is written there."""


class FileLink(Url):  # type: ignore[misc]  # the library has no types
    """A relative link with forward slashes, which Excel, WPS and LibreOffice all follow on every
    system.
    """

    def __init__(self, link: Link) -> None:
        self.__dict__.update(_plain_link())  # replaced below: the library would turn slashes round
        self._relationship_link = link.path.translate(_QUOTED)
        self._anchor = link.anchor
        self._text = str(link.text)

    def _target(self) -> str:
        return self._relationship_link


@cache
def _plain_link() -> Mapping[str, Any]:
    """Return what the library keeps of a link, worked out once: it takes its time with each."""
    plain: Mapping[str, Any] = vars(Url("external:./x"))
    return plain


def safe_text(text: str) -> str:
    """Return a text without what XML forbids, no longer than a cell takes."""
    text = _UNPRINTABLE.sub("", text)
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


_EPOCH = date(1899, 12, 30)
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # Excel would read _x0041_ as A

_FAST = 1
ROW = "\0"  # no text may hold it
REMEMBERED = 4096

Cell = Callable[[Value], str]


class RowSheet(Worksheet):  # type: ignore[misc]  # the library has no types
    """A worksheet in constant memory that also takes whole rows as XML, each below the last."""

    def add_row(self, row: int, cells: str, height: float | None = None) -> None:
        """Write a row (see `row_text`)."""
        self.add_rows(row, row, row_text(row, cells, height).encode())

    def add_rows(self, first: int, last: int, rows: bytes) -> None:
        """Write whole rows, counted from 0."""
        if first > self.previous_row:
            self._write_single_row(last)
        self.fh.flush()
        self.fh.buffer.write(rows)
        self.dim_rowmax = last

    def _write_optimized_sheet_data(self) -> None:
        """Take the rows over as bytes and remove their file.

        The library would decode and encode all of them once more, and leave the file of a sheet
        without rows behind.
        """
        self._xml_start_tag("sheetData")
        self.fh.flush()
        with self.row_data_fh as rows:
            rows.seek(0)
            shutil.copyfileobj(rows.buffer, self.fh.buffer)
        Path(self.row_data_filename).unlink()
        self._xml_end_tag("sheetData")

    def add_link(self, row: int, column: int, link: Link) -> None:
        """Let a cell open a file; its text is written with its row."""
        self.hlink_count += 1
        self.hyperlinks[row][column] = FileLink(link)


def row_text(row: int, cells: str, height: float | None = None) -> str:
    """Return a row, counted from 0, with the elements of its cells; `height` is in points."""
    size = f' ht="{height:g}" customHeight="1"' if height else ""
    return f'<row r="{row + 1}"{size}>{cells}</row>'


Sums = dict[str, dict[str, Decimal]]
"""What columns add up to, by the group of rows: all of them, or those of one word."""


class RowsWritten(NamedTuple):
    """Rows of a list below each other as they were written: how many, their text, the links in them
    (row, column, text, path, anchor), what they add up to, and how many more there was no room for.
    """

    rows: int
    text: bytes
    links: list[tuple[int, int, str | int, str, str]]
    sums: Sums
    left: int = 0


class MadeRow(NamedTuple):
    """A row of a list that has no place yet: the elements of its cells, the same where there is no
    room for its links, its height in points, and its links (column, text, path, anchor).
    """

    cells: str
    plain: str
    height: float | None
    links: Sequence[tuple[int, str | int, str, str]]


def joined(parts: Sequence[bytes]) -> bytes:
    """Return several data as one."""
    lengths = json.dumps([len(part) for part in parts]).encode()
    return b"\n".join((lengths, b"".join(parts)))


def parted(data: bytes) -> Iterator[bytes]:
    """Yield what was joined."""
    lengths, _, rest = data.partition(b"\n")
    at = 0
    for length in json.loads(lengths):
        yield rest[at : at + length]
        at += length


def packed(written: Sequence[RowsWritten]) -> bytes:
    """Pack rows of several lists."""
    told = json.dumps(
        [(rows.rows, rows.links, rows.sums, rows.left) for rows in written], default=str
    )
    return zlib.compress(joined((told.encode(), *(rows.text for rows in written))), _FAST)


def unpacked(data: bytes) -> Iterator[RowsWritten]:
    """Yield what was packed."""
    told, *texts = parted(zlib.decompress(data))
    for (count, links, sums, left), rows in zip(json.loads(told), texts, strict=True):
        figures = {
            group: {column: Decimal(figure) for column, figure in each.items()}
            for group, each in sums.items()
        }
        yield RowsWritten(count, rows, [tuple(link) for link in links], figures, left)


Rank = Sequence[Any]
"""What puts the rows of a list in their order; it travels as JSON."""


class RankedRows:
    """The rows of a list that stand in another order than that of the records they are of, packed
    page by page until the list is complete; those of one rank stand as they came.
    """

    def __init__(self, sheet: "ListSheet") -> None:
        self._sheet = sheet
        self._fresh: list[tuple[Rank, MadeRow]] = []
        self._packed: list[tuple[Rank, bytes]] = []

    def add(self, rank: Rank, values: Sequence[Value]) -> None:
        """Add a row."""
        self._fresh.append((rank, self._sheet.made(values)))

    def take(self) -> bytes:
        """Return the rows that were added since the last time, packed."""
        by_rank = groupby(sorted(self._fresh, key=itemgetter(0)), key=itemgetter(0))
        packs = {rank: _squeezed([row for _, row in rows]) for rank, rows in by_rank}
        self._fresh = []
        taken = joined((json.dumps(list(packs)).encode(), *packs.values()))
        self.put(taken)
        return taken

    def put(self, taken: bytes) -> None:
        """Add rows as they were taken the last time."""
        ranks, *packs = parted(taken)
        self._packed += zip(json.loads(ranks), packs, strict=True)

    def close(self) -> None:
        """Write all rows in their order."""
        self.take()
        for _, data in sorted(self._packed, key=itemgetter(0)):
            for row in json.loads(zlib.decompress(data)):
                self._sheet.place(MadeRow(*row))


def _squeezed(rows: Sequence[MadeRow]) -> bytes:
    return zlib.compress(json.dumps(rows, ensure_ascii=False).encode(), _FAST)


def text_cell(letters: str, style: Format) -> Cell:
    """Return a function that makes the cells of a column of texts; nothing for no text."""
    head = f'<c r="{letters}{ROW}" s="{_index(style)}" t="inlineStr">'

    @lru_cache(REMEMBERED)  # of texts only: 1 and 1.00 are equal
    def written(text: str) -> str:
        return f"{head}{_inline(text)}</c>" if text else ""

    def cell(value: Value) -> str:
        return written(value if isinstance(value, str) else str(value))

    return cell


def value_cell(letters: str, style: Format, word_style: Format) -> Cell:
    """Return a function that makes the cells of a column of numbers, dates or formulas; words stand
    centred among them.
    """
    head, word = f'<c r="{letters}{ROW}" s="{_index(style)}"', text_cell(letters, word_style)

    def cell(value: Value) -> str:
        if isinstance(value, Decimal):  # most of them
            return f"{head}><v>{_plain(value)}</v></c>"
        return word(value) if isinstance(value, str) else f"{head}{_content(value)}</c>"

    return cell


def any_cell(name: str, style: Format, value: Value) -> str:
    """Return one cell by its name, whatever it holds."""
    head = f'<c r="{name}" s="{_index(style)}"'
    if value is None or value == "":
        return f"{head}/>"
    return (
        f'{head} t="inlineStr">{_inline(value)}</c>'
        if isinstance(value, str)
        else f"{head}{_content(value)}</c>"
    )


def _content(value: Value) -> str:
    """Return what follows the style of a cell that holds a number, a date or a formula."""
    if not isinstance(value, Formula):
        return f"><v>{_number(value)}</v>"
    formula = f"<f>{escape(value.text.removeprefix('='))}</f>"
    if isinstance(value.value, str):
        return f' t="str">{formula}<v>{_escaped(value.value)}</v>'
    return f">{formula}<v>{value.value!r}</v>"


def _number(value: Value) -> str:
    if isinstance(value, Decimal):
        return _plain(value)
    if isinstance(value, date):
        return str((value - _EPOCH).days)
    return repr(value)


def _plain(number: Decimal) -> str:
    """Write a number without exponent; formatting all of them would take four times as long."""
    text = str(number)
    return f"{number:f}" if "E" in text else text


def _inline(text: str) -> str:
    """Return a text as an inline string."""
    text = _escaped(text)
    space = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
    return f"<is><t{space}>{text}</t></is>"


def _escaped(text: str) -> str:
    return _LOOKS_ESCAPED.sub("_x005F_", escape(safe_text(text)))


def _index(style: Format) -> int:
    return int(style._get_xf_index())  # noqa: SLF001 - what the library itself writes into a cell


NONE = "—"
HEADER_ROW = 2  # rows count from 0 in XlsxWriter, from 1 in formulas
FIRST_ROW = HEADER_ROW + 1
LAST_ROW = 1_048_576 - 10_000  # of those that a sheet has; below come totals and what is left out
FULL = "本表已列满，另有 {left} 行未列；全部内容见 data 文件夹中的 CSV 文件"
ROOM_FOR_LINKS = 1_000  # more than the rows of one record page hold
MOST_LINKS = 65_000  # Excel takes 65,530 links a sheet
LINE_HEIGHT = 13.5  # points of a line of 10 point text
FILTERED = 1_000  # rows of a list whose groups are summed as the filter shows them
MOST_LINES = 12  # a longer text is cut on paper and read in the cell
A3, A4 = 8, 9
WIDEST_ON_A4 = 175  # digits that A4 landscape holds at 7 points in a wide font; A3 holds 254
PADDING = 0.72  # digits beside the text of each column
TOTAL, TOTAL_OF = "所列合计（随筛选变化）", "其中"
INK, GREY, LIGHT, PALE = "#262626", "#595959", "#D9D9D9", "#F2F2F2"


class ListColumn(BaseModel):
    """A column of a list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    label: str
    kind: str = "text"
    width: float
    wrap: bool = False
    sum: bool = False
    ratio: tuple[str, str] | None = None


class Mark(BaseModel):
    """Words, or texts with a beginning, or figures above a limit that a column shows coloured; the
    colour only underlines what stands there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    words: tuple[str, ...] = ()
    begins: str = ""
    above: int | None = None
    fill: str


class ListLayout(BaseModel):
    """A list sheet as summary.toml describes it.

    Columns with `sum` have a total below the list, and another for each value of the column `by`;
    one with a `ratio` has the quotient of two totals.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    note: str
    frozen: int
    printed: int
    columns: tuple[ListColumn, ...]
    by: str = ""
    marks: tuple[Mark, ...] = ()

    @property
    def printed_widths(self) -> list[float]:
        """The widths of the columns that are printed."""
        return [column.width for column in self.columns[: self.printed]]

    def spread(self, column: str, labels: Sequence[str]) -> "ListLayout":
        """Return the layout with a column for each label in the place of one."""
        spread = [
            made
            for each in self.columns
            for made in (
                [each.model_copy(update={"id": label, "label": label}) for label in labels]
                if each.id == column
                else [each]
            )
        ]
        more = len(spread) - len(self.columns)
        return self.model_copy(update={"columns": tuple(spread), "printed": self.printed + more})


@cache
def layouts() -> Mapping[str, ListLayout]:
    """Return the list sheets by their id."""
    data = tomllib.loads(
        files("evalbatch.publish").joinpath("summary.toml").read_text(encoding="utf-8")
    )
    return {name: ListLayout.model_validate(sheet) for name, sheet in data.items()}


class SummaryFormats:
    """The cell formats of the workbook, made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def get(self, **properties: Any) -> Format:
        """Return a format with these properties over the workbook's own."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            base = {"font_name": FONT, "font_size": 10, "valign": "vcenter", "font_color": INK}
            self._made[key] = self._book.add_format(base | properties)
        return self._made[key]

    def cell(self, kind: str, *, wrap: bool = False, **properties: Any) -> Format:
        """Return the format of a kind of column."""
        return self.get(**{**_KINDS[kind], **({"text_wrap": True} if wrap else {}), **properties})


_KINDS: Mapping[str, Mapping[str, Any]] = {
    "text": {"indent": 1},
    "link": {"font_color": "#1F3864", "underline": 1, "indent": 1},
    "opening": {"num_format": "0", "align": "center", "font_color": "#1F3864", "underline": 1},
    "score": {"num_format": "0.00", "align": "right"},
    "money": {"num_format": "#,##0.00", "align": "right"},
    "change": {"num_format": "+0.00;-0.00;0.00", "align": "right"},
    "rate": {"num_format": "0.00%", "align": "right"},
    "count": {"num_format": "0", "align": "center"},
    "tally": {"num_format": '0;-0;"–"', "align": "center"},
    "amount": {"num_format": '#,##0.00;-#,##0.00;"–"', "align": "right"},
    "date": {"num_format": "yyyy-mm-dd", "align": "center"},
    "centre": {"align": "center"},
}


_UNLINKED: Final[Mapping[str, str]] = {"link": "text", "opening": "count"}
"""The kinds of columns that hold links, and as which kind a cell without one looks."""


class ListSheet:
    """One list; rows are given as values in the order of the columns.

    `told` is what stands in the total of a group beside its sums, by column.
    """

    def __init__(
        self, book: Workbook, styles: SummaryFormats, layout: ListLayout, heading: str, footer: str
    ) -> None:
        self.layout = layout
        self.sheet: RowSheet = book.add_worksheet(self.layout.name, worksheet_class=RowSheet)
        self._styles = styles
        self._row = FIRST_ROW
        self._fresh: list[str] = []
        self._links: list[tuple[int, int, str | int, str, str]] = []
        self._letters = {
            column.id: str(xl_col_to_name(at)) for at, column in enumerate(self.layout.columns)
        }
        self._cells = [self._cell(column) for column in self.layout.columns]
        self._unlinked = {
            at: self._plain_cell(column)
            for at, column in enumerate(self.layout.columns)
            if column.kind in _UNLINKED
        }
        self._wrapped = [
            (at, column.width) for at, column in enumerate(self.layout.columns) if column.wrap
        ]
        self._sums: Sums = {}
        self._fresh_sums: Sums = {}
        self._left = self._fresh_left = 0
        self.told: dict[str, Mapping[str, Value]] = {}
        self._summed = [
            (at, column.id) for at, column in enumerate(self.layout.columns) if column.sum
        ]
        self._by = next(
            (at for at, column in enumerate(self.layout.columns) if column.id == self.layout.by),
            None,
        )
        self._head(heading)
        page(self.sheet, footer, HEADER_ROW, paper=paper(self.layout.printed_widths))

    @property
    def next_row(self) -> int:
        """The number, as formulas count, of the row that comes next."""
        return self._row + 1

    @property
    def last_row(self) -> int:
        """The number, as formulas count, of the last row; the first row's when the list is
        empty.
        """
        return max(self._row, FIRST_ROW + 1)

    def range(self, column: str) -> str:
        """Return the reference to all cells of a column, for formulas on other sheets."""
        letters = self.letters(column)
        return f"{self.layout.name}!${letters}${FIRST_ROW + 1}:${letters}${self.last_row}"

    def letters(self, column: str) -> str:
        """Return the letters of a column."""
        return self._letters[column]

    def number(self, column: str) -> int:
        """Return the number of a column, counted from 0."""
        return [each.id for each in self.layout.columns].index(column)

    @property
    def empty(self) -> bool:
        """Whether no row was written yet."""
        return self._row == FIRST_ROW

    def add(self, *values: Value) -> None:
        """Write the next row; one that there is no room for is only counted."""
        if self.place(self.made(values)) and self._summed:
            self._count(values)

    def made(self, values: Sequence[Value]) -> MadeRow:
        """Return a row that `place` puts wherever it comes to stand."""
        cells = [
            "" if value is None else cell(value)
            for cell, value in zip(self._cells, values, strict=True)
        ]
        lines = max([lines_of(values[at], width) for at, width in self._wrapped], default=1)
        height = LINE_HEIGHT * min(lines, MOST_LINES) + 4 if lines > 1 else None
        text, links = "".join(cells), []
        for at, unlinked in self._unlinked.items():
            if isinstance(link := values[at], Link):
                links.append((at, *link))
                cells[at] = unlinked(link.text)
        return MadeRow(text, "".join(cells) if links else "", height, links)

    def place(self, row: MadeRow) -> bool:
        """Write a row as the next one, and say whether there was room; where there was none it is
        only counted.
        """
        if self._row >= LAST_ROW:
            self._fresh_left += 1
            return False
        self._append(row)
        return True

    def _append(self, row: MadeRow) -> None:
        cells = row.cells
        if row.links:
            if self.sheet.hlink_count >= MOST_LINKS:
                cells = row.plain
            else:
                self._link(row.links)
        text = cells.replace(ROW, str(self._row + 1))
        self._fresh.append(row_text(self._row, text, row.height))
        self._row += 1

    def _link(self, links: Iterable[tuple[int, str | int, str, str]]) -> None:
        for at, text, path, anchor in links:
            self.sheet.add_link(self._row, at, Link(text, path, anchor))
            self._links.append((self._row, at, text, path, anchor))

    def _count(self, values: Sequence[Value]) -> None:
        """Add a row to the totals, and to those of what stands in the column `by`."""
        keys = {"", str(values[self._by] or "")} if self._by is not None else {""}
        for key in keys:
            sums = self._fresh_sums.setdefault(key, {})
            for at, column in self._summed:
                sums[column] = sums.get(column, Decimal(0)) + _figure(values[at])

    @property
    def count(self) -> int:
        """How many rows were added."""
        return self._row - FIRST_ROW + self._left + self._fresh_left

    @property
    def standing(self) -> tuple[int, int]:
        """What else than its values the next row is written by: its number, and how many links
        stand above it where there is not much room left for more.
        """
        return self._row, max(0, self.sheet.hlink_count - (MOST_LINKS - ROOM_FOR_LINKS))

    def take(self) -> RowsWritten:
        """Write out the rows that were added since the last time, and return them."""
        text, count, links = "".join(self._fresh).encode(), len(self._fresh), self._links
        if count:
            self.sheet.add_rows(self._row - count, self._row - 1, text)
        written = RowsWritten(count, text, links, self._fresh_sums, self._fresh_left)
        self._add_sums(self._fresh_sums)
        self._left += self._fresh_left
        self._fresh, self._links, self._fresh_sums, self._fresh_left = [], [], {}, 0
        return written

    def put(self, rows: RowsWritten) -> None:
        """Write rows as they were written the last time, in the same place."""
        if rows.rows:
            self.sheet.add_rows(self._row, self._row + rows.rows - 1, rows.text)
        for row, column, text, path, anchor in rows.links:
            self.sheet.add_link(row, column, Link(text, path, anchor))
        self._add_sums(rows.sums)
        self._row += rows.rows
        self._left += rows.left

    def _add_sums(self, sums: Sums) -> None:
        for group, figures in sums.items():
            known = self._sums.setdefault(group, {})
            for column, figure in figures.items():
                known[column] = known.get(column, Decimal(0)) + figure

    def say(self, words: str) -> None:
        """Write a row that only says something, where a list is empty."""
        self.add(words, *[None] * (len(self.layout.columns) - 1))

    def close(self) -> None:
        """Finish the list: totals, if any, stand a row below it, outside the filter."""
        self.take()
        if self._left:
            words = FULL.format(left=self._left)
            self._append(self.made((words, *[None] * (len(self.layout.columns) - 1))))
            self.take()
        last = max(self._row - 1, FIRST_ROW)
        width = len(self.layout.columns) - 1
        self.sheet.autofilter(HEADER_ROW, 0, last, width)
        for mark in self.layout.marks:  # before the lines: LibreOffice applies the first that fits
            self._colour(mark, last)
        line = self._styles.get(bottom=7, bottom_color="#BFBFBF")
        self.sheet.conditional_format(
            FIRST_ROW, 0, last, width, {"type": "formula", "criteria": "=TRUE", "format": line}
        )
        if self._sums:
            groups = list(filter(None, self._sums)) if len(self._sums) > 2 else []  # noqa: PLR2004 - a single group is the total itself
            for row, group in enumerate(("", *groups), last + 2):
                self._totals(row, last, group)
            last += 2 + len(groups)
        self.sheet.print_area(0, 0, last, self.layout.printed - 1)

    def _colour(self, mark: Mark, last: int) -> None:
        """Underline words of a column by a colour, or figures above a limit."""
        column = next(at for at, each in enumerate(self.layout.columns) if each.id == mark.column)
        look = self._styles.get(bg_color=mark.fill, bold=True, bottom=7, bottom_color="#BFBFBF")
        cells = (FIRST_ROW, column, last, column)
        for word in mark.words:
            rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": look}
            self.sheet.conditional_format(*cells, rule)
        at = f"{xl_col_to_name(column)}{FIRST_ROW + 1}"
        criteria = []
        if mark.begins:
            criteria.append(f'=LEFT({at},{len(mark.begins)})="{mark.begins}"')
        if mark.above is not None:
            criteria.append(f"=N({at})>{mark.above}")
        for each in criteria:
            rule = {"type": "formula", "criteria": each, "format": look}
            self.sheet.conditional_format(*cells, rule)

    def _totals(self, row: int, last: int, group: str) -> None:
        """Write the total of what the filter shows, or of a group of rows."""
        label = TOTAL if not group else TOTAL_OF
        first = next(each.id for each in self.layout.columns if each.kind == "text")
        values: dict[str, Value] = {first: label}
        if group:
            values[self.layout.by] = group
            values |= self.told.get(group, {})
        sums = self._sums[group]
        for _, column in self._summed:
            cells = f"{self.letters(column)}{FIRST_ROW + 1}:{self.letters(column)}{last + 1}"
            text = f"=SUBTOTAL(109,{cells})" if not group else self._sum_of(cells, last, row)
            values[column] = Formula(text, float(sums[column]))
        for each in self.layout.columns:
            if each.ratio:
                part, whole = each.ratio
                text = f"{self.letters(part)}{row + 1}/{self.letters(whole)}{row + 1}"
                ratio = float(sums[part] / sums[whole]) if sums[whole] else NONE
                values[each.id] = Formula(f'=IFERROR({text},"{NONE}")', ratio)
        written = []
        for at, each in enumerate(self.layout.columns):
            style = self._styles.cell(each.kind, bold=True, top=1, bg_color=PALE)
            name = f"{xl_col_to_name(at)}{row + 1}"
            written.append(any_cell(name, style, values.get(each.id)))
        self.sheet.add_row(row, "".join(written))

    def _sum_of(self, cells: str, last: int, row: int) -> str:
        """Return the sum of what the filter shows of a group; of a long list of all of it, as each
        row is asked by itself.
        """
        by = self.letters(self.layout.by)
        groups = f"{by}{FIRST_ROW + 1}:{by}{last + 1}"
        if last - FIRST_ROW >= FILTERED:
            return f"=SUMIFS({cells},{groups},{by}{row + 1})"
        top = cells.partition(":")[0]
        shown = f"SUBTOTAL(109,OFFSET({top},ROW({cells})-ROW({top}),0))"
        return f"=SUMPRODUCT({shown},--({groups}={by}{row + 1}))"

    def _head(self, heading: str) -> None:
        layout, styles, sheet = self.layout, self._styles, self.sheet
        sheet.set_row(0, 26)
        sheet.write_string(0, 0, f"{layout.title}　{heading}", styles.get(bold=True, font_size=14))
        sheet.write_string(1, 0, layout.note, styles.get(font_size=9, font_color=GREY))
        lines = max(lines_of(column.label, column.width) for column in layout.columns)
        sheet.set_row(HEADER_ROW, max(30, LINE_HEIGHT * lines + 4))
        header = styles.get(
            bold=True,
            align="center",
            text_wrap=True,
            bg_color=LIGHT,
            border=1,
            border_color="#A6A6A6",
        )
        for at, column in enumerate(layout.columns):
            sheet.set_column(at, at, column.width)
            sheet.write_string(HEADER_ROW, at, column.label, header)
        sheet.freeze_panes(FIRST_ROW, layout.frozen)

    def _cell(self, column: ListColumn) -> Cell:
        letters, style = self._letters[column.id], self._styles.cell(column.kind, wrap=column.wrap)
        if column.kind == "text":
            return text_cell(letters, style)
        if column.kind not in _UNLINKED:
            return value_cell(letters, style, self._styles.cell("centre"))
        linked = text_cell(letters, style)
        if column.kind == "opening":
            linked = value_cell(letters, style, self._styles.cell("count"))
        plain = self._plain_cell(column)
        return lambda value: linked(value.text) if isinstance(value, Link) else plain(value)

    def _plain_cell(self, column: ListColumn) -> Cell:
        """Return what makes the cells of a column of links where they open nothing."""
        letters = self._letters[column.id]
        style = self._styles.cell(_UNLINKED[column.kind], wrap=column.wrap)
        if column.kind == "link":
            return text_cell(letters, style)
        return value_cell(letters, style, style)


def _figure(value: Value) -> Decimal:
    """Return what a cell counts in a total: nothing for words."""
    if isinstance(value, Formula):
        value = value.value
    if isinstance(value, float):
        return Decimal(repr(value))
    return Decimal(value) if isinstance(value, Decimal | int) else Decimal(0)


@lru_cache(REMEMBERED)
def lines_of(value: Value, width: float) -> int:
    """Return how many lines a value takes in a column: a Chinese character is as wide as two
    digits.
    """
    text, room = value.text if isinstance(value, Link) else value, max(int(width) - 3, 1)
    if not isinstance(text, str) or (len(text) * 2 <= room and "\n" not in text):
        return 1
    widths = (len(line) + len(_WIDE.findall(line)) for line in text.split("\n"))
    return sum(-(-width // room) or 1 for width in widths)


def paper(widths: Sequence[float]) -> int:
    """Return the paper on which columns are printed at 7 points or more."""
    return A4 if sum(widths) + PADDING * len(widths) <= WIDEST_ON_A4 else A3


def page(sheet: Worksheet, footer: str, header_row: int | None = None, *, paper: int = A4) -> None:
    """Lay a sheet out in landscape, one page wide, with the header repeated and the policy profile
    in the footer.
    """
    sheet.set_landscape()
    sheet.set_paper(paper)
    sheet.set_margins(0.4, 0.4, 0.5, 0.6)
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)
    if header_row is not None:
        sheet.repeat_rows(header_row)
    told = f"&L&9 {footer}&R&9 &A　第 &P 页，共 &N 页"
    sheet.set_footer(told, {"scale_with_doc": False})


def footer(words: Sequence[str]) -> str:
    """Return a text for the page footer, within what Excel takes."""
    text = "　".join(words)
    return (text if len(text) <= 150 else text[:149] + "…").replace("&", "&&")  # noqa: PLR2004 - of 255 with the codes around
