"""What users can mend: troubles that end a command, and the faults of what the organiser set up, all reported at once."""

from collections.abc import Iterable
from typing import NamedTuple


class Fault(NamedTuple):
    """One fault: `where` names file and key or cell, `found` what stands there, `expected` what should (all Chinese)."""

    where: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.where}：现为“{self.found}”，应为{self.expected}" if self.found else f"{self.where}：{self.expected}"


class Trouble(Exception):  # noqa: N818 - the user's to mend, not an error of ours
    """Something that ends a command and that the user can mend: the message is Chinese and says what to do."""

    exit_code = 2


class SettingsFault(Trouble, ValueError):  # noqa: N818 - the organiser's fault, not an error of ours
    """Raised before anything runs; carries every fault found, its text has one line for each."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
