"""The only import of ib_insync (or of ib_async, its maintained fork, where that is installed in its place).

Its client and decoder are used: handshake, framing, the fields of each message. What it would make of them is not: the
library keeps an order's state of its own, invented in part from error codes, forgets everything with the connection,
swallows what it can't read, and queues silently behind a throttle. Messages go to `hear` in the order of the wire, in
our own words; the library's objects stay here.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import importlib
import logging
import types
import warnings
from collections.abc import Callable
from datetime import UTC
from typing import Any, Final

from brokers.ibkr import words
from brokers.ibkr.messages import (
    Arrived,
    BarSeen,
    CommissionSeen,
    ContractSeen,
    DataKindSeen,
    DetailsSeen,
    Ended,
    ErrorSeen,
    ExecutionSeen,
    LegSeen,
    Lost,
    MarginSeen,
    Message,
    OrderSeen,
    PositionSeen,
    StatusSeen,
    TickSeen,
    TimeSeen,
    Unreadable,
    ValueSeen,
)
from brokers.ibkr.settings import ClientIdInUseError, IbkrSettings
from brokers.ibkr.words import Terms
from engine.protocol import NotConnectedError

log = logging.getLogger("tradedesk.brokers.ibkr")
NAMES: Final = ("ib_insync", "ib_async")
CLIENT_ID_IN_USE: Final = 326
EXECUTION: Final = "11"
EXECUTION_TIME: Final = 15
"""The field of execDetails that has the time."""


def _load() -> types.ModuleType:
    """Import the library. Its event library wants a loop in the thread that imports it, and warns about that."""
    made = None
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        made = asyncio.new_event_loop()
        asyncio.set_event_loop(made)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name in NAMES[:-1]:
                with contextlib.suppress(ImportError):
                    return importlib.import_module(name)
            return importlib.import_module(NAMES[-1])
    finally:
        if made is not None:
            asyncio.set_event_loop(None)
            made.close()


ib: Any = _load()
_client: Any = importlib.import_module(f"{ib.__name__}.client")
_decoder: Any = importlib.import_module(f"{ib.__name__}.decoder")
_objects: Any = importlib.import_module(f"{ib.__name__}.objects")
_contract: Any = importlib.import_module(f"{ib.__name__}.contract")
# What it says of lost connections and the like is said by us, once.
logging.getLogger(ib.__name__).setLevel(logging.CRITICAL)


class _Decoder(_decoder.Decoder):  # type: ignore[misc]
    """Says what it can't read, in place of swallowing it."""

    def wrap(self, methodName: str, types: list[Any], skip: int = 2) -> Callable[[list[str]], None]:  # noqa: N803
        def handler(fields: list[str]) -> None:
            given = fields[skip:]
            if len(given) < len(types):
                raise ValueError(f"{len(given)} fields of {len(types)}")
            read = [
                field if kind is str else bool(int(field or 0)) if kind is bool else kind(field or 0)
                for kind, field in zip(types, given, strict=False)
            ]
            getattr(self.wrapper, methodName)(*read)

        return handler

    def interpret(self, fields: list[str]) -> None:
        kind = fields[0] if fields else ""
        if kind.isdecimal() and int(kind) not in self.handlers:
            self.wrapper.unknown(kind)
            return
        try:
            if kind == EXECUTION:
                fields[EXECUTION_TIME] = words.in_a_known_zone(fields[EXECUTION_TIME])
            self.handlers[int(kind)](fields)
        except Exception as error:  # whatever is wrong with one message, the next one is read
            self.wrapper.unreadable(kind, f"{type(error).__name__}: {error}"[:120])


class _Wrapper:
    """What the decoder calls, message by message."""

    def __init__(self, hear: Callable[[Message], None]) -> None:
        self._hear = hear
        #: The library looks here for the zone of times without one.
        self.ib = types.SimpleNamespace(TimezoneTWS="")
        self.defaultTimezone = UTC  # and ib_async there, for the zone in which it gives times
        self.orders: dict[tuple[int, int], tuple[Any, Any]] = {}
        """The newest contract and order by client and order id: a change is sent as the whole order."""
        self.on_closed: Callable[[str], None] = lambda why: None
        self.accounts: tuple[str, ...] = ()
        self.next_valid = 0
        self.unknown_kinds: set[str] = set()
        self.refused: ErrorSeen | None = None
        """Why the session did not come about, where TWS said so."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)
        return _nothing

    # -- session ----------------------------------------------------------------------------------------------------

    def managedAccounts(self, accounts: str) -> None:  # noqa: N802
        self.accounts = tuple(account for account in accounts.split(",") if account)

    def nextValidId(self, order_id: int) -> None:  # noqa: N802
        self.next_valid = max(self.next_valid, order_id)

    def error(self, ident: int, code: int, text: str, advanced: str = "") -> None:
        seen = ErrorSeen(ident, code, " ".join((text, advanced)).strip()[:400])
        if code == CLIENT_ID_IN_USE:
            self.refused = seen
            self.on_closed(seen.text)
        self._hear(seen)

    def connectionClosed(self) -> None:  # noqa: N802
        self.on_closed("the connection was closed by TWS")

    def setEventsDone(self) -> None:  # noqa: N802
        self.on_closed("the connection was closed by TWS")

    def unknown(self, kind: str) -> None:
        if kind not in self.unknown_kinds:
            self.unknown_kinds.add(kind)  # once: a newer TWS may send many
            self._hear(Unreadable(kind, "a message of a kind that is not known"))

    def unreadable(self, kind: str, why: str) -> None:
        self._hear(Unreadable(kind[:20], why))

    def currentTime(self, epoch_s: int) -> None:  # noqa: N802
        self._hear(TimeSeen(epoch_s))

    # -- orders -----------------------------------------------------------------------------------------------------

    def openOrder(self, order_id: int, contract: Any, order: Any, state: Any) -> None:  # noqa: N802
        seen = _order(contract, order, state)
        if seen.margin is None:
            self.orders[(seen.client_id, seen.order_id)] = (contract, order)
        self._hear(seen)

    def completedOrder(self, contract: Any, order: Any, state: Any) -> None:  # noqa: N802
        self._hear(_order(contract, order, state, completed=True))

    def orderStatus(  # noqa: N802
        self,
        order_id: int,
        status: str,
        filled: float,
        remaining: float,
        avg_price: float,
        perm_id: int,
        parent_id: int,
        last_price: float,
        client_id: int,
        why_held: str,
        cap: float = 0.0,
    ) -> None:
        done, left = words.needed(filled, "filled"), words.needed(remaining, "remaining")
        self._hear(StatusSeen(order_id, client_id, perm_id, status, done, left, why_held))

    def openOrderEnd(self) -> None:  # noqa: N802
        self._hear(Ended("orders"))

    def completedOrdersEnd(self) -> None:  # noqa: N802
        self._hear(Ended("completed"))

    def execDetails(self, req_id: int, contract: Any, execution: Any) -> None:  # noqa: N802
        self._hear(
            ExecutionSeen(
                req_id,
                execution.execId,
                int(execution.orderId),
                int(execution.clientId),
                int(execution.permId),
                execution.orderRef,
                execution.acctNumber,
                _seen(contract),
                execution.side,
                words.needed(execution.shares, "shares"),
                words.paid(execution.price, contract.secType),
                words.ns_of(execution.time),
                int(execution.lastLiquidity or 0),
            )
        )

    def execDetailsEnd(self, req_id: int) -> None:  # noqa: N802
        self._hear(Ended("executions", req_id))

    def commissionReport(self, report: Any) -> None:  # noqa: N802
        amount = words.number(report.commission)
        if amount is not None:
            self._hear(CommissionSeen(report.execId, amount, report.currency or "USD"))

    # -- account ------------------------------------------------------------------------------------------------------

    def position(self, account: str, contract: Any, qty: float, avg_cost: float) -> None:
        self._hear(PositionSeen(account, _seen(contract), words.needed(qty, "position"), words.number(avg_cost)))

    def positionEnd(self) -> None:  # noqa: N802
        self._hear(Ended("positions"))

    def accountSummary(self, req_id: int, account: str, tag: str, value: str, currency: str) -> None:  # noqa: N802
        self._hear(ValueSeen(req_id, account, tag, value, currency))

    def updateAccountValue(self, tag: str, value: str, currency: str, account: str) -> None:  # noqa: N802
        self._hear(ValueSeen(-1, account, tag, value, currency))

    def accountDownloadEnd(self, account: str) -> None:  # noqa: N802
        self._hear(Ended("values"))

    def accountSummaryEnd(self, req_id: int) -> None:  # noqa: N802
        self._hear(Ended("summary", req_id))

    def contractDetails(self, req_id: int, details: Any) -> None:  # noqa: N802
        self._hear(
            DetailsSeen(
                req_id,
                _seen(details.contract),
                details.longName,
                words.number(details.minTick),
                words.number(details.minSize),
                words.number(details.sizeIncrement),
                int(details.priceMagnifier or 1),
                details.marketRuleIds,
                details.validExchanges,
                details.stockType,
                details.timeZoneId,
                details.liquidHours,
            )
        )

    def contractDetailsEnd(self, req_id: int) -> None:  # noqa: N802
        self._hear(Ended("details", req_id))

    def historicalData(self, req_id: int, bar: Any) -> None:  # noqa: N802
        text = str(bar.date)
        day = f"{text[:4]}-{text[4:6]}-{text[6:8]}" if text[:8].isdecimal() else text[:10]
        close, volume = words.needed(bar.close, "close"), words.number(bar.volume)
        self._hear(BarSeen(req_id, day, close, max(volume or words.CENT * 0, words.CENT * 0)))

    def historicalDataEnd(self, req_id: int, first: str, last: str) -> None:  # noqa: N802
        self._hear(Ended("bars", req_id))

    def tcpDataProcessed(self) -> None:  # noqa: N802
        self._hear(Arrived())

    # -- market data ----------------------------------------------------------------------------------------------

    def priceSizeTick(self, req_id: int, kind: int, price: float, size: float) -> None:  # noqa: N802
        self._hear(TickSeen(req_id, kind, words.price(price), words.number(size)))

    def tickSize(self, req_id: int, kind: int, size: float) -> None:  # noqa: N802
        self._hear(TickSeen(req_id, kind, None, words.number(size)))

    def tickGeneric(self, req_id: int, kind: int, value: float) -> None:  # noqa: N802
        self._hear(TickSeen(req_id, kind, words.number(value), None))

    def tickString(self, req_id: int, kind: int, text: str) -> None:  # noqa: N802
        self._hear(TickSeen(req_id, kind, None, None, text))

    def marketDataType(self, req_id: int, kind: int) -> None:  # noqa: N802
        self._hear(DataKindSeen(req_id, kind))


def _nothing(*given: object) -> None:
    """For messages that nobody here asks for."""


class Link:
    """One session with TWS, in the loop of whoever opens it. Every method sends one message and returns; nothing is
    queued, repeated or waited for. `hear` gets what comes back, and one `Lost` when the other side ends it."""

    def __init__(self, settings: IbkrSettings, hear: Callable[[Message], None]) -> None:
        self._settings = settings
        self._hear = hear
        self._wrapper = _Wrapper(hear)
        self._client = _client.Client(self._wrapper)
        self._client.MaxRequests = 0
        self._client.decoder = _Decoder(self._wrapper, 0)
        self._up = False

    @property
    def is_up(self) -> bool:
        return self._up and bool(self._client.isConnected())

    @property
    def accounts(self) -> tuple[str, ...]:
        return self._wrapper.accounts

    @property
    def next_valid_id(self) -> int:
        return self._wrapper.next_valid

    async def open(self) -> None:
        """Raises NotConnectedError."""
        loop = asyncio.get_running_loop()
        asyncio.set_event_loop(loop)  # the library asks the thread's policy for it
        closed: asyncio.Future[str] = loop.create_future()
        self._wrapper.on_closed = lambda why: None if closed.done() else closed.set_result(why)
        where, patience_s = self._settings.where, self._settings.connect_timeout_s
        opening = asyncio.ensure_future(
            self._client.connectAsync(self._settings.host, self._settings.port, self._settings.client_id, patience_s)
        )
        try:
            await asyncio.wait({opening, closed}, return_when=asyncio.FIRST_COMPLETED)
            if self._wrapper.refused is not None:
                ident = self._settings.client_id
                raise ClientIdInUseError(f"client id {ident} is in use at {where}: {self._wrapper.refused.text}")
            if not opening.done():
                why = closed.result()
                raise NotConnectedError(f"{where} ended the connection before it stood: {why}")
            await opening
        except TimeoutError:  # an OSError, too
            raise NotConnectedError(
                f"{where} did not answer within {patience_s:g} s: is the API enabled in its settings, and this computer"
                " trusted?"
            ) from None
        except OSError as error:
            raise NotConnectedError(f"nothing listens at {where}: {type(error).__name__}: {error}") from None
        finally:
            if not self._client.isReady():
                opening.cancel()
                await asyncio.gather(opening, return_exceptions=True)
                self._client.disconnect()
        self._up = True
        self._wrapper.on_closed = self._closed

    def _closed(self, why: str) -> None:
        if self._up:
            self._up = False
            self._hear(Lost(why))

    def close(self) -> None:
        """End it; nothing is heard any more."""
        self._up = False
        self._wrapper.on_closed = lambda why: None
        self._client.disconnect()

    def _out(self) -> Any:
        if not self.is_up:
            raise NotConnectedError("not connected to TWS; nothing was sent")
        return self._client

    # -- orders -----------------------------------------------------------------------------------------------------

    def place(
        self,
        order_id: int,
        ref: str,
        account: str,
        contract: ContractSeen,
        terms: Terms,
        *,
        what_if: bool = False,
        algo: str = "",
        params: tuple[tuple[str, str], ...] = (),
        parent_id: int = 0,
        oca: tuple[str, int] = ("", 0),
        transmit: bool = True,
    ) -> None:
        """A new order; with `what_if` a question about one."""
        made = ib.Order(
            orderId=order_id,
            clientId=self._settings.client_id,
            action=terms.action,
            totalQuantity=terms.qty,
            orderType=terms.kind,
            tif=terms.tif,
            goodTillDate=terms.good_till,
            outsideRth=terms.outside,
            account=account,
            orderRef=ref,
            transmit=transmit,
            whatIf=what_if,
            parentId=parent_id,
            ocaGroup=oca[0],
            ocaType=oca[1],
        )
        for name, text in (("lmtPrice", terms.limit), ("auxPrice", terms.aux), ("trailingPercent", terms.trail_pct)):
            if text:
                setattr(made, name, text)
        if algo:
            made.algoStrategy = algo
            made.algoParams = [_contract.TagValue(tag, value) for tag, value in params]
        wire = _wire(contract)
        if not what_if:
            self._wrapper.orders[(self._settings.client_id, order_id)] = (wire, made)
        self._out().placeOrder(order_id, wire, made)

    def change(self, order_id: int, qty: str, limit: str, aux: str) -> bool:
        """The same order with other terms ("" keeps what it has); False where its words are not known here."""
        known = self._wrapper.orders.get((self._settings.client_id, order_id))
        if known is None:
            return False
        contract, order = known
        changed = copy.copy(order)
        changed.totalQuantity = qty
        if limit:
            changed.lmtPrice = limit
        if aux:
            changed.auxPrice = aux
        changed.transmit = True
        self._out().placeOrder(order_id, contract, changed)
        return True

    def cancel(self, order_id: int) -> None:
        self._out().cancelOrder(order_id)

    def cancel_all(self) -> None:
        """Every order of every client, and those placed by hand."""
        self._out().reqGlobalCancel()

    # -- questions ----------------------------------------------------------------------------------------------------

    def ask_orders(self) -> None:
        self._out().reqAllOpenOrders()

    def ask_completed(self) -> None:
        self._out().reqCompletedOrders(False)

    def ask_executions(self, req_id: int, account: str) -> None:
        self._out().reqExecutions(req_id, _objects.ExecutionFilter(acctCode=account))

    def ask_positions(self) -> None:
        self._out().reqPositions()

    def ask_summary(self, req_id: int, tags: str) -> None:
        self._out().reqAccountSummary(req_id, "All", tags)

    def ask_values(self, account: str) -> None:
        """The older way: a subscription, which is ended by `end_values`."""
        self._out().reqAccountUpdates(True, account)

    def end_values(self, account: str) -> None:
        self._out().reqAccountUpdates(False, account)

    def end_summary(self, req_id: int) -> None:
        self._out().cancelAccountSummary(req_id)

    def ask_details(self, req_id: int, contract: ContractSeen) -> None:
        self._out().reqContractDetails(req_id, _wire(contract))

    def ask_time(self) -> None:
        self._out().reqCurrentTime()

    def bind_manual_orders(self) -> None:
        """For client 0 alone: orders placed by hand in TWS from now on can be cancelled here."""
        self._out().reqAutoOpenOrders(True)

    def data_kind(self, kind: int) -> None:
        self._out().reqMarketDataType(kind)

    def ask_bars(self, req_id: int, contract: ContractSeen) -> None:
        """A year of daily ones: of trades, or where there are none (currencies) of the middle."""
        shown = "MIDPOINT" if contract.kind == "CASH" else "TRADES"
        self._out().reqHistoricalData(req_id, _wire(contract), "", "1 Y", "1 day", shown, 1, 1, False, [])

    def subscribe(self, req_id: int, contract: ContractSeen) -> None:
        self._out().reqMktData(req_id, _wire(contract), "", False, False, [])

    def unsubscribe(self, req_id: int) -> None:
        self._out().cancelMktData(req_id)


# -- between their objects and our words ----------------------------------------------------------------------------


def _wire(contract: ContractSeen) -> Any:
    made = ib.Contract(
        conId=contract.con_id,
        secType=contract.kind,
        symbol=contract.symbol,
        currency=contract.currency,
        exchange=contract.exchange,
        lastTradeDateOrContractMonth=contract.expiry,
        right=contract.right,
        multiplier=contract.multiplier,
        tradingClass=contract.trading_class,
        primaryExchange=contract.primary,
    )
    if contract.strike is not None:
        made.strike = words.plain(contract.strike.normalize())
    if contract.legs:
        made.comboLegs = [
            _contract.ComboLeg(conId=leg.con_id, ratio=leg.ratio, action=leg.action, exchange=contract.exchange)
            for leg in contract.legs
        ]
    return made


def _seen(contract: Any) -> ContractSeen:
    return ContractSeen(
        int(contract.conId or 0),
        contract.secType,
        contract.symbol,
        contract.currency or "USD",
        contract.exchange or "SMART",
        contract.lastTradeDateOrContractMonth,
        words.number(contract.strike) or None,
        contract.right,
        contract.multiplier,
        contract.localSymbol,
        contract.tradingClass,
        contract.primaryExchange,
        tuple(LegSeen(int(leg.conId), int(leg.ratio), leg.action) for leg in contract.comboLegs or ()),
    )


def _order(contract: Any, order: Any, state: Any, *, completed: bool = False) -> OrderSeen:
    margin = None
    if order.whatIf:
        margin = MarginSeen(
            words.number(state.initMarginBefore),
            words.number(state.initMarginAfter),
            words.number(state.maintMarginBefore),
            words.number(state.maintMarginAfter),
            words.number(state.equityWithLoanAfter),
            words.number(state.commission),
            str(state.warningText or ""),
        )
    return OrderSeen(
        int(order.orderId or 0),
        int(order.clientId or 0) if not completed else -1,
        int(order.permId or 0),
        order.orderRef,
        order.account,
        _seen(contract),
        order.action,
        words.needed(order.totalQuantity, "quantity"),
        order.orderType,
        words.price(order.lmtPrice),
        words.price(order.auxPrice),
        words.number(order.trailingPercent),
        order.tif,
        order.goodTillDate,
        bool(order.outsideRth),
        state.status,
        completed,
        words.number(order.filledQuantity) if completed else None,
        str((getattr(state, "completedStatus", "") if completed else getattr(state, "warningText", "")) or ""),
        margin,
    )
