"""hotkeys: list those of the user's file, or read it anew."""

from __future__ import annotations

from console.grammar.parsed import Expect, Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words

_RELOAD = Expect("reload", "read the file anew; disarms")


@verb(
    "hotkeys",
    usage="hotkeys [reload]",
    shell="tradedesk hotkeys",
    summary="list your hotkeys and macros (hotkeys.toml, live hotkeys-live.toml), or read the file anew",
    examples=("hotkeys", "hotkeys reload"),
    rank=16,
)
def hotkeys(words: Words) -> Parsed:
    again = words.keyword([_RELOAD]) is not None
    words.finish()
    return Parsed(
        "hotkeys", Local("hotkeys", ("reload",) if again else ()), 0, "hotkeys reload" if again else "hotkeys"
    )
