"""Lays a Word document out with LibreOffice, so that a test sees what a reader sees."""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory


def pages(document: bytes) -> list[str]:
    """Return the text of every page; for tests marked `office`."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.docx").write_bytes(document)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        command = [
            "soffice",
            profile,
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            name,
            str(folder / "a.docx"),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        text = subprocess.run(
            ["pdftotext", "-layout", str(folder / "a.pdf"), "-"], check=True, capture_output=True
        ).stdout
    return [page.strip() for page in text.decode().split("\f") if page.strip()]
