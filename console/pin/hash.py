"""argon2id, by argon2-cffi: the hash of a PIN, and whether a PIN is the one that was hashed."""

from __future__ import annotations

import contextlib

import msgspec

from engine.model.secret import Secret


class HashCost(msgspec.Struct, frozen=True):
    """What one try costs whoever makes it: passes, KiB of memory, lanes. The defaults are RFC 9106's second
    recommendation (64 MiB, 3 passes, 4 lanes): about 50 ms."""

    passes: int = 3
    memory_kib: int = 65_536
    lanes: int = 4


class HashError(Exception):
    """The hash can't be computed or read (no memory, a damaged file). Says nothing about the PIN."""


def hashed(pin: Secret, cost: HashCost) -> str:
    """The PHC string of this PIN under a salt of its own. Raises HashError."""
    from argon2 import PasswordHasher  # 20 ms that only a desk with a PIN pays
    from argon2.exceptions import Argon2Error

    text = None
    with contextlib.suppress(Argon2Error, MemoryError, UnicodeError):
        # The frames of such an error hold the PIN: another one is raised, without them.
        text = PasswordHasher(cost.passes, cost.memory_kib, cost.lanes).hash(pin.reveal())
    if text is None:
        raise HashError("the PIN can't be hashed: no memory for it")
    return text


def matches(stored: str, pin: Secret) -> bool:
    """Whether this is the PIN; argon2 compares in constant time. Raises HashError."""
    from argon2 import PasswordHasher
    from argon2.exceptions import Argon2Error, InvalidHashError, VerifyMismatchError

    answer: bool | None = None
    with contextlib.suppress(Argon2Error, InvalidHashError, MemoryError, UnicodeError):  # as above
        try:
            answer = PasswordHasher().verify(stored, pin.reveal())
        except VerifyMismatchError:
            answer = False
    if answer is None:
        raise HashError("the PIN can't be checked: no memory for it, or its file is damaged")
    return answer


def is_cheaper(stored: str, cost: HashCost) -> bool:
    """Whether the stored hash was made at another cost than today's, so that it should be made anew."""
    from argon2 import PasswordHasher

    return PasswordHasher(cost.passes, cost.memory_kib, cost.lanes).check_needs_rehash(stored)
