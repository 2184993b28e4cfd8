"""What is superseded says so, names the newer one with its date, and lies apart."""

from pathlib import Path

import pytest
from docx import Document

from reviews.office import evalbatch, hand_in, night, outputs, project, table

LATER = {"养护道路": {"score": 15, "reason": "三条道路延期验收，次年一月完成"}}
LINE = "本报告所依据的报送件已被《改.xlsx》替代（2024年4月5日收到），不再计入，仅供查阅"


@pytest.fixture(autouse=True)
def office(copied, first_night):
    return copied(first_night)


def published(folder):
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*.*x"))


def text(path):
    return "\n".join(each.text for each in Document(str(path)).paragraphs)


def test_a_superseded_report_names_the_newer_one_with_its_date_and_lies_apart():
    hand_in("改.xlsx", rows=LATER)
    assert evalbatch("run", "--as-of", "2024-04-05", "--quiet", "--jobs", "1") == 0
    folder = "output/评价报告"
    assert published(folder) == [
        "某市城市管理局/城区道路养护.docx",
        "某市城市管理局/已被替代/城区道路养护（a）.docx",
    ]
    old = text(f"{folder}/某市城市管理局/已被替代/城区道路养护（a）.docx")
    assert LINE in old
    assert "92.45" in old
    new = text(f"{folder}/某市城市管理局/城区道路养护.docx")
    assert "替代" not in new
    assert "87.45" in new
    by_file = {each["file"]: each for each in table("projects")}
    assert by_file["a.xlsx"]["status"] == "superseded"
    assert "/已被替代/" in by_file["a.xlsx"]["annotated"]
    assert Path("output", by_file["a.xlsx"]["annotated"]).is_file()
    before = outputs()
    night()
    assert evalbatch("run", "--as-of", "2024-04-05", "--quiet", "--jobs", "1", "--full") == 0
    assert outputs() == before


def test_what_is_only_handed_in_after_a_freeze_replaces_nothing_and_one_file_has_one_report():
    hand_in("a.xlsx", rows=LATER)
    night()
    assert published("output/评价报告") == ["某市城市管理局/城区道路养护.docx"]
    assert project()["final_total"] == "87.45"
