"""Run evalbatch; without arguments, the main job on the examples: `input_templates/examples/` into
`output/`.

Makes its environment first. All arguments are passed on: `python3 scripts/run.py --help` is the
product's help.
"""

import subprocess
import sys

from environment import ROOT, ready

EXAMPLES = ["run", str(ROOT / "input_templates" / "examples"), "--output", str(ROOT / "output")]


def main() -> int:
    """Run the product with the arguments given and return its exit code."""
    python = ready("requirements.lock")
    try:
        return subprocess.run(
            [str(python), "-m", "evalbatch", *(sys.argv[1:] or EXAMPLES)], check=False
        ).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
