"""Frames and fields of the TWS socket protocol.

A frame is four bytes of length (big-endian) and fields of text, each ended by NUL. An empty field is unset, a bool is 1
or 0, a number in doubt is the largest double.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation

UNSET = "1.7976931348623157E308"
"""What the gateway writes for a double that is not set."""
OLDEST, NEWEST = 157, 178
"""Versions of the protocol that the emulator speaks: all text, before the one with protocol buffers."""
MOST_BYTES = 0xFFFFFF


class WireError(Exception):
    """What came in can't be read."""


def text(value: object) -> str:
    """One field."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return (plain.rstrip("0").rstrip(".") if "." in plain else plain) or "0"
    return str(value)


def frame(fields: Iterable[object]) -> bytes:
    body = "".join(f"{text(field)}\0" for field in fields).encode()
    return struct.pack(">I", len(body)) + body


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """The bodies of all whole frames, and what is left."""
    bodies = []
    while len(buffer) >= 4:
        (size,) = struct.unpack(">I", buffer[:4])
        if size > MOST_BYTES:
            raise WireError(f"a frame of {size} bytes")
        if len(buffer) < 4 + size:
            break
        bodies.append(buffer[4 : 4 + size])
        buffer = buffer[4 + size :]
    return bodies, buffer


def fields_of(body: bytes) -> list[str]:
    """The fields of a frame's body."""
    if not body.endswith(b"\0"):
        raise WireError("the last field has no end")
    return body[:-1].decode("utf-8", "replace").split("\0")


def versions(body: bytes) -> tuple[int, int]:
    """The span of versions of a client's greeting, `v157..176`, which may have options after a blank."""
    span = body.decode("ascii", "replace").split(" ")[0].removeprefix("v")
    low, _, high = span.partition("..")
    try:
        return int(low), int(high or low)
    except ValueError:
        raise WireError(f"no versions in {body!r}") from None


class Reader:
    """Takes the fields of a message one by one."""

    def __init__(self, fields: list[str]) -> None:
        self._fields: Iterator[str] = iter(fields)
        self.taken = 0

    def word(self) -> str:
        try:
            value = next(self._fields)
        except StopIteration:
            raise WireError(f"field {self.taken + 1} is missing") from None
        self.taken += 1
        return value

    def many(self, count: int) -> list[str]:
        return [self.word() for _ in range(count)]

    def int(self, unset: int = 0) -> int:
        value = self.word()
        try:
            return int(value) if value else unset
        except ValueError:
            raise WireError(f"field {self.taken} should be a whole number: {value!r}") from None

    def bool(self) -> bool:
        return self.int() != 0

    def number(self) -> Decimal | None:
        return number(self.word())

    def rest(self) -> list[str]:
        return list(self._fields)


def number(value: str) -> Decimal | None:
    """A number, or None where none is set."""
    if not value or value.upper() == UNSET or value == "2147483647":
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        raise WireError(f"no number: {value!r}") from None
    if not found.is_finite() or found >= Decimal("1E308"):
        return None
    return found.normalize() + 0
