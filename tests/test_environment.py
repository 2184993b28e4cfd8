"""What the scripts prepare before they run anything."""

import hashlib
import os
import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

import environment


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module of a package whose environment is installed already, where Python keeps no
    bytecode of its own.
    """
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "FOLDER", tmp_path)
    monkeypatch.setattr(environment, "PYTHON", Path(sys.executable))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (tmp_path / "some.lock").write_bytes(b"")
    (tmp_path / "some.lock.installed").write_text(hashlib.sha256(b"").hexdigest())
    (tmp_path / "evalbatch").mkdir()
    return tmp_path / "evalbatch" / "one.py"


def written(module: Path, source: str, seconds: int) -> None:
    module.write_text(source)
    os.utime(module, (seconds, seconds))


def test_the_package_is_compiled_before_anything_runs_and_again_after_a_change(
    module: Path,
) -> None:
    kept = Path(cache_from_source(str(module)))
    written(module, "ONE = 1\n", 1_700_000_000)
    assert environment.ready("some.lock") == Path(sys.executable)
    first = kept.read_bytes()
    written(module, "ONE = 'changed'\n", 1_700_000_001)
    environment.ready("some.lock")
    assert kept.read_bytes() != first
