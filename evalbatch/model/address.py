"""E-mail addresses, as narrowly as government mail systems take them."""

import re

_ADDRESS = re.compile(
    r"[A-Za-z0-9_%+'-]+(\.[A-Za-z0-9_%+'-]+)*"  # the mailbox
    r"@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}",  # the domain
)
_LONGEST = 254


def is_address(text: str) -> bool:
    """Whether a text is one plain e-mail address, with nothing in it that could reach a mail header."""
    return len(text) <= _LONGEST and _ADDRESS.fullmatch(text) is not None
