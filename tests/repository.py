"""Where things stand in the repository, and the command line as its users call it."""

from pathlib import Path

from evalbatch import cli

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "input_templates"
EXAMPLES = TEMPLATES / "examples"


def evalbatch(*arguments: object) -> int:
    """Run a command and return its exit code."""
    return cli.main([str(argument) for argument in arguments])
