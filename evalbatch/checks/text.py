"""Group T: text - numbering, punctuation, names of the project, years in names; agreement.py and dates.py hold the rest."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from evalbatch.checks.case import Case, nothing
from evalbatch.checks.numbering import Slip, slips
from evalbatch.checks.punctuation import faults
from evalbatch.checks.registry import check, seen
from evalbatch.checks.words import WORDS, any_of
from evalbatch.model.observation import Observation
from evalbatch.model.pattern import rare
from evalbatch.model.submission import Entry, Row, RowKind
from evalbatch.scoring.nodes import number

_SUFFIX: Final = any_of(WORDS["project_suffixes"])
_YEAR: Final = rare(r"(?<!\d)(20\d\d)(?=年)")
_SPAN: Final = rare(r"(20\d\d)年?\s*(?:-|—|－|至|到|~|～)\s*(20\d\d)年?")
_COMPARED: Final = rare(rf"(?:{'|'.join(map(re.escape, WORDS['year_comparisons']))})\s*$")
_SHORTEST_CORE: Final = 4


@check("T02")
def numbering(case: Case) -> Iterator[Observation]:
    """Numbers repeated or skipped, in texts and in the columns that number rows."""
    for entry in case.prose:
        for slip in slips(entry.text):
            yield _slip(entry, slip)
    for table, column, group in (("targets", "no", "group"), ("details", "no", "")):
        yield from _repeated(case.submission.rows(table, RowKind.ITEM), column, group)
    yield from _repeated_items(case)
    yield from _repeated_nodes(case)


def _slip(entry: Entry, slip: Slip) -> Observation:
    if slip.missing:
        return seen("T02", entry, found=slip.found, expected=slip.missing, variant="skipped", before=slip.before)
    return seen("T02", entry, found=slip.found, expected="不重复")


def _repeated(rows: tuple[Row, ...], column: str, group: str) -> Iterator[Observation]:
    numbered = [((row.text(group), row.text(column).strip()), row.entries[column]) for row in rows if row.text(column).strip()]
    counts = Counter(key for key, _ in numbered)
    for key, count in counts.items():
        if count > 1:
            entries = [entry for each, entry in numbered if each == key]
            if len({entry.place for entry in entries}) > 1:
                yield seen("T02", *entries, found=key[1], expected="不重复", variant="table", count=str(count))


def _repeated_items(case: Case) -> Iterator[Observation]:
    """A level-3 item has a number of its own, or nodes would belong to several."""
    for (no,), rows in _alike(case.submission.rows("items", RowKind.ITEM), "level3_no"):
        names = "、".join(dict.fromkeys(f"“{row.text('level3').strip()}”" for row in rows))
        figures = {"count": str(len(rows)), "names": names}
        yield seen("T02", *(row.entries["level3_no"] for row in rows), found=no, expected="不重复", variant="items", **figures)


def _repeated_nodes(case: Case) -> Iterator[Observation]:
    """An item may have several nodes, but not the same one twice."""
    for (no, name), rows in _alike(case.submission.rows("nodes", RowKind.ITEM), "level3_no", "node"):
        figures = {"count": str(len(rows)), "names": name}
        yield seen("T02", *(row.entries["level3_no"] for row in rows), found=no, expected="不重复", variant="nodes", **figures)


def _alike(rows: tuple[Row, ...], *columns: str) -> Iterator[tuple[tuple[str, ...], list[Row]]]:
    """Yield what several numbered rows have in common in the columns, and the rows; the first column is a number."""
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        if row.text(columns[0]).strip():
            groups[number(row), *(row.text(column).strip() for column in columns[1:])].append(row)
    for key, alike in groups.items():
        if len({row.entries[columns[0]].place for row in alike}) > 1:  # a number in a merged cell is written once
            yield key, alike


@check("T03")
def punctuation(case: Case) -> Iterator[Observation]:
    """Punctuation of official documents, in texts and in the fields that name documents."""
    named = (case.submission.get(name) for name in ("document_number", "basis_document", "addressee"))
    for entry in (*case.prose, *(entry for entry in named if entry is not None)):
        for fault in faults(entry.text):
            yield seen("T03", entry, found=fault.found, expected=fault.expected, variant=fault.variant)


@check("T06")
def several_names(case: Case) -> Iterator[Observation]:
    """One project under several names: the same core with another ending."""
    project = case.submission.text("project").strip()
    core = re.sub(rf"(?:{_SUFFIX})$", "", project)
    if len(core) < _SHORTEST_CORE:
        return
    pattern = re.compile(rf"{_flexible(core)}(?:{_SUFFIX})(?:项目)?")
    where: dict[str, list[Entry]] = {}
    for entry in case.prose:
        for name in dict.fromkeys(pattern.findall(entry.text)):
            if not _same_project(name, project, core):
                where.setdefault(name, []).append(entry)
    for name, entries in where.items():
        yield seen("T06", *entries, found=name, expected=project)


def _flexible(core: str) -> str:
    return re.escape(core).replace("（", "[（(]").replace("）", "[）)]").replace(r"\(", "[（(]").replace(r"\)", "[）)]")


def _same_project(name: str, project: str, core: str) -> bool:
    """A name with a word behind it is still the same name; the core with 项目, 资金 or 经费 speaks of the project, its money."""
    called, named, bare_core = (text.replace("（", "(").replace("）", ")") for text in (name, project, core))
    if called.startswith(named) or called in {bare_core + word for word in WORDS["plain_suffixes"]}:
        return True
    return named in (bare_core, f"{bare_core}项目") and called.startswith(f"{bare_core}项目")


@check("T07")
def other_year(case: Case) -> Iterator[Observation]:
    """Rows whose name speaks of another year than the evaluated one."""
    if case.year is None:
        return
    columns = (("details", "item"), ("targets", "item"), ("indicators", "level3"))
    for table, column in columns:
        for row in case.submission.rows(table, RowKind.ITEM):
            entry = row.get(column)
            years = _years(entry.text) if entry and "年" in entry.text else []
            if entry is not None and years and case.year not in years and nothing(row.text("note")):
                yield seen("T07", entry, found=entry.text, expected=str(case.year), years="、".join(map(str, years)))


def _years(name: str) -> list[int]:
    """Return the years that a name speaks of, all years of a span; a year it is only compared with does not count."""
    years = [year for one, two in _SPAN.findall(name) for year in range(int(one), int(two) + 1)]
    singles = [int(match[1]) for match in _YEAR.finditer(name) if not _COMPARED.search(name[: match.start()])]
    return sorted({*years, *singles})
