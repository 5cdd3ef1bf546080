"""Every refusal that the desk knows: its code, what is measured, against what, and for whom it does not hold.

docs/risk-checks.md is made of it (`make docs`); a test finds each code in the code and refuses one without a line.
"""

from __future__ import annotations

from typing import Final

import msgspec


class Refusal(msgspec.Struct, frozen=True):
    """One code. check: the name of the function that says it. keys: the limits it compares with. passes: what is not
    held to it ("" for nothing) - "reducing": an order that can only reduce its position, and a replace that only
    shrinks."""

    code: str
    check: str
    measured: str
    keys: tuple[str, ...] = ()
    passes: str = ""
    soft: bool = False


_REDUCING: Final = "reducing"


def _of(check: str, *lines: tuple[str, str, str] | tuple[str, str], passes: str = "") -> tuple[Refusal, ...]:
    """Lines of one check: (code, measured) or (code, measured, limit); a code that begins with WARN_ is soft."""
    return tuple(
        Refusal(line[0], check, line[1], (f"risk.{line[2]}",) if len(line) > 2 else (), passes, line[0][:5] == "WARN_")
        for line in lines
    )


CATALOG: Final = (
    Refusal(
        "HALTED",
        "check_trading_state",
        "trading state of desk, account, strategy, instrument; kill",
        passes="reducing, by hand",
    ),
    Refusal("TRADING_STATE", "check_trading_state", "the same, REDUCING", passes=_REDUCING),
    Refusal(
        "LIMIT_MISSING",
        "check_ready",
        "keys that risk_params.yaml lacks",
        passes="reducing, where its checks lack none",
    ),
    *_of(
        "check_ready",
        ("UNKNOWN_ACCOUNT", "the order's account"),
        ("NOT_RECONCILED", "comparison with the broker since the start or the last connect"),
        ("JOURNAL_DOWN", "whether the journal commits"),
    ),
    *_of("check_clock", ("CLOCK_SKEW", "the broker's clock against ours"), passes=_REDUCING),
    *_of(
        "check_instrument",
        ("UNKNOWN_INSTRUMENT", "the symbol in universe.yaml"),
        ("OPTION_EXPIRED", "market time against the expiry"),
        ("FUTURE_EXPIRED", "market time against the last trade"),
    ),
    *_of(
        "check_restricted",
        ("RESTRICTED", "the symbol, and an option's underlying, in restricted.yaml (close_only: but for reducing)"),
    ),
    *_of(
        "check_user_instruments",
        ("USER_INSTRUMENT", "the symbol, or an option's underlying, against the user's list in roles.yaml"),
        passes=_REDUCING,
    ),
    *_of(
        "check_venue",
        ("SESSION_CLOSED", "session of the instrument's calendar"),
        ("NOT_SUPPORTED", "order type, time in force, class, fractions, packages that the broker takes"),
        ("SHORT_NOT_ALLOWED", "short sales that the broker and a cash account take"),
        ("TIME_IN_FORCE", "orders for the open and the close against the session; of packages"),
    ),
    *_of(
        "check_form",
        ("ORDER_FORM", "type, prices, distances and time in force against each other"),
        ("LOT_SIZE", "quantity against the instrument's lot"),
        ("MIN_QTY", "quantity against the instrument's least"),
        ("MAX_QTY", "quantity against the instrument's most"),
        ("TICK_SIZE", "prices against the instrument's tick"),
    ),
    *_of(
        "check_price",
        ("STALE_PRICE", "age and state of the quote, of its class; the feed's heartbeat"),
        ("INSTRUMENT_HALTED", "the market's own halt, where the feed tells of it"),
        ("DELAYED_PRICE", "a delayed quote outside paper"),
        ("PRICE_COLLAR", "aggressive price against the mid of the quote", "price_collar_pct"),
    ),
    *_of(
        "check_fat_finger",
        ("MAX_ORDER_QTY", "quantity, of a replace its new total", "max_order_qty"),
        ("MAX_ORDER_NOTIONAL", "quantity x worst price x multiplier, of a replace its new total", "max_order_notional"),
        ("WARN_ORDER_NOTIONAL", "the same", "warn_order_notional"),
    ),
    Refusal(
        "MIN_NOTIONAL",
        "check_fat_finger",
        "quantity x own price (touch) x multiplier, of a replace its new total; at least",
        ("risk.min_order_notional",),
        _REDUCING,
    ),
    *_of(
        "check_duplicate",
        ("DUPLICATE_INTENT", "time since the same order", "duplicate_window_s"),
        ("UNKNOWN_SAME_INTENT", "an order or replace to the same terms without a known outcome"),
    ),
    *_of(
        "check_rates",
        ("MAX_WORKING_ORDERS", "open orders with this one, each scope by itself", "max_working_orders"),
    ),
    Refusal(
        "THROTTLE",
        "check_rates",
        "orders, replaces and cancels within a second, and within a minute, each scope by itself",
        ("risk.max_orders_per_s", "risk.max_orders_per_min"),
    ),
    *_of(
        "check_side",
        ("SELL_EXCEEDS_POSITION", "a sale against the position less working sales"),
        ("SHORT_WHILE_LONG", "a short sale against a long position"),
        ("REDUCE_ONLY", "a reduce-only order against the position"),
        ("UNCOVERED_OPTION", "written options against shares, long options and cash"),
    ),
    *_of(
        "check_short_sale",
        ("LOCATE", "shares sold short today and working to be, against those located for today", "require_locate"),
        ("SHORT_SALE_RULE", "a short sale's limit against the bid, once 10 % below the prior close", "short_sale_rule"),
    ),
    *_of(
        "check_day_trades",
        ("DAY_TRADES", "day trades in five business days, below 25,000 of equity (a close: soft)", "day_trade_rule"),
    ),
    *_of(
        "check_exposure",
        ("NO_MARK", "a price of everything held"),
        ("STALE_MARK", "a fresh price of everything held"),
        ("NO_RATE", "a rate of every currency to the base"),
        ("STALE_RATE", "a fresh rate of every currency to the base"),
        ("ACCOUNT_UNSEEN", "what every account of the desk holds, told by its broker once at least"),
        ("MAX_POSITION_PCT", "|position| + working orders of the side, of equity", "max_position_pct"),
        ("MAX_POSITION_QTY", "the same in units", "max_position_qty"),
        ("MAX_POSITION_NOTIONAL", "the same in money", "max_position_notional"),
        ("WARN_POSITION_PCT", "as MAX_POSITION_PCT", "warn_position_pct"),
        ("BUYING_POWER", "worst-case exposure of the account against equity x leverage", "max_leverage"),
        ("BROKER_BUYING_POWER", "what the order takes against what the broker told that is left"),
        ("MAX_GROSS_EXPOSURE", "worst-case exposure of the account, of equity", "max_gross_exposure"),
        ("WARN_GROSS_EXPOSURE", "the same", "warn_gross_exposure"),
        ("MAX_NET_EXPOSURE", "long less short, or short less long, on the order's side, of equity", "max_net_exposure"),
        ("MAX_PORTFOLIO_POSITIONS", "instruments held or being opened", "max_portfolio_positions"),
        ("NO_SECTOR", "the sector of a stock"),
        ("MAX_SECTOR_EXPOSURE", "worst-case exposure of a sector, of equity", "max_sector_exposure"),
        ("WARN_SECTOR_EXPOSURE", "the same", "warn_sector_exposure"),
        ("MAX_CORRELATION", "coefficient x directions with what is held or being opened", "max_correlation"),
        ("NO_HISTORY", "recent days for a correlation or an average volume"),
        ("MAX_ADV_PCT", "quantity, of a replace its new total, of the average daily volume", "max_adv_pct"),
        ("WARN_ADV_PCT", "the same", "warn_adv_pct"),
        ("MAX_POSITION_ADV_PCT", "|position| + working orders in average daily volumes", "max_position_adv_pct"),
        ("MINIMUM_EQUITY", "equity, for shorts and what exceeds it", "margin_minimum_equity"),
        ("INITIAL_MARGIN", "what all positions and working orders need to be opened, of equity", "margin_model"),
        ("MAINTENANCE_MARGIN", "what they need to be kept, of equity", "margin_model"),
        ("CASH_ONLY", "working buys of a cash account, of the cash in their currency", "margin_model"),
        passes=_REDUCING,
    ),
    *_of(
        "check_book",
        ("MAX_VAR_95", "measured VaR of the book, the worse method, of equity; an old one refuses", "max_var_95"),
        ("MAX_VAR_99", "the same at 99 %", "max_var_99"),
        ("MAX_CVAR_95", "measured expected shortfall of the book, as VaR", "max_cvar_95"),
        ("MAX_CVAR_99", "the same at 99 %", "max_cvar_99"),
        ("MAX_BETA", "measured |beta| of the book, as VaR", "max_beta"),
        passes=_REDUCING,
    ),
    *_of(
        "check_losses",
        ("DAILY_LOSS", "loss since the day's start, of equity then; refuses at equality", "max_daily_loss_pct"),
        ("DRAWDOWN", "fall from peak equity; refuses at equality", "max_drawdown_pct"),
        passes=_REDUCING,
    ),
    *_of("check_self_match", ("SELF_MATCH", "the order's reach against own orders on the other side")),
    *_of(
        "engine",
        ("CHECK_FAILED", "a check that broke"),
        ("NOT_REDUCING", "a liquidation or an exit against what there is to close"),
        ("NOT_SHRINKING", "a replace that must only shrink"),
    ),
    *_of(
        "groups",
        ("BRACKET_PRICE", "take-profit and stop-loss against the entry"),
        ("GROUP_DENIED", "another order of the group"),
        ("EXCEEDS_PARENT", "children of an algo against its quantity"),
        ("NO_FIT", "a smaller quantity that passes, where one was asked for"),
    ),
)
