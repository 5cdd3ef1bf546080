"""Rows of the pane of costs: a TWAP at work, a cheap purchase, an expensive sale, one that a restart went through."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.enums import Side
from engine.views import CostRow

D = Decimal

TWAP = CostRow(
    "algo 1", 1, "twap", "SIM-1", "IBM", Side.BUY, D(1000), D(489), D("182.2310"), D("182.18"), D("182.2204"),
    D("182.2150"), None, D("182.2411"),
    {"arrival": D("2.8"), "vwap": D("0.6"), "vwap_with_own": D("0.5"), "twap": D("0.9"), "close": None,
     "pwp": D("-0.6")},
    D("31.20"), (("delay", D("4.00")), ("trading", D("24.94")), ("opportunity", D("-0.18")), ("fees", D("2.44"))),
    D("1.7"), D("0.0312"), (("1s", D("-0.4")), ("10s", D("0.2")), ("1m", D("1.1")), ("5m", D("2.0")), ("30m", None)),
    D("1.1"), 9, 4, 0, (("decision_to_send", D("1.204")), ("send_to_ack", D("3.310")), ("ack_to_fill", D("0.900"))),
    "working", False, "USD", D("0.01"), (),
)  # fmt: skip
BOUGHT = msgspec.structs.replace(
    TWAP, key="K000007", id=7, algo="manual", symbol="AAPL", qty=D(200), cum_qty=D(200), final=True, status="filled",
    slippage_bps={**TWAP.slippage_bps, "arrival": D("-1.2"), "close": D("-4.5")}, shortfall=D("-11.80"),
    shortfall_bps=D("-1.2"), participation=D("0.0009"), fills=1, orders=1,
    markouts_bps=(("1s", D("0.1")), ("10s", D("0.4")), ("1m", D("-2.6")), ("5m", D("-7.1")), ("30m", D("-12.0"))),
)  # fmt: skip
SOLD = msgspec.structs.replace(
    BOUGHT, key="K000006", id=6, symbol="BRK.B", side=Side.SELL, status="canceled", cum_qty=D(150),
    slippage_bps={**TWAP.slippage_bps, "arrival": D("118.4"), "twap": D("96.3")}, shortfall=D("12840.11"),
    shortfall_bps=D("204.9"),
)  # fmt: skip
DOWN = msgspec.structs.replace(
    BOUGHT, key="K000003", id=3, algo="strategy", symbol="MSFT", vwap=None, twap=None, pwp=None, participation=None,
    slippage_bps={**dict.fromkeys(TWAP.slippage_bps), "arrival": D("0.0")}, shortfall=None, shortfall_bps=None,
    parts=(),
    notes=("the desk was down while it worked: VWAP, TWAP, PWP and participation are not known",),
)  # fmt: skip
COSTS = (TWAP, BOUGHT, SOLD, DOWN)
