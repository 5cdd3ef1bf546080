"""What Interactive Brokers does natively."""

from __future__ import annotations

from typing import Final

from brokers.ibkr import algos
from engine.model.enums import AssetClass, OrdType, TimeInForce
from engine.protocol import AbsenceProof, CancelAllScope, Capabilities

CAPABILITIES: Final = Capabilities(
    ord_types=frozenset(OrdType),
    times_in_force=frozenset(TimeInForce),
    asset_classes=frozenset({AssetClass.EQUITY, AssetClass.ETF, AssetClass.OPTION, AssetClass.FX, AssetClass.FUTURE}),
    replace=True,
    cancel_all=CancelAllScope.ACCOUNT,
    fractional=False,
    short=True,
    extended_hours=True,
    unique_ids_enforced=False,
    # TWS may hold an order that it has not passed on, and its lists are today's: that one is not found there proves
    # nothing for ever.
    absence_proof=AbsenceProof.NOTHING,
    max_requests_per_s=40,
    multileg=True,
    groups=frozenset({"bracket", "oto", "oco"}),
    algos=algos.NAMES,
)
