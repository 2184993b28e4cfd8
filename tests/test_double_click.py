"""The program in one folder: what a double click does, and the files that are clicked."""

import ctypes
import re
import shutil
import sys
import tomllib
from pathlib import Path

import pytest
from blank.filled import made, road_self_evaluation

from evalbatch import cli, double_click, no_console

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import bundle_parts  # noqa: E402 - the scripts are no package
import make_app  # noqa: E402
import make_bundle  # noqa: E402

WINE = sys.platform == "win32" and hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program's folder, at a place with everything in its name that shells care about."""
    folder = tmp_path / "某人 的文件" / "绩效（2027）100% & 其他" / "预算绩效评价程序"
    folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return folder


def cycle(home: Path, name: str = "2026年度") -> Path:
    assert cli.main(["init", str(home.parent / name), "--year", "2023"]) == 0
    book = made("self_evaluation", road_self_evaluation())
    (home.parent / name / "inbox" / "甲.xlsx").write_bytes(book)
    return home.parent / name


def nothing(_: str) -> str:
    raise AssertionError("nothing is to be asked")


def test_the_cycle_beside_it_is_run_and_its_page_opened(home: Path) -> None:
    folder, shown = cycle(home), list[Path]()
    assert double_click.main([], home, nothing, shown.append) == 0
    assert (folder / "output" / "汇总表.xlsx").is_file()
    assert shown == [folder / "output" / "状态.html"]


def test_the_page_is_opened_from_where_the_settings_put_it(home: Path) -> None:
    folder, shown = cycle(home), list[Path]()
    settings = folder / "evalbatch.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('output = "output"', 'output = "../成果"'), encoding="utf-8")
    assert double_click.main([], home, nothing, shown.append) == 0
    assert [path.resolve() for path in shown] == [folder.parent / "成果" / "状态.html"]


def test_after_a_run_that_could_not_begin_no_page_of_an_earlier_one_is_opened(home: Path) -> None:
    folder = cycle(home)
    assert double_click.main([], home, nothing, lambda _: None) == 0
    (folder / "名册.xlsx").write_bytes(b"no workbook")
    assert double_click.main([], home, nothing, nothing) == 2


def test_a_result_that_nothing_opens_is_named(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: Path) -> None:
        raise OSError("no browser")

    folder = cycle(home)
    assert double_click.main([], home, nothing, refuse) == 0
    said = capsys.readouterr().out
    assert str(folder / "output" / "状态.html") in said
    assert "请自己打开" in said


def test_of_several_cycles_one_is_asked_for_until_the_answer_names_one(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cycle(home, "一")
    other, shown = cycle(home, "二"), list[Path]()
    found = double_click.cycles(home)
    number = found.index(other) + 1
    answers = iter(["x", "9", f" {number} "])
    assert double_click.main([], home, lambda _: next(answers), shown.append) == 0
    assert shown[0].is_relative_to(other)
    assert f"{number}  {other}" in capsys.readouterr().out


def test_where_nobody_can_answer_the_choice_is_said_and_left_open(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [cycle(home, name) for name in ("一", "二")]
    monkeypatch.setattr(sys, "stdin", None)
    assert double_click.main([], home) == 2
    said = capsys.readouterr().out
    assert all(str(folder) in said for folder in folders)
    assert "没有人回答" in said
    assert not [path for folder in folders for path in folder.glob("output/*.xlsx")]


def test_without_a_window_what_was_said_is_shown_as_a_message(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = list[tuple[str, int]]()
    monkeypatch.setattr(
        no_console, "show", lambda log, code: shown.append((log.read_text("utf-8"), code))
    )
    cycle(home)
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert double_click.main([], home, show=lambda _: None) == 0
    ((text, code),) = shown
    assert code == 0
    assert "状态.html" in text
    assert "报送件" in text


@pytest.mark.parametrize(
    ("answer", "made_it"), [("是", True), ("Y", True), ("否", False), ("", False)]
)
def test_where_there_is_none_one_is_offered(home: Path, answer: str, made_it: bool) -> None:
    code = double_click.main([], home, lambda _: answer, lambda _: None)
    assert bool(double_click.cycles(home)) is made_it
    assert code == (0 if made_it else 2)


def test_a_workbook_that_is_dropped_is_checked_and_the_page_opened(home: Path) -> None:
    book, shown = home.parent / "自评 表&.xlsx", list[Path]()
    book.write_bytes(made("self_evaluation", road_self_evaluation()))
    double_click.main(["--check", str(book)], home, nothing, shown.append)
    assert shown == [book.with_name("自评 表&_自查结果.html")]
    assert "自评" in shown[0].read_text(encoding="utf-8")
    assert double_click.main(["--check"], home, nothing, shown.append) == 2
    assert double_click.main(["--check", ""], home, nothing, shown.append) == 2


def test_a_workbook_in_a_folder_that_takes_no_files_is_checked_all_the_same(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(13, "denied")

    book, shown, other = home.parent / "自评.xlsx", list[Path](), home.parent.parent
    book.write_bytes(made("self_evaluation", road_self_evaluation()))
    monkeypatch.setattr(double_click, "writable", refuse)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(other))
    double_click.main(["--check", str(book)], home, nothing, shown.append)
    assert shown == [other / "自评_自查结果.html"]


@pytest.mark.parametrize(
    ("line", "files"),
    [
        (r'C:\W\cmd.exe /c ""D:\a b\自查.bat" D:\甲&乙.xlsx"', [r"D:\甲&乙.xlsx"]),
        (
            r'"C:\W\cmd.exe" /c ""D:\自查.bat" "D:\甲 ^&乙.xlsx" D:\x(1)^.xlsx "\\s\p q\z.xlsx""',
            [r"D:\甲 ^&乙.xlsx", r"D:\x(1)^.xlsx", r"\\s\p q\z.xlsx"],
        ),
        (r'cmd /c ""D:\自查.bat" "', []),
        (r"cmd /c D:\自查.bat D:\甲.xlsx", [r"D:\甲.xlsx"]),
        (r'"C:\Windows\System32\cmd.exe" ', []),
        ("", []),
    ],
)
def test_what_is_dropped_is_taken_whole_from_the_windows_command_line(
    line: str, files: list[str]
) -> None:
    assert double_click.dropped(line) == files


def test_a_name_that_the_window_cuts_at_an_ampersand_is_checked_all_the_same(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, shown = home.parent.parent / "甲&乙.xlsx", list[Path]()
    book.write_bytes(made("self_evaluation", road_self_evaluation()))
    line = f'cmd.exe /c ""{home / "自查.bat"}" "{book}""'
    monkeypatch.setenv(double_click.DROPPED, line)
    double_click.main(["--check", str(book).partition("&")[0]], home, nothing, shown.append)
    assert shown == [book.with_name("甲&乙_自查结果.html")]


@pytest.mark.skipif(WINE, reason="numpy does not start there")
def test_the_self_test_names_what_is_missing(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert double_click.main(["--自检"], home, nothing) == 0
    assert "一切就绪" in capsys.readouterr().out
    monkeypatch.setattr(double_click, "PACKAGES", ("openpyxl", "no_such_package"))
    shutil.rmtree(home)
    assert double_click.main(["--自检"], home, nothing) == 2
    said = capsys.readouterr().out
    assert "缺失  组件 no_such_package" in said
    assert f"缺失  可写入 {home}" in said


def test_the_self_test_looks_at_everything_that_the_product_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[>=<]", each)[0].replace("-", "_") for each in project["dependencies"]}
    assert {"python_docx" if name == "docx" else name for name in double_click.PACKAGES} == needed


def test_commands_are_handed_on(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert double_click.main(["explain", "M05"], home, nothing) == 0
    assert "M05" in capsys.readouterr().out


@pytest.mark.parametrize("write", [make_app.starters, lambda top: make_bundle.scripts(top, "3.13")])
def test_files_to_click_are_read_alike_by_every_window(tmp_path: Path, write: object) -> None:
    write(tmp_path)  # type: ignore[operator]
    found = list(tmp_path.glob("*.bat"))
    assert found
    for path in found:
        data = path.read_bytes()
        assert data.isascii()
        assert data.count(b"\n") == data.count(b"\r\n")
        text = data.decode("ascii")
        assert "DisableDelayedExpansion" in text
        for place in re.finditer(r"%~dp0", text):
            assert text[place.start() - 1] == '"'
        assert text.rstrip().splitlines()[-1].startswith("exit /b %")


def test_the_lock_is_cut_to_the_version_that_a_bundle_is_for(tmp_path: Path) -> None:
    older = bundle_parts.locked(tmp_path / "11", "3.11").read_text(encoding="utf-8")
    newer = bundle_parts.locked(tmp_path / "13", "3.13").read_text(encoding="utf-8")
    whole = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for text in (older, newer):
        names = [line.partition("==")[0] for line in text.splitlines() if "==" in line]
        assert len(names) == len(set(names))
        assert " ; " not in text
        assert set(names) == {
            line.partition("==")[0] for line in whole.splitlines() if "==" in line
        }
    assert older != newer


def test_licences_are_collected_with_a_list(tmp_path: Path) -> None:
    info = tmp_path / "site" / "some-1.0.dist-info" / "licenses"
    info.mkdir(parents=True)
    (info / "LICENSE").write_bytes(b"do what you like")
    metadata = "Metadata-Version: 2.4\nName: some\nVersion: 1.0\nLicense-Expression: MIT\n"
    (info.parent / "METADATA").write_text(metadata, encoding="utf-8")
    bundle_parts.collect_licences(tmp_path / "site", tmp_path / "许可证")
    assert (tmp_path / "许可证" / "some-1.0" / "LICENSE").is_file()
    listed = (tmp_path / "许可证" / "清单.txt").read_text(encoding="utf-8-sig")
    assert "some 1.0\tMIT" in listed


def test_licences_of_one_package_that_have_one_name_are_all_kept(tmp_path: Path) -> None:
    info = tmp_path / "site" / "some-1.0.dist-info"
    for folder in ("licenses/one", "licenses/two"):
        (info / folder).mkdir(parents=True)
        (info / folder / "LICENSE").write_text(folder, encoding="utf-8")
    (info / "METADATA").write_text("Name: some\nVersion: 1.0\n", encoding="utf-8")
    bundle_parts.collect_licences(tmp_path / "site", tmp_path / "许可证", ["Python\tPSF-2.0"])
    kept = {path.name for path in (tmp_path / "许可证" / "some-1.0").iterdir()}
    assert kept == {"one_LICENSE", "two_LICENSE"}
    assert "Python\tPSF-2.0" in (tmp_path / "许可证" / "清单.txt").read_text(encoding="utf-8-sig")


def test_a_package_that_brings_no_licence_gets_our_text_or_is_refused(tmp_path: Path) -> None:
    info = tmp_path / "site" / "some-1.0.dist-info"
    info.mkdir(parents=True)
    metadata = "Name: some\nVersion: 1.0\nLicense-Expression: LGPL-2.1-only\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    bundle_parts.collect_licences(tmp_path / "site", tmp_path / "许可证")
    text = (tmp_path / "许可证" / "some-1.0" / "LGPL-2.1-only.txt").read_text(encoding="utf-8")
    assert "LESSER GENERAL PUBLIC LICENSE" in text
    (info / "METADATA").write_text("Name: some\nVersion: 1.0\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="some"):
        bundle_parts.collect_licences(tmp_path / "site", tmp_path / "许可证")


def test_what_is_made_names_no_place_of_the_machine_that_made_it(tmp_path: Path) -> None:
    make_app.starters(tmp_path / "app")
    make_bundle.scripts(tmp_path / "bundle", "3.13")
    for path in tmp_path.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8-sig")
            assert str(ROOT) not in text
            assert "://" not in text
