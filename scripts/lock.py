"""Write the lock files anew from pyproject.toml: versions and hashes for every platform, no
addresses. Needs `uv` on the PATH.
"""

import subprocess

from environment import ROOT

OPTIONS = [
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-annotate",
    "--no-header",
    "--quiet",
]


def main() -> None:
    """Lock what runs, then what tests need on top of it."""
    compile_ = ["uv", "pip", "compile", "pyproject.toml", *OPTIONS, "--upgrade"]
    subprocess.run([*compile_, "-o", "requirements.lock"], check=True, cwd=ROOT)
    tests = [
        "--extra",
        "test",
        "--extra",
        "cluster",
        "-c",
        "requirements.lock",
        "-o",
        "requirements-test.lock",
    ]
    subprocess.run([*compile_, *tests], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
