"""How much a release asks for, without a screen: the control socket asks for the same."""

from __future__ import annotations

from typing import Final

from engine.views import BasketCheck
from widgets.format import money

WORD: Final = "RELEASE"
AGAIN: Final = "AGAIN"


def level_of(check: BasketCheck, *, again: bool = False) -> tuple[int, str, tuple[str, ...]]:
    """(level, the word of level 3, why), as UX's ladder has it. `again`: that the same was released today is known."""
    why = [f"{len(check.lines)} orders for {money(check.bought + check.sold)} at worst, without another question"]
    soft = sum(1 for line in check.lines if line.verdict == "amber")
    if soft:
        why.append(f"{soft} beyond a soft limit")
    if check.twin and not again:
        return 3, AGAIN, (*why, f"the same orders were released today already, as {check.twin}")
    if check.word_for:
        return 3, WORD, (*why, check.word_for)
    return 2, "", tuple(why)
