"""Scanning the inbox: what counts as handed in, what is left aside and why, and archives that never leave the folder."""

import os
import struct
import zipfile
from pathlib import Path

import pytest

from evalbatch.batch import inbox
from evalbatch.batch.archive import ArchiveError, extract, members
from evalbatch.batch.inbox import Source, digest, scan, young


def put(path: Path, data: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def names(folder: Path) -> list[str]:
    return [source.file for source in scan(folder).sources]


def test_workbooks_are_found_in_subfolders_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("乙/二.xlsx", "甲/一.XLSX", "三.xls", "四.et", "五.ods", "六.xlsb", "七.xlsm"):
        put(tmp_path / name)
    assert names(tmp_path) == sorted(["乙/二.xlsx", "甲/一.XLSX", "三.xls", "四.et", "五.ods", "六.xlsb", "七.xlsm"])


def test_lock_hidden_and_system_files_and_other_kinds_are_left_aside_with_a_reason(tmp_path: Path) -> None:
    for name in ("~$一.xlsx", ".隐藏.xlsx", "Thumbs.db", "说明.docx", ".git/一.xlsx"):
        put(tmp_path / name)
    found = scan(tmp_path)
    assert found.sources == ()
    assert set(found.ignored) == {"~$一.xlsx", ".隐藏.xlsx", "Thumbs.db", "说明.docx"}


def test_other_archive_formats_are_refused_and_say_what_to_do(tmp_path: Path) -> None:
    put(tmp_path / "全部.rar")
    (source,) = scan(tmp_path).sources
    with pytest.raises(ArchiveError, match="不是 zip 格式"):
        source.read()


def test_an_archive_that_cannot_be_opened_just_now_keeps_its_workbooks_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "甲.zip")

    def locked(_archive: Path) -> None:
        raise PermissionError(13, "被占用")

    monkeypatch.setattr("evalbatch.batch.inbox.members", locked)
    found = scan(tmp_path)
    assert (found.sources, found.busy) == ((), {"甲.zip": "打不开（被占用）"})
    assert found.waits("甲.zip/一.xlsx")
    assert not found.waits("甲.zipx/一.xlsx")


def test_a_file_that_vanishes_during_the_scan_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "一.xlsx")
    put(tmp_path / "二.xlsx")
    source = inbox._source

    def vanishing(name: str, entry: os.DirEntry[str]) -> Source:
        if name == "一.xlsx":
            raise FileNotFoundError(name)
        return source(name, entry)

    monkeypatch.setattr(inbox, "_source", vanishing)
    assert names(tmp_path) == ["二.xlsx"]


def test_a_missing_inbox_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        scan(tmp_path / "没有")


def test_a_file_still_being_copied_is_young_and_no_longer_unchanged(tmp_path: Path) -> None:
    path = put(tmp_path / "一.xlsx")
    os.utime(path, ns=(10**18, 10**18))
    (source,) = scan(tmp_path).sources
    assert young(source, 10**18 + 5, 10)
    assert not young(source, 10**18 + 10, 10)
    assert not young(source, 10**18 - 1, 10)
    assert source.unchanged()
    path.write_bytes(b"xy")
    assert not source.unchanged()


def test_a_file_that_vanished_is_no_longer_unchanged() -> None:
    assert not Source("一.xlsx", "/nowhere/一.xlsx", 1, 1).unchanged()


def test_the_workbooks_of_an_archive_are_found_and_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "甲局.zip", "w") as package:
        package.writestr("项目/一.xlsx", b"one")
        package.writestr("~$一.xlsx", b"lock")
        package.writestr("__MACOSX/一.xlsx", b"resource")
    (source,) = scan(tmp_path).sources
    assert source.file == "甲局.zip/项目/一.xlsx"
    assert digest(source.read()) == digest(b"one")


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("../../出.xlsx", "出.xlsx"),
        ("/etc/出.xlsx", "etc/出.xlsx"),
        ("C:\\windows\\出.xlsx", "C：/windows/出.xlsx"),
        ("..\\出.xlsx", "出.xlsx"),
        ("a\x00b.xlsx", "a.xlsx"),
    ],
)
def test_names_inside_an_archive_never_leave_the_folder(tmp_path: Path, inside: str, outside: str) -> None:
    with zipfile.ZipFile(tmp_path / "甲.zip", "w") as package:
        info = zipfile.ZipInfo("x")
        info.filename = inside
        package.writestr(info, b"x")
    found = [member.name for member in members(tmp_path / "甲.zip")]
    assert found in ([outside], ["a"])


def test_names_in_gbk_are_read(tmp_path: Path) -> None:
    gbk = "绩效.xlsx".encode("gb18030")
    assert [member.name for member in members(_gbk_archive(tmp_path / "乙.zip", gbk))] == ["绩效.xlsx"]


def _gbk_archive(path: Path, name: bytes) -> Path:
    """Write a stored zip by hand, since zipfile sets the UTF-8 flag on every name that is not ASCII."""
    crc, body = 0x8CDC1683, b"x"
    common = struct.pack("<HHHHHLLLHH", 20, 0, 0, 0, 33, crc, 1, 1, len(name), 0)
    local = b"PK\x03\x04" + common + name + body
    central = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHLL", 0, 0, 0, 0, 0) + name
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(central), len(local), 0)
    path.write_bytes(local + central + end)
    return path


def test_two_files_of_an_archive_that_meet_in_one_name_stay_two(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "甲.zip", "w") as package:
        package.writestr("一.xlsx", b"1")
        package.writestr("../一.xlsx", b"2")
    found = members(tmp_path / "甲.zip")
    assert len({member.name for member in found}) == 2
    assert [extract(tmp_path / "甲.zip", member) for member in found] == [b"1", b"2"]


def test_an_archive_that_is_none_is_refused_with_a_reason(tmp_path: Path) -> None:
    put(tmp_path / "坏.zip", b"PK\x03\x04 not a zip")
    put(tmp_path / "好.xlsx")
    bad, good = scan(tmp_path).sources
    assert (bad.file, good.file, good.fault) == ("坏.zip", "好.xlsx", "")
    assert "损坏" in bad.fault


def test_an_archive_that_expands_too_far_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "弹.zip", "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("一.xlsx", b"\0" * (65 << 20))
    with pytest.raises(ArchiveError, match="过大"):
        members(tmp_path / "弹.zip")


def test_a_member_larger_than_it_says_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "谎.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("一.xlsx", b"\0" * 1000)
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<L", 1000), struct.pack("<L", 10)))
    (member,) = members(path)
    with pytest.raises(ArchiveError):
        extract(path, member)


def test_an_archive_with_too_large_a_directory_is_refused_before_it_is_built(tmp_path: Path) -> None:
    path = put(tmp_path / "多.zip", b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 9, 9, 1 << 28, 0, 0))
    with pytest.raises(ArchiveError, match="过多"):
        members(path)
