"""Ready entries for the nightly run: cron, systemd and Windows Task Scheduler, with the right
paths.
"""

import shlex
from pathlib import Path, PureWindowsPath

from evalbatch.errors import Trouble

CODES = (
    "退出码：0 正常（有退回也算正常）；1 加了 --strict 且有退回或未报送；2 设置或用法有误；"
    "3 个别报送件或成果遇程序内部故障（其余照常）；4 有邮件未能送出；11 上次运行未结束；"
    "70 程序自身中断；130 被中断"
)

TASK = (
    r'cmd /c pushd "{folder}" && (md logs 2>nul & '
    r'"{python}" -m evalbatch run >> logs\task.log 2>&1)'
)
"""What Windows runs; unlike `cd`, `pushd` also goes to a share."""

TEMPLATE = """\
# {codes}
# 运行记录在 {folder}/output/runs/，日志在 {folder}/logs/

──── cron（crontab -e，加入下面一行）────
{minute} {hour} * * * cd {quoted} && mkdir -p logs && {command} >> logs/cron.log 2>&1

──── systemd 定时器 ────
# /etc/systemd/system/evalbatch.service
[Unit]
Description=evalbatch nightly run
[Service]
Type=oneshot
WorkingDirectory={escaped}
ExecStart={unit}
# 有退回时（--strict）与上次未结束不算故障
SuccessExitStatus=1 11

# /etc/systemd/system/evalbatch.timer
[Unit]
Description=evalbatch every night
[Timer]
OnCalendar=*-*-* {hour:02}:{minute:02}:00
Persistent=true
[Install]
WantedBy=timers.target

# 启用：systemctl enable --now evalbatch.timer

──── Windows 任务计划（在命令提示符中运行）────
schtasks /Create /TN evalbatch /SC DAILY /ST {hour:02}:{minute:02} /TR "{task}"
# “上次运行结果”一栏即退出码：0x0 正常，0x3 程序内部故障，0x4 有邮件未能送出，
# 0xB 上次运行未结束，0x46 程序自身中断
"""


def entries(folder: Path, at: str, python: Path) -> str:
    """Return the entries for a cycle folder.

    Args:
        folder: the cycle folder, absolute.
        at: the time of day as `02:00`.
        python: the interpreter that has evalbatch.

    Raises:
        Trouble: `at` is no time of day.
    """
    hour, minute = _time(at)
    return TEMPLATE.format(
        codes=CODES,
        folder=folder,
        hour=hour,
        minute=minute,
        quoted=_in_cron(folder),
        command=f"{_in_cron(python)} -m evalbatch run",
        escaped=str(folder).replace("%", "%%"),
        unit=f'"{python}" -m evalbatch run'.replace("%", "%%"),
        task=TASK.format(folder=PureWindowsPath(folder), python=PureWindowsPath(python)).replace(
            '"', r"\""
        ),
    )


def _in_cron(path: Path) -> str:
    """Quote a path for the shell that cron starts; to cron itself a percent sign is the end of the
    line.
    """
    return shlex.quote(str(path)).replace("%", r"\%")


def _time(at: str) -> tuple[int, int]:
    hour, _, minute = at.replace("：", ":").partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):  # noqa: PLR2004 - the clock
        raise Trouble(f"“{at}”不是时间，应写作 02:00")
    return int(hour), int(minute)
