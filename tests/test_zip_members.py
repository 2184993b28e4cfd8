"""Zips put together of members that are compressed already."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from evalbatch.zip_members import StoredMember, archive, packed, stored

CONTENTS = {"a.xml": b"<a>" + b"x" * 5000 + b"</a>", "空/b.xml": b"", "c.rels": b"<c/>"}
LEVEL = 3
A_DAY = (2021, 7, 22, 13, 45, 58)


def entry(name: str) -> ZipInfo:
    info = ZipInfo(name, A_DAY)
    info.create_system = 0
    info.external_attr = 0o600 << 16
    return info


def by_zipfile() -> bytes:
    target = BytesIO()
    with ZipFile(target, "w") as package:
        for name, content in CONTENTS.items():
            package.writestr(entry(name), content, ZIP_DEFLATED, LEVEL)
    return target.getvalue()


def members() -> list[StoredMember]:
    return [packed(entry(name), content, LEVEL) for name, content in CONTENTS.items()]


def test_an_archive_is_byte_for_byte_what_zipfile_writes() -> None:
    assert archive(members()) == by_zipfile()


def test_a_member_is_copied_as_it_was_compressed() -> None:
    target = BytesIO()
    with ZipFile(target, "w") as package:
        package.writestr(entry("a.xml"), b"<a/>", ZIP_STORED)
    with ZipFile(target) as package:
        (info,) = package.infolist()
    with ZipFile(BytesIO(archive([*members(), stored(info, b"<a/>")]))) as package:
        assert package.testzip() is None
        copied = package.infolist()[-1]
        assert (copied.compress_type, copied.date_time) == (ZIP_STORED, A_DAY)
        assert package.read(copied) == b"<a/>"


def test_an_archive_of_nothing_can_be_opened() -> None:
    with ZipFile(BytesIO(archive([]))) as package:
        assert package.namelist() == []
