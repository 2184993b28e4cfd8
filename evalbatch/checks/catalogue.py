"""The catalogue of findings: what each code says, how grave it is, on what basis, and how to mend it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from evalbatch.model.finding import Finding, Severity
from evalbatch.model.observation import Observation
from evalbatch.policies.spec import Policy

_UNSTATED: Final = "（未注明）"
TRIAL_MARK: Final = "（试行）"


class UnknownCodeError(KeyError):
    """The catalogue has no such code."""

    def __str__(self) -> str:
        return f"没有编号为“{self.args[0]}”的问题"


@dataclass(frozen=True, slots=True)
class Variant:
    """Another wording of a fault; what is empty or None is as in the article itself."""

    message: str = ""
    severity: Severity | None = None
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """One code of the catalogue; `silences` are the codes that are its echoes on the same row, `replaces` in the same cell."""

    code: str
    title: str
    severity: Severity
    message: str
    basis: str
    remedy: str
    explanation: str
    silences: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    variants: Mapping[str, Variant] = field(default_factory=dict)

    def variant(self, name: str) -> Variant:
        """Return a variant with everything inherited in place; an unknown name speaks with the article's own words."""
        variant = self.variants.get(name, Variant())
        return Variant(variant.message or self.message, variant.severity or self.severity, variant.remedy or self.remedy)


class _Figures(dict[str, str]):
    """Figures of a message; a missing one shows instead of losing the whole finding."""

    def __missing__(self, key: str) -> str:
        return _UNSTATED


_DATA: Final[dict[str, Any]] = tomllib.loads(files(__package__).joinpath("catalogue.toml").read_text(encoding="utf-8"))


def _article(code: str, table: dict[str, Any]) -> Article:
    severity = Severity(table.pop("severity"))
    variants = {name: _variant(wording) for name, wording in table.pop("variants", {}).items()}
    echoes: dict[str, Any] = {name: tuple(table.pop(name, ())) for name in ("silences", "replaces")}
    return Article(code=code, severity=severity, variants=variants, **echoes, **table)


def _variant(wording: dict[str, str]) -> Variant:
    severity = wording.get("severity")
    return Variant(wording.get("message", ""), Severity(severity) if severity else None, wording.get("remedy", ""))


#: The groups of codes: letter to name.
GROUPS: Final[Mapping[str, str]] = MappingProxyType(_DATA.pop("groups"))
CATALOGUE: Final[Mapping[str, Article]] = MappingProxyType({code: _article(code, table) for code, table in _DATA.items()})


def article(code: str) -> Article:
    """Return the article of a code.

    Raises:
        UnknownCodeError: the catalogue has no such code.
    """
    try:
        return CATALOGUE[code]
    except KeyError:
        raise UnknownCodeError(code) from None


def finding(observation: Observation, policy: Policy | None = None) -> Finding:
    """Turn an observation into a finding: wording from the catalogue, severity from catalogue and profile.

    Raises:
        UnknownCodeError: the catalogue has no such code.
    """
    entry = article(observation.code)
    wording = entry.variant(observation.variant)
    figures = _Figures(observation.figures, found=observation.found, expected=observation.expected)
    figures.setdefault("policy", policy.name if policy else "")
    trial = policy is not None and observation.code in policy.trial
    return Finding(
        code=observation.code,
        severity=Severity.NOTE if trial else _severity(entry, wording, policy),
        title=entry.title + (TRIAL_MARK if trial else ""),
        message=(TRIAL_MARK if trial else "") + wording.message.format_map(figures),
        places=observation.places,
        found=observation.found,
        expected=observation.expected,
        basis=observation.basis or entry.basis.format_map(figures),
        remedy=wording.remedy.format_map(figures),
    )


def _severity(entry: Article, wording: Variant, policy: Policy | None) -> Severity:
    """The profile speaks for the code as a whole; a wording that is milder by itself (not sure, not needed) stays milder."""
    own = wording.severity or entry.severity
    if policy is None or entry.code not in policy.severities:
        return own
    stated = Severity(policy.severities[entry.code])
    return own if own.rank > entry.severity.rank and own.rank > stated.rank else stated
