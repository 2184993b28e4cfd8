"""Files of the output folder: safe names, and replacing whole files so that a reader never sees
half of one.
"""

import errno
import hashlib
import os
import re
import shutil
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from evalbatch.errors import HELD, Trouble, reason
from evalbatch.file_holders import holder

UNNAMED = "未命名"
NAME_BYTES = (
    200  # of the 255 that file systems allow, the rest is left for suffixes and the staging prefix
)
NAME_CHARACTERS = 80  # Windows allows 260 for a whole path
TAG_LENGTH = 8
STAGED = ".evalbatch-{tag}-{pid}.part"
STAGED_PATTERN = ".evalbatch-*.part"

_FORBIDDEN = str.maketrans('<>:"/\\|?*', "＜＞：＂／＼｜？＊")
_RESERVED = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)", re.IGNORECASE
)
_EDGES = " .~"  # hidden files, Office lock files, and what Windows drops from the end of a name

_FULL = (errno.ENOSPC, errno.EDQUOT)
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
_BUSY = (errno.EBUSY, errno.ETXTBSY)
_IN_THE_WAY = (errno.EISDIR, errno.ENOTDIR, errno.EEXIST)
_SHARING = (32, 33)  # what Windows says of a file that is open or locked elsewhere
_ACCESS_DENIED = 5  # what it says on replacing an open file, and of what is read-only

PATIENCE = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds to wait before a held file is tried again: scanners and sync programs let go soon."""


class OutputError(Trouble):
    """A file could not be written; the message is Chinese and says what to do. What stood there
    before is untouched.
    """

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path}：{what}")
        self.path = path
        self.what = what


class DiskFullError(OutputError):
    """No space left, or the quota is used up."""


class ReadOnlyError(OutputError):
    """The folder may not be written to."""


class LockedFileError(OutputError):
    """The file is held open by another program, usually Excel or WPS."""


def safe_name(text: str, suffix: str = "") -> str:
    """Turn any text into one part of a path that Windows, macOS and Linux take; the result is never
    a path of its own.

    Characters that file systems forbid become their full-width likenesses, control and direction
    characters vanish, names that Windows reserves get an underscore in front, and a long name is
    cut and marked with a short digest of the whole, so that two long names stay two. `suffix` (such
    as `.docx`) is kept whole. Whether two texts meet in one name is for the caller to see: compare
    with `fold` and tell them apart with `tagged`.
    """
    if not text.isprintable():  # nearly all are
        text = "".join(char for char in text if _printable(char))
    name = unicodedata.normalize("NFC", text)
    name = re.sub(r"\s+", " ", name.translate(_FORBIDDEN)).strip(_EDGES) or UNNAMED
    if _RESERVED.match(name):
        name = f"_{name}"
    return _cut(name, suffix) + suffix


def tagged(name: str, key: str) -> str:
    """Mark a safe name with a short digest of a key, in front of its suffix: the same key always
    gives the same name.
    """
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}_{_tag(key)}{dot}{suffix}" if stem else f"{name}_{_tag(key)}"


def fold(name: str) -> str:
    """What file systems that ignore case and composition compare: names with equal folds are one
    file there.
    """
    return unicodedata.normalize("NFC", name).casefold()


def replace(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Put a whole file in place at once; unchanged bytes are left alone.

    Raises:
        OutputError: or one of its kinds, in Chinese; the file that stood there is untouched.
    """
    if same(path, data):
        return
    with staged(path, durable=durable) as part:
        part.write_bytes(data)


def same(path: Path, data: bytes) -> bool:
    """Whether a file with exactly these bytes stands there already."""
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


@contextmanager
def staged(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Hand out a file beside `path` to write and examine; on leaving it is synced and moved into
    place.

    An exception inside the block throws the staged file away. `durable` also asks the disk to keep
    the bytes before they take the place of the old ones.

    Raises:
        OutputError: or one of its kinds, in Chinese, for what the file system refuses inside the
            block or at the move.
    """
    part = path.with_name(STAGED.format(tag=_tag(path.name), pid=os.getpid()))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        if durable:
            _sync(part)
        patiently(lambda: part.replace(path))
    except OSError as error:
        _discard(part)
        raise explained(path, error) from error
    except BaseException:
        _discard(part)
        raise


def move(path: Path, target: Path) -> None:
    """Move a file into place at once, also to another file system.

    Raises:
        OSError: the file system refuses.
    """
    try:
        path.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = target.with_name(f".{target.name}.part")
        shutil.copy2(path, beside)
        beside.replace(target)
        path.unlink()


def keep_private(path: Path) -> None:
    """Let only the owner and the group read a file or folder; nothing where the system knows no
    such thing.
    """
    with suppress(OSError):
        path.chmod(path.stat().st_mode & ~0o007)


def wait(seconds: float) -> None:
    """Give other programs time to let go of a file."""
    time.sleep(seconds)


def patiently(move: Callable[[], object]) -> None:
    """Do something with a file, again for a second or two as long as another program holds it.

    Raises:
        OSError: the file system refuses.
    """
    for pause in PATIENCE:
        try:
            move()
        except OSError as error:
            if not _perhaps_held(error):
                raise
            wait(pause)
        else:
            return
    move()


def emptied(folder: Path) -> Path:
    """Return a folder of ours with nothing in it, made anew.

    Raises:
        OutputError: the file system refuses; in Chinese.
    """

    def anew() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    try:
        patiently(anew)
    except OSError as error:
        raise explained(folder, error) from error
    return folder


def sweep(folder: Path) -> int:
    """Remove what killed runs left half written below a folder, and say how many. Call it with the
    run's lock held.
    """
    parts = sorted(folder.rglob(STAGED_PATTERN)) if folder.is_dir() else []
    for part in parts:
        _discard(part)
    return len(parts)


def explained(path: Path, error: OSError) -> OutputError:
    """Say in Chinese why the file system refused to write a file."""
    code = error.errno
    if code in _FULL or getattr(error, "winerror", None) in (39, 112):
        return DiskFullError(
            path, "磁盘空间或配额已用完，本文件未写入，原有文件保持不变；请清理空间后重新运行。"
        )
    if _is_held(path, error):
        who = holder(path) or "可能在 Excel 或 WPS 中打开"
        return LockedFileError(path, f"文件{HELD}（{who}），原有文件保持不变；请关闭后重新运行。")
    if code in _DENIED:
        return ReadOnlyError(
            path, "没有写入权限（文件夹只读），原有文件保持不变；请检查文件夹权限后重新运行。"
        )
    if code in _IN_THE_WAY:
        return OutputError(path, "此路径已被同名的文件或文件夹占用；请移走后重新运行。")
    if code == errno.ENAMETOOLONG:
        return OutputError(path, "路径过长；请把输出文件夹移到更浅的位置。")
    return OutputError(path, f"写入失败（{reason(error)}），原有文件保持不变。")


def _is_held(path: Path, error: OSError) -> bool:
    """Whether another program has a file open; what Windows denies at a file that stands there is
    most often that.
    """
    code = getattr(error, "winerror", None)
    return error.errno in _BUSY or code in _SHARING or (code == _ACCESS_DENIED and path.is_file())


def _perhaps_held(error: OSError) -> bool:
    code = getattr(error, "winerror", None)
    return error.errno in _BUSY or code in (*_SHARING, _ACCESS_DENIED)


def _printable(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) not in {
        "Cc",
        "Cf",
        "Cs",
        "Co",
        "Cn",
        "Zl",
        "Zp",
    }


def _cut(name: str, suffix: str) -> str:
    characters, room = NAME_CHARACTERS - len(suffix), NAME_BYTES - len(suffix.encode())
    if len(name) <= characters and len(name.encode()) <= room:
        return name
    mark = f"…{_tag(name)}"
    name = name[: characters - len(mark)]
    while len(name.encode()) > room - len(mark.encode()):
        name = name[:-1]
    return name.rstrip(_EDGES) + mark


def _tag(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:TAG_LENGTH]


def _sync(part: Path) -> None:
    with part.open("rb+") as stream:
        os.fsync(stream.fileno())


def _discard(part: Path) -> None:
    with suppress(OSError):
        part.unlink()
