"""The keyring of the user's session (Secret Service, KWallet, the macOS Keychain ...), by the library `keyring`.

It is an extra, and imported only when no other place has the secrets: finding a keyring takes a tenth of a second.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

from console.secrets.look import Look, look_of

SERVICE: Final = "tradedesk"
PLACE: Final = "keyring"
WAIT_S: Final = 30.0
"""A locked keyring asks its user in a window of its own, which nobody may see."""


def in_keyring(names: Sequence[str], account: str, wait_s: float = WAIT_S) -> Look:
    """Entries of service `tradedesk/ACCOUNT`, else of `tradedesk`, with the secret's name as their user name."""
    answers: list[Look] = []
    # A daemon: one that is never answered must not keep the desk's process from ending.
    asking = threading.Thread(target=lambda: answers.append(_ask(names, account)), name="keyring", daemon=True)
    asking.start()
    asking.join(wait_s)
    if not answers:
        words = f"no answer within {wait_s:g} s: it may be waiting to be unlocked; unlock it and start again"
        return Look(PLACE, words=words, wrong=True)
    return answers[0]


def _ask(names: Sequence[str], account: str) -> Look:
    try:
        import keyring
        from keyring.errors import KeyringLocked, NoKeyringError
    except ImportError:
        return Look(PLACE, words="not asked: .venv/bin/pip install 'tradedesk[keyring]'")

    def texts_of(service: str) -> dict[str, str]:
        given = {name: keyring.get_password(service, name) for name in names}
        return {name: text for name, text in given.items() if text is not None}

    own = f"{SERVICE}/{account}"
    try:
        if texts := texts_of(own):
            return look_of(f"{PLACE} ({own})", names, texts)
        return look_of(f"{PLACE} ({SERVICE})", names, texts_of(SERVICE))
    except NoKeyringError:
        return Look(PLACE, words="this machine has none (or the desk can't reach it from here)")
    except KeyringLocked:
        return Look(PLACE, words="is locked; unlock it and start again", wrong=True)
    except Exception as error:  # each kind of keyring fails in its own way
        return Look(PLACE, words=f"can't be asked ({type(error).__name__})", wrong=True)
