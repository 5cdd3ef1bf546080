"""Buying power by margin: what all positions need at their worst case against equity, at every moment of the day.

reg_t: as engine.risk.margin says for each instrument. cash: nothing is sold short, no future is taken, and what is
bought is paid from the cash there is. That margin holds within the day and not at its end alone: risk-checks.md 2.17.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from engine.model.enums import Side
from engine.model.money import CENT, ZERO
from engine.risk.context import Context
from engine.risk.margin import long_qty, margin_of, short_qty
from engine.risk.money import Money, margin_needed
from engine.risk.valuation import value_account


def check_margin(c: Context, money: Money) -> None:
    """By the account's model."""
    if c.limits.margin_model == "cash":
        _check_cash(c)
        return
    equity, least = money.equity, c.limits.margin_minimum
    is_short = c.request.side is Side.SELL_SHORT
    if c.request.legs:
        is_short = any(part.c.request.side is Side.SELL_SHORT for part in money.parts)
    if least is not None and equity < least and (is_short or money.exposure > equity):
        words = "with less equity than that nothing is bought on margin or sold short"
        c.deny_limit("MINIMUM_EQUITY", "risk.margin_minimum_equity", equity, c.request.account, words)
    # A short may need more than it is worth; long positions need at most all exposure at the dearest rate.
    if is_short or money.rest.has_shorts or money.has_futures or money.exposure * c.limits.dearest_margin > equity:
        _check_reg_t(c, money)


def _check_reg_t(c: Context, money: Money) -> None:
    account = c.request.account
    symbols = tuple(part.c.request.symbol for part in money.parts)
    initial = maintenance = ZERO
    if money.rest.margin is not None:
        initial, maintenance = money.rest.margin
    else:
        for line in value_account(c.state, c.quotes, account, c.now.market_ns, symbols, by_line=True).lines:
            instrument = c.state.instruments.get(line.position.symbol)
            short, long = short_qty(line.position), long_qty(line.position)
            needs = margin_of(c.limits, instrument, line.up, line.down, short, long, line.rate)
            initial, maintenance = initial + needs[0], maintenance + needs[1]
    for part in money.parts:
        needs = margin_needed(part)
        initial, maintenance = initial + needs[0], maintenance + needs[1]
    for code, needed, words in (
        ("INITIAL_MARGIN", initial, "what positions and working orders need to be opened is more than equity"),
        ("MAINTENANCE_MARGIN", maintenance, "what positions and working orders need to be kept is more than equity"),
    ):
        if needed > money.equity:
            c.deny(code, needed.quantize(CENT, ROUND_CEILING), money.equity.quantize(CENT), account, words)


def _check_cash(c: Context) -> None:
    """Each currency that is paid: cash less what working buys in it may take."""
    state, account = c.state, c.request.account
    book = state.accounts.get(account)
    spent: dict[str, Decimal] = {}
    for part in c.parts:
        instrument = part.instrument
        if part.request.side is Side.SELL_SHORT:
            words = "a cash account sells nothing short"
            c.deny("SHORT_NOT_ALLOWED", "short", "long only", part.request.symbol, words)
        elif instrument is not None and instrument.future:
            words = "a future is held on margin, and this is a cash account"
            c.deny("CASH_ONLY", "future", "cash", part.request.symbol, words)
        elif part.request.side.is_buy and instrument is not None:
            spent[instrument.currency] = spent.get(instrument.currency, ZERO) + part.notional
    own = {part.request.symbol: part.position for part in c.parts}
    for currency, needed in spent.items():
        working = sum(
            (
                own.get(symbol, position).open_buy_notional
                for (owner, symbol), position in state.active.items()
                if owner == account and position.currency == currency
            ),
            ZERO,
        )
        cash = book.cash_in(currency) if book is not None else ZERO
        if needed + working > cash:
            words = f"working buys and this one would take more {currency} than there is in this cash account"
            c.deny("CASH_ONLY", (needed + working).quantize(CENT, ROUND_CEILING), cash.quantize(CENT), account, words)
