"""The server: lines of JSON on the loopback, and what goes wrong with them on purpose.

`requests` and `news` hold what becomes of the next request or news of a kind, by the words of
tests.conformance.bench.Trouble.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.emulators.template.books import Books, RefusedError

Row = dict[str, Any]
HANDED_OUT = "sesame"


class _Client:
    """One connection."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.known = False
        self.watched: set[str] = set()

    def send(self, row: Row) -> None:
        self.raw(json.dumps(row).encode() + b"\n")

    def raw(self, line: bytes) -> None:
        if not self.writer.is_closing():
            self.writer.write(line)

    def cut(self) -> None:
        self.writer.transport.abort()


class TemplateServer:
    """`late_s`: how long a late request or report is under way."""

    def __init__(self, *, account: str, now_us: Callable[[], int], wall_us: Callable[[], int], late_s: float) -> None:
        self.account, self.token = account, HANDED_OUT
        self.now_us, self.wall_us = now_us, wall_us
        self.books = Books(now_us, self._tell)
        self.late_s = late_s
        self.requests: dict[str, deque[str]] = defaultdict(deque)
        self.news: dict[str, deque[str]] = defaultdict(deque)
        self.silent = self.unreachable = False
        self.asked: list[Row] = []
        """Every request that came in."""
        self.port = 0
        self._clients: set[_Client] = set()
        self._swapped: list[Row] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()
        await asyncio.sleep(0)

    def cut(self) -> None:
        """Break every connection."""
        for client in list(self._clients):
            client.cut()

    def quote(self, symbol: str, bid: Decimal, ask: Decimal, size: int) -> None:
        """The market moves."""
        self.books.quote(symbol, bid, ask, Decimal(size))
        shown = {"bid": str(bid), "ask": str(ask), "bid_size": str(size), "ask_size": str(size)}
        for client in self._clients:
            if symbol in client.watched:
                client.send({"news": "quote", "at": self.now_us(), "symbol": symbol, **shown})

    # -- requests -----------------------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Client(writer)
        if self.unreachable:
            client.cut()
            return
        self._clients.add(client)
        try:
            while line := await reader.readline():
                self._take(client, json.loads(line))
        except OSError:
            pass
        finally:
            self._clients.discard(client)
            writer.close()

    def _take(self, client: _Client, request: Row) -> None:
        self.asked.append(request)
        queue = self.requests[request["do"]]
        fault = queue.popleft() if queue else ""
        number = request.pop("n")
        if fault == "lost":
            return
        if fault == "late":
            asyncio.get_running_loop().call_later(self.late_s, self._answer, client, request)
            return
        if fault == "reset_before":
            client.cut()
            return
        if fault in ("refused", "throttled"):
            code = "REFUSED" if fault == "refused" else "BUSY"
            client.send({"n": number, "error": code, "text": f"{fault} by the script", "wait_s": 0.2})
            return
        answer = {"n": number, **self._answer(client, request)}
        if fault == "unanswered":
            return
        if fault == "error_after":
            answer = {"n": number, "error": "INTERNAL", "text": "internal error"}
        elif fault == "unreadable":
            answer = {"n": number, "okay": [None]}
        elif fault == "novel":
            answer = _novel(answer)
        if fault == "reset_after":
            client.cut()
        elif fault == "torn":
            client.raw(json.dumps(answer).encode()[:9])
            client.writer.close()
        else:
            client.send(answer)

    def _answer(self, client: _Client, request: Row) -> Row:
        """Do what is asked."""
        fields = {key: value for key, value in request.items() if key != "do"}
        try:
            if request["do"] == "login":
                self._log_in(client, **fields)
                return {"ok": None}
            if not client.known:
                raise RefusedError("LOGIN", "log in first")
            return {"ok": getattr(self, f"_do_{request['do']}")(client, **fields)}
        except RefusedError as refused:
            return {"error": refused.code, "text": str(refused)}

    def _log_in(self, client: _Client, user: str, token: str) -> None:
        if token != self.token:
            raise RefusedError("LOGIN", f"the token of {user} is wrong")
        client.known = True

    def _do_place(self, client: _Client, **fields: Any) -> Row:
        return {"no": self.books.place(**fields).no}

    def _do_cancel(self, client: _Client, **by: str) -> None:
        self.books.cancel(**by)

    def _do_change(self, client: _Client, **fields: Any) -> None:
        self.books.change(**fields)

    def _do_order(self, client: _Client, ref: str) -> Row:
        return self.books.find(ref).row()

    def _do_orders(self, client: _Client) -> list[Row]:
        return [order.row() for order in self.books.orders if order.state == "working"]

    def _do_executions(self, client: _Client, since: int, after: str, size: int) -> list[Row]:
        rows = [row for row in self.books.executions if row["at"] >= since]
        ids = [row["id"] for row in rows]
        start = ids.index(after) + 1 if after else 0
        return rows[start : start + size]

    def _do_positions(self, client: _Client) -> list[Row]:
        books = self.books
        return [
            {"symbol": symbol, "qty": str(qty), "px": str(books.cost[symbol])}
            for symbol, qty in books.positions.items()
        ]

    def _do_account(self, client: _Client) -> Row:
        return {"name": self.account, "money": "paper", "currency": "USD", "cash": str(self.books.cash)}

    def _do_instrument(self, client: _Client, symbol: str) -> Row:
        if symbol not in self.books.listed:
            raise RefusedError("NOT_FOUND", f"{symbol} is not listed here")
        return {"tick": "0.01", "lot": "1"}

    def _do_time(self, client: _Client) -> Row:
        return {"at": self.wall_us()}

    def _do_watch(self, client: _Client, symbols: list[str]) -> None:
        client.watched.update(symbols)

    # -- news ---------------------------------------------------------------------------------------------------

    def _tell(self, row: Row) -> None:
        """News goes to everybody who is logged in."""
        queue = self.news[row["news"]]
        fault = queue.popleft() if queue else ""
        if self.silent or fault == "dropped":
            return
        if fault == "swapped":
            self._swapped.append(row)
            return
        if fault == "delayed":
            asyncio.get_running_loop().call_later(self.late_s, self._spread, row)
            return
        if fault == "malformed":
            for client in self._clients:
                client.raw(b"\x00 no line of this protocol \xff\n")
            return
        if fault == "novel":
            row = {**row, "fill": {**row["fill"], "role": "auctioneer"}} if "fill" in row else {**row, "news": "helix"}
        self._spread(row)
        if fault == "twice":
            self._spread(row)
        swapped, self._swapped = self._swapped, []
        for earlier in swapped:
            self._spread(earlier)

    def _spread(self, row: Row) -> None:
        for client in self._clients:
            if client.known:
                client.send(row)


def _novel(answer: Row) -> Row:
    """The answer with words that nobody knows in every row."""
    strange = {"state": "helix", "kind": "PEG", "until": "MOON", "role": "auctioneer", "new_field": {"a": [1]}}
    rows = answer.get("ok")
    if isinstance(rows, dict):
        return {**answer, "ok": {**rows, **{k: v for k, v in strange.items() if k in rows or k == "new_field"}}}
    if isinstance(rows, list):
        return {**answer, "ok": [_novel({"ok": row})["ok"] for row in rows]}
    return answer
