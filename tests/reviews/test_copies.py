"""A reviewer's copy of a department's workbook counts like a line of a round; its own columns in a
hand-in never do.
"""

import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from reviews.office import hand_in, night, project, row, sheet, table

COPY = Path("复核/城区道路养护复核.xlsx")


@pytest.fixture
def office(copied, first_night):
    return copied(first_night)


def reviewed(path, scores, *, label="复核得分", signed=True, reasons=True):
    """Add the reviewer's columns beside the indicators, and name and date below."""
    book = openpyxl.load_workbook(path)
    page = book["自评表"]
    head = next(cell for line in page.iter_rows() for cell in line if cell.value == "三级指标")
    last = page.max_column
    page.cell(head.row, last + 1).value = label
    page.cell(head.row, last + 2).value = "复核理由"
    for at in range(head.row + 1, page.max_row + 1):
        name = page.cell(at, head.column).value
        if name in scores:
            page.cell(at, last + 1).value = scores[name]
            page.cell(at, last + 2).value = "与验收单核对不符" if reasons else None
    if signed:
        end = page.max_row + 2
        page.cell(end, 1).value = "复核人：郑三"
        page.cell(end, 3).value = "复核日期"
        page.cell(end, 4).value = date(2024, 3, 30)
    book.save(path)


@pytest.mark.parametrize("label", ["复核得分", "复核分", "复评分", "复审得分"])
def test_a_copy_with_a_reviewers_column_decides(office, label):
    shutil.copy("inbox/a.xlsx", COPY)
    reviewed(COPY, {"养护道路": 16}, label=label)
    night()
    found = row("养护道路")
    assert (found["final_score"], found["reviewer"], found["reviewed_on"]) == (
        "16",
        "郑三",
        "2024-03-30",
    )
    assert found["review_reason"] == "与验收单核对不符"
    assert project()["final_total"] == "88.45"
    assert table("reviews")[0]["in_force"] == "true"


def test_name_and_date_may_stand_in_the_files_name(office):
    path = Path("复核/城区道路养护－周一－2024-03-28.xlsx")
    shutil.copy("inbox/a.xlsx", path)
    reviewed(path, {"养护道路": 16}, signed=False)
    night()
    assert (row("养护道路")["reviewer"], row("养护道路")["reviewed_on"]) == ("周一", "2024-03-28")


def test_without_name_and_date_nothing_is_taken_and_the_receipt_says_what_to_add(office):
    shutil.copy("inbox/a.xlsx", COPY)
    reviewed(COPY, {"养护道路": 16, "验收合格": 14}, signed=False)
    night()
    assert row("养护道路")["final_score"] == "20"
    said = [line for line in sheet("复核") if line["文件"] == "复核/城区道路养护复核.xlsx"]
    assert sum("复核人：姓名" in line["理由或说明"] for line in said) == 1
    assert table("reviews") == []


def test_a_copy_of_an_older_version_is_left_behind(office):
    shutil.copy("inbox/a.xlsx", COPY)
    reviewed(COPY, {"养护道路": 16, "验收合格": 14})
    hand_in("a.xlsx", rows={"养护道路": {"score": 19, "reason": "一条道路延期验收，次年一月完成"}})
    night()
    assert (row("养护道路")["review_state"], row("养护道路")["final_score"]) == ("stale", "19")
    assert (row("验收合格")["review_state"], row("验收合格")["final_score"]) == ("decided", "14")


def test_a_departure_without_reason_is_a_fault_with_its_cell(office):
    shutil.copy("inbox/a.xlsx", COPY)
    reviewed(COPY, {"养护道路": 16, "验收合格": 15}, reasons=False)
    night()
    assert row("养护道路")["review_state"] == "none"
    assert row("验收合格")["reviewed_score"] == "15"
    faults = [line for line in sheet("复核") if line["类别"] == "有误，未采用"]
    assert len(faults) == 1
    assert faults[0]["位置"].startswith("自评表!")


def test_the_same_column_in_a_hand_in_never_counts(office):
    reviewed("inbox/a.xlsx", {"养护道路": 16})
    night()
    assert (row("养护道路")["final_score"], row("养护道路")["review_state"]) == ("20", "none")


def test_another_profile_asks_to_confirm_what_a_copy_decided_and_adds_nothing(office):
    shutil.copy("inbox/a.xlsx", COPY)
    reviewed(COPY, {"养护道路": 16})
    night()
    text = Path("evalbatch.toml").read_text("utf-8")
    Path("evalbatch.toml").write_text(text.replace('"cz2020_self"', '"scale_75"'), "utf-8")
    night()
    assert (row("养护道路")["review_state"], row("养护道路")["final_score"]) == ("confirm", "16")
    assert len(table("reviews")) == 1
