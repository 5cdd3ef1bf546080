"""Losses: while a loss limit is reached, nothing that increases risk goes out."""

from __future__ import annotations

from decimal import Decimal

from engine.model.money import ZERO
from engine.risk.context import Context

RATIO = Decimal("0.0001")


def check_losses(c: Context) -> None:
    """Day loss and drawdown as the newest sample of conservative marks has them; refuses at equality, at once (the
    trigger's own action waits for `risk.loss_confirm_s`). Source: risk-checks.md 2.10, 2.11."""
    loss = c.state.loss
    if (loss.daily_since is None and loss.drawdown_since is None) or c.reducing or c.shrinking:
        return
    state = c.state
    if loss.daily_since is not None and state.day_equity:
        flows = sum((a.not_earned for a in state.accounts.values()), ZERO) - state.day_flows
        _refuse(c, "DAILY_LOSS", "risk.max_daily_loss_pct", state.day_equity + flows, state.day_equity)
    if loss.drawdown_since is not None and state.peak_equity:
        _refuse(c, "DRAWDOWN", "risk.max_drawdown_pct", state.peak_equity, state.peak_equity)


def _refuse(c: Context, code: str, key: str, start: Decimal, base: Decimal) -> None:
    share = ((start - (c.state.equity or ZERO)) / base).quantize(RATIO)
    words = "the loss limit is reached; only reducing orders are taken"
    c.deny(code, share, c.limits.describe(key), "desk", words)
