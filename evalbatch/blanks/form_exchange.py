"""A form out to a workbook and back: what the office changed in the workbook goes into the TOML
that it belongs in, is told in Chinese, and gives a new blank.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Final, NamedTuple

from evalbatch.blanks.blank_workbook import build
from evalbatch.blanks.form_workbook import exported, layouts, words
from evalbatch.blanks.form_workbook_reader import read
from evalbatch.errors import SETTINGS_NAME, Fault, SettingsFault, Trouble
from evalbatch.standards.form import FormSpec
from evalbatch.standards.form_changes import ABSENT, FormChange, at, changes, conflicts, is_made
from evalbatch.standards.form_library import SHIPPED, form_file, form_of
from evalbatch.standards.form_source import FormSource
from evalbatch.standards.policy import Policy

_NAMED: Final = ("label", "title", "name", "id")
_LONG: Final = 60  # characters of a value that a sentence repeats
_NO_TARGET: Final = (
    "没有写到哪里：请用 -o 指明表样文件（.toml），"
    f"或在 {SETTINGS_NAME} 的 [paths] 中用 forms 指明自定义表的文件夹。"
)
_SHIPPED: Final = "{path}：这是程序自带的表样，不能改写；请用 -o 写到自己的文件夹。"
_GONE: Final = "没有标识为“{name}”的表样：导出它的表样文件不在了；请放回，或用 -o 指明"
_OTHER: Final = "{path} 是另一种表（{found}）的表样，没有写入；请换一个文件名。"


class Imported(NamedTuple):
    """What an import would write: the form and the bytes of its TOML, and what is said of it."""

    form: FormSpec
    content: bytes
    changes: tuple[str, ...]
    advice: tuple[str, ...]


class PlannedImport(NamedTuple):
    """An import, and the file that it is for."""

    target: Path
    result: Imported


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


def import_of(
    folder: Path | None, workbook: Path, output: Path | None, *, anywhere: bool
) -> PlannedImport:
    """Return what an import would write, and where.

    Args:
        folder: the office's folder of forms.
        workbook: the form's workbook.
        output: the TOML to write, a folder for it, or None for the office's folder.
        anywhere: nothing will be written, so that it need not be known where.

    Raises:
        SettingsFault: with every fault of the workbook, or with what both sides changed.
        Trouble: there is nowhere to write it, or another form stands there.
    """
    data = workbook.read_bytes()
    before, now = form_ids(data, workbook.name)
    target = _target(folder, output, now) or (Path(f"{now}.toml") if anywhere else None)
    if target is None:
        raise Trouble(_NO_TARGET)
    if target.resolve().is_relative_to(SHIPPED.resolve()):
        raise Trouble(_SHIPPED.format(path=target))
    source = target if target.is_file() else form_file(before, folder)
    if source is None:
        raise SettingsFault([Fault(workbook.name, "", _GONE.format(name=before))])
    form = FormSource.load(source)
    if form.data["id"] not in (before, now):
        raise Trouble(_OTHER.format(path=target, found=form.data["title"]))
    return PlannedImport(target, imported(data, workbook.name, form, target))


def _target(folder: Path | None, output: Path | None, name: str) -> Path | None:
    """Return the file to write: the one named, or the form's in the office's folder."""
    if output is not None:
        return output / f"{name}.toml" if output.is_dir() else output
    if folder is None:
        return None
    known = form_file(name, folder)
    own = known is not None and not known.is_relative_to(SHIPPED)
    return known if own else folder / f"{name}.toml"


def draw(
    form: FormSpec, file: str, policies: Mapping[str, Policy], chosen: Mapping[str, str]
) -> bytes:
    """Return the blank of a form, with the profile that the settings choose for it, else its own.

    Raises:
        SettingsFault: there is no such profile.
    """
    name = chosen.get(form.id, form.policy)
    if name not in policies:
        known = "、".join(policies)
        raise SettingsFault([Fault(f"{file} 表样的“口径”", name, f"已有的评分口径之一：{known}")])
    return build(form, policies[name])


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
