"""Re-opening what was written and comparing it with what it was made from, before it is moved into
place.

Every function returns what does not agree, in Chinese, and an empty list when all does. What a file
says is read from the file alone.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from pathlib import Path
from xml.parsers import expat
from xml.sax.saxutils import unescape
from zipfile import BadZipFile, ZipFile

from xlsxwriter.utility import xl_col_to_name

from evalbatch.errors import INTERNAL
from evalbatch.model.evaluation import Evaluation, Status
from evalbatch.model.figures import ZERO
from evalbatch.output_files import OutputError
from evalbatch.publish.sentences import plain
from evalbatch.publish.summary import list_sheets
from evalbatch.publish.summary.list_sheets import FIRST_ROW, NONE, layouts
from evalbatch.publish.word.office_file import MAIN, STYLES, opened
from evalbatch.results.tables import count, read
from evalbatch.results.tally import Tally

_TOLERANCE = Decimal("0.000001")  # binary fractions of a workbook, far below a cent
_BLOCK = 1 << 20
_END = b"</row>"
_CELL = rb'<c r="(%b)\d+"[^>/]*>(?:<f>[^<]*</f>)?(?:<v>|<is><t[^>]*>)([^<]*)<'
"""A cell of some columns that is not empty: the letters of its column, and its value or text."""
_COUNTED = frozenset({"status", "grade", "final", "budget", "executed"})
_WORKSHEETS = re.compile(r'<sheet name="([^"]*)"')


@dataclass(slots=True)
class Totals:
    """What the published files must agree on. Money in 万元, of graded workbooks only."""

    statuses: Counter[str] = field(default_factory=Counter)
    grades: Counter[str] = field(default_factory=Counter)
    final: Decimal = Decimal(0)
    budget: Decimal = Decimal(0)
    executed: Decimal = Decimal(0)
    indicators: int = 0
    findings: int = 0
    nodes: int = 0

    @classmethod
    def of(cls, tally: Tally) -> "Totals":
        """Return what was counted of a cycle."""
        groups = tally.forms.values()
        return cls(
            Counter({status.value: count for status, count in tally.statuses.items()}),
            sum((group.grades for group in groups), Counter()),
            sum((group.total for group in groups), ZERO),
            sum((group.budget for group in groups), ZERO),
            sum((group.executed for group in groups), ZERO),
            tally.indicators,
            tally.findings,
            tally.nodes,
        )

    def differences(self, other: "Totals", file: str) -> list[str]:
        """Return what another count, read from a file, has different."""
        pairs: list[tuple[str, object, object]] = [
            (f"状态为 {status} 的报送件数", self.statuses[status], other.statuses[status])
            for status in sorted(self.statuses.keys() | other.statuses.keys())
        ]
        pairs += [
            (f"评价等次“{grade}”的项目数", self.grades[grade], other.grades[grade])
            for grade in sorted((self.grades.keys() | other.grades.keys()) - {""})
        ]
        pairs += [
            ("指标行数", self.indicators, other.indicators),
            ("问题行数", self.findings, other.findings),
            ("节点行数", self.nodes, other.nodes),
        ]
        found = [
            f"{file}：{name}为{theirs}，应为{ours}"
            for name, ours, theirs in pairs
            if ours != theirs
        ]
        money = (
            ("核定得分合计", self.final, other.final),
            ("全年预算数合计", self.budget, other.budget),
            ("全年执行数合计", self.executed, other.executed),
        )
        return found + [
            f"{file}：{name}为{theirs}，应为{ours}"
            for name, ours, theirs in money
            if abs(ours - theirs) > _TOLERANCE
        ]


class UnreconciledError(OutputError):
    """What was written does not say what it was made from: our fault; it must not take the place of
    what stands there.
    """

    exit_code = INTERNAL


def verify_summary(path: Path, totals: Totals) -> None:
    """Compare 汇总表.xlsx with the totals of its cycle.

    Raises:
        UnreconciledError: with everything that does not agree.
    """
    _refuse(path, summary(path, totals))


def verify_tables(folder: Path, totals: Totals, found: Totals | None = None) -> None:
    """Compare the CSV files, or what was counted in them already, with the totals of their cycle.

    Raises:
        UnreconciledError: with everything that does not agree.
    """
    _refuse(folder, tables(folder, totals, found))


def _refuse(path: Path, differences: Sequence[str]) -> None:
    if differences:
        raise UnreconciledError(
            path, "写成后复核不一致，原有文件保持不变。" + "；".join(differences)
        )


def summary(path: Path, totals: Totals) -> list[str]:
    """Compare 汇总表.xlsx with the totals of its cycle."""
    try:
        with ZipFile(path) as package:
            return _listed(totals).differences(_read_summary(package), path.name)
    except (OSError, BadZipFile, KeyError, ArithmeticError, expat.ExpatError) as error:
        return [f"{path.name}：写成后打不开（{error}）"]


def _listed(totals: Totals) -> Totals:
    """Return the totals as far as there is room for rows: a full list says in one more row what it
    leaves out.
    """
    room = list_sheets.LAST_ROW - FIRST_ROW
    counts = {name: getattr(totals, name) for name in ("indicators", "findings", "nodes")}
    return replace(totals, **{name: min(count, room + 1) for name, count in counts.items()})


def tables(folder: Path, totals: Totals, found: Totals | None = None) -> list[str]:
    """Compare the CSV files, or what was counted in them already, with the totals of their
    cycle.
    """
    try:
        return totals.differences(found or counted(folder), folder.name)
    except UNREADABLE_TABLES as error:
        return [f"{folder.name}：写成后读不出（{error}）"]


UNREADABLE_TABLES = (OSError, UnicodeDecodeError, csv.Error, KeyError, ArithmeticError)
"""What shows that a CSV file cannot be read again."""


def counted(folder: Path) -> Totals:
    """Return what the CSV files say.

    Raises:
        OSError, UnicodeDecodeError, csv.Error, KeyError, ArithmeticError: they cannot be read.
    """
    found = Totals()
    for row in read(folder / "projects.csv"):
        found.statuses[row["status"]] += 1
        found.final += Decimal(row["final_total"] or 0)
        if row["status"] == Status.GRADED.value:
            found.grades[row["grade"]] += 1
            found.budget += Decimal(row["budget"] or 0)
            found.executed += Decimal(row["executed"] or 0)
    found.indicators = count(folder / "indicators.csv")
    found.findings = count(folder / "findings.csv")
    found.nodes = count(folder / "nodes.csv")
    return found


def report(data: bytes, evaluation: Evaluation, *, figures: bool = True) -> list[str]:
    """Compare a project's Word report with its evaluation.

    `figures` is false for a report from an office's own template, which need not print them all.
    """
    name = evaluation.submission.text("project") or evaluation.submission.file
    try:
        text = _document(data)
    except (BadZipFile, KeyError, expat.ExpatError) as error:
        return [f"{name}：评价报告写成后打不开（{error}）"]
    stated = _stated(evaluation) if figures else ()
    return [f"{name}：评价报告中没有“{word}”" for word in stated if not _says(text, word)]


def _says(text: str, word: str) -> bool:
    """Whether a text says a word or a number, and not only as a part of a longer number."""
    start = text.find(word)
    while start >= 0:
        before, after = (
            text[max(start - 1, 0) : start],
            text[start + len(word) : start + len(word) + 2],
        )
        longer = (
            before.isdecimal()
            or before == "."
            or after[:1].isdecimal()
            or (after[:1] == "." and after[1:].isdecimal())
        )
        if not longer:
            return True
        start = text.find(word, start + 1)
    return False


def _stated(evaluation: Evaluation) -> Iterator[str]:
    """Yield what a report must say."""
    scores = evaluation.scores
    if evaluation.status is Status.GRADED and scores.final_total is not None:
        yield plain(scores.final_total)
        if scores.grade:
            yield scores.grade
    elif evaluation.status is Status.RETURNED:
        yield "未核定"


def _document(data: bytes) -> str:
    """Return the text of a document of ours; without building a tree, which takes twice as long.
    Every part that holds what stands in a workbook is gone through, the properties too.

    Raises:
        BadZipFile, KeyError, expat.ExpatError: it cannot be opened.
    """
    parts = opened(data)
    for name in parts.keys() - {MAIN, STYLES}:
        _known_text(parts[name])
    return _part_text(parts[MAIN])


def _part_text(xml: bytes) -> str:
    """Return the text of a part.

    Raises:
        expat.ExpatError: it is not well-formed.
    """
    texts: list[str] = []
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.CharacterDataHandler = texts.append
    parser.Parse(xml, True)  # noqa: FBT003 - takes no keyword
    return "".join(texts)


_known_text = lru_cache(maxsize=64)(_part_text)
"""That of headers and footers, which say the same in most documents."""


def _read_summary(package: ZipFile) -> Totals:
    """Read 项目 cell by cell, and of the long lists the number of rows."""
    names = _WORKSHEETS.findall(package.read("xl/workbook.xml").decode())
    parts = {name: f"xl/worksheets/sheet{number}.xml" for number, name in enumerate(names, start=1)}
    of = {name: parts[layout.name] for name, layout in layouts().items()}
    found = Totals(indicators=_count(package, of["indicators"]))
    found.findings, found.nodes = _count(package, of["findings"]), _count(package, of["nodes"])
    labels = {status.label: status.value for status in Status}
    for row in _projects(package, of["projects"]):
        if not row.get("status"):  # a total
            continue
        status = labels[row["status"]]
        found.statuses[status] += 1
        if status == Status.GRADED.value:
            found.grades[row["grade"].replace(NONE, "")] += 1
            found.final += _decimal(row.get("final", ""))
            found.budget += _decimal(row.get("budget", ""))
            found.executed += _decimal(row.get("executed", ""))
    return found


def _projects(package: ZipFile, part: str) -> Iterator[Mapping[str, str]]:
    """Yield the rows of the project list: by the id of their columns, the texts of the cells that
    are counted.

    Raises:
        expat.ExpatError: the list is not well-formed.
    """
    with package.open(part) as stream:
        expat.ParserCreate().ParseFile(stream)
    ids = {
        str(xl_col_to_name(at)).encode(): column.id
        for at, column in enumerate(layouts()["projects"].columns)
        if column.id in _COUNTED
    }
    cells = re.compile(_CELL % b"|".join(ids))
    for row in islice(_rows(package, part), FIRST_ROW, None):
        yield {ids[letters]: unescape(text.decode()) for letters, text in cells.findall(row)}


def _decimal(text: str) -> Decimal:
    return Decimal(text) if text and text[0] in "-0123456789" else Decimal(0)


def _count(package: ZipFile, part: str) -> int:
    """Count the rows of a list below its header."""
    return sum(1 for _ in _rows(package, part)) - FIRST_ROW


def _rows(package: ZipFile, part: str) -> Iterator[bytes]:
    """Yield the rows of a sheet as they are written, without parsing them, which would take five
    times as long.
    """
    rest = b""
    with package.open(part) as stream:
        while block := stream.read(_BLOCK):
            *rows, rest = (rest + block).split(_END)
            yield from rows
