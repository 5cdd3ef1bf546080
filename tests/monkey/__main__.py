"""`python -m tests.monkey --minutes 10 --seed 1` plays the monkey and prints what it saw; 1 if something is wrong."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.monkey.run import MonkeyError, Run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.monkey", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--symbols", type=int, default=500)
    parser.add_argument("--orders", type=int, default=2000)
    asked = parser.parse_args()
    print(
        f"seed {asked.seed}, {asked.symbols} symbols, {asked.orders} working orders, {asked.minutes:g} minutes",
        flush=True,
    )
    with tempfile.TemporaryDirectory(prefix="m") as folder:
        run = Run(Path(folder), asked.seed, asked.symbols, asked.orders)
        failed = ""
        try:
            try:
                run.play(asked.minutes * 60)
            finally:
                run.close()
        except (MonkeyError, AssertionError) as error:
            failed = str(error)
        print(", ".join(f"{count:,} {what}" for what, count in run.count.items()))
        if len(run._memory) > 1:
            first, last = run.memory
            grows = run.slope
            print(
                f"memory {first:.1f} MB to {last:.1f} MB; slope {grows.mb_per_hour:+.1f} MB/h "
                f"(95 %: give or take {grows.margin:.1f})"
            )
            facts, size = run.per_fact
            print(f"in that time {facts:,} facts were recorded; {size:,.0f} bytes grown for each")
        if run.refused:
            print(f"an order that should rest was refused: {run.refused}")
        for line in run.wrong[:10]:
            print(f"for a moment wrong: {line}")
        print(f"FOUND {failed}" if failed else "no exception, no wrong cell, no wrong number")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
