"""Pre-filled workbooks (预填表): one per roster line in a folder per department, ready to be sent
out.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from enum import Enum, auto
from functools import partial
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from evalbatch.blanks.blank_workbook import build
from evalbatch.blanks.prefilling import KnownProject, prefill
from evalbatch.cycle.baseline import SENT_OUT, ApprovedIndicator, Baseline, Key, key
from evalbatch.model.names import same_name
from evalbatch.model.record import Record, RosterEntry, last_years
from evalbatch.model.submission import Stamp
from evalbatch.output_files import fold, replace, safe_name, same, tagged
from evalbatch.standards.form import FormSpec
from evalbatch.standards.policy import Policy

SUFFIX = ".xlsx"
CHUNK = 20  # workbooks a worker makes at a time
FEW = 40  # fewer than these are not worth starting workers for


class Made(NamedTuple):
    """The workbooks of a call: those written or found equal, those left alone because another file
    stood there, and what the written ones were sent out with; of the written ones those found
    equal, and other workbooks in the departments' folders: of projects that the roster has not.
    """

    written: tuple[Path, ...]
    kept: tuple[Path, ...]
    sent: Mapping[Key, Baseline]
    unchanged: tuple[Path, ...] = ()
    stray: tuple[Path, ...] = ()


class Became(Enum):
    """What became of a workbook: made, found equal, or left alone."""

    MADE = auto()
    UNCHANGED = auto()
    KEPT = auto()


class Order(NamedTuple):
    """One workbook to make."""

    path: Path
    form: str
    prefill: Mapping[str, Any]
    stamp: Stamp
    key: Key
    baseline: Baseline


OfficeNodes = Sequence[Mapping[str, str]]
"""Nodes of a year by their columns."""


class CycleFacts(NamedTuple):
    """What is known of the cycle and of last year: the cycle's name for the hidden stamp, the
    evaluated year, its first and last day, last year's records (see `last_year_results.load`), and
    last year's nodes by the file that they came in.
    """

    cycle: str = ""
    year: int | None = None
    period: tuple[date | None, date | None] = (None, None)
    previous: Mapping[str, Record] = MappingProxyType({})
    nodes: Mapping[str, OfficeNodes] = MappingProxyType({})


def blanks(
    entries: Sequence[RosterEntry],
    forms: Mapping[str, FormSpec],
    policies: Mapping[str, Policy],
    folder: Path,
    facts: CycleFacts,
    *,
    jobs: int = 0,
) -> Made:
    """Write one workbook per roster line; names, budget and last year's indicators with their
    targets are filled in.

    Args:
        entries: the lines of the roster.
        forms: the forms by id.
        policies: the profile that scores each form, by the form's id.
        folder: where the folders of the departments go. A file that stands there with other content
            is never overwritten.
        facts: what is known of the cycle and of last year.
        jobs: worker processes, 0 for one per core.

    Raises:
        OutputError: in Chinese, when the file system refuses.
    """
    orders = list(_orders(entries, forms, folder, facts))
    became = list(zip(orders, _all_made(orders, forms, policies, jobs), strict=True))
    written = [order for order, what in became if what is not Became.KEPT]
    return Made(
        tuple(order.path for order in written),
        tuple(sorted(order.path for order, what in became if what is Became.KEPT)),
        {order.key: order.baseline for order in written},
        tuple(order.path for order, what in became if what is Became.UNCHANGED),
        tuple(_strays(folder, {fold(str(order.path)) for order in orders})),
    )


def _all_made(
    orders: Sequence[Order],
    forms: Mapping[str, FormSpec],
    policies: Mapping[str, Policy],
    jobs: int,
) -> list[Became]:
    """Make workbooks, many of them with several processes, and say of each what became of it."""
    wanted = {order.form for order in orders}
    make = partial(_make, {name: (forms[name], policies[name]) for name in wanted})
    if len(orders) < FEW or jobs == 1:
        return make(orders)
    with ProcessPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        return [each for chunk in pool.map(make, _chunks(orders)) for each in chunk]


def _strays(folder: Path, ordered: set[str]) -> Iterator[Path]:
    """Yield the workbooks in the departments' folders that belong to no line of the roster."""
    for path in sorted(folder.glob(f"*/*{SUFFIX}")):
        if fold(str(path)) not in ordered and not path.name.startswith(("~$", ".")):
            yield path


def empty(form: FormSpec, policy: Policy, path: Path) -> bool:
    """Write an empty workbook and say whether it stands there now; another file in its place is
    left alone.

    Raises:
        OutputError: in Chinese, when the file system refuses.
    """
    return _put(path, build(form, policy)) is not Became.KEPT


def _make(
    specifications: Mapping[str, tuple[FormSpec, Policy]], orders: Iterable[Order]
) -> list[Became]:
    """Make workbooks and say of each what became of it."""
    return [
        _put(order.path, build(*specifications[order.form], order.prefill, order.stamp))
        for order in orders
    ]


def _put(path: Path, data: bytes) -> Became:
    if path.exists():
        return Became.UNCHANGED if same(path, data) else Became.KEPT
    replace(path, data, durable=False)
    return Became.MADE


def _orders(
    entries: Iterable[RosterEntry], forms: Mapping[str, FormSpec], folder: Path, facts: CycleFacts
) -> Iterator[Order]:
    taken: set[str] = set()
    for entry in entries:
        form = forms[entry.form]
        path = folder / _relative(entry, form, taken)
        before = last_years(facts.previous, entry.form, entry.title, entry.department)
        rows = indicators(before) if before else []
        known = KnownProject(
            entry.department,
            entry.unit,
            entry.project,
            facts.year,
            entry.budget,
            facts.period,
            indicators=rows,
            items=entry.items,
            nodes=_nodes(facts, entry, before),
            problems=[(each.message, each.remedy) for each in before.findings] if before else (),
        )
        yield Order(
            path,
            form.id,
            prefill(form, known),
            Stamp(form.id, form.version, facts.cycle, entry.department, entry.title),
            key(form.id, entry.department, entry.unit, entry.project),
            Baseline(SENT_OUT, entry.budget, tuple(map(_planned, rows))),
        )


def _nodes(facts: CycleFacts, entry: RosterEntry, before: Record | None) -> OfficeNodes:
    """Return an office's nodes of last year: those of its own workbook, also of one that was
    returned, or its part of a volume of several offices; where two departments have an office of
    that name and none is known, none.
    """
    own = {
        file: [node for node in nodes if same_name(node["office"], entry.unit)]
        for file, nodes in facts.nodes.items()
    }
    own = {file: nodes for file, nodes in own.items() if nodes}
    if before and before.file in facts.nodes:
        return own.get(before.file) or facts.nodes[before.file]
    return next(iter(own.values())) if len(own) == 1 else ()


def _planned(row: Mapping[str, Any]) -> ApprovedIndicator:
    return ApprovedIndicator(row["level3"], row["target"], row["weight"])


def _relative(entry: RosterEntry, form: FormSpec, taken: set[str]) -> str:
    """Return the path of a workbook below the folder; two lines never share one."""
    name = safe_name(f"{entry.title}－{form.title}", SUFFIX)
    path = f"{safe_name(entry.department)}/{name}"
    if fold(path) in taken:
        key = f"{entry.department}/{entry.unit}/{entry.project}/{form.id}"
        path = f"{safe_name(entry.department)}/{tagged(name, key)}"
    taken.add(fold(path))
    return path


def indicators(record: Record) -> list[dict[str, object]]:
    """Return last year's indicators of a project as rows of the form; the funding block's own score
    is none of them.
    """
    rows = record.scores.rows if record.scores else ()
    return [
        {
            "level1": row.level1,
            "level2": row.level2,
            "level3": row.level3,
            "target": row.target,
            "weight": row.weight,
        }
        for row in rows
        if row.level3 and row.level2
    ]


def _chunks(orders: Sequence[Order]) -> Iterator[list[Order]]:
    iterator = iter(orders)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
