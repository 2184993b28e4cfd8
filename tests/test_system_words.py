"""What users read holds no words of libraries or of the operating system."""

import errno
import io
import re
import zipfile
from pathlib import Path

import pytest

from evalbatch.checks.catalogue import refuse
from evalbatch.errors import reason
from evalbatch.reading.reader import read
from evalbatch.sheets.book import Refused
from evalbatch.standards.form_library import load_forms

WHOLE = next(
    (Path(__file__).parents[1] / "input_templates" / "examples").rglob("外事活动*.xlsx")
).read_bytes()
OWN_WORDS = re.compile(
    r"\.?xls[xmb]?|\.?ods|\.?et|Excel|WPS|XML|DTD|MB|(?i:zip)|PDF|Word|xl/[\w/.]+|\[Content_Types\].xml|_rels/.rels"
)
FORMS = load_forms()


def package(**changes: bytes | None) -> bytes:
    """The example with other content in some parts; None leaves a part out."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            content = changes.get(name.rpartition("/")[2].partition(".")[0], old.read(name))
            if content is not None:
                new.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        WHOLE[:-40],
        WHOLE[: len(WHOLE) // 2],
        WHOLE[:200] + bytes(200) + WHOLE[400:],
        b"%PDF-1.7",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        b"\x89PNG\r\n",
        "项目,得分".encode(),
        package(workbook=b"<a><b></a>"),
        package(workbook=None),
        package(sheet1=b"<worksheet"),
        package(styles=b"\x00\x01"),
        package(sharedStrings=b"<!DOCTYPE x [<!ENTITY a 'b'>]><sst/>"),
        package(sheet2=None),
    ],
)
def test_a_refusal_is_chinese_throughout(data: bytes):
    try:
        read(data, "某.xlsx", FORMS)
    except Refused as refused:
        (finding,) = refuse(refused.observation, "某.xlsx", "").findings
        for text in (
            finding.title,
            finding.message,
            finding.found,
            finding.expected,
            finding.remedy,
        ):
            assert re.findall(r"[A-Za-z]{3,}", OWN_WORDS.sub("", text)) == [], text


@pytest.mark.parametrize(
    "code", [errno.EACCES, errno.ENOENT, errno.EIO, errno.ESTALE, errno.ENOSPC]
)
def test_the_system_speaks_chinese(code: int):
    said = reason(OSError(code, "Permission denied"))
    assert not re.search("[A-Za-z]", said)
    assert "系统错误" not in said


def test_an_unknown_error_is_named_by_its_number():
    assert reason(OSError(9999, "something else")) == "系统错误 9999"
