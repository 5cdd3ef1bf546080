"""Facts to journal: any fact of any kind for property tests, and a plausible run of trading for the
rest."""

from __future__ import annotations

import collections
import enum
import functools
import typing
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import strategies as st

from engine.facts import AlertRaised, Fact, OrderAccepted, OrderFilled, OrderIntended, Stamped
from engine.journal.chain import GENESIS, Chain, Head, Row
from engine.journal.codec import FactCodec
from engine.model.enums import AlertLevel, OrdType, Side
from engine.model.market import Quote
from engine.model.order import OrderRequest
from engine.model.snapshot import Execution

START_NS = 1_700_000_000_000_000_000

_INTS = st.integers(-(2**63), 2**63 - 1)
_DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)
_TEXTS = st.text(max_size=30)


@functools.cache
def anything_of(shape: Any) -> st.SearchStrategy[Any]:
    """Any value of a type that a field of a fact or of the state may have."""
    plain = {int: _INTS, str: _TEXTS, Decimal: _DECIMALS, bool: st.booleans(), type(None): st.none()}
    plain[msgspec.UnsetType] = st.just(msgspec.UNSET)
    if shape in plain:
        return plain[shape]
    origin, inner = typing.get_origin(shape), typing.get_args(shape)
    if origin is typing.Literal:
        return st.sampled_from(inner)
    if origin is tuple and inner[-1] is Ellipsis:
        return st.lists(anything_of(inner[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(anything_of, inner))
    if origin in (set, collections.deque):
        return st.lists(anything_of(inner[0]), max_size=3).map(origin)
    if origin is dict:
        return st.dictionaries(anything_of(inner[0]), anything_of(inner[1]), max_size=3)
    if inner:
        return st.one_of(*map(anything_of, inner))
    if issubclass(shape, enum.Enum):
        return st.sampled_from(shape)
    assert issubclass(shape, msgspec.Struct), shape
    fields = typing.get_type_hints(shape)
    return st.builds(shape, **{name: anything_of(fields[name]) for name in shape.__struct_fields__})


KINDS: Sequence[type] = typing.get_args(Fact)
any_fact: st.SearchStrategy[Fact] = st.sampled_from(KINDS).flatmap(anything_of)


@st.composite
def any_journal(draw: st.DrawFn, least: int = 1, most: int = 12) -> list[Row]:
    """The rows of a journal of a few facts with any times."""
    facts = draw(st.lists(any_fact, min_size=least, max_size=most))
    stamped = [Stamped(seq, draw(_INTS), draw(_INTS), fact) for seq, fact in enumerate(facts, start=1)]
    return Chain(FactCodec()).stamp(stamped)


def order(number: int) -> OrderIntended:
    """An order of the size that trading makes: about 550 bytes of JSON."""
    request = OrderRequest("paper", "AAPL", Side.BUY, Decimal(100), OrdType.LIMIT, Decimal("190.50"))
    quote = Quote("AAPL", Decimal("190.49"), Decimal("190.51"), Decimal(300), Decimal(200), START_NS)
    return OrderIntended(number, cl_ord_id(number), request, Decimal("190.50"), quote)


def fill(number: int, qty: int = 100) -> OrderFilled:
    """An execution of order `number`."""
    execution = Execution(
        f"E{number}",
        cl_ord_id(number),
        f"P{number}",
        "paper",
        "AAPL",
        Side.BUY,
        Decimal(qty),
        Decimal("190.50"),
        START_NS,
        Decimal("0.35"),
        broker="paper",
    )
    return OrderFilled(execution)


def cl_ord_id(number: int) -> str:
    return f"D7K2{number:08d}"


def trading(count: int) -> list[Fact]:
    """`count` facts: orders, their acks and fills, and now and then an alert."""
    facts: list[Fact] = []
    number = 0
    while len(facts) < count:
        number += 1
        facts += [order(number), OrderAccepted(cl_ord_id(number), f"P{number}"), fill(number)]
        if number % 5 == 0:
            facts.append(AlertRaised(number, AlertLevel.NOTICE, "FILL", "filled — größer als üblich"))
    return facts[:count]


def stamp(facts: Sequence[Fact], after: Head = GENESIS) -> list[Stamped]:
    """Facts with their places behind `after` and times a millisecond apart."""
    return [
        Stamped(seq, START_NS + seq * 1_000_000, START_NS, fact) for seq, fact in enumerate(facts, start=after.seq + 1)
    ]


def rows_of(facts: Sequence[Fact], after: Head = GENESIS) -> list[Row]:
    """The rows that follow `after`."""
    return Chain(FactCodec(), after).stamp(stamp(facts, after))


def head_of(rows: Sequence[Row]) -> Head:
    return Head(rows[-1].seq, rows[-1].hash)
