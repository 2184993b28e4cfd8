"""Cuts a sheet on which several forms stand below each other into one page for each."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from evalbatch.model.names import core
from evalbatch.reading.form_labels import LEVEL_LABELS, PROJECT_LABELS
from evalbatch.reading.kinds import is_title
from evalbatch.reading.printed_page import PrintedPage

_FEW: Final = 2  # cells of a row that belongs to a title
_CONTINUED: Final = "续"
_LEVELS: Final = 2  # names of levels that make a row the header of indicators


def apart(page: PrintedPage) -> list[PrintedPage]:
    """Return the forms of a sheet from top to bottom, each as a page of its own; the page itself
    where there is one.
    """
    starts = list(_starts(page))
    if len(starts) < _FEW:
        return [page]
    ends = [*starts[1:], page.last_row + 1]
    return [
        _part(page, start if number else 1, end)
        for number, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def _starts(page: PrintedPage) -> Iterator[int]:
    """Yield the first row of each form: its title or project, once the indicators of the one above
    have begun.
    """
    begun, headed = False, False
    above: list[int] = []
    for row in page.rows:
        texts = [text for column in page.by_row[row] if (text := page.text(row, column))]
        if _is_header(texts):
            headed = True
        elif (
            _begins(texts, len(page.by_row[row]))
            and (headed or not begun)
            and not (begun and _goes_on(page, row, texts))
        ):
            yield above[0] if begun and above else row
            begun, headed = True, False
        above = (
            [*above, row] if headed and len(page.by_row[row]) == 1 and _is_heading(texts) else []
        )


def _is_header(texts: list[str]) -> bool:
    return len({core(text) for text in texts} & LEVEL_LABELS) >= _LEVELS


def _begins(texts: list[str], cells: int) -> bool:
    titled = cells <= _FEW and any(map(is_title, texts))
    return titled or (
        bool(texts) and core(texts[0]) in PROJECT_LABELS and not _is_header(texts) and cells > 1
    )


def _goes_on(page: PrintedPage, row: int, texts: list[str]) -> bool:
    """Whether a title only heads the next page of the form above: it says so, or the header of the
    indicators follows without a word about a project.
    """
    if any(_CONTINUED in text for text in texts):
        return True
    for below in page.rows[page.rows.index(row) + 1 :]:
        found = [text for column in page.by_row[below] if (text := page.text(below, column))]
        if _is_header(found):
            return True
        if len(page.by_row[below]) > 1 or any(":" in text or "：" in text for text in found):
            return False
    return False


def _is_heading(texts: list[str]) -> bool:
    """Whether a row above a project may be the title or the year of its form."""
    return bool(texts) and ("年度" in texts[0] or core(texts[0]).endswith("表"))


def _part(page: PrintedPage, start: int, end: int) -> PrintedPage:
    sheet = page.sheet
    cells = {spot: cell for spot, cell in sheet.cells.items() if start <= spot[0] < end}
    merges = [merge for merge in sheet.merges if start <= merge.top < end]
    label = sheet.name if start == 1 else f"{sheet.name}（第{start}行起）"
    return PrintedPage(replace(sheet, cells=cells, merges=merges), label)
