"""Group I: indicators - listed twice, in the wrong group, missing, or holding weight without being
one.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from evalbatch.checks.subject import CheckedSubmission, check, nothing, seen
from evalbatch.model.figures import given
from evalbatch.model.finding import Observation
from evalbatch.model.names import bare, normal_name
from evalbatch.model.submission import Entry, Row, RowKind
from evalbatch.model.words import MISFITS, WORDS

_NUMBERING: Final = re.compile(
    r"^\s*(?:指标\s*\d*\s*[:：.．、]|[（(]\s*\d{1,2}\s*[）)]|\d{1,2}[.．、](?!\d))\s*"
)
_SAME_GROUPS: Final = tuple(words.split("/") for words in WORDS["same_groups"])
_MISFITS: Final = tuple(
    (re.compile(fit.names), re.compile(fit.groups), fit.belongs) for fit in MISFITS
)


@check("I01")
def listed_twice(checked: CheckedSubmission) -> Iterator[Observation]:
    """The same indicator twice in a table, or under both outputs and benefits."""
    for table, rows in (
        ("indicators", checked.indicators),
        ("targets", checked.submission.rows("targets", RowKind.ITEM)),
    ):
        column, group = ("level3", "level1") if table == "indicators" else ("item", "group")
        for alike in _alike(rows, column):
            names = list(dict.fromkeys(row.text(group) for row in alike))
            entries = [row.entries[column] for row in alike]
            if len(names) > 1:
                figures = {"name": alike[0].text(column)}
                yield seen(
                    "I01",
                    *entries[1:],
                    entries[0],
                    found=names[1],
                    expected=names[0],
                    variant="groups",
                    **figures,
                )
            elif len({entry.place for entry in entries}) > 1:
                figures = {"name": alike[0].text(column), "count": str(len(alike))}
                yield seen(
                    "I01", *entries, found=alike[0].text(column), expected="只列一次", **figures
                )


def _alike(rows: tuple[Row, ...], column: str) -> list[list[Row]]:
    """Group rows of one name; only numbering in front (指标1：) is no part of it: 培训场次1 and
    培训场次2 are two indicators.
    """
    by_name: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if not nothing(row.text(column)):
            by_name[normal_name(_NUMBERING.sub("", row.text(column)))].append(row)
    return [alike for alike in by_name.values() if len(alike) > 1]


@check("I02")
def wrong_group(checked: CheckedSubmission) -> Iterator[Observation]:
    """Level-3 indicators that do not fit their level 2."""
    for row in checked.indicators:
        entry = row.entries["level3"]
        for names, groups, belongs in _MISFITS:
            if names.search(entry.text) and groups.search(row.text("level2")):
                yield seen(
                    "I02", entry, found=row.text("level2"), expected=belongs, name=entry.text
                )
                break


@check("I03")
def group_missing(checked: CheckedSubmission) -> Iterator[Observation]:
    """Level-2 groups that the profile requires and nobody filled; a table that has none of the
    profile's levels is built otherwise and not asked.
    """
    rows = checked.indicators
    levels = [checked.policy.level_of(row.text("level1")) for row in rows]
    if checked.has("weight_reason") or not any(each and each.required_groups for each in levels):
        return
    filled = {(bare(row.text("level1")), bare(row.text("level2"))) for row in rows}
    for level in checked.policy.levels:
        for group in level.required_groups:
            if not any(_belongs(level1, level2, group) for level1, level2 in filled):
                yield seen(
                    "I03",
                    _where(checked, group, (level.name, *level.synonyms)),
                    expected=group,
                    level1=level.name,
                )


@lru_cache(maxsize=1024)
def _belongs(level1: str, level2: str, group: str) -> bool:
    """Whether a level 2, or its level 1, is a group however it is called: 立项 is 项目立项, and
    产出进度指标 is 时效指标; the levels are bare names.
    """
    name = bare(group)
    same = (words for words in _SAME_GROUPS if any(word in name for word in words))
    words = (name, *next(same, ()))
    return (len(level2) > 1 and level2 in name) or any(
        word in level for word in words for level in (level2, level1)
    )


def _where(checked: CheckedSubmission, group: str, level1: tuple[str, ...]) -> Entry | Row:
    """Return the empty row of the group, else the first row of its level 1, else the first of the
    table.
    """
    rows = checked.submission.rows("indicators", RowKind.ITEM)
    named = [row for row in rows if bare(row.text("level2")) == bare(group)]
    beside = [row for row in rows if row.text("level1") in level1]
    row = (named or beside or list(rows))[0]
    return row.get("level2") or row


@check("I04")
def weight_without_indicator(checked: CheckedSubmission) -> Iterator[Observation]:
    """Rows that say 无 and still hold a weight."""
    for row in checked.submission.rows("indicators", RowKind.ITEM):
        entry, weight = row.get("weight"), row.number("weight")
        name = row.text("level3").strip()
        if entry is not None and weight and name and nothing(name):
            yield seen("I04", entry, found=name, expected="不填分值", weight=given(weight))
