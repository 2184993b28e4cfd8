"""Writing an empty register (名册.xlsx, 豁免.xlsx): header, drop-downs, checks, and example rows
that are not read.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from evalbatch.cycle.registers import EXAMPLE, specification
from evalbatch.excel_writer import CHOOSE, CREATED, FONT, PAGES, TEXTS_ONLY, Workbook
from evalbatch.standards.form import ColumnSpec, Type

FILL_ROWS = 1000  # rows with drop-downs and checks; more may be filled, and are checked on reading
HEADER_ROW = 2
LISTS = "选项"

_FORMATS: Mapping[Type, Mapping[str, str]] = {
    Type.MONEY: {"num_format": "#,##0.00####"},
    Type.DATE: {"num_format": "yyyy-mm-dd", "align": "center"},
    Type.SCORE: {"num_format": "0.00", "align": "center"},
}
_CHECKS: Mapping[Type, tuple[str, object, object, str]] = {
    Type.MONEY: ("decimal", 0, 10**9, "请填写以万元为单位的数字。"),
    Type.SCORE: ("decimal", 0, 100, "请填写 0 到分值之间的数字。"),
    Type.DATE: ("date", date(2000, 1, 1), date(2100, 12, 31), "请填写日期，如 2027-03-31。"),
}


def build(
    name: str,
    guide: str,
    choices: Mapping[str, Sequence[str]],
    unique: Sequence[str] = (),
    glossary: tuple[str, Mapping[str, str]] | None = None,
) -> bytes:
    """Return the bytes of an empty register.

    `choices` gives a drop-down list by column id; rows whose columns `unique` are all equal are
    shown in red; `glossary` is a further sheet that explains words: its name, and meanings by word.
    """
    spec = specification(name)
    stream = BytesIO()
    with Workbook(stream, {"in_memory": True, **TEXTS_ONLY}) as book:
        book.set_properties({"title": spec.title, "created": CREATED})
        book.formats[0].set_font_name(FONT)
        book.formats[0].set_font_size(10)
        sheet = book.add_worksheet(spec.title)
        _head(book, sheet, spec.title, guide, spec.columns)
        for row, values in enumerate(spec.preset, start=HEADER_ROW + 1):
            _example(sheet, row, spec.columns, values, _styles(book))
        _lists(book, sheet, spec.columns, choices)
        _checks(sheet, spec.columns, choices)
        _duplicates(
            book, sheet, [at for at, column in enumerate(spec.columns) if column.id in unique]
        )
        _page(sheet, len(spec.columns))
        if glossary:
            _glossary(book, *glossary)
    return stream.getvalue()


def _head(
    book: Workbook, sheet: Worksheet, title: str, guide: str, columns: Sequence[ColumnSpec]
) -> None:
    last = len(columns) - 1
    base = {"font_name": FONT, "valign": "vcenter"}
    sheet.merge_range(
        0, 0, 0, last, title, book.add_format({**base, "font_size": 16, "bold": True})
    )
    sheet.merge_range(
        1,
        0,
        1,
        last,
        guide,
        book.add_format({**base, "font_size": 9, "font_color": "#595959", "text_wrap": True}),
    )
    sheet.set_row(0, 30)
    sheet.set_row(1, 44)
    sheet.set_row(HEADER_ROW, 26)
    header = {
        **base,
        "font_size": 10,
        "bold": True,
        "border": 1,
        "align": "center",
        "text_wrap": True,
    }
    plain = book.add_format({**header, "bg_color": "#E7E6E6"})
    needed = book.add_format({**header, "bg_color": "#BFBFBF"})
    for at, column in enumerate(columns):
        sheet.write_string(HEADER_ROW, at, column.label, needed if column.required else plain)
        sheet.set_column(
            at,
            at,
            column.width,
            book.add_format({"font_name": FONT, "font_size": 10, **_number(column)}),
        )


def _number(column: ColumnSpec) -> Mapping[str, str]:
    return _FORMATS.get(column.type, {})


def _styles(book: Workbook) -> Mapping[Type, Format]:
    grey = {
        "font_name": FONT,
        "font_size": 10,
        "italic": True,
        "font_color": "#808080",
        "bg_color": "#F2F2F2",
    }
    return {
        Type.TEXT: book.add_format(grey),
        Type.MONEY: book.add_format({**grey, "num_format": "#,##0.00"}),
        Type.DATE: book.add_format({**grey, "num_format": "yyyy-mm-dd", "align": "center"}),
        Type.SCORE: book.add_format({**grey, "num_format": "0.00", "align": "center"}),
    }


def _example(
    sheet: Worksheet,
    row: int,
    columns: Sequence[ColumnSpec],
    values: Mapping[str, str | float],
    styles: Mapping[Type, Format],
) -> None:
    for at, column in enumerate(columns):
        value, style = (
            values.get(column.id, EXAMPLE if column.id == "mark" else ""),
            styles[column.type],
        )
        if column.type is Type.DATE and value:
            sheet.write_datetime(row, at, date.fromisoformat(str(value)), style)
        elif isinstance(value, str):
            sheet.write_string(row, at, value, style) if value else sheet.write_blank(
                row, at, None, style
            )
        else:
            sheet.write_number(row, at, value, style)


def _lists(
    book: Workbook,
    sheet: Worksheet,
    columns: Sequence[ColumnSpec],
    choices: Mapping[str, Sequence[str]],
) -> None:
    """Put the drop-down lists on a hidden sheet, where they may be of any length."""
    if not choices:
        return
    lists = book.add_worksheet(LISTS)
    lists.hide()
    for at, (name, words) in enumerate(choices.items()):
        for row, word in enumerate(words):
            lists.write_string(row, at, word)
        letter = chr(ord("A") + at)
        column = next(place for place, each in enumerate(columns) if each.id == name)
        source = f"={LISTS}!${letter}$1:${letter}${len(words)}"
        sheet.data_validation(
            HEADER_ROW + 1,
            column,
            HEADER_ROW + FILL_ROWS,
            column,
            {
                "validate": "list",
                "source": source,
                "error_title": columns[column].label,
                "error_message": CHOOSE,
            },
        )


def _glossary(book: Workbook, name: str, meanings: Mapping[str, str]) -> None:
    sheet = book.add_worksheet(name)
    plain = book.add_format({"font_name": FONT, "font_size": 10, "valign": "vcenter"})
    sheet.set_column(0, 0, 10, plain)
    sheet.set_column(1, 1, 90, plain)
    for row, (word, meaning) in enumerate(meanings.items()):
        sheet.write_string(row, 0, word, plain)
        sheet.write_string(row, 1, meaning, plain)


def _checks(
    sheet: Worksheet, columns: Sequence[ColumnSpec], choices: Mapping[str, Sequence[str]]
) -> None:
    for at, column in enumerate(columns):
        hint = {"input_title": column.label, "input_message": column.hint} if column.hint else {}
        check = _CHECKS.get(column.type)
        if check:
            kind, low, high, message = check
            rule = {"validate": kind, "criteria": "between", "minimum": low, "maximum": high}
            rule |= {"error_title": column.label, "error_message": message, "ignore_blank": True}
        elif column.id in choices or not hint:
            continue
        else:
            rule = {"validate": "any"}
        sheet.data_validation(HEADER_ROW + 1, at, HEADER_ROW + FILL_ROWS, at, rule | hint)


def _duplicates(book: Workbook, sheet: Worksheet, columns: Sequence[int]) -> None:
    """Show rows in red that are registered twice, in the last of these columns."""
    if not columns:
        return
    first, last = HEADER_ROW + 2, HEADER_ROW + FILL_ROWS + 1
    letters = [chr(ord("A") + at) for at in columns]
    same = ",".join(f'${letter}${first}:${letter}${last},${letter}{first}&""' for letter in letters)
    filled = "&".join(f"${letter}{first}" for letter in letters)
    red = book.add_format({"font_color": "#C00000", "bg_color": "#FFE5E5"})
    rule = {
        "type": "formula",
        "criteria": f"=AND(LEN({filled})>0,COUNTIFS({same})>1)",
        "format": red,
    }
    sheet.conditional_format(HEADER_ROW + 1, columns[-1], HEADER_ROW + FILL_ROWS, columns[-1], rule)


def _page(sheet: Worksheet, columns: int) -> None:
    sheet.freeze_panes(HEADER_ROW + 1, 0)
    sheet.autofilter(HEADER_ROW, 0, HEADER_ROW + FILL_ROWS, columns - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER_ROW)
    sheet.set_footer(PAGES)
