"""DeskState as bytes and back: exact Decimals, and what was one object is one object again.

Driven by the annotations of DeskState: orders, positions and executions are written once each, as columns, and every
field that maps to them (`orders`, `open_orders`, `by_id`, `active`, `fills`, ...) names them by number. All else is
written as it stands. A new field needs nothing here unless it maps to these by a kind of key that is new.
"""

from __future__ import annotations

import typing
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from engine.journal.columns import ColumnsError, Pool, Rows, codes, decoded, encoded, pack, picked, unpack
from engine.journal.uncollected import uncollected
from engine.model.snapshot import Execution
from engine.orders.order import Order
from engine.orders.position import Position
from engine.orders.resting import Resting
from engine.risk.limits import Limits
from engine.state import DeskState

#: What is written once and named by number, in this order.
_SHARED: Final[tuple[type[Any], ...]] = (Order, Position, Execution)


class StateCodecError(Exception):
    """The bytes are not a state of this program, or the state has something that can't be written."""


class _Links(msgspec.Struct, omit_defaults=True):
    """One field that holds orders, positions or executions: their numbers, and its keys if it is a mapping."""

    numbers: bytes
    keys: tuple[bytes, ...] = ()
    """Codes of texts; of a tuple of texts one column each."""
    ints: list[int] | None = None
    """Keys that are whole numbers."""


class _Picture(msgspec.Struct):
    texts: list[str]
    decimals: list[str]
    tables: list[Rows]
    links: dict[str, _Links]
    algos: dict[int, _Links]
    """Of each algo its open children."""
    plain: bytes
    limits: dict[str, str]


class _Numbers:
    """Numbers objects by identity."""

    def __init__(self) -> None:
        self.objects: dict[type[Any], list[Any]] = {kind: [] for kind in _SHARED}
        self._numbers: dict[int, int] = {}

    def of(self, kind: type[Any], objects: Sequence[Any]) -> bytes:
        numbers, table = self._numbers, self.objects[kind]
        ids = list(map(id, objects))
        for number, each in dict(zip(ids, objects, strict=True)).items():
            if number not in numbers:
                numbers[number] = len(table)
                table.append(each)
        return codes(map(numbers.__getitem__, ids))


def encode(state: DeskState) -> bytes:
    """The state as bytes. Reads it only; nothing may change it meanwhile. Raises StateCodecError."""
    with uncollected():
        numbers, pool = _Numbers(), Pool()
        linked, rest = _fields()
        links = {name: _link(getattr(state, name), kind, key, numbers, pool) for name, kind, key in linked}
        algos = {no: _link(algo.open_children, Order, str, numbers, pool) for no, algo in state.algos.items()}
        tables = [pack(kind, numbers.objects[kind], pool) for kind in _SHARED]
        values = {name: getattr(state, name) for name in rest}
        values["algos"] = {no: msgspec.structs.replace(algo, open_children={}) for no, algo in state.algos.items()}
        try:
            plain = encoded(values)
        except (TypeError, msgspec.MsgspecError) as error:
            raise StateCodecError(f"the state can't be written: {error}") from None
        texts, decimals = pool.dump()
        picture = _Picture(texts, decimals, tables, links, algos, plain, state.limits.as_texts())
        return msgspec.msgpack.encode(picture)


def decode(data: bytes) -> DeskState:
    """The state that `encode` was given. Raises StateCodecError for bytes that are none of this program's."""
    try:
        with uncollected():
            return _decode(data)
    except (ColumnsError, msgspec.MsgspecError, ValueError, ArithmeticError) as error:
        raise StateCodecError(f"not a state of this program: {error}") from None


def _decode(data: bytes) -> DeskState:
    picture = msgspec.msgpack.decode(data, type=_Picture)
    pool = Pool(picture.texts, picture.decimals)
    tables = {kind: unpack(kind, rows, pool) for kind, rows in zip(_SHARED, picture.tables, strict=True)}
    linked, rest = _fields()
    if picture.links.keys() != {name for name, _, _ in linked}:
        raise ColumnsError("DeskState has other fields")
    plain = msgspec.defstruct("Plain", list(rest.items()), forbid_unknown_fields=True)
    found = decoded(picture.plain, plain)
    state = DeskState(limits=Limits(picture.limits), **{name: getattr(found, name) for name in rest})
    for name, kind, key in linked:
        setattr(state, name, _linked(picture.links[name], key, tables[kind], pool))
    for no, children in picture.algos.items():
        state.algos[no].open_children = _linked(children, str, tables[Order], pool)
    for order in state.open_orders.values():
        state.resting.add(order)
    empty = DeskState()
    for name in DeskState.__struct_fields__:
        bound = getattr(empty, name)
        if isinstance(bound, deque):
            setattr(state, name, deque(getattr(state, name), bound.maxlen))
    return state


def _fields() -> tuple[list[tuple[str, type[Any], Any]], dict[str, Any]]:
    """DeskState's fields that hold shared objects, (name, kind of object, type of key or None for a sequence), and the
    types of all others but the limits and what is derived from the open orders."""
    linked: list[tuple[str, type[Any], Any]] = []
    rest: dict[str, Any] = {}
    for field in msgspec.structs.fields(DeskState):
        origin, inner = typing.get_origin(field.type), typing.get_args(field.type)
        if origin is dict and inner[1] in _SHARED:
            linked.append((field.name, inner[1], inner[0]))
        elif origin is deque and inner[0] in _SHARED:
            linked.append((field.name, inner[0], None))
        elif field.type not in (Limits, Resting):
            rest[field.name] = field.type
    return linked, rest


def _link(value: Any, kind: type[Any], key: Any, numbers: _Numbers, pool: Pool) -> _Links:
    if key is None:
        return _Links(numbers.of(kind, list(value)))
    named = numbers.of(kind, list(value.values()))
    if key is int:
        return _Links(named, ints=list(value))
    if key is str:
        return _Links(named, (pool.texts_of(list(value)),))
    return _Links(named, tuple(pool.texts_of([part[at] for part in value]) for at in range(_width(key))))


def _linked(links: _Links, key: Any, table: Sequence[Any], pool: Pool) -> Any:
    objects = picked(links.numbers, table)
    if key is None:
        return objects
    if key is int:
        keys: Sequence[Any] = links.ints or ()
    else:
        columns = [picked(column, pool.texts) for column in links.keys]
        keys = columns[0] if key is str else list(zip(*columns, strict=True))
    return dict(zip(keys, objects, strict=True))


def _width(key: Any) -> int:
    """How many texts a key of that type has."""
    parts = typing.get_args(key)
    if typing.get_origin(key) is not tuple or set(parts) != {str}:
        raise StateCodecError(f"a mapping of DeskState has keys of type {key}, which a snapshot can't hold")
    return len(parts)
