"""Gaps in reports: highlighted where they stand, counted by chapter."""

from datetime import date
from io import BytesIO

from docx import Document
from docx.enum.text import WD_COLOR_INDEX
from report_cases import annual, evaluation, parts

from evalbatch.publish import annual_report, gaps
from evalbatch.publish.project_report import report_document


def rendered(**changed: str) -> bytes:
    _, form, policy = parts("b")
    return report_document.render(evaluation("b", **changed), form, policy)


def test_every_gap_is_highlighted_and_nothing_else() -> None:
    document = Document(BytesIO(rendered(text_experience="", text_suggestions="", signed_on="")))
    cells = (cell for table in document.tables for row in table.rows for cell in row.cells)
    lines = [*document.paragraphs, *(line for cell in cells for line in cell.paragraphs)]
    runs = [run for line in lines for run in line.runs if run.text]
    marked = [run.text for run in runs if run.font.highlight_color is WD_COLOR_INDEX.YELLOW]
    assert {"〔待补充：主要经验及做法〕", "〔待补充：有关建议〕"} <= set(marked)
    assert all(text.startswith("〔待补充") and text.endswith("〕") for text in marked)
    assert not any("待补充" in run.text for run in runs if run.font.highlight_color is None)


def test_a_gap_within_a_sentence_leaves_the_rest_as_it_was() -> None:
    document = Document(BytesIO(rendered(text_scope="")))
    line = next(line for line in document.paragraphs if "〔待补充：评价目的〕" in line.text)
    highlighted = [run.text for run in line.runs if run.font.highlight_color]
    assert highlighted == ["〔待补充：评价目的〕"]
    assert line.text.endswith("。")
    assert {run.font.name for run in line.runs} == {line.runs[0].font.name}


def test_gaps_are_counted_by_the_chapter_they_stand_in() -> None:
    before = gaps.by_chapter(rendered())
    after = gaps.by_chapter(rendered(text_experience="", text_suggestions=""))
    more = {
        chapter: count - before.get(chapter, 0)
        for chapter, count in after.items()
        if count != before.get(chapter)
    }
    assert more == {"五、主要经验及做法、存在的问题及原因分析": 1, "六、有关建议": 1}


def test_a_report_without_gaps_has_none() -> None:
    evaluations, form, policy = annual()
    assert "落款" not in gaps.by_chapter(
        annual_report.render(evaluations, form, policy, date(2022, 1, 13))
    )
    assert gaps.by_chapter(report_document.render(evaluation("a"), *parts("a")[1:])).keys() <= {
        "封面和导语",
        "附件",
        "落款",
    } | {f"{number}、{title}" for number, title in zip("一二三四五六七", TITLES, strict=True)}


TITLES = (
    "基本情况",
    "绩效评价工作开展情况",
    "综合评价情况及评价结论",
    "绩效评价指标分析",
    "主要经验及做法、存在的问题及原因分析",
    "有关建议",
    "其他需要说明的问题",
)


def test_the_observation_says_how_many_and_where() -> None:
    seen = gaps.seen({"一、基本情况": 2, "落款": 1}, "甲/乙.xlsx")
    assert (seen.code, seen.found, seen.figures["chapters"]) == (
        "B05",
        "3",
        "“一、基本情况”2处，“落款”1处",
    )
