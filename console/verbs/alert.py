"""alert: be told of a price, the day's P&L, fills, a meter."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from console.grammar.numbers import amount, count, share
from console.grammar.parsed import Expect, Local, Parsed
from console.grammar.registry import Shell, verb
from console.grammar.words import Words
from engine.inputs import RemoveAlert, SetAlert
from engine.model.alert_rule import AlertWish, RuleKind
from engine.model.enums import AlertLevel
from engine.risk.limits import LIMIT_SPECS

_ABOVE: Final = (Expect(">", "above"), Expect("<", "below"))
_SIDES: Final = {"above": ">", "below": "<", "over": ">", "under": "<"}
_SYMBOL: Final = Expect("SYMBOL", "when its price is above or below a bound", "symbol")
_FILL_SYMBOL: Final = Expect("SYMBOL", "in this instrument; else in any", "symbol")
_KEY: Final = Expect("LIMIT", "a limit's name, as `limit` takes it", "value")
_NUMBER: Final = Expect("N", "an alert's number", "value")
_BOUND: Final = Expect("NUMBER", "a price, or money (pnl; may be below 0)", "value")
_SHARE: Final = Expect("SHARE", "of the limit, like 80%", "value")
_FIRST: Final = (
    Expect("pnl", "when the day's P&L is above or below a bound"),
    Expect("fill", "when something is filled"),
    Expect("meter", "when a risk meter is above or below a share of its limit"),
    Expect("list", "the alerts that are set"),
    Expect("remove", "take one back, or all"),
    _SYMBOL,
)
_LEVELS: Final = {
    "alarm": AlertLevel.ALARM,
    "warn": AlertLevel.WARN,
    "notice": AlertLevel.NOTICE,
    "info": AlertLevel.INFO,
}
_ENDS: Final = (
    Expect("again", "each time anew; else once"),
    Expect("once", "once, then it is gone (the default)"),
    Expect("alarm", "rings, and stays in the banner (the default, but for fills)"),
    Expect("warn", "stays amber until acknowledged"),
    Expect("notice", "is said (the default for fills)"),
    Expect("info", "goes to the log only"),
)


@verb(
    "alert",
    usage="alert SYMBOL|pnl|meter LIMIT >|< BOUND [again] [LEVEL] | alert fill [SYMBOL] | alert remove N|all | alert",
    shell="tradedesk alert ...",
    summary="be told of a price, the day's P&L, a fill, a meter; alone: list what is set",
    examples=("alert aapl > 190", "alert pnl < -5000", "alert fill ibm again", "alert meter risk.max_leverage > 80%"),
    gives=(SetAlert, RemoveAlert),
    # A shell takes > and < for itself: the condition is quoted, or said in words (above, below).
    command=Shell('["SYMBOL|pnl|meter LIMIT >|< BOUND" [again] [LEVEL] | fill [SYMBOL] | remove N|all]'),
    rank=16,
)
def alert(words: Words) -> Parsed:
    if not words.could(*_FIRST):
        return Parsed("alert", Local("alerts"), 0, "alert")
    first = words.keyword(_FIRST)
    user = words.context.user
    if first == "list":
        words.finish()
        return Parsed("alert", Local("alerts"), 0, "alert")
    if first == "remove":
        no = _which(words)
        words.finish()
        return Parsed("alert", RemoveAlert(no, user), 0, f"alert remove {no or 'all'}")
    wish = _wish(words, first)
    words.finish()
    return Parsed("alert", SetAlert(wish, user), 0, f"alert {wish.words()}")


def _which(words: Words) -> int:
    word = words.take(_NUMBER, Expect("all", "every one"))
    if word.lower == "all":
        return 0
    number = count(word.text)
    if number is None:
        raise words.wrong(word, f"{word.text!r} is no alert's number", back=True)
    return number


def _wish(words: Words, first: str | None) -> AlertWish:
    if first == "fill":
        key = ""
        if words.could(_FILL_SYMBOL, *_ENDS) and words.keyword(_ENDS, peek=True) is None:
            key = _symbol(words, _FILL_SYMBOL)
        again, level = _end(words, AlertLevel.NOTICE)
        return AlertWish("fill", key, again=again, level=level)
    kind: RuleKind = "price"
    key = ""
    if first == "pnl":
        kind = "pnl"
    elif first == "meter":
        kind, key = "meter", _limit(words)
    else:
        key = _symbol(words, _SYMBOL)
    above = words.keyword(_ABOVE, _SIDES)
    if above is None:
        word = words.take(*_ABOVE)
        raise words.wrong(word, f"{word.text!r} is neither > nor <", back=True)
    bound = _bound(words, kind)
    again, level = _end(words, AlertLevel.ALARM)
    return AlertWish(kind, key, above == ">", bound, again, level)


def _symbol(words: Words, expected: Expect) -> str:
    word = words.take(expected)
    symbol = word.text.upper()
    if words.context.instrument(symbol) is None:
        raise words.wrong(word, f"{word.text!r} is not in the universe", back=True)
    return symbol


def _limit(words: Words) -> str:
    word = words.take(_KEY)
    found = [spec.key for spec in LIMIT_SPECS if word.lower in (spec.key, spec.key.rpartition(".")[2])]
    if len(found) != 1:
        what = "is ambiguous; say it in full" if found else "is no limit; `limit` lists them"
        raise words.wrong(word, f"{word.text!r} {what}", back=True)
    return found[0]


def _bound(words: Words, kind: RuleKind) -> Decimal:
    word = words.take(_SHARE if kind == "meter" else _BOUND)
    text = word.text.removeprefix("$")
    value: Decimal | None
    if kind == "meter":
        value = share(text)
    elif kind == "pnl" and text.removeprefix("-").removeprefix("$") == "0":
        value = Decimal(0)
    elif kind == "pnl" and text.startswith("-"):
        found = amount(text[1:].removeprefix("$"))
        value = None if found is None else -found
    else:
        value = amount(text)
    if value is None:
        expected = "a share such as 80%" if kind == "meter" else "a number"
        raise words.wrong(word, f"{word.text!r} is no bound; {expected} is meant", back=True)
    return value


def _end(words: Words, level: AlertLevel) -> tuple[bool, AlertLevel]:
    again = False
    while words.could(*_ENDS):
        name = words.keyword(_ENDS)
        if name is None:
            break
        if name in _LEVELS:
            level = _LEVELS[name]
        else:
            again = name == "again"
    return again, level
