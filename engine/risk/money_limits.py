"""The limits of the money at stake: positions, exposure, sectors, correlation, volume, margin."""

from __future__ import annotations

from typing import Final

from engine.risk.limit_spec import LimitSpec
from engine.risk.scopes import EVERYWHERE

#: A limit on the whole account, which no single instrument can have.
BOOK: Final = ("account", "strategy", "user")


def _limit(key: str, kind: str, default: str, doc: str, scopes: tuple[str, ...]) -> LimitSpec:
    return LimitSpec(f"risk.{key}", kind, default, doc, scopes=scopes)  # type: ignore[arg-type]


def _rate(key: str, default: str, doc: str) -> LimitSpec:
    return LimitSpec(f"risk.{key}", "factor", default, doc, False)


#: Beside max_position_pct and max_leverage, which stand in the list of all limits.
MONEY_SPECS: Final = (
    _limit("warn_position_pct", "pct", "off", "soft: the same, above it an order needs a `y`", EVERYWHERE),
    _limit("max_position_qty", "quantity", "off", "largest |position| incl. working orders, in units", EVERYWHERE),
    _limit("max_position_notional", "money", "off", "largest |position| incl. working orders, in money", EVERYWHERE),
    _limit("max_gross_exposure", "factor", "off", "long + short incl. working orders, in equities (2 = 200 %)", BOOK),
    _limit("warn_gross_exposure", "factor", "off", "soft: the same, above it an order needs a `y`", BOOK),
    _limit("max_net_exposure", "factor", "off", "|long - short|, whichever working orders fill, in equities", BOOK),
    _limit("max_sector_exposure", "pct", "0.30", "long + short in one sector incl. working orders, of equity", BOOK),
    _limit("warn_sector_exposure", "pct", "off", "soft: the same, above it an order needs a `y`", BOOK),
    _limit(
        "max_correlation",
        "factor",
        "0.80",
        "highest correlation x direction x direction with anything held or being opened",
        EVERYWHERE,
    ),
    _limit("max_adv_pct", "pct", "off", "largest order, of the average daily volume (20 days)", EVERYWHERE),
    _limit("warn_adv_pct", "pct", "off", "soft: the same, above it an order needs a `y`", EVERYWHERE),
    _limit("max_position_adv_pct", "factor", "off", "largest |position| in average daily volumes", EVERYWHERE),
    LimitSpec(
        "risk.margin_model",
        "model",
        "reg_t",
        "buying power: reg_t (margin as below, at every moment of the day) or cash (no shorts, buys from cash)",
    ),
    LimitSpec("risk.margin_minimum_equity", "money", "2000", "below it nothing is bought on margin or sold short"),
    _rate("margin_initial.equity", "0.50", "of the market value, long or short, to open: equities (Reg T)"),
    _rate("margin_initial.etf", "0.50", "the same: ETFs"),
    _rate("margin_initial.option", "1", "the same: options held (written ones must be covered)"),
    _rate("margin_initial.future", "0.10", "the same: futures"),
    _rate("margin_initial.fx", "0.05", "the same: FX"),
    _rate("margin_initial.crypto", "1", "the same: crypto"),
    _rate("margin_maintenance.equity", "0.25", "of the market value of what is held long: equities (FINRA 4210)"),
    _rate("margin_maintenance.etf", "0.25", "the same: ETFs"),
    _rate("margin_maintenance.option", "1", "the same: options"),
    _rate("margin_maintenance.future", "0.10", "the same, long or short: futures"),
    _rate("margin_maintenance.fx", "0.05", "the same, long or short: FX"),
    _rate("margin_maintenance.crypto", "1", "the same, long or short: crypto"),
    _rate(
        "margin_maintenance.short",
        "0.30",
        "equities and ETFs sold short; at least 5 a share, below a price of 5 the larger of 2.50 and the whole",
    ),
)
