"""Safe names and whole files."""

import errno
import os
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalbatch import output_files

ANY_TEXT = st.text(st.characters(), max_size=300)


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write_half(path: Path, error: Exception) -> None:
    with output_files.staged(path) as part:
        part.write_bytes(b"half")
        raise error


@given(ANY_TEXT)
def test_a_safe_name_is_one_part_of_a_path_on_every_system(text: str) -> None:
    name = output_files.safe_name(text, ".docx")
    assert name.endswith(".docx")
    assert not set(name) & set('<>:"/\\|?*\0\n')
    assert len(PureWindowsPath(name).parts) == 1
    assert not PureWindowsPath(name).is_reserved()
    assert len(name) <= output_files.NAME_CHARACTERS
    assert len(name.encode()) <= output_files.NAME_BYTES
    assert not name.startswith((".", " ", "~"))


@given(ANY_TEXT)
def test_a_safe_name_stays_as_it_is(text: str) -> None:
    once = output_files.safe_name(text)
    assert output_files.safe_name(once) == once
    assert not once.endswith((".", " "))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../etc/passwd", "／..／etc／passwd"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("COM¹", "_COM¹"),
        ("道路养护（一期）", "道路养护（一期）"),
        ("A/B：甲\n乙", "A／B：甲 乙"),
        ("\u202e倒写", "倒写"),
        (" . ", "未命名"),
        ("", "未命名"),
        ("~$临时", "$临时"),
        ("concert", "concert"),
    ],
)
def test_what_becomes_of_a_name(text: str, name: str) -> None:
    assert output_files.safe_name(text) == name


def test_two_long_names_stay_two() -> None:
    first, second = (output_files.safe_name("项" * 100 + end) for end in "甲乙")
    assert first != second
    assert first == output_files.safe_name("项" * 100 + "甲")


def test_names_that_meet_are_told_apart_by_their_key() -> None:
    assert output_files.fold("Report.docx") == output_files.fold("rEPORT.DOCX")
    marked = output_files.tagged("路.docx", "甲处/路.xlsx")
    assert marked.startswith("路_")
    assert marked.endswith(".docx")
    assert marked != output_files.tagged("路.docx", "乙处/路.xlsx")
    assert marked == output_files.tagged("路.docx", "甲处/路.xlsx")
    assert "." not in output_files.tagged("无后缀", "x")


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "部门" / "报告.docx"
    output_files.replace(path, b"old")
    output_files.replace(path, b"new")
    assert path.read_bytes() == b"new"
    assert listing(path.parent) == [path.name]


def test_equal_bytes_are_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    output_files.replace(path, b"same")
    os.utime(path, (1, 1))
    output_files.replace(path, b"same")
    assert path.stat().st_mtime == 1


def test_what_fails_while_being_written_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "汇总表.xlsx"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError):
        write_half(path, ZeroDivisionError())
    assert path.read_bytes() == b"old"
    assert listing(tmp_path) == [path.name]


@pytest.mark.parametrize(
    ("code", "kind", "word"),
    [
        (errno.ENOSPC, output_files.DiskFullError, "空间"),
        (errno.EDQUOT, output_files.DiskFullError, "配额"),
        (errno.EACCES, output_files.ReadOnlyError, "权限"),
        (errno.EROFS, output_files.ReadOnlyError, "只读"),
        (errno.EBUSY, output_files.LockedFileError, "Excel"),
        (errno.ENOTDIR, output_files.OutputError, "占用"),
        (errno.ENAMETOOLONG, output_files.OutputError, "过长"),
        (errno.EIO, output_files.OutputError, "写入失败"),
    ],
)
def test_what_the_file_system_refuses_is_said_in_chinese(
    tmp_path: Path, code: int, kind: type[output_files.OutputError], word: str
) -> None:
    path = tmp_path / "汇总表.xlsx"
    path.write_bytes(b"old")
    with pytest.raises(kind, match=word) as caught:
        write_half(path, OSError(code, os.strerror(code)))
    assert str(path) in str(caught.value)
    assert path.read_bytes() == b"old"
    assert listing(tmp_path) == [path.name]


def test_a_file_open_in_excel_on_windows_is_said_to_be_open(tmp_path: Path) -> None:
    path = tmp_path / "汇总表.xlsx"
    path.write_bytes(b"old")
    error = PermissionError(errno.EACCES, "拒绝访问")
    error.winerror = 5  # type: ignore[attr-defined]  # exists on Windows only
    assert isinstance(output_files.explained(path, error), output_files.LockedFileError)
    assert isinstance(
        output_files.explained(tmp_path / "新的.xlsx", error), output_files.ReadOnlyError
    )


def test_a_folder_where_a_file_should_stand_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(output_files.OutputError, match="占用"):
        output_files.replace(tmp_path / "x.csv", b"data")


def test_leftovers_of_a_killed_run_are_swept(tmp_path: Path) -> None:
    (tmp_path / "部门").mkdir()
    (tmp_path / "部门" / ".evalbatch-12345678-1.part").write_bytes(b"half")
    (tmp_path / "部门" / "报告.docx").write_bytes(b"whole")
    assert output_files.sweep(tmp_path) == 1
    assert listing(tmp_path / "部门") == ["报告.docx"]
    assert output_files.sweep(tmp_path / "none") == 0
