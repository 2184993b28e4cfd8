"""Started by a double click from the program's own folder, by somebody who never opens a terminal:
the cycle beside it is found or made, run, and its result opened; a workbook that is dropped is
checked.
"""

import importlib
import os
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from evalbatch import __version__, cli, no_console
from evalbatch.console import patient_streams
from evalbatch.errors import INTERNAL, OK, SETTINGS_NAME, USAGE
from evalbatch.model.record import STATUS, SUMMARY

SELF_TEST, CHECK = "--自检", "--check"
DROPPED = "EVALBATCH_DROPPED"
"""Where 自查.bat leaves the command line of its window."""
NEW = "{year}年度绩效评价"
RESULTS = (STATUS, SUMMARY)
"""What is opened after a run: the first that is there."""
PUBLISHED = (OK, INTERNAL)
"""How a run ends that leaves results: after any other, what stands there is of an earlier run, and
would hide what the window says.
"""
PACKAGES = (
    "click",
    "docx",
    "docxtpl",
    "filelock",
    "jinja2",
    "lxml",
    "openpyxl",
    "pandas",
    "pebble",
    "pydantic",
    "python_calamine",
    "rich",
    "xlrd",
    "xlsxwriter",
)
"""What the product stands on, as Python calls it."""

_WORDS = re.compile(r'"([^"]*)"|(\S+)')

Ask = Callable[[str], str]
Open = Callable[[Path], None]


def asked(question: str) -> str:
    """Put a question to whoever sits before the window.

    Raises:
        click.Abort: nobody does, or there is no window.
    """
    try:
        return input(question)
    except (EOFError, RuntimeError):  # how Python says that there is no standard input
        click.echo(f"{question}（没有人回答）")
        raise click.Abort from None


def main(arguments: Sequence[str], home: Path, ask: Ask = asked, show: Open | None = None) -> int:
    """Do what the double click asks for, and return the exit code.

    Args:
        arguments: nothing, `--自检`, `--check` and workbooks, or a command of evalbatch.
        home: the program's folder, beside or in which the cycle folder lies.
        ask: puts a question and returns the answer.
        show: opens a file as a double click does.
    """
    with patient_streams() as log:
        try:
            code = done(arguments, home, ask, show or opened)
        except click.Abort:
            code = USAGE
    if log:
        no_console.show(log, code)
    return code


def done(arguments: Sequence[str], home: Path, ask: Ask, show: Open) -> int:
    """Do what `main` is asked for, with streams to write to."""
    if not arguments:
        return evaluate(home, ask, show)
    if arguments[0] == SELF_TEST:
        return self_test(home)
    if arguments[0] == CHECK:
        names = dropped(os.environ.get(DROPPED, "")) or arguments[1:]
        return check([Path(name) for name in names if name], show)
    return cli.main(arguments)


def evaluate(home: Path, ask: Ask, show: Open) -> int:
    """Run the cycle beside the program and open its result."""
    folder = chosen(cycles(home), ask)
    if folder is None:
        return made(home, ask)
    click.echo(f"周期文件夹：{folder}")
    os.chdir(folder)
    code = cli.main(["run"])
    if code in PUBLISHED and (result := newest_result(folder)):
        present(result, show)
    return code


def newest_result(folder: Path) -> Path | None:
    """Return what is opened of a cycle's results, wherever its settings put them."""
    from evalbatch.settings import Settings  # noqa: PLC0415

    output = Settings.read(folder / SETTINGS_NAME).paths.output
    return next(filter(Path.is_file, (output / name for name in RESULTS)), None)


def cycles(home: Path) -> list[Path]:
    """Return the cycle folders beside the program's folder and in it."""
    places = (home.parent, home)
    near = [place for place in places if (place / SETTINGS_NAME).is_file()]
    for place in places:
        near += sorted(
            path.parent for path in place.glob(f"*/{SETTINGS_NAME}") if path.parent != home
        )
    return list(dict.fromkeys(near))


def chosen(found: Sequence[Path], ask: Ask) -> Path | None:
    """Return the cycle folder, the one that the user names where there are several."""
    if len(found) < 2:  # noqa: PLR2004 - several
        return found[0] if found else None
    for number, folder in enumerate(found, start=1):
        click.echo(f"  {number}  {folder}")
    answer = ask("有多个周期文件夹，请输入编号后按回车：").strip()
    inside = answer.isdecimal() and 1 <= int(answer) <= len(found)
    return found[int(answer) - 1] if inside else chosen(found, ask)


def made(home: Path, ask: Ask) -> int:
    """Offer to make a cycle folder beside the program, say what comes next, and return the exit
    code.
    """
    folder = home.parent / NEW.format(year=datetime.now().astimezone().year)
    answer = ask(f"没有找到周期文件夹。要新建 {folder} 吗？（是/否）").strip().lower()
    if answer not in ("是", "y", "yes"):
        click.echo(f"没有新建。周期文件夹应与程序文件夹放在同一处，其中有 {SETTINGS_NAME}。")
        return USAGE
    if code := cli.main(["init", str(folder)]):
        return code
    click.echo("请填写名册，把报送件放入 inbox，再双击 评价.bat。")
    return OK


def dropped(line: str) -> list[str]:
    r"""Return the files dropped on a .bat file, from the command line of the window that runs it
    (`cmd.exe /c ""D:\自查.bat" D:\a&b.xlsx "D:\c d.xlsx""`); empty where nothing was.

    Explorer puts only names with blanks in quotes.
    """
    command = re.sub(r"^.*? /[cC] |^.*", "", line, count=1).strip()
    if command.startswith('""') and command.endswith('"'):
        command = command[1:-1]
    return [quoted or bare for quoted, bare in _WORDS.findall(command)][1:]


def check(files: Sequence[Path], show: Open) -> int:
    """Check workbooks that were dropped, and open what is to be said about them as a page."""
    if not files:
        click.echo("请把一份或几份工作簿拖到 自查.bat 上。")
        return USAGE
    page = place_for(f"{files[0].stem}_自查结果.html", files[0].parent)
    code = cli.main(["check", *map(str, files), "--html", str(page)])
    if page.is_file():
        present(page, show)
    return code


def place_for(name: str, folder: Path) -> Path:
    """Return where a page goes: into a folder, or below that for temporary files where the folder
    takes none, such as an archive that is looked into or somebody else's share.
    """
    try:
        writable(folder)
    except OSError:
        return Path(tempfile.gettempdir()) / name
    return folder / name


def present(page: Path, show: Open) -> None:
    """Open a result; it stands there even where nothing opens it."""
    click.echo(f"结果：{page}")
    try:
        show(page)
    except OSError:
        click.echo("没有能自动打开，请自己打开上面的文件。")


def self_test(home: Path) -> int:
    """Say whether everything is there, and return 0 where it is."""
    tests: dict[str, Callable[[], object]] = {
        f"Python {sys.version.split()[0]}": lambda: None,
        f"程序 evalbatch {__version__}": standards,
        **{f"组件 {name}": partial(importlib.import_module, name) for name in PACKAGES},
        f"可写入 {home}": lambda: writable(home),
    }
    faults = 0
    for name, test in tests.items():
        try:
            test()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is said
            faults += 1
            click.echo(f"缺失  {name}（{type(error).__name__}）")
        else:
            click.echo(f"正常  {name}")
    advice = "缺少的请重新解压整个文件夹，不能写入的请把程序放到可以写入的位置"
    click.echo(f"有 {faults} 项不正常：{advice}。" if faults else "一切就绪。")
    return OK if not faults else USAGE


def standards() -> None:
    """Read what the program brings along."""
    from evalbatch.nightly.setup import Setup  # noqa: PLC0415
    from evalbatch.settings import Settings  # noqa: PLC0415

    Setup.load(Settings())


def writable(home: Path) -> None:
    """See that a folder takes files.

    Raises:
        OSError: it takes none.
    """
    probe = home / ".probe"
    probe.write_bytes(b"")
    probe.unlink()


def opened(path: Path) -> None:
    """Open a file with the program for it."""
    if sys.platform == "win32":
        os.startfile(path)  # noqa: S606 - what a double click does
    else:
        import webbrowser  # noqa: PLC0415 - elsewhere only

        webbrowser.open(path.as_uri())


def start(home: Path) -> int:
    """Be what the .bat files start: leave the window open until the user has read it."""
    try:
        return main(sys.argv[1:], home)
    finally:
        if sys.stdin is not None and sys.stdin.isatty() and SELF_TEST not in sys.argv:
            with suppress(EOFError):
                input("按回车键关闭本窗口。")
