"""What is listed, and which of it a contract on the wire means."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from tests.emulators.ibkr.wire import Reader

ZERO = Decimal(0)


@dataclass(frozen=True)
class Listed:
    """An instrument. `expiry`: YYYYMMDD; `rule`: the market rule that has its price bands; `margin`: what one contract
    (a share: what part of its value) ties up at first."""

    con_id: int
    symbol: str
    sec_type: str = "STK"
    currency: str = "USD"
    exchanges: tuple[str, ...] = ("SMART", "NYSE", "NASDAQ", "IEX", "IBKRATS")
    primary: str = "NYSE"
    local: str = ""
    trading_class: str = ""
    expiry: str = ""
    strike: Decimal = ZERO
    right: str = ""
    multiplier: str = ""
    min_tick: Decimal = Decimal("0.01")
    rule: int = 26
    long_name: str = ""
    under_con_id: int = 0
    margin: Decimal = Decimal("0.25")
    min_size: Decimal = Decimal(1)

    @property
    def local_symbol(self) -> str:
        return self.local or self.symbol

    @property
    def class_name(self) -> str:
        return self.trading_class or self.symbol

    @property
    def times(self) -> Decimal:
        """The multiplier as a number."""
        return Decimal(self.multiplier or 1)

    @property
    def venue(self) -> str:
        """Where its executions happen."""
        return next((name for name in self.exchanges if name != "SMART"), "SMART")


@dataclass(frozen=True)
class Leg:
    """One leg of a combination, as it stands on the wire."""

    con_id: int
    ratio: int
    action: str
    exchange: str
    more: tuple[str, ...] = ("0", "0", "", "-1")


@dataclass
class Asked:
    """A contract as a client writes it."""

    con_id: int = 0
    symbol: str = ""
    sec_type: str = ""
    expiry: str = ""
    strike: Decimal = ZERO
    right: str = ""
    multiplier: str = ""
    exchange: str = ""
    primary: str = ""
    currency: str = ""
    local: str = ""
    trading_class: str = ""
    legs: list[Leg] = field(default_factory=list)

    @classmethod
    def read(cls, reader: Reader) -> Asked:
        """The twelve fields that every request has."""
        con_id, symbol, sec_type, expiry = reader.int(), *reader.many(3)
        strike, right = reader.number() or ZERO, reader.word().upper()
        multiplier, exchange, primary, currency, local, trading_class = reader.many(6)
        right = {"CALL": "C", "PUT": "P", "0": "", "?": ""}.get(right, right)
        return cls(
            con_id, symbol, sec_type, expiry, strike, right, multiplier, exchange, primary, currency, local,
            trading_class,
        )  # fmt: skip

    def means(self, listed: Listed) -> bool:
        """Whether this is a description of it. What is left empty fits all."""
        if self.con_id:
            return self.con_id == listed.con_id and self.exchange in ("", *listed.exchanges)
        return (
            self.sec_type in ("", listed.sec_type)
            and (self.symbol == listed.symbol or (not self.symbol and bool(self.local)))
            and listed.expiry.startswith(self.expiry)
            and self.strike in (ZERO, listed.strike)
            and self.right in ("", listed.right)
            and self.multiplier in ("", listed.multiplier)
            and self.exchange in ("", *listed.exchanges)
            and self.primary in ("", listed.primary, *listed.exchanges)
            and self.currency in ("", listed.currency)
            and self.local in ("", listed.local_symbol)
            and self.trading_class in ("", listed.class_name)
        )


def read_legs(reader: Reader, *, whole: bool) -> list[Leg]:
    """The legs of a combination: a count, then four fields each, of which an order has four more."""
    legs = []
    for _ in range(reader.int()):
        leg = Leg(reader.int(), reader.int(), reader.word(), reader.word())
        legs.append(Leg(leg.con_id, leg.ratio, leg.action, leg.exchange, tuple(reader.many(4))) if whole else leg)
    return legs


class Catalogue:
    """All that is listed, by its number."""

    def __init__(self, listed: tuple[Listed, ...]) -> None:
        self.listed = {one.con_id: one for one in listed}

    def find(self, asked: Asked) -> list[Listed]:
        return [one for one in self.listed.values() if asked.means(one)]

    def named(self, name: str) -> Listed:
        """By its local symbol (`IBM`, `EUR.USD`, `ESZ6`), for the hand that moves the market. Raises KeyError."""
        found = next((one for one in self.listed.values() if one.local_symbol == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def bag(self, asked: Asked) -> Listed | None:
        """A combination is listed if all of its legs are."""
        if not asked.legs or any(leg.con_id not in self.listed for leg in asked.legs):
            return None
        first = self.listed[asked.legs[0].con_id]
        return Listed(
            28812380, asked.symbol or first.symbol, "BAG", asked.currency or first.currency, local=asked.symbol,
            trading_class="COMB", multiplier=first.multiplier, exchanges=("SMART", *first.exchanges),
        )  # fmt: skip
