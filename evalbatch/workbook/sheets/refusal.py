"""Why a file is refused: the reasons as data, and how they become an observation (findings.md, group F).

The catalogue of findings words the message; `found` and `expected` here are whole Chinese phrases, and `variant` tells the
reasons apart for a catalogue that wants to say more.
"""

from typing import NamedTuple

from evalbatch.model.observation import Observation
from evalbatch.model.place import Place
from evalbatch.workbook.grid import Refused


class Reason(NamedTuple):
    """A reason for a refusal: code, variant, and templates of what stands there and what should."""

    code: str
    variant: str
    found: str
    expected: str


WORKBOOK = "Excel 工作簿（.xlsx、.xlsm、.xls、.xlsb）、WPS 表格（.et）或 .ods 文件"
EMPTY = Reason("F01", "empty", "空文件（0 字节）", WORKBOOK)
OTHER = Reason("F01", "other", "{kind}，不是电子表格工作簿", WORKBOOK)
DOCUMENT = Reason("F12", "", "{kind}", WORKBOOK)
DAMAGED = Reason("F01", "damaged", "文件损坏或不完整：{detail}", "能正常打开的完整工作簿（请在 Excel 或 WPS 中打开后另存再报送）")
ENCRYPTED = Reason("F02", "", "文件已加密或设有打开密码", "未加密的工作簿（请取消打开密码后重新保存）")
SIZE = Reason("F08", "size", "文件大小 {size} MB", "不超过 {limit} MB")
PARTS = Reason("F08", "parts", "文件内含 {count} 个部件", "不超过 {limit} 个")
EXPANDED = Reason("F08", "expanded", "文件解压后超过 {limit} MB", "解压后不超过 {limit} MB")
RATIO = Reason("F08", "ratio", "文件内 {part} 的压缩比超过 {limit} 倍", "正常保存的工作簿")
HOSTILE = Reason("F08", "dtd", "文件内 {part} 含有 DTD 或实体声明", "不含 DTD 和实体声明的工作簿")
NESTED = Reason("F08", "nesting", "文件内 {part} 的 XML 嵌套过深或内容超限", "正常保存的工作簿")
CELLS = Reason("F08", "cells", "单元格（含空白格式行）超过 {limit} 个", "不超过 {limit} 个")
EXTENT = Reason("F08", "extent", "表外单元格 {cell} 有内容", "内容都在前 {rows} 行、前 {columns} 列以内")
LOOP = Reason("F08", "loop", "文件内部结构循环引用", "正常保存的工作簿")


def refused(reason: Reason, place: Place, **figures: object) -> Refused:
    """Return the refusal for a reason, to be raised."""
    words = {name: str(value) for name, value in figures.items()}
    found, expected = reason.found.format_map(words), reason.expected.format_map(words)
    return Refused(Observation(reason.code, (place,), found, expected, reason.variant, words))
