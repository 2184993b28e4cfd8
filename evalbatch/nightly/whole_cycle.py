"""A cycle as a whole: what is known of each workbook from the others and from the office, and what
is published of all together.
"""

import shutil
import traceback
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache, partial
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

from evalbatch import __version__, output_files
from evalbatch.checks import across, catalogue, whole_plan
from evalbatch.checks.across import Across
from evalbatch.checks.whole_plan import planned
from evalbatch.cycle.baseline import Baseline, Key, remembered
from evalbatch.cycle.draw import Draw, ticket
from evalbatch.cycle.matching import Matcher, expect
from evalbatch.cycle.monitoring import beside_final
from evalbatch.cycle.review_desk import ReviewDesk
from evalbatch.cycle.review_waiting import Judged, deviations, judged, receipt_lines, reviews
from evalbatch.cycle.subjects import Subjects
from evalbatch.errors import Trouble
from evalbatch.model.decisions import Dossier, Pin, ReviewState, Stage
from evalbatch.model.evaluation import Evaluation, Status
from evalbatch.model.finding import Finding, Observation, Severity
from evalbatch.model.identity import submission_year
from evalbatch.model.names import normal_name
from evalbatch.model.place import Place
from evalbatch.model.record import (
    DATA,
    REPORT,
    REPORTS,
    STATUS,
    SUMMARY,
    Change,
    Cycle,
    Delivery,
    Expected,
    FollowUp,
    GradeUse,
    Monitored,
    Monitoring,
    Noticed,
    Record,
    RosterEntry,
    Sampling,
    weak_grades,
)
from evalbatch.nightly.changes import Comparison
from evalbatch.nightly.extract import PackedExtract, superseded
from evalbatch.nightly.hand_ins import HandIns, MonitoredProject, extracts, received
from evalbatch.nightly.kept_workbooks import LISTING, listing
from evalbatch.nightly.ledger_records import Records
from evalbatch.nightly.pool import beside
from evalbatch.nightly.publication import CyclePublication
from evalbatch.nightly.setup import Setup
from evalbatch.nightly.setup import digest as program_digest
from evalbatch.output_files import safe_name
from evalbatch.publish import annual_report, overall_report, reconcile, status_page
from evalbatch.publish.reconcile import Totals, UnreconciledError
from evalbatch.publish.sentences import say
from evalbatch.publish.status_page import Method
from evalbatch.publish.summary import summary_workbook
from evalbatch.results import tables
from evalbatch.results.rows import Row
from evalbatch.results.schema import schema
from evalbatch.results.tally import UNNAMED_DEPARTMENT, View, short
from evalbatch.standards.policy import grade_words, low_rate

Made = TypeVar("Made")
UNNAMED = "未填单位"
TOGETHER = 128
"""Monitored projects whose records are read at a time."""
LOOKED_AT = 2
"""Sets of hand-ins that are compared: those that are there, and earlier ones."""
MANY = 1000
"""Records from which on a second process is worth its start."""


@dataclass(frozen=True)
class WholeCycle:
    """A cycle as one run sees it; `named` says that the user named the as-of date: it shows even
    where nothing depends on it.
    """

    setup: Setup
    as_of: date
    named: bool = False
    deliveries: tuple[Delivery, ...] = ()
    desk: ReviewDesk | None = None
    records: Iterable[Record] = ()
    comparison: Comparison | None = None

    @property
    def setting(self) -> str:
        """Digest what the cycle's outputs depend on besides the records."""
        setup = self.setup
        moving = (
            self.named
            or any(entry.deadline for entry in setup.roster)
            or any(waiver.until for waiver in setup.waivers)
        )
        day = self.as_of if moving else ""
        parts = (
            setup.settings.cycle,
            setup.roster,
            setup.waivers,
            self.deliveries,
            sorted(self._sent_out.items()),
            day,
        )
        kept = setup.settings.archive.years
        office = (setup.settings.review, kept, self.desk.digest() if self.desk else "")
        return sha256(repr((parts, office)).encode()).hexdigest()

    @cached_property
    def matcher(self) -> Matcher:
        """Finds the roster's line of a workbook."""
        return Matcher(self.setup.roster)

    @cached_property
    def naming(self) -> Subjects:
        """Names what workbooks are about."""
        return Subjects(self.setup.roster)

    def across(
        self, packed: Iterable[PackedExtract], earlier: Iterable[PackedExtract] = ()
    ) -> Mapping[str, Sequence[Noticed]]:
        """Say what is known about each submission from outside its workbook.

        Duplicates, copies, what contradicts the roster or what was approved, and what was found
        before, in content that is no longer there (`earlier`), and not mended; and what the office
        decided about it.
        """
        hand_ins = self._hand_ins(packed)
        seen: dict[str, list[Noticed]] = defaultdict(list)
        for name, found in self._look(hand_ins, self._hand_ins(earlier)).by_file.items():
            seen[name] += found
        for name, each in hand_ins.seen():
            seen[name].append(each)
        for name, dossier in self._dossiers(hand_ins).items():
            seen[name].append(dossier)
        self._hold(hand_ins, seen)
        for name, line in hand_ins.lines.items():
            if line.withdrawn:
                seen[name].append(_withdrawn(name, line))
        for name, told in self._foreseen(hand_ins, seen):
            seen[name].append(told)
        return seen

    def _foreseen(
        self, hand_ins: HandIns, seen: Mapping[str, Sequence[Noticed]]
    ) -> Iterator[tuple[str, Monitoring]]:
        """Yield by scored hand-in what monitoring of its project foresaw, where nothing speaks
        against that, neither by itself nor from outside.
        """
        for each in hand_ins.monitored():
            noticed = [one for one in seen.get(each.file, ()) if isinstance(one, Observation)]
            policy = self.setup.policies[each.form]
            grave = any(
                catalogue.finding(one, policy).severity is Severity.ERROR for one in noticed
            )
            if each.in_order and not grave and not superseded(each.file, noticed):
                yield from ((name, each.told) for name in each.finals)

    @property
    def _awaited(self) -> tuple[RosterEntry, ...]:
        """The lines of the roster that were not withdrawn."""
        return tuple(entry for entry in self.setup.roster if not entry.withdrawn)

    def _hold(self, hand_ins: HandIns, seen: dict[str, list[Noticed]]) -> None:
        """Let what is frozen count, whatever came since: that is handed in after the freeze."""
        pins = self.desk.holding() if self.desk else []
        named: dict[str, list[str]] = defaultdict(list)
        for name, subject in hand_ins.subjects.items() if pins else ():
            named[subject.key].append(name)
        for pin in pins:
            names = named.get(pin.subject, [])
            for name in names if pin.file in names else ():
                seen[name] = [each for each in seen[name] if not _chooses(each)]
                if name != pin.file:
                    seen[name].append(_after_freeze(name, pin))

    def _dossiers(self, hand_ins: HandIns) -> Mapping[str, Dossier]:
        """Return what the office has on file about submissions, by their names."""
        if self.desk is None:
            return {}
        subjects, review = hand_ins.subjects, self.setup.settings.review
        lines = [self.naming.of_line(entry).key for entry in self.setup.roster]
        lines = lines or sorted({subject.key for subject in subjects.values()})
        late = hand_ins.days_late() if review.late else {}
        draw = Draw(review, self.setup.previous, self.desk.threshold(review, lines), late)
        return self.desk.dossiers(subjects, lambda: self.records, draw)

    def judged_rows(self, records: Records) -> Iterator[Judged]:
        """Yield every scored row of the workbooks that count, with what is derived for it."""
        hand_ins = self._hand_ins(records.extracts())
        return judged(records, hand_ins.subjects, self._dossiers(hand_ins))

    def _hand_ins(self, packed: Iterable[PackedExtract]) -> HandIns:
        return self._known_hand_ins(tuple(packed))

    @cached_property
    def _known_hand_ins(self) -> Callable[[tuple[PackedExtract, ...]], HandIns]:
        """Finds out what is known of hand-ins, once for the same ones: they are looked at before
        and after workbooks are computed again, and when the cycle is published.
        """
        return lru_cache(LOOKED_AT)(self._found_hand_ins)

    def _found_hand_ins(self, packed: tuple[PackedExtract, ...]) -> HandIns:
        cycle, policies = self.setup.settings.cycle, self.setup.policies
        approved = frozenset(form.id for form in self.setup.forms.values() if form.baseline)
        return HandIns(extracts(packed), self.matcher, cycle, approved, self._sent_out, policies)

    @cached_property
    def _sent_out(self) -> Mapping[Key, Baseline]:
        return remembered(self.setup.settings.paths.output)

    @cached_property
    def _look(self) -> Callable[[HandIns, HandIns], Across]:
        """Looks across hand-ins and earlier ones, once for the same ones."""
        return lru_cache(1)(self._looked)

    def _looked(self, hand_ins: HandIns, earlier: HandIns) -> Across:
        limits = {
            form: self.setup.policies[form].limits
            for form in {each.form for each in hand_ins.prints}
        }
        return across.look_across(
            hand_ins.prints, limits, planned(self.setup.roster), earlier.prints, hand_ins.doubtful
        )

    def publish(self, folder: Path, records: Records) -> CyclePublication:
        """Write what is published for the whole cycle into a folder, reconciled.

        What the program itself fails on is left out, and said.

        Raises:
            OutputError: the file system refuses; in Chinese.
        """
        hand_ins = self._hand_ins(records.extracts())
        cycle, edge = self.cycle(records, hand_ins), Edge(folder)
        many = len(records) >= MANY
        second = beside if many else nullcontext
        data = partial(_tables, folder / DATA, records, self._writer)
        ordered = records.beginning_with(_in_roster(cycle.expected))
        with second(partial(_counted, _for_counting(cycle, ordered))) as viewed:
            cycle = self._told(cycle, records, hand_ins)
            with second(data) as written:
                kept = records.kept(SUMMARY, self._writer)
                write = partial(summary_workbook.write, folder / SUMMARY, cycle)
                view = edge.tried(SUMMARY, partial(write, ordered.pages(), kept, viewed))
                kept.close()
                view = view or View.of(cycle)
                view.cycle = cycle
                counted = edge.tried(DATA, written)
        totals, template = Totals.of(view.tally), self.setup.templates.get("total")
        edge.tried(DATA, partial(reconcile.verify_tables, folder / DATA, totals, counted))
        verify = partial(reconcile.verify_summary, folder / SUMMARY, totals)
        with (
            beside(verify) if many and SUMMARY not in edge.faults else nullcontext(verify) as agree
        ):
            edge.tried(REPORT, partial(_report, folder / REPORT, view, template))
            annual = edge.tried(REPORTS, lambda: list(self._organisations(records)))
            for path, render in annual or ():
                edge.tried(path, partial(_placed, folder / path, render))
            if archived := records.archived():
                listed = partial(listing, archived, self.setup.settings.archive.years)
                edge.tried(LISTING, partial(_placed, folder / LISTING, listed))
            status = partial(self._status_page, folder / STATUS, view, records, edge.faults)
            edge.tried(STATUS, status)
            edge.tried(SUMMARY, agree)
        if SUMMARY in edge.faults:  # the page says so
            edge.tried(STATUS, status)
        awaited = sum(1 for each in cycle.expected if each.missing)
        return CyclePublication(awaited, edge.faults)

    def _told(self, cycle: Cycle, records: Records, hand_ins: HandIns) -> Cycle:
        """Keep what is said of the cycle as a whole, and return it with what differs from the last
        publication and what is to be put right.
        """
        if self.comparison:
            differing = self._compared(self.comparison, hand_ins)
            cycle = replace(cycle, changes=(*cycle.changes, *differing))
        records.tell(cycle)
        return replace(cycle, follow_up=tuple(map(_problem, records.results.rows("follow_up"))))

    @property
    def _writer(self) -> str:
        """Digest what else than the records decides how they are written."""
        return sha256(repr((program_digest(), self.setup.previous)).encode()).hexdigest()

    def _status_page(
        self, path: Path, view: View, records: Records, faults: Collection[str]
    ) -> None:
        view.projects.explain(records.whole(view.projects.unexplained))
        policies = [self.setup.policies[form] for form in view.cycle.scales]
        method = Method(
            tuple({policy.id: policy for policy in policies}.values()),
            self.setup.settings.cycle.deadline,
            __version__,
        )
        hand_ins = self.comparison.hand_ins() if self.comparison else {}
        broken = (each.file for each in records.files().values() if each.fault)
        page = status_page.render(view, method, hand_ins, {*faults, *broken})
        output_files.replace(path, page)

    def cycle(self, records: Records, hand_ins: HandIns | None = None) -> Cycle:
        """Return the cycle as it stands; `hand_ins` where they are known already."""
        setup, settings = self.setup, self.setup.settings.cycle
        hand_ins = hand_ins or self._hand_ins(records.extracts())
        self._freeze(records, hand_ins)
        told = records.telling(self._facts(hand_ins))
        expected = (
            expect(self._awaited, hand_ins.lines, told.outlines(), self.as_of)
            if setup.roster
            else ()
        )
        told = told.beginning_with(_in_roster(expected))
        used = sorted({each.form for each in hand_ins.prints})
        policies = [setup.policies[form] for form in used]
        profiles = dict.fromkeys(policy.name for policy in policies)
        cycle = Cycle(
            settings.name,
            settings.organiser,
            self.as_of,
            tuple(profiles),
            told,
            expected,
            (),
            self.deliveries,
        )
        seen = [
            *self._look(hand_ins, self._hand_ins(records.earlier())).whole,
            *whole_plan.differences(told.evaluations(), setup.forms),
            *across.missing(expected),
        ]
        if setup.waivers and setup.settings.paths.waivers:
            seen += across.idle_waivers(
                setup.waivers, told.outlines(), self.as_of, setup.settings.paths.waivers.name
            )
        came_in = received(told.arrived(), records.files(), records.entries())
        found = tuple(_cycle_findings(seen))
        scales = {form: grade_words([setup.policies[form]]) for form in used}
        cycle = replace(
            cycle, grades=grade_words(policies), scales=scales, low_rate=low_rate(policies)
        )
        cycle = replace(
            cycle, findings=found, previous=dict(setup.previous) or None, received=came_in
        )
        cycle = replace(cycle, sampling=self._sampling, uses=tuple(self._uses(used)))
        whole = frozenset(form for form in used if setup.forms[form].whole_department)
        cycle = replace(cycle, whole_forms=whole)
        cycle = replace(cycle, changes=tuple(records.changes()))
        cycle = replace(cycle, monitored=tuple(_monitored(list(hand_ins.monitored()), told)))
        return self._with_reviews(cycle, told)

    def _facts(self, hand_ins: HandIns) -> Mapping[str, Mapping[str, object]]:
        """Return what is known of each submission besides its own record (columns of `Record`)."""
        seed = self.setup.settings.review.seed
        chosen = self.desk.drawn if self.desk else {}
        keys = {name: subject.key for name, subject in hand_ins.subjects.items()}
        return {
            name: {
                **facts,
                "ticket": ticket(seed, keys[name]) if seed and name in keys else "",
                "drawn": chosen.get(keys.get(name, ""), ""),
            }
            for name, facts in hand_ins.facts()
        }

    @property
    def _sampling(self) -> Sampling:
        review = self.setup.settings.review
        lines = [self.naming.of_line(entry).key for entry in self.setup.roster]
        top = self.desk.threshold(review, lines) if self.desk else None
        return Sampling(review.seed, review.share, review.number, top or "")

    def _uses(self, forms: Iterable[str]) -> Iterator[GradeUse]:
        """Yield what the profiles of forms propose for next year's budget, by grade."""
        for form in forms:
            title, policy = short(self.setup.forms[form].title), self.setup.policies[form]
            low = weak_grades(grade_words([policy]))
            for each in policy.applications:
                used = (title, each.grade, each.meaning, each.quoted)
                yield GradeUse(*used, low=each.grade in low)

    def _freeze(self, records: Records, hand_ins: HandIns) -> None:
        """Freeze what the office calls final, and note the stage of all that is."""
        if self.desk is None:
            return
        subjects = hand_ins.subjects
        digests = {file: known.digest for file, known in records.files().items()}
        expected = map(self.naming.of_line, self.setup.roster)
        self.desk.freeze(records, subjects, digests, expected)
        outlines = records.outlines() if self.desk.pins else ()
        counted = {each.file for each in outlines if each.status is not Status.SUPERSEDED}
        subjects = {name: subjects[name] for name in counted & subjects.keys()}
        stages, opened = self.desk.stages(subjects), self.desk.opened(subjects)
        for name, line in hand_ins.lines.items():
            if line.withdrawn:
                stages[name] = {
                    "stage": Stage.WITHDRAWN.value,
                    "revision": None,
                    "corrected": "",
                }
        for told in filter(None, (stages, opened)):
            records.telling(told)

    def _with_reviews(self, cycle: Cycle, records: Records) -> Cycle:
        """Add the office's decisions and the receipt for what it wrote."""
        decisions = self.desk.journal.decisions() if self.desk else []
        if self.desk is None or not (decisions or self.desk.receipts):
            return cycle
        rows = list(self.judged_rows(records)) if decisions else []
        published, orphans = reviews(decisions, rows, self.setup.settings.review.seed)
        split = [each for each in rows if each.ruling.state is ReviewState.SPLIT]
        receipts, objections = self.desk.receipts, self.desk.appeals
        late = self.desk.waiting_for_correction()
        lines = receipt_lines(receipts, orphans, split, objections, late)
        decided = sum(1 for each in rows if each.ruling.state is ReviewState.DECIDED)
        cycle = replace(cycle, reviews=published, receipts=tuple(lines), decided=decided)
        return replace(cycle, deviations=deviations(rows))

    def changes(self, records: Records) -> Sequence[Change]:
        """Return what would differ from the last publication."""
        hand_ins = self._hand_ins(records.extracts())
        self.cycle(records, hand_ins)  # notes what is known only when a cycle is published
        return self._compared(self.comparison, hand_ins) if self.comparison else []

    def _compared(self, comparison: Comparison, hand_ins: HandIns) -> Sequence[Change]:
        subjects = hand_ins.subjects
        if self.desk is None:
            return comparison.draft(subjects, hand_ins.lines, {})
        dossiers = self.desk.dossiers(subjects, lambda: self.records)
        return comparison.draft(subjects, hand_ins.lines, dossiers, self.desk.holding())

    def _organisations(self, records: Records) -> Iterator[tuple[str, Callable[[], bytes]]]:
        """Yield where the annual report of each organisation stands, over the workbooks of all its
        offices, and what renders it.
        """
        counted = [each for each in records.evaluations() if each.status is not Status.SUPERSEDED]
        taken = set(map(output_files.fold, records.reports))
        for (form_id, organised, year), group in groupby(
            sorted(counted, key=_organisation), key=_organisation
        ):
            evaluations = list(group)
            form, policy = self.setup.forms[form_id], self.setup.policies[form_id]
            template = self.setup.templates.get("organisation")
            path = _place(_named(evaluations[0]), year)
            while output_files.fold(path) in taken:
                folder, _, name = path.rpartition("/")
                path = f"{folder}/{output_files.tagged(name, f'{form_id}/{organised}/{path}')}"
            taken.add(output_files.fold(path))
            yield (
                path,
                partial(
                    annual_report.render, evaluations, form, policy, self.as_of, template=template
                ),
            )


class Edge:
    """The edge of publishing: a fault of ours on one output does not keep the others back.

    `drafts` is the folder in which outputs are written by their paths; without one, what is tried
    is only named.
    """

    def __init__(self, drafts: Path | None = None) -> None:
        self._drafts = drafts
        self.faults: dict[str, str] = {}

    def tried(self, path: str, work: Callable[[], Made]) -> Made | None:
        """Do work on an output; a fault is recorded by its path with the traceback, and what was
        drafted of the output removed. Nothing more is tried on one that failed.

        Raises:
            Trouble, OSError, MemoryError: what is no fault of ours.
        """
        if path in self.faults:
            return None
        try:
            return work()
        except UnreconciledError:
            self._note(path)
        except (Trouble, OSError, MemoryError):
            raise
        except Exception:  # noqa: BLE001 - the edge
            self._note(path)
        return None

    def _note(self, path: str) -> None:
        self.faults[path] = traceback.format_exc()
        if self._drafts is not None:
            draft = self._drafts / path
            shutil.rmtree(draft) if draft.is_dir() else draft.unlink(missing_ok=True)


def _monitored(projects: Sequence[MonitoredProject], records: Records) -> Iterator[Monitored]:
    """Yield what accepted monitoring forms foresaw, beside what the hand-ins that count tell."""
    for at in range(0, len(projects), TOGETHER):
        some = projects[at : at + TOGETHER]
        names = dict.fromkeys(name for each in some for name in (each.file, *each.finals))
        by_name = {record.file: record for record in records.scored(tuple(names))}
        for each in some:
            if by_name[each.file].status is not Status.ACCEPTED:
                continue
            finals = [by_name[name] for name in each.finals]
            counting = [one for one in finals if one.status is not Status.SUPERSEDED]
            whose = (short(each.department) or UNNAMED_DEPARTMENT, each.title)
            for final in counting or (None,):
                yield from beside_final(*whose, each.told, final)


def _problem(row: Row) -> FollowUp:
    """Return a row of the list of what is to be put right."""
    told = dict(zip(schema()["follow_up"].names, row, strict=True))
    lost = told.pop("lost")
    texts = {name: text or "" for name, text in told.items()}
    return FollowUp(**texts, lost=None if lost is None else Decimal(lost))


def _in_roster(expected: Iterable[Expected]) -> Iterator[str]:
    """Yield what came in for the lines of the roster, in their order."""
    return (file for line in expected for file in line.files)


def _for_counting(cycle: Cycle, records: Records) -> Cycle:
    """Return a cycle with as little of its records as its counts need, and nothing of what came
    in, so that it travels lightly to the process that counts.
    """
    previous = {
        key: replace(each, scores=replace(each.scores, rows=(), nodes=()) if each.scores else None)
        for key, each in (cycle.previous or {}).items()
    }
    return replace(cycle, records=records.brief(), previous=previous or None, received=())


def _counted(cycle: Cycle) -> View:
    """Count a cycle in another process. The records stay there: they would open the ledger once
    more where the counts arrive.
    """
    view = View.of(cycle)
    view.cycle = replace(cycle, records=())
    return view


def _report(path: Path, view: View, template: bytes | None) -> None:
    output_files.replace(path, overall_report.render(view, template))


def _tables(folder: Path, records: Records, writer: str) -> Totals | None:
    """Write the CSV files and count what they say, None where they cannot be read again."""
    kept = records.kept(DATA, writer)
    tables.write(folder, records.results, kept)
    kept.close()
    with suppress(*reconcile.UNREADABLE_TABLES):
        return reconcile.counted(folder)
    return None


def _placed(path: Path, render: Callable[[], bytes]) -> None:
    output_files.replace(path, render())


def _named(evaluation: Evaluation) -> str:
    return (
        evaluation.submission.text("organisation")
        or evaluation.submission.text("department")
        or UNNAMED
    )


def _organisation(evaluation: Evaluation) -> tuple[str, str, str]:
    submission = evaluation.submission
    stated = submission_year(submission)
    return submission.form, normal_name(_named(evaluation)), stated


def _place(name: str, year: str) -> str:
    """Return where the summary of an organisation's year stands."""
    return f"{REPORTS}/{safe_name(name)}/{safe_name(say('annual.title', year=year), '.docx')}"


def _cycle_findings(seen: Iterable[Observation]) -> list[Finding]:
    found = (catalogue.finding(observation) for observation in seen)
    return sorted(found, key=attrgetter("gravity"))


def _chooses(noticed: Noticed) -> bool:
    """Whether it says which of several hand-ins counts."""
    return isinstance(noticed, Observation) and noticed.code == "D01"


def _after_freeze(name: str, pin: Pin) -> Observation:
    figures = {"project": pin.title, "on": pin.on.isoformat(), "by": pin.by}
    return Observation("D01", (Place(name),), name, pin.file, "frozen", figures)


def _withdrawn(name: str, line: RosterEntry) -> Observation:
    figures = {"project": line.title}
    return Observation("D14", (Place(name),), line.withdrawn, figures=figures)
