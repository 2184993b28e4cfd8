"""An observation: a code and where it was seen, before the profile says how grave it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from evalbatch.model.place import Place


@dataclass(frozen=True, slots=True)
class Observation:
    """What the reader or a check noticed.

    `found` is what stands there, `expected` what should; `figures` fills the message template of the code in the catalogue
    (`variant` chooses among its templates); `basis` is that of the limit that was applied, empty where the catalogue's holds.
    The catalogue and the profile turn it into a Finding.
    """

    code: str
    places: tuple[Place, ...]
    found: str = ""
    expected: str = ""
    variant: str = ""
    figures: Mapping[str, str] = field(default_factory=dict)
    basis: str = ""
