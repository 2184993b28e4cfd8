"""A workbook of openpyxl as bytes that are the same for the same content: the library would write
the time of day into the package and into its properties.
"""

import re
from datetime import datetime
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook

from evalbatch.same_bytes import SameBytes

_STAMP: Final = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
_CORE: Final = "docProps/core.xml"


def saved(book: Workbook, changed: datetime) -> bytes:
    """Return the bytes of a workbook, with `changed` as the time of its creation and change."""
    book.properties.created = book.properties.created and changed
    stream = BytesIO()
    book.save(stream)
    said = rf"\g<1>{changed:%Y-%m-%dT%H:%M:%S}Z\g<2>".encode()
    target = BytesIO()
    with ZipFile(stream) as source, SameBytes(target, "w", ZIP_DEFLATED) as package:
        for part in source.infolist():
            data = source.read(part)
            if part.filename == _CORE:
                data = _STAMP.sub(said, data)
            info = ZipInfo(part.filename)
            info.compress_type = ZIP_DEFLATED
            package.writestr(info, data)
    return target.getvalue()
