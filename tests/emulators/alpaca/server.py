"""The server: trading REST, market data REST, both streams, on one port of the loopback."""

from __future__ import annotations

import itertools
import json
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from aiohttp import web

from tests.emulators.alpaca.answers import RefusedError, not_found, number, unprocessable
from tests.emulators.alpaca.bars import daily
from tests.emulators.alpaca.books import ZERO, Books, Fill, Quote
from tests.emulators.alpaca.days import calendar_row
from tests.emulators.alpaca.faults import Faults, Handler, abort, kind_of, suffer
from tests.emulators.alpaca.group_form import check_change
from tests.emulators.alpaca.orders import Order, asset_id, iso, text
from tests.emulators.alpaca.published import UPDATE, answer_unlike, unlike
from tests.emulators.alpaca.refusals import check_account, check_listing, class_of, order_of
from tests.emulators.alpaca.streams import MarketData, TradeUpdates

NO_SUBSCRIPTION = 409
LISTED = {"IBM": "us_equity", "SPY": "us_equity", "AAPL": "us_equity", "BAC": "us_equity", "BTC/USD": "crypto"}


class AlpacaServer:
    """One account behind one pair of keys. `carry_fills`: a replacement takes over what its predecessor had filled
    (which of the two the real one does is not proved)."""

    def __init__(
        self,
        *,
        key: str = "PKTEST",
        secret: str = "sesame",
        account_number: str = "PA3EMULATED",
        cash: Decimal = Decimal(1_000_000),
        listed: dict[str, str] | None = None,
        per_minute: int = 200,
        now_ns: Callable[[], int] = time.time_ns,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.key, self.secret, self.account_number = key, secret, account_number
        self.listed = dict(LISTED if listed is None else listed)
        self.now_ns, self.wall_ns = now_ns, wall_ns
        self.faults = Faults()
        self.books = Books(cash, now_ns)
        self.updates = TradeUpdates(key, secret, self.faults)
        self.data = MarketData(key, secret)
        self.books.told = self._tell
        self.unlike: list[str] | None = None
        """Where answers and updates are held against what the broker publishes: in what they differ from it."""
        self.seen: list[tuple[str, str]] = []
        """(method, path) of every request that came in."""
        self.account_says: dict[str, Any] = {}
        """What else, or otherwise, GET /v2/account says, like {"trading_blocked": True}."""
        self.answers_exits = True
        """Whether the answer to a group names its exits (seen, but not documented)."""
        self.lists_held = True
        """Whether held orders are in flat lists of what is open (there are reports of both)."""
        self.flags: dict[str, dict[str, Any]] = {}
        """By symbol, what its listing says instead of the usual."""
        self.hours: dict[str, dict[str, str] | None] = {}
        """By date, what the calendar says instead of the usual, like {"close": "13:00"}; None: a holiday."""
        self._per_minute = per_minute
        self._recent: deque[float] = deque()
        self.turned_away = 0
        """Requests above the rate."""
        self._runner: web.AppRunner | None = None
        self.port = 0

    # -- the socket -----------------------------------------------------------------------------------------------

    async def start(self, port: int = 0) -> None:
        app = web.Application(middlewares=[self._middleware])
        app.router.add_get("/stream", self.updates.handle)
        for feed in ("iex", "sip", "test"):
            app.router.add_get(f"/v2/{feed}", self.data.handle)
        app.router.add_get("/v1beta3/crypto/us", self.data.handle)
        app.router.add_get("/v1beta1/{feed:indicative|opra}", self.data.handle)
        app.router.add_get("/v2/account", self._account)
        app.router.add_get("/v2/account/activities", self._activities)
        app.router.add_get("/v2/account/activities/{kind}", self._activities)
        app.router.add_get("/v2/clock", self._clock)
        app.router.add_get("/v2/calendar", self._calendar)
        app.router.add_get("/v2/positions", self._positions)
        app.router.add_get("/v2/positions/{symbol:.+}", self._position)
        app.router.add_get("/v2/assets", self._assets)
        app.router.add_get("/v2/assets/{symbol:.+}", self._asset)
        app.router.add_get("/v2/orders", self._orders)
        app.router.add_post("/v2/orders", self._submit)
        app.router.add_delete("/v2/orders", self._cancel_all)
        app.router.add_get("/v2/orders:by_client_order_id", self._by_client)
        app.router.add_get("/v2/orders/{id}", self._order)
        app.router.add_patch("/v2/orders/{id}", self._replace)
        app.router.add_delete("/v2/orders/{id}", self._cancel)
        app.router.add_get("/v2/stocks/quotes/latest", self._latest)
        app.router.add_get("/v2/stocks/bars", self._bars)
        app.router.add_get("/v1beta3/crypto/us/bars", self._bars)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        assert site._server is not None
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]

    async def stop(self) -> None:
        if self._runner is not None:
            self.cut()
            await self._runner.cleanup()

    def cut(self) -> None:
        """Break every connection."""
        self.updates.cut()
        self.data.cut()
        server = self._runner.server if self._runner is not None else None
        for protocol in list(getattr(server, "connections", ())):
            if protocol.transport is not None:
                protocol.transport.abort()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def data_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/v2/iex"

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.faults.unreachable:
            abort(request)
            return web.Response()
        if "websocket" in request.headers.get("Upgrade", "").lower():
            return await handler(request)
        self.seen.append((request.method, request.path))
        try:
            self._check_keys(request)
            limits = self._count()
            await request.read()  # whole, before anything goes wrong with the connection
            kind = kind_of(request)
            fault = self.faults.next_request(kind)
            words = self.faults.messages.get(kind, "")
            answer = await (suffer(fault, request, handler, words) if fault else handler(request))
        except RefusedError as refused:
            return web.json_response(refused.body, status=refused.status)
        except (KeyError, ValueError, ArithmeticError) as error:
            return web.json_response({"code": 40010000, "message": f"bad request: {error}"}, status=400)
        if self.unlike is not None and isinstance(answer, web.Response) and answer.text and answer.status < 300:
            self.unlike += answer_unlike(request.method, request.path, json.loads(answer.text))
        if not answer.prepared:
            answer.headers.update({"X-Request-ID": uuid4().hex, **limits})
        return answer

    def _tell(self, update: dict[str, Any]) -> None:
        if self.unlike is not None:
            self.unlike += unlike(UPDATE, update, str(update.get("event")))
        self.updates.tell(update)

    def _check_keys(self, request: web.Request) -> None:
        given = (request.headers.get("APCA-API-KEY-ID"), request.headers.get("APCA-API-SECRET-KEY"))
        if given != (self.key, self.secret):
            raise RefusedError(403, None, "forbidden.")

    def _count(self) -> dict[str, str]:
        now = time.monotonic()
        recent = self._recent
        while recent and recent[0] <= now - 60:
            recent.popleft()
        if len(recent) >= self._per_minute:
            self.turned_away += 1
            raise RefusedError(429, 42910000, "too many requests")
        recent.append(now)
        left = self._per_minute - len(recent)
        reset = int(time.time() + 60)
        return {
            "X-Ratelimit-Limit": str(self._per_minute),
            "X-Ratelimit-Remaining": str(left),
            "X-Ratelimit-Reset": str(reset),
        }

    # -- the market -----------------------------------------------------------------------------------------------

    async def quote(self, symbol: str, bid: Decimal, ask: Decimal, size: int = 1000) -> None:
        """The market moves."""
        self.books.quote(symbol, Quote(bid, ask, Decimal(size), Decimal(size)))
        await self.data.quote(symbol, float(bid), float(ask), size, size, self.now_ns())

    # -- orders ---------------------------------------------------------------------------------------------------

    async def _submit(self, request: web.Request) -> web.Response:
        order = self.submit(await request.json())
        return web.json_response({**order, "status": "pending_new", "filled_qty": "0", "filled_avg_price": None})

    def submit(self, body: dict[str, Any]) -> dict[str, Any]:
        """Take an order as a body of JSON; also for whoever places one by hand. Raises RefusedError."""
        order = order_of(body, self.books, self.listed, str(uuid4()))
        check_account(order, self.books)
        if not order.legs:
            check_listing(order, self._listing(order.symbol))
        answer = self._json(order, nested=self.answers_exits)
        self.books.take(order)
        return answer

    def _json(self, order: Order, *, nested: bool = False) -> dict[str, Any]:
        return order.json(nested=nested, roles=self.books.tells_roles)

    def _find(self, request: web.Request) -> Order:
        ident = request.match_info["id"]
        order = self.books.orders.get(ident) or self.books.legs.get(ident)
        if order is None:
            raise not_found("order")
        return order

    async def _order(self, request: web.Request) -> web.Response:
        return web.json_response(self._json(self._find(request), nested=_is_nested(request)))

    async def _by_client(self, request: web.Request) -> web.Response:
        order = self.books.by_client.get(request.query["client_order_id"])
        if order is None:
            raise not_found("order")
        return web.json_response(self._json(order, nested=_is_nested(request)))

    async def _orders(self, request: web.Request) -> web.Response:
        asked = request.query
        status, limit = asked.get("status", "open"), min(int(asked.get("limit", "50")), 500)
        # Rolled up under what they hang on, or each in a row of its own as well.
        nested = _is_nested(request)
        every = [*self.books.orders.values(), *(() if nested else self.books.legs.values())]
        if nested:
            every = [order for order in every if order.parent is None]
        elif not self.lists_held:
            every = [order for order in every if order.status != "held"]
        found = [o for o in every if status == "all" or o.is_open is (status == "open")]
        if symbols := asked.get("symbols"):
            found = [o for o in found if o.symbol in symbols.split(",")]
        if after := asked.get("after"):
            found = [o for o in found if o.created_ns > nanoseconds(after)]
        if until := asked.get("until"):
            found = [o for o in found if o.created_ns < nanoseconds(until)]
        found.sort(key=lambda o: o.created_ns, reverse=asked.get("direction", "desc") == "desc")
        return web.json_response([self._json(o, nested=nested) for o in found[:limit]])

    async def _cancel(self, request: web.Request) -> web.Response:
        order = self._find(request)
        if not order.is_open:
            raise unprocessable(f'order is already in "{order.status}" state')
        self.books.cancel(order)
        return web.Response(status=204)

    async def _cancel_all(self, request: web.Request) -> web.Response:
        rows = []
        for order in self.books.open_orders():
            if order.is_open:  # an earlier one's cancel may have been its own
                self.books.cancel(order)
            rows.append({"id": order.id, "status": 200, "body": self._json(order)})
        return web.json_response(rows, status=207)

    async def _replace(self, request: web.Request) -> web.Response:
        old, body = self._find(request), await request.json()
        if not old.is_open:
            raise unprocessable(f'order is already in "{old.status}" state')
        client = str(body.get("client_order_id") or uuid4())
        if client in self.books.by_client:
            raise unprocessable("client_order_id must be unique", 40010001)
        check_change(old, body)
        limit, stop = number(body, "limit_price"), number(body, "stop_price")
        terms = {
            "symbol": old.symbol,
            "side": old.side,
            "type": old.type,
            "time_in_force": body.get("time_in_force") or old.time_in_force,
            "qty": text(number(body, "qty") or old.leaves),
            "limit_price": text(old.limit_price if limit is None else limit),
            "stop_price": text(old.stop_price if stop is None else stop),
            "trail_price": text(number(body, "trail") if old.trail_price else None),
            "trail_percent": text(number(body, "trail") if old.trail_percent else None),
            "extended_hours": old.extended_hours,
            "client_order_id": client,
            "legs": [{"symbol": leg.symbol, "side": leg.side, "ratio_qty": text(leg.ratio_qty)} for leg in old.legs],
        }
        new = order_of(terms, self.books, self.listed, client)
        new.position_intent, new.status = old.position_intent, "pending_new"
        answer = {**self._json(new), "replaces": old.id}
        self.books.replace(old, new)
        return web.json_response(answer)

    # -- the account ----------------------------------------------------------------------------------------------

    async def _account(self, request: web.Request) -> web.Response:
        books = self.books
        equity, buying_power = text(books.equity), text(books.equity * 2)
        flags = dict.fromkeys(
            ("trading_blocked", "transfers_blocked", "account_blocked", "trade_suspended_by_user"), False
        )
        return web.json_response(
            {
                "id": "e6fe16f3-64a4-4921-8928-cadf02f92f98",
                "account_number": self.account_number,
                "status": "ACTIVE",
                "currency": "USD",
                "cash": text(books.cash),
                "equity": equity,
                "last_equity": equity,
                "portfolio_value": equity,
                "buying_power": buying_power,
                "regt_buying_power": buying_power,
                "non_marginable_buying_power": text(books.cash),
                "multiplier": "2",
                "long_market_value": text(books.value_of(1)),
                "short_market_value": text(books.value_of(-1)),
                "initial_margin": text((books.value_of(1) - books.value_of(-1)) / 2),
                "maintenance_margin": text((books.value_of(1) - books.value_of(-1)) / 4),
                "shorting_enabled": True,
                "created_at": iso(0),
                **flags,
                **self.account_says,
            }
        )

    async def _positions(self, request: web.Request) -> web.Response:
        return web.json_response([self._row(symbol) for symbol in self.books.positions])

    async def _position(self, request: web.Request) -> web.Response:
        symbol = request.match_info["symbol"]
        if symbol not in self.books.positions:
            raise RefusedError(404, 40410000, "position does not exist")
        return web.json_response(self._row(symbol))

    def _row(self, symbol: str) -> dict[str, Any]:
        books = self.books
        qty, mark, cost = books.positions[symbol], books.mark(symbol), books.cost[symbol]
        held = books.held(symbol, "sell" if qty > 0 else "buy")
        return {
            "asset_id": asset_id(symbol),
            "symbol": symbol.replace("/", ""),  # as the broker tells positions in crypto
            "exchange": "NASDAQ",
            "asset_class": class_of(symbol, self.listed) or "us_equity",
            "qty": text(qty),
            "qty_available": text(abs(qty) - held),
            "side": "long" if qty > 0 else "short",
            "avg_entry_price": text(cost),
            "market_value": text(qty * mark),
            "cost_basis": text(qty * cost),
            "asset_marginable": not symbol.count("/"),
            "unrealized_pl": text(qty * (mark - cost)),
            "unrealized_plpc": _share(qty * (mark - cost), abs(qty) * cost),
            "unrealized_intraday_pl": text(qty * (mark - cost)),
            "unrealized_intraday_plpc": _share(qty * (mark - cost), abs(qty) * cost),
            "current_price": text(mark),
            "lastday_price": text(cost),
            "change_today": _share(mark - cost, cost),
        }

    async def _activities(self, request: web.Request) -> web.Response:
        asked = request.query
        fills: list[Fill] = list(self.books.fills)
        if late_s := self.faults.late_activities_s:
            newest_ns = self.now_ns() - int(late_s * 1_000_000_000)
            fills = [fill for fill in fills if fill.ts_ns <= newest_ns]
        if after := asked.get("after"):
            fills = [fill for fill in fills if fill.ts_ns > nanoseconds(after)]
        if until := asked.get("until"):
            fills = [fill for fill in fills if fill.ts_ns < nanoseconds(until)]
        if asked.get("direction", "desc") == "desc":
            fills.reverse()
        if token := asked.get("page_token"):
            fills = list(itertools.dropwhile(lambda fill: fill.activity_id != token, fills))[1:]
        size = min(int(asked.get("page_size", "100")), 100)
        return web.json_response([fill.activity() for fill in fills[:size]])

    # -- reference ------------------------------------------------------------------------------------------------

    async def _clock(self, request: web.Request) -> web.Response:
        now = self.wall_ns()
        later = iso(now + 3600 * 1_000_000_000)
        return web.json_response({"timestamp": iso(now), "is_open": True, "next_open": later, "next_close": later})

    async def _calendar(self, request: web.Request) -> web.Response:
        start = datetime.fromisoformat(request.query.get("start", "2026-01-02")).date()
        end = datetime.fromisoformat(request.query.get("end", start.isoformat())).date()
        days = [start + timedelta(n) for n in range((end - start).days + 1)]
        return web.json_response([row for day in days if (row := calendar_row(day, self.hours)) is not None])

    def _listing(self, symbol: str) -> dict[str, Any]:
        kind = class_of(symbol, self.listed)
        row: dict[str, Any] = {
            "id": asset_id(symbol),
            "class": kind,
            "exchange": "CRYPTO" if kind == "crypto" else "NYSE",
            "symbol": symbol,
            "name": symbol,
            "status": "active",
            "tradable": True,
            "marginable": kind == "us_equity",
            "shortable": kind == "us_equity",
            "easy_to_borrow": kind == "us_equity",
            "fractionable": True,
            "attributes": [],
        }
        crypto = {"min_order_size": "0.0001", "min_trade_increment": "0.0001", "price_increment": "0.01"}
        return row | (crypto if kind == "crypto" else {}) | self.flags.get(symbol, {})

    async def _assets(self, request: web.Request) -> web.Response:
        return web.json_response([self._listing(symbol) for symbol in self.listed])

    async def _asset(self, request: web.Request) -> web.Response:
        symbol = request.match_info["symbol"]
        if class_of(symbol, self.listed) is None:
            raise RefusedError(404, 40410000, f"asset not found for {symbol}")
        return web.json_response(self._listing(symbol))

    async def _bars(self, request: web.Request) -> web.Response:
        asked = request.query
        if asked.get("timeframe") != "1Day":
            raise RefusedError(400, 40010000, "the emulator has daily bars only")
        start, end = _day(asked["start"]), _day(asked["end"])
        kind = "crypto" if "crypto" in request.path else "us_equity"
        rows = [
            (symbol, row)
            for symbol in sorted(asked["symbols"].split(","))
            if self.listed.get(symbol) == kind
            for row in daily(symbol, self.books.mark(symbol) or Decimal(100), start, end)
        ]
        skip, limit = int(asked.get("page_token", "0")), min(int(asked.get("limit", "1000")), 10_000)
        bars: dict[str, list[dict[str, Any]]] = {}
        for symbol, row in rows[skip : skip + limit]:
            bars.setdefault(symbol, []).append(row)
        token = str(skip + limit) if skip + limit < len(rows) else None
        return web.json_response({"bars": bars, "next_page_token": token})

    async def _latest(self, request: web.Request) -> web.Response:
        if self.data.refuses is not None and self.data.refuses[0] == NO_SUBSCRIPTION:
            raise RefusedError(403, None, "subscription does not permit querying recent SIP data")
        quotes = {}
        for symbol in request.query.get("symbols", "").split(","):
            quote = self.books.quotes.get(symbol)
            if quote is not None:
                quotes[symbol] = {
                    "t": iso(self.now_ns()),
                    "bp": float(quote.bid),
                    "bs": int(quote.bid_size),
                    "ap": float(quote.ask),
                    "as": int(quote.ask_size),
                }
        return web.json_response({"quotes": quotes})


def _share(part: Decimal, whole: Decimal) -> str:
    """part / whole as a text of six decimals; nothing of nothing is nothing."""
    return f"{(part / whole if whole else ZERO):.6f}"


def _is_nested(request: web.Request) -> bool:
    return request.query.get("nested", "").lower() == "true"


def _day(text: str) -> date:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).date()


def nanoseconds(moment: str) -> int:
    """RFC 3339 with up to nine digits, or a date, to ns UTC."""
    head, _, rest = moment.replace("Z", "+00:00").partition(".")
    digits = rest.partition("+")[0]
    whole = datetime.fromisoformat(head if "+" in head or not rest else head + "+00:00")
    if whole.tzinfo is None:
        whole = whole.replace(tzinfo=UTC)
    return int(whole.timestamp()) * 1_000_000_000 + int((digits or "0").ljust(9, "0")[:9])


__all__ = ["LISTED", "ZERO", "AlpacaServer", "nanoseconds"]
