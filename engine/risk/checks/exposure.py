"""Money at stake: every check that needs the account valued, by one valuation. Only what increases risk is held to
them; working orders count at their worst case, market orders at the quote plus collar."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from engine.model.money import CENT
from engine.risk.checks.adv import check_adv
from engine.risk.checks.correlation import check_correlation, is_alone
from engine.risk.checks.margin import check_margin
from engine.risk.checks.position import check_position
from engine.risk.checks.sector import check_sectors
from engine.risk.context import Context
from engine.risk.money import Money, money_of, share_of


def check_exposure(c: Context) -> None:
    """The families in turn, each only where one of its limits is on (source: risk-checks.md 2.7-2.9)."""
    if c.reducing or c.shrinking:
        return
    if c.request.legs:
        for one in c.parts:
            if one.instrument is None or not one.ref_px:
                return
    elif c.instrument is None or not c.ref_px:
        return
    limits = c.limits
    money = money_of(c)
    if money is None:
        return
    for part in money.parts:
        if part.c is c or not part.c.reducing:
            check_position(c, part, money.equity)
    check_totals(c, money)
    if limits.least_sector_exposure is not None:
        check_sectors(c, money)
    if limits.max_correlation is not None and (len(c.state.active) > 1 or not is_alone(c)):
        check_correlation(c, money)
    if limits.by_adv:
        check_adv(c, money)
    if limits.margin_model:
        check_margin(c, money)


def check_totals(c: Context, money: Money) -> None:
    """Gross and net exposure of the account as a share of equity, its buying power, and how many instruments it has.
    Net is held to its limit on the side alone to which the order goes, so that a hedge passes."""
    limits, equity = c.limits, money.equity
    leverage = limits.max_leverage
    need = money.exposure
    if leverage is not None and need > equity * leverage:
        c.deny(
            "BUYING_POWER",
            need.quantize(CENT, ROUND_CEILING),
            (equity * leverage).quantize(CENT, ROUND_FLOOR),
            limits.scope_of("risk.max_leverage", c.request.account),
            "worst-case exposure with this order would exceed equity x leverage",
        )
    if limits.has_totals:
        _check_shares(c, money, need)
    most = limits.max_positions
    if most is not None and len(c.state.active) + len(money.parts) > most:
        _count(c, most)


def _check_shares(c: Context, money: Money, need: Decimal) -> None:
    limits, equity, account = c.limits, money.equity, c.request.account
    gross, soft, net = limits.max_gross_exposure, limits.warn_gross_exposure, limits.max_net_exposure
    if gross is not None and need > gross * equity:
        words = "gross exposure with all working orders would be too large a share of equity"
        c.deny_limit("MAX_GROSS_EXPOSURE", "risk.max_gross_exposure", share_of(need, equity), account, words)
    if soft is not None and need > soft * equity and not c.request.accept_soft:
        words = "large gross exposure: confirm with y"
        c.deny_limit(
            "WARN_GROSS_EXPOSURE", "risk.warn_gross_exposure", share_of(need, equity), account, words, soft=True
        )
    if net is None:
        return
    for up in {part.request.side.is_buy for part in c.parts if not part.reducing}:
        reached = money.reached(up=up)
        if reached > net * equity:
            words = f"net {'long' if up else 'short'} exposure would be too large a share of equity"
            c.deny_limit("MAX_NET_EXPOSURE", "risk.max_net_exposure", share_of(reached, equity), account, words)


def _count(c: Context, most: int) -> None:
    """Instruments held or being opened in the account, those of the proposal included."""
    active, account = c.state.active, c.request.account
    # An order that is held here or replaced must not count itself as what was there before.
    opening = {
        part.request.symbol
        for part in c.parts
        if (account, part.request.symbol) not in active or (c.replacing is not None and not part.position.is_active)
    }
    if not opening:
        return
    count = sum(1 for owner, name in active if owner == account and name not in opening) + len(opening)
    if count > most:
        scope = c.limits.scope_of("risk.max_portfolio_positions", account)
        c.deny("MAX_PORTFOLIO_POSITIONS", str(count), str(most), scope, "too many instruments held or being opened")
