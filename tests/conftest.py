"""What every test relies on: tests marked `office` are left out where LibreOffice or pdftotext is
missing, and no night in this process waits until what was just handed in has stood still.
"""

import shutil
from collections.abc import Iterator

import pytest
from hypothesis import settings

from evalbatch.nightly import batch
from evalbatch.nightly.computing import BatchClock

settings.register_profile("busy", deadline=None)  # a busy machine is no failure
settings.load_profile("busy")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("office") and not (
        shutil.which("soffice") and shutil.which("pdftotext")
    ):
        pytest.skip("needs LibreOffice and pdftotext")


def _pass(_seconds: float) -> None:
    """Be a pause during which nothing changes; one in which files do is what `test_night.py`
    tests.
    """


@pytest.fixture(scope="session", autouse=True)
def _no_pauses() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "BatchClock", lambda: BatchClock(pause=_pass))
        yield
