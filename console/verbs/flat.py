"""flat: close positions by the liquidation rules."""

from __future__ import annotations

from console.grammar.aimed import closes
from console.grammar.parsed import Expect, Parsed
from console.grammar.registry import Shell, verb
from console.grammar.values import read_any_symbol
from console.grammar.words import Words
from engine.inputs import Flatten

_ALL = Expect("all", "every position; asks for a word")


@verb(
    "flat",
    usage="flat SYMBOL|all [@ACCT]",
    shell="tradedesk flat SYMBOL|all [@ACCT]",
    summary="close a position, or all, by the liquidation rules; allowed while halted",
    dangerous=True,
    examples=("flat aapl", "flat all"),
    gives=(Flatten,),
    command=Shell("SYMBOL|all [@ACCT]", yes=True, confirm=True),
    rank=6,
)
def flat(words: Words) -> Parsed:
    words.no_tag()
    account = words.named_account() or ""
    at = f" @{account}" if account else ""
    user = words.context.user
    if words.keyword([_ALL]) is not None:
        words.finish()
        why = f"closes every position{f' of {account}' if account else ''}"
        notes = (closes(words.context, (account,) if account else words.context.accounts, None),)
        command = Flatten(user=user, account=account)
        return Parsed("flat", command, 3, f"flat all{at}", notes, confirm="FLATTEN", why=why)
    symbol = read_any_symbol(words, _ALL)
    words.finish()
    looked = (account,) if account else words.context.accounts
    notes = (closes(words.context, looked, symbol),)
    return Parsed("flat", Flatten(symbol, user=user, account=account), 1, f"flat {symbol}{at}", notes)
