"""release: send an order now that the desk holds."""

from __future__ import annotations

from console.grammar.parsed import Parsed
from console.grammar.registry import Shell, verb
from console.grammar.values import read_order
from console.grammar.words import Words
from engine.inputs import ReleaseHeld


@verb(
    "release",
    usage="release ID",
    shell="tradedesk release ID",
    summary="send a held (LOCAL) order now, through every check: one that a start found past its trigger, or any other",
    dangerous=True,
    examples=("release 14",),
    gives=(ReleaseHeld,),
    command=Shell("ID", yes=True),
    rank=12,
)
def release(words: Words) -> Parsed:
    target = read_order(words)
    words.no_tag()
    words.finish()
    return Parsed("release", ReleaseHeld(target, words.context.user), 2, f"release {target}", why="sends it at once")
