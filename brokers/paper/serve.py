"""`python -m brokers.paper.serve`: a paper broker in a process of its own, with its own market, on a Unix
socket.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import signal
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from random import Random

import msgspec

from brokers.paper.books import BooksError
from brokers.paper.faults import FaultScript, FaultyLink
from brokers.paper.keeper import ThreadKeeper
from brokers.paper.link import Latency
from brokers.paper.market import ReplayedRun, ServedMarket, SimulatedRun
from brokers.paper.messages import Answer
from brokers.paper.opening import open_books, restored_exchange
from brokers.paper.server import PaperServer, SocketError, Wire
from brokers.paper.settings import PaperSettings
from brokers.paper.venue import PaperVenue
from engine.market.calendar import CalendarError
from engine.market.matching import FillConfig
from engine.market.replay import StartTimeError
from engine.market.tape import TapeError
from engine.protocol import Report


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; 0, or 1 with one line on stderr, or 2 for a bad command line."""
    options = _parser().parse_args(arguments)
    try:
        market = _market(options)
        settings = PaperSettings(
            account=options.account,
            cash=options.cash,
            latency_ms=options.latency_ms,
            seed=options.seed,
            fills=FillConfig(
                slippage_bps=options.slippage_bps,
                commission_per_share=options.commission_per_share,
                commission_min=options.commission_min,
                limit_fill_prob=options.limit_fill_prob,
                default_display=options.default_display,
            ),
        )
        faults = None if options.faults is None else _faults(options.faults)
        asyncio.run(
            serve(
                options.socket,
                options.books,
                settings,
                market,
                options.pause_when_empty,
                faults,
                options.rate,
                live=options.live,
            )
        )
    except (BooksError, SocketError, TapeError, CalendarError, StartTimeError, ValueError) as error:
        print(f"paper broker: {error}", file=sys.stderr)
        return 1
    return 0


async def serve(
    socket: Path,
    books: Path,
    settings: PaperSettings,
    market: ServedMarket,
    pause_when_empty: bool,
    faults: FaultScript | None,
    rate: int = 1000,
    *,
    live: bool = False,
) -> None:
    """Serve `books` on `socket` until the process is told to stop. `live`: the account reports itself as live, which is
    a rehearsal: the money is paper all the same. Raises BooksError, SocketError."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    opened = open_books(books, settings)
    exchange = restored_exchange(
        opened.load(), opened, settings, market.instruments, market.hours, Random(settings.seed)
    )
    venue = PaperVenue(exchange, ThreadKeeper(opened, loop.call_soon_threadsafe), market.now_ns(), live=live)
    failures: list[BooksError] = []

    def on_failure(error: BooksError) -> None:
        failures.append(error)
        stop.set()

    venue.on_failure = on_failure
    latency = Latency(settings.latency_ms, Random(f"latency {settings.seed}"), market.wall_per_market)

    def faulty_link(
        on_answer: Callable[[int, Answer], None],
        on_report: Callable[[Report], None],
        wire: Wire,
        script: FaultScript,
    ) -> FaultyLink:
        return FaultyLink(venue, latency, market.now_ns, script, on_answer=on_answer, on_report=on_report, wire=wire)

    open_link = None if faults is None else partial(faulty_link, script=faults)
    server = PaperServer(
        venue, latency, market.now_ns, market=market.label, open_link=open_link, rate=rate, want=market.want
    )
    market.want([position.symbol for position in exchange.positions()])
    for order in exchange.open_orders():
        market.want([leg.symbol for leg in order.legs] if order.legs else [order.symbol])
    awake = server.occupied if pause_when_empty else asyncio.Event()
    if not pause_when_empty:
        awake.set()
    running: asyncio.Task[None] | None = None
    try:
        await server.listen(socket)
        kind = "LIVE REHEARSAL (paper money that reports itself as live), account" if live else "account"
        print(f"paper broker: {kind} {settings.account}, market {market.label}, on {socket}", flush=True)
        running = asyncio.create_task(market.run(server.deliver, awake))
        running.add_done_callback(lambda task: stop.set() if not task.cancelled() and task.exception() else None)
        await stop.wait()
    finally:
        if running is not None:
            running.cancel()
            await asyncio.wait([running])
        await server.close()
        venue.close()
    if failures:
        raise failures[0]
    if not running.cancelled():
        running.result()


def _market(options: argparse.Namespace) -> ServedMarket:
    kind, *files = options.market
    if kind == "replay" and files:
        return ReplayedRun([Path(file) for file in files], options.speed, options.calendar)
    if kind == "sim" and not files:
        return SimulatedRun(options.market_seed, options.symbols)
    raise ValueError(f"--market {' '.join(options.market)}: expected sim, or replay FILE...")


def _faults(path: Path) -> FaultScript:
    try:
        return msgspec.json.decode(path.read_bytes(), type=FaultScript)
    except (OSError, msgspec.DecodeError) as error:
        raise ValueError(f"--faults {path}: {error}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m brokers.paper.serve", description=__doc__)
    add = parser.add_argument
    add("--socket", type=Path, required=True, help="path of the Unix socket to listen on")
    add("--books", type=Path, required=True, help="the account's file; made when it is not there")
    add("--account", default="PAPER", help="name of the account (default PAPER)")
    add("--live", action="store_true", help="report the account as a live one: to rehearse live mode, on paper money")
    add("--cash", type=_amount, default=Decimal(5_000_000), help="opening cash of new books, USD")
    add("--latency-ms", type=_range, default=(5, 50), help="LEAST-MOST for both ways together (default 5-50)")
    add("--seed", type=int, default=1, help="of latency and fill chances")
    add("--market", nargs="+", default=["sim"], metavar="M", help="sim, or replay FILE... (default sim)")
    add("--market-seed", type=int, default=1, help="of the simulated market")
    add("--symbols", type=lambda text: text.split(","), help="A,B,...: only these of the simulated market")
    add("--speed", type=_amount, default=Decimal(1), help="of a replay; 0: as fast as possible")
    add("--calendar", default="XNYS", help="sessions of a replay's symbols")
    add("--slippage-bps", type=_amount, default=Decimal(0))
    add("--commission-per-share", type=_amount, default=Decimal(0))
    add("--commission-min", type=_amount, default=Decimal(0))
    add("--limit-fill-prob", type=_amount, default=Decimal(1))
    add("--default-display", type=_amount, default=Decimal(1000))
    add("--pause-when-empty", action="store_true", help="hold the market while no desk is connected")
    add("--rate", type=_rate, default=1000, help="requests taken in any second (default 1000); more are throttled")
    add("--faults", type=Path, help="for tests: a script of faults (brokers.paper.faults)")
    return parser


def _amount(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 0")
    return value


def _rate(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 1000000")
    return int(text)


def _range(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not LEAST-MOST in milliseconds, like 5-50")
    least = int(match[1])
    return least, int(match[2]) if match[2] is not None else least


if __name__ == "__main__":
    sys.exit(main())
