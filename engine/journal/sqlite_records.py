"""SQLite's record format, as it writes it: one encoding for each row, so that every byte of a cell can be compared.

Source: https://www.sqlite.org/fileformat2.html, sections 1.6 (varints) and 2.1 (records).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

Value = int | str | None

#: Serial type -> bytes of an integer.
_INTEGERS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
#: Serial types of the integers that need no byte.
_ZERO: Final = 8
_ONE: Final = 9


class RecordError(Exception):
    """Bytes that are no record, or not the one that SQLite would write."""


def varint(data: bytes, at: int) -> tuple[int, int]:
    """(value, position behind it) of the variable-length integer at `at`. Raises RecordError at the end of data."""
    value = 0
    for place in range(at, at + 9):
        if place >= len(data):
            raise RecordError("it ends within a number")
        byte = data[place]
        if place == at + 8:
            value = value << 8 | byte
            return (value - (1 << 64) if value >> 63 else value), place + 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + 1
    raise AssertionError("unreachable: the ninth byte ends a number")


def as_varint(value: int) -> bytes:
    """The shortest varint."""
    value &= (1 << 64) - 1
    if value >> 56:
        out = [value & 0xFF]
        value >>= 8
        out += [value >> 7 * n & 0x7F | 0x80 for n in range(8)]
        return bytes(reversed(out))
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))


def decode(record: bytes) -> list[Value]:
    """The columns of a record of NULLs, integers and UTF-8 text. Raises RecordError for anything else."""
    length, at = varint(record, 0)
    if not at <= length <= len(record):
        raise RecordError("the length of its header is none")
    kinds = []
    while at < length:
        kind, at = varint(record, at)
        kinds.append(kind)
    values: list[Value] = []
    at = length
    for kind in kinds:
        size = _INTEGERS.get(kind, 0) if kind < 12 else (kind - 12) // 2
        part = record[at : at + size]
        at += size
        if kind == 0:
            values.append(None)
        elif kind in (_ZERO, _ONE):
            values.append(kind - _ZERO)
        elif kind in _INTEGERS:
            values.append(int.from_bytes(part, "big", signed=True))
        elif kind >= 13 and kind % 2:
            values.append(part.decode("utf-8", "surrogateescape"))
        else:
            raise RecordError(f"a column is of serial type {kind}; a journal holds integers and text")
    if at != len(record):
        raise RecordError("its columns and its length differ")
    return values


def encode(values: Sequence[Value]) -> bytes:
    """The record that SQLite writes (schema format 4)."""
    kinds, bodies = [], []
    for value in values:
        if value is None:
            kind, body = 0, b""
        elif isinstance(value, str):
            body = value.encode("utf-8", "surrogateescape")
            kind = 13 + 2 * len(body)
        elif value in (0, 1):
            kind, body = _ZERO + value, b""
        else:
            kind = next(kind for kind, size in _INTEGERS.items() if -(1 << 8 * size - 1) <= value < 1 << 8 * size - 1)
            body = value.to_bytes(_INTEGERS[kind], "big", signed=True)
        kinds.append(as_varint(kind))
        bodies.append(body)
    header = b"".join(kinds)
    # The length counts itself: one byte, and two from 127 on.
    length = as_varint(len(header) + 1)
    if len(length) > 1:
        length = as_varint(len(header) + len(length))
    return length + header + b"".join(bodies)
