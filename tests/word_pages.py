"""Lays a Word document out with LibreOffice, so that a test sees what a reader sees."""

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


def pages(document: bytes) -> list[str]:
    """Return the text of every page; skips the test where LibreOffice or pdftotext is missing."""
    office, reader = shutil.which("soffice"), shutil.which("pdftotext")
    if office is None or reader is None:
        pytest.skip("needs LibreOffice and pdftotext")
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.docx").write_bytes(document)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", name, str(folder / "a.docx")]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        text = subprocess.run([reader, "-layout", str(folder / "a.pdf"), "-"], check=True, capture_output=True).stdout
    return [page.strip() for page in text.decode().split("\f") if page.strip()]
