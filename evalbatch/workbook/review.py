"""How the review sheet of an annotated copy is recognised when the copy is handed in again."""

from typing import Final

from evalbatch.workbook.grid import Sheet

REVIEW_NAME: Final = "evalbatch.review"
"""The hidden defined name that points to the review sheet; readers skip that sheet."""

TITLE: Final = "审核意见"
HEAD_ROW: Final = 4
FIRST_HEADERS: Final = ("代码", "级别", "问题", "位置")


def is_review(sheet: Sheet) -> bool:
    """Whether a sheet is a review sheet by what it holds, for formats and programs that lose the mark."""
    if not sheet.name.startswith(TITLE) or (1, 1) not in sheet.cells:
        return False
    heads = [sheet.cells.get((HEAD_ROW, column)) for column in range(1, len(FIRST_HEADERS) + 1)]
    return [head.value if head else None for head in heads] == list(FIRST_HEADERS)


def review_tab(reference: str) -> str:
    """Return the title of the sheet that the mark points to, empty when it points nowhere."""
    title, found, _ = reference.rpartition("!")
    if not found or "#REF" in title:
        return ""
    return title[1:-1].replace("''", "'") if title.startswith("'") else title
