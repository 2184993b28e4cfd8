"""For what points were lost, grouped in the office's words (causes.toml)."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((resources.files("evalbatch.results") / "causes.toml").read_text("utf-8"))


def cause_of(explanation: str) -> str:
    """Return the group of causes that an explanation of lost points belongs to."""
    text, data = plain_cause(explanation), _words()
    if text in ("", data["nothing"]):
        return str(data["unexplained"])
    groups = (
        each["name"] for each in data["groups"] if any(word in text for word in each["words"])
    )
    return str(next(groups, data["other"]))


def is_rest(group: str) -> bool:
    """Whether a group holds what is in no other, or was not explained."""
    return group in (_words()["other"], _words()["unexplained"])


def plain_cause(explanation: str) -> str:
    """Return an explanation without surrounding blanks and its full stop."""
    return explanation.strip().rstrip("。；; ")
