"""A home whose desk trades 500 invented symbols and may work thousands of orders; risk checks otherwise as shipped."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from console.config.defaults import _UNIVERSE_HEAD, _instrument_line, write_missing
from console.config.paths import Paths
from console.market_setup import MarketSetup, simulated
from engine.market.sim_names import invented_names
from engine.market.simulated import SimulatedMarket
from engine.model.instrument import Instrument
from engine.runtime.clock import WallClock

SEED = 1
#: The shipped limit of each line and the one that lets a desk work thousands of orders at once.
_LIMITS = {
    "max_working_orders: 1000": "max_working_orders: 20000",
    "max_orders_per_s: 20": "max_orders_per_s: 4096",
    "max_portfolio_positions: 20": "max_portfolio_positions: 500",
    "price_collar_pct: 0.05": "price_collar_pct: 0.5",
    "messages: 2000": "messages: off",
    "rejects: 10": "rejects: off",
}
RESTING = Decimal("0.7")
"""Working orders rest at this share of the bid: no market of an hour gets there."""


def prepare(paths: Paths, symbols: int) -> None:
    """Write the settings of a home that has none yet."""
    write_missing(paths)
    text = paths.risk_file.read_text()
    for shipped, ours in _LIMITS.items():
        assert text.count(f"\n  {shipped}\n") == 1, f"{paths.risk_file} does not say {shipped!r} once"
        text = text.replace(f"\n  {shipped}\n", f"\n  {ours}\n")
    paths.risk_file.write_text(text)
    lines = [_instrument_line(name.instrument()) for name in invented_names(symbols, SEED)]
    paths.universe_file.write_text(_UNIVERSE_HEAD + "".join(lines))


def market_of(universe: Sequence[Instrument], symbols: int, wall: WallClock) -> MarketSetup:
    """The simulated market of these invented names."""
    return simulated(universe, SEED, wall, SimulatedMarket.synthetic(symbols, SEED))
