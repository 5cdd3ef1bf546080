"""The risk meters: value, limit and how near the one is to the other. Conservative marks; None when unknown."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from engine.inputs import Now
from engine.model.figures import OF_NOTHING, Figures
from engine.model.money import ONE, ZERO
from engine.risk.context import Quotes
from engine.risk.limits import Limits
from engine.risk.valuation import Valuation, value_account
from engine.state import DeskState
from engine.views import MeterRow

SHARE: Final = Decimal("0.0001")
FINE: Final = Decimal("0.000001")
#: A measurement of the book older than this is stale: it is made once a second.
FIGURES_STALE_NS: Final = 5_000_000_000

#: (key, limit, figure, label) of the figures that are losses of money.
LOSSES: Final = (
    ("risk.max_var_95", "risk.max_var_95", "var_95", "VaR 95"),
    ("risk.max_var_95.normal", "risk.max_var_95", "normal_var_95", "VaR 95 normal"),
    ("risk.max_var_99", "risk.max_var_99", "var_99", "VaR 99"),
    ("risk.max_var_99.normal", "risk.max_var_99", "normal_var_99", "VaR 99 normal"),
    ("risk.max_cvar_95", "risk.max_cvar_95", "cvar_95", "CVaR 95"),
    ("risk.max_cvar_95.normal", "risk.max_cvar_95", "normal_cvar_95", "CVaR 95 normal"),
    ("risk.max_cvar_99", "risk.max_cvar_99", "cvar_99", "CVaR 99"),
    ("risk.max_cvar_99.normal", "risk.max_cvar_99", "normal_cvar_99", "CVaR 99 normal"),
)


def valued(state: DeskState, quotes: Quotes, account: str, market_ns: int) -> Valuation | None:
    """The account with all that meters need of it; None while it is not known."""
    if account not in state.accounts:
        return None
    return value_account(state, quotes, account, market_ns, by_sector=True, by_line=True)


def meters(state: DeskState, valuation: Valuation | None, now: Now) -> tuple[MeterRow, ...]:
    """All meters, nearest to its limit first, those that are off last. `valuation` is made by `valued`."""
    limits = state.limits
    equity = valuation.equity if valuation is not None and not valuation.unmarked else None
    stale = valuation is not None and bool(valuation.stale)
    ratio = _Ratios(limits, equity if equity is not None and equity > 0 else None, stale)
    rows = [
        _day(state, equity, stale),
        _drawdown(state, equity, stale),
        *_of_the_book(state, valuation, now),
        _count(limits, "risk.max_portfolio_positions", "Positions", len(state.active)),
        _count(limits, "risk.max_working_orders", "Working orders", len(state.open_orders)),
        _count(limits, "risk.max_orders_per_s", "Orders/s", _rate(state, now.wall_ns)),
        _rejects(state),
        _count(limits, "triggers.losing_trades", "Losing streak", max(state.streaks.values(), default=0)),
    ]
    if valuation is not None:
        name, largest = _largest(valuation)
        sector = max(valuation.sectors.items(), key=lambda item: item[1], default=(None, ZERO))
        net = max(valuation.up, valuation.down, ZERO)
        rows += [
            ratio.row("risk.max_position_pct", f"Largest {name}", largest),
            _leverage(limits, valuation, ratio, stale),
            ratio.row("risk.max_gross_exposure", "Gross", valuation.exposure),
            ratio.row("risk.max_net_exposure", "Net", net),
            ratio.row("risk.max_sector_exposure", f"Sector {sector[0] or ''}".rstrip(), sector[1]),
        ]
    return tuple(sorted(rows, key=lambda row: (row.off, -(row.used if row.used is not None else Decimal(-1)), row.key)))


def _largest(valuation: Valuation) -> tuple[str, Decimal]:
    """The instrument with the largest worst case on either side, over all accounts, and how much that is."""
    sides: dict[tuple[str, bool], Decimal] = {}
    for line in valuation.lines:
        for is_up, value in ((True, line.up), (False, line.down)):
            key = (line.position.symbol, is_up)
            sides[key] = sides.get(key, ZERO) + max(value, ZERO)
    (symbol, _), largest = max(sides.items(), key=lambda item: item[1], default=(("position", True), ZERO))
    return symbol, largest


def _leverage(limits: Limits, valuation: Valuation, ratio: _Ratios, stale: bool) -> MeterRow:
    """Of several accounts the one that uses most of its equity: the limit holds for each by itself."""
    key, tightest = "risk.max_leverage", valuation.tightest
    if tightest is None:
        return ratio.row(key, "Leverage", valuation.tied)
    account, exposure, equity = tightest
    return _Ratios(limits, equity if equity > ZERO else None, stale).row(key, f"Leverage {account}", exposure)


def is_flat(state: DeskState) -> bool:
    """Whether it is known that nothing is held that could lose: no position, no money of another currency."""
    if not state.accounts or any(position.qty for position in state.active.values()):
        return False
    base = state.base_currency
    return not any(
        amount for account in state.accounts.values() for name, amount in account.amounts().items() if name != base
    )


def _of_the_book(state: DeskState, valuation: Valuation | None, now: Now) -> list[MeterRow]:
    """What is measured once a second: losses, beta, correlation."""
    flat = is_flat(state)
    figures = OF_NOTHING if flat else state.figures or Figures()
    old = not flat and now.wall_ns - state.figures_ns > FIGURES_STALE_NS
    stale = figures.stale or old
    note = ""
    if figures.missing:
        note = f"no {', '.join(figures.missing[:3])}{' ...' if len(figures.missing) > 3 else ''}"
    elif state.figures is None and not flat:
        note = "not measured yet"
    limits, equity = state.limits, figures.equity
    rows = []
    for key, limit, name, label in LOSSES:
        money: Decimal | None = getattr(figures, name)
        share = None
        if money is not None and equity is not None and equity > 0:
            share = (money / equity).quantize(FINE)
        elif flat:
            share = ZERO
        rows.append(_row(limits, limit, label, share, "pct", key=key, stale=stale, amount=money, note=note))
    pair = " ".join(figures.pair)
    rows.append(_row(limits, "risk.max_beta", "Beta", figures.beta, "ratio", stale=stale, note=note))
    rows.append(
        _row(limits, "risk.max_correlation", f"Corr. {pair}".rstrip(" ."), figures.correlation, "ratio", stale=stale)
    )
    return rows


def _rate(state: DeskState, wall_ns: int) -> int:
    horizon = wall_ns - 1_000_000_000
    count = 0
    for at in reversed(state.sent_ns):
        if at <= horizon:
            break
        count += 1
    return count


def _row(
    limits: Limits,
    limit_key: str,
    label: str,
    value: Decimal | None,
    unit: str,
    *,
    key: str = "",
    stale: bool = False,
    amount: Decimal | None = None,
    note: str = "",
    used_of: Decimal | None = None,
) -> MeterRow:
    """`used_of`: what is held against the limit where that is not |value|."""
    limit = limits.value(limit_key)
    against = abs(value) if used_of is None and value is not None else used_of
    used = (against / limit).quantize(SHARE) if against is not None and limit else None
    return MeterRow(
        key or limit_key, label, value, limit, used, unit, limits.is_off(limit_key), stale and value is not None,
        amount, note,
    )  # fmt: skip


def _day(state: DeskState, equity: Decimal | None, stale: bool) -> MeterRow:
    """Profit or loss of the day as a share of the equity it began with; the loss counts against the limit."""
    base = state.day_equity
    share = amount = None
    if base is not None and equity is not None and base > 0:
        flows = sum((a.not_earned for a in state.accounts.values()), ZERO) - state.day_flows
        amount = equity - base - flows
        share = (amount / base).quantize(FINE)
    loss = max(-share, ZERO) if share is not None else None
    return _row(
        state.limits, "risk.max_daily_loss_pct", "Day P&L", share, "pct", stale=stale, amount=amount, used_of=loss
    )


def _drawdown(state: DeskState, equity: Decimal | None, stale: bool) -> MeterRow:
    peak = state.peak_equity
    fall = amount = None
    if peak is not None and equity is not None and peak > 0:
        amount = max(peak - equity, ZERO)
        fall = (amount / peak).quantize(FINE)
    return _row(state.limits, "risk.max_drawdown_pct", "Drawdown", fall, "pct", stale=stale, amount=amount)


def _rejects(state: DeskState) -> MeterRow:
    """Share of today's orders that the broker rejected."""
    share = (Decimal(state.rejects) / state.submits).quantize(SHARE) if state.submits else ZERO
    return MeterRow("rejects", "Reject rate", min(share, ONE), None, None, "pct", amount=Decimal(state.rejects))


def _count(limits: Limits, key: str, label: str, value: int) -> MeterRow:
    return _row(limits, key, label, Decimal(value), "count")


class _Ratios:
    """Amounts of money as shares of equity."""

    def __init__(self, limits: Limits, equity: Decimal | None, stale: bool) -> None:
        self._limits, self._equity, self._stale = limits, equity, stale

    def row(self, key: str, label: str, amount: Decimal) -> MeterRow:
        share = (amount / self._equity).quantize(SHARE) if self._equity is not None else None
        return _row(self._limits, key, label, share, "pct", stale=self._stale, amount=amount)
