"""Run the snapshots many times and name those that do not always say the same: python -m tests.snapshots.stable

The order of tests and the number of workers change from run to run, so that a picture that depends on either is found.
"""

from __future__ import annotations

import argparse
import collections
import re
import subprocess
import sys
import time
from pathlib import Path

_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


def failures(workers: int, more: list[str]) -> set[str] | None:
    """The tests that fail in one run; None where the run itself did not work."""
    folder = Path(__file__).parent
    command = [sys.executable, "-m", "pytest", str(folder), "-q", "-rfE", "--tb=no", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, "-n", str(workers), *more], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
        return None
    return set(_FAILED.findall(done.stdout))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.snapshots.stable", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    options, more = parser.parse_known_args()
    failed: collections.Counter[str] = collections.Counter()
    for run in range(1, options.runs + 1):
        began = time.monotonic()
        found = failures(options.workers if run % 2 else options.workers + 1, more)
        if found is None:
            return 2
        failed.update(found)
        print(f"run {run} of {options.runs}: {len(found)} failed, {time.monotonic() - began:.0f} s", flush=True)
    flaky = {name: times for name, times in failed.items() if times < options.runs}
    for name, times in sorted(failed.items()):
        print(f"{'FLAKY' if name in flaky else 'WRONG'} {name}: failed {times} of {options.runs} times")
    print(f"{len(flaky)} flaky, {len(failed) - len(flaky)} always wrong, in {options.runs} runs")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
