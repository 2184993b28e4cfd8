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
def cycle_after(tmp_path_factory, new_cycle):
    """Make a cycle folder in which something was done."""

    def made(do):
        folder = tmp_path_factory.mktemp("after") / "cycle"
        shutil.copytree(new_cycle, folder)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            do()
        return folder

    return made


@pytest.fixture(scope="session")
def first_night(cycle_after):
    """A cycle folder whose first night found one self-evaluation."""

    def one_handed_in():
        hand_in("a.xlsx")
        assert night() == 0

    return cycle_after(one_handed_in)


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """Make a copy of a cycle folder the current one."""

    def copy(folder):
        shutil.copytree(folder, tmp_path / "cycle")
        monkeypatch.chdir(tmp_path / "cycle")
        return tmp_path / "cycle"

    return copy
