"""Who claims which item of an annual plan (D08), and what makes two offices' workbooks the same
hand-in (D01).
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from checks.samples import AS_OF, annual, forms, item, policies
from evalbatch.checks import across
from evalbatch.checks.assess import assess
from evalbatch.checks.catalogue import finding
from evalbatch.checks.fingerprint import Fingerprint, OfficeItem, fingerprint
from evalbatch.checks.whole_plan import Claims, claims, planned
from evalbatch.model.finding import Observation
from evalbatch.model.place import Place
from evalbatch.model.record import RosterEntry


def office(
    name: str, *numbers: int, organisation: str = "外事办公室", file: str = ""
) -> Fingerprint:
    """Return the fingerprint of an office that hands in these items."""
    rows = {f"item{number}": item(number, f"事项{number}") for number in numbers}
    filled = annual(
        {"office": name, "organisation": organisation}, **{"item1": None, "item2": None, **rows}
    )
    filled = replace(filled, file=file or f"{name}.xlsx")
    form = forms()[filled.form]
    return fingerprint(assess(filled, form, policies()[form.policy], AS_OF), form)


def messages(seen: Iterable[Observation]) -> list[str]:
    return [finding(each).message for each in seen]


def told(*offices: Fingerprint, **plans: tuple[str, ...]) -> Claims:
    return claims(offices, plans)


def test_an_item_claimed_by_two_offices_is_said_in_both_workbooks_at_its_cell():
    seen = told(office("甲处", 1, 2), office("乙处", 2, 3))
    assert seen.whole == ()
    assert {file: messages(found) for file, found in seen.by_file.items()} == {
        "甲处.xlsx": ["第2项“事项2”由甲处、乙处同时填报。"],
        "乙处.xlsx": ["第2项“事项2”由甲处、乙处同时填报。"],
    }
    assert {each.places[0].row for found in seen.by_file.values() for each in found} == {22}


def test_what_the_same_offices_claim_is_one_finding_with_every_cell():
    seen = told(office("甲处", 1, 2, 3, 7), office("乙处", 2, 3, 7))
    assert messages(seen.by_file["甲处.xlsx"]) == ["第2—3、7项由甲处、乙处同时填报。"]
    assert [place.row for place in seen.by_file["乙处.xlsx"][0].places] == [22, 23, 27]


def test_numbers_that_nobody_claims_are_one_finding_for_each_run_between_the_items_beside_it():
    seen = told(office("甲处", 1, 2), office("乙处", 4, 710))
    assert messages(seen.whole) == [
        "外事办公室的三级指标第3项没有处室填报（已收到2个处室的报送件）。",
        "外事办公室的三级指标第5—709项没有处室填报（已收到2个处室的报送件）。",
    ]
    assert [place.row for place in seen.whole[1].places] == [24, 730]


def test_one_office_alone_says_nothing_about_the_numbers_of_others():
    assert told(office("丙处", 13, 14, 18)) == Claims({}, ())


def test_a_plan_names_what_is_missing_and_what_does_not_exist():
    seen = told(office("甲处", 1, 9), 外事办公室=("1", "2", "3", "5"))
    assert messages(seen.by_file["甲处.xlsx"]) == [
        "名册列出的计划中没有第9项，甲处填报了该项“事项9”。"
    ]
    assert [message.split("第")[1][:4] for message in messages(seen.whole)] == ["2—3项", "5项没有"]


def test_the_roster_plans_the_items_of_an_organisation():
    place = Place("名册.xlsx", "项目名册", 4, 3)
    lines = [
        RosterEntry("外事办公室", unit, "", "annual_management", None, (), None, place, items)
        for unit, items in (("甲处", ("1", "2")), ("乙处", ("3",)), ("丙处", ()))
    ]
    assert planned(lines) == {"外事办公室": ["1", "2", "3"]}


def test_offices_of_different_organisations_are_kept_apart():
    one, other = (
        office("综合处", 1, 2),
        office("综合处", 1, 2, organisation="商务局", file="另.xlsx"),
    )
    seen = across.look_across([one, other])
    assert seen.superseded == {}
    assert seen.by_file == {}


def test_an_office_that_hands_in_twice_claims_its_items_once():
    seen = across.look_across(
        [office("甲处", 1, 2), office("甲处", 1, 2, file="甲处（修改）.xlsx")]
    )
    assert {each.code for found in seen.by_file.values() for each in found} == {"D01"}


@given(st.lists(st.sets(st.integers(1, 30), min_size=1), min_size=2, max_size=4))
def test_every_number_up_to_the_highest_is_claimed_or_said_to_be_unclaimed(groups: list[set[int]]):
    prints = [
        replace(
            BARE,
            file=f"{at}.xlsx",
            unit=f"{at}处",
            items=tuple(OfficeItem(str(n), "", Place(f"{at}.xlsx", "指标", n, 3)) for n in numbers),
        )
        for at, numbers in enumerate(groups)
    ]
    seen, claimed = claims(prints, {}), set().union(*groups)
    missing: set[int] = set()
    for each in seen.whole:
        first, _, last = each.figures["no"].partition("—")
        missing |= set(range(int(first), int(last or first) + 1))
    assert missing == set(range(1, max(claimed) + 1)) - claimed
    twice = {n for n in claimed if sum(n in numbers for numbers in groups) > 1}
    said = {
        (place.file, place.row)
        for found in seen.by_file.values()
        for each in found
        for place in each.places
    }
    assert said == {(f"{at}.xlsx", n) for at, numbers in enumerate(groups) for n in numbers & twice}
    assert all(one.figures["no"] != two.figures["no"] for one, two in pairwise(seen.whole))


BARE = office("处")
