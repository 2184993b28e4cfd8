"""Compound files (OLE): the container of .xls and of encrypted workbooks, read with every chain checked for loops."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from evalbatch.model.place import Place
from evalbatch.workbook.grid import Refused
from evalbatch.workbook.sheets import refusal
from evalbatch.workbook.sheets.refusal import refused

SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")
HEADER = struct.Struct("<8s16x5H6x9I")
LAST_REGULAR = 0xFFFFFFF9
DIFAT_IN_HEADER = 109
SHIFTS, MINI_SHIFT = (9, 12), 6  # sectors of 512 or 4096 bytes, small ones of 64


class Entry(NamedTuple):
    """A stream of the file: where it starts and how long it is."""

    name: str
    start: int
    size: int


class CompoundFile:
    """The streams of a compound file by name.

    Raises:
        Refused: the file is damaged (F01) or its chains loop (F08).
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.data = data
        self.place = Place(name)
        try:
            fields = HEADER.unpack_from(data)
            self.shift = fields[4]
            if self.shift not in SHIFTS or fields[5] != MINI_SHIFT:
                raise self.damaged()
            directory, _, self.mini_limit, mini_start, _, difat_start = fields[8:14]
            self.fat = self._fat(difat_start)
            content = self._chain(directory)
            self.entries = list(_entries(content))
            self.mini_fat = _words(self._chain(mini_start))
        except (struct.error, IndexError) as error:
            raise self.damaged() from error

    def damaged(self) -> Refused:
        """Return the refusal of a container that does not hold together."""
        return refused(refusal.DAMAGED, self.place, detail="文件内部结构不完整")

    @property
    def names(self) -> set[str]:
        """The names of all streams and storages, lower case."""
        return {entry.name.lower() for entry in self.entries}

    def read(self, *names: str) -> bytes | None:
        """Return the content of the stream with the first of these names that there is, None when there is none.

        Raises:
            Refused: its chain is broken (F01) or loops (F08).
        """
        known = {entry.name.lower(): entry for entry in reversed(self.entries)}
        entry = next((known[name.lower()] for name in names if name.lower() in known), None)
        if entry is None:
            return None
        if entry.size >= self.mini_limit:
            return self._chain(entry.start)[: entry.size]
        small = self._chain(self.entries[0].start)
        pieces = (small[number << MINI_SHIFT : (number + 1) << MINI_SHIFT] for number in self._walk(entry.start, self.mini_fat))
        return b"".join(pieces)[: entry.size]

    def _sector(self, number: int) -> bytes:
        start = (number + 1) << self.shift
        return self.data[start : start + (1 << self.shift)]

    def _chain(self, start: int) -> bytes:
        """Return the sectors of a chain, joined."""
        return b"".join(map(self._sector, self._walk(start, self.fat)))

    def _walk(self, start: int, table: list[int]) -> Iterator[int]:
        """Yield the sector numbers of a chain; it can be no longer than its table."""
        steps = 0
        while start <= LAST_REGULAR:
            if steps > len(table):
                raise refused(refusal.LOOP, self.place)
            if start >= len(table):
                raise self.damaged()
            yield start
            start = table[start]
            steps += 1

    def _fat(self, difat_start: int) -> list[int]:
        """Return the sector allocation table."""
        sectors = list(struct.unpack_from(f"<{DIFAT_IN_HEADER}I", self.data, 76))
        seen: set[int] = set()
        while difat_start <= LAST_REGULAR:
            if difat_start in seen:
                raise refused(refusal.LOOP, self.place)
            seen.add(difat_start)
            *more, difat_start = _words(self._sector(difat_start)) or [LAST_REGULAR + 1]
            sectors.extend(more)
        used = [number for number in sectors if number <= LAST_REGULAR]
        if len(used) > len(self.data) >> self.shift:
            raise refused(refusal.LOOP, self.place)
        return _words(b"".join(map(self._sector, used)))


def _words(content: bytes) -> list[int]:
    """Return little-endian 32-bit numbers."""
    count = len(content) // 4
    return list(struct.unpack_from(f"<{count}I", content))


def _entries(directory: bytes) -> Iterator[Entry]:
    """Yield the entries of the directory."""
    for offset in range(0, len(directory) - 127, 128):
        name = directory[offset : offset + 64]
        (length,) = struct.unpack_from("<H", directory, offset + 64)
        start, size = struct.unpack_from("<II", directory, offset + 116)
        text = name[: max(length - 2, 0)].decode("utf-16-le", "replace")
        if text:
            yield Entry(text, start, size)
