"""The program's digest: every file that results are made by and with, and nothing else."""

import tomllib
from pathlib import Path

import pytest

from evalbatch.nightly import setup

PACKAGE = tomllib.loads((setup.ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("cli.py", "forms/self_evaluation.toml", "publish/templates/project.docx"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return tmp_path


def digest(root: Path) -> str:
    return setup.digest.__wrapped__(root)


@pytest.mark.parametrize(
    "name", ["cli.py", "forms/self_evaluation.toml", "publish/templates/project.docx"]
)
def test_a_changed_file_changes_the_digest(root: Path, name: str) -> None:
    before = digest(root)
    (root / name).write_text("mended", encoding="utf-8")
    assert digest(root) != before


def test_a_new_a_lost_and_a_moved_file_change_the_digest(root: Path) -> None:
    seen = {digest(root)}
    (root / "new.py").touch()
    seen.add(digest(root))
    (root / "new.py").rename(root / "forms" / "new.py")
    seen.add(digest(root))
    (root / "forms" / "new.py").unlink()
    (root / "cli.py").unlink()
    seen.add(digest(root))
    assert len(seen) == 4


def test_what_python_and_others_leave_behind_does_not(root: Path) -> None:
    before = digest(root)
    for name in ("__pycache__/cli.cpython-311.pyc", "cli.py~", ".DS_Store"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).touch()
    assert digest(root) == before


def test_every_kind_of_file_that_is_installed_counts() -> None:
    data = PACKAGE["tool"]["setuptools"]["package-data"]["evalbatch"]
    assert {Path(pattern).suffix for pattern in data} - {".typed"} <= setup.KINDS
