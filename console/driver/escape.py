"""What must be put otherwise before Textual's parser sees it: Escape, and the function keys of one PuTTY mode.

Textual takes Escape followed by a key for alt+key when both arrive close together, as on a slow link.

No key of the desk has alt (it doesn't survive PuTTY and tmux), and Esc must always mean "out". So an ESC byte that does
not begin a control sequence is passed on in the one form that can't be mistaken.
"""

from __future__ import annotations

import re
from typing import Final

ESC: Final = "\x1b"
#: How the kitty keyboard protocol says Escape; Textual's parser knows it.
ESCAPE_KEY: Final = "\x1b[27u"
#: PuTTY's "VT100+" goes on counting where xterm stops with F4: ESC O T is F5, ESC O [ F12. Textual knows none of these.
_VT100_PLUS: Final = re.compile(r"\x1bO([T-Z\[])")
_VT220: Final = dict(zip("TUVWXYZ[", (15, 17, 18, 19, 20, 21, 23, 24), strict=True))
# CSI, SS3, OSC, DCS, APC, PM, SOS and ST begin with ESC and one of these; a second ESC is a key of its own again.
_KEY_OF_ITS_OWN: Final = re.compile(r"\x1b(?![\[O\]P_^X\\])")


class EscapeKeys:
    """Takes text on its way to the parser. A last ESC waits: what follows tells what it is, or `flush`."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """What the parser may see of the text by now."""
        text = self._held + text
        self._held = ESC if text.endswith(ESC) else ""
        text = _VT100_PLUS.sub(lambda match: f"\x1b[{_VT220[match[1]]}~", text.removesuffix(self._held))
        return _KEY_OF_ITS_OWN.sub(ESCAPE_KEY, text)

    def flush(self) -> str:
        """Nothing followed for a while: an ESC that waited was the Escape key."""
        held, self._held = self._held, ""
        return ESCAPE_KEY if held else ""
