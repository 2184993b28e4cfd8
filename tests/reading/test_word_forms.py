"""A form typed in Word is read like the workbook."""

import docx
import pytest
from sheets import documents

from evalbatch.reading.reader import read
from evalbatch.sheets.book import Refused
from reading.filled import FORMS, filled


@pytest.mark.parametrize(
    "form_id", ["self_evaluation", "project_evaluation", "department_evaluation"]
)
def test_the_tables_of_a_form_read_as_its_sheets(form_id):
    workbook = filled(FORMS[form_id])
    (from_sheets,) = read(workbook, "x.xlsx", FORMS)
    (from_tables,) = read(documents.typed(workbook), "x.docx", FORMS)
    assert from_tables.form == form_id
    rows = {
        name: [row.text("name") for row in rows]
        for name, rows in from_sheets.tables.items()
        if name == "indicators"
    }
    assert {name: [row.text("name") for row in from_tables.tables[name]] for name in rows} == rows
    for name in ("project", "department", "unit", "budget"):
        assert from_tables.text(name) == from_sheets.text(name)


def test_a_place_in_a_word_form_says_table_row_and_column():
    (submission,) = read(documents.typed(filled(FORMS["self_evaluation"])), "x.docx", FORMS)
    assert str(submission.fields["project"].place) == "表1 第4行第3列"


def test_a_document_whose_tables_are_no_form_is_told_so():
    document = docx.Document()
    table = document.add_table(2, 2)
    for row, (label, value) in enumerate((("项目名称", "道路养护"), ("得分", "95"))):
        table.cell(row, 0).text, table.cell(row, 1).text = label, value
    with pytest.raises(Refused) as caught:
        read(documents.saved(document), "自评报告.docx", FORMS)
    assert (caught.value.observation.code, caught.value.observation.variant) == ("F12", "document")
