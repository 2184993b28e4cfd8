"""The day that counts as today, asked in a way that tells on which days the answer stays the same.

What depends on the date must be worked out anew when the date passes what it depended on, and not
before. So nobody compares dates with today by themselves.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, NamedTuple

_DAY = timedelta(1)


class Span(NamedTuple):
    """The days on which a result holds, both ends included; None where there is no end."""

    since: date | None = None
    until: date | None = None

    def __str__(self) -> str:
        """Write the days as ISO 8601 writes an interval, nothing where they are all."""
        return f"{self.since or ''}/{self.until or ''}" if any(self) else ""

    @classmethod
    def read(cls, text: str) -> "Span":
        """Return the days that a text tells."""
        return (
            cls(*(date.fromisoformat(day) if day else None for day in text.split("/")))
            if text
            else cls()
        )

    def includes(self, day: date) -> bool:
        """Whether a day is among them."""
        return (self.since or day) <= day <= (self.until or day)

    def within(self, other: "Span") -> "Span":
        """Return the days on which both hold."""
        since = [day for day in (self.since, other.since) if day is not None]
        until = [day for day in (self.until, other.until) if day is not None]
        return Span(max(since, default=None), min(until, default=None))


ALWAYS: Final = Span()


@dataclass(slots=True)
class Today:
    """The day that counts as today; `holds` are the days on which everything that was asked so far
    would have been answered in the same way.
    """

    _day: date
    holds: Span = field(default=ALWAYS, init=False)

    def has_passed(self, when: date) -> bool:
        """Whether a day lies before today."""
        passed = when < self._day
        self._note(Span(since=when + _DAY) if passed else Span(until=when))
        return passed

    def is_before(self, when: date) -> bool:
        """Whether a day is still to come."""
        ahead = self._day < when
        self._note(Span(until=when - _DAY) if ahead else Span(since=when))
        return ahead

    @property
    def itself(self) -> date:
        """The very day, for texts that name it: they hold on no other."""
        self._note(Span(self._day, self._day))
        return self._day

    def _note(self, span: Span) -> None:
        self.holds = self.holds.within(span)
