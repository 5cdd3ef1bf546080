"""`python -m tests.emulators.alpaca`: an Alpaca to try things on, by hand. Prints what to put into the environment."""

from __future__ import annotations

import argparse
import asyncio
import signal
from decimal import Decimal
from random import Random

from tests.emulators.alpaca.server import LISTED, AlpacaServer

CENT = Decimal("0.01")
START = {"SPY": "540.00", "IBM": "185.00", "AAPL": "184.00", "BAC": "38.00", "BTC/USD": "60000.00"}
#: Options on AAPL that have a market here, and what they cost at the start.
OPTIONS = {"AAPL270115C00180000": "14.00", "AAPL270115C00190000": "8.50", "AAPL270115P00180000": "7.20"}
EVERY_S = 0.5
PAPER, LIVE = "PA3EMULATED", "847362915"
"""The numbers of paper accounts begin with PA."""


async def _walk(server: AlpacaServer, seed: int) -> None:
    """Prices that wander by cents, from a seed."""
    random = Random(seed)
    mids = {symbol: Decimal(px) for symbol, px in ({symbol: START[symbol] for symbol in LISTED} | OPTIONS).items()}
    while True:
        for symbol, mid in mids.items():
            mids[symbol] = moved = max(mid + CENT * random.choice((-2, -1, 0, 0, 1, 2)), Decimal(1))
            await server.quote(symbol, moved - CENT, moved + CENT, 100 * random.randint(1, 20))
        await asyncio.sleep(EVERY_S)


async def _serve(arguments: argparse.Namespace) -> None:
    server = AlpacaServer(cash=Decimal(arguments.cash), account_number=LIVE if arguments.live else PAPER)
    server.faults.drop_fills = arguments.drop_fills
    server.faults.late_activities_s = arguments.late_activities
    await server.start(arguments.port)
    print(
        f"export ALPACA_API_KEY={server.key} ALPACA_SECRET_KEY={server.secret} ALPACA_BASE_URL={server.url}"
        f" ALPACA_STREAM_URL=ws://127.0.0.1:{server.port}/stream ALPACA_DATA_URL={server.url}",
        flush=True,
    )
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    walking = asyncio.create_task(_walk(server, arguments.seed))
    await ended.wait()
    walking.cancel()
    await asyncio.gather(walking, return_exceptions=True)
    await server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description="An Alpaca on the loopback, with one account.")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--cash", default="1000000")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--live", action="store_true", help=f"account {LIVE}, which reports itself as live")
    late = "seconds until an execution is among the account's activities"
    parser.add_argument("--late-activities", type=float, default=0.0, metavar="S", help=late)
    parser.add_argument("--drop-fills", type=int, default=0, metavar="N", help="keep every Nth fill off the stream")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
