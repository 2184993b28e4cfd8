"""Scanning the inbox: what counts as handed in, what is left aside and why, and archives that never
leave the folder.
"""

import os
import struct
import zipfile
from pathlib import Path

import pytest

from evalbatch.nightly import inbox
from evalbatch.nightly.inbox import ArchiveError, InboxFile, extract, members, scan, young
from evalbatch.nightly.inbox_entries import told_department
from evalbatch.results.outcome import content_digest


def put(path: Path, data: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def names(folder: Path) -> list[str]:
    return [source.file for source in scan(folder).sources]


def test_workbooks_are_found_in_subfolders_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("乙/二.xlsx", "甲/一.XLSX", "三.xls", "四.et", "五.ods", "六.xlsb", "七.xlsm"):
        put(tmp_path / name)
    assert names(tmp_path) == sorted(
        ["乙/二.xlsx", "甲/一.XLSX", "三.xls", "四.et", "五.ods", "六.xlsb", "七.xlsm"]
    )


def test_lock_hidden_and_system_files_are_left_aside_with_a_reason(tmp_path: Path) -> None:
    for name in ("~$一.xlsx", ".隐藏.xlsx", "Thumbs.db", ".git/一.xlsx"):
        put(tmp_path / name)
    found = scan(tmp_path)
    assert found.sources == ()
    assert set(found.ignored) == {"~$一.xlsx", ".隐藏.xlsx", "Thumbs.db", ".git"}


def test_files_of_every_other_kind_are_read_to_be_told_by_their_content(tmp_path: Path) -> None:
    for name in ("说明.docx", "扫描.pdf", "照片.jpg", "明细.csv", "没有后缀"):
        put(tmp_path / name)
    assert names(tmp_path) == sorted(["说明.docx", "扫描.pdf", "照片.jpg", "明细.csv", "没有后缀"])


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

    monkeypatch.setattr("evalbatch.nightly.inbox.members", locked)
    found = scan(tmp_path)
    assert (found.sources, found.busy) == ((), {"甲.zip": "打不开（被占用）"})
    assert found.waits("甲.zip/一.xlsx")
    assert not found.waits("甲.zipx/一.xlsx")


def test_a_file_that_vanishes_during_the_scan_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "一.xlsx")
    put(tmp_path / "二.xlsx")
    source = inbox._source

    def vanishing(name: str, entry: os.DirEntry[str]) -> InboxFile:
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
    assert not InboxFile("一.xlsx", "/nowhere/一.xlsx", 1, 1).unchanged()


def test_the_workbooks_of_an_archive_are_found_and_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "甲局.zip", "w") as package:
        package.writestr("项目/一.xlsx", b"one")
        package.writestr("~$一.xlsx", b"lock")
        package.writestr("__MACOSX/一.xlsx", b"resource")
    (source,) = scan(tmp_path).sources
    assert source.file == "甲局.zip/项目/一.xlsx"
    assert content_digest(source.read()) == content_digest(b"one")


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
def test_names_inside_an_archive_never_leave_the_folder(
    tmp_path: Path, inside: str, outside: str
) -> None:
    with zipfile.ZipFile(tmp_path / "甲.zip", "w") as package:
        info = zipfile.ZipInfo("x")
        info.filename = inside
        package.writestr(info, b"x")
    found = [member.name for member in members(tmp_path / "甲.zip")]
    assert found in ([outside], ["a"])


def test_names_in_gbk_are_read(tmp_path: Path) -> None:
    gbk = "绩效.xlsx".encode("gb18030")
    assert [member.name for member in members(_gbk_archive(tmp_path / "乙.zip", gbk))] == [
        "绩效.xlsx"
    ]


def _gbk_archive(path: Path, name: bytes) -> Path:
    """Write a stored zip by hand, since zipfile sets the UTF-8 flag on every name that is not
    ASCII.
    """
    crc, body = 0x8CDC1683, b"x"
    common = struct.pack("<HHHHHLLLHH", 20, 0, 0, 0, 33, crc, 1, 1, len(name), 0)
    local = b"PK\x03\x04" + common + name + body
    central = (
        b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHLL", 0, 0, 0, 0, 0) + name
    )
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


def test_an_archive_with_too_large_a_directory_is_refused_before_it_is_built(
    tmp_path: Path,
) -> None:
    path = put(
        tmp_path / "多.zip", b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 9, 9, 1 << 28, 0, 0)
    )
    with pytest.raises(ArchiveError, match="过多"):
        members(path)


def test_names_that_no_screen_should_show_raw_are_shown_clean_and_read(tmp_path: Path) -> None:
    raw = [
        b"a\nb.xlsx",
        b"a\x1b[31mb.xlsx",
        "a\u202eb.xlsx".encode(),
        "绩效.xlsx".encode("gb18030"),
        b"\xff\xfe.xlsx",
    ]
    for number, name in enumerate(raw):
        put(tmp_path / os.fsdecode(name), b"%d" % number)
    found = scan(tmp_path).sources
    assert len({source.file for source in found}) == len(raw)
    assert all(source.file.isprintable() for source in found)
    assert {source.read() for source in found} == {b"%d" % number for number in range(len(raw))}
    assert "绩效.xlsx" in {source.file for source in found}


def test_two_names_that_would_be_shown_alike_stay_two(tmp_path: Path) -> None:
    for name in (b"a_b.xlsx", b"a\nb.xlsx", b"a\tb.xlsx"):
        put(tmp_path / os.fsdecode(name))
    shown = names(tmp_path)
    assert len(set(shown)) == 3
    assert "a_b.xlsx" in shown


def test_what_is_no_regular_file_is_left_aside_unopened(tmp_path: Path) -> None:
    put(tmp_path / "一.xlsx")
    os.mkfifo(tmp_path / "管道.xlsx")
    (tmp_path / "自己.xlsx").symlink_to("自己.xlsx")
    (tmp_path / "内核.xlsx").symlink_to("/proc/kmsg")
    (tmp_path / "设备.xlsx").symlink_to("/dev/zero")
    (tmp_path / "文件夹.xlsx").symlink_to(tmp_path)
    (tmp_path / "同一.xlsx").symlink_to("一.xlsx")
    found = scan(tmp_path)
    assert [source.file for source in found.sources] == ["一.xlsx", "同一.xlsx"]
    assert set(found.aside) == {"管道.xlsx", "自己.xlsx", "内核.xlsx", "设备.xlsx", "文件夹.xlsx"}


def test_a_file_that_became_a_pipe_after_the_scan_is_not_waited_for(tmp_path: Path) -> None:
    put(tmp_path / "一.xlsx")
    (source,) = scan(tmp_path).sources
    (tmp_path / "一.xlsx").unlink()
    os.mkfifo(tmp_path / "一.xlsx")
    with pytest.raises(OSError, match="不是普通文件"):
        source.read()


def test_folders_in_folders_beyond_any_depth_end_in_one_line(tmp_path: Path) -> None:
    put(tmp_path / "一.xlsx")
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    found = scan(tmp_path)
    _flatten(tmp_path / "d")
    assert [source.file for source in found.sources] == ["一.xlsx"]
    assert len(found.aside) == 1
    assert "太深" in next(iter(found.aside.values())).reason


def _flatten(folder: Path) -> None:
    """Remove folders in folders one by one: what removes them otherwise calls itself too often."""
    while (folder / "d").exists():
        (folder / "d").rename(folder.with_name("e"))
        folder.rmdir()
        folder.with_name("e").rename(folder)
    folder.rmdir()


def test_paths_longer_than_the_system_takes_cost_nothing_but_themselves(tmp_path: Path) -> None:
    put(tmp_path / "一.xlsx")
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(30):
        os.mkdir("长" * 80, dir_fd=here)
        below = os.open("长" * 80, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("二.xlsx", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    found = scan(tmp_path)
    assert [source.file for source in found.sources] == ["一.xlsx"]
    assert len(found.aside) + len(found.busy) == 1


def test_a_folder_that_cannot_be_opened_keeps_its_workbooks_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "一.xlsx")
    put(tmp_path / "甲局" / "二.xlsx")
    listing = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("甲局"):
            raise PermissionError(13, "Permission denied")
        return listing(path)

    monkeypatch.setattr("evalbatch.nightly.inbox.os.scandir", refusing)
    found = scan(tmp_path)
    assert [source.file for source in found.sources] == ["一.xlsx"]
    assert found.busy == {"甲局": "打不开（没有权限）"}
    assert found.waits("甲局/二.xlsx")


def test_our_own_results_below_the_inbox_are_not_read(tmp_path: Path) -> None:
    put(tmp_path / "一.xlsx")
    put(tmp_path / "output" / "汇总表.xlsx")
    found = scan(tmp_path, (tmp_path / "output",))
    assert [source.file for source in found.sources] == ["一.xlsx"]
    assert set(found.aside) == {"output"}


def test_a_gbk_name_whose_bytes_are_valid_utf8_keeps_its_characters(tmp_path: Path) -> None:
    for text in ("食药.xlsx", "人民.xlsx", "绩效自评.xlsx"):
        assert [
            member.name
            for member in members(_gbk_archive(tmp_path / "丙.zip", text.encode("gb18030")))
        ] == [text]
        assert [
            member.name for member in members(_gbk_archive(tmp_path / "丙.zip", text.encode()))
        ] == [text]


def test_a_zip64_archive_is_opened_and_one_that_lies_about_its_directory_is_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "大.zip"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("一.xlsx", b"x")
    data = path.read_bytes()
    position = data.rindex(b"PK\x05\x06")
    size, offset = struct.unpack_from("<LL", data, position + 12)
    for stated in (size, 1 << 40):
        record = b"PK\x06\x06" + struct.pack("<QHHLLQQQQ", 44, 45, 45, 0, 0, 1, 1, stated, offset)
        locator = b"PK\x06\x07" + struct.pack("<LQL", 0, position, 1)
        end = b"PK\x05\x06" + struct.pack(
            "<HHHHLLH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0
        )
        path.write_bytes(data[:position] + record + locator + end)
        if stated == size:
            assert [member.name for member in members(path)] == ["一.xlsx"]
        else:
            with pytest.raises(ArchiveError, match="文件过多"):
                members(path)


def _zipped(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as package:
        for name in names:
            package.writestr(name, b"x")
    return path


def test_an_archive_without_a_workbook_stands_for_itself_and_says_what_it_holds(
    tmp_path: Path,
) -> None:
    _zipped(tmp_path / "空.zip")
    _zipped(tmp_path / "材料.zip", "扫描.pdf", "照片/一.jpg", "照片/二.jpg")
    _zipped(tmp_path / "套.zip", "里层.zip")
    faults = {source.file: source.fault for source in scan(tmp_path).sources}
    assert faults == {
        "空.zip": "压缩包是空的",
        "材料.zip": "压缩包中没有工作簿，只有PDF 文件 1 个、图片 2 个",
        "套.zip": "压缩包中没有工作簿，只有压缩包 1 个",
    }


def test_what_lies_beside_a_workbook_in_an_archive_is_told(tmp_path: Path) -> None:
    _zipped(tmp_path / "甲.zip", "一.xlsx", "照片.jpg", "里层.zip", "~$一.xlsx")
    found = scan(tmp_path)
    assert {source.file: bool(source.fault) for source in found.sources} == {
        "甲.zip/一.xlsx": False,
        "甲.zip/里层.zip": True,
    }
    assert set(found.aside) == {"甲.zip/照片.jpg", "甲.zip/~$一.xlsx"}


@pytest.mark.parametrize("name", ["表.zip", "表.rar", "表.7z"])
@pytest.mark.parametrize("old", [True, False])
def test_a_workbook_that_bears_the_name_of_an_archive_is_one(
    tmp_path: Path, name: str, old: bool
) -> None:
    if old:
        (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 Excel 97")
    else:
        _zipped(tmp_path / name, "[Content_Types].xml", "xl/workbook.xml")
    (found,) = scan(tmp_path).sources
    assert (found.file, found.fault) == (name, "")


def test_a_zip_archive_that_was_named_rar_is_opened(tmp_path: Path) -> None:
    _zipped(tmp_path / "市局.rar", "一.xlsx")
    assert [source.file for source in scan(tmp_path).sources] == ["市局.rar/一.xlsx"]


def test_a_workbook_that_was_named_zip_is_read_as_what_it_is(tmp_path: Path) -> None:
    _zipped(tmp_path / "一.zip", "[Content_Types].xml", "xl/workbook.xml")
    (source,) = scan(tmp_path).sources
    assert (source.file, source.member, source.fault) == ("一.zip", None, "")
    assert source.read().startswith(b"PK")


@pytest.mark.parametrize(
    ("file", "department"),
    [
        ("民政局/一.xlsx", "民政局"),
        ("民政局.zip/养老/一.docx", "民政局"),
        ("民政局/二.zip/一.docx", "民政局"),
        ("民政局.zip", ""),
        ("一.xlsx", ""),
    ],
)
def test_where_a_file_lies_tells_its_department(file: str, department: str) -> None:
    assert told_department(file) == department
