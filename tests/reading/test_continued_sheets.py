"""A form that goes on over several sheets is read like one, each value at its own place."""

from decimal import Decimal

import pytest

from evalbatch.model.place import Place
from evalbatch.model.submission import RowKind
from evalbatch.reading.reader import read
from reading.test_layouts import FUNDING, GOALS, HEAD, ROWS, TABLE, TOTAL, USUAL, indicators
from reading.typed import FILE, FORMS, faults, only, typed

FIRST = [*HEAD, *FUNDING, *GOALS]
REST = [*ROWS[2:], *TOTAL]


@pytest.mark.parametrize(
    ("first", "second", "at"),
    [
        pytest.param(FIRST, [TABLE, *ROWS, *TOTAL], "H2", id="indicators"),
        pytest.param(FIRST, [*HEAD, TABLE, *ROWS, *TOTAL], "H6", id="project again"),
        pytest.param([*FIRST, TABLE, *ROWS[:2]], [TABLE, *REST], "", id="header again"),
        pytest.param([*FIRST, TABLE, *ROWS[:2]], REST, "", id="bare rows"),
        pytest.param(
            [*FIRST, TABLE, *ROWS[:2]],
            [["项目支出绩效自评表（续）"], TABLE, *REST],
            "",
            id="said so",
        ),
    ],
)
def test_the_rest_of_a_form_on_the_next_sheet_belongs_to_it(first, second, at):
    submission = only(typed(("第1页", first, []), ("第2页", second, [])))
    assert indicators(submission) == USUAL
    assert submission.number("stated_total") == Decimal(95)
    assert submission.row("funding", "total").number("executed") == Decimal(90)
    assert faults(submission) == []
    stated = submission.fields["stated_total"].place
    assert (stated.sheet, stated.row) == ("第2页", len(second))
    if at:
        score = submission.rows("indicators", RowKind.ITEM)[0].entries["score"]
        assert (score.place.sheet, score.place.cell) == ("第2页", at)


def test_what_is_noticed_on_the_next_sheet_is_told_there():
    rows = [[*ROWS[2][:6], "30分", 30], *ROWS[3:]]
    data = typed(("第1页", [*FIRST, TABLE, *ROWS[:2]], []), ("第2页", [TABLE, *rows, *TOTAL], []))
    noticed = [each.places for each in only(data).observations if each.found == "30分"]
    assert noticed == [(Place(FILE, "第2页", 2, 7),)]


def test_another_project_or_a_second_draft_is_no_rest():
    whole = [*FIRST, TABLE, *ROWS, *TOTAL]
    other = [[*line[:2], "城区绿化"] if line == HEAD[2] else line for line in whole]
    read_ = read(typed(("道路", whole[:-1], []), ("绿化", other, [])), FILE, FORMS)
    assert [each.text("project") for each in read_] == ["乡村道路养护", "城区绿化"]
    draft = only(typed(("初稿", whole[:-1], []), ("定稿", whole, [])))
    assert "ambiguous" in {each.variant for each in draft.observations}
