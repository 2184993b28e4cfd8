"""Made from the forms themselves: what is harmless changes nothing, what is not is named with its
code and cell.
"""

import pytest

from evalbatch.model.submission import RowKind, State, Submission
from evalbatch.reading.reader import interpret
from evalbatch.sheets.book import Book, Cell, ErrorValue, Sheet
from evalbatch.standards.form import FormSpec, TableSpec, Type
from reading.filled import FORMS, book_of
from reading.mutate import (
    find,
    with_cell,
    with_column_at,
    with_columns_swapped,
    with_row_at,
    with_row_doubled,
)
from reading.typed import FILE

FIGURES = (Type.SCORE, Type.MONEY, Type.INTEGER, Type.NUMBER, Type.PERCENT)
each_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def reading(book: Book) -> Submission:
    (submission,) = interpret(book, FILE, "", FORMS)
    return submission


def content(submission: Submission) -> object:
    """Everything that was read, without the places."""
    fields = {name: entry.value for name, entry in submission.fields.items()}
    rows = {
        name: [
            (row.key, row.kind, {column: entry.value for column, entry in row.entries.items()})
            for row in table
        ]
        for name, table in submission.tables.items()
    }
    return fields, rows


def sheets(form: FormSpec) -> list[Sheet]:
    names = {sheet.name for sheet in form.sheets if sheet.fields or sheet.tables}
    return [sheet for sheet in book_of(form.id).sheets if sheet.name in names]


def noticed(submission: Submission, code: str) -> list[tuple[str, str, str]]:
    return [
        (each.places[0].cell, each.expected, each.found)
        for each in submission.observations
        if each.code == code
    ]


def open_tables(form: FormSpec) -> list[TableSpec]:
    return [table for table in form.tables.values() if not table.rows]


@each_form
def test_a_row_may_be_inserted_anywhere(form):
    wanted = content(reading(book_of(form.id)))
    for sheet in sheets(form):
        last = max(row for row, _ in sheet.cells)
        for at in range(1, last + 2):
            submission = reading(with_row_at(book_of(form.id), sheet.name, at))
            assert content(submission) == wanted, f"{sheet.name} {at}"
            assert submission.observations == (), f"{sheet.name} {at}"


@each_form
def test_a_column_may_be_inserted_anywhere(form):
    wanted = content(reading(book_of(form.id)))
    for sheet in sheets(form):
        last = max(column for _, column in sheet.cells)
        for at in range(1, last + 2):
            submission = reading(with_column_at(book_of(form.id), sheet.name, at))
            assert content(submission) == wanted, f"{sheet.name} {at}"
            assert submission.observations == (), f"{sheet.name} {at}"


@each_form
def test_a_deleted_label_is_named(form):
    stated = {name for table in form.tables.values() for name in table.total_fields.values()}
    for sheet in form.sheets:
        for field in sheet.fields:
            if (
                not field.required or field.id in stated or field.type is Type.YEAR
            ):  # the title still names the year
                continue
            book = book_of(form.id)
            submission = reading(
                with_cell(book, sheet.name, find(book, sheet.name, field.label), None)
            )
            assert [expected for _, expected, _ in noticed(submission, "F04")] == [field.label]
            assert field.id not in submission.fields


@each_form
def test_a_renamed_label_is_named_with_its_cell(form):
    for sheet in form.sheets:
        for field in sheet.fields:
            if not field.required or field.type is Type.YEAR:
                continue
            book = book_of(form.id)
            spot = find(book, sheet.name, field.label)
            renamed = f"原{field.label}"
            submission = reading(with_cell(book, sheet.name, spot, Cell(renamed)))
            place = next(each.places[0] for each in submission.observations if each.code == "F04")
            assert (place.row, place.column) == spot
            assert noticed(submission, "F04") == [(place.cell, field.label, renamed)]


@each_form
def test_a_renamed_header_is_named_with_its_cell(form):
    for table in open_tables(form):
        sheet = form.sheet_of(table.id)
        for column in table.columns:
            if not column.required:
                continue
            book = book_of(form.id)
            spot = find(book, sheet.name, column.label)
            renamed = f"本{column.label}"
            submission = reading(with_cell(book, sheet.name, spot, Cell(renamed)))
            place = next(each.places[0] for each in submission.observations if each.code == "F04")
            assert (place.row, place.column) == spot
            assert noticed(submission, "F04") == [(place.cell, column.label, renamed)]


@each_form
def test_a_renamed_optional_column_is_not_read_and_that_is_said(form):
    for table in open_tables(form):
        sheet = form.sheet_of(table.id)
        book = book_of(form.id)
        for column in table.columns:
            if column.required or column.merge:
                continue
            spot = find(book, sheet.name, column.label)
            submission = reading(with_cell(book, sheet.name, spot, Cell(f"本{column.label}")))
            said = next(each for each in submission.observations if each.code == "F04")
            assert ((said.places[0].row, said.places[0].column), said.expected, said.variant) == (
                spot,
                column.label,
                "similar",
            )
            assert all(row.get(column.id) is None for row in submission.rows(table.id))


@each_form
def test_a_deleted_header_row_is_named(form):
    for table in open_tables(form):
        if not table.required:
            continue
        sheet = form.sheet_of(table.id)
        book = book_of(form.id)
        row, _ = find(book, sheet.name, table.columns[-1].label)
        cells = next(one.cells for one in book.sheets if one.name == sheet.name)
        for spot in [spot for spot in cells if spot[0] == row]:
            book = with_cell(book, sheet.name, spot, None)
        submission = reading(book)
        assert submission.rows(table.id) == ()
        (said,) = [
            each
            for each in submission.observations
            if each.code == "F04" and "表头" in each.expected
        ]
        assert said.places[0].sheet == sheet.name


@each_form
def test_a_blanked_cell_is_blank_at_its_place_and_nothing_else_changes(form):
    book = book_of(form.id)
    before = reading(book)
    for table in open_tables(form):
        for column in table.columns:
            first = before.rows(table.id, RowKind.ITEM)[1]
            place = first.entries[column.id].place
            submission = reading(with_cell(book, place.sheet, (place.row, place.column), None))
            second = submission.rows(table.id, RowKind.ITEM)[1]
            if not column.merge:
                assert (second.entries[column.id].state, second.entries[column.id].place) == (
                    State.BLANK,
                    place,
                )
            assert len(submission.rows(table.id)) == len(before.rows(table.id))
            assert [each.code for each in submission.observations if each.code != "F10"] == []


@each_form
def test_text_where_a_figure_is_needed_is_unreadable_at_its_place(form):
    book = book_of(form.id)
    before = reading(book)
    for name, table in form.tables.items():
        row = before.rows(name, RowKind.ITEM, RowKind.PART)[1]
        for column in table.columns:
            if column.type not in FIGURES:
                continue
            place = row.entries[column.id].place
            submission = reading(
                with_cell(book, place.sheet, (place.row, place.column), Cell("约十个"))
            )
            entry = submission.rows(name, RowKind.ITEM, RowKind.PART)[1].entries[column.id]
            assert (entry.state, entry.place, entry.text) == (State.UNREADABLE, place, "约十个")
            assert submission.observations == ()


@each_form
def test_two_columns_may_be_swapped(form):
    book = book_of(form.id)
    before = reading(book)
    for table in open_tables(form):
        single = [column for column in table.columns if not column.merge and column.span == 1]
        rows = before.rows(table.id, RowKind.ITEM)
        first, second = (rows[0].entries[column.id].place for column in single[-2:])
        header, last = rows[0].place.row - 1, rows[-1].place.row
        swapped = with_columns_swapped(
            book, first.sheet, first.column, second.column, range(header, last + 1)
        )
        submission = reading(swapped)
        for old, new in zip(rows, submission.rows(table.id, RowKind.ITEM), strict=True):
            assert {name: entry.value for name, entry in old.entries.items()} == {
                n: e.value for n, e in new.entries.items()
            }


@each_form
def test_a_doubled_row_is_read_twice(form):
    book = book_of(form.id)
    before = reading(book)
    for table in open_tables(form):
        rows = before.rows(table.id, RowKind.ITEM)
        place = rows[1].place
        submission = reading(with_row_doubled(book, place.sheet, place.row))
        after = submission.rows(table.id, RowKind.ITEM)
        assert len(after) == len(rows) + 1
        names = [column.id for column in table.columns if not column.merge]
        assert [after[2].entries[name].value for name in names] == [
            rows[1].entries[name].value for name in names
        ]
        assert after[2].place.row == place.row + 1


@each_form
@pytest.mark.parametrize(
    ("cell", "code", "state"),
    [
        (Cell(ErrorValue("#REF!"), formula="#REF!+1"), "F07", State.ERROR),
        (Cell(None, formula="A1+1"), "F06", State.UNCALCULATED),
    ],
)
def test_a_broken_formula_is_named_with_its_cell(form, cell, code, state):
    book = book_of(form.id)
    before = reading(book)
    for name, table in form.tables.items():
        row = before.rows(name, RowKind.ITEM, RowKind.PART)[0]
        for column in table.columns:
            if column.type not in FIGURES:
                continue
            place = row.entries[column.id].place
            submission = reading(with_cell(book, place.sheet, (place.row, place.column), cell))
            entry = submission.rows(name, RowKind.ITEM, RowKind.PART)[0].entries[column.id]
            assert (entry.state, entry.value) == (state, None)
            (said,) = submission.observations
            assert (said.code, said.places, said.variant) == (code, (place,), "")


@each_form
@pytest.mark.parametrize("calculated", [True, False])
def test_a_row_linked_by_formulas_is_never_lost(form, calculated):
    book = book_of(form.id)
    before = reading(book)
    for table in open_tables(form):
        rows = before.rows(table.id, RowKind.ITEM)
        linked = book
        for spot, cell in next(
            sheet.cells for sheet in book.sheets if sheet.name == rows[1].place.sheet
        ).items():
            if spot[0] == rows[1].place.row and cell.formula is None:
                other = (
                    cell._replace(formula="Sheet9!A1")
                    if calculated
                    else Cell(None, formula="Sheet9!A1")
                )
                linked = with_cell(linked, rows[1].place.sheet, spot, other)
        after = reading(linked)
        assert len(after.rows(table.id, RowKind.ITEM)) == len(rows), table.id
        assert ("F06" in {each.code for each in after.observations}) is not calculated
