"""The limits of a history: tight enough to bind, and in half of them triggers that trip easily."""

from __future__ import annotations

from random import Random

from engine.risk.limits import NEVER_FLATTEN, Limits
from engine.risk.triggers import ACTION_OF


def limits_of(rng: Random) -> Limits:
    """Limits tight enough to bind."""
    return Limits.defaults().with_changes(
        {
            "risk.max_position_pct": rng.choice(("0.10", "0.25")),
            "risk.max_order_qty": rng.choice(("200", "500")),
            "risk.max_order_notional": rng.choice(("15000", "40000")),
            "risk.max_sector_exposure": rng.choice(("0.12", "0.30", "off")),
            "risk.max_position_qty": rng.choice(("300", "off")),
            "risk.max_position_notional": rng.choice(("20000", "off")),
            "risk.max_gross_exposure": rng.choice(("0.15", "off")),
            "risk.max_net_exposure": rng.choice(("0.2", "off")),
            "risk.margin_initial.equity": rng.choice(("0.50", "20")),
            "risk.max_correlation": "off",  # the market here has no past
            "risk.max_leverage": rng.choice(("0.5", "1", "off")),
            "risk.max_orders_per_s": rng.choice(("4", "20")),
            "risk.duplicate_window_s": rng.choice(("0.5", "2")),
            "risk.max_daily_loss_pct": rng.choice(("0.0005", "0.05", "0.05", "0.05")),
            "risk.max_drawdown_pct": rng.choice(("0.001", "0.15", "0.15", "0.15")),
            "risk.loss_confirm_s": rng.choice(("1", "3")),
            "actions.daily_loss": rng.choice(("reduce", "halt", "halt_cancel", "halt_cancel_flatten")),
            "actions.drawdown": rng.choice(("reduce", "halt", "halt_cancel")),
            "flatten.reprice_s": "1",
            "flatten.max_attempts": rng.choice(("4", "30")),
        }
    )


def triggers_of(rng: Random) -> dict[str, str]:
    """In half of the histories automatic triggers trip easily, each with an action of its own."""
    if rng.random() < 0.5:
        return {}
    actions = [key for key in ACTION_OF.values() if key in NEVER_FLATTEN]
    flattening = "actions.losing_trades"
    return {
        "triggers.losing_trades": rng.choice(("2", "4", "off")),
        "triggers.rejects": rng.choice(("2", "5")),
        "triggers.repeated_executions": rng.choice(("3", "8", "off")),
        "triggers.messages": rng.choice(("15", "40", "off")),
        "triggers.stale_data_s": rng.choice(("5", "20", "off")),
        **{key: rng.choice(("reduce", "reduce", "halt", "halt_cancel")) for key in actions},
        flattening: rng.choice(("reduce", "halt_cancel_flatten")),
    }
