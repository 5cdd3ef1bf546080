"""Client order ids: at most 20 characters of [A-Za-z0-9], never repeated, also after the state was wiped.

root = desk id (7 random base62 characters, made once per state folder) + order sequence (6 base36 digits);
a replace appends "r" and its number. Sequence digits are upper case, so that "r" can't be one of them.
"""

from __future__ import annotations

from engine.model.digits import base36

#: A crash may take intents with it whose ids were used all the same (liquidation while the journal was down): the
#: next run numbers on from so much further. Leaves 21,767 crashes before the sequence needs a seventh digit.
CRASH_GAP = 100_000
DESK_ID_LENGTH = 7
SEQUENCE_LENGTH = 6


def root_id(desk_id: str, sequence: int) -> str:
    """The cl_ord_id of the desk's `sequence`-th order."""
    return desk_id + base36(sequence, SEQUENCE_LENGTH)


def replace_id(root: str, number: int) -> str:
    """The cl_ord_id of an order's `number`-th replace (1-based)."""
    return f"{root}r{number}"
