"""Facts as text: canonical JSON out, facts in, old kinds brought up to date on the way."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from engine.facts import Fact
from engine.journal.errors import JournalError

#: Turns the JSON object of an old kind into that of a newer one, whose "kind" says what it has become.
Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

#: Old kinds that the journal may still hold. An entry stays for ever: journals are never rewritten.
UPCASTERS: Final[Mapping[str, Upcaster]] = types.MappingProxyType({})


class FactCodec:
    """Encodes and decodes facts. Equal facts give equal text: fields in order of definition, maps sorted
    by key, Decimals as strings with the digits they came with, no spaces.
    """

    __slots__ = ("_decode", "_encode", "_kinds", "_upcasters")

    def __init__(self, upcasters: Mapping[str, Upcaster] = UPCASTERS) -> None:
        """Raises ValueError when an upcaster stands for a current kind: it would change live facts."""
        self._kinds: dict[type, str] = {fact: fact.__struct_config__.tag for fact in typing.get_args(Fact)}
        current = upcasters.keys() & set(self._kinds.values())
        if current:
            raise ValueError(f"upcaster for a current kind: {', '.join(sorted(current))}")
        self._upcasters = dict(upcasters)
        self._encode = msgspec.json.Encoder(decimal_format="string", order="deterministic").encode
        self._decode = msgspec.json.Decoder(Fact).decode

    def encode(self, fact: Fact) -> tuple[str, bytes]:
        """The fact's kind and its payload (UTF-8 JSON that repeats the kind, to be readable by itself)."""
        return self._kinds[type(fact)], self._encode(fact)

    def decode(self, kind: str, payload: str | bytes) -> Fact:
        """The fact of a row. Raises JournalError for no JSON, an unknown kind or a wrong field."""
        try:
            if kind in self._upcasters:
                payload = self._encode(self._upcast(msgspec.json.decode(payload, type=dict[str, Any])))
            fact: Fact = self._decode(payload)
        except msgspec.MsgspecError as error:
            if kind not in self._kinds.values() and kind not in self._upcasters:
                raise JournalError(
                    f"{kind}: is no kind of fact that this program knows; a newer one wrote it"
                ) from None
            raise JournalError(f"{kind}: {error}") from None
        if kind not in self._upcasters and self._kinds[type(fact)] != kind:
            raise JournalError(f"{kind}: the payload says {self._kinds[type(fact)]}")
        return fact

    def _upcast(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Follow the upcasters until the kind is a current one (order_x -> order_x.2 -> order_x.3)."""
        while (upcaster := self._upcasters.get(fields.get("kind", ""))) is not None:
            fields = upcaster(fields)
        return fields
