"""Last year's results, read back from what last year's runs published: the CSV files of its output
folder, or its 汇总表.xlsx.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from evalbatch.errors import Fault, SettingsFault
from evalbatch.model.evaluation import Funding, Score, Scores, Status
from evalbatch.model.finding import Finding, Severity
from evalbatch.model.place import Place
from evalbatch.model.record import Record, year_key
from evalbatch.model.value import Rate
from evalbatch.publish.sentences import bare, say
from evalbatch.publish.summary.list_sheets import layouts
from evalbatch.results.tables import read
from evalbatch.sheets import read_book
from evalbatch.sheets.book import Refused, Sheet
from evalbatch.sheets.number_formats import displayed, number_of
from evalbatch.standards.form import FormSpec

HEADER_ROWS = 10  # the header of a list stands among the first rows
EXPECTED = "上年的输出文件夹、台账（ledger.sqlite）或汇总表.xlsx"
Line = Mapping[str, str]


class PublishedYear(NamedTuple):
    """What was published of a year, in the words of the CSV files."""

    projects: Iterable[Line]
    indicators: Iterable[Line]
    follow_up: Iterable[Line] = ()


def load(path: Path, forms: Mapping[str, FormSpec]) -> dict[str, Record]:
    """Return last year's graded projects for `model.record.last_years`, each with the problems that
    were to be put right (整改) as its findings; likewise the returned ones, without scores.

    Args:
        path: last year's output folder, its ledger (beside which `data` stands), or its
            汇总表.xlsx.
        forms: this year's forms, by which a summary workbook's titles are understood.

    Raises:
        SettingsFault: there is no such thing, or it cannot be read.
    """
    try:
        published = (
            _summary(path, forms)
            if path.suffix.lower() in {".xlsx", ".xlsm"}
            else _tables(_data(path))
        )
        return _numbered(_records(published))
    except Refused as error:
        raise SettingsFault(
            [Fault(str(path), "", f"不是可以读取的汇总表，请改填{EXPECTED}")]
        ) from error
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, InvalidOperation) as error:
        raise SettingsFault([Fault(str(path), "", f"读不出上年结果，应为{EXPECTED}")]) from error


def last_nodes(path: Path | None) -> dict[str, list[Line]]:
    """Return the nodes of last year's annual plans by the file that they were handed in with;
    none where only a summary workbook is named.

    Raises:
        SettingsFault: they cannot be read.
    """
    file = _data(path) / "nodes.csv" if path else None
    if file is None or not file.is_file():
        return {}
    nodes: dict[str, list[Line]] = defaultdict(list)
    try:
        for line in read(file):
            nodes[line["file"]].append(line)
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        raise SettingsFault([Fault(str(path), "", f"读不出上年结果，应为{EXPECTED}")]) from error
    return nodes


def _numbered(records: Iterable[Record]) -> dict[str, Record]:
    """Return the records by their keys, those of one form and name numbered in their order."""
    times: dict[str, int] = Counter()
    found = {}
    for record in records:
        key = year_key(record.form, record.title)
        times[key] += 1
        found[year_key(record.form, record.title, times[key])] = record
    return found


def _data(path: Path) -> Path:
    """Return the folder of the CSV files, whatever of last year's output is named."""
    folder = path if path.is_dir() else path.parent
    return folder if (folder / "projects.csv").exists() else folder / "data"


def _tables(folder: Path) -> PublishedYear:
    problems = folder / "follow_up.csv"  # an older program did not write it
    return PublishedYear(
        list(read(folder / "projects.csv")),
        list(read(folder / "indicators.csv")),
        list(read(problems)) if problems.is_file() else (),
    )


def _summary(path: Path, forms: Mapping[str, FormSpec]) -> PublishedYear:
    """Read the lists of a summary workbook into the words of the CSV files."""
    book = read_book(path.read_bytes(), path.name)
    sheets = {sheet.name: sheet for sheet in book.sheets}
    lists = {
        name: list(_list(sheets[layouts()[name].name], name))
        for name in ("projects", "indicators", "funding")
    }
    titles = {form.title: form.id for form in forms.values()}
    statuses = {status.label: status.value for status in Status}
    bases = {line.get("file", ""): line for line in lists["funding"]}
    return PublishedYear(
        [_project(line, bases, titles, statuses) for line in lists["projects"]],
        [_indicator(line) for line in lists["indicators"]],
    )


def _project(
    line: Line, bases: Mapping[str, Line], titles: Mapping[str, str], statuses: Mapping[str, str]
) -> Line:
    money = bases.get(line["file"], {})
    return {
        **line,
        "form": titles.get(line["form"], line["form"]),
        "status": statuses.get(line["status"], ""),
        "final_total": line["final"],
        "computed_total": line["computed"],
        "claimed_total": line["claimed"],
        "rate_denominator": money.get("basis", ""),
        "rate_base": money.get("denominator", ""),
    }


def _indicator(line: Line) -> Line:
    return {
        **line,
        "claimed_score": line["claimed"],
        "computed_score": line["computed"],
        "final_score": line["final"],
    }


def _list(sheet: Sheet, name: str) -> Iterator[Line]:
    """Yield the rows of a list by its header's labels; a workbook of an older program may lack some
    columns.
    """
    labels = {column.label: column.id for column in layouts()[name].columns}
    first, header = _header(sheet, labels)
    rows: dict[int, dict[str, str]] = defaultdict(lambda: dict.fromkeys(labels.values(), ""))
    for (row, at), cell in sheet.cells.items():
        if at in header and row > first:
            number = number_of(cell)
            rows[row][header[at]] = displayed(cell) if number is None else f"{number:f}"
    yield from (rows[row] for row in sorted(rows))


def _header(sheet: Sheet, labels: Mapping[str, str]) -> tuple[int, Mapping[int, str]]:
    """Return the row that holds most of the labels, and the ids of its columns."""
    rows: dict[int, dict[int, str]] = defaultdict(dict)
    for (row, at), cell in sheet.cells.items():
        if row <= HEADER_ROWS and cell.value in labels:
            rows[row][at] = labels[str(cell.value)]
    return max(rows.items(), key=lambda each: len(each[1]), default=(0, {}))


def _records(published: PublishedYear) -> Iterator[Record]:
    rows: dict[str, list[Score]] = defaultdict(list)
    for line in published.indicators:
        rows[line["file"]].append(_score(line))
    problems: dict[str, list[Finding]] = defaultdict(list)
    for line in published.follow_up:
        problems[line["file"]].append(_problem(line))
    for line in published.projects:
        found = tuple(problems[line["file"]])
        if line["status"] == Status.GRADED.value:
            yield replace(_record(line, tuple(rows[line["file"]])), findings=found)
        elif line["status"] == Status.RETURNED.value and found:
            yield _returned(line, found)


def _returned(line: Line, found: tuple[Finding, ...]) -> Record:
    """Return what was returned and never graded: its problems are all that is known."""
    names = (line["year"], line["department"], line["unit"], line["project"])
    return Record(line["file"], "", line["form"], "", *names, Status.RETURNED, None, found)


def _problem(line: Line) -> Finding:
    """Return a problem of last year's list as a finding that informs."""
    title, message, remedy = line["title"], line["message"].strip(), line["remedy"]
    if line["kind"] == "lost":
        figures = {name: line[name] or say("words.dash") for name in ("target", "actual", "lost")}
        text = say("follow_up.row", name=title, **figures)
        text += say("follow_up.because", reason=bare(message)) if message else ""
    else:
        text = say("follow_up.finding", title=title, message=bare(message))
    return Finding(
        line["code"],
        Severity.NOTE,
        title,
        text,
        (Place(line["file"]),),
        line["actual"],
        line["target"],
        "",
        remedy,
    )


def _record(line: Line, rows: tuple[Score, ...]) -> Record:
    computed, final = _number(line["computed_total"]), _number(line["final_total"])
    claimed = _number(line["claimed_total"])
    scores = Scores(
        line.get("policy", ""),
        line.get("policy", ""),
        rows,
        _funding(line),
        weight_total=sum((row.weight for row in rows if row.weight is not None), Decimal(0)),
        claimed_total=claimed,
        computed_total=computed,
        final_total=final,
        stated_total=claimed,
        stated_grade="",
        grade=line["grade"],
    )
    names = (line["year"], line["department"], line["unit"], line["project"])
    return Record(line["file"], "", line["form"], "", *names, Status.GRADED, scores, ())


def _funding(line: Line) -> Funding:
    budget, executed, base = (
        _number(line["budget"]),
        _number(line["executed"]),
        _number(line.get("rate_base", "")),
    )
    rate = None
    if executed is not None and base is not None:
        rate = Rate(executed, base, "全年执行数", line.get("rate_denominator", ""))
    return Funding(None, budget, None, executed, rate)


def _score(line: Line) -> Score:
    return Score(
        line["level1"],
        line["level2"],
        line["level3"],
        line["target"],
        line["actual"],
        weight=_number(line["weight"]),
        claimed=_number(line["claimed_score"]),
        computed=_number(line["computed_score"]),
        final=_number(line["final_score"]),
        rule=line["rule"],
        reason=line["reason"],
        explanation=line.get("explanation", ""),
        place=Place(line["file"]),
    )


def _number(text: str) -> Decimal | None:
    """Read a figure; words such as 未核定 are none."""
    return Decimal(text) if text and text[0] in "-0123456789" else None
