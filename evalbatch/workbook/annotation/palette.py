"""The colours of the annotated copy, by severity; odd last digits make them ours when a copy comes back."""

from typing import Final

from evalbatch.model.finding import Severity

FILLS: Final = {Severity.ERROR: "FFFFC7CF", Severity.WARNING: "FFFFEB9D", Severity.NOTE: "FFDDEBF9"}
WAIVED: Final = "FFE7E6E7"
OURS: Final = frozenset(FILLS.values())
