"""Break the heart of the product in small ways, one at a time, and see whether its tests notice.

    python3 scripts/mutate.py [--each N] [--seed TEXT] [MODULE ...]

Every mutant changes one operator, comparison, constant or condition of one module; the tests that
the module is held by must fail then. Survivors are printed with file, line and what was changed.
Takes minutes to hours, so that it is no part of the tests; `--each N` draws N mutants a module.
"""

import argparse
import ast
import hashlib
import importlib
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, NoReturn

from environment import ROOT, ready

CODES = ["tests/checks/test_codes.py", "tests/checks/test_twice.py", "tests/checks/test_assess.py"]
SCORING = ["tests/scoring"]
CYCLE = ["tests/test_cycle_matching.py", "tests/test_cycle_contradictions.py"]
HELD_BY = {
    "scoring/evaluate.py": [
        *SCORING,
        "tests/forms/test_unscored.py",
        "tests/checks/test_examples.py",
    ],
    "scoring/attainment.py": SCORING,
    "scoring/alignment.py": [*SCORING, "tests/checks/test_pairs.py"],
    "scoring/value_rules.py": SCORING,
    "scoring/money_rules.py": SCORING,
    "scoring/evidence_rules.py": SCORING,
    "scoring/work_nodes.py": [*SCORING, "tests/annual"],
    "model/figures.py": ["tests/model", *SCORING, "tests/checks/test_told_figures.py"],
    "model/identity.py": ["tests/model", "tests/checks/test_cross.py", *CYCLE],
    "model/plain_figures.py": ["tests/model", "tests/reading/test_quantities.py", *SCORING],
    "model/units.py": [
        "tests/model",
        *SCORING,
        "tests/reading/test_money_units.py",
        "tests/reading/test_values.py",
    ],
    "reading/quantities.py": ["tests/reading/test_quantities.py", *SCORING, "tests/reading"],
    "scoring/sense.py": [*SCORING, "tests/checks/test_pairs.py"],
    "scoring/meanings.py": [*SCORING, "tests/checks/test_pairs.py"],
    "scoring/terms.py": [*SCORING, "tests/policies"],
    "scoring/scorable.py": [*SCORING, "tests/forms", "tests/checks/test_lost_tables.py"],
    "checks/funds.py": [
        "tests/checks/test_funds.py",
        *CODES,
        "tests/checks/test_statements.py",
        "tests/checks/test_examples.py",
    ],
    "checks/scores.py": [
        "tests/checks/test_scores.py",
        *CODES,
        "tests/checks/test_reasons.py",
        "tests/checks/test_lost_tables.py",
        "tests/forms/test_unscored.py",
        "tests/checks/test_examples.py",
    ],
    "checks/reasons.py": ["tests/checks/test_reasons.py", *CODES],
    "checks/weights.py": [
        "tests/checks/test_weights.py",
        *CODES,
        "tests/policies/test_local_profiles.py",
    ],
    "cycle/matching.py": [*CYCLE, "tests/checks/test_cross.py"],
    "results/comparison.py": ["tests/results"],
    "results/project_lines.py": ["tests/results", "tests/publish"],
    "results/submissions.py": ["tests/results", "tests/batch/test_night.py"],
    "results/tally.py": [
        "tests/results/test_tally.py",
        "tests/test_publish_summary.py",
        "tests/publish/test_total.py",
        "tests/publish/test_status_page.py",
    ],
    "results/ledger.py": [
        "tests/results/test_ledger_files.py",
        "tests/results/test_ledger.py",
        "tests/batch/test_night.py",
        "tests/batch/test_handed_in_again.py",
        "tests/reviews/test_changes.py",
    ],
}
"""Modules and the tests that must notice when they are wrong, the likeliest first."""

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
SWAPPED = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "ROUND_HALF_UP": "ROUND_HALF_EVEN",
}
WITHOUT_EFFECT = {"dataclass", "cache", "lru_cache", "zip"}
"""Calls whose flags say how something is kept or guarded, not what comes out of it."""
SECONDS = 600
PROFILE = "mutants"
LIBRARIES = ("pytest", "lxml.etree", "pydantic", "docxtpl", "openpyxl", "xlsxwriter", "pandas")
FORK = get_context("fork")


class Mutant(NamedTuple):
    """One way in which a module is wrong: its line, what was changed, and its whole source."""

    module: str
    line: int
    change: str
    source: str


def mutants(module: str, source: str) -> Iterator[Mutant]:
    """Yield every mutant of a module."""
    tree = ast.parse(source)
    for node in _nodes(tree):
        before = dict(vars(node))
        for change in _changes(node):
            yield Mutant(module, getattr(node, "lineno", 0), change, ast.unparse(tree))
            vars(node).update(before)


def _nodes(tree: ast.AST) -> list[ast.AST]:
    """Return what a tree is made of, without the flags that have no effect on what comes out."""
    nodes = list(ast.walk(tree))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    flags = {
        id(flag.value)
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in WITHOUT_EFFECT
        for flag in call.keywords
    }
    return [node for node in nodes if id(node) not in flags]


def _changes(node: ast.AST) -> Iterator[str]:
    """Change a node in place, once for each way in which it can be changed."""
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            if other := OPPOSITES.get(type(operator)):
                node.ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
                yield f"{type(operator).__name__} -> {other.__name__}"
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
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in SWAPPED:
        node.id = SWAPPED[node.id]
        yield f"to {node.id}"


def drawn(found: list[Mutant], number: int, seed: str) -> list[Mutant]:
    """Return as many mutants as wanted, the same for the same seed."""

    def ticket(mutant: Mutant) -> str:
        key = f"{seed}|{mutant.module}|{mutant.line}|{mutant.change}"
        return hashlib.sha256(key.encode()).hexdigest()

    return sorted(found, key=ticket)[:number] if number else found


def survives(checkout: Path, mutant: Mutant) -> bool:
    """Whether the tests of a module pass although it is wrong."""
    path = checkout / "evalbatch" / mutant.module
    before = path.read_text(encoding="utf-8")
    path.write_text(mutant.source, encoding="utf-8")
    child = os.fork()  # all libraries are loaded already, nothing of the package is
    if not child:
        _test(checkout, [test for test in HELD_BY[mutant.module] if (checkout / test).exists()])
    try:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        path.write_text(before, encoding="utf-8")


def _test(checkout: Path, tests: list[str]) -> NoReturn:
    """Run tests in a process of their own and end it with their exit code."""
    signal.alarm(SECONDS)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, sys.stdout.fileno())
    os.dup2(quiet, sys.stderr.fileno())
    os.chdir(checkout)
    sys.path.insert(0, str(checkout))
    sys.dont_write_bytecode = True
    code = 1
    try:
        options = ["-x", "-q", "-p", "no:cacheprovider", f"--hypothesis-profile={PROFILE}"]
        options += [
            "-W",
            "ignore::pytest.PytestAssertRewriteWarning",
        ]  # libraries are not rewritten
        code = int(importlib.import_module("pytest").main([*options, *tests]))
    finally:
        os._exit(code)


def tried(mutants_: list[Mutant], checkout: Path) -> list[bool]:
    """Try one mutant after the other in a checkout; say which survive, return whether each does.

    Raises:
        SystemExit: the tests fail without any change.
    """
    for module in {mutant.module for mutant in mutants_}:
        source = (checkout / "evalbatch" / module).read_text(encoding="utf-8")
        if not survives(checkout, Mutant(module, 0, "none", source)):
            raise SystemExit(f"{module}: its tests fail without a change")
    lived = []
    for mutant in mutants_:
        lived.append(survives(checkout, mutant))
        if lived[-1]:
            where = f"evalbatch/{mutant.module}:{mutant.line}"
            print(f"survived: {where}: {mutant.change}", flush=True)
    return lived


def load_libraries() -> None:
    """Load what the tests need besides the package, once for all mutants."""
    for library in LIBRARIES:
        importlib.import_module(library)
    hypothesis = importlib.import_module("hypothesis")
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]  # no time for simpler examples
    hypothesis.settings.register_profile(
        PROFILE, max_examples=20, deadline=None, database=None, phases=phases
    )


def main() -> int:
    """Print the survivors and how many were killed; 1 where fewer than nine in ten were."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("modules", nargs="*", default=list(HELD_BY))
    options.add_argument("--each", type=int, default=0)
    options.add_argument("--seed", default="evalbatch")
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    chosen = options.parse_args()
    python = ready("requirements-test.lock")
    if Path(sys.prefix).resolve() != python.parents[1].resolve():
        os.execv(python, [str(python), *sys.argv])  # noqa: S606 - the same script, with the libraries
    work = [
        mutant
        for module in chosen.modules
        for mutant in drawn(
            list(mutants(module, (ROOT / "evalbatch" / module).read_text(encoding="utf-8"))),
            chosen.each,
            chosen.seed,
        )
    ]
    load_libraries()
    with TemporaryDirectory() as folder, ProcessPoolExecutor(chosen.jobs, FORK) as processes:
        running = []
        for number in range(chosen.jobs):
            copy = Path(folder) / str(number)
            shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".venv", ".git", "output"))
            running.append(processes.submit(tried, work[number :: chosen.jobs], copy))
        alive: Counter[str] = Counter()
        for number, each in enumerate(running):
            for mutant, lives in zip(work[number :: chosen.jobs], each.result(), strict=True):
                alive[mutant.module] += lives
    for module, number in Counter(mutant.module for mutant in work).items():
        print(f"{module}: {number - alive[module]} of {number} killed")
    killed = len(work) - alive.total()
    print(f"killed {killed} of {len(work)}")
    return 0 if killed * 10 >= len(work) * 9 else 1


if __name__ == "__main__":
    sys.exit(main())
