"""Cycle folders that many tests begin with: made once, and a copy of its own for each test."""

import shutil

import pytest

from reviews.office import evalbatch, hand_in, night


@pytest.fixture(scope="session")
def new_cycle(tmp_path_factory):
    """A cycle folder as `init` makes it."""
    folder = tmp_path_factory.mktemp("new") / "cycle"
    assert evalbatch("init", folder, "--year", "2023") == 0
    return folder


@pytest.fixture(scope="session")
def first_night(tmp_path_factory, new_cycle):
    """A cycle folder whose first night found one self-evaluation."""
    folder = tmp_path_factory.mktemp("first") / "cycle"
    shutil.copytree(new_cycle, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        hand_in("a.xlsx")
        assert night() == 0
    return folder


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """Make a copy of a cycle folder the current one."""

    def copy(folder):
        shutil.copytree(folder, tmp_path / "cycle")
        monkeypatch.chdir(tmp_path / "cycle")
        return tmp_path / "cycle"

    return copy
