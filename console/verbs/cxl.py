"""cxl: cancel working orders."""

from __future__ import annotations

from console.grammar.parsed import Expect, Parsed
from console.grammar.registry import verb
from console.grammar.values import ORDER, SYMBOL, notes_on, order_ref, read_any_symbol
from console.grammar.words import Words
from engine.inputs import CancelOrders, CancelSelector

_WORDS = (
    Expect("last", "the newest working order"),
    Expect("buys", "every buy order, or those of the symbol that follows"),
    Expect("sells", "every sell order, or those of the symbol that follows"),
    Expect("all", "every working order"),
)


@verb(
    "cxl",
    usage="cxl ID... | SYMBOL | buys|sells [SYMBOL] | last | all [@ACCT]",
    shell="tradedesk cxl ...",
    aliases=("cancel",),
    summary="cancel working orders; `all` asks for `y`",
    examples=("cxl 14", "cxl aapl", "cxl buys aapl", "cxl last", "cxl all"),
    gives=(CancelOrders,),
    rank=5,
)
def cxl(words: Words) -> Parsed:
    words.no_tag()
    account = words.named_account()
    name = words.keyword(_WORDS)
    if name == "all":
        words.finish()
        return _parsed(
            words,
            CancelSelector(all=True, account=account),
            "all",
            level=2,
            why=f"cancels every working order{_of(account)}",
        )
    if name == "last":
        words.finish()
        return _parsed(words, CancelSelector(last=True, account=account), "last", level=0)
    if name is not None:
        symbol = read_any_symbol(words) if words.could(SYMBOL) else None
        words.finish()
        said = name if symbol is None else f"{name} {symbol}"
        return _parsed(words, CancelSelector(symbol=symbol, buys=name == "buys", account=account), said, level=1)
    return _orders_or_symbol(words, account)


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
    return Parsed("cxl", command, level, f"cxl {said}{at}", notes_on(words, refs), why=why)
