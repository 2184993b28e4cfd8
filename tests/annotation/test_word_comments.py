"""The annotated copy of a Word form: comments at the cells, a list at the end, and a form that
reads as before.
"""

import io

import docx
from sheets import documents, packages

from evalbatch.annotated.copy import annotate
from evalbatch.model.finding import Finding, Severity
from evalbatch.model.place import Place
from evalbatch.sheets import read_book

NAME = "外事办/自评表.docx"


def finding(*cells, message="得分5超过分值3"):
    places = tuple(Place(NAME, "表1", *cell) for cell in cells) or (Place(NAME),)
    return Finding(
        "S01",
        Severity.ERROR,
        "得分",
        message,
        places,
        "5",
        "0至3",
        "财预〔2020〕10号",
        "请改正得分。",
        None,
    )


def form():
    document = docx.Document()
    document.add_paragraph("自评表")
    table = document.add_table(3, 2)
    table.cell(0, 0).merge(table.cell(1, 0)).text = "得分"
    table.cell(0, 1).text = "5"
    note = document.add_comment(table.cell(0, 1).paragraphs[0].runs, "处长的批注", "张")
    assert note.text
    return documents.saved(document)


def comments(data):
    return [(each.author, each.text) for each in docx.Document(io.BytesIO(data)).comments]


def grids(data):
    return [(sheet.name, sheet.cells, sheet.merges) for sheet in read_book(data, NAME).sheets]


def test_every_cell_in_question_bears_a_comment_and_the_end_lists_all():
    copy = annotate(
        form(),
        NAME,
        [
            finding((1, 2), (3, 2)),
            finding((-1, 1), message="题目不对"),
            finding(message="整份文件"),
        ],
    )
    told = [text for author, text in comments(copy) if author != "张"]
    assert (
        told
        == ["S01 错误：题目不对\n→ 请改正得分。"] + ["S01 错误：得分5超过分值3\n→ 请改正得分。"] * 2
    )
    rows = [
        [cell.text for cell in row.cells] for row in docx.Document(io.BytesIO(copy)).tables[-1].rows
    ]
    assert rows[0] == ["代码", "级别", "问题", "位置", "如何修改"]
    assert [row[3] for row in rows[1:]] == [
        "表1 第1行第2列；\n表1 第3行第2列",
        "表1 上方第1行",
        "整个文件",
    ]


def test_the_copy_reads_as_the_form_and_keeps_the_senders_comment():
    copy = annotate(form(), NAME, [finding((1, 2))])
    assert grids(copy) == grids(form())
    assert ("张", "处长的批注") in comments(copy)


def test_a_second_copy_replaces_what_the_first_one_said():
    first = annotate(form(), NAME, [finding((1, 2)), finding((3, 2))])
    second = annotate(first, NAME, [finding((3, 2), message="还没有改")])
    assert [text for author, text in comments(second) if author != "张"] == [
        "S01 错误：还没有改\n→ 请改正得分。"
    ]
    assert len(docx.Document(io.BytesIO(second)).tables) == 2
    assert grids(second) == grids(form())


def test_the_same_findings_give_the_same_bytes():
    data = form()
    assert annotate(data, NAME, [finding((1, 2))]) == annotate(data, NAME, [finding((1, 2))])


def test_a_document_that_cannot_take_comments_gets_a_review_sheet():
    parts = packages.unzipped(form())
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        b"vnd.ms-word.document.macroEnabled.main+xml",
    )
    copy = annotate(packages.zipped(parts), NAME, [finding((1, 2))])
    assert read_book(form(), NAME).kind == "docx"
    assert "xl/workbook.xml" in packages.unzipped(copy)
