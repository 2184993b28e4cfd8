"""Killed with SIGKILL at any instant, a run leaves whole outputs, and the next run completes the
work.
"""

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import pytest

from batch.small import tree
from batch.struck import struck, undisturbed, warm
from evalbatch.results.schema import schema

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from make_load import WORDS, renamed, variant  # noqa: E402 - the scripts are no package

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX"),
]

KILLS, PARTS = 100, 5
TABLES = (
    *("files", "earlier", *schema()),
    "(SELECT path, digest, state FROM outputs)",  # not when they were put in place
)
EXAMPLES = ROOT / "input_templates"
MADE, DEPARTMENTS = 32, 5  # with the three examples and an empty file: 36 workbooks

built = cache(variant)


@dataclass(frozen=True)
class Night:
    """One night: its inbox, and what an undisturbed run of it takes and leaves behind."""

    inbox: Path
    steps: int
    published: dict[str, bytes]
    ledger: dict[str, list[Any]]


def fill(inbox: Path, *, later: bool) -> None:
    for name, content, changed in (*made(later=later), *filed(later=later)):
        path = inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (1_600_000_000 + changed,) * 2)


def made(*, later: bool) -> Iterator[tuple[str, bytes, bool]]:
    """Yield name, content and whether it changed; later every fourth did: returned, or moved to
    another department.

    One of them is handed in for its neighbour's project, so that one of the two is superseded.
    """
    for number in range(MADE):
        changed = later and number % 4 == 0
        project = number - (changed and number == MADE - 8)
        department = f"第{(project + (changed and number % 8 == 4)) % DEPARTMENTS}部门"
        content = renamed(
            built(number + 63 * changed), f"{WORDS[project % 10]}{project}", department
        )
        yield f"{number % DEPARTMENTS}/{number:02}.xlsx", content, changed


def filed(*, later: bool) -> Iterator[tuple[str, bytes, bool]]:
    """Yield the examples as filed, two of which are corrected later, and an empty file."""
    yield "空.xlsx", b"", False
    for path in sorted((EXAMPLES / "examples_as_filed").rglob("*.xlsx")):
        corrected = EXAMPLES / "examples" / path.parent.name / path.name
        changed = later and corrected.is_file()
        yield path.name, (corrected if changed else path).read_bytes(), changed


def rows_of(table: str) -> str:
    """Select what a table holds, but for the time at which an output was put in place."""
    columns = "path, digest, state" if table == "outputs" else "*"
    return f"SELECT {columns} FROM {table}"  # noqa: S608 - our own words


def ledger(output: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(output / "ledger.sqlite")) as database:
        return {
            table: sorted(database.execute(rows_of(table)).fetchall(), key=repr) for table in TABLES
        }


@pytest.fixture(scope="module")
def forks() -> Iterator[Executor]:
    """A process without threads that has the product imported, to fork runs off."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        yield executor


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory, forks: Executor) -> list[Night]:
    """Four undisturbed nights: a first one, then others that replace what was published, there and
    back and there again.
    """
    folder = tmp_path_factory.mktemp("nights")
    for name in ("early", "later"):
        fill(folder / name, later=name == "later")
    forks.submit(warm, folder / "early").result()
    output, nights = folder / "output", []
    for name in ("early", "later", "early", "later"):
        steps, written = forks.submit(undisturbed, folder / name, output).result()
        elsewhere = {
            path
            for path in written
            if not path.startswith((".staging/", ".lock")) and not path.endswith(".part")
        }
        assert elsewhere <= {""}  # the rest is moved; filelock opens a nameless file in the folder
        nights.append(Night(folder / name, steps, tree(output), ledger(output)))
    return nights


def instants(chance: Random) -> Iterator[float]:
    """Yield without end at which part of a whole run to kill it: at random, and in every twenty
    once in each twentieth.
    """
    while True:
        yield from chance.sample([(number + chance.random()) / 20 for number in range(20)], 20)


@pytest.mark.parametrize("seed", range(PARTS))
def test_a_run_killed_at_any_instant_leaves_whole_outputs_and_is_completed_by_the_next(
    seed: int, forks: Executor, nights: list[Night], tmp_path: Path
) -> None:
    chance, output, kills, torn = Random(seed), tmp_path / "output", 0, 0
    parts = instants(chance)
    while kills < KILLS // PARTS:
        shutil.rmtree(output, ignore_errors=True)
        before: dict[str, bytes] = {}
        for night in nights:
            for _ in range(
                chance.choice((1, 2))
            ):  # the run that completes a killed one may be killed as well
                step, seconds = (
                    1 + int(next(parts) * night.steps),
                    chance.choice((0, chance.uniform(0, 0.1))),
                )
                kill = chance.choice(
                    (os.killpg, os.killpg, os.kill)
                )  # mostly the whole run, else the coordinator alone
                kills += forks.submit(struck, night.inbox, output, step, seconds, kill).result()
                torn += whole(output, before, night.published)
            forks.submit(undisturbed, night.inbox, output).result()
            assert tree(output) == night.published
            assert ledger(output) == night.ledger
            assert left_over(output) == []
            before = night.published
    assert torn  # at least one kill struck while files were moved into place


def whole(output: Path, before: dict[str, bytes], after: dict[str, bytes]) -> bool:
    """Make sure that every file is what it was before or what it shall be; return whether there are
    some of either kind.
    """
    now = tree(output)
    for name in (
        before.keys() | after.keys() | now.keys()
    ):  # absent is what a file that comes or goes may be
        assert now.get(name) in (before.get(name), after.get(name)), (
            f"{name} is neither the old nor the new one"
        )
    for record in output.glob("runs/*.json"):
        assert json.loads(record.read_bytes())["run"] == record.stem
    return now not in (before, after)


def left_over(output: Path) -> list[Path]:
    """Return what only a run under way may need."""
    return [
        path
        for path in output.rglob("*")
        if path.name.startswith((".", "ledger.sqlite-")) and path.name != ".lock"
    ]
