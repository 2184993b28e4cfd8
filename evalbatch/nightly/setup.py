"""The program itself, as far as results depend on it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from evalbatch.checks.catalogue import CATALOGUE
from evalbatch.errors import Fault, SettingsFault
from evalbatch.model.finding import Waiver
from evalbatch.model.record import Record, RosterEntry
from evalbatch.settings import Settings, nearest
from evalbatch.standards.form import FormSpec
from evalbatch.standards.form_library import load_forms
from evalbatch.standards.on_demand import OnDemand
from evalbatch.standards.policy import Policy, grade_words
from evalbatch.standards.policy_library import load_policies

ROOT = Path(__file__).parents[1]
KINDS = frozenset({".py", ".toml", ".docx", ".xml", ".j2", ".sql", ".sh", ".ps1"})


@cache
def digest(root: Path = ROOT) -> str:
    """Return a digest of the program's own files, code, data and templates, by name and content;
    read once in a process.

    A version number would not do: a mended line changes results long before the next version.
    """
    content = sha256()
    for name in sorted(
        path.relative_to(root).as_posix() for path in root.rglob("*") if path.suffix in KINDS
    ):
        data = (root / name).read_bytes()
        content.update(f"{name}\0{len(data)}\0".encode())
        content.update(data)
    return content.hexdigest()


@dataclass(frozen=True)
class WorkerContext:
    """Everything a worker needs to know besides the workbook; it travels to processes and machines
    once.

    `policies` are the profiles by the form that they score; `templates` the office's own Word
    templates by their names; `previous` last year's records by project (see
    `model.record.last_years`); `hold` keeps reports back while rows wait for a person; `year` is
    the evaluated one, None where none is set.
    """

    forms: Mapping[str, FormSpec]
    policies: Mapping[str, Policy]
    as_of: date
    waivers: tuple[Waiver, ...] = ()
    templates: Mapping[str, bytes] = field(default_factory=dict)
    previous: Mapping[str, Record] = field(default_factory=dict)
    hold: bool = False
    year: int | None = None

    def digest(self) -> str:
        """Return a digest of everything but the as-of date, the program too: what changes it makes
        every result old.
        """
        parts = [digest(), repr(self.waivers), "hold" * self.hold]
        parts += [form.model_dump_json() for _, form in sorted(self.forms.items())]
        parts += [
            f"{form}:{policy.model_dump_json()}" for form, policy in sorted(self.policies.items())
        ]
        parts += [
            f"{name}:{sha256(template).hexdigest()}"
            for name, template in sorted(self.templates.items())
        ]
        parts += [f"{key}:{record!r}" for key, record in sorted(self.previous.items())]
        return sha256("\0".join(parts).encode()).hexdigest()


Loaded = TypeVar("Loaded")


@dataclass(frozen=True, slots=True)
class Setup:
    """A cycle's set-up: `policies` are the profiles by the form that they score, `templates` Word
    templates by their names.
    """

    settings: Settings
    forms: Mapping[str, FormSpec]
    policies: Mapping[str, Policy]
    roster: tuple[RosterEntry, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    templates: Mapping[str, bytes] = field(default_factory=dict)
    previous: Mapping[str, Record] = field(default_factory=dict)

    @classmethod
    def load(cls, settings: Settings) -> "Setup":
        """Load everything that settings name.

        Raises:
            SettingsFault: with every fault of settings, forms, profiles, roster, waivers and
                templates at once.
        """
        faults = list(settings.faults)
        paths = settings.paths
        forms, policies = _standards(settings, faults)
        entries: tuple[RosterEntry, ...] = _tried(faults, lambda: _roster(settings, forms), ())
        lifted: tuple[Waiver, ...] = _tried(faults, lambda: _waivers(paths.waivers), ())
        templates: Mapping[str, bytes] = _tried(
            faults, lambda: _templates(paths.templates, forms) if paths.templates else {}, {}
        )
        previous: Mapping[str, Record] = _tried(
            faults, lambda: _previous(paths.last_year, forms), {}
        )
        if settings.review.first_time or settings.review.grades_last_year:
            faults += settings.undrawable(_known_grades(settings))
        if faults:
            raise SettingsFault(faults)
        return cls(settings, forms, policies, entries, lifted, templates, previous)

    def context(self, as_of: date) -> WorkerContext:
        """Return what a worker needs to know."""
        return WorkerContext(
            self.forms,
            self.policies,
            as_of,
            self.waivers,
            self.templates,
            self.previous,
            self.settings.publish.provisional == "hold",
            self.settings.cycle.year,
        )


def standards(settings: Settings, as_of: date) -> WorkerContext:
    """Load what workbooks are read and judged by, and nothing that only a run needs: roster and
    templates.

    Raises:
        SettingsFault: with every fault of the set-up, of these things too, where there is one.
    """
    faults = list(settings.faults)
    forms, policies = _standards(settings, faults)
    lifted: tuple[Waiver, ...] = _tried(faults, lambda: _waivers(settings.paths.waivers), ())
    previous: Mapping[str, Record] = _tried(
        faults, lambda: _previous(settings.paths.last_year, forms), {}
    )
    return (
        Setup.load(settings).context(as_of)
        if faults
        else WorkerContext(
            forms, policies, as_of, lifted, previous=previous, year=settings.cycle.year
        )
    )


def _known_grades(settings: Settings) -> tuple[str, ...]:
    """Return the grades of all profiles: last year's may have been another."""
    faults: list[Fault] = []
    folders = filter(None, [settings.paths.policies])
    policies: Mapping[str, Policy] = _tried(faults, lambda: load_policies(*folders), {})
    return grade_words(policies.values())


def _standards(
    settings: Settings, faults: list[Fault]
) -> tuple[Mapping[str, FormSpec], Mapping[str, Policy]]:
    """Return the forms and the profile of each; what is faulty is left out and joins the faults."""
    paths = settings.paths
    forms: Mapping[str, FormSpec] = _tried(
        faults, lambda: load_forms(*filter(None, [paths.forms])), {}
    )
    policies: Mapping[str, Policy] = _tried(
        faults, lambda: load_policies(*filter(None, [paths.policies])), {}
    )
    if forms and policies:
        faults += settings.unknown(set(forms), set(policies))
    if paths.forms and policies:
        faults += _unscored(settings, forms, set(policies))
    chosen = {name: settings.policies.get(name, form.policy) for name, form in forms.items()}
    scored = OnDemand(forms, lambda form: policies[chosen[form]])
    return OnDemand(
        forms, lambda form: _of_profile(forms[form], policies.get(chosen[form]))
    ), scored


def _of_profile(form: FormSpec, policy: Policy | None) -> FormSpec:
    """Return a form as its profile wants it: its grade words, its first rows; as it is where the
    settings name a profile that does not exist.
    """
    if policy is None:
        return form
    return form.graded_by(grade_words([policy])).starting_with(policy.indicator_rows)


def _unscored(
    settings: Settings, forms: Mapping[str, FormSpec], policies: set[str]
) -> Iterator[Fault]:
    """Yield a fault for every form, of an office's folder as a rule, that names a profile which
    does not exist.
    """
    for form in forms.values():
        if form.id not in settings.policies and form.policy not in policies:
            yield Fault(
                f"表样“{form.title}” policy",
                form.policy,
                f"已有的评分口径之一（{nearest(form.policy, policies)}）",
            )


def _waivers(path: Path | None) -> tuple[Waiver, ...]:
    if path is None:
        return ()
    from evalbatch.cycle import waivers  # noqa: PLC0415 - only where there are waivers

    return waivers.load(path, CATALOGUE.keys())


def _roster(settings: Settings, forms: Mapping[str, FormSpec]) -> tuple[RosterEntry, ...]:
    from evalbatch.cycle import roster  # noqa: PLC0415 - only where there is a roster

    path, cycle = settings.paths.roster, settings.cycle
    return (
        roster.load(path, forms, start=cycle.period_start, deadline=cycle.deadline).entries
        if path and forms
        else ()
    )


def _tried(faults: list[Fault], load: Callable[[], Loaded], otherwise: Loaded) -> Loaded:
    """Load something; its faults join the others."""
    try:
        return load()
    except SettingsFault as fault:
        faults.extend(fault.faults)
        return otherwise


_SET_ASIDE = re.compile(
    r"^[~.]|副本|备份|\([0-9]+\)|（[0-9]+）|\b(?:copy|backup|bak|old)\b", re.IGNORECASE
)
"""Lock files and backups that programs and people leave beside templates."""


def _templates(folder: Path, forms: Mapping[str, FormSpec]) -> dict[str, bytes]:
    """Return the office's own Word templates by their names, all without a fault.

    Raises:
        SettingsFault: with every fault of every template; one that no report is made with would be
            edited in vain.
    """
    from evalbatch.publish.word.template_check import check_all, kinds  # noqa: PLC0415 - only where there are templates

    used = dict.fromkeys((*kinds(), *(form.template for form in forms.values())))
    wanted = (
        f"没有报告用这个模板；文件名应为 {'、'.join(f'{name}.docx' for name in used)}，"
        f"备份和预览请移到别处"
    )
    templates = {
        path.stem: path.read_bytes()
        for path in sorted(folder.glob("*.docx"))
        if not _SET_ASIDE.search(path.name)
    }
    idle = [name for name in templates if forms and name not in used]
    faults = [Fault(f"{folder.name}/{name}.docx", "", wanted) for name in idle]
    _tried(
        faults,
        lambda: check_all({name: data for name, data in templates.items() if name not in idle}),
        None,
    )
    if faults:
        raise SettingsFault(faults)
    return templates


def _previous(path: Path | None, forms: Mapping[str, FormSpec]) -> Mapping[str, Record]:
    if path is None or not forms:
        return {}
    from evalbatch.cycle import last_year_results  # noqa: PLC0415 - only where last year is named

    return last_year_results.load(path, forms)
