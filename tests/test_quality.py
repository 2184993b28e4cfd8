"""The tools that hold the code to the rules of the house run with the tests, so that one command
says whether all is well.
"""

import subprocess
import sys

import pytest
from repository import ROOT


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "ruff", "check", "."],
        ["-m", "ruff", "format", "--check", "."],
        ["-m", "mypy"],
        ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
    ],
    ids=["ruff", "format", "types", "layers"],
)
def test_the_sources_keep_the_rules_of_the_house(command: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
