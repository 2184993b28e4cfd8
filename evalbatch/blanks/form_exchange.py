"""A form out to a workbook and back: what the office changed in the workbook goes into the TOML,
and is told in Chinese.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Final, NamedTuple

from evalbatch.blanks.form_workbook import exported, layouts, words
from evalbatch.blanks.form_workbook_reader import read
from evalbatch.errors import Fault, SettingsFault
from evalbatch.standards.form import FormSpec
from evalbatch.standards.form_changes import ABSENT, FormChange, at, changes, conflicts, is_made
from evalbatch.standards.form_library import form_of
from evalbatch.standards.form_source import FormSource

_NAMED: Final = ("label", "title", "name", "id")
_LONG: Final = 60  # characters of a value that a sentence repeats


class Imported(NamedTuple):
    """What an import would write: the form and the bytes of its TOML, and what is said of it."""

    form: FormSpec
    content: bytes
    changes: tuple[str, ...]
    advice: tuple[str, ...]


def export(source: FormSource) -> bytes:
    """Return a form's definition as a workbook."""
    return exported(source.data, source.content)


def form_ids(workbook: bytes, file: str) -> tuple[str, str]:
    """Return the id of the form that a workbook was exported from, and the id that it has now.

    Raises:
        SettingsFault: with every fault of the workbook.
    """
    returned = read(workbook, file)
    return str(returned.base["id"]), str(returned.now["id"])


def imported(workbook: bytes, file: str, source: FormSource, target: Path) -> Imported:
    """Write the changes of a workbook into the text of its form, which is to stand at `target`.

    Where a printed label changed the version rises with it: a workbook of the version before says
    by its number that it has the old labels.

    Raises:
        SettingsFault: with every fault of the workbook, or every value that both the workbook and
            the TOML changed since the export.
    """
    returned = read(workbook, file)
    base, now = returned.base, returned.now
    made = list(changes(base, now))
    _raise_conflicts(file, source, base, now, made)
    if now["version"] < base["version"]:
        expected = f"不小于 {base['version']} 的整数"
        raise SettingsFault([Fault(f"{file} 表样的“版本”", str(now["version"]), expected)])
    made = [change for change in made if not is_made(change, source.data)]
    renamed = dict(_renamed(made))
    version = max(int(now["version"]), int(source.data["version"]))
    if renamed and version == int(source.data["version"]):
        made = [*made, FormChange(("version",), version, version + 1)]
    content = source.changed(made, target)
    return Imported(
        form_of(target, tomllib.loads(content.decode("utf-8-sig"))),
        content,
        tuple(_sentence(change, base, now) for change in made),
        tuple(_advice(renamed, source.data, now)),
    )


def _raise_conflicts(
    file: str,
    source: FormSource,
    base: Mapping[str, Any],
    now: Mapping[str, Any],
    made: Sequence[FormChange],
) -> None:
    found = [
        Fault(
            f"{file} {_place(change, base, now)}",
            "",
            f"两边都改过：表样工作簿为“{_shown(change.after)}”，"
            f"{source.path.name} 为“{_shown(there)}”，导出时为“{_shown(change.before)}”；"
            "请把其中一边改成与另一边相同，或重新导出后再改",
        )
        for change, there in conflicts(made, dict(base), source.data)
    ]
    if found:
        raise SettingsFault(found)


def _renamed(made: Sequence[FormChange]) -> Iterator[tuple[str, str]]:
    """Yield the printed labels that changed: before, after."""
    for change in made:
        if change.path[-1] == "label" and change.before is not ABSENT:
            yield str(change.before), str(change.after)


def _advice(
    renamed: Mapping[str, str], before: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[str]:
    """Propose the lines of 更名 by which workbooks of the version before are still read."""
    told = {old for step in now.get("migrations", ()) for old in step.get("renamed", ())}
    missing = {old: new for old, new in renamed.items() if old not in told}
    if missing:
        pairs = "、".join(f"{old}={new}" for old, new in missing.items())
        yield (
            f"表上的字改了，版本相应加一。建议在“更名”加一行：从版本 {before['version']}，"
            f"旧=新写“{pairs}”，这样旧版的表照样读得出。"
        )


# ---------------------------------------------------------------- changes in words


def _sentence(change: FormChange, base: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    place = _place(change, base, now)
    if _listed(change.before) and _listed(change.after) and not change.arranged:
        return f"{place}：{'，'.join(_lines(change.before, change.after))}"
    if change.arranged:
        return f"{place}：{'，'.join(_comings(change))}"
    return f"{place}：由“{_shown(change.before)}”改为“{_shown(change.after)}”"


def _listed(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _lines(before: Sequence[Any], after: Sequence[Any]) -> Iterator[str]:
    """Yield which lines came and which went, numbered as they stood, or stand now."""
    matcher = SequenceMatcher(None, [*map(repr, before)], [*map(repr, after)], autojunk=False)
    for kind, low, high, first, last in matcher.get_opcodes():
        if kind == "equal":
            continue
        for number in range(low, high):
            yield f"删去原第{number + 1}行（{_shown(before[number])}）"
        for number in range(first, last):
            yield f"新增第{number + 1}行（{_shown(after[number])}）"


def _comings(change: FormChange) -> Iterator[str]:
    """Yield what came, what went, and whether the rest changed places."""
    before = {thing["id"]: thing for thing in change.before}
    after = {thing["id"]: thing for thing in change.after}
    for word, one, other in (("新增", after, before), ("删去", before, after)):
        names = [_name(thing) for key, thing in one.items() if key not in other]
        if names:
            yield f"{word}{'、'.join(f'“{name}”' for name in names)}"
    if [key for key in before if key in after] != [key for key in after if key in before]:
        yield f"次序改为{'、'.join(_name(thing) for thing in after.values())}"


def _place(change: FormChange, base: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Say in the workbook's words where a change is."""
    texts = [_nouns()["form"]] if len(change.path) == 1 and change.path[0] not in _nouns() else []
    kind = "form"
    for depth, step in enumerate(change.path, start=1):
        thing = at(dict(base), change.path[:depth])
        thing = at(dict(now), change.path[:depth]) if thing is ABSENT else thing
        if isinstance(step, int):
            texts.append(f"第{step + 1}{'行' if kind == 'preset' else '项'}")
        elif isinstance(thing, dict) and "id" in thing and kind in _nouns():
            texts.append(f"“{_name(thing)}”")
        else:
            texts.append(_heads().get((kind, step), _nouns().get(step, step)))
            kind = step if step in _nouns() else kind
    return "".join(texts)


def _nouns() -> dict[str, str]:
    """Return the word for each kind of thing."""
    return {layout.lists: layout.noun for layout in layouts()} | {"preset": words()["presets"]}


def _heads() -> dict[tuple[str, str], str]:
    """Return the head of each key by the kind of thing."""
    return {
        (layout.lists, column.key): f"的“{column.head}”"
        for layout in layouts()
        for column in layout.columns
    }


def _name(thing: Mapping[str, Any]) -> str:
    return next((str(thing[key]) for key in _NAMED if thing.get(key)), "")


def _shown(value: Any) -> str:
    """Return a value as a sentence repeats it."""
    if value is ABSENT:
        return "（空）"
    if isinstance(value, bool):
        return str(words()["yes"] if value else words()["no"])
    if isinstance(value, list):
        text = "、".join(_shown(item) for item in value) or "（空）"
    elif isinstance(value, dict):
        text = _name(value) or "，".join(_shown(item) for item in value.values())
    else:
        text = str(value)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"
