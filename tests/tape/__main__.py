"""make tape: each algo over each recorded day, the table of slippage, and what must hold over the whole set.

Ends with 1 where VWAP, by the profile of other days, does not end within 10 bps of the day's VWAP on average, or not
closer to it than TWAP, or where anything was not filled.
"""

from __future__ import annotations

import argparse
import sys
from statistics import fmean

from engine.model.enums import Side
from tests.tape.days import DAYS, SYMBOLS, load, past
from tests.tape.runs import ALGOS, Run, folder, run

WITHIN_BPS = 10.0
COLUMNS = "symbol  day         algo       qty       filled      avg        arrival     vwap     twap  children  end"


def line(row: Run) -> str:
    """One row of the table."""
    slips = "".join(f"{row.slippage(name):9.2f}" for name in ("arrival", "vwap", "twap"))
    return (
        f"{row.symbol:6}  {row.day}  {row.algo:8}{row.asked:>10}{row.filled:>11}  {row.avg:10.4f}  {slips}"
        f"{row.children:10}  {row.status}"
    )


def summary(rows: list[Run]) -> list[str]:
    """Mean and mean distance from VWAP and TWAP, by algo."""
    found = []
    for algo in dict.fromkeys(row.algo for row in rows):
        mine = [row for row in rows if row.algo == algo and row.filled]
        means = [fmean(float(row.slippage(name)) for row in mine) for name in ("arrival", "vwap", "twap")]
        away = [fmean(abs(float(row.slippage(name))) for row in mine) for name in ("arrival", "vwap", "twap")]
        found.append(
            f"{algo:8} mean bps against arrival, VWAP, TWAP: "
            + " ".join(f"{x:8.2f}" for x in means)
            + "   mean distance: "
            + " ".join(f"{x:7.2f}" for x in away)
        )
    return found


def faults(rows: list[Run]) -> list[str]:
    """What does not hold."""
    found = [f"{row.symbol} {row.day} {row.algo}: {row.asked - row.filled} not filled" for row in rows
             if row.filled != row.asked and row.algo in ("twap", "vwap", "is")]  # fmt: skip
    away = {
        algo: [abs(float(row.slippage("vwap"))) for row in rows if row.algo == algo and row.filled]
        for algo in ("twap", "vwap")
    }
    if away["vwap"]:
        vwap = fmean(away["vwap"])
        if vwap > WITHIN_BPS:
            found.append(f"VWAP ends {vwap:.2f} bps from the day's VWAP on average; expected {WITHIN_BPS} at most")
        if away["twap"] and vwap >= fmean(away["twap"]):
            found.append(f"VWAP ends {vwap:.2f} bps from the day's VWAP, TWAP {fmean(away['twap']):.2f}")
    return found


def main() -> int:
    """Run what is asked for and print the table."""
    asked = argparse.ArgumentParser(prog="python -m tests.tape", description=__doc__)
    asked.add_argument("--data", help="folder of the recorded data")
    asked.add_argument("--side", default="buy", choices=["buy", "sell_short"])
    asked.add_argument("--symbols", nargs="+", default=SYMBOLS)
    asked.add_argument("--algos", nargs="+", default=list(ALGOS), choices=list(ALGOS))
    options = asked.parse_args()
    data = folder(options.data)
    rows: list[Run] = []
    print(COLUMNS)
    for symbol in options.symbols:
        for day in DAYS:
            events, before = load(data, symbol, day), past(data, symbol, day)[0]
            for algo in options.algos:
                rows.append(run(events, before, algo, side=Side(options.side)))
                print(line(rows[-1]), flush=True)
    print(*summary(rows), sep="\n")
    wrong = faults(rows)
    for fault in wrong:
        print(f"FAULT: {fault}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
