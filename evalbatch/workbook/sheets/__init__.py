"""Workbooks of any format as grids: the format is told by content, the input is never trusted."""

from evalbatch.model.place import Place
from evalbatch.workbook.grid import Book
from evalbatch.workbook.sheets import limits, refusal
from evalbatch.workbook.sheets.parts import Parts
from evalbatch.workbook.sheets.refusal import refused
from evalbatch.workbook.sheets.xlsx import read_package

__all__ = ["read_book"]

ZIP = b"PK"
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def read_book(data: bytes, name: str) -> Book:
    """Return a workbook as grids; `name` is only for the places.

    Raises:
        Refused: it cannot be read (F01), is encrypted (F02), or too large or hostile (F08).
    """
    place = Place(name)
    if not data:
        raise refused(refusal.EMPTY, place)
    if len(data) > limits.FILE_BYTES:
        raise refused(refusal.SIZE, place, size=-(-len(data) // limits.MEGABYTE), limit=limits.FILE_BYTES // limits.MEGABYTE)
    if data.startswith(ZIP):
        return read_package(Parts(data, name))
    raise refused(refusal.OTHER, place, kind="其他文件")
