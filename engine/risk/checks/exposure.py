"""Money at stake: every check that needs the account valued, by one valuation. Only what increases risk is held to
them; working orders count at their worst case, market orders at the quote plus collar.

In a desk with several accounts the same checks run twice: an account's own limits against that account, the desk's
against the sum of all (docs/decisions/limits-of-several-accounts.md)."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from engine.model.money import CENT
from engine.risk.checks.adv import check_adv
from engine.risk.checks.correlation import check_correlation, is_alone
from engine.risk.checks.margin import check_margin
from engine.risk.checks.position import check_position
from engine.risk.checks.sector import check_sectors
from engine.risk.checks.told_margin import check_told_margin
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
    money = money_of(c)
    if money is None:
        return
    _hold(c, money)
    if money.of_all is not None:
        _hold(c, money.of_all)
    if c.limits.margin_model:
        check_margin(c, money)
    if c.state.margins:
        check_told_margin(c)


def _hold(c: Context, money: Money) -> None:
    """Hold one measure, the account's or the desk's, to its limits."""
    limits = money.limits
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


def check_totals(c: Context, money: Money) -> None:
    """Gross and net exposure as a share of equity, the account's buying power, and how many instruments there are.
    Net is held to its limit on the side alone to which the order goes, so that a hedge passes."""
    limits, equity = money.limits, money.equity
    leverage = limits.max_leverage
    need = money.exposure
    if leverage is not None and need > equity * leverage and money.tied > equity * leverage:
        c.deny(
            "BUYING_POWER",
            money.tied.quantize(CENT, ROUND_CEILING),
            (equity * leverage).quantize(CENT, ROUND_FLOOR),
            limits.scope_of("risk.max_leverage", c.request.account),
            "worst-case exposure with this order would exceed equity x leverage",
        )
    if limits.has_totals:
        _check_shares(c, money, need)
    most = limits.max_positions
    if most is not None and len(c.state.active) + len(money.parts) > most:
        _count(c, money, most)


def _check_shares(c: Context, money: Money, need: Decimal) -> None:
    limits, equity, scope = money.limits, money.equity, money.scope
    gross, soft, net = limits.max_gross_exposure, limits.warn_gross_exposure, limits.max_net_exposure
    if gross is not None and need > gross * equity:
        words = f"gross exposure with all working orders would be too large a share of equity{money.where}"
        c.deny_limit("MAX_GROSS_EXPOSURE", "risk.max_gross_exposure", share_of(need, equity), scope, words, of=limits)
    if soft is not None and need > soft * equity and not c.request.accept_soft:
        words = f"large gross exposure{money.where}: confirm with y"
        share = share_of(need, equity)
        c.deny_limit("WARN_GROSS_EXPOSURE", "risk.warn_gross_exposure", share, scope, words, soft=True, of=limits)
    if net is None:
        return
    for up in {part.request.side.is_buy for part in c.parts if not part.reducing}:
        reached = money.reached(up=up)
        if reached > net * equity:
            way = "long" if up else "short"
            words = f"net {way} exposure would be too large a share of equity{money.where}"
            share = share_of(reached, equity)
            c.deny_limit("MAX_NET_EXPOSURE", "risk.max_net_exposure", share, scope, words, of=limits)


def _count(c: Context, money: Money, most: int) -> None:
    """Instruments held or being opened, those of the proposal included; of several accounts each in every one."""
    active, account = c.state.active, c.request.account
    # An order that is held here or replaced must not count itself as what was there before.
    opens = any(
        (account, part.request.symbol) not in active or (c.replacing is not None and not part.position.is_active)
        for part in c.parts
    )
    count = money.rest.active + len(money.parts)
    if opens and count > most:
        scope = money.limits.scope_of("risk.max_portfolio_positions", money.scope)
        words = f"too many instruments held or being opened{money.where}"
        c.deny("MAX_PORTFOLIO_POSITIONS", str(count), str(most), scope, words)
