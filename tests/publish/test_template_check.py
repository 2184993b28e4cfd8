"""What an office is told about its own Word template before the run."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from docx import Document
from openpyxl import Workbook

from evalbatch.errors import SettingsFault
from evalbatch.publish.word import template_check
from evalbatch.publish.word.template import BrokenTemplate, shipped_bytes, zipped


def edited(old: str, new: str, kind: str = "project") -> bytes:
    with ZipFile(BytesIO(shipped_bytes(kind))) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    document = contents["word/document.xml"].decode()
    assert old in document
    contents["word/document.xml"] = document.replace(old, new).encode()
    return zipped(contents)


@pytest.mark.parametrize("kind", template_check.kinds())
def test_our_own_templates_are_without_fault_and_can_be_previewed(kind: str) -> None:
    assert template_check.check(shipped_bytes(kind), kind) == []
    document = Document(BytesIO(template_check.preview(shipped_bytes(kind), kind)))
    assert not any("{{" in line.text for line in document.paragraphs)


def test_a_misspelt_placeholder_is_named_with_the_nearest_and_its_place() -> None:
    [fault] = template_check.check(edited("{{ 导语 }}", "{{ 导言 }}"))
    assert fault.startswith("正文“{{ 导言 }}")
    assert "没有“导言”这个标记，最接近的是“导语”" in fault


def test_a_misspelt_member_of_a_list_is_found_too() -> None:
    assert (
        "没有“指.核定分”这个标记，最接近的是“指.核定”"
        in template_check.check(edited("{{ 指.核定 }}", "{{ 指.核定分 }}"))[0]
    )
    assert (
        "没有“组.题目”这个标记" in template_check.check(edited("{{ 组.标题 }}", "{{ 组.题目 }}"))[0]
    )
    assert (
        "没有“资金栏.年头”"
        in template_check.check(edited("{{ 资金栏.年初 }}", "{{ 资金栏.年头 }}"))[0]
    )


def test_all_faults_are_told_at_once() -> None:
    faults = template_check.check(edited("{{ 导语 }}", "{{ 甲甲 }}{{ 乙乙 }}{{ 导语 }}"))
    assert len(faults) == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{%p for 段 in 其他事项 %}", "", "没有与它成对的开头"),
        ("{%tr endfor %}", "{% endfor %}", "独占"),
        ("{{ 导语 }}", "{{ 导语 ", "标记有误"),
        ("{{ 导语 }}", "{{ 导语|upper2 }}", "竖线"),
    ],
)
def test_open_loops_and_broken_marks_are_told(old: str, new: str, message: str) -> None:
    assert message in "".join(template_check.check(edited(old, new)))


def test_a_document_without_styles_is_checked_all_the_same() -> None:
    with ZipFile(BytesIO(shipped_bytes("project"))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    del parts["word/styles.xml"]
    assert not template_check.check(zipped(parts))
    assert "没有用到这些样式" in "".join(template_check.remarks(zipped(parts)))


def test_a_file_that_is_no_document_is_told_and_cannot_be_previewed() -> None:
    assert "不是Word文档" in template_check.check(b"text")[0]
    workbook = BytesIO()
    Workbook().save(workbook)
    assert "不是Word文档" in template_check.check(workbook.getvalue())[0]
    with pytest.raises(BrokenTemplate, match="导言"):
        template_check.preview(edited("{{ 导语 }}", "{{ 导言 }}"))


def test_all_templates_of_an_office_are_checked_before_the_run() -> None:
    template_check.check_all({kind: shipped_bytes(kind) for kind in template_check.kinds()})
    with pytest.raises(SettingsFault) as caught:
        template_check.check_all(
            {"project": edited("{{ 导语 }}", "{{ 导言 }}"), "total": b"", "own": b""}
        )
    assert [fault.where for fault in caught.value.faults] == [
        "Word模板project.docx",
        "Word模板total.docx",
        "Word模板own.docx",
    ]


def test_every_placeholder_is_listed_with_an_example() -> None:
    listed = {
        placeholder.text: placeholder.example for placeholder in template_check.placeholders()
    }
    assert listed["{{ 项目名称 }}"] == "城区道路养护"
    assert listed["{{p 附表 }}"] == "（表格）"
    assert "{%p for 行 in 得分表 %} … {%p endfor %}" in listed
    assert listed["{{ 行.一级指标 }}"].startswith("预算执行率")
    assert listed["{{ 项.目标值 }}"] == "200个"


def test_what_is_gone_is_named_as_a_reader_would_call_it() -> None:
    with ZipFile(BytesIO(shipped_bytes("project"))) as archive:
        document = archive.read("word/document.xml").decode()
    caption = document.index("绩效得分表</w:t>")
    start = document.index("<w:tbl>", caption)
    table = document[start : document.index("</w:tbl>", start) + len("</w:tbl>")]
    said = template_check.remarks(edited(table, ""))
    assert any("没有这些表：“2026年度项目绩效得分表”" in text for text in said)
    said = template_check.remarks(edited("{{ 落款日期 }}", ""))
    assert said == ["没有用到这些标记：落款日期；相应内容不会写入报告。"]


def test_text_that_word_does_not_show_is_told_of() -> None:
    hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>内部意见</w:t></w:r>"
    shown = '<w:r><w:t xml:space="preserve">{{ 导语 }}</w:t></w:r>'
    (said,) = template_check.remarks(edited(shown, shown + hidden))
    assert "隐藏文字1处" in said


@pytest.mark.parametrize("kind", template_check.kinds())
def test_of_our_own_templates_nothing_is_remarked(kind: str) -> None:
    assert template_check.remarks(shipped_bytes(kind), kind) == []
