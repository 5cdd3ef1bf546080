"""The limits: their one list, and the set in force. Values come from `risk_params.yaml`; nothing is hard-coded.

Each limit is a value or `off`. An absent key is neither: every order is refused (LIMIT_MISSING) until it is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Literal

import msgspec

from engine.model.money import ONE, ZERO, NumberError, parse_decimal, plain

Kind = Literal["pct", "count", "money", "quantity", "seconds", "factor", "action"]

#: What an automatic trigger may do, mildest first (DESIGN §7).
ACTIONS: Final = ("reduce", "halt", "halt_cancel", "halt_cancel_flatten")

#: The state remembers the times of so many requests; a throttle beyond it would never hold.
MAX_ORDERS_PER_S: Final = Decimal(4096)

SECOND_NS: Final = 1_000_000_000


class LimitSpec(msgspec.Struct, frozen=True):
    """One limit: its key in risk_params.yaml (dots = nesting), the kind of value, the shipped default, its meaning."""

    key: str
    kind: Kind
    default: str
    doc: str
    may_be_off: bool = True
    enforced: bool = True
    """False: the key is known, its check arrives with a later version; a value given is announced as not enforced."""
    most: Decimal | None = None
    """The largest value that can be watched."""


LIMIT_SPECS: Final = (
    LimitSpec("risk.max_position_pct", "pct", "0.10", "largest |position| incl. working orders, share of equity"),
    LimitSpec("risk.max_portfolio_positions", "count", "20", "most instruments held or being opened at once"),
    LimitSpec("risk.max_daily_loss_pct", "pct", "0.05", "loss since the day's start that triggers its action"),
    LimitSpec("risk.max_drawdown_pct", "pct", "0.15", "fall from peak equity that triggers its action"),
    LimitSpec("risk.max_sector_exposure", "pct", "off", "largest share of equity in one sector", enforced=False),
    LimitSpec("risk.max_correlation", "factor", "off", "highest correlation with the book", enforced=False),
    LimitSpec("risk.max_order_qty", "quantity", "50000", "fat finger: largest quantity of one order"),
    LimitSpec("risk.max_order_notional", "money", "1000000", "fat finger: largest notional of one order"),
    LimitSpec("risk.warn_order_notional", "money", "off", "soft: above it an order needs a `y`"),
    LimitSpec("risk.price_collar_pct", "pct", "0.05", "farthest an order may reach through the mid"),
    LimitSpec("risk.max_leverage", "factor", "1", "buying power = equity x this - exposure - working orders"),
    LimitSpec("risk.max_working_orders", "count", "1000", "most orders open at once"),
    LimitSpec(
        "risk.max_orders_per_s",
        "count",
        "20",
        "throttle: orders, replaces and cancels in any second; cancels count, but always go out",
        most=MAX_ORDERS_PER_S,
    ),
    LimitSpec("risk.duplicate_window_s", "seconds", "2", "same order again within this time is refused"),
    LimitSpec("risk.loss_confirm_s", "seconds", "3", "how long a loss must persist before it triggers", False),
    LimitSpec("risk.max_quote_age_s.equity", "seconds", "15", "older quotes are stale: equities", False),
    LimitSpec("risk.max_quote_age_s.etf", "seconds", "15", "older quotes are stale: ETFs", False),
    LimitSpec("risk.max_quote_age_s.option", "seconds", "60", "older quotes are stale: options", False),
    LimitSpec("risk.max_quote_age_s.future", "seconds", "15", "older quotes are stale: futures", False),
    LimitSpec("risk.max_quote_age_s.fx", "seconds", "15", "older quotes are stale: FX", False),
    LimitSpec("risk.max_quote_age_s.crypto", "seconds", "15", "older quotes are stale: crypto", False),
    LimitSpec("risk.feed_heartbeat_s", "seconds", "30", "feed silent for longer: every quote of it is stale", False),
    LimitSpec("actions.daily_loss", "action", "halt_cancel", "what a daily loss does", False),
    LimitSpec("actions.drawdown", "action", "halt_cancel", "what a drawdown does", False),
    LimitSpec("flatten.collar_pct", "pct", "0.01", "liquidation: marketable limit this far through the touch", False),
    LimitSpec("flatten.reprice_s", "seconds", "2", "liquidation: re-price after this time", False),
    LimitSpec("flatten.max_attempts", "count", "30", "liquidation: re-pricings before it reports not flat", False),
)


class LimitError(ValueError):
    """A limit's value is not what its kind takes. The message names the key."""


class Limits:
    """The limits in force. Read-only; a change makes a new object.

    Those that every order is held to stand ready as attributes, in the form in which they are compared; None = off
    (or missing, and then LIMIT_MISSING refuses everything). collar_above and collar_below are 1 + and 1 - price_collar.
    """

    __slots__ = (
        "_off", "_text", "_value", "missing",
        "collar_above", "collar_below", "duplicate_window_ns", "max_leverage", "max_order_notional", "max_order_qty",
        "max_orders_per_s",
        "max_position_pct", "max_positions", "max_working_orders", "price_collar", "warn_order_notional",
    )  # fmt: skip

    def __init__(self, texts: Mapping[str, str]) -> None:
        """`texts`: flat key -> value as text. Raises LimitError for an unknown key or a value of the wrong kind."""
        specs = {spec.key: spec for spec in LIMIT_SPECS}
        self._text = dict(texts)
        self._value: dict[str, Decimal] = {}
        self._off: set[str] = set()
        for key, text in texts.items():
            spec = specs.get(key)
            if spec is None:
                raise LimitError(f"{key}: unknown key")
            self._read(spec, text)
        self.missing: tuple[str, ...] = tuple(spec.key for spec in LIMIT_SPECS if spec.key not in texts)

        value = self._value.get
        self.price_collar = value("risk.price_collar_pct")
        self.collar_above = ONE + (self.price_collar or ZERO)
        self.collar_below = ONE - (self.price_collar or ZERO)
        self.max_order_qty = value("risk.max_order_qty")
        self.max_order_notional = value("risk.max_order_notional")
        self.warn_order_notional = value("risk.warn_order_notional")
        self.max_position_pct = value("risk.max_position_pct")
        self.max_leverage = value("risk.max_leverage")
        self.max_positions = _whole(value("risk.max_portfolio_positions"))
        self.max_working_orders = _whole(value("risk.max_working_orders"))
        self.max_orders_per_s = _whole(value("risk.max_orders_per_s"))
        window = value("risk.duplicate_window_s")
        self.duplicate_window_ns = int(window * SECOND_NS) if window else None

    @classmethod
    def defaults(cls) -> Limits:
        """The shipped defaults, all keys given."""
        return cls({spec.key: spec.default for spec in LIMIT_SPECS})

    def with_changes(self, changes: Mapping[str, str]) -> Limits:
        """A copy with some keys changed."""
        return Limits({**self._text, **changes})

    def _read(self, spec: LimitSpec, text: str) -> None:
        if text == "off":
            if not spec.may_be_off:
                raise LimitError(f"{spec.key}: may not be off; expected a value like {spec.default}")
            self._off.add(spec.key)
            return
        if spec.kind == "action":
            if text not in ACTIONS:
                raise LimitError(f"{spec.key}: {text!r} is no action; expected one of {', '.join(ACTIONS)}")
            return
        try:
            value = parse_decimal(text, spec.key)
        except NumberError as error:
            raise LimitError(str(error)) from None
        if value < 0 or (value == 0 and spec.kind != "seconds"):
            raise LimitError(f"{spec.key}: {text} must be above 0")
        if spec.kind == "pct" and value > 1:
            raise LimitError(f"{spec.key}: {text} is a share and can't be above 1 (0.10 = 10 %)")
        if spec.kind == "count" and value != value.to_integral_value():
            raise LimitError(f"{spec.key}: {text} must be a whole number")
        if spec.most is not None and value > spec.most:
            raise LimitError(f"{spec.key}: {text} is above {plain(spec.most)}, the most that can be watched")
        self._value[spec.key] = value

    def value(self, key: str) -> Decimal | None:
        """The limit, or None when it is off or missing."""
        return self._value.get(key)

    def action(self, key: str) -> str:
        """The action of a trigger; a missing one is the strictest that doesn't trade: halt_cancel."""
        return self._text.get(key, "halt_cancel")

    def is_off(self, key: str) -> bool:
        return key in self._off

    def as_texts(self) -> dict[str, str]:
        """Flat key -> text, as journaled."""
        return dict(self._text)

    def describe(self, key: str) -> str:
        """Text for messages: the value, "off" or "missing"."""
        value = self._value.get(key)
        return plain(value) if value is not None else self._text.get(key, "missing")


def _whole(value: Decimal | None) -> int | None:
    return None if value is None else int(value)
