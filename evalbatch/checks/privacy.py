"""Group P: privacy - personal telephone and identity numbers in what will be published."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from evalbatch.checks.subject import CheckedSubmission, check, seen
from evalbatch.model.finding import Observation

_MOBILE: Final = re.compile(
    r"(?<![0-9A-Za-z.\-])(?:\+?86[- ]?)?(1[3-9]\d)([- ]?)(\d{4})\2(\d{4})(?![0-9A-Za-z]|\.\d)"
)
_IDENTITY: Final = re.compile(
    r"(?<![0-9A-Za-z])([1-8]\d{5})((?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(\d{3}[\dXx])(?![0-9A-Za-z])"
)
_DIGITS: Final = re.compile(r"\d{11}|\d{3}[- ]\d{4}")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_CODES: Final = frozenset({"project_code"})
_SHORTEST: Final = 11


class Personal(NamedTuple):
    """A personal number: its kind, and the number with its middle hidden."""

    kind: str
    masked: str


@check("P01")
def personal_number(checked: CheckedSubmission) -> Iterator[Observation]:
    """Personal telephone and identity numbers anywhere in the workbook; codes of projects are
    none.
    """
    codes = {entry.place for name in _CODES if (entry := checked.submission.get(name))}
    for entry in checked.written:
        if len(entry.text) >= _SHORTEST and entry.place not in codes:
            for personal in personal_numbers(entry.text):
                yield seen(
                    "P01", entry, found=personal.masked, expected="单位办公电话", kind=personal.kind
                )


@lru_cache(maxsize=4096)
def personal_numbers(text: str) -> tuple[Personal, ...]:
    """Find mobile numbers, and identity numbers whose check digit is right, in a text."""
    if not _DIGITS.search(text):
        return ()
    mobiles = [Personal("手机号", f"{match[1]}****{match[4]}") for match in _MOBILE.finditer(text)]
    matches = (match for match in _IDENTITY.finditer(text) if _checks(match[0]))
    return (*mobiles, *(Personal("身份证号", f"{match[1]}********{match[3]}") for match in matches))


def _checks(identity: str) -> bool:
    """Whether the last character is the check digit of the others (GB 11643-1999)."""
    total = sum(int(digit) * weight for digit, weight in zip(identity[:-1], _WEIGHTS, strict=True))
    return _CHECKS[total % len(_CHECKS)] == identity[-1].upper()
