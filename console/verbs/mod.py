"""mod: cancel/replace a working order."""

from __future__ import annotations

from decimal import Decimal

from console.grammar.numbers import amount
from console.grammar.package_line import net_words, read_net_price
from console.grammar.parsed import Expect, Parsed
from console.grammar.registry import Shell, verb
from console.grammar.values import notes_on, read_order, read_price
from console.grammar.words import Words
from engine.inputs import ModifyOrder
from engine.model.money import plain
from engine.model.order import ReplaceRequest

_OPTIONS = (
    Expect("px", "the new limit price"),
    Expect("qty", "the new total quantity, what is filled included"),
    Expect("stop", "the new stop price"),
)
_ALIASES = {"lmt": "px", "limit": "px", "price": "px", "quantity": "qty", "stp": "stop"}


@verb(
    "mod",
    usage="mod ID [px PRICE] [qty QTY] [stop PRICE]",
    shell="tradedesk mod ID ...",
    summary="change a working order's price or total quantity; of a package the net price (px -1.20, px 1.20 cr)",
    examples=("mod 14 px 190.45 qty 80",),
    gives=(ModifyOrder,),
    command=Shell("ID [px P] [qty Q] [stop P]", yes=True, dry_run=True),
    rank=4,
)
def mod(words: Words) -> Parsed:
    target = read_order(words)
    rows = words.context.open_orders()
    row = next((row for row in rows if target in (row.id, row.cl_ord_id)), None)
    side = row.side if row else None
    instrument = words.context.instrument(row.symbol) if row else None
    values: dict[str, Decimal] = {}
    notes: list[str] = []
    while (option := words.keyword([o for o in _OPTIONS if o.text not in values], _ALIASES)) is not None:
        if option == "qty":
            word = words.take(Expect("QTY", "a quantity: 80, 1,000, 10k", "value"))
            qty = amount(word.text)
            if qty is None:
                raise words.wrong(word, f"{word.text!r} is no quantity", back=True)
            values["qty"] = qty
        elif row is not None and row.legs and option == "px":
            values[option], found = read_net_price(words, row.tick)
            notes += (*found, net_words(values[option]))
        else:
            values[option], found = read_price(words, side, instrument)
            notes += found
    words.finish()
    if not values:
        raise words.missing("change what?")
    words.no_tag()
    words.account()
    change = ReplaceRequest(
        qty=values.get("qty"), limit_px=values.get("px"), stop_px=values.get("stop"), user=words.context.user
    )
    said = " ".join(f"{o.text} {plain(values[o.text])}" for o in _OPTIONS if o.text in values)
    notes += notes_on(words, (target,))
    return Parsed("mod", ModifyOrder(target, change), 1, f"mod {target} {said}", tuple(notes))
