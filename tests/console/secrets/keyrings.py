"""Keyrings in two moods, as backends of the library `keyring`; and a child process that asks whichever is chosen.

python -m tests.console.secrets.keyrings [--own] NAME...
    -> a line of JSON: place, what was found, words; with --own another one after the account got its own
"""

from __future__ import annotations

import json
import sys
import time

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from console.secrets.in_keyring import in_keyring


class _Kept(KeyringBackend):
    """Nothing can be put in or taken out here."""

    priority = 1.0

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


class Locked(_Kept):
    """Its user has not typed the password."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("locked: sesame")


class Silent(_Kept):
    """Asks its user in a window that nobody sees."""

    def get_password(self, service: str, username: str) -> str | None:
        time.sleep(60)
        return None


def ask(names: list[str]) -> None:
    look = in_keyring(names, "PA3X", wait_s=1.0)
    print(json.dumps([look.place, {name: secret.reveal() for name, secret in look.found.items()}, look.words]))


def main() -> None:
    names = [word for word in sys.argv[1:] if word != "--own"]
    ask(names)
    if "--own" in sys.argv:
        for name in names:
            keyring.set_password("tradedesk/PA3X", name, f"own {name}")
        ask(names)


if __name__ == "__main__":
    main()
