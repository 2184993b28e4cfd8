"""The manuals say what the program says."""

import re
import sys
from pathlib import Path

from click.testing import CliRunner

from evalbatch.cli import cli

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from make_readme import README, renewed  # noqa: E402 - the scripts are no package


def test_the_chapter_on_findings_is_what_the_catalogue_gives() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == renewed(text), "run scripts/make_readme.py"


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
