"""How a failing history is shown."""

from __future__ import annotations


def command_of(seed: int, steps: int) -> str:
    """The one command that runs a history again."""
    return f"python -m tests.simulation --seed {seed} --steps {steps}"
