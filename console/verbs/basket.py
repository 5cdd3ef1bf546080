"""basket: a file of orders, staged and checked as one."""

from __future__ import annotations

from typing import Final

from console.grammar.basket_line import BASKET, basket_named, read_basket_name
from console.grammar.parsed import Expect, Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import ControlBasket, ReleaseBasket, StageBasket

_FILE: Final = Expect("FILE", "a file of orders (CSV): read whole, staged, checked as one; nothing is sent", "value")
_STOP: Final = Expect("stop", "send no more of the basket that follows; what is out stays")
_DROP: Final = Expect("drop", "forget the staged basket that follows")
_SKIP: Final = Expect("skip", "stage the good rows of a file with bad ones")


@verb(
    "basket",
    usage="basket [FILE [skip] | NAME | stop NAME | drop NAME]",
    shell="tradedesk basket check|release|list|show|stop|drop ...",
    summary="stage a file of orders and look at it: checked as one, released there by one confirmation; "
    "cxl basket NAME cancels what was released",
    examples=("basket orders.csv", "basket orders.csv skip", "basket"),
    gives=(StageBasket, ReleaseBasket, ControlBasket),
    rank=13,
)
def basket(words: Words) -> Parsed:
    words.no_tag()
    name = words.keyword((_STOP, _DROP))
    if name is not None:
        row = read_basket_name(words)
        words.finish()
        action = ControlBasket(row.id, "stop" if name == "stop" else "drop", user=words.context.user)
        return Parsed("basket", action, 1 if name == "drop" else 0, f"basket {name} {row.name}")
    if not words.could(BASKET, _FILE):
        return Parsed("basket", Local("basket"), 0, "basket", ("the newest of today",))
    given = words.take(BASKET, _FILE).text
    skip = words.keyword([_SKIP]) is not None
    words.finish()
    found = None if skip else basket_named(words, given)
    if found is not None:
        left = f"{found.status}: {found.sent} sent, {found.refused} refused, {found.unsent} not sent"
        return Parsed("basket", Local("basket", (str(found.id),)), 0, f"basket {found.name}", (left,))
    args = ("", given, "skip" if skip else "")
    what = "reads the file and stages its orders; nothing is sent before you release it"
    return Parsed("basket", Local("basket", args), 0, f"basket {given}{' skip' if skip else ''}", (what,))
