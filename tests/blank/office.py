"""LibreOffice as the department's spreadsheet program."""

import io
import re
import subprocess
import zipfile
from pathlib import Path


def calculated(root: Path, *files: Path) -> Path:
    """Let LibreOffice open and save files; returns the folder of what it saved."""
    profile = f"-env:UserInstallation=file://{root}/profile"
    command = [
        "soffice",
        "--headless",
        profile,
        "--convert-to",
        "xlsx",
        "--outdir",
        str(root / "out"),
        *map(str, files),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return root / "out"


def without_results(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename.startswith("xl/worksheets/"):
                content = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", content)
            target.writestr(entry, content)
    return buffer.getvalue()
