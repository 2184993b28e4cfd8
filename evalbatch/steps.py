"""The steps that commands share: settings found, progress shown, mail sent. What a step needs is
imported when it runs.
"""

import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalbatch.console import answer
from evalbatch.errors import INTERNAL, OK, SETTINGS_NAME, STRICT, UNDELIVERED, USAGE, Trouble
from evalbatch.model.record import LEDGER

if TYPE_CHECKING:
    from evalbatch.mail.sending import SendingCount
    from evalbatch.model.record import Delivery
    from evalbatch.nightly.batch import RunOptions
    from evalbatch.nightly.progress import Progress
    from evalbatch.nightly.run_record import Run
    from evalbatch.nightly.setup import Setup
    from evalbatch.results.comparison import Years
    from evalbatch.results.renames import Renames
    from evalbatch.settings import Settings


OUTPUT = Path("output")
NO_CYCLE = (
    f"当前文件夹不是评价周期文件夹（其中没有 {SETTINGS_NAME}）。周期文件夹由 evalbatch init 建立，"
    "内有设置、名册、收件夹和结果；请进入该文件夹再运行，"
    f"或用 --settings 指明它的 {SETTINGS_NAME}。"
    "只想处理一个文件夹的，请运行 evalbatch run 收件夹 -o 结果文件夹。"
)
LOST_SETTINGS = (
    "{output} 中是一个评价周期的结果，它的设置文件 {made} 却不见了（或者是空的）；"
    "为免以缺省设置的结果替换，本次没有运行。请恢复设置文件，或用 --settings 指明。"
)
KEPT = 10  # workbooks left alone that are named one by one


def settings_of(file: Path | None) -> "Settings":
    """Load the settings named, else those of the current folder, else the defaults."""
    from evalbatch.settings import Settings  # noqa: PLC0415

    if file is None and not Path(SETTINGS_NAME).is_file():
        return Settings.default(Path("inbox"), OUTPUT)
    settings = Settings.read(file or Path(SETTINGS_NAME))
    if settings.faults:
        from evalbatch.nightly.setup import Setup  # noqa: PLC0415

        Setup.load(
            settings
        )  # raises: these faults and those of roster, waivers, forms and templates in one list
    return settings


def prefill(setup: "Setup", folder: Path) -> int:
    """Write one pre-filled workbook for each line of the roster."""
    from evalbatch.cycle.baseline import remember  # noqa: PLC0415
    from evalbatch.cycle.last_year_results import last_nodes  # noqa: PLC0415
    from evalbatch.cycle.prefilled_blanks import CycleFacts, blanks  # noqa: PLC0415

    cycle, roster = setup.settings.cycle, setup.settings.paths.roster
    if roster and not setup.roster:
        example = f"evalbatch blank {next(iter(setup.forms))}"
        raise click.UsageError(
            f"{roster.name} 中还没有登记项目；请先填写名册，或指明要哪种空白表，如 {example}"
        )
    facts = CycleFacts(
        cycle.name,
        cycle.year,
        (cycle.period_start, cycle.period_end),
        setup.previous,
        last_nodes(setup.settings.paths.last_year),
    )
    made = blanks(setup.roster, setup.forms, setup.policies, folder, facts)
    remember(setup.settings.paths.output, made.sent)
    new = len(made.written) - len(made.unchanged)
    click.echo(
        f"已在 {folder} 生成预填表 {new} 份，与原有相同、不变的 {len(made.unchanged)} 份，"
        f"已有同名文件、未改动的 {len(made.kept)} 份"
    )
    _name_some("已有同名文件，未改动", made.kept)
    _name_some("名册中已没有的项目，文件仍在，未改动", made.stray)
    return OK


def _name_some(what: str, paths: Sequence[Path]) -> None:
    for path in paths[:KEPT]:
        click.echo(f"{what}：{path}")
    if len(paths) > KEPT:
        click.echo(f"{what}的共 {len(paths)} 份")


def next_year(folder: Path, source: Path, year: int | None, day: date) -> None:
    """Make a cycle folder from last year's."""
    from evalbatch.checks.catalogue import CATALOGUE  # noqa: PLC0415
    from evalbatch.cycle.folder import create  # noqa: PLC0415
    from evalbatch.cycle.next_year import LastYear, taken  # noqa: PLC0415
    from evalbatch.nightly.setup import Setup  # noqa: PLC0415

    last = LastYear.load(source)
    setup = Setup.load(last.settings)
    chosen = year or (last.year + 1 if last.year else day.year)
    carried = taken(last, folder, chosen, day, setup.roster, setup.forms)
    made = create(
        folder,
        folder.resolve().name,
        chosen,
        setup.forms,
        setup.policies,
        {code: article.title for code, article in CATALOGUE.items()},
        carried.contents,
    )
    click.echo(f"已建立 {folder}：\n" + "\n".join(f"  {path.relative_to(folder)}" for path in made))
    for line in carried.lines:
        click.echo(line)


def empty(setup: "Setup", form: str | None, output: Path) -> int:
    """Write an empty workbook of a form, named by its id or title, or of every form; what stands
    there is left alone.
    """
    from evalbatch.cycle.prefilled_blanks import empty as written  # noqa: PLC0415
    from evalbatch.cycle.roster import form_named  # noqa: PLC0415
    from evalbatch.output_files import safe_name  # noqa: PLC0415

    named = form_named(form, setup.forms) if form else None
    if form and named is None:
        known = "、".join(f"{key}（{spec.title}）" for key, spec in setup.forms.items())
        raise click.UsageError(f"没有这种表：{form}（可用：{known}）")
    code = OK
    for name in [named] if named else setup.forms:
        path = (
            output
            if form and output.suffix
            else output / safe_name(setup.forms[name].title, ".xlsx")
        )
        if written(setup.forms[name], setup.policies[name], path):
            click.echo(f"已生成 {path}")
        else:
            click.echo(
                f"错误：已有同名文件，未改动：{path}；请换一个文件名，或先移走它。", err=True
            )
            code = USAGE
    return code


def export_form(settings: "Settings", name: str, output: Path | None) -> int:
    """Write a form's definition as a workbook; another file in its place is left alone."""
    from evalbatch.blanks.form_exchange import export  # noqa: PLC0415
    from evalbatch.cycle.roster import form_named  # noqa: PLC0415
    from evalbatch.output_files import replace, same  # noqa: PLC0415
    from evalbatch.standards.form_library import form_file, load_forms  # noqa: PLC0415
    from evalbatch.standards.form_source import FormSource  # noqa: PLC0415

    forms = load_forms(*filter(None, [settings.paths.forms]))
    known = form_named(name, forms)
    source = form_file(known, settings.paths.forms) if known else None
    if known is None or source is None:
        names = "、".join(f"{key}（{each.title}）" for key, each in forms.items())
        raise click.UsageError(f"没有这种表：{name}（可用：{names}）")
    path = output or Path(f"表样-{known}.xlsx")
    data = export(FormSource.load(source))
    if path.exists() and not same(path, data):
        raise Trouble(f"已有同名文件，未改动：{path}；请换一个文件名，或先移走它。")
    replace(path, data)
    click.echo(f"已导出 {path}（来自 {source}）")
    return OK


def import_form(settings: "Settings", file: Path, output: Path | None, *, dry_run: bool) -> int:
    """Write what changed in a form's workbook into its TOML, or only say what would be written."""
    from evalbatch.blanks.form_exchange import draw, import_of  # noqa: PLC0415
    from evalbatch.output_files import replace  # noqa: PLC0415
    from evalbatch.standards.policy_library import load_policies  # noqa: PLC0415

    planned = import_of(settings.paths.forms, file, output, anywhere=dry_run)
    policies = load_policies(*filter(None, [settings.paths.policies]))
    blank = draw(planned.result.form, file.name, policies, settings.policies)
    for line in (*planned.result.changes, *planned.result.advice):
        click.echo(line)
    if not planned.result.changes:
        click.echo("没有改动。")
    if dry_run:
        drawn = file.with_name(f"{file.stem}－空白表.xlsx")
        replace(drawn, blank)
        click.echo(f"以上是预演，没有写入。空白表画在 {drawn}，供比较。")
    elif planned.result.changes or output is not None:
        replace(planned.target, planned.result.content)
        click.echo(f"已写入 {planned.target}")
    return OK


def cycle_settings(file: Path | None, inbox: Path | None, output: Path | None) -> "Settings":
    """Load the settings of a cycle, with the command line's folders in place of theirs; an inbox
    that is named may be run without any.

    Raises:
        Trouble: this is no cycle folder, or one whose settings are gone.
    """
    settings = placed(settings_of(file), inbox, output)
    if settings.is_empty or not settings.of_a_cycle:
        _refuse_lost_settings(settings.paths.output)
    if not settings.of_a_cycle and inbox is None:
        raise Trouble(NO_CYCLE)
    return settings


def _refuse_lost_settings(output: Path) -> None:
    """Refuse to replace the results of a cycle by those of default settings."""
    from evalbatch.results.ledger import made_with_settings  # noqa: PLC0415

    if made := made_with_settings(output / LEDGER):
        raise Trouble(LOST_SETTINGS.format(output=output, made=made))


def placed(settings: "Settings", inbox: Path | None, output: Path | None) -> "Settings":
    """Let the command line's folders take the place of the settings'."""
    named = {key: path for key, path in (("inbox", inbox), ("output", output)) if path is not None}
    return settings.model_copy(update={"paths": settings.paths.model_copy(update=named)})


def renames(file: Path | None) -> "Renames":
    """Return what the organiser wrote down of offices that changed their names.

    Raises:
        SettingsFault: the table is faulty, or is not where it was named.
    """
    from evalbatch.cycle import succession  # noqa: PLC0415
    from evalbatch.results.renames import Renames  # noqa: PLC0415

    if file is None and not Path(succession.FILE).is_file():
        return Renames()
    return succession.load(file or Path(succession.FILE))


def standard_names(outputs: Sequence[Path]) -> dict[str, str]:
    """Return what readers call the forms and profiles that are known, by their ids: those of the
    program, of the cycles whose results these are, and of the current folder.
    """
    files = [output.resolve().parent / SETTINGS_NAME for output in outputs]
    names = _names_of(settings_of(None))
    for file in filter(Path.is_file, files):
        with suppress(Trouble):  # that cycle's to mend
            names = _names_of(settings_of(file)) | names
    return names


def _names_of(settings: "Settings") -> dict[str, str]:
    """Return the names of the forms and profiles that a cycle knows."""
    from evalbatch.standards.form_library import load_forms  # noqa: PLC0415
    from evalbatch.standards.policy_library import load_policies  # noqa: PLC0415

    profiles = load_policies(*filter(None, [settings.paths.policies])).values()
    forms = load_forms(*filter(None, [settings.paths.forms])).values()
    return {each.id: each.name for each in profiles} | {each.id: each.title for each in forms}


def write_analysis(output: Path, content: bytes, years: "Years") -> None:
    """Write 分析.xlsx, and say what was compared, where it breaks and what to look at.

    Raises:
        OutputError: the file system refuses; in Chinese.
    """
    from evalbatch.output_files import replace  # noqa: PLC0415

    replace(output, content)
    click.echo(f"已写出 {output}：{'、'.join(map(str, years.years))} 年度。")
    broken = len(years.breaks) + len(years.forms_changed)
    if broken:
        click.echo(f"有 {broken} 处口径、分值结构或报送表不同，不作比较，见“说明”。")
    if years.proposals:
        click.echo(
            f"有 {len(years.proposals)} 对名称可能是同一单位，没有接续，见“沿革”；"
            f"确属改名的请写入 沿革.xlsx（旧名、新名、年度、依据）。"
        )


SCREEN = Path("-")
PAGES = (".html", ".htm")


def workbooks_and_page(files: Sequence[Path], page: Path | None) -> tuple[list[Path], Path | None]:
    """Return the workbooks to check, and where the page on them goes.

    `--html 自评表.xlsx` names no page: it is the workbook itself, which must never be written over;
    its page goes to the screen.

    Raises:
        click.UsageError: there is no workbook.
    """
    named = [*files]
    if page is not None and page != SCREEN and page.suffix.lower() not in PAGES:
        if not page.is_file():
            raise click.UsageError(f"网页文件名应以 .html 结尾：{page}")
        named, page = [*named, page], SCREEN
    if not named:
        raise click.UsageError("没有写明要查哪个文件")
    return named, page


def hand_out(page: Path, content: bytes) -> None:
    """Write a page into its file, or to the screen.

    Raises:
        OutputError: the file system refuses; in Chinese.
    """
    from evalbatch.output_files import replace  # noqa: PLC0415

    if page == SCREEN:
        click.echo(content, nl=False)
        return
    replace(page, content)
    click.echo(f"已写出网页 {page}", err=True)


def progress_for(*, silent: bool, verbose: bool) -> "Progress":
    """Return where a run reports to: nowhere, a bar on a terminal, plain lines in a log."""
    from evalbatch.nightly import progress  # noqa: PLC0415

    if silent:
        return progress.Silent()
    if sys.stderr.isatty():
        return progress.ProgressBar(verbose=verbose)
    return progress.Log(sys.stderr, lambda: datetime.now().astimezone(), verbose=verbose)


def deliveries(output: Path) -> tuple["Delivery", ...]:
    """Return the outbox as it stands."""
    from evalbatch.mail.outbox import Outbox  # noqa: PLC0415

    if not (output / LEDGER).is_file():
        return ()
    with closing(Outbox(output / LEDGER)) as outbox:
        return tuple(outbox.deliveries())


def close(done: "Run", output: Path, *, quiet: bool) -> None:
    """Print the closing summary; when `quiet`, only what failed."""
    from evalbatch.nightly.run_record import closing_lines, failure_lines  # noqa: PLC0415

    for line in failure_lines(done.result) if quiet else closing_lines(done, str(output)):
        click.echo(line, err=quiet)


def mail_ready(settings: "Settings", as_of: date) -> None:
    """Find out before the run whether mail templates and password are in order."""
    from evalbatch.mail.sending import ready  # noqa: PLC0415

    ready(settings, settings.paths.output, as_of)


def deliver_due(
    setup: "Setup",
    options: "RunOptions",
    *,
    dry_run: bool = False,
    confirm: bool = False,
    quiet: bool = False,
) -> int:
    """Send what is due, show it in the published files, and say in a line what became of it;
    return the exit code.
    """
    from evalbatch.mail.sending import Request, deliver  # noqa: PLC0415
    from evalbatch.nightly.run import last_words, published, refresh  # noqa: PLC0415
    from evalbatch.nightly.run_record import held_lines  # noqa: PLC0415

    settings, output = setup.settings, setup.settings.paths.output
    lines, failures = last_words(output)
    with published(setup, options.as_of) as (cycle, outputs):
        request = Request(cycle, lines, failures, outputs)
        tally = deliver(request, output, settings, dry_run=dry_run, confirm=confirm)
    held = refresh(setup, options, lambda: deliveries(output))
    for line in (*held_lines(held), tally.undelivered):
        if line:
            click.echo(line, err=True)
    if not quiet:
        _say_what_was_sent(tally, output)
    return UNDELIVERED if tally.undelivered else OK


def again(settings: "Settings", wanted: str) -> int:
    """Make refused letters due at once, and say how many: by id, by recipient, or all."""
    from evalbatch.mail.sending import again as due_again  # noqa: PLC0415

    return due_again(settings.paths.output, wanted)


def _say_what_was_sent(tally: "SendingCount", output: Path) -> None:
    """Say what became of the letters, and which are in doubt."""
    from evalbatch.mail.outbox import Posted  # noqa: PLC0415

    counted = "，".join(f"{state} {count} 封" for state, count in tally.counts.items())
    for line in (f"邮件：{counted or '没有新的内容要发'}", *tally.left_out):
        click.echo(line)
    for each in deliveries(output):
        if each.state == Posted.IN_DOUBT:
            number = each.message_id.strip("<>")  # brackets mean something to a shell
            click.echo(
                f"存疑：{each.changed_at} 发给 {each.recipient}，编号 {number}（{each.detail}）"
            )


def exit_code(done: "Run", *, strict: bool, mailed: int = OK) -> int:
    """Return the exit code of a run: a fault of ours, or an output that could not be replaced,
    outranks letters that did not leave (`mailed`), and those what --strict asks for.
    """
    if done.result.faults or done.result.unpublished or done.result.held:
        return INTERNAL
    if mailed != OK:
        return mailed
    return STRICT if strict and done.result.wanting else OK


def preview(setup: "Setup", options: "RunOptions", progress: "Progress") -> int:
    """Say what a run would change in what is published, and why."""
    from evalbatch.nightly.changes import told  # noqa: PLC0415
    from evalbatch.nightly.run import preview as previewed  # noqa: PLC0415

    for line in told(previewed(setup, options, progress)):
        click.echo(line)
    return OK


def watched(settings_of_now: "Callable[[], Settings]", as_of: date | None, every: float) -> int:
    """Run whenever something changed and stood still, until the user ends it; settings, roster and
    the day are those of each run.
    """
    from evalbatch.nightly import watch  # noqa: PLC0415

    settings = settings_of_now()
    output = settings.paths.output

    def look() -> object:
        return as_of or _now().date(), watch.marks(_watched(settings), output)

    def work() -> bool:
        nonlocal settings
        try:
            settings = settings_of_now()
            line, whole = _run_once(settings, as_of)
        except (Trouble, OSError, sqlite3.Error) as error:  # a share may be gone for a while
            message, _ = answer(error)
            line, whole = f"没有处理：{message.removeprefix('错误：')}", False
        click.echo(f"{_now():%H:%M:%S} {line}")
        return whole

    with watch.alone(output), _ending_on_request() as pause:
        click.echo(f"正在值守 {settings.paths.inbox}，每 {every:g} 秒看一次；按 Ctrl+C 停止。")
        try:
            watch.watch(look, work, pause, every)
        except KeyboardInterrupt:
            click.echo("已停止值守。")
    return OK


def _watched(settings: "Settings") -> list[Path]:
    """Return what a run reads of a cycle."""
    paths = settings.paths
    apart = {paths.output, *paths.elsewhere.values()}
    named = (settings.file, *(path for _, path in paths if isinstance(path, Path)))
    return [path for path in named if path is not None and path not in apart]


def _run_once(settings: "Settings", as_of: date | None) -> tuple[str, bool]:
    """Run, and return a line about it and whether it did all there was to do."""
    from evalbatch.nightly.batch import RunOptions  # noqa: PLC0415
    from evalbatch.nightly.run import run  # noqa: PLC0415
    from evalbatch.nightly.run_record import one_line  # noqa: PLC0415
    from evalbatch.nightly.setup import Setup  # noqa: PLC0415

    options = RunOptions(as_of or _now().date(), named=as_of is not None, pdf=settings.publish.pdf)
    done = run(Setup.load(settings), options, deliveries=lambda: deliveries(settings.paths.output))
    return one_line(done), not (done.result.held or done.result.waiting)


@contextmanager
def _ending_on_request() -> Iterator[Callable[[float], None]]:
    """Let what ends a service end a watch as Ctrl-C does; hands out how to pause.

    A request that comes while Python clears something away is raised there and lost: it counts at
    the next pause.
    """
    asked = False

    def end(*_: object) -> None:
        nonlocal asked
        asked = True
        raise KeyboardInterrupt

    def pause(seconds: float) -> None:
        if asked:
            raise KeyboardInterrupt
        time.sleep(seconds)

    alike = (each for each in signal.valid_signals() if _as_ctrl_c(each))
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, *alike)}
    try:
        yield pause
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _as_ctrl_c(number: int) -> bool:
    """Whether a signal ends this program as Ctrl-C does (see `stopped_alike`)."""
    return number != signal.SIGINT and signal.getsignal(number) is signal.default_int_handler


def _now() -> datetime:
    return datetime.now().astimezone()
