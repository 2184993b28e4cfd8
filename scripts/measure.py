"""Measure the package as a reader meets it: modules, lines, tokens, functions, import chain, names.

Prints one figure a line; `python3 scripts/measure.py FOLDER` measures another package the same way.
"""

import ast
import io
import statistics
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "evalbatch"
COUNTED = (tokenize.NAME, tokenize.OP, tokenize.NUMBER, tokenize.STRING)
PERCENTILE_95 = 94  # of the 99 cut points between hundredths

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(package: Path) -> dict[str, Path]:
    """Return the files of a package by the dotted names of their modules."""
    files = sorted(package.rglob("*.py"))
    parts = {path: path.relative_to(package.parent).with_suffix("").parts for path in files}
    return {".".join(parts[path]).removesuffix(".__init__"): path for path in files}


def tokens_by_line(source: str) -> Counter[int]:
    """Count names, operators, numbers and strings by the line they begin on."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return Counter(token.start[0] for token in tokens if token.type in COUNTED)


def imported(tree: ast.Module, known: Mapping[str, object]) -> Iterator[str]:
    """Yield the modules of the package that a module needs before it can be loaded."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                if full in known or node.module in known:
                    yield full if full in known else node.module


def longest_chain(trees: Mapping[str, ast.Module]) -> list[str]:
    """Return the longest chain of imports, from the module at its top to the one at its end."""

    @cache
    def chain(name: str) -> tuple[str, ...]:
        below = [chain(other) for other in set(imported(trees[name], trees)) - {name}]
        return (name, *max(below, key=len, default=()))

    return list(max((chain(name) for name in trees), key=len))


def is_typed(function: Function) -> bool:
    """Whether every argument and the result of a function have a type."""
    arguments = [
        *function.args.posonlyargs,
        *function.args.args,
        *function.args.kwonlyargs,
        *filter(None, (function.args.vararg, function.args.kwarg)),
    ]
    own = [argument for argument in arguments if argument.arg not in {"self", "cls"}]
    return function.returns is not None and all(argument.annotation for argument in own)


def used_twice(names: Iterator[str]) -> list[str]:
    """Return the names that stand for more than one thing."""
    return sorted(name for name, times in Counter(names).items() if times > 1)


def names_to_learn(trees: Mapping[str, ast.Module]) -> set[str]:
    """Return the names of modules, classes, functions and constants at the top of modules."""
    names = {name.rpartition(".")[2] for name in trees}
    for tree in trees.values():
        for node in tree.body:
            if isinstance(node, Function | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names.update(target.id for target in targets if isinstance(target, ast.Name))
    return names


def figures(package: Path) -> Iterator[tuple[str, str]]:
    """Yield what is measured and the figure."""
    files = modules(package)
    sources = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    trees = {name: ast.parse(source) for name, source in sources.items()}
    nodes = [node for tree in trees.values() for node in ast.walk(tree)]
    functions = [node for node in nodes if isinstance(node, Function)]
    sizes = [(node.end_lineno or node.lineno) - node.lineno + 1 for node in functions]
    tokens = [tokens_by_line(source) for source in sources.values()]
    own = [path for path in files.values() if not path.name.startswith("__")]
    lines = [line for source in sources.values() for line in source.splitlines()]
    chain = longest_chain(trees)
    classes = (node.name for node in nodes if isinstance(node, ast.ClassDef))
    public = (name for name in classes if not name.startswith("_"))
    typed = sum(map(is_typed, functions))
    yield "modules", str(len(own))
    yield "lines", str(len(lines))
    yield "longest line, characters", str(max(map(len, lines)))
    total = sum(sum(each.values()) for each in tokens)
    yield "tokens, thousands", f"{total / 1000:.0f}"
    yield "tokens a line that has any", f"{total / sum(map(len, tokens)):.1f}"
    shares = statistics.quantiles(sizes, n=100)
    middle, most = f"{statistics.median(sizes):.0f}", f"{shares[PERCENTILE_95]:.0f} / {max(sizes)}"
    yield "lines of a function, median / 95 % / most", f"{middle} / {most}"
    yield "functions with full types, %", f"{100 * typed / len(functions):.0f}"
    yield "longest import chain", f"{len(chain)}: {' > '.join(chain)}"
    yield "file names used twice", ", ".join(used_twice(path.name for path in own)) or "none"
    yield "class names used twice", ", ".join(used_twice(public)) or "none"
    yield "names to learn", str(len(names_to_learn(trees)))


def main() -> None:
    """Print the figures of the package, or of the one named."""
    package = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else PACKAGE
    for what, figure in figures(package):
        print(f"{what}: {figure}")


if __name__ == "__main__":
    main()
