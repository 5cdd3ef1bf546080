"""Which verbs of the command language each request of the control socket may carry, from what the verbs give."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, get_args, get_type_hints

from console.grammar.registry import Verb
from console.wire import LineAsk
from engine.inputs import LaunchAlgo, PlaceGroup, PlaceOrder

_KINDS: Final = frozenset(get_args(get_type_hints(LineAsk)["verb"]))
#: Requests that are not called as their verb is.
_NAMED_OTHERWISE: Final = {"basket": "basket_line"}


def line_asks(verbs: Iterable[Verb]) -> dict[str, tuple[str, ...]]:
    """By kind of request, the names of the verbs. One that places orders is an `order`, one that launches an algo may
    be planned as well; any other is asked for by its own name, if the wire has it."""
    found: dict[str, tuple[str, ...]] = dict.fromkeys(sorted(_KINDS), ())
    for verb in verbs:
        for kind in _kinds_of(verb):
            found[kind] += (verb.name,)
    return found


def _kinds_of(verb: Verb) -> tuple[str, ...]:
    if LaunchAlgo in verb.gives:
        return ("launch", "plan")
    if PlaceOrder in verb.gives or PlaceGroup in verb.gives:
        return ("order",)
    name = _NAMED_OTHERWISE.get(verb.name, verb.name)
    return (name,) if name in _KINDS else ()
