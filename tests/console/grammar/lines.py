"""Lines as the tests write them: read on the desk of tests.console.grammar.desk."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from console.grammar.parsed import GrammarError, Parsed
from console.verbs import load_grammar
from engine.inputs import AlgoSpec, PlaceOrder
from engine.model.enums import OrdType, Side
from engine.model.order import OrderRequest
from tests.console.grammar.desk import context

SECOND = 1_000_000_000

GRAMMAR = load_grammar()
BUY, SELL, SHORT = Side.BUY, Side.SELL, Side.SELL_SHORT
MARKET, LIMIT, STOP, STOP_LIMIT = OrdType.MARKET, OrdType.LIMIT, OrdType.STOP, OrdType.STOP_LIMIT


def parse(line: str, **options: Any) -> Parsed:
    return GRAMMAR.parse(line, context(**options))


def refusal(line: str, **options: Any) -> GrammarError:
    with pytest.raises(GrammarError) as raised:
        parse(line, **options)
    assert "\n" not in str(raised.value)
    return raised.value


def placed(line: str) -> OrderRequest:
    command = parse(line).command
    assert isinstance(command, PlaceOrder)
    return command.request


def request(side: Side, qty: str, symbol: str, ord_type: OrdType = MARKET, **rest: Any) -> OrderRequest:
    for name in ("limit_px", "stop_px"):
        if name in rest:
            rest[name] = Decimal(rest[name])
    return OrderRequest("PAPER", symbol, side, Decimal(qty), ord_type, **{"user": "ann", **rest})


def at(hour: int, minute: int) -> int:
    """That time of 2013-10-07 in New York."""
    return int(datetime(2013, 10, 7, hour + 4, minute, tzinfo=UTC).timestamp()) * 1_000_000_000


def spec(side: Side, qty: str, symbol: str, start: int, end: int, **rest: Any) -> AlgoSpec:
    algo = rest.pop("algo", "twap")
    return AlgoSpec(algo, "PAPER", symbol, side, Decimal(qty), start, end, user="ann", **rest)
