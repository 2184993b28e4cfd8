"""What was published before, what differs now, and why: every number has a cause.

What a publication said is kept whole, subject by subject, with digests of what it was made from.
The next publication is compared with it; which of the digests differ says why a number does.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from evalbatch.model import figures
from evalbatch.model.decisions import Stage
from evalbatch.model.evaluation import Status
from evalbatch.model.record import Change

CAUSES: Final = {
    "handed_in": "重新报送",
    "appeal": "申诉",
    "review": "复核",
    "waiver": "豁免",
    "policy": "评分口径",
    "roster": "名册",
    "program": "程序升级",
    "freeze": "定稿",
    "date": "日期",
}
"""The causes with the words that readers see, the likelier first where several came together."""
MONEY: Final = ("budget", "executed", "approved_budget")
BY_PERSON: Final = ("appeal", "review")
WHOLE: Final = ("状态", "核定得分", "评价等次")
"""What is said of a project that is new, or no longer there."""
PARTS: Final = " "
"""Between the name of an indicator and the figure that is meant."""
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS published (subject TEXT PRIMARY KEY, said TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS published_from (
    subject TEXT PRIMARY KEY, mark TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS change_log (
    seq INTEGER PRIMARY KEY, as_of TEXT NOT NULL, department TEXT NOT NULL, project TEXT NOT NULL,
    what TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, cause TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS kept (
    digest TEXT NOT NULL, file TEXT NOT NULL, as_of TEXT NOT NULL, path TEXT NOT NULL,
    PRIMARY KEY (digest, file)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hand_ins (
    seq INTEGER PRIMARY KEY, subject TEXT NOT NULL, project TEXT NOT NULL, as_of TEXT NOT NULL,
    file TEXT NOT NULL, digest TEXT NOT NULL, result TEXT NOT NULL
);
"""


PROJECT_FIGURES: Final = {
    "final_total": "核定得分",
    "grade": "评价等次",
    "claimed_total": "自评得分",
    "computed_total": "核算得分",
    "budget": "全年预算数",
    "executed": "全年执行数",
    "execution_rate": "预算执行率",
    "approved_budget": "批复预算",
    "stage": "核定阶段",
}
INDICATOR_FIGURES: Final = {
    "weight": "分值",
    "claimed_score": "自评得分",
    "computed_score": "核算得分",
    "reviewed_score": "复核得分",
    "final_score": "核定得分",
}
_NAMES: Final = tuple(INDICATOR_FIGURES.values())
_REVIEWED: Final = INDICATOR_FIGURES["reviewed_score"]
_FINAL: Final = INDICATOR_FIGURES["final_score"]
DECIDED: Final = (_REVIEWED, _FINAL)
"""The figures of an indicator that a person may move."""
STAGE: Final = PROJECT_FIGURES["stage"]
FOLLOWS: Final = (PROJECT_FIGURES["final_total"], PROJECT_FIGURES["grade"], STAGE)
"""The figures of a project that follow from those of its indicators."""
_PROJECTS: Final = (
    "SELECT p.file, s.content, p.department, p.project, p.status,"  # noqa: S608 - our own words
    f" {', '.join(f'p.{name}' for name in PROJECT_FIGURES)}"
    " FROM exact_projects p JOIN submissions s ON s.file = p.file"
    " WHERE p.status NOT IN ('superseded', 'unreadable')"
    " ORDER BY s.department, s.project, s.file"
)
_NOT_COUNTING: Final = (
    "SELECT p.file, p.project FROM exact_projects p WHERE p.status = 'superseded'"
    " AND coalesce(p.stage, '') = '' ORDER BY p.file"
)
_INDICATORS: Final = (
    f"SELECT level1, level2, level3, {', '.join(INDICATOR_FIGURES)}"  # noqa: S608 - our own words
    " FROM exact_indicators WHERE file = ? ORDER BY nth"
)


@dataclass(frozen=True, slots=True)
class Said:
    """What is published of a subject.

    `figures` are texts by what they are called (of an indicator: its name, a blank, the figure's
    name); `made_from` are digests by cause (see CAUSES), `file` and `digest` the hand-in.
    """

    department: str
    project: str
    file: str
    digest: str
    figures: Mapping[str, str]
    made_from: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All of it as text: equal things are equal texts."""
        parts = [self.department, self.project, self.file, self.digest]
        return json.dumps([*parts, dict(self.figures), dict(self.made_from)], ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> "Said":
        """Return what `text` says."""
        return cls(*json.loads(text))


class FirstSeen(NamedTuple):
    """A hand-in as it was first seen: the day, the file, its digest, what it came to, and what it
    is about.
    """

    as_of: date
    project: str
    file: str
    digest: str
    result: str
    subject: str = ""


def changes(
    before: Said | None, after: Said | None, as_of: date, whole: str = "handed_in"
) -> Iterator[Change]:
    """Yield what differs between two publications of a subject; None where it was not there, for
    the cause `whole`.
    """
    named = after or before
    if named is None:
        return
    old, new = (dict(each.figures) if each else {} for each in (before, after))
    names = WHOLE if before is None or after is None else dict.fromkeys([*old, *new])
    for what in names:
        if old.get(what, "") != new.get(what, ""):
            cause = _cause(what, before, after) or whole
            texts = (what, old.get(what, ""), new.get(what, ""))
            yield Change(as_of, named.department, named.project, *texts, cause)


def _cause(what: str, before: Said | None, after: Said | None) -> str:
    """Return why a figure differs: what it was made from differs, a person's word before all;
    empty where the subject came or went as a whole.
    """
    if before is None or after is None:
        return ""
    moved = [
        cause
        for cause in CAUSES
        if before.made_from.get(cause, "") != after.made_from.get(cause, "")
    ]
    if what == STAGE and "freeze" in moved:
        return "freeze"
    if _by_person(what, before, after):
        moved = [cause for cause in moved if cause in BY_PERSON] or moved
    return moved[0] if moved else "date"


def _by_person(what: str, before: Said, after: Said) -> bool:
    """Whether a person's word moved a figure, though something else may have changed as well."""
    indicator, _, figure = what.rpartition(PARTS)
    if indicator:
        return figure in DECIDED and _person_moved(indicator, before, after)
    if figure not in FOLLOWS:
        return False
    by_person, otherwise = _movement(before, after)
    return by_person > otherwise


def _person_moved(indicator: str, before: Said, after: Said) -> bool:
    """Whether a person moved an indicator's score: its claim and computed score stand as they
    were, or the score in force is a person's that was not there before.
    """
    old, new = (
        {name: each.figures.get(f"{indicator}{PARTS}{name}", "") for name in _NAMES}
        for each in (before, after)
    )
    given = [name for name in _NAMES if name not in DECIDED and (old[name] or new[name])]
    untouched = bool(given) and all(old[name] == new[name] for name in given)
    decided = new[_REVIEWED] not in {"", old[_REVIEWED]} and new[_FINAL] == new[_REVIEWED]
    return untouched or decided


def _movement(before: Said, after: Said) -> tuple[Decimal, Decimal]:
    """Return by how much persons moved the final scores of indicators, and by how much all else
    did: what moved most of them is why the total is another.
    """
    moved = {True: Decimal(0), False: Decimal(0)}
    for what in dict.fromkeys([*before.figures, *after.figures]):
        indicator, _, figure = what.rpartition(PARTS)
        if indicator and figure == _FINAL:
            old, new = (Decimal(each.figures.get(what) or 0) for each in (before, after))
            moved[_person_moved(indicator, before, after)] += abs(new - old)
    return moved[True], moved[False]


class PublishedFigures(NamedTuple):
    """What a submission that counts is published with: its names, and its own figures by theirs;
    `content` digests the rest, its indicators too.
    """

    file: str
    department: str
    project: str
    content: str
    figures: Mapping[str, str]


class Draft(NamedTuple):
    """What is to be published of a subject: the hand-in, a mark of all that it is made from, and
    what is told of it, with digests by cause; None where the mark is that of what is published
    already.
    """

    file: str
    digest: str
    mark: str
    told: PublishedFigures | None = None
    made_from: Mapping[str, str] = MappingProxyType({})


class HistoryTables:
    """What was published, in the ledger's database; changes are the caller's transaction."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        for statement in SCHEMA.split(";"):
            database.execute(statement)

    def told(self) -> Iterator[PublishedFigures]:
        """Yield what every submission that counts is published with."""
        for names in self._database.execute(_PROJECTS):
            file, content, department, project, status, *values = names
            said = {WHOLE[0]: Status(status).label, **_named(PROJECT_FIGURES, values)}
            yield PublishedFigures(file, department, project, content, said)

    def not_counting(self) -> Iterator[tuple[str, str]]:
        """Yield file and project of every submission in whose place another counts."""
        yield from self._database.execute(_NOT_COUNTING)

    def indicators(self, file: str) -> dict[str, str]:
        """Return the figures of the indicators of a submission by their names."""
        return _indicators(self._database.execute(_INDICATORS, (file,)).fetchall())

    def marks(self) -> dict[str, str]:
        """Return the mark of what each subject is published from."""
        return dict(self._database.execute("SELECT subject, mark FROM published_from"))

    def compare(
        self, now: Mapping[str, Draft], as_of: date, withdrawn: Collection[str] = ()
    ) -> tuple[list[Change], list[FirstSeen]]:
        """Return what differs from the last publication (nothing does from the first), and the
        hand-ins that were not published yet.

        A subject that went because the roster withdrew it, or came back with a content that was
        published before, did so by the roster.
        """
        names = {name for (name,) in self._database.execute("SELECT subject FROM published")}
        handed_in = list(self._handed_in(names, now, as_of))
        found: list[Change] = []
        known = set(self._database.execute("SELECT subject, digest FROM hand_ins"))
        renamed = self._renamed(names, now)
        before = {name: name for name in names - set(renamed.values())} | renamed
        new = {name for name, draft in now.items() if draft.told}
        for subject in sorted({*(before.keys() - now.keys()), *new}) if before else ():
            old = self.said(before[subject]) if subject in before else None
            said = self._drafted(now[subject]) if subject in now else None
            back = said is not None and (subject, said.digest) in known
            whole = "roster" if back or subject in withdrawn else "handed_in"
            found += changes(old, said, as_of, whole)
        return found, handed_in

    def said(self, subject: str) -> Said | None:
        """Return what was last published of a subject, None where nothing was."""
        query = "SELECT said FROM published WHERE subject = ?"
        row = self._database.execute(query, (subject,)).fetchone()
        return Said.read(row[0]) if row else None

    def _drafted(self, draft: Draft) -> Said | None:
        """Return what is to be published where something differs."""
        told = draft.told
        if told is None:
            return None
        said = {**told.figures, **self.indicators(told.file)}
        return Said(told.department, told.project, told.file, draft.digest, said, draft.made_from)

    def _handed_in(
        self, before: Collection[str], now: Mapping[str, Draft], as_of: date
    ) -> Iterator[FirstSeen]:
        """Yield what is published from another content than before, or for the first time."""
        for key, draft in now.items():
            told = draft.told
            old = self.said(key) if told and key in before else None
            if told and (old is None or old.digest != draft.digest):
                result = "　".join(filter(None, (told.figures.get(name, "") for name in WHOLE)))
                yield FirstSeen(as_of, told.project, told.file, draft.digest, result, key)

    def _renamed(self, before: Collection[str], now: Mapping[str, Draft]) -> dict[str, str]:
        """Return under which name was published what has another one now: a hand-in that came onto
        the roster, or whose line was renamed, is the same one.
        """
        files = {
            (draft.file, draft.digest): key
            for key, draft in now.items()
            if draft.told and key not in before
        }
        changed = {key for key, draft in now.items() if draft.told}
        found: dict[str, str] = {}
        for name in before if files else ():
            said = self.said(name) if name not in changed else None
            if said and (said.file, said.digest) in files:
                found[files[said.file, said.digest]] = name
        return found

    def remember(
        self,
        now: Mapping[str, Draft],
        found: Iterable[Change],
        handed_in: Iterable[FirstSeen],
        as_of: date,
    ) -> None:
        """Keep what is published now, what it changed, and the hand-ins that are new with it."""
        names = self._database.execute("SELECT subject FROM published").fetchall()
        gone = [(name,) for (name,) in names if name not in now]
        for table in ("published", "published_from"):
            self._database.executemany(f"DELETE FROM {table} WHERE subject = ?", gone)  # noqa: S608 - our own words
        for key, draft in now.items():
            if said := self._drafted(draft):
                rows = ((key, said.text), (key, draft.mark))
                self._database.execute("INSERT OR REPLACE INTO published VALUES (?, ?)", rows[0])
                self._database.execute(
                    "INSERT OR REPLACE INTO published_from VALUES (?, ?)", rows[1]
                )
        self._database.executemany(
            "INSERT INTO change_log (as_of, department, project, what, before, after, cause)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(each.as_of.isoformat(), *_texts(each)) for each in found],
        )
        self._database.executemany(
            "INSERT INTO hand_ins (as_of, project, file, digest, result, subject)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [(as_of.isoformat(), *each[1:]) for each in handed_in],
        )

    def log(self) -> list[Change]:
        """Return every change of the cycle, in the order in which they were published."""
        query = (
            "SELECT as_of, department, project, what, before, after, cause FROM change_log"
            " ORDER BY seq"
        )
        return [
            Change(date.fromisoformat(as_of), *texts)
            for as_of, *texts in self._database.execute(query)
        ]

    def kept(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield every content that was read: digest, file, day, and where it is kept."""
        yield from self._database.execute("SELECT digest, file, as_of, path FROM kept")

    def keep(self, rows: Iterable[Sequence[str]]) -> None:
        """Note contents that were read; what is noted already stays."""
        self._database.executemany("INSERT OR IGNORE INTO kept VALUES (?, ?, ?, ?)", rows)

    def hand_ins(self) -> list[FirstSeen]:
        """Return every hand-in that was published, in the order in which they came."""
        query = "SELECT as_of, project, file, digest, result, subject FROM hand_ins ORDER BY seq"
        return [
            FirstSeen(date.fromisoformat(as_of), *texts)
            for as_of, *texts in self._database.execute(query)
        ]


def _indicators(rows: Iterable[Sequence[Any]]) -> dict[str, str]:
    """Return the figures of indicators; of several with one name the later ones are numbered."""
    found: dict[str, str] = {}
    times: Counter[str] = Counter()
    for *levels, weight, claimed, computed, reviewed, final in rows:
        name = "／".join(filter(None, levels))
        times[name] += 1
        number = f"（{times[name]}）" if times[name] > 1 else ""
        named = _named(INDICATOR_FIGURES, (weight, claimed, computed, reviewed, final))
        found |= {f"{name}{number}{PARTS}{label}": text for label, text in named.items()}
    return found


def _named(labels: Mapping[str, str], values: Iterable[Any]) -> dict[str, str]:
    """Return figures as people read them by the words for them; what is unknown is left out."""
    return {
        label: _shown(name, str(value))
        for (name, label), value in zip(labels.items(), values, strict=True)
        if value is not None and value != ""
    }


@lru_cache(maxsize=16384)
def _shown(name: str, value: str) -> str:
    if name == "grade":
        return value
    if name == "stage":
        return Stage(value).label
    number = Decimal(value)
    if name == "execution_rate":
        return figures.percent(number)
    return figures.in_full(number) if name in MONEY else figures.plain(number)


def _texts(change: Change) -> tuple[str, ...]:
    names = (change.department, change.project, change.what)
    return (*names, change.before, change.after, change.cause)
