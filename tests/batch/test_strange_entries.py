"""The invariant of the inbox: take a good cycle and add any one strange entry; everything else is
published byte for byte as without it, and one line tells about the entry.
"""

import csv
import io
import os
import shutil
import socket
import zipfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import openpyxl
import pytest
from blank.filled import made, road_self_evaluation

from evalbatch import cli

PROJECTS = ("道路养护", "校舍维修", "河道治理")
DEEP = 1500
Strange = Callable[[Path], None]


def workbook(project: str, department: str = "某市交通局", **fields: object) -> bytes:
    values = deepcopy(road_self_evaluation())
    values["fields"] |= {"project": project, "department": department, "unit": department, **fields}
    return made("self_evaluation", values)


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def named(name: bytes, data: bytes = b"") -> Strange:
    def put(inbox: Path) -> None:
        (inbox / os.fsdecode(name)).write_bytes(data or workbook("另一项目"))

    return put


def in_folder(name: bytes) -> Strange:
    def put(inbox: Path) -> None:
        folder = inbox / os.fsdecode(name)
        folder.mkdir()
        (folder / "一.xlsx").write_bytes(workbook("另一项目"))

    return put


def file(name: str, data: bytes) -> Strange:
    return lambda inbox: (inbox / name).write_bytes(data) and None


def link(name: str, target: str) -> Strange:
    return lambda inbox: (inbox / name).symlink_to(target)


def pipe(inbox: Path) -> None:
    os.mkfifo(inbox / "管道.xlsx")


def listening(inbox: Path) -> None:
    here = Path.cwd()
    os.chdir(inbox)  # the name of a socket has 108 bytes
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("套接字.xlsx")
    finally:
        os.chdir(here)


def nested(inbox: Path, name: str = "d", times: int = DEEP) -> None:
    here = os.open(inbox, os.O_RDONLY)
    for _ in range(times):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("一.xlsx", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)


def beyond_the_limit(inbox: Path) -> None:
    nested(inbox, "长" * 80, 25)


def many_copies(inbox: Path) -> None:
    data = workbook("另一项目")
    members = {f"{'很长的文件夹名称' * 7}{number:03}/表.xlsx": data for number in range(260)}
    (inbox / "全部.zip").write_bytes(zipped(members))


def long_text(inbox: Path) -> None:
    (inbox / "长.xlsx").write_bytes(rewritten(workbook("另一项目"), "C4", "道" * 131_073))


def huge_numbers(inbox: Path) -> None:
    data = workbook("另一项目")
    for cell in ("E7", "G14", "H14"):
        data = rewritten(data, cell, 1e27)
    (inbox / "大.xlsx").write_bytes(data)


def rewritten(data: bytes, cell: str, value: object) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(data))
    book["自评表"][cell] = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


STRANGE: dict[str, Strange] = {
    "gbk workbook": named("绩效自评表.xlsx".encode("gb18030")),
    "gbk folder": in_folder("某局".encode("gb18030")),
    "gbk text": named("说明.txt".encode("gb18030"), b"words"),
    "no encoding at all": named(b"\xff\xfe\x80.xlsx"),
    "line end": named("换\n行.xlsx".encode()),
    "escape": named(b"a\x1b[2Jb.xlsx"),
    "right to left": named("a\u202excod.xlsx".encode()),
    "250 bytes": named(("长" * 81 + ".xlsx").encode()),
    "link to itself": link("自己.xlsx", "自己.xlsx"),
    "link to the kernel's log": link("内核.xlsx", "/proc/kmsg"),
    "link to a device": link("设备.xlsx", "/dev/zero"),
    "link to a folder": link("文件夹", "."),
    "pipe": pipe,
    "socket": listening,
    "1500 folders": nested,
    "path beyond the limit": beyond_the_limit,
    "260 copies": many_copies,
    "long text": long_text,
    "1e27": huge_numbers,
    "line ends in names": lambda inbox: (
        (inbox / "换行.xlsx").write_bytes(workbook("另一\n项\u2028目", unit="某市\n中心")) and None
    ),
    "document": file(
        "自评报告.docx", zipped({"word/document.xml": b"<w/>", "[Content_Types].xml": b"<T/>"})
    ),
    "pdf": file("扫描件.pdf", b"%PDF-1.7 scan"),
    "picture": file("照片.jpg", b"\xff\xd8\xff\xe0 picture"),
    "csv": file("明细.csv", "甲,乙\r\n1,2\r\n".encode("gb18030")),
    "empty archive": file("空.zip", zipped({})),
    "archive in an archive": file("套.zip", zipped({"里.zip": zipped({"一.xlsx": b"x"})})),
    "workbook named dat": file("表.dat", workbook("另一项目")),
    "lock file": file("~$表.xlsx", b"lock"),
    "what a Mac leaves": file("._表.xlsx", b"\0\5\x16\7"),
    "what Windows leaves": file("Thumbs.db", b"\xd0\xcf\x11\xe0"),
    "empty folder": lambda inbox: (inbox / "空").mkdir(),
    "a folder named as a workbook": in_folder("表.xlsx".encode()),
    "formula": file("=cmd|calc!A0.xlsx", b"words"),
    "invisible and joined": named("e\u0301\u200b\ufeff\U000e0041👨\u200d👩.xlsx".encode()),
    "archive of zero bytes": file("零.zip", b""),
    "mail": file("转发.eml", b"From: a@example.gov.cn\r\n\r\nwords"),
    "our own summary": file("汇总表.xlsx", b"PK\x05\x06" + bytes(18)),
}
QUICK = (
    "gbk folder",
    "line end",
    "link to the kernel's log",
    "pipe",
    "pdf",
    "1e27",
    "line ends in names",
)


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cycle folder after a night that found three good workbooks."""
    folder = tmp_path_factory.mktemp("good") / "周期"
    assert cli.main(["init", str(folder), "--year", "2023"]) == 0
    (folder / "inbox" / "某市交通局").mkdir()
    for project in PROJECTS:
        (folder / "inbox" / "某市交通局" / f"{project}.xlsx").write_bytes(workbook(project))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        night()
    return folder


@pytest.fixture
def good(first_night: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of that folder."""
    shutil.copytree(first_night, tmp_path / "周期")
    monkeypatch.chdir(tmp_path / "周期")
    yield tmp_path / "周期"
    flatten(tmp_path / "周期" / "inbox" / "d")


def flatten(folder: Path) -> None:
    """Remove folders in folders one by one: what removes them otherwise calls itself too often."""
    while (folder / "d").exists():
        (folder / "d").rename(folder.with_name("e"))
        folder.rmdir()
        folder.with_name("e").rename(folder)
    shutil.rmtree(folder, ignore_errors=True)


def night() -> None:
    assert cli.main(["run", "--as-of", "2024-04-01", "--quiet", "--jobs", "1"]) == 0


def lines(table: str) -> list[dict[str, str]]:
    path = Path("output") / "data" / f"{table}.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def published() -> dict[str, bytes]:
    """Return everything that is published of single workbooks, by its path."""
    folders = ("评价报告", "审核意见", "审核单")
    found = (path for folder in folders for path in (Path("output") / folder).rglob("*"))
    return {str(path): path.read_bytes() for path in found if path.is_file()}


def rows_of_the_good() -> dict[str, list[dict[str, str]]]:
    """Return what the tables say of the good workbooks by themselves, not of their department."""
    tables = ("projects", "indicators", "findings", "received")
    good = {
        table: [row for row in lines(table) if row["file"].startswith("某市交通局/")]
        for table in tables
    }
    good["findings"] = [row for row in good["findings"] if row["status"]]
    return good


@pytest.mark.parametrize(
    "name",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in STRANGE],
)
def test_any_one_strange_entry_changes_nothing_else_and_is_told(good: Path, name: str) -> None:
    outputs, rows = published(), rows_of_the_good()
    STRANGE[name](good / "inbox")
    night()
    now = published()
    assert {path: now.get(path) for path in outputs} == outputs
    assert rows_of_the_good() == rows
    told = [row for row in lines("received") if not row["file"].startswith("某市交通局/")]
    assert told
    assert not any("内部错误" in row["reason"] for row in told)
    assert all(row["file"].isprintable() for row in told)
    assert all(row["outcome"] == "read" or row["reason"] for row in told)


@pytest.mark.slow
def test_a_thousand_copies_of_one_file_grow_the_findings_by_a_line_each(good: Path) -> None:
    data = workbook("另一项目")
    for number in range(200):
        (good / "inbox" / f"{number:04}.xlsx").write_bytes(data)
    night()
    repeated = [row for row in lines("findings") if row["code"] == "D01"]
    assert len(repeated) == 199
    assert max(len(row["message"]) for row in repeated) < 200


@pytest.mark.slow
def test_copies_cost_as_much_as_there_are(good: Path) -> None:
    data, sizes = workbook("另一项目"), []
    for count in (0, 6, 12):
        for number in range(count):
            (good / "inbox" / f"副本{number:02}.xlsx").write_bytes(data)
        night()
        repeated = [row["message"] for row in lines("findings") if row["code"] == "D01"]
        assert len(repeated) == max(0, count - 1)
        assert all(f"等{count - 1}份" in message for message in repeated)
        assert len({row["status"] for row in lines("projects")}) == 1 + bool(count)
        told = (path for path in (good / "output" / "data").iterdir())
        sizes.append(sum(path.stat().st_size for path in told))
    none, some, twice = sizes
    assert twice - none < 2.2 * (some - none)
