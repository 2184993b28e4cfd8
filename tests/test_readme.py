"""The manuals say what the program says."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from repository import ROOT

from evalbatch.cli import cli, main

sys.path.insert(0, str(ROOT / "scripts"))

from make_readme import MANUAL, README, renewed, renewed_tables


def test_the_chapter_on_findings_is_what_the_catalogue_gives() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == renewed(text), "run scripts/make_readme.py"


def test_the_tables_of_results_are_what_the_schema_describes() -> None:
    text = MANUAL.read_text(encoding="utf-8")
    assert text == renewed_tables(text), "run scripts/make_readme.py"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the examples were run."""
    folder = tmp_path_factory.mktemp("cycle")
    inbox = ROOT / "input_templates" / "examples_as_filed"
    assert (
        main(["run", str(inbox), "-o", str(folder / "output"), "--as-of", "2026-03-31", "--quiet"])
        == 0
    )
    return folder


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL)


def test_the_example_of_the_api_runs_as_it_is_printed(published: Path) -> None:
    (example,) = blocks("python")
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=published, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "final_score" in done.stdout


def test_the_queries_find_something_as_they_are_printed(published: Path) -> None:
    queries = blocks("sql")
    assert len(queries) == 3
    with closing(sqlite3.connect(published / "output" / "ledger.sqlite")) as database:
        found = [database.execute(query).fetchall() for query in queries]
    assert found[1]
    assert found[2]


def test_every_command_the_manuals_name_exists() -> None:
    manuals = "".join(
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")
    )
    named = set(re.findall(r"`evalbatch ([a-z]+)", manuals))
    known = set(
        re.findall(r"^  ([a-z]+) ", CliRunner().invoke(cli, ["--help"]).output, re.MULTILINE)
    )
    assert named <= known
    assert known <= set(re.findall(r"[a-z]+", manuals))


def test_every_option_the_manuals_name_exists() -> None:
    manuals = "".join(
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")
    )
    helps = "".join(
        CliRunner().invoke(cli, [command, "--help"]).output
        for command in ("run", "send", "check", "blank", "init")
    )
    named = set(re.findall(r"`[^`\n]*evalbatch[^`\n]*?(--[a-z-]+)", manuals)) | {
        "--strict",
        "--as-of",
        "--confirm",
    }
    assert {option for option in named if option not in helps} <= {"--help", "--output"}
