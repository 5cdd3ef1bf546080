"""What market data costs: a quote into the cache with one subscriber, reading a tape, making the simulated market.

CPU time (user + sys), garbage collection off, the best of several rounds.
"""

from __future__ import annotations

import gc
import gzip
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from engine.market.quotes import QuoteCache
from engine.market.simulated import SimulatedMarket
from engine.market.tape import open_tapes
from engine.model.market import MarketEvent, Quote
from engine.risk.limits import Limits
from tests.benchmarks.result import Result, print_results

ROUNDS = 7
START_NS = 1_700_000_000_000_000_000
SECOND_NS = 1_000_000_000


def run() -> list[Result]:
    """Measure everything here."""
    market = SimulatedMarket(seed=1)
    with _no_collection():
        make_s = _best(lambda: len(SimulatedMarket(1).events(START_NS, START_NS + 300 * SECOND_NS)))
        events = market.events(START_NS, START_NS + 300 * SECOND_NS)
        quotes = [event for event in events if isinstance(event, Quote)]
        cache_s = _best(lambda: _into_cache(quotes))
        floor_s = _best(lambda: _into_dict(quotes))
        rate, read_floor = _tape_rates(quotes)
    microseconds = 1e6 / len(quotes)
    return [
        Result("quote into cache and one subscriber", cache_s * microseconds, "us", floor_s * microseconds, 2.0),
        Result("simulated market", len(events) / make_s, "events/s", None, 50_000, more_is_better=True),
        Result("tape of quotes, checked", rate, "rows/s", read_floor, 150_000, more_is_better=True),
    ]


def _into_cache(quotes: list[Quote]) -> None:
    cache = QuoteCache(Limits.defaults(), ())
    for symbol in {quote.symbol for quote in quotes}:
        cache.subscribe(_nothing, symbol)
    on_quote = cache.on_quote
    for quote in quotes:
        on_quote(quote)


def _into_dict(quotes: list[Quote]) -> None:
    """The floor: remember the newest by symbol and call one function."""
    newest: dict[str, Quote] = {}
    tell: Callable[[MarketEvent], None] = _nothing
    for quote in quotes:
        newest[quote.symbol] = quote
        tell(quote)


def _nothing(event: MarketEvent) -> None:
    return None


def _tape_rates(quotes: list[Quote]) -> tuple[float, float]:
    """Rows a second through the tape reader, and through gzip alone split at the commas."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "quotes.csv.gz"
        rows = "".join(_row(quote) for quote in quotes)
        path.write_bytes(gzip.compress(f"ts_utc,symbol,bid,bid_size,ask,ask_size\n{rows}".encode()))
        read_s = _best(lambda: open_tapes([path]))
        split_s = _best(lambda: _split(path))
    return len(quotes) / read_s, len(quotes) / split_s


def _split(path: Path) -> None:
    with gzip.open(path, "rt") as file:
        for line in file:
            line.split(",")


def _row(quote: Quote) -> str:
    seconds, ns = divmod(quote.ts_ns, SECOND_NS)
    time_text = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ns // 1_000_000:03}Z"
    return f"{time_text},{quote.symbol},{quote.bid},{quote.bid_size},{quote.ask},{quote.ask_size}\n"


def _best(work: Callable[[], object]) -> float:
    """Least CPU seconds of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.process_time()
        work()
        best = min(best, time.process_time() - begin)
    return best


@contextmanager
def _no_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


if __name__ == "__main__":
    print_results(run())
