"""The form itself as an attachment: the main sheet as the department filled it in, laid out by the
form's specification.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from html import unescape

from markupsafe import Markup

from evalbatch.model.submission import Entry, Row, RowKind
from evalbatch.publish.project_report.facts import Facts
from evalbatch.publish.sentences import day, missing, money, percent, plain, say
from evalbatch.publish.titles import lines
from evalbatch.publish.word.table_markup import CLOSE, WIDTH, MarkupCell, paragraph, table
from evalbatch.publish.word.template import literal
from evalbatch.standards.form import Block, ColumnSpec, FieldSpec, SheetSpec, TableSpec, Type

_PRIVATE = {"phone"}  # never published (P01)
_TEXT, _HEAD, _LEFT, _NUMBER = (
    "Form",
    "FormHead",
    "FormLeft",
    "FormNumber",
)  # the small print of forms
_NARROW = 600  # twips: the least width of a grid column
_CHARACTER = 180  # twips of a character of the small print


def main_sheet(facts: Facts) -> SheetSpec:
    """Return the sheet that is the official form: the one with the indicators, else the first with
    a table.
    """
    sheets = [sheet for sheet in facts.form.sheets if sheet.tables]
    scored = [
        sheet
        for sheet in sheets
        if any(spec.id in ("indicators", "items") for spec in sheet.tables)
    ]
    return (scored or sheets or list(facts.form.sheets))[0]


def filled(facts: Facts) -> Markup:
    """Return the filled form as Word tables, one below the other without a gap.

    A table of the form with column heads is a table of its own, so that its heads are repeated on
    every page; what stands between two such tables is one without.
    """
    sheet = main_sheet(facts)
    widths, columns = _twips(sheet.widths), len(sheet.widths)
    parts: list[tuple[bool, list[list[MarkupCell]]]] = []
    for block in sheet.blocks:
        headed = block.kind == "table" and not facts.form.tables[block.table].paired
        rows = [_whole(row, columns) for row in _block(facts, sheet, block)]
        if not rows:
            continue
        if parts and not headed and not parts[-1][0]:
            parts[-1][1].extend(rows)
        else:
            parts.append((headed, rows))
    written = [
        table(widths, _headed(rows, widths, headed=headed), heads=int(headed))
        for headed, rows in parts
    ]
    return Markup(paragraph("", "Seam").join(written))  # noqa: S704 - escaped


def _headed(
    rows: list[list[MarkupCell]], widths: Sequence[int], *, headed: bool
) -> list[list[MarkupCell]]:
    """Return rows with the words of the first, where they are heads, broken between words."""
    if not headed:
        return rows
    at, head = 0, []
    for cell in rows[0]:
        room = (sum(widths[at : at + cell.span]) - 2 * CLOSE) // _CHARACTER
        head.append(cell._replace(text=_broken(cell.text, room)) if room > 1 else cell)
        at += cell.span
    return [head, *rows[1:]]


@lru_cache(maxsize=512)  # a form has the same heads in every report
def _broken(text: str, room: int) -> str:
    return literal("\n".join(lines(unescape(text), room)))


def boxes(options: Sequence[str], ticked: Sequence[str]) -> str:
    """Return a group of choice boxes: ☑ before what is ticked, ☐ before the others."""
    return "　".join(f"{'☑' if option in ticked else '☐'}{option}" for option in options)


def bands(facts: Facts) -> str:
    """Return the footnote on the grade bands of the profile."""
    grades = facts.policy.grades
    highs = (facts.policy.full, *(grade.low for grade in grades))
    parts = [
        say(
            "form.band_top" if grade.low else "form.band_last",
            low=plain(grade.low),
            high=plain(high),
            word=grade.word,
        )
        for grade, high in zip(grades, highs, strict=False)
    ]
    return say("form.bands", bands="、".join(parts)) if parts else ""


@lru_cache(maxsize=16)
def _twips(widths: tuple[float, ...]) -> list[int]:
    """Scale the widths of the sheet to the page, none too narrow to hold a word."""
    whole = sum(widths) or 1
    scaled = [max(_NARROW, round(width * WIDTH / whole)) for width in widths]
    scaled[scaled.index(max(scaled))] -= sum(scaled) - WIDTH
    return scaled


def _whole(cells: list[MarkupCell], columns: int) -> list[MarkupCell]:
    """Return a row that fills the grid: the last cell grows."""
    short = columns - sum([cell.span for cell in cells])
    return [*cells[:-1], cells[-1]._replace(span=cells[-1].span + short)] if short > 0 else cells


def _block(facts: Facts, sheet: SheetSpec, block: Block) -> Iterator[list[MarkupCell]]:
    if block.kind == "heading":
        yield [MarkupCell(literal(block.text), len(sheet.widths), _HEAD)]
    elif block.kind in ("fields", "table"):
        rows = list(
            _fields(facts, block)
            if block.kind == "fields"
            else _table(facts, facts.form.tables[block.table])
        )
        headed = block.kind == "table" and not facts.form.tables[block.table].paired
        yield from _beside(block, rows, heads=int(headed))


def _beside(block: Block, rows: list[list[MarkupCell]], heads: int) -> Iterator[list[MarkupCell]]:
    """Yield rows with the upright label of their block; a head that is repeated is not merged with
    what stands below it.
    """
    if not block.side:
        yield from rows
        return
    label, body = literal(block.side.replace("\n", "")), len(rows) - heads
    for number, row in enumerate(rows, -heads):
        kind = "" if number < 0 or body == 1 else "restart" if number == 0 else "continue"
        yield [MarkupCell("" if number < 0 else label, block.side_span, _TEXT, kind), *row]


def _fields(facts: Facts, block: Block) -> Iterator[list[MarkupCell]]:
    for line in block.grid:
        fields = [
            (facts.form.fields[name], span) for name, span in line if name in facts.form.fields
        ]
        if any(field.beside == "below" for field, _ in fields):
            yield [MarkupCell(literal(field.label), span, _TEXT) for field, span in fields]
            yield [MarkupCell(_value(facts, field), span, _LEFT) for field, span in fields]
        else:
            yield [cell for field, span in fields for cell in _field(facts, field, span)]


def _field(facts: Facts, field: FieldSpec, span: int) -> list[MarkupCell]:
    long = field.type in (Type.LONG_TEXT, Type.CHOICE, Type.CHOICES)
    return [
        MarkupCell(literal(field.label), field.label_span, _TEXT),
        MarkupCell(_value(facts, field), span, _LEFT if long else _TEXT),
    ]


def _value(facts: Facts, field: FieldSpec) -> str:
    entry = facts.evaluation.submission.get(field.id)
    if field.id in _PRIVATE:
        return "（略）"
    if field.type in (Type.CHOICE, Type.CHOICES):
        ticked = (
            entry.choice.ticked
            if entry and entry.choice
            else (entry.text.strip(),)
            if entry
            else ()
        )
        return literal(boxes(field.options, ticked))
    if entry is None or entry.blank:
        return literal(missing(field.label)) if field.required else ""
    return literal(_shown(entry, field.type))


def _table(facts: Facts, spec: TableSpec) -> Iterator[list[MarkupCell]]:
    columns = spec.columns
    rows = [
        row
        for row in facts.evaluation.submission.rows(spec.id)
        if any(not entry.blank for entry in row.entries.values())
    ]
    if spec.paired:
        yield from _paired(spec, rows)
        return
    yield [MarkupCell(literal(column.label), column.span, _HEAD) for column in columns]
    if spec.rows:
        found = {row.key: row for row in rows}
        for fixed in spec.rows:
            row, part = found.get(fixed.id), fixed.part
            yield [
                MarkupCell(literal(fixed.label), columns[0].span, _TEXT),
                *(_cell(row, column, part=part) for column in columns[1:]),
            ]
        return
    items = [row for row in rows if row.kind is not RowKind.TOTAL]
    merged = [column.id for column in columns if column.merge]
    merges = {name: _merges(items, merged[: place + 1]) for place, name in enumerate(merged)}
    for number, row in enumerate(items):
        yield [
            _cell(row, column, merge=merges[column.id][number] if column.merge else "")
            for column in columns
        ]
    for row in rows:
        if row.kind is RowKind.TOTAL:
            yield _total(spec, row)


def _total(spec: TableSpec, row: Row) -> list[MarkupCell]:
    first = next(
        (number for number, column in enumerate(spec.columns) if column.id in spec.sums), 1
    )
    span = sum(column.span for column in spec.columns[:first])
    return [
        MarkupCell(literal(spec.total), span, _HEAD),
        *(_cell(row, column) for column in spec.columns[first:]),
    ]


def _paired(spec: TableSpec, rows: list[Row]) -> Iterator[list[MarkupCell]]:
    found = {row.key: row for row in rows}
    for fixed in spec.rows:
        cells: list[MarkupCell] = []
        for column in spec.columns:
            label = fixed.label if fixed.part else f"{column.label}"
            cells += [
                MarkupCell(literal(label), column.label_span, _TEXT),
                _cell(found.get(fixed.id), column),
            ]
        yield cells


def _merges(rows: list[Row], columns: list[str]) -> list[str]:
    """Return the vertical merging of each row's cell in the last of the columns: neighbours equal
    in all of them are one.
    """
    texts = [tuple(row.text(column) for column in columns) for row in rows]
    marks = []
    for number, text in enumerate(texts):
        above, below = (
            number > 0 and texts[number - 1] == text,
            number + 1 < len(texts) and texts[number + 1] == text,
        )
        marks.append("continue" if above else "restart" if below else "")
    return marks


def _cell(
    row: Row | None, column: ColumnSpec, *, part: bool = False, merge: str = ""
) -> MarkupCell:
    entry = row.get(column.id) if row else None
    if part and column.total_only:
        return MarkupCell(say("words.dash"), column.span, _TEXT)
    text = (
        _shown(entry, column.type)
        if entry and not entry.blank
        else say("words.dash")
        if column.type is Type.MONEY
        else ""
    )
    style = (
        _NUMBER
        if column.type is Type.MONEY
        else _LEFT
        if column.id in ("reason", "evidence", "note")
        else _TEXT
    )
    return MarkupCell(literal(text), column.span, style, merge)


def _shown(entry: Entry, kind: Type) -> str:
    value = entry.value
    if isinstance(value, Decimal):
        write = _WRITERS.get(kind)
        return write(value) if write else entry.text
    return day(entry.when) or entry.text


_WRITERS: Mapping[Type, Callable[[Decimal | None], str]] = {
    Type.MONEY: money,
    Type.PERCENT: percent,
    Type.SCORE: plain,
}
