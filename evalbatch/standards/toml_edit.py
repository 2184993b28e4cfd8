"""Changes what a TOML text says and leaves the rest of it as written: comments, order, layout.

A text is taken apart into tables, pairs and the white space between them, so that a part without
changes is put together again letter by letter.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import SequenceMatcher
from typing import Any, Final

SECTIONS: Final = frozenset({"sheets", "fields", "tables", "columns", "migrations"})
"""Lists of a form that a new text writes as `[[sections]]`; others stand in brackets."""

_TRIVIA: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_NOTE: Final = re.compile(r"(?:[ \t]*#[^\n]*)?")
_HEADER: Final = re.compile(r"(\[\[?)[ \t]*([^\]\n]+?)[ \t]*(\]\]?)[^\n]*\n?")
_KEY: Final = re.compile(r"""(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+|[ \t]*\.[ \t]*)+""")
_PART: Final = re.compile(r"""("(?:[^"\\]|\\.)*")|'([^']*)'|([A-Za-z0-9_-]+)""")
_EQUALS: Final = re.compile(r"[ \t]*=[ \t]*")
_REST: Final = re.compile(r"[^\n]*\n?")
_BARE: Final = re.compile(r"[^,\]}\s#]+(?: [0-9:.Z+-]+)?")
_STRING: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}' + r"|'''.*?'{3,5}" + r'|"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'",
    re.DOTALL,
)
_WORD: Final = re.compile(r"[A-Za-z0-9_-]+")


class UnusualTextError(ValueError):
    """The text is written in a way that cannot be changed piece by piece."""


@dataclass(frozen=True)
class _Item:
    """One element of brackets or braces, or one line `key = value`: what stands before it, its key
    up to the value, the value, what stands behind.
    """

    lead: str
    key: tuple[str, ...]
    head: str
    value: str
    rest: str = ""

    def __str__(self) -> str:
        return f"{self.lead}{self.head}{self.value}{self.rest}"


@dataclass
class _Table:
    """A table with its lines and the tables below it, in their order."""

    lead: str = ""
    header: str = ""
    pairs: list[_Item] = field(default_factory=list)
    children: list[tuple[str, "_Table"]] = field(default_factory=list)
    path: tuple[str, ...] = ()
    listed: bool = False

    def __str__(self) -> str:
        below = "".join(str(table) for _, table in self.children)
        return f"{self.lead}{self.header}{''.join(map(str, self.pairs))}{below}"


def rewritten(text: str, wanted: dict[str, Any]) -> str:
    """Return a TOML text that says what is wanted, changed only where it says anything else.

    Raises:
        UnusualTextError: the text is laid out in a way that cannot be changed in place.
    """
    said = tomllib.loads(text)
    if said == wanted:
        return text
    lines = text.replace("\r\n", "\n")
    root, tail = _parsed(lines if lines.endswith("\n") else f"{lines}\n")
    _edit_table(root, said, wanted)
    new = f"{root}{tail}"
    if tomllib.loads(new) != wanted:
        raise UnusualTextError
    return new.replace("\n", "\r\n") if "\r\n" in text else new


def own_sheet(text: str, section: str) -> str:
    """Return the text of a file of one table as a section of another: `[[columns]]` becomes
    `[[section.columns]]`, comments and all, but for the head, which says what the file is.
    """
    root, tail = _parsed(text.replace("\r\n", "\n"))
    if root.pairs and "\n\n" in root.pairs[0].lead:
        root.pairs[0] = replace(root.pairs[0], lead=root.pairs[0].lead.partition("\n\n")[2])
    body = f"{root}{tail}"
    return f"[[{section}]]\n" + re.sub(
        r"^(\[\[?)[ \t]*", lambda found: f"{found[1]}{section}.", body, flags=re.MULTILINE
    )


def section_text(text: str, section: str, number: int, new: str) -> str:
    """Return a text with the section of that number (from 0) replaced by another's text."""
    root, tail = _parsed(text.replace("\r\n", "\n"))
    tables = [table for name, table in root.children if name == section]
    old = tables[number]
    root.children = [
        (name, _Table(header=new, lead=old.lead) if table is old else table)
        for name, table in root.children
    ]
    return f"{root}{tail}"


def written(value: Any) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, dict):
        inner = ", ".join(f"{_key_text(key)} = {written(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        if any(isinstance(item, dict) for item in value):
            return "[\n" + "".join(f"  {written(item)},\n" for item in value) + "]"
        return f"[{', '.join(map(written, value))}]"
    return _simple(value)


def _simple(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return value.isoformat() if isinstance(value, date) else repr(value)


def _key_text(key: str) -> str:
    return key if _WORD.fullmatch(key) else json.dumps(key, ensure_ascii=False)


# ---------------------------------------------------------------- taking apart


def _parsed(text: str) -> tuple[_Table, str]:
    """Return the root table and what stands behind the last of it."""
    root = _Table()
    current, at = root, 0
    while True:
        start = _match(_TRIVIA, text, at).end()
        lead = text[at:start]
        if start == len(text):
            break
        if text[start] == "[":
            found = _match(_HEADER, text, start)
            current = _placed(root, _keys(found[2]), listed=found[1] == "[[")
            current.lead, current.header, at = lead, found[0], found.end()
        else:
            pair, at = _pair(text, start, lead)
            current.pairs.append(pair)
    if f"{root}{lead}" != text:
        raise UnusualTextError
    return root, lead


def _placed(root: _Table, path: tuple[str, ...], *, listed: bool) -> _Table:
    """Return a new table at its place: below the last of each table that its path names."""
    table = root
    for depth, name in enumerate(path[:-1], start=1):
        below = [child for key, child in table.children if key == name]
        if not below:
            below = [_Table(path=path[:depth])]
            table.children.append((name, below[0]))
        table = below[-1]
    new = _Table(path=path, listed=listed)
    table.children.append((path[-1], new))
    return new


def _pair(text: str, start: int, lead: str) -> tuple[_Item, int]:
    key = _match(_KEY, text, start)
    head = _match(_EQUALS, text, key.end()).end()
    end = _value_end(text, head)
    rest = _match(_REST, text, end)
    item = _Item(lead, _keys(key[0]), text[start:head], text[head:end], rest[0])
    return item, rest.end()


def _keys(text: str) -> tuple[str, ...]:
    return tuple(
        json.loads(quoted) if quoted else plain or word
        for quoted, plain, word in _PART.findall(text)
    )


def _value_end(text: str, start: int) -> int:
    """Return where a value ends that begins at `start`."""
    if text[start] in "[{":
        return _items(text, start)[2]
    if text[start] in "\"'":
        return _match(_STRING, text, start).end()
    return _match(_BARE, text, start).end()


def _items(text: str, start: int) -> tuple[list[_Item], str, int]:
    """Return the elements of brackets or braces, what stands behind the last, and where they
    end.
    """
    keyed = text[start] == "{"
    items: list[_Item] = []
    at = start + 1
    while True:
        begin = _match(_TRIVIA, text, at).end()
        lead = text[at:begin]
        if text[begin] in "]}":
            return items, lead, begin + 1
        head = begin
        if keyed:
            head = _match(_EQUALS, text, _match(_KEY, text, begin).end()).end()
        end = _value_end(text, head)
        comma = _match(_TRIVIA, text, end).end()
        key = _keys(text[begin:head].rpartition("=")[0]) if keyed else ()
        item = _Item(lead, key, text[begin:head], text[head:end])
        if text[comma] == ",":
            at = _match(_NOTE, text, comma + 1).end()
            items.append(replace(item, rest=text[end:at]))
        else:
            items.append(item)
            at = end


def _match(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    found = pattern.match(text, at)
    if found is None:
        raise UnusualTextError
    return found


# ---------------------------------------------------------------- putting together


def _edit_table(table: _Table, said: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Let a table say what is wanted."""
    for key in said.keys() - wanted.keys():
        _remove(table, key)
    for key, value in wanted.items():
        if key not in said:
            _add(table, key, value)
        elif said[key] != value:
            _change(table, key, said[key], value)


def _remove(table: _Table, key: str) -> None:
    table.pairs = [pair for pair in table.pairs if pair.key[0] != key]
    table.children = [(name, child) for name, child in table.children if name != key]


def _add(table: _Table, key: str, value: Any) -> None:
    if key in SECTIONS and are_sections(value):
        new = [(key, _new_table((*table.path, key), item)) for item in value]
        table.children = [*new, *table.children] if key == "fields" else [*table.children, *new]
    else:
        table.pairs.append(_Item("", (key,), f"{_key_text(key)} = ", written(value), "\n"))


def _change(table: _Table, key: str, said: Any, wanted: Any) -> None:
    pairs = [pair for pair in table.pairs if pair.key == (key,)]
    below = [child for name, child in table.children if name == key]
    if pairs:
        new = replace(pairs[0], value=_edited(pairs[0].value, said, wanted))
        table.pairs = [new if pair is pairs[0] else pair for pair in table.pairs]
    elif below and isinstance(said, list) and are_sections(wanted):
        _edit_sections(table, key, below, said, wanted)
    elif below and isinstance(said, dict) and isinstance(wanted, dict):
        _edit_table(below[0], said, wanted)
    else:  # written as a.b = …, or of another kind now
        _remove(table, key)
        _add(table, key, wanted)


def are_sections(value: Any) -> bool:
    """Whether a value is a list that sections can say: an empty one they cannot."""
    return isinstance(value, list) and bool(value) and all(isinstance(x, dict) for x in value)


def _edit_sections(
    table: _Table,
    key: str,
    below: Sequence[_Table],
    said: Sequence[dict[str, Any]],
    wanted: Sequence[dict[str, Any]],
) -> None:
    """Let the sections of a name say what is wanted: each keeps its text, whatever its place."""
    new: list[_Table] = []
    for at, value in _matched(said, wanted):
        if at is None:
            new.append(_new_table((*table.path, key), value))
        else:
            _edit_table(below[at], said[at], value)
            new.append(below[at])
    places = [at for at, (name, _) in enumerate(table.children) if name == key]
    kept = [child for child in below if any(child is each for each in new)]
    if [child for child in new if any(child is each for each in below)] == kept:
        table.children = list(_spliced(table.children, key, new))
    else:
        others = [(name, child) for name, child in table.children if name != key]
        others[places[0] : places[0]] = [(key, child) for child in new]
        table.children = others


def _spliced(
    children: Sequence[tuple[str, _Table]], key: str, new: Sequence[_Table]
) -> Iterator[tuple[str, _Table]]:
    """Yield the children with the sections of a key as they are now, each where it stood, new ones
    behind the one that they follow.
    """
    queue = list(new)
    old = {id(child) for name, child in children if name == key}
    last = max(at for at, (name, _) in enumerate(children) if name == key)
    for at, (name, child) in enumerate(children):
        if name != key:
            yield name, child
            continue
        while queue and id(queue[0]) not in old:
            yield key, queue.pop(0)
        if queue and queue[0] is child:
            yield key, queue.pop(0)
        while queue and (at == last or id(queue[0]) not in old):
            yield key, queue.pop(0)


def _new_table(path: tuple[str, ...], value: dict[str, Any]) -> _Table:
    table = _Table("\n", f"[[{'.'.join(map(_key_text, path))}]]\n", path=path, listed=True)
    for key, item in value.items():
        _add(table, key, item)
    return table


def _edited(text: str, said: Any, wanted: Any) -> str:
    """Return the text of a value, changed where it says anything else than is wanted."""
    if said == wanted and type(said) is type(wanted):
        return text
    if isinstance(said, dict) and isinstance(wanted, dict) and text.startswith("{"):
        return _braces(text, said, wanted)
    if isinstance(said, list) and isinstance(wanted, list) and text.startswith("["):
        return _brackets(text, said, wanted)
    return written(wanted)


def _braces(text: str, said: dict[str, Any], wanted: dict[str, Any]) -> str:
    items, tail, _ = _items(text, 0)
    if any(len(item.key) > 1 for item in items):
        return written(wanted)
    kept = [
        replace(item, value=_edited(item.value, said[item.key[0]], wanted[item.key[0]]))
        for item in items
        if item.key[0] in wanted
    ]
    new = [
        _Item(" ", (key,), f"{_key_text(key)} = ", written(value))
        for key, value in wanted.items()
        if key not in said
    ]
    return "{" + _joined([*kept, *new], tail or " ", closing=False) + "}"


def _brackets(text: str, said: list[Any], wanted: list[Any]) -> str:
    items, tail, _ = _items(text, 0)
    closing = bool(items) and items[-1].rest.endswith(",")
    lead = _plain_lead(items)
    new = []
    for at, value in _matched(said, wanted):
        if at is None:
            new.append(_Item(lead, (), "", _one_line(value)))
        else:
            new.append(replace(items[at], value=_edited(items[at].value, said[at], value)))
    if new and "\n" not in lead:
        new[0] = replace(new[0], lead=items[0].lead if items else "")
        new[1:] = [item if item.lead else replace(item, lead=lead) for item in new[1:]]
    return "[" + _joined(new, tail, closing=closing) + "]"


def _one_line(value: Any) -> str:
    return written(value).replace("\n", " ")


def _plain_lead(items: Sequence[_Item]) -> str:
    """Return the white space before an element, as the others have it."""
    lead = items[-1].lead if items else ""
    return f"\n{lead.rpartition(chr(10))[2]}" if "\n" in lead else " "


def _joined(items: Sequence[_Item], tail: str, *, closing: bool) -> str:
    """Put elements together, a comma behind each, behind the last only where that is the habit."""
    texts = []
    for number, item in enumerate(items, start=1):
        rest = item.rest if "," in item.rest else f"{item.rest},"
        if number == len(items) and not closing:
            rest = rest.replace(",", "", 1) if "\n" in tail else ""
        texts.append(str(replace(item, rest=rest)))
    return "".join(texts) + tail


def _matched(said: Sequence[Any], wanted: Sequence[Any]) -> Iterator[tuple[int | None, Any]]:
    """Yield every wanted element with the number of the one that it comes from, None for a new
    one: by `id` where all have one of their own, else by what they say.
    """
    names = _names(said)
    if names and _names(wanted):
        for value in wanted:
            name = _named(value)
            yield (names.index(name) if name in names else None), value
        return
    matcher = SequenceMatcher(None, [*map(repr, said)], [*map(repr, wanted)], autojunk=False)
    for kind, low, high, first, last in matcher.get_opcodes():
        for offset, value in enumerate(wanted[first:last]):
            known = kind != "insert" and low + offset < high
            yield (low + offset if known else None), value


def _names(values: Sequence[Any]) -> list[str]:
    names = [_named(value) for value in values]
    return names if all(names) and len(set(names)) == len(names) else []


def _named(value: Any) -> str:
    return str(value.get("id") or value.get("use") or "") if isinstance(value, dict) else ""
