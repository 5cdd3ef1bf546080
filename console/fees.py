"""What a fill is expected to cost: the commission of the profile's own paper brokers. A served broker keeps its own to
itself: there nothing is known before it has charged it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from console.broker_setup import BrokerSpec
from console.config.models import PaperConfig, Profile
from engine.market.matching import FillConfig
from engine.market.matching.fills import commission
from engine.model.instrument import Instrument
from engine.model.money import ZERO

FeesOf = Callable[[str, Instrument, Decimal, Decimal], Decimal | None]
"""(account, instrument, quantity, price) -> the fee of an order filled at once, in the instrument's currency; None
where it is not known."""


def unknown_fees(account: str, instrument: Instrument, qty: Decimal, price: Decimal) -> None:
    """Of a desk whose brokers do not tell."""


def fees_of(profile: Profile, spec: BrokerSpec) -> FeesOf:
    """The estimate for the accounts of this profile; `spec` is the default account's broker."""
    known: dict[str, FillConfig] = {}
    if spec.socket is None:
        known[profile.account] = _rates(profile.paper)
    known |= {a.name: _rates(a.paper) for a in profile.accounts if a.broker_socket is None}

    def estimate(account: str, instrument: Instrument, qty: Decimal, price: Decimal) -> Decimal | None:
        rates = known.get(account)
        if rates is None:
            return None
        value = qty * price * instrument.multiplier
        return commission(rates, qty=qty, value=value, raw_before=ZERO, charged_before=ZERO)[1]

    return estimate


def _rates(paper: PaperConfig) -> FillConfig:
    return FillConfig(
        commission_per_share=paper.commission_per_share,
        commission_bps=paper.commission_bps,
        commission_min=paper.commission_min,
    )
