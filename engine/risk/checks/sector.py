"""How much of equity one sector may be. Gross and at the worst case: nothing inside a sector is netted, because a hedge
between two names of it is a bet on the names. Source: risk-checks.md 2.9."""

from __future__ import annotations

from decimal import Decimal

from engine.model.money import ZERO
from engine.risk.context import Context
from engine.risk.money import Money, sectors_of, share_of
from engine.risk.sectors import sector_of

MOST, WARN = "risk.max_sector_exposure", "risk.warn_sector_exposure"


def check_sectors(c: Context, money: Money) -> None:
    """Each sector in which the proposal adds something. A stock without a sector is not bought or shorted while the
    check is on; one that is held is what it is (the others' sectors are known without it)."""
    least = money.limits.least_sector_exposure
    in_bounds = least is None or money.exposure <= least * money.equity  # no sector is more than the whole
    if in_bounds and not c.request.legs and sector_of(c.state, c.request.symbol) is not None:
        return
    added: dict[str, Decimal] = {}
    growing: set[str] = set()
    for part in money.parts:
        symbol = part.c.request.symbol
        sector = sector_of(c.state, symbol)
        if sector is not None:
            added[sector] = added.get(sector, ZERO) + part.worst
            if not part.c.reducing:
                growing.add(sector)
        elif not part.c.reducing:
            words = f"{symbol} has no sector; give it one in universe.yaml, or say off"
            c.deny("NO_SECTOR", "none", "a sector", symbol, words)
    if in_bounds:
        return
    rest = sectors_of(c, money)
    for sector in sorted(growing):
        _check(c, money, sector, added[sector] + rest.get(sector, ZERO))


def _check(c: Context, money: Money, sector: str, total: Decimal) -> None:
    limits, equity = money.limits, money.equity
    most, soft = limits.max_sector_exposure, limits.warn_sector_exposure
    if most is not None and total > most * equity:
        words = f"the sector {sector} with all working orders would be too large a share of equity{money.where}"
        c.deny_limit("MAX_SECTOR_EXPOSURE", MOST, share_of(total, equity), sector, words, of=limits)
    if soft is not None and total > soft * equity and not c.request.accept_soft:
        words = f"much in the sector {sector}{money.where}: confirm with y"
        c.deny_limit("WARN_SECTOR_EXPOSURE", WARN, share_of(total, equity), sector, words, soft=True, of=limits)
