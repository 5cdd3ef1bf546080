"""Login names of the system's users, for the audit trail and the roles."""

from __future__ import annotations

import pwd
import re


def user_name(uid: int) -> str:
    """The login name of that user, or `uid1000` where the system knows none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid{uid}"


def uid_of(name: str) -> int | None:
    """The user of that login name; None where the system knows none."""
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def is_user(name: str) -> bool:
    """Whether somebody may be known to the desk by that name: a login name, or what stands for a user without one."""
    return uid_of(name) is not None or re.fullmatch(r"uid[0-9]{1,10}", name) is not None
