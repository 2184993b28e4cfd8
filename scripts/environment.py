"""The environment that the scripts run in: `.venv` beside the sources, installed from a lock file,
made when first needed.

Uses the standard library alone, since nothing else is there yet. Needs a `pip` of the calling
Python (22.3 or newer).
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
PYTHON = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST = (3, 11)


def ready(lock: str) -> Path:
    """Return the environment's Python, after installing what the lock file names unless that was
    done before, and compiling what changed in the package since.

    Hashes are checked on installing, and a stamp with the lock file's digest tells the next call
    that nothing is to do.

    Raises:
        SystemExit: this Python is too old, or pip could not install (its own message stands above
            ours).
    """
    if sys.version_info < OLDEST:
        raise SystemExit("需要 Python 3.11 或更高版本，当前为 " + sys.version.split()[0])
    source = ROOT / lock
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    stamp = FOLDER / f"{lock}.installed"
    if not (PYTHON.exists() and stamp.exists() and stamp.read_text() == digest):
        install(source)
        stamp.write_text(digest)
    compiled(ROOT / "evalbatch")
    return PYTHON


def compiled(package: Path) -> None:
    """Compile the package's modules that are new or changed, as pip does on installing.

    With PYTHONDONTWRITEBYTECODE set, as in many containers, Python itself keeps nothing: each of a
    night's processes would compile all modules again.
    """
    subprocess.run([str(PYTHON), "-m", "compileall", "-q", str(package)], check=False)


def install(source: Path) -> None:
    """Make the environment where missing and install a lock file into it.

    Made without pip, so that a Python whose distribution leaves `ensurepip` out can do it too; the
    caller's pip installs.
    """
    print(
        f"首次运行：正在准备运行环境（{source.name}），约需一两分钟……", file=sys.stderr, flush=True
    )
    if not PYTHON.exists():
        venv.create(FOLDER, with_pip=False, clear=FOLDER.exists())
    pip = [sys.executable, "-m", "pip", "--python", str(PYTHON), "--disable-pip-version-check"]
    command = [*pip, "install", "--quiet", "--require-hashes", "--requirement", str(source)]
    if subprocess.run(command, check=False).returncode:
        raise SystemExit("运行环境安装失败：请检查网络和 pip（22.3 或更高版本），再运行一次。")
    packages = subprocess.run(
        [str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    )
    # a line of code, and in ASCII: Python 3.11 reads these files in the system's code page
    line = f"import sys; sys.path.append({str(ROOT)!a})\n"
    (Path(packages.stdout.strip()) / "evalbatch.pth").write_text(line, encoding="ascii")
