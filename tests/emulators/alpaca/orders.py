"""An order in the emulator's books and its JSON, with every key that the broker always sends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

OPEN = frozenset(
    {"new", "accepted", "pending_new", "partially_filled", "held", "pending_cancel", "pending_replace", "stopped"}
)
"""Statuses in which an order may still trade."""


def iso(ns: int | None) -> str | None:
    """RFC 3339 with nine digits, as the broker writes its times."""
    if ns is None:
        return None
    seconds, rest = divmod(ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}Z"


def text(number: Decimal | None) -> str | None:
    """A number as the broker writes it: a plain string, no exponent, no trailing zeros."""
    if number is None:
        return None
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


@dataclass(eq=False)
class Order:
    """One order; a replacement is another order, linked to the one before it."""

    client_order_id: str
    symbol: str
    side: str
    type: str
    time_in_force: str
    qty: Decimal
    created_ns: int
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None
    trail_percent: Decimal | None = None
    extended_hours: bool = False
    position_intent: str = ""
    asset_class: str = "us_equity"
    order_class: str = ""
    legs: list[Order] = field(default_factory=list)
    """Of a package: each an order of its own, with an id that nobody gave it."""
    ratio_qty: Decimal | None = None
    """Of a leg: how many for each package."""
    exits: list[Order] = field(default_factory=list)
    """Of a bracket, oto or oco: the orders that hang on this one (of an oco this one is the take-profit)."""
    parent: Order | None = field(default=None, repr=False)
    """Of such an exit: what it hangs on."""
    group_id: str = ""
    group_role: str = ""
    id: str = field(default_factory=lambda: str(uuid4()))
    status: str = "pending_new"
    filled_qty: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    hwm: Decimal | None = None
    triggered: bool = False
    reject_reason: str = ""
    replaces: str | None = None
    replaced_by: str | None = None
    times: dict[str, int] = field(default_factory=dict)
    updated_ns: int = 0

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def leaves(self) -> Decimal:
        return self.qty - self.filled_qty

    def mark(self, status: str, now_ns: int, stamp: str = "") -> None:
        """Move to a status, and note its time under the key that the broker has for it."""
        self.status = status
        self.updated_ns = now_ns
        if stamp:
            self.times[stamp] = now_ns
        for leg in self.legs:
            leg.mark(status, now_ns, stamp)

    def json(self, *, nested: bool = False, roles: bool = True) -> dict[str, Any]:
        """All keys; null when unset; the top of a package has empty strings. `nested`: with the exits that hang on it;
        `roles`: with the keys that say which group it is of (orders of none have no such keys)."""
        package = bool(self.legs)
        below = [each.json(roles=roles) for each in self.exits] if nested else []
        group = {"group_id": self.group_id, "group_role": self.group_role} if roles and self.group_id else {}
        average = text((self.paid / self.filled_qty).quantize(Decimal("0.000001"))) if self.filled_qty else None
        return {
            "id": self.id,
            "client_order_id": self.client_order_id,
            "created_at": iso(self.created_ns),
            "updated_at": iso(self.updated_ns or self.created_ns),
            "submitted_at": iso(self.created_ns),
            "filled_at": iso(self.times.get("filled_at")),
            "expired_at": iso(self.times.get("expired_at")),
            "expires_at": iso(self.created_ns + 8 * 3600 * 1_000_000_000),
            "canceled_at": iso(self.times.get("canceled_at")),
            "failed_at": iso(self.times.get("failed_at")),
            "replaced_at": iso(self.times.get("replaced_at")),
            "replaced_by": self.replaced_by,
            "replaces": self.replaces,
            "asset_id": "" if package else asset_id(self.symbol),
            "symbol": "" if package else self.symbol,
            "asset_class": "" if package else self.asset_class,
            "notional": None,
            "qty": text(self.qty),
            "filled_qty": text(self.filled_qty),
            "filled_avg_price": average,
            "order_class": self.order_class,
            "order_type": self.type,
            "type": self.type,
            "side": "" if package else self.side,
            "position_intent": "" if package else self.position_intent,
            "time_in_force": self.time_in_force,
            "limit_price": text(self.limit_price),
            "stop_price": text(self.stop_price),
            "status": self.status,
            "extended_hours": self.extended_hours,
            "legs": [leg.json() for leg in self.legs] or below or None,
            "trail_percent": text(self.trail_percent),
            "trail_price": text(self.trail_price),
            "hwm": text(self.hwm),
            "ratio_qty": text(self.ratio_qty),
            "source": None,
            "subtag": None,
            **({"reject_reason": self.reject_reason} if self.reject_reason else {}),
            **group,
        }


def is_option(symbol: str) -> bool:
    """Whether it has the form of an option: root, YYMMDD, C or P, eight digits of the strike."""
    return len(symbol) > 15 and symbol[-15:-9].isdigit() and symbol[-9] in "CP" and symbol[-8:].isdigit()


def asset_id(symbol: str) -> str:
    """The same id for the same symbol, in the form of a UUID."""
    return "b0b6dd9d-8b9b-48a9-ba46-" + symbol.encode().hex()[:12].rjust(12, "0")
