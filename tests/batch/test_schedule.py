"""Entries for schedulers: the task of Windows against its schema, with paths that mean something to
shells, from an interpreter and from the built program; the line of cron run by a shell.
"""

import shlex
import subprocess
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from lxml import etree

from evalbatch.cli import main
from evalbatch.nightly.schedule import entries, task, task_name

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).with_name("task.xsd")))
SPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
PYTHON = PureWindowsPath(r"C:\Program Files\评价\python.exe")
SCRIPT = PureWindowsPath(r"C:\评价 & 程序\nightly.ps1")
FOLDERS = [
    r"D:\某人 的文件\绩效（2027）",
    r"D:\R&D 100%\%进度%",
    r"\\server\share$\绩效 评价",
    r"D:\<旧>",
    "D:\\",
    r"D:\a^b!c'd;e$f`g",
]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_task_is_as_the_schema_has_it_and_hands_the_folder_over_whole(folder: str) -> None:
    root = etree.fromstring(task(PureWindowsPath(folder), "23:59", PYTHON, SCRIPT))
    SCHEMA.assertValid(root)
    line = root.findtext(f".//{SPACE}Arguments")
    assert line is not None
    words = windows_words(line)
    assert words[words.index("-File") + 1 :] == [str(SCRIPT), folder, "-Program", str(PYTHON)]
    assert root.findtext(f".//{SPACE}Command") == "powershell.exe"
    assert "T23:59:00" in (root.findtext(f".//{SPACE}StartBoundary") or "")


def windows_words(line: str) -> list[str]:
    """Take a command line apart as Windows programs do (CommandLineToArgvW, without bare
    quotes).
    """
    words, word, quoted, slashes = [], "", False, 0
    for char in f"{line} ":
        if char == "\\":
            slashes += 1
            continue
        if char == '"':
            word += "\\" * (slashes // 2)
            if slashes % 2:
                word += '"'
            else:
                quoted = not quoted
            slashes = 0
            continue
        word, slashes = word + "\\" * slashes, 0
        if char == " " and not quoted:
            words.append(word)
            word = ""
        else:
            word += char
    return [each for each in words if each]


def test_the_task_catches_up_runs_on_battery_and_when_nobody_is_logged_on() -> None:
    root = etree.fromstring(task(PureWindowsPath(FOLDERS[0]), "2:00", PYTHON, SCRIPT))
    said = {element.tag.removeprefix(SPACE): element.text for element in root.iter()}
    assert said["StartWhenAvailable"] == "true"
    assert said["DisallowStartIfOnBatteries"] == said["StopIfGoingOnBatteries"] == "false"
    assert said["LogonType"] == "Password"
    assert said["MultipleInstancesPolicy"] == "IgnoreNew"


def test_every_cycle_has_a_task_of_its_own_name() -> None:
    names = {task_name(PureWindowsPath(folder)) for folder in FOLDERS}
    names.add(task_name(PureWindowsPath(r"E:\某人 的文件\绩效（2027）")))
    assert len(names) == len(FOLDERS) + 1
    assert not any(set(name.removeprefix("evalbatch\\")) & set('\\/:*?"<>|%') for name in names)


def test_the_task_is_saved_as_the_scheduler_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "任务.xml"
    assert main(["schedule", str(tmp_path), "--at", "1:30", "--task", str(path)]) == 0
    assert path.read_bytes().startswith(b"\xff\xfe")
    SCHEMA.assertValid(etree.parse(path))


def test_the_script_comes_with_the_package() -> None:
    (line,) = (line for line in task(Path("/x"), "2:00", PYTHON).splitlines() if "-File" in line)
    assert "nightly.ps1" in line
    import evalbatch.nightly  # noqa: PLC0415

    (folder,) = evalbatch.nightly.__path__
    assert {path.name for path in Path(folder).glob("nightly.*")} == {"nightly.ps1", "nightly.sh"}


def test_the_built_program_is_not_called_as_an_interpreter() -> None:
    printed = entries(
        PurePosixPath("/srv/评价"), "2:00", PurePosixPath("/opt/evalbatch"), built=True
    )
    assert "-m evalbatch" not in printed
    assert "/opt/evalbatch run >>" in printed
    assert 'ExecStart="/opt/evalbatch" run\n' in printed


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's line")
@pytest.mark.parametrize("code", [0, 1, 3, 11, 70])
def test_cron_sends_word_of_what_matters_and_keeps_a_log(tmp_path: Path, code: int) -> None:
    folder = tmp_path / "周期 100% 一"
    folder.mkdir()
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\necho "said $@"\nexit {code}\n')
    program.chmod(0o755)
    printed = entries(folder, "2:00", program, built=True)
    (line,) = (each for each in printed.splitlines() if each.startswith("0 2 * * * "))
    command = line.removeprefix("0 2 * * * ").replace(r"\%", "%")  # as cron hands it on
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout == ("" if code in (0, 1, 11) else f"evalbatch {code}\n")
    (log,) = (folder / "logs").iterdir()
    assert log.read_text(encoding="utf-8") == "said run\n"
    assert shlex.split(command)


def test_systemd_takes_no_fault_of_ours_for_success() -> None:
    printed = entries(PurePosixPath("/srv/评价"), "2:00", PurePosixPath("/opt/python"))
    (line,) = (each for each in printed.splitlines() if each.startswith("SuccessExitStatus="))
    assert line == "SuccessExitStatus=1 11"
