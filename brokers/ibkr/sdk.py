"""One session with TWS, through ib_insync or ib_async.

Its client and decoder are used: handshake, framing, the fields of each message. What it would make of them is not: the
library keeps an order's state of its own, invented in part from error codes, forgets everything with the connection,
swallows what it can't read, and queues silently behind a throttle. Messages go to `hear` in the order of the wire, in
our own words; the library's objects stay here, in `wrapper` and in `translate`.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from typing import Any

from brokers.ibkr import library
from brokers.ibkr.messages import ContractSeen, Lost, Message
from brokers.ibkr.settings import ClientIdInUseError, IbkrSettings
from brokers.ibkr.translate import wire_of
from brokers.ibkr.words import Terms
from brokers.ibkr.wrapper import Decoder, Wrapper
from engine.protocol import NotConnectedError


class Link:
    """One session with TWS, in the loop of whoever opens it. Every method sends one message and returns; nothing is
    queued, repeated or waited for. `hear` gets what comes back, and one `Lost` when the other side ends it."""

    def __init__(self, settings: IbkrSettings, hear: Callable[[Message], None]) -> None:
        self._settings = settings
        self._hear = hear
        self._wrapper = Wrapper(hear)
        self._client = library.client.Client(self._wrapper)
        self._client.MaxRequests = 0
        self._client.decoder = Decoder(self._wrapper, 0)
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
        made = library.ib.Order(
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
            made.algoParams = [library.contract.TagValue(tag, value) for tag, value in params]
        wire = wire_of(contract)
        if not what_if:
            self._wrapper.orders[(self._settings.client_id, order_id)] = (wire, made)
        self._out().placeOrder(order_id, wire, made)

    def change(self, order_id: int, qty: str, limit: str, aux: str, *, orphan: bool = False) -> bool:
        """The same order with other terms ("" keeps what it has); False where its words are not known here. Parent and
        group are said as IB itself last said them; `orphan`: the parent is left out."""
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
        if orphan:
            changed.parentId = 0
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
        self._out().reqExecutions(req_id, library.objects.ExecutionFilter(acctCode=account))

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
        self._out().reqContractDetails(req_id, wire_of(contract))

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
        self._out().reqHistoricalData(req_id, wire_of(contract), "", "1 Y", "1 day", shown, 1, 1, False, [])

    def subscribe(self, req_id: int, contract: ContractSeen) -> None:
        self._out().reqMktData(req_id, wire_of(contract), "", False, False, [])

    def unsubscribe(self, req_id: int) -> None:
        self._out().cancelMktData(req_id)
