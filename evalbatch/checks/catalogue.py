"""The catalogue of findings: what each code says, how grave it is, on what basis, and how to mend
it.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import groupby
from types import MappingProxyType
from typing import Any, Final

from evalbatch.model.evaluation import Refusal
from evalbatch.model.finding import Finding, Observation, Severity
from evalbatch.standards.policy import Policy

_UNSTATED: Final = "（未注明）"
TRIAL_MARK: Final = "（试行）"


class UnknownCodeError(KeyError):
    """The catalogue has no such code."""

    def __str__(self) -> str:
        return f"没有编号为“{self.args[0]}”的问题"


@dataclass(frozen=True, slots=True)
class Variant:
    """Another wording of a fault; what is empty or None is as in the article itself.

    `outward` is what departments are told where the message names others; `holds_mail` says that
    nothing of the project is mailed meanwhile.
    """

    message: str = ""
    severity: Severity | None = None
    remedy: str = ""
    outward: str = ""
    holds_mail: bool = False


@dataclass(frozen=True, slots=True)
class Article:
    """One code of the catalogue; `silences` are the codes that are its echoes on the same row,
    `replaces` in the same cell; `outward` and `holds_mail` as of a variant.
    """

    code: str
    title: str
    severity: Severity
    message: str
    basis: str
    remedy: str
    explanation: str
    silences: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    outward: str = ""
    holds_mail: bool = False
    variants: Mapping[str, Variant] = field(default_factory=dict)

    def variant(self, name: str) -> Variant:
        """Return a variant with everything inherited in place; an unknown name speaks with the
        article's own words.
        """
        variant = self.variants.get(name, Variant())
        return Variant(
            variant.message or self.message,
            variant.severity or self.severity,
            variant.remedy or self.remedy,
            variant.outward or self.outward,
            variant.holds_mail or self.holds_mail,
        )


class _Figures(dict[str, str]):
    """Figures of a message; a missing one shows instead of losing the whole finding."""

    def __missing__(self, key: str) -> str:
        return _UNSTATED


_DATA: Final[dict[str, Any]] = tomllib.loads(
    files(__package__).joinpath("catalogue.toml").read_text(encoding="utf-8")
)


def _article(code: str, table: dict[str, Any]) -> Article:
    severity = Severity(table.pop("severity"))
    variants = {name: _variant(wording) for name, wording in table.pop("variants", {}).items()}
    echoes: dict[str, Any] = {name: tuple(table.pop(name, ())) for name in ("silences", "replaces")}
    return Article(code=code, severity=severity, variants=variants, **echoes, **table)


def _variant(wording: dict[str, Any]) -> Variant:
    severity = wording.pop("severity", None)
    return Variant(severity=Severity(severity) if severity else None, **wording)


#: The groups of codes: letter to name.
GROUPS: Final[Mapping[str, str]] = MappingProxyType(_DATA.pop("groups"))
CATALOGUE: Final[Mapping[str, Article]] = MappingProxyType(
    {code: _article(code, table) for code, table in _DATA.items()}
)


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
    """Turn an observation into a finding: wording from the catalogue, severity from catalogue and
    profile.

    Raises:
        UnknownCodeError: the catalogue has no such code.
    """
    entry = article(observation.code)
    wording = entry.variant(observation.variant)
    figures = _Figures(observation.figures, found=observation.found, expected=observation.expected)
    figures.setdefault("policy", policy.name if policy else "")
    trial = policy is not None and observation.code in policy.trial
    mark = TRIAL_MARK if trial else ""
    return Finding(
        code=observation.code,
        severity=Severity.NOTE if trial else _severity(entry, wording, policy),
        title=entry.title + mark,
        message=mark + wording.message.format_map(figures),
        places=observation.places,
        found=observation.found,
        expected=observation.expected,
        basis=observation.basis or entry.basis.format_map(figures),
        remedy=wording.remedy.format_map(figures),
        outward=mark + wording.outward.format_map(figures) if wording.outward else "",
        holds_mail=wording.holds_mail,
    )


def _severity(entry: Article, wording: Variant, policy: Policy | None) -> Severity:
    """The profile speaks for the code as a whole; a wording that is milder by itself (not sure, not
    needed) stays milder.
    """
    own = wording.severity or entry.severity
    if policy is None or entry.code not in policy.severities:
        return own
    stated = Severity(policy.severities[entry.code])
    return own if own.rank > entry.severity.rank and own.rank > stated.rank else stated


_FIGURE: Final = re.compile(r"\{[a-z_0-9]+\}")
_BLANK: Final = "…"


def explain(code: str) -> str:
    """Return what a code means, on what basis, and how to mend it, as plain text.

    Raises:
        UnknownCodeError: the catalogue has no such code.
    """
    entry = article(code.strip().upper())
    wordings = "\n".join(f"  · {wording}" for wording in _wordings(entry))
    remedies = "\n".join(f"  · {remedy}" for remedy in _remedies(entry))
    return (
        f"{entry.code} {entry.title}（{entry.severity.label}）\n\n{entry.explanation}\n\n"
        f"提示的写法：\n{wordings}\n\n依据：{_blanked(entry.basis)}\n\n怎样改：\n{remedies}\n"
    )


def catalogue_markdown() -> str:
    """Return the chapter on all findings, generated so that it cannot drift from the catalogue."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "## 问题目录\n"
    yield (
        "错误：退回，不核定等次；警告：核定，但请审核人员复核；提示：供参考。"
        "评分口径可以调整级别或停用某项检查。\n"
    )
    for letter, entries in groupby(CATALOGUE.values(), key=lambda entry: entry.code[0]):
        yield f"### {letter} {GROUPS[letter]}\n"
        yield "| 编号 | 问题 | 级别 | 说明 | 怎样改 |"
        yield "|---|---|---|---|---|"
        yield from (_row(entry) for entry in entries)
        yield ""


def _row(entry: Article) -> str:
    severities = dict.fromkeys(
        entry.variant(name).severity or entry.severity for name in ("", *entry.variants)
    )
    labels = "、".join(severity.label for severity in severities)
    cells = (entry.code, entry.title, labels, entry.explanation, entry.remedy)
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _wordings(entry: Article) -> list[str]:
    return list(
        dict.fromkeys(_blanked(entry.variant(name).message) for name in ("", *entry.variants))
    )


def _remedies(entry: Article) -> list[str]:
    return list(dict.fromkeys(entry.variant(name).remedy for name in ("", *entry.variants)))


def _blanked(message: str) -> str:
    return _FIGURE.sub(_BLANK, message)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")


def refuse(observation: Observation, file: str, digest: str) -> Refusal:
    """Make the refusal of a file that could not be read as a submission."""
    return Refusal(file, digest, (finding(observation),))
