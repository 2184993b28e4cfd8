"""Ready entries for the nightly run: cron, systemd and Windows Task Scheduler, with the right
paths.
"""

import shlex
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePath, PureWindowsPath
from xml.sax.saxutils import escape

from evalbatch.errors import Trouble
from evalbatch.output_files import safe_name

CODES = (
    "退出码：0 正常（有退回也算正常）；1 加了 --strict 且有退回或未报送；2 设置或用法有误；"
    "3 程序内部故障，或有成果文件正被占用未能更新；4 有邮件未能发出；"
    "11 上次运行未结束；70 程序自身出现故障；130 被中断"
)
SCRIPT = Path(__file__).with_name("nightly.ps1")
MARK_LENGTH = 4

TEMPLATE = """\
# {codes}
# 运行记录在 {folder}/output/runs/，日志在 {folder}/logs/

──── cron（crontab -e，加入下面一行）────
# 日志每天一个，保留 90 天；退出码不是 0、1、11 时 cron 会发邮件（MAILTO），
# 其中 4 是有邮件未能发出（原因在日志末尾），其余照常完成
{minute} {hour} * * * cd {quoted} && mkdir -p logs && {command} \
>> logs/$(date +\\%F).log 2>&1; c=$?; \
case $c in 0|1|11) ;; *) echo "evalbatch $c";; esac; \
cd {quoted} && find logs -name '*.log' -mtime +90 -delete

──── systemd 定时器 ────
# /etc/systemd/system/evalbatch.service
[Unit]
Description=evalbatch nightly run
[Service]
Type=oneshot
WorkingDirectory={escaped}
ExecStart={unit}
# 有退回时（--strict）与上次未结束不算故障；2、3、4、70 算故障：4 是有邮件未能发出（其余已完成，
# 原因见 journalctl -u evalbatch），70 是程序自身出现故障
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

──── Windows 任务计划 ────
# 先用 evalbatch schedule --task 任务.xml 把下面的任务存成文件，再在命令提示符中运行
# （会询问登录密码，以便未登录时也能运行、能访问共享文件夹）：
schtasks /Create /TN "{task}" /XML 任务.xml /RU "%USERDOMAIN%\\%USERNAME%" /RP *
# 撤销：schtasks /Delete /TN "{task}"
# “上次运行结果”一栏即退出码：0x0 正常，0x3 程序内部故障或有文件被占用，
# 0x4 有邮件未能发出，0xB 上次运行未结束，0x46 程序自身出现故障
{xml}"""

TASK = """\
<?xml version="1.0"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>{description}</Description>
    <URI>\\{name}</URI>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>2020-01-01T{hour:02}:{minute:02}:00</StartBoundary>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>Password</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <AllowHardTerminate>true</AllowHardTerminate>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>
    <AllowStartOnDemand>true</AllowStartOnDemand>
    <Enabled>true</Enabled>
    <Hidden>false</Hidden>
    <RunOnlyIfIdle>false</RunOnlyIfIdle>
    <WakeToRun>false</WakeToRun>
    <ExecutionTimeLimit>PT12H</ExecutionTimeLimit>
    <Priority>7</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>powershell.exe</Command>
      <Arguments>{arguments}</Arguments>
    </Exec>
  </Actions>
</Task>
"""
"""A task that catches up what it missed, also on battery, whether somebody is logged on or not; it
asks for no working folder, so that a share leaves no drive letter behind.
"""


@dataclass(frozen=True, slots=True)
class Program:
    """What is started: an interpreter that has evalbatch, or the built program."""

    path: PurePath
    built: bool = False

    @property
    def arguments(self) -> str:
        """What stands behind the path on a command line."""
        return "run" if self.built else "-m evalbatch run"


def entries(folder: PurePath, at: str, python: PurePath, *, built: bool = False) -> str:
    """Return the entries for a cycle folder.

    Args:
        folder: the cycle folder, absolute.
        at: the time of day as `02:00`.
        python: the interpreter that has evalbatch.
        built: whether `python` is the built program itself.

    Raises:
        Trouble: `at` is no time of day.
    """
    hour, minute = _time(at)
    program = Program(python, built)
    return TEMPLATE.format(
        codes=CODES,
        folder=folder,
        hour=hour,
        minute=minute,
        quoted=_in_cron(folder),
        command=f"{_in_cron(python)} {program.arguments}",
        escaped=str(folder).replace("%", "%%"),
        unit=f'"{python}" {program.arguments}'.replace("%", "%%"),
        task=task_name(folder),
        xml=task(folder, at, python),
    )


def task(folder: PurePath, at: str, python: PurePath, script: PurePath = SCRIPT) -> str:
    r"""Return the task for Windows' Task Scheduler as XML, to be saved in UTF-16.

    It goes through `nightly.ps1`, which keeps dated logs. Nothing in it is read by `cmd`, so that
    `&`, `%` and `^` in paths mean nothing, and the folder may lie on a share.

    Args:
        folder: the cycle folder, absolute.
        at: the time of day as `02:00`.
        python: the interpreter that has evalbatch, or the built program.
        script: where `nightly.ps1` is.

    Raises:
        Trouble: `at` is no time of day.
    """
    hour, minute = _time(at)
    arguments = (
        f"-NoProfile -NonInteractive -WindowStyle Hidden -ExecutionPolicy Bypass"
        f" -File {_quoted(script)} {_quoted(folder)} -Program {_quoted(python)}"
    )
    return TASK.format(
        description=escape(f"预算绩效评价每晚处理：{PureWindowsPath(folder)}"),
        name=escape(task_name(folder)),
        hour=hour,
        minute=minute,
        arguments=escape(arguments),
    )


def task_name(folder: PurePath) -> str:
    """Return the name of a cycle's task, which no other cycle's task has: that of its folder, told
    apart by a mark from where it lies.
    """
    mark = sha256(str(folder).encode("utf-8", "surrogatepass")).hexdigest()[:MARK_LENGTH]
    name = safe_name(PureWindowsPath(folder).name).replace("%", "％")
    return f"evalbatch\\{name} ({mark})"


def _quoted(path: PurePath) -> str:
    """Quote a path as Windows programs read their command line: before a quotation mark, a
    backslash counts only when doubled.
    """
    text = str(PureWindowsPath(path))
    return f'"{text}\\"' if text.endswith("\\") else f'"{text}"'


def _in_cron(path: PurePath) -> str:
    """Quote a path for the shell that cron starts; to cron itself a percent sign is the end of the
    line.
    """
    return shlex.quote(str(path)).replace("%", r"\%")


def _time(at: str) -> tuple[int, int]:
    hour, _, minute = at.replace("：", ":").partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):  # noqa: PLR2004 - the clock
        raise Trouble(f"“{at}”不是时间，应写作 02:00")
    return int(hour), int(minute)
