"""Workbooks of any format as grids: the format is told by content, the input is never trusted."""

from evalbatch.model.place import Place
from evalbatch.sheets import package
from evalbatch.sheets.book import Book, is_review
from evalbatch.sheets.package import PackageParts, refused
from evalbatch.sheets.relations import content_types, main_part
from evalbatch.sheets.xls import SIGNATURE
from evalbatch.sheets.xlsx import Idle, no_sheet, read_package

__all__ = ["read_book"]

ZIP = b"PK"
# What else clerks hand in by mistake, by the first bytes.
KINDS = (
    (b"%PDF", "PDF 文件"),
    (b"\xff\xd8\xff", "图片"),
    (b"\x89PNG", "图片"),
    (b"GIF8", "图片"),
    (b"BM", "图片"),
    (b"II*\0", "图片"),
    (b"MM\0*", "图片"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"),
    (b"{\\rtf", "RTF 文档"),
)
WORD = "wordprocessingml"
FIRST_BYTES = 1024


def read_book(data: bytes, name: str, idle: Idle = no_sheet) -> Book:
    """Return a workbook as grids, without the review sheet of an annotated copy; `name` is only for
    the places.

    Sheets that are `idle` come without their cells where the format tells in time which they are.

    Raises:
        Refused: it cannot be read (F01), is encrypted (F02), is a document without tables (F12), or
            too large or hostile (F08).
    """
    book = _read(data, name, idle)
    book.sheets = [sheet for sheet in book.sheets if not is_review(sheet)]
    return book


def _read(data: bytes, name: str, idle: Idle) -> Book:
    """Return the workbook by what its first bytes say."""
    place = Place(name)
    if not data:
        raise refused(package.EMPTY, place)
    if len(data) > package.FILE_BYTES:
        size = -(-len(data) // package.MEGABYTE)
        raise refused(package.SIZE, place, size=size, limit=package.FILE_BYTES // package.MEGABYTE)
    if data.startswith(ZIP):
        return _read_zip(PackageParts(data, name), idle)
    if data.startswith(SIGNATURE):
        from evalbatch.sheets.calamine_books import read_xls  # noqa: PLC0415 - calamine only where it is needed

        return read_xls(data, name)
    raise refused(package.OTHER, place, kind=_kind(data[:FIRST_BYTES]))


def _read_zip(parts: PackageParts, idle: Idle) -> Book:
    """Return the workbook of a package by what it holds."""
    from evalbatch.sheets.ods import is_opendocument, read_ods  # noqa: PLC0415 - only where it is needed

    if is_opendocument(parts):
        return read_ods(parts)
    types = content_types(parts)
    main = main_part(parts, types)
    if main.endswith(".bin"):
        from evalbatch.sheets.calamine_books import read_xlsb  # noqa: PLC0415 - calamine only where it is needed

        return read_xlsb(parts, main)
    if main.startswith("word/") or WORD in types.get(main, ""):
        from evalbatch.sheets.word_tables import read_document  # noqa: PLC0415 - only where it is needed

        return read_document(parts, main)
    if main.startswith("ppt/"):
        raise refused(package.OTHER, parts.place, kind="PowerPoint 演示文稿")
    if not main and not types:
        raise refused(package.OTHER, parts.place, kind="压缩包")
    return read_package(parts, types, main, idle)


def _kind(head: bytes) -> str:
    """Return what a file is by its first bytes."""
    for mark, kind in KINDS:
        if head.startswith(mark):
            return kind
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<meta")):
        return "网页文件"
    if start.startswith(b"<?xml"):
        return "XML 文件"
    return "文本文件" if b"\0" not in head else "其他类型的文件"
