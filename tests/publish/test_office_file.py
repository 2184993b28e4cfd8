"""Templates as office programs save them: the same pages as before, and nothing that stays
inside.
"""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from lxml import etree
from word_pages import all_pages, converted

from evalbatch.nightly.setup import Setup
from evalbatch.publish.word import template_check
from evalbatch.publish.word.template import Template, shipped_bytes, zipped
from evalbatch.settings import Settings

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
COMMENTS = (
    f'<w:comments xmlns:w="{W}"><w:comment w:id="0" w:author="某"><w:p/></w:comment></w:comments>'
)
Parts = dict[str, bytes]


def parts_of(document: bytes) -> Parts:
    with ZipFile(BytesIO(document)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def edited(edit: Callable[[Parts], Parts], kind: str = "project") -> bytes:
    parts = edit(parts_of(shipped_bytes(kind)))
    return zipped(parts)


def in_body(old: str, new: str, kind: str = "project") -> bytes:
    def edit(parts: Parts) -> Parts:
        body = parts["word/document.xml"].decode()
        assert old in body
        return {**parts, "word/document.xml": body.replace(old, new, 1).encode()}

    return edited(edit, kind)


def made(template: bytes, kind: str = "project") -> Parts:
    return parts_of(
        Template(template).render(template_check.CONTEXTS[kind](), template_check.charts(kind))
    )


def with_chinese_ids(parts: Parts) -> Parts:
    """Rename style ids as a Chinese Word does: a, a0, a1 …, everywhere."""
    ids = re.findall(r'w:styleId="([^"]+)"', parts["word/styles.xml"].decode())
    names = {old: f"a{number}" for number, old in enumerate(ids)}

    def renamed(content: bytes) -> bytes:
        return re.sub(
            r'((?:w:styleId|<w:(?:[prl]|tbl|basedOn|next)\w*Style w:val|<w:(?:basedOn|next|link) w:val)=")([^"]+)(?=")',
            lambda found: found[1] + names.get(found[2], found[2]),
            content.decode(),
        ).encode()

    return {
        name: renamed(content) if name.startswith("word/") and name.endswith(".xml") else content
        for name, content in parts.items()
    }


@pytest.mark.parametrize("kind", template_check.kinds())
def test_style_ids_of_another_word_change_nothing(kind: str) -> None:
    template = edited(with_chinese_ids, kind)
    assert template_check.check(template, kind) == []
    assert template_check.remarks(template, kind) == []
    ours, theirs = (
        made(each, kind)["word/document.xml"] for each in (shipped_bytes(kind), template)
    )
    assert re.findall(rb"w:pStyle w:val=[^/]*", theirs) == re.findall(
        rb"w:pStyle w:val=[^/]*", ours
    )


@pytest.mark.office
def test_a_template_saved_in_another_program_gives_the_same_pages() -> None:
    kinds = template_check.kinds()
    ours = [shipped_bytes(kind) for kind in kinds]
    theirs = converted(ours, "docx:MS Word 2007 XML")
    for kind, saved in zip(kinds, theirs, strict=True):
        assert template_check.check(saved, kind) == []
    previews = [
        template_check.preview(template, kind)
        for templates in (ours, theirs)
        for kind, template in zip(kinds, templates, strict=True)
    ]
    shown = [["".join(page.split()) for page in each] for each in all_pages(previews)]
    for kind, before, after in zip(kinds, shown, shown[len(kinds) :], strict=False):
        assert after == before, kind


def test_a_main_part_of_another_name_is_a_template_like_any_other() -> None:
    def edit(parts: Parts) -> Parts:
        names = {
            "word/document.xml": "word/document2.xml",
            "word/_rels/document.xml.rels": "word/_rels/document2.xml.rels",
        }
        moved = {names.get(name, name): content for name, content in parts.items()}
        for name in ("_rels/.rels", "[Content_Types].xml"):
            moved[name] = moved[name].replace(b"word/document.xml", b"word/document2.xml")
        return moved

    assert made(edited(edit)) == made(shipped_bytes("project"))


def test_review_comments_are_named_and_never_go_out() -> None:
    def edit(parts: Parts) -> Parts:
        mark = b'<w:commentRangeStart w:id="0"/>'
        body = parts["word/document.xml"].replace(b"<w:body>", b"<w:body>" + mark, 1)
        types = parts["[Content_Types].xml"].replace(
            b"</Types>", b'<Override PartName="/word/comments.xml" ContentType="x"/></Types>'
        )
        return {
            **parts,
            "word/document.xml": body,
            "word/comments.xml": COMMENTS.encode(),
            "[Content_Types].xml": types,
        }

    template = edited(edit)
    assert template_check.check(template) == []
    assert template_check.remarks(template) == ["模板中有批注1处，不会写入报告。"]
    report = made(template)
    assert not [name for name, content in report.items() if b"comment" in content.lower()]


@pytest.mark.parametrize("mark", ["ins", "del", "moveFrom", "rPrChange"])
def test_tracked_changes_are_refused_with_what_to_do(mark: str) -> None:
    run = f'<w:{mark} w:id="1" w:author="某"/>'
    [fault] = template_check.check(in_body("<w:body>", f"<w:body><w:p>{run}</w:p>"))
    assert "1处修订" in fault
    assert "接受或拒绝" in fault


@pytest.mark.parametrize(
    "typed",
    [
        "｛｛ 导语 ｝｝",
        "{ { 导语 } }",
        "{｛导语｝}",
        "{{ 导语 ｝｝",
        "｛%p if 草稿 %｝",
        "{ %p if 草稿 % }",
        "{％ if 草稿 ％}",
    ],
)
def test_braces_that_are_none_are_named(typed: str) -> None:
    [fault] = template_check.check(in_body("{{ 导语 }}", typed))
    assert typed.strip() in fault
    assert "半角" in fault


@pytest.mark.parametrize("opened", [True, False])
def test_a_section_break_on_a_control_mark_stays_whatever_the_condition(opened: bool) -> None:
    section = '<w:pPr><w:sectPr><w:type w:val="nextPage"/></w:sectPr></w:pPr>'

    def paragraph(text: str, properties: str = "") -> str:
        return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"

    marks = (
        paragraph("{%p if 草稿 %}", section if opened else "")
        + paragraph("{{ 草稿标记 }}")
        + paragraph("{%p endif %}", "" if opened else section)
    )
    template = Template(in_body("<w:body>", f"<w:body>{marks}"))
    for draft in (True, False):
        context = {**template_check.CONTEXTS["project"](), "草稿": draft}
        body = parts_of(template.render(context))["word/document.xml"]
        assert (
            body.count(b"w:sectPr>")
            == made(shipped_bytes("project"))["word/document.xml"].count(b"w:sectPr>") + 2
        )


@pytest.mark.parametrize(
    "mark", ["<w:pPr><w:pageBreakBefore/></w:pPr>", '<w:r><w:br w:type="page"/></w:r>']
)
def test_a_page_break_on_a_control_mark_comes_before_what_follows(mark: str) -> None:
    marks = (
        f"<w:p>{mark}<w:r><w:t>{{%p if True %}}</w:t></w:r></w:p>"
        "<w:p><w:r><w:t>此处另起一页</w:t></w:r></w:p>"
        "<w:p><w:r><w:t>{%p endif %}</w:t></w:r></w:p>"
    )
    body = made(in_body("<w:body>", f"<w:body>{marks}"))["word/document.xml"].decode()
    paragraph = body.partition("此处另起一页")[0].rpartition("<w:p>")[2]
    assert "<w:pageBreakBefore/>" in paragraph


@pytest.mark.parametrize("part", ["header1", "footer1", "endnotes"])
def test_marks_outside_the_body_are_filled_in_too(part: str) -> None:
    def edit(parts: Parts) -> Parts:
        text = f'<w:hdr xmlns:w="{W}"><w:p><w:r><w:t>{{{{ 项目名称 }}}}</w:t></w:r></w:p></w:hdr>'
        return {**parts, f"word/{part}.xml": text.encode()}

    assert "城区道路养护" in made(edited(edit))[f"word/{part}.xml"].decode()


def test_a_table_of_contents_is_brought_up_to_date_on_opening() -> None:
    field = '<w:p><w:r><w:instrText>TOC \\o "1-3"</w:instrText></w:r></w:p>'
    settings = made(in_body("<w:body>", f"<w:body>{field}"))["word/settings.xml"]
    assert etree.fromstring(settings).find(f"{{{W}}}updateFields") is not None
    plain = made(shipped_bytes("project"))["word/settings.xml"]
    assert b"updateFields" not in plain


def test_what_is_gone_from_the_pages_is_said_in_a_clerks_words() -> None:
    def edit(parts: Parts) -> Parts:
        body = re.sub(rb"<w:tbl>.*?</w:tbl>", b"", parts["word/document.xml"], flags=re.DOTALL)
        return {**parts, "word/document.xml": body}

    said = template_check.remarks(edited(edit))
    assert any("表格" in remark and "请确认" in remark for remark in said)


@pytest.mark.parametrize(
    "name",
    [
        "~$oject.docx",
        ".~lock.project.docx",
        "project - 副本.docx",
        "project.bak.docx",
        "project (1).docx",
    ],
)
def test_lock_files_and_backups_beside_templates_are_passed_over(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "报告模板"
    folder.mkdir()
    (folder / "project.docx").write_bytes(shipped_bytes("project"))
    (folder / name).write_bytes(b"half a file")
    settings = tmp_path / "evalbatch.toml"
    (tmp_path / "inbox").mkdir()
    settings.write_text('[paths]\ntemplates = "报告模板"\n', encoding="utf-8")
    assert set(Setup.load(Settings.load(settings)).templates) == {"project"}


@pytest.mark.parametrize(("held", "left"), [("{{ 导", "语 }}"), ("{{ 导语 }", "}")])
def test_a_content_control_that_holds_a_part_of_a_mark_does_not_break_it(
    held: str, left: str
) -> None:
    run = '<w:r><w:t xml:space="preserve">{}</w:t></w:r>'
    inside = run.format(held)
    control = (
        f"<w:sdt><w:sdtPr><w:id w:val='9'/></w:sdtPr><w:sdtContent>{inside}</w:sdtContent></w:sdt>"
    )
    template = in_body(run.format("{{ 导语 }}"), control + run.format(left))
    assert template_check.check(template) == []
    assert made(template) == made(shipped_bytes("project"))


def test_a_content_control_around_the_beginning_of_a_condition_does_not_break_it() -> None:
    begin = '<w:p><w:r><w:t xml:space="preserve">{%p if 主送机关 %}</w:t></w:r></w:p>'
    control = f"<w:sdt><w:sdtContent>{begin}</w:sdtContent></w:sdt>"
    assert made(in_body(begin, control)) == made(shipped_bytes("project"))
