"""Buying power by margin: what all positions need at their worst case against equity, at every moment of the day.

reg_t: to open, 50 % of the market value, long or short (short: the proceeds stay, and 50 % on top; in terms of equity
both are the same half); to keep, 25 % long, and of a short the larger of 30 % and 5 a share, below a price of 5 the
larger of 2.50 a share and the whole. Long options are paid in full; written ones count nothing here, because they must
be covered (engine.risk.cover). cash: nothing is sold short, and what is bought is paid from the cash there is.
Sources: 12 CFR 220.12, FINRA 4210(c), risk-checks.md 2.16; that it holds within the day, not at its end: 2.17.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Final

from engine.model.enums import AssetClass, Side
from engine.model.instrument import Instrument
from engine.model.money import CENT, ZERO
from engine.orders.position import Position
from engine.risk.context import Context
from engine.risk.money import Money
from engine.risk.valuation import value_account

_SHARES: Final = (AssetClass.EQUITY, AssetClass.ETF)
_LOW_PRICE: Final = Decimal(5)
_A_SHARE: Final = Decimal(5)
_A_LOW_SHARE: Final = Decimal("2.50")


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
    if is_short or money.rest.has_shorts or money.exposure * c.limits.dearest_margin > equity:
        _check_reg_t(c, money)


def _check_reg_t(c: Context, money: Money) -> None:
    account = c.request.account
    symbols = tuple(part.c.request.symbol for part in money.parts)
    lines = value_account(c.state, c.quotes, account, c.now.market_ns, symbols, by_line=True).lines
    initial = maintenance = ZERO
    for line in lines:
        instrument = c.state.instruments.get(line.position.symbol)
        worth = _needed(c, instrument, line.up, line.down, line.mark, _short_qty(line.position))
        initial, maintenance = initial + worth[0], maintenance + worth[1]
    for part in money.parts:
        one, is_buy = part.c, part.c.request.side.is_buy
        up, down = (part.after, part.other) if is_buy else (part.other, part.after)
        short = _short_qty(one.position) + (ZERO if is_buy else one.qty)
        mark = one.quote.ask if one.quote is not None else one.ref_px
        worth = _needed(c, one.instrument, up, down, mark, short)
        initial, maintenance = initial + worth[0], maintenance + worth[1]
    for code, needed, words in (
        ("INITIAL_MARGIN", initial, "what positions and working orders need to be opened is more than equity"),
        ("MAINTENANCE_MARGIN", maintenance, "what positions and working orders need to be kept is more than equity"),
    ):
        if needed > money.equity:
            c.deny(code, needed.quantize(CENT, ROUND_CEILING), money.equity.quantize(CENT), account, words)


def _short_qty(position: Position) -> Decimal:
    """Units short once all sales have filled; 0 or below where none are."""
    return position.open_sell - position.qty


def _needed(
    c: Context, instrument: Instrument | None, up: Decimal, down: Decimal, mark: Decimal, short_qty: Decimal
) -> tuple[Decimal, Decimal]:
    """(initial, maintenance) of one instrument, the dearer of its two sides. `mark` in its own currency."""
    limits = c.limits
    kind = instrument.asset_class if instrument is not None else AssetClass.EQUITY
    rate, keep = limits.margin_initial[kind], limits.margin_maintenance[kind]
    long, short = max(up, ZERO), max(down, ZERO)
    if kind is AssetClass.OPTION:
        return long * rate, long * keep
    if kind not in _SHARES or not short or not mark:
        return max(long, short) * rate, max(long, short) * keep
    # A least amount a share, as a share of what it is worth: then the currency of the price doesn't matter.
    floor = (_A_SHARE if mark >= _LOW_PRICE else max(_A_LOW_SHARE, mark)) / mark
    return max(long, short) * rate, max(long * keep, short * max(limits.margin_short, floor))


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
