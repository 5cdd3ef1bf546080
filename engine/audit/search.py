"""Places in the journal: by time, since facts are recorded in order; and where an order begins."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Final

import msgspec

from engine import facts as f
from engine.ids import is_version_of
from engine.journal.chain import Row
from engine.journal.codec import FactCodec
from engine.journal.reader import JournalReader

#: A probe reads a page of rows anyway: no use in coming nearer.
_NEAR: Final = 4096
_NAMING: Final = frozenset(
    {"order_intended", "order_held", "order_denied", "order_adopted", "order_accepted", "order_replaced"}
)
#: A number of so many digits is a short number of the desk's, not an id of the broker's.
_DIGITS: Final = 6


def before(reader: JournalReader, recorded_ns: int) -> int:
    """A seq such that every fact recorded at `recorded_ns` or later stands behind it, at most a page away.

    0 where the journal begins later. Raises JournalError.
    """
    low, high = 0, reader.head().seq
    while high - low > _NEAR:
        middle = (low + high) // 2
        row = next(iter(reader.rows(middle)), None)
        if row is None or row.recorded_ns >= recorded_ns:
            high = middle
        else:
            low = middle
    return low


class OrderBegins(msgspec.Struct, frozen=True, gc=False):
    """An order's first fact: its root cl_ord_id, and when it was recorded."""

    cl_ord_id: str
    recorded_ns: int


def find_order(reader: JournalReader, codec: FactCodec, name: str) -> OrderBegins | None:
    """The newest order that is called so: by its short number, a cl_ord_id of it, or the broker's id.

    Reads backward from the end. Raises JournalError.
    """
    short = name.isdecimal() and len(name) <= _DIGITS
    high, span = reader.head().seq, 4 * _NEAR
    has_order_id = ""
    """The cl_ord_id that the broker's id `name` was given to."""
    while high > 0:
        low = max(high - span, 0)
        for row in reversed([row for row in _until(reader, low, high) if row.kind in _NAMING]):
            fact = codec.decode(row.kind, row.payload)
            if isinstance(fact, f.OrderAccepted | f.OrderReplaced):
                if fact.order_id == name and not short:
                    has_order_id = fact.cl_ord_id
            elif isinstance(fact, f.OrderIntended | f.OrderHeld | f.OrderDenied | f.OrderAdopted):
                named = {str(fact.id), fact.cl_ord_id}
                if isinstance(fact, f.OrderAdopted):
                    named.add(fact.snapshot.order_id)
                if name in named or any(is_version_of(ident, fact.cl_ord_id) for ident in (name, has_order_id)):
                    return OrderBegins(fact.cl_ord_id, row.recorded_ns)
        high = low
    return None


def _until(reader: JournalReader, low: int, high: int) -> Iterator[Row]:
    return takewhile(lambda row: row.seq <= high, reader.rows(low))
