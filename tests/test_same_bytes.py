"""A workbook packed on another system is the same bytes."""

import os
import sys
from datetime import datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZipInfo

import openpyxl
import pytest

from evalbatch import same_bytes
from evalbatch.excel_writer import Workbook
from evalbatch.same_bytes import SameBytes, saved

TEXT = b"<?xml?>\n<t>\xe7\x94\xb2\nb</t>" + b"x" * 100 + b"\n"


@pytest.mark.parametrize("some", [1, 7, 8, 1 << 20])
def test_line_ends_and_modes_of_another_system_leave_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, some: int
) -> None:
    packed = []
    for elsewhere, text in ((False, TEXT), (True, TEXT.replace(b"\n", b"\r\n"))):
        monkeypatch.setattr(SameBytes, "elsewhere", elsewhere)
        monkeypatch.setattr(same_bytes, "_SOME", some)
        part, image = tmp_path / "part", tmp_path / "image"
        part.write_bytes(text)
        image.write_bytes(b"\x89PNG\r\n\x1a\n")
        for path in (part, image):
            path.chmod(0o666 if elsewhere else 0o600)
            os.utime(path, (1_000_000_000, 1_000_000_000))
        with SameBytes(tmp_path / "book.xlsx", "w", 8) as book:
            book.write(part, "xl/workbook.xml")
            book.write(image, "xl/media/image1.png")
        packed.append((tmp_path / "book.xlsx").read_bytes())
    assert packed[0] == packed[1]


def test_what_is_packed_in_memory_notes_no_system(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = []
    for system in ("linux", "win32"):
        monkeypatch.setattr(sys, "platform", system)
        stream = BytesIO()
        with SameBytes(stream, "w", 8) as book:
            book.writestr(ZipInfo("甲.xml", (1980, 1, 1, 0, 0, 0)), b"text")
        book_of_library = BytesIO()
        with Workbook(book_of_library, {"in_memory": True}) as written:
            written.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001
            written.add_worksheet("甲").write(0, 0, "乙")
        own = openpyxl.Workbook()
        packed.append((stream.getvalue(), book_of_library.getvalue(), saved(own)))
    assert packed[0] == packed[1]
