"""Offices that changed their names: joined as written down, proposed by what they share."""

from evalbatch.results.renames import Proposal, Rename, Renames, proposals


def renames(*lines: tuple[str, str, int]) -> Renames:
    return Renames(tuple(Rename(*line, "依据") for line in lines))


def test_of_several_renamings_the_first_after_the_year_holds() -> None:
    told = renames(("甲办", "丙办", 2027), ("甲办", "乙办", 2025))
    assert [told.today("甲办", year) for year in (2024, 2025, 2026)] == ["乙办", "丙办", "丙办"]
    assert told.today("甲办", 2027) == "甲办"
    assert told.today("丁办", 2024) == "丁办"


def test_a_circle_of_renamings_ends_before_it_comes_back() -> None:
    told = renames(("甲办", "乙办", 2025), ("乙办", "甲办", 2026))
    assert told.today("甲办", 2024) == "乙办"


def proposed(
    before: dict[str, list[str]], now: dict[str, list[str]], told: Renames | None = None
) -> list[Proposal]:
    return list(proposals({2025: now, 2024: before}, told or Renames()))


def test_offices_that_share_projects_or_three_fifths_of_their_names_are_proposed() -> None:
    assert proposed({"园林": ["养护", "绿化"]}, {"城管": ["绿化", "养护", "环卫"]}) == [
        Proposal("园林", "城管", 2025, "有 2 个同名项目")
    ]
    like = proposed({"东西南北中": []}, {"东西南左右": []})
    assert [each.why for each in like] == ["名称相近（60%）"]
    assert proposed({"东西南北中": []}, {"东西上左右": []}) == []


def test_who_is_still_there_or_joined_already_is_not_proposed() -> None:
    assert proposed({"园林": ["绿化"]}, {"园林": [], "城管": ["绿化"]}) == []
    assert proposed({"园林": ["绿化"], "城管": []}, {"城管": ["绿化"]}) == []
    told = renames(("园林", "城管", 2025))
    assert proposed({"园林": ["绿化"]}, {"城管": ["绿化"]}, told) == []
