"""Collect everything for an installation without network: wheels by the lock file for a platform,
an install script, and the licences.

    python3 scripts/make_bundle.py --platform windows -o 离线安装包.zip
    python3 scripts/make_bundle.py --platform linux --python 3.12

pip checks the hashes that the lock file names, here and again where it is installed.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from bundle_parts import collect_licences, locked, make_wheel
from windows_python import need_pip

FOLDER = "evalbatch离线安装包"
PLATFORMS = {
    "windows": ("win_amd64",),
    "linux": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "linux-arm": ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
    "macos": ("macosx_12_0_arm64", "macosx_11_0_arm64", "macosx_11_0_universal2"),
}
INSTALL = '''\
"""Install evalbatch from this folder, without network; a newer folder upgrades."""

import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
WANTED = ({major}, {minor})


def main():
    """Make the environment named, or one in the user's folder, and install into it."""
    if sys.version_info[:2] != WANTED:
        sys.exit("需要 Python %d.%d，当前为 %s" % (*WANTED, sys.version.split()[0]))
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path.home() / "evalbatch"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    pip.append("--no-index")
    wheels = HERE / "wheels"
    lock = ["--find-links", str(wheels), "--require-hashes", "-r", str(HERE / "requirements.lock")]
    own = [str(path) for path in wheels.glob("evalbatch-*.whl")]
    for more in (lock, ["--no-deps", "--force-reinstall", *own]):
        if subprocess.run([*pip, *more]).returncode:
            sys.exit("安装失败，见上面的说明。")
    program = python.with_name("evalbatch.exe" if os.name == "nt" else "evalbatch")
    print("已安装：%s" % program)
    print("下一步：%s init 2026年度绩效评价" % program)


if __name__ == "__main__":
    main()
'''
BATCH = """\
@echo off
setlocal DisableDelayedExpansion
set "PYTHONUTF8=1"
chcp 65001 >nul
set "run=py -{version}"
where py >nul 2>nul || set "run=python"
%run% "%~dp0install.py" %*
set code=%errorlevel%
pause
exit /b %code%
"""
SHELL = """\
#!/bin/sh
exec python{version} "$(dirname -- "$0")/install.py" "$@"
"""


def main() -> int:
    """Make the bundle that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-o", "--output", type=Path, default=Path(f"{FOLDER}.zip"))
    parser.add_argument("--platform", choices=PLATFORMS, default="windows")
    parser.add_argument("--python", default="3.13", help="version that it is for")
    arguments = parser.parse_args()
    need_pip()
    with tempfile.TemporaryDirectory() as temporary:
        top = Path(temporary) / FOLDER
        collect(top / "wheels", arguments.platform, arguments.python)
        scripts(top, arguments.python)
        licences(top)
        shutil.make_archive(str(arguments.output.with_suffix("")), "zip", temporary, FOLDER)
    print(f"已生成 {arguments.output}（{arguments.output.stat().st_size >> 20} MB）")
    return 0


def collect(wheels: Path, platform: str, version: str) -> None:
    """Download what the lock file names, and build the product's wheel."""
    tags = [word for tag in PLATFORMS[platform] for word in ("--platform", tag)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary=:all:", *tags]
    lock = [
        "--python-version",
        version,
        "--require-hashes",
        "-r",
        str(locked(wheels.parent, version)),
    ]
    subprocess.run([*command, *lock, "-d", str(wheels)], check=True)
    make_wheel(wheels)


def scripts(top: Path, version: str) -> None:
    """Write what installs."""
    top.mkdir(parents=True, exist_ok=True)
    major, minor = version.split(".")
    text = INSTALL.replace("{major}", major).replace("{minor}", minor)
    (top / "install.py").write_text(text, encoding="utf-8")
    batch = BATCH.format(version=version).replace("\n", "\r\n")
    (top / "安装.bat").write_bytes(batch.encode("ascii"))
    (top / "install.sh").write_text(SHELL.format(version=version), encoding="ascii")
    (top / "install.sh").chmod(0o755)


def licences(top: Path) -> None:
    """Take the licences out of the wheels."""
    with tempfile.TemporaryDirectory() as temporary:
        for wheel in (top / "wheels").glob("*.whl"):
            with zipfile.ZipFile(wheel) as packed:
                told = [name for name in packed.namelist() if ".dist-info/" in name]
                packed.extractall(temporary, told)
        collect_licences(Path(temporary), top / "许可证")


if __name__ == "__main__":
    sys.exit(main())
