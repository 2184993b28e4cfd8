"""What a publication says and what it is made from, compared with the one before."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import sha256

from evalbatch.cycle.subjects import Subject, Subjects
from evalbatch.model.decisions import LATE, DecisionKind, Dossier, Pin
from evalbatch.model.evaluation import Status
from evalbatch.model.names import same_name
from evalbatch.model.record import Change, RosterEntry
from evalbatch.nightly.setup import Setup, digest
from evalbatch.results.history import CAUSES, Draft, FirstSeen, PublishedFigures
from evalbatch.results.ledger import Ledger

HELD = ("handed_in", "review", "appeal", "waiver", "policy")
"""What moves no figure of a frozen project."""
FREEZE = "freeze"
"""The cause of a change that a freeze or its correction makes."""
FEW = 3
"""Projects that a change of profile or roster may move without being pointed out."""


@dataclass
class Comparison:
    """The publication that is being drafted, compared with the last one."""

    ledger: Ledger
    setup: Setup
    as_of: date
    drafted: dict[str, Draft] = field(default_factory=dict)
    found: list[Change] = field(default_factory=list)
    handed_in: list[FirstSeen] = field(default_factory=list)
    published: list[Change] = field(default_factory=list)

    def draft(
        self,
        subjects: Mapping[str, Subject],
        matched: Mapping[str, RosterEntry],
        dossiers: Mapping[str, Dossier],
        pins: Iterable[Pin] = (),
    ) -> list[Change]:
        """Return what differs from the last publication.

        Args:
            subjects: what each submission is about, by its name.
            matched: its roster line.
            dossiers: what the office has on file about it.
            pins: what is frozen.
        """
        pins = list(pins)
        decided = {name: _words(dossier) for name, dossier in dossiers.items()}
        for pin in pins:
            decided[pin.file] = {**decided.get(pin.file, {}), FREEZE: str(pin.revision)}
        digests = {file: known.digest for file, known in self.ledger.files().items()}
        published = self.ledger.history.marks()
        drafted: dict[str, Draft] = {}
        for told in self.ledger.history.told():
            subject = subjects.get(told.file)
            key = subject.key if subject else told.file
            name = key if key not in drafted else f"{key}#{told.file}"
            content = digests.get(told.file.partition("#")[0], "")
            made_from = {
                "handed_in": content,
                **decided.get(told.file, {}),
                **self._standards(subject.form if subject else ""),
                **self._office(told, matched.get(told.file)),
                "program": digest(),
            }
            if FREEZE in made_from:
                made_from = self._as_frozen(name, made_from)
            mark = _digest(repr((told, made_from)))
            draft = Draft(told.file, content, mark)
            same = published.get(name) == mark
            drafted[name] = draft if same else draft._replace(told=told, made_from=made_from)
        self.drafted = drafted
        withdrawn = Subjects(self.setup.roster).withdrawn()
        history = self.ledger.history
        self.found, self.handed_in = history.compare(drafted, self.as_of, withdrawn)
        late = {pin.subject for pin in pins}
        self.handed_in = [*self._beside(subjects, digests, late), *self.handed_in]
        return self.found

    def _beside(
        self, subjects: Mapping[str, Subject], digests: Mapping[str, str], frozen: Container[str]
    ) -> Iterator[FirstSeen]:
        """Yield the hand-ins that came in and never counted: another does, or was frozen before."""
        known = {(each.file, each.digest) for each in self.ledger.history.hand_ins()}
        for file, project in self.ledger.history.not_counting():
            digest = digests.get(file.partition("#")[0], "")
            if file in subjects and (file, digest) not in known:
                key = subjects[file].key
                result = LATE if key in frozen else Status.SUPERSEDED.label
                yield FirstSeen(self.as_of, project, file, digest, result, key)

    def _as_frozen(self, subject: str, made_from: dict[str, str]) -> dict[str, str]:
        """Return what a frozen project was made from: what came since is a cause only when a
        correction opens it.
        """
        before = self.ledger.history.said(subject)
        if before is None or before.made_from.get(FREEZE) != made_from[FREEZE]:
            return made_from
        return made_from | {cause: before.made_from.get(cause, "") for cause in HELD}

    def remember(self) -> None:
        """Keep what was drafted as what is published now; in the transaction that declares it."""
        history = self.ledger.history
        history.remember(self.drafted, self.found, self.handed_in, self.as_of)
        self.published, self.found, self.handed_in = self.found, [], []

    def hand_ins(self) -> dict[str, list[FirstSeen]]:
        """Return every hand-in, those being drafted last, by the files that are published now."""
        by_subject: dict[str, list[FirstSeen]] = {}
        for each in (*self.ledger.history.hand_ins(), *self.handed_in):
            by_subject.setdefault(each.subject, []).append(each)
        return {draft.file: by_subject.get(key, []) for key, draft in self.drafted.items()}

    def _standards(self, form: str) -> Mapping[str, str]:
        return {"policy": self._policies.get(form, "")}

    @cached_property
    def _policies(self) -> dict[str, str]:
        """Digest what scores each form: the form itself and its profile."""
        found = {}
        for name, form in self.setup.forms.items():
            text = form.model_dump_json() + self.setup.policies[name].model_dump_json()
            found[name] = _digest(text)
        return found

    def _office(self, told: PublishedFigures, entry: RosterEntry | None) -> Mapping[str, str]:
        """Digest what roster and waivers say about a project."""
        waived = [each for each in self.setup.waivers if same_name(each.project, told.project)]
        line = repr(entry) if entry else ""
        return {"roster": _digest(line), "waiver": _digest(repr(waived) if waived else "")}


def _words(dossier: Dossier) -> dict[str, str]:
    """Digest what the office has on file about a hand-in: reviews with the draw, and appeals."""
    texts = {"review": dossier.drawn, "appeal": repr(dossier.appeals) if dossier.appeals else ""}
    for each in dossier.decisions:
        cause = "appeal" if each.kind is DecisionKind.APPEAL else "review"
        said = (each.key, each.facts, each.score, each.verdict, each.by, each.on, each.reason)
        texts[cause] += repr(said)
    return {cause: _digest(said) for cause, said in texts.items()}


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16] if text else ""


def pointed_out(found: Iterable[Change]) -> Iterator[str]:
    """Yield a line for each cause of the office's own that moved more than a few results."""
    named = {"policy": "评分口径变动", "roster": "名册变动"}
    moved: dict[str, set[str]] = {cause: set() for cause in named}
    for change in found:
        if change.cause in moved:
            moved[change.cause].add(change.project)
    for cause, projects in moved.items():
        if len(projects) > FEW:
            yield f"{named[cause]}影响 {len(projects)} 个项目的结果，详见汇总表“变动”"


def told(found: Iterable[Change]) -> Iterator[str]:
    """Yield the lines of a preview: every change with its cause, then what moved many."""
    changes = list(found)
    if not changes:
        yield "预演：已公布的结果不会变动（首次报来的不列）。没有发布任何结果。"
        return
    projects = {(change.department, change.project) for change in changes}
    yield f"预演：将改变 {len(projects)} 个项目的 {len(changes)} 项已公布内容。没有发布任何结果。"
    for change in changes:
        yield line(change)
    yield from pointed_out(changes)


def line(change: Change) -> str:
    """Return a change in one line: where, what, before and after, why."""
    named = f"{change.department}　{change.project}　{change.what}"
    before, after = change.before or "—", change.after or "—"
    return f"  {named}：{before} → {after}（{CAUSES[change.cause]}）"
