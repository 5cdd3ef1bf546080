"""A word on the gateway's standard input makes something happen: quotes, fills, orders by hand, troubles."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Awaitable, Callable
from decimal import Decimal, InvalidOperation

from tests.emulators.ibkr.groups import DROP, START, WAIT
from tests.emulators.ibkr.orders import Order
from tests.emulators.ibkr.server import IbGateway

HELP = """\
quote NAME BID ASK [SIZE]          the market moves; names as IBM, EUR.USD, ESZ7
trade NAME PRICE [SIZE]            a print
halt NAME [0|1|2]                  trading halts: 0 not, 1 for news, 2 for volatility
lend NAME SHARES                   so many can be borrowed; with 0 short sales wait
phase opening|regular|extended|closed
hand BUY|SELL QTY NAME [LIMIT] [REF]    an order in the gateway's own window
fill PERMID QTY PRICE              let an order trade
correct EXECID QTY PRICE           the exchange corrects an execution
deliver NAME QTY PRICE             a position comes (or goes) without an order
fault KIND FAULT                   the next request of this kind goes wrong: submit unanswered, cancel crossed
report KIND FAULT                  the next report does: filled dropped, accepted twice
drop N                             tell nobody of every Nth fill; 0: of all
part start|wait|drop                what a part fill of a parent does to its children
race N                             in the next N fills of a group without block the other order trades, too
silent on|off                      no report goes out; questions are answered
cut                                break every connection
lose, restore [lost]               the gateway's own connection to the broker (1100; 1102, or 1101)
restart [SECONDS] [roll]           everybody out for a while; the numbers of orders may begin again
day                                midnight
system CODE WORDS                  a word of the system to everybody
orders, positions                  what is in the books"""


def _quote(gateway: IbGateway, name: str, bid: str, ask: str, size: str = "1000") -> Awaitable[None]:
    return gateway.quote(name, Decimal(bid), Decimal(ask), Decimal(size))


def _trade(gateway: IbGateway, name: str, px: str, size: str = "100") -> Awaitable[None]:
    return gateway.trade(name, Decimal(px), Decimal(size))


def _hand(gateway: IbGateway, action: str, qty: str, name: str, limit: str = "", ref: str = "") -> str:
    if action not in ("BUY", "SELL"):
        raise ValueError("BUY or SELL")
    order = gateway.place_by_hand(name, action, Decimal(qty), limit=Decimal(limit) if limit else None, ref=ref)
    return f"order {order.perm_id} {order.status}"


def _fill(gateway: IbGateway, perm_id: str, qty: str, px: str) -> None:
    order = gateway.books.orders[int(perm_id)]
    if not order.is_open or Decimal(qty) > order.leaves:
        raise ValueError(f"order {perm_id} is {order.status} with {order.leaves} to go")
    gateway.fill(order, Decimal(qty), Decimal(px))


def _correct(gateway: IbGateway, exec_id: str, qty: str, px: str) -> None:
    execution = next((one for one in gateway.books.executions if one.exec_id == exec_id), None)
    if execution is None:
        raise KeyError(exec_id)
    gateway.correct(execution, Decimal(qty), Decimal(px))


def _silent(gateway: IbGateway, how: str) -> None:
    gateway.faults.silent = {"on": True, "off": False}[how]


def _part(gateway: IbGateway, how: str) -> None:
    gateway.books.rules.part = {word: word for word in (START, WAIT, DROP)}[how]


def _race(gateway: IbGateway, fills: str) -> None:
    gateway.books.rules.races = int(fills)


def _drop(gateway: IbGateway, every: str) -> None:
    gateway.faults.drop_fills, gateway.faults.fills = int(every), 0


def _restore(gateway: IbGateway, what: str = "") -> None:
    gateway.restore(data_lost={"": False, "lost": True}[what])


def _restart(gateway: IbGateway, seconds: str = "5", roll: str = "") -> Awaitable[None]:
    return gateway.restart(float(seconds), roll_back={"": False, "roll": True}[roll])


def _kin(gateway: IbGateway, order: Order) -> str:
    parent = gateway.books.parent(order)
    under = f", under {parent.perm_id}" if parent is not None else ""
    return under + (f", group {order.group} of type {order.values['ocaType']}" if order.group else "")


def _orders(gateway: IbGateway) -> str:
    return "\n".join(
        f"{order.perm_id} client {order.client_id} order {order.order_id} {order.ref or '-'}: {order.side} "
        f"{order.qty:f} {order.listed.local_symbol} {order.type} {order.limit or ''} {order.status}, "
        f"{order.filled:f} at {order.average:f}{_kin(gateway, order)}"
        for order in gateway.books.orders.values()
    )


def _positions(gateway: IbGateway) -> str:
    return "\n".join(
        f"{account.name} {place.listed.local_symbol} {place.qty:f} at {place.cost:.6f}"
        for account in gateway.books.accounts.values()
        for place in account.open()
    )


COMMANDS: dict[str, Callable[..., Awaitable[None] | str | None]] = {
    "quote": _quote,
    "trade": _trade,
    "halt": lambda gateway, name, how="1": gateway.halt(name, int(how)),
    "lend": lambda gateway, name, shares: gateway.lend(name, int(shares)),
    "phase": lambda gateway, phase: gateway.turn(phase),
    "hand": _hand,
    "fill": _fill,
    "correct": _correct,
    "deliver": lambda gateway, name, qty, px: gateway.deliver(name, Decimal(qty), Decimal(px)),
    "fault": lambda gateway, kind, fault: gateway.faults.expect(kind, fault),
    "report": lambda gateway, kind, fault: gateway.faults.spoil(kind, fault),
    "drop": _drop,
    "part": _part,
    "race": _race,
    "silent": _silent,
    "cut": lambda gateway: gateway.cut(),
    "lose": lambda gateway: gateway.lose(),
    "restore": _restore,
    "restart": _restart,
    "day": lambda gateway: gateway.end_day(),
    "system": lambda gateway, code, *words: gateway.system(int(code), " ".join(words)),
    "orders": _orders,
    "positions": _positions,
    "help": lambda gateway: HELP,
}


async def run(gateway: IbGateway, line: str) -> str:
    """Do what a line says. Returns what there is to say of it."""
    word, *rest = line.split()
    command = COMMANDS.get(word)
    if command is None:
        return f"{word}: no such command; see help"
    try:
        result = command(gateway, *rest)
        if result is not None and not isinstance(result, str):
            await result
            result = None
    except (TypeError, ValueError, KeyError, InvalidOperation) as error:
        return f"{word}: {type(error).__name__} {error}; see help"
    return (result or "none") if isinstance(result, str) else "done"


class Console:
    """Commands on the standard input, where that is a pipe or a terminal that is ours."""

    def __init__(self, gateway: IbGateway) -> None:
        self._gateway = gateway
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._rest = b""

    async def listen(self) -> None:
        if not _is_ours():
            return
        loop = asyncio.get_running_loop()
        loop.add_reader(0, self._read)
        try:
            while True:
                print(await run(self._gateway, await self._lines.get()), flush=True)
        finally:
            loop.remove_reader(0)

    def _read(self) -> None:
        data = os.read(0, 4096) if _is_ours() else b""
        if not data:
            asyncio.get_running_loop().remove_reader(0)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.strip():
                self._lines.put_nowait(line.decode(errors="replace"))


def _is_ours() -> bool:
    """Whether reading makes sense. A program in the background that reads from its terminal would be stopped."""
    try:
        kind = os.fstat(0).st_mode
        return os.tcgetpgrp(0) == os.getpgrp() if os.isatty(0) else stat.S_ISFIFO(kind)
    except OSError:
        return False
