"""What letters tell of reviews: to a department scores, reason and what is provisional, without a
name; to the office the receipt.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from email import message_from_bytes, policy

from records import AS_OF, cycle, entry, record, row, scores

from evalbatch.mail import letters
from evalbatch.mail.message import Style, Writer
from evalbatch.model.evaluation import Status
from evalbatch.model.record import Expected, ReviewReceipt

NOW = datetime(2027, 4, 1, 22, 0, tzinfo=UTC)
DECIDED = replace(
    row(claimed="9", computed="8.5", final="7"),
    outcome="reviewed",
    review_state="decided",
    reviewed_score=Decimal(7),
    reviewer="周一",
    reviewed_on=date(2027, 4, 1),
    review_reason="里程与台账不符",
)
OPEN = replace(row(level3="群众评价"), outcome="person", review_state="due", why_person="待定")


def year(*rows, report="评价报告/交通局/农村公路养护.docx", receipts=(), corrected=""):
    given = replace(record(scored=scores(rows), report=report), corrected=corrected)
    expected = (Expected(entry(), ("甲.xlsx",), Status.GRADED, None),)
    return replace(cycle([given], expected=expected), receipts=tuple(receipts))


def told(letter, tmp_path, kind="plain"):
    style = Style("jixiao@example.gov.cn", "绩效科", "某市财政局", AS_OF, 20, "zip")
    message = message_from_bytes(Writer(style, tmp_path).write(letter, NOW), policy=policy.default)
    return message.get_body((kind,)).get_content()


def test_a_department_is_told_scores_and_reason_and_that_they_are_provisional(tmp_path):
    (letter,) = letters.departments(year(DECIDED, OPEN, report=""), {})
    assert "尚有1项指标待人工核定，核定后另行通知" in told(letter, tmp_path)
    (letter,) = letters.departments(year(DECIDED, OPEN), {})
    for kind in ("plain", "html"):
        text = told(letter, tmp_path, kind)
        assert "尚有1项指标待人工核定，得分和等次为暂定" in text
        assert "里程与台账不符" in text
        assert "周一" not in text
    assert "〔复核〕完成里程：自评9分，核算8.5分，核定7分。理由：里程与台账不符" in told(
        letter, tmp_path
    )


def test_another_decision_is_news_and_the_same_is_none(tmp_path):
    (letter,) = letters.departments(year(DECIDED), {})
    sent = {item.key: item.digest for item in letter.items}
    assert letter.news(sent) is None
    other = replace(DECIDED, review_reason="里程与合同不符")
    (changed,) = letters.departments(year(other), {})
    assert changed.news(sent) is not None


def test_a_correction_is_told_and_only_a_material_one_is_news(tmp_path):
    (letter,) = letters.departments(year(DECIDED), {})
    sent = {item.key: item.digest for item in letter.items}
    news = {"非实质更正（第2版）：笔误": False, "实质更正（第2版）：申诉成立": True}
    for corrected, expected in news.items():
        (found,) = letters.departments(year(DECIDED, corrected=corrected), {})
        assert (found.news(sent) is not None) is expected
        for kind in ("plain", "html"):
            assert f"{corrected}。" in told(found, tmp_path, kind)


def test_the_office_gets_the_receipt_of_what_was_written(tmp_path):
    lines = (
        ReviewReceipt("复核/第1轮.xlsx", "", "回执", "采用 3 条，有误 1 条", open=False),
        ReviewReceipt("复核/第1轮.xlsx", "复核清单!Q5", "有误，未采用", "应为 0 到 10 之间的数字"),
    )
    (letter,) = letters.office(["jixiao@example.gov.cn"], year(receipts=lines), {})
    for kind in ("plain", "html"):
        text = told(letter, tmp_path, kind)
        assert "复核/第1轮.xlsx：回执：采用 3 条，有误 1 条" in text
        assert "复核/第1轮.xlsx 复核清单!Q5：有误，未采用：应为 0 到 10 之间的数字" in text
