"""Break the heart of the product in small ways, one at a time, and see whether its tests notice.

    python3 scripts/mutate.py [--each N] [--seed TEXT] [MODULE ...]

Every mutant changes one operator, comparison, constant or condition of one module; the tests that
the module is held by must fail then. Survivors are printed with file, line and what was changed.
Takes minutes to hours, so that it is no part of the tests; `--each N` draws N mutants a module.
"""

import argparse
import ast
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import NamedTuple

from environment import ROOT, ready

HELD_BY = {
    "scoring/evaluate.py": ["tests/scoring"],
    "scoring/attainment.py": ["tests/scoring"],
    "scoring/alignment.py": ["tests/scoring", "tests/checks/test_pairs.py"],
    "scoring/value_rules.py": ["tests/scoring"],
    "scoring/money_rules.py": ["tests/scoring"],
    "scoring/evidence_rules.py": ["tests/scoring"],
    "scoring/work_nodes.py": ["tests/scoring", "tests/annual"],
    "model/figures.py": ["tests/model", "tests/scoring", "tests/checks/test_codes.py"],
    "model/identity.py": [
        "tests/model",
        "tests/batch/test_identity.py",
        "tests/test_cycle_matching.py",
    ],
    "checks/funds.py": ["tests/checks"],
    "checks/scores.py": ["tests/checks"],
    "cycle/matching.py": ["tests/test_cycle_matching.py", "tests/batch/test_identity.py"],
    "results/tally.py": [
        "tests/results",
        "tests/test_publish_summary.py",
        "tests/publish/test_total.py",
    ],
    "results/ledger.py": ["tests/results", "tests/batch/test_night.py"],
}
"""Modules and the tests that must notice when they are wrong."""

OPPOSITES: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
SECONDS = 600


class Mutant(NamedTuple):
    """One way in which a module is wrong: its line, what was changed, and its whole source."""

    module: str
    line: int
    change: str
    source: str


def mutants(module: str, source: str) -> Iterator[Mutant]:
    """Yield every mutant of a module."""
    for number in range(len(list(ast.walk(ast.parse(source))))):
        tree = ast.parse(source)
        node = list(ast.walk(tree))[number]
        for change in _changes(node):
            text = ast.unparse(tree)
            yield Mutant(module, getattr(node, "lineno", 0), change, text)


def _changes(node: ast.AST) -> Iterator[str]:
    """Change a node in place, once for each way in which it can be changed."""
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            if other := OPPOSITES.get(type(operator)):
                node.ops[place] = other()  # type: ignore[assignment] # a comparison for a comparison
                yield f"{type(operator).__name__} -> {other.__name__}"
                node.ops[place] = operator
    elif isinstance(node, ast.BinOp | ast.BoolOp) and (other := OPPOSITES.get(type(node.op))):
        before = type(node.op).__name__
        node.op = other()  # type: ignore[assignment] # an operator for an operator
        yield f"{before} -> {other.__name__}"
    elif isinstance(node, ast.If | ast.IfExp):
        node.test = ast.UnaryOp(ast.Not(), node.test)
        yield "condition negated"
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        node.value += 1
        yield f"{node.value - 1} -> {node.value}"
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        node.value = not node.value
        yield f"{not node.value} -> {node.value}"


def drawn(found: list[Mutant], number: int, seed: str) -> list[Mutant]:
    """Return as many mutants as wanted, the same for the same seed."""

    def ticket(mutant: Mutant) -> str:
        key = f"{seed}|{mutant.module}|{mutant.line}|{mutant.change}"
        return hashlib.sha256(key.encode()).hexdigest()

    return sorted(found, key=ticket)[:number] if number else found


def survives(python: Path, checkout: Path, mutant: Mutant) -> bool:
    """Whether the tests of a module pass although it is wrong."""
    path = checkout / "evalbatch" / mutant.module
    before = path.read_text(encoding="utf-8")
    path.write_text(mutant.source, encoding="utf-8")
    tests = [test for test in HELD_BY[mutant.module] if (checkout / test).exists()]
    command = [str(python), "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        result = subprocess.run(
            command,
            cwd=checkout,
            env=environment,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    finally:
        path.write_text(before, encoding="utf-8")
    return result.returncode == 0


def main() -> int:
    """Print the survivors and how many were killed; 1 where fewer than nine in ten were."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("modules", nargs="*", default=list(HELD_BY))
    options.add_argument("--each", type=int, default=0)
    options.add_argument("--seed", default="evalbatch")
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    chosen = options.parse_args()
    python = ready("requirements-test.lock")
    work = [
        mutant
        for module in chosen.modules
        for mutant in drawn(
            list(mutants(module, (ROOT / "evalbatch" / module).read_text(encoding="utf-8"))),
            chosen.each,
            chosen.seed,
        )
    ]
    with TemporaryDirectory() as folder:
        checkouts: SimpleQueue[Path] = SimpleQueue()
        for number in range(chosen.jobs):
            copy = Path(folder) / str(number)
            shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".venv", ".git", "output"))
            checkouts.put(copy)

        def tried(mutant: Mutant) -> bool:
            checkout = checkouts.get()
            try:
                return survives(python, checkout, mutant)
            finally:
                checkouts.put(checkout)

        with ThreadPoolExecutor(chosen.jobs) as threads:
            alive = [
                mutant
                for mutant, lives in zip(work, threads.map(tried, work), strict=True)
                if lives
            ]
    for mutant in alive:
        print(f"survived: evalbatch/{mutant.module}:{mutant.line}: {mutant.change}")
    killed = len(work) - len(alive)
    print(f"killed {killed} of {len(work)}")
    return 0 if killed * 10 >= len(work) * 9 else 1


if __name__ == "__main__":
    sys.exit(main())
