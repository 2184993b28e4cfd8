"""How cells of our workbooks look: a few styles, made once per workbook."""

from collections.abc import Mapping
from typing import Any, Final

from xlsxwriter.format import Format

from evalbatch.excel_writer import Workbook
from evalbatch.standards.form import Input, Type

INPUT: Final = "#FFFBE0"
MISSING: Final = "#FBD5B5"
FORMULA: Final = "#F2F2F2"
WARN: Final = "#C00000"
GOOD: Final = "#2E7D32"

_CELL: Final = {
    "font_name": "宋体",
    "font_size": 10,
    "valign": "vcenter",
    "text_wrap": True,
    "border": 1,
}
_PLAIN: Final = {"font_name": "仿宋", "font_size": 11, "valign": "vcenter", "text_wrap": True}

STYLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "title": {
        "font_name": "宋体",
        "font_size": 18,
        "bold": True,
        "align": "center",
        "valign": "vcenter",
    },
    "heading": {"font_name": "黑体", "font_size": 12, "valign": "vcenter"},
    "note_left": _PLAIN,
    "note_center": {**_PLAIN, "font_name": "宋体", "align": "center"},
    "note_right": {**_PLAIN, "font_name": "宋体", "align": "right"},
    "hint": {**_PLAIN, "font_size": 9, "font_color": "#7F7F7F"},
    "label": {**_CELL, "align": "center", "bold": True},
    "side": {**_CELL, "align": "center", "bold": True, "locked": False},
    "free": {"locked": False},
    "dash": {**_CELL, "align": "center"},
    "check": {**_PLAIN, "font_name": "宋体", "font_size": 10.5},
    "status": {**_PLAIN, "font_name": "宋体", "font_size": 10.5, "bold": True},
    "sample_input": {**_CELL, "bg_color": INPUT},
    "sample_missing": {**_CELL, "bg_color": MISSING},
    "sample_formula": {**_CELL, "bg_color": FORMULA},
}

LEGEND: Final = {  # what the colours mean, for the guide sheet
    "sample_input": "淡黄色：由填报单位填写。",
    "sample_missing": "橙色：必填而未填，填好后自动变回淡黄色。",
    "sample_formula": "灰色：由公式算出，不用填写。",
}

_NUMBER_FORMATS: Final = {
    Type.MONEY: "#,##0.00",
    Type.PERCENT: "0.00%",
    Type.DATE: 'yyyy"年"m"月"d"日"',
    Type.YEAR: "0",
    Type.INTEGER: "0",
    Type.QUANTITY: "@",
}
_LEFT: Final = frozenset({Type.TEXT, Type.LONG_TEXT, Type.CHOICES})
# a text up to this length is kept as text by its format; longer ones Excel would show as ####
_SHORT: Final = 100


class Palette:
    """The styles of one workbook; equal ones are made once."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._made: dict[object, Format] = {}

    def named(self, name: str) -> Format:
        """Return one of the named styles."""
        return self._made.get(name) or self._make(name, STYLES[name])

    def of(self, spec: Input, *, locked: bool, computed: bool, free: bool = False) -> Format:
        """Return the style of a value: by its type, and by who fills it in; on a row that may be
        deleted (`free`) it looks the same, and is not locked.
        """
        key = (spec.type, _number_format(spec), locked, computed, free)
        if key in self._made:
            return self._made[key]
        look = _look(spec, locked=locked, computed=computed)
        return self._make(key, {**look, "locked": locked and not free})

    def conditional(self, *, fill: str = "", font: str = "") -> Format:
        """Return a style for a conditional format."""
        wanted = {
            name: value for name, value in (("bg_color", fill), ("font_color", font)) if value
        }
        return self._make(("conditional", fill, font), wanted)

    def _make(self, key: object, properties: Mapping[str, Any]) -> Format:
        if key not in self._made:
            self._made[key] = self._workbook.add_format(dict(properties))
        return self._made[key]


def _look(spec: Input, *, locked: bool, computed: bool) -> dict[str, Any]:
    left = spec.type in _LEFT and not (locked and not computed)
    long = spec.type is Type.LONG_TEXT
    return {
        **_CELL,
        **({"bg_color": FORMULA} if computed else {} if locked else {"bg_color": INPUT}),
        "align": "left" if left else "right" if spec.type is Type.MONEY else "center",
        "num_format": _number_format(spec),
        "locked": locked,
        "valign": "top" if long else "vcenter",
        "font_name": "仿宋" if long else "宋体",
        "font_size": 11 if long else 10,
    }


def _number_format(spec: Input) -> str:
    if spec.type is Type.TEXT and spec.limit is not None and spec.limit <= _SHORT:
        return "@"
    return _NUMBER_FORMATS.get(spec.type, "General")
