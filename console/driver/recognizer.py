"""Finds the kill key in the bytes that a terminal sends, however they are cut and delayed on their way.

It stands in front of Textual's own parser, which gives up on an escape sequence after 100 ms. Pure: bytes
and times in, presses and the remaining bytes out.
"""

from __future__ import annotations

from enum import Enum, auto

import msgspec

from console.driver.keys import KillKeys
from console.driver.sequences import ESC, PASTE_END, PASTE_START, KeyAction, key_of

_CONTROL_A, _CONTROL_Z = 0x01, 0x1A
_LONGEST_SEQUENCE = 64


class KillPress(msgspec.Struct, frozen=True, gc=False):
    """One press of a kill key: the key's name and the monotonic time at which its last byte was read."""

    key: str
    at_ns: int


class _In(Enum):
    TEXT = auto()
    ESCAPE = auto()  # after ESC
    CSI = auto()  # after ESC [
    SS3 = auto()  # after ESC O
    LINUX = auto()  # after ESC [ [


class KillKeyRecognizer:
    """Feed it what was read; it returns the presses, and `take()` hands over what Textual should see.

    * A sequence may arrive in pieces up to `gap_ns` apart. Until it is complete only its ESC is passed on
      (so that the Escape key never waits); a complete one that is not the kill key follows unchanged.
    * A recognised kill key is swallowed: were it delivered as well, a frozen loop would see it seconds
      later and could take it for a second press. The first of the two presses of `keys.twice` is passed
      on.
    * Inside a bracketed paste nothing is a key. A paste whose end got lost ends `paste_gap_ns` after its
      last byte, so that it can't disable the kill key.
    * Caps lock and num lock do not matter, other modifiers make another key. Where the terminal tells
      repeats and releases from presses (kitty), only presses count.
    """

    def __init__(self, keys: KillKeys, *, gap_ns: int = 1_000_000_000, paste_gap_ns: int = 2_000_000_000) -> None:
        self._keys = keys
        self._gap_ns = gap_ns
        self._paste_gap_ns = paste_gap_ns
        self._state = _In.TEXT
        self._sequence = bytearray()
        self._escape_passed = False
        self._in_paste = False
        self._last_byte_ns = 0
        self._first_of_two_ns: int | None = None
        self._passed = bytearray()

    @property
    def holding(self) -> bool:
        """Whether an unfinished sequence is held back; Textual's parser should not time out meanwhile."""
        return len(self._sequence) > 1

    def feed(self, data: bytes, now_ns: int) -> list[KillPress]:
        """Take the bytes read at `now_ns` (monotonic) and return the presses that they complete."""
        self.expire(now_ns)
        presses: list[KillPress] = []
        for byte in data:
            name = self._take_byte(byte)
            if name is not None:
                self._press(name, now_ns, presses)
        if data:
            self._last_byte_ns = now_ns
        if self._state is _In.ESCAPE and not self._escape_passed:
            self._passed.append(ESC)
            self._escape_passed = True
        return presses

    def expire(self, now_ns: int) -> None:
        """Give up a sequence, or a paste, that has had no byte for too long."""
        idle_ns = now_ns - self._last_byte_ns
        if self._state is not _In.TEXT and idle_ns > self._gap_ns:
            self._release()
        if self._in_paste and idle_ns > self._paste_gap_ns:
            self._in_paste = False

    def take(self) -> bytes:
        """The bytes, since the last call, that are not (part of) a kill key."""
        passed = bytes(self._passed)
        self._passed.clear()
        return passed

    def _press(self, action: KeyAction, now_ns: int, presses: list[KillPress]) -> None:
        """Act on one key that the configuration may name; swallow it or pass it on."""
        name, is_press = action
        if self._in_paste or name not in (self._keys.once, self._keys.twice):
            self._release()
            return
        if name == self._keys.once:
            self._drop()
            if is_press:
                presses.append(KillPress(name, now_ns))
            return
        first_ns = self._first_of_two_ns
        if not is_press:
            self._drop()
        elif first_ns is not None and now_ns - first_ns <= self._keys.twice_within_ns:
            self._first_of_two_ns = None
            self._drop()
            presses.append(KillPress(name, now_ns))
        else:
            self._first_of_two_ns = now_ns
            self._release()

    def _take_byte(self, byte: int) -> KeyAction | None:
        """Advance by one byte; return the key that it completes, with its bytes still in the sequence."""
        if byte == ESC:
            self._release()
            self._sequence.append(ESC)
            self._state = _In.ESCAPE
            return None
        if byte < 0x20 or byte >= 0x7F or len(self._sequence) >= _LONGEST_SEQUENCE:
            # Nothing of this kind stands inside a key's sequence: what came before is no key.
            self._release()
        if self._state is _In.TEXT:
            self._sequence.append(byte)
            if _CONTROL_A <= byte <= _CONTROL_Z:
                return f"ctrl+{chr(byte + 0x60)}", True
            self._release()
            return None
        self._sequence.append(byte)
        if self._state is _In.ESCAPE:
            return self._after_escape(byte)
        if not self._is_final(byte):
            return None
        return self._complete()

    def _after_escape(self, byte: int) -> KeyAction | None:
        if byte == ord("["):
            self._state = _In.CSI
        elif byte == ord("O"):
            self._state = _In.SS3
        else:
            self._release()
        return None

    def _is_final(self, byte: int) -> bool:
        if self._state is _In.LINUX:
            return True
        if self._state is _In.SS3:
            return not 0x30 <= byte <= 0x3B
        if byte == ord("[") and len(self._sequence) == 3:
            self._state = _In.LINUX
            return False
        if byte == ord("$"):  # rxvt ends shifted function keys with it; elsewhere a further byte follows
            return self._sequence[2] != ord("?")
        return byte >= 0x40

    def _complete(self) -> KeyAction | None:
        sequence = bytes(self._sequence)
        if sequence == PASTE_START:
            self._in_paste = True
        elif sequence == PASTE_END:
            self._in_paste = False
        elif action := key_of(sequence):
            return action
        self._release()
        return None

    def _release(self) -> None:
        """Pass the sequence on."""
        self._passed += self._sequence[1:] if self._escape_passed else self._sequence
        self._drop()

    def _drop(self) -> None:
        self._sequence.clear()
        self._escape_passed = False
        self._state = _In.TEXT
