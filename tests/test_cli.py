"""The command line: Chinese words, exit codes, and what each command prints; everything behind it
is real.
"""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import unicodedata
from pathlib import Path, PureWindowsPath
from xml.sax.saxutils import escape

import pytest
from repository import ROOT, TEMPLATES, evalbatch

from evalbatch.console import answer
from evalbatch.nightly.lock import BusyError
from evalbatch.output_files import DiskFullError

CASE_B = "外事活动（出访）专项经费.xlsx"


def example(kind: str = "examples") -> Path:
    return next((TEMPLATES / kind).rglob(CASE_B))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


COMMANDS = (
    "init",
    "blank",
    "check",
    "run",
    "analyse",
    "send",
    "explain",
    "forms",
    "form",
    "policies",
    "schedule",
    "template",
)


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS), ("template", "check")])
def test_help_speaks_chinese_throughout(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert evalbatch(*command, "--help") == 0
    printed = capsys.readouterr().out
    assert printed.startswith("用法：evalbatch")
    assert "选项:" in printed
    assert not any(
        word in printed
        for word in ("Usage", "Options", "Commands", "OPTIONS", "COMMAND", "Show this", "Arguments")
    )


def test_help_lists_every_command_of_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    evalbatch("--help")
    printed = capsys.readouterr().out
    assert [name for name in COMMANDS if f"\n  {name} " in printed] == list(COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "--jbos"), "没有这个选项：--jbos，是否想用 --jobs"),
        (("rum",), "没有这个命令：rum"),
        (("explain",), "缺少参数：编号"),
        (("run", "a", "b"), "多余的参数：b"),
        (("run", "--as-of", "2026-13-40"), "2026-13-40 不是日期，应写作 2026-03-31"),
        (("run", "--jobs", "x"), "参数“jobs”不对：应为不小于 0 的整数，现为 x"),
        (("run", "--jobs", "-1"), "参数“jobs”不对：应为不小于 0 的整数，现为 -1"),
        (("watch", "--every", "abc"), "参数“every”不对：应为不小于 0.1 的数字，现为 abc"),
        (("watch", "--every", "0"), "参数“every”不对：应为不小于 0.1 的数字，现为 0.0"),
        (("init", "x", "--year", "26"), "参数“year”不对：应为不小于 1949 的整数，现为 26"),
        (("watch", "--every", "nan"), "现为 nan（最大 86400）\n"),
        (("watch", "--every", "1e20"), "现为 1e+20（最大 86400）\n"),
        (("init", "x", "--year", "99999"), "现为 99999（最大 2199）\n"),
        (("init", ""), "参数“文件夹”不对：是空的，应为文件或文件夹的名称\n"),
        (("schedule", "--task", ""), "参数“task”不对：是空的，"),
        (("run", "x", "-o", ""), "参数“output”不对：是空的，"),
        (("forms", "--settings", "none.toml"), "none.toml：读不到设置文件（文件或文件夹不存在）"),
        (("forms", "--settings", "."), ".：读不到设置文件（这是文件夹，不是文件）"),
        (("run", "--as-of"), "选项用法不对：--as-of"),
        (("check", "没有.xlsx"), "没有.xlsx 不存在或无法读取"),
        (("run", "没有的收件夹"), "收件夹不存在：没有的收件夹"),
        (("explain", "Z99"), "没有编号为“Z99”的问题"),
        (("blank", "nowhere"), "没有这种表：nowhere"),
        (("schedule", "--at", "25:00"), "“25:00”不是时间，应写作 02:00"),
        (("send",), "不是评价周期文件夹"),
        (("review",), "不是评价周期文件夹"),
        (("history", "某项目"), "不是评价周期文件夹"),
        (("run",), "不是评价周期文件夹"),
        (("run", "--settings", "没有.toml"), "没有.toml"),
    ],
)
def test_wrong_usage_is_one_chinese_message_and_exit_code_2(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    assert evalbatch(*arguments) == 2
    printed = capsys.readouterr()
    assert says in printed.err
    assert "Traceback" not in printed.err
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (BusyError("另一次运行正在进行（自 2026-04-01 02:00:00 起）"), 11, "02:00:00 起"),
        (KeyboardInterrupt(), 130, "已中断"),
        (DiskFullError(Path("汇总表.xlsx"), "磁盘空间已用完"), 2, "磁盘空间已用完"),
        (sqlite3.OperationalError("database or disk is full"), 2, "台账无法读写"),
        (PermissionError(13, "Permission denied", "output"), 2, "output"),
    ],
)
def test_what_ends_a_command_is_a_message_with_its_exit_code(
    error: BaseException, code: int, says: str
) -> None:
    message, exit_code = answer(error)
    assert exit_code == code
    assert says in message


def test_check_shows_findings_with_their_cells_and_says_that_it_would_be_returned(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert evalbatch("check", example("examples_as_filed")) == 1
    printed = capsys.readouterr().out
    assert "将被退回" in printed
    assert "X02" in printed
    assert "自评表!" in printed
    assert "怎样改：" in printed


def test_check_of_a_clean_workbook_says_its_grade(capsys: pytest.CaptureFixture[str]) -> None:
    assert evalbatch("check", example()) == 0
    assert (
        "可以报送（没有问题），自评总分 92.45，核算总分 93.45，核定得分 92.45，等次 优"
        in capsys.readouterr().out
    )


@pytest.mark.parametrize(("year", "code"), [(2019, 0), (2026, 1)])
def test_check_in_a_cycle_folder_knows_its_year_as_the_night_does(
    year: int,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "evalbatch.toml").write_text(f"[cycle]\nyear = {year}\n", encoding="utf-8")
    workbook = str(Path(example()).resolve())
    monkeypatch.chdir(tmp_path)
    assert evalbatch("check", workbook) == code
    assert ("D11" in capsys.readouterr().out) == (year != 2019)


def test_check_as_json_has_the_keys_of_the_csv_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert evalbatch("check", "--json", example("examples_as_filed")) == 1
    (result,) = json.loads(capsys.readouterr().out)
    assert (result["form"], result["status"], result["computed_total"] is not None) == (
        "self_evaluation",
        "returned",
        True,
    )
    assert {"sheet", "cell", "code", "severity", "message", "expected", "found", "basis"} <= result[
        "findings"
    ][0].keys()
    assert list(result) == [
        *(
            "file",
            "form",
            "year",
            "department",
            "unit",
            "project",
            "status",
            "claimed_total",
            "computed_total",
            "final_total",
        ),
        *("grade", "unscorable", "errors", "warnings", "notes", "findings"),
    ]
    assert result["project"] == "外事活动（出访）专项经费"
    assert (result["claimed_total"], result["final_total"], result["errors"]) == ("92.45", None, 4)
    places = next(each["places"] for each in result["findings"] if each["code"] == "E03")
    assert places[0] == {"file": CASE_B, "sheet": "满意度调查", "cell": "B6", "row": 6, "column": 2}


def test_check_of_a_returned_workbook_says_both_totals_and_that_they_do_not_count(
    capsys: pytest.CaptureFixture[str],
) -> None:
    evalbatch("check", example("examples_as_filed"))
    assert "自评总分 92.45，核算总分 94.45（未核定）" in capsys.readouterr().out


def test_check_of_a_file_that_is_no_workbook(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "文字.xlsx").write_text("不是工作簿", encoding="utf-8")
    assert evalbatch("check", "文字.xlsx") == 1
    assert "无法读取" in capsys.readouterr().out


def test_check_needs_no_roster_and_no_template_but_says_every_fault_of_a_set_up_it_cannot_judge_by(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evalbatch("init", "cycle")
    settings = folder / "cycle" / "evalbatch.toml"
    text = settings.read_text(encoding="utf-8")
    year = re.sub(r"(?m)^year = .*$", "year = 2019", text)  # the example's
    settings.write_text(year, encoding="utf-8")
    for broken in ("名册.xlsx", "报告模板/project.docx"):
        (folder / "cycle" / broken).write_bytes(b"broken")
    capsys.readouterr()
    assert evalbatch("check", example(), "--settings", settings) == 0
    assert "可以报送" in capsys.readouterr().out
    (folder / "cycle" / "豁免.xlsx").write_bytes(b"broken")
    assert evalbatch("check", example(), "--settings", settings) == 2
    said = capsys.readouterr()
    assert not said.out
    assert [
        name for name in ("名册.xlsx", "豁免.xlsx", "project.docx") if name not in said.err
    ] == []


@pytest.fixture
def inbox(folder: Path) -> Path:
    (folder / "inbox").mkdir()
    shutil.copy(example(), folder / "inbox")
    return folder / "inbox"


def test_run_says_in_chinese_what_it_made_and_where(
    inbox: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evalbatch("run", inbox, "-o", "成果", "--as-of", "2026-03-31") == 0
    printed = capsys.readouterr()
    assert "报送件 1 份：已核定 1" in printed.out
    assert "结果在 成果" in printed.out
    assert len(printed.out.splitlines()) <= 24
    assert Path("成果/汇总表.xlsx").is_file()


def test_run_without_arguments_takes_inbox_and_output_of_the_current_folder(
    inbox: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert inbox.is_dir()
    Path("evalbatch.toml").touch()
    assert evalbatch("run", "--quiet") == 0
    assert capsys.readouterr().out == ""
    assert Path("output/汇总表.xlsx").is_file()


def test_run_as_json_prints_the_record(inbox: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evalbatch("run", inbox, "--json") == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["counts"]["graded"] == 1
    assert printed.err == ""


def test_strict_tells_by_the_exit_code_that_something_was_returned(inbox: Path) -> None:
    shutil.copy(example("examples_as_filed"), inbox / CASE_B)
    assert evalbatch("run", inbox, "--quiet") == 0
    assert evalbatch("run", inbox, "--quiet", "--strict") == 1


def test_a_new_cycle_runs_from_its_first_day(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert evalbatch("init", "2026年度", "--year", "2026") == 0
    assert "名册.xlsx" in capsys.readouterr().out
    assert evalbatch("init", "2026年度") == 2
    monkeypatch.chdir(folder / "2026年度")
    assert evalbatch("run") == 0
    assert "报送件 0 份" in capsys.readouterr().out


def test_send_without_a_server_writes_the_messages_down(
    inbox: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert inbox.is_dir()
    Path("evalbatch.toml").touch()
    evalbatch("run", "--quiet")
    assert evalbatch("send", "--dry-run") == 0
    assert "邮件：" in capsys.readouterr().out


def test_a_blank_form_is_written(folder: Path) -> None:
    assert evalbatch("blank", "self_evaluation", "-o", "表.xlsx") == 0
    assert (folder / "表.xlsx").read_bytes().startswith(b"PK")


def test_forms_policies_and_explain_know_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert evalbatch("forms") == evalbatch("policies") == evalbatch("explain", "m05") == 0
    printed = capsys.readouterr().out
    assert "项目支出绩效自评表" in printed
    assert "cz2020_self" in printed
    assert "M05" in printed


def test_schedule_prints_entries_with_the_right_paths(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "周期 一").mkdir()
    assert evalbatch("schedule", "周期 一", "--at", "3:05") == 0
    printed, noted = capsys.readouterr()
    assert "周期 一 不是评价周期文件夹" in noted
    assert f"5 3 * * * cd '{folder / '周期 一'}' && " in printed
    assert "OnCalendar=*-*-* 03:05:00" in printed
    (command,) = [line for line in printed.splitlines() if line.startswith("schtasks")]
    assert "evalbatch\\周期 一 (" in command
    assert "T03:05:00</StartBoundary>" in printed
    assert escape(f'"{PureWindowsPath(folder / "周期 一")}"') in printed
    assert sys.executable in printed
    assert "11 上次运行未结束" in printed
    assert "70 程序自身出现故障" in printed


@pytest.mark.parametrize("command", [(), ("run",), ("send",), ("blank",), ("template", "check")])
def test_the_columns_of_a_help_line_up_and_fit_80(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert evalbatch(*command, "--help") == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(columns, lines)) <= 80
    starts = {
        columns(found[0])
        for line in lines[lines.index("选项:") :]
        if (found := re.match(r"  \S.*?\s{2,}|\s{4,}(?=\S)", line))
    }
    assert len(starts) <= 2  # options, and commands


def columns(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "evalbatch init"),
        (("ini",), "是否想用 init"),
        (("run", "--full=1"), "--full 后面不应有值"),
        (("run", "--jobs"), "--jobs 后面需要一个值"),
        (("send", "--resolve", "a"), "--resolve 后面需要 2 个值"),
        (("send", "--resolve", "a", "b"), "现为 b，应为 已送达 或 未送达"),
        (("check", "."), "这里要的是文件"),
        (("template",), "缺少命令"),
    ],
)
def test_what_is_wrong_is_said_in_our_words(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    assert evalbatch(*arguments) == 2
    said = capsys.readouterr().err
    assert says in said
    own = "Error|Usage|Missing|No such|Did you|requires|does not|one of|unexpected|is a "
    assert not re.search(own, said)


def test_template_check_names_what_is_wrong(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = ROOT / "evalbatch" / "publish" / "templates" / "project.docx"
    assert evalbatch("template", "check", shipped, "--preview", "预览.docx") == 0
    assert (folder / "预览.docx").is_file()
    (folder / "坏.docx").write_bytes(b"no document")
    assert evalbatch("template", "check", "坏.docx") == 2
    assert "模板" in capsys.readouterr().out


def test_the_module_is_the_same_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "evalbatch", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "evalbatch 0.1.0\n"


def test_a_command_ends_without_a_last_look_through_all_it_held_for_garbage() -> None:
    program = """
from evalbatch.cli import main
class Searched(list):
    def __del__(self): print("searched")
held = Searched()
held.append(held)
del held
main(["--version"])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "evalbatch 0.1.0\n"


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from evalbatch.cli import main; main(['--help']); print(sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = done.stdout.rpartition("[")[2]
    assert not [
        name
        for name in ("pydantic", "lxml", "pandas", "docx", "xlsxwriter", "rich", "distributed")
        if f"'{name}'" in loaded
    ]


def test_check_in_a_cycle_folder_imports_and_reads_no_more_than_it_needs(folder: Path) -> None:
    evalbatch("init", "cycle")
    program = (
        "import sys; from evalbatch.cli import main; main(sys.argv[1:]); print(sorted(sys.modules))"
    )
    command = [sys.executable, "-c", program, "check", str(example())]
    loaded = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=True, cwd=folder / "cycle"
    ).stdout
    assert "'evalbatch.checks.assess'" in loaded
    idle = (
        "docx",
        "jinja2",
        "xlsxwriter",
        "python_calamine",
        "rich",
        "evalbatch.publish",
        "evalbatch.mail",
        "evalbatch.cycle.roster",
    )
    assert [name for name in idle if f"'{name}'" in loaded] == []


def test_what_was_sent_stands_in_the_published_files_at_once(inbox: Path) -> None:
    address = "jixiao@example.gov.cn"
    Path("evalbatch.toml").write_text(
        f'[mail]\nsender = "{address}"\norganiser = ["{address}"]\n', encoding="utf-8"
    )
    assert inbox.is_dir()
    assert evalbatch("run", "--send", "--quiet", "--as-of", "2026-03-31") == 0
    assert address in Path("output/data/deliveries.csv").read_text(encoding="utf-8-sig")
    before = Path("output/汇总表.xlsx").read_bytes()
    assert evalbatch("run", "--quiet", "--as-of", "2026-03-31") == 0
    assert Path("output/汇总表.xlsx").read_bytes() == before
