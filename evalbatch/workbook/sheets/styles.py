"""The style part: the number format of each cell style."""

from typing import NamedTuple

from evalbatch.workbook.sheets.formats import code_of, shows_date
from evalbatch.workbook.sheets.markup import local, parse, space
from evalbatch.workbook.sheets.parts import Parts


class Format(NamedTuple):
    """A number format: its code, and whether it shows a date."""

    code: str
    is_date: bool


GENERAL = Format("General", is_date=False)


def read_formats(parts: Parts, part: str) -> dict[str, Format]:
    """Return the number format of every cell style, by its index as written in cells.

    Raises:
        Refused: the part is broken (F01) or hostile (F08).
    """
    own: dict[int, str] = {}
    numbers: list[int] = []
    for block in parse(parts, part):
        kind = local(block)
        if kind == "numFmts":
            own = {_id(item.get("numFmtId")): item.get("formatCode", "") for item in block}
        elif kind == "cellXfs":
            numbers = [_id(item.get("numFmtId")) for item in block.iterchildren(f"{space(block)}xf")]
    known = {number: Format(code := code_of(number, own), shows_date(code)) for number in set(numbers)}
    formats = {str(index): known[number] for index, number in enumerate(numbers)}
    formats[""] = formats.get("0", GENERAL)
    return formats


def _id(text: str | None) -> int:
    """Return a format id, 0 (General) when it is none."""
    return int(text) if text is not None and text.isdecimal() else 0
