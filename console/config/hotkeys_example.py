"""The example that a first start writes as hotkeys.toml, and that the documentation shows. Nothing in it is active."""

from __future__ import annotations

from typing import Final

HOTKEYS: Final = """\
# tradedesk: your own hotkeys and macros; `tradedesk hotkeys` checks and lists them, `hotkeys reload` reads them anew.
# A live desk reads hotkeys-live.toml instead: what was tried out on paper does nothing there before it is written down.
#
# [NAME]                                  # also called by `run NAME VALUES` and found by ctrl+p
# do = "LINE"                             # a line of the command language, or a list of lines, run one after the other
# key = "f5"                              # a key that every terminal sends and that is free
# send = false                            # false: the line is put on the command line, and Enter is yours
#                                         # true: while hotkeys are armed (`arm`) it goes out by itself, through every
#                                         # check and every confirmation that a typed line has
# qty = 100                               # what $qty is; without it: how much the selected row is about
# help = "what it is for"
#
# Places in a line: $symbol $account $qty $id of the selected row, $1 to $9 the values of `run`. $10k is an amount.
#
# [join-bid]
# do = "buy $qty $symbol @bid"
# key = "f5"
# qty = 100
# help = "join the bid for 100 of the selected symbol"
#
# [out]
# do = ["flat $symbol", "cxl $symbol"]
# key = "f6"
# send = true
# help = "close the selected symbol, then cancel what works in it"
#
# [pair]
# do = ["buy $1 spy mid #pair", "short $1 qqq mid #pair"]
# help = "run pair 200"
"""


def active(example: str = HOTKEYS) -> str:
    """The macros of the example as they are when the signs before them are taken away."""
    macros = example[example.index("# [join-bid]") :]
    return "".join(f"{line.removeprefix('#').removeprefix(' ')}\n" for line in macros.splitlines())
