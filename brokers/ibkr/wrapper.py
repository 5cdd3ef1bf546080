"""What the library's decoder calls, message by message, in our own words."""

from __future__ import annotations

import types
from collections.abc import Callable
from datetime import UTC
from typing import Any, Final

from brokers.ibkr import library, words
from brokers.ibkr.messages import (
    Arrived,
    BarSeen,
    CommissionSeen,
    DataKindSeen,
    DetailsSeen,
    Ended,
    ErrorSeen,
    ExecutionSeen,
    Message,
    PositionSeen,
    StatusSeen,
    TickSeen,
    TimeSeen,
    Unreadable,
    ValueSeen,
)
from brokers.ibkr.translate import order_seen, seen

CLIENT_ID_IN_USE: Final = 326
EXECUTION: Final = "11"
EXECUTION_TIME: Final = 15
"""The field of execDetails that has the time."""


class Decoder(library.decoder.Decoder):  # type: ignore[misc]
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


class Wrapper:
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
        said = ErrorSeen(ident, code, " ".join((text, advanced)).strip()[:400])
        if code == CLIENT_ID_IN_USE:
            self.refused = said
            self.on_closed(said.text)
        self._hear(said)

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
        found = order_seen(contract, order, state)
        if found.margin is None:
            self.orders[(found.client_id, found.order_id)] = (contract, order)
        self._hear(found)

    def completedOrder(self, contract: Any, order: Any, state: Any) -> None:  # noqa: N802
        self._hear(order_seen(contract, order, state, completed=True))

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
                seen(contract),
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
        self._hear(PositionSeen(account, seen(contract), words.needed(qty, "position"), words.number(avg_cost)))

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
                seen(details.contract),
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
                details.tradingHours,
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
