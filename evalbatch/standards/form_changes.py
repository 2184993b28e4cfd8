"""Changes of a form between two states, and a form that was changed on two sides: what one side
changed is carried over, what both changed differently is refused.

A state is a form's data in one manner of writing: plain dictionaries without what is the default
anyway (`canonical`). Things with an `id` are followed by it, others by their place.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any, Final, NamedTuple

from evalbatch.standards.form import FormSpec
from evalbatch.standards.toml_edit import are_sections

Path = tuple[str | int, ...]
Data = dict[str, Any]


class _Absent:
    """What stands where nothing stands."""

    def __repr__(self) -> str:
        return "（没有）"


ABSENT: Final = _Absent()


class FormChange(NamedTuple):
    """One change: where (keys, ids of things, numbers from 0), what stood there, what stands there
    now.

    `ABSENT` is the default, or a thing that is not there. With `arranged` the values are lists of
    things with ids, of which some came, went or changed places.
    """

    path: Path
    before: Any
    after: Any
    arranged: bool = False


class Conflict(NamedTuple):
    """A change of one side where the other side has changed something else."""

    change: FormChange
    there: Any


def canonical(data: Data) -> Data:
    """Return a form's data as every writer of the same form has it: without defaults, and without
    the blanks around a text that nobody sees; `use` of a sheet is kept.

    Raises:
        pydantic.ValidationError: this is no form.
    """
    plain = data | {"sheets": [_without_use(sheet) for sheet in data.get("sheets", ())]}
    form = FormSpec.model_validate(plain)
    result: Data = _trimmed(form.model_dump(mode="json", exclude_defaults=True))
    for sheet, given in zip(result["sheets"], data["sheets"], strict=True):
        if "use" in given:
            sheet["use"] = given["use"]
    return result


def _trimmed(value: Any) -> Any:
    """Take the blanks from the ends of texts; a full-width blank that indents a line is seen."""
    if isinstance(value, str):
        return value.rstrip().lstrip(" \t\r\n\xa0")
    if isinstance(value, list):
        return [_trimmed(item) for item in value]
    if isinstance(value, dict):
        return {key: _trimmed(item) for key, item in value.items()}
    return value


def _without_use(sheet: Any) -> Any:
    return {key: value for key, value in sheet.items() if key != "use"}


def changes(before: Any, after: Any, path: Path = ()) -> Iterator[FormChange]:
    """Yield every change, what is within a thing before what became of the thing."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from changes(before.get(key, ABSENT), after.get(key, ABSENT), (*path, key))
    elif _things(before) and _things(after):
        yield from _changed_things(before, after, path)
    elif are_sections(before) and are_sections(after) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from changes(old, new, (*path, number))
    else:
        yield FormChange(path, before, after)


def _changed_things(
    before: Sequence[Data], after: Sequence[Data], path: Path
) -> Iterator[FormChange]:
    old, new = _by_id(before), _by_id(after)
    for name in old:
        if name in new:
            yield from changes(old[name], new[name], (*path, name))
    if list(old) != list(new):
        yield FormChange(path, list(before), list(after), arranged=True)


def _things(value: Any) -> bool:
    """Whether these are things with ids, each its own."""
    return are_sections(value) and len({item.get("id") for item in value} - {None}) == len(value)


def _by_id(things: Sequence[Data]) -> dict[str, Data]:
    return {thing["id"]: thing for thing in things}


def conflicts(made: Sequence[FormChange], base: Data, there: Data) -> Iterator[Conflict]:
    """Yield the changes that meet another change: `there` is the other side's state, `base` what
    both came from.
    """
    for change in made:
        other, was = at(there, change.path), at(base, change.path)
        if change.arranged:
            if _rearranged(change, other):
                yield Conflict(change, other)
        elif other not in (was, change.after) or not _same_length(base, there, change.path):
            yield Conflict(change, other)


def is_made(change: FormChange, there: Data) -> bool:
    """Whether the other side has what a change makes, one that meets no conflict."""
    other = at(there, change.path)
    if not change.arranged:
        return bool(other == change.after)
    return _things(other) and list(_by_id(other)) == list(_by_id(change.after))


def _rearranged(change: FormChange, other: Any) -> bool:
    """Whether the other side has other things, or has changed or made one that this side took out
    or made.
    """
    if not _things(other):
        return True
    before, after, there = map(_by_id, (change.before, change.after, other))
    if list(there) == list(after):
        return any(there[name] != after[name] for name in after.keys() - before.keys())
    gone = before.keys() - after.keys()
    return list(there) != list(before) or any(there[name] != before[name] for name in gone)


def _same_length(base: Data, there: Data, path: Path) -> bool:
    """Whether what is followed by its place is still at its place."""
    lists = [path[:depth] for depth, step in enumerate(path) if isinstance(step, int)]
    return all(len(at(base, each)) == len(at(there, each) or ()) for each in lists)


def at(data: Any, path: Path) -> Any:
    """Return what stands at a path, `ABSENT` where nothing does."""
    for step in path:
        if isinstance(data, list):
            data = _item(data, step)
        elif isinstance(data, dict):
            data = data.get(step, ABSENT)
        else:
            return ABSENT
    return data


def _item(items: Sequence[Any], step: str | int) -> Any:
    if isinstance(step, int):
        return items[step] if step < len(items) else ABSENT
    return next((item for item in items if item.get("id") == step), ABSENT)


def applied(made: Sequence[FormChange], data: Data, known: Data) -> Data:
    """Return data with changes made; `known` is the same data as `canonical`, by which its things
    are found.
    """
    result = deepcopy(data)
    for change in made:
        _apply(change, result, known)
    return result


def _apply(change: FormChange, data: Any, known: Any) -> None:
    *way, last = change.path
    for step in way:
        number = _number(known, step) if isinstance(known, list) else step
        data, known = data[number], known[number]
    if change.arranged:
        data[last] = _arranged(data[last], known[last], change.after)
    elif change.after is ABSENT:
        data.pop(last, None)
    else:
        data[last] = change.after


def _number(things: Sequence[Data], step: str | int) -> int:
    if isinstance(step, int):
        return step
    return next(number for number, thing in enumerate(things) if thing["id"] == step)


def _arranged(data: Sequence[Data], known: Sequence[Data], after: Sequence[Data]) -> list[Data]:
    there = {thing["id"]: item for thing, item in zip(known, data, strict=True)}
    return [there.get(thing["id"], thing) for thing in after]
