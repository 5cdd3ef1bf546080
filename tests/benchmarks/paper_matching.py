"""What the paper exchange costs: a quote over 1,000 resting orders, and an order that fills at once. CPU time.

Floor of a quote: the same events looked up by symbol and compared with one price. Floor of an order: the two reports
and the execution made, and nothing else.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from random import Random

from engine.market.matching import FillConfig, PaperExchange
from engine.model.enums import LiquidityFlag, OrdType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import Quote, Trade
from engine.model.order import BrokerOrder
from engine.model.snapshot import Execution
from engine.protocol import Accepted, Filled
from tests.benchmarks.result import Result, print_results

RESTING = 1_000
QUOTES = 50_000
ORDERS = 10_000
ROUNDS = 5
TICK = Decimal("0.01")
BID, ASK = Decimal("100.00"), Decimal("100.02")


def exchange() -> PaperExchange:
    return PaperExchange(
        [Instrument("IBM")], FillConfig(), Random(1), account="PAPER", cash={"USD": Decimal(5_000_000)}
    )


def quotes() -> list[Quote]:
    """A touch that moves by a tick and changes its sizes; no resting order is reached."""
    return [
        Quote(
            "IBM",
            BID + number % 2 * TICK,
            ASK,
            Decimal(300 + number % 7 * 100),
            Decimal(400 + number % 5 * 100),
            2 + number,
        )
        for number in range(QUOTES)
    ]


def limit(number: int, side: Side, price: Decimal) -> BrokerOrder:
    return BrokerOrder(f"c{number}", "PAPER", "IBM", side, Decimal(100), OrdType.LIMIT, TimeInForce.GTC, limit_px=price)


def resting(prices: Callable[[int], Decimal]) -> PaperExchange:
    """An exchange with RESTING orders, half of them on each side, `prices(n)` away from the touch."""
    made = exchange()
    made.on_quote(Quote("IBM", BID, ASK, Decimal(300), Decimal(400), 1))
    for number in range(RESTING // 2):
        made.submit(limit(2 * number, Side.BUY, BID - prices(number)), 1)
        made.submit(limit(2 * number + 1, Side.SELL, ASK + TICK + prices(number)), 1)
    made.take_changes()
    return made


def cpu_us(work: Callable[[], object], count: int) -> float:
    """CPU microseconds of one of `count` pieces; the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best / count * 1e6


def run() -> list[Result]:
    """Measure everything here."""
    gc.collect()
    gc.disable()
    try:
        return [*_quotes(), _prints(), _orders()]
    finally:
        gc.enable()


def _quotes() -> list[Result]:
    events = quotes()
    best = {"IBM": BID - TICK}

    def bare() -> None:
        for quote in events:
            if best[quote.symbol] >= quote.ask:
                raise AssertionError("nothing is to be reached")

    def over(made: PaperExchange) -> Callable[[], None]:
        def feed() -> None:
            on_quote = made.on_quote
            for quote in events:
                on_quote(quote)

        return feed

    floor = cpu_us(bare, QUOTES)
    books = {
        "no resting order": exchange(),
        f"{RESTING:,} resting orders, a price each": resting(lambda n: TICK * (n + 1)),
        f"{RESTING:,} resting orders at the touch": resting(lambda n: Decimal(0)),
    }
    return [
        Result(f"paper matching, {name}: a quote, CPU", cpu_us(over(made), QUOTES), "us", floor, 5.0)
        for name, made in books.items()
    ]


def _prints() -> Result:
    made = resting(lambda n: TICK * (n + 1))
    events = [Trade("IBM", BID, Decimal(100), 2 + number) for number in range(QUOTES)]

    def feed() -> None:
        for event in events:
            made.on_trade(event)

    return Result(f"paper matching, {RESTING:,} resting orders: a print, CPU", cpu_us(feed, QUOTES), "us", None, 5.0)


def _orders() -> Result:
    sides = (Side.BUY, Side.SELL)

    def orders(turn: int) -> Sequence[BrokerOrder]:
        return [
            BrokerOrder(f"m{turn}n{n}", "PAPER", "IBM", sides[n % 2], Decimal(100), OrdType.MARKET, TimeInForce.DAY)
            for n in range(ORDERS)
        ]

    made = exchange()
    made.on_quote(Quote("IBM", BID, ASK, Decimal(10**12), Decimal(10**12), 1))
    turns = iter([orders(turn) for turn in range(ROUNDS)])

    def trade() -> None:
        for order in next(turns):
            made.submit(order, 2)

    def bare() -> None:
        for n in range(ORDERS):
            Accepted(f"m{n}", "O1", 2)
            Filled(
                Execution(
                    f"P{n}", f"m{n}", "O1", "PAPER", "IBM", Side.BUY, Decimal(100), ASK, 2,
                    liquidity=LiquidityFlag.TAKER,
                )
            )  # fmt: skip

    floor = cpu_us(bare, ORDERS)
    return Result("paper matching: market order to fill and position, CPU", cpu_us(trade, ORDERS), "us", floor)


if __name__ == "__main__":
    print_results(run())
