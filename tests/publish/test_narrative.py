"""How figures, dates and lists are written in official Chinese, and that every sentence the program
asks for exists.
"""

import re
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalbatch.publish import sentences

PUBLISH = Path(sentences.__file__).parent


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("300", "300"),
        ("465.470", "465.47"),
        ("0", "0"),
        ("0.005", "0.01"),
        ("1000", "1000"),
        ("-3.10", "-3.1"),
        ("1E+3", "1000"),
    ],
)
def test_figures_in_sentences_have_no_zeros_at_the_end(value: str, shown: str) -> None:
    assert sentences.plain(Decimal(value)) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [("1964.32", "1,964.32"), ("0", "0.00"), ("1234567.8", "1,234,567.80")]
)
def test_money_in_tables_has_thousands_and_two_decimals(value: str, shown: str) -> None:
    assert sentences.money(Decimal(value)) == shown


def test_what_is_unknown_is_a_dash() -> None:
    assert {
        sentences.plain(None),
        sentences.money(None),
        sentences.percent(None),
        sentences.points(None),
    } == {"—"}


@given(st.decimals(0, 10, places=6))
def test_a_rate_is_rounded_half_up_to_two_decimals(rate: Decimal) -> None:
    shown = Decimal(sentences.percent(rate).removesuffix("%"))
    assert abs(shown - rate * 100) <= Decimal("0.005")


def test_dates_have_no_padding_zeros() -> None:
    assert sentences.day(date(2022, 1, 3)) == "2022年1月3日"


def test_lists_are_cut_and_counted_and_quoted_names_need_no_comma() -> None:
    assert sentences.listed(["甲", "乙"]) == "甲、乙"
    assert sentences.listed(["“甲”", "“乙”"]) == "“甲”“乙”"
    assert sentences.listed(map(str, range(9)), 3) == "0、1、2等9项"


def test_a_sentence_never_runs_what_a_department_wrote() -> None:
    assert "{unit}" in sentences.say(
        "self.opening", basis="{unit}", unit="甲", year="2026", project="乙"
    )


def test_every_sentence_that_the_code_names_exists_and_every_one_is_used() -> None:
    wording = tomllib.loads((PUBLISH / "narrative.toml").read_text("utf-8"))
    code = "".join(path.read_text("utf-8") for path in PUBLISH.rglob("*.py"))
    named = set(re.findall(r'(?:say|words)\(\s*f?"(\w+)\.(\w+)"', code))
    assert [pair for pair in named if pair[1] not in wording[pair[0]]] == []
    everywhere = "".join(path.read_text("utf-8") for path in PUBLISH.parent.rglob("*.py"))
    sections = {
        name: section
        for name, section in wording.items()
        if isinstance(section, dict) and name not in {"background", "goals"}
    }
    unused = [
        f"{name}.{key}"
        for name, section in sections.items()
        for key in section
        if not _used(name, key, everywhere)
    ]
    assert unused == []


def _used(section: str, key: str, code: str) -> bool:
    """Whether the code names a sentence, by itself or by a word that is put into its name."""
    if f'"{section}.{key}"' in code or f'.{key}"' in code or f'"{key}"' in code:
        return True
    return any(
        f'"{part}"' in code or f"'{part}'" in code
        for part in (key.split("_", 1)[-1], key.rsplit("_", 1)[-1], key.rsplit("_", 1)[0])
    )
