"""Runs the benchmarks and prints one table: `python -m tests.benchmarks [NAME ...]`, all of them without a name.

A benchmark is a module of this folder with a function `run() -> list[Result]`. Each runs in a process of its own, one
after the other, so that none is disturbed by another's memory or threads.
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import importlib
import json
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.result import Result, print_results

FOLDER = Path(__file__).resolve().parent


def benchmarks() -> list[str]:
    """The names of all benchmarks, found without importing one."""
    return [path.stem for path in sorted(FOLDER.glob("*.py")) if _has_run(path)]


def _has_run(path: Path) -> bool:
    return any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in ast.parse(path.read_text()).body)


def run_here(name: str) -> None:
    """Run one benchmark in this process; its results go to standard output as one line of JSON."""
    results: list[Result] = importlib.import_module(f"tests.benchmarks.{name}").run()
    print(json.dumps([dataclasses.asdict(result) for result in results]))


def run_apart(name: str) -> list[Result]:
    """Run one benchmark in a fresh process. Raises CalledProcessError when it fails; its own words went to stderr."""
    command = [sys.executable, "-m", "tests.benchmarks", "--here", name]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=FOLDER.parents[1])
    return [Result(**fields) for fields in json.loads(done.stdout.splitlines()[-1])]


def main() -> int:
    """0 when every benchmark ran: budgets are shown, not enforced."""
    names = benchmarks()
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(names)}")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in names]
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(names)}")
    if asked.here:
        for name in asked.names:
            run_here(name)
        return 0
    results: list[Result] = []
    failed: list[str] = []
    for name in asked.names or names:
        print(f"{name} ...", file=sys.stderr, flush=True)
        try:
            results += run_apart(name)
        except subprocess.CalledProcessError as error:
            failed.append(f"{name} ended with {error.returncode}")
    print_results(results)
    for words in failed:
        print(f"FAILED: {words}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
