"""The adapter: each method of BrokerAdapter is one request, each line of news is one report."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from brokers.declared import refuse_other_replace, refuse_undeclared
from brokers.template import words
from brokers.template.link import Link, UnknownOrderError
from brokers.template.settings import TemplateSettings
from brokers.template.words import Row
from engine.model.enums import AssetClass
from engine.model.instrument import Instrument
from engine.model.order import BrokerCancel, BrokerOrder, BrokerReplace
from engine.model.snapshot import AccountSnapshot, Execution, OrderSnapshot, PositionSnapshot
from engine.protocol import (
    Accepted,
    AmbiguousError,
    AuthError,
    Busted,
    Canceled,
    CancelRejected,
    Capabilities,
    Corrected,
    Disconnected,
    Expired,
    Filled,
    Gap,
    NotConnectedError,
    NotSupportedError,
    RefusedError,
    Rejected,
    Replaced,
    ReplaceRejected,
    Report,
    ReportSink,
    ThrottledError,
)

log = logging.getLogger("tradedesk.brokers.template")
#: How far before the asked time executions are asked for, should the broker's clock have been set back.
OVERLAP_US: Final = 5 * 60 * 1_000_000
CAPABILITIES: Final = Capabilities(
    ord_types=frozenset(words.KINDS),
    times_in_force=frozenset(words.TIMES),
    asset_classes=frozenset({AssetClass.EQUITY, AssetClass.ETF}),
    replace=True,
    # The broker refuses an id that it has seen, for ever: a lost order may go out again under its own id.
    unique_ids_enforced=True,
    resend_interval_ns=2_000_000_000,
    max_requests_per_s=20,
)
_READING: Final = (KeyError, ValueError, TypeError, AttributeError)


class TemplateBroker:
    """One account, which the desk calls `account`."""

    name = "template"

    def __init__(self, settings: TemplateSettings, *, account: str) -> None:
        self._settings = settings
        self._account = account
        self._link: Link | None = None
        self._sink: ReportSink = _nobody
        self._newest_ns = 0

    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    # -- session ------------------------------------------------------------------------------------------------

    async def connect(self, sink: ReportSink) -> None:
        await self.disconnect()
        self._sink = sink
        link = await Link.open(self._settings, self._on_news, self._on_end)
        if link.ended:
            raise NotConnectedError("the broker closed the connection right after the welcome")
        self._link = link

    async def disconnect(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    def _on_end(self, reason: str) -> None:
        if self._link is not None:  # else the session never stood, and `connect` says so
            self._link = None
            self._sink(Disconnected(self.name, reason, self._newest_ns))

    def _session(self) -> Link:
        if self._link is None:
            raise NotConnectedError("not connected to the broker")
        return self._link

    # -- news ---------------------------------------------------------------------------------------------------

    def _on_news(self, row: Row | None) -> None:
        """What can't be read is a gap, not an end: the desk looks into the broker's books."""
        try:
            report = self._report(row)
        except _READING as error:
            log.warning("news that can't be read: %s: %s", type(error).__name__, error)
            report = Gap(self.name, f"news that can't be read: {error}"[:160], self._newest_ns)
        self._sink(report)

    def _report(self, row: Row | None) -> Report:
        if row is None:
            raise words.UnreadableError("no JSON")
        ts_ns = self._newest_ns = max(self._newest_ns, words.ns_of(row["at"]))
        if row["news"] == "fill":
            return Filled(words.execution_of(row["fill"], self._account))
        if row["news"] == "busted":
            return Busted(self._account, str(row["id"]), ts_ns, str(row["ref"]))
        if row["news"] == "corrected":
            return Corrected(self._account, str(row["was"]), words.execution_of(row["fill"], self._account))
        order, what = row["order"], row["news"]
        ref, done = str(order["ref"]), words.number(order["done"])
        if what == "accepted":
            return Accepted(ref, str(order["no"]), ts_ns)
        if what == "changed":
            px = words.price(order["px"])
            return Replaced(ref, str(row["was"]), str(order["no"]), words.number(order["qty"]), px, None, ts_ns)
        if what == "cancelled":
            return Canceled(ref, ts_ns, str(row.get("why") or ""), done)
        if what == "expired":
            return Expired(ref, ts_ns, done)
        if what == "rejected":  # after it was accepted; a request that is refused is answered so
            return Rejected(ref, str(row.get("why") or ""), ts_ns)
        return Gap(self.name, f"news of a kind that is not known: {what!r}"[:160], ts_ns)

    # -- requests -----------------------------------------------------------------------------------------------

    async def submit(self, order: BrokerOrder) -> None:
        refuse_undeclared(CAPABILITIES, order)
        await self._session().ask("place", **words.body_of(order))

    async def cancel(self, cancel: BrokerCancel) -> None:
        """An order that was placed elsewhere has a number and no name of ours."""
        by = {"ref": cancel.cl_ord_id} if cancel.order_id is None else {"no": cancel.order_id}
        try:
            await self._session().ask("cancel", **by)
        except (ThrottledError, AuthError, NotConnectedError):
            raise
        except RefusedError as refused:
            # The broker's answer to a cancel is a report: it says something of the cancel, nothing of the order.
            self._sink(CancelRejected(cancel.cl_ord_id, str(refused), self._newest_ns))

    async def cancel_all(self) -> None:
        raise NotSupportedError("the broker has no request for that; nothing was sent")

    async def replace(self, replace: BrokerReplace) -> None:
        refuse_other_replace(replace)
        new, orig = replace.cl_ord_id, replace.orig_cl_ord_id
        qty, px = words.plain(replace.qty), words.plain(replace.limit_px)
        try:
            await self._session().ask("change", ref=orig, new=new, qty=qty, px=px)
        except (ThrottledError, AuthError, NotConnectedError):
            raise
        except RefusedError as refused:
            self._sink(ReplaceRejected(new, orig, str(refused), self._newest_ns))

    # -- questions ----------------------------------------------------------------------------------------------

    async def order_by_cl_ord_id(self, cl_ord_id: str) -> OrderSnapshot | None:
        try:
            row = await self._session().ask("order", ref=cl_ord_id)
        except UnknownOrderError:
            return None
        with readable():
            return words.snapshot_of(row, self._account)

    async def open_orders(self) -> Sequence[OrderSnapshot]:
        rows = await self._session().ask("orders")
        with readable():
            return [words.snapshot_of(row, self._account, listed=True) for row in rows]

    async def executions_since(self, since_ns: int) -> Sequence[Execution]:
        """Page by page; a page that fails fails the whole answer. From the first one at or after that time on all are
        given, so that a clock that was set back meanwhile hides none."""
        found: list[Execution] = []
        size, after = self._settings.page_size, ""
        while True:
            since = max(since_ns // 1000 - OVERLAP_US, 0)
            page = await self._session().ask("executions", since=since, after=after, size=size)
            with readable():
                for row in page:
                    execution = words.execution_of(row, self._account)
                    if found or execution.ts_ns >= since_ns:
                        found.append(execution)
                if len(page) < size:
                    return found
                after = page[-1]["id"]

    async def positions(self) -> Sequence[PositionSnapshot]:
        rows = await self._session().ask("positions")
        with readable():
            return [
                PositionSnapshot(self._account, str(row["symbol"]), words.number(row["qty"]), words.price(row["px"]))
                for row in rows
            ]

    async def account(self) -> AccountSnapshot:
        """Which account this is and whether its money is real: the broker's own word, never what we expect."""
        row = await self._session().ask("account")
        with readable():
            currency = str(row["currency"])
            cash: dict[str, Decimal] = {currency: words.number(row["cash"])}
            return AccountSnapshot(str(row["name"]), row["money"] != "paper", currency, cash)

    async def instrument(self, symbol: str) -> Instrument | None:
        try:
            row = await self._session().ask("instrument", symbol=symbol)
        except UnknownOrderError:
            return None
        with readable():
            return Instrument(symbol, tick=words.number(row["tick"]), lot=words.number(row["lot"]))

    async def server_time_ns(self) -> int | None:
        """Makes this a TellsTime."""
        with readable():
            return words.ns_of((await self._session().ask("time"))["at"])


class readable(contextlib.AbstractContextManager[None]):  # noqa: N801 - reads like the function that it is
    """What can't be read in an answer makes the answer ambiguous, never empty."""

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, _READING):
            raise AmbiguousError(f"the broker's answer can't be read: {type(error).__name__}: {error}"[:200]) from error


def _nobody(report: Report) -> None:
    """Hears the reports before the first session."""
