"""The command `tradedesk`. Nothing heavy is imported before the command that needs it."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line given to this process, and exit."""
    gc.disable()  # what is imported stays: looking for garbage in it took a twentieth of a start
    from console.cli.app import run

    gc.enable()
    sys.exit(run(sys.argv[1:]))
