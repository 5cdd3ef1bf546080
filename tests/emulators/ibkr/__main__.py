"""`python -m tests.emulators.ibkr`: an IB gateway to try things on, by hand. Prints what to put into a profile."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import stat
import sys
from decimal import Decimal
from random import Random

from tests.emulators.ibkr.commands import listen
from tests.emulators.ibkr.server import IbGateway

START = {
    "SPY": "540.00", "IBM": "185.00", "AAPL": "184.00", "MSFT": "420.00", "BAC": "38.00", "EUR.USD": "1.10000",
    "GBP.USD": "1.30000", "ESZ7": "5420.00", "BTC.USD": "60000.00",
}  # fmt: skip
EVERY_S = 0.5


async def _walk(gateway: IbGateway, seed: int) -> None:
    """Prices that wander by ticks, from a seed."""
    random = Random(seed)
    mids = {name: Decimal(px) for name, px in START.items()}
    ticks = {name: gateway.books.catalogue.named(name).min_tick for name in START}
    while True:
        for name, mid in mids.items():
            tick = ticks[name]
            mids[name] = moved = max(mid + tick * random.choice((-2, -1, 0, 0, 1, 2)), tick * 2)
            await gateway.quote(name, moved - tick, moved + tick, 100 * random.randint(1, 20))
            await gateway.trade(name, moved + tick * random.choice((-1, 1)), 100)
        await asyncio.sleep(EVERY_S)


async def _hear(gateway: IbGateway) -> None:
    """Commands on the standard input, where that is a pipe or a terminal."""
    if not (sys.stdin.isatty() or stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode)):
        return
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    await listen(gateway, lines)


async def _serve(arguments: argparse.Namespace) -> None:
    gateway = IbGateway(
        accounts=(arguments.account,), cash=Decimal(arguments.cash), version=arguments.version,
        read_only=arguments.read_only,
    )  # fmt: skip
    gateway.faults.drop_fills = arguments.drop_fills
    live = not arguments.account.startswith("D")
    await gateway.start((4001 if live else 4002) if arguments.port is None else arguments.port)
    print(
        f"IB gateway on 127.0.0.1:{gateway.port}, account {arguments.account} ({'live' if live else 'paper'}), "
        f"protocol up to {gateway.version}",
        f"export IBKR_HOST=127.0.0.1 IBKR_PORT={gateway.port}",
        "commands on the standard input; help tells them",
        sep="\n",
        flush=True,
    )
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    tasks = [asyncio.create_task(_walk(gateway, arguments.seed))] if arguments.walk else []
    if not sys.stdin.closed:
        tasks.append(asyncio.create_task(_hear(gateway)))
    await ended.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await gateway.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description="An IB gateway on the loopback, with one account.")
    parser.add_argument("--port", type=int, help="4002 for a paper account, 4001 for a live one; 0: any that is free")
    parser.add_argument("--account", default="DU1234567", help="DU...: paper, U...: live")
    parser.add_argument("--cash", default="1000000")
    parser.add_argument("--version", type=int, default=176, help="the newest version of the protocol that it speaks")
    parser.add_argument("--read-only", action="store_true", help="as with the box 'Read-Only API'")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drop-fills", type=int, default=0, metavar="N", help="tell nobody of every Nth fill")
    parser.add_argument("--still", dest="walk", action="store_false", help="the market moves by command alone")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
