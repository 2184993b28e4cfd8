"""A small product for tests of the batch: workbooks are lines of text, outputs are lines of text,
everything else is real.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from evalbatch import output_files
from evalbatch.model.evaluation import Status
from evalbatch.model.finding import Observation
from evalbatch.model.place import Place
from evalbatch.model.record import Record
from evalbatch.nightly.batch import Batch, BatchParts, Result, RunOptions
from evalbatch.nightly.computing import BatchClock
from evalbatch.nightly.extract import PackedExtract
from evalbatch.nightly.job import Job
from evalbatch.nightly.kept_values import pack, unpack
from evalbatch.nightly.ledger_records import Records
from evalbatch.nightly.lock import exclusive
from evalbatch.nightly.progress import Silent
from evalbatch.nightly.publication import CyclePublication
from evalbatch.results.database import SUBMISSIONS
from evalbatch.results.ledger import Ledger
from evalbatch.results.outcome import SubmissionOutcome, WorkbookOutcome, content_digest

AS_OF = date(2021, 3, 31)


def work(job: Job, as_of: date = AS_OF) -> WorkbookOutcome:
    """Read `department|project|word`: the word `fault` is a fault of ours, `due` depends on the
    as-of date, `other` is another form.
    """
    data = job.source.read() if job.data is None else job.data
    department, project, word = data.decode().split("|")
    extra = job.extra.get(job.file, ())
    dated = word == "due"
    status = (
        Status.RETURNED
        if word.startswith("bad")
        else Status.SUPERSEDED
        if any(seen.found != job.file for seen in extra)
        else Status.GRADED
    )
    form = "other" if word == "other" else "form"
    record = Record(
        job.file,
        content_digest(data),
        form,
        "表",
        "2020",
        department,
        "",
        project,
        status,
        None,
        (),
    )
    text = f"{project} {word} {as_of if dated else ''} {[seen.found for seen in extra]}\n" * 20
    report = text.encode() if status is not Status.SUPERSEDED else None
    item = SubmissionOutcome(
        job.file,
        department,
        project,
        form,
        status,
        SUBMISSIONS.rows(record),
        pack([form, department, project], list),
        report,
        dated,
    )
    annotated = f"mend {project} {word}".encode() if word.startswith("bad") else None
    fault = "Traceback\nValueError: ours" if word == "fault" else ""
    return WorkbookOutcome(job.file, content_digest(data), (item,), annotated, ".xlsx", fault)


def across(
    packed_extracts: Iterable[PackedExtract], _earlier: Iterable[PackedExtract] = ()
) -> Mapping[str, Sequence[Observation]]:
    """Of several files of one project the last by its time, then by its name counts."""
    by_project: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for name, packed, arrival in packed_extracts:
        by_project["|".join(unpack(packed, list))].append((arrival.filed, name))
    return {
        name: (Observation("D01", (Place(name),), max(names)[1], expected=max(names)[1]),)
        for names in by_project.values()
        for _, name in names
        if len(names) > 1
    }


def publish(folder: Path, records: Records) -> CyclePublication:
    lines = [
        f"{record.file} {record.project} {record.status} {record.report} {record.annotated}"
        for record in records
    ]
    output_files.replace(folder / "汇总表.xlsx", "\n".join(lines).encode())
    output_files.replace(folder / "data" / "projects.csv", f"{len(lines)}".encode())
    return CyclePublication()


def in_process(jobs: Sequence[Job]) -> Iterator[WorkbookOutcome]:
    yield from map(work, jobs)


PARTS = BatchParts(in_process, "context", across, publish)


def put(inbox: Path, name: str, text: str, seconds: int = 1_600_000_000) -> Path:
    path = inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    os.utime(path, (seconds, seconds))
    return path


def run(
    inbox: Path,
    output: Path,
    *,
    parts: BatchParts = PARTS,
    options: RunOptions | None = None,
    name: str = "r",
    timing: BatchClock | None = None,
) -> Result:
    with exclusive(output, datetime(2021, 3, 31)):  # noqa: DTZ001 - only printed
        ledger = Ledger(output / "ledger.sqlite")
        try:
            return Batch(
                inbox,
                output,
                ledger,
                parts,
                options or RunOptions(AS_OF),
                Silent(),
                name=name,
                timing=timing,
            ).run()
        finally:
            ledger.close()


def counting(parts: BatchParts = PARTS) -> tuple[BatchParts, list[str]]:
    """Return the same parts, and a list of the files they are asked to compute."""
    seen: list[str] = []

    def compute(jobs: Sequence[Job]) -> Iterator[WorkbookOutcome]:
        seen.extend(job.file for job in jobs)
        yield from parts.compute(jobs)

    return replace(parts, compute=compute), seen


def tree(
    output: Path, but: Callable[[str], bool] = lambda name: name.startswith((".", "ledger", "runs"))
) -> dict[str, bytes]:
    """Return every published file's bytes by its path."""
    found = {
        path.relative_to(output).as_posix(): path for path in output.rglob("*") if path.is_file()
    }
    return {name: path.read_bytes() for name, path in sorted(found.items()) if not but(name)}
