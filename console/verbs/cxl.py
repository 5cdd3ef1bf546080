"""cxl: cancel working orders."""

from __future__ import annotations

from console.grammar.aimed import cancels
from console.grammar.basket_line import read_basket_name
from console.grammar.parsed import Expect, Parsed
from console.grammar.registry import Shell, verb
from console.grammar.values import ORDER, SYMBOL, notes_on, order_ref, read_any_symbol
from console.grammar.words import Words, tag_word
from engine.inputs import CancelOrders, CancelSelector

_WORDS = (
    Expect("last", "the newest working order"),
    Expect("buys", "every buy order, or those of the symbol that follows"),
    Expect("sells", "every sell order, or those of the symbol that follows"),
    Expect("all", "every working order"),
    Expect("basket", "what was released with the basket that follows; the rest of it is not sent"),
)
_TAG = Expect("#TAG", "every working order of that tag", "tag")


@verb(
    "cxl",
    usage="cxl ID... | SYMBOL | buys|sells [SYMBOL] | #TAG [SYMBOL] | basket NAME | last | all [@ACCT]",
    shell="tradedesk cxl ...",
    aliases=("cancel",),
    summary="cancel working orders; `all` asks for `y`",
    examples=("cxl 14", "cxl aapl", "cxl buys aapl", "cxl #earnings", "cxl last", "cxl all"),
    gives=(CancelOrders,),
    command=Shell("ID|SYMBOL|buys|sells|last|all", yes=True),
    rank=5,
)
def cxl(words: Words) -> Parsed:
    account = words.named_account()
    tag = words.named_tag()
    if tag is not None:
        return _of_tag(words, account, tag)
    name = words.keyword((*_WORDS, _TAG))
    if name == "all":
        words.finish()
        return _parsed(
            words,
            CancelSelector(all=True, account=account),
            "all",
            level=2,
            why=f"cancels every working order{_of(account)}",
        )
    if name == "basket":
        row = read_basket_name(words)
        words.finish()
        return _parsed(words, CancelSelector(basket=row.id, account=account), f"basket {row.name}", level=1)
    if name == "last":
        words.finish()
        return _parsed(words, CancelSelector(last=True, account=account), "last", level=0)
    if name is not None:
        symbol = read_any_symbol(words) if words.could(SYMBOL) else None
        words.finish()
        said = name if symbol is None else f"{name} {symbol}"
        return _parsed(words, CancelSelector(symbol=symbol, buys=name == "buys", account=account), said, level=1)
    return _orders_or_symbol(words, account)


def _of_tag(words: Words, account: str | None, tag: str) -> Parsed:
    """Every working order of a tag, in one symbol where it is named."""
    word = words.peek()
    if word is not None and (order_ref(words, word) is not None or word.lower in {expect.text for expect in _WORDS}):
        words.no_tag()
    symbol = read_any_symbol(words) if words.could(SYMBOL) else None
    words.finish()
    said = tag_word(tag) if symbol is None else f"{tag_word(tag)} {symbol}"
    return _parsed(words, CancelSelector(symbol=symbol, tag=tag, account=account), said, level=1)


def _of(account: str | None) -> str:
    return f" of {account}" if account else ""


def _orders_or_symbol(words: Words, account: str | None) -> Parsed:
    first = words.peek()
    if first is not None and order_ref(words, first) is None:
        symbol = read_any_symbol(words, ORDER)
        words.finish()
        return _parsed(words, CancelSelector(symbol=symbol, account=account), symbol, level=1)
    refs: list[int | str] = []
    while not refs or not words.at_end:
        word = words.take(ORDER) if refs else words.take(ORDER, SYMBOL)
        ref = order_ref(words, word)
        if ref is None:
            raise words.wrong(word, f"{word.text!r} is no order number", back=True)
        refs.append(ref)
    words.could(ORDER)
    selector = CancelSelector(
        ids=tuple(ref for ref in refs if isinstance(ref, int)),
        cl_ord_ids=tuple(ref for ref in refs if isinstance(ref, str)),
    )
    said = " ".join(str(ref) for ref in refs)
    return _parsed(words, selector, said, level=0 if len(refs) == 1 else 1, refs=tuple(refs))


def _parsed(
    words: Words,
    selector: CancelSelector,
    said: str,
    *,
    level: int,
    refs: tuple[int | str, ...] = (),
    why: str = "",
) -> Parsed:
    at = f" @{selector.account}" if selector.account else ""
    command = CancelOrders(selector, user=words.context.user)
    unseen = notes_on(words, refs)
    notes = unseen if len(unseen) == len(refs) > 0 else (cancels(words.context, selector), *unseen)
    return Parsed("cxl", command, level, f"cxl {said}{at}", notes, why=why)
