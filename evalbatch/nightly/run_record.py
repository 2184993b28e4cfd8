"""The record of a run: runs/<id>.json for machines, a few lines in Chinese for people."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from evalbatch import __version__
from evalbatch.model.evaluation import Status
from evalbatch.model.record import ARCHIVE, DATA
from evalbatch.nightly.batch import Result
from evalbatch.nightly.setup import Setup
from evalbatch.results.ledger import Ledger

NAMED = 3
"""Files that are named one by one in the closing summary."""


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: its id, what it did, how many seconds it took, and what else is to be said
    about it (Chinese).
    """

    name: str
    result: Result
    seconds: float
    notices: tuple[str, ...] = ()


def describe(
    run: Run, setup: Setup, as_of: date, ledger: Ledger, *, started: datetime, finished: datetime
) -> bytes:
    """Return the record of a run as JSON."""
    result, states, computed = run.result, _states(ledger), set(run.result.computed)
    record = {
        "run": run.name,
        "program": __version__,
        "started": started.isoformat(timespec="seconds"),
        "finished": finished.isoformat(timespec="seconds"),
        "seconds": round(run.seconds, 3),
        "as_of": as_of.isoformat(),
        "forms": {form.id: form.version for form in setup.forms.values()},
        "policies": {form: policy.id for form, policy in setup.policies.items()},
        "counts": counts(result),
        "waiting": result.waiting,
        "missing": result.missing,
        "replaced": list(result.replaced),
        "ignored": result.ignored,
        "faults": result.faults,
        "unpublished": result.unpublished,
        "published": list(result.published),
        "held": result.held,
        "files": [
            {
                "file": file,
                "sha256": known.digest,
                "outcome": states.get(file, []),
                "computed": file in computed,
            }
            for file, known in sorted(ledger.files().items())
        ],
    }
    return _written(record).encode()


def _written(record: Mapping[str, object]) -> str:
    """Write a record as JSON, one line for each member of a list: the indenting writer takes its
    time with thousands.
    """
    compact = json.JSONEncoder(ensure_ascii=False).encode

    def lines(value: object) -> str:
        return (
            "[\n  " + ",\n  ".join(map(compact, value)) + "\n ]"
            if isinstance(value, list)
            else compact(value)
        )

    return (
        "{\n"
        + ",\n".join(f" {compact(name)}: {lines(value)}" for name, value in record.items())
        + "\n}\n"
    )


def _states(ledger: Ledger) -> dict[str, list[str]]:
    states: dict[str, list[str]] = {}
    for shelf in ledger.shelves():
        states.setdefault(shelf.file, []).append(shelf.status)
    return states


def counts(result: Result) -> dict[str, int]:
    """Return what there is of everything, by English names."""
    return {
        **{status.value: result.statuses.get(status.value, 0) for status in Status},
        "computed": len(result.computed),
        "unchanged": result.unchanged,
        "waiting": len(result.waiting),
        "missing": len(result.missing),
        "ignored": len(result.ignored),
        "faults": len(result.faults),
        "unpublished": len(result.unpublished),
        "published": len(result.published),
        "awaited": result.awaited,
        "held": len(result.held),
    }


def closing_lines(run: Run, output: str) -> Iterator[str]:
    """Yield the closing summary in Chinese; it fits a screen."""
    result = run.result
    total = sum(result.statuses.values())
    states = "，".join(
        f"{status.label} {result.statuses[status.value]}"
        for status in Status
        if result.statuses[status.value]
    )
    yield f"报送件 {total} 份：{states or '无'}"
    yield f"本次新处理 {len(result.computed)} 份，未变化 {result.unchanged} 份"
    yield (
        f"更新成果文件 {len(result.published)} 个{_made(result.published)}，用时 "
        f"{run.seconds:.1f} 秒"
    )
    if result.awaited:
        yield f"名册中尚未报送 {result.awaited} 项"
    if result.recovered:
        yield f"上次运行中断，本次已补完其 {result.recovered} 个文件"
    yield from _listed(
        "暂未处理，下次再读", [f"{file}：{reason}" for file, reason in result.waiting.items()]
    )
    yield from _listed(
        "收到但无法读取，不计入", [f"{file}：{why}" for file, why in result.unread.items()]
    )
    yield from _listed(
        "没有读取的其他条目", [f"{file}：{why}" for file, why in result.ignored.items()]
    )
    yield from _listed(
        "收件夹中已不见（结果仍保留；确认撤回请加 --forget-missing）", list(result.missing)
    )
    yield from _listed("已由新文件替代", list(result.replaced))
    yield from failure_lines(result)
    yield from run.notices
    yield f"结果在 {output}"


def failure_lines(result: Result) -> Iterator[str]:
    """Yield what the program failed on, and what another program kept it from putting in place."""
    yield from _listed("程序内部故障（与填报无关，详见运行记录）", list(result.faults))
    yield from _listed(
        "程序内部故障，未能生成，原有文件保留（详见运行记录）", list(result.unpublished)
    )
    yield from held_lines(result.held)


def one_line(run: Run) -> str:
    """Say in a line what a run did."""
    result = run.result
    head, *_ = closing_lines(run, "")
    left = {
        "暂未处理": len(result.waiting),
        "被占用未更新": len(result.held),
        "程序内部故障": len(result.faults) + len(result.unpublished),
    }
    more = "".join(f"，{words} {count} 个" for words, count in left.items() if count)
    return (
        f"{head}；新处理 {len(result.computed)} 份，更新成果文件 {len(result.published)} 个{more}，"
        f"用时 {run.seconds:.1f} 秒"
    )


def held_lines(held: Mapping[str, str]) -> Iterator[str]:
    """Yield what could not be put in place since another program holds it, and why."""
    yield from _listed(
        "未能更新的成果文件，其余已发布；请关闭后重新运行",
        [f"{path}：{reason.partition('；')[0]}" for path, reason in held.items()],
    )


def fault_lines(run: Run) -> Iterator[str]:
    """Yield a line for each workbook on which the program itself failed, with the last line of its
    traceback.
    """
    for file, trace in (*run.result.faults.items(), *run.result.unpublished.items()):
        yield (
            f"{file}：{(trace.strip().splitlines() or ['原因不明'])[-1]}（详见 "
            f"runs/{run.name}.json）"
        )


_FOLDERS: Final = {DATA: "数据表", ARCHIVE: "报送件存档"}
"""What readers call the folders whose names are English."""


def _made(published: Iterable[str]) -> str:
    """Name what was made: single files by name, folders with the number of files in them."""
    made = Counter(path.partition("/")[0] for path in published)
    names = "、".join(
        name if "." in name else f"{_FOLDERS.get(name, name)} {count} 个"
        for name, count in sorted(made.items(), reverse=True)
    )
    return f"（{names}）" if names else ""


def _listed(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        first = f"，前 {NAMED} 个" if len(lines) > NAMED else ""
        yield f"{title}（{len(lines)} 个{first}）："
        yield from (f"  {line}" for line in lines[:NAMED])
