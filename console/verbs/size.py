"""size: what a sized order would be, without making it."""

from __future__ import annotations

from typing import Final

from console.grammar.echo import bracket_echo, echo_of
from console.grammar.exits import exits_of
from console.grammar.order_line import read_sized
from console.grammar.parsed import Expect, Local, Parsed
from console.grammar.registry import verb
from console.grammar.sized_values import METHODS, read_sizing
from console.grammar.words import Words
from engine.model.enums import Side

_SIDES: Final = (Expect("buy", "the size of a purchase (the default)"), Expect("short", "the size of a short sale"))


@verb(
    "size",
    usage="size [short] risk AMOUNT|kelly WINS PAYOFF|vol TARGET SYMBOL [lmt P] [stop P]",
    shell="tradedesk size METHOD ...",
    summary="show how many buy risk 200 aapl stop 189.90 and its kin would be for, and send nothing; "
    "from a shell: numbers of your own, and portfolios",
    examples=("size risk 200 aapl stop 189.90", "size kelly 0.55 1.5 fraction 0.5 aapl", "size vol 10% aapl"),
    rank=12,
)
def size(words: Words) -> Parsed:
    side = Side.SELL_SHORT if words.keyword(_SIDES) == "short" else Side.BUY
    sizing = read_sizing(words)
    if sizing is None:
        word = words.peek()
        known = ", ".join(method.text for method in METHODS)
        raise words.missing() if word is None else words.wrong(word, f"{word.text!r} is no way to size; {known} are")
    terms, request, notes = read_sized(words, side, sizing)
    exits = exits_of(request, terms)
    order = bracket_echo((request, *exits), terms.whole) if exits else echo_of(request)
    # The order without its side and quantity, which is what is looked for; here `stop` is the protective one.
    rest = order.split(" ", 2)[2]
    if request.stop_px is not None:
        rest = rest.replace(" stop ", " stoplmt ", 1)
    echo = f"size {'short ' if side is Side.SELL_SHORT else ''}{sizing.text} {rest}"
    return Parsed("size", Local("size", (order,)), 0, echo, (order, *notes))
