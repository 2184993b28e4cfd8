"""Run the product and the part of the suite that concerns Windows on a Windows Python under Wine.

    python3 scripts/make_windows_tests.py FOLDER [what pytest is to run]

Wine, mingw (for a stub of one library) and locales must be there: on Debian
`apt-get install --no-install-recommends wine wine64 gcc-mingw-w64-x86-64 locales`. FOLDER takes
700 MB and is used again by the next call. Packages come from the index that pip is set up for.

Wine is not Windows: it has no memory limits, no Task Scheduler and no PowerShell, and numpy does
not start there: what needs DataFrames is left out.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from windows_python import ROOT, dependencies, interpreter, packages, search_path

PARTS = (
    "tests/windows",
    "tests/batch/test_held.py",
    "tests/batch/test_schedule.py",
    "tests/test_double_click.py",
    "tests/test_same_bytes.py",
    "tests/test_system_words.py",
)
TEST_PACKAGES = ("pytest", "hypothesis")
PRNG = """\
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE at, SIZE_T left) {
    while (left) {
        ULONG some = left > 0x10000 ? 0x10000 : (ULONG)left;
        if (!SystemFunction036(at, some)) return FALSE;
        at += some; left -= some;
    }
    return TRUE;
}
"""
"""What wheels written in Rust ask of Windows, and Wine 8 does not have."""
SITE = """\
import _winapi
import sys
if hasattr(_winapi, "CopyFile2"):
    del _winapi.CopyFile2  # Wine 8 has none; shutil falls back
sys.modules["numpy"] = None  # its start asks for what Wine's C library lacks: no DataFrames there
"""


def main(folder: Path, what: list[str]) -> int:
    """Make what is not there yet, and run."""
    missing = [
        program
        for program in ("wine", "x86_64-w64-mingw32-gcc", "localedef")
        if not shutil.which(program)
    ]
    if missing:
        raise SystemExit(f"缺少：{'、'.join(missing)}（见本文件开头）")
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    python = folder / "python" / "python.exe"
    made = folder / "made"
    if not made.is_file():  # not at all, or not to the end
        make_python(folder, python)
        made.touch()
    fill(folder)
    tests = what or list(PARTS)
    return wine(
        folder, python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not office", *tests
    )


def make_python(folder: Path, python: Path) -> None:
    """Make the interpreter, and a Chinese Windows for it."""
    interpreter(python.parent)
    (python.parent / "_wmi.pyd").unlink(missing_ok=True)  # what platform.* asks, and Wine lacks
    source = folder / "prng.c"
    source.write_text(PRNG, encoding="ascii")
    stub = python.parent / "bcryptprimitives.dll"
    build = ["x86_64-w64-mingw32-gcc", "-shared", "-O2", "-s", "-o", stub, source, "-ladvapi32"]
    subprocess.run(build, check=True)
    locale = folder / "locale" / "zh_CN.UTF-8"
    locale.parent.mkdir(exist_ok=True)
    # warnings end it with 1: the locale is there all the same
    make = ["localedef", "-i", "zh_CN", "-f", "UTF-8", locale]
    subprocess.run(make, check=False)
    start = ["wineboot", "-i"]
    subprocess.run(start, env=environment(folder), check=True)


def fill(folder: Path) -> None:
    """Put the dependencies, and the sources as they stand, beside the interpreter."""
    site, wanted = folder / "site", (*dependencies(), *TEST_PACKAGES)
    note = folder / "wanted"
    if not (note.is_file() and note.read_text(encoding="utf-8") == "\n".join(wanted)):
        shutil.rmtree(site, ignore_errors=True)
        packages(site, *wanted)
        (site / "sitecustomize.py").write_text(SITE, encoding="ascii")
        note.write_text("\n".join(wanted), encoding="utf-8")
    places = (site, ROOT, ROOT / "tests")
    search_path(folder / "python", *map(windows_path, places))


def wine(folder: Path, *command: str | Path) -> int:
    """Run a program under Wine in the checkout, and return its exit code.

    Its output goes through a pipe and its input comes from nowhere: Python's streams do not start
    on a file of Wine's.
    """
    line_of_command = ["wine", *map(str, command)]
    done = subprocess.Popen(
        line_of_command,
        cwd=ROOT,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    for line in done.stdout or ():
        sys.stdout.buffer.write(line)
        sys.stdout.flush()
    code = done.wait()
    print(f"退出码 {code}")
    return code


def environment(folder: Path) -> dict[str, str]:
    """Return an environment that makes Wine a Chinese Windows, with code page 936."""
    return {
        **os.environ,
        "WINEPREFIX": str(folder / "prefix"),
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml=",
        "LOCPATH": str(folder / "locale"),
        "LC_ALL": "zh_CN.UTF-8",
        "LANG": "zh_CN.UTF-8",
        "PYTHONUTF8": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def windows_path(path: Path) -> str:
    """Return how Windows programs name a path under Wine."""
    return "Z:" + str(path).replace("/", "\\")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        raise SystemExit(__doc__)
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
