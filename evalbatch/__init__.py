"""evalbatch: batch processing of budget performance evaluation workbooks (预算绩效评价).

The names in `__all__` are what other programs may rely on. They are typed and documented;
everything else may change with every version.
"""

import os
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evalbatch.model.evaluation import Evaluation, Refusal
    from evalbatch.results.frames import Results


__version__ = "0.1.0"
__all__ = ["Evaluation", "Refusal", "Results", "check", "read_results"]

_Folder = str | os.PathLike[str]


def read_results(
    folders: _Folder | Iterable[_Folder], *more: _Folder, exact: bool = False
) -> "Results":
    """Read what runs published, of one cycle or of several.

    Args:
        folders: an output folder, or several; `more` are further ones.
        more: further output folders.
        exact: scores, money and rates as `Decimal` instead of `float64`.

    Returns:
        The tables as pandas DataFrames; of several folders with a column `cycle`.

    Raises:
        ValueError: a folder holds no results; the message is Chinese.
        TypeError: something given is no path.
    """
    from evalbatch.results.frames import Results  # noqa: PLC0415 - importing the package costs nothing

    try:
        first = [folders] if isinstance(folders, str | os.PathLike) else list(folders)
        paths = [Path(folder) for folder in (*first, *more)]
    except TypeError as error:
        raise TypeError(f"结果文件夹应为路径，现为 {folders!r}") from error
    return Results(paths, exact=exact)


def check(
    file: _Folder, *, settings: _Folder | None = None, as_of: date | None = None, sheet: str = ""
) -> "Evaluation | Refusal":
    """Read and check a workbook as `evalbatch check` does, and publish nothing.

    Args:
        file: the workbook.
        settings: the settings file (evalbatch.toml) of a cycle; without one the forms and policies
            that come with the program.
        as_of: the day that counts as today; today when none is given.
        sheet: which form is meant where a workbook holds several: the sheet that it begins on; of
            those on one sheet what `file` has behind `#`.

    Returns:
        The evaluation, with scores, grade and findings; a refusal, with findings only, when it
        cannot be read as a form.

    Raises:
        OSError: the file cannot be opened.
        ValueError: the settings are faulty, or the workbook holds several forms and none of them
            was named.
        TypeError: something given is no path, or `as_of` no date.
    """
    from evalbatch.nightly.single_check import examine_one  # noqa: PLC0415 - as above

    today = as_of or date.today()  # noqa: DTZ011 - the caller's local day
    if not isinstance(today, date):
        raise TypeError(f"as_of 应为 datetime.date，现为 {type(today).__name__}")
    today = today.date() if isinstance(today, datetime) else today
    return examine_one(Path(file), Path(settings) if settings else None, today, sheet)


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    if name == "Results":
        from evalbatch.results.frames import Results  # noqa: PLC0415 - as above

        return Results
    if name in __all__:
        from evalbatch.model import evaluation  # noqa: PLC0415 - as above

        return getattr(evaluation, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
