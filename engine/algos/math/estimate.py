"""The parameters of the impact model, given or estimated, and where each comes from in words.

Impact by the rule of Almgren and Chriss (2000), section 3.4: trading at a rate of 1 % of the daily volume costs one
spread, and having traded 10 % of the daily volume moves the price by one spread; the fixed cost is half the spread.
Volatility: the standard deviation of the daily closes' returns where a month of them is known, else what the price
moved within the sessions of earlier days; times the price. Statistics, so in floats.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from engine.algos.math.expected_cost import CostModel, ModelError
from engine.algos.math.past import Past
from engine.market.history import FEWEST, History
from engine.model.market import Quote
from engine.risk.metrics import stdev

#: Shares of the daily volume that cost one spread: as a rate (temporary), and as an amount (permanent).
TEMPORARY_RATE: Final = 0.01
PERMANENT_SHARE: Final = 0.1
#: Of money, so that a deviation of 1,000 weighs as much as a cost of 1: the paper's.
RISK_AVERSION: Final = 1e-6


class Given(msgspec.Struct, frozen=True):
    """What the user says instead; None: to be estimated. Per unit and day, in price units."""

    sigma: float | None = None
    eta: float | None = None
    gamma: float | None = None
    epsilon: float | None = None
    drift: float = 0.0
    """Not estimated: in favour of waiting, as CostModel has it."""


class Estimate(msgspec.Struct, frozen=True):
    """A model and what it stands on."""

    model: CostModel
    volume: Decimal | None
    """Mean daily volume; None where it is not known."""
    sources: tuple[str, ...]
    """One line for each parameter: its value and where it is from."""


def estimate(
    symbol: str, quote: Quote | None, past: Past, history: History, now_ns: int, given: Given | None = None
) -> Estimate:
    """The model for an order in `symbol` as of now. Raises ModelError: what is missing, and how to give it; and
    CalendarError."""
    given = given or Given()
    volume, volume_from = _volume(symbol, past, history, now_ns)
    moves, moves_from = _volatility(symbol, past, history, now_ns)
    sigma = eta = gamma = epsilon = None
    impact_from = ""
    if quote is not None:
        spread = float(quote.ask - quote.bid)
        epsilon = spread / 2
        if moves is not None:
            sigma = moves * float(quote.mid)
        if volume:
            eta = spread / (TEMPORARY_RATE * float(volume))
            gamma = spread / (PERMANENT_SHARE * float(volume))
            impact_from = f"{volume_from} ({volume:.0f})"
    lacks = "no usable quote" if quote is None else "no earlier days are known, whose bars `history:` names"
    chosen = [
        _choose("sigma", given.sigma, sigma, f"{moves_from} ({moves or 0:.2%} a day) x price", lacks),
        _choose("eta", given.eta, eta, f"a spread at 1 % of {impact_from} a day", lacks),
        _choose("gamma", given.gamma, gamma, f"a spread for 10 % of {impact_from}", lacks),
        _choose("epsilon", given.epsilon, epsilon, "half the spread", lacks),
    ]
    sources = [source for _, source in chosen]
    if given.drift:
        side = "for" if given.drift > 0 else "against"
        sources.append(f"drift {abs(given.drift):.4g} a day {side} whoever waits: given")
    model = CostModel(*(value for value, _ in chosen))
    return Estimate(msgspec.structs.replace(model, drift=given.drift), volume, tuple(sources))


def _choose(name: str, given: float | None, found: float | None, found_from: str, lacks: str) -> tuple[float, str]:
    """(value, name and value and where it is from)"""
    value = found if given is None else given
    if value is None:
        raise ModelError(f"{name} can't be estimated: {lacks}; give `{name}` a value")
    return value, f"{name} {value:.4g}: {found_from if given is None else 'given'}"


def _volume(symbol: str, past: Past, history: History, now_ns: int) -> tuple[Decimal | None, str]:
    daily = history.adv(symbol)
    if daily is not None:
        return daily, f"the mean volume of {FEWEST} days"
    return past.volume(symbol, now_ns), "the mean volume of the earlier sessions"


def _volatility(symbol: str, past: Past, history: History, now_ns: int) -> tuple[float | None, str]:
    returns = list(history.returns(symbol).values())
    if len(returns) >= FEWEST:
        return stdev(returns) or None, f"standard deviation of {len(returns)} daily returns"
    return past.volatility(symbol, now_ns), "realised volatility of the earlier sessions"
