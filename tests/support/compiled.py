"""Compiles the tests before they run: `python -m tests.support.compiled`.

pytest rewrites every assert of a file when it first imports it, which takes longer than all else that it does before
the first test, and keeps the result beside the file. Workers that start at the same moment all do it for themselves.
Here two processes do it for a half of the files each, and the workers find it done. Nothing to do: nothing is started.
"""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PROCESSES = 2
#: That many files and no more are left to the workers: a start of pytest takes longer.
FEW = 20


def outdated() -> list[Path]:
    """The files of tests that pytest has not compiled as they are now."""
    return [path for path in sorted(TESTS.rglob("test_*.py")) if not _is_compiled(path)]


def _is_compiled(path: Path) -> bool:
    compiled = (path.parent / "__pycache__").glob(f"{path.stem}.{sys.implementation.cache_tag}-pytest-*.pyc")
    return any(file.stat().st_mtime >= path.stat().st_mtime for file in compiled)


def main() -> int:
    """0: it was tried; what can't be compiled is for the tests themselves to say."""
    files = outdated()
    if len(files) <= FEW or sys.dont_write_bytecode:
        return 0
    step = -(-len(files) // PROCESSES)
    cuts = [*range(0, len(files), step), len(files)]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-p", "no:xdist", *map(str, files[a:b])],
            cwd=TESTS.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ,
        )
        for a, b in pairwise(cuts)
    ]
    for process in running:
        process.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
