"""No text, however strange or long, makes a check raise or stall."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.samples import annual, codes, self_evaluation
from evalbatch.checks.blank_fields import gaps, placeholder
from evalbatch.checks.privacy import personal_numbers
from evalbatch.checks.statements import statements
from evalbatch.checks.targets import told_rates
from evalbatch.checks.wording import faults, slips
from evalbatch.model.names import nearest_name, normal_name, phrases

READERS = (
    gaps,
    placeholder,
    slips,
    faults,
    personal_numbers,
    statements,
    told_rates,
    normal_name,
    phrases,
)
LONGEST = 32767  # characters that a cell can hold
PIECES = (
    " 　_0123456789.%％一二十分得率人次个批项号《》“”（）()[]〔〕〔。，、；："
    "\n×*≥…{}年月日级指标节点完成为是优良中差等级自评总"
)


@given(st.text(alphabet=st.one_of(st.sampled_from(PIECES), st.characters()), max_size=200))
def test_any_text_can_be_read(text: str):
    for reader in READERS:
        reader(text)
    nearest_name(text, ["城区道路修缮", text])


@given(st.text(alphabet=PIECES, max_size=60))
def test_reading_is_the_same_whatever_stands_in_the_next_sentence(text: str):
    closed = (
        text.replace("“", "").replace("（", "").replace("《", "").replace("〔", "").replace("[", "")
    )
    assert personal_numbers(closed + "。完") == personal_numbers(closed + "。")


@pytest.mark.parametrize(
    "piece",
    [
        " ",
        "　",
        "_",
        "1",
        "一",
        "(",
        "(改",
        "（",
        "“",
        "{{",
        "*",
        "得1分",
        "率",
        "1个",
        "%",
        "(中",
        "中(",
        "。1.",
        "x",
        "1.",
        "年 ",
        "≥",
        "1个1个率",
        "占 ",
        "优等级",
    ],
)
def test_the_longest_cell_takes_no_more_than_seconds(piece: str):
    text = (piece * LONGEST)[:LONGEST]
    start = time.process_time()
    for reader in READERS:
        getattr(reader, "__wrapped__", reader)(text)
    assert time.process_time() - start < 4


def test_workbook_values_with_braces_and_formulas_stay_what_they_are():
    for text in ("{0}", "{found}", "=1+1", "R&D <部门>", "{{ 7*7 }}", "%s", "\\d"):
        codes(self_evaluation({"project": text, "text_conclusion": text}))
        codes(annual({"text_basics": text}))
