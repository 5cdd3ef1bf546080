"""A trader without a pause: random requests on several connections of the control socket, nobody waits for answers."""

from __future__ import annotations

import select
import socket
import time
from pathlib import Path
from random import Random
from typing import Any

import msgspec

#: Liquid names of the simulated market, of different prices and spreads.
SYMBOLS = ("AAPL", "AMZN", "BAC", "IBM", "MSFT", "SPY")
NEVER_HELD = "xom"
"""One that is never traded here: an order in it opens, it can't reduce."""
CONNECTIONS = 8
#: What an order that is answered with it can't be changed or cancelled in.
_OVER = ("FILLED", "CANCELED", "REJECTED", "DENIED", "EXPIRED")

Request = dict[str, Any]


class Trader:
    """Decides by its own generator and by what answers have told it; remembers what the desk promised."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._orders: list[int] = []
        self._algos: list[int] = []
        self._halted = False
        self.sent = 0
        self.refused = 0
        self.kills = 0
        """How often it pulled the kill switch itself, to trade on after a resume."""
        self.promised: set[str] = set()
        """cl_ord_ids of orders that the desk has acknowledged to us: they must be in its journal for ever."""

    def next_request(self) -> Request:
        """The next thing to ask for: orders of all kinds, changes and cancels of them, algos, kills and resumes."""
        self.sent += 1
        dice = self._rng.random()
        if self._halted and dice < 0.5:
            self._halted = False
            return {"verb": "resume", "line": "resume reason trading on", "confirm": "RESUME"}
        if dice > 0.99:
            self._halted = True
            self.kills += 1
            return {"verb": "kill", "flatten": dice > 0.995}
        if dice < 0.16 and self._orders:
            return {"verb": "cxl", "line": f"cxl {self._some_order()}"}
        if dice < 0.32 and self._orders:
            return {"verb": "mod", "line": f"mod {self._some_order()} {self._change()}", "yes": True}
        if dice < 0.36:
            return {"verb": "launch", "line": self._algo(), "yes": True}
        if dice < 0.40 and self._algos:
            action = self._rng.choice(
                ("pause", "pause keep", "resume", "resume shift", "cancel", "repace 5s", "finish", "manual")
            )
            return {"verb": "algo", "line": f"algo {self._rng.choice(self._algos[-4:])} {action}"}
        if dice < 0.42:
            return {
                "verb": "cxl",
                "line": self._rng.choice(("cxl last", f"cxl {self._symbol()}", "cxl all")),
                "yes": True,
            }
        if dice < 0.44:
            return {"verb": "flat", "line": f"flat {self._symbol()}", "yes": True}
        return {"verb": "order", "line": self._order(), "yes": True}

    def next_order(self) -> Request:
        """An order that our own checks let through in nearly all cases."""
        self.sent += 1
        rng = self._rng
        price = rng.choice(("mkt", "lmt @bid", f"lmt @bid-0.{rng.randrange(1, 10):02d}"))
        return {"verb": "order", "line": f"buy {rng.randrange(1, 100)} {self._symbol()} {price}", "yes": True}

    def told(self, answer: dict[str, Any]) -> None:
        """An answer came."""
        result = answer.get("result")
        if not answer.get("ok"):
            self.refused += 1
        if not isinstance(result, dict) or result.get("id") is None:
            return
        if result.get("cl_ord_id") is None:
            self._algos.append(result["id"])
        else:
            self.promised.add(result["cl_ord_id"])
            if result.get("status") not in _OVER:
                self._orders.append(result["id"])

    def _order(self) -> str:
        rng = self._rng
        side = rng.choice(("buy", "buy", "sell", "sell", "short"))
        near, far, worse = ("@bid", "@ask", "+") if side == "buy" else ("@ask", "@bid", "-")
        better = "-" if worse == "+" else "+"
        offset = f"0.{rng.randrange(1, 30):02d}"
        price = rng.choice(
            (
                "mkt",
                f"lmt {near}",
                f"lmt {near}",
                f"lmt {near}{better}{offset}",
                f"lmt {near}{better}{offset}",
                f"lmt {far}{worse}{offset}",
                f"lmt {far} {rng.choice(('ioc', 'fok'))}",
                "mid",
                f"stop {far}{worse}{offset}",
                # So near that it is elected within seconds, and one that then waits at its limit.
                f"stop {far}{worse}0.01",
                f"stop {far}{worse}0.01 lmt {far}{worse}{offset}",
            )
        )
        # More than is displayed at a time, so that it is filled in parts, and cancelled or changed between them.
        qty = rng.randrange(1, 400) if rng.random() < 0.8 else rng.randrange(1_000, 3_000)
        return f"{side} {qty} {self._symbol()} {price}"

    def _change(self) -> str:
        rng = self._rng
        price = f"px {rng.choice(('@bid', '@ask', '@mid'))}{rng.choice('+-')}0.{rng.randrange(1, 10):02d}"
        return rng.choice((price, f"qty {rng.randrange(1, 400)}", f"{price} qty {rng.randrange(1, 400)}"))

    def _algo(self) -> str:
        rng = self._rng
        side = rng.choice(("buy", "buy", "sell", "short"))
        window = f"duration {rng.randrange(2, 12)}s"
        kind, options = rng.choice(
            (
                ("twap", f"{window} slices 5"),
                ("vwap", f"{window} profile 3,1,2 mid deadline 1s"),
                ("pov", f"{window} rate 20% passive deadline 1s"),
                ("is", f"{window} slices 5 lambda 1e-6 sigma 1.5 eta 1e-4 gamma 1e-6 epsilon 0.01"),
                ("iceberg", "show 20 aggressive"),
                ("sor", ""),
            )
        )
        return f"{kind} {side} {rng.randrange(20, 600)} {self._symbol()} {options}".rstrip()

    def _symbol(self) -> str:
        return self._rng.choice(SYMBOLS).lower()

    def _some_order(self) -> int:
        return self._rng.choice(self._orders[-12:])


class Callers:
    """Connections on which one request each can be under way."""

    def __init__(self, path: Path, trader: Trader) -> None:
        self._path = path
        self._trader = trader
        self._idle: list[socket.socket] = []
        self._busy: dict[socket.socket, bytearray] = {}

    def send(self, request: Request) -> bool:
        """Send without waiting; False when the desk is gone, or owes an answer on every connection."""
        self.hear(0.0)
        if len(self._busy) >= CONNECTIONS:
            return False
        try:
            caller = self._idle.pop() if self._idle else self._dial()
            caller.sendall(msgspec.json.encode(request) + b"\n")
        except OSError:
            return False
        self._busy[caller] = bytearray()
        return True

    def hear(self, seconds: float) -> None:
        """Take the answers that come within this time."""
        until = time.monotonic() + seconds
        while True:
            left = max(until - time.monotonic(), 0.0)
            self._take(select.select(list(self._busy), [], [], left)[0])
            if time.monotonic() >= until:
                return

    def _take(self, readable: list[socket.socket]) -> None:
        for caller in readable:
            heard = self._busy[caller]
            try:
                data = caller.recv(262_144)
            except OSError:
                data = b""
            heard += data
            if not data:
                del self._busy[caller]
                caller.close()
            elif heard.endswith(b"\n"):
                del self._busy[caller]
                self._idle.append(caller)
                self._trader.told(msgspec.json.decode(heard))

    def close(self) -> None:
        """Take what the dead desk had still said, then hang up."""
        until = time.monotonic() + 1.0
        while self._busy and time.monotonic() < until:
            self._take(select.select(list(self._busy), [], [], 0.1)[0])
        for caller in (*self._idle, *self._busy):
            caller.close()

    def _dial(self) -> socket.socket:
        caller = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        caller.settimeout(2.0)
        caller.connect(str(self._path))
        return caller
