"""What our blank workbooks are filled with is what the reader reads: every field and every column
of every form.
"""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from evalbatch.blanks.blank_workbook import build
from evalbatch.model.submission import Entry, Row, RowKind, State
from evalbatch.reading.reader import read
from evalbatch.reading.stamp import SHEET
from evalbatch.standards.form import TableSpec
from reading.filled import FORMS, POLICIES, columns, filled, filled_fields, filled_rows, printed
from reading.typed import FILE, saved


def meant(entry: Entry) -> object:
    """What was read, in the terms of `sample`."""
    if entry.choice is not None:
        return "、".join(entry.choice.ticked)
    return entry.quantity.text if entry.quantity is not None else entry.value


def as_read(table: TableSpec, row: Row) -> dict[str, object]:
    return {column.id: meant(row.entries[column.id]) for column in columns(table)}


def values(row: Row) -> dict[str, object]:
    return {name: entry.value for name, entry in row.entries.items()}


def anonymous(data: bytes) -> bytes:
    """Take off what is ours: the stamp and the names of the sheets."""
    book = load_workbook(BytesIO(data), data_only=True)
    del book[SHEET]
    for name in list(book.custom_doc_props.names):
        del book.custom_doc_props[name]
    for number, sheet in enumerate(book.worksheets):
        sheet.title = f"表{number}"
    return saved(book)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
class TestRoundTrip:
    def test_every_field_comes_back(self, form):
        (submission,) = read(filled(form), FILE, FORMS)
        wanted = filled_fields(form)
        assert {name: meant(submission.fields[name]) for name in wanted} == wanted

    def test_every_row_comes_back(self, form):
        (submission,) = read(filled(form), FILE, FORMS)
        for name, table in form.tables.items():
            rows = submission.rows(name, RowKind.ITEM) if not table.rows else submission.rows(name)
            wanted = [
                {key: value for key, value in row.items() if key != "key"}
                for row in filled_rows(table)
            ]
            assert [as_read(table, row) for row in rows] == wanted, name
            if table.rows:
                assert [row.key for row in rows] == [row.id for row in table.rows]

    def test_nothing_is_noticed(self, form):
        (submission,) = read(filled(form), FILE, FORMS)
        assert submission.observations == ()

    def test_what_stands_on_a_sheet_that_only_explains_is_never_wanted(self, form):
        printed = next(sheet.name for sheet in form.sheets if not sheet.fields and not sheet.tables)
        book = load_workbook(BytesIO(filled(form)), data_only=True)
        book[printed]["Z1"], book[printed]["Z2"] = "项目名称", "=1/0"
        book[printed].column_dimensions["Z"].hidden = True
        (own,) = read(filled(form), FILE, FORMS)
        (other,) = read(saved(book), FILE, FORMS)
        assert (other.stamp, other.observations, other.sheets) == (own.stamp, (), own.sheets)
        assert {name: entry.value for name, entry in other.fields.items()} == {
            n: e.value for n, e in own.fields.items()
        }

    def test_without_stamp_and_names_everything_is_found_by_its_labels(self, form):
        (own,) = read(filled(form), FILE, FORMS)
        (other,) = read(anonymous(filled(form)), FILE, FORMS)
        assert (other.form, other.stamp) == (form.id, None)
        assert {name: entry.value for name, entry in other.fields.items()} == {
            n: e.value for n, e in own.fields.items()
        }
        for name in form.tables:
            assert [values(row) for row in other.rows(name)] == [
                values(row) for row in own.rows(name)
            ]

    def test_a_blank_form_has_an_entry_with_its_place_for_every_field(self, form):
        (submission,) = read(build(form, POLICIES[form.policy]), FILE, FORMS)
        assert printed(form) <= set(submission.fields)
        assert all(entry.place.cell for entry in submission.entries())
        assert all(entry.state is not State.UNREADABLE for entry in submission.entries())
        assert submission.observations == ()
