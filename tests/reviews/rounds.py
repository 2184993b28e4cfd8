"""Rounds as reviewers meet them: written by the product, filled in with openpyxl as Excel would."""

from datetime import date
from decimal import Decimal
from io import BytesIO

from openpyxl import load_workbook

from evalbatch.cycle.review_round import RoundLine, build
from evalbatch.cycle.reviews import Asked, Authority, ReviewFile, read
from evalbatch.model.decisions import RowKey

TODAY = date(2027, 4, 20)
HEAD = 3
COLUMNS = {
    "score": "复核得分",
    "by": "复核人",
    "on": "复核日期",
    "reason": "理由",
    "verdict": "处理",
}
WHOLE = {"score": 8, "by": "周一", "on": date(2027, 4, 12), "reason": "与台账核对一致"}


def asked(number=1, name="清淤长度", **changes):
    found = Asked(
        f"R1-{number:03d}",
        RowKey("self_evaluation/河道清淤", "产出", "数量", name),
        f"facts{number}",
        f"rule{number}",
        auto=Decimal(8),
        weight=Decimal(10),
        claimed=Decimal(9),
        project="河道清淤项目",
        indicator=("产出指标", "数量指标", name),
    )
    return found.__class__(**{**{key: getattr(found, key) for key in found.__slots__}, **changes})


def line(question):
    return RoundLine(
        question,
        "0a1b",
        "水务局",
        "≥12公里",
        "12公里",
        Decimal(8),
        "没有规则可以核算",
        "定性指标由人判断",
    )


NAMES = ("清淤长度", "=清淤 方量", "验收合格率")


def round_bytes(count=3):
    return build(1, "某市 2026", [line(asked(at, NAMES[at - 1])) for at in range(1, count + 1)])


def fill(data, answers, sheet="复核清单", edit=None):
    """Fill in answers by line number, as a person does in Excel; `edit` may do more to the book."""
    book = load_workbook(BytesIO(data))
    page = book[sheet]
    at = {cell.value: cell.column for cell in page[HEAD]}
    for row in range(HEAD + 1, page.max_row + 1):
        for key, value in answers.get(page.cell(row, at["编号"]).value, {}).items():
            page.cell(row, at[COLUMNS.get(key, key)]).value = value
    if edit:
        edit(book)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def reading(*files, known=None, **authority):
    named = [ReviewFile(name, data) for name, data in files]
    return read(named, known or {}, Authority(TODAY, **authority))
