"""book: KIND, what it books in the kind's own words, then `ref R` and `reason TEXT`."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, NoReturn

from console.grammar.numbers import amount, count
from console.grammar.parsed import Expect, Parsed
from console.grammar.values import ORDER, SYMBOL, order_ref
from console.grammar.words import Word, Words
from engine.inputs import Book, ReverseBooking
from engine.model.enums import Side
from engine.model.money import plain

AMOUNT: Final = Expect("AMOUNT", "money: 24.00, 1,000, or with - in front where it may go either way", "value")
QTY: Final = Expect("QTY", "how many", "value")
PRICE: Final = Expect("PRICE", "a price or cost per unit", "value")
RATIO: Final = Expect("NEW:OLD", "units after for units before: 7:1, 1:10", "value")
ACCOUNT: Final = Expect("@ACCT", "in this account", "account")
NEW_SYMBOL: Final = Expect("NEW", "the symbol that it has now", "symbol")
OPTION: Final = Expect("OPTION", "the option's symbol", "symbol")
UNDERLYING: Final = Expect("UNDERLYING", "what the option is on, where its symbol does not say", "symbol")
EXECUTION: Final = Expect("EXEC_ID", "the execution's id", "value")
NUMBER: Final = Expect("N", "the booking's number", "value")
TEXT: Final = Expect("TEXT", "the reason, in words", "value")
REASON: Final = Expect("reason", "why, and how you know: any words")
REF: Final = Expect("ref", "the broker's or your own reference")

_SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL, "short": Side.SELL_SHORT}
_SYMBOL: Final = re.compile(r"[A-Z0-9][A-Z0-9./_-]{0,23}")
_RATIO: Final = re.compile(r"([0-9.]{1,9}):([0-9.]{1,9})")
_ID: Final = re.compile(r"[!-~]{1,64}")

Fields = dict[str, Any]
Reader = Callable[[Words], tuple[Fields, str]]
"""What a kind reads: the command's fields, and their echo."""


def read_book_line(words: Words) -> Parsed:
    """The booking, or the taking back of one. Always level 3: it changes the books."""
    account = _account(words, "")
    kind = words.keyword(KINDS)
    if kind is None:
        _stop(words, "what is to be booked?")
    if kind == "reverse":
        return _reverse(words)
    account = _account(words, account)
    fields, echo = _READERS[kind](words)
    account = _account(words, account) or words.context.default_account
    reference, text = _tail(words)
    at = f"@{account}" if account != words.context.default_account else ""
    said = " ".join(part for part in (kind, echo, at, f"ref {reference}" if reference else "") if part)
    what = {"transfer": fields.pop("what", ""), "assign": "assign"}.get(kind, kind)
    command = Book(what, account, text, **fields, reference=reference, user=words.context.user)
    return Parsed("book", command, 3, f"book {said} reason {text}", confirm="BOOK", why=_WHY)


_WHY: Final = "changes the books by hand; it stays in the audit trail under your name"


def _account(words: Words, before: str) -> str:
    """The account that is named here, or `before`. Not taken out of the whole line: a reason may say `@`."""
    if not words.could(ACCOUNT):
        return before
    word = words.peek()
    if word is None or not word.text.startswith("@"):
        return before
    words.take(ACCOUNT)
    if before:
        raise words.refused(word, "a second account")
    return words.account_named(word)


def _reverse(words: Words) -> Parsed:
    word = words.take(NUMBER)
    no = count(word.text)
    if no is None:
        raise words.wrong(word, f"{word.text!r} is no number of a booking", back=True)
    _, text = _tail(words, reference=False)
    command = ReverseBooking(no, text, user=words.context.user)
    return Parsed("book", command, 3, f"book reverse {no} reason {text}", confirm="BOOK", why=_WHY)


def _tail(words: Words, *, reference: bool = True) -> tuple[str, str]:
    """(reference, reason)"""
    name = ""
    if reference and words.keyword([REF]) is not None:
        name = _identifier(words, Expect("REFERENCE", "one word", "value"))
    if words.keyword([REASON]) is None:
        _stop(words, "why?")
    return name, words.rest(TEXT)


def _stop(words: Words, message: str) -> NoReturn:
    word = words.peek()
    if word is None:
        raise words.missing(message)
    raise words.wrong(word, f"{message} {word.text!r} can't stand here", near=word.lower)


# --- words ----------------------------------------------------------------------------------------------------------


def _number(words: Words, expect: Expect, *, signed: bool = False, zero: bool = False) -> Decimal:
    word = words.take(expect)
    text = word.text.removeprefix("-") if signed else word.text
    value = Decimal(0) if zero and re.fullmatch(r"0+(\.0+)?", text) else amount(text)
    if value is None:
        raise words.wrong(word, f"{word.text!r} is no {expect.text.lower()} that can be booked", back=True)
    return -value if word.text.startswith("-") else value


def _symbol(words: Words, expect: Expect = SYMBOL) -> str:
    """A symbol, known or not: the desk says so. OCC symbols may be typed with their padding as one blank."""
    word = words.take(expect)
    text = word.text.upper()
    following = words.peek()
    if following is not None and re.fullmatch(r"[0-9]{6}[CP][0-9]{8}", following.text.upper()):
        text = f"{text} {words.take().text.upper()}"
    elif not _SYMBOL.fullmatch(text):
        raise words.wrong(word, f"{word.text!r} is no symbol", back=True)
    return _as_known(words, text)


def _as_known(words: Words, symbol: str) -> str:
    """The spelling of a known symbol that differs in blanks alone (AAPL  140621C00100000)."""
    compact = symbol.replace(" ", "")
    return next((known for known in words.context.symbols() if known.replace(" ", "") == compact), symbol)


def _identifier(words: Words, expect: Expect) -> str:
    word = words.take(expect)
    if not _ID.fullmatch(word.text):
        raise words.wrong(word, f"{word.text[:20]!r} is no {expect.text}", back=True)
    return word.text


# --- kinds ----------------------------------------------------------------------------------------------------------


def _money(words: Words) -> tuple[Fields, str]:
    value = _number(words, AMOUNT)
    return {"amount": value}, plain(value)


def _money_for(*, signed: bool) -> Reader:
    def read(words: Words) -> tuple[Fields, str]:
        value = _number(words, AMOUNT, signed=signed)
        fields: Fields = {"amount": value}
        following = words.peek()
        if words.could(SYMBOL, REF, REASON) and following is not None and not _ends_booking(following):
            fields["symbol"] = _symbol(words)
        return fields, " ".join([plain(value), fields.get("symbol", "")]).strip()

    return read


def _ends_booking(word: Word) -> bool:
    """Whether what follows is no part of the booking itself any more."""
    return word.lower in ("ref", "reason") or word.text.startswith("@")


def _transfer(words: Words) -> tuple[Fields, str]:
    way = words.keyword([Expect("in", "units came in, at what they cost"), Expect("out", "units left")])
    if way is None:
        _stop(words, "in or out?")
    qty = _number(words, QTY, signed=way == "in")
    symbol = _symbol(words)
    if way == "out":
        return {"what": "out", "qty": qty, "symbol": symbol}, f"out {plain(qty)} {symbol}"
    if words.keyword([Expect("at", "what a unit cost")]) is None:
        _stop(words, "at what cost?")
    px = _number(words, PRICE, zero=True)
    return {"what": "in", "qty": qty, "symbol": symbol, "px": px}, f"in {plain(qty)} {symbol} at {plain(px)}"


def _fill(words: Words) -> tuple[Fields, str]:
    side = words.keyword(
        [Expect("buy", "bought"), Expect("sell", "sold what was held"), Expect("short", "sold what was not held")]
    )
    if side is None:
        _stop(words, "buy, sell or short?")
    qty = _number(words, QTY)
    symbol = _symbol(words)
    words.keyword([Expect("at", "may stand before the price")])
    px = _number(words, PRICE, zero=True)
    fields: Fields = {"side": _SIDES[side], "qty": qty, "symbol": symbol, "px": px}
    echo = f"{side} {plain(qty)} {symbol} {plain(px)}"
    options = {
        "order": Expect("order", "our order that it was a fill of"),
        "exec": Expect("exec", "the broker's id of the execution"),
        "fee": Expect("fee", "what it cost"),
    }
    while (option := words.keyword(options.values())) is not None:
        del options[option]
        if option == "order":
            word = words.take(ORDER)
            fields["target"] = order_ref(words, word)
            if fields["target"] is None:
                raise words.wrong(word, f"{word.text!r} is no order number", back=True)
            echo += f" order {fields['target']}"
        elif option == "exec":
            fields["exec_id"] = _identifier(words, EXECUTION)
            echo += f" exec {fields['exec_id']}"
        else:
            fields["fee"] = _number(words, AMOUNT, signed=True)
            echo += f" fee {plain(fields['fee'])}"
    return fields, echo


def _bust(words: Words) -> tuple[Fields, str]:
    exec_id = _identifier(words, EXECUTION)
    return {"exec_id": exec_id}, exec_id


def _cost(words: Words) -> tuple[Fields, str]:
    symbol = _symbol(words)
    px = _number(words, PRICE, zero=True)
    return {"symbol": symbol, "px": px}, f"{symbol} {plain(px)}"


def _split(words: Words) -> tuple[Fields, str]:
    symbol = _symbol(words)
    word = words.take(RATIO)
    match = _RATIO.fullmatch(word.text)
    new, old = (amount(match[1]), amount(match[2])) if match is not None else (None, None)
    if new is None or old is None:
        raise words.wrong(word, f"{word.text!r} is no ratio", back=True)
    fields: Fields = {"symbol": symbol, "new": new, "old": old}
    echo = f"{symbol} {plain(new)}:{plain(old)}"
    if words.keyword([Expect("cash", "what was paid for the fraction of a unit")]) is not None:
        fields["amount"] = _number(words, AMOUNT, zero=True)
        echo += f" cash {plain(fields['amount'])}"
    return fields, echo


def _rename(words: Words) -> tuple[Fields, str]:
    symbol, to = _symbol(words), _symbol(words, NEW_SYMBOL)
    return {"symbol": symbol, "to": to}, f"{symbol} {to}"


def _expiry(words: Words) -> tuple[Fields, str]:
    symbol = _symbol(words, OPTION)
    return {"symbol": symbol}, symbol


def _exercise(words: Words) -> tuple[Fields, str]:
    qty = _number(words, QTY)
    symbol = _symbol(words, OPTION)
    fields: Fields = {"qty": qty, "symbol": symbol}
    echo = f"{plain(qty)} {symbol}"
    if words.keyword([Expect("on", "the underlying and terms, where the symbol does not say them")]) is not None:
        fields["to"] = _symbol(words, UNDERLYING)
        right = words.keyword([Expect("call", "the right to buy"), Expect("put", "the right to sell")])
        if right is None:
            _stop(words, "call or put?")
        fields["right"] = right
        fields["strike"] = _number(words, Expect("STRIKE", "the strike price", "value"))
        echo += f" on {fields['to']} {right} {plain(fields['strike'])}"
        if words.keyword([Expect("x", "units of the underlying for a contract")]) is not None:
            fields["multiplier"] = _number(words, Expect("UNITS", "like 100", "value"))
            echo += f" x {plain(fields['multiplier'])}"
    if words.keyword([Expect("fee", "what it cost")]) is not None:
        fields["fee"] = _number(words, AMOUNT)
        echo += f" fee {plain(fields['fee'])}"
    return fields, echo


KINDS: Final = (
    Expect("deposit", "cash came in: no profit"),
    Expect("withdrawal", "cash was taken out: no loss"),
    Expect("dividend", "cash for a holding; with - for a short"),
    Expect("fee", "the broker took a fee"),
    Expect("interest", "cash interest; with - where we paid it"),
    Expect("correction", "any other cash, with its sign"),
    Expect("transfer", "units came in or left without a trade"),
    Expect("fill", "an execution that no report brought"),
    Expect("bust", "an execution of ours that does not stand"),
    Expect("cost", "the right average price of a position"),
    Expect("split", "a split or reverse split"),
    Expect("rename", "a symbol change"),
    Expect("expiry", "an option ended without value"),
    Expect("exercise", "options that we hold were exercised"),
    Expect("assign", "options that we wrote were assigned"),
    Expect("reverse", "take a booking back"),
)

_READERS: Final[dict[str, Reader]] = {
    "deposit": _money,
    "withdrawal": _money,
    "dividend": _money_for(signed=True),
    "fee": _money_for(signed=False),
    "interest": _money_for(signed=True),
    "correction": _money_for(signed=True),
    "transfer": _transfer,
    "fill": _fill,
    "bust": _bust,
    "cost": _cost,
    "split": _split,
    "rename": _rename,
    "expiry": _expiry,
    "exercise": _exercise,
    "assign": _exercise,
}
