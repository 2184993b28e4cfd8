"""What the app and the offline bundle share: the product's own wheel, and the licences of all."""

import re
import subprocess
import sys
from collections.abc import Sequence
from email.parser import HeaderParser
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
LICENCES = ROOT / "scripts" / "licences"
"""Texts of licences that packages name and do not bring along."""
_MARKER = re.compile(r" ; python_full_version (<|>=) '([\d.]+)'")
"""What the lock file tells apart: `scripts/lock.py` makes it for every platform at once."""
_LICENCE = re.compile(r"licen[cs]e|copying|notice|authors", re.IGNORECASE)


def locked(folder: Path, version: str) -> Path:
    """Write the part of the lock file that is meant for a version of Python into a folder: pip
    judges by the version that runs it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    kept = [_MARKER.sub("", entry, 1) for entry in entries if _meant(entry, version)]
    path = folder / "requirements.lock"
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    return path


def _meant(entry: str, version: str) -> bool:
    """Whether an entry of the lock file is for a version of Python."""
    found = _MARKER.search(entry)
    if found is None:
        return True
    ours, bound = (tuple(map(int, each.split("."))) for each in (version, found[2]))
    return ours < bound if found[1] == "<" else ours >= bound


def make_wheel(folder: Path) -> Path:
    """Build the product's wheel into a folder."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True)
    (wheel,) = folder.glob("evalbatch-*.whl")
    return wheel


def collect_licences(site: Path, folder: Path, also: Sequence[str] = ()) -> None:
    """Copy the licences of all packages below `site`, and list the packages with versions and
    licences in 清单.txt, with further lines.

    Raises:
        SystemExit: a package brings no licence, and we have no text of it either.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = list(also)
    for info in sorted(site.glob("*.dist-info")):
        told = HeaderParser().parsestr((info / "METADATA").read_text(encoding="utf-8"))
        name, version = told["Name"], told["Version"]
        licence = _licence(told.items())
        lines.append(f"{name} {version}\t{licence}")
        target = folder / f"{name}-{version}"
        target.mkdir(exist_ok=True)
        for path in _texts(info, licence) or _refuse(name):
            inside = path.relative_to(info).parts if path.is_relative_to(info) else (path.name,)
            parts = inside[1:] if inside[0] == "licenses" else inside
            (target / "_".join(parts)).write_bytes(path.read_bytes())
    text = "所含组件、版本和许可证\r\n" + "".join(f"{line}\r\n" for line in lines)
    (folder / "清单.txt").write_bytes(text.encode("utf-8-sig"))


def _texts(info: Path, licence: str) -> list[Path]:
    """Return the files with a package's licences: those that it brings, else our text of it."""
    found = [
        path
        for path in sorted(info.rglob("*"))
        if path.is_file() and _LICENCE.search(path.relative_to(info).as_posix())
    ]
    ours = LICENCES / f"{licence}.txt"
    return found or ([ours] if ours.is_file() else [])


def _refuse(name: str) -> NoReturn:
    raise SystemExit(f"{name} 没有附许可证，请把全文放入 {LICENCES}")


def _licence(told: list[tuple[str, str]]) -> str:
    """Return what a package's metadata say of its licence, in a line."""
    expression = [text for key, text in told if key == "License-Expression"]
    classes = [
        text.rpartition(" :: ")[2]
        for key, text in told
        if key == "Classifier" and text.startswith("License ::")
    ]
    free = [text.strip().splitlines()[0] for key, text in told if key == "License" and text.strip()]
    return "；".join(expression or classes or free) or "见其许可证文件"
