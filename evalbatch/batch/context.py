"""What a worker needs to know besides the workbook."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from evalbatch.batch import program
from evalbatch.forms.spec import FormSpec
from evalbatch.model.finding import Waiver
from evalbatch.model.record import Record
from evalbatch.policies.spec import Policy


@dataclass(frozen=True)
class Context:
    """Everything a worker needs to know besides the workbook; it travels to processes and machines once.

    `policies` are the profiles by the form that they score; `templates` the office's own Word templates by their names;
    `previous` last year's records by project (see `checks.names.last_years`).
    """

    forms: Mapping[str, FormSpec]
    policies: Mapping[str, Policy]
    as_of: date
    waivers: tuple[Waiver, ...] = ()
    templates: Mapping[str, bytes] = field(default_factory=dict)
    previous: Mapping[str, Record] = field(default_factory=dict)

    def digest(self) -> str:
        """Return a digest of everything but the as-of date, the program too: what changes it makes every result old."""
        parts = [program.digest(), repr(self.waivers)]
        parts += [form.model_dump_json() for _, form in sorted(self.forms.items())]
        parts += [f"{form}:{policy.model_dump_json()}" for form, policy in sorted(self.policies.items())]
        parts += [f"{name}:{sha256(template).hexdigest()}" for name, template in sorted(self.templates.items())]
        parts += [f"{key}:{record!r}" for key, record in sorted(self.previous.items())]
        return sha256("\0".join(parts).encode()).hexdigest()
