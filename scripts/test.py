"""Run the tests; makes the environment with the test extras first. Arguments are passed on to
pytest.
"""

import subprocess
import sys

from environment import ROOT, ready

ACROSS = ["-n", "auto", "--dist", "worksteal"]  # over all cores; give `-n 0` for one process


def main() -> int:
    """Run pytest in the sources' folder and return its exit code."""
    python = ready("requirements-test.lock")
    return subprocess.run(
        [str(python), "-m", "pytest", *ACROSS, *sys.argv[1:]], check=False, cwd=ROOT
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
