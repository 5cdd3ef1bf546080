"""The loss watch: marks are sampled once a second, and a loss that persists does what risk_params.yaml says.

Longs are marked at the bid and shorts at the ask of fresh regular quotes only: one bad print never kills. A loss limit
triggers at equality, after `risk.loss_confirm_s` of persisting.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from engine import facts as f
from engine.model.money import ZERO
from engine.model.scope import DESK
from engine.risk import alert_rules, expiry_watch, meter_watch, short_sales, triggers
from engine.risk.valuation import value_account
from engine.timers import Key

if TYPE_CHECKING:
    from engine.desk import Desk

SAMPLE_NS = 1_000_000_000


def arm(desk: Desk) -> None:
    """Start the once-a-second sampling (wall time: a replay at speed journals no more than live does)."""
    desk.timers.set("wall", desk.now.wall_ns + SAMPLE_NS, ("marks",))


def sample(desk: Desk, key: Key) -> None:
    """Journal one mark per held or working instrument with the equity they give, then look at the losses."""
    arm(desk)
    triggers.sample(desk)
    short_sales.look(desk)
    state = desk.state
    marks: list[tuple[str, Decimal, Decimal, int]] = []
    for _, symbol in state.active:
        quote = desk.quotes.usable(symbol, desk.now.market_ns)
        if quote is not None:
            marks.append((symbol, quote.bid, quote.ask, quote.ts_ns))
    if state.rates:
        marks += _rate_marks(desk, {symbol for symbol, *_ in marks})
    equity = known_equity(desk)
    desk.tracks.look(desk, equity)
    meter_watch.watch(desk)
    alert_rules.look(desk)
    expiry_watch.look(desk)
    figures = desk.book_risk.take()
    if not marks and (equity is None or equity == state.equity) and (figures is None or figures == state.figures):
        return
    peak = state.peak_equity
    if equity is not None and (peak is None or equity > peak):
        peak = equity
    desk.emit(f.MarksSampled(tuple(marks), equity, peak, figures))
    if equity is not None:
        # A loss persists when fresh marks say so again, not while nobody knows: one bad print never kills.
        watch(desk)


def _rate_marks(desk: Desk, sampled: set[str]) -> list[tuple[str, Decimal, Decimal, int]]:
    """The rates that the equity depends on: of every other currency that is held or in which a position is."""
    state = desk.state
    currencies = {position.currency for position in state.active.values()}
    currencies.update(*(account.amounts() for account in state.accounts.values()))
    found = []
    for currency in sorted(currencies):
        symbol, _ = state.rates.get(currency, ("", False))
        quote = desk.quotes.usable(symbol, desk.now.market_ns) if symbol and symbol not in sampled else None
        if quote is not None:
            found.append((symbol, quote.bid, quote.ask, quote.ts_ns))
    return found


def known_equity(desk: Desk) -> Decimal | None:
    """Equity of all accounts by fresh marks alone, or None when any held mark is stale or missing."""
    if not desk.state.accounts:
        return None
    total = ZERO
    for account in desk.state.accounts:
        valuation = value_account(desk.state, desk.quotes, account, desk.now.market_ns)
        if valuation.stale or valuation.unmarked:
            return None
        total += valuation.equity
    return total


def watch(desk: Desk) -> None:
    """Trigger the configured action of a loss that has persisted long enough."""
    state = desk.state
    confirm = int((state.limits.value("risk.loss_confirm_s") or ZERO) * 1_000_000_000)
    now = desk.now.wall_ns
    loss = state.loss
    for code, since, key, words in (
        ("DAILY_LOSS", loss.daily_since, "risk.max_daily_loss_pct", "daily loss limit reached"),
        ("DRAWDOWN", loss.drawdown_since, "risk.max_drawdown_pct", "drawdown limit reached"),
    ):
        if since is None:
            triggers.lift(desk, code, DESK, "the loss is within its limit again")
        elif now - since >= confirm:
            limit = state.limits.describe(key)
            triggers.trip(desk, code, DESK, str(state.equity), limit, words)
