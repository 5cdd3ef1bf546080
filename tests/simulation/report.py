"""How a failing history is shown."""

from __future__ import annotations

from tests.simulation.run import Outcome


def command_of(seed: int, steps: int) -> str:
    """The one command that runs a history again."""
    return f"python -m tests.simulation --seed {seed} --steps {steps}"


def failure(outcome: Outcome, steps: int) -> str:
    """What went wrong and how to see it happen."""
    return f"seed {outcome.seed}: {outcome.violation}\n\n    {command_of(outcome.seed, steps)} --trace\n"
