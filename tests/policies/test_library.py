"""Policy profiles: what is shipped, inheritance, and faults said in Chinese."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalbatch.errors import SettingsFault
from evalbatch.model.names import bare
from evalbatch.standards.policy import Limit
from evalbatch.standards.policy_library import load_policies, merge

CHILD = """
id = "city"
inherits = "cz2020_self"
name = "某市口径"
basis = "某市文件"
certainty = "source"
"""


def write(folder: Path, text: str, name: str = "city.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def faults(folder: Path) -> str:
    with pytest.raises(SettingsFault) as caught:
        load_policies(folder)
    return str(caught.value)


def test_the_promised_profiles_are_shipped_each_with_its_certainty_and_caution():
    policies = load_policies()
    promised = {
        "cz2020_self",
        "cz2020_evaluation",
        "cz2021_101",
        "jiangxi2017",
        "hubei2020",
        "annual_nodes",
        "department_self",
    }
    assert promised <= set(policies)
    assert [policy.id for policy in policies.values()] == list(policies)
    assert all(policy.caution for policy in policies.values())
    assert policies["cz2020_self"].certainty == "recalled"
    assert policies["hubei2020"].certainty == "source"
    assert policies["annual_nodes"].certainty == "derived"


def test_the_weights_of_every_split_that_a_profile_names_in_full_make_one_hundred():
    for policy in load_policies().values():
        splits = [policy.levels, *(split.levels for split in policy.alternatives)]
        for levels in splits:
            if levels and all(level.weight for level in levels):
                assert sum(level.weight for level in levels) == policy.full, policy.id


def test_a_child_gives_only_its_differences(tmp_path: Path):
    policies = load_policies(write(tmp_path, CHILD + "[execution]\nweight = 15\n"))
    child, parent = policies["city"], policies["cz2020_self"]
    assert child.execution.weight == 15
    assert child.execution.denominator_name == parent.execution.denominator_name
    assert child.grades == parent.grades
    assert child.tiers == parent.tiers


def test_what_a_profile_says_about_itself_is_never_inherited(tmp_path: Path):
    assert load_policies(write(tmp_path, CHILD))["city"].caution == ""
    said = faults(write(tmp_path, CHILD.replace('certainty = "source"', "")))
    assert "city.toml 的 certainty" in said
    assert "必填" in said


def test_lists_are_replaced_and_tables_merged():
    parent = {"execution": {"weight": 10, "mode": "bands"}, "grades": [1, 2, 3]}
    assert merge(parent, {"execution": {"weight": 20}, "grades": [4]}) == {
        "execution": {"weight": 20, "mode": "bands"},
        "grades": [4],
    }
    assert parent["execution"]["weight"] == 10


def test_a_variant_of_a_variant_inherits_through_both(tmp_path: Path):
    write(tmp_path, CHILD.replace("cz2020_self", "hubei2020"))
    child = load_policies(tmp_path)["city"]
    assert child.execution.weight == 20
    assert child.tiers[1].low == Decimal("0.50")
    assert child.grades[0].word == "优"


@pytest.mark.parametrize(
    ("text", "where", "expected"),
    [
        (CHILD + "[execution]\nwieght = 15\n", "execution.wieght", "无法识别"),
        (CHILD + '[execution]\nweight = "十"\n', "execution.weight", "数字"),
        (
            CHILD + '[quantitative]\nreverse = "half"\n',
            "quantitative.reverse",
            "quotient、subtractive 之一",
        ),
        (CHILD.replace("cz2020_self", "nowhere"), "inherits", "已有口径之一"),
        (CHILD.replace("cz2020_self", "city"), "inherits", "不循环继承"),
        (CHILD + "x = = 1", "city.toml", "TOML"),
        (CHILD.replace('id = "city"', ""), "id", "口径编号"),
        (CHILD.replace('"city"', '"cz2020_self"'), "id", "未用过的编号"),
        (
            CHILD + '[[grades]]\nword = "差"\nlow = 0\n[[grades]]\nword = "优"\nlow = 90\n',
            "grades",
            "从高到低",
        ),
        (CHILD + '[[rules]]\nrule = "ladder"\nladder = "none"\n', "quantitative.ladders", "none"),
        (
            CHILD + '[[rules]]\nrule = "deduction"\nladder = "none"\n',
            "quantitative.deductions",
            "none",
        ),
    ],
)
def test_a_fault_names_file_key_and_what_was_expected(
    tmp_path: Path, text: str, where: str, expected: str
):
    said = faults(write(tmp_path, text))
    assert "city.toml" in said
    assert where in said
    assert expected in said


def test_all_faults_are_said_at_once(tmp_path: Path):
    write(tmp_path, CHILD + "[execution]\nweight = true\nwieght = 1\n")
    write(tmp_path, CHILD.replace('"city"', '"town"') + 'grade_on = "mood"\n', "town.toml")
    assert len(faults(tmp_path).splitlines()) == 3


def test_a_loop_of_two_is_said_and_not_followed_forever(tmp_path: Path):
    write(tmp_path, CHILD.replace("cz2020_self", "town"))
    write(tmp_path, CHILD.replace('"city"', '"town"').replace("cz2020_self", "city"), "town.toml")
    assert faults(tmp_path).count("不循环继承") == 2


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("指标1：预算执行率（%）", "预算执行率"),
        ("产出指标（50分）", "产出"),
        ("产出指标\n50", "产出"),
        (" 预算 执行率 ", "预算执行率"),
        ("★满意度指标", "满意度"),
        ("“三公”经费变动率", "三公经费变动率"),
        ("指标", "指标"),
        ("", ""),
    ],
)
def test_names_are_compared_without_what_departments_add(written: str, meant: str):
    assert bare(written) == meant


def test_levels_are_found_by_name_and_synonym():
    policy = load_policies()["cz2020_self"]
    found = policy.level_of("效果指标")
    assert found is not None
    assert found.name == "效益指标"
    assert policy.level_of("决策") is None


def test_the_first_matching_rule_wins_and_a_nameless_one_takes_the_rest():
    policy = load_policies()["cz2020_evaluation"]
    named, rest = (
        policy.rule_of("过程", "资金管理", "资金到位率"),
        policy.rule_of("效益", "经济效益", "带动就业"),
    )
    assert named is not None
    assert named.rule == "arrival"
    assert rest is not None
    assert rest.rule == "judged"
    assert load_policies()["cz2020_self"].rule_of("产出指标", "数量指标", "培训人数") is None


values = st.recursive(
    st.integers() | st.lists(st.integers()),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner),
)
tables = st.dictionaries(st.sampled_from("abc"), values)


@given(parent=tables, child=tables)
def test_a_child_wins_where_it_speaks_and_its_parent_everywhere_else(
    parent: dict[str, Any], child: dict[str, Any]
):
    merged = merge(parent, child)
    assert set(merged) == set(parent) | set(child)
    for key, value in merged.items():
        if key not in child:
            assert value == parent[key]
        elif isinstance(child[key], dict) and isinstance(parent.get(key), dict):
            assert value == merge(parent[key], child[key])
        else:
            assert value == child[key]


def test_every_shipped_limit_says_on_what_it_rests_and_how_sure_that_is():
    for policy in load_policies().values():
        limits = [value for _, value in policy.limits if isinstance(value, Limit)]
        for limit in (
            *limits,
            policy.quantitative.explain_above,
            policy.quantitative.explain_above_zero_target,
        ):
            assert limit.basis
            assert limit.certainty in {"source", "recalled", "derived"}


def test_the_regulation_is_not_named_for_what_it_does_not_say():
    limits, quantitative = (
        load_policies()["cz2020_self"].limits,
        load_policies()["cz2020_self"].quantitative,
    )
    for limit in (limits.execution_reason_below, quantitative.explain_above, limits.survey_valid):
        assert "财预〔2020〕10号" not in limit.basis


def test_a_bare_limit_rests_on_the_profile_that_gives_it_even_where_another_inherits_it(
    tmp_path: Path,
):
    write(
        tmp_path,
        CHILD + "[limits]\nexecution_reason_below = 0.85\n[quantitative]\nexplain_above = 1.5\n",
    )
    heir = (
        CHILD.replace('"city"', '"town"')
        .replace('"cz2020_self"', '"city"')
        .replace("某市口径", "某镇口径")
    )
    write(tmp_path, heir.replace('"source"', '"derived"'), "town.toml")
    for name in ("city", "town"):
        policy = load_policies(tmp_path)[name]
        for limit, value in (
            (policy.limits.execution_reason_below, "0.85"),
            (policy.quantitative.explain_above, "1.5"),
        ):
            assert (limit.value, limit.basis, limit.certainty) == (
                Decimal(value),
                "评分口径《某市口径》",
                "source",
            )
        assert policy.limits.survey_valid == load_policies()["cz2020_self"].limits.survey_valid


def test_a_limit_may_name_a_basis_of_its_own(tmp_path: Path):
    given = '[limits.survey_valid]\nvalue = 50\nbasis = "某市调查办法"\ncertainty = "recalled"\n'
    limit = load_policies(write(tmp_path, CHILD + given))["city"].limits.survey_valid
    assert (limit.value, limit.basis) == (50, "某市调查办法")
    assert limit.quoted == "某市调查办法（引用前请核对原文）"


def test_a_profile_without_a_parent_has_the_first_ones_limits(tmp_path: Path):
    root = CHILD.replace('inherits = "cz2020_self"\n', "") + "[limits]\nhigh_total = 95\n"
    limits = load_policies(write(tmp_path, root))["city"].limits
    assert limits.high_total.value == 95
    assert limits.copied_characters == load_policies()["cz2020_self"].limits.copied_characters


def test_a_limit_that_is_no_number_is_named(tmp_path: Path):
    assert "limits.high_total" in faults(write(tmp_path, CHILD + '[limits]\nhigh_total = "高"\n'))


def test_what_shipped_profiles_score_is_told_by_the_marks_that_last_years_results_carry() -> None:
    """They change with the rules only, never with how the program holds them: results of another
    mark are not compared.
    """
    marks = {name: load_policies()[name].mark for name in ("cz2020_self", "monitoring")}
    assert marks == {"cz2020_self": "16883742", "monitoring": "e93fc3ce"}
