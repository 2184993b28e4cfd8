"""Sheets of the summary that are no lists: cells put where they belong, and native charts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xlsxwriter.chart import Chart
from xlsxwriter.utility import xl_rowcol_to_cell

from evalbatch.excel_writer import FONT, Workbook
from evalbatch.publish.summary.list_sheets import (
    GREY,
    INK,
    LIGHT,
    PALE,
    RowSheet,
    SummaryFormats,
    Value,
    any_cell,
)

if TYPE_CHECKING:
    from xlsxwriter.format import Format

SHORT_LABEL = 6  # characters that fit a narrow column on one line
#: fills that stay apart on a grayscale printer
FILLS: tuple[Mapping[str, Any], ...] = (
    {"fill": {"color": "#404040"}},
    {"fill": {"color": "#A6A6A6"}},
    {"pattern": {"pattern": "wide_upward_diagonal", "fg_color": "#404040", "bg_color": "#FFFFFF"}},
    {"fill": {"color": "#D9D9D9"}},
    {"pattern": {"pattern": "percent_20", "fg_color": "#404040", "bg_color": "#FFFFFF"}},
    {"fill": {"color": "#FFFFFF"}},
)


class Canvas:
    """A sheet of the summary that is no list. Rows and columns count from 0."""

    def __init__(self, sheet: RowSheet, styles: SummaryFormats, widths: Sequence[float]) -> None:
        self.sheet = sheet
        self.styles = styles
        self._cells: dict[tuple[int, int], tuple[Value, Format]] = {}
        self._heights: dict[int, float] = {}
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width)

    def put(
        self, row: int, column: int, value: Value, kind: str = "text", **properties: Any
    ) -> None:
        """Put a value into a cell."""
        self._cells[row, column] = (value, self.styles.cell(kind, **properties))

    @staticmethod
    def name(row: int, column: int) -> str:
        """Return the name of a cell."""
        return str(xl_rowcol_to_cell(row, column))

    def height(self, row: int, points: float) -> None:
        """Set the height of a row."""
        self._heights[row] = points

    def heading(self, row: int, text: str, note: str = "") -> None:
        """Put the heading of a section, with a note beside it in grey."""
        self.put(row, 0, text, bold=True, font_size=12)
        self.height(row, 22)
        if note:
            self.put(row, 2, note, font_size=9, font_color=GREY)

    def header(self, row: int, labels: Sequence[str]) -> None:
        """Put the header row of a table."""
        for at, label in enumerate(labels):
            look = {
                "bold": True,
                "text_wrap": True,
                "bg_color": LIGHT,
                "border": 1,
                "border_color": "#A6A6A6",
            }
            self.put(row, at, label, "centre", **look)
        self.height(row, 42 if max(map(len, labels)) > SHORT_LABEL else 22)

    def line(
        self,
        row: int,
        values: Iterable[Value],
        kinds: Iterable[str],
        *,
        total: bool = False,
        **look: Any,
    ) -> None:
        """Put a row of a table."""
        extra = look | ({"bold": True, "bg_color": PALE} if total else {})
        for at, (value, kind) in enumerate(zip(values, kinds, strict=False)):
            self.put(row, at, value, kind, border=1, border_color="#BFBFBF", **extra)

    @property
    def last_column(self) -> int:
        """The last column that anything stands in."""
        return max(column for _, column in self._cells)

    def flush(self) -> None:
        """Write everything, row by row."""
        rows: dict[int, list[tuple[int, Value, Format]]] = {row: [] for row in self._heights}
        for (row, column), (value, style) in self._cells.items():
            rows.setdefault(row, []).append((column, value, style))
        for row in sorted(rows):
            cells = sorted(rows[row], key=lambda cell: cell[0])
            text = "".join(
                any_cell(self.name(row, column), style, value) for column, value, style in cells
            )
            self.sheet.add_row(row, text, self._heights.get(row))
        self.sheet.dim_rowmin, self.sheet.dim_colmin, self.sheet.dim_colmax = (
            0,
            0,
            self.last_column,
        )


def column_chart(
    book: Workbook, title: str, series: Sequence[Mapping[str, Any]], number: str = "0;;"
) -> Chart:
    """Return a native column chart that reads as well in print without colour; `number` is the
    format of its labels.
    """
    chart = book.add_chart({"type": "column"})
    _dress(chart, title, series, number)
    return chart


def stacked_chart(book: Workbook, title: str, series: Sequence[Mapping[str, Any]]) -> Chart:
    """Return a native chart of stacked columns."""
    chart = book.add_chart({"type": "column", "subtype": "stacked"})
    _dress(chart, title, series, "0;;", inside=True)
    return chart


def _dress(
    chart: Chart,
    title: str,
    series: Sequence[Mapping[str, Any]],
    number: str,
    *,
    inside: bool = False,
) -> None:
    font = {"name": FONT, "size": 9}
    for at, each in enumerate(series):
        look = {**FILLS[at % len(FILLS)], "border": {"color": INK, "width": 0.75}, "gap": 60}
        ink = "#FFFFFF" if at == 0 and inside else INK
        chart.add_series(
            {
                **each,
                **look,
                "data_labels": {
                    "value": True,
                    "num_format": number,
                    "font": {**font, "color": ink},
                },
            }
        )
    chart.set_title({"name": title, "name_font": {**font, "size": 11, "bold": True}})
    chart.set_legend({"position": "bottom", "font": font} if len(series) > 1 else {"none": True})
    chart.set_x_axis(
        {"num_font": font, "line": {"color": "#7F7F7F"}, "major_gridlines": {"visible": False}}
    )
    axis = "0%" if "%" in number else "0"
    chart.set_y_axis(
        {
            "num_font": font,
            "num_format": axis,
            "major_gridlines": {"visible": True, "line": {"color": "#E0E0E0"}},
            "min": 0,
        }
    )
