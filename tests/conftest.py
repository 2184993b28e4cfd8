"""What every test relies on: tests marked `office` are left out where LibreOffice or pdftotext is
missing.
"""

import shutil

import pytest
from hypothesis import settings

settings.register_profile("busy", deadline=None)  # a busy machine is no failure
settings.load_profile("busy")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("office") and not (
        shutil.which("soffice") and shutil.which("pdftotext")
    ):
        pytest.skip("needs LibreOffice and pdftotext")
