"""Group T: text and dates - narrative against tables, dates in order, numbering, punctuation, names and years."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_DOWN, Decimal
from itertools import pairwise
from typing import Final

from evalbatch.checks.case import Case, Level, nothing
from evalbatch.checks.figures import agrees, day, money, percent, plain, rounded
from evalbatch.checks.numbering import Slip, slips
from evalbatch.checks.punctuation import faults
from evalbatch.checks.registry import check, seen
from evalbatch.checks.scores import claimed_total
from evalbatch.checks.statements import Statement, statements
from evalbatch.checks.words import WORDS, any_of
from evalbatch.model.evaluation import NodeState
from evalbatch.model.observation import Observation
from evalbatch.model.submission import Entry, Row, RowKind
from evalbatch.policies.names import bare
from evalbatch.scoring.grade import grade_of
from evalbatch.scoring.nodes import number

_SUFFIX: Final = any_of(WORDS["project_suffixes"])
_YEAR: Final = re.compile(r"(?<!\d)(20\d\d)(?=年)")
_SPAN: Final = re.compile(r"(20\d\d)年?\s*(?:-|—|－|至|到|~|～)\s*(20\d\d)年?")
_COMPARED: Final = re.compile(rf"(?:{'|'.join(map(re.escape, WORDS['year_comparisons']))})\s*$")
_DETAIL_TOTAL: Final = re.compile(
    r"明细(?:表)?[^。；\n]{0,8}?(?:合计|总计|共计)[^。；\n\d]{0,4}(?:预算|计划)(?:数)?\s*(?:为|共)?\s*(?P<budget>\d+(?:\.\d+)?)\s*万元"
    r"(?:[、，和]\s*(?:实际)?支出(?:数)?\s*(?:为|共)?\s*(?P<spent>\d+(?:\.\d+)?)\s*万元)?"
)
_OTHER_RATES: Final = re.compile(any_of(WORDS["other_rates"]))
_WHOLE: Final = re.compile(any_of(WORDS["whole_organisation"]))
_SCOPED: Final = r"(?:指标)?\s*(?:下设|共设|设置|设有|设|包括|包含|细化为|分解为|下有|有)[^。；\n]*$"
_LEVEL_LABELS: Final = {"level1": "一级指标个数", "level2": "二级指标个数", "level3": "三级指标个数"}
_NODE_LABELS: Final = {"nodes": "工作节点个数", "done": "完成的节点个数", "undone": "未完成的节点个数"}
_INNER: Final = str.maketrans("“”", "‘’")  # quotation marks inside quotation marks
_SHORTEST_CORE: Final = 4


@check("T01")
def dates_out_of_order(case: Case) -> Iterator[Observation]:
    """Dates of report, signature and period against each other and the evaluated year."""
    submission = case.submission
    start, end = submission.get("period_start"), submission.get("period_end")
    reported, signed = submission.get("reported_on"), submission.get("signed_on")
    ends = _when(end)
    yield from _ordered(start, end, "order")
    if ends and reported and reported.when and reported.when < ends:
        yield seen("T01", reported, found=day(reported.when), expected=day(ends))
    elif ends and signed and signed.when and signed.when < ends:
        yield seen("T01", signed, found=day(signed.when), expected=day(ends), variant="early")
    if signed and signed.when and reported and reported.when and signed.when != reported.when:
        yield seen("T01", signed, reported, found=day(signed.when), expected=day(reported.when), variant="signed")
    yield from _outside_year(case, start, end)
    yield from _future(case, {"reported_on": reported, "signed_on": signed})
    yield from _deadlines(case)


def _when(entry: Entry | None) -> date | None:
    return entry.when if entry else None


def _ordered(start: Entry | None, end: Entry | None, variant: str) -> Iterator[Observation]:
    if start and end and start.when and end.when and start.when > end.when:
        yield seen("T01", start, end, found=day(start.when), expected=day(end.when), variant=variant)


def _outside_year(case: Case, start: Entry | None, end: Entry | None) -> Iterator[Observation]:
    """The period must touch the evaluated year: a project may have begun earlier or go on later."""
    begins, ends, year = _when(start), _when(end), case.year
    if year is None:
        return
    if start is not None and begins is not None and begins.year > year:
        yield seen("T01", start, found=day(begins), expected=str(year), variant="period")
    elif end is not None and ends is not None and ends.year < year:
        yield seen("T01", end, found=day(ends), expected=str(year), variant="period")


def _future(case: Case, entries: dict[str, Entry | None]) -> Iterator[Observation]:
    for name, entry in entries.items():
        if entry is not None and entry.when is not None and entry.when > case.as_of:
            label = case.label(name)
            yield seen("T01", entry, found=day(entry.when), expected=day(case.as_of), variant="future", label=label)


def _deadlines(case: Case) -> Iterator[Observation]:
    for row in case.submission.rows("nodes"):
        entry = row.get("deadline")
        if entry is not None and entry.when is not None and case.year is not None and entry.when.year != case.year:
            yield seen("T01", entry, found=day(entry.when), expected=str(case.year), variant="deadline")


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
    yield from ((key, alike) for key, alike in groups.items() if len(alike) > 1)


@check("T03")
def punctuation(case: Case) -> Iterator[Observation]:
    """Punctuation of official documents, in texts and in the fields that name documents."""
    named = (case.submission.get(name) for name in ("document_number", "basis_document", "addressee"))
    for entry in (*case.prose, *(entry for entry in named if entry is not None)):
        for fault in faults(entry.text):
            yield seen("T03", entry, found=fault.found, expected=fault.expected, variant=fault.variant)


@check("T04")
def text_differs_from_table(case: Case) -> Iterator[Observation]:
    """Totals, grades, rates and counts that the narrative states, against the tables."""
    for entry in case.prose:
        for statement in statements(entry.text):
            if not _of_another_year(case, statement):
                yield from _COMPARISONS[statement.kind](case, entry, statement)


def _of_another_year(case: Case, statement: Statement) -> bool:
    """Whether the sentence speaks of another year last, so that its figure is that year's."""
    years = _YEAR.findall(statement.clause)
    return bool(years) and case.year is not None and int(years[-1]) != case.year


def _differs(entry: Entry, statement: Statement, label: str, expected: str, *, sure: bool) -> Observation:
    variant = "" if sure else "unsure"
    return seen(
        "T04",
        entry,
        found=statement.value,
        expected=expected,
        variant=variant,
        quote=statement.quote.translate(_INNER),
        label=label,
    )


def _total(case: Case, entry: Entry, statement: Statement) -> Iterator[Observation]:
    scores, claimed = case.scores, claimed_total(case)
    known = [each for each in (claimed, scores.stated_total, scores.final_total) if each is not None]
    if not known or any(rounded(each, statement.decimals) == statement.number for each in known):
        return
    if statement.sure or not _is_part(case, statement):
        yield _differs(entry, statement, "总分", f"{plain(known[0])}分", sure=statement.sure)


def _is_part(case: Case, statement: Statement) -> bool:
    """Whether a plain 得分 may be that of one indicator or group."""
    parts = [pair.score.claimed for pair in case.scored] + [_claimed(level) for level in (*case.levels1, *case.levels2)]
    return statement.number in parts


def _claimed(level: Level) -> Decimal:
    return sum((row.number("score") or Decimal(0) for row in level.rows), Decimal(0))


def _grade(case: Case, entry: Entry, statement: Statement) -> Iterator[Observation]:
    words = [grade.word for grade in case.policy.grades]
    claimed = claimed_total(case)
    earned = grade_of(claimed, case.policy) if claimed is not None else case.scores.grade
    if not words or statement.value in (earned, case.scores.grade):
        return
    if statement.value in words:
        if earned:
            yield _differs(entry, statement, "总分对应的等次", f"“{earned}”", sure=statement.sure)
    elif statement.sure:
        variant = "word" if earned else "word_only"
        figures = {"words": "、".join(words), "total": plain(claimed) if claimed is not None else ""}
        yield seen("S06", entry, found=statement.value, expected=earned or figures["words"], variant=variant, **figures)


def _rate(case: Case, entry: Entry, statement: Statement) -> Iterator[Observation]:
    rate = case.scores.funding.rate
    true = rate.value if rate else None
    if rate is None or true is None or any(agrees(statement.number, statement.decimals, each) for each in _rates(case, true)):
        return
    cut = (true * 100).quantize(Decimal(1).scaleb(-statement.decimals), ROUND_DOWN)
    if cut == statement.number:
        figures = {"numerator": money(rate.numerator), "denominator": money(rate.denominator)}
        yield seen("V04", entry, found=f"{statement.value}%", expected=percent(true, statement.decimals), **figures)
        return
    sure = statement.sure and not _OTHER_RATES.search(statement.clause)
    expected = f"{percent(true)}（{rate.numerator_name}÷{rate.denominator_name}）"
    yield _differs(entry, statement, "预算执行率", expected, sure=sure)


def _rates(case: Case, true: Decimal) -> Iterator[Decimal]:
    """Yield the rates that a text may rightly call an execution rate: of the whole, of a source, of the details."""
    yield true
    for row in case.submission.rows("funding"):
        executed = row.number("executed")
        wholes = (row.number(column) for column in ("budget", "arrived", "initial_budget"))
        yield from (executed / whole for whole in wholes if whole and executed is not None)
    details = case.submission.rows("details")
    pairs = [(row.number("spent"), row.number("budget")) for row in details]
    yield from (spent / budget for spent, budget in pairs if spent is not None and budget)
    items = case.submission.rows("details", RowKind.ITEM)
    budget = sum((row.number("budget") or Decimal(0) for row in items), Decimal(0))
    if budget:
        yield sum((row.number("spent") or Decimal(0) for row in items), Decimal(0)) / budget


def _levels(case: Case, entry: Entry, statement: Statement) -> Iterator[Observation]:
    if not case.indicators:
        return
    stated, counts = int(statement.value), _counts(case, statement.kind)
    scope = _scope(case, statement)
    if scope is not None:
        counts = _scoped_counts(scope, statement.kind)
    if stated not in counts:
        label = f"“{scope.name}”的{_LEVEL_LABELS[statement.kind]}" if scope else _LEVEL_LABELS[statement.kind]
        yield _differs(entry, statement, label, f"{min(counts)}个", sure=statement.sure)


def _counts(case: Case, kind: str) -> set[int]:
    """Return what the table may be said to have: where the funding block scores execution, it may count as an indicator."""
    counted: dict[str, set[int]] = {
        "level1": {len({level.name for level in case.levels1})},
        "level2": {len(case.levels2), len({(level.parent, level.name) for level in case.levels2})},
        "level3": {len(case.indicators)},
    }
    counts = counted.get(kind, set())
    return counts | {count + 1 for count in counts} if case.fund and case.fund.number("score") is not None else counts


def _scoped_counts(scope: Level, kind: str) -> set[int]:
    groups = {(row.text("level1"), row.text("level2")) for row in scope.rows}
    return {len(scope.rows)} if kind == "level3" else {len(groups)} if kind == "level2" else {1}


def _scope(case: Case, statement: Statement) -> Level | None:
    """Return the level-1 indicator of which alone a count speaks: 产出指标下设4个二级指标."""
    if statement.kind == "level1":
        return None
    for level in case.levels1:
        name = re.escape(bare(level.name))
        if level.name and re.search(name + _SCOPED, statement.clause) and not re.search(rf"[、和及]{name}", statement.clause):
            return level
    return None


def _nodes(case: Case, entry: Entry, statement: Statement) -> Iterator[Observation]:
    if not case.scores.nodes or _WHOLE.search(statement.clause):
        return
    states = Counter(node.state for node in case.scores.nodes)
    done = states[NodeState.ON_TIME] + states[NodeState.LATE]
    whole = len(case.scores.nodes)
    counts = {"nodes": {whole}, "done": {done, states[NodeState.ON_TIME], whole}, "undone": {whole - done}}[statement.kind]
    if int(statement.value) not in counts:
        expected = {"nodes": whole, "done": done, "undone": whole - done}[statement.kind]
        yield _differs(entry, statement, _NODE_LABELS[statement.kind], f"{expected}个", sure=statement.sure)


_COMPARISONS: Final = {
    "total": _total,
    "grade": _grade,
    "rate": _rate,
    "level1": _levels,
    "level2": _levels,
    "level3": _levels,
    "nodes": _nodes,
    "done": _nodes,
    "undone": _nodes,
}


@check("T05")
def table_given_twice(case: Case) -> Iterator[Observation]:
    """Totals of the details given twice with different figures: in two closing rows, or in a row and a text."""
    closings = case.submission.rows("details", RowKind.TOTAL)
    for column in ("budget", "spent"):
        entries = [entry for row in closings if (entry := row.get(column)) and entry.number is not None]
        label = f"支出明细表的{case.label(column, 'details')}合计"
        for earlier, later in pairwise(entries):
            yield from _two_figures(case, (later, later.number), (earlier, earlier.number), label)
        for told, amount in _told_totals(case, column):
            for entry in entries[:1]:
                yield from _two_figures(case, (told, amount), (entry, entry.number), label)


def _two_figures(
    case: Case, one: tuple[Entry, Decimal | None], other: tuple[Entry, Decimal | None], label: str
) -> Iterator[Observation]:
    if one[1] is not None and other[1] is not None and abs(one[1] - other[1]) > case.limits.money_tolerance:
        found, expected = f"{money(one[1])}万元", f"{money(other[1])}万元"
        yield seen("T05", one[0], other[0], found=found, expected=expected, label=label)


def _told_totals(case: Case, column: str) -> Iterator[tuple[Entry, Decimal]]:
    for entry in case.prose:
        for match in _DETAIL_TOTAL.finditer(entry.text):
            if match[column]:
                yield entry, Decimal(match[column])


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
