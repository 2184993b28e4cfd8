"""Cycles compared: the tables of 分析.xlsx, as DataFrames, every figure from the published results.

Only like is compared with like. What another profile (口径), other weights or another form scored
is a line of its own, and the table says where the line breaks and why. Means are over graded
workbooks, as everywhere.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from evalbatch.errors import Trouble
from evalbatch.model.evaluation import PERSON, REVIEWED
from evalbatch.results.frames import Results
from evalbatch.results.renames import Proposal, Renames, proposals
from evalbatch.results.tally import RATE_BANDS

if TYPE_CHECKING:
    from pandas import DataFrame, Series


BANDS: Final = (0.0, *map(float, RATE_BANDS))
COMMONEST: Final = 30
MARKED: Final = "@"
"""Between the id of a profile and the mark of its rules."""
KEYS: Final = ["department", "form", "policy", "weights"]


class AnalysisError(Trouble, ValueError):
    """The cycles cannot be compared; the message says why in Chinese."""


class Break(NamedTuple):
    """Where a line breaks: from one year to the next, with what changed from what to what."""

    department: str
    form: str
    before: int
    year: int
    what: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class _Cycle:
    folder: Path
    year: int
    results: Results


class Years:
    """Several cycles side by side, by the year that they evaluate, the earliest first."""

    def __init__(self, folders: Sequence[Path], renames: Renames | None = None) -> None:
        """Read what was published.

        Raises:
            ResultsError: a folder holds no results.
            AnalysisError: a folder has no year, or two have the same.
        """
        self.renames = renames or Renames()
        cycles = [_cycle(folder) for folder in folders]
        self._cycles = sorted(cycles, key=lambda cycle: cycle.year)
        for one, other in pairwise(self._cycles):
            if one.year == other.year:
                raise AnalysisError(
                    f"{one.folder} 和 {other.folder} 都是 {one.year} 年度的结果，只能写其中一个。"
                )

    @property
    def years(self) -> list[int]:
        """The years, the earliest first."""
        return [cycle.year for cycle in self._cycles]

    @property
    def folders(self) -> dict[int, Path]:
        """The folder of each year."""
        return {cycle.year: cycle.folder for cycle in self._cycles}

    @cached_property
    def projects(self) -> "DataFrame":
        """Every graded workbook with its year, its department as it is called now, and the weights
        of its levels (`weights`, such as 产出指标50 效益指标30).

        A profile whose rules changed under the same id bears their mark (`cz2020_self@3f2a90cc`).
        """
        frame = self._together(lambda results: results.projects)
        frame = _with_marks(frame[frame["status"] == "graded"])
        merged: DataFrame = frame.merge(self._weights(), on=["cycle_year", "file"], how="left")
        merged["weights"] = merged["weights"].fillna("").astype("string")
        return merged

    @cached_property
    def indicators(self) -> "DataFrame":
        """Every scored row of graded workbooks, with form and profile of its workbook."""
        frame = self._together(lambda results: results.indicators)
        owners = self.projects[["cycle_year", "file", "form", "policy"]]
        merged: DataFrame = frame.merge(owners, on=["cycle_year", "file"], how="inner")
        return merged

    def _together(self, table: Callable[[Results], "DataFrame"]) -> "DataFrame":
        from pandas import concat  # noqa: PLC0415 - half a second, only for those who analyse

        frames = []
        for cycle in self._cycles:
            frame = table(cycle.results).copy()
            frame.insert(0, "cycle_year", cycle.year)
            if "grade" in frame:
                frame["grade"] = frame["grade"].astype("string")
            if "department" in frame:
                now = [self.renames.today(name, cycle.year) for name in frame["department"]]
                frame["department"] = now
            frames.append(frame)
        return concat(frames, ignore_index=True)

    def _weights(self) -> "DataFrame":
        """Return for each workbook what weight each of its levels has, as a text."""
        frame = self._together(lambda results: results.indicators)
        frame = frame[frame["weight"].notna() & (frame["level1"] != "")]
        sums = frame.groupby(["cycle_year", "file", "level1"], as_index=False)["weight"].sum()
        sums["weights"] = sums["level1"] + sums["weight"].map("{:g}".format)
        joined: DataFrame = (
            sums.groupby(["cycle_year", "file"])["weights"].agg(" ".join).reset_index()
        )
        return joined

    @cached_property
    def lines(self) -> "DataFrame":
        """The departments year by year: a row for each department, form, profile and weights that
        can be compared throughout, with count, mean, budget and executed of each year.
        """
        frame = self._usual()
        grouped = frame.groupby([*KEYS, "cycle_year"])
        summed = grouped.agg(
            count=("final_total", "count"),
            mean=("final_total", "mean"),
            budget=("budget", "sum"),
            executed=("executed", "sum"),
        )
        summed["rate"] = (summed["executed"] / summed["budget"]).where(summed["budget"] > 0)
        return summed.reset_index()

    def _usual(self) -> "DataFrame":
        """Return the graded workbooks, each with the weights that most of its kind have that year:
        one that differs from its fellows does not break a department's line.
        """
        frame = self.projects.copy()
        kind = ["department", "form", "policy", "cycle_year"]
        usual = frame.groupby(kind)["weights"].agg(_commonest).rename("usual").reset_index()
        frame = frame.merge(usual, on=kind)
        frame["weights"] = frame["usual"]
        return frame.drop(columns="usual")

    @cached_property
    def breaks(self) -> list[Break]:
        """Where the lines of departments break, and why."""
        found: list[Break] = []
        for (department, form), group in self.lines.groupby(["department", "form"]):
            rows = group.sort_values("cycle_year").drop_duplicates("cycle_year", keep="last")
            pairs = list(rows.itertuples())
            for old, new in pairwise(pairs):
                found += _broken(str(department), str(form), old, new)
        return found

    @cached_property
    def forms_changed(self) -> list[tuple[str, int, int, str, str]]:
        """Departments that handed in other forms than the year before: department, years, forms."""
        found = []
        for department, group in self.projects.groupby("department"):
            used = {
                int(str(year)): sorted(set(each["form"]))
                for year, each in group.groupby("cycle_year")
            }
            years = sorted(used)
            for before, year in pairwise(years):
                if used[before] != used[year]:
                    told = ("、".join(used[before]), "、".join(used[year]))
                    found.append((str(department), before, year, *told))
        return found

    @cached_property
    def grades(self) -> "DataFrame":
        """How many workbooks have which grade, by form, profile and year, with their share."""
        frame = self.projects[self.projects["grade"].notna() & (self.projects["grade"] != "")]
        keys = ["form", "policy", "cycle_year"]
        counted = frame.groupby([*keys, "grade"]).size().rename("count").reset_index()
        counted["share"] = counted["count"] / counted.groupby(keys)["count"].transform("sum")
        rank = {word: at for at, word in enumerate(self.grade_words)}
        counted["rank"] = counted["grade"].map(rank)
        return counted.sort_values([*keys, "rank"]).drop(columns="rank").reset_index(drop=True)

    @property
    def grade_words(self) -> list[str]:
        """The grades of all years, best first."""
        words: dict[str, None] = {}
        for cycle in self._cycles:
            words |= dict.fromkeys(cycle.results.projects["grade"].cat.categories)
        return list(words)

    @cached_property
    def execution(self) -> "DataFrame":
        """Score and execution rate of each graded project."""
        frame = self.projects
        known = frame[frame["execution_rate"].notna() & frame["final_total"].notna()]
        columns = ["cycle_year", "department", "project", "form", "policy", "rate_denominator"]
        return known[[*columns, "execution_rate", "final_total"]].reset_index(drop=True)

    @cached_property
    def bands(self) -> "DataFrame":
        """Mean scores by form, profile, denominator, year and band of the execution rate."""
        from pandas import cut  # noqa: PLC0415

        frame = self.execution.copy()
        edges = [*BANDS, float("inf")]
        frame["band"] = cut(frame["execution_rate"], edges, right=False, labels=list(BANDS))
        keys = ["form", "policy", "rate_denominator", "cycle_year"]
        grouped = frame.groupby([*keys, "band"], observed=True)["final_total"]
        return grouped.agg(["count", "mean"]).reset_index()

    @cached_property
    def left(self) -> "DataFrame":
        """Money left over by department and year, in 万元: the budget that counts for the rate less
        what was spent; a year with another denominator stands by itself.
        """
        frame = self.projects.copy()
        frame["base"] = frame["rate_base"].fillna(frame["budget"])
        frame = frame[frame["base"].notna() & frame["executed"].notna()]
        frame["left"] = frame["base"] - frame["executed"]
        keys = ["department", "form", "rate_denominator", "cycle_year"]
        summed = frame.groupby(keys, as_index=False)[["base", "executed", "left"]].sum().round(6)
        summed["rate"] = (summed["executed"] / summed["base"]).where(summed["base"] > 0)
        return summed

    @cached_property
    def findings(self) -> "DataFrame":
        """The commonest errors and warnings of workbooks that count, not waived: how many in each
        year, and in how many of a hundred workbooks.
        """
        frame = self._together(lambda results: results.findings)
        frame = frame[~frame["status"].isin(["superseded", ""]) & (frame["waived_by"] == "")]
        frame = frame[frame["severity"] != "note"]
        keys = ["code", "cycle_year"]
        counted = frame.groupby(keys).agg(
            title=("title", "last"),
            severity=("severity", "first"),
            count=("code", "size"),
            files=("file", "nunique"),
        )
        counted = counted.reset_index()
        counted["share"] = counted["files"] / counted["cycle_year"].map(self._workbooks)
        whole = counted.groupby("code")["count"].transform("sum")
        counted = counted.assign(whole=whole).sort_values(
            ["whole", "code", "cycle_year"], ascending=[False, True, True]
        )
        most = list(dict.fromkeys(counted["code"]))[:COMMONEST]
        return counted[counted["code"].isin(most)].drop(columns="whole").reset_index(drop=True)

    @property
    def _workbooks(self) -> dict[int, int]:
        frame = self._together(lambda results: results.projects)
        counts = frame[frame["status"] != "superseded"].groupby("cycle_year").size()
        return {int(str(year)): int(count) for year, count in counts.items()}

    @cached_property
    def kinds(self) -> "DataFrame":
        """The indicators by form, profile, level 1 and 2, and year: how many, mean weight, the
        share of the weight that was claimed and given, and how many a person decides.
        """
        frame = self.indicators
        frame = frame[frame["weight"].notna() & (frame["weight"] > 0)].copy()
        frame["by_person"] = frame["outcome"].isin([PERSON, REVIEWED])
        keys = ["form", "policy", "level1", "level2", "cycle_year"]
        known = frame[frame["final_score"].notna() & frame["claimed_score"].notna()]
        summed = known.groupby(keys)[["weight", "claimed_score", "final_score"]].sum()
        counted = frame.groupby(keys).agg(
            count=("weight", "size"), mean_weight=("weight", "mean"), by_person=("by_person", "sum")
        )
        counted["claimed"] = summed["claimed_score"] / summed["weight"]
        counted["given"] = summed["final_score"] / summed["weight"]
        return counted.reset_index()

    @cached_property
    def reviewed(self) -> "DataFrame":
        """Every row that a person decided, with how far it is from claim and rule in points."""
        frame = self.indicators
        frame = frame[frame["reviewed_score"].notna()].copy()
        frame["from_claim"] = frame["reviewed_score"] - frame["claimed_score"]
        frame["from_rule"] = frame["reviewed_score"] - frame["computed_score"]
        columns = ["cycle_year", "department", "project", "level1", "level2", "level3", "weight"]
        figures = ["claimed_score", "computed_score", "reviewed_score", "from_claim", "from_rule"]
        return frame[[*columns, *figures, "review_state"]].reset_index(drop=True)

    @cached_property
    def deviations(self) -> "DataFrame":
        """The deviations of re-checks by department and year: how many rows, how many were changed,
        the mean and the largest distance from the claim in points.
        """
        frame = self.reviewed.copy()
        frame["distance"] = frame["from_claim"].abs()
        frame["changed"] = frame["distance"] > 0
        grouped = frame.groupby(["department", "cycle_year"])
        return grouped.agg(
            count=("distance", "size"),
            changed=("changed", "sum"),
            mean=("from_claim", "mean"),
            distance=("distance", "mean"),
            largest=("distance", "max"),
        ).reset_index()

    @cached_property
    def proposals(self) -> list[Proposal]:
        """Names that may be one office; never joined by that."""
        names: dict[int, dict[str, list[str]]] = {}
        for cycle in self._cycles:
            frame = cycle.results.projects
            counted = frame[frame["status"] != "superseded"]
            own = names.setdefault(cycle.year, {})
            for department, project in zip(counted["department"], counted["project"], strict=True):
                if department:
                    own.setdefault(str(department), []).append(str(project))
        return list(proposals(names, self.renames))


def _cycle(folder: Path) -> _Cycle:
    results = Results([folder])
    stated = results.projects.loc[results.projects["status"] != "superseded", "year"]
    years = [text for text in stated if str(text).isdigit()]
    if not years:
        raise AnalysisError(f"{folder} 的结果中没有年度，无从比较。")
    return _Cycle(folder, int(_commonest(years)), results)


def _with_marks(frame: "DataFrame") -> "DataFrame":
    """Return workbooks with the profiles told apart that have one id and several marks; results
    published before there were marks are taken for those of the first mark.
    """
    pairs = list(zip(frame["policy"], frame["policy_mark"], strict=True))
    marks: dict[str, dict[str, None]] = {}
    for policy, mark in pairs:
        if mark:
            marks.setdefault(policy, {})[mark] = None
    told = []
    for policy, mark in pairs:
        known = list(marks.get(policy, ()))
        told.append(f"{policy}{MARKED}{mark or known[0]}" if len(known) > 1 else policy)
    named: DataFrame = frame.assign(policy=told).astype({"policy": "string"})
    return named


def _commonest(values: "Sequence[str] | Series[Any]") -> str:
    """Return the value that occurs most often, the first in the order of texts among equals."""
    counted = Counter(map(str, values))
    return min(counted, key=lambda value: (-counted[value], value))


def _broken(department: str, form: str, old: Any, new: Any) -> Iterator[Break]:
    if old.policy != new.policy:
        same = old.policy.partition(MARKED)[0] == new.policy.partition(MARKED)[0]
        told = ("rules" if same else "policy", old.policy, new.policy)
    elif old.weights != new.weights:
        told = ("weights", old.weights, new.weights)
    else:
        return
    yield Break(department, form, int(old.cycle_year), int(new.cycle_year), *map(str, told))
