"""What the pages for a browser have in common: one environment of templates, and how texts, links
and figures are written.
"""

import tomllib
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from evalbatch.model import figures
from evalbatch.results.tally import LONGEST_NAME

_NONE = "—"
_ENCODED: Final = {code: quote(chr(code), safe="/") for code in range(127)}


@cache
def words() -> dict[str, dict[str, Any]]:
    """Return status.toml: what the pages say, by their sections."""
    text = resources.files("evalbatch.publish").joinpath("status.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def template(name: str) -> Template:
    """Return a template of a page; what is filled in is escaped."""
    environment = Environment(
        loader=PackageLoader("evalbatch.publish", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "fitted": fitted,
        "href": href,
        "points": points,
        "percent": percent,
        "severity": lambda finding: finding.severity.value,
    }
    return environment.get_template(name)


def fitted(text: object, longest: int = LONGEST_NAME) -> str:
    """Return a text as a page can hold it: control characters vanish, and what is longer than a
    name is cut, or than it is given.
    """
    kept = "".join(char for char in str(text) if char >= " " or char in "\n\t")
    return kept if len(kept) <= longest else f"{kept[: longest - 1]}…"


def href(path: str) -> str:
    """Return a path below the output folder as a relative link.

    What has a meaning in addresses is encoded; other letters stay as they are, for a Chinese name
    encoded is three times as long, and browsers encode it themselves.
    """
    return path.translate(_ENCODED)


def points(score: Decimal | None) -> str:
    """Write a score, a dash when there is none."""
    return _NONE if score is None else figures.plain(score)


def percent(rate: Decimal | None) -> str:
    """Write a fraction as a percentage, a dash when there is none."""
    return _NONE if rate is None else figures.percent(rate)
