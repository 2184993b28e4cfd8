"""The style part: the number format code of each cell style."""

from evalbatch.workbook.sheets.formats import code_of
from evalbatch.workbook.sheets.markup import local, parse
from evalbatch.workbook.sheets.parts import Parts


def read_formats(parts: Parts, part: str) -> list[str]:
    """Return the number format code of every cell style, by its index.

    Raises:
        Refused: the part is broken (F01) or hostile (F08).
    """
    own: dict[int, str] = {}
    numbers: list[int] = []
    for block in parse(parts, part):
        kind = local(block)
        if kind == "numFmts":
            own = {number(item.get("numFmtId")): item.get("formatCode", "") for item in block}
        elif kind == "cellXfs":
            numbers = [number(item.get("numFmtId")) for item in block if local(item) == "xf"]
    return [code_of(item, own) for item in numbers]


def number(text: str | None) -> int:
    """Return a format id, 0 (General) when it is none."""
    return int(text) if text is not None and text.isdecimal() else 0
