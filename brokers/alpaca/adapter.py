"""Alpaca as a BrokerAdapter: REST in threads, one stream of trade updates, nothing repeated by itself.

What is true stands in the broker's books: the stream has no numbers and no replay, so that the desk asks for orders and
executions after each connect (and on its timer); here nothing is made up for.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import logging
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote

from brokers.alpaca import groups, rules, words
from brokers.alpaca.assets import Assets, instrument_of
from brokers.alpaca.can import declared_at
from brokers.alpaca.chain import Chains, Row, Version, quantity_of, snapshot_of, total_of
from brokers.alpaca.lanes import Lane
from brokers.alpaca.legs import Legs
from brokers.alpaca.margin import margin_of
from brokers.alpaca.packages import Packages
from brokers.alpaca.parts import Parts
from brokers.alpaca.reports import Reading, execution_key
from brokers.alpaca.sessions import sessions_of
from brokers.alpaca.settings import AlpacaSettings
from brokers.alpaca.trouble import readable
from brokers.declared import refuse_other_replace, refuse_undeclared
from engine.market.calendar import Session
from engine.model.instrument import Instrument
from engine.model.order import BrokerCancel, BrokerGroup, BrokerOrder, BrokerReplace
from engine.model.snapshot import AccountSnapshot, Execution, OrderSnapshot, PositionSnapshot
from engine.protocol import (
    AmbiguousError,
    AuthError,
    BrokerError,
    CancelRejected,
    Capabilities,
    Disconnected,
    Gap,
    NotConnectedError,
    NotSupportedError,
    RefusedError,
    ReplaceRejected,
    Report,
    ReportSink,
    ThrottledError,
)

if TYPE_CHECKING:
    from brokers.alpaca.sdk import Client, Updates

log = logging.getLogger("tradedesk.brokers.alpaca")
ORDER_THREADS, CANCEL_THREADS = 4, 2
#: How far before the asked time executions are asked for: the broker's `after` excludes its moment, in whole us.
OVERLAP_NS: Final = 5 * 60 * 1_000_000_000


class _Session:
    """Threads, their clients, and the stream."""

    def __init__(self, settings: AlpacaSettings, sdk: Any) -> None:
        def make() -> Client:
            made: Client = sdk.Client(settings)
            return made

        self.orders: Lane[Client] = Lane("alpaca-orders", make, ORDER_THREADS)
        self.cancels: Lane[Client] = Lane("alpaca-cancels", make, CANCEL_THREADS)
        self.questions: Lane[Client] = Lane("alpaca-questions", make)
        self.updates: Updates = sdk.Updates(settings)
        self.task: asyncio.Task[None] | None = None

    def close(self) -> None:
        for lane in (self.orders, self.cancels, self.questions):
            lane.close()


class AlpacaBroker:
    """One account. `account` is what the desk calls it; `instruments`: those that it may meet, by the desk's symbol.
    `listens`: False for a connection without the stream of reports, of which a key gets one."""

    name = "alpaca"

    def __init__(
        self,
        settings: AlpacaSettings,
        *,
        account: str,
        instruments: Mapping[str, Instrument],
        listens: bool = True,
    ) -> None:
        self._settings = settings
        self._capabilities = declared_at(settings.per_minute)
        self._listens = listens
        self._account = account
        self._instruments = instruments
        self._wire = {symbol: words.wire_symbol(known, symbol) for symbol, known in instruments.items()}
        # Positions in crypto are told without the slash.
        self._ours = {wire.replace("/", ""): symbol for symbol, wire in self._wire.items()}
        self._ours.update({wire: symbol for symbol, wire in self._wire.items()})
        self._session: _Session | None = None
        self._sink: ReportSink | None = None
        self._chains = Chains(self._fetch)
        self._assets = Assets(self._fetch_asset)
        self._legs = Legs(self._chains, self._client_row, self._with_its_legs, settings.timeout_s)
        self._packages = Packages(self._chains, self._ask, self.executions_since)
        self._reading = Reading(self.name, account, self._chains, self._symbol, self._packages.executions, self._placed)
        self._parts = Parts(self.name, self._legs, self._reading.resized, self._tell)
        self._reading.on_part = self._parts.filled

    def capabilities(self) -> Capabilities:
        return self._capabilities

    # -- session ----------------------------------------------------------------------------------------------------

    async def connect(self, sink: ReportSink) -> None:
        """Check the key by REST, then open the stream. Raises AuthError or NotConnectedError."""
        await self.disconnect()
        sdk = await asyncio.to_thread(importlib.import_module, "brokers.alpaca.sdk")
        session = _Session(self._settings, sdk)
        try:
            # A bad key makes the stream end without a word: REST says it.
            await self._ask("GET", "/account", lane=session.questions)
            if self._listens:
                await session.updates.open()
        except AuthError as error:
            session.close()
            raise AuthError(f"{error}; {self._settings.which_keys()}") from None
        except BrokerError as error:
            session.close()
            raise NotConnectedError(str(error)) from None
        except BaseException:
            session.close()
            raise
        self._session, self._sink = session, sink
        self._assets.forget()
        if self._listens:
            session.task = asyncio.create_task(self._read(session, sink), name="alpaca-updates")

    async def disconnect(self) -> None:
        self._parts.stop()
        session, self._session = self._session, None
        if session is None:
            return
        session.close()
        if session.task is not None:
            session.task.cancel()
            await asyncio.wait([session.task])
        await session.updates.close()

    async def _read(self, session: _Session, sink: ReportSink) -> None:
        reason = "the stream of trade updates ended"
        try:
            async for frame in session.updates.frames():
                for report in await self._heard(frame):
                    sink(report)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # whatever ends the stream ends the session, and is said
            reason = f"the stream of trade updates broke: {type(error).__name__}: {error}"
        session.close()
        with contextlib.suppress(Exception):
            await session.updates.close()
        if self._session is session:
            self._session = None
            sink(Disconnected(self.name, reason[:200], self._reading.newest_ns))

    async def _heard(self, frame: str | bytes) -> Sequence[Any]:
        """One frame's reports; what can't be read is a gap: the books have what it told."""
        try:
            message = json.loads(frame)
            if message.get("stream") != "trade_updates":
                return ()
            return await self._reading.reports(message["data"])
        except (ValueError, KeyError, TypeError, AttributeError, BrokerError) as error:
            log.warning("a trade update can't be read: %s: %s", type(error).__name__, error)
            words_ = f"a trade update that can't be read: {type(error).__name__}: {error}"[:160]
            return (Gap(self.name, words_, self._reading.newest_ns),)

    # -- requests -----------------------------------------------------------------------------------------------------

    async def _ask(
        self, method: str, path: str, data: dict[str, Any] | None = None, *, lane: Lane[Client] | None = None
    ) -> Any:
        session = self._session
        if lane is None:
            if session is None:
                raise NotConnectedError("not connected to Alpaca")
            lane = session.questions
        return await lane.call(lambda client: client.ask(method, path, data), self._settings.timeout_s)

    def _lane(self, name: str) -> Lane[Client]:
        session = self._session
        if session is None:
            raise NotConnectedError("not connected to Alpaca")
        lane: Lane[Client] = getattr(session, name)
        return lane

    async def submit(self, order: BrokerOrder) -> None:
        refuse_undeclared(self._capabilities, order)
        rules.refuse_unfit(order, self._instruments.get(order.symbol))
        await self._assets.refuse_unlisted(order, self._to_wire(order.symbol))
        await self._post(order, words.body_of(order, self._to_wire(order.symbol)), self._lane("orders"))

    async def _post(self, order: BrokerOrder, body: dict[str, Any], lane: Lane[Client]) -> Row | None:
        """The answer; None where it was refused, and is there all the same."""
        try:
            row = await self._ask("POST", "/orders", body, lane=lane)
        except (ThrottledError, AuthError, NotConnectedError):
            raise  # turned away unread
        except RefusedError:
            # A refusal has been seen of orders that went through: the books decide.
            if await self._is_there(order.cl_ord_id, lane):
                return None
            raise
        self._note(row)
        return cast("Row", row)

    def group_refusal(self, group: BrokerGroup) -> str:
        return groups.refusal(group, self._capabilities, self._instruments)

    def remember_groups(self, several: Sequence[BrokerGroup]) -> None:
        self._legs.remember(several)

    async def submit_group(self, group: BrokerGroup) -> None:
        if reason := self.group_refusal(group):
            raise NotSupportedError(f"{reason}; nothing was sent")
        top, lane = groups.top_of(group), self._lane("orders")
        await self._assets.refuse_unlisted(top, self._to_wire(top.symbol))
        refused = False
        self._legs.begin(group)
        try:
            row = await self._post(top, groups.body_of(group, self._to_wire(top.symbol)), lane)
        except (ThrottledError, AuthError, NotConnectedError, RefusedError):
            refused = True
            raise
        finally:
            self._legs.end(group, refused=refused)
        # The order is there: what can't be read of its legs now is asked for when they turn up.
        with contextlib.suppress(BrokerError), readable():
            if row is not None:
                legs = await self._legs.told(row) or await self._legs.told(await self._with_its_legs(str(row["id"])))
                for leg in legs:
                    for report in self._reading.stands(leg):
                        self._tell(report)

    async def _is_there(self, cl_ord_id: str, lane: Lane[Client]) -> bool:
        try:
            return await self._by_client_id(cl_ord_id, lane) is not None
        except BrokerError as error:
            raise AmbiguousError(f"refused, and whether it is there all the same can't be asked: {error}") from None

    async def cancel(self, cancel: BrokerCancel) -> None:
        lane = self._lane("cancels")
        ident = cancel.order_id
        if ident is None:
            row = await self._by_client_id(cancel.cl_ord_id, lane)
            if row is None:
                self._refused_cancel(cancel, "Alpaca knows no such order")
                return
            ident = str(row["id"])
        try:
            await self._ask("DELETE", f"/orders/{self._chains.newest_known(ident)}", lane=lane)
        except (ThrottledError, AuthError, NotConnectedError):
            raise
        except RefusedError as refused:
            self._refused_cancel(cancel, str(refused))

    def _refused_cancel(self, cancel: BrokerCancel, reason: str) -> None:
        self._tell(CancelRejected(cancel.cl_ord_id, reason, self._reading.newest_ns))

    async def cancel_all(self) -> None:
        """Every open order of the account, whoever placed it."""
        await self._ask("DELETE", "/orders", lane=self._lane("cancels"))

    async def replace(self, replace: BrokerReplace) -> None:
        """What was executed is not asked for again: the new version asks for the rest."""
        refuse_other_replace(replace)
        lane = self._lane("orders")
        try:
            try:
                version, body = await self._change(replace, lane)
            except AmbiguousError as error:  # only asked about so far: in doubt is the question, not the change
                raise RefusedError(f"nothing was sent, since the order could not be asked for: {error}") from None
            version.change_id = replace.cl_ord_id
            self._note(await self._ask("PATCH", f"/orders/{version.id}", body, lane=lane))
        except (ThrottledError, AuthError, NotConnectedError):
            raise
        except RefusedError as refused:
            at_ns = self._reading.newest_ns
            self._tell(ReplaceRejected(replace.cl_ord_id, replace.orig_cl_ord_id, str(refused), at_ns))

    async def _change(self, replace: BrokerReplace, lane: Lane[Client]) -> tuple[Version, dict[str, Any]]:
        """The version to change, and what to ask for. Raises RefusedError where there is nothing to change."""
        row = await self._by_client_id(replace.orig_cl_ord_id, lane)
        if row is None:
            raise RefusedError("Alpaca knows no such order")
        version = await self._placed(self._note(row))
        executed = total_of(version)
        if replace.qty <= executed:
            raise RefusedError(f"{words.plain(executed)} are executed already")
        body: dict[str, Any] = {"client_order_id": replace.cl_ord_id}
        if executed or replace.qty != quantity_of(version) or not version.is_grouped:
            body["qty"] = words.plain(replace.qty - executed)
        for key, px in (("limit_price", replace.limit_px), ("stop_price", replace.stop_px)):
            if px is not None:
                body[key] = words.plain(px)
        return version, body

    # -- questions ----------------------------------------------------------------------------------------------------

    async def order_by_cl_ord_id(self, cl_ord_id: str) -> OrderSnapshot | None:
        row = await self._by_client_id(cl_ord_id, self._lane("questions"))
        if row is None:
            return None
        with readable():
            version = await self._placed(await self._chains.newest(self._note(row)))
            version = await self._packages.whole(version)
            return self._snapshot(version)

    async def open_orders(self) -> Sequence[OrderSnapshot]:
        found: dict[str, OrderSnapshot] = {}
        asked: dict[str, Any] = {"status": "open", "limit": self._settings.open_page, "direction": "asc"}
        with readable():
            while True:
                page = await self._ask("GET", "/orders", asked)
                for row in page:
                    await self._legs.told(row)
                    version = await self._placed(self._note(row))
                    if version.is_leg:
                        continue  # the package stands for it
                    version = await self._packages.whole(version)
                    found[version.id] = self._snapshot(version, open_at_broker=True)
                if len(page) < self._settings.open_page:
                    for version in await self._legs.unlisted(found):
                        found[version.id] = self._snapshot(version)
                    return list(found.values())
                # Those of the same moment as the last one come again, and count once.
                asked["after"] = words.iso(words.moment(page[-1]["submitted_at"]) - 1000)

    async def executions_since(self, since_ns: int) -> Sequence[Execution]:
        """From the first one at or after that time on: should the broker's clock have been set back, none is hidden."""
        asked: dict[str, Any] = {"direction": "asc", "page_size": self._settings.page_size}
        if since_ns > OVERLAP_NS:
            asked["after"] = words.iso(since_ns - OVERLAP_NS)
        found: list[Execution] = []
        with readable():
            while True:
                page = await self._ask("GET", "/account/activities/FILL", asked)
                for row in page:
                    execution = await self._execution(row)
                    if found or execution.ts_ns >= since_ns:
                        found.append(execution)
                if len(page) < self._settings.page_size:
                    return found
                asked["page_token"] = page[-1]["id"]

    async def _execution(self, row: Row) -> Execution:
        order_id = str(row["order_id"])
        version = self._chains.package_of(order_id)
        if version is None:
            version = await self._chains.version(order_id)
            await self._legs.known(version)
            if version.is_leg:
                version = await self._packages.of(version)
        cum_qty = words.needed(row, "cum_qty")
        execution = Execution(
            self._reading.amends.key(execution_key(order_id, cum_qty)),
            version.cl_ord_id,
            order_id,
            self._account,
            self._symbol(str(row.get("symbol") or "")),
            words.side_of({**row, "position_intent": version.row.get("position_intent")}),
            words.needed(row, "qty"),
            words.needed_price(row),
            words.moment(row["transaction_time"]),
            broker=self.name,
        )
        self._reading.amends.note(str(row.get("id") or "").rpartition("::")[2], execution)
        return execution

    async def positions(self) -> Sequence[PositionSnapshot]:
        with readable():
            return [
                PositionSnapshot(
                    self._account,
                    self._symbol(str(row["symbol"])),
                    abs(words.needed(row, "qty")) * (-1 if row.get("side") == "short" else 1),
                    words.price(row.get("avg_entry_price")),
                )
                for row in await self._ask("GET", "/positions")
            ]

    async def account(self) -> AccountSnapshot:
        row = await self._ask("GET", "/account")
        with readable():
            number = str(row["account_number"])
            currency = str(row.get("currency") or "USD")
            cash: dict[str, Decimal] = {currency: words.needed(row, "cash")}
            return AccountSnapshot(number, self._settings.is_live(number), currency, cash, margin_of(row, currency))

    async def instrument(self, symbol: str) -> Instrument | None:
        row = await self._assets.row(self._to_wire(symbol))
        with readable():
            return None if row is None else instrument_of(row, symbol)

    async def server_time_ns(self) -> int | None:
        """The broker's clock."""
        with readable():
            return words.moment((await self._ask("GET", "/clock"))["timestamp"])

    async def sessions(self, symbol: str, first: date, last: date) -> Sequence[Session] | None:
        if "/" in self._to_wire(symbol):
            return None
        with readable():
            asked = {"start": first.isoformat(), "end": last.isoformat()}
            return sessions_of(await self._ask("GET", "/calendar", asked))

    # -- inside ---------------------------------------------------------------------------------------------------

    async def _placed(self, version: Version) -> Version:
        await self._legs.known(version)
        return await self._chains.placed(version)

    async def _by_client_id(self, cl_ord_id: str, lane: Lane[Client]) -> Row | None:
        if self._legs.is_leg(cl_ord_id):
            with readable():
                return await self._legs.row_of(cl_ord_id, self._fetch)
        return await self._client_row(cl_ord_id, lane)

    async def _client_row(self, cl_ord_id: str, lane: Lane[Client] | None = None) -> Row | None:
        from brokers.alpaca.sdk import NotFoundError

        try:
            row = await self._ask("GET", "/orders:by_client_order_id", {"client_order_id": cl_ord_id}, lane=lane)
        except NotFoundError:
            return None
        if not isinstance(row, dict) or "id" not in row:
            raise AmbiguousError("Alpaca's answer can't be read: no order in it")
        return row

    async def _fetch_asset(self, wire: str) -> Row | None:
        from brokers.alpaca.sdk import NotFoundError

        try:
            row = await self._ask("GET", f"/assets/{quote(wire, safe='')}")
        except NotFoundError:
            return None
        if not isinstance(row, dict) or "symbol" not in row:
            raise AmbiguousError("Alpaca's answer can't be read: no asset in it")
        return row

    async def _with_its_legs(self, ident: str) -> Row:
        return await self._fetch(ident, {"nested": "true"})

    async def _fetch(self, ident: str, asked: dict[str, Any] | None = None) -> Row:
        row = await self._ask("GET", f"/orders/{ident}", asked)
        if not isinstance(row, dict) or "id" not in row:
            raise AmbiguousError("Alpaca's answer can't be read: no order in it")
        return row

    def _note(self, row: Any) -> Version:
        if not isinstance(row, dict) or "id" not in row:
            raise AmbiguousError("Alpaca's answer can't be read: no order in it")
        with readable():
            return self._chains.note(row)

    def _snapshot(self, version: Version, *, open_at_broker: bool = False) -> OrderSnapshot:
        symbol = self._symbol(str(version.row.get("symbol") or ""))
        return snapshot_of(version, self._account, symbol, open_at_broker=open_at_broker, from_wire=self._symbol)

    def _tell(self, report: Report) -> None:
        if self._session is not None and self._sink is not None:
            self._sink(report)

    def _to_wire(self, symbol: str) -> str:
        return self._wire.get(symbol, symbol)

    def _symbol(self, wire: str) -> str:
        return self._ours.get(wire, wire)
