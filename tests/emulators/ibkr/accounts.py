"""An account: cash in each currency, positions with their cost, what they tie up, and its sums by their tags."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from tests.emulators.ibkr.contracts import ZERO, Listed

CENT = Decimal("0.01")
#: What a foreign currency is worth in the account's own.
RATES = {"USD": Decimal(1), "EUR": Decimal("1.10"), "GBP": Decimal("1.30"), "JPY": Decimal("0.0067")}
Mark = Callable[[Listed], Decimal | None]
Row = tuple[str, str, str]
"""tag, value, currency"""


@dataclass
class Position:
    """`cost`: of one share or contract, with the multiplier and the commissions in it, as the broker says it."""

    listed: Listed
    qty: Decimal = ZERO
    cost: Decimal = ZERO
    paid: Decimal = ZERO
    """The same without commissions."""
    realized: Decimal = ZERO


class Account:
    def __init__(self, name: str, cash: Decimal, mark: Mark) -> None:
        self.name = name
        self.cash: dict[str, Decimal] = {"USD": cash}
        self.positions: dict[int, Position] = {}
        self._mark = mark

    def book(self, listed: Listed, signed: Decimal, px: Decimal, commission: Decimal) -> Decimal | None:
        """Take a trade in. Returns what it realized, None where it only opened."""
        place = self.positions.setdefault(listed.con_id, Position(listed))
        value, before = px * listed.times, place.qty
        after = before + signed
        realized: Decimal | None = None
        won = ZERO
        if before * signed >= 0:
            place.cost = (abs(before) * place.cost + abs(signed) * value + commission) / abs(after) if after else ZERO
            place.paid = (abs(before) * place.paid + abs(signed) * value) / abs(after) if after else ZERO
        else:
            closed = min(abs(before), abs(signed)) * (1 if before > 0 else -1)
            won = closed * (value - place.paid)
            realized = closed * (value - place.cost) - commission
            place.realized += realized
            if before * after < 0:
                place.cost = place.paid = value
        place.qty = after
        # Of a future only what is won or lost is paid.
        self.add(listed.currency, (won if listed.sec_type == "FUT" else -signed * value) - commission)
        if listed.sec_type == "CASH":
            self.add(listed.symbol, signed)
        return realized

    def add(self, currency: str, amount: Decimal) -> None:
        self.cash[currency] = self.cash.get(currency, ZERO) + amount

    def open(self) -> list[Position]:
        return [place for place in self.positions.values() if place.qty]

    def price(self, listed: Listed) -> Decimal:
        place = self.positions.get(listed.con_id)
        mark = self._mark(listed)
        return mark if mark is not None else (place.cost / listed.times if place else ZERO)

    def unrealized(self, place: Position) -> Decimal:
        return place.qty * (self.price(place.listed) * place.listed.times - place.cost)

    def _rate(self, currency: str) -> Decimal:
        return RATES.get(currency, Decimal(1))

    @property
    def total_cash(self) -> Decimal:
        return sum((amount * self._rate(currency) for currency, amount in self.cash.items()), ZERO)

    def _value(self, *types: str) -> Decimal:
        return sum(
            (
                p.qty * self.price(p.listed) * p.listed.times * self._rate(p.listed.currency)
                for p in self.open()
                if p.listed.sec_type in types
            ),
            ZERO,
        )

    @property
    def equity(self) -> Decimal:
        futures = sum((self.unrealized(p) for p in self.open() if p.listed.sec_type == "FUT"), ZERO)
        return self.total_cash + self._value("STK", "OPT", "CRYPTO") + futures

    def margin_of(self, listed: Listed, qty: Decimal) -> Decimal:
        """What a position of this size ties up at first."""
        if listed.sec_type == "OPT":
            return abs(qty) * listed.margin if qty < 0 else ZERO
        whole = ZERO if listed.sec_type == "FUT" else self.price(listed) * listed.times
        each = listed.margin if listed.sec_type == "FUT" else whole * listed.margin
        return abs(qty) * each * self._rate(listed.currency)

    def margin(self, instead: dict[int, tuple[Listed, Decimal]] | None = None) -> Decimal:
        """What all positions tie up. `instead`: other quantities of some."""
        held = {p.listed.con_id: (p.listed, p.qty) for p in self.open()} | (instead or {})
        return sum((self.margin_of(listed, qty) for listed, qty in held.values()), ZERO)

    def rows(self, kind: str) -> list[Row]:
        """`kind`: the account's type, as `INDIVIDUAL`."""
        equity, cash, margin = self.equity, self.total_cash, self.margin()
        gross = sum((abs(p.qty * self.price(p.listed)) * p.listed.times for p in self.open()), ZERO)
        free = equity - margin
        sums = {
            "NetLiquidation": equity, "TotalCashValue": cash, "SettledCash": cash, "AccruedCash": ZERO,
            "BuyingPower": free * 4, "EquityWithLoanValue": equity, "GrossPositionValue": gross,
            "InitMarginReq": margin, "MaintMarginReq": margin, "AvailableFunds": free, "ExcessLiquidity": free,
            "FullInitMarginReq": margin, "FullMaintMarginReq": margin, "FullAvailableFunds": free,
            "FullExcessLiquidity": free, "StockMarketValue": self._value("STK"),
            "OptionMarketValue": self._value("OPT"),
            "UnrealizedPnL": sum((self.unrealized(p) for p in self.open()), ZERO),
            "RealizedPnL": sum((p.realized for p in self.positions.values()), ZERO),
        }  # fmt: skip
        rows: list[Row] = [
            ("AccountCode", self.name, ""),
            ("AccountReady", "true", ""),
            ("AccountType", kind, ""),
            ("Cushion", f"{free / equity if equity else ZERO:.6f}", ""),
            ("DayTradesRemaining", "-1", ""),
            ("Currency", "BASE", "BASE"),
        ]
        rows += [(tag, f"{amount:.2f}", "USD") for tag, amount in sums.items()]
        rows += [("CashBalance", f"{cash:.2f}", "BASE"), ("TotalCashBalance", f"{cash:.2f}", "BASE")]
        for currency, amount in self.cash.items():
            rows.append(("CashBalance", f"{amount:.2f}", currency))
            rows.append(("ExchangeRate", f"{self._rate(currency):.2f}", currency))
        return rows
