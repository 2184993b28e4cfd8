"""Office workbooks of an annual plan, made to order, and what a whole night makes of them."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from evalbatch.blanks.blank_workbook import build
from evalbatch.nightly import batch as nightly
from evalbatch.nightly import worker
from evalbatch.nightly.batch import BatchParts, RunOptions
from evalbatch.nightly.progress import Silent
from evalbatch.nightly.run import LEDGER, run
from evalbatch.nightly.setup import Setup
from evalbatch.nightly.whole_cycle import WholeCycle
from evalbatch.results.ledger import Ledger
from evalbatch.settings import Settings
from evalbatch.standards.form_library import load_forms
from evalbatch.standards.policy_library import load_policies

ORGANISATION = "示例市外事办公室"
DEADLINE = date(2021, 6, 30)
DONE = date(2021, 6, 20)
AS_OF = date(2022, 1, 13)

Values = Mapping[str, Any]


def item(number: int, name: str = "", **more: Any) -> dict[str, Any]:
    """Return the row of a level-3 item."""
    base = {
        "level1": "职能职责",
        "level2": "重点工作",
        "level3_no": number,
        "level3": name or f"重点任务{'甲乙丙丁戊己庚辛'[number % 8]}",
    }
    return {**base, "office": "综合处", "achievement": "已按计划完成并通过验收。", **more}


def node(number: int, name: str = "", **more: Any) -> dict[str, Any]:
    """Return the row of a node done before its deadline."""
    base = {
        "level3_no": number,
        "node": name or f"完成第{number}项任务",
        "office": "综合处",
        "deadline": DEADLINE,
    }
    return {**base, "done_on": DONE, "evidence": "会议纪要", **more}


def workbook(
    office: str = "综合处",
    numbers: Iterable[int] = (),
    *,
    items: Sequence[Values] | None = None,
    nodes: Sequence[Values] | None = None,
    **fields: Any,
) -> bytes:
    """Return the workbook of an office with items and nodes of these numbers, or with the rows
    given instead.
    """
    own, form = {"office": office}, _form()
    rows = [item(number) for number in numbers] if items is None else items
    filled = [node(number) for number in numbers] if nodes is None else nodes
    tables = {
        "items": [{**row, **own} for row in rows],
        "nodes": [{**row, **own} for row in filled],
    }
    head = {"organisation": ORGANISATION, "year": "2021", "reported_on": AS_OF, **own, **fields}
    return build(form, load_policies()[form.policy], {"fields": head, "tables": tables})


@cache
def _form():
    return load_forms()["annual_management"]


@dataclass(frozen=True)
class Night:
    """What a night left in its output folder."""

    folder: Path

    def rows(self, name: str) -> list[dict[str, str]]:
        """Return the rows of a CSV file."""
        with (self.folder / "data" / f"{name}.csv").open(
            encoding="utf-8-sig", newline=""
        ) as stream:
            return list(csv.DictReader(stream))

    def findings(self, code: str) -> list[dict[str, str]]:
        """Return the findings of a code."""
        return [row for row in self.rows("findings") if row["code"] == code]

    def statuses(self) -> dict[str, str]:
        """Return what became of each file."""
        return {row["file"]: row["status"] for row in self.rows("projects")}

    def codes(self) -> set[str]:
        """Return the codes of all findings."""
        return {row["code"] for row in self.rows("findings")}


def night(
    folder: Path, files: Mapping[str, bytes], as_of: date = AS_OF, settings: Settings | None = None
) -> Night:
    """Put files into an inbox and do a night's work in this process, which spares the start of
    workers.
    """
    chosen, inbox, output = _prepared(folder, files, settings)
    setup = Setup.load(chosen)
    context, whole = setup.context(as_of), WholeCycle(setup, as_of, named=True)
    work = worker.start(context)
    parts = BatchParts(
        lambda jobs: map(work, jobs),
        context.digest(),
        whole.across,
        whole.publish,
        whole.setting,
    )
    output.mkdir(exist_ok=True)
    with closing(Ledger(output / LEDGER)) as ledger:
        result = nightly.Batch(inbox, output, ledger, parts, RunOptions(as_of), Silent()).run()
    assert not result.faults, result.faults
    return Night(output)


def whole_night(
    folder: Path, files: Mapping[str, bytes], as_of: date = AS_OF, settings: Settings | None = None
) -> Night:
    """Put files into an inbox and do a night's work as the command does, in worker processes."""
    chosen, _, output = _prepared(folder, files, settings)
    done = run(Setup.load(chosen), RunOptions(as_of=as_of, named=True, jobs=1))
    assert not done.result.faults, done.result.faults
    return Night(output)


def _prepared(
    folder: Path, files: Mapping[str, bytes], settings: Settings | None
) -> tuple[Settings, Path, Path]:
    inbox, output = folder / "inbox", folder / "output"
    for name, content in files.items():
        (inbox / name).parent.mkdir(parents=True, exist_ok=True)
        (inbox / name).write_bytes(content)
    chosen = settings or Settings.default(inbox, output)
    paths = chosen.paths.model_copy(update={"inbox": inbox, "output": output})
    batch = chosen.batch.model_copy(update={"settle_seconds": 0})
    return chosen.model_copy(update={"paths": paths, "batch": batch}), inbox, output
