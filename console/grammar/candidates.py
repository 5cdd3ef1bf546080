"""What Tab may put at a place: the literal word, or the desk's own symbols, orders, algos and accounts."""

from __future__ import annotations

from collections.abc import Iterable

from console.grammar.context import Context
from console.grammar.parsed import Expect
from console.grammar.words import tag_word
from engine.model.money import plain

_REFERENCES = ("@bid", "@ask", "@mid", "@last")


def candidates(expect: Expect, context: Context) -> Iterable[tuple[str, str]]:
    """(text, description), best first. A value that only the user knows has none."""
    match expect.kind:
        case "word" | "verb":
            return [(expect.text, expect.doc)]
        case "symbol":
            return _symbols(context)
        case "order":
            return [
                (str(row.id), f"{row.side.value} {plain(row.leaves_qty)} {row.symbol}")
                for row in sorted(context.open_orders(), key=lambda row: -row.id)
            ]
        case "algo":
            return [
                (str(row.id), f"{row.algo} {row.side.value} {plain(row.qty)} {row.symbol} {row.status}")
                for row in context.algos()
            ]
        case "basket":
            return [(row.name, f"{row.status}, {len(row.lines)} lines") for row in context.baskets()]
        case "tag":
            tags = dict.fromkeys(row.tag for row in context.open_orders() if row.tag)
            return [(tag_word(tag), "working orders of that tag") for tag in tags]
        case "price":
            return [(name, "from the quote") for name in _REFERENCES]
        case "account":
            return [(f"@{account}", "account") for account in context.accounts]
        case "macro":
            return context.macros()
        case "value":
            return []


def _symbols(context: Context) -> list[tuple[str, str]]:
    held = list(context.held())
    others = sorted(symbol for symbol in context.symbols() if symbol not in held)
    described = [(symbol, f"position {plain(context.position(context.default_account, symbol))}") for symbol in held]
    for symbol in others:
        instrument = context.instrument(symbol)
        described.append((symbol, instrument.name if instrument else ""))
    return described
