"""What a release asks for, by its blast radius: `y` for a basket that a single order could be as large as; the word for
one of many orders, larger than any single order may be, or released before today."""

from __future__ import annotations

from console.basket.level import WORD, level_of
from console.screens.session import AskWord, AskYes
from engine.inputs import ReleaseBasket
from engine.model.counted import counted
from engine.views import BasketCheck, BasketRow


def release_rung(
    row: BasketRow, check: BasketCheck, user: str, *, rest: bool = False
) -> tuple[AskYes | AskWord | None, str]:
    """(what to ask before it goes out, ""), or (None, why it can't). `rest`: without the lines that are refused."""
    red = [line for line in check.lines if line.verdict == "red"]
    if red and rest and check.passing:
        passing = ReleaseBasket(row.id, user, accept_soft=True, skip_refused=True, again=bool(check.twin))
        asked = f"release basket {row.name}: {check.passing} of {len(check.lines)} orders"
        left_out = f"{counted(len(red), 'refused line')} left out, first row {red[0].row}: {red[0].denials[0]}"
        return AskWord(passing, f"basket {row.name}", asked, WORD, (left_out,)), ""
    if red:
        rows = ", ".join(str(line.row) for line in red[:5]) + (" and more" if len(red) > 5 else "")
        return None, f"basket {row.name}: row {rows} refused, nothing is sent; mend the file, or o releases the others"
    level, word, why = level_of(check)
    command = ReleaseBasket(row.id, user, accept_soft=check.verdict == "amber", again=bool(check.twin))
    what = f"release basket {row.name}: {counted(len(check.lines))}"
    text = f"basket {row.name}"
    if level == 3:
        return AskWord(command, text, what, word, why), ""
    return AskYes(command, text, what, why), ""
