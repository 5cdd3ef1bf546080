"""Many orders of every kind, from a seed: what was told adds up to what is in the books."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from random import Random

import pytest

from tests.emulators.ibkr.raw import Lab
from tests.emulators.ibkr.test_wire import order_fields

D = Decimal
STEPS = 250


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_was_told_adds_up_to_the_books(lab: Lab, seed: int) -> None:
    random = Random(seed)
    gateway = await lab.gateway(cash=D(100_000_000))
    client = await lab.login(gateway)
    number, mid = 0, D(100)
    for _ in range(STEPS):
        mid = max(mid + D("0.01") * random.randint(-30, 30), D(1))
        match random.choice(("quote", "place", "place", "change", "cancel")):
            case "quote":
                await gateway.quote("IBM", mid - D("0.02"), mid + D("0.02"), random.choice((50, 200, 1000)))
            case "place":
                number += 1
                side, kind = random.choice(("BUY", "SELL")), random.choice(("LMT", "LMT", "MKT"))
                limit = "" if kind == "MKT" else str(mid + D("0.01") * random.randint(-20, 20))
                client.send(
                    *order_fields(number, 176, side=side, type=kind, limit=limit, qty=random.choice(("70", "300")))
                )
            case "change" if gateway.books.open_orders():
                order = random.choice(gateway.books.open_orders())
                terms = {"side": order.side, "type": order.type, "limit": str(mid) if order.limit else "", "qty": "250"}
                client.send(*order_fields(order.order_id, 176, **terms))
            case "cancel" if gateway.books.open_orders():
                client.send(4, 1, random.choice(gateway.books.open_orders()).order_id, "")
        await client.all()
    filled: dict[str, Decimal] = defaultdict(D)
    statuses: dict[str, list[str]] = {}
    position = cash = D(0)
    fees = {row[2]: D(row[3]) for row in client.heard if row[0] == "59"}
    for row in client.heard:
        if row[0] == "11":
            signed = D(row[19]) if row[18] == "BOT" else -D(row[19])
            filled[row[2]] += D(row[19])
            position += signed
            cash -= signed * D(row[20]) + fees[row[14]]
            assert D(row[24]) == filled[row[2]]
        if row[0] == "3":
            statuses[row[1]] = row
    account = gateway.books.accounts["DU1234567"]
    assert number > STEPS // 4
    assert filled
    assert account.positions[8314].qty == position
    assert account.cash["USD"] == D(100_000_000) + cash
    for order in gateway.books.orders.values():
        told = statuses[str(order.order_id)]
        assert (told[2], D(told[3])) == (order.status, order.filled)
        assert order.filled <= order.qty
        assert order.filled == filled[str(order.order_id)]
