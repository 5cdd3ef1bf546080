"""`python -m tests.crash --kills N [--seed S] [--desks D]`: N kills over D desks side by side, and a summary."""

from __future__ import annotations

import argparse
import secrets
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.crash.loop import Loop, Tally
from tests.crash.world import CrashError, World


def crash(kills: int, seed: int, desks: int, say: Callable[[str], None], keep: Path | None = None) -> list[Tally]:
    """Kill `desks` desks `kills` times altogether. Raises CrashError with the first promise that was broken.

    `keep`: the folder in which everything is left for a look at it afterwards.
    """
    tallies: list[Tally] = []
    failures: list[str] = []

    def one(number: int, folder: Path) -> None:
        world = World(folder, market_seed=number)
        try:
            share = kills // desks + (number <= kills % desks)
            loop = Loop(world, f"{seed}:{number}", lambda text: say(f"desk {number}: {text}"))
            tallies.append(loop.run(share))
        except Exception as error:  # whatever it is, it is told with the command that repeats it
            kind = "" if isinstance(error, CrashError) else f"{type(error).__name__}: "
            failures.append(f"desk {number}: {kind}{error}\n{world.log('desk')}")
        finally:
            world.close()

    with tempfile.TemporaryDirectory(prefix="tdc") as base:
        threads = []
        for number in range(1, desks + 1):
            folder = (keep or Path(base)) / str(number)
            folder.mkdir(mode=0o700, parents=True)
            threads.append(threading.Thread(target=one, args=(number, folder)))
            threads[-1].start()
        for thread in threads:
            thread.join()
    if failures:
        raise CrashError("\n".join([*failures, f"repeat with: {command(kills, seed, desks)}"]))
    return tallies


def command(kills: int, seed: int, desks: int) -> str:
    """The one command that repeats a run."""
    return f"python -m tests.crash --kills {kills} --seed {seed} --desks {desks}"


def summary(tallies: list[Tally], took_s: float) -> str:
    """The figures of a run in a few lines."""
    kills, hits = sum(t.kills for t in tallies), sum(t.hits for t in tallies)
    flying = sum((t.flying for t in tallies), Counter[str]())
    modes = sum((t.modes for t in tallies), Counter[str]())
    starts = sorted(s for t in tallies for s in t.starts_s)
    agreed = sorted(s for t in tallies for s in t.agreed_s)
    requests, promised = sum(t.requests for t in tallies), sum(t.promised for t in tallies)
    orders, executions = sum(t.orders for t in tallies), sum(t.executions for t in tallies)
    absent, doubts = sum(t.absent for t in tallies), sum(t.doubts for t in tallies)
    replaced, partly = sum(t.replaced for t in tallies), sum(t.partly for t in tallies)
    stops, resumed = sum(t.stops for t in tallies), sum(t.resumed for t in tallies)
    return "\n".join(
        (
            f"{kills} kills in {took_s:.0f} s ({', '.join(f'{n} {mode}' for mode, n in sorted(modes.items()))})",
            f"{hits} of them ({100 * hits // max(kills, 1)} %) hit a request in flight: "
            + ", ".join(f"{n} {what}" for what, n in sorted(flying.items())),
            "0 lost, 0 duplicated, books equal after every restart",
            f"{requests} requests, {promised} orders acknowledged to the client",
            f"{replaced} replaces took effect, {partly} orders ended partly filled, {stops} stops traded, "
            f"{resumed} kills outlived their desk and were resumed",
            f"{orders} orders and {executions} executions in the brokers' books; {absent} intents proven never to have "
            f"arrived, {doubts} unanswered submits",
            f"{sum(t.facts for t in tallies)} facts: every link verifies, every fold gives the desk's own state",
            f"start to up: median {statistics.median(starts):.2f} s, longest {starts[-1]:.2f} s; up to equal with the "
            f"broker's books: median {statistics.median(agreed):.2f} s, longest {agreed[-1]:.2f} s",
        )
    )


def main() -> int:
    """0 when every promise held."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None, help="default: a new one, printed")
    parser.add_argument("--desks", type=int, default=2, help="state folders side by side, each with its own broker")
    parser.add_argument("--keep", type=Path, help="leave journals, books and logs in this new folder")
    parser.add_argument("--quiet", action="store_true", help="only the summary")
    options = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if options.seed is None else options.seed
    print(command(options.kills, seed, options.desks), flush=True)
    began = time.monotonic()

    def say(text: str) -> None:
        if not options.quiet:
            print(text, flush=True)

    try:
        tallies = crash(options.kills, seed, options.desks, say, options.keep)
    except CrashError as error:
        print(error, file=sys.stderr)
        return 1
    print(summary(tallies, time.monotonic() - began))
    return 0


if __name__ == "__main__":
    sys.exit(main())
