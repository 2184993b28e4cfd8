"""The house stays one that a newcomer can read: no name twice, a short stair, narrow lines."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from measure import PACKAGE, figures  # noqa: E402 - the scripts are no package

LONGEST_CHAIN = 14


@pytest.fixture(scope="module")
def measured() -> dict[str, str]:
    return dict(figures(PACKAGE))


@pytest.mark.parametrize("what", ["file names used twice", "class names used twice"])
def test_no_name_means_two_things(measured: dict[str, str], what: str) -> None:
    assert measured[what] == "none"


def test_the_chain_of_imports_grows_no_longer(measured: dict[str, str]) -> None:
    length, _, chain = measured["longest import chain"].partition(":")
    assert int(length) <= LONGEST_CHAIN, chain


def test_every_function_is_fully_typed(measured: dict[str, str]) -> None:
    assert measured["functions with full types, %"] == "100"
