"""The entries of an inbox by name: what kind of file each is, and how a name is shown that no
screen or table should see raw.
"""

import os
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from evalbatch.cycle.matching import Sender
from evalbatch.model.finding import Observation
from evalbatch.model.place import Place
from evalbatch.output_files import tagged
from evalbatch.sheets.package import WORKBOOK

SUFFIXES: Final = frozenset({".xlsx", ".xlsm", ".xls", ".et", ".xlsb", ".ods", ".xltx", ".ett"})
ARCHIVES: Final = frozenset({".zip"})
OTHER_ARCHIVES: Final = frozenset({".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz"})
_WORD: Final = frozenset({".docx", ".docm", ".doc", ".dotx", ".wps", ".wpt", ".rtf", ".odt"})
_IMAGES: Final = frozenset(
    {".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic"}
)
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

_TOLD: Final = ("F03", "F05", "F12")
_NO_FORM: Final = ("empty", "other")


class FileKind(StrEnum):
    """What kind of file came in."""

    WORKBOOK = "workbook"
    ARCHIVE = "archive"
    WORD = "word"
    PDF = "pdf"
    IMAGE = "image"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The Chinese word that readers see."""
        return _LABELS[self]


_LABELS: Final = {
    FileKind.WORKBOOK: "工作簿",
    FileKind.ARCHIVE: "压缩包",
    FileKind.WORD: "Word 文档",
    FileKind.PDF: "PDF 文件",
    FileKind.IMAGE: "图片",
    FileKind.OTHER: "其他类型的文件",
}
_KINDS: Final = (
    (SUFFIXES, FileKind.WORKBOOK),
    (ARCHIVES | OTHER_ARCHIVES, FileKind.ARCHIVE),
    (_WORD, FileKind.WORD),
    (frozenset({".pdf"}), FileKind.PDF),
    (_IMAGES, FileKind.IMAGE),
)


def suffix_of(name: str) -> str:
    """Return the suffix of a file's name in lower case with its dot, empty where there is none."""
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 - ten thousand times a night


def kind_of(name: str) -> FileKind:
    """Return what kind of file a name promises."""
    suffix = suffix_of(name)
    return next((kind for suffixes, kind in _KINDS if suffix in suffixes), FileKind.OTHER)


def told_department(file: str) -> str:
    """Return the department that the place of a file tells: the folder or archive of the inbox that
    it lies in, empty where it lies in none.
    """
    top, _, below = file.partition("/")
    if kind_of(top) is FileKind.ARCHIVE:
        top = PurePosixPath(top).stem
    return top if below else ""


def named_department(sender: Sender) -> str:
    """Return who hands in: by the form, else by what the workbook was made for, else by the folder
    it lies in.
    """
    return sender.department or sender.stamped_department or told_department(sender.file)


def shown_name(raw: str) -> str:
    """Return one part of a path as tables, logs and screens may show it.

    Bytes that are no UTF-8 are GBK, as `unzip` leaves them; what no screen shows (line ends, escape
    sequences, direction marks) becomes an underscore. Any other name is what it is.
    """
    if raw.isprintable() and os.fsencode(raw) == raw.encode():  # nearly all of them
        return raw
    return "".join("_" if unicodedata.category(char) in _INVISIBLE else char for char in _text(raw))


def _text(raw: str) -> str:
    data = os.fsencode(raw)
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", errors="replace")


def told_apart(raw_names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the names of one folder, each with the name to show: no two are shown alike."""
    names = sorted(raw_names, key=os.fsencode)
    taken = {name for name in names if shown_name(name) == name}
    for raw in names:
        name = shown_name(raw)
        if name != raw and name in taken:
            name = tagged(name, raw)
        taken.add(name)
        yield raw, name


def as_handed_in(file: str, refused: Observation) -> Observation:
    """Say of a file that is no workbook, and was not handed in as one, what it is and what to hand
    in instead (F12).
    """
    kind = kind_of(file)
    if (
        kind is FileKind.WORKBOOK
        or refused.code in _TOLD
        or (kind is FileKind.WORD and refused.variant not in _NO_FORM)
    ):
        return refused
    what = (
        kind.label
        if kind in (FileKind.WORD, FileKind.PDF, FileKind.IMAGE)
        else refused.figures.get("kind", kind.label)
    )
    return Observation("F12", (Place(file),), found=what, expected=WORKBOOK)
