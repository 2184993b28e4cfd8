"""Titles break between words, evenly, and leave no character alone: thirty long names."""

import re

import pytest

from evalbatch.publish.titles import LINE, lines

_WORDS = (
    "专项资金 补助资金 补助经费 项目 义务教育 学校 校舍 长效机制 医疗卫生 机构 公共卫生 服务 "
    "饮水安全 巩固 维修养护 "
    "干线 公路 工程 农田 耕地 质量 保护 文化 体育 大气污染 防治 环境 监测 小型水库 安全 运行 "
    "维护 河道 治理 乡村振兴 "
    "衔接 推进 职业技能 培训 就业 创业 老旧小区 改造 基础设施 建设 中央 投资 新能源汽车 充电 "
    "运营 奖补 食品药品 监管 "
    "能力 提升 残疾人 康复 养老服务 体系 退役军人 安置 优抚 信息系统 平台 数据 共享 应急管理 "
    "防汛抗旱 物资 储备 "
    "非物质文化遗产 传承 图书馆 免费开放 园林绿化 垃圾 处理 设施 科技 创新 成果转化 中小企业 "
    "技术改造"
)
WORDS = re.findall(r"\S+", _WORDS)
NAMES = (
    "城乡义务教育阶段学校校舍安全保障长效机制补助资金",
    "基层医疗卫生机构能力提升和基本公共卫生服务补助经费",
    "农村饮水安全巩固提升工程维修养护专项资金",
    "普通国省干线公路养护工程补助资金（中央）",
    "高标准农田建设和耕地质量保护与提升项目资金",
    "公共文化服务体系建设和文化体育场馆免费开放补助经费",
    "大气污染防治和环境空气质量监测网络运行维护经费",
    "小型水库安全运行维护和河道治理项目专项资金",
    "巩固拓展脱贫攻坚成果同乡村振兴有效衔接推进资金",
    "职业技能培训和就业创业服务补助专项资金项目",
    "老旧小区改造配套基础设施建设中央预算内投资",
    "新能源汽车充电基础设施建设运营奖补资金项目",
    "食品药品监管能力提升和检验检测设备购置项目",
    "残疾人康复和职业技能培训补助专项资金项目",
    "养老服务体系建设和居家社区养老服务补助资金",
    "退役军人安置和优抚对象医疗保障补助经费",
    "政务信息系统整合和公共数据平台共享建设项目",
    "应急管理和防汛抗旱物资储备体系建设专项资金",
    "非物质文化遗产保护传承和图书馆免费开放经费",
    "城区园林绿化养护和生活垃圾处理设施运行经费",
    "科技创新和成果转化引导专项资金及中小企业技术改造",
    "对外合作交流、外事侨务综合事务管理专项经费",
    "农村公路“四好农村路”建设和危桥改造补助资金",
    "2026年第29届全国职业技能竞赛选手集训补助经费项目",
    "农业生产发展（耕地地力保护）和农机购置补贴资金",
    "中等职业学校学生资助和学前教育发展补助经费",
    "重点流域水污染防治和集中式饮用水水源地保护",
    "市级储备粮油轮换价差补贴和仓储设施维修项目",
    "保障性安居工程和城镇棚户区改造配套补助资金",
    "农业农村局所属农业技术推广中心仪器设备更新",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_long_name_breaks_between_words(name: str) -> None:
    broken = lines(f"2026年度{name}")
    assert "".join(broken) == f"2026年度{name}"
    assert all(1 < len(line) <= LINE for line in broken)
    assert len(broken) == 2
    place = len(broken[0])
    whole = "".join(broken)
    for word in WORDS:
        start = whole.find(word)
        while start >= 0:
            assert not start < place < start + len(word), (broken, word)
            start = whole.find(word, start + 1)
    assert broken[1][0] not in "、，。）》”局处"
    assert broken[0][-1] not in "（《“"


def test_there_are_thirty_names() -> None:
    assert len(NAMES) == 30


@pytest.mark.parametrize("text", ["", "短", "短题目", "一" * LINE])
def test_what_fits_stays_on_one_line(text: str) -> None:
    assert lines(text) == ([text] if text else [])


@pytest.mark.parametrize("text", ["长" * 5000, "（" * 60, "A" * 45, "2026" * 12, "、" * 50])
def test_whatever_stands_there_nothing_is_lost(text: str) -> None:
    broken = lines(text)
    assert "".join(broken) == text
    assert max(map(len, broken)) <= LINE
