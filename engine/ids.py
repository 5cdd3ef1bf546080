"""Client order ids: at most 20 characters of [A-Za-z0-9], never repeated, also after the state was wiped.

root = desk id (7 random base62 characters, made once per state folder) + order sequence (6 base36 digits);
a replace appends "r" and its number. Sequence digits are upper case, so that "r" can't be one of them.

A liquidation that is decided while the journal is down can't leave its id there. Its root is worked out of what the
next start knows as well: desk id + "k" + 10 base36 digits of the SHA-256 of (kill epoch, account, instrument, attempt).
"""

from __future__ import annotations

from hashlib import sha256

from engine.model.digits import base36

#: A crash may take intents with it whose ids were used all the same (liquidation while the journal was down): the
#: next run numbers on from so much further. Leaves 21,767 crashes before the sequence needs a seventh digit.
CRASH_GAP = 100_000
DESK_ID_LENGTH = 7
SEQUENCE_LENGTH = 6
EMERGENCY_LENGTH = 10
_EMERGENCY_MARK = "k"


def root_id(desk_id: str, sequence: int) -> str:
    """The cl_ord_id of the desk's `sequence`-th order."""
    return desk_id + base36(sequence, SEQUENCE_LENGTH)


def emergency_id(desk_id: str, epoch: int, account: str, instrument: str, attempt: int) -> str:
    """The cl_ord_id of the `attempt`-th liquidation (from 1) of an instrument after `epoch` kills, journal down."""
    digest = sha256(f"{epoch}\0{account}\0{instrument}\0{attempt}".encode()).digest()
    number = int.from_bytes(digest[:8]) % 36**EMERGENCY_LENGTH
    return desk_id + _EMERGENCY_MARK + base36(number, EMERGENCY_LENGTH)


def is_emergency_id(desk_id: str, cl_ord_id: str) -> bool:
    """Whether an id is one of this desk's that `emergency_id` makes, or a replace of one."""
    return bool(desk_id) and cl_ord_id.startswith(desk_id + _EMERGENCY_MARK)


def replace_id(root: str, number: int) -> str:
    """The cl_ord_id of an order's `number`-th replace (1-based)."""
    return f"{root}r{number}"


def is_version_of(cl_ord_id: str, root: str) -> bool:
    """Whether an id is an order's root or that of one of its replaces. (A root may hold an "r" in its desk id.)"""
    added = cl_ord_id.removeprefix(root)
    return cl_ord_id == root or (cl_ord_id.startswith(root) and added[0] == "r" and added[1:].isdecimal())


def root_of(cl_ord_id: str) -> str:
    """The root of an id that this program made; any other id as it is."""
    emergency = cl_ord_id[DESK_ID_LENGTH : DESK_ID_LENGTH + 1] == _EMERGENCY_MARK
    length = DESK_ID_LENGTH + (1 + EMERGENCY_LENGTH if emergency else SEQUENCE_LENGTH)
    root = cl_ord_id[:length]
    return root if is_version_of(cl_ord_id, root) else cl_ord_id
