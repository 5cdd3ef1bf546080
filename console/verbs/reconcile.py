"""reconcile: compare with the broker now."""

from __future__ import annotations

from console.grammar.parsed import Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import Reconcile


@verb(
    "reconcile",
    usage="reconcile [@ACCT]",
    shell="tradedesk reconcile",
    summary="compare orders, executions, positions and cash with the broker's",
    examples=("reconcile",),
    gives=(Reconcile,),
    rank=13,
)
def reconcile(words: Words) -> Parsed:
    words.no_tag()
    account = words.account()
    words.finish()
    return Parsed("reconcile", Reconcile(account, user=words.context.user), 0, f"reconcile @{account}")
