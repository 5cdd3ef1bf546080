"""The ladder: own orders at their prices, the best bid and ask where they are, standing still while it can."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.enums import OrdType, Side
from tests.support import desk_views as views
from widgets.ladder import Beyond, centre_of, ladder, still_centred

QUOTE = views.quote("IBM", "182.22", "182.24")
TICK = Decimal("0.01")


def test_every_row_is_a_tick_and_the_best_prices_stand_where_they_are() -> None:
    rows, beyond = ladder(QUOTE, (), Decimal("182.23"), TICK, 9)
    assert [str(row.price) for row in rows] == [
        *("182.27", "182.26", "182.25", "182.24", "182.23", "182.22", "182.21", "182.20", "182.19")
    ]
    assert {row.price: row.bid_size for row in rows if row.bid_size is not None} == {Decimal("182.22"): Decimal(300)}
    assert {row.price: row.ask_size for row in rows if row.ask_size is not None} == {Decimal("182.24"): Decimal(500)}
    assert [row.price for row in rows if row.inside] == [Decimal("182.23")]
    assert [row.price for row in rows if row.is_last] == [Decimal("182.22")]
    assert beyond == Beyond()


def test_own_orders_add_up_at_their_price_and_what_is_not_on_it_is_counted() -> None:
    own = (
        views.order(1, "IBM", Side.BUY, "100", "182.20"),
        views.order(2, "IBM", Side.BUY, "300", "182.20"),
        views.order(3, "IBM", Side.SELL_SHORT, "50", "182.26"),
        views.order(4, "IBM", Side.SELL, "10", None, ord_type=OrdType.STOP, stop_px=Decimal("182.19")),
        views.order(5, "IBM", Side.BUY, "10", "181.00"),
        views.order(6, "IBM", Side.SELL, "10", "190.00"),
        views.order(7, "IBM", Side.SELL, "10", None),
    )
    rows, beyond = ladder(QUOTE, own, Decimal("182.23"), TICK, 9)
    at = {str(row.price): row for row in rows}
    assert (at["182.20"].own_buy, at["182.20"].own_buys) == (400, 2)
    assert (at["182.26"].own_sell, at["182.26"].own_sells) == (50, 1)
    assert at["182.19"].own_sell == 10
    assert beyond == Beyond(above=1, below=1, unpriced=1)


def test_an_own_price_off_the_tick_is_never_shown_better_than_it_is() -> None:
    own = (views.order(1, "IBM", Side.BUY, "1", "182.205"), views.order(2, "IBM", Side.SELL, "1", "182.255"))
    rows, _ = ladder(QUOTE, own, Decimal("182.23"), TICK, 9)
    assert [str(row.price) for row in rows if row.own_buys] == ["182.20"]
    assert [str(row.price) for row in rows if row.own_sells] == ["182.26"]


def test_it_is_centred_anew_only_when_the_market_leaves_its_middle_half() -> None:
    assert centre_of(QUOTE, ()) == Decimal("182.23")
    assert still_centred(Decimal("182.23"), QUOTE, 17)
    moved = msgspec.structs.replace(QUOTE, bid=Decimal("182.26"), ask=Decimal("182.28"))
    assert not still_centred(Decimal("182.23"), moved, 17)
    assert centre_of(None, (views.order(1, "IBM", limit="180.10"),)) == Decimal("180.10")
