"""TOML texts are changed where they say anything else than is wanted, and nowhere else."""

import random
import tomllib
from difflib import unified_diff
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalbatch.standards.form_library import SHIPPED
from evalbatch.standards.toml_edit import own_sheet, rewritten, section_text

FILES = sorted(SHIPPED.rglob("*.toml"))
NOTED = """# head
id = "x"   # the id
list = [
  "a",   # first
  "b",
]

# the first of two
[[sheets]]
id = "one"
rows = [
  { id = "r1", label = "甲" },
]

# the second of two
[[sheets]]
id = "two"
"""


def difference(before: str, after: str) -> list[str]:
    lines = unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def edit(text: str, **changes: Any) -> str:
    return rewritten(text, tomllib.loads(text) | changes)


def test_a_value_is_replaced_and_its_comment_stays() -> None:
    assert difference(NOTED, edit(NOTED, id="y")) == [
        '-id = "x"   # the id',
        '+id = "y"   # the id',
    ]


def test_an_element_joins_a_list_in_its_manner() -> None:
    assert difference(NOTED, edit(NOTED, list=["a", "n", "b"])) == ['+  "n",']
    assert difference(NOTED, edit(NOTED, list=["b"])) == ['-  "a",   # first']


def test_sections_travel_with_their_comments() -> None:
    one, two = tomllib.loads(NOTED)["sheets"]
    turned = edit(NOTED, sheets=[two, one])
    assert turned.index("# the second") < turned.index("# the first")
    assert "# the first" not in edit(NOTED, sheets=[two])
    assert difference(NOTED, edit(NOTED, sheets=[one, {"id": "new"}, two])) == [
        "+[[sheets]]",
        '+id = "new"',
        "+",
    ]


def test_a_key_comes_and_goes_within_braces() -> None:
    one, two = tomllib.loads(NOTED)["sheets"]
    longer = {**one, "rows": [{"id": "r1", "label": "甲", "part": True}]}
    text = edit(NOTED, sheets=[longer, two])
    assert '  { id = "r1", label = "甲", part = true },' in text.splitlines()
    assert edit(text, sheets=[one, two]) == NOTED


def test_windows_line_ends_stay() -> None:
    text = NOTED.replace("\n", "\r\n")
    assert edit(text, id="y") == edit(NOTED, id="y").replace("\n", "\r\n")


def test_a_file_of_a_sheet_becomes_a_section_of_its_form() -> None:
    sheet = '# what the file is\n\nid = "two"\n\n# kept\n[[fields]]\nid = "f"\n'
    text = section_text(NOTED, "sheets", 1, own_sheet(sheet, "sheets"))
    assert tomllib.loads(text)["sheets"][1] == {"id": "two", "fields": [{"id": "f"}]}
    assert "# kept" in text
    assert "# what the file is" not in text


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_file_without_changes_is_the_same_text(path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    assert rewritten(text, tomllib.loads(text)) == text


def test_a_list_of_sections_from_which_all_are_taken_is_an_empty_one() -> None:
    text = "# head\n\nid = 1\n\n[[tables]]\nid = 2\n\n[other]\nid = 3\n"
    assert rewritten(text, {"id": 1, "tables": [], "other": {"id": 3}}) == (
        "# head\n\nid = 1\ntables = []\n\n[other]\nid = 3\n"
    )


def mutated(data: Any, choose: random.Random) -> None:
    """Change one thing somewhere below."""
    keys = list(data) if isinstance(data, dict) else list(range(len(data)))
    if not keys:
        return
    key = choose.choice(keys)
    if isinstance(data[key], dict | list) and choose.random() < 0.8:
        mutated(data[key], choose)
    elif isinstance(data, dict):
        if choose.random() < 0.3:
            del data[key]
        data[choose.choice([key, "new"])] = choose.choice(["新\n“值”", 3, True, ["a", "b"], 1.5])
    elif choose.random() < 0.4:
        del data[key]
    else:
        data.insert(key, {"id": "new", "label": "新"} if isinstance(data[key], dict) else "新")


@settings(max_examples=60, deadline=None)
@given(path=st.sampled_from(FILES), seed=st.integers(0, 10**6), times=st.integers(1, 6))
def test_whatever_is_wanted_is_what_the_new_text_says(path: Any, seed: int, times: int) -> None:
    text = path.read_text(encoding="utf-8")
    wanted = tomllib.loads(text)
    choose = random.Random(seed)
    for _ in range(times):
        mutated(wanted, choose)
    new = rewritten(text, wanted)
    assert tomllib.loads(new) == wanted
