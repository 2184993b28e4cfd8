"""状态.html: what it says of a cycle, that nothing in it runs or leads out, and that it can be read
in a real browser.
"""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from browser import Browser, browser, needs_chromium
from records import AS_OF, cycle, entry, finding, place, record, row, scores

from evalbatch.model.evaluation import Status
from evalbatch.model.finding import Severity, Waiver
from evalbatch.model.place import Place
from evalbatch.model.record import (
    Change,
    Cycle,
    Delivery,
    Expected,
    Received,
    Record,
    Review,
    ReviewReceipt,
)
from evalbatch.publish import status_page
from evalbatch.publish.status_page import Method
from evalbatch.results.history import FirstSeen
from evalbatch.results.tally import View

AXE = Path(__file__).with_name("axe.min.js")
LIMIT = 1_500_000
HOSTILE = (
    '<img src=x onerror="alert(1)">',
    "R&D <部门>",
    "</script><script>alert(2)</script>",
    '" onmouseover="alert(3)',
    "{{ 7*7 }}{% raw %}",
    "\u202e倒写\u2066",
    "a\x00\x0bb",
    "javascript:alert(4)",
    "&lt;已转义&gt;",
)


def project(number: int, department: str = "交通局", **more: Any) -> Record:
    file = f"{department}/项目{number}.xlsx"
    given = record(
        file,
        department=department,
        project=f"项目{number}",
        report=f"评价报告/{department}/项目{number}.docx",
        **more,
    )
    return replace(given, received_on=date(2027, 3, 20), days_late=0, stage="reviewed", revision=1)


def waiting(number: int) -> Record:
    """A project with a row that no rule decides."""
    asked = replace(row(f"交通局/项目{number}.xlsx"), outcome="person", why_person="无法核算")
    return replace(project(number, scored=scores([asked])), stage="pending")


def returned(number: int) -> Record:
    file = f"交通局/项目{number}.xlsx"
    given = project(
        number, status=Status.RETURNED, findings=(finding(file, places=(place(file, 12),)),)
    )
    return replace(given, stage="", annotated=f"审核意见/交通局/项目{number} #1?.xlsx")


def expected(project_name: str, *files: str, department: str = "交通局", left: int = 6) -> Expected:
    line = replace(
        entry(project_name, department),
        form_title="项目支出绩效自评表",
        deadline=date(2027, 4, 1 + left) if left >= 0 else date(2027, 3, 31),
    )
    return Expected(line, files, Status.GRADED if files else None, left)


def standing() -> Cycle:
    """A cycle with one of everything."""
    given = cycle(
        [project(1), waiting(2), returned(3), project(4, "教育局")],
        expected=(
            expected("项目1", "交通局/项目1.xlsx"),
            expected("项目2", "交通局/项目2.xlsx"),
            expected("项目3", "交通局/项目3.xlsx"),
            expected("项目4", "教育局/项目4.xlsx", department="教育局"),
            expected("项目5", department="教育局", left=-1),
        ),
        deliveries=(
            Delivery("jt@example.gov.cn", "交通局", "审核意见", (), "存疑", "<1@x>", "2027-04-01"),
        ),
    )
    moved = Change(AS_OF, "交通局", "项目1", "核定得分", "90.5", "92.45", "review")
    older = replace(moved, as_of=date(2027, 3, 25), before="88", after="90.5", cause="handed_in")
    decided = Review(
        *("项目1", "产出指标", "数量指标", "完成里程", "复核", "核定", "ab12", Decimal(9)),
        *("内部理由不外传", "王审核", "", date(2027, 3, 30), True, Place("复核/第1轮.xlsx")),
        department="交通局",
    )
    received = Received("散件.docx", "word", "left_aside", "不是工作簿")
    receipt = ReviewReceipt("复核/第1轮.xlsx", "C5", "完成里程", "缺复核人")
    taken = ReviewReceipt("复核/第1轮.xlsx", "", "回执", "采用 3 条", open=False)
    return replace(
        given,
        changes=(older, moved),
        reviews=(decided,),
        received=(received,),
        receipts=(taken, receipt),
    )


def page(given: Cycle, **more: Any) -> str:
    return status_page.render(View.of(given), **more).decode()


class Links(HTMLParser):
    """Every address in a page, and the texts without tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [
            value or "" for name, value in attrs if name in ("href", "src", "action")
        ]


def section(text: str, name: str) -> str:
    """The part of a page below a heading."""
    return text.partition(f'<h2 id="{name}">')[2].partition("</section>")[0]


def test_one_sentence_says_how_the_cycle_stands() -> None:
    text = page(standing())
    assert (
        "应报 5 项，已报 4 项，退回 1 份，须人工核定 1 条，距截止（2027-04-07）还有 6 天。" in text
    )


def test_without_a_roster_the_sentence_says_so_and_the_settings_deadline_counts() -> None:
    text = page(cycle([project(1)]), method=Method(deadline=date(2027, 3, 29)))
    assert "没有名册，无从得知应报多少；已报 1 份" in text
    assert "截止日期（2027-03-29）已过 3 天。今天没有要办的事。" in text


def test_hand_ins_outside_the_roster_are_told() -> None:
    given = standing()
    text = page(replace(given, records=[*given.records, project(8, "水利局")]))
    assert "应报 5 项，已报 4 项，名册以外 1 份，退回" in text


def test_an_empty_cycle_has_a_page() -> None:
    assert "还没有报送件" in page(cycle())


def test_what_must_be_done_today_is_listed_with_where_it_stands() -> None:
    todo = section(page(standing()), "todo")
    for said in (
        "1 项已过截止日期仍未报送",
        "其中 1 份收到已超过 7 天",
        "1 条须人工核定（涉及 1 个项目）",
        "有 1 处没有采用",
        "收件夹中有 1 个文件没有读取",
        "1 封邮件是否送达存疑",
    ):
        assert said in todo


def test_what_waits_for_a_person_is_listed_with_its_whole_row_and_linked() -> None:
    given = replace(standing(), records=[*standing().records, waiting(6), waiting(7)])
    text = page(given)
    awaited = section(text, "awaited")
    for told in ("完成里程", "≥100公里", "85公里", "待复核", "无法核算", "evalbatch review"):
        assert told in awaited
    assert '<a href="#awaited">3 条须人工核定' in section(text, "todo")
    listed = section(text, "projects")
    for number, name in enumerate(("项目2", "项目6", "项目7"), start=1):
        own = listed.partition(f"{name}.docx")[2].partition("</tr>")[0]
        assert f'<a href="#w{number}">1</a>' in own
        assert name in awaited.partition(f'id="w{number}"')[2].partition("</tr>")[0]


def test_of_very_many_that_wait_the_first_of_each_kind_are_listed_and_the_rest_is_counted() -> None:
    back = replace(row("交通局/项目900.xlsx"), outcome="person", review_state="split")
    records = [*map(waiting, range(150)), project(900, scored=scores([back]))]
    text = page(cycle(records))
    awaited = section(text, "awaited")
    assert awaited.count("<tr id=") == 101
    assert "待裁定" in awaited.partition("</tr>")[2].partition("</tr>")[0]
    assert "另有 50 条见汇总表.xlsx" in awaited
    assert 'href="#awaited">1</a>' in section(text, "projects")


def test_where_the_program_itself_failed_is_said_first() -> None:
    failed = ["甲局/一.xlsx", "总报告.docx", "乙局/<二>.xlsx", "丙局/三.xlsx"]
    todo = section(page(standing(), faults=failed), "todo")
    first = todo.partition("</li>")[0]
    assert "程序自身在 4 处出现故障" in first
    assert "&lt;二&gt;" in first
    assert "故障" not in page(standing())


def test_what_is_only_accepted_is_not_said_to_be_decided() -> None:
    declared = record("申报.xlsx", project="河道", status=Status.ACCEPTED)
    progress = section(page(cycle([project(1), declared])), "departments")
    assert "已接收 1" in progress
    assert "已核定 2" not in progress


def test_departments_count_as_the_tally_does() -> None:
    progress = section(page(standing()), "departments")
    assert re.search(r"交通局</bdi></a></th>.*?>3</td>.*?>3</td>.*?>1</td>", progress, re.DOTALL)
    assert "已核定 1 待核定 1 退回 1" in progress
    assert "已核定 1 未报 1" in progress


def test_changes_of_the_latest_day_stand_with_their_cause() -> None:
    changed = section(page(standing()), "changes")
    assert "90.5" in changed
    assert "复核" in changed
    assert "88" not in changed
    earlier = replace(standing(), as_of=date(2027, 4, 5))
    assert "今天没有变动。最近一次变动在 2027-04-01" in page(earlier)
    assert "没有变动" in section(page(cycle([project(1)])), "changes")


def test_a_projects_history_stands_in_its_details() -> None:
    hand_ins = {
        "交通局/项目1.xlsx": [
            FirstSeen(date(2027, 3, 1), "项目1", "旧/项目1.xlsx", "0" * 64, "退回"),
            FirstSeen(date(2027, 3, 20), "项目1", "交通局/项目1.xlsx", "1" * 64, "已核定"),
        ]
    }
    listed = section(page(standing(), hand_ins=hand_ins), "projects")
    own = listed.partition("项目1.docx")[2].partition("</tr>")[0]
    order = ["2027-03-01", "旧/项目1.xlsx", "88 → 90.5", "王审核", "90.5 → 92.45（复核）"]
    assert [each for each in sorted(order, key=own.find) if each in own] == order


def test_what_did_not_come_in_is_listed_the_longest_overdue_first() -> None:
    given = replace(
        standing(), expected=(*standing().expected, expected("项目6", department="教育局", left=2))
    )
    missing = section(page(given), "missing")
    assert "已过 1 天" in missing
    assert missing.index("项目5") < missing.index("项目6")


def test_a_problem_has_its_whole_row_and_waived_ones_are_counted_apart() -> None:
    waiver = Waiver("项目1", "E04", "绩效科", date(2027, 3, 1), "总体仅28人")
    lifted = project(1, findings=(finding(code="E04", severity=Severity.WARNING, waiver=waiver),))
    problems = section(page(cycle([lifted, returned(3)])), "findings")
    assert (
        "指标 <bdi>完成里程</bdi>；年度指标值 <bdi>≥100公里</bdi>；实际完成值 <bdi>85公里</bdi>"
        in problems
    )
    assert re.search(r"E04</th>.*?>0</td>.*?>1</td>", problems, re.DOTALL)
    assert "总体仅28人" not in problems


def test_superseded_workbooks_are_not_listed() -> None:
    given = cycle([project(1), project(2, status=Status.SUPERSEDED)])
    assert "项目2" not in section(page(given), "projects")


def test_contacts_and_internal_notes_stay_out() -> None:
    text = page(standing())
    for private in ("jt@example.gov.cn", "内部理由不外传", "mailto:", "审核单"):
        assert private not in text


def test_nothing_in_a_name_runs_or_becomes_markup() -> None:
    records = [
        replace(
            record(
                f"{at}.xlsx",
                department=name,
                unit=name,
                project=name,
                findings=(finding(f"{at}.xlsx", message=name, severity=Severity.NOTE),),
            ),
            report="评价报告/x.docx",
        )
        for at, name in enumerate(HOSTILE)
    ]
    changes = tuple(Change(AS_OF, name, name, name, name, name, "review") for name in HOSTILE)
    given = replace(cycle(records), name=HOSTILE[0], organiser=HOSTILE[2], changes=changes)
    text = page(given)
    found = Links(text)
    assert not found.tags & {"img", "iframe", "object", "link", "base", "form"}
    assert not {name for name in found.attributes if name.startswith("on")}
    assert text.count("<script>") == 1
    assert "&lt;img src=x" in text
    assert "&amp;lt;已转义&amp;gt;" in text
    assert "{{ 7*7 }}" in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", text)
    assert not [address for address in found.addresses if "script:" in address]


def test_all_links_are_relative_and_hold_after_the_folder_was_moved(tmp_path: Path) -> None:
    first = tmp_path / "甲 盘" / "output"
    for each in ("汇总表.xlsx", "评价报告/交通局/项目1.docx", "审核意见/交通局/项目3 #1?.xlsx"):
        (first / each).parent.mkdir(parents=True, exist_ok=True)
        (first / each).write_bytes(b"")
    moved = first.parent.rename(tmp_path / "搬走（2027）") / "output"
    addresses = [each for each in Links(page(standing())).addresses if not each.startswith("#")]
    assert all("//" not in each and ":" not in each for each in addresses)
    there = {unquote(each.partition("#")[0].partition("?")[0]) for each in addresses}
    assert "审核意见/交通局/项目3 #1?.xlsx" in there
    assert {each for each in there if (moved / each).is_file()} >= {
        "汇总表.xlsx",
        "评价报告/交通局/项目1.docx",
    }


def test_links_within_the_page_have_their_target() -> None:
    text = page(standing())
    for address in Links(text).addresses:
        if address.startswith("#"):
            assert f'id="{address[1:]}"' in text


def test_no_address_leads_out_and_nothing_is_fetched() -> None:
    text = page(standing())
    for word in ("http:", "https:", "fetch(", "XMLHttpRequest", "import(", "blob:", "url("):
        assert word not in text


def test_the_same_cycle_is_the_same_bytes() -> None:
    assert page(standing()) == page(standing())


def many(count: int) -> Iterator[Record]:
    for at in range(count):
        department = f"第{at // 25}某某市人民政府组成部门"
        made = returned(at) if at % 9 == 0 else project(at)
        name = f"某某地区基础设施养护和更新改造项目{at:05}"
        report = f"评价报告/{department}/{name}.docx"
        notes = f"审核意见/{department}/{name}自评表.xlsx"
        yield replace(
            made,
            file=f"{department}/{name}.xlsx",
            department=department,
            project=name,
            report=report,
            annotated=notes,
        )


def full_history(records: list[Record]) -> dict[str, list[FirstSeen]]:
    return {
        each.file: [FirstSeen(AS_OF, each.project, each.file, "0" * 64, "已核定　92.45　优")] * 8
        for each in records
    }


def test_a_thousand_projects_with_their_history_take_at_most_a_megabyte_and_a_half() -> None:
    records = []
    for at, each in enumerate(many(1000)):
        state = ("due", "split", "stale", "confirm", "appealed")[at % 5]
        asked = replace(row(each.file), outcome="person", review_state=state, why_person="无" * 300)
        own = scores([asked]) if each.status is Status.GRADED else each.scores
        records.append(replace(each, scores=own))
    text = status_page.render(View.of(cycle(records)), hand_ins=full_history(records))
    assert len(text) <= LIMIT
    assert text.count(b"<details>") >= 1000


def test_of_very_many_only_what_is_open_is_listed_and_the_rest_is_counted() -> None:
    text = page(cycle(many(2100)))
    listed = section(text, "projects")
    wanting = len(range(0, 2100, 9))
    assert listed.count("<tr>") == wanting + 1
    assert f"其余 {2100 - wanting} 个见汇总表.xlsx" in listed


def paper(pdf: Path) -> str:
    """The text of a PDF as it lies on the page."""
    done = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, check=True)
    return done.stdout.decode("utf-8")


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("浏览器")) as opened:
        yield opened


def file(folder: Path, text: str) -> Path:
    path = folder / "状 态.html"
    path.write_text(text, encoding="utf-8")
    return path


NAMES = """
Array.from(document.querySelectorAll('#list tbody tr')).filter(r=>!r.hidden)
    .map(r=>r.cells[1].querySelector('bdi').textContent)
"""


@needs_chromium
def test_the_list_sorts_and_filters(tab: Browser, tmp_path: Path) -> None:
    tab.open(file(tmp_path, page(standing())))
    names = f"return {NAMES.strip()}"
    assert tab.run(names) == ["项目1", "项目2", "项目3", "项目4"]
    tab.run("document.querySelectorAll('#list thead button')[1].focus()")
    tab.press("Enter")
    tab.press(" ", "Space")
    assert tab.run(names) == ["项目4", "项目3", "项目2", "项目1"]
    assert tab.run("return document.querySelectorAll('#list th')[1].ariaSort") == "descending"
    tab.run("document.querySelector('[data-stage=退回]').click()")
    assert tab.run(names) == ["项目3"]
    tab.run("document.querySelector('[data-stage=\"\"]').click()")
    tab.run("document.querySelector('a[data-department=教育局]').click()")
    assert tab.run(names) == ["项目4"]
    tab.run(
        "var own=document.getElementById('own');own.value='';own.dispatchEvent(new Event('change'))"
    )
    tab.run("document.getElementById('find').focus()")
    tab.send("Input.insertText", text="项目2")
    assert tab.run(names) == ["项目2"]
    assert tab.run("return document.getElementById('count').textContent") == "显示 1 个，共 4 个"
    assert tab.console == []


@needs_chromium
def test_everything_can_be_reached_by_the_keyboard(tab: Browser, tmp_path: Path) -> None:
    tab.open(file(tmp_path, page(standing())))
    reached = set()
    for _ in range(80):
        tab.press("Tab")
        reached.add(
            tab.run(
                "var e=document.activeElement;return e.id||e.dataset.stage||e.tagName+e.className"
            )
        )
    assert reached >= {"Askip", "find", "own", "退回", "BUTTON", "SUMMARY", "DIVwide", "A"}


@needs_chromium
def test_all_details_are_open_on_paper_and_closed_afterwards(tab: Browser, tmp_path: Path) -> None:
    tab.open(file(tmp_path, page(standing())))
    count = "return document.querySelectorAll('details{}').length"
    assert tab.run(count.format("[open]")) == 0
    tab.run("window.dispatchEvent(new Event('beforeprint'))")
    assert tab.run(count.format(":not([open])")) == 0
    tab.run("window.dispatchEvent(new Event('afterprint'))")
    assert tab.run(count.format("[open]")) == 0


@needs_chromium
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_is_as_wide_as_the_window_and_loads_nothing(
    width: int, tab: Browser, tmp_path: Path
) -> None:
    path = file(tmp_path, page(standing()))
    tab.open(path, width=width)
    overflow = "var d=document.documentElement;return d.scrollWidth-d.clientWidth"
    assert tab.run(overflow) <= 0
    assert tab.asked == [path.as_uri()]
    assert tab.console == []


@needs_chromium
@pytest.mark.office
@pytest.mark.parametrize("scripts", [True, False])
def test_all_can_be_read_on_paper_with_scripts_on_and_off(
    scripts: bool, tab: Browser, tmp_path: Path
) -> None:
    tab.open(file(tmp_path, page(standing())), scripts=scripts)
    text = paper(tab.printed(tmp_path / "page.pdf"))
    for said in ("应报 5 项", "项目1", "王审核", "实际完成值 85公里"):
        assert said in text
    assert "查找" not in text


@needs_chromium
def test_with_scripts_off_no_control_without_effect_is_shown(tab: Browser, tmp_path: Path) -> None:
    tab.open(file(tmp_path, page(standing())), scripts=False)
    shown = (
        "var f=document.querySelector('.filter');return [f.offsetHeight,"
        "document.querySelectorAll('th button').length]"
    )
    assert tab.run(shown) == [0, 0]


@needs_chromium
@pytest.mark.office
def test_it_prints_on_a4_landscape_with_repeated_heads(tab: Browser, tmp_path: Path) -> None:
    tab.open(file(tmp_path, page(cycle(many(120)))))
    pdf = tab.printed(tmp_path / "page.pdf")
    told = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True).stdout
    size = re.search(r"Page size: +([\d.]+) x ([\d.]+)", told)
    assert size
    assert (round(float(size[1])), round(float(size[2]))) == (842, 595)
    pages = paper(pdf).split("\f")
    assert sum("最近报送" in each for each in pages) >= 3


@needs_chromium
def test_hostile_names_run_nothing_in_a_browser(tab: Browser, tmp_path: Path) -> None:
    records = [
        record(f"{at}.xlsx", project=name, department=name) for at, name in enumerate(HOSTILE)
    ]
    tab.open(file(tmp_path, page(replace(cycle(records), name=HOSTILE[2]))))
    assert tab.run("return [document.scripts.length,document.images.length]") == [1, 0]
    assert tab.console == []


@needs_chromium
@pytest.mark.skipif(not AXE.is_file(), reason="needs axe-core")
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(width: int, tab: Browser, tmp_path: Path) -> None:
    tab.open(file(tmp_path, page(standing())), width=width)
    tab.send("Runtime.evaluate", expression=AXE.read_text(encoding="utf-8"))
    tab.run("document.querySelectorAll('details').forEach(d=>d.open=true)")
    found = tab.run(
        "var r=await axe.run(document,{resultTypes:['violations']});"
        "return r.violations.map(v=>v.id+': '+v.nodes.map(n=>n.html).slice(0,2).join(' '))"
    )
    assert found == []
