"""export: a table as a CSV file."""

from __future__ import annotations

from typing import Final

from console.grammar.parsed import Expect, Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from console.screens.layout import PANES

PANE_NAMES: Final = tuple(Expect(name, "that pane, not the one in focus") for name in PANES)
_FILE: Final = Expect("FILE", "where to; a new file in the desk's folder without it", "value")
_FLAGS: Final = (
    Expect("all", "every row and every column, whatever filter and columns are chosen"),
    Expect("overwrite", "also when the file is there already"),
)


@verb(
    "export",
    usage="export [PANE] [FILE] [all] [overwrite]",
    shell="tradedesk blotter orders|fills|positions --csv",
    summary="write a table to a CSV file: the rows and columns that are shown, in their order",
    examples=("export", "export orders", "export fills fills.csv all"),
    rank=17,
    free_text=True,
)
def export(words: Words) -> Parsed:
    pane = words.keyword([*PANE_NAMES, _FILE, *_FLAGS], peek=True)
    pane = words.take().lower if pane in PANES else ""
    file, flags = "", []
    while words.could(*(() if file else (_FILE,)), *(flag for flag in _FLAGS if flag.text not in flags)):
        flag = words.keyword(_FLAGS)
        if flag is not None:
            if flag not in flags:
                flags.append(flag)
            continue
        word = words.peek()
        if file and word is not None:
            raise words.wrong(word, f"{word.text!r} can't stand here", near=word.lower)
        file = words.take(_FILE).text
    shown = " ".join(part for part in ("export", pane, file, *flags) if part)
    return Parsed("export", Local("export", (pane, file, *flags)), 0, shown)
