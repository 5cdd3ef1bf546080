"""The limits: their one list, and the set in force. Values come from `risk_params.yaml`; nothing is hard-coded.

Each limit is a value or `off`. An absent key is neither: what increases risk is refused (LIMIT_MISSING) until it is
given, and what only reduces as well where the limit is one that holds for it too (HELD_WHILE_REDUCING).
Some may be given once more for an account, strategy, user or instrument (engine.risk.scopes); the strictest holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from engine.model.enums import AssetClass
from engine.model.money import ONE, ZERO, NumberError, parse_decimal, plain
from engine.risk.book_limits import BOOK_SPECS
from engine.risk.limit_spec import ACTIONS, MODELS, LimitSpec
from engine.risk.money_limits import BOOK, MONEY_SPECS
from engine.risk.scopes import EVERYWHERE, kind_of, one_way, split_key

#: Triggers that never flatten: what they show is a doubt about the books, the data or the desk itself (DESIGN §7).
NEVER_FLATTEN: Final = frozenset(
    f"actions.{name}"
    for name in (
        "break", "overfill", "rejects", "stale_data", "clock_skew", "engine_error", "messages", "repeated_executions",
    )
)  # fmt: skip

#: The state remembers the times of so many requests; a throttle beyond it would never hold.
MAX_ORDERS_PER_S: Final = Decimal(4096)

SECOND_NS: Final = 1_000_000_000

#: Limits of the desk that hold for each of several accounts by itself: no broker lends on what another one holds.
EACH_ACCOUNT: Final = frozenset({"risk.max_leverage"})


LIMIT_SPECS: Final = (
    LimitSpec(
        "risk.max_position_pct",
        "pct",
        "0.10",
        "largest |position| incl. working orders, share of equity",
        scopes=EVERYWHERE,
    ),
    LimitSpec(
        "risk.max_portfolio_positions",
        "count",
        "20",
        "most instruments held or being opened at once",
        scopes=BOOK,
    ),
    LimitSpec("risk.max_daily_loss_pct", "pct", "0.05", "loss since the day's start that triggers its action"),
    LimitSpec("risk.max_drawdown_pct", "pct", "0.15", "fall from peak equity that triggers its action"),
    *MONEY_SPECS,
    *BOOK_SPECS,
    LimitSpec(
        "risk.max_order_qty", "quantity", "50000", "fat finger: largest quantity of one order", scopes=EVERYWHERE
    ),
    LimitSpec(
        "risk.max_order_notional", "money", "1000000", "fat finger: largest notional of one order", scopes=EVERYWHERE
    ),
    LimitSpec("risk.warn_order_notional", "money", "off", "soft: above it an order needs a `y`", scopes=EVERYWHERE),
    LimitSpec("risk.price_collar_pct", "pct", "0.05", "farthest an order may reach through the mid", scopes=EVERYWHERE),
    LimitSpec(
        "risk.max_leverage",
        "factor",
        "1",
        "buying power = equity x this - exposure - working orders",
        scopes=BOOK,
    ),
    LimitSpec("risk.max_working_orders", "count", "1000", "most orders open at once", scopes=EVERYWHERE),
    LimitSpec(
        "risk.min_order_notional",
        "money",
        "off",
        "smallest notional of one order; one that closes a position is free of it",
        scopes=EVERYWHERE,
        least_is_strictest=False,
    ),
    LimitSpec(
        "risk.max_orders_per_s",
        "count",
        "20",
        "throttle: orders, replaces and cancels in any second; cancels count, but always go out",
        most=MAX_ORDERS_PER_S,
        scopes=("account", "strategy", "user"),
    ),
    LimitSpec(
        "risk.max_orders_per_min",
        "count",
        "off",
        "the same in any minute",
        most=MAX_ORDERS_PER_S,
        scopes=("account", "strategy", "user"),
    ),
    LimitSpec(
        "risk.require_locate",
        "switch",
        "off",
        "a short sale of shares needs a locate of today (locates.yaml)",
        scopes=("account", "instrument"),
    ),
    LimitSpec(
        "risk.short_sale_rule",
        "switch",
        "off",
        "Reg SHO 201: 10 % below the prior close short sales only above the bid, that day and the next",
        scopes=("account", "instrument"),
    ),
    LimitSpec(
        "risk.day_trade_rule",
        "choice",
        "intraday_margin",
        "the broker's day-trade rule; pdt: below 25000 of equity no fourth day trade within 5 business days",
        scopes=("account",),
        least_is_strictest=False,
        choices=("intraday_margin", "pdt"),
    ),
    LimitSpec(
        "risk.duplicate_window_s",
        "seconds",
        "2",
        "same order again within this time is refused",
        scopes=EVERYWHERE,
        least_is_strictest=False,
    ),
    LimitSpec("risk.loss_confirm_s", "seconds", "3", "how long a loss must persist before it triggers", False),
    LimitSpec("risk.max_quote_age_s.equity", "seconds", "15", "older quotes are stale: equities", False),
    LimitSpec("risk.max_quote_age_s.etf", "seconds", "15", "older quotes are stale: ETFs", False),
    LimitSpec("risk.max_quote_age_s.option", "seconds", "60", "older quotes are stale: options", False),
    LimitSpec("risk.max_quote_age_s.future", "seconds", "15", "older quotes are stale: futures", False),
    LimitSpec("risk.max_quote_age_s.fx", "seconds", "15", "older quotes are stale: FX", False),
    LimitSpec("risk.max_quote_age_s.crypto", "seconds", "15", "older quotes are stale: crypto", False),
    LimitSpec("risk.feed_heartbeat_s", "seconds", "30", "feed silent for longer: every quote of it is stale", False),
    LimitSpec("triggers.losing_trades", "count", "off", "losing trades in a row that trigger their action"),
    LimitSpec("triggers.rejects", "count", "10", "rejects by the broker within rejects_s that trigger their action"),
    LimitSpec("triggers.rejects_s", "seconds", "60", "the time in which rejects are counted", False),
    LimitSpec(
        "triggers.repeated_executions",
        "count",
        "100",
        "orders of one strategy, instrument and side executed within repeated_executions_s without a human action; an"
        " iceberg is one order, as long as it needs no more than twice its tips",
    ),
    LimitSpec(
        "triggers.repeated_executions_s", "seconds", "10", "the time in which repeated executions are counted", False
    ),
    LimitSpec(
        "triggers.messages",
        "count",
        "2000",
        "orders, replaces and cancels within messages_s that trigger their action",
        most=MAX_ORDERS_PER_S,
    ),
    LimitSpec("triggers.messages_s", "seconds", "10", "the time in which messages are counted", False),
    LimitSpec("triggers.stale_data_s", "seconds", "60", "market data silent for so long triggers its action"),
    LimitSpec("actions.daily_loss", "action", "halt_cancel", "what a daily loss does", False),
    LimitSpec("actions.drawdown", "action", "halt_cancel", "what a drawdown does", False),
    LimitSpec("actions.losing_trades", "action", "reduce", "what losing trades in a row do to the account", False),
    LimitSpec("actions.rejects", "action", "halt", "what repeated rejects do to the account", False),
    LimitSpec(
        "actions.repeated_executions", "action", "halt_cancel", "what repeated executions do to the strategy", False
    ),
    LimitSpec("actions.messages", "action", "halt", "what a message storm does", False),
    LimitSpec("actions.break", "action", "reduce", "what a position break does to the instrument", False),
    LimitSpec("actions.overfill", "action", "reduce", "what an overfill does to the instrument", False),
    LimitSpec("actions.stale_data", "action", "reduce", "what silent market data does", False),
    LimitSpec("actions.clock_skew", "action", "reduce", "what a broker's clock does that is far off", False),
    LimitSpec("actions.engine_error", "action", "halt", "what a defect in the desk or an algo does", False),
    LimitSpec("flatten.collar_pct", "pct", "0.01", "liquidation: marketable limit this far through the touch", False),
    LimitSpec("flatten.reprice_s", "seconds", "2", "liquidation: re-price after this time", False),
    LimitSpec("flatten.max_attempts", "count", "30", "liquidation: re-pricings before it reports not flat", False),
)


#: Limits that orders which only reduce are held to as well, by docs/risk-checks.md: a file that lacks one of them (or
#: one without which no price is fresh) lets nothing out. What was added for orders that increase risk keeps nobody in.
HELD_WHILE_REDUCING: Final = frozenset(
    spec.key
    for spec in LIMIT_SPECS
    if spec.key.startswith("risk.max_quote_age_s.")
    or spec.key.removeprefix("risk.")
    in (
        "feed_heartbeat_s", "price_collar_pct", "max_order_qty", "max_order_notional", "warn_order_notional",
        "duplicate_window_s", "max_working_orders", "max_orders_per_s", "max_orders_per_min", "day_trade_rule",
    )
)  # fmt: skip

_SPECS: Final = {spec.key: spec for spec in LIMIT_SPECS}
_MOST_KEPT: Final = 4096


class LimitError(ValueError):
    """A limit's value is not what its kind takes. The message names the key."""


class Limits:
    """The limits in force. Read-only; a change makes a new object.

    Those that every order is held to stand ready as attributes, in the form in which they are compared; None = off
    (or missing, and then LIMIT_MISSING refuses). collar_above and collar_below are 1 + and 1 - price_collar.
    `scoped` says whether any limit is given for a scope: then an order asks `covering` for its own set.
    """

    __slots__ = (
        "_covering", "_from", "_off", "_parted", "_scoped", "_text", "_value", "measures", "missing",
        "missing_to_reduce", "scoped",
        "collar_above", "collar_below", "duplicate_window_ns", "max_leverage", "max_order_notional", "max_order_qty",
        "max_orders_per_min", "max_orders_per_s", "min_order_notional", "pdt", "require_locate", "short_sale_rule",
        "max_position_pct", "max_positions", "max_working_orders", "price_collar", "warn_order_notional",
        "book", "by_adv", "dearest_margin", "has_position_limits", "has_totals", "least_sector_exposure",
        "margin_initial", "margin_maintenance",
        "margin_minimum", "margin_model", "margin_short",
        "max_adv_pct", "max_correlation", "max_gross_exposure", "max_net_exposure", "max_position_adv_pct",
        "max_position_notional", "max_position_qty", "max_sector_exposure",
        "warn_adv_pct", "warn_gross_exposure", "warn_position_pct", "warn_sector_exposure",
    )  # fmt: skip

    def __init__(self, texts: Mapping[str, str]) -> None:
        """`texts`: flat key -> value as text. Raises LimitError for an unknown key or a value of the wrong kind."""
        texts = self._text = {one_way(key): text for key, text in texts.items()}
        self._value: dict[str, Decimal] = {}
        self._off: set[str] = set()
        self._scoped: dict[str, dict[str, Decimal]] = {}
        self._from: dict[str, str] = {}
        self._covering: dict[tuple[str, str, str, str], Limits] = {}
        self._parted: dict[tuple[str, str, str, str], tuple[Limits, Limits]] = {}
        for key, text in texts.items():
            scope, name = split_key(key)
            spec = _SPECS.get(name)
            if spec is None:
                raise LimitError(f"{key}: unknown key")
            value = _parsed(spec, key, text)
            if "/" in key:
                self._scoped.setdefault(_checked_scope(spec, scope, key), {})
                if value is not None:
                    self._scoped[scope][name] = value
            elif value is not None:
                self._value[name] = value
            elif text == "off":
                self._off.add(name)
        self.scoped = any(self._scoped.values())
        self.missing: tuple[str, ...] = tuple(spec.key for spec in LIMIT_SPECS if spec.key not in texts)
        self.missing_to_reduce = tuple(key for key in self.missing if key in HELD_WHILE_REDUCING)
        self._make_ready()

    def _make_ready(self) -> None:
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
        self.max_orders_per_min = _whole(value("risk.max_orders_per_min"))
        self.min_order_notional = value("risk.min_order_notional")
        self.require_locate = value("risk.require_locate") is not None
        self.short_sale_rule = value("risk.short_sale_rule") is not None
        self.pdt = self.word("risk.day_trade_rule") == "pdt"
        window = value("risk.duplicate_window_s")
        self.duplicate_window_ns = int(window * SECOND_NS) if window else None
        self.book = tuple(spec.key for spec in BOOK_SPECS if value(spec.key) is not None)
        self._make_money_ready()

    def _make_money_ready(self) -> None:
        value = self._value.get
        self.max_position_qty = value("risk.max_position_qty")
        self.max_position_notional = value("risk.max_position_notional")
        self.warn_position_pct = value("risk.warn_position_pct")
        self.has_position_limits = _any(self.max_position_qty, self.max_position_notional, self.warn_position_pct)
        self.max_gross_exposure = value("risk.max_gross_exposure")
        self.warn_gross_exposure = value("risk.warn_gross_exposure")
        self.max_net_exposure = value("risk.max_net_exposure")
        self.has_totals = _any(self.max_gross_exposure, self.warn_gross_exposure, self.max_net_exposure)
        self.max_sector_exposure = value("risk.max_sector_exposure")
        self.warn_sector_exposure = value("risk.warn_sector_exposure")
        shares = [share for share in (self.max_sector_exposure, self.warn_sector_exposure) if share is not None]
        self.least_sector_exposure = min(shares, default=None)
        self.max_correlation = value("risk.max_correlation")
        self.max_adv_pct = value("risk.max_adv_pct")
        self.warn_adv_pct = value("risk.warn_adv_pct")
        self.max_position_adv_pct = value("risk.max_position_adv_pct")
        self.by_adv = _any(self.max_adv_pct, self.warn_adv_pct, self.max_position_adv_pct)
        self.measures = self.has_position_limits or self.has_totals or self.by_adv
        self.measures |= _any(self.max_position_pct, self.max_leverage, self.least_sector_exposure)
        self.measures |= self.max_positions is not None or self.max_correlation is not None
        self.margin_model = "" if self.is_off("risk.margin_model") else self._text.get("risk.margin_model", "")
        self.margin_minimum = value("risk.margin_minimum_equity")
        # A rate that is missing counts as the whole; nothing goes out before it is given.
        self.margin_initial = {asset: value(f"risk.margin_initial.{asset.value}") or ONE for asset in AssetClass}
        self.margin_maintenance = {a: value(f"risk.margin_maintenance.{a.value}") or ONE for a in AssetClass}
        self.margin_short = value("risk.margin_maintenance.short") or ONE
        self.dearest_margin = max(*self.margin_initial.values(), *self.margin_maintenance.values(), self.margin_short)

    @classmethod
    def defaults(cls) -> Limits:
        """The shipped defaults, all keys given."""
        return cls({spec.key: spec.default for spec in LIMIT_SPECS})

    def with_changes(self, changes: Mapping[str, str]) -> Limits:
        """A copy with some keys changed."""
        return Limits({**self._text, **{one_way(key): text for key, text in changes.items()}})

    # -- scopes ---------------------------------------------------------------------------------------------------

    def covering(self, account: str, strategy: str, user: str, instrument: str) -> Limits:
        """The limits of an order: of each key the strictest that any scope of the order gives. Made once for each
        combination; the desk's own set where no scope says anything."""
        names = (account, strategy, user, instrument)
        found = self._covering.get(names)
        if found is None:
            if len(self._covering) >= _MOST_KEPT:
                self._covering.clear()
            found = self._covering[names] = self._strictest(_scopes_named(names), self._value)
        return found

    def parted(self, account: str, strategy: str, user: str, instrument: str) -> tuple[Limits, Limits]:
        """The limits of an order's money at stake in a desk with several accounts: those that are held to its own
        account (given for the account, the strategy, the user; and the desk's buying power, which no account lends to
        another), and those that are held to the sum of all accounts (the desk's and the instrument's)."""
        names = (account, strategy, user, instrument)
        found = self._parted.get(names)
        if found is None:
            if len(self._parted) >= _MOST_KEPT:
                self._parted.clear()
            *own, of_all = _scopes_named(names)
            each = {key: value for key, value in self._value.items() if key in EACH_ACCOUNT}
            rest = {key: value for key, value in self._value.items() if key not in EACH_ACCOUNT}
            found = self._parted[names] = (self._strictest(own, each), self._strictest([of_all], rest))
        return found

    def _strictest(self, scopes: list[str], base: dict[str, Decimal]) -> Limits:
        values, told = dict(base), dict[str, str]()
        for scope in scopes:
            for key, value in self._scoped.get(scope, {}).items():
                now = values.get(key)
                if now is None or (value < now if _SPECS[key].least_is_strictest else value > now):
                    values[key], told[key] = value, scope
        if not told and base is self._value:
            return self
        made = Limits({})
        made._text = {**self._text, **{key: _shown(key, values[key]) for key in told}}
        made._value, made._off, made._from = values, self._off - told.keys(), told
        made._scoped, made.scoped, made.missing = self._scoped, self.scoped, self.missing
        made.missing_to_reduce = self.missing_to_reduce
        made._make_ready()
        return made

    def scope_of(self, key: str, otherwise: str) -> str:
        """The scope that set this limit of an order, for its refusal; `otherwise` where it is the desk's own."""
        return self._from.get(key, otherwise)

    def scoped_value(self, scope: str, key: str) -> Decimal | None:
        """What one scope itself says of a limit: None where nothing, or off."""
        values = self._scoped.get(one_way(scope))
        return None if values is None else values.get(key)

    def names_of(self, kind: str) -> list[str]:
        """The accounts, strategies, users or instruments that have limits of their own."""
        return [scope.partition(":")[2] for scope in self._scoped if kind_of(scope) == kind]

    # -- one limit ------------------------------------------------------------------------------------------------

    def value(self, key: str) -> Decimal | None:
        """The limit, or None when it is off or missing."""
        return self._value.get(key)

    def action(self, key: str) -> str:
        """The action of a trigger; a missing one is the strictest that doesn't trade: halt_cancel."""
        return self._text.get(key, "halt_cancel")

    def word(self, key: str) -> str:
        """What a switch or choice says; "off" also while it is missing (and then nothing passes)."""
        return self._text.get(key, "off")

    def is_used(self, key: str) -> bool:
        """Whether the limit is given for the desk or for any scope."""
        return key in self._value or any(key in values for values in self._scoped.values())

    def is_off(self, key: str) -> bool:
        return key in self._off

    def as_texts(self) -> dict[str, str]:
        """Flat key -> text, as journaled."""
        return dict(self._text)

    def describe(self, key: str) -> str:
        """Text for messages: the value, "off" or "missing"."""
        value = self._value.get(key)
        return _shown(key, value) if value is not None else self._text.get(key, "missing")


def _scopes_named(names: tuple[str, str, str, str]) -> list[str]:
    return [one_way(f"{kind}:{name}") for kind, name in zip(EVERYWHERE, names, strict=True)]


def _whole(value: Decimal | None) -> int | None:
    return None if value is None else int(value)


def _any(*values: Decimal | None) -> bool:
    return any(value is not None for value in values)


def _shown(key: str, value: Decimal) -> str:
    """A value as it is written in risk_params.yaml."""
    spec = _SPECS[key]
    if spec.kind == "switch":
        return "on"
    return spec.choices[int(value) - 1] if spec.kind == "choice" else plain(value)


def _checked_scope(spec: LimitSpec, scope: str, key: str) -> str:
    """The scope, if this limit may be given for it. Raises LimitError."""
    kind = kind_of(scope)
    if not kind:
        raise LimitError(f"{key}: unknown key; a scope is written like {EVERYWHERE[2]}:NAME/{spec.key}")
    if kind not in spec.scopes:
        where = f"the desk, {', '.join(spec.scopes)}" if spec.scopes else "the desk as a whole"
        raise LimitError(f"{key}: not for one {kind}; expected it for {where}")
    return scope


def _parsed(spec: LimitSpec, key: str, text: str) -> Decimal | None:
    """The value as a number; None for `off` and for an action. Raises LimitError."""
    if text == "off":
        if not spec.may_be_off:
            raise LimitError(f"{key}: may not be off; expected a value like {spec.default}")
        return None
    words = ACTIONS if spec.kind == "action" else MODELS if spec.kind == "model" else None
    if words is not None:
        if text not in words:
            raise LimitError(f"{key}: {text!r} is no {spec.kind}; expected one of {', '.join(words)}")
        if text == "halt_cancel_flatten" and key in NEVER_FLATTEN:
            taken = ", ".join(word for word in ACTIONS if word != text)
            raise LimitError(f"{key}: {text} is refused: this trigger never flattens; expected one of {taken}")
        return None
    if spec.kind == "switch":
        if text != "on":
            raise LimitError(f"{key}: {text!r} is no switch; expected on or off")
        return ONE
    if spec.kind == "choice":
        if text not in spec.choices:
            raise LimitError(f"{key}: {text!r} is no rule; expected one of {', '.join(spec.choices)}, or off")
        return Decimal(spec.choices.index(text) + 1)
    try:
        value = parse_decimal(text, key)
    except NumberError as error:
        raise LimitError(str(error)) from None
    if value < 0 or (value == 0 and spec.kind != "seconds"):
        raise LimitError(f"{key}: {text} must be above 0")
    if spec.kind == "pct" and value > 1:
        raise LimitError(f"{key}: {text} is a share and can't be above 1 (0.10 = 10 %)")
    if spec.kind == "count" and value != value.to_integral_value():
        raise LimitError(f"{key}: {text} must be a whole number")
    if spec.most is not None and value > spec.most:
        raise LimitError(f"{key}: {text} is above {plain(spec.most)}, the most that can be watched")
    return value
