"""A short hand to trade on a PaperExchange in tests: prices as text, one symbol, reports collected."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from random import Random

from engine.market.matching import FillConfig, HoursAt, PaperExchange, never_closes
from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import Quote, Trade
from engine.model.order import BrokerCancel, BrokerOrder, BrokerReplace
from engine.model.snapshot import Execution
from engine.protocol import Filled, Report

ACCOUNT = "PAPER"
OPENING = Decimal(5_000_000)
IBM = Instrument("IBM")
#: A symbol nobody trades on, to have more than one book.
BAC = Instrument("BAC")


def price(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


class Desk:
    """One trader on one instrument. Every call moves market time on by a millisecond."""

    def __init__(
        self,
        config: FillConfig | None = None,
        *,
        instruments: Sequence[Instrument] = (IBM, BAC),
        hours: HoursAt = never_closes,
        seed: int = 1,
        now_ns: int = 0,
    ) -> None:
        self.exchange = PaperExchange(
            instruments,
            config or FillConfig(),
            Random(seed),
            account=ACCOUNT,
            cash={"USD": OPENING},
            hours=hours,
        )
        self.symbol = instruments[0].symbol
        self.now_ns = now_ns
        self.count = 0
        self.reports: list[Report] = []

    def _tick(self) -> int:
        self.now_ns += 1_000_000
        return self.now_ns

    def _note(self, reports: Sequence[Report]) -> list[Report]:
        self.reports.extend(reports)
        return list(reports)

    def quote(self, bid: str, ask: str, bid_size: int | None = 1000, ask_size: int | None = 1000) -> list[Report]:
        sizes = [None if size is None else Decimal(size) for size in (bid_size, ask_size)]
        quote = Quote(self.symbol, Decimal(bid), Decimal(ask), sizes[0], sizes[1], self._tick())
        return self._note(self.exchange.on_quote(quote))

    def trade(self, at: str, size: int, *, eligible: bool = True) -> list[Report]:
        trade = Trade(self.symbol, Decimal(at), Decimal(size), self._tick(), eligible=eligible)
        return self._note(self.exchange.on_trade(trade))

    def order(
        self,
        side: Side,
        qty: int | str,
        limit: str | None = None,
        stop: str | None = None,
        tif: TimeInForce = TimeInForce.DAY,
        cl_ord_id: str | None = None,
        symbol: str | None = None,
        account: str = ACCOUNT,
    ) -> BrokerOrder:
        self.count += 1
        if stop is not None:
            ord_type = OrdType.STOP if limit is None else OrdType.STOP_LIMIT
        else:
            ord_type = OrdType.MARKET if limit is None else OrdType.LIMIT
        return BrokerOrder(
            cl_ord_id=cl_ord_id or f"c{self.count}",
            account=account,
            symbol=symbol or self.symbol,
            side=side,
            qty=Decimal(qty),
            ord_type=ord_type,
            time_in_force=tif,
            limit_px=price(limit),
            stop_px=price(stop),
        )

    def send(self, order: BrokerOrder) -> list[Report]:
        return self._note(self.exchange.submit(order, self._tick()))

    def buy(
        self, qty: int | str, limit: str | None = None, stop: str | None = None, tif: TimeInForce = TimeInForce.DAY
    ) -> list[Report]:
        return self.send(self.order(Side.BUY, qty, limit, stop, tif))

    def sell(
        self, qty: int | str, limit: str | None = None, stop: str | None = None, tif: TimeInForce = TimeInForce.DAY
    ) -> list[Report]:
        return self.send(self.order(Side.SELL, qty, limit, stop, tif))

    def cancel(self, cl_ord_id: str) -> list[Report]:
        request = BrokerCancel(cl_ord_id, None, ACCOUNT, self.symbol)
        return self._note(self.exchange.cancel(request, self._tick()))

    def replace(self, orig: str, new: str, qty: int, limit: str | None = None, stop: str | None = None) -> list[Report]:
        request = BrokerReplace(new, orig, None, ACCOUNT, self.symbol, Decimal(qty), price(limit), price(stop))
        return self._note(self.exchange.replace(request, self._tick()))

    def until(self, now_ns: int) -> list[Report]:
        self.now_ns = now_ns
        return self._note(self.exchange.on_time(now_ns))

    @property
    def executions(self) -> list[Execution]:
        return executions(self.reports)

    @property
    def position(self) -> Decimal:
        held = self.exchange.ledger.positions.get(self.symbol)
        return held.qty if held is not None else Decimal(0)


def executions(reports: Sequence[Report]) -> list[Execution]:
    return [report.execution for report in reports if isinstance(report, Filled)]


def fills(reports: Sequence[Report]) -> list[tuple[str, str]]:
    """(quantity, price) of each fill."""
    return [(f"{e.last_qty:f}", f"{e.last_px:f}") for e in executions(reports)]


def kinds(reports: Sequence[Report]) -> list[str]:
    return [type(report).__name__ for report in reports]
