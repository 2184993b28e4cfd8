"""Group B: blanks - mandatory fields, figures missing in sentences, placeholders left in, choices
not made.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from evalbatch.checks.subject import CheckedSubmission, check, nothing, seen
from evalbatch.model.finding import Observation
from evalbatch.model.place import Place
from evalbatch.model.submission import Entry, Row, RowKind, State
from evalbatch.model.words import WORDS, any_of, is_han
from evalbatch.reading.polarity import nothing_happened
from evalbatch.reading.quantities import operator_of
from evalbatch.standards.form import ColumnSpec, TableSpec, Type

_GROUPING: Final = frozenset(WORDS["grouping_columns"])
_BLANK: Final = r"[ \t\u3000\u00a0\u2002\u2003_＿]"
_MEASURE: Final = any_of(WORDS["measures"])
_COUNTED: Final = re.compile(rf"(?:[0-9０-９.%％]|{any_of(WORDS['counting'])})$")
_MISSING_COUNT: Final = re.compile(
    rf"(?<!{_BLANK}){_BLANK}+({_MEASURE})(?=[，。；、！？）)\n]|{_BLANK}|$)"
)
_SHARE: Final = re.compile(r"[%％]")
_TRAILING: Final = re.compile(rf"{_BLANK}+$")
_SHARE_ASKED: Final = re.compile(rf"(?:{any_of(WORDS['ratio_words'])})$")
_MISSING_DATE: Final = re.compile(rf"年{_BLANK}+月(?:{_BLANK}+日)?|月{_BLANK}+日")
_BEFORE: Final = 5
_REACH: Final = 16
_NATURE: Final = "nature"
_MARKS: Final = re.compile(r"[，。；、\n]")
_SPACES: Final = re.compile(r"[\s_＿]+")
_WHOLE: Final = re.compile(rf"(?:{any_of(WORDS['placeholders_whole'])})")
_INSIDE: Final = re.compile(rf"(?:{any_of(WORDS['placeholders_inside'])})")
_STARTS: Final = frozenset("指….。≥≤=＝><＞＜*＊（(请此填")
_SUSPECT: Final = re.compile("[*＊xXＸ×_＿{]")


class Gap(NamedTuple):
    """A figure missing in a sentence: the words around it, and whether that is sure."""

    words: str
    sure: bool


@check("B01")
def mandatory_blank(checked: CheckedSubmission) -> Iterator[Observation]:
    """Mandatory fields and columns that are blank; a choice group without a tick is B04."""
    for spec in checked.form.mandatory:
        entry = checked.submission.get(spec.id)
        if entry is not None and entry.state is State.BLANK:
            yield seen("B01", entry, expected="已填写", label=spec.label)
    for table in checked.form.tables.values():
        rows = _rows_in_use(checked, table) if table.mandatory else []
        for row in rows:
            yield from _blank_columns(table.mandatory, row)
        if table.mandatory and not rows and _expected(checked, table):
            yield seen(
                "B01", _empty_table(checked, table), expected="至少填写一行", label=table.title
            )


def _expected(checked: CheckedSubmission, table: TableSpec) -> bool:
    """Whether an open table must have at least one row: it and its sheet are required, and the
    reader found it.
    """
    open_ = table.required and not table.rows and table.id in checked.submission.tables
    return open_ and checked.form.sheet_of(table.id).required


def _empty_table(checked: CheckedSubmission, table: TableSpec) -> Place:
    """Return where an empty table stands: its first row where it has one, else its sheet."""
    rows, sheets = checked.submission.rows(table.id, RowKind.ITEM), checked.submission.sheets
    name = checked.form.sheet_of(table.id).name
    return (
        rows[0].place
        if rows
        else Place(checked.submission.file, name if name in sheets else next(iter(sheets), ""))
    )


def _blank_columns(columns: Iterable[ColumnSpec], row: Row) -> Iterator[Observation]:
    for column in columns:
        entry = row.get(column.id)
        if entry is None or _under_merge(entry, row):
            continue
        if entry.state is State.BLANK:
            if not (
                column.type is Type.QUANTITY and nothing_happened(entry.text)
            ):  # 无 is a figure
                yield seen("B01", entry, expected="已填写", label=column.label)
        elif column.id == "actual" and _of_target(entry, row):
            yield seen("B01", entry, found=entry.text, variant="merged", label=column.label)


def _of_target(entry: Entry, row: Row) -> bool:
    """Whether an actual is only the target, whose cell was merged over it."""
    target = row.get("target")
    return target is not None and target.place == entry.place and not entry.blank


def _under_merge(entry: Entry, row: Row) -> bool:
    """Whether the cell is merged with one above, whose row answers for it."""
    return entry.place.row < row.place.row


def _rows_in_use(checked: CheckedSubmission, table: TableSpec) -> list[Row]:
    """Rows that need their mandatory columns: not the parts of a total, not rows left empty, not
    无.
    """
    rows = checked.submission.rows(
        table.id, RowKind.ITEM, *((RowKind.TOTAL,) if table.rows else ())
    )
    return [row for row in rows if _in_use(row)]


def _in_use(row: Row) -> bool:
    """Whether anything but its grouping is filled in, a stray #REF! apart; 无 says that the
    department has no such indicator.
    """
    name = row.text("level3")
    return not (name and nothing(name)) and any(
        entry.state is not State.BLANK and entry.state is not State.ERROR
        for column, entry in row.entries.items()
        if column not in _GROUPING
    )


@check("B02")
def figure_missing(checked: CheckedSubmission) -> Iterator[Observation]:
    """Sentences whose figure was never filled in."""
    for entry in checked.prose:
        for gap in gaps(entry.text):
            yield seen(
                "B02",
                entry,
                found=gap.words,
                expected="填写数字",
                variant="" if gap.sure else "unsure",
            )


@lru_cache(maxsize=4096)
def gaps(text: str) -> tuple[Gap, ...]:
    """Find the figures missing in a text, in their order: `外籍人士 人`, `占 %`, `批 人次`, `2021年
    月 日`.
    """
    found = [*_missing_counts(text), *_missing_shares(text), *_missing_dates(text)]
    return tuple(gap for _, gap in sorted(found))


def _missing_counts(text: str) -> Iterator[tuple[int, Gap]]:
    for match in _MISSING_COUNT.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        if _behind_han(before) and not _COUNTED.search(before):
            yield match.start(1), Gap(_clipped(match), sure=True)


def _missing_shares(text: str) -> Iterator[tuple[int, Gap]]:
    """A percent sign without figure is sure when a blank was left for it or the words before it ask
    for one.
    """
    for match in _SHARE.finditer(text):
        before = text[max(0, match.start() - _REACH) : match.start()]
        words = _TRAILING.sub("", before)[-_BEFORE:]
        if _behind_han(words):
            quote = _MARKS.split(words)[-1] + _SPACES.sub(
                " ", before[len(before.rstrip()) :] + match[0]
            )
            blank_left = before[-1:] != words[-1:]
            yield match.start(), Gap(quote, blank_left or bool(_SHARE_ASKED.search(words)))


def _behind_han(words: str) -> bool:
    """Whether words end in a Chinese character, before a line break too."""
    return is_han(words.removesuffix("\n")[-1:])


def _missing_dates(text: str) -> Iterator[tuple[int, Gap]]:
    for match in _MISSING_DATE.finditer(text):
        if text[max(0, match.start() - 1) : match.start()].isdigit():
            yield match.start(), Gap(_clipped(match), sure=True)


def _clipped(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - _BEFORE - 1) : match.start()]
    return _SPACES.sub(" ", _MARKS.split(before)[-1] + match[0]).strip()


@check("B03")
def placeholder_left(checked: CheckedSubmission) -> Iterator[Observation]:
    """Template instructions and placeholders that nobody replaced; an operator in a column of its
    own is none.
    """
    printed = checked.form.hints
    found = [(entry, placeholder(entry.text, printed)) for entry in checked.written]
    left = [(entry, words) for entry, words in found if words]
    meant = _meant_signs(checked) if left else set()
    for entry, words in left:
        if entry.place not in meant:
            yield seen("B03", entry, found=words, expected="实际内容")


def _meant_signs(checked: CheckedSubmission) -> set[Place]:
    """Return where signs stand that are no placeholders: operators in a column of their own, names
    of indicators as the form prints them.
    """
    rows = (row for rows in checked.submission.tables.values() for row in rows)
    natures = (nature for row in rows if (nature := row.get(_NATURE)))
    signs = {nature.place for nature in natures if operator_of(nature.text)}
    return signs | {entry.place for row in checked.indicators if (entry := _printed_name(row))}


def _printed_name(row: Row) -> Entry | None:
    """Return the name of an indicator as the form prints it (受益人数（≥**人）), where the target
    that it asks for was filled in beside it.
    """
    name, target = row.get("level3"), row.get("target")
    if name is None or target is None or nothing(target.text) or placeholder(target.text):
        return None
    return name if _INSIDE.search(name.text) and not _WHOLE.fullmatch(name.text.strip()) else None


def placeholder(text: str, printed: frozenset[str] = frozenset()) -> str:
    """Return the placeholder in a text, empty when there is none; `printed` are the hints that the
    form itself prints.
    """
    bare = text.strip()
    if not bare:
        return ""
    if bare in printed or (bare[0] in _STARTS and _WHOLE.fullmatch(bare)):
        return bare
    inside = _INSIDE.search(bare) if _SUSPECT.search(bare) else None
    return inside[0] if inside else ""


def _is_told_in_words(checked: CheckedSubmission, entry: Entry, options: Sequence[str]) -> bool:
    """Whether a form of others says in words of its own what ours asks for in boxes, or the entry
    has a fault that is told already.
    """
    own = checked.submission.stamp is None and bool(entry.text.strip())
    worded = own and not any(option in entry.text for option in options)
    return worded or entry.state not in (State.BLANK, State.FILLED)


@check("B04")
def choice_not_made(checked: CheckedSubmission) -> Iterator[Observation]:
    """Choice groups of which exactly one option should be ticked."""
    for spec in checked.form.choices:
        entry = checked.submission.get(spec.id)
        if entry is None or entry.place in checked.named_faults:
            continue
        ticked = entry.choice.ticked if entry.choice else ()
        offered = "、".join(spec.options)
        if len(ticked) > 1:
            figures = {"label": spec.label, "count": str(len(ticked))}
            yield seen(
                "B04",
                entry,
                found="、".join(ticked),
                expected=offered,
                variant="several",
                **figures,
            )
        elif not ticked and spec.required and not _is_told_in_words(checked, entry, spec.options):
            yield seen("B04", entry, expected=offered, label=spec.label)
