"""What docs/hotkeys.md says above the example."""

from __future__ import annotations

from typing import Final

HEAD: Final = """\
`hotkeys.toml` in the config folder holds your macros: lines of the command language under a name, with a key if you
like. A live desk reads `hotkeys-live.toml` and nothing of the paper one. `tradedesk hotkeys` checks the file and lists
it; in the console `hotkeys` lists it, `hotkeys reload` reads it anew, `run NAME VALUES` calls a macro, and ctrl+p finds
it.

**Stage by default.** A macro puts its first line on the command line, where the echo says what it would do; Enter sends
it as if you had typed it, and the next line comes when the desk has taken it. Esc drops the rest.

**Send only when armed.** A macro with `send = true` goes out without Enter only after `arm`: on a live desk that asks
for the PIN (level 4), and the status line says ARMED; who armed what, and why it ended, is in the journal. `disarm`, 15
minutes without a key, a lock, a halt, a kill and `hotkeys reload` end it. Every line passes the same checks and the
same confirmations as a typed one: what asks for `y` or a word still asks. The first line that is refused or not
confirmed ends the macro, and the console says which lines ran. A key that is held down calls a macro once; Esc ends one
that is going out; while the command line is open a key only puts text there. A single small letter or digit never
sends.

**Keys.** Any that every terminal sends and no action has: `tradedesk keys` lists those that are taken. A key that the
desk has itself (perhaps since an update) stays the desk's: the desk opens, the macro goes on without its key, and a
warning names both, so that no key ever sends something when its meaning is in doubt. What is wrong otherwise is said
with file, line and what was expected; the desk does not open with a file that is wrong, and `hotkeys reload` keeps the
old macros.

The file that a first start writes:
"""
