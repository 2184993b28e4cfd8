"""The template engine: docxtpl syntax, values as data only, merged cells, the same bytes for the
same context.
"""

from io import BytesIO
from zipfile import ZipFile

import pytest
from docx import Document
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from word_pieces import NAMESPACES, each, grid, value, when

from evalbatch.publish.word.table_markup import WIDTH, MarkupCell, paragraph, table
from evalbatch.publish.word.template import (
    BrokenTemplate,
    Merged,
    Template,
    contents,
    shipped_bytes,
    zipped,
)
from evalbatch.publish.word.template_check import kinds

HOSTILE = [
    "{{ 7*7 }}",
    "{% for x in y %}",
    "R&D <部门>",
    "=1+1",
    "]]>&amp;",
    "</w:t></w:r>",
    "{#注#}",
    "“引号”'\"",
    "{_{",
    "{%p if 甲 %}",
]


def docx(body: str, **parts: str) -> bytes:
    document = f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>".encode()
    made = contents(shipped_bytes("project"))
    made["docProps/core.xml"] = made["docProps/core.xml"].replace(b"{{", b"").replace(b"}}", b"")
    made |= {"word/document.xml": document} | {name: text.encode() for name, text in parts.items()}
    header = f"<w:hdr {NAMESPACES}>{paragraph('页眉')}</w:hdr>".encode()
    made |= {f"word/header{number}.xml": header for number in (1, 2, 3)}
    return zipped(made)


def render(body: str, **context: object) -> list[str]:
    return [
        line.text for line in Document(BytesIO(Template(docx(body)).render(context))).paragraphs
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_comes_out_as_it_went_in(text: str) -> None:
    assert render(value("甲"), 甲=text) == [text]


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"]), max_size=60))
def test_any_printable_text_survives(text: str) -> None:
    template = Template(docx(value("甲")))
    [line] = Document(BytesIO(template.render({"甲": text}))).paragraphs
    assert line.text.strip() == text.strip()


def test_control_characters_are_stripped_and_long_texts_kept() -> None:
    assert render(value("甲"), 甲="前\x00\x02\x07\x1b后\ud800\ufffe") == ["前后"]
    assert render(value("甲"), 甲="长" * 5000) == ["长" * 5000]


def test_lines_become_paragraphs_of_the_same_style() -> None:
    data = Template(docx(paragraph("前：{{ 甲 }}", "Heading2") + value("乙"))).render(
        {"甲": "一\r\n  二\n\n三", "乙": "四\n五"}
    )
    lines = Document(BytesIO(data)).paragraphs
    assert [(line.text, line.style.style_id) for line in lines] == [
        ("前：一", "Heading2"),
        ("二", "Heading2"),
        ("三", "Heading2"),
        ("四", "Normal"),
        ("五", "Normal"),
    ]


def test_loops_and_conditions_take_their_own_paragraphs_away() -> None:
    body = each("行", "表", value("行.名")) + when("有", value("尾"))
    assert render(body, 表=[{"名": "甲"}, {"名": "乙"}], 有=False, 尾="丙") == ["甲", "乙"]


def test_merged_values_merge_their_cells_and_only_theirs() -> None:
    rows = [
        {"组": Merged("上", first=True), "名": "1"},
        {"组": Merged("上", first=False), "名": "2"},
        {"组": "下", "名": "3"},
    ]
    body = grid(
        [WIDTH // 2] * 2,
        ["组", "名"],
        "行",
        "表",
        [("行.组", "Cell"), ("行.名", "Cell")],
    )
    made = Document(BytesIO(Template(docx(body)).render({"表": rows}))).tables[0]
    cells = [[(cell._tc.vMerge, cell.text) for cell in row.cells] for row in made.rows]
    assert [row[0][1] for row in cells] == ["组", "上", "上", "下"]
    assert [row._tr.tc_lst[0].vMerge for row in made.rows] == [None, "restart", "continue", None]
    assert all(row._tr.tc_lst[1].vMerge is None for row in made.rows)


def test_of_several_paragraphs_only_the_last_is_kept_with_what_follows() -> None:
    body = paragraph("前：{{ 甲 }}", "Heading2", "<w:keepNext/>") + paragraph("后")
    made = Document(BytesIO(Template(docx(body)).render({"甲": "一\n二\n三"}))).paragraphs
    kept = [line.paragraph_format.keep_with_next for line in made]
    assert kept == [None, None, True, None]
    alone = Document(BytesIO(Template(docx(body)).render({"甲": "一"}))).paragraphs
    assert [line.paragraph_format.keep_with_next for line in alone] == [True, None]


def test_a_merged_value_of_two_lines_keeps_its_style() -> None:
    rows = [{"组": Merged("上\n（6分）", first=True)}, {"组": Merged("上\n（6分）", first=False)}]
    body = grid([WIDTH], ["组"], "行", "表", [("行.组", "Cell")])
    cell = Document(BytesIO(Template(docx(body)).render({"表": rows}))).tables[0].rows[1].cells[0]
    assert [(line.text, line.style.style_id) for line in cell.paragraphs] == [
        ("上", "Cell"),
        ("（6分）", "Cell"),
    ]


def test_a_placeholder_that_word_split_into_runs_is_still_one() -> None:
    split = (
        "<w:p><w:r><w:t>"
        "{</w:t></w:r><w:r><w:t>{ 项</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>目 }}</w:t></w:r>"
        "</w:p>"
    )
    assert render(split, 项目="养护") == ["养护"]


def test_an_unknown_name_is_an_error_and_not_a_blank() -> None:
    with pytest.raises(UndefinedError, match="乙"):
        render(value("乙"), 甲="")


def test_a_template_cannot_reach_into_the_program() -> None:
    body = value("甲.__class__.__mro__[1].__subclasses__()")
    with pytest.raises(Exception, match="unsafe"):
        render(body, 甲="")


def test_a_table_cell_may_span_columns() -> None:
    body = table([100, 200, 300], [[MarkupCell("宽", 2), MarkupCell("窄")]])
    made = Document(BytesIO(Template(docx(body)).render({}))).tables[0]
    assert [cell._tc.grid_span for cell in made.rows[0].cells[1:]] == [2, 1]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "不是Word文档"),
        (b"PK\x03\x04 broken", "不是Word文档"),
        (zipped({"a.txt": b""}), "没有正文"),
        (docx(each("行", "表").replace("{%p endfor %}", "")), "没有与它成对的"),
        (docx(value("甲|大写")), "竖线"),
        (docx(paragraph("{{ 甲 乙 }}")), "标记有误"),
    ],
)
def test_a_broken_template_is_refused_with_a_chinese_message(data: bytes, message: str) -> None:
    with pytest.raises(BrokenTemplate, match=message):
        Template(data)


def test_parts_that_never_change_are_not_compressed_again_and_bytes_are_the_same() -> None:
    template = Template(shipped_bytes("office"))
    context = dict.fromkeys(
        (
            "标题处室",
            "报告名称",
            "文档标题",
            "导语",
            "完成概述",
            "工作开展",
            "问题不足",
            "意见建议",
        ),
        "字",
    )
    context |= {"落款单位": "字", "落款日期": "字", "草稿": False, "草稿标记": "", "页眉": ""}
    context |= {"调整事项": [], "节点表": [], "事项": [], "审核提示": []}
    first, second = template.render(context), template.render(context)
    assert first == second
    with ZipFile(BytesIO(first)) as archive:
        assert archive.testzip() is None
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("name", kinds())
def test_the_shipped_templates_are_slim_and_open_in_python_docx(name: str) -> None:
    """They are the source: an office edits copies of them, we edit them in Word or python-docx."""
    data = shipped_bytes(name)
    assert len(data) < 20_000
    document = Document(BytesIO(data))
    assert {style.name for style in document.styles} >= {"Normal", "Title", "Heading 1", "表格文字"}
    grid_ = document.sections[0]._sectPr.find(qn("w:docGrid"))
    assert grid_.get(qn("w:type")) == "linesAndChars"  # 22 lines of 28 characters (GB/T 9704)
    assert "zh-CN" in contents(data)["docProps/core.xml"].decode()
