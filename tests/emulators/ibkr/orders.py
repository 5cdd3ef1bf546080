"""An order in the emulator's books."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from tests.emulators.ibkr.contracts import ZERO, Asked, Listed
from tests.emulators.ibkr.reading import Placed
from tests.emulators.ibkr.wire import number

OPEN = frozenset({"PendingSubmit", "ApiPending", "PreSubmitted", "Submitted", "PendingCancel"})
WORKING = frozenset({"PreSubmitted", "Submitted", "PendingCancel"})
"""Statuses in which an order may trade, if nothing holds it."""
STOPS = frozenset({"STP", "STP LMT", "TRAIL", "TRAIL LIMIT", "MIT", "LIT"})
LIMITS = frozenset({"LMT", "STP LMT", "TRAIL LIMIT", "LIT", "LOC", "MIDPRICE", "REL"})
CAPPED = frozenset({"MIDPRICE", "REL"})
"""Their limit may be left out."""
TRAILS = frozenset({"TRAIL", "TRAIL LIMIT"})
AUCTIONS = frozenset({"MOC", "LOC"})


@dataclass
class Execution:
    """One execution. A corrected one has the same `stem` and a higher `version`."""

    stem: str
    order: Order
    listed: Listed
    side: str
    qty: Decimal
    px: Decimal
    ts_ns: int
    cum_qty: Decimal
    avg_px: Decimal
    commission: Decimal = ZERO
    realized: Decimal | None = None
    version: int = 1

    @property
    def exec_id(self) -> str:
        return f"{self.stem}.{self.version:02}"


@dataclass
class Order:
    """One order; a modification changes it in place. `order_id` is the client's own number, `perm_id` the broker's."""

    client_id: int
    order_id: int
    perm_id: int
    account: str
    asked: Asked
    listed: Listed
    values: dict[str, str]
    algo: list[tuple[str, str]] = field(default_factory=list)
    status: str = "PendingSubmit"
    why_held: str = ""
    filled: Decimal = ZERO
    paid: Decimal = ZERO
    last_px: Decimal = ZERO
    stop: Decimal | None = None
    best: Decimal | None = None
    triggered: bool = False
    waits: bool = False
    """A child whose parent has not been filled."""
    reduced: Decimal = ZERO
    """What its group has taken off its quantity."""
    charged: Decimal = ZERO
    terms: list[tuple[Decimal, Decimal | None, Decimal | None]] = field(default_factory=list)
    """Quantity, limit and auxiliary price of each version, the first one first."""
    forgotten: bool = False
    """Whether its number may be given to another order."""
    done_ns: int = 0
    done_as: str = ""

    @classmethod
    def of(cls, placed: Placed, client_id: int, perm_id: int, account: str, listed: Listed) -> Order:
        order = cls(client_id, placed.order_id, perm_id, account, placed.asked, listed, placed.values, placed.algo)
        order.stop = order._first_stop()
        order._note_terms()
        return order

    def amend(self, placed: Placed) -> None:
        """Take over the terms of a modification."""
        self.values, self.algo, self.reduced = placed.values, placed.algo, ZERO
        if not self.triggered:
            self.stop, self.best = self._first_stop(), None
        self._note_terms()

    def _note_terms(self) -> None:
        self.terms.append((self.qty, number(self.values["lmtPrice"]), self.aux))

    def _first_stop(self) -> Decimal | None:
        if self.type in TRAILS:
            return number(self.values["trailStopPrice"])
        return self.aux if self.type in STOPS else None

    # -- terms ----------------------------------------------------------------------------------------------------

    @property
    def type(self) -> str:
        return self.values["orderType"]

    @property
    def side(self) -> str:
        return self.values["action"]

    @property
    def buys(self) -> bool:
        return self.side == "BUY"

    @property
    def tif(self) -> str:
        return self.values["tif"] or "DAY"

    @property
    def qty(self) -> Decimal:
        return (number(self.values["totalQuantity"]) or ZERO) - self.reduced

    @property
    def leaves(self) -> Decimal:
        return self.qty - self.filled

    @property
    def aux(self) -> Decimal | None:
        return number(self.values["auxPrice"])

    @property
    def limit(self) -> Decimal | None:
        """The price that it may not trade beyond, at this moment."""
        if self.type == "TRAIL LIMIT" and (offset := number(self.values["lmtPriceOffset"])) is not None:
            return None if self.stop is None else self.stop + (offset if self.buys else -offset)
        if self.type == "MTL":
            return self.last_px if self.filled else None
        px = number(self.values["lmtPrice"]) if self.type in LIMITS else None
        return px if px or self.type not in CAPPED else None

    @property
    def outside_rth(self) -> bool:
        return self.values["outsideRth"] == "1"

    @property
    def transmits(self) -> bool:
        return self.values["transmit"] == "1"

    @property
    def parent_id(self) -> int:
        return int(self.values["parentId"] or 0)

    @property
    def group(self) -> str:
        return self.values["ocaGroup"]

    @property
    def ref(self) -> str:
        return self.values["orderRef"]

    # -- state ----------------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def average(self) -> Decimal:
        return (self.paid / self.filled).quantize(Decimal("0.00000001")) if self.filled else ZERO
