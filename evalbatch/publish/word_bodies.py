"""The bodies of our Word templates: chapters, tables and placeholders in docxtpl syntax.

The placeholders are Chinese, for those who edit templates are clerks.
"""

from collections.abc import Callable, Mapping, Sequence

from evalbatch.publish.word_layout import (
    LANDSCAPE_WIDTH,
    WIDTH,
    Cell,
    chart,
    figure,
    page_break,
    paragraph,
    section,
    section_end,
    table,
)


def when(condition: str, *pieces: str) -> str:
    """Return pieces that are printed only when the placeholder holds something."""
    return paragraph(f"{{%p if {condition} %}}") + "".join(pieces) + paragraph("{%p endif %}")


def each(name: str, source: str, *pieces: str) -> str:
    """Return pieces that are printed for each member of a list."""
    return paragraph(f"{{%p for {name} in {source} %}}") + "".join(pieces) + paragraph("{%p endfor %}")


def value(name: str, style: str = "") -> str:
    """Return a paragraph that holds one placeholder."""
    return paragraph(f"{{{{ {name} }}}}", style)


def heading(level: int, text: str) -> str:
    """Return a heading."""
    return paragraph(text, f"Heading{level}")


def grid(
    widths: Sequence[int],
    heads: Sequence[str],
    row: str,
    source: str,
    cells: Sequence[tuple[str, str]],
    *last: Cell,
    whole: bool = False,
) -> str:
    """Return a table with a repeated head and a row for each member of a list; `cells` are placeholders with their styles."""
    loop = [
        [Cell(f"{{%tr for {row} in {source} %}}", len(widths))],
        [Cell(f"{{{{ {name} }}}}", 1, style) for name, style in cells],
        [Cell("{%tr endfor %}", len(widths))],
    ]
    return table(widths, [[Cell(head, 1, "CellHead") for head in heads], *loop, *([last] if last else [])], whole=whole)


def _scaled(parts: Sequence[int], width: int = WIDTH) -> list[int]:
    whole = sum(parts)
    scaled = [part * width // whole for part in parts]
    scaled[-1] += width - sum(scaled)
    return scaled


def _cover() -> str:
    return "".join(
        (
            when("草稿", value("草稿标记", "DraftMark")),
            *(paragraph("", "Plain") for _ in range(4)),
            value("报告名称", "CoverTitle"),
            *(paragraph("", "Plain") for _ in range(4)),
            each("项", "封面项目", paragraph("{{ 项.名称 }}：{{ 项.内容 }}", "CoverItem")),
            section_end(footers=False),
        )
    )


def _funding_table() -> str:
    two = [
        ("源.来源", "CellLeft"),
        ("源.年初", "CellNumber"),
        ("源.预算", "CellNumber"),
        ("源.执行", "CellNumber"),
        ("源.未用", "CellNumber"),
    ]
    three = [
        ("源.来源", "CellLeft"),
        ("源.预算", "CellNumber"),
        ("源.到位", "CellNumber"),
        ("源.执行", "CellNumber"),
        ("源.未用", "CellNumber"),
    ]
    heads = ["{{ 资金栏.预算 }}", "{{ 资金栏.执行 }}", "未支出数", "执行率"]
    widths = _scaled([26, 15, 15, 15, 15, 14])
    return when(
        "资金表",
        paragraph("{{ 年度 }}年度{{ 对象 }}资金情况表", "Caption"),
        paragraph("单位：万元", "Unit"),
        when(
            "按到位资金",
            grid(
                widths,
                ["资金来源", heads[0], "{{ 资金栏.到位 }}", *heads[1:]],
                "源",
                "资金表",
                [*three, ("源.执行率", "CellNumber")],
                whole=True,
            ),
        ),
        when(
            "not 按到位资金",
            grid(
                widths, ["资金来源", "{{ 资金栏.年初 }}", *heads], "源", "资金表", [*two, ("源.执行率", "CellNumber")], whole=True
            ),
        ),
    )


def _details_table() -> str:
    cells = [("支.序号", "Cell"), ("支.名称", "CellLeft"), ("支.处室", "CellLeft")]
    cells += [("支.预算", "CellNumber"), ("支.支出", "CellNumber"), ("支.执行率", "CellNumber")]
    last = [
        Cell("合计", 3, "CellHead"),
        *(Cell(f"{{{{ 支出合计.{name} }}}}", 1, "CellNumber") for name in ("预算", "支出", "执行率")),
    ]
    heads = ["序号", "子项目名称", "承担单位（处室）", "预算数", "支出数", "执行率"]
    return when(
        "支出明细",
        paragraph("{{ 年度 }}年度{{ 对象 }}支出明细表", "Caption"),
        paragraph("单位：万元", "Unit"),
        grid(_scaled([8, 36, 20, 13, 13, 12]), heads, "支", "支出明细", cells, *last),
    )


def _score_table() -> str:
    cells = [("指.一级指标", "Cell"), ("指.二级指标", "Cell"), ("指.三级指标", "CellLeft")]
    cells += [(f"指.{name}", "Cell") for name in ("分值", "申报", "核算", "核定")]
    last = [Cell("合计", 3, "CellHead"), *(Cell(f"{{{{ 得分合计.{name} }}}}") for name in ("分值", "申报", "核算", "核定"))]
    heads = ["一级指标", "二级指标", "三级指标", "分值", "{{ 申报名称 }}", "核算得分", "核定得分"]
    return when(
        "得分表",
        paragraph("{{ 年度 }}年度{{ 对象 }}绩效得分表", "Caption"),
        paragraph("单位：分", "Unit"),
        grid(_scaled([16, 17, 31, 9, 10, 10, 11]), heads, "指", "得分表", cells, *last),
    )


def _targets_table() -> str:
    cells = [
        ("任.序号", "Cell"),
        ("任.内容", "CellLeft"),
        ("任.目标值", "Cell"),
        ("任.完成值", "Cell"),
        ("任.完成率", "Cell"),
        ("任.原因", "CellLeft"),
    ]
    heads = ["序号", "任务内容", "年度目标值", "实际完成值", "完成率", "未完成原因"]
    return when(
        "节.任务",
        value("节.任务说明"),
        value("节.任务表题", "Caption"),
        grid(_scaled([8, 32, 14, 16, 13, 22]), heads, "任", "节.任务", cells),
    )


def _project() -> str:
    chapter1 = (
        heading(1, "一、基本情况"),
        heading(2, "（一）{{ 对象 }}概况"),
        each("段", "概况", value("段.标题", "Heading3"), value("段.内容")),
        _funding_table(),
        _details_table(),
        heading(2, "（二）{{ 对象 }}绩效目标"),
        each("段", "绩效目标", value("段.标题", "Heading3"), value("段.内容")),
    )
    chapter2 = (
        heading(1, "二、绩效评价工作开展情况"),
        heading(2, "（一）绩效评价目的、对象和范围"),
        value("评价范围"),
        heading(2, "（二）绩效评价原则、评价指标体系、评价方法、评价标准"),
        value("评价原则"),
        value("指标体系"),
        value("评价方法"),
        heading(2, "（三）绩效评价工作过程"),
        value("工作过程"),
    )
    chapter4 = each(
        "节",
        "指标分析",
        value("节.标题", "Heading2"),
        when("节.概述", value("节.概述")),
        _targets_table(),
        each("组", "节.指标组", value("组.标题", "Heading3"), value("组.内容")),
        when("节.调查", value("节.调查")),
    )
    chapters = (
        *chapter1,
        *chapter2,
        heading(1, "三、综合评价情况及评价结论"),
        value("评价结论"),
        _score_table(),
        heading(1, "四、绩效评价指标分析"),
        chapter4,
        heading(1, "五、主要经验及做法、存在的问题及原因分析"),
        heading(2, "（一）主要经验及做法"),
        value("主要经验"),
        heading(2, "（二）存在的问题及原因分析"),
        value("存在问题"),
        heading(1, "六、有关建议"),
        value("有关建议"),
        heading(1, "七、其他需要说明的问题"),
        each("段", "其他事项", value("段.标题", "Heading2"), value("段.内容")),
    )
    return "".join(
        (
            _cover(),
            value("实施单位", "Title"),
            value("标题项目", "Title"),
            value("报告名称", "Title"),
            paragraph("", "Plain"),
            when("主送机关", paragraph("{{ 主送机关 }}：", "Plain")),
            value("导语"),
            when("草稿", value("草稿说明")),
            *chapters,
            paragraph("", "Plain"),
            paragraph("附件：{{ 附件名称 }}", "", "<w:keepNext/>"),
            _signature(),
            paragraph("附件", "AttachmentMark", page_break()),
            paragraph("", "Plain"),
            value("附件名称", "Title"),
            paragraph("（{{ 年度 }}年度）", "Cell"),
            paragraph("{{p 附表 }}"),
            value("附注", "Note"),
            section(start=1),
        )
    )


def _signature(blank_lines: int = 2) -> str:
    blank = paragraph("", "Plain", "<w:keepNext/>")
    return blank * blank_lines + value("落款单位", "Signature") + value("落款日期", "SignatureDate")


def _nodes_table(source: str = "节点表", width: int = LANDSCAPE_WIDTH) -> str:
    names = ("序号", "指标", "节点", "处室", "时限", "完成", "状态", "说明")
    left = {"指标", "节点", "说明"}
    cells = [(f"点.{name}", "CellLeft" if name in left else "Cell") for name in names]
    heads = ["序号", "三级指标", "工作节点", "责任处室", "完成时限", "实际完成时间", "完成状态", "佐证材料、原因及调整情况"]
    return grid(_scaled([6, 20, 22, 11, 13, 13, 10, 25], width), heads, "点", source, cells)


def _offices_table() -> str:
    names = ("节点", "按期", "逾期", "未完成", "经批准调整", "未到期", "未填报", "完成率")
    cells = [("处.处室", "CellLeft"), *((f"处.{name}", "Cell") for name in names)]
    heads = ["责任处室", "节点数", *names[1:]]
    return when(
        "处室表",
        paragraph("各处室工作节点完成情况表", "Caption"),
        paragraph("单位：个", "Unit"),
        grid(_scaled([24, 9, 9, 9, 10, 12, 9, 9, 11]), heads, "处", "处室表", cells),
    )


def _annual() -> str:
    return "".join(
        (
            when("草稿", value("草稿标记", "DraftMark")),
            when("发文字号", value("发文字号", "Number"), paragraph("", "Plain")),
            value("机关名称", "Title"),
            value("报告名称", "Title"),
            paragraph("", "Plain"),
            when("主送机关", paragraph("{{ 主送机关 }}：", "Plain")),
            value("导语"),
            heading(1, "一、绩效管理工作基本情况"),
            value("基本情况"),
            heading(1, "二、绩效指标完成情况"),
            heading(2, "（一）职能职责方面"),
            value("完成概述"),
            each("段", "调整事项", value("段")),
            _offices_table(),
            each("段", "事项", value("段.标题", "Heading3"), value("段.内容")),
            heading(2, "（二）部门评价情况"),
            value("部门评价"),
            heading(1, "三、绩效管理工作开展情况"),
            value("工作开展"),
            heading(1, "四、存在的问题和不足"),
            value("问题不足"),
            heading(1, "五、意见建议"),
            value("意见建议"),
            paragraph("", "Plain"),
            paragraph("附件：{{ 附件名称 }}", "", "<w:keepNext/>"),
            _signature(),
            section_end(start=1),
            paragraph("附件", "AttachmentMark"),
            value("附件名称", "Caption"),
            _nodes_table(),
            value("附注", "Note"),
            section(landscape=True),
        )
    )


def _office() -> str:
    return "".join(
        (
            when("草稿", value("草稿标记", "DraftMark")),
            value("处室名称", "Title"),
            value("报告名称", "Title"),
            paragraph("", "Plain"),
            value("导语"),
            heading(1, "一、指标和节点完成情况"),
            value("完成概述"),
            each("段", "调整事项", value("段")),
            paragraph("工作节点完成情况表", "Caption"),
            grid(
                _scaled([7, 26, 23, 15, 15, 12]),
                ["序号", "三级指标", "工作节点", "完成时限", "实际完成时间", "完成状态"],
                "点",
                "节点表",
                [
                    ("点.序号", "Cell"),
                    ("点.指标", "CellLeft"),
                    ("点.节点", "CellLeft"),
                    ("点.时限", "Cell"),
                    ("点.完成", "Cell"),
                    ("点.状态", "Cell"),
                ],
            ),
            heading(1, "二、工作开展情况"),
            each("段", "事项", value("段.标题", "Heading3"), value("段.内容")),
            when("工作开展", value("工作开展")),
            when("问题不足 or 意见建议", heading(1, "三、存在的问题和意见建议")),
            when("问题不足", value("问题不足")),
            when("意见建议", value("意见建议")),
            _signature(),
            section(start=1),
        )
    )


def _total() -> str:
    return "".join(
        (
            when("机关名称", value("机关名称", "Title")),
            value("报告名称", "Title"),
            paragraph("", "Plain"),
            value("导语"),
            heading(1, "一、报送和审核情况"),
            value("报送情况"),
            heading(1, "二、评价结果"),
            value("评价结果"),
            heading(1, "三、预算执行"),
            value("预算执行"),
            heading(1, "四、主要问题"),
            value("主要问题"),
            when("节点情况", heading(1, "五、年度绩效管理节点"), value("节点情况")),
            when("有报送图", value("附表目录")),
            _signature(1),
            when(
                "有报送图",
                paragraph("附图", "AttachmentMark", page_break()),
                figure(chart(1, "报送情况图", 77, 60), chart(2, "评价等次图", 77, 60)),
                paragraph("图1　报送件审核情况和评价等次分布", "Caption"),
                when("有执行图", figure(chart(3, "执行率分布图", 150, 60)), paragraph("图2　预算执行率分布", "Caption")),
                value("口径说明", "Note"),
            ),
            each(
                "表",
                "附表",
                paragraph("{{ 表.标记 }}", "AttachmentMark", page_break()),
                value("表.名称", "Caption"),
                when("表.单位", paragraph("单位：{{ 表.单位 }}", "Unit")),
                paragraph("{{p 表.内容 }}"),
                value("表.附注", "Note"),
            ),
            section(start=1),
        )
    )


def _working_paper() -> str:
    return "".join(
        (
            value("内部标记", "Plain"),
            value("报告名称", "Title"),
            value("项目名称", "Caption"),
            each("行", "基本信息", value("行", "Plain")),
            each(
                "章",
                "章节",
                value("章.标题", "Heading1"),
                each("段", "章.内容", value("段")),
                when("章.表", paragraph("{{p 章.表 }}")),
            ),
            paragraph("", "Plain"),
            value("落款日期", "SignatureDate"),
            section(start=1),
        )
    )


BODIES: Mapping[str, Callable[[], str]] = {
    "project": _project,
    "organisation": _annual,
    "office": _office,
    "total": _total,
    "working_paper": _working_paper,
}
