"""The terminal's clipboard, by the escape sequence OSC 52, which travels over SSH. Pure.

It is a request that nobody answers: a terminal that does not know it (PuTTY, the Linux console) does nothing. tmux
takes it with `set-clipboard on`, and hands on what is wrapped for it with `allow-passthrough on`; both are sent. GNU
screen hands on only what is wrapped, in pieces of at most 768 bytes.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final

MOST_BYTES: Final = 74_994
"""Of text: 100,000 bytes once encoded, the limit of hterm's osc52.sh; xterm, tmux and iTerm2 take that, too."""
_PIECE: Final = 700


class TooLargeError(ValueError):
    """More than terminals take."""


def copy_sequences(text: str, environ: Mapping[str, str]) -> list[str]:
    """What to write to the terminal so that this text is in its clipboard. Raises TooLargeError."""
    data = text.encode("utf-8", "replace")
    if len(data) > MOST_BYTES:
        raise TooLargeError(f"{len(data):,} bytes; terminals take {MOST_BYTES:,}")
    plain = f"\x1b]52;c;{base64.b64encode(data).decode()}\x07"
    term = environ.get("TERM", "")
    if environ.get("TMUX") or term.startswith("tmux"):
        return [plain, "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"]
    if environ.get("STY"):
        pieces = [plain[at : at + _PIECE] for at in range(0, len(plain), _PIECE)]
        return ["".join(f"\x1bP{piece}\x1b\\" for piece in pieces)]
    return [plain]


def fitting(lines: list[str]) -> tuple[str, int]:
    """(as many whole lines from the first as the clipboard takes, how many they are)."""
    size = 0
    for count, line in enumerate(lines):
        size += len(line.encode("utf-8", "replace")) + 1
        if size > MOST_BYTES + 1:
            return "\n".join(lines[:count]), count
    return "\n".join(lines), len(lines)
