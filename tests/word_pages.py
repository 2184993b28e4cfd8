"""Lays Word documents out with LibreOffice, so that a test sees what a reader sees."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory


def converted(documents: Sequence[bytes], kind: str = "pdf") -> list[bytes]:
    """Return what LibreOffice makes of Word documents, all in one start of it; for tests marked
    `office`.
    """
    suffix = kind.partition(":")[0]
    with TemporaryDirectory() as name:
        folder = Path(name)
        for number, document in enumerate(documents):
            (folder / f"{number}.docx").write_bytes(document)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        command = ["soffice", profile, "--headless", "--convert-to", kind]
        command += ["--outdir", str(folder / "made")]
        command += [str(folder / f"{number}.docx") for number in range(len(documents))]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        return [
            (folder / "made" / f"{number}.{suffix}").read_bytes()
            for number in range(len(documents))
        ]


def all_pages(documents: Sequence[bytes]) -> list[list[str]]:
    """Return the text of every page of each document."""
    return [_pages(made) for made in converted(documents)]


def pages(document: bytes) -> list[str]:
    """Return the text of every page."""
    return all_pages([document])[0]


def _pages(pdf: bytes) -> list[str]:
    command = ["pdftotext", "-layout", "-", "-"]
    text = subprocess.run(command, input=pdf, check=True, capture_output=True).stdout
    return [page.strip() for page in text.decode().split("\f") if page.strip()]
