"""What is kept of every submission for looking across workbooks."""

from collections.abc import Iterable
from dataclasses import dataclass

from evalbatch.checks.fingerprint import Fingerprint
from evalbatch.cycle.matching import Sender
from evalbatch.model.finding import Observation


@dataclass(frozen=True, slots=True)
class Trace:
    """Who sent a submission, and its fingerprint; None for a file that could not be read."""

    sender: Sender
    fingerprint: Fingerprint | None


def superseded(name: str, seen: Iterable[Observation]) -> bool:
    """Whether what was seen across workbooks says that another hand-in counts: D01 expects the one
    that does.
    """
    return any(each.code == "D01" and each.expected != name for each in seen)
