"""reverse: out of a position and into the same one the other way."""

from __future__ import annotations

from console.grammar.context import working_sales
from console.grammar.echo import echo_of
from console.grammar.order_line import level_of
from console.grammar.parsed import Parsed
from console.grammar.registry import verb
from console.grammar.values import read_symbol
from console.grammar.words import Words
from engine.inputs import PlaceGroup
from engine.model.enums import OrdType, Side
from engine.model.money import ZERO, plain
from engine.model.order import OrderRequest


@verb(
    "reverse",
    usage="reverse SYMBOL [#tag] [@ACCT]",
    shell='tradedesk order "reverse ..."',
    summary="close the position at the market and, when all of it is closed, open the same the other way (an oto "
    "group); asks for `y`",
    dangerous=True,
    examples=("reverse tsla",),
    gives=(PlaceGroup,),
    rank=6,
)
def reverse(words: Words) -> Parsed:
    """Two orders, as one that crosses zero would be neither a sale nor a short sale. Refused while other orders already
    sell part of the position: the two would sell more than there is."""
    word = words.peek()
    instrument = read_symbol(words)
    words.finish()
    assert word is not None
    symbol, account, tag = instrument.symbol, words.account(), words.tag()
    held = words.context.position(account, symbol)
    if not held:
        raise words.refused(word, f"{account} has no position in {symbol}: nothing to reverse")
    busy = working_sales(words.context, account, symbol) if held > 0 else ZERO
    if busy:
        raise words.refused(word, f"{plain(busy)} {symbol} are already being sold by working orders: cxl {symbol}")
    close, open_ = (Side.SELL, Side.SELL_SHORT) if held > 0 else (Side.BUY, Side.BUY)
    user, size = words.context.user, abs(held)
    out = OrderRequest(account, symbol, close, size, OrdType.MARKET, reduce_only=True, user=user, tag=tag)
    into = OrderRequest(account, symbol, open_, size, OrdType.MARKET, user=user, tag=tag)
    _, closed = level_of(words, out)
    why = f"turns {plain(held)} {symbol} into {plain(-held)} at the market" + (f"; {closed}" if closed else "")
    said = f"{echo_of(out, account=False)} / {echo_of(into, account=False)}"
    echo = " ".join([f"reverse {symbol} @{account}", *([f"#{tag}"] if tag else [])])
    return Parsed("reverse", PlaceGroup("oto", (out, into), partial=False), 2, echo, (f"oto {said} full",), why=why)
