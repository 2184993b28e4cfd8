"""分析.xlsx: cycles compared, as native tables to filter and pivot and native charts."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from evalbatch.excel_writer import CREATED, MOST_CHARACTERS, TEXTS_ONLY, Workbook
from evalbatch.model.decisions import ReviewState
from evalbatch.results.comparison import BANDS, MARKED, Years

if TYPE_CHECKING:
    from pandas import DataFrame


OPTIONS: Final = {
    "in_memory": True,
    **TEXTS_ONLY,
    "nan_inf_to_errors": False,
}
SERIES: Final = 12
"""Lines or groups of columns in one chart: more cannot be told apart; the table has them all."""
WIDEST: Final = 46
FORMATS: Final[Mapping[str, dict[str, Any]]] = {
    "text": {"text_wrap": True},
    "name": {"text_wrap": True},
    "score": {"num_format": "0.00"},
    "rate": {"num_format": "0.00%"},
    "money": {"num_format": "#,##0.00"},
    "count": {"num_format": "0"},
}
SIZE: Final = {"width": 900, "height": 380}
HEAD_ROW: Final = 2

Cells = Sequence[Any]


def render(years: Years, names: Mapping[str, str] | None = None) -> bytes:
    """Return the workbook on cycles that are compared.

    Args:
        years: the cycles.
        names: what readers call forms and profiles, by their ids; others stand as they are.
    """
    buffer = BytesIO()
    with Workbook(buffer, OPTIONS) as book:
        book.set_properties({"title": _words()["about"]["title"], "created": CREATED})
        pages = _Pages(book, names or {})
        _about(pages, years)
        _lines(pages, years)
        _execution(pages, years)
        _grades(pages, years)
        _left(pages, years)
        _findings(pages, years)
        _kinds(pages, years)
        _deviations(pages, years)
        _renames(pages, years)
    return buffer.getvalue()


@cache
def _words() -> Mapping[str, Any]:
    text = resources.files("evalbatch.publish").joinpath("analysis.toml").read_text("utf-8")
    return tomllib.loads(text)


class _Pages:
    """The sheets of a workbook, with what is the same on all of them."""

    def __init__(self, book: Workbook, names: Mapping[str, str]) -> None:
        self.book = book
        self.names = names
        self.widths: dict[str, dict[int, float]] = {}
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.formats = {kind: book.add_format(look) for kind, look in FORMATS.items()}
        self.plain = book.add_format({"text_wrap": True, "valign": "top"})

    def sheet(self, name: str) -> Any:
        """Add the sheet that the words describe, with its title."""
        words = _words()[name]
        sheet = self.book.add_worksheet(words["name"])
        sheet.write_string(0, 0, words["title"], self.title)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet

    def table(
        self,
        sheet: Any,
        row: int,
        heads: Sequence[str],
        kinds: Sequence[str],
        lines: Sequence[Cells],
    ) -> int:
        """Write a native table, and return the row after it."""
        lines = [self._called(line, kinds) for line in lines]
        last = row + max(1, len(lines))
        columns = [
            {"header": head, "format": self.formats[kind]}
            for head, kind in zip(heads, kinds, strict=True)
        ]
        sheet.add_table(
            row, 0, last, len(heads) - 1, {"columns": columns, "style": "Table Style Light 9"}
        )
        for at, line in enumerate(lines, row + 1):
            for column, (value, kind) in enumerate(zip(line, kinds, strict=True)):
                self._put(sheet, at, column, value, kind)
        known = self.widths.setdefault(sheet.name, {})
        for column, width in enumerate(_widths(heads, lines)):
            known[column] = max(width, known.get(column, 0))
            sheet.set_column(column, column, known[column])
        if row == HEAD_ROW:
            sheet.freeze_panes(row + 1, 0)
            sheet.repeat_rows(row)
        return last + 1

    def called(self, name: object) -> str:
        """Return what readers call a form or profile, or several."""
        return "、".join(map(self._called_one, str(name).split("、")))

    def _called_one(self, name: str) -> str:
        own, _, mark = name.partition(MARKED)
        told = self.names.get(own, own)
        return _words()["about"]["marked"].format(name=told, mark=mark) if mark else told

    def _called(self, line: Cells, kinds: Sequence[str]) -> Cells:
        return [
            self.called(value) if kind == "name" else value
            for value, kind in zip(line, kinds, strict=True)
        ]

    def _put(self, sheet: Any, row: int, column: int, value: Any, kind: str) -> None:
        if value is None or value != value:  # noqa: PLR0124 - nothing equals not-a-number
            return
        if kind in ("text", "name"):
            sheet.write_string(row, column, str(value)[:MOST_CHARACTERS], self.formats[kind])
        else:
            sheet.write_number(row, column, float(value), self.formats[kind])

    def chart(self, kind: Mapping[str, str], words: Mapping[str, Any]) -> Any:
        """Return an empty chart with the title that the words give it."""
        chart = self.book.add_chart(kind)
        chart.set_title({"name": words["chart"], "overlay": False, "name_font": {"size": 12}})
        chart.set_size(SIZE)
        chart.set_legend({"position": "bottom"})
        if "axis" in words:
            chart.set_y_axis({"name": words["axis"], "major_gridlines": {"visible": True}})
        return chart


def _widths(heads: Sequence[str], lines: Sequence[Cells]) -> Iterator[float]:
    """Yield how wide columns are, for Chinese is twice as wide as Latin."""
    for column, head in enumerate(heads):
        texts = (str(line[column]) for line in lines if isinstance(line[column], str))
        longest = max(map(_width, texts), default=0)
        yield min(WIDEST, max(_width(head) + 4, longest + 2, 10))


def _width(text: str) -> int:
    return sum(2 if char > "\u2e7f" else 1 for char in text)


def _rows(frame: "DataFrame") -> list[Cells]:
    return [tuple(row) for row in frame.itertuples(index=False)]


def _written(pages: _Pages, name: str, lines: Sequence[Cells]) -> tuple[Any, int]:
    """Write a sheet with its table, or what it means that there is nothing in it, and return it
    with the row after all that.
    """
    words = _words()[name]
    sheet = pages.sheet(name)
    row = pages.table(sheet, HEAD_ROW, words["heads"], words["kinds"], lines)
    if lines:
        return sheet, row
    sheet.write_string(row, 0, words["none"])
    return sheet, row + 1


def _beside(name: str) -> int:
    """Return the column of a chart beside a table."""
    return len(_words()[name]["heads"]) + 1


def _about(pages: _Pages, years: Years) -> None:
    words = _words()["about"]
    counts = years.projects.groupby("cycle_year").size()
    lines = [
        (year, str(folder), int(counts.get(year, 0))) for year, folder in years.folders.items()
    ]
    sheet, row = _written(pages, "about", lines)
    for rule in words["rules"]:
        sheet.write_string(row, 0, rule)
        row += 1
    sheet.write_string(row + 1, 0, words["breaks"], pages.title)
    broken = list(_breaks(years))
    if broken:
        pages.table(sheet, row + 2, words["break_heads"], words["break_kinds"], broken)
    else:
        sheet.write_string(row + 2, 0, words["no_breaks"])


def _breaks(years: Years) -> Iterator[Cells]:
    words = _words()["about"]
    for each in years.breaks:
        between = words["between"].format(before=each.before, year=each.year)
        yield each.department, each.form, between, words["why"][each.what], each.old, each.new
    for department, before, year, old, new in years.forms_changed:
        between = words["between"].format(before=before, year=year)
        yield department, "", between, words["why"]["form"], old, new


def _lines(pages: _Pages, years: Years) -> None:
    """Write the departments year by year, a row for what can be compared, and their lines."""
    words = _words()["lines"]
    several = years.years
    heads = [
        *words["heads"],
        *(head.format(year=year) for year in several for head in words["year_heads"]),
        words["note_head"],
    ]
    kinds = [*words["kinds"], *(words["year_kinds"] * len(several)), "text"]
    notes = _notes(years)
    lines: list[Cells] = []
    for key, group in years.lines.groupby(["department", "form", "policy", "weights"], sort=True):
        names = [str(name) for name in key]
        by_year = {int(str(row.cycle_year)): row for row in group.itertuples()}
        values = [value for year in several for value in _of_year(by_year.get(year))]
        note = notes.get((*names, str(min(by_year))), "")
        lines.append((*names, *values, note))
    sheet = pages.sheet("lines")
    last = pages.table(sheet, HEAD_ROW, heads, kinds, lines)
    if not lines:
        return
    chart = pages.chart({"type": "line"}, words)
    width = len(words["year_heads"])
    columns = [len(words["heads"]) + 1 + at * width for at in range(len(several))]
    for at in range(min(SERIES, len(lines))):
        row = HEAD_ROW + 1 + at
        counts = lines[at][len(words["heads"]) : -1 : width]
        told = [year for year, count in zip(several, counts, strict=True) if count is not None]
        name = words["series"].format(name=lines[at][0], first=told[0], last=told[-1])
        chart.add_series(_line_series(words["name"], name, row, columns, several))
    chart.show_blanks_as("gap")
    sheet.insert_chart(last + 1, 0, chart)


def _line_series(
    sheet: str, name: str, row: int, columns: Sequence[int], years: Sequence[int]
) -> dict[str, Any]:
    """Return a line of a chart over cells that do not stand side by side."""
    cells = ",".join(f"'{sheet}'!{_cell(row, column)}" for column in columns)
    return {
        "name": name,
        "categories": "={" + ",".join(f'"{year}"' for year in years) + "}",
        "values": f"=({cells})",
        "marker": {"type": "circle", "size": 6},
    }


def _cell(row: int, column: int) -> str:
    from xlsxwriter.utility import xl_rowcol_to_cell  # noqa: PLC0415

    cell: str = xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)
    return cell


def _of_year(row: Any) -> tuple[Any, Any, Any]:
    return (None, None, None) if row is None else (row.count, row.mean, row.rate)


def _notes(years: Years) -> dict[tuple[str, ...], str]:
    """Return what is said at the first year of a line that broke, by its key."""
    words, why = _words()["lines"], _words()["about"]["why"]
    lines = years.lines
    notes: dict[tuple[str, ...], str] = {}
    for each in years.breaks:
        own = lines[
            (lines["department"] == each.department)
            & (lines["form"] == each.form)
            & (lines["cycle_year"] == each.year)
        ]
        for row in own.itertuples():
            standards = (str(row.policy), str(row.weights))
            key = (each.department, each.form, *standards, str(each.year))
            notes[key] = words["broken"].format(year=each.year, why=why[each.what])
    for department, _, year, old, _ in years.forms_changed:
        own = lines[(lines["department"] == department) & (lines["cycle_year"] == year)]
        for row in own[~own["form"].isin(old.split("、"))].itertuples():
            key = (department, str(row.form), str(row.policy), str(row.weights), str(year))
            notes[key] = words["broken"].format(year=year, why=why["form"])
    return notes


def _execution(pages: _Pages, years: Years) -> None:
    words, frame = _words()["execution"], years.execution
    sheet, _ = _written(pages, "execution", _rows(frame))
    chart = pages.chart({"type": "scatter"}, words)
    chart.set_x_axis({"name": words["x_axis"], "num_format": "0%"})
    lowest = float(frame["final_total"].min()) if len(frame) else 0.0
    chart.set_y_axis({"name": words["y_axis"], "min": lowest // 10 * 10})
    for year, first, last in _runs(frame["cycle_year"]):
        chart.add_series(
            {
                "name": str(year),
                "categories": [words["name"], first, 6, last, 6],
                "values": [words["name"], first, 7, last, 7],
            }
        )
    if len(frame):
        sheet.insert_chart(HEAD_ROW, _beside("execution"), chart)
    bands = [(*row[:4], _band(float(row[4])), *row[5:]) for row in _rows(years.bands)]
    _written(pages, "bands", bands)


def _band(low: float) -> str:
    words, at = _words()["bands"], BANDS.index(low)
    high = BANDS[at + 1] if at + 1 < len(BANDS) else None
    if high is None:
        return str(words["above"].format(low=f"{low:.0%}"))
    name = "between" if at else "below"
    return str(words[name].format(low=f"{low:.0%}", high=f"{high:.0%}"))


def _runs(values: Iterable[Any]) -> Iterator[tuple[Any, int, int]]:
    """Yield each run of equal values with its first and last row in the sheet."""
    first, before = HEAD_ROW + 1, None
    row = first
    for row, value in enumerate(values, HEAD_ROW + 1):
        if before is not None and value != before:
            yield before, first, row - 1
            first = row
        before = value
    if before is not None:
        yield before, first, row


def _grades(pages: _Pages, years: Years) -> None:
    frame = years.grades
    sheet, _ = _written(pages, "grades", _rows(frame))
    labels = [
        f"{standard} {year}"
        for standard, year in zip(_standards(pages, frame), frame["cycle_year"], strict=True)
    ]
    look = _Look("rate", wide=True, stacked=True, order=years.grade_words)
    _pivot(pages, sheet, "grades", _pivoted(labels, frame["grade"], frame["share"]), look)


def _left(pages: _Pages, years: Years) -> None:
    frame = years.left
    sheet, _ = _written(pages, "left", _rows(frame))
    total = _words()["left"]["total"]
    names = [
        total.format(form=pages.called(form), base=base)
        for form, base in zip(frame["form"], frame["rate_denominator"], strict=True)
    ]
    _pivot(pages, sheet, "left", _pivoted(frame["cycle_year"], names, frame["left"]))


def _findings(pages: _Pages, years: Years) -> None:
    words = _words()["severity"]
    frame = years.findings
    lines = [
        (code, title, words[severity], year, count, files, share * 100)
        for code, year, title, severity, count, files, share in _rows(frame)
    ]
    sheet, _ = _written(pages, "findings", lines)
    pivoted = _pivoted(frame["code"], frame["cycle_year"], frame["share"] * 100)
    _pivot(pages, sheet, "findings", dict(list(pivoted.items())[:SERIES]))


def _kinds(pages: _Pages, years: Years) -> None:
    frame = years.kinds
    columns = ["form", "policy", "level1", "level2", "cycle_year", "count", "mean_weight"]
    sheet, _ = _written(pages, "kinds", _rows(frame[[*columns, "claimed", "given", "by_person"]]))
    known = frame[frame["given"].notna()]
    weight = known["mean_weight"] * known["count"]
    known = known.assign(whole=weight, had=known["given"] * weight)
    keys = ["form", "policy", "level1", "cycle_year"]
    summed = known.groupby(keys, as_index=False)[["whole", "had"]].sum()
    several = len(summed[["form", "policy"]].drop_duplicates()) > 1
    labels = [
        f"{standard} {level}" if several else level
        for standard, level in zip(_standards(pages, summed), summed["level1"], strict=True)
    ]
    rates = summed["had"] / summed["whole"]
    pivoted = _pivoted(labels, summed["cycle_year"], rates)
    look = _Look("rate", wide=True)
    _pivot(pages, sheet, "kinds", dict(list(pivoted.items())[:SERIES]), look)


def _standards(pages: _Pages, frame: "DataFrame") -> list[str]:
    """Return for each row by which form and, where one form has several, by which profile it is
    scored: only what has the same standard is compared in a chart.
    """
    profiles = frame.groupby("form")["policy"].nunique().to_dict()
    return [
        f"{pages.called(form)}（{pages.called(policy)}）"
        if profiles[form] > 1
        else pages.called(form)
        for form, policy in zip(frame["form"], frame["policy"], strict=True)
    ]


def _deviations(pages: _Pages, years: Years) -> None:
    frame = years.deviations
    sheet, _ = _written(pages, "deviations", _rows(frame))
    pivoted = _pivoted(frame["department"], frame["cycle_year"], frame["distance"])
    _pivot(pages, sheet, "deviations", dict(list(pivoted.items())[:SERIES]))
    rows = [(*row[:-1], ReviewState(row[-1]).label) for row in _rows(years.reviewed)]
    _written(pages, "reviewed", rows)


def _renames(pages: _Pages, years: Years) -> None:
    words = _words()["renames"]
    lines: list[Cells] = [(*line, words["used"]) for line in years.renames.lines]
    lines += [(*each, words["proposed"]) for each in years.proposals]
    _written(pages, "renames", lines)


Pivot = dict[str, dict[str, float]]


def _pivoted(labels: Iterable[Any], names: Iterable[Any], values: Iterable[Any]) -> Pivot:
    """Return figures by label and by name, summed where several have both, in their order."""
    found: Pivot = {}
    for label, name, value in zip(labels, names, values, strict=True):
        if value == value:  # noqa: PLR0124 - nothing equals not-a-number
            own = found.setdefault(str(label), {})
            own[str(name)] = own.get(str(name), 0.0) + float(value)
    return found


class _Look(NamedTuple):
    """How a cross table is drawn: `wide` labels want bars that lie, `stacked` ones add up; its
    columns stand in the `order` given, else in that of their texts, as years do.
    """

    figures: str = "score"
    wide: bool = False
    stacked: bool = False
    order: Sequence[str] = ()


def _pivot(pages: _Pages, sheet: Any, name: str, pivot: Pivot, look: _Look | None = None) -> None:
    """Write a small cross table beside a list, and its chart below."""
    if not pivot:
        return
    words, left, look = _words()[name], _beside(name), look or _Look()
    met = dict.fromkeys(each for row in pivot.values() for each in row)
    order = {each: at for at, each in enumerate(look.order or sorted(met))}
    names = sorted(met, key=lambda each: order.get(each, len(order)))[:SERIES]
    for at, head in enumerate(names, left + 1):
        sheet.write_string(HEAD_ROW, at, head)
    for row, (label, values) in enumerate(pivot.items(), HEAD_ROW + 1):
        sheet.write_string(row, left, label)
        for at, head in enumerate(names, left + 1):
            if head in values:
                sheet.write_number(row, at, values[head], pages.formats[look.figures])
    sheet.set_column(left, left, min(WIDEST, max(map(_width, pivot)) + 2))
    chart = pages.chart(_kind(look), words)
    if look.wide:
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis({"name": words["axis"], "num_format": FORMATS[look.figures]["num_format"]})
    last = HEAD_ROW + len(pivot)
    for at in range(left + 1, left + 1 + len(names)):
        chart.add_series(
            {
                "name": [words["name"], HEAD_ROW, at],
                "categories": [words["name"], HEAD_ROW + 1, left, last, left],
                "values": [words["name"], HEAD_ROW + 1, at, last, at],
            }
        )
    sheet.insert_chart(last + 2, left, chart)


def _kind(look: _Look) -> dict[str, str]:
    kind = {"type": "bar" if look.wide else "column"}
    return kind | {"subtype": "percent_stacked"} if look.stacked else kind
