"""Cells that nobody can see are told apart: colour on colour, formats that show nothing, a hair's
breadth.
"""

import pytest

from evalbatch.sheets import read_book
from sheets import packages

NUMBER = '<row r="1"><c r="A1" s="1"><v>{}</v></c><c r="B1"><v>2</v></c></row>'
TEXT = '<row r="1"><c r="A1" s="1" t="str"><v>{}</v></c><c r="B1"><v>2</v></c></row>'
PLAIN_FONT = "<font><sz val='11'/><color theme='1'/></font>"
NO_FILL = "<fill><patternFill patternType='none'/></fill>"


def unseen(rows, *, font=PLAIN_FONT, fill=NO_FILL, code="General", tree=False):
    formats = f"<numFmts><numFmt numFmtId='200' formatCode='{code}'/></numFmts>"
    formats += f"<fonts>{PLAIN_FONT}{font}</fonts><fills>{NO_FILL}{fill}</fills>"
    styles = '<xf numFmtId="0"/><xf numFmtId="200" fontId="1" fillId="1"/>'
    if tree:  # a comment in the data is nothing that the plain form has
        rows = f"<!-- -->{rows}"
    return set(
        read_book(packages.book(rows, formats=formats, styles=styles), "x.xlsx").sheets[0].unseen
    )


def font(colour, points=11):
    return f"<font><sz val='{points}'/><color {colour}/></font>"


def fill(colour):
    return f"<fill><patternFill patternType='solid'><fgColor {colour}/></patternFill></fill>"


@pytest.mark.parametrize("tree", [False, True])
@pytest.mark.parametrize(
    "looks",
    [
        {"font": font("rgb='FFFFFFFF'")},
        {"font": font("theme='0'")},
        {"font": font("indexed='9'")},
        {"font": font("theme='1' tint='0.97'")},
        {"font": font("rgb='FF00FF00'"), "fill": fill("indexed='11'")},
        {"font": font("theme='4'"), "fill": fill("theme='4'")},
        {"font": font("theme='1'", points=1)},
        {"code": ";;;"},
        {"code": "[White]0.00"},
        {"code": "[白色]G/通用格式"},
        {"code": '""'},
    ],
)
def test_a_number_that_nobody_sees(looks, tree):
    assert unseen(NUMBER.format(90), tree=tree, **looks) == {(1, 1)}


@pytest.mark.parametrize(
    "looks",
    [
        {},
        {"font": font("rgb='FFFFFFFF'"), "fill": fill("rgb='FF4472C4'")},
        {"font": font("theme='0' tint='-0.5'")},
        {"fill": fill("rgb='FFFFFF00'")},
        {"code": "0.00;[Red]-0.00;;@"},
        {"code": "#,##0.00"},
        {
            "fill": "<fill><patternFill patternType='gray125'/></fill>",
            "font": font("rgb='FFFFFFFF'"),
        },
    ],
)
def test_a_number_that_a_person_sees(looks):
    assert unseen(NUMBER.format(90), **looks) == set()


def test_a_zero_that_is_not_shown_hides_nothing():
    assert unseen(NUMBER.format(0), code="0;-0;;@") == set()


def test_a_format_may_hide_texts_or_numbers_only():
    assert unseen(TEXT.format("达标"), code=";;;") == {(1, 1)}
    assert unseen(TEXT.format("达标"), code=";;") == set()
    assert unseen(NUMBER.format(5), code=";;;@") == {(1, 1)}


@pytest.mark.parametrize(
    ("height", "hidden"),
    [("0", 1), ("0.75", 1), (".5", 1), ("2.99", 1), ("3", 0), ("12.75", 0), ("20", 0)],
)
def test_a_row_of_a_hairs_breadth_is_hidden(height, hidden):
    rows = f'<row r="1" ht="{height}"><c r="A1"><v>1</v></c></row>'
    for data in (rows, f"<!-- -->{rows}"):
        assert len(read_book(packages.book(data), "x.xlsx").sheets[0].hidden_rows) == hidden


@pytest.mark.parametrize(("width", "hidden"), [("0.1", {1}), ("0", {1}), ("8.5", frozenset())])
def test_a_column_of_a_hairs_breadth_is_hidden(width, hidden):
    before = f'<cols><col min="1" max="1" width="{width}" customWidth="1"/></cols>'
    rows = '<row r="1"><c r="A1"><v>1</v></c></row>'
    assert (
        read_book(packages.book(rows, before=before), "x.xlsx").sheets[0].hidden_columns == hidden
    )
