"""eod: the end-of-day report."""

from __future__ import annotations

from typing import Final

from console.grammar.parsed import Expect, Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words

_DAY: Final = Expect("DATE", "a trading day like 2026-01-31; none: today's", "value")
_TO: Final = Expect("to", "write it to the file that follows: .html, .json, .csv, or text")
_FILE: Final = Expect("FILE", "the file", "value")


@verb(
    "eod",
    usage="eod [DATE] [to FILE]",
    shell="tradedesk eod [--date D] [--json|--csv|--html] [--out FILE]",
    summary="report a trading day: positions, P&L by symbol and account, orders, costs, what is left open, LOCAL "
    "stops, breaks, limits that refused, kills and halts, targets",
    examples=("eod", "eod 2026-01-30", "eod to today.html"),
    rank=16,
)
def eod(words: Words) -> Parsed:
    day = path = ""
    to = words.keyword([_TO]) is not None
    if not to and words.could(_DAY):
        day = words.take(_DAY).text
        to = words.keyword([_TO]) is not None
    if to:
        path = words.rest(_FILE)
    words.finish()
    echo = " ".join(part for part in ("eod", day, f"to {path}" if path else "") if part)
    return Parsed("eod", Local("eod", (day, path)), 0, echo)
