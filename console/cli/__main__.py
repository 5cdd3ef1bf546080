"""`python -m console.cli`."""

from __future__ import annotations

from console.cli import main

main()
