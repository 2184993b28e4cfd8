"""Numbering inside texts: which numbers are repeated or skipped."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from evalbatch.checks.subject import CheckedSubmission, check, nothing, seen
from evalbatch.model.figures import chinese_number
from evalbatch.model.finding import Observation
from evalbatch.model.names import PROJECT_ENDINGS, RECOGNISED, mentions, project_core
from evalbatch.model.plain_figures import YEAR_IN_TEXT
from evalbatch.model.submission import Entry, Row, RowKind
from evalbatch.model.words import WORDS, is_han
from evalbatch.scoring.work_nodes import number

_HAN: Final = "[一二三四五六七八九十]{1,3}"
_STYLES: Final = (
    r"\d{1,3}[.．、](?![\d.])",
    r"[（(]\d{1,3}[）)]",
    rf"{_HAN}、",
    rf"[（(]{_HAN}[）)]",
    rf"第?{_HAN}是",
)
#: A number at the beginning of a text, line or sentence; the group that matched is its style.
_MARK: Final = re.compile(
    r"[\n。；;：:！？][ \t\u3000]*(?:" + "|".join(f"({style})" for style in _STYLES) + ")"
)
_NUMBER: Final = re.compile(rf"\d+|{_HAN}")


class Slip(NamedTuple):
    """A number that is repeated (`missing` empty), or before which `missing` was left out."""

    found: str
    before: str = ""
    missing: str = ""


class _Mark(NamedTuple):
    number: int
    shown: str


@lru_cache(maxsize=4096)
def slips(text: str) -> tuple[Slip, ...]:
    """Find repeated and skipped numbers, each style of numbering by itself; a new 1 begins a new
    list.
    """
    styles: dict[int, list[_Mark]] = {}
    for match in _MARK.finditer("\n" + text):
        style = match.lastindex or 0
        number = chinese_number(_NUMBER.findall(match[style])[0])
        if number is not None:
            styles.setdefault(style, []).append(_Mark(number, match[style]))
    return tuple(slip for marks in styles.values() for slip in _walk(marks))


def _walk(marks: list[_Mark]) -> Iterator[Slip]:
    used: set[int] = set()
    last: _Mark | None = None
    for mark in marks:
        if mark.number == 1 and last is not None and last.number != 1:
            used, last = set(), None
        if mark.number in used:
            yield Slip(mark.shown)
        elif last is not None and mark.number > last.number + 1:
            missing = "、".join(str(number) for number in range(last.number + 1, mark.number))
            yield Slip(mark.shown, last.shown, missing)
        used.add(mark.number)
        last = mark


_PUNCTUATION_HAN: Final = r"\u4e00-\u9fff"
_DOCUMENT: Final = re.compile(
    rf"([{_PUNCTUATION_HAN}]{{2,12}})[\[［【(（]\s*((?:19|20)\d\d)\s*[\]］】)）]\s*第?\s*0*(\d+)\s*号"
)
_DOUBLED: Final = re.compile(r"([。，、；：！])(?:\1+|(?<=[。；])[，、]|(?<=[，、])。)")
_ASCII_PAIR: Final = re.compile(r"\([^()（）\n]*\)")
_ASCII_MARK: Final = re.compile(r"[,;:?!]")
_MARKS: Final = re.compile(r"[“”（）《》〔〕【】]")
_PAIRS: Final = {"”": "“", "）": "（", "》": "《", "〕": "〔", "】": "【"}
_NAMES: Final = {"“": "引号", "（": "括号", "《": "书名号", "〔": "六角括号", "【": "方括号"}
_FULL_WIDTH: Final = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！"}
_SHOWN: Final = 12
_CONTEXT: Final = 4
_PAUSES: Final = re.compile(r"[，。；、：！\s]")


class PunctuationFault(NamedTuple):
    """A fault of punctuation: `variant` of the catalogue, what stands there, what it should be."""

    variant: str
    found: str
    expected: str


@lru_cache(maxsize=4096)
def faults(text: str) -> tuple[PunctuationFault, ...]:
    """Find the faults of punctuation in a text."""
    return (*_documents(text), *_doubled(text), *_mixed(text), *_unclosed(text), *_half_width(text))


def _documents(text: str) -> Iterator[PunctuationFault]:
    if "号" not in text:
        return
    for match in _DOCUMENT.finditer(text):
        yield PunctuationFault("number", match[0], f"{match[1]}〔{match[2]}〕{match[3]}号")


def _doubled(text: str) -> Iterator[PunctuationFault]:
    for match in _DOUBLED.finditer(text):
        before = _words_before(text, match.start())
        yield PunctuationFault("doubled", before + match[0], before + match[0][0])


def _words_before(text: str, position: int) -> str:
    return _PAUSES.split(text[max(0, position - _CONTEXT) : position])[-1]


def _mixed(text: str) -> Iterator[PunctuationFault]:
    if "(" not in text or "（" not in text:
        return
    pairs = [match[0] for match in _ASCII_PAIR.finditer(text)]
    half = [pair for pair in pairs if any(map(is_han, pair)) and not _DOCUMENT.search(pair)]
    if half:
        yield PunctuationFault("mixed", "、".join(half), "（）")


def _unclosed(text: str) -> Iterator[PunctuationFault]:
    """Look for an opening mark that nothing closes; numbering such as `1）` closes what nothing
    opened, and is no fault.
    """
    opened: list[re.Match[str]] = []
    for match in _MARKS.finditer(text):
        if match[0] in _NAMES:
            opened.append(match)
        elif any(mark[0] == _PAIRS[match[0]] for mark in opened):
            while (mark := opened.pop())[0] != _PAIRS[match[0]]:
                yield _left_open(mark)
    yield from map(_left_open, opened)


def _left_open(mark: re.Match[str]) -> PunctuationFault:
    return PunctuationFault(
        "unclosed", mark.string[mark.start() : mark.start() + _SHOWN], _NAMES[mark[0]]
    )


def _half_width(text: str) -> Iterator[PunctuationFault]:
    for match in _ASCII_MARK.finditer(text):
        if is_han(text[match.start() - 1 : match.start()]) and is_han(
            text[match.end() : match.end() + 1]
        ):
            before = _words_before(text, match.start())
            yield PunctuationFault("", before + match[0], before + _FULL_WIDTH[match[0]])
    if "》、《" in text:
        yield PunctuationFault("", "》、《", "》《")


_ENDING: Final = re.compile(rf"(?:{PROJECT_ENDINGS})(?:项目)?")
_BRACKETS: Final = str.maketrans("（）", "()")
_SPAN: Final = re.compile(r"(20\d\d)年?\s*(?:-|—|－|至|到|~|～)\s*(20\d\d)年?")
_COMPARED: Final = re.compile(rf"(?:{'|'.join(map(re.escape, WORDS['year_comparisons']))})\s*$")


@check("T02")
def numbering(checked: CheckedSubmission) -> Iterator[Observation]:
    """Numbers repeated or skipped, in texts and in the columns that number rows."""
    for entry in checked.prose:
        for slip in slips(entry.text):
            yield _slip(entry, slip)
    for table, column, group in (("targets", "no", "group"), ("details", "no", "")):
        yield from _repeated(checked.submission.rows(table, RowKind.ITEM), column, group)
    yield from _repeated_items(checked)
    yield from _repeated_nodes(checked)


def _slip(entry: Entry, slip: Slip) -> Observation:
    if slip.missing:
        return seen(
            "T02",
            entry,
            found=slip.found,
            expected=slip.missing,
            variant="skipped",
            before=slip.before,
        )
    return seen("T02", entry, found=slip.found, expected="不重复")


def _repeated(rows: tuple[Row, ...], column: str, group: str) -> Iterator[Observation]:
    numbered: dict[tuple[str, str], list[Entry]] = {}
    for row in rows:
        if shown := row.text(column).strip():
            numbered.setdefault((row.text(group), shown), []).append(row.entries[column])
    for (_, shown), entries in numbered.items():
        if len({entry.place for entry in entries}) > 1:
            yield seen(
                "T02",
                *entries,
                found=shown,
                expected="不重复",
                variant="table",
                count=str(len(entries)),
            )


def _repeated_items(checked: CheckedSubmission) -> Iterator[Observation]:
    """A level-3 item has a number of its own, or nodes would belong to several."""
    for (no,), rows in _alike(checked.submission.rows("items", RowKind.ITEM), "level3_no"):
        names = "、".join(dict.fromkeys(f"“{row.text('level3').strip()}”" for row in rows))
        figures = {"count": str(len(rows)), "names": names}
        yield seen(
            "T02",
            *(row.entries["level3_no"] for row in rows),
            found=no,
            expected="不重复",
            variant="items",
            **figures,
        )


def _repeated_nodes(checked: CheckedSubmission) -> Iterator[Observation]:
    """An item may have several nodes, but not the same one twice."""
    for (no, name), rows in _alike(
        checked.submission.rows("nodes", RowKind.ITEM), "level3_no", "node"
    ):
        figures = {"count": str(len(rows)), "names": name}
        yield seen(
            "T02",
            *(row.entries["level3_no"] for row in rows),
            found=no,
            expected="不重复",
            variant="nodes",
            **figures,
        )


def _alike(rows: tuple[Row, ...], *columns: str) -> Iterator[tuple[tuple[str, ...], list[Row]]]:
    """Yield what several numbered rows have in common in the columns, and the rows; the first
    column is a number.
    """
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        if row.text(columns[0]).strip():
            groups[number(row), *(row.text(column).strip() for column in columns[1:])].append(row)
    for key, alike in groups.items():
        if (
            len({row.entries[columns[0]].place for row in alike}) > 1
        ):  # a number in a merged cell is written once
            yield key, alike


@check("T03")
def punctuation(checked: CheckedSubmission) -> Iterator[Observation]:
    """Punctuation of official documents, in texts and in the fields that name documents."""
    named = (
        checked.submission.get(name) for name in ("document_number", "basis_document", "addressee")
    )
    for entry in (*checked.prose, *(entry for entry in named if entry is not None)):
        for fault in faults(entry.text):
            yield seen(
                "T03", entry, found=fault.found, expected=fault.expected, variant=fault.variant
            )


@check("T06")
def several_names(checked: CheckedSubmission) -> Iterator[Observation]:
    """One project under several names: the same core with another ending."""
    project = checked.submission.text("project").strip()
    core = project_core(project)
    if len(core) < RECOGNISED:
        return
    where: dict[str, list[Entry]] = {}
    plain = core.translate(_BRACKETS)
    for entry in checked.prose:
        text = entry.text.translate(_BRACKETS) if "(" in plain else entry.text
        found = mentions(plain, _ENDING, text)
        for name in dict.fromkeys(entry.text[start:end] for start, end in found):
            if not _same_project(name, project, core):
                where.setdefault(name, []).append(entry)
    for name, entries in where.items():
        yield seen("T06", *entries, found=name, expected=project)


def _same_project(name: str, project: str, core: str) -> bool:
    """A name with a word behind it is still the same name; the core with 项目, 资金 or 经费 speaks
    of the project, its money.
    """
    called, named, bare_core = (text.translate(_BRACKETS) for text in (name, project, core))
    if called.startswith(named) or called in {bare_core + word for word in WORDS["plain_suffixes"]}:
        return True
    return named in (bare_core, f"{bare_core}项目") and called.startswith(f"{bare_core}项目")


@check("T07")
def other_year(checked: CheckedSubmission) -> Iterator[Observation]:
    """Rows whose name speaks of another year than the evaluated one."""
    if checked.year is None:
        return
    yield from _last_years_text(checked, checked.year)
    columns = (("details", "item"), ("targets", "item"), ("indicators", "level3"))
    for table, column in columns:
        for row in checked.submission.rows(table, RowKind.ITEM):
            entry = row.get(column)
            years = _years(entry.text) if entry and "年" in entry.text else []
            if (
                entry is not None
                and years
                and checked.year not in years
                and nothing(row.text("note"))
            ):
                yield seen(
                    "T07",
                    entry,
                    found=entry.text,
                    expected=str(checked.year),
                    years="、".join(map(str, years)),
                )


def _last_years_text(checked: CheckedSubmission, year: int) -> Iterator[Observation]:
    """Texts that name the year before as the one at work, and never this one."""
    for entry in checked.prose:
        if f"{year - 1}年" not in entry.text:
            continue
        years = {int(found) for found in YEAR_IN_TEXT.findall(entry.text)}
        worked = re.search(rf"(?<!\d){year - 1}年(?:度|全年)[^。；\n]{{0,8}}", entry.text)
        if worked and years == {year - 1} and not _COMPARED.search(entry.text[: worked.start()]):
            figures = {"found": worked[0], "expected": str(year), "years": str(year - 1)}
            yield seen("T07", entry, variant="text", **figures)


def _years(name: str) -> list[int]:
    """Return the years that a name speaks of, all years of a span; a year it is only compared with
    does not count.
    """
    years = [year for one, two in _SPAN.findall(name) for year in range(int(one), int(two) + 1)]
    singles = [
        int(match[1])
        for match in YEAR_IN_TEXT.finditer(name)
        if not _COMPARED.search(name[: match.start()])
    ]
    return sorted({*years, *singles})
