"""Exit codes where something is wrong with the surroundings: streams, settings, disk, the
program.
"""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from blank.filled import made, road_self_evaluation

from evalbatch import cli, no_console
from evalbatch.console import guarded
from evalbatch.errors import INTERRUPTED, OK
from evalbatch.nightly.setup import Setup


@pytest.fixture
def cycle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cycle folder with one workbook in its inbox."""
    assert cli.main(["init", str(tmp_path / "周期"), "--year", "2023"]) == 0
    monkeypatch.chdir(tmp_path / "周期")
    Path("inbox/甲.xlsx").write_bytes(made("self_evaluation", road_self_evaluation()))
    os.utime("inbox/甲.xlsx", (1_700_000_000, 1_700_000_000))  # nothing waits until it stands still
    return tmp_path / "周期"


def run(*arguments: str, **more: object) -> int:
    command = [sys.executable, "-m", "evalbatch", "run", "--as-of", "2024-04-01", *arguments]
    return subprocess.run(command, check=False, **more).returncode  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("full", ["stdout", "stderr", "both"])
def test_a_full_stream_does_not_stop_the_night(cycle: Path, full: str) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as device:
        streams = {name: device for name in ("stdout", "stderr") if full in (name, "both")}
        assert run("--verbose", **streams) == 0
    assert (cycle / "output" / "汇总表.xlsx").is_file()


def test_no_streams_at_all_do_not_stop_the_night(cycle: Path) -> None:
    command = f'"{sys.executable}" -m evalbatch run --as-of 2024-04-01 >&- 2>&- <&-'
    assert subprocess.run(["sh", "-c", command], check=False).returncode == 0
    assert (cycle / "output" / "汇总表.xlsx").is_file()


@pytest.mark.parametrize(("command", "code"), [("run", 0), ("nonsense", 2), ("", 2)])
def test_without_a_console_what_is_said_goes_to_a_log(cycle: Path, command: str, code: int) -> None:
    unseen = (
        "import sys; sys.stdout = sys.stderr = None; from evalbatch.cli import main;"
        f"sys.exit(main({[*command.split(), *['--as-of', '2024-04-01'][: 2 * (command == 'run')]]}))"
    )
    assert subprocess.run([sys.executable, "-c", unseen], check=False).returncode == code
    (log,) = (cycle / "logs").iterdir()
    said = log.read_text(encoding="utf-8")
    assert {"run": "报送件 1 份", "nonsense": "没有这个命令", "": "还没有说要做什么"}[
        command
    ] in said
    told = no_console.words(log, code)
    assert str(log.resolve()) in told
    assert said.splitlines()[-1] in told


def test_a_locale_without_chinese_does_not_stop_the_night(cycle: Path) -> None:
    environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    assert run("--verbose", env=environment) == 0
    assert (cycle / "output" / "汇总表.xlsx").is_file()


def test_a_fault_of_ours_ends_with_70(
    cycle: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(*_: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(Setup, "load", failing)
    assert cycle.is_dir()
    assert cli.main(["run"]) == 70
    said = capsys.readouterr().err
    assert "ZeroDivisionError: ours" in said
    assert "程序自身出现故障" in said


def test_settings_gone_from_a_cycle_do_not_replace_its_results(
    cycle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "--as-of", "2024-04-01", "--quiet"]) == 0
    before = (cycle / "output" / "汇总表.xlsx").read_bytes()
    Path("evalbatch.toml").rename("别处.toml")
    capsys.readouterr()
    for command in (["run"], ["run", "inbox"], ["run", "inbox", "-o", "output"], ["send"]):
        assert cli.main([*command]) == 2
        assert "evalbatch.toml" in capsys.readouterr().err
    assert (cycle / "output" / "汇总表.xlsx").read_bytes() == before
    assert cli.main(["run", "--settings", "别处.toml", "--as-of", "2024-04-01", "--quiet"]) == 0
    assert cli.main(["run", "inbox", "-o", "别的", "--as-of", "2024-04-01", "--quiet"]) == 0


def test_an_empty_inbox_forgets_nothing_unless_all_is_meant(
    cycle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "--as-of", "2024-04-01", "--quiet"]) == 0
    shutil.move("inbox/甲.xlsx", "甲.xlsx")
    capsys.readouterr()
    assert cli.main(["run", "--as-of", "2024-04-02", "--forget-missing"]) == 2
    assert "--forget-all" in capsys.readouterr().err
    assert any((cycle / "output" / "评价报告").rglob("*.docx"))
    assert cli.main(["run", "--as-of", "2024-04-02", "--forget-all", "--quiet"]) == 0
    assert not any((cycle / "output").glob("评价报告/**/*.docx"))


KEPT_APART = {"working_papers": "审核单", "archive": "archive"}


def open_to_others(folder: Path) -> set[str]:
    """Name what others than owner and group may read."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.stat().st_mode & 0o007)
    return {path.relative_to(folder).parts[0] for path in found}


def test_only_the_office_reads_what_holds_addresses_or_notes(cycle: Path) -> None:
    assert cli.main(["run", "--as-of", "2024-04-01", "--quiet"]) == 0
    output = cycle / "output"
    private = {"ledger.sqlite", "审核单", "runs", "汇总表.xlsx"}
    assert private <= {path.name for path in output.iterdir()}
    assert not private & open_to_others(output)
    assert {"评价报告", "总报告.docx"} <= open_to_others(output)
    assert not (output / "data" / "deliveries.csv").stat().st_mode & 0o007
    assert not any(path.stat().st_mode & 0o007 for path in (output / "archive").iterdir())


def test_a_folder_that_departments_may_read_stays_so(cycle: Path) -> None:
    (cycle / "output").chmod(0o755)
    assert cli.main(["run", "--as-of", "2024-04-01", "--quiet"]) == 0
    readable = ("", "data", "评价报告", "审核意见")
    modes = [(cycle / "output" / name).stat().st_mode & 0o777 for name in readable]
    assert modes == [0o755] * len(readable)


def test_working_papers_and_archive_may_stand_outside_the_folder_that_departments_read(
    cycle: Path,
) -> None:
    def night() -> None:
        assert cli.main(["run", "--as-of", "2024-04-01", "--quiet"]) == 0

    night()
    inside, outside = cycle / "output", cycle.parent / "内部"
    before = {
        name: sorted(path.name for path in (inside / name).iterdir())
        for name in ("审核单", "archive")
    }
    text = Path("evalbatch.toml").read_text(encoding="utf-8")
    named = "".join(f'\n{key} = "../内部/{name}"' for key, name in KEPT_APART.items())
    text = text.replace("[paths]", f"[paths]{named}", 1)
    Path("evalbatch.toml").write_text(text, encoding="utf-8")
    for _ in range(2):
        night()
    assert {
        name: sorted(path.name for path in (outside / name).iterdir()) for name in before
    } == before
    assert not any((inside / name).exists() for name in before)


@pytest.mark.parametrize("text", ["", "# 只剩说明\n"])
def test_settings_cut_short_do_not_replace_a_cycles_results(
    cycle: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    assert cli.main(["run", "--as-of", "2024-04-01", "--quiet"]) == 0
    (cycle / "evalbatch.toml").write_text(text, encoding="utf-8")
    assert cli.main(["run", "--as-of", "2024-04-01"]) == cli.main(["send"]) == 2
    assert "设置文件" in capsys.readouterr().err


def test_the_inbox_is_never_the_folder_of_results(
    cycle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(path.name for path in (cycle / "inbox").iterdir())
    assert cli.main(["run", "inbox", "-o", "inbox"]) == 2
    assert "同一个文件夹" in capsys.readouterr().err
    assert sorted(path.name for path in (cycle / "inbox").iterdir()) == before


def test_results_of_another_run_in_the_inbox_are_no_hand_ins(cycle: Path) -> None:
    assert cli.main(["run", "inbox", "-o", "inbox/试算", "--quiet", "--as-of", "2024-04-01"]) == 0
    assert cli.main(["run", "--quiet", "--as-of", "2024-04-01"]) == 0
    told = (cycle / "output" / "data" / "received.csv").read_text(encoding="utf-8-sig")
    assert [line.split(",")[:3] for line in told.splitlines()[1:]] == [
        ["甲.xlsx", "workbook", "read"],
        ["试算", "other", "left_aside"],
    ]


def test_history_of_an_unknown_project_names_the_nearest(
    cycle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "--quiet", "--as-of", "2024-04-01"]) == 0
    assert cycle.is_dir()
    assert cli.main(["history", "城区道路维护"]) == 2
    assert "最接近的是“城区道路养护”" in capsys.readouterr().err
    assert cli.main(["history", "Ｘ"]) == 2
    assert "最接近" not in capsys.readouterr().err


@pytest.mark.parametrize("stop", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_however_a_run_is_stopped_it_ends_in_order(stop: str) -> None:
    number = getattr(signal, stop)

    @click.command()
    def stopped() -> None:
        assert signal.getsignal(number) is signal.default_int_handler
        signal.raise_signal(number)

    usual = signal.default_int_handler if stop == "SIGINT" else signal.SIG_DFL
    before = signal.signal(number, usual)  # who runs the tests in the background ignores some
    try:
        assert guarded(stopped, []) == INTERRUPTED
        assert signal.getsignal(number) == usual
    finally:
        signal.signal(number, before)


def test_what_is_ignored_stops_nothing() -> None:
    @click.command()
    def hung_up() -> None:
        signal.raise_signal(signal.SIGHUP)

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert guarded(hung_up, []) == OK
    finally:
        signal.signal(signal.SIGHUP, before)
