"""Many structs of one kind as columns: what makes a snapshot of a quarter of a million orders load in a second.

Row by row msgspec needs 9 us an order, nearly all of it for making Decimals and texts that thousands of other rows
have too. Here each distinct Decimal and text of a snapshot is written and made once (`Pool`), and a column is a run
of numbers into the pool. Decimals keep their digits exactly (1.0 is not 1.00).
"""

from __future__ import annotations

import sys
import types
import typing
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final, Literal, TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)
Kind = Literal["ints", "texts", "decimals", "rows", "values"]

_BY_VALUE: Final = frozenset({bool, type(None)})
_ENCODER: Final = msgspec.msgpack.Encoder(decimal_format="string", enc_hook=list)
#: A code of 32 bits.
_CODE: Final = "I"


class ColumnsError(Exception):
    """The columns are not those of this program's structs."""


class Column(msgspec.Struct, omit_defaults=True):
    """One field of all rows: whole numbers as they are, or codes into a pool or into the column's own `values`, or the
    rows of a nested struct."""

    ints: list[int] | None = None
    codes: bytes | None = None
    values: bytes | None = None
    rows: Rows | None = None


class Rows(msgspec.Struct):
    """All rows of one struct, by the names of its fields."""

    count: int
    columns: dict[str, Column]


class Pool:
    """Every distinct text and Decimal of a snapshot, numbered; number 0 is None."""

    def __init__(self, texts: Sequence[str] = (), decimals: Sequence[str] = ()) -> None:
        self.texts: list[str | None] = [None, *texts]
        self.decimals: list[Decimal | None] = [None, *map(Decimal, decimals)]
        self._text_codes: dict[str | None, int] = {text: code for code, text in enumerate(self.texts)}
        self._decimal_codes: dict[str, int] = {str(value): code for code, value in enumerate(self.decimals)}
        self._seen: dict[int, int] = {id(None): 0}
        """By identity: many fields hold the very same Decimal, and its text takes longest."""
        self._kept: list[Decimal | None] = []

    def texts_of(self, values: Sequence[str | None]) -> bytes:
        """The codes of a column of texts."""
        known, texts = self._text_codes, self.texts
        for value in dict.fromkeys(values):
            if value not in known:
                known[value] = len(texts)
                texts.append(value)
        return codes(map(known.__getitem__, values))

    def decimals_of(self, values: Sequence[Decimal | None]) -> bytes:
        """The codes of a column of Decimals."""
        known, seen = self._decimal_codes, self._seen
        ids = list(map(id, values))
        for number, value in dict(zip(ids, values, strict=True)).items():
            if number not in seen:
                text = str(value)
                if text not in known:
                    known[text] = len(self.decimals)
                    self.decimals.append(value)
                seen[number] = known[text]
                # Held, or another Decimal could come to have its id.
                self._kept.append(value)
        return codes(map(seen.__getitem__, ids))

    def dump(self) -> tuple[list[str], list[str]]:
        """(texts, decimals) to make the same pool of."""
        return [text for text in self.texts if text is not None], [str(d) for d in self.decimals if d is not None]


def pack(kind: type[S], rows: Sequence[S], pool: Pool) -> Rows:
    """The rows as columns."""
    return Rows(len(rows), {name: _column(how, shape, name, rows, pool) for name, how, shape in _fields(kind)})


def unpack(kind: type[S], packed: Rows, pool: Pool) -> list[S]:
    """The rows again. Raises ColumnsError when they are of another shape."""
    fields = _fields(kind)
    if [name for name, _, _ in fields] != list(packed.columns):
        raise ColumnsError(f"{kind.__name__} has other fields")
    columns = [_items(how, shape, packed.columns[name], pool) for name, how, shape in fields]
    if any(len(column) != packed.count for column in columns):
        raise ColumnsError(f"the columns of {kind.__name__} differ in length")
    return list(map(kind, *columns))


def codes(numbers: Iterable[int]) -> bytes:
    """Row numbers, four bytes each."""
    out = array(_CODE, numbers)
    if sys.byteorder == "big":
        out.byteswap()
    return out.tobytes()


def picked(data: bytes, table: Sequence[Any]) -> list[Any]:
    """The rows that the numbers name. Raises ColumnsError for one that is not there."""
    numbers = array(_CODE)
    try:
        numbers.frombytes(data)
        if sys.byteorder == "big":
            numbers.byteswap()
        return list(map(table.__getitem__, numbers))
    except (IndexError, ValueError) as error:
        raise ColumnsError(f"a row names what is not there: {error}") from None


def _fields(kind: type[msgspec.Struct]) -> list[tuple[str, Kind, Any]]:
    """(name, how its column is written, type) of each field, in the order of the constructor."""
    return [(field.name, _kind_of(field.type), field.type) for field in msgspec.structs.fields(kind)]


def _kind_of(shape: Any) -> Kind:
    if shape is int:
        return "ints"
    if isinstance(shape, type) and issubclass(shape, msgspec.Struct):
        return "rows"
    parts = set(typing.get_args(shape)) if typing.get_origin(shape) in (typing.Union, types.UnionType) else {shape}
    parts.discard(type(None))
    if msgspec.UnsetType in parts:
        return "values"
    if parts == {str}:
        return "texts"
    return "decimals" if parts == {Decimal} else "values"


def _column(how: Kind, shape: Any, name: str, rows: Sequence[msgspec.Struct], pool: Pool) -> Column:
    cells = list(map(attrgetter(name), rows))
    if how == "ints":
        return Column(ints=cells)
    if how == "texts":
        return Column(codes=pool.texts_of(cells))
    if how == "decimals":
        return Column(codes=pool.decimals_of(cells))
    if how == "rows":
        return Column(rows=pack(shape, cells, pool))
    # Enums, truth values, optional numbers: few distinct ones, told apart by identity where values could be mixed up.
    cells = [None if cell is msgspec.UNSET else cell for cell in cells]
    keys: Sequence[object] = cells if set(map(type, cells)) <= _BY_VALUE else list(map(id, cells))
    distinct = dict(zip(keys, cells, strict=True))
    numbers = {key: number for number, key in enumerate(distinct)}
    return Column(codes=codes(map(numbers.__getitem__, keys)), values=encoded(list(distinct.values())))


def _items(how: Kind, shape: Any, column: Column, pool: Pool) -> Sequence[Any]:
    if how == "ints" and column.ints is not None:
        return column.ints
    if how == "rows" and column.rows is not None:
        return unpack(shape, column.rows, pool)
    if column.codes is None:
        raise ColumnsError("a column is of another kind")
    tables: dict[Kind, Callable[[], Sequence[Any]]] = {
        "texts": lambda: pool.texts,
        "decimals": lambda: pool.decimals,
        "values": lambda: _decoded(column.values, shape),
    }
    if how not in tables:
        raise ColumnsError("a column is of another kind")
    return picked(column.codes, tables[how]())


def _decoded(values: bytes | None, shape: Any) -> list[Any]:
    if values is None:
        raise ColumnsError("a column has lost its values")
    parts = typing.get_args(shape)
    if msgspec.UnsetType not in parts:
        found: list[Any] = decoded(values, list[shape])
        return found
    # Outside a struct's field nothing can be unset: written as None, which such a field never is.
    given: Any = typing.Union[tuple(None if part is msgspec.UnsetType else part for part in parts)]  # noqa: UP007
    return [msgspec.UNSET if cell is None else cell for cell in decoded(values, list[given])]


def encoded(value: object) -> bytes:
    """Any value that a state holds, in MessagePack; Decimals as text, a deque as a list."""
    return _ENCODER.encode(value)


def decoded(data: bytes, shape: Any) -> Any:
    """The value again. Raises msgspec.MsgspecError when it is of another shape."""
    return msgspec.msgpack.decode(data, type=shape, dec_hook=_made)


def _made(shape: Any, value: Any) -> Any:
    if typing.get_origin(shape) is deque:
        return deque(msgspec.convert(value, list[typing.get_args(shape)[0]], dec_hook=_made))  # type: ignore[misc]
    raise NotImplementedError(f"{shape} is no type that a state may hold")
