"""Measure evalbatch beside a plain script and beside the floor, in one run, and print versions,
medians and ratios.

The plain script is what one would write first: openpyxl reads the workbook, docxtpl renders the
same report from the same values. The floor is the least any program could do: lxml parses the
workbook's parts and a string template fills in the same report. Everything runs on one core, in
turns, and the least time of many rounds counts, which a busy machine disturbs least. Every round
has workbooks of its own, filled copies of one blank that nothing has read before; the lines set in
take single steps on the same ones again. What is loaded is set aside from the garbage collector
first, as in a worker. A batch is measured new, unchanged, and with one workbook and a hundred
mended, which publish the whole cycle again; processor time is that of all its processes as the
system accounts for it when they end, memory that of the largest (Linux). Beside it, in turns, runs
what a good engineer would write in an afternoon for the same folder (peer.py).

    benchmark.py               one workbook, start-up, and a batch of 300
    benchmark.py --batch N     the same with a batch of N workbooks (10000 takes some minutes)
"""

import argparse
import ctypes
import gc
import io
import os
import pickle
import platform
import statistics
import string
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple
from xml.parsers import expat

import openpyxl
from docxtpl import DocxTemplate
from lxml import etree
from make_load import load, renamed, variant

from evalbatch import garbage
from evalbatch.annotated.copy import annotate
from evalbatch.checks.assess import assess
from evalbatch.model.evaluation import Evaluation
from evalbatch.model.finding import Severity
from evalbatch.model.submission import Submission
from evalbatch.nightly import worker
from evalbatch.nightly.inbox import InboxFile
from evalbatch.nightly.job import Job
from evalbatch.nightly.setup import Setup
from evalbatch.publish.project_report import report_document
from evalbatch.publish.project_report.facts import Facts
from evalbatch.reading.reader import read
from evalbatch.settings import Settings
from evalbatch.sheets import read_book
from evalbatch.standards.form_library import load_forms
from evalbatch.standards.policy_library import load_policies

AS_OF = date(2027, 3, 31)
FORM = load_forms()["self_evaluation"]
POLICY = load_policies()[FORM.policy]
TEMPLATE = Path(report_document.__file__).parents[1] / "templates" / "project.docx"
ROUNDS, WORKBOOKS = 15, 12
COMMANDS = 3
CELLS = ("xl/worksheets/sheet", "xl/sharedStrings")
OUR_LEVEL = 3  # as reports are packed
LONG_AGO = 1_700_000_000
PEER = Path(__file__).with_name("peer.py")
PR_SET_CHILD_SUBREAPER = 36  # of linux/prctl.h


def ours(workbook: bytes) -> bytes:
    """Guard, read, score, check, render: what the batch does with one workbook."""
    submission = submitted(workbook)
    return report_document.render(assess(submission, FORM, POLICY, AS_OF), FORM, POLICY)


def submitted(workbook: bytes) -> Submission:
    """Guard and read."""
    return read(workbook, "报送件.xlsx", {FORM.id: FORM})[0]


def plain_script(values: dict[str, Any]) -> Callable[[bytes], bytes]:
    """Return the plain script; the values of the report are given to it, so that it computes and
    checks nothing.
    """

    def script(workbook: bytes) -> bytes:
        book = openpyxl.load_workbook(io.BytesIO(workbook), data_only=True)
        cells = [[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]
        template = DocxTemplate(TEMPLATE)
        template.render(values, autoescape=True)
        target = io.BytesIO()
        template.save(target)
        assert cells  # noqa: S101 - the reading must not be optimised away
        return target.getvalue()

    return script


def floor(values: dict[str, Any], report: bytes) -> Callable[[bytes], bytes]:
    """Return the floor: parse every part, fill one string, write one package: the report given,
    with its year as placeholder.
    """
    with zipfile.ZipFile(io.BytesIO(report)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    year = values["年度"]
    body = string.Template(
        parts["word/document.xml"].decode().replace("$", "$$").replace(year, "${year}")
    )

    def least(workbook: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(workbook)) as package:
            for name in package.namelist():
                if name.endswith((".xml", ".rels")):
                    etree.fromstring(package.read(name))
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
            for name, data in parts.items():
                package.writestr(
                    name, body.substitute(year=year) if name == "word/document.xml" else data
                )
        return target.getvalue()

    return least


def cells_floor(workbook: bytes) -> None:
    """Inflate and parse the parts that hold cells, and keep nothing."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as package:
        for name in package.namelist():
            if name.startswith(CELLS):
                expat.ParserCreate().Parse(package.read(name), True)  # noqa: FBT003 - takes no keyword


def render_floor(values: dict[str, Any], report: bytes) -> Callable[[bytes], bytes]:
    """Return the least that writes a report: fill in one text, deflate it at our level."""
    with zipfile.ZipFile(io.BytesIO(report)) as package:
        text = package.read("word/document.xml").decode()
    year = values["年度"]
    body = string.Template(text.replace("$", "$$").replace(year, "${year}"))
    return lambda _workbook: zlib.compress(body.substitute(year=year).encode(), OUR_LEVEL)


def timed(work: Callable[[bytes], object], workbooks: list[bytes]) -> float:
    """Return the milliseconds of processor time for each workbook; what was measured before leaves
    nothing to clear up.
    """
    gc.collect()
    start = time.process_time()
    for workbook in workbooks:
        work(workbook)
    return (time.process_time() - start) / len(workbooks) * 1000


def one_workbook(folder: Path) -> None:
    """Measure one workbook: the plain script, the floor, ours, and then each step of ours."""
    first, *rounds = (
        [variant(turn * WORKBOOKS + number) for number in range(WORKBOOKS)]
        for turn in range(ROUNDS + 1)
    )
    evaluations: dict[bytes, Evaluation] = {}
    values = report_document.context(
        Facts(assess(submitted(first[0]), FORM, POLICY, AS_OF), FORM, POLICY)
    )
    wholes: dict[str, Callable[[bytes], object]] = {
        "plain script: openpyxl + docxtpl": plain_script(values),
        "floor: lxml + string template": floor(values, ours(first[0])),
        "evalbatch: guard, read, score, check, render": ours,
    }
    steps: dict[str, Callable[[bytes], object]] = {
        "openpyxl load_workbook": lambda workbook: openpyxl.load_workbook(io.BytesIO(workbook)),
        "guard and cells": lambda workbook: read_book(workbook, "报送件.xlsx"),
        "guard, cells and form": submitted,
        "score and check": lambda workbook: assess(
            evaluations[workbook].submission, FORM, POLICY, AS_OF
        ),
        "render": lambda workbook: report_document.render(evaluations[workbook], FORM, POLICY),
        "annotate, where there is an error or a warning": lambda workbook: annotated(
            workbook, evaluations[workbook]
        ),
        "floor of the cells: inflate + expat": cells_floor,
        "floor of rendering: string template + deflate": render_floor(values, ours(first[0])),
        "a worker: all this, compared, packed": worked(folder),
    }
    figures: dict[str, list[float]] = {name: [] for name in wholes | steps}
    for turn, workbooks in enumerate((first, *rounds)):
        for name, work in wholes.items():
            figures[name].append(timed(work, workbooks))
        evaluations = {
            workbook: assess(submitted(workbook), FORM, POLICY, AS_OF) for workbook in workbooks
        }
        for name, work in steps.items():
            figures[name].append(timed(work, workbooks))
        if not turn:  # what a process loads once has been loaded
            figures = {name: [] for name in figures}
            garbage.set_aside()
    print(
        f"\none workbook of {len(first[0]) / 1024:.0f} KB, processor time, least of {ROUNDS} "
        f"rounds (median)"
    )
    for name, times in figures.items():
        print(
            f"  {'' if name in wholes else '  '}{name:50} {min(times):8.2f} ms  "
            f"({statistics.median(times):.2f})"
        )
    plain, least, mine, loading, cells, form, *_ = map(min, figures.values())
    print(
        f"  plain script / evalbatch {plain / mine:.1f}, evalbatch / floor {mine / least:.2f}, ",
        end="",
    )
    print(
        f"load_workbook / guard and cells {loading / cells:.1f}, load_workbook / guard, "
        f"cells and form {loading / form:.1f}"
    )


def annotated(workbook: bytes, evaluation: Evaluation) -> bytes | None:
    """Annotate a workbook as the batch does: only where there is more to say than notes."""
    findings = evaluation.findings
    return (
        annotate(workbook, "报送件.xlsx", findings)
        if any(each.severity is not Severity.NOTE for each in findings)
        else None
    )


def worked(folder: Path) -> Callable[[bytes], object]:
    """Return a worker's function: from a workbook's bytes to its outcome, which the coordinator
    stages and records.
    """
    work = worker.start(Setup.load(Settings()).context(AS_OF))
    source = InboxFile("报送件.xlsx", str(folder / "报送件.xlsx"), 0, 0)
    return lambda workbook: work(Job(source, workbook))


def start_up(folder: Path) -> None:
    """Measure what a person waits for: the help, and the check of one file."""
    workbook = folder / "报送件.xlsx"
    workbook.write_bytes(variant(0))
    print("\nstart-up, wall time, median of 5")
    for name, arguments in (("--help", ["--help"]), ("check one file", ["check", str(workbook)])):
        times = [wall(arguments) for _ in range(5)]
        print(f"  {name:50} {statistics.median(times):8.2f} s")


def batch(folder: Path, count: int) -> None:
    """Measure a batch: all new, nothing new, one mended; with the cost of each workbook beside that
    of a small batch.
    """
    become_reaper()
    print(f"\nbatches of 100 and of {count}, wall time, {os.cpu_count()} cores")
    costs, peak = [], 0
    for size in (100, count):
        inbox, output = folder / f"inbox{size}", folder / f"output{size}"
        for path, content in load(size):
            put(inbox / path, content)
        arguments = [
            "run",
            str(inbox),
            "--output",
            str(output),
            "--as-of",
            AS_OF.isoformat(),
            "--quiet",
        ]
        new, unchanged = observed(arguments), observed(arguments)
        mended = [mend(inbox, arguments, number) for number in (1, min(100, size))]
        costs.append(new.seconds / size)
        peak = max(peak, new.memory)
        print(
            f"  {size:6} new {new.seconds:8.2f} s ({new.seconds / size * 1000:.1f} ms each, ",
            end="",
        )
        told = "; ".join(
            f"{name} {each.seconds:.2f} s (processor {each.processor:.2f} s)"
            for name, each in zip(
                ("unchanged", "one mended", "100 mended"), (unchanged, *mended), strict=True
            )
        )
        print(f"processor {new.processor:.2f} s); {told}")
    print(
        f"  cost of a workbook, {count} to 100: {costs[1] / costs[0]:.2f}; largest process "
        f"{peak >> 10} MB"
    )


def mend(inbox: Path, arguments: list[str], number: int) -> "Observed":
    """Mend some workbooks of a batch, and watch the run after it."""
    for at, path in enumerate(sorted(inbox.rglob("*.xlsx"))[:number]):
        put(path, renamed(variant(at + number), path.stem, path.parent.name))
    return observed(arguments)


def commands(folder: Path, count: int) -> None:
    """Measure a whole command over new workbooks beside the afternoon's script, in turns."""
    inbox, values = folder / "commands", folder / "values"
    for path, content in load(count):
        put(inbox / path, content)
    facts = Facts(assess(submitted(variant(0)), FORM, POLICY, AS_OF), FORM, POLICY)
    values.write_bytes(pickle.dumps(report_document.context(facts)))
    sides: dict[str, list[Observed]] = {"an afternoon's script": [], "evalbatch": []}
    for turn in range(COMMANDS):
        for name, times in sides.items():
            output = folder / f"{name} {turn}"
            own = ["-m", "evalbatch", "run", str(inbox), "--output", str(output), "--quiet"]
            peer = [str(PEER), str(inbox), str(output), str(values)]
            times.append(watched(own if name == "evalbatch" else peer))
    print(f"\na whole command over {count} new workbooks, median of {COMMANDS} in turns")
    for name, times in sides.items():
        processor = statistics.median(each.processor for each in times)
        seconds = statistics.median(each.seconds for each in times)
        print(f"  {name:50} processor {processor:8.2f} s, wall {seconds:8.2f} s")
    peer_times, own_times = sides.values()
    ratios = [
        own.processor / peer.processor for peer, own in zip(peer_times, own_times, strict=True)
    ]
    print(f"  evalbatch / an afternoon's script, processor time: {statistics.median(ratios):.2f}")


def put(path: Path, content: bytes) -> None:
    """Put a workbook into the inbox, with a time long past: a run waits until a new file has stood
    still.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (LONG_AGO, LONG_AGO))


def wall(arguments: list[str]) -> float:
    """Return the seconds that a command of ours takes."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "evalbatch", *arguments], check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - start


class Observed(NamedTuple):
    """What a command took: wall and processor seconds, and the most KB of memory that one of its
    processes held.
    """

    seconds: float
    processor: float
    memory: int


def observed(arguments: list[str]) -> Observed:
    """Run a command of ours, and watch it with all its processes."""
    return watched(["-m", "evalbatch", *arguments])


def watched(arguments: list[str]) -> Observed:
    """Run Python with arguments; processor time and memory are what the system accounts for when
    each of its processes has ended, those that outlive their parent included.
    """
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    status, processor, memory = 0, 0.0, 0
    with suppress(ChildProcessError):  # none is left
        while True:
            pid, ended, usage = os.wait4(-1, 0)
            status = ended if pid == process.pid else status
            processor += usage.ru_utime + usage.ru_stime
            memory = max(memory, usage.ru_maxrss)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments)
    return Observed(time.perf_counter() - start, processor, memory)


def become_reaper() -> None:
    """Let processes whose parent has ended become children of this one, which waits for them."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def main() -> None:
    """Measure everything that the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--batch", type=int, default=300, metavar="N")
    count = parser.parse_args().batch
    packages = ", ".join(
        f"{name} {version(name)}"
        for name in ("lxml", "openpyxl", "docxtpl", "xlsxwriter", "python-calamine", "jinja2")
    )
    print(
        f"Python {platform.python_version()}, {packages}; {platform.machine()}, "
        f"{os.cpu_count()} cores"
    )
    with tempfile.TemporaryDirectory() as folder:
        one_workbook(Path(folder))
        start_up(Path(folder))
        batch(Path(folder), count)
        commands(Path(folder), min(count, 1000))


if __name__ == "__main__":
    main()
