"""run: a macro of hotkeys.toml."""

from __future__ import annotations

from console.grammar.parsed import Expect, Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words

_NAME = Expect("NAME", "a macro of hotkeys.toml", "macro")
_VALUE = Expect("VALUE", "what stands for $1, $2 ... in it", "value")


@verb(
    "run",
    usage="run NAME [VALUE...]",
    summary="call a macro of hotkeys.toml: its lines come to the command line, or go out where it says send = true and "
    "hotkeys are armed; `hotkeys` lists them",
    examples=("run join-bid", "run pair 200"),
    rank=16,
    free_text=True,
)
def run(words: Words) -> Parsed:
    name = words.take(_NAME).lower
    values: list[str] = []
    while words.could(_VALUE):
        values.append(words.take(_VALUE).text)
    return Parsed("run", Local("run", (name, *values)), 0, " ".join(["run", name, *values]))
