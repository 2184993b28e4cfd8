"""Reference case C as shipped: twelve offices' workbooks through a whole night, read back from the
files that it leaves.
"""

from pathlib import Path

import docx
import openpyxl
import pytest
from repository import TEMPLATES

from annual.offices import Night, night, whole_night

ORGANISATION = "江西省人民政府外事办公室"
OFFICES = (
    "秘书处",
    "综合处",
    "出境管理处",
    "领事安全处",
    *(f"第{number}处室" for number in range(5, 13)),
)
REPORT = f"评价报告/{ORGANISATION}/2021年度绩效管理工作总结.docx"


@pytest.fixture(scope="module")
def case_c(tmp_path_factory: pytest.TempPathFactory) -> Night:
    folder = TEMPLATES / "examples" / ORGANISATION
    files = {
        f"{ORGANISATION}/{path.name}": path.read_bytes()
        for path in folder.glob("年度绩效管理指标节点表*.xlsx")
    }
    assert len(files) == len(OFFICES)
    return whole_night(tmp_path_factory.mktemp("case_c"), files)


def words(path: Path) -> str:
    """Return the paragraphs of a Word document as one text."""
    return "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)


def cells(path: Path, table: int) -> list[list[str]]:
    """Return the texts of a table of a Word document."""
    return [
        [cell.text for cell in row.cells] for row in docx.Document(str(path)).tables[table].rows
    ]


def test_every_office_is_graded_without_a_finding(case_c: Night):
    assert len(case_c.statuses()) == 12
    assert set(case_c.statuses().values()) == {"graded"}
    assert case_c.rows("findings") == []


def test_nodes_csv_has_the_seventy_six_nodes_in_the_order_of_their_items(case_c: Night):
    nodes = case_c.rows("nodes")
    assert len(nodes) == 76
    numbers = [int(node["level3_no"]) for node in nodes]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(1, 72))
    assert len({node["level1"] for node in nodes}) == 8
    assert len({(node["level1"], node["level2"]) for node in nodes}) == 13
    assert list(dict.fromkeys(node["office"] for node in nodes)) == list(OFFICES)
    assert [node["state"] for node in nodes].count("按期") == 75
    (postponed,) = [node for node in nodes if node["state"] == "经批准调整"]
    assert (postponed["level3_no"], postponed["level3"], postponed["done_on"]) == (
        "59",
        "戏剧节暨国际戏剧交流月活动",
        "",
    )
    assert "境外疫情形势不确定" in postponed["cause"]
    assert (postponed["approver"], postponed["approved"]) == ("省领导", "2021-12-31")
    assert postponed["evidence"] == "佐证材料已上传系统"


def test_the_summary_workbook_lists_and_counts_them_by_office_and_month_both_ways(case_c: Night):
    book = openpyxl.load_workbook(case_c.folder / "汇总表.xlsx", data_only=True)
    listed = [row for row in book["节点"].iter_rows(min_row=4, values_only=True) if row[1]]
    assert len(listed) == 76
    assert [int(row[1]) for row in listed] == sorted(int(row[1]) for row in listed)
    overview = list(book["节点概览"].iter_rows(values_only=True))
    by_office = [row for row in overview if row[0] == ORGANISATION][:12]
    assert [row[1] for row in by_office] == list(OFFICES)
    assert by_office[9][1:12] == ("第10处室", 5, 0, 0, 1, 0, 0, 6, 5, pytest.approx(5 / 6), 1)
    (total,) = [row for row in overview if row[0] == "合计"]
    assert total[2:12] == (75, 0, 0, 1, 0, 0, 76, 75, pytest.approx(75 / 76), 1)
    (due,) = [row for row in overview if row[0] == "到期合计"]
    (done,) = [row for row in overview if row[0] == "其中已完成"]
    months = [row for row in overview if row[1] == "责任处室"][1]
    assert months[2:4] == ("2021-12", "合计")
    assert (due[2:4], done[2:4]) == ((76, 76), (75, 75))
    front = [row for row in book["总览"].iter_rows(values_only=True) if row[0] == 76]
    assert [value for value in front[0] if value is not None] == [
        76,
        75,
        0,
        0,
        1,
        0,
        0,
        75,
        pytest.approx(75 / 76),
        1,
    ]


def test_the_organisation_has_one_report_with_the_counts_of_case_c(case_c: Night):
    text = words(case_c.folder / REPORT)
    assert text.startswith("赣外办函〔2022〕1号")
    assert f"{ORGANISATION}\n2021年度绩效管理工作总结" in text
    assert "省绩效办：" in text
    assert "一级指标8项、二级指标13项、三级指标71项，共76个工作节点" in text
    assert "涉及秘书处、综合处、出境管理处、领事安全处、第5处室、第6处室等12个处室（单位）" in text
    assert "全年76个工作节点中，按期完成75个，经批准调整1个" in text
    assert (
        "按全部节点计算，完成率为98.68%（75÷76）；扣除经批准调整的节点后，完成率为100.00%（75÷75）"
        in text
    )
    assert "第59项“戏剧节暨国际戏剧交流月活动”节点（第10处室）：经批准调整" in text
    assert text.rstrip().endswith("计分口径：年度绩效管理节点计分。")
    order = [
        text.index(heading)
        for heading in (
            "一、绩效管理工作基本情况",
            "二、绩效指标完成情况",
            "部门评价",
            "四、",
            "五、",
        )
    ]
    assert order == sorted(order)


def test_its_items_stand_in_their_order_and_its_tables_have_every_office_and_node(case_c: Night):
    path = case_c.folder / REPORT
    text = words(path)
    named = (
        "召开省委外事工作委员会第四次会议",
        "外籍人士疫苗接种",
        "军转干部安置",
        "第四十项",
        "第七十一项",
    )
    assert [text.index(name) for name in named] == sorted(text.index(name) for name in named)
    assert [row[0] for row in cells(path, 0)] == ["责任处室", *OFFICES]
    nodes = cells(path, 1)
    assert len(nodes) == 77
    assert [row[0] for row in nodes[1:]][-1] == "71"


def test_every_office_has_a_short_report(case_c: Night):
    folder = case_c.folder / "评价报告" / ORGANISATION
    assert {path.name for path in folder.iterdir()} == {
        *(f"{office}.docx" for office in OFFICES),
        Path(REPORT).name,
    }
    text = words(folder / "第10处室.docx")
    assert "三级指标6项、工作节点6个" in text
    assert "完成率为83.33%（5÷6）；扣除经批准调整的节点后，完成率为100.00%（5÷5）" in text
    assert "2022年1月13日" in text
    assert len(cells(folder / "第10处室.docx", 0)) == 7


def test_the_consolidated_report_has_completion_both_ways(case_c: Night):
    text = words(case_c.folder / "总报告.docx")
    assert "工作节点共76个，按期完成75个，经批准调整1个" in text
    assert "完成率为98.68%（扣除经批准调整的节点为100.00%）" in text


def test_as_filed_it_has_the_defects_of_case_c_and_loses_no_node(tmp_path: Path):
    name = "年度绩效管理指标节点表.xlsx"
    filed = night(
        tmp_path, {name: (TEMPLATES / "examples_as_filed" / ORGANISATION / name).read_bytes()}
    )
    assert filed.statuses() == {name: "returned"}
    assert len(filed.rows("nodes")) == 76
    errors = {row["code"] for row in filed.rows("findings") if row["severity"] == "error"}
    assert errors == {"B02", "N03"}
    assert {"N05", "T02", "T03"} <= filed.codes()
    assert len(filed.findings("B02")) == 5
    (undescribed,) = filed.findings("N05")
    assert "71项三级指标中有42项" in undescribed["message"]
    (contradiction,) = filed.findings("N03")
    assert "第59项" in contradiction["message"]
    assert (contradiction["sheet"], contradiction["cell"][0]) == ("指标节点表", "F")
