"""The examples in `input_templates/` are what their sources make, so that a form cannot change
behind their back.
"""

import sys

from repository import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

from make_examples import TARGET, workbooks


def test_the_examples_are_what_their_sources_make() -> None:
    made = dict(workbooks())
    kept = {path.relative_to(TARGET) for path in TARGET.glob("examples*/**/*.xlsx")}
    assert kept == set(made)
    stale = [str(path) for path, content in made.items() if (TARGET / path).read_bytes() != content]
    assert stale == [], "run scripts/make_examples.py"
