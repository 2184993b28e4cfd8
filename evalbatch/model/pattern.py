"""Regular expressions that few workbooks need: compiled on their first use, since compiling all of them delays every start."""

import re
from typing import Any, cast


class _Rare:
    """Stands in for a compiled expression; each of its methods takes its place here when it is first asked for."""

    def __init__(self, expression: str) -> None:
        self._expression = expression

    def __getattr__(self, name: str) -> Any:
        method = getattr(re.compile(self._expression), name)
        setattr(self, name, method)
        return method


def rare(expression: str) -> re.Pattern[str]:
    """Return an expression to search with; what nearly every workbook is searched for is better compiled at once."""
    return cast("re.Pattern[str]", _Rare(expression))
