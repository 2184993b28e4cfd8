"""What a good engineer would write in an afternoon for the same: `peer.py INBOX OUTPUT VALUES`.

calamine reads, a rule of three scores, a template that was prepared once makes a report of each
workbook, XlsxWriter makes one summary; as many processes as there are cores. It guards against
nothing, checks nothing, annotates nothing, reads nothing again and remembers nothing: benchmark.py
measures what that costs. VALUES are pickled values of a report's placeholders, so that both sides
write equally long reports.
"""

import io
import os
import pickle
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter
from docxtpl import DocxTemplate
from jinja2 import Environment
from python_calamine import CalamineWorkbook

TEMPLATE = Path(__file__).parents[1] / "evalbatch" / "publish" / "templates" / "project.docx"
HEADS = ("三级指标", "年度指标值", "实际完成值", "分值", "得分")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
DOCUMENT = "word/document.xml"


class Row(NamedTuple):
    """A scored row: texts, weight, claimed and computed score."""

    name: str
    target: str
    actual: str
    weight: float
    claimed: float
    computed: float


class Work:
    """One process's work: the template is prepared once."""

    def __init__(self, output: Path, values: Path) -> None:
        self._output = output
        self._values: dict[str, Any] = pickle.loads(values.read_bytes())  # noqa: S301 - our own file
        self._write = prepared(TEMPLATE)

    def __call__(self, path: Path) -> tuple[str, list[Row]]:
        """Read and score a workbook, write its report, and return what the summary lists."""
        rows = list(scored(path))
        total = sum(min(row.claimed, row.computed) for row in rows)
        told = {**self._values, "项目名称": path.stem, "自评得分": f"{total:.2f}"}
        (self._output / f"{path.stem}.docx").write_bytes(self._write(told))
        return path.stem, rows


def scored(path: Path) -> Iterator[Row]:
    """Yield the scored rows of a workbook."""
    for sheet in _sheets(path):
        columns: dict[str, int] = {}
        for cells in sheet:
            texts = [str(cell).replace("\n", "").strip() for cell in cells]
            found = {
                head: at for head in HEADS for at, text in enumerate(texts) if text.endswith(head)
            }
            if len(found) == len(HEADS):
                columns = found
            elif columns and texts[columns["三级指标"]]:
                yield _row(texts, columns)


def _sheets(path: Path) -> Iterator[list[list[Any]]]:
    book = CalamineWorkbook.from_path(str(path))
    for name in book.sheet_names:
        yield book.get_sheet_by_name(name).to_python()


def _row(texts: list[str], columns: dict[str, int]) -> Row:
    name, target, actual, weight, claimed = (texts[columns[head]] for head in HEADS)
    full, wanted, reached = (_number(text) for text in (weight, target, actual))
    share = min(1.0, reached / wanted) if wanted else 1.0
    return Row(name, target, actual, full, _number(claimed), round(full * share, 2))


def _number(text: str) -> float:
    found = NUMBER.search(text)
    return float(found[0]) if found else 0.0


def prepared(template: Path) -> Callable[[dict[str, Any]], bytes]:
    """Return a function that fills in a template; the template is read and compiled once."""
    document = DocxTemplate(template)
    document.init_docx()
    source = document.patch_xml(document.get_xml())
    fill = Environment(autoescape=True).from_string(source).render
    with zipfile.ZipFile(template) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    head, _, rest = parts[DOCUMENT].decode().partition("<w:body")
    tail = rest.rpartition("</w:body>")[2]

    def write(values: dict[str, Any]) -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
            for name, data in parts.items():
                text = f"{head}{fill(values)}{tail}" if name == DOCUMENT else data
                package.writestr(name, text)
        return target.getvalue()

    return write


def summarise(path: Path, found: Iterator[tuple[str, list[Row]]]) -> None:
    """Write the summary workbook."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        projects, indicators, line = book.add_worksheet("项目"), book.add_worksheet("指标"), 1
        for number, (name, rows) in enumerate(found, 1):
            projects.write_row(number, 0, (name, sum(min(row[4:]) for row in rows)))
            for row in rows:
                indicators.write_row(line, 0, (name, *row))
                line += 1


_WORK: list[Work] = []


def _start(output: Path, values: Path) -> None:
    _WORK.append(Work(output, values))


def _do(path: Path) -> tuple[str, list[Row]]:
    return _WORK[0](path)


def main() -> None:
    """Do all workbooks below a folder."""
    inbox, output, values = map(Path, sys.argv[1:4])
    output.mkdir(parents=True, exist_ok=True)
    files = sorted(inbox.rglob("*.xlsx"))
    with ProcessPoolExecutor(
        os.cpu_count(), initializer=_start, initargs=(output, values)
    ) as processes:
        summarise(output / "汇总表.xlsx", processes.map(_do, files, chunksize=16))


if __name__ == "__main__":
    main()
