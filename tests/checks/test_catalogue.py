"""The catalogue is complete, in Chinese, and the documentation made from it says all of it."""

import re
import string
from pathlib import Path

import pytest

import evalbatch.checks.assess  # with which every check comes
from evalbatch.checks.catalogue import (
    CATALOGUE,
    GROUPS,
    Article,
    UnknownCodeError,
    catalogue_markdown,
    explain,
    finding,
)
from evalbatch.checks.subject import CHECKS
from evalbatch.model.finding import Observation, Severity
from evalbatch.model.place import Place

PUBLISHED = {
    "error": "F01 F02 F03 F04 F05 F06 F07 F08 F12 "
    "B01 B02 B03 W01 S01 S03 S04 S05 S06 S08 "
    "X01 X02 X03 X07 V01 V08 M01 M02 M03 M04 M08 "
    "I04 E02 E03 T01 T04 T05 N01 N02 N03 N04 D11",
    "warning": "F11 B04 W02 W03 S02 S07 S09 "
    "X04 X05 X06 V02 V03 V04 V05 V06 V07 V09 V10 "
    "M05 M06 M07 M09 M10 M11 I01 I02 I03 "
    "E01 E04 E05 T06 T07 N05 N06 N07 "
    "D01 D02 D03 D05 D07 D08 D09 D10 D12 P01",
    "note": "F09 F10 B05 T02 T03 D04 D06 D13 D14 R01",
}


def test_holds_the_published_codes_with_their_severities():
    """The codes are an interface; D07 (idle waivers), D08 (items across offices) and D09 (not
    mended) are additions.
    """
    held = {
        severity.value: {code for code, entry in CATALOGUE.items() if entry.severity is severity}
        for severity in Severity
    }
    assert held == {severity: set(codes.split()) for severity, codes in PUBLISHED.items()}


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE.keys())
def test_every_sentence_is_complete_chinese(entry: Article):
    sentences = [entry.explanation]
    for name in ("", *entry.variants):
        wording = entry.variant(name)
        sentences += [wording.message, wording.remedy]
    for sentence in sentences:
        assert re.search(r"[\u4e00-\u9fff]{2}", sentence)
        assert sentence.endswith("。")
        assert not re.search(
            r"[a-z]{3,}", re.sub(r"\{[^}]*\}|xls[xmb]?|docx?|wps|ods|et|Excel|Word", "", sentence)
        ), sentence


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE.keys())
def test_echoes_and_templates_are_well_formed(entry: Article):
    assert set(entry.silences) | set(entry.replaces) <= CATALOGUE.keys()
    assert entry.code not in entry.silences
    assert entry.code[0] in GROUPS
    for name in ("", *entry.variants):
        list(string.Formatter().parse(entry.variant(name).message))


def test_every_check_has_its_article_and_every_single_workbook_code_its_check():
    """F comes from the reader, D and M10 from across workbooks (D06 from last year's record), B05
    from the report, R01 from what the office decided.
    """
    assert set(CHECKS) <= CATALOGUE.keys()
    assert {code for code in CATALOGUE if code[0] not in "FD"} - {
        "B05",
        "M10",
        "R01",
    } <= CHECKS.keys()


def test_every_variant_that_the_reader_uses_is_worded_without_a_gap():
    """The reader gives only what stands there and what should; a variant may fall back on the
    article's own wording.
    """
    folder = Path(evalbatch.__file__).parent
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for path in [
            path for room in ("sheets", "reading") for path in (folder / room).rglob("*.py")
        ]
    )
    for code, entry in CATALOGUE.items():
        if code.startswith("F") and f'"{code}"' in source:
            for variant in ("", *entry.variants):
                made = finding(Observation(code, (Place("甲.xlsx"),), "见到", "应有", variant))
                assert "未注明" not in made.message + made.remedy


def test_a_value_with_braces_is_shown_as_it_stands():
    made = finding(Observation("F07", (Place("甲.xlsx"),), "{0.__class__}", "{expected}"))
    assert "{0.__class__}" in made.message
    assert "{expected}" in made.message


def test_explains_a_code_in_full():
    said = explain(" w01 ")
    entry = CATALOGUE["W01"]
    assert said.startswith("W01 分值合计不符（错误）")
    assert entry.explanation in said
    assert entry.remedy in said
    assert "{" not in said


def test_an_unknown_code_is_said_in_chinese():
    with pytest.raises(UnknownCodeError, match="没有编号为“Z99”的问题"):
        explain("Z99")


def test_the_chapter_lists_every_code_once():
    chapter = catalogue_markdown()
    assert re.findall(r"^\| ([A-Z]\d\d) \|", chapter, re.MULTILINE) == list(CATALOGUE)
    assert all(entry.title in chapter for entry in CATALOGUE.values())
    assert all(
        line.count(" | ") == 4 for line in chapter.splitlines() if re.match(r"\| [A-Z]\d\d", line)
    )
