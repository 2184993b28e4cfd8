"""The consolidated report for the leadership: two pages of text, then charts and tables."""

import re
from collections.abc import Mapping
from math import ceil
from typing import Any

from evalbatch.publish.overall_charts import charts, described
from evalbatch.publish.overall_tables import Table, department_table, tables
from evalbatch.publish.overall_text import Detail, chapters
from evalbatch.publish.sentences import day, enumerated, listed, quoted, say
from evalbatch.publish.titles import titled
from evalbatch.publish.word.template import chosen
from evalbatch.results.tally import View


def render(view: View, template: bytes | None = None) -> bytes:
    """Return the consolidated report of a cycle.

    Args:
        view: the cycle as it stands on its `as_of` day.
        template: an office's own template instead of ours.

    Raises:
        evalbatch.publish.word.template.BrokenTemplate: the office's own template cannot be used.
    """
    return chosen("total", template).render(context(view), charts(view))


DETAILS = (
    Detail(9, 3, 3, 2),
    Detail(1, 3, 3, 2),
    Detail(1, 2, 2, 2, listed=False),
    Detail(1, 1, 2, 1, listed=False),
    Detail(1, 1, 1, 1, others=False, listed=False),
    Detail(1, 0, 1, 0, others=False, listed=False),
    Detail(1, 1, 1, 0, others=False, listed=False, apart=False),
    Detail(1, 0, 1, 0, others=False, apart=False),
    Detail(1, 0, 1, 0, others=False, listed=False, apart=False),
)
"""From the fullest text to the shortest: the first that leaves room for the date is taken."""
_LINES = 43
"""Two pages of 22 lines (GB/T 9704), but one that a heading may leave blank."""
_LINE = 28
"""Characters in a line."""
_FIGURE = 0.7
"""How wide a figure or Latin letter is at most, in characters, with the space around them: those of
Times New Roman are narrower, those that stand in where it is missing are not.
"""
_WORD = re.compile(r"[（“《]*(?:[!-~]+|.)[，。；：、）”》]*")
_SIGNED = 15
"""Characters in a line of the signature."""
_INDENT = 2
_BLANK = 3


def context(view: View) -> dict[str, Any]:
    """Return what the placeholders of the consolidated report's template stand for.

    The text is the fullest that ends with its date on the second page; where none does, only what
    stands behind the proposals goes onto a third, with the last of them.
    """
    made = tables(view)
    for detail in DETAILS:
        told = {**chapters(view, made, detail), **_around(view, made, detail)}
        if _text_lines(told) + _lines_behind(told) <= _LINES:
            return told
    for detail in DETAILS:
        told = {
            **chapters(view, made, detail._replace(listed=True)),
            **_around(view, made, detail),
        }
        if _text_lines(told) <= _LINES:
            break
    return told


def _text_lines(told: Mapping[str, Any]) -> int:
    """Return how many lines the titles and the text take."""
    titles = sum(len(str(told[key]).split("\n")) for key in ("机关名称", "报告名称") if told[key])
    taller = ceil(titles / 2)  # a line of a title is higher
    texts = [str(told[key]) for key in ("导语", *_CHAPTERS) if told[key]]
    texts += [str(chapter["内容"]) for chapter in told["其他章节"]] + list(told["建议"])
    paragraphs = [paragraph for text in texts for paragraph in text.split("\n")]
    headings = len(_CHAPTERS) + len(told["其他章节"]) + 1
    return titles + taller + headings + sum(map(_height, paragraphs))


def _lines_behind(told: Mapping[str, Any]) -> int:
    """Return how many lines the list of attachments, the signature and blank lines take."""
    signed = sum(ceil(len(told[key]) / _SIGNED) for key in ("落款单位", "落款日期"))
    return len(told["附件目录"]) + signed + _BLANK


def _height(paragraph: str) -> int:
    """Return how many lines a paragraph takes, broken between characters but not within figures or
    before closing punctuation.
    """
    lines, room = 1, float(_LINE - _INDENT)
    for word in _WORD.findall(paragraph):
        wide = sum(_FIGURE if char <= "~" else 1 for char in word)
        if wide > room:
            lines, room = lines + 1, _LINE
        room -= wide
    return lines


_CHAPTERS = ("报送情况", "评价结果", "预算执行", "主要问题")


def _around(view: View, made: list[Table], detail: Detail) -> dict[str, Any]:
    """Return what stands around the text."""
    cycle = view.cycle
    title = say("total.title", cycle=cycle.name)
    policies = listed(map(quoted, cycle.policy_names)) or say("words.dash")
    return {
        "机关名称": titled(cycle.organiser) if detail.others else "",  # signed all the same
        "报告名称": titled(title),
        "文档标题": title,
        "页眉": "",
        **_attachments(view, made),
        "有报送图": bool(view.tally.statuses),
        "有执行图": view.rated > 0,
        "附表目录": say("total.appendices", count=len(made))
        if made
        else say("total.appendix"),  # of earlier templates
        "附表": made,
        "口径说明": say("total.policies", policies=policies),
        "落款单位": cycle.organiser,
        "落款日期": day(cycle.as_of),
    }


def _attachments(view: View, made: list[Table]) -> dict[str, Any]:
    """Return the list of attachments and their marks: charts, the table of departments, all other
    tables.
    """
    table = department_table(view)
    present = {
        "charts": bool(view.groups),
        "departments": table is not None,
        "lists": bool(made),
    }
    names = [say(f"total.attached_{key}") for key, there in present.items() if there]
    keys = [key for key, there in present.items() if there]
    number = {key: str(at) if len(keys) > 1 else "" for at, key in enumerate(keys, 1)}
    marks = {key: say("total.attachment_mark", number=number.get(key, "")) for key in present}
    return {
        "附件目录": [{"名称": name} for name in enumerated(names, "{number}.{text}")],
        "有图": present["charts"],
        "图标记": marks["charts"],
        "部门表": {**table, "标记": marks["departments"]} if table else None,
        "表标记": marks["lists"],
        **described(view),
    }
