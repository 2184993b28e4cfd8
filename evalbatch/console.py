"""Click that speaks Chinese: its own words in help texts and errors, and one place where exceptions
become exit codes.
"""

import math
import os
import re
import signal
import sqlite3
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TextIO, cast

import click
from click.core import augment_usage_errors

from evalbatch.errors import BROKEN, INTERRUPTED, OK, USAGE, Trouble, disk_words, reason
from evalbatch.no_console import open_log
from evalbatch.wide_text import WideContext

STOPPING: Final = ("SIGTERM", "SIGHUP", "SIGBREAK")
"""How a program is asked to end besides Ctrl-C, as far as the system knows them."""

BROKE_OFF: Final = (
    "错误：程序自身出现故障，本次没有完成；已有结果保持完整。请把以上内容发给维护人员，再重新运行。"
)


WHAT_TO_DO: Final = """\
还没有说要做什么。常用的有：
  第一次使用      evalbatch init 2026年度绩效评价    （建立一个评价周期的文件夹）
  处理收件夹      先进入周期文件夹，再运行 evalbatch run
  只试一个文件夹  evalbatch run 收件夹 -o 结果文件夹
  部门自查        evalbatch check 自评表.xlsx
全部命令见 evalbatch --help，一个命令的用法见 evalbatch run --help。"""


_RANGE: Final = re.compile(r"\s*\[[\d.]*<?=?x[<>]=?[\d.]+\]$")
"""How click writes which numbers an option takes: what is wrong with one is said in Chinese."""


class _Chinese(click.Command):
    """Headings and the help option in Chinese, laid out by the columns that characters take."""

    context_class = WideContext

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; what is wrong with them names this command."""
        with augment_usage_errors(ctx):
            return super().parse_args(ctx, args)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"options_metavar": "[选项]", **kwargs})

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(
            ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix="用法："
        )

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = (param for param in self.get_params(ctx) if isinstance(param, click.Option))
        found = filter(None, (param.get_help_record(ctx) for param in options))
        records = [(name, _RANGE.sub("", told)) for name, told in found]
        if records:
            with formatter.section("选项"):
                formatter.write_dl(records)
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "显示本帮助。"
        return option


class GivenPath(click.Path):
    """A path; an empty one, which a variable that is not set leaves behind, is refused."""

    def __init__(self, **wanted: Any) -> None:
        super().__init__(path_type=Path, **wanted)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path.

        Raises:
            click.BadParameter: it is empty, or not what is wanted.
        """
        if not os.fspath(value):
            self.fail("是空的，应为文件或文件夹的名称", param, ctx)
        return super().convert(value, param, ctx)


class Seconds(click.FloatRange):
    """A time to wait: a number, and one that a clock can reach."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the seconds.

        Raises:
            click.BadParameter: they are no number, too few or too many.
        """
        seconds = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail(f"{value} is no number", param, ctx)
        return seconds


class ChineseCommand(_Chinese):
    """A command with Chinese help."""


class ChineseGroup(_Chinese, click.Group):
    """A group of commands with Chinese help."""

    command_class = ChineseCommand

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands in the order in which they were added."""
        del ctx
        rows = [(name, command.help or "") for name, command in self.commands.items()]
        with formatter.section("命令"):
            formatter.write_dl(rows)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return what stands behind the name of the program."""
        del ctx
        return ["[选项]", "命令", "[参数]…"]


ChineseGroup.group_class = ChineseGroup


def usage_message(error: click.UsageError) -> str:
    """Say in Chinese what click found wrong."""
    for kind, said in _SAID.items():
        if isinstance(error, kind):
            return said(error)
    return _translated(error)


def _no_option(error: Any) -> str:
    near = sorted(error.possibilities or ())
    return f"没有这个选项：{error.option_name}" + (
        f"，是否想用 {'、'.join(near)}？" if near else "。"
    )


def _missing(error: Any) -> str:
    return f"缺少参数：{error.param.human_readable_name if error.param else ''}"


def _bad_option(error: Any) -> str:
    counted = re.search(r"requires (\d+) arguments", error.message)
    if counted:
        wanted = f"后面需要 {counted[1]} 个值"
    elif "does not take" in error.message:
        wanted = "后面不应有值"
    else:
        wanted = "后面需要一个值"
    return f"选项用法不对：{error.option_name} {wanted}。"


def _bad_parameter(error: Any) -> str:
    name = ""
    if error.param:
        option = isinstance(error.param, click.Option)
        name = (
            max(error.param.opts, key=len).lstrip("-")
            if option
            else error.param.human_readable_name
        )
    return f"参数“{name}”不对：{_reason(error)}"


_SAID: Final[Mapping[type[click.UsageError], Callable[[Any], str]]] = {
    click.NoSuchOption: _no_option,
    click.MissingParameter: _missing,
    click.BadOptionUsage: _bad_option,
    click.BadParameter: _bad_parameter,
}
_PATHS: Final = {
    "is a directory": "是文件夹，这里要的是文件",
    "is a file": "是文件，这里要的是文件夹",
    "not writable": "不能写入",
}


def _reason(error: click.BadParameter) -> str:
    kind = error.param.type if error.param else None
    if isinstance(kind, click.Tuple):
        kind = next((each for each in kind.types if isinstance(each, click.Choice)), kind)
    found = _named(error.message)
    if isinstance(kind, click.Path) and not error.message.startswith("是空的"):
        words = (said for sign, said in _PATHS.items() if sign in error.message)
        return f"{found} {next(words, '不存在或无法读取')}"
    if isinstance(kind, click.Choice):
        return f"现为 {found}，应为 {' 或 '.join(map(str, kind.choices))}"
    if isinstance(kind, click.types.FloatParamType | click.types.IntParamType):
        return f"应为{_number(kind)}，现为 {found}{_highest(kind)}"
    return error.message


def _number(kind: click.ParamType[Any]) -> str:
    """Say in Chinese which numbers a parameter takes."""
    word = "整数" if isinstance(kind, click.types.IntParamType) else "数字"
    lowest = getattr(kind, "min", None)
    return word if lowest is None else f"不小于 {lowest:g} 的{word}"


def _highest(kind: click.ParamType[Any]) -> str:
    highest = getattr(kind, "max", None)
    return "" if highest is None else f"（最大 {highest}）"


def _named(message: str) -> str:
    """Return what a message of click's is about: what stands between its first pair of quotation
    marks, else its first word.
    """
    found = re.search(r"""'(.*?)'|"(.*?)\"""", message)
    return (found[1] or found[2] or "（空）") if found else message.partition(" ")[0]


def _translated(error: click.UsageError) -> str:
    message = error.message
    if message.startswith("No such command"):
        group = error.ctx.command if error.ctx else None
        known = group.commands if isinstance(group, click.Group) else {}
        near = get_close_matches(_named(message), known, n=2)
        hint = f"，是否想用 {'、'.join(near)}？" if near else "。"
        return f"没有这个命令：{_named(message)}{hint}"
    if message.startswith("Got unexpected extra argument"):
        return f"多余的参数：{message.partition('(')[2].rstrip(')')}"
    if message.startswith("Missing command"):
        return "缺少命令。"
    return message


def guarded(command: click.Command, arguments: Sequence[str] | None) -> int:
    """Run a command and return its exit code; what the user can mend becomes a message in Chinese,
    the rest is a traceback.
    """
    try:
        with stopped_alike():
            code: Any = command.main(args=arguments, prog_name="evalbatch", standalone_mode=False)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except (
        click.ClickException,
        click.Abort,
        KeyboardInterrupt,
        Trouble,
        sqlite3.Error,
        OSError,
    ) as error:
        message, exit_code = answer(error)
        click.echo(message, err=True)
        exec("")  # noqa: S102 - CPython else ends by SIGINT where Ctrl-C met a text being executed
        return exit_code
    except Exception:  # noqa: BLE001 - the outermost edge: a fault of ours has an exit code of its own
        click.echo(f"{traceback.format_exc()}\n{BROKE_OFF}", err=True)
        return BROKEN
    return code if isinstance(code, int) else OK


@contextmanager
def stopped_alike() -> Iterator[None]:
    """Let what schedulers and closing terminals stop a program with end it as Ctrl-C does: in
    order, and with the same exit code. What is ignored stays ignored (nohup).
    """
    found = (getattr(signal, name, None) for name in STOPPING)
    ours = [each for each in found if each is not None and _deadly(each)]
    for number in ours:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _deadly(number: signal.Signals) -> bool:
    """Whether a signal would end this process on the spot, and this thread may change that."""
    first = threading.current_thread() is threading.main_thread()
    return first and signal.getsignal(number) is signal.SIG_DFL


class Patient:
    """A stream that takes everything: a full disk or a closed pipe behind it must not end a run."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write as far as the stream takes it."""
        with suppress(OSError, ValueError):  # ValueError: closed
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush as far as the stream takes it."""
        with suppress(OSError, ValueError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def patient_streams() -> Iterator[Path | None]:
    """Let output and errors go to streams that take everything, in UTF-8; where there are none at
    all, to a log whose path is handed out.
    """
    unseen = sys.stdout is None and sys.stderr is None
    _open_all_three()
    with ExitStack() as stack:
        nowhere = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
        log = open_log(datetime.now().astimezone()) if unseen else None
        instead = stack.enter_context(log) if log else nowhere
        stack.enter_context(redirect_stdout(_patient(sys.stdout or instead)))
        stack.enter_context(redirect_stderr(_patient(sys.stderr or instead)))
        yield Path(log.name) if log else None


def _patient(stream: TextIO) -> TextIO:
    if hasattr(stream, "reconfigure"):  # Windows writes in the system's code page otherwise
        stream.reconfigure(encoding="utf-8", errors="replace")
    return cast("TextIO", Patient(stream))


def _open_all_three() -> None:
    """Open the standard streams that are closed, so that no file of ours takes their place."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def answer(error: BaseException) -> tuple[str, int]:
    """Return the message in Chinese and the exit code for what ends a command."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        inner = error.ctx.parent is not None
        return f"缺少命令。\n\n{error.message}" if inner else WHAT_TO_DO, USAGE
    if isinstance(error, click.UsageError):
        where = error.ctx.command_path if error.ctx else "evalbatch"
        return f"错误：{usage_message(error)}\n查看用法：{where} --help", USAGE
    if isinstance(error, Trouble):
        return f"错误：{error}", error.exit_code
    if isinstance(error, sqlite3.Error):
        return (
            (
                f"错误：台账无法读写（{disk_words(error)}）；请检查磁盘后重新运行，"
                f"已有结果保持完整，不要移动或删除台账。"
            ),
            USAGE,
        )
    if isinstance(error, OSError):
        return (
            (
                f"错误：{error.filename or ''}（{reason(error)}）；请检查后重新运行，"
                f"已有结果保持完整。"
            ),
            USAGE,
        )
    return "已中断，已有结果保持完整，下次运行会接着完成。", INTERRUPTED
