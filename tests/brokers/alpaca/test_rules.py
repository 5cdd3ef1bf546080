"""What Alpaca surely refuses is refused here, in words; what it may take goes out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from brokers.alpaca.rules import refuse_unfit
from engine.model.enums import AssetClass, OrdType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.order import BrokerOrder
from engine.model.package import Leg
from engine.protocol import NotSupportedError

IBM = Instrument("IBM")
BTC = Instrument("BTCUSD", AssetClass.CRYPTO, base="BTC")
OPTION = "AAPL270115C00200000"
LEGS = (Leg(OPTION, Side.BUY), Leg("AAPL270115C00210000", Side.SELL))
LIMIT, MARKET, STOP, TRAIL = OrdType.LIMIT, OrdType.MARKET, OrdType.STOP, OrdType.TRAILING_STOP
DAY, GTC, IOC, OPG = TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.OPG
_UNSAID = {"side": Side.BUY, "qty": "1", "ord_type": MARKET, "time_in_force": DAY}


def order(symbol: str, **said: Any) -> BrokerOrder:
    terms = {**_UNSAID, **said}
    terms["qty"] = Decimal(terms["qty"])
    for name in ("limit_px", "stop_px"):
        if name in terms:
            terms[name] = Decimal(terms[name])
    return BrokerOrder("id1", "A", symbol, **terms)


@pytest.mark.parametrize(
    ("symbol", "said", "words"),
    [
        ("IBM", {"qty": "1.5", "time_in_force": GTC}, "fractions of a share at Alpaca: day, not gtc"),
        ("IBM", {"qty": "1.5", "ord_type": TRAIL}, "not trailing_stop"),
        ("IBM", {"qty": "1.5", "side": Side.SELL_SHORT}, "no fractions of a share short"),
        ("IBM", {"qty": "0.0000000001"}, "nine decimals"),
        ("IBM", {"ord_type": TRAIL, "time_in_force": IOC}, "trailing stops at Alpaca: day or gtc, not ioc"),
        ("IBM", {"ord_type": STOP, "time_in_force": OPG, "stop_px": "9"}, "orders at the open or close"),
        ("IBM", {"extended": True}, "extended hours at Alpaca: limit, not market"),
        ("IBM", {"extended": True, "ord_type": LIMIT, "limit_px": "9", "time_in_force": IOC}, "day or gtc, not ioc"),
        ("IBM", {"ord_type": LIMIT, "limit_px": "100.005"}, "100.005 is between two ticks of 0.01"),
        ("IBM", {"ord_type": STOP, "stop_px": "0.12345"}, "between two ticks of 0.0001"),
        ("BTCUSD", {}, "crypto at Alpaca: gtc or ioc, not day"),
        ("BTCUSD", {"ord_type": STOP, "stop_px": "9", "time_in_force": GTC}, "limit or market or stop_limit, not stop"),
        ("BTCUSD", {"side": Side.SELL_SHORT, "time_in_force": GTC}, "no short sales of crypto"),
        (OPTION, {"qty": "1.5"}, "options are traded whole"),
        (OPTION, {"ord_type": TRAIL}, "options at Alpaca"),
        (OPTION, {"time_in_force": IOC}, "options at Alpaca: day or gtc, not ioc"),
        (OPTION, {"extended": True, "ord_type": LIMIT, "limit_px": "9"}, "regular hours alone"),
        ("P", {"legs": LEGS, "ord_type": STOP}, "packages of options at Alpaca: limit or market, not stop"),
        ("P", {"legs": LEGS * 2}, "each of another option"),
        ("P", {"legs": (Leg("IBM", Side.BUY), LEGS[0])}, "of options alone"),
        ("P", {"legs": (Leg(OPTION, Side.BUY, 2), Leg(LEGS[1].symbol, Side.SELL, 4))}, "no common divisor"),
    ],
)  # fmt: skip
def test_what_the_broker_surely_refuses_is_not_sent(symbol: str, said: dict[str, Any], words: str) -> None:
    with pytest.raises(NotSupportedError, match=words) as refused:
        refuse_unfit(order(symbol, **said), BTC if symbol == "BTCUSD" else IBM)
    assert str(refused.value).endswith("; nothing was sent")


@pytest.mark.parametrize(
    ("symbol", "said"),
    [
        ("IBM", {"qty": "0.123456789"}),
        ("IBM", {"qty": "0.5", "ord_type": STOP, "stop_px": "99.01"}),
        ("IBM", {"ord_type": TRAIL, "time_in_force": GTC}),
        ("IBM", {"ord_type": LIMIT, "limit_px": "100.01", "extended": True, "time_in_force": GTC}),
        ("IBM", {"ord_type": LIMIT, "limit_px": "0.1234"}),
        ("BTCUSD", {"qty": "0.0001", "time_in_force": GTC}),
        ("BTCUSD", {"ord_type": LIMIT, "limit_px": "60000.125", "time_in_force": IOC}),
        (OPTION, {"side": Side.SELL_SHORT}),
        ("P", {"legs": LEGS, "ord_type": LIMIT, "limit_px": "-0.40"}),
    ],
)
def test_what_it_may_take_goes_out(symbol: str, said: dict[str, Any]) -> None:
    refuse_unfit(order(symbol, **said), BTC if symbol == "BTCUSD" else IBM)
