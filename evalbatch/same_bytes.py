"""A zip that is the same on every system: for what we pack, and what libraries pack for us."""

import os
import sys
from typing import Any, BinaryIO
from zipfile import ZipFile, ZipInfo

_UNIX = 3
_OWN_FILE = 0o100600 << 16
"""The mode of a temporary file on Unix, as a zip notes it."""
_TEXTS = (".xml", ".rels", ".vml")
_SOME = 1 << 20
_LARGE = 1 << 30
"""Bytes from which on a file may pack larger than a zip of old holds."""
_LEVEL = 3
"""How hard files are packed: the long lists of a large cycle take 0.7 s at 3 where they take 1.7 at
the library's 6, and a fifth more room.
"""


class SameBytes(ZipFile):
    """Packs files as on Unix: XlsxWriter opens its temporary files as texts, whose lines end
    otherwise on Windows, and a zip notes the system and the mode of a file.
    """

    elsewhere = sys.platform == "win32"

    def writestr(
        self, zinfo_or_arcname: str | ZipInfo, data: Any, *compression: int | None
    ) -> None:
        """Pack bytes under a name, or as an entry says."""
        if isinstance(zinfo_or_arcname, ZipInfo):
            zinfo_or_arcname.create_system = _UNIX
        super().writestr(zinfo_or_arcname, data, *compression)

    def write(
        self,
        filename: str | os.PathLike[str],
        arcname: str | os.PathLike[str] | None = None,
        compress_type: int | None = None,
        compresslevel: int | None = None,
    ) -> None:
        """Pack a file."""
        del compress_type, compresslevel  # one for all
        name, large = os.fspath(arcname or filename), os.stat(filename).st_size > _LARGE  # noqa: PTH116 - any path
        self.compresslevel = _LEVEL
        with (
            open(filename, "rb") as source,  # noqa: PTH123
            self.open(name, "w", force_zip64=large) as target,
        ):
            while data := _some(source, whole_lines=self.elsewhere and name.endswith(_TEXTS)):
                target.write(data)
        info = self.getinfo(name)
        info.create_system, info.external_attr = _UNIX, _OWN_FILE


def _some(source: BinaryIO, *, whole_lines: bool) -> bytes:
    """Return the next part of a file; of a text with lines that end as on Unix."""
    data = source.read(_SOME)
    if not whole_lines:
        return data
    if data.endswith(b"\r"):
        data += source.read(1)
    return data.replace(b"\r\n", b"\n")
