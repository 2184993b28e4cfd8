"""The catalogue as people read it: the answer of `evalbatch explain`, and the chapter of the documentation."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from evalbatch.checks.catalogue import CATALOGUE, GROUPS, Article, article

_FIGURE: Final = re.compile(r"\{[a-z_0-9]+\}")
_BLANK: Final = "…"


def explain(code: str) -> str:
    """Return what a code means, on what basis, and how to mend it, as plain text.

    Raises:
        UnknownCodeError: the catalogue has no such code.
    """
    entry = article(code.strip().upper())
    wordings = "\n".join(f"  · {wording}" for wording in _wordings(entry))
    remedies = "\n".join(f"  · {remedy}" for remedy in _remedies(entry))
    return (
        f"{entry.code} {entry.title}（{entry.severity.label}）\n\n{entry.explanation}\n\n"
        f"提示的写法：\n{wordings}\n\n依据：{_blanked(entry.basis)}\n\n怎样改：\n{remedies}\n"
    )


def catalogue_markdown() -> str:
    """Return the chapter on all findings, generated so that it cannot drift from the catalogue."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "## 问题目录\n"
    yield "错误：退回，不核定等次；警告：核定，但请审核人员复核；提示：供参考。评分口径可以调整级别或停用某项检查。\n"
    for letter, entries in groupby(CATALOGUE.values(), key=lambda entry: entry.code[0]):
        yield f"### {letter} {GROUPS[letter]}\n"
        yield "| 编号 | 问题 | 级别 | 说明 | 怎样改 |"
        yield "|---|---|---|---|---|"
        yield from (_row(entry) for entry in entries)
        yield ""


def _row(entry: Article) -> str:
    severities = dict.fromkeys(entry.variant(name).severity or entry.severity for name in ("", *entry.variants))
    labels = "、".join(severity.label for severity in severities)
    cells = (entry.code, entry.title, labels, entry.explanation, entry.remedy)
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _wordings(entry: Article) -> list[str]:
    return list(dict.fromkeys(_blanked(entry.variant(name).message) for name in ("", *entry.variants)))


def _remedies(entry: Article) -> list[str]:
    return list(dict.fromkeys(entry.variant(name).remedy for name in ("", *entry.variants)))


def _blanked(message: str) -> str:
    return _FIGURE.sub(_BLANK, message)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")
