"""The roster (名册): what is expected from whom until when, validated as a whole."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path

from evalbatch.cycle import registers
from evalbatch.cycle.registers import RegisterLine
from evalbatch.errors import Fault, SettingsFault
from evalbatch.model.names import ADDRESS, is_address, normal_name
from evalbatch.model.record import RosterEntry
from evalbatch.model.submission import State
from evalbatch.standards.form import FieldSpec, FormSpec

_RUN = re.compile(r"(\d{1,4})(?:[-－—–~～至](\d{1,4}))?")
NOT_WITHDRAWN = frozenset({"", "否", "无", "未撤销"})
_SEPARATORS = str.maketrans(";；,，、\n\t", "       ")


@dataclass(frozen=True, slots=True)
class Roster:
    """The entries in the order of the workbook."""

    entries: tuple[RosterEntry, ...]


def load(
    path: Path,
    forms: Mapping[str, FormSpec],
    *,
    start: date | None = None,
    deadline: date | None = None,
) -> Roster:
    """Read 名册.xlsx. `start` is the first day of the evaluated period, `deadline` holds where a
    line names none.

    Raises:
        SettingsFault: with every fault of the roster: cell, what stands there, what is expected.
    """
    lines, faults = registers.read(path, "roster", optional={"project"})
    if any(_lacks_project(line, forms) for line in lines):
        lines, faults = registers.read(path, "roster")
    faults += [fault for line in lines for fault in _line_faults(line, forms, start)]
    faults += _twice(lines, forms)
    if faults:
        raise SettingsFault(sorted(faults, key=lambda fault: _order(fault, path.name)))
    return Roster(tuple(_entry(line, forms, deadline) for line in lines))


def _entry(line: RegisterLine, forms: Mapping[str, FormSpec], deadline: date | None) -> RosterEntry:
    budget, until, form = (
        line.value("budget"),
        line.value("deadline"),
        form_named(line.text("form"), forms) or "",
    )
    return RosterEntry(
        line.text("department"),
        line.text("unit"),
        line.text("project"),
        form,
        budget if isinstance(budget, Decimal) else None,
        addresses(line.text("contacts")),
        until if isinstance(until, date) else deadline,
        line.place("project" if line.text("project") else "unit"),
        item_numbers(line.text("items")) or (),
        forms[form].title,
        "" if line.text("withdrawn") in NOT_WITHDRAWN else line.text("withdrawn"),
    )


def addresses(text: str) -> tuple[str, ...]:
    """Split the e-mail addresses of a cell; each is kept once."""
    return tuple(dict.fromkeys(text.translate(_SEPARATORS).split()))


def item_numbers(text: str) -> tuple[str, ...] | None:
    """Return the item numbers of a cell such as `1至6、59`, each once; None when it says anything
    else.
    """
    numbers: dict[str, None] = {}
    for part in text.translate(_SEPARATORS).split():
        run = _RUN.fullmatch(part)
        if run is None or (run[2] and int(run[2]) < int(run[1])):
            return None
        numbers |= dict.fromkeys(
            str(number) for number in range(int(run[1]), int(run[2] or run[1]) + 1)
        )
    return tuple(numbers)


def form_named(text: str, forms: Mapping[str, FormSpec]) -> str | None:
    """Return the id of a form named by its id or title, None when there is none."""
    names = {normal_name(form.title): form.id for form in forms.values()} | {
        normal_name(key): key for key in forms
    }
    return names.get(normal_name(text))


def _line_faults(
    line: RegisterLine, forms: Mapping[str, FormSpec], start: date | None
) -> Iterator[Fault]:
    form = form_named(line.text("form"), forms)
    if line.text("form") and form is None:
        yield line.fault("form", f"已有的报送表之一{_nearest(line.text('form'), forms)}")
    if form:
        yield from _identity_faults(line, forms[form])
    for address in addresses(line.text("contacts")):
        if not is_address(address):
            yield Fault(
                f"{line.file} {line.place('contacts')}",
                address,
                ADDRESS,
            )
    budget, until = line.value("budget"), line.value("deadline")
    if isinstance(budget, Decimal) and budget < 0:
        yield line.fault("budget", "不小于 0 的数字")
    if item_numbers(line.text("items")) is None:
        yield line.fault("items", "三级指标序号，如 1至6、59")
    if start and isinstance(until, date) and until < start:
        yield line.fault("deadline", f"不早于评价期开始日 {start.isoformat()} 的日期")


def _lacks_project(line: RegisterLine, forms: Mapping[str, FormSpec]) -> bool:
    """Whether the roster has no column for the project that the form of a line asks for."""
    form = form_named(line.text("form"), forms)
    return not line.columns["project"] and (form is None or _by_project(forms[form]))


def _by_project(form: FormSpec) -> bool:
    """Whether a form is handed in for a project; others for the unit or office."""
    return form.kind != "annual" and "project" in form.fields


def _called(subject: FieldSpec) -> str:
    """Say what a form calls its project, and what is usually written there."""
    if subject.label == "项目名称":
        return ""
    usual = f"，一般为“{subject.preset}”" if subject.preset else ""
    return f"；这种表中是“{subject.label}”{usual}"


def _identity_faults(line: RegisterLine, form: FormSpec) -> Iterator[Fault]:
    if _by_project(form):
        if line.meanings["project"].state is State.BLANK:
            told = f"报送“{form.title}”时，“项目名称”必填{_called(form.fields['project'])}"
            yield line.fault("project", told)
    elif line.meanings["unit"].state is State.BLANK:
        what = f"报送“{form.title}”时，“实施单位（处室）”必填；这种表没有项目名称，项目名称不填"
        yield line.fault("unit", what)


def _nearest(text: str, forms: Mapping[str, FormSpec]) -> str:
    titles = [form.title for form in forms.values()]
    close = get_close_matches(text, titles, n=1, cutoff=0.4)
    return f"（最接近的是“{close[0]}”）" if close else f"（{'、'.join(titles)}）"


def _twice(lines: Sequence[RegisterLine], forms: Mapping[str, FormSpec]) -> list[Fault]:
    """Return a fault for every line that repeats an earlier one: department, unit, project and
    form.
    """
    first: dict[tuple[str, ...], RegisterLine] = {}
    faults = []
    for line in lines:
        key = (
            *(normal_name(line.text(column)) for column in ("department", "unit", "project")),
            form_named(line.text("form"), forms) or "",
        )
        if key in first and any(key[1:3]):
            column = "project" if line.text("project") else "unit"
            faults.append(line.fault(column, f"每个项目只登记一次（与第{first[key].row}行重复）"))
        first.setdefault(key, line)
    return faults


def _order(fault: Fault, file: str) -> tuple[int, str]:
    """Sort faults by their row in the workbook."""
    digits = "".join(
        char for char in fault.where.removeprefix(file).rpartition("!")[2] if char.isdigit()
    )
    return int(digits or 0), fault.where
