"""`python -m tests.emulators.ibkr`: an IB gateway to try things on, by hand. Prints what to put into a profile."""

from __future__ import annotations

import argparse
import asyncio
import signal
from decimal import Decimal
from random import Random

from tests.emulators.ibkr.commands import Console
from tests.emulators.ibkr.listing import SPOTS
from tests.emulators.ibkr.server import IbGateway

EVERY_S = 0.5
PREMIUM, SPREAD = Decimal("2.50"), Decimal("0.10")


async def _open(gateway: IbGateway) -> None:
    """One quote of everything; options at what they are worth on the spot, and a premium."""
    for listed in gateway.books.catalogue.listed.values():
        name, half = listed.local_symbol, listed.min_tick
        mid = SPOTS.get(name)
        if mid is None:
            inside = SPOTS[listed.symbol] - listed.strike
            mid, half = max(inside if listed.right == "C" else -inside, Decimal(0)) + PREMIUM, SPREAD / 2
        await gateway.quote(name, mid - half, mid + half, 1000)


async def _walk(gateway: IbGateway, seed: int) -> None:
    """Prices that wander by ticks, from a seed."""
    random = Random(seed)
    mids = dict(SPOTS)
    ticks = {name: gateway.books.catalogue.named(name).min_tick for name in SPOTS}
    while True:
        for name, mid in mids.items():
            tick = ticks[name]
            mids[name] = moved = max(mid + tick * random.choice((-2, -1, 0, 0, 1, 2)), tick * 2)
            await gateway.quote(name, moved - tick, moved + tick, 100 * random.randint(1, 20))
            await gateway.trade(name, moved + tick * random.choice((-1, 1)), 100)
        await asyncio.sleep(EVERY_S)


async def _serve(arguments: argparse.Namespace) -> None:
    gateway = IbGateway(
        accounts=(arguments.account,), cash=Decimal(arguments.cash), version=arguments.version,
        read_only=arguments.read_only,
    )  # fmt: skip
    gateway.faults.drop_fills = arguments.drop_fills
    live = not arguments.account.startswith("D")
    await gateway.start((4001 if live else 4002) if arguments.port is None else arguments.port)
    await _open(gateway)
    print(
        f"IB gateway on 127.0.0.1:{gateway.port}, account {arguments.account} ({'live' if live else 'paper'}), "
        f"protocol up to {gateway.version}",
        f"export IBKR_HOST=127.0.0.1 IBKR_PORT={gateway.port}",
        f"in tradedesk.yaml: broker: ibkr, account: {arguments.account}, data: ibkr" + (", mode: live" if live else ""),
        "commands on the standard input; help tells them",
        sep="\n",
        flush=True,
    )
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    tasks = [asyncio.create_task(_walk(gateway, arguments.seed))] if arguments.walk else []
    tasks.append(asyncio.create_task(Console(gateway).listen()))
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
