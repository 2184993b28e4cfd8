"""Input made to harm: each is refused quickly, in little memory, with the code that says why."""

import io
import random
import re
import struct
import subprocess
import sys
import time
import zipfile
import zlib

import pytest
import xlwt

from evalbatch.model.place import Place
from evalbatch.sheets import read_book
from evalbatch.sheets.book import Refused
from sheets import packages

SECONDS, KILOBYTES = 2, 300 << 10
BOOK = packages.parts('<row r="1"><c r="A1"><v>1</v></c></row>')
SHEET, STRINGS, MAIN = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", packages.MAIN


def refusal(data):
    """Return code and variant of the refusal, which must come in time."""
    started = time.process_time()
    with pytest.raises(Refused) as caught:
        read_book(data, "送审.xlsx")
    elapsed = time.process_time() - started
    observation = caught.value.observation
    assert elapsed < SECONDS
    assert observation.places[0].file == "送审.xlsx"
    assert observation.found
    assert observation.expected
    return observation.code, observation.variant


def with_part(part, content):
    return packages.zipped({**BOOK, part: content})


def bomb(size, part="xl/bomb.xml", pattern=b"\0"):
    """Return a package with a member of some bytes that repeats a pattern, deflated in a stream."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = engine.compress(pattern * ((1 << 20) // len(pattern))) + engine.flush(zlib.Z_FULL_FLUSH)
    raw = block * (size >> 20) + engine.flush()
    base = packages.zipped(BOOK)
    output = io.BytesIO(base)
    with zipfile.ZipFile(output, "a") as archive:
        archive.writestr(zipfile.ZipInfo(part), b"")
        info = archive.getinfo(part)
        # The header lies: it says that the member is small.
        info.compress_type, info.compress_size, info.file_size = (
            zipfile.ZIP_DEFLATED,
            len(raw),
            1000,
        )
    data = output.getvalue()
    start = info.header_offset
    head = (
        struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 33, 0, len(raw), 1000, len(part), 0)
        + part.encode()
    )
    directory = data.rfind(b"PK\5\6")
    size_of_listing, offset = struct.unpack_from("<II", data, directory + 12)
    listing = data[offset : offset + size_of_listing]
    body = data[:start] + head + raw
    return (
        body
        + listing
        + data[directory : directory + 12]
        + struct.pack("<IIH", size_of_listing, len(body), 0)
    )


def test_a_bomb_of_4_gib_is_refused_without_inflating_it():
    assert refusal(bomb(4 << 30)) == ("F08", "expanded")


@pytest.mark.parametrize("part", ["xl/media/image1.png", "xl/bomb.xml", SHEET.replace("1", "9")])
def test_a_bomb_is_refused_wherever_it_lies(part):
    assert refusal(bomb(64 << 20, part))[0] == "F08"


def test_many_parts_that_share_the_same_bytes_are_counted_each():
    noise = random.Random(1).randbytes(3 << 20)
    made = {**BOOK, **{f"xl/media/{number}.bin": noise for number in range(70)}}
    assert refusal(packages.zipped(made, zipfile.ZIP_STORED))[0] == "F08"


def test_too_many_parts_are_refused():
    assert refusal(
        packages.zipped({**BOOK, **{f"xl/media/{number}": b"" for number in range(3100)}})
    ) == ("F08", "parts")


LAUGHS = "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 10))


@pytest.mark.parametrize(
    "content",
    [
        (
            f'<!DOCTYPE x [<!ENTITY l0 "lol">{LAUGHS}]><worksheet xmlns="{MAIN}"><sheetData/>'
            f"</worksheet>"
        ),
        (
            f'<!DOCTYPE x [<!ENTITY a "{"a" * 100_000}">]><worksheet xmlns="{MAIN}">'
            f"{'&a;' * 10_000}</worksheet>"
        ),
        f'<!DOCTYPE x SYSTEM "file:///etc/passwd"><worksheet xmlns="{MAIN}"/>',
        (
            f'<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]><worksheet '
            f'xmlns="{MAIN}"/>'
        ).encode("utf-16"),
    ],
    ids=["billion laughs", "quadratic blowup", "external entity", "hidden in UTF-16"],
)
@pytest.mark.parametrize("part", [SHEET, STRINGS, "xl/workbook.xml", "xl/styles.xml"])
def test_any_dtd_is_refused(part, content):
    assert refusal(with_part(part, content)) == ("F08", "dtd")


def test_a_dtd_in_an_encoding_that_hides_it_is_refused():
    content = (
        f'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x+AD4 <worksheet xmlns="{MAIN}"/>'
    )
    assert refusal(with_part(SHEET, content))[0] == "F01"


def test_deep_nesting_is_refused():
    content = f'<worksheet xmlns="{MAIN}">{"<a>" * 5000}{"</a>" * 5000}</worksheet>'
    assert refusal(with_part(SHEET, content)) == ("F08", "nesting")


def test_a_million_elements_or_attributes_are_refused():
    assert (
        refusal(with_part(SHEET, f'<worksheet xmlns="{MAIN}">{"<a/>" * 1_100_000}</worksheet>'))[0]
        == "F08"
    )
    many = " ".join(f'a{number}=""' for number in range(1_300_000))
    assert refusal(with_part(SHEET, f'<worksheet xmlns="{MAIN}" {many}/>'))[0] == "F08"


def many_cells(rows, cell):
    return with_part(
        SHEET,
        packages.sheet(
            "".join(f'<row r="{row}">{cell * 1000}</row>' for row in range(1, rows + 1))
        ),
    )


def test_too_many_cells_are_refused():
    assert refusal(many_cells(201, "<c><v>1</v></c>")) == ("F08", "cells")


MEASURE = """
import sys
from evalbatch.sheets.book import Refused
from evalbatch.sheets import read_book
try:
    read_book(sys.stdin.buffer.read(), "x")
except Refused as refused:
    peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(refused.observation.code, peak.split()[1])
"""


def broken(content):
    return with_part(SHEET, f'<worksheet xmlns="{MAIN}"{content}')


WORST = {
    "cells": lambda: many_cells(240, "<c><v>1</v></c>"),
    "long cells": lambda: many_cells(200, '<c r="A1" s="1" t="str"><v>1</v></c>'),
    "elements": lambda: broken(">" + "<a/>" * 790_000 + "</worksheet"),
    "attributes": lambda: broken(
        " " + " ".join(f"a{number}=''" for number in range(1_190_000)) + "/"
    ),
}


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells the peak of a process")
@pytest.mark.parametrize("case", WORST)
def test_the_worst_inputs_stay_within_300_megabytes(case):
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], input=WORST[case](), capture_output=True, check=True
    )
    code, kilobytes = done.stdout.split()
    assert code in {b"F01", b"F08"}
    assert int(kilobytes) < KILOBYTES


def test_a_stray_cell_in_the_last_corner_is_refused_by_name():
    with pytest.raises(Refused) as caught:
        read_book(packages.book('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "x")
    assert caught.value.observation.places == (Place("x", "表", 1048576, 16384),)
    assert (caught.value.observation.code, caught.value.observation.variant) == ("F08", "extent")


def test_blank_formatted_cells_far_out_are_no_harm():
    blank = "".join(f'<row r="{row}"><c r="XFD{row}" s="0"/></row>' for row in range(2, 60_000))
    data = packages.book(
        '<row r="1"><c r="A1"><v>7</v></c></row>'
        + blank
        + '<row r="1048576" s="0" customFormat="1"/>'
    )
    assert list(read_book(data, "x").sheets[0].cells) == [(1, 1)]


@pytest.mark.parametrize("count", ["4294967295", "99999999999999999999", "-1", "x"])
def test_shared_string_counts_that_lie_are_refused(count):
    content = f'<sst xmlns="{MAIN}" count="{count}" uniqueCount="{count}"><si><t>甲</t></si></sst>'
    assert refusal(with_part(STRINGS, content)) == ("F08", "cells")


def test_a_shared_string_that_is_not_there_is_damage():
    data = packages.book(
        '<row r="1"><c r="A1" t="s"><v>5</v></c></row>', strings="<si><t>甲</t></si>"
    )
    assert refusal(data) == ("F01", "damaged")


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_damaged(keep):
    data = packages.zipped(BOOK)
    assert refusal(data[: int(len(data) * keep)]) == ("F01", "damaged")


@pytest.mark.parametrize(
    ("data", "variant"),
    [
        (b"", "empty"),
        ("项目名称,得分\n甲,90\n".encode(), "other"),
        (b"%PDF-1.7\n", "other"),
        (b"<html><table></table></html>", "other"),
        (b"PK\3\4garbage", "damaged"),
        (packages.zipped({"a.txt": "x"}), "other"),
        (packages.zipped({"a.txt": "x"})[:-10], "damaged"),
    ],
)
def test_what_is_no_workbook_is_said_to_be_none(data, variant):
    assert refusal(data) == ("F01", variant)


def test_a_word_document_is_named():
    old, new = "xl/workbook", "word/document"
    made = {name.replace(old, new): str(part).replace(old, new) for name, part in BOOK.items()}
    with pytest.raises(Refused) as caught:
        read_book(packages.zipped(made), "x.xlsx")
    assert "Word" in caught.value.observation.found


def test_an_encrypted_zip_is_recognised():
    data = bytearray(packages.zipped(BOOK))
    at = data.find(b"PK\1\2")
    data[at + 8] |= 1
    assert refusal(bytes(data))[0] == "F02"


def xls():
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for row in range(200):
        sheet.write(row, 0, f"第{row}行的文字")
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def test_an_encrypted_package_in_a_compound_file_is_recognised():
    data = xls().replace(
        "Workbook".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le")[:16]
    )
    name = "EncryptedPackage".encode("utf-16-le")
    at = data.find("Encrypte".encode("utf-16-le"))
    data = (
        data[:at]
        + name
        + data[at + len(name) : at + 64]
        + struct.pack("<H", len(name) + 2)
        + data[at + 66 :]
    )
    assert refusal(data)[0] == "F02"


def test_a_password_record_in_an_xls_is_recognised():
    data = xls()
    at = data.find(b"\xe1\x00\x02\x00")  # the record after the first one
    assert refusal(data[:at] + b"\x2f\x00" + data[at + 2 :])[0] == "F02"


def test_an_allocation_chain_that_loops_is_refused():
    data = bytearray(xls())
    (first,) = struct.unpack_from("<I", data, 76)
    at = (first + 1) * 512
    for index in range(128):
        struct.pack_into("<I", data, at + 4 * index, index)
    assert refusal(bytes(data)) == ("F08", "loop")


@pytest.mark.parametrize("keep", [10, 100, 600, 3000])
def test_a_truncated_xls_is_damaged(keep):
    assert refusal(xls()[:keep])[0] == "F01"


def test_an_xls_whose_cells_lie_in_two_corners_is_refused():
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    sheet.write(0, 0, 1)
    sheet.write(65535, 255, 1)
    output = io.BytesIO()
    book.save(output)
    assert refusal(output.getvalue()) == ("F08", "extent")


def damaged(data, seed):
    """Return data with some bytes changed; in a package, those of a part before it is
    compressed.
    """
    dice = random.Random(seed)
    if not data.startswith(b"PK"):
        changed = bytearray(data)
        for _ in range(6):
            changed[dice.randrange(len(changed))] = dice.randrange(256)
        return bytes(changed)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        made = {name: archive.read(name) for name in archive.namelist()}
    part = dice.choice(sorted(made))
    values = [
        match.span(1)
        for match in re.finditer(rb'"([^"]*)"|>([^<]+)<', made[part])
        if match[1] is not None
    ]
    start, end = dice.choice(values)
    wrong = dice.choice([b"", b"-1", b"99999999999999", b"x", b"1e999", b"NaN", b"A0", b"XFE1"])
    return packages.zipped({**made, part: made[part][:start] + wrong + made[part][end:]})


@pytest.mark.parametrize("make", [lambda: packages.zipped(BOOK), xls], ids=["xlsx", "xls"])
def test_damage_of_any_kind_is_read_or_refused_but_never_crashes(make):
    data = make()
    outcomes = set()
    for seed in range(150):
        try:
            read_book(damaged(data, seed), "x")
            outcomes.add("read")
        except Refused as refusal:
            outcomes.add(refusal.observation.code)
    assert outcomes >= {"read", "F01"}
