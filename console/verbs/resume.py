"""resume: re-open after a halt, a reduction or a kill."""

from __future__ import annotations

from console.grammar.parsed import Expect, Parsed
from console.grammar.registry import REASON, Shell, verb
from console.grammar.scope import read_scope
from console.grammar.words import Words
from engine.inputs import Resume

_REASON = Expect("reason", "why trading may go on: any words")


@verb(
    "resume",
    usage="resume [SYMBOL|@ACCT|strategy NAME] reason TEXT",
    shell="tradedesk resume [SYMBOL|@ACCT|strategy NAME] --reason TEXT",
    summary="re-open the gate after a halt or a kill of just that scope; asks for a word",
    dangerous=True,
    examples=("resume reason feed is back", "resume aapl reason news is out"),
    gives=(Resume,),
    command=Shell("[SYMBOL|@ACCT|strategy NAME]", (REASON,), confirm=True),
    rank=9,
    free_text=True,
)
def resume(words: Words) -> Parsed:
    scope = read_scope(words, _REASON)
    if words.keyword([_REASON]) is None:
        word = words.peek()
        raise words.missing("why?") if word is None else words.wrong(word, f"{word.text!r} can't stand here")
    text = words.rest(Expect("TEXT", "the reason, in words", "value"))
    return Parsed(
        "resume",
        Resume(text, scope.symbol, user=words.context.user, scope=scope.elsewhere),
        3,
        " ".join(filter(None, ("resume", scope.echo, "reason", text))),
        confirm="RESUME",
        why=f"opens the gate for {scope.said}",
    )
