"""Word reports as PDF: LibreOffice does it where it is installed, in batches and with a time
limit.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

PROGRAMS = ("soffice", "libreoffice")
PLACES = (
    "C:/Program Files/LibreOffice/program/soffice.exe",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)
BATCH = 20
START_SECONDS = 60.0
SECONDS_EACH = 10.0

Converter = Callable[[Mapping[str, bytes]], Iterator[tuple[str, bytes]]]
"""What turns Word reports into PDFs, both by the same keys."""


def converter() -> str:
    """Return LibreOffice's program, empty when there is none."""
    found = filter(
        None, (*map(shutil.which, PROGRAMS), *(place for place in PLACES if Path(place).is_file()))
    )
    return next(found, "")


def convert(program: str, documents: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the PDF of each Word document by its key; what LibreOffice cannot convert in time is
    left out.

    Args:
        program: LibreOffice's program.
        documents: the .docx files by keys that are file names without a suffix.
    """
    left = iter(documents.items())
    while batch := dict(islice(left, BATCH)):
        with TemporaryDirectory(prefix="evalbatch-pdf-") as name:
            folder = Path(name)
            for key, data in batch.items():
                (folder / f"{key}.docx").write_bytes(data)
            _call(program, folder, list(batch))
            for key in batch:
                made = folder / f"{key}.pdf"
                if made.is_file():
                    yield key, made.read_bytes()


def _call(program: str, folder: Path, keys: list[str]) -> None:
    """Let LibreOffice convert a batch with a profile of its own, and end it with all its processes
    when time is up.
    """
    command = [
        program,
        "--headless",
        "--norestore",
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
    ]
    command += [
        "--convert-to",
        "pdf",
        "--outdir",
        str(folder),
        *(str(folder / f"{key}.docx") for key in keys),
    ]
    process = subprocess.Popen(  # noqa: S603 - the program was found by us, the names are digests
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=sys.platform != "win32",
    )
    try:
        process.wait(START_SECONDS + SECONDS_EACH * len(keys))
    except subprocess.TimeoutExpired:
        if sys.platform != "win32":
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
