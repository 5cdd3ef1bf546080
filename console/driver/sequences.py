"""The escape sequences in which terminals send function keys and control letters.

Sources: xterm's ctlseqs, the kitty keyboard protocol, the VT220 manual, PuTTY's manual ("The Function
keys and keypad"), console_codes(4). Only what can be configured as a kill key is told apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

KeyAction = tuple[str, bool]
"""A key's name, and whether this is a press (not a repeat or a release, where the terminal tells them
apart).
"""

ESC = 0x1B
PASTE_START = b"\x1b[200~"
PASTE_END = b"\x1b[201~"

_VT_NUMBERS = (11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34)
_VT: Mapping[int, str] = {number: f"f{key}" for key, number in enumerate(_VT_NUMBERS, 1)}

_PLAIN: Mapping[bytes, str] = {
    # xterm and most others send F1 to F4 like this; PuTTY's "VT100+" goes on to F12, which is ESC O [
    **{b"\x1bO" + bytes([ord("P") + offset]): f"f{1 + offset}" for offset in range(12)},
    # the Linux console: F1 to F5
    **{b"\x1b[[" + bytes([ord("A") + offset]): f"f{1 + offset}" for offset in range(5)},
    # PuTTY's "SCO" mode: M to X, of which the letters before T mean something else elsewhere
    **{b"\x1b[" + bytes([ord("T") + offset]): f"f{8 + offset}" for offset in range(5)},
    # kitty: F1, F2, F4 (R would be the answer to a cursor position request)
    b"\x1b[P": "f1",
    b"\x1b[Q": "f2",
    b"\x1b[S": "f4",
}
_LETTERS: Mapping[bytes, str] = {b"P": "f1", b"Q": "f2", b"S": "f4"}

_WITH_PARAMETERS = re.compile(rb"\x1b\[([0-9:;]+)([~uPQS])")
_KITTY_F13 = 57376
_CONTROL = 4
_LOCKS = 64 | 128  # caps lock, num lock
_PRESS = 1


def key_of(sequence: bytes) -> KeyAction | None:
    """The key that a complete escape sequence stands for, or None when it is none that could be configured.

    Modified keys are other keys, except that caps lock and num lock are no modifiers here.
    """
    if sequence in _PLAIN:
        return _PLAIN[sequence], True
    if not (match := _WITH_PARAMETERS.fullmatch(sequence)):
        return None
    groups = [[_number(part) for part in group.split(b":")] for group in match[1].split(b";")]
    final = match[2]
    code = groups[0][0]
    state = groups[1] if len(groups) > 1 else []
    modifiers = max((state[0] if state else 1) - 1, 0) & ~_LOCKS
    is_press = (state[1] if len(state) > 1 else _PRESS) == _PRESS
    name: str | None
    if final == b"u":
        # the layout's own letter first, then the alternates that a terminal may add (the last: the US
        # layout's)
        name = _control_letter(groups[0], modifiers) or (_kitty_function_key(code) if not modifiers else None)
    elif final == b"~" and code == 27 and len(groups) == 3:  # xterm's modifyOtherKeys
        name = _control_letter(groups[2], modifiers)
    elif modifiers:
        name = None
    else:
        name = _VT.get(code) if final == b"~" else _LETTERS[final]
    return (name, is_press) if name else None


def _control_letter(codes: list[int], modifiers: int) -> str | None:
    if modifiers != _CONTROL:
        return None
    letter = next((chr(code) for code in codes if ord("a") <= code <= ord("z")), None)
    return letter and f"ctrl+{letter}"


def _kitty_function_key(code: int) -> str | None:
    number = code - _KITTY_F13 + 13
    return f"f{number}" if 13 <= number <= 20 else None


def _number(digits: bytes) -> int:
    # Longer than any key's code is none; int() of a very long one could also be slow.
    return int(digits) if digits and len(digits) < 8 else 0
