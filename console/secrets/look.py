"""What one place has of the secrets that are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from engine.model.secret import Secret

LONGEST: Final = 8_192


class Look(msgspec.Struct, frozen=True):
    """What was found in a place, by name. `words`: why there is nothing, or what is wrong; never a secret itself.
    `wrong`: the place may not be used as it is, and none behind it is asked in its stead."""

    place: str
    found: Mapping[str, Secret] = {}
    words: str = ""
    wrong: bool = False


def look_of(place: str, names: Sequence[str], texts: Mapping[str, str]) -> Look:
    """What a place has: all that was asked for, nothing, or too little. `texts`: what stands there, as it stands."""
    has = {name: texts[name].strip(" \t\r\n") for name in names if name in texts}
    for name, text in has.items():
        problem = _problem(text)
        if problem:
            return Look(place, words=f"{name} {problem}", wrong=True)
    missing = [name for name in names if name not in has]
    if not has:
        return Look(place, words=f"{listed(missing)} not set")
    if missing:
        words = f"{listed(missing)} not set, and {listed(list(has))} is: a key and its secret come from one place"
        return Look(place, words=words, wrong=True)
    return Look(place, {name: Secret(text) for name, text in has.items()})


def listed(names: Sequence[str]) -> str:
    return " and ".join(names)


def _problem(text: str) -> str:
    """What is wrong with a secret, without a letter of it. Blanks and line ends around it were taken away."""
    if not text:
        return "is empty"
    if len(text) > LONGEST:
        return f"has {len(text):,} letters; expected one key"
    odd = next((at for at, letter in enumerate(text, 1) if not " " <= letter <= "~"), 0)
    # HTTP has no place for it; and the error of the library that would say so shows the whole value.
    return f"has a letter at place {odd} that no key has (a line end, or one from a formatted page)" if odd else ""
