"""The optimal schedule of Almgren and Chriss, "Optimal execution of portfolio transactions" (2000): discrete solution.

X units in N periods of tau = T/N days. With eta~ = eta - gamma tau/2 and kappa~^2 = lambda sigma^2 / eta~, kappa solves

    2 (cosh(kappa tau) - 1) / tau^2 = kappa~^2

and what is left after period j is x_j = X sinh(kappa (T - t_j)) / sinh(kappa T) (equations 14 to 18), which makes
expected cost + lambda * variance least. Risk aversion 0 is the straight line. With a drift alpha (section 4.1) there
comes to it x~ [1 - (sinh(kappa (T - t_j)) + sinh(kappa t_j)) / sinh(kappa T)], where x~ = alpha / (2 lambda sigma^2).

The formulas are rewritten so that nothing overflows, nor cancels, for any kappa T from 1e-150 to 1e300. In floats: a
model's numbers; what is sent is apportioned on the lot afterwards. Units as in expected_cost: days, price units.
"""

from __future__ import annotations

import math
from functools import cached_property

from engine.algos.math.expected_cost import Cost, CostModel, ModelError, expected_cost

#: Above it, sinh(x)^2 is so large that what is divided by it is 0.
_HUGE = 300.0


class DriftError(ModelError):
    """The best schedule would trade the other way at times."""


class Schedule:
    """The optimal way to trade `qty` units in `periods` equal periods over `horizon` days. Immutable.

    Raises ModelError where a parameter makes no sense, where permanent impact outweighs the temporary one over a period
    (eta~ <= 0: the model has no optimum then), and where a drift is so strong that the optimum would trade the other
    way meanwhile (DriftError).
    """

    def __init__(self, qty: float, horizon: float, periods: int, model: CostModel, risk_aversion: float) -> None:
        for name, value in (("quantity", qty), ("horizon", horizon)):
            if not (math.isfinite(value) and value > 0):
                raise ModelError(f"{name} {value} must be a number above 0")
        if periods < 1:
            raise ModelError(f"periods {periods} must be at least 1")
        if not (math.isfinite(risk_aversion) and risk_aversion >= 0):
            raise ModelError(f"risk aversion {risk_aversion} must be a number of at least 0")
        self.qty, self.horizon, self.periods, self.model = qty, horizon, periods, model
        self.risk_aversion = risk_aversion
        self.tau = horizon / periods
        self.eta_tilde = model.eta - model.gamma * self.tau / 2
        if self.eta_tilde <= 0:
            raise ModelError(
                f"eta {model.eta:g} is not above gamma x period / 2 = {model.gamma * self.tau / 2:g}: permanent impact"
                " outweighs the temporary one, and no schedule is the best; take more slices or a larger eta"
            )
        if min(self.trades) < 0 and model.drift:
            raise DriftError(
                f"a drift of {abs(model.drift):g} a day is so strong that the best schedule would trade the other way"
                f" at times; expected at most {self._bearable:.3g} a day that way, or a larger risk aversion"
            )

    @cached_property
    def kappa_tilde(self) -> float:
        """sqrt(lambda sigma^2 / eta~), a day."""
        return math.sqrt(self.risk_aversion) * self.model.sigma / math.sqrt(self.eta_tilde)

    @cached_property
    def kappa(self) -> float:
        """Urgency, a day: how fast the position decays. 0 for the straight line."""
        # 2 (cosh u - 1) = 4 sinh^2(u/2), so that small and large values keep all their digits.
        return 2 * math.asinh(self.kappa_tilde * self.tau / 2) / self.tau

    @property
    def half_life(self) -> float:
        """Days in which an unbounded trade would fall to 1/e of its size: 1/kappa (their section 2.3); inf for 0."""
        return 1 / self.kappa if self.kappa else math.inf

    @cached_property
    def holdings(self) -> tuple[float, ...]:
        """Units left at 0, tau, ..., T: the first is the whole, the last exactly 0."""
        inner = (self.qty * self._share_left(j) + self._for_drift(j) for j in range(1, self.periods))
        return (self.qty, *inner, 0.0)

    @cached_property
    def trades(self) -> tuple[float, ...]:
        """Units traded in each period."""
        drift = [self._for_drift(j) for j in range(self.periods + 1)]
        return tuple(self.qty * self._share_of(j) + drift[j - 1] - drift[j] for j in range(1, self.periods + 1))

    @property
    def _bearable(self) -> float:
        """The largest drift of this direction that leaves every trade on the order's side."""
        drift = [self._for_drift(j) for j in range(self.periods + 1)]
        moved = [drift[j - 1] - drift[j] for j in range(1, self.periods + 1)]
        shares = (self.qty * self._share_of(j + 1) / -by for j, by in enumerate(moved) if by < 0)
        return min(shares) * abs(self.model.drift)

    @cached_property
    def cost(self) -> Cost:
        """Expected cost and variance of this schedule."""
        return expected_cost(self.trades, (self.tau,) * self.periods, self.model)

    def _share_left(self, j: int) -> float:
        """sinh(kappa (T - t_j)) / sinh(kappa T)"""
        u = self.kappa * self.tau
        rest = self.periods - j
        if not u * self.periods:
            return rest / self.periods
        return math.exp(-u * j) * math.expm1(-2 * u * rest) / math.expm1(-2 * u * self.periods)

    def _share_of(self, j: int) -> float:
        """The difference of two neighbours of _share_left, as one product: 2 sinh(kappa tau/2) cosh(...) / sinh."""
        u = self.kappa * self.tau
        if not u * self.periods:
            return 1 / self.periods
        middle = self.periods - j + 0.5
        ends = math.expm1(-u) / math.expm1(-2 * u * self.periods)
        return math.exp(-u * (j - 1)) * (1 + math.exp(-2 * u * middle)) * ends

    def _for_drift(self, j: int) -> float:
        """What is held longer (or shorter) for the drift's sake: 0 at both ends."""
        if not self.model.drift or j in (0, self.periods):
            return 0.0
        # x~ [...] is alpha tau^2 / (4 eta~) times sinh(p) sinh(q) / (sinh(h)^2 cosh(p + q)), also where lambda is 0.
        half = self.kappa * self.tau / 2
        scale = self.model.drift * self.tau**2 / (4 * self.eta_tilde)
        if not half:
            return scale * j * (self.periods - j)
        if half > _HUGE:
            return 0.0
        p, q = half * (self.periods - j), half * j
        sinh = math.sinh(half)
        return scale * (math.expm1(-2 * p) / sinh) * (math.expm1(-2 * q) / sinh) / (2 * (1 + math.exp(-2 * (p + q))))
