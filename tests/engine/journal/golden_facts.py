"""The golden facts: what journals already hold, two lines for every kind, and what each line means.

`python -m tests.engine.journal.golden_facts` adds the lines of kinds that have none. It never changes a line: journals
are never rewritten, so a line that is no longer read as it was means that journals on disk aren't either. A changed
shape is a new kind ("order_filled.2") with an upcaster for the old one. (Of a kind that no release has written yet,
take the lines out and run this.)
"""

from __future__ import annotations

import collections
import enum
import itertools
import typing
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from engine.facts import Fact
from engine.journal.codec import FactCodec

PATH: Final = Path(__file__).parent / "golden" / "facts.jsonl"


class Line(msgspec.Struct, frozen=True):
    """A fact as a journal holds it, and all that it means, fields left out because they have their default included."""

    kind: str
    payload: str
    means: dict[str, Any]


def lines() -> list[Line]:
    """The golden lines."""
    return [msgspec.json.decode(line, type=Line) for line in PATH.read_bytes().splitlines()]


def meaning(value: Any) -> Any:
    """A value as plain JSON with every field of every struct, in words that keep a Decimal apart from a text."""
    if isinstance(value, msgspec.Struct):
        fields = ((name, getattr(value, name)) for name in value.__struct_fields__)
        return {name: meaning(part) for name, part in fields if part is not msgspec.UNSET}
    if isinstance(value, dict):
        return {str(key): meaning(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [meaning(part) for part in value]
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    return f"Decimal {value}" if isinstance(value, Decimal) else value


def missing() -> list[str]:
    """Kinds that journals may hold by now and no line shows."""
    shown = {line.kind for line in lines()} if PATH.exists() else set()
    return sorted({fact.__struct_config__.tag for fact in typing.get_args(Fact)} - shown)


def sample(shape: Any, *, full: bool, numbers: Iterator[int]) -> Any:
    """A value of a type, always the same one: with every field given, or only those that must be."""
    plain = {
        int: lambda: next(numbers),
        str: lambda: f"text {next(numbers)} — ü",
        Decimal: lambda: Decimal(f"{next(numbers)}.50"),
        bool: lambda: True,
    }
    if shape in plain:
        return plain[shape]()
    origin, inner = typing.get_origin(shape), typing.get_args(shape)
    if origin is typing.Literal:
        return inner[-1]
    if origin is tuple and inner[-1] is Ellipsis:
        return tuple(sample(inner[0], full=full, numbers=numbers) for _ in range(2))
    if origin is tuple:
        return tuple(sample(part, full=full, numbers=numbers) for part in inner)
    if origin is dict:
        return {f"key {n}": sample(inner[1], full=full, numbers=numbers) for n in (1, 2)}
    if inner:
        return sample(next(part for part in inner if part is not type(None)), full=full, numbers=numbers)
    if issubclass(shape, enum.Enum):
        return list(shape)[-1]
    fields = msgspec.structs.fields(shape)
    given = [field for field in fields if full or field.required]
    return shape(**{field.name: sample(field.type, full=full, numbers=numbers) for field in given})


def add_missing() -> list[str]:
    """Add the lines of kinds that have none; returns the kinds."""
    codec, added = FactCodec(), missing()
    wanted = {fact.__struct_config__.tag: fact for fact in typing.get_args(Fact)}
    new = collections.deque[bytes]()
    for kind in added:
        for full in (True, False):
            fact = sample(wanted[kind], full=full, numbers=itertools.count(1))
            new.append(msgspec.json.encode(Line(kind, codec.encode(fact)[1].decode(), meaning(fact))))
    with PATH.open("ab") as file:
        file.writelines(line + b"\n" for line in new)
    return added


if __name__ == "__main__":
    print("added:", ", ".join(add_missing()) or "nothing")
