"""python -m tests.simulation: runs histories and prints what a failing one needs to be run again."""

from __future__ import annotations

import argparse
import functools
import logging
import multiprocessing
import os
import sys
import time

from tests.simulation.report import failure
from tests.simulation.run import run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000, help="how many histories")
    parser.add_argument("--steps", type=int, default=100, help="steps of each")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first seed")
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--trace", action="store_true", help="tell the history line by line")
    parser.add_argument("--keep-going", action="store_true", help="don't stop at the first violation")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes; default: one a core")
    options = parser.parse_args()
    seeds = [options.seed] if options.seed is not None else range(options.first, options.first + options.seeds)
    if not options.trace:
        logging.disable()  # histories are full of failures that the log of a desk would tell of
    started = time.perf_counter()
    alone = options.trace or options.seed is not None or options.workers < 2
    pool = None if alone else multiprocessing.Pool(options.workers, maxtasksperchild=500)
    work = functools.partial(run, steps=options.steps, trace=print if options.trace else None)
    facts = handed_over = fills = crashes = resent = failed = done = 0
    for outcome in map(work, seeds) if pool is None else pool.imap_unordered(work, seeds, chunksize=5):
        done += 1
        facts += outcome.facts
        handed_over += outcome.handed_over
        fills += outcome.fills
        crashes += outcome.crashes
        resent += outcome.resent
        if outcome.violation:
            failed += 1
            print(failure(outcome, options.steps))
            if not options.keep_going:
                break
    if pool is not None:
        pool.terminate()
        pool.join()
    took = time.perf_counter() - started
    print(
        f"{done} histories of {options.steps} steps in {took:.1f} s ({done / took:.0f}/s): {handed_over} orders and"
        f" replaces handed over, {resent} again under their id, {fills} executions, {crashes} crashes, {facts} facts;"
        f" {failed} failed"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
