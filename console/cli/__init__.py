"""The command `tradedesk`. Nothing heavy is imported before the command that needs it."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line given to this process, and exit."""
    from console.cli.app import run

    sys.exit(run(sys.argv[1:]))
